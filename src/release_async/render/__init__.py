"""Renderers: show the events of a run and ask its questions, to people or scripts. They decide nothing."""

import os
import sys

from release_async.base.lazy_typing import TYPE_CHECKING, Protocol
from release_async.plan.events import Event
from release_async.render.glyphs import ASCII, UNICODE
from release_async.render.output_mode import OutputMode
from release_async.render.output_stream import Stream
from release_async.render.terminal_prompt import answering_terminal

if TYPE_CHECKING:
    from typing import TextIO


class Renderer(Protocol):
    """Shows one run."""

    @property
    def can_ask(self) -> bool:
        """Whether a person can answer, also where they do not see the output; if not, the answer is No."""

    def show(self, event: Event) -> None:
        """Show one event. A broken stream (a closed terminal, a full disk) is no error."""

    async def ask(self, question: str) -> bool:
        """Ask a question; only a typed ``y`` or ``yes`` is a Yes."""

    async def ask_line(self, question: str) -> str:
        """Ask for a line of text, and return it without its blanks; empty if nobody can answer.

        Args:
            question: Lines of text; the answer is typed behind the last.
        """

    def close(self) -> None:
        """Restore the terminal; to be called however the run ended."""


def create_renderer(
    output: str,
    *,
    verbose: bool = False,
    stdin: "TextIO | None" = None,
    stdout: "TextIO | None" = None,
) -> Renderer:
    """Make the renderer for an output; only what it needs is imported.

    Args:
        output: ``rich``, ``plain``, ``json``, or ``auto``: rich on a terminal that can move its cursor, plain
            elsewhere; in GitHub Actions, plain lines with workflow commands.
        verbose: Whether the output of children and every single effect are shown too.
        stdin: Where answers come from; by default the terminal that a person can be asked on.
        stdout: Where everything goes; our own standard output by default.

    Raises:
        ValueError: ``output`` is none of the four.
    """
    stream, answers = Stream(stdout or sys.stdout), stdin or answering_terminal(sys.stdin, os.environ)
    mode = OutputMode(verbose=verbose, glyphs=UNICODE if stream.is_unicode else ASCII)
    match _detect(stream) if output == "auto" else output:
        case "rich":
            from release_async.render import terminal  # noqa: PLC0415 - rich is slow to import

            return terminal.Terminal(terminal.console_on(stream), answers, mode)
        case "actions":
            from release_async.render.github_actions import GitHubActions  # noqa: PLC0415 - as above

            return GitHubActions(stream, answers, mode)
        case "plain":
            from release_async.render.plain import PlainText  # noqa: PLC0415 - as above

            return PlainText(stream, answers, mode)
        case "json":
            from release_async.render.json_lines import JsonLines  # noqa: PLC0415 - as above

            return JsonLines(stream, answers)
    raise ValueError(f"no output is called {output!r}")


def _detect(stream: Stream) -> str:
    if stream.isatty():
        return "plain" if os.environ.get("TERM", "") in {"", "dumb", "unknown"} else "rich"
    return "actions" if os.environ.get("GITHUB_ACTIONS") == "true" else "plain"
