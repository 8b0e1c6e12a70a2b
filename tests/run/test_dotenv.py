"""The project's ``.env``: read where it is a plain file, and never shown where it is not as it should be."""

import os
import socket
from pathlib import Path

import anyio
import pytest

from release_async.base.errors import ConfigurationError
from release_async.plan.settings import Flags
from release_async.run import project
from release_async.run.dotenv import LONGEST
from support import canary, secrets
from support.repositories import Repository
from support.tiny import write_tiny


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project without a token."""
    root = tmp_path / "project"
    write_tiny(root)
    Repository.init(root).commit("begin")
    return root


async def token_of(root: Path) -> str:
    """The token that a release of the project would use."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYPI_")}
    with anyio.fail_after(60):
        opened = await project.open_project(root, Flags(), environ)
    return opened.settings.token.reveal() if opened.settings.token else ""


async def test_a_dotenv_that_is_no_plain_file_is_none(root: Path) -> None:
    """A pipe is not waited for, a directory is somebody's environment, a device has no end."""
    path = root / ".env"
    assert await token_of(root) == ""
    os.mkfifo(path)
    assert await token_of(root) == ""
    path.unlink()
    path.mkdir()
    assert await token_of(root) == ""
    path.rmdir()
    for target in ("/dev/zero", "/dev/null", "/nowhere", "."):
        path.symlink_to(target)
        assert await token_of(root) == ""
        path.unlink()


async def test_a_dotenv_that_cannot_be_read_is_told_without_its_text(root: Path) -> None:
    """Other encodings, far too much, a link to itself: in words, and no traceback could show the text."""
    path = root / ".env"
    held = f"PYPI_API_TOKEN={secrets.characters(20)}\n"
    for content in (held.encode() + b"\xff\n", held.encode("utf-16"), held.encode() * LONGEST):
        path.write_bytes(content[: 10 * LONGEST])
        with pytest.raises(ConfigurationError) as caught:
            await token_of(root)
        assert str(path) in caught.value.what
        assert caught.value.cure
        assert caught.value.__cause__ is None
        assert not canary.shows(caught.value.what + caught.value.cure)
        path.unlink()
    path.symlink_to(".env")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        await token_of(root)


async def test_a_dotenv_with_a_byte_order_mark_is_read(root: Path) -> None:
    """Editors of Windows write one, and the first name would not be known with it."""
    (root / ".env").write_bytes(b"\xef\xbb\xbfPYPI_API_TOKEN=sesame\r\n")
    assert await token_of(root) == "sesame"


async def test_what_is_bound_to_a_socket_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot be opened at all."""
    monkeypatch.chdir(root)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(".env")
        with pytest.raises(ConfigurationError, match="cannot be read"):
            await token_of(root)
