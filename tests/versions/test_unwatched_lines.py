"""Lines that hold the version and are not watched: which are shown, and the entry that has them watched."""

import pytest

from release_async.versions.compare_places import compare
from release_async.versions.find_distributions import distributions
from release_async.versions.unwatched_lines import unwatched_lines
from support.trees import Files

PYPROJECT = '[project]\nname = "demo"\nversion = "1.4.2"\n'

FILES = [
    ("package.json", '{"name": "other",\n"version": "1.4.2"}\n', 2, '"package.json"'),
    ("app.json", '{"app":\n{"version": "1.4.2"}}\n', 2, '{ path = "app.json", key = "app.version" }'),
    ("galaxy.yml", "namespace: x\nversion: 1.4.2\n", 2, '"galaxy.yml"'),
    ("Dockerfile", "FROM x:1.4.2 AS y\n", 1, '{ path = "Dockerfile", pattern = "FROM x:{version}" }'),
    ("run.sh", 'A="v1.4.2"\n', 1, r'{ path = "run.sh", pattern = "A=\"v{version}\"" }'),
    ("a.md", "pip install demo==1.4.2\n", 1, '{ path = "a.md", pattern = "install demo=={version}" }'),
]


@pytest.mark.parametrize(("path", "text", "line", "entry"), FILES)
def test_the_entry_that_is_shown_has_the_line_watched(path: str, text: str, line: int, entry: str) -> None:
    """Pasted into version-files as it is, it finds exactly that line, and its version agrees."""
    tree = Files({"pyproject.toml": PYPROJECT, path: text})
    assert unwatched_lines(tree, distributions(tree)) == ((path, line, entry),)
    pasted = f"{PYPROJECT}[tool.release-async]\nversion-files = [{entry}]\n"
    (found,) = distributions(Files({"pyproject.toml": pasted, path: text}))
    assert [(site.line, str(site.version)) for site in found.compared if site.path == path] == [
        (line, "1.4.2")
    ]
    assert compare(found) == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package.json", '{"dependencies": {"left-pad": "1.4.2", "b": "^1.4.2"}}'),
        ("requirements.txt", "other==1.4.2\nanother[x] >= 1.4.2\n"),
        ("app.toml", 'needs = ["other~=1.4.2"]\n'),
        ("ci.yml", "uses: some/action@v1.4.2\n"),
    ],
)
def test_what_is_required_of_others_is_not_shown(path: str, text: str) -> None:
    """That it has the same number is chance: it must not follow this project's version."""
    tree = Files({"pyproject.toml": PYPROJECT, path: text})
    assert unwatched_lines(tree, distributions(tree)) == ()


def test_a_path_is_written_as_the_project_writes_it() -> None:
    """Relative to the folder of the project that is nearest above the file."""
    files: dict[str, str | bytes] = {"pyproject.toml": PYPROJECT, "a/pyproject.toml": PYPROJECT}
    tree = Files({**files, "a/js/package.json": '{"version": "1.4.2"}'})
    assert [each.entry for each in unwatched_lines(tree, distributions(tree))] == ['"js/package.json"']
