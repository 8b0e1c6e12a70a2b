"""Keeps what Python has compiled of a build backend, for the next environment that holds the same files.

Nothing that is installed for a build is compiled, so each environment would compile its backend anew. What is
kept lies in uv's own cache, as the files do, each under the digest of its source. It is compiled here and
only copied: nothing is taken from an environment in which a project's code has run.
"""

import importlib.util
import marshal
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

_FOLDER = "release-async-1"
"""The number is the version of its layout. ``uv cache prune`` removes what uv does not know."""
_CHECKED = (0b11).to_bytes(4, "little")
"""By the hash of the source, which every import compares (PEP 552)."""
_UNUSED_SECONDS = 90 * 86_400
"""What nobody has asked for so long is removed."""


class BytecodeCache:
    """What is kept for one kind of interpreter: our own, which environments share."""

    def __init__(self, directory: Path | None) -> None:
        """Use a directory, which need not exist; None to keep nothing."""
        self._directory = directory
        self._given: set[Path] = set()

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "BytecodeCache":
        """The one in uv's cache (uv's manual, "Cache directory"), if nobody but us may write there."""
        base = environ.get("XDG_CACHE_HOME") or os.path.join(environ.get("HOME", ""), ".cache")  # noqa: PTH118 - it may be relative, see below
        cache = Path(environ.get("UV_CACHE_DIR") or Path(base, "uv"))
        if environ.get("UV_NO_CACHE") or not cache.is_absolute() or not _is_ours(cache):
            return cls(None)
        kind = f"{sys.implementation.cache_tag}-{importlib.util.MAGIC_NUMBER.hex()}"
        return cls(cache / _FOLDER / kind)

    def fill(self, packages: Path) -> None:
        """Give an environment what is kept of its files; raises nothing.

        Args:
            packages: Its ``site-packages``, in which nothing has run yet.
        """
        if self._directory is None or not self._directory.is_dir():
            return
        for source in packages.rglob("*.py"):
            with suppress(OSError):
                self._give(source, self._entry(self._directory, source.read_bytes()))

    def _give(self, source: Path, entry: Path) -> None:
        compiled = Path(importlib.util.cache_from_source(source))
        if entry.exists() and not compiled.exists():
            compiled.parent.mkdir(exist_ok=True)
            compiled.write_bytes(entry.read_bytes())
            os.utime(entry)
            self._given.add(compiled)

    def keep(self, packages: Path) -> None:
        """Keep what an environment has compiled since it was filled; raises nothing.

        Args:
            packages: Its ``site-packages``.
        """
        if self._directory is None:
            return
        with suppress(OSError, SyntaxError, ValueError):
            new = [
                source for source in _compiled(packages, self._given) if self._add(self._directory, source)
            ]
            if new:
                _remove_unused(self._directory)

    def _add(self, directory: Path, source: Path) -> bool:
        """Compile a file and keep that; return whether it was missing."""
        text = source.read_bytes()
        entry = self._entry(directory, text)
        if entry.exists():
            return False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = compile(text, source.name, "exec", dont_inherit=True, optimize=0)
        hashed = importlib.util.source_hash(text)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(entry, importlib.util.MAGIC_NUMBER + _CHECKED + hashed + marshal.dumps(code))
        return True

    @staticmethod
    def _entry(directory: Path, text: bytes) -> Path:
        return directory / f"{sha256(text).hexdigest()}.pyc"


def _is_ours(directory: Path) -> bool:
    """Whether a directory exists, and belongs to whoever runs us, and only they may write there."""
    try:
        found = directory.stat()
    except OSError:
        return False
    return sys.platform != "win32" and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _compiled(packages: Path, but: set[Path]) -> Iterator[Path]:
    """The sources of what was compiled in an environment, as our interpreter would name that."""
    for compiled in packages.rglob("*.pyc"):
        with suppress(ValueError):  # no name that Python gives
            source = Path(importlib.util.source_from_cache(compiled))
            if (
                compiled not in but
                and source.is_file()
                and str(compiled) == importlib.util.cache_from_source(source)
            ):
                yield source


def _write(entry: Path, data: bytes) -> None:
    """Write a file that others may read at any time."""
    descriptor, name = tempfile.mkstemp(dir=entry.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    Path(name).replace(entry)


def _remove_unused(directory: Path) -> None:
    oldest = time.time() - _UNUSED_SECONDS
    for entry in directory.iterdir():
        if entry.stat().st_mtime < oldest:
            entry.unlink(missing_ok=True)
