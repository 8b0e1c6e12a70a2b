"""Where a token may go, and where an index is read, by its address alone."""

import pytest
from twine.utils import DEFAULT_REPOSITORY, TEST_REPOSITORY

from release_async.base.errors import ConfigurationError
from release_async.external.index.repository_url import (
    is_loopback,
    is_public,
    management_page,
    pip_command,
    public_page,
    simple_url,
    upload_urls,
    validated,
)


def test_the_public_indexes_are_those_of_twine() -> None:
    """They are read from its source, and stay what it would give who imports it."""
    assert upload_urls() == (DEFAULT_REPOSITORY, TEST_REPOSITORY)


def test_the_public_indexes_are_read_where_they_are_served() -> None:
    """PyPI is read on another host than it is uploaded to, TestPyPI on the same."""
    pypi, testpypi = upload_urls()
    assert simple_url(pypi) == pypi.replace("//upload.", "//").replace("/legacy/", "/simple/")
    assert "//upload." not in simple_url(pypi)
    assert simple_url(testpypi) == testpypi.replace("/legacy/", "/simple/")
    assert validated(pypi) == pypi


def test_only_the_public_indexes_are_held_to_their_rules() -> None:
    """An index of the same shape elsewhere has rules of its own."""
    assert all(map(is_public, upload_urls()))
    assert not is_public("https://upload.example.org/legacy/")
    assert not is_public(upload_urls().pypi.removesuffix("legacy/"))


@pytest.mark.parametrize(
    ("url", "simple"),
    [
        ("https://index.example", "https://index.example/simple/"),
        ("https://index.example/", "https://index.example/simple/"),
        ("https://index.example/api/pypi/mine", "https://index.example/api/pypi/mine/simple/"),
        ("https://upload.example/mine/", "https://upload.example/mine/simple/"),
        ("https://upload.index.example/legacy/", "https://index.example/simple/"),
        ("https://index.example:8443/pulp/legacy/", "https://index.example:8443/pulp/simple/"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/simple/"),
    ],
)
def test_an_index_is_read_beside_or_below_its_upload_address(url: str, simple: str) -> None:
    """Beside a path that ends in /legacy/, below every other one."""
    assert simple_url(validated(url)) == simple


@pytest.mark.parametrize(
    "url",
    [
        "",
        "pypi",
        "index.example/simple",
        "ftp://index.example/",
        "file:///tmp/index",
        "https://",
        "https://[::1",
        "https://index.example:port/",
        "https://index.example/?to=elsewhere",
        "https://index.example/#part",
        "http://index.example/",
        "http://127.0.0.1.example/",
        "http://10.0.0.1/",
        "https://someone:word@index.example/",
        "https://word@index.example/",
    ],
)
def test_what_no_token_may_be_sent_to_is_refused(url: str) -> None:
    """A typing error or a clear-text address costs a message, never a token; no password is repeated."""
    with pytest.raises(ConfigurationError) as caught:
        validated(url)
    assert caught.value.cure
    assert not url or url not in caught.value.what
    assert "word" not in caught.value.what.replace("password", "")


def test_the_last_slash_of_an_upload_path_is_added() -> None:
    """PyPI answers the address without it with a redirect, which is not followed."""
    assert validated("https://index.example/legacy") == "https://index.example/legacy/"


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:1/", True),
        ("http://localhost/", True),
        ("http://[::1]:1/", True),
        ("http://10.0.0.1/", False),
        ("https://localhost.example/", False),
    ],
)
def test_loopback_is_this_machine_only(url: str, *, local: bool) -> None:
    """No proxy stands between us and this machine, and clear text is allowed nowhere else."""
    assert is_loopback(url) is local


def test_a_version_is_managed_on_the_public_indexes() -> None:
    """Where a person yanks it; other indexes have pages of their own, or none."""
    pypi, testpypi = upload_urls()
    page = management_page(pypi, "demo", "1.0")
    assert (
        page == f"{pypi.replace('//upload.', '//').removesuffix('/legacy/')}/manage/project/demo/release/1.0/"
    )
    assert management_page(testpypi, "demo", "1.0").startswith(testpypi.removesuffix("/legacy/"))
    assert management_page("https://index.example/", "demo", "1.0") == ""


def test_a_version_has_a_page_on_the_public_indexes() -> None:
    """Where everybody reads about it; of another index nothing is known."""
    pypi, _ = upload_urls()
    site = pypi.replace("//upload.", "//").removesuffix("/legacy/")
    assert public_page(pypi, "demo", "1.0") == f"{site}/project/demo/1.0/"
    assert public_page("https://index.example/", "demo", "1.0") == ""


def test_the_install_line_names_the_simple_api_that_the_index_has_shown() -> None:
    """Devpi has it elsewhere, which only its answers tell."""
    shown = "https://devpi.example/alice/dev/+simple/"
    line = pip_command("https://devpi.example/alice/dev/", "demo==1.0", "install", simple=shown)
    assert line == f"pip install --index-url {shown} demo==1.0"
    assert pip_command(upload_urls().pypi, "demo==1.0", "install", simple=shown) == ("pip install demo==1.0")


@pytest.mark.parametrize(
    ("url", "simple"),
    [
        ("http://127.0.0.1:3141/alice/dev/", "http://127.0.0.1:3141/alice/dev/+simple/"),
        ("http://127.0.0.1:3141/alice/dev", "http://127.0.0.1:3141/alice/dev/+simple/"),
        ("http://127.0.0.1:3141/", "http://127.0.0.1:3141/simple/"),
        ("http://127.0.0.1:8080/alice/dev/", "http://127.0.0.1:8080/alice/dev/simple/"),
    ],
)
def test_an_index_on_the_port_of_devpi_is_read_as_devpi_until_it_answers(url: str, simple: str) -> None:
    """Where nobody could be asked, the line for pip fits what most likely listens there."""
    assert pip_command(url, "demo", "index", "versions") == f"pip index versions --index-url {simple} demo"
    assert simple_url(url) == f"{url.rstrip('/')}/simple/"
