"""Help, messages and pages use the field's own words: the old prose of this project does not come back."""

import argparse
import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import release_async
from release_async.cli import command_line
from support.pages import PAGES, ROOT

pytestmark = pytest.mark.quick

SOURCE = Path(release_async.__file__).parent

INSTEAD = {
    "mend|mends|mended|mending": "fix",
    "land|lands|landed|landing": "update your branch",
    "announce|announces|announced|announcing": "GitHub release",
    "release page|release pages": "GitHub release",
    "owe|owes|owed|owing": "still to do",
    "forge|forges|rules of the forge": "GitHub, git host; branch protection",
    "narrow|narrows|narrowed|narrowing": "limited to this project",
    "mirror|mirrors|mirrored": "copy",
    "the world|a world": "the index, the remote, git",
    "midway": "a rebase, a merge, what it is",
    "workshop|workshops": "workspace",
    "standing": "state, progress",
    "plumbing": "git's commands",
    "eyes|ears|nerves|soil": "the screen, signals, children: what it is",
    "lean": "lazy",
    "outline": "plan",
    "discreet": "redacted",
    "patience": "retry, timeout",
    "version site|version sites": "place",
    "broken off": "interrupted, cut off",
    "cannot be told": "cannot find out",
    "takes a yes": "nobody said yes",
}
"""Old words of prose, and what is written for them."""

_OLD = re.compile(rf"\b(?:{'|'.join(INSTEAD)})\b", re.IGNORECASE)

ALLOWED = {
    ("plan/changelog_headings.py", "announced"): "a word that is read in the changelogs of others",
    ("release/checks/forge_rules.py", "--skip forge-rules"): "the name of a check, to be typed",
    ("release/checks/forge_rules.py", "set land ="): "a setting, to be typed",
    ("release/checks/merge_request.py", "leave land ="): "a setting, to be typed",
    ("plan/plan.py", "and land ="): "a setting, to be typed",
    ("plan/plan.py", "land = "): "a setting, as it is written",
    ("run/journal.py", "release page of"): "what version 0.1.0 wrote into its journals",
    ("external/github/gh_api.py", "Forge | Obstacle"): "a type, which is quoted because it comes later",
}
"""Where an old word stays: the file, what stands there, and why."""

LOGS = ("docs/decisions",)
"""Decisions are dated, and stay in the words of their day."""


def old_words(text: str) -> list[str]:
    """The old words in a text, with their surroundings; the end of a line does not hide one."""
    flat = " ".join(text.split())
    return [flat[max(0, match.start() - 30) : match.end() + 20] for match in _OLD.finditer(flat)]


def prose(markdown: str) -> str:
    """What a page says, without blocks, names set as code, and the targets of links."""
    text = re.sub(r"^ *```.*?^ *```$", "", markdown, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`]+`|\]\([^)]*\)|<[^>]+>", " ", text)


def pages() -> list[Path]:
    """All pages but those that stay in the words of their day."""
    return [path for path in PAGES if not path.relative_to(ROOT).as_posix().startswith(LOGS)]


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_page_has_an_old_word(path: Path) -> None:
    """Who knows git, PyPI and GitHub need not learn another language; blocks show the program, see below."""
    assert old_words(prose(path.read_text(encoding="utf-8"))) == []


def parsers() -> Iterator[argparse.ArgumentParser]:
    """The parser of the program, and of each command."""
    top = command_line.parser()
    yield top
    for action in top._actions:  # noqa: SLF001 - argparse tells it nowhere else
        if isinstance(action.choices, dict):
            yield from action.choices.values()


@pytest.mark.parametrize("parser", list(parsers()), ids=lambda parser: parser.prog)
def test_no_help_has_an_old_word(parser: argparse.ArgumentParser) -> None:
    """Of every command, as it is printed."""
    assert old_words(parser.format_help()) == []


def messages(tree: ast.Module) -> Iterator[str]:
    """The texts of a module that are sentences or parts of one: with a blank in them, and no docstring."""
    passed = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            passed |= {id(part) for part in node.values}
    for node in ast.walk(tree):
        if id(node) not in passed and " " in (text := _text(node)).strip():
            yield text


def _text(node: ast.AST) -> str:
    """A text, with an ellipsis for each value that is put into it."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "…" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@pytest.mark.parametrize(
    "path", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.relative_to(SOURCE).as_posix()
)
def test_no_message_has_an_old_word(path: Path) -> None:
    """Names of checks, steps, settings and keys are single words, and stay; sentences are for people."""
    allowed = [text for (file, text) in ALLOWED if path.relative_to(SOURCE).as_posix() == file]
    found = [
        said for text in messages(ast.parse(path.read_text(encoding="utf-8"))) for said in old_words(text)
    ]
    assert [said for said in found if not any(text in said for text in allowed)] == []


@pytest.mark.parametrize(("file", "text"), ALLOWED)
def test_every_exception_is_needed(file: str, text: str) -> None:
    """One that is not would let an old word in."""
    told = messages(ast.parse((SOURCE / file).read_text(encoding="utf-8")))
    assert any(text in said for message in told for said in old_words(message))


@pytest.mark.parametrize("line", ["what is\n  owed", "Mend it", "a narrowed copy", "its\nrelease pages"])
def test_an_old_word_is_found(line: str) -> None:
    """The negative control: in any case, and over the end of a line."""
    assert old_words(line)
