"""All edits of one distribution at once, proven by finding everything again."""

import pytest

from release_async.base.errors import ConfigurationError, UsageError
from release_async.versions.version_edits import Edit, changes, distribution, edited_lines, planned_edits
from support.trees import Files

PROJECT = '[project]\nname = "demo"\nversion = "1.0"\n'
FILES: dict[str, str | bytes] = {
    "pyproject.toml": PROJECT + '[tool.poetry]\nversion = "1.0.0"\n',
    "demo/__init__.py": 'VERSION = "1.0"; __version__ = "0.9"\n',
    "demo/other.py": '__version__ = "1.0"\n',
}


def test_every_place_gets_the_version_and_drift_is_repaired() -> None:
    """Places are edited where they stand, not where an old number is found; several in one line too."""
    tree = Files(FILES)
    made = changes(distribution(tree), tree, "1.10")
    assert {change.path: change.after for change in made} == {
        "demo/__init__.py": b'VERSION = "1.10"; __version__ = "1.10"\n',
        "pyproject.toml": (PROJECT.replace("1.0", "1.10") + '[tool.poetry]\nversion = "1.10"\n').encode(),
    }
    assert all(change.before == tree.read(change.path) for change in made)
    assert made[1].edits == (
        Edit("pyproject.toml", 3, "1.0", "1.10"),
        Edit("pyproject.toml", 5, "1.0.0", "1.10"),
    )


def test_what_states_the_version_already_is_not_changed() -> None:
    """A file that is right is not in the list; all right is an empty list."""
    tree = Files({"pyproject.toml": PROJECT, "demo/__init__.py": '__version__ = "1.1"\n'})
    assert [change.path for change in changes(distribution(tree), tree, "1.1")] == ["pyproject.toml"]
    tree = Files({"pyproject.toml": PROJECT})
    assert changes(distribution(tree), tree, "1.0") == ()


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"pyproject.toml": PROJECT.replace("version =", 'dynamic = ["version"] #')}, "no literal"),
        ({"setup.py": "setup(use_scm_version=True)"}, "setuptools-scm takes it from the git tag"),
        ({"pyproject.toml": PROJECT, "demo/__init__.py": '__version__ = "1." "0"\n'}, "not one literal"),
        ({"pyproject.toml": PROJECT, "demo/__init__.py": "<<<<<<< x\n__version__ = '1'\n"}, "conflict"),
    ],
)
def test_a_bump_that_cannot_reach_every_place_fails(files: dict[str, str | bytes], why: str) -> None:
    """Never a success that changed nothing or only half."""
    tree = Files(files)
    with pytest.raises(ConfigurationError, match=why) as caught:
        changes(distribution(tree), tree, "2.0")
    assert caught.value.cure


def test_a_missing_distribution_lists_those_there_are() -> None:
    """The person learns where they are."""
    tree = Files({"a/pyproject.toml": PROJECT, "b/pyproject.toml": PROJECT.replace("demo", "other")})
    assert distribution(tree, "a/").name == "demo"
    with pytest.raises(UsageError) as caught:
        distribution(tree)
    assert "a (demo), b (other)" in caught.value.cure
    with pytest.raises(UsageError):
        distribution(Files({}))


def test_lines_show_what_changes_and_what_does_not() -> None:
    """One for each token that ``planned_edits`` names, with its place in the line; also two in one line."""
    tree = Files(FILES)
    its = distribution(tree)
    shown = edited_lines(its, tree, "1.10")
    assert [(line.path, line.line, line.old, line.new) for line in shown] == [
        tuple(edit) for edit in planned_edits(its, "1.10")
    ]
    assert all(line.text[line.column :].startswith(line.old) for line in shown)
    after = {change.path: change.after.decode().splitlines() for change in changes(its, tree, "1.10")}
    alone = next(line for line in shown if line.path == "demo/other.py" or line.line == 3)
    edited = alone.text[: alone.column] + alone.new + alone.text[alone.column + len(alone.old) :]
    assert edited == after[alone.path][alone.line - 1]


def test_lines_end_where_they_end_and_long_ones_are_cut() -> None:
    """No carriage return is shown, and of a minified file only what stands around the token."""
    rest = ",".join(f"{number}" for number in range(1000))
    tree = Files({"pyproject.toml": f'[project]\r\nname = "demo"\r\nversion = "1.0" # {rest}\r\n'})
    [line] = edited_lines(distribution(tree), tree, "1.1")
    assert line.text.startswith('version = "1.0" # 0,1,2')
    assert len(line.text) < 200
    assert line.text.isprintable()


def test_pieces_of_a_version_are_lines_of_their_own() -> None:
    """Where major and minor stand apart, those that change are shown, each where it stands."""
    module = 'major = 1\nminor = 0\npatch = 3\n__version__ = f"{major}.{minor}.{patch}"\n'
    tree = Files({"pyproject.toml": PROJECT.replace("1.0", "1.0.3"), "demo/__init__.py": module})
    shown = [
        line for line in edited_lines(distribution(tree), tree, "1.1.0") if line.path == "demo/__init__.py"
    ]
    assert [(line.line, line.text, line.old, line.new) for line in shown] == [
        (2, "minor = 0", "0", "1"),
        (3, "patch = 3", "3", "0"),
    ]
