"""What the pages of symptoms quote is what the program says."""

import ast
import re
from pathlib import Path

import pytest

import release_async
from support.pages import PAGES, code, page

pytestmark = pytest.mark.quick

SOURCE = Path(release_async.__file__).parent
STATES = re.compile(
    r"^not installed|^git ignores it|^its Python is gone|^it was changed by hand|^was ended: |^it did "
)


def text(node: ast.expr) -> str:
    """A text of the source, with an ellipsis for what is put into it."""
    if isinstance(node, ast.JoinedStr):
        return "".join(text(part) for part in node.values)
    said = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "…"
    return re.sub(r"\{\w+\}", "…", said)


@pytest.fixture(scope="module")
def told() -> str:
    """Every text of the source, one a line."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in SOURCE.rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree))
    return "\n".join(text(node) for node in nodes if isinstance(node, ast.Constant | ast.JoinedStr))


def symptoms() -> list[str]:
    """What the pages say that the program says: headings set as code, and the states of hooks."""
    said = "\n".join(page(f"how-to/{path.name}") for path in PAGES if path.name.startswith("troubleshooting"))
    headings = [word for line in re.findall(r"^### (.*)$", said, re.MULTILINE) for word in code(line)]
    return headings + [word for word in code(said) if STATES.search(word)]


def test_there_are_symptoms() -> None:
    """The page's form is known: a change of it does not empty the next test."""
    assert len(symptoms()) > 30


@pytest.mark.parametrize("symptom", symptoms())
def test_a_quoted_message_is_in_the_source(symptom: str, told: str) -> None:
    """Who searches for the words finds the code that says them."""
    assert symptom in told
