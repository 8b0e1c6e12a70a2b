"""Addresses of package indexes: which one a token may be sent to, and where its simple API is. No network."""

import ipaddress
import shlex
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit, urlunsplit

from release_async.base.errors import ConfigurationError
from release_async.plan.plan import Target
from release_async.plan.settings import Settings


class Addresses(NamedTuple):
    """Where files for the two public indexes are uploaded."""

    pypi: str
    testpypi: str


def addresses() -> Addresses:
    """The upload addresses of PyPI and TestPyPI, as twine knows them."""
    from twine.utils import DEFAULT_REPOSITORY, TEST_REPOSITORY  # noqa: PLC0415 - brings in all of requests

    return Addresses(DEFAULT_REPOSITORY, TEST_REPOSITORY)


def target(settings: Settings) -> Target:
    """The index that a release goes to by its settings.

    Raises:
        ConfigurationError: The address is malformed, or not one to send credentials to.
    """
    if settings.repository_url:
        url = checked(settings.repository_url)
        name = urlsplit(url).netloc
    else:
        url = addresses()[int(settings.test)]
        name = "TestPyPI" if settings.test else "PyPI"
    return Target(name=name, repository_url=url, token_setting=settings.token_setting)


def is_public(repository_url: str) -> bool:
    """Whether uploads there go to PyPI or TestPyPI, whose rules are known."""
    return repository_url.endswith("/legacy/") and repository_url in addresses()


def checked(repository_url: str) -> str:
    """Return the address of an index that a token may be sent to.

    PyPI's own upload path answers a missing last slash with a redirect, which is never followed: it is added.

    Raises:
        ConfigurationError: The address is malformed, holds credentials, or would send them in clear text.
    """
    parts = _split(repository_url)
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(
            "the repository URL holds a user name or a password",
            cure="take them out of the URL and set PYPI_USERNAME and PYPI_API_TOKEN instead",
        )
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise _malformed()
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ConfigurationError(
            f"the repository URL would send your credentials to {parts.hostname} in clear text",
            cure="use its https:// address",
        )
    path = f"{parts.path}/" if parts.path.endswith("/legacy") or not parts.path else parts.path
    return urlunsplit(parts._replace(path=path))


def is_loopback(repository_url: str) -> bool:
    """Whether the index runs on this machine, where no proxy may come between."""
    return _is_loopback(_split(repository_url).hostname or "")


def is_at(repository_url: str, host: str) -> bool:
    """Whether an index lies at ``host``, or ``host`` is the site whose upload host that is.

    Args:
        repository_url: The address that is uploaded to.
        host: The index that a token names as its own.
    """
    return (_split(repository_url).hostname or "") in {host, f"upload.{host}"}


def simple_url(repository_url: str) -> str:
    """Where the simple API (PEP 503, PEP 691) of an index is, by the address that is uploaded to.

    An upload address ending in ``/legacy/`` has the API beside it, and without the host's label ``upload.``;
    every other index has it below. devpi calls it ``+simple/``, which only its answers tell.
    """
    parts = _split(repository_url)
    if parts.path.endswith("/legacy/"):
        path = parts.path.removesuffix("legacy/") + "simple/"
        return urlunsplit(parts._replace(netloc=parts.netloc.removeprefix("upload."), path=path))
    return f"{repository_url.rstrip('/')}/simple/"


def pip(repository_url: str, requirement: str, *command: str) -> str:
    """How a person has pip look on this index; PyPI is not named, since pip looks there by itself.

    Args:
        repository_url: The address that is uploaded to.
        requirement: What is wanted.
        command: ``install`` or ``download``, and options of its own.
    """
    index = () if repository_url == addresses().pypi else ("--index-url", simple_url(repository_url))
    return shlex.join(("pip", *command, *index, requirement))


def project_page(repository_url: str, name: str, version: str) -> str:
    """Where a person manages one version on PyPI or TestPyPI, to yank it; empty for any other index.

    Args:
        repository_url: The address that is uploaded to.
        name: The project.
        version: The version.
    """
    site = _site(repository_url)
    return f"{site}/manage/project/{name}/release/{version}/" if site else ""


def public_page(repository_url: str, name: str, version: str) -> str:
    """Where everybody reads about one version on PyPI or TestPyPI; args and the rest as ``project_page``."""
    site = _site(repository_url)
    return f"{site}/project/{name}/{version}/" if site else ""


def token_page(repository_url: str) -> str:
    """Where a person makes a token of PyPI or TestPyPI; empty for any other index."""
    site = _site(repository_url)
    return f"{site}/manage/account/token/" if site else ""


def _site(repository_url: str) -> str:
    """The web site of PyPI or TestPyPI, by the address that is uploaded to."""
    if repository_url not in addresses():
        return ""
    return urlunsplit(_split(repository_url)._replace(path="")).replace("//upload.", "//")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # read late, and only then checked
    except ValueError:
        raise _malformed() from None
    return parts


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _malformed() -> ConfigurationError:
    # Its text is not repeated: it may be a token that was pasted into the wrong line.
    return ConfigurationError(
        "the repository URL is not the address of a package index",
        cure="set PYPI_REPOSITORY_URL (or TEST_PYPI_REPOSITORY_URL) to an address like https://host/path/",
    )
