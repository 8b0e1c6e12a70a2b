"""A wheel is tried where it can be: its name and its metadata say where."""

from pathlib import Path

import pytest

from release_async.external.build import wheel_compatibility
from support import indexes


@pytest.mark.parametrize(
    ("name", "metadata", "words"),
    [
        ("demo-1.0-py3-none-any.whl", "", ""),
        ("demo-1.0-py2.py3-none-any.whl", "Requires-Python: >=3.8\n", ""),
        ("demo-1.0-py3-none-any.whl", "Requires-Python: >=99\n", "it wants a Python that is >=99"),
        ("demo-1.0-cp27-cp27m-win32.whl", "", "it is for cp27-cp27m-win32"),
        ("demo-1.0-py3-none-any.whl", "Requires-Python: of course\n", ""),
        ("demo.whl", "", ""),
    ],
)
def test_what_a_wheel_is_for(tmp_path: Path, name: str, metadata: str, words: str) -> None:
    """What is malformed is not judged here."""
    file = indexes.wheel(tmp_path, metadata=metadata).rename(tmp_path / name)
    assert wheel_compatibility.why_incompatible(file) == words


def test_what_is_no_archive_is_not_judged(tmp_path: Path) -> None:
    """Others say what is wrong with it."""
    file = tmp_path / "demo-1.0-py3-none-any.whl"
    file.write_bytes(b"rubbish")
    assert wheel_compatibility.why_incompatible(file) == ""
