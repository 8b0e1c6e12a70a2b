"""Repository URLs: may a token be sent there, and the simple API and pages of the index. No network."""

import ast
import ipaddress
import shlex
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit, urlunsplit

from release_async.base.errors import ConfigurationError
from release_async.base.secret import Credentials
from release_async.plan.plan import Target
from release_async.plan.settings import Settings

_DEVPI_PORT = 3141
"""What ``devpi-server`` listens on unless it is told otherwise (its manual)."""


class UploadUrls(NamedTuple):
    """The upload URLs of the two public indexes."""

    pypi: str
    testpypi: str


@cache
def upload_urls() -> UploadUrls:
    """The upload URLs of PyPI and TestPyPI, as twine has them.

    They are read from its source: to import it takes as long as a dozen commands of git, since it imports
    requests.

    Raises:
        ModuleNotFoundError: twine is not installed.
    """
    package = find_spec("twine")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("No module named 'twine'", name="twine")
    source = Path(package.origin).with_name("utils.py").read_bytes()
    stated = {
        name.id: ast.literal_eval(statement.value)
        for statement in ast.parse(source).body
        if isinstance(statement, ast.Assign)
        for name in statement.targets
        if isinstance(name, ast.Name) and name.id.endswith("_REPOSITORY")
    }
    return UploadUrls(stated["DEFAULT_REPOSITORY"], stated["TEST_REPOSITORY"])


def target(settings: Settings) -> Target:
    """The index that a release goes to by its settings.

    Raises:
        ConfigurationError: The address is malformed, or not one to send credentials to.
    """
    if settings.repository_url:
        url = validated(settings.repository_url)
        name = urlsplit(url).netloc
    else:
        url = upload_urls()[int(settings.test)]
        name = "TestPyPI" if settings.test else "PyPI"
    return Target(
        name=name,
        repository_url=url,
        token_setting=settings.token_setting,
        rehearses=settings.rehearses,
        is_rehearsal=settings.is_rehearsal,
    )


def reader_of(settings: Settings) -> Credentials | None:
    """Who reads a private index that asks for a login: the account that uploads; a public one asks nobody."""
    token = settings.token
    if token is None or is_public(target(settings).repository_url):
        return None
    return Credentials(settings.username, token)


def login_of(settings: Settings) -> str:
    """The settings that hold the login of a private index, in words; empty for a public one."""
    if is_public(target(settings).repository_url):
        return ""
    return f"PYPI_USERNAME and {settings.token_setting} (in .env or the environment)"


def rules_of(target: Target) -> str:
    """The name of the public index whose rules hold for a release; empty where it goes to another one."""
    return target.name if is_public(target.repository_url) else target.rehearses


def is_public(repository_url: str) -> bool:
    """Whether this is PyPI or TestPyPI, whose rules are known."""
    return repository_url.endswith("/legacy/") and repository_url in upload_urls()


def validated(repository_url: str) -> str:
    """Return the repository URL if a token may be sent there.

    A missing last slash of ``/legacy`` is added: PyPI answers it with a redirect, which is never followed.

    Raises:
        ConfigurationError: The URL is malformed, holds credentials, or would send them in clear text.
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
    """Whether the index runs on this machine, where no proxy may be used."""
    return _is_loopback(_split(repository_url).hostname or "")


def is_hosted_by(repository_url: str, host: str) -> bool:
    """Whether an index is on ``host``, or on the upload host of the site ``host``.

    Args:
        repository_url: The upload URL.
        host: The host that a token names as its own.
    """
    return (_split(repository_url).hostname or "") in {host, f"upload.{host}"}


def simple_url(repository_url: str) -> str:
    """The simple API (PEP 503, PEP 691) of the index with this upload URL.

    For an upload URL that ends in ``/legacy/`` the API is beside it, on a host without the label ``upload.``;
    for every other index it is below. devpi calls it ``+simple/``, which only shows in its answers.
    """
    parts = _split(repository_url)
    if parts.path.endswith("/legacy/"):
        path = parts.path.removesuffix("legacy/") + "simple/"
        return urlunsplit(parts._replace(netloc=parts.netloc.removeprefix("upload."), path=path))
    return f"{repository_url.rstrip('/')}/simple/"


def pip_command(repository_url: str, requirement: str, *command: str, simple: str = "") -> str:
    """The pip command for this index; PyPI is not named, since pip uses it by default.

    Args:
        repository_url: The upload URL.
        requirement: The requirement.
        command: ``install`` or ``download``, and further options.
        simple: The simple API, where the index's answers have shown it; otherwise it follows from the URL.
    """
    named = simple or _likely_simple_url(repository_url)
    index = () if repository_url == upload_urls().pypi else ("--index-url", named)
    return shlex.join(("pip", *command, *index, requirement))


def _likely_simple_url(repository_url: str) -> str:
    """The simple API of an index that has not been asked; devpi's own port is likely devpi's."""
    parts = _split(repository_url)
    if parts.port == _DEVPI_PORT and parts.path.strip("/").count("/") == 1:  # as in /alice/dev/
        return f"{repository_url.rstrip('/')}/+simple/"
    return simple_url(repository_url)


def management_page(repository_url: str, name: str, version: str) -> str:
    """The page to manage one version on PyPI or TestPyPI, such as to yank it; empty for any other index.

    Args:
        repository_url: The upload URL.
        name: The project.
        version: The version.
    """
    site = _site(repository_url)
    return f"{site}/manage/project/{name}/release/{version}/" if site else ""


def public_page(repository_url: str, name: str, version: str) -> str:
    """The public page of one version on PyPI or TestPyPI; otherwise as ``management_page``."""
    site = _site(repository_url)
    return f"{site}/project/{name}/{version}/" if site else ""


def token_page(repository_url: str) -> str:
    """The page to create a token on PyPI or TestPyPI; empty for any other index."""
    site = _site(repository_url)
    return f"{site}/manage/account/token/" if site else ""


def _site(repository_url: str) -> str:
    """The web site of PyPI or TestPyPI; empty for any other index."""
    if repository_url not in upload_urls():
        return ""
    return urlunsplit(_split(repository_url)._replace(path="")).replace("//upload.", "//")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # it is only checked when read
    except ValueError:
        raise _malformed() from None
    return parts


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _malformed() -> ConfigurationError:
    # The value is not repeated: it may be a token that was pasted into the wrong line.
    return ConfigurationError(
        "the repository URL is not the address of a package index",
        cure="set PYPI_REPOSITORY_URL (or TEST_PYPI_REPOSITORY_URL) to an address like https://host/path/",
    )
