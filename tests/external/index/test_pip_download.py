"""A released wheel is downloaded as anybody does it: by pip, from one index, with nothing of the person's."""

import hashlib
import importlib.util
import os
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from release_async.base.errors import CommandError
from release_async.external.index import pip_download
from release_async.external.index.pip_download import DownloadOptions, WheelRequest
from support import indexes, releasing
from support.indexes import Fault


def wanted(url: str, name: str = "demo-1.0-py3-none-any.whl") -> WheelRequest:
    """The wheel of an index, by its repository URL."""
    return WheelRequest("demo==1.0", f"{url}simple/", name)


def terms(tmp_path: Path, seconds: float = 60.0, **environ: str) -> DownloadOptions:
    """How it is downloaded."""
    return DownloadOptions(tmp_path / "into", {**os.environ, **environ}, seconds, lambda _: None)


async def test_what_the_index_has_comes_byte_by_byte(tmp_path: Path) -> None:
    """Also where it is for another Python: whether it can be installed here is not what is asked."""
    metadata = "Requires-Python: <3\n" + indexes.DESCRIBED
    file = indexes.wheel(tmp_path / "index", ballast=1000, metadata=metadata)
    with indexes.pypiserver(tmp_path / "index", indexes.credentials()) as url:
        got = await pip_download.download_wheel(wanted(url), terms(tmp_path))
    assert got
    assert got.read_bytes() == file.read_bytes()


async def test_what_the_index_does_not_have_is_nothing(tmp_path: Path) -> None:
    """It is no error: it may be on its way. So is a project that is not known yet."""
    with indexes.pypiserver(tmp_path / "index", indexes.credentials()) as url:
        assert await pip_download.download_wheel(wanted(url), terms(tmp_path)) is None
        indexes.wheel(tmp_path / "index", "0.9")
        assert await pip_download.download_wheel(wanted(url), terms(tmp_path)) is None


async def test_an_index_that_is_down_is_not_one_without_the_file(tmp_path: Path) -> None:
    """For pip both are "no matching distribution"."""
    url = f"http://127.0.0.1:{indexes.free_port()}/"
    with pytest.raises(CommandError, match="pip: "):
        await pip_download.download_wheel(wanted(url), terms(tmp_path))


async def test_another_file_of_the_version_is_not_ours(tmp_path: Path) -> None:
    """Somebody has added a wheel that pip likes better; that is told, and proves nothing of ours."""
    indexes.wheel(tmp_path / "index").rename(tmp_path / "index/demo-1.0-7-py3-none-any.whl")
    indexes.wheel(tmp_path / "index")
    told = pytest.raises(CommandError, match=r"pip prefers demo-1\.0-7-py3-none-any\.whl")
    with indexes.pypiserver(tmp_path / "index", indexes.credentials()) as url, told:
        await pip_download.download_wheel(wanted(url), terms(tmp_path))


async def test_bytes_that_are_not_those_of_the_page_are_no_download(tmp_path: Path) -> None:
    """They are told by pip itself, which compares them with the page's digest."""
    file = indexes.wheel(tmp_path / "index")
    digest = hashlib.sha256(b"other bytes").hexdigest()
    link = f'<a href="/{file.name}#sha256={digest}">{file.name}</a>'
    page = indexes.answer(
        "200 OK", f"<!DOCTYPE html><html><body>{link}</body></html>", Content_Type="text/html"
    )
    told = pytest.raises(CommandError, match="pip: ")
    with indexes.scripted(page, indexes.answer("200 OK", "neither")) as server, told:
        await pip_download.download_wheel(wanted(server.url.replace("legacy/", "")), terms(tmp_path))


async def test_without_a_pip_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a value of the answer, not as a command that was not found."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(CommandError, match="there is no pip"):
        await pip_download.download_wheel(wanted("http://127.0.0.1:9/"), terms(tmp_path))


async def test_it_is_over_in_time_and_shows_nothing_of_the_persons(tmp_path: Path) -> None:
    """An index that never answers; meanwhile neither configuration nor a proxy is in sight."""
    settings = {"PIP_EXTRA_INDEX_URL": "http://127.0.0.1:9/", "HTTP_PROXY": "http://127.0.0.1:9"}
    seen: list[str] = []

    async def look() -> None:
        await anyio.to_thread.run_sync(releasing.wait_until, lambda: bool(server.requests))
        for shown in indexes.what_children_show().values():
            seen.extend(text for text in shown if "pip" in shown[0])

    with indexes.scripted(Fault.HANG) as server:
        url = server.url.replace("legacy/", "")
        async with anyio.create_task_group() as group:
            group.start_soon(look)
            with pytest.raises(CommandError, match="not done within 5 s"):
                await pip_download.download_wheel(wanted(url), terms(tmp_path, 5.0, **settings))
    command, environ = seen
    assert "--isolated" in command
    assert "PIP_EXTRA_INDEX_URL" not in environ
    assert f"PIP_CONFIG_FILE={os.devnull}" in environ
    assert [request.line for request in server.requests] == ["GET /simple/demo/ HTTP/1.1"]
