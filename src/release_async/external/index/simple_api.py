"""Queries a package index by its simple API: files, hashes, versions (PEP 503, PEP 691). It never uploads."""

import hashlib
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from urllib.parse import urljoin, urlsplit

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
from release_async.base.printable_text import printable
from release_async.base.secret import Credentials
from release_async.external.index import http_client, repository_url as address, simple_page
from release_async.external.index.simple_page import HTML, JSON, Page
from release_async.process.connection_errors import root_cause_message

# PyPI's cache ignores `Cache-Control` and query strings, but caches HTML and JSON separately (PEP 691). A
# page cached before an upload must not be the answer after it, so the two ask for different formats.
_ACCEPT_BEFORE = f"{HTML}, text/html;q=0.9, {JSON};q=0.1"
_ACCEPT_AFTER = f"{JSON}, {HTML};q=0.2, text/html;q=0.1"
_HEADERS = {"Cache-Control": "no-cache", "User-Agent": f"release-async/{__version__}"}
_DEVPI = "X-Devpi-Server-Version"
_SERIAL = "X-PyPI-Last-Serial"


class IndexUnreachableError(FailedError):
    """The index gave no usable answer."""


@dataclass(frozen=True, slots=True)
class IndexFile:
    """A file as the index serves it.

    Attributes:
        sha256: The digest of its bytes, in hexadecimal.
        size: Their number.
    """

    sha256: str
    size: int


_PROVENANCE = "application/vnd.pypi.integrity.v1+json, application/json;q=0.5"
_LONGEST_PROVENANCE = 1 << 20
"""Characters; a real one has some ten thousand."""
_MOST_MOVES = 3
"""How often a page may have been moved within one host."""


@asynccontextmanager
async def open_index(
    repository_url: str,
    *,
    credentials: Credentials | None = None,
    answer_timeout: float = 30.0,
    login: str = "",
) -> AsyncIterator["Index"]:
    """Query an index while the context lasts; nothing is sent before the first query.

    Args:
        repository_url: The upload URL.
        credentials: For an index that asks for them when it is read; sent to no other.
        answer_timeout: Seconds that an answer may take in all.
        login: The settings that hold the credentials, in words, for who is not let in; empty where nobody is
            asked for any.

    Raises:
        ConfigurationError: The URL is malformed, or not one to send credentials to.
    """
    index = Index(address.validated(repository_url), credentials, answer_timeout, login)
    try:
        yield index
    finally:
        await index.close()


async def released(
    repository_url: str, name: str, *, credentials: Credentials | None = None, answer_timeout: float
) -> frozenset[str]:
    """The versions of a project that an index has files of, by one question.

    Args:
        repository_url: The address that is uploaded to.
        name: The project.
        credentials: As for ``open_index``.
        answer_timeout: Seconds that the answer may take in all.

    Raises:
        IndexUnreachableError: It did not answer.
    """
    async with open_index(repository_url, credentials=credentials, answer_timeout=answer_timeout) as index:
        return versions(await index.files(name))


class Index:
    """A package index, for reading."""

    def __init__(
        self, repository_url: str, credentials: Credentials | None, answer_timeout: float, login: str
    ) -> None:
        self._url = repository_url
        self._simple = address.simple_url(repository_url)
        self._credentials, self._login = credentials, login
        self._wants_login = False  # credentials are sent only to an index that asks for them
        self._answer_timeout = answer_timeout
        self._http: httpx2.AsyncClient | None = None
        self._http_lock = anyio.Lock()
        self._clock_offset = 0.0
        self._pages: dict[str, Page] = {}
        self._asks_again, self._silence = True, ""
        self._accept = _ACCEPT_BEFORE
        self._serial, self._old_serial = "", ""

    async def files(self, project: str) -> dict[str, str]:
        """The files of a project.

        Args:
            project: Its name, in any spelling.

        Returns:
            The SHA-256 of each file by file name, empty where the index states none; no files where the index
            does not know the project.

        Raises:
            IndexUnreachableError: There was no answer in time, or no usable one.
        """
        name = canonicalize_name(project)
        asked = self._simple  # another task may find out meanwhile what our own answer tells
        response = await self._page(name)
        if _DEVPI in response.headers and not asked.endswith("/+simple/"):
            self._simple = f"{self._url.rstrip('/')}/+simple/"
            response = await self._page(name)
        is_page = self._is_page(response, name)
        if response.status_code == httpx2.codes.NOT_FOUND or (is_page and self._leads_elsewhere(response)):
            return {}
        if response.status_code != httpx2.codes.OK:
            raise self._refusal(response, "it answered")
        try:
            kind = response.headers.get("Content-Type", "")
            page = simple_page.parse(response.text, kind, str(response.url))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._unreachable("its answer is not that of a package index") from None
        self._serial = response.headers.get(_SERIAL, "")
        self._pages[name] = page
        return {file: listed.sha256 for file, listed in page.links.items()}

    async def _page(self, name: str) -> httpx2.Response:
        """The page of a project, also where the index has moved it within its own host."""
        response = await self._get(f"{self._simple}{name}/")
        for _ in range(_MOST_MOVES):
            if not self._is_page(response, name) or self._leads_elsewhere(response):
                break
            response = await self._get(self._target(response))
        return response

    def _is_page(self, response: httpx2.Response, name: str) -> bool:
        """Whether an answer sends us to another page of the project, and not to a login or the like."""
        return response.is_redirect and urlsplit(self._target(response)).path.endswith(f"/{name}/")

    @staticmethod
    def _target(response: httpx2.Response) -> str:
        try:
            target = urljoin(str(response.url), response.headers.get("Location", ""))
            urlsplit(target)
        except ValueError:
            return ""  # no address: it leads nowhere
        return target

    def _leads_elsewhere(self, response: httpx2.Response) -> bool:
        """Whether an answer sends us to another host: to whom an index without the project sends everybody.

        pypiserver does so by default, and its answer is never followed: another host's files are not this
        index's, and it gets no credentials.
        """
        return _place(self._target(response)) != _place(self._simple)

    async def fetch_digest(self, project: str, name: str, seconds: float = 600.0) -> IndexFile | None:
        """Download a file and compute its digest and size; the bytes are not kept.

        Credentials are sent only to the index's own host.

        Args:
            project: The project.
            name: The file's name, as ``files`` returned it.
            seconds: How long it may take in all.

        Returns:
            The digest and size; None where the page does not list the file, or its URL is not found.

        Raises:
            IndexUnreachableError: The download failed or took too long.
        """
        page = self.page(project)
        listed = page.links.get(name) if page else None
        return await self._fetched(listed.url, name, seconds) if listed else None

    async def fetch_metadata_digest(
        self, project: str, name: str, seconds: float = 600.0
    ) -> IndexFile | None:
        """Download the metadata file beside a file (PEP 658), and compute its digest and size.

        Args:
            project: The project.
            name: The file's name, which the page lists.
            seconds: How long it may take in all.

        Returns:
            The digest and size; None where it is not found.

        Raises:
            IndexUnreachableError: The download failed or took too long.
        """
        page = self.page(project)
        listed = page.links.get(name) if page else None
        return await self._fetched(f"{listed.url}.metadata", f"{name}.metadata", seconds) if listed else None

    async def fetch_provenance(self, project: str, name: str) -> str | None:
        """What the index says of who has made a file, as PEP 740 has it (a provenance object, in JSON).

        Args:
            project: The project.
            name: The file's name, which the page lists.

        Returns:
            The text; None where the page names none, or it is not found.

        Raises:
            IndexUnreachableError: It could not be had, or is longer than any real one.
        """
        page = self.page(project)
        listed = page.links.get(name) if page else None
        if listed is None or not listed.provenance:
            return None
        response = await self._get(listed.provenance, _PROVENANCE)
        if response.status_code == httpx2.codes.NOT_FOUND:
            return None
        if response.status_code != httpx2.codes.OK or len(response.content) > _LONGEST_PROVENANCE:
            raise self._refusal(response, f"{listed.provenance} is answered with")
        return response.text

    async def _fetched(self, url: str, name: str, seconds: float) -> IndexFile | None:
        self._see_that_it_answers()
        try:
            with anyio.fail_after(seconds):
                return await self._download(url)
        except (TimeoutError, httpx2.TimeoutException):
            raise self._unreachable(f"{name} did not come within {seconds:g} s") from None
        except (httpx2.RequestError, httpx2.InvalidURL) as error:
            raise self._unreachable(f"{name}: {root_cause_message(error)}") from error

    async def _download(self, url: str) -> IndexFile | None:
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
                raise self._refusal(response, f"{url} is answered with")
            digest, size = hashlib.sha256(), 0
            async for (
                chunk
            ) in response.aiter_raw():  # the stored bytes, not decoded even if a header says .gz
                digest.update(chunk)
                size += len(chunk)
            return IndexFile(digest.hexdigest(), size)
        finally:
            with anyio.CancelScope(shield=True):
                await response.aclose()

    @property
    def simple_url(self) -> str:
        """The URL of its simple API, as far as known from its answers."""
        return self._simple

    def expect_change(self) -> None:
        """From now on, expect a changed page: something is about to be uploaded, or was by an earlier run.

        Pages that a cache has stored so far are no longer used.
        """
        self._accept, self._old_serial = _ACCEPT_AFTER, self._serial

    def ask_no_more_in_vain(self) -> None:
        """From now on, once an answer did not come in time, let all further questions fail, and send nothing.

        For who looks once: each question would take as long as the first.
        """
        self._asks_again = False

    @property
    def is_stale(self) -> bool:
        """Whether the last page is certainly older than the change; nothing is sent.

        PyPI numbers the changes of a project, and sends with a page the number of its last change.
        """
        return bool(self._old_serial) and self._serial == self._old_serial

    def has_files_of(self, project: str) -> bool:
        """Whether it has listed files of the project since it was opened; nothing is sent."""
        page = self.page(project)
        return bool(page and page.links)

    def page(self, project: str) -> Page | None:
        """The page of a project as it was last read; None where there was none. Nothing is sent."""
        return self._pages.get(canonicalize_name(project))

    def forget(self, project: str) -> None:
        """Count the page of a project as never read: what it says may not be so any more. Nothing is sent."""
        self._pages.pop(canonicalize_name(project), None)

    def now(self) -> float:
        """The current time by the index's clock, from its last answer; by ours if there was none.

        Returns:
            Seconds since the epoch, for deadlines that the index checks (RFC 9110, "Date").
        """
        return time.time() + self._clock_offset

    async def close(self) -> None:
        """Close the connection."""
        if self._http:
            with anyio.CancelScope(shield=True):
                await self._http.aclose()

    def _see_that_it_answers(self) -> None:
        """Ask nobody who has not answered, where that is enough.

        Raises:
            IndexUnreachableError: It is.
        """
        if self._silence and not self._asks_again:
            raise self._unreachable(self._silence, network=True)

    async def _get(self, url: str, accept: str = "") -> httpx2.Response:
        self._see_that_it_answers()
        headers = {"Accept": accept or self._accept}
        auth = self._auth if _place(url) == _place(self._simple) else _no_auth
        try:
            client = await self._client()
            with anyio.fail_after(self._answer_timeout):
                logged_in = self._wants_login  # another task may find out meanwhile what our answer tells
                response = await client.get(url, headers=headers, auth=auth())
                wants_login = response.status_code == httpx2.codes.UNAUTHORIZED
                if wants_login and self._credentials and not logged_in:
                    self._wants_login = True
                    response = await client.get(url, headers=headers, auth=auth())
        except (TimeoutError, httpx2.TimeoutException):
            self._silence = f"it did not answer within {self._answer_timeout:g} s"
            raise self._unreachable(self._silence, network=True) from None
        except (httpx2.RequestError, httpx2.InvalidURL) as error:
            raise self._unreachable(root_cause_message(error), network=True) from error
        with suppress(ValueError, KeyError, OverflowError):
            self._clock_offset = parsedate_to_datetime(response.headers["Date"]).timestamp() - time.time()
        return response

    async def _client(self) -> httpx2.AsyncClient:
        async with self._http_lock:
            if self._http is None:
                # In a thread: meanwhile the event loop must start the tests and handle signals.
                made = partial(
                    http_client.new_client, self._url, headers=_HEADERS, timeout=self._answer_timeout
                )
                self._http = await anyio.to_thread.run_sync(made)
        return self._http

    def _auth(self) -> httpx2.BasicAuth | None:
        ours = _place(self._simple) == _place(self._url)  # nobody has named another host for reading
        account = self._credentials if self._wants_login and ours else None
        return httpx2.BasicAuth(account.user, account.secret.reveal()) if account else None

    def _refusal(self, response: httpx2.Response, asked: str) -> IndexUnreachableError:
        """The error for an answer that is none; who is not let in is told which settings hold the login."""
        why = f"{asked} {response.status_code} {printable(response.reason_phrase)}".strip()
        if response.status_code not in _NOT_LET_IN or not self._login:
            return self._unreachable(why)
        sent = (
            f" to the user name {self._credentials.user}" if self._credentials and self._wants_login else ""
        )
        error = self._unreachable(f"{why}{sent}")
        error.cure = f"see that {self._login} hold a login that may read there, then {RUN_AGAIN}"
        return error

    def _unreachable(self, why: str, *, network: bool = False) -> IndexUnreachableError:
        host = urlsplit(self._simple).netloc
        error = IndexUnreachableError(
            f"the package index at {host} could not be asked: {why}",
            cure=f"check the network, the proxy and the repository URL, then {RUN_AGAIN}",
        )
        error.network = network
        return error


_NOT_LET_IN = (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN)


def _place(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of a URL, those that it leaves out filled in."""
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or usual


def _no_auth() -> None:
    """What another host than the index's own gets."""


def files_of_version(files: Mapping[str, str], version: str) -> dict[str, str]:
    """The files of one version.

    Args:
        files: Hashes by file name, as ``Index.files`` returns them.
        version: The version, in any equivalent spelling (PEP 440).
    """
    wanted = Version(version)
    return {name: digest for name, digest in files.items() if _version(name) == wanted}


def _version(name: str) -> Version | None:
    try:
        return parse_wheel_filename(name)[1] if name.endswith(".whl") else parse_sdist_filename(name)[1]
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None


def versions(files: Iterable[str]) -> frozenset[str]:
    """The versions that an index has files of, normalised.

    Args:
        files: Their names.
    """
    return frozenset(str(version) for version in map(_version, files) if version is not None)
