"""All gates are asked, and an honest pair passes them."""

from hashlib import sha256

import pytest

from release_async.guard import artifact_gates
from release_async.guard.artifact_gates import Pair
from release_async.guard.file_origin import Commit
from support import secrets
from support.packed import INFO, METADATA, Tree, digest, said, sdist, wheel

pytestmark = pytest.mark.quick

FILES = {"demo.py": b"x = 1\n"}


def words(pair: Pair, files: dict[str, bytes]) -> list[tuple[str, str]]:
    """What is found in a pair that was built from these files."""
    return said(list(artifact_gates.findings(pair, Commit(Tree(files), "", "1.0"))))


def test_an_honest_pair_passes() -> None:
    """The files of the commit, and what the backend adds."""
    pair = Pair(sdist({**FILES, "PKG-INFO": b""}), wheel({**FILES, f"{INFO}/METADATA": b""}))
    assert words(pair, FILES) == []


def test_each_gate_finds_what_is_its_own() -> None:
    """A secret in each archive, a record that lies, a stranger in the sdist and one in the wheel."""
    lines = "".join(f"{path},sha256={digest(b'')},0\n" for path in METADATA)
    record = f"demo.py,,\n.env,,\nnew.py,,\n{lines}".encode()
    built = wheel({**FILES, ".env": b"", "new.py": b"y = 1"}, record=record)
    found = words(Pair(sdist({**FILES, ".env": b"", "b.py": b""}), built), FILES)
    assert [path for path, _ in found] == [
        *(".env", ".env", "b.py"),
        ".env",
        *("demo.py", ".env", "new.py"),
        "new.py",
    ]


def test_the_projects_list_of_findings_counts() -> None:
    """As it does for the hooks; the list is the commit's."""
    token = secrets.pypi().encode()
    files = {"demo.py": token}
    pair = Pair(sdist(files), wheel(files))
    assert [path for path, _ in words(pair, files)] == ["demo.py", "demo.py"]
    allowed = {**files, ".release-async-secrets": sha256(token).hexdigest().encode()}
    assert words(pair, allowed) == []
