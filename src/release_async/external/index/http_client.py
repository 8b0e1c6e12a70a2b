"""Makes the HTTP client for one index. It sends nothing by itself, and knows no credentials."""

import ssl

import anyio.to_thread
import httpx2

from release_async.external.index import repository_url


def new_client(url: str, *, headers: dict[str, str], timeout: float) -> httpx2.AsyncClient:
    """A client; to be called in a thread, since it reads certificates and imports for a tenth of a second.

    Args:
        url: The address of the index.
        headers: Sent with every request.
        timeout: Seconds for each part of a request.
    """
    local = repository_url.is_loopback(url)
    is_plain = local and url.lower().startswith("http:")
    return httpx2.AsyncClient(
        headers=headers,
        timeout=timeout,
        follow_redirects=False,  # another host's answer says nothing about this index
        trust_env=not local,
        # A context that trusts nobody costs nothing; whoever is sent to https from here gets a real one.
        verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if is_plain else True,
        mounts={"https://": _SecureTransport()} if is_plain else None,
    )


class _SecureTransport(httpx2.AsyncBaseTransport):
    """The usual transport for https, made when something is sent by it: certificates take long to read."""

    def __init__(self) -> None:
        self._made: httpx2.AsyncHTTPTransport | None = None
        self._lock = anyio.Lock()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request."""
        async with self._lock:
            if self._made is None:
                self._made = await anyio.to_thread.run_sync(
                    lambda: httpx2.AsyncHTTPTransport(trust_env=False)
                )
        return await self._made.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._made:
            await self._made.aclose()
