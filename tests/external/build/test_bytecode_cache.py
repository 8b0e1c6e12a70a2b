"""What is kept of a compiled build backend: given to who has the same files, taken from nobody's hands."""

import marshal
import os
import subprocess
import sys
import time
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from release_async.external.build import bytecode_cache
from release_async.external.build.bytecode_cache import BytecodeCache

TEXT = """WHAT = 'the backend'\n\ndef tell():\n    return WHAT\n"""
BACKEND = "backend.api"
HEADER = 16
"""Bytes before the code (PEP 552)."""
ENOUGH = 2
"""Files that are written before the end: the names, and one module of two."""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment in which uv has a cache."""
    (tmp_path / "uv").mkdir(mode=0o700)
    return {"UV_CACHE_DIR": str(tmp_path / "uv")}


def packages(folder: Path, text: str = TEXT) -> Path:
    """Installed packages: one module in a package."""
    (folder / "backend").mkdir(parents=True)
    (folder / "backend/__init__.py").write_text("")
    (folder / "backend/api.py").write_text(text)
    return folder


def told(folder: Path, program: str = "import backend.api; print(backend.api.WHAT)") -> str:
    """What a program says that finds these packages."""
    words = (sys.executable, "-c", program)
    env = {"PYTHONPATH": str(folder), "PATH": os.defpath}
    return subprocess.run(words, env=env, capture_output=True, text=True, check=True).stdout.strip()


def compiled(folder: Path) -> Path:
    """Where Python looks for the compiled module."""
    return Path(cache_from_source(folder / "backend/api.py"))


def test_what_was_compiled_once_is_given_to_the_next(tmp_path: Path, environ: dict[str, str]) -> None:
    """Python takes it as it is, and names the files where they are now."""
    first, second = packages(tmp_path / "first"), packages(tmp_path / "second")
    cache = BytecodeCache.of(environ, BACKEND)
    cache.fill(first)
    assert not compiled(first).exists()
    assert told(first) == "the backend"
    cache.keep(first)
    BytecodeCache.of(environ, BACKEND).fill(second)
    given = compiled(second).read_bytes()
    program = "import backend.api as b; print(b.WHAT, b.tell.__code__.co_filename)"
    assert told(second, program) == f"the backend {second / 'backend/api.py'}"
    assert compiled(second).read_bytes() == given


def test_nothing_is_taken_from_an_environment_but_source(tmp_path: Path, environ: dict[str, str]) -> None:
    """A project's code may have written what it likes beside it; that reaches no other project."""
    first, second = packages(tmp_path / "first"), packages(tmp_path / "second")
    assert told(first)
    head = compiled(first).read_bytes()[:HEADER]
    compiled(first).write_bytes(head + marshal.dumps(compile("WHAT = 'forged'", "x", "exec")))
    assert told(first) == "forged"
    BytecodeCache.of(environ, BACKEND).keep(first)
    BytecodeCache.of(environ, BACKEND).fill(second)
    assert compiled(second).exists()
    assert told(second) == "the backend"


def test_what_another_backend_has_imported_is_not_given(tmp_path: Path, environ: dict[str, str]) -> None:
    """A package may be there though nothing imports it, as setuptools is beside setuptools-scm."""
    first, second = packages(tmp_path / "first"), packages(tmp_path / "second")
    assert told(first)
    BytecodeCache.of(environ, BACKEND).keep(first)
    BytecodeCache.of(environ, "another.backend").fill(second)
    assert not compiled(second).exists()
    BytecodeCache.of(environ, BACKEND).fill(second)
    assert compiled(second).exists()


def test_another_file_of_the_same_name_gets_nothing(tmp_path: Path, environ: dict[str, str]) -> None:
    """And one that is changed afterwards is compiled again."""
    first, other = packages(tmp_path / "first"), packages(tmp_path / "other", "WHAT = 'another'\n")
    assert told(first)
    BytecodeCache.of(environ, BACKEND).keep(first)
    BytecodeCache.of(environ, BACKEND).fill(other)
    assert not compiled(other).exists()
    same = packages(tmp_path / "same")
    BytecodeCache.of(environ, BACKEND).fill(same)
    assert compiled(same).exists()
    (same / "backend/api.py").write_text("WHAT = 'later....'\n")
    assert told(same) == "later...."


@pytest.mark.parametrize(
    "reason", ["no cache", "others may write there", "without cache", "relative", "no home"]
)
def test_where_it_may_not_be_kept_nothing_is(tmp_path: Path, environ: dict[str, str], reason: str) -> None:
    """There is none, or uv is told to use none, or somebody else could have put something there."""
    cache = Path(environ["UV_CACHE_DIR"])
    if reason == "others may write there":
        cache.chmod(0o777)
    changed = {
        "no cache": {"UV_CACHE_DIR": str(tmp_path / "missing")},
        "without cache": {"UV_NO_CACHE": "1"},
        "relative": {"UV_CACHE_DIR": "."},
    }
    used = {} if reason == "no home" else environ | changed.get(reason, {})
    first = packages(tmp_path / "first")
    assert told(first)
    BytecodeCache.of(used, BACKEND).keep(first)
    BytecodeCache.of(used, BACKEND).fill(first)
    assert list(cache.rglob("*")) == []


def test_what_nobody_asks_for_any_more_is_removed(tmp_path: Path, environ: dict[str, str]) -> None:
    """When something is added; what is asked for stays."""
    old, used, new = (packages(tmp_path / name, f"WHAT = '{name}'\n") for name in ("old", "used", "new"))
    for folder in (old, used):
        assert told(folder)
        BytecodeCache.of(environ, BACKEND).keep(folder)
    entries = {*Path(environ["UV_CACHE_DIR"]).rglob("*.pyc")}
    long_ago = time.time() - 100 * 86_400
    for entry in entries:
        os.utime(entry, (long_ago, long_ago))
    again = packages(tmp_path / "again", "WHAT = 'used'\n")
    BytecodeCache.of(environ, BACKEND).fill(again)
    assert told(new)
    BytecodeCache.of(environ, BACKEND).keep(new)
    left = entries & {*Path(environ["UV_CACHE_DIR"]).rglob("*.pyc")}
    assert len(entries) == 3
    assert len(left) == 2  # the used module, and the empty one that all have


def test_what_was_kept_before_an_end_is_given(
    tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The builder is ended with the release, which does not wait until all is kept."""
    first, second = packages(tmp_path / "first"), packages(tmp_path / "second")
    assert told(first)
    kept: list[Path] = []
    write = bytecode_cache._write  # noqa: SLF001 - nothing else is between two files

    def write_and_end(entry: Path, data: bytes) -> None:
        write(entry, data)
        kept.append(entry)
        if len(kept) == ENOUGH:
            raise KeyboardInterrupt

    monkeypatch.setattr(bytecode_cache, "_write", write_and_end)
    with pytest.raises(KeyboardInterrupt):
        BytecodeCache.of(environ, BACKEND).keep(first)
    BytecodeCache.of(environ, BACKEND).fill(second)
    assert len(list(second.rglob("*.pyc"))) == 1
