"""Finds the commands in a sentence, and wraps the sentence around them: a command is copied whole. Pure.

Where a person pastes half a command, its first half runs: a bare Python, or an upload without its index. So
none is broken here. One that is longer than the line goes beyond it: the terminal wraps it, and copies it
whole.
"""

import re

_SAYS = (
    r"(?! (?:is|are|was|were|has|have|had|does|do|did|could|can|cannot|would|will|may|must|goes|takes|runs"
    r"|refused|refuses|ignores|gives|says|names|asks|knows|reads|accepts|ended|in|and|or|to|of|for|that|which)\b)"
)
"""What follows in a sentence that tells of a program, and is no command."""
_PROGRAM = (
    r"(?:[\w.~+-]*/(?:[\w.+@-]+/)*)?"  # where it is
    r"(?:release-async|git|gh|pipx?|python[\d.]*|uvx?|twine|pre-commit|prek|tox|nox|hatch|pdm|poetry|pytest"
    r"|make(?= -| [\w-]+(?:$|[;,)]| &&))|just|npm|cd|chmod|rm|ls|mv|cp|man|echo|printf|towncrier|scriv)"
    r"(?! \()" + _SAYS
)
_SOME_PATH = rf"(?:\.{{0,2}}|~|\.venv)/[\w.+@/-]+{_SAYS}"
_WORDS = (
    rf"(?:(?! or {_PROGRAM} )(?!\. |\.$)"  # where a command ends that no comma ends
    r"""(?:'[^']*'|"[^"]*"|[^;,'"`]|[;,](?! |$)))*"""
)
_BEGIN = r"(?:^|(?<=: )|(?<=; )|(?<=, )|(?<= or )|(?<= then )|(?<= with )|(?<= afterwards ))"
_COMMAND = re.compile(
    r"`[^`]+`"
    rf"|\({_PROGRAM} (?:'[^']*'|\"[^\"]*\"|\([^()]*\)|[^()'\"])*\)"
    rf"|{_BEGIN}(?:{_PROGRAM}|{_SOME_PATH}) {_WORDS}"
    rf"|(?<=: )[a-z][\w./-]*(?: [^\s;,]+)? (?:--?[a-z][\w-]*|&&|\|)(?= |$){_WORDS}"
)
"""In backticks, in parentheses, or where a clause begins: with a program that is named here, with a path, or,
behind a colon, with any word that options follow soon, as in the command that a project has for its tests."""

_JOINED = "\ue000"
"""Stands for a blank in a command: as wide as one, and nothing that `printable` lets pass."""


def held(text: str) -> str:
    """The same text, as long, whose commands have no blanks to break them at; `shown` takes that back."""
    return _COMMAND.sub(lambda found: found[0].rstrip().replace(" ", _JOINED) + _blanks(found[0]), text)


def _blanks(text: str) -> str:
    return " " * (len(text) - len(text.rstrip()))


def shown(text: str) -> str:
    """A held text, or a part of it, as it is printed."""
    return text.replace(_JOINED, " ")


def wrapped(text: str, room: int, first: int = 0) -> list[str]:
    """A text in as many lines as it takes; no word is broken, and no command.

    Args:
        text: One line, without control characters.
        room: How many columns there are; a word or a command that is longer goes beyond them.
        first: How many columns of the first line are taken.
    """
    from textwrap import wrap  # noqa: PLC0415 - most output is no longer than a line

    taken = "\ue001" * first
    lines = wrap(f"{taken}{held(text)}", room, break_long_words=False, break_on_hyphens=False)
    return [shown(line.removeprefix(taken)) for line in lines] or [""]
