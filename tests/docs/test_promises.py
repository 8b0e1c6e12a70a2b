"""The page of promises names tests that exist, and leaves no promise of the README out."""

import ast
from pathlib import Path

import pytest

from support.pages import ROOT, code, page, rows, section

PAGE = "explanation/promises.md"
TESTS = Path(__file__).parent.parent


def functions(path: Path) -> set[str]:
    """The names of the tests in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("row", rows(page(PAGE)), ids=lambda row: row[0])
def test_every_promise_names_tests_that_exist(row: list[str]) -> None:
    """At least one each; a test that is renamed is followed here."""
    named = [word.partition("::") for word in code(row[2])]
    assert named
    for file, _, name in named:
        assert name in functions(TESTS / file)


def test_no_promise_of_the_readme_is_left_out() -> None:
    """Each begins with words that a line of the page begins with too."""
    text = section((ROOT / "README.md").read_text(encoding="utf-8"), "What it promises")
    promised = [line.removeprefix("- ") for line in text.splitlines() if line.startswith("- ")]
    listed = [row[0] for row in rows(page(PAGE))]
    assert len(promised) >= 7
    for promise in promised:
        words = " ".join(promise.split()[:4]).strip(".,:")
        assert any(line.startswith(words) for line in listed), promise
