"""The token is there, is one, and belongs to the index that it would be sent to."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from release_async.checks import credentials
from release_async.plan import Target
from release_async.problems import Problems
from release_async.secret import Secret
from support import secrets
from support.story import PLAN
from support.worlds import prepared


def token_for(host: str) -> str:
    """A token in the shape of PyPI's: a macaroon (version 2) that begins with its location."""
    body = b"\x02\x01" + bytes([len(host)]) + host.encode() + b"\x02\x28" + secrets.characters(40).encode()
    return "pypi-" + base64.urlsafe_b64encode(body).decode().rstrip("=")


async def judged(
    tmp_path: Path, token: str | None, url: str = "https://upload.example.org/legacy/"
) -> Problems:
    """What the check says of a token for an index."""
    place = prepared(tmp_path)
    place.settings = replace(place.settings, token=Secret(token) if token is not None else None)
    target = Target(name="Example", repository_url=url, token_setting="PYPI_API_TOKEN")  # noqa: S106 - a name
    async with place.world(plan := replace(PLAN, target=target)) as world:
        return await credentials.run(plan, world)


@pytest.mark.parametrize("token", ["a password", "two\nlines", "zero\u200bwidth", "tab\there"])
async def test_a_token_with_blanks_is_a_slip_of_the_clipboard(tmp_path: Path, token: str) -> None:
    """It is named by its setting and never shown."""
    (problem,) = await judged(tmp_path, token)
    assert "PYPI_API_TOKEN" in problem.what
    assert token not in problem.what + problem.cure + problem.detail


async def test_no_token_names_the_setting(tmp_path: Path) -> None:
    """And where one is made."""
    (problem,) = await judged(tmp_path, None)
    assert "PYPI_API_TOKEN=" in problem.cure
    assert "Example" in problem.cure


@pytest.mark.parametrize("url", ["https://upload.example.org/legacy/", "https://example.org/legacy/"])
async def test_the_token_of_the_index_is_fine(tmp_path: Path, url: str) -> None:
    """By the host that the token itself names, whose uploads may have a host of their own."""
    assert await judged(tmp_path, token_for("example.org"), url) == ()


@pytest.mark.parametrize("host", ["test.example.org", "example.com", "g.example.org"])
async def test_the_token_of_another_index_is_refused_before_it_is_sent(tmp_path: Path, host: str) -> None:
    """Both hosts are named, so that the slip can be seen."""
    (problem,) = await judged(tmp_path, token_for(host))
    assert f"belongs to {host}, not to Example" in problem.what


@pytest.mark.parametrize("token", ["pypi-", "pypi-!!!", "pypi-AgE", "sesame", "pypi-" + "A" * 80])
async def test_what_is_no_such_token_is_left_to_the_index(tmp_path: Path, token: str) -> None:
    """Passwords of private indexes have any shape."""
    assert await judged(tmp_path, token) == ()
