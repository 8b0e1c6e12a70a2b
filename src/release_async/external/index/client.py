"""Asks a package index what it holds, over its simple API (PEP 503, PEP 691). It never uploads anything."""

import hashlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

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
from release_async.base.errors import RUN_AGAIN, FailedError
from release_async.base.printable import printable
from release_async.base.secret import Credentials
from release_async.external.index import repository_url as address
from release_async.process.connection_errors import innermost

_JSON, _HTML = "application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.v1+html"
# The cache before PyPI heeds neither `Cache-Control` nor a query, but keeps the two forms of a page (PEP 691)
# apart. What it kept of a look before an upload must not answer one after it, so these two differ in form.
_BEFORE = f"{_HTML}, text/html;q=0.9, {_JSON};q=0.1"
_AFTER = f"{_JSON}, {_HTML};q=0.2, text/html;q=0.1"
_HEADERS = {"Cache-Control": "no-cache", "User-Agent": f"release-async/{__version__}"}
_DEVPI = "X-Devpi-Server-Version"
_SERIAL = "X-PyPI-Last-Serial"


class IndexUnreachableError(FailedError):
    """The index gave no answer that says what it holds."""


@dataclass(frozen=True, slots=True)
class IndexFile:
    """What an index gives under the name of a file.

    Attributes:
        sha256: The digest of its bytes, in hexadecimal.
        size: Their number.
    """

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class _Listed:
    """One file on a project's page: where it is, and its digest, empty where the page tells none."""

    url: str
    sha256: str


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


async def released(repository_url: str, name: str, *, patience: float) -> frozenset[str]:
    """The versions of a project that an index has files of, by one question.

    Args:
        repository_url: The address that is uploaded to.
        name: The project.
        patience: Seconds that the answer may take in all.

    Raises:
        IndexUnreachableError: It did not answer.
    """
    async with opened(repository_url, patience=patience) as index:
        return versions(await index.files(name))


class Index:
    """A package index, as it is read."""

    def __init__(self, repository_url: str, credentials: Credentials | None, patience: float) -> None:
        self._url = repository_url
        self._simple = address.simple_url(repository_url)
        self._credentials = credentials
        self._patience = patience
        self._opened: httpx2.AsyncClient | None = None
        self._opening = anyio.Lock()
        self._ahead = 0.0
        self._pages: dict[str, dict[str, _Listed]] = {}
        self._form = _BEFORE
        self._serial, self._outdated = "", ""

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
            page = _listed(response)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._unreachable("its answer is not that of a package index") from None
        self._serial = response.headers.get(_SERIAL, "")
        self._pages[name] = page
        return {file: listed.sha256 for file, listed in page.items()}

    async def weighed(self, project: str, name: str, seconds: float = 600.0) -> IndexFile | None:
        """Download a file and tell its bytes apart; nothing of it is kept.

        No credentials are sent to another host than the index's own.

        Args:
            project: The project.
            name: The file's name, as ``files`` told it.
            seconds: How long it may take in all.

        Returns:
            What came; None where the page does not list the file, or there is nothing where it leads.

        Raises:
            IndexUnreachableError: It did not come, or not in time.
        """
        listed = self._pages.get(canonicalize_name(project), {}).get(name)
        if listed is None:
            return None
        try:
            with anyio.fail_after(seconds):
                return await self._weighed(listed.url)
        except (TimeoutError, httpx2.TimeoutException):
            raise self._unreachable(f"{name} did not come within {seconds:g} s") from None
        except (httpx2.RequestError, httpx2.InvalidURL) as error:
            raise self._unreachable(f"{name}: {innermost(error)}") from error

    async def _weighed(self, url: str) -> IndexFile | None:
        ours = urlsplit(url)[:2] == urlsplit(self._simple)[:2]
        client = await self._client()
        request = client.build_request("GET", url, headers={"Accept-Encoding": "identity"})
        response = await client.send(
            request, stream=True, auth=self._auth() if ours else None, follow_redirects=True
        )
        try:
            if response.status_code == httpx2.codes.NOT_FOUND:
                return None
            if response.status_code != httpx2.codes.OK:
                raise self._unreachable(f"{url} is answered with {response.status_code}")
            digest, size = hashlib.sha256(), 0
            async for chunk in response.aiter_raw():  # as it lies there, whatever the headers say of .gz
                digest.update(chunk)
                size += len(chunk)
            return IndexFile(digest.hexdigest(), size)
        finally:
            with anyio.CancelScope(shield=True):
                await response.aclose()

    @property
    def simple_url(self) -> str:
        """Where its simple API is, as far as its answers have told."""
        return self._simple

    def expect_change(self) -> None:
        """From now on another answer is expected: something is uploaded next, or was by an earlier run.

        Whatever a cache has kept of what was asked so far plays no part in what is asked from here on.
        """
        self._form, self._outdated = _AFTER, self._serial

    @property
    def lags(self) -> bool:
        """Whether its last answer was certainly one from before the change; nothing is asked.

        PyPI numbers the changes of a project, and tells the last one that a page knows of.
        """
        return bool(self._outdated) and self._serial == self._outdated

    def knows(self, project: str) -> bool:
        """Whether it has told files of a project since it was opened; nothing is asked."""
        return bool(self._pages.get(canonicalize_name(project)))

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
            client = await self._client()
            with anyio.fail_after(self._patience):
                response = await client.get(url, headers={"Accept": self._form}, auth=self._auth())
        except (TimeoutError, httpx2.TimeoutException):
            raise self._unreachable(f"it did not answer within {self._patience:g} s") from None
        except httpx2.RequestError as error:
            raise self._unreachable(innermost(error)) from error
        with suppress(ValueError, KeyError):
            self._ahead = parsedate_to_datetime(response.headers["Date"]).timestamp() - time.time()
        return response

    async def _client(self) -> httpx2.AsyncClient:
        async with self._opening:
            if self._opened is None:
                # The first one imports its transports and reads certificates: a sixth of a second, in which
                # the loop has tests to start, the watchdog to tell of them, and signals to hear.
                self._opened = await anyio.to_thread.run_sync(self._new_client)
        return self._opened

    def _new_client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            headers=_HEADERS,
            timeout=self._patience,
            follow_redirects=False,  # a redirect elsewhere says nothing of this index
            trust_env=not address.is_loopback(self._url),
        )

    def _auth(self) -> httpx2.BasicAuth | None:
        who = self._credentials
        return httpx2.BasicAuth(who.user, who.secret.reveal()) if who else None

    def _unreachable(self, why: str) -> IndexUnreachableError:
        host = urlsplit(self._simple).netloc
        return IndexUnreachableError(
            f"the package index at {host} could not be asked: {why}",
            cure=f"check the network, the proxy and the repository URL, then {RUN_AGAIN}",
        )


def _listed(response: httpx2.Response) -> dict[str, _Listed]:
    here = str(response.url)
    if "json" in response.headers.get("Content-Type", ""):
        return {
            file["filename"]: _Listed(urljoin(here, file.get("url", "")), file["hashes"].get("sha256", ""))
            for file in response.json()["files"]
        }
    links = _Links(here)
    links.feed(response.text)
    return links.files


class _Links(HTMLParser):
    """The files that a project's page links to (PEP 503)."""

    def __init__(self, here: str) -> None:
        super().__init__()
        self._here = here
        self.files: dict[str, _Listed] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href") if tag == "a" else None
        if href:
            target = urlsplit(urljoin(self._here, href))
            algorithm, _, digest = target.fragment.partition("=")
            name = unquote(target.path.rpartition("/")[2])
            where = target._replace(fragment="").geturl()
            self.files[name] = _Listed(where, digest if algorithm == "sha256" else "")


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
