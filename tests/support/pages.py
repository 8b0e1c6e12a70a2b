"""The pages of this repository, taken apart: sections, tables, words set as code, fenced blocks."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def page(name: str) -> str:
    """The text of a page below ``docs/``."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def section(text: str, title: str) -> str:
    """What stands below one heading, up to the next heading of any level."""
    _, found, rest = text.partition(f"\n## {title}\n")
    assert found, f"there is no section {title}"
    return re.split(r"\n#+ ", rest)[0]


def rows(text: str) -> list[list[str]]:
    r"""The cells of the rows of all tables, without their heads; ``\|`` is a bar inside a cell."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [
        [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines
    ]
    rules = [number for number, row in enumerate(cells) if set("".join(row)) <= set("-: ")]
    return [row for number, row in enumerate(cells) if number not in rules and number + 1 not in rules]


def code(text: str) -> list[str]:
    """The words that are set as code."""
    return re.findall(r"`([^`]+)`", text)


def fenced(text: str) -> list[tuple[str, str]]:
    """Every fenced block, and what stands behind its opening fence."""
    return re.findall(r"^```([^\n]*)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return [block for kind, block in fenced(text) if kind == language]
