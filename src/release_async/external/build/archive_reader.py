"""Reads sdists and wheels into memory, never onto the disk, so that no file name can lead outside.

It does not judge the contents; an archive that is damaged or too large is an error.
"""

import gzip
import io
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from release_async.base.errors import FailedError
from release_async.guard.archive_members import Archive, Kind, Member

MAX_BYTES = 1 << 30
"""Maximum unpacked size of an archive, in bytes; indexes accept far less."""

_BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError),
    *(
        RuntimeError,
        NotImplementedError,
        ValueError,
    ),  # raised by zipfile for unknown ciphers and methods
)
_EXTENSION = ".tar.gz"
_FIRST_ENTRY = b"PK\x03\x04"
_END = b"PK\x05\x06"
_END_SIZE = 22
_ENTRY_SIZE = 30
_ENCRYPTED = 0x1
_STREAMED = 0x8


class _TooLargeError(Exception):
    """The archive is larger than what is read."""


def sdist(path: Path, max_bytes: int = MAX_BYTES) -> Archive:
    """Read a source distribution (PEP 625, PEP 721).

    Args:
        path: The ``.tar.gz``.
        max_bytes: The maximum unpacked size in bytes, including the archive's headers.

    Raises:
        FailedError: It cannot be read, or is larger than ``max_bytes``.
    """
    top = f"{path.name.removesuffix(_EXTENSION)}/"
    try:
        with _BoundedGzip(path, max_bytes) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            members = tuple(_from_tar(archive))
            behind = stream.read().strip(b"\0")  # to the end of the file: what is no gzip there is an error
            return Archive(path.name, top, members, ("goes on behind its end",) if behind else ())
    except _TooLargeError as error:
        raise _too_large(path, max_bytes) from error
    except _BROKEN as error:
        raise _unreadable(path, error) from error


class _BoundedGzip(gzip.GzipFile):
    """A gzip stream that fails when it yields too many bytes, against decompression bombs."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        super().__init__(path)
        self._unread = max_bytes

    def read(self, size: int | None = -1) -> bytes:
        """Read on; ``tarfile`` asks for one block after another, headers and padding included."""
        got = super().read(size)
        self._unread -= len(got)
        if self._unread < 0:
            raise _TooLargeError
        return got


def _from_tar(archive: tarfile.TarFile) -> Iterator[Member]:
    for entry in archive:
        if entry.issym() or entry.islnk():
            yield Member(entry.name, Kind.LINK, entry.mode, _bytes(entry.linkname))
        elif entry.isdir():
            yield Member(entry.name, Kind.FOLDER, entry.mode)
        elif entry.isreg() and not entry.issparse():
            file = archive.extractfile(entry)
            yield Member(entry.name, Kind.FILE, entry.mode, file.read() if file else b"")
        else:
            yield Member(entry.name, Kind.OTHER, entry.mode)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def wheel(path: Path, max_bytes: int = MAX_BYTES) -> Archive:
    """Read a wheel (the binary distribution format of PEP 427).

    Args:
        path: The ``.whl``.
        max_bytes: The maximum unpacked size in bytes.

    Raises:
        FailedError: It cannot be read, or is larger than ``max_bytes``.
    """
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > max_bytes:
                raise _too_large(path, max_bytes)
            members = tuple(_from_zip(archive, entry) for entry in archive.infolist())
            return Archive(path.name, "", members, tuple(_oddities(file, archive)))
    except _BROKEN as error:
        raise _unreadable(path, error) from error


def _from_zip(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Member:
    """One entry; opening it also compares the two names that a ZIP file stores for it."""
    mode = entry.external_attr >> 16
    kind = _kind(entry, stat.S_IFMT(mode))
    name = entry.orig_filename  # including what zipfile would cut off after a NUL
    content = archive.read(entry) if kind in {Kind.FILE, Kind.LINK} else b""
    return Member(name, kind, stat.S_IMODE(mode), content)


def _kind(entry: zipfile.ZipInfo, file_type: int) -> Kind:
    if entry.flag_bits & _ENCRYPTED:
        return Kind.OTHER
    if entry.is_dir():
        return Kind.FOLDER
    return {0: Kind.FILE, stat.S_IFREG: Kind.FILE, stat.S_IFLNK: Kind.LINK}.get(file_type, Kind.OTHER)


def _oddities(file: BinaryIO, archive: zipfile.ZipFile) -> Iterator[str]:
    """What readers of ZIP files may understand differently."""
    file.seek(0)
    if file.read(len(_FIRST_ENTRY)) != _FIRST_ENTRY:
        yield "does not begin with its first entry"
    file.seek(-_END_SIZE, io.SEEK_END)
    end = file.read()
    if not end.startswith(_END):
        yield "does not end with its table of contents"
    elif int.from_bytes(end[10:12], "little") not in {len(archive.infolist()), 0xFFFF}:
        yield "counts other entries than it has"
    if any(entry.comment for entry in archive.infolist()):
        yield "has comments on its entries"
    if any(not entry.orig_filename.isprintable() for entry in archive.infolist()):
        yield "has control characters in the names of its entries"
    yield from _gaps(file, archive)


def _gaps(file: BinaryIO, archive: zipfile.ZipFile) -> Iterator[str]:
    """What a reader from the front meets, and one of the table of contents does not."""
    entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
    at = entries[0].header_offset if entries else archive.start_dir
    for entry in entries:
        file.seek(entry.header_offset)
        header = file.read(_ENTRY_SIZE)
        if int.from_bytes(header[6:8], "little") & _STREAMED:
            yield "stores sizes behind its entries, as a stream does"
            return
        if entry.header_offset != at:
            break
        at += (
            _ENTRY_SIZE
            + sum(int.from_bytes(header[n : n + 2], "little") for n in (26, 28))
            + entry.compress_size
        )
    else:
        if at == archive.start_dir:
            return
    yield "has bytes that its table of contents does not name"


def _too_large(path: Path, max_bytes: int) -> FailedError:
    return FailedError(
        f"{path.name} holds more than {max_bytes >> 20} MB when it is unpacked",
        cure="see what the build packs, and exclude what nobody installs",
    )


def _unreadable(path: Path, error: Exception) -> FailedError:
    return FailedError(
        f"{path.name} cannot be read as an archive: {error}",
        cure="look at what the build backend makes: python -m build",
    )
