"""The index of a rehearsal: real, private, and gone afterwards."""

import os
from pathlib import Path

import httpx2
import pytest

from release_async.base.errors import CommandError
from release_async.external.index import rehearsal_server, simple_api as index
from support import indexes


def get(url: str) -> httpx2.Response:
    """One request, without a proxy or a redirect."""
    with httpx2.Client(trust_env=False) as client:
        return client.get(url)


async def test_it_serves_what_lies_in_its_directory(tmp_path: Path) -> None:
    """Packages are found, and nothing else is: no redirect leads to another index."""
    file = indexes.wheel(tmp_path)
    async with rehearsal_server.serve(tmp_path, indexes.credentials(), dict(os.environ)) as url:
        async with index.open_index(url) as reader:
            assert list(await reader.files("demo")) == [file.name]
        assert get(f"{url}simple/unknown/").status_code == 404


async def test_it_is_reached_from_this_machine_only_and_gone_afterwards(tmp_path: Path) -> None:
    """The address is a loopback one, and nobody answers there once the rehearsal is over."""
    async with rehearsal_server.serve(tmp_path, indexes.credentials(), dict(os.environ)) as url:
        assert url.startswith("http://127.0.0.1:")
    with pytest.raises(httpx2.ConnectError):
        get(url)


async def test_its_password_is_in_no_environment_argument_or_file(tmp_path: Path) -> None:
    """It goes over the pipe; who lists processes or the directory does not see it."""
    account = indexes.credentials()
    async with rehearsal_server.serve(tmp_path, account, dict(os.environ)):
        shown = [text for texts in indexes.what_children_show().values() for text in texts]
        written = texts_below(tmp_path)
    assert [text for text in shown if "rehearsal_server_child" in text]
    assert not [text for text in shown + written if account.secret.reveal() in text]


def texts_below(directory: Path) -> list[str]:
    """What has been written into a directory."""
    return [file.read_text() for file in directory.rglob("*") if file.is_file()]


async def test_a_directory_that_is_missing_is_told(tmp_path: Path) -> None:
    """A server that cannot start is a message and no traceback."""
    missing = rehearsal_server.serve(tmp_path / "missing", indexes.credentials(), dict(os.environ))
    with pytest.raises(CommandError) as caught:
        async with missing:
            pass
    assert caught.value.cure
