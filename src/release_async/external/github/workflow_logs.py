"""The end of what a job of a workflow has said before it failed. It judges none of it.

GitHub masks what it knows to be secret. What else looks like a secret is left out here, a line at a time.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from release_async.base.excerpt import LONGEST_LINE
from release_async.base.printable_text import printable, without_workflow_commands
from release_async.external.github.gh_api import Forge
from release_async.external.github.workflow_runs import Job
from release_async.guard import token_patterns

MOST_BYTES = 512 * 1024
"""Bytes that are kept of a log: its beginning and its end."""
LINES = 10
"""Lines that are shown of it."""

_LINE = re.compile(r"\ufeff?(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\S* (?P<said>.*)")
_ERROR = "##[error]"
_MARK = re.compile(r"##\[(?:group|endgroup|command|error|warning|debug|notice)\]")
_COLOUR = re.compile(r"\^\[\[[0-9;]*m")
"""A colour, as gh writes it: control characters of a text it shows in caret notation, into a pipe as well."""
_LEFT_OUT = "[a line that holds a secret is left out]"


async def failing_lines(forge: Forge, job: Job) -> tuple[str, ...]:
    """The last lines that a job said in the step that failed.

    Args:
        forge: The repository.
        job: A job that has ended.

    Returns:
        Printable lines, the last of them the error; none where the log is gone.

    Raises:
        FailedError: GitHub did not answer, or not usably.
    """
    text = await forge.text(f"actions/jobs/{job.number}/logs", MOST_BYTES)
    lines = _up_to_the_error(tuple(_of_step(text.splitlines(), job.span)))
    return _shown([_COLOUR.sub("", _MARK.sub("", line)) for line in lines])[-LINES:]


def _of_step(lines: Sequence[str], span: tuple[str, str]) -> Iterator[str]:
    """What was said in the time of a step; all of it where the times tell nothing.

    A log has the lines of all steps. The times of a step are whole seconds, those of its lines are not.
    """
    read = [(match["time"], match["said"]) for line in lines if (match := _LINE.match(line))]
    first, last = map(_moment, span)
    within = [said for time, said in read if first <= _moment(time) <= last] if first and last else []
    yield from within or (said for _, said in read)


def _moment(time: str) -> float:
    """Seconds since the epoch; 0 where it is no time."""
    try:
        return datetime.fromisoformat(time[:19]).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def _up_to_the_error(lines: Sequence[str]) -> Sequence[str]:
    """The lines without what came behind the last error: the clean-up of a job says more than its failure."""
    at = max((number for number, line in enumerate(lines) if _ERROR in line), default=len(lines))
    return lines[: at + 1]


def _shown(lines: Sequence[str]) -> tuple[str, ...]:
    """The lines as they may be shown: printable, of a bounded length, and without secrets."""
    text = "\n".join(lines).encode("utf-8", "replace")
    secret = token_patterns.lines_with_secrets(text)
    shown = (
        _LEFT_OUT if number in secret else without_workflow_commands(printable(line))[:LONGEST_LINE]
        for number, line in enumerate(lines, 1)
    )
    return tuple(line.rstrip() for line in shown if line.strip())
