"""Nothing that somebody else has packed is written anywhere but in the folder that is meant for it."""

import stat
import zipfile
from pathlib import Path

import pytest

from release_async.base.zip_extraction import UnsafeArchiveError, unpack
from support.run_artifacts import packed


def wanted(name: str) -> bool:
    """The files of a release."""
    return name.endswith((".whl", ".tar.gz"))


def test_the_files_are_taken_out_of_whatever_folder(tmp_path: Path) -> None:
    """What else was packed stays where it is."""
    (tmp_path / "a.zip").write_bytes(
        packed({"dist/": b"", "dist/x.whl": b"1", "x.tar.gz": b"2", "log": b"3"})
    )
    found = unpack(tmp_path / "a.zip", tmp_path / "out", wanted)
    assert {path.name: path.read_bytes() for path in found} == {"x.whl": b"1", "x.tar.gz": b"2"}
    assert sorted(tmp_path.rglob("*")) == sorted((tmp_path / "a.zip", tmp_path / "out", *found))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../x.whl", "leads out of it"),
        ("dist/../../x.whl", "leads out of it"),
        ("/tmp/x.whl", "leads out of it"),  # noqa: S108 - never written
        ("dist\\..\\x.whl", "leads out of it"),
        ("C:x.whl", "leads out of it"),
        ("../notes.txt", "leads out of it"),
        ("x\x1b[2J.whl", "cannot be printed"),
    ],
)
def test_a_path_that_leads_out_is_refused(tmp_path: Path, name: str, words: str) -> None:
    """Also of a file that nobody wants: who packs that has something in mind."""
    (tmp_path / "a.zip").write_bytes(packed({"x.tar.gz": b"1", name: b"2"}))
    with pytest.raises(UnsafeArchiveError, match=words):
        unpack(tmp_path / "a.zip", tmp_path / "out", wanted)
    assert list((tmp_path / "out").iterdir()) == []


def test_links_and_devices_are_refused(tmp_path: Path) -> None:
    """A link would be written through by the next file."""
    for kind in (stat.S_IFLNK, stat.S_IFIFO):
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            entry = zipfile.ZipInfo("x.whl")
            entry.external_attr = (kind | 0o777) << 16
            archive.writestr(entry, "/etc/passwd")
        with pytest.raises(UnsafeArchiveError, match="neither a file nor a folder"):
            unpack(tmp_path / "a.zip", tmp_path / "out", wanted)


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    """Which of the two is meant nobody can say."""
    (tmp_path / "a.zip").write_bytes(packed({"a/x.whl": b"1", "b/x.whl": b"2"}))
    with pytest.raises(UnsafeArchiveError, match=r"holds x\.whl twice"):
        unpack(tmp_path / "a.zip", tmp_path / "out", wanted)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    """Cut off, or with a byte that its checksum does not know."""
    sound = packed({"x.whl": b"0123456789" * 100})
    at = sound.index(b"0123456789")
    for data in (sound[:-30], sound[:at] + b"x" + sound[at + 1 :], b"no archive"):
        (tmp_path / "a.zip").write_bytes(data)
        with pytest.raises(UnsafeArchiveError, match="is damaged"):
            unpack(tmp_path / "a.zip", tmp_path / "out", wanted)
