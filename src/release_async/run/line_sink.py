"""What is told each line that a child says: the line is shown, and written down."""

from release_async.plan.events import Emit, OutputLine
from release_async.process.child_output import LineSink
from release_async.process.log_files import LogFiles


def line_sinks(emit: Emit, logs: LogFiles, *sources: str) -> list[LineSink]:
    """As ``line_sink``, for several children."""
    return [line_sink(source, emit, logs) for source in sources]


def line_sink(source: str, emit: Emit, logs: LogFiles) -> LineSink:
    """Make a sink for the lines of one child.

    Args:
        source: What the child works for: a check, a step, ``build`` or ``upload``.
        emit: Where events go.
        logs: Where the lines are kept in full.
    """
    write = logs.sink(source)

    def hear(line: str) -> None:
        write(line)
        emit(OutputLine(source, line))

    return hear
