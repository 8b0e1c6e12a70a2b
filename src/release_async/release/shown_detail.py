"""What a person is shown of others' words: an excerpt, with all of it in a log. It decides nothing else."""

from release_async.base.excerpt import excerpt
from release_async.process.log_files import LogFiles

SHOWN = 8
"""Lines that are shown on a screen, so that a longer text is kept in a log."""


def shown(detail: str, source: str, logs: LogFiles) -> str:
    """An excerpt of a detail, and below it where the whole text is, where that is worth a line.

    Args:
        detail: What another program wrote; the path of its log can stand at the end.
        source: The check or step it belongs to, and so the name of the log.
        logs: The logs of this run.
    """
    short = excerpt(detail)
    if short == detail and len(detail.splitlines()) <= SHOWN:
        return detail
    if logs.is_named_in(detail):
        return short
    write = logs.sink(source)
    for line in detail.splitlines():
        write(line)
    return "\n".join(filter(None, (short, logs.output_hint(source))))
