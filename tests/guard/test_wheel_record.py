"""A wheel's list of its files is complete, has strong hashes, and is true."""

import pytest

from release_async.guard import wheel_record
from support import packed
from support.packed import INFO, said

pytestmark = pytest.mark.quick

FILES = {"demo.py": b"x = 1\n", f"{INFO}/METADATA": b"Name: demo\n"}


def words(lines: str) -> list[tuple[str, str]]:
    """What is said of a wheel with another RECORD."""
    return said(list(wheel_record.findings(packed.wheel(FILES, record=lines.encode()))))


def test_an_honest_record_and_signatures_of_it_pass() -> None:
    """Signatures of RECORD cannot be listed in it."""
    assert list(wheel_record.findings(packed.wheel(FILES))) == []
    honest = packed.wheel(FILES).files()[f"{INFO}/RECORD"].content
    signed = packed.wheel({**FILES, f"{INFO}/RECORD.jws": b"{}"}, record=honest)
    assert list(wheel_record.findings(signed)) == []


def test_every_lie_is_found() -> None:
    """A file too many, one too few, other bytes, another size, a weak hash."""
    good = f"sha256={packed.digest(FILES['demo.py'])}"
    metadata = f"{INFO}/METADATA,sha256={packed.digest(FILES[f'{INFO}/METADATA'])},\n"
    metadata += f"{INFO}/WHEEL,sha256={packed.digest(b'')},0\n"
    assert words(f"demo.py,{good},6\n{metadata}") == []
    assert words(metadata) == [("demo.py", "is not listed in RECORD")]
    assert words(f"demo.py,{good},\n{metadata}x.py,{good},6\n") == [
        ("x.py", "is listed in RECORD but missing")
    ]
    other = [("demo.py", "differs from its hash or size in RECORD")]
    assert words(f"demo.py,{good},7\n{metadata}") == other
    assert words(f"demo.py,sha256={packed.digest(b'')},6\n{metadata}") == other
    weak = [("demo.py", "has no hash in RECORD that is sha256, sha384 or sha512")]
    assert words(f"demo.py,,\n{metadata}") == words(f"demo.py,md5=abc,6\n{metadata}") == weak


def test_there_is_one_folder_of_metadata_with_a_record() -> None:
    """Installers would take one of two."""
    two = packed.wheel({**FILES, "other-2.dist-info/METADATA": b""})
    assert [what for _, what in said(list(wheel_record.findings(two)))] == [
        f"has 2 folders of metadata, not one: {INFO}, other-2.dist-info"
    ]
    none = packed.wheel(FILES)
    none = none._replace(members=none.members[:2])
    assert said(list(wheel_record.findings(none))) == [
        (f"{INFO}/WHEEL", "is missing"),
        (f"{INFO}/RECORD", "is missing"),
    ]
