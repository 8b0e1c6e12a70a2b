"""What a version has to have is compared by kinds, so that numbers may rise and nothing may be missing."""

import pytest

from release_async.plan import expected_files
from release_async.plan.expected_files import Row
from support import matrix


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ("py3-none-any", "py3-none-any"),
        ("py2.py3-none-any", "py2.py3-none-any"),
        ("cp313-cp313t-manylinux_2_17_x86_64.manylinux2014_x86_64", "cp313-cp313t-manylinux_x86_64"),
        ("cp310-abi3-manylinux1_i686", "cp310-abi3-manylinux_i686"),
        ("cp312-cp312-macosx_10_13_universal2", "cp312-cp312-macosx_universal2"),
        ("cp312-cp312-musllinux_1_2_aarch64", "cp312-cp312-musllinux_aarch64"),
        ("cp313-cp313-ios_13_0_arm64_iphoneos", "cp313-cp313-ios_arm64_iphoneos"),
        ("cp313-cp313-android_21_arm64_v8a", "cp313-cp313-android_arm64_v8a"),
        ("cp313-cp313-pyemscripten_2025_0_wasm32", "cp313-cp313-pyemscripten_wasm32"),
        ("cp312-cp312-win_amd64", "cp312-cp312-win_amd64"),
        ("cp312-cp312-linux_x86_64", "cp312-cp312-linux_x86_64"),
    ],
)
def test_a_kind_has_no_numbers_of_a_platform(tags: str, kind: str) -> None:
    """Those of Python stay: a wheel for 3.12 is none for 3.13."""
    assert expected_files.kind_of(f"demo-1.0-{tags}.whl") == kind
    assert expected_files.kind_of(f"demo-1.0-1-{tags}.whl") == kind


def test_an_sdist_is_a_kind_too() -> None:
    """Whatever its name looks like."""
    assert expected_files.kind_of("demo-1.0-rc1.tar.gz") == "sdist"


def names(version: str, *tags: str) -> tuple[str, ...]:
    """The names of wheels with these tags, and of the sdist."""
    return (*(f"demo-{version}-{tag}.whl" for tag in tags), f"demo-{version}.tar.gz")


def test_the_same_matrix_with_higher_numbers_is_whole() -> None:
    """A newer manylinux or macOS is no other kind; 62 files are 62."""
    rows = expected_files.by_last_release(
        names("1.0", *matrix.TAGS), names("1.1", *(tag.replace("2_17", "2_28") for tag in matrix.TAGS))
    )
    assert sum(row.there for row in rows) == 62
    assert not [row for row in rows if row.is_missing or row.is_surplus]


def test_what_is_missing_new_or_double_is_told_apart() -> None:
    """Missing and double are mistakes, new is not."""
    rows = expected_files.by_last_release(
        names("1.0", "cp312-cp312-win32", "cp312-cp312-win_amd64"),
        names(
            "1.1",
            "cp312-cp312-win32",
            "cp313-cp313-win32",
            "cp312-cp312-win32".replace("cp312-", "cp312-", 1),
        ),
    )
    found = {row.kind: row for row in rows}
    assert found["cp312-cp312-win_amd64"].is_missing
    assert found["cp312-cp312-win32"].is_surplus
    new = found["cp313-cp313-win32"]
    assert (new.there, new.wanted, new.is_surplus) == (1, 0, False)


def test_a_python_that_is_dropped_is_not_missing() -> None:
    """What `requires-python` excludes needs no wheel any more; abi3 goes on, for it serves later ones."""
    last = names("1.0", "cp39-cp39-win32", "cp310-cp310-win32", "cp39-abi3-win_amd64")
    here = names("1.1", "cp310-cp310-win32")
    missing = {row.kind for row in expected_files.by_last_release(last, here, ">=3.10") if row.is_missing}
    assert missing == {"cp39-abi3-win_amd64"}
    missing = {
        row.kind for row in expected_files.by_last_release(last, here, "no specifier") if row.is_missing
    }
    assert missing == {"cp39-abi3-win_amd64", "cp39-cp39-win32"}


def test_a_first_release_expects_nothing() -> None:
    """Nothing is missing and nothing too much."""
    rows = expected_files.by_last_release((), names("1.0", "py3-none-any"))
    assert not [row for row in rows if row.is_missing or row.is_surplus]


def test_patterns_count_each_wheel_once() -> None:
    """For the first pattern that it matches; what matches none is too much, and so is one of too many."""
    here = names("1.0", "cp312-cp312-win32", "cp313-cp313-win32", "cp313-cp313-win_amd64", "py3-none-any")
    rows = expected_files.by_patterns((("cp312-*", 1), ("*-win*", 1), ("*-macosx_*", 2)), here)
    assert rows == (
        Row("cp312-*", 1, 1),
        Row("*-win*", 1, 2),
        Row("*-macosx_*", 2, 0),
        Row("sdist", 1, 1),
        Row("py3-none-any", 0, 1),
    )
    assert [row.kind for row in rows if row.is_missing] == ["*-macosx_*"]
    assert [row.kind for row in rows if row.is_surplus] == ["*-win*", "py3-none-any"]


def test_a_pattern_for_every_wheel_takes_no_sdist() -> None:
    """As the advice for a project with one wheel has it."""
    here = ("demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz")
    assert expected_files.by_patterns((("*", 1),), here) == (Row("*", 1, 1), Row("sdist", 1, 1))
    assert expected_files.by_patterns((("sdist", 0), ("*", 1)), here)[0].is_surplus


@pytest.mark.parametrize(
    ("versions", "last"),
    [
        (("1.0", "1.1", "1.2rc1", "2.0"), "1.1"),
        (("1.2rc1",), "1.2rc1"),
        (("1.2", "1.3"), ""),
        (("nonsense",), ""),
    ],
)
def test_the_last_release_is_the_final_one_before(versions: tuple[str, ...], last: str) -> None:
    """A later line and a pre-release are not what the next release has to look like."""
    files = dict.fromkeys(f"demo-{version}.tar.gz" for version in versions)
    found, names_of_it = expected_files.last_release(files, "1.2")  # type: ignore[arg-type]  # the values do not count
    assert (found, len(names_of_it)) == (last, bool(last))


def test_the_table_has_a_line_for_each_platform() -> None:
    """What is as expected is a number; of what is not, each kind is named."""
    last = names("1.0", "cp312-cp312-win32", "cp313-cp313-win32", "cp312-cp312-macosx_11_0_arm64")
    here = names("1.1", "cp312-cp312-win32", "cp312-cp312-macosx_14_0_arm64", "py3-none-any")
    assert expected_files.table(expected_files.by_last_release(last, here)) == (
        "any           1 there (py3-none: 1 there, 1 new)",
        "macosx_arm64  1 there",
        "win32         1 there (cp313-cp313: 0 there, 1 missing)",
        "sdist         1 there",
    )
