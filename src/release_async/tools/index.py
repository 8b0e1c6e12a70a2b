"""Asks a package index what it holds, over its simple API (PEP 503, PEP 691). It never uploads anything."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import anyio
import httpx2
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from release_async import __version__
from release_async.errors import FailedError
from release_async.printable import printable
from release_async.secret import Credentials
from release_async.tools import repository_url as address
from release_async.tools.cause import innermost

_HEADERS = {
    "Accept": "application/vnd.pypi.simple.v1+json, text/html;q=0.1",
    "Cache-Control": "no-cache",
    "User-Agent": f"release-async/{__version__}",
}
_DEVPI = "X-Devpi-Server-Version"


class IndexUnreachableError(FailedError):
    """The index gave no answer that says what it holds."""


@asynccontextmanager
async def opened(
    repository_url: str, *, credentials: Credentials | None = None, patience: float = 30.0
) -> AsyncIterator["Index"]:
    """Be ready to ask an index for as long as the context lasts; nothing is sent before the first question.

    Args:
        repository_url: The address that is uploaded to.
        credentials: For an index that asks for them also where it is only read.
        patience: Seconds that an answer may take in all.

    Raises:
        ConfigurationError: The address is none, or not one to send credentials to.
    """
    index = Index(address.checked(repository_url), credentials, patience)
    try:
        yield index
    finally:
        await index.close()


class Index:
    """A package index, as it is read."""

    def __init__(self, repository_url: str, credentials: Credentials | None, patience: float) -> None:
        self._url = repository_url
        self._simple = address.simple_url(repository_url)
        self._credentials = credentials
        self._patience = patience
        self._opened: httpx2.AsyncClient | None = None
        self._ahead = 0.0
        self._known: set[str] = set()

    async def files(self, project: str) -> dict[str, str]:
        """What the index holds of a project.

        Args:
            project: Its name, in any spelling.

        Returns:
            The SHA-256 of each file by file name, empty where the index tells none; no files where it
            does not know the project.

        Raises:
            IndexUnreachableError: There was no answer in time, or none that says what there is.
        """
        name = canonicalize_name(project)
        response = await self._get(f"{self._simple}{name}/")
        if _DEVPI in response.headers and not self._simple.endswith("/+simple/"):
            self._simple = f"{self._url.rstrip('/')}/+simple/"
            response = await self._get(f"{self._simple}{name}/")
        if response.status_code == httpx2.codes.NOT_FOUND:
            return {}
        if response.status_code != httpx2.codes.OK:
            raise self._unreachable(f"it answered {response.status_code} {printable(response.reason_phrase)}")
        try:
            files = _listed(response)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._unreachable("its answer is not that of a package index") from None
        if files:
            self._known.add(name)
        return files

    def knows(self, project: str) -> bool:
        """Whether it has told files of a project since it was opened; nothing is asked."""
        return canonicalize_name(project) in self._known

    def clock(self) -> float:
        """This moment by the index's clock, as its last answer told it; by ours where none did.

        Returns:
            Seconds since the epoch: what an index counts its deadlines in (RFC 9110, "Date").
        """
        return time.time() + self._ahead

    async def close(self) -> None:
        """Give the connection back."""
        if self._opened:
            with anyio.CancelScope(shield=True):
                await self._opened.aclose()

    async def _get(self, url: str) -> httpx2.Response:
        try:
            with anyio.fail_after(self._patience):
                response = await self._client().get(url)
        except (TimeoutError, httpx2.TimeoutException):
            raise self._unreachable(f"it did not answer within {self._patience:g} s") from None
        except httpx2.RequestError as error:
            raise self._unreachable(innermost(error)) from error
        with suppress(ValueError, KeyError):
            self._ahead = parsedate_to_datetime(response.headers["Date"]).timestamp() - time.time()
        return response

    def _client(self) -> httpx2.AsyncClient:
        if self._opened is None:
            who = self._credentials
            self._opened = httpx2.AsyncClient(
                auth=httpx2.BasicAuth(who.user, who.secret.reveal()) if who else None,
                headers=_HEADERS,
                timeout=self._patience,
                follow_redirects=False,  # a redirect elsewhere says nothing of this index
                trust_env=not address.is_loopback(self._url),
            )
        return self._opened

    def _unreachable(self, why: str) -> IndexUnreachableError:
        host = urlsplit(self._simple).netloc
        return IndexUnreachableError(
            f"The package index at {host} could not be asked: {why}",
            cure="check the network, the proxy and the repository URL, then run the same command again",
        )


def _listed(response: httpx2.Response) -> dict[str, str]:
    if "json" in response.headers.get("Content-Type", ""):
        return {file["filename"]: file["hashes"].get("sha256", "") for file in response.json()["files"]}
    links = _Links()
    links.feed(response.text)
    return links.files


class _Links(HTMLParser):
    """The files that a project's page links to (PEP 503)."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href") if tag == "a" else None
        if href:
            target = urlsplit(href)
            algorithm, _, digest = target.fragment.partition("=")
            name = unquote(target.path.rpartition("/")[2])
            self.files[name] = digest if algorithm == "sha256" else ""


def of_version(files: Mapping[str, str], version: str) -> dict[str, str]:
    """Those of an index's files that belong to one version.

    Args:
        files: Hashes by file name, as ``Index.files`` gives them.
        version: Any spelling that PEP 440 holds equal.
    """
    wanted = Version(version)
    return {name: digest for name, digest in files.items() if _version(name) == wanted}


def _version(name: str) -> Version | None:
    try:
        return parse_wheel_filename(name)[1] if name.endswith(".whl") else parse_sdist_filename(name)[1]
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None


def versions(files: Mapping[str, str]) -> frozenset[str]:
    """The versions that an index has files of, in their normal form.

    Args:
        files: Hashes by file name, as ``Index.files`` gives them.
    """
    return frozenset(str(version) for version in map(_version, files) if version is not None)
