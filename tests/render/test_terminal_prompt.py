"""Where a person can be asked: on real terminals, and nowhere else."""

import io
import json
import os
import pty
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

import anyio
import pytest

from release_async.render import create_renderer, terminal_prompt
from support.terminal import Terminal

HERE: Mapping[str, str] = {}
TERMINALS = "import sys; from release_async.render import terminal_prompt as found; sys.exit({})"
FOUND = "found.answering_terminal(sys.stdin, {}) is None"


@pytest.fixture
def terminal() -> Iterator[tuple[int, TextIO]]:
    """A terminal that is nobody's controlling one, as ``su -c`` gives it: our end, and standard input."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, encoding="utf-8") as stdin:
        yield ours, stdin
    os.close(ours)


@pytest.mark.parametrize("value", ["true", "1", "True", "woodpecker"])
def test_nobody_is_asked_in_ci(value: str, terminal: tuple[int, TextIO]) -> None:
    """Also where the runner has given the job a terminal."""
    assert terminal_prompt.answering_terminal(terminal[1], HERE) is terminal[1]
    assert terminal_prompt.answering_terminal(terminal[1], {"CI": value}) is None
    assert "CI" in terminal_prompt.why_nobody({"CI": value})


@pytest.mark.parametrize("value", ["", "false", "0", "no"])
def test_who_says_that_it_is_no_ci_is_asked(value: str, terminal: tuple[int, TextIO]) -> None:
    """A variable that is empty or false says nothing else."""
    assert terminal_prompt.answering_terminal(terminal[1], {"CI": value}) is terminal[1]


def _answered(shell: str) -> int:
    """0 where a process that is started so finds somebody to ask, 1 where not."""
    program = f"'{sys.executable}' -c '{TERMINALS.format(FOUND)}'"
    env = {"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]}
    with Terminal(("/bin/sh", "-mc", shell.format(program)), env) as shown:
        return shown.finish()


@pytest.mark.parametrize(
    ("shell", "code"),
    [
        ("{}", 0),
        ("{} </dev/null", 0),
        ("{} <&-", 0),
        ("echo y | {}", 0),
        ("nohup {} </dev/null >/dev/null", 0),
        ("{} & wait $!", 1),
        ("{} </dev/null & wait $!", 1),
        ("nohup {} </dev/null >/dev/null & wait $!", 1),
        ("setsid -w {} </dev/null", 1),
        ("setsid -w {}", 0),
    ],
)
def test_who_may_read_from_the_terminal_is_asked(shell: str, code: int) -> None:
    """In the foreground, whatever standard input is; in the background or in another session not."""
    assert _answered(shell) == code


async def test_a_question_that_is_not_seen_is_no(tmp_path: Path, anyio_backend: str) -> None:
    """What cannot be shown on a terminal is not answered there: a line that stands there is no consent."""
    assert anyio_backend
    (tmp_path / "typed").write_text("y\n")
    with (tmp_path / "typed").open() as answers:
        assert await terminal_prompt.prompted("Release it? ", answers) == ""


@pytest.mark.parametrize(("typed", "answer"), [("yes\n", True), ("n\n", False), ("\xff\n", False)])
async def test_json_asks_on_the_terminal_and_not_on_the_output(
    terminal: tuple[int, TextIO],
    anyio_backend: str,
    typed: str,
    answer: bool,  # noqa: FBT001 - a parameter of pytest
) -> None:
    """The output has one event with the question and the answer; the terminal has the question."""
    assert anyio_backend
    ours, answers = terminal
    out = io.StringIO()
    renderer = create_renderer("json", stdin=answers, stdout=out)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_type_when_asked, ours, typed)
        assert await renderer.ask("Release it?") is answer
    assert json.loads(out.getvalue()) == {"event": "asked", "question": "Release it?", "answer": answer}


async def _type_when_asked(ours: int, typed: str) -> None:
    """Wait for the question on the terminal, and type."""
    seen = b""
    while b"Release it? [y/N] " not in seen:
        await anyio.wait_readable(ours)
        seen += os.read(ours, 1024)
    os.write(ours, typed.encode("latin-1"))
