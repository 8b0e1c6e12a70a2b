"""Compares the rules that the tests protect with those of another revision: none may go unnoticed.

    PYTHONPATH=tests python -m support.rules REVISION

A rule is the docstring of a test. It is kept where a test bears its words or its name; a file may move. The
exit code is 1 where one is gone.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping

from support.pages import ROOT

Rules = Mapping[str, set[str]]
"""The rules of each test name; several tests may bear one name."""


def main(revision: str) -> int:
    """Print every rule of a revision that no test protects any more."""
    then, now = _rules(_of_revision(revision)), _rules(_of_the_disk())
    words = {rule for rules in now.values() for rule in rules}
    gone = [(name, rule) for name, rules in then.items() if name not in now for rule in rules - words]
    for name, rule in sorted(gone):
        sys.stdout.write(f"{name}: {rule}\n")
    counts = [sum(map(len, rules.values())) for rules in (then, now)]
    sys.stdout.write(f"{counts[0]} rules then, {counts[1]} now, {len(gone)} gone\n")
    return 1 if gone else 0


def _of_revision(revision: str) -> Iterator[str]:
    listed = _git("ls-tree", "-r", "--name-only", revision, "tests").splitlines()
    return (_git("show", f"{revision}:{path}") for path in listed if path.endswith(".py"))


def _of_the_disk() -> Iterator[str]:
    return (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))


def _git(*words: str) -> str:
    return subprocess.run(("git", *words), cwd=ROOT, check=True, capture_output=True, text=True).stdout


def _rules(texts: Iterator[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for text in texts:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found.setdefault(node.name, set()).add(" ".join((ast.get_docstring(node) or "").split()))
    return found


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
