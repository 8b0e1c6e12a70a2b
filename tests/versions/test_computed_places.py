"""Places that may state a version which code computes: found by value, the likeliest first."""

import pytest

from release_async.versions.computed_places import MOST, candidates
from release_async.versions.pep440 import Pep440, parse
from release_async.versions.version_settings import VersionFile
from support.trees import Files


def version(text: str) -> Pep440:
    """A version."""
    parsed = parse(text)
    assert parsed is not None
    return parsed


@pytest.mark.parametrize(
    ("path", "text", "place"),
    [
        ("demo/about.py", 'RELEASE = "1.2.3"\n', VersionFile("demo/about.py", names=("RELEASE",))),
        ("demo/about.py", "RELEASE = (1, 2, 3)\n", VersionFile("demo/about.py", names=("RELEASE",))),
        (
            "demo/about.py",
            "V_MAJOR = 1\nV_MINOR = 2\nV_PATCH = 3\n",
            VersionFile("demo/about.py", names=("V_MAJOR", "V_MINOR", "V_PATCH")),
        ),
        (
            "demo/about.py",
            'made = version_info(1, 2, 3, "final", 1)\n',
            VersionFile("demo/about.py", names=("made",)),
        ),
        (
            "demo/about.py",
            'made = Version(\n    major=1, minor=2, micro=3, releaselevel="final", serial=0\n)\n',
            VersionFile("demo/about.py", names=("made",)),
        ),
        ("NUMBER", "1.2.3\n", VersionFile("NUMBER")),
        ("a.h", '#define V "1.2.3"\r\n', VersionFile("a.h", pattern='#define V "{version}"')),
        ("CMakeLists.txt", "project(demo VERSION v1.2.3)\n",
         VersionFile("CMakeLists.txt", pattern="project(demo VERSION v{version})")),
    ],
)  # fmt: skip
def test_each_kind_of_place_is_found(path: str, text: str, place: VersionFile) -> None:
    """As `version-files` would name it; a local part of what the backend says plays no part."""
    files: dict[str, str | bytes] = {path: text, "README.md": "1.2.3", "tests/x.py": 'V = "1.2.3"\n'}
    assert candidates(Files(files), "", version("1.2.3"))[0] == place
    assert candidates(Files(files), "", version("1.2.3+g1"))[0] == place
    assert candidates(Files(files), "", version("1.2.4")) == ()


def test_numbers_that_end_in_zero_are_the_same_version() -> None:
    """As 22.8 is of the numbers 22, 8 and 0, of which a project's own code leaves the last one away."""
    files: dict[str, str | bytes] = {"about.py": "VERSION = (22, 8, 0)\n"}
    assert candidates(Files(files), "", version("22.8")) == (VersionFile("about.py", names=("VERSION",)),)


def test_the_likeliest_comes_first_and_there_is_an_end() -> None:
    """A variable called so, then files that are named so, then any line; below the project's folder alone."""
    files: dict[str, str | bytes] = {f"lib/data{n}.txt": f"{n} = 1.2.3\n" for n in range(30)}
    files |= {"lib/VERSION": "1.2.3", "lib/demo/a.py": "APP_VERSION = '1.2.3'\n", "other/VERSION": "1.2.3"}
    found = candidates(Files(files), "lib", version("1.2.3"))
    assert found[0] == VersionFile("demo/a.py", names=("APP_VERSION",))
    assert found[1] == VersionFile("VERSION")
    assert len(found) == MOST


def test_what_stands_twice_or_is_no_text_is_no_place() -> None:
    """An edit of the pattern would change two lines; bytes are left alone."""
    files: dict[str, str | bytes] = {"a.txt": "v = 1.2.3\nv = 1.2.3\n", "b.bin": b"\0 1.2.3"}
    assert candidates(Files(files), "", version("1.2.3")) == ()
