"""The eyes of a run: shows its events and asks its questions, for people or for scripts; decides nothing."""

import os
import sys
from typing import Protocol, TextIO

from release_async.events import Event
from release_async.render.stream import Stream


class Renderer(Protocol):
    """Shows one run."""

    @property
    def can_ask(self) -> bool:
        """Whether there is a person to answer; where not, every question is answered No."""

    def show(self, event: Event) -> None:
        """Show one event. A stream that breaks (a closed terminal, a full disk) is no error."""

    async def ask(self, question: str) -> bool:
        """Ask a question whose safe answer is No; only a typed ``y`` or ``yes`` is a Yes."""

    def close(self) -> None:
        """Leave the terminal as it was; to be called however the run ended."""


def choose(
    output: str,
    *,
    verbose: bool = False,
    stdin: TextIO | None = None,
    stdout: TextIO | None = None,
) -> Renderer:
    """Open the eyes that fit; only what is needed is imported.

    Args:
        output: ``rich``, ``plain``, ``json``, or ``auto``: rich on a terminal that can, plain elsewhere.
        verbose: Whether the output of children and every single effect are shown too.
        stdin: Where answers come from; our own standard input where not given.
        stdout: Where everything goes; our own standard output where not given.

    Raises:
        ValueError: ``output`` is none of the four.
    """
    stream, answers = Stream(stdout or sys.stdout), stdin or sys.stdin
    match _capable(stream) if output == "auto" else output:
        case "rich":
            from release_async.render.terminal import Terminal, console_on  # noqa: PLC0415 - rich is slow to import

            return Terminal(console_on(stream), answers, verbose=verbose)
        case "plain":
            from release_async.render.plain import Plain  # noqa: PLC0415 - as above

            return Plain(stream, answers, verbose=verbose)
        case "json":
            from release_async.render.json_lines import JsonLines  # noqa: PLC0415 - as above

            return JsonLines(stream)
    raise ValueError(f"no output is called {output!r}")


def _capable(stream: Stream) -> str:
    moves = stream.isatty() and os.environ.get("TERM", "") not in {"", "dumb", "unknown"}
    return "rich" if moves and stream.is_utf8 else "plain"
