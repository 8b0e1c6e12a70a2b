"""An index on this machine needs no certificates, and who is sent to https from there is still safe."""

import ssl
from pathlib import Path

import httpx2
import pytest

from release_async.external.index import http_client
from release_async.process.connection_errors import root_cause_message
from support import indexes, tls
from support.warehouse import warehouse

HEADERS = {"User-Agent": "a test"}


def client(url: str) -> httpx2.AsyncClient:
    """A client for an index."""
    return http_client.new_client(url, headers=HEADERS, timeout=10.0)


async def test_a_stranger_at_the_end_of_a_redirect_is_not_believed(tmp_path: Path) -> None:
    """The page of a plain index may link to a host with https, whose certificate counts as anywhere."""
    shown = tls.identity(tmp_path, tls.HOST)
    with warehouse(indexes.credentials(), shown.context()) as behind:
        secure = behind.url.replace("http://", "https://")
        with indexes.scripted(indexes.answer("302 Found", Location=secure)) as server:
            async with client(server.url) as http:
                with pytest.raises(httpx2.ConnectError) as caught:
                    await http.get(server.url, follow_redirects=True)
    assert "certificate" in root_cause_message(caught.value).lower()


async def test_certificates_are_read_for_https_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take longer than any answer of an index on this machine."""
    read: list[ssl.SSLContext] = []
    load = ssl.SSLContext.load_verify_locations

    def noted(context: ssl.SSLContext, *places: str | None, **named: str | None) -> None:
        read.append(context)
        load(context, *places, **named)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", noted)
    monkeypatch.setattr(ssl.SSLContext, "set_default_verify_paths", read.append)
    with indexes.scripted(indexes.answer("200 OK", "yes")) as server:
        async with client(server.url) as http:
            assert (await http.get(server.url)).text == "yes"
    assert read == []
