"""Finds the terminal on which a person can be asked, shows questions there, and waits for the answer.

A person is asked where they type: on standard input if that is a terminal, otherwise on the controlling
terminal, also where the output goes to a pipe or a file. It decides nothing, and shows nothing but questions.
"""

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress

from release_async.base.lazy_typing import TYPE_CHECKING, Protocol
from release_async.render.output_stream import Stream

if TYPE_CHECKING:
    from typing import TextIO, TypeGuard

HANGUP_SECONDS = 5.0
"""How long after a terminal is gone SIGHUP may still arrive."""


class Output(Protocol):
    """Where a renderer writes."""

    def fileno(self) -> int:
        """Its file descriptor."""


def answering_terminal(stdin: "TextIO | None", environ: Mapping[str, str]) -> "TextIO | None":
    """The terminal on which somebody can answer.

    A process in the background is not asked: the terminal belongs to another one, and reading from it would
    stop us (SIGTTIN, termios(3)). Neither is a job of CI, also where its runner gives it a terminal: the
    question would wait until the job is ended.

    Args:
        stdin: Standard input; None if it is closed.
        environ: The environment of this run.

    Returns:
        Where to read the answer, or None if there is nobody to ask.
    """
    if is_ci(environ):
        return None
    if sys.platform == "win32":  # there is no job control, and no name for the terminal of a process
        return stdin if can_answer(stdin) else None
    if stdin is not None and stdin.isatty():
        return stdin if _in_foreground(stdin.fileno(), elsewhere=True) else None
    return _controlling_terminal()


def can_answer(answers: "TextIO | None") -> "TypeGuard[TextIO]":
    """Whether this is a terminal."""
    return answers is not None and answers.isatty()


def is_ci(environ: Mapping[str, str]) -> bool:
    """Whether this is a job of continuous integration, by the variable that all of them set."""
    return environ.get("CI", "").strip().lower() not in {"", "0", "false", "no", "off"}


def why_nobody(environ: Mapping[str, str]) -> str:
    """Why nobody can be asked, as a clause."""
    return "this is a job of CI (CI is set)" if is_ci(environ) else "there is no terminal to ask on"


def _controlling_terminal() -> "TextIO | None":
    try:
        descriptor = os.open(
            "/dev/tty", os.O_RDONLY | os.O_NOCTTY
        )  # tty(4); it belongs to whoever started us
    except OSError:
        return None
    if not _in_foreground(descriptor, elsewhere=False):
        os.close(descriptor)
        return None
    return os.fdopen(descriptor, encoding="utf-8", errors="replace")


def _in_foreground(descriptor: int, *, elsewhere: bool) -> bool:
    """Whether we may read from a terminal.

    Args:
        descriptor: The terminal.
        elsewhere: What to say of one that is not our controlling terminal, and so has no foreground of ours:
            ``su -c`` gives its command such a one.
    """
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        return elsewhere


async def prompted(
    question: str,
    answers: "TextIO",
    output: Output | None = None,
    show: Callable[[], object] = lambda: None,
) -> str:
    """Show a question to the person, and wait for the line that they type; without its blanks.

    Args:
        question: Plain text, for a terminal that the renderer does not write to.
        answers: The terminal that is answered on.
        output: Where the renderer writes; None where no question may stand.
        show: Shows the question there in the renderer's own way.

    Returns:
        What was typed; empty if the question could not be shown, or nothing was typed.
    """
    if output is not None and _is_shown_on(output, answers):
        _discard_typed_ahead(answers)
        show()
    elif not await _shown_on(answers, question):
        return ""
    return (await _read_line(answers)).strip()


def is_yes(line: str) -> bool:
    """Whether a typed line is ``y`` or ``yes``."""
    return line.casefold() in {"y", "yes"}


def _is_shown_on(output: Output, answers: "TextIO") -> bool:
    """Whether what is written to ``output`` is seen on the terminal that is answered on."""
    try:
        ours, theirs = output.fileno(), answers.fileno()
        if not (os.isatty(ours) and os.isatty(theirs)):
            return False
        if sys.platform == "win32":
            return True
        return os.ttyname(ours) == os.ttyname(theirs) or (_is_controlling(ours) and _is_controlling(theirs))
    except OSError:
        return False


def _is_controlling(descriptor: int) -> bool:
    """Whether it is our controlling terminal, by whichever name it was opened (tcgetpgrp(3), ENOTTY)."""
    try:
        os.tcgetpgrp(descriptor)
    except OSError:
        return False
    return True


async def _shown_on(answers: "TextIO", question: str) -> bool:
    """Show a question on the terminal that is answered on; whether that went well: nobody answers unseen."""
    import anyio  # noqa: PLC0415 - slow to import, and commands that ask nothing do without

    # Whoever reads our output, as tee(1) does, may show it on that terminal: it comes first.
    await anyio.sleep(_OTHERS_FIRST)
    _discard_typed_ahead(answers)
    if sys.platform == "win32":
        return False
    try:
        descriptor = os.open(os.ttyname(answers.fileno()), os.O_WRONLY | os.O_NOCTTY)
        with os.fdopen(descriptor, "w", encoding="utf-8") as terminal:
            Stream(terminal).write(question)
    except OSError:
        return False
    return True


_OTHERS_FIRST = 0.1


def _discard_typed_ahead(answers: "TextIO") -> None:
    """Drop what was typed before the question is shown, so that it answers nothing."""
    if sys.platform == "win32":
        return
    import termios  # noqa: PLC0415 - POSIX only

    with suppress(termios.error):
        termios.tcflush(answers.fileno(), termios.TCIFLUSH)


async def _read_line(answers: "TextIO") -> str:
    """Wait for one line; it is empty where there is none, as after Ctrl-D.

    No thread is left waiting for a key when the run is cancelled.
    """
    import anyio  # noqa: PLC0415 - as above

    await anyio.wait_readable(answers.fileno())
    try:
        line = answers.readline()
    except (OSError, UnicodeDecodeError):
        line = ""
    if not line and _is_gone(answers):  # SIGHUP will cancel this
        await anyio.sleep(HANGUP_SECONDS)
    return line


def _is_gone(answers: "TextIO") -> bool:
    """Whether the terminal was closed; if not, an empty line was Ctrl-D (termios(3), EIO)."""
    if sys.platform == "win32":
        return False
    import termios  # noqa: PLC0415 - POSIX only

    try:
        termios.tcgetattr(answers.fileno())
    except termios.error:
        return True
    return False
