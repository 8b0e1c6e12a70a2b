"""Waits for a person's Yes on a terminal, cancellable at any moment; it prints nothing."""

import sys
from contextlib import suppress
from typing import TextIO

HANGUP_SECONDS = 5.0
"""How long SIGHUP may come after a terminal is gone."""


def forget_typed_ahead(answers: TextIO) -> None:
    """Drop what was typed before the question is shown: a key pressed out of impatience answers nothing."""
    if sys.platform == "win32":
        return
    import termios  # noqa: PLC0415 - POSIX only

    with suppress(termios.error):
        termios.tcflush(answers.fileno(), termios.TCIFLUSH)


async def said_yes(answers: TextIO) -> bool:
    """Wait for one line and tell whether it is ``y`` or ``yes``.

    There is no thread to be left waiting for a key when the run is cancelled.
    """
    import anyio  # noqa: PLC0415 - most commands ask nothing, and need not wait for it

    await anyio.wait_readable(answers.fileno())
    try:
        line = answers.readline()
    except OSError:
        line = ""
    if not line and _is_gone(answers):  # the signal that says so is what counts, and cancels this
        await anyio.sleep(HANGUP_SECONDS)
    return line.strip().casefold() in {"y", "yes"}


def _is_gone(answers: TextIO) -> bool:
    """Whether a terminal was closed; where it is still there, a person has typed Ctrl-D (termios(3), EIO)."""
    if sys.platform == "win32":
        return False
    import termios  # noqa: PLC0415 - POSIX only

    try:
        termios.tcgetattr(answers.fileno())
    except termios.error:
        return True
    return False
