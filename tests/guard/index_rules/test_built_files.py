"""What an index refuses is refused before the upload, by a rule that has a source; what it takes passes."""

import pytest

from release_async.base.problems import Level
from release_async.guard.archive_members import Archive, Member
from release_async.guard.index_rules import built_files
from release_async.guard.index_rules.built_files import MOST_BYTES, Judged
from release_async.guard.index_rules.table import RULES

METADATA = "Metadata-Version: 2.4\nName: demo\nVersion: 1.0\nSummary: A demo.\n"
WHEEL = "demo-1.0-py3-none-any.whl"
SDIST = "demo-1.0.tar.gz"


def judged(
    extra: str = "", *, files: tuple[str, ...] = (), wheel: str = WHEEL, points: str = ""
) -> list[tuple[str, str, Level]]:
    """The findings in a pair of files for PyPI: the file, what breaks a rule, how serious it is."""
    return list(_judged("PyPI", _pair(METADATA + extra, files, (wheel, SDIST), points)))


def _pair(
    metadata: str, files: tuple[str, ...], names: tuple[str, str], points: str
) -> tuple[Archive, Archive]:
    wheel, sdist = names
    top, info = sdist.removesuffix(".tar.gz"), "demo-1.0.dist-info"
    inside = (
        Member(f"{top}/PKG-INFO", content=metadata.encode()),
        *(Member(f"{top}/{name}") for name in files),
    )
    packed = [
        Member(f"{info}/METADATA", content=metadata.encode()),
        *(Member(f"{info}/licenses/{name}") for name in files),
        *([Member(f"{info}/entry_points.txt", content=points.encode())] if points else []),
    ]
    return Archive(wheel, "", tuple(packed)), Archive(sdist, f"{top}/", inside)


def _judged(public: str, pair: tuple[Archive, Archive], size: int = 1000) -> list[tuple[str, str, Level]]:
    wheel, sdist = pair
    version = "1.0+linux" if "+linux" in sdist.name else "1.0"
    found = built_files.findings(
        Judged("Demo", version, sdist, wheel, {wheel.name: size, sdist.name: 1}, public)
    )
    assert all(
        (cure := each.cure) and cure[0].islower()
        for each in built_files.findings(Judged("Demo", version, sdist, wheel, {}, public))
    )
    return [(each.archive, each.what, each.level) for each in found]


@pytest.mark.parametrize(
    "extra",
    [
        "",
        "Requires-Dist: other>=1.0\nRequires-Dist: x[extra]; python_version < '3.12'\n",
        "Classifier: Programming Language :: Python :: 3\n",
        "License-Expression: MIT\nClassifier: License :: OSI Approved :: MIT License\n",
        "License: MIT\n",
        "Project-URL: Source, https://example.com/x\nHome-page: https://example.com\n",
        "Home-page: UNKNOWN\n",
        "Summary: " + "x" * 512 + "\n",
    ],
)
def test_what_the_index_takes_passes(extra: str) -> None:
    """Also a licence classifier beside an expression, which some backends refuse and the index takes."""
    metadata = METADATA.replace("Summary: A demo.\n", "") + extra if "Summary" in extra else METADATA + extra
    assert _judged("PyPI", _pair(metadata, (), (WHEEL, SDIST), "")) == []


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("Requires-Dist: other @ https://example.com/other.zip\n", "requires other by its address"),
        (
            "Requires-Dist: other[x] @ git+https://example.com/o.git ; extra == 'f'\n",
            "requires other[x] by its address",
        ),
        ("Classifier: Private :: Do Not Upload\n", "keeps a project out of public indexes"),
        ("Classifier: Programming Language :: Snake\n", "which is not known"),
        ("License: MIT\nLicense-Expression: MIT\n", "has both License and License-Expression"),
        ("Project-URL: " + "x" * 33 + ", https://example.com\n", "labels a URL"),
        ("Project-URL: Source, example.com\n", "has the URL 'example.com'"),
        ("Download-URL: ftp://example.com/x\n", "has the URL 'ftp://example.com/x'"),
        ("License-File: LICENSE\n", "names the License-File LICENSE"),
        ("License-File: docs/COPYING\n", "names the License-File docs/COPYING"),
    ],
)
def test_what_the_index_refuses_is_refused(extra: str, words: str) -> None:
    """In both files, since each would be refused; on another index nobody minds."""
    found = judged(extra)
    assert [archive for archive, *_ in found] == [SDIST, WHEEL]
    assert all(words in what and level is Level.REFUSE for _, what, level in found), found
    assert _judged("", _pair(METADATA + extra, (), (WHEEL, SDIST), "")) == []


def test_a_license_file_that_is_there_passes() -> None:
    """At its path in the sdist, below licenses in the wheel; metadata before 2.4 know no such paths."""
    assert judged("License-File: LICENSE\n", files=("LICENSE",)) == []
    assert judged("License-File: docs/COPYING\n", files=("docs/COPYING",)) == []
    old = (METADATA + "License-File: LICENSE\n").replace("2.4", "2.1")
    assert _judged("PyPI", _pair(old, (), (WHEEL, SDIST), "")) == []


def test_a_local_version_is_refused() -> None:
    """It is for who builds from sources."""
    metadata = METADATA.replace("Version: 1.0", "Version: 1.0+linux")
    found = _judged(
        "PyPI", _pair(metadata, (), ("demo-1.0+linux-py3-none-any.whl", "demo-1.0+linux.tar.gz"), "")
    )
    assert ["whose local part no public index accepts" in what for _, what, _ in found] == [True, True]


@pytest.mark.parametrize(
    "tag",
    [
        "any", "win32", "win_amd64", "win_arm64", "manylinux1_x86_64", "manylinux2014_aarch64",
        "manylinux_2_28_x86_64", "musllinux_1_2_aarch64", "macosx_10_9_universal2", "macosx_11_0_arm64",
        "macosx_26_0_arm64", "macosx_10_9_arm64", "macosx_11_0_universal", "linux_armv7l",
        "ios_13_0_arm64_iphoneos", "android_24_arm64_v8a", "pyemscripten_2026_0_wasm32",
        "manylinux_2_17_x86_64.manylinux2014_x86_64",
    ],
)  # fmt: skip
def test_platform_tags_that_are_taken(tag: str) -> None:
    """Each in the name of a wheel."""
    assert judged(wheel=f"demo-1.0-cp312-cp312-{tag}.whl") == []


@pytest.mark.parametrize(
    "tag",
    [
        "linux_x86_64", "linux_aarch64", "manylinux_2_28_sparc", "macosx_11_2_arm64", "macosx_9_0_ppc",
        "macosx_16_0_arm64", "macosx_10_9_fat32", "musllinux_1_2_ppc64", "win_sparc",
        "pyodide_2024_0_wasm32", "freebsd_14_amd64", "manylinux2014_x86_64.linux_x86_64",
    ],
)  # fmt: skip
def test_platform_tags_that_are_not(tag: str) -> None:
    """A compiled wheel of a plain build on Linux among them: no index gives it to anybody rightly."""
    [(archive, what, level)] = judged(wheel=f"demo-1.0-cp312-cp312-{tag}.whl")
    assert ("has the platform tag" in what, level) == (True, Level.REFUSE), archive


@pytest.mark.parametrize(
    ("wheel", "sdist"),
    [
        ("Demo-1.0-py3-none-any.whl", SDIST),
        ("demo-1.1-py3-none-any.whl", SDIST),
        (WHEEL, "Demo-1.0.tar.gz"),
        (WHEEL, "demo-1.0.0.tar.gz"),
        ("demo-1.0-any.whl", SDIST),
    ],
)
def test_a_file_name_that_says_something_else(wheel: str, sdist: str) -> None:
    """PyPI takes the normal form alone; what no installer can read is refused everywhere."""
    found = _judged("PyPI", _pair(METADATA, (), (wheel, sdist), ""))
    assert [level for _, _, level in found] == [Level.REFUSE]
    elsewhere = _judged("", _pair(METADATA, (), (wheel, sdist), ""))
    assert len(elsewhere) == (wheel == "demo-1.0-any.whl")


@pytest.mark.parametrize(
    ("points", "is_right"),
    [
        ("[console_scripts]\ndemo = demo.cli:main\n", True),
        ("[console_scripts]\ndemo = demo\n[pytest11]\nx = demo.plugin\n", True),
        ("[a.b]\nName With Space = demo:Class.method [extra]\n", True),
        ("[console_scripts]\ndemo = demo-cli:main\n", False),
        ("[console_scripts]\ndemo = demo.cli:main()\n", False),
        ("[console_scripts]\nde mo = demo:main\n", False),
        ("[a b]\nx = demo\n", False),
        ("demo = demo:main\n", False),
        ("[console_scripts]\ndemo = demo:a\ndemo = demo:b\n", False),
    ],
)
def test_entry_points_are_well_formed(points: str, *, is_right: bool) -> None:
    """As the specification has them; what the index does not look at is only told."""
    found = judged(points=points)
    assert (found == []) is is_right
    refused = {"[console_scripts]\nde mo = demo:main\n", "demo = demo:main\n"} | {points} & {TWICE}
    assert ({level for _, _, level in found} == {Level.REFUSE}) is (points in refused)


TWICE = "[console_scripts]\ndemo = demo:a\ndemo = demo:b\n"


def test_a_vendored_project_s_metadata_are_not_the_wheel_s() -> None:
    """Some wheels carry the metadata of what they have copied."""
    wheel, sdist = _pair(METADATA, (), (WHEEL, SDIST), "")
    other = METADATA.replace("demo", "other") + "Classifier: Private :: Other\n"
    vendored = Member("demo/_vendor/other-1.0.dist-info/METADATA", content=other.encode())
    assert _judged("PyPI", (wheel._replace(members=(vendored, *wheel.members)), sdist)) == []


@pytest.mark.parametrize(
    "extra",
    [
        "Summary: " + "\u044f" * 300 + "\n",
        "Project-URL: \u0414\u043e\u043a\u0443\u043c\u0435\u043d\u0442, https://example.com\n",
    ],
)
def test_characters_are_counted_not_bytes(extra: str) -> None:
    """As the index does."""
    metadata = METADATA.replace("Summary: A demo.\n", "") + extra
    assert _judged("PyPI", _pair(metadata, (), (WHEEL, SDIST), "")) == []


def test_an_address_of_mail_is_one() -> None:
    """With or without a name; nothing is an answer too."""
    for text in ("A <a@example.com>", "a.b+c@mail.example.com", ""):
        assert judged(f"Author-email: {text}\n") == []
    found = judged("Author-email: me at nowhere\n")
    assert [level for _, _, level in found] == [Level.REFUSE, Level.REFUSE]


def test_wheel_and_sdist_state_the_same_dependencies() -> None:
    """A hook that adds some to one of them is told of, unless the sdist calls them dynamic."""
    wheel, _ = _pair(METADATA + "Requires-Dist: core\n", (), (WHEEL, SDIST), "")
    _, sdist = _pair(METADATA + "Requires-Dist: Core>=2.0\n", (), (WHEEL, SDIST), "")
    for public in ("PyPI", ""):
        [(_, what, level)] = _judged(public, (wheel, sdist))
        assert (level, "Requires-Dist" in what, "core>=2.0" in what) == (Level.WARN, True, True)
    _, dynamic = _pair(METADATA + "Dynamic: Requires-Dist\n", (), (WHEEL, SDIST), "")
    assert _judged("PyPI", (wheel, dynamic)) == []
    same, other = (
        METADATA + f"Requires-Dist: {text}\n" for text in ("Zope_Interface >= 1", "zope-interface>=1")
    )
    pair = _pair(same, (), (WHEEL, SDIST), "")[0], _pair(other, (), (WHEEL, SDIST), "")[1]
    assert _judged("PyPI", pair) == []


def test_a_large_file_is_told_with_the_limit() -> None:
    """A project may have a higher one, which nobody can ask."""
    pair = _pair(METADATA, (), (WHEEL, SDIST), "")
    [(archive, what, level)] = _judged("PyPI", pair, MOST_BYTES + 1)
    assert (archive, level, "the limit is 100" in what) == (WHEEL, Level.WARN, True)
    assert _judged("PyPI", pair, MOST_BYTES) == []


def test_every_rule_has_a_source_and_a_date() -> None:
    """The table is what a person reads who asks why."""
    assert all(rule.words and rule.source and rule.since for rule in RULES.values())
