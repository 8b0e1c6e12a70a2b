"""Waits for a person's Yes on a terminal, cancellable at any moment; it prints nothing."""

import sys
from contextlib import suppress
from typing import TextIO

import anyio


async def said_yes(answers: TextIO) -> bool:
    """Wait for one line and tell whether it is ``y`` or ``yes``.

    What was typed before the question was shown does not answer it. There is no thread to be left waiting
    for a key when the run is cancelled.
    """
    _forget_typed_ahead(answers)
    await anyio.wait_readable(answers.fileno())
    return answers.readline().strip().casefold() in {"y", "yes"}


def _forget_typed_ahead(answers: TextIO) -> None:
    if sys.platform == "win32":
        return
    import termios  # noqa: PLC0415 - POSIX only

    with suppress(termios.error):
        termios.tcflush(answers.fileno(), termios.TCIFLUSH)
