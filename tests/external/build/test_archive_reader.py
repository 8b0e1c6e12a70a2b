"""Archives are read into memory: hostile names are data, bombs end, and nothing touches the disk."""

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from release_async.base.errors import FailedError
from release_async.external.build import archive_reader
from release_async.guard.archive_members import Archive, Kind

pytestmark = pytest.mark.quick


def sdist(directory: Path, *entries: tuple[tarfile.TarInfo, bytes]) -> Path:
    """An sdist with these entries."""
    path = directory / "demo-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for entry, content in entries:
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def entry(name: str, kind: bytes = tarfile.REGTYPE, aim: str = "") -> tarfile.TarInfo:
    """One entry of an sdist."""
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, aim
    return made


def wheel(directory: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    """A wheel with these entries; a name may be there twice."""
    path = directory / "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def unix(name: str, mode: int) -> zipfile.ZipInfo:
    """An entry of a wheel with a Unix mode."""
    made = zipfile.ZipInfo(name)
    made.create_system, made.external_attr = 3, mode << 16
    return made


def told(archive: Archive) -> list[tuple[str, str, bytes]]:
    """Name, kind and content of every member."""
    return [(member.name, member.kind.name, member.content) for member in archive.members]


def test_an_sdist_is_told_as_it_is_and_not_unpacked(tmp_path: Path) -> None:
    """Traversal, links, devices and doubles are values; the directory holds only the archive."""
    path = sdist(
        tmp_path,
        (entry("demo-1.0", tarfile.DIRTYPE), b""),
        (entry("demo-1.0/a.py"), b"one"),
        (entry("demo-1.0/a.py"), b"two"),
        (entry("demo-1.0/../../evil"), b"x"),
        (entry("/etc/evil"), b"x"),
        (entry("demo-1.0/soft", tarfile.SYMTYPE, "/etc/passwd"), b""),
        (entry("demo-1.0/hard", tarfile.LNKTYPE, "demo-1.0/a.py"), b""),
        (entry("demo-1.0/pipe", tarfile.FIFOTYPE), b""),
    )
    archive = archive_reader.sdist(path)
    assert told(archive) == [
        ("demo-1.0", "FOLDER", b""),
        ("demo-1.0/a.py", "FILE", b"one"),
        ("demo-1.0/a.py", "FILE", b"two"),
        ("demo-1.0/../../evil", "FILE", b"x"),
        ("/etc/evil", "FILE", b"x"),
        ("demo-1.0/soft", "LINK", b"/etc/passwd"),
        ("demo-1.0/hard", "LINK", b"demo-1.0/a.py"),
        ("demo-1.0/pipe", "OTHER", b""),
    ]
    assert archive.top == "demo-1.0/"
    assert archive.path(archive.members[1]) == "a.py"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_wheel_is_told_as_it_is(tmp_path: Path) -> None:
    """Links are told by their mode, and an honest archive has no faults."""
    path = wheel(
        tmp_path,
        ("a.py", b"one"),
        ("a.py", b"two"),
        ("../evil", b"x"),
        (unix("soft", 0o120777), b"/etc/passwd"),
        (unix("pipe", 0o010644), b""),
        (unix("run.sh", 0o100755), b"#!"),
        ("folder/", b""),
    )
    archive = archive_reader.wheel(path)
    assert told(archive) == [
        ("a.py", "FILE", b"one"),
        ("a.py", "FILE", b"two"),
        ("../evil", "FILE", b"x"),
        ("soft", "LINK", b"/etc/passwd"),
        ("pipe", "OTHER", b""),
        ("run.sh", "FILE", b"#!"),
        ("folder/", "FOLDER", b""),
    ]
    assert archive.members[5].mode == 0o755
    assert archive.faults == ()


def test_what_zip_readers_disagree_about_is_a_fault(tmp_path: Path) -> None:
    """Bytes before the first entry or behind the last make one reader see another archive."""
    path = wheel(tmp_path, ("a.py", b"one"))
    honest = path.read_bytes()
    path.write_bytes(b"PK-front" + honest)
    assert archive_reader.wheel(path).faults == ("does not begin with its first entry",)
    path.write_bytes(honest)
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"more"
    assert archive_reader.wheel(path).faults == ("does not end with its table of contents",)


def test_an_entry_with_two_names_cannot_be_read(tmp_path: Path) -> None:
    """The name in front of an entry and the one in the table of contents must be the same."""
    path = wheel(tmp_path, ("good.py", b"one"))
    path.write_bytes(path.read_bytes().replace(b"good.py", b"evil.py", 1))
    with pytest.raises(FailedError, match=r"cannot be read as an archive"):
        archive_reader.wheel(path)


def test_an_encrypted_entry_is_no_file(tmp_path: Path) -> None:
    """Nobody could look into it."""
    path = wheel(tmp_path, ("a.py", b"one"))
    data = bytearray(path.read_bytes())
    for head, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(head) + flags] |= 1
    path.write_bytes(data)
    assert [member.kind for member in archive_reader.wheel(path).members] == [Kind.OTHER]


@pytest.mark.parametrize("read", [archive_reader.sdist, archive_reader.wheel])
def test_a_bomb_is_refused_before_it_is_whole(tmp_path: Path, read: Callable[..., Archive]) -> None:
    """A few kilobytes that become megabytes are read up to the limit only."""
    zeros = bytes(2 << 20)
    path = (
        sdist(tmp_path, (entry("demo-1.0/z"), zeros))
        if read is archive_reader.sdist
        else wheel(tmp_path, ("z", zeros))
    )
    assert path.stat().st_size < 10_000
    with pytest.raises(FailedError, match="holds more than 1 MB"):
        read(path, 1 << 20)
    assert [member.size for member in read(path, 3 << 20).members] == [2 << 20]


@pytest.mark.parametrize("read", [archive_reader.sdist, archive_reader.wheel])
@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06", b"\x1f\x8b\x08"])
def test_what_is_no_archive_is_an_error_with_a_cure(
    tmp_path: Path, read: Callable[..., Archive], content: bytes
) -> None:
    """Never a traceback."""
    path = tmp_path / "demo-1.0.tar.gz"
    path.write_bytes(content)
    with pytest.raises(FailedError, match="cannot be read as an archive") as caught:
        read(path)
    assert caught.value.cure


def test_a_torn_sdist_is_an_error(tmp_path: Path) -> None:
    """A disk that was full tears files."""
    path = sdist(tmp_path, (entry("demo-1.0/a"), bytes(range(256)) * 64))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(FailedError, match="cannot be read as an archive"):
        archive_reader.sdist(path)
