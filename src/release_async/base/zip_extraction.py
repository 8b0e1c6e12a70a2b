"""Takes files out of a ZIP file that somebody else has packed: nothing of it is written anywhere else."""

import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

_CHUNK: Final = 1 << 20
_MOST_ENTRIES: Final = 10_000


class UnsafeArchiveError(ValueError):
    """A ZIP file is damaged, or wants to write outside of the folder that it is unpacked in."""


def unpack(archive: Path, directory: Path, wanted: Callable[[str], bool]) -> tuple[Path, ...]:
    """Take the files out whose names are wanted, whatever folder they are in.

    Args:
        archive: The ZIP file.
        directory: A folder for them, which is made; only their last names are used.
        wanted: Whether a file of this last name is taken; of all others only the paths are looked at.

    Raises:
        UnsafeArchiveError: It is damaged; a path in it leads out of it, or is taken twice; an entry is a
            link, a device or encrypted.
        OSError: The disk did not take it.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(archive) as packed:
            entries = list(_files(packed))
            names = [PurePosixPath(entry.filename).name for entry in entries]
            chosen = [(name, entry) for name, entry in zip(names, entries, strict=True) if wanted(name)]
            _see_that_each_is_once([name for name, _ in chosen])
            return tuple(_written(packed, entry, directory / name) for name, entry in chosen)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnsafeArchiveError(f"is damaged: {error}") from error


def _files(packed: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    if len(packed.infolist()) > _MOST_ENTRIES:
        raise UnsafeArchiveError(f"has more than {_MOST_ENTRIES} entries")
    for entry in packed.infolist():
        if why := _unsafe(entry):
            raise UnsafeArchiveError(f"holds {entry.filename!r}, which {why}")
        if not entry.is_dir():
            yield entry


def _unsafe(entry: zipfile.ZipInfo) -> str:
    """Why an entry is not taken as it is; empty where nothing is wrong with it."""
    name, kind = entry.orig_filename, stat.S_IFMT(entry.external_attr >> 16)
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        return "leads out of it"
    if not name.isprintable():
        return "has a name that cannot be printed"
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return "is neither a file nor a folder"
    return "is encrypted" if entry.flag_bits & 1 else ""


def _see_that_each_is_once(names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UnsafeArchiveError(f"holds {', '.join(twice)} twice, in two folders")


def _written(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> Path:
    """One file, whose checksum the library compares at its end."""
    target.unlink(missing_ok=True)
    with packed.open(entry) as source, target.open("xb") as file:
        shutil.copyfileobj(source, file, _CHUNK)
    return target
