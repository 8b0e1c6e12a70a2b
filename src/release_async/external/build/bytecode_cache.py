"""Keeps what Python has compiled of a build backend, for the next environment that holds the same files.

Nothing that is installed for a build is compiled, so each environment would compile its backend anew. What is
kept lies in uv's own cache, as the files do, each under the digest of its source. It is compiled here and
only copied: nothing is taken from an environment in which a project's code has run.
"""

import marshal
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from importlib.util import MAGIC_NUMBER, cache_from_source, source_from_cache, source_hash
from pathlib import Path

_FOLDER = "release-async-2"
"""The number is the version of its layout. ``uv cache prune`` removes what uv does not know."""
_NAMES = "names-"
"""Begins the name of a file with the paths of what was ever kept for a backend: no others are looked at."""
_CHECKED = (0b11).to_bytes(4, "little")
"""By the hash of the source, which every import compares (PEP 552)."""
_UNUSED_SECONDS = 90 * 86_400
"""What nobody has asked for so long is removed."""


class BytecodeCache:
    """What is kept for one kind of interpreter: our own, which environments share."""

    def __init__(self, directory: Path | None, backend: str = "") -> None:
        """Use a directory, which need not exist; None to keep nothing."""
        self._directory = directory
        self._names = f"{_NAMES}{sha256(backend.encode()).hexdigest()}"
        self._given: set[Path] = set()

    @classmethod
    def of(cls, environ: Mapping[str, str], backend: str) -> "BytecodeCache":
        """The one in uv's cache (uv's manual, "Cache directory"), if nobody but us may write there.

        Args:
            environ: The environment, which says where that is.
            backend: The module of the backend; what it has never imported is not given, though it is there.
        """
        base = environ.get("XDG_CACHE_HOME") or os.path.join(environ.get("HOME", ""), ".cache")  # noqa: PTH118 - it may be relative, see below
        cache = Path(environ.get("UV_CACHE_DIR") or Path(base, "uv"))
        if environ.get("UV_NO_CACHE") or not cache.is_absolute() or not _is_ours(cache):
            return cls(None, backend)
        kind = f"{sys.implementation.cache_tag}-{MAGIC_NUMBER.hex()}"
        return cls(cache / _FOLDER / kind, backend)

    def fill(self, packages: Path) -> None:
        """Give an environment what is kept of its files; raises nothing.

        Args:
            packages: Its ``site-packages``, in which nothing has run yet.
        """
        if self._directory is not None:
            for name in _listed(self._directory / self._names):
                with suppress(OSError):  # it has no such file, or nothing is kept of this one
                    self._give(self._directory, packages / name)

    def _give(self, directory: Path, source: Path) -> None:
        entry = self._entry(directory, source.read_bytes())
        kept, compiled = entry.read_bytes(), Path(cache_from_source(source))
        compiled.parent.mkdir(exist_ok=True)
        with compiled.open("xb") as file:
            file.write(kept)
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
            sources = list(_compiled(packages, self._given))
            # The names first: whoever is ended on the way has kept what was compiled until then.
            _add_names(
                self._directory / self._names, {source.relative_to(packages).as_posix() for source in sources}
            )
            added = [self._add(self._directory, source) for source in sources]
            if any(added):
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
        _write(entry, MAGIC_NUMBER + _CHECKED + source_hash(text) + marshal.dumps(code))
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


def _listed(names: Path) -> set[str]:
    """The paths below ``site-packages`` of which something may be kept."""
    try:
        lines = names.read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return set()
    return {line for line in lines if not line.startswith("/") and ".." not in line}


def _add_names(names: Path, new: set[str]) -> None:
    known = _listed(names)
    if new - known:
        names.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(names, "\n".join(sorted(new | known)).encode())


def _compiled(packages: Path, but: set[Path]) -> Iterator[Path]:
    """The sources of what was compiled in an environment, as our interpreter would name that."""
    for compiled in packages.rglob("*.pyc"):
        with suppress(ValueError):  # no name that Python gives
            source = Path(source_from_cache(compiled))
            if compiled not in but and source.is_file() and str(compiled) == cache_from_source(source):
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
        if not entry.name.startswith(_NAMES) and entry.stat().st_mtime < oldest:
            entry.unlink(missing_ok=True)
