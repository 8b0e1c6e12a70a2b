"""Fragments say by their kind what they raise, and lie where the configuration of the project says."""

import pytest

from release_async.plan import fragments
from release_async.plan.commit_messages import Level
from support.trees import Files


def said(pyproject: str, files: dict[str, str], root: str = "", towncrier: str = "") -> list[tuple[str, str]]:
    """Each fragment that is found, and its level."""
    base = f"{root}/" if root else ""
    tree = Files({**files, f"{base}pyproject.toml": pyproject, f"{base}towncrier.toml": towncrier})
    found = fragments.tool(tree, root)
    assert found
    return [(reason.where, reason.level.name.lower()) for reason in fragments.reasons(found, tree)]


def test_towncrier_names_its_fragments_by_their_kind() -> None:
    """In its folder and the sections below it; templates and unknown kinds are no fragments."""
    files = dict.fromkeys(
        (
            *("news/1.feature.md", "news/+words.bugfix.1.rst", "news/core/3.removal"),
            *("news/README.md", "news/template.md", "news/4.foo.md", "other/5.feature.md"),
        ),
        "",
    )
    assert said('[tool.towncrier]\ndirectory = "news"\n', files) == [
        ("news/1.feature.md", "minor"),
        ("news/+words.bugfix.1.rst", "patch"),
        ("news/core/3.removal", "major"),
    ]


@pytest.mark.parametrize(
    ("table", "path"),
    [
        ('package = "demo"\npackage_dir = "src"', "src/demo/newsfragments/1.feature.md"),
        ('name = "Demo"', "newsfragments/1.feature.md"),
        ('directory = "changes"\n[[tool.towncrier.type]]\ndirectory = "breaking"', "changes/1.breaking.md"),
        ('directory = "changes"\n[tool.towncrier.fragment.feat]', "changes/1.feat.md"),
    ],
)
def test_towncrier_is_configured_in_many_ways(table: str, path: str) -> None:
    """By its package, in lists of types, in tables; also in a file of its own, in a folder."""
    text = f"[tool.towncrier]\n{table}\n"
    assert [where for where, _ in said(text, {path: ""})] == [path]
    assert [where for where, _ in said("", {f"core/{path}": ""}, "core", text)] == [f"core/{path}"]


def test_scriv_has_its_kinds_in_headings() -> None:
    """Those in the comments of its template do not count."""
    files = {
        "changelog.d/1.md": "<!--\n### Removed\n\n- x\n-->\n### Added\n\n- frogs\n\n### Fixed\n\n- toads\n",
        "changelog.d/2.rst": ".. Removed\n\nFixed\n.....\n\n- toads\n",
        "changelog.d/scriv.ini": "",
        "changelog.d/3.md": "<!-- nothing -->\n",
    }
    assert said("[tool.scriv]\n", files) == [("changelog.d/1.md", "minor"), ("changelog.d/2.rst", "patch")]


def test_a_project_without_such_a_tool_has_none() -> None:
    """Neither does one whose file is no TOML."""
    for pyproject, towncrier in (("[tool.ruff]\n", ""), ("[", "tool = 1")):
        files = {"pyproject.toml": pyproject, "towncrier.toml": towncrier, "setup.cfg": "[scriv"}
        assert fragments.tool(Files(files), "") is None


@pytest.mark.parametrize(
    ("kind", "level"),
    [("Breaking changes", 3), ("New features", 2), ("Deprecated", 2), ("Bug fixes", 1), ("", 1)],
)
def test_kinds_have_many_names(kind: str, level: int) -> None:
    """A name that says nothing is a patch."""
    assert fragments.level_of(kind) == Level(level)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"pyproject.toml": "[tool.towncrier]\n"}, ("towncrier", "newsfragments", "NEWS.rst")),
        (
            {"towncrier.toml": '[tool.towncrier]\nfilename = "docs/news.md"\ndirectory = "news"\n'},
            ("towncrier", "news", "docs/news.md"),
        ),
        ({"pyproject.toml": "[tool.scriv]\n"}, ("scriv", "changelog.d", "CHANGELOG.rst")),
        ({"setup.cfg": "[tool.scriv]\nformat = md\n"}, ("scriv", "changelog.d", "CHANGELOG.md")),
        (
            {"tox.ini": "[scriv]\nfragment_directory=new\n", "pyproject.toml": '[tool.scriv]\nformat="md"\n'},
            ("scriv", "new", "CHANGELOG.md"),
        ),
        (
            {"changelog.d/scriv.ini": "[scriv]\nchangelog = NEWS.${config:format}\n"},
            ("scriv", "changelog.d", "NEWS.rst"),
        ),
    ],
)  # fmt: skip
def test_the_configuration_says_where_it_writes(files: dict[str, str], found: tuple[str, str, str]) -> None:
    """In every file that the tools read theirs from, with their defaults."""
    tool = fragments.tool(Files(files), "")
    assert tool
    assert (tool.name, tool.folder, tool.changelog) == found


def test_what_a_tool_leaves_without_a_word_is_known() -> None:
    """A fragment of an unknown kind beside those that were taken; no template, and nothing elsewhere."""
    paths = ("newsfragments/1.feature.md", "newsfragments/3.foo.md", "newsfragments/README.md", "src/a.md")
    assert fragments.left(paths, {"newsfragments/1.feature.md"}) == ("newsfragments/3.foo.md",)
