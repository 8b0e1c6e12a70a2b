"""Lock files: only the entries of the repository's own projects, told by where they come from."""

import pytest

from release_async.versions.places.lock_files import entries
from release_async.versions.text_encoding import UnreadableError

FOREIGN = '[[package]]\nname = "a"\nversion = "1.0"\nsource = { registry = "r" }\n\n'
UV = (
    FOREIGN
    + '[[package]]\nname = "demo"\nversion = "1.0"\nsource = { editable = "packages/demo" }\n\n'
    + FOREIGN
)
POETRY = (
    FOREIGN + '[[package]]\nname = "demo"\nversion = "1.0"\ndescription = ""\ndevelop = true\n\n'
    '[package.dependencies]\nversion = "9"\n\n[package.source]\ntype = "directory"\nurl = "../demo"\n\n'
    + FOREIGN
)
PDM = (
    FOREIGN
    + '[[package]]\nname = "demo"\nversion = "1.0"\neditable = true\npath = "./packages/demo"\n\n'
    + FOREIGN
)


@pytest.mark.parametrize(
    ("path", "text"), [("uv.lock", UV), ("packages/other/poetry.lock", POETRY), ("pdm.lock", PDM)]
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_own_entry_is_found_by_its_folder(path: str, text: str, end: str) -> None:
    """Another entry with the same number is someone else's."""
    written = text.replace("\n", end)
    (entry,) = entries(path, written)
    assert (entry.name, entry.folder, entry.site.text) == ("demo", "packages/demo", "1.0")
    assert written.count("\n", 0, entry.site.start) + 1 == entry.site.line
    assert written[: entry.site.start].rindex('name = "') > written[: entry.site.start].index(
        "[[package]]\n"[:11]
    )
    assert written[entry.site.start : entry.site.end] == "1.0"
    assert written[: entry.site.start].endswith(f'name = "demo"{end}version = "')


def test_a_dynamic_project_has_no_version_to_keep() -> None:
    """The line is left out by uv, and rightly so."""
    assert list(entries("uv.lock", UV.replace('name = "demo"\nversion = "1.0"\n', 'name = "demo"\n'))) == []


def test_conflict_markers_are_told_with_their_line() -> None:
    """A lock that a merge has left open is nobody's to judge."""
    with pytest.raises(UnreadableError) as caught:
        list(entries("uv.lock", f"version = 1\n<<<<<<< HEAD\n{UV}"))
    assert caught.value.line == 2


def test_what_departs_from_the_layout_is_not_taken_for_an_entry() -> None:
    """A text over several lines may look like anything."""
    assert list(entries("uv.lock", f'x = """\n{UV}"""\n')) == []
