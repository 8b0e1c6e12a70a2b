"""Waits for a person's Yes on a terminal, and can be cancelled at any moment; it prints nothing."""

import sys
from contextlib import suppress
from typing import TextIO

HANGUP_SECONDS = 5.0
"""How long after a terminal is gone SIGHUP may still arrive."""


def discard_typed_ahead(answers: TextIO) -> None:
    """Drop what was typed before the question is shown, so that it answers nothing."""
    if sys.platform == "win32":
        return
    import termios  # noqa: PLC0415 - POSIX only

    with suppress(termios.error):
        termios.tcflush(answers.fileno(), termios.TCIFLUSH)


async def read_yes(answers: TextIO) -> bool:
    """Wait for one line; return whether it is ``y`` or ``yes``.

    No thread is left waiting for a key when the run is cancelled.
    """
    import anyio  # noqa: PLC0415 - slow to import, and commands that ask nothing do without

    await anyio.wait_readable(answers.fileno())
    try:
        line = answers.readline()
    except OSError:
        line = ""
    if not line and _is_gone(answers):  # SIGHUP will cancel this
        await anyio.sleep(HANGUP_SECONDS)
    return line.strip().casefold() in {"y", "yes"}


def _is_gone(answers: TextIO) -> bool:
    """Whether the terminal was closed; if not, an empty line was Ctrl-D (termios(3), EIO)."""
    if sys.platform == "win32":
        return False
    import termios  # noqa: PLC0415 - POSIX only

    try:
        termios.tcgetattr(answers.fileno())
    except termios.error:
        return True
    return False
