"""Plain lines for GitHub Actions, with folded groups, annotations of files, and a job summary.

Text of others stays text: none of it becomes a workflow command, or markup in the summary.
"""

import html
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TextIO

from release_async.base.github_workflow_commands import command
from release_async.base.printable_text import printable
from release_async.base.problems import Level, Problem
from release_async.plan import events
from release_async.plan.events import Event, Outcome
from release_async.render import check_results, durations, messages
from release_async.render.glyphs import UNICODE
from release_async.render.output_mode import OutputMode
from release_async.render.output_stream import Stream
from release_async.render.plain import PlainText, timeline_lines
from release_async.render.run_history import RunHistory, Task
from release_async.render.timeline import timeline

_KINDS = {Level.REFUSE: "error", Level.ASK: "error", Level.WARN: "warning"}
_PLACE = re.compile(r"(?P<file>[^\s:][^:]*):(?P<line>[0-9]+)")
_MARKUP = re.compile(r"([\\`*_\[\]|~$])")


class GitHubActions:
    """Shows a run in the log and the summary of a job."""

    can_ask = False

    def __init__(self, stream: Stream, answers: TextIO | None, mode: OutputMode | None = None) -> None:
        self._stream = stream
        mode = (mode or OutputMode())._replace(folded=True)
        self._plain = PlainText(stream, answers, mode)
        self._history = RunHistory(mode.clock)
        self._grouped = False
        self._checks: events.ChecksFinished | None = None

    def close(self) -> None:
        """Flush the stream; for checks without a release, write the summary."""
        self._end_group()
        if self._checks:
            self._write_page(f"## {_text(self._summary())}\n")
        self._plain.close()

    def _summary(self) -> str:
        return check_results.summary("check", list(self._history.checks.values()), self._history.clock())

    async def ask(self, question: str) -> bool:
        """Print that the answer is No."""
        self._end_group()
        return await self._plain.ask(question)

    async def ask_line(self, question: str) -> str:
        """Nobody types a line: it is empty."""
        return await self._plain.ask_line(question)

    def show(self, event: Event) -> None:
        """Show one event."""
        self._history.record(event)
        match event:
            case events.PlanMade(plan):
                self._group(f"Plan: {messages.headline(plan)}")
            case events.ChecksStarted():
                self._group("Checks")
            case events.StepStarted() if not self._grouped:
                self._group("Release")
            case events.ChecksFinished() | events.Released() | events.Failed() | events.Waits():
                self._end_group()
        self._plain.show(event)
        match event:
            case events.PlanMade():
                self._end_group()
            case events.ChecksFinished():
                self._checks = event
                self._mark_problems()
            case events.Released():
                self._write_page(*_success(event))
            case events.Waits() if not event.stays:
                self._write_page(f"## {_text(messages.waits_headline(event))}\n", *_waiting(event))
            case events.Failed():
                lines = [printable(line) for line in (*event.what.splitlines(), *event.cure.splitlines())]
                self._command(command("error", lines, {"title": "release-async"}))
                self._write_page(*_failure(event))

    def _group(self, title: str) -> None:
        self._end_group()
        self._command(command("group", [title]))
        self._grouped = True

    def _end_group(self) -> None:
        if self._grouped:
            self._command(command("endgroup", []))
        self._grouped = False

    def _command(self, line: str) -> None:
        self._stream.write(f"{line}\n")
        self._stream.flush()

    def _mark_problems(self) -> None:
        for task in self._history.checks.values():
            for problem in task.problems:
                self._command(_annotation(task.title, problem))

    def _write_page(self, *heading: str) -> None:
        """Add the run to the job summary."""
        self._checks = None
        times = timeline(self._history) if self._history.steps else None
        tables = (
            _table("Checks", self._history.checks.values()),
            _table("Release", self._history.steps.values()),
        )
        _append("\n".join((*heading, *chain(*tables), *(_block(timeline_lines(times)) if times else ()))))


def _annotation(title: str, problem: Problem) -> str:
    """The workflow command that annotates the line of a problem, or the whole run."""
    lines = [messages.problem_text(problem), *map(printable, problem.cure.splitlines())]
    place = _PLACE.fullmatch(problem.where)
    where = {name: printable(value) for name, value in place.groupdict().items()} if place else {}
    return command(_KINDS[problem.level], lines, where | {"title": printable(title)})


def _append(page: str) -> None:
    """Add to the job summary, if there is one; an error there does not end the release."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        with suppress(OSError), Path(path).open("a", encoding="utf-8", errors="backslashreplace") as summary:
            summary.write(f"\n{page}\n")


def _success(event: events.Released) -> Iterator[str]:
    """A successful end, in Markdown."""
    yield f"## {_text(messages.released_headline(event))}\n"
    yield from (f"- {_text(label)}: {_code(fact)}" for label, fact in event.facts)


def _waiting(event: events.Waits) -> Iterator[str]:
    """What is waited for, in Markdown."""
    yield from (f"- {_text(label)} {_code(text)}" for label, text in messages.waits_rows(event))


def _failure(event: events.Failed) -> Iterator[str]:
    """What happened, what to do, and how far the release got, in Markdown."""
    yield f"## {_text(' '.join(event.what.splitlines()))}\n"
    yield from (f"{_code(line)}\n" for line in event.cure.splitlines())
    for title, entries in (*messages.failure_lists(event), (messages.BY_HAND, event.manual)):
        if entries:
            yield f"**{title}**\n"
            yield from (f"- {_code(entry)}" for entry in entries)
            yield ""
    if event.detail:
        yield from _block(event.detail.splitlines())


def _table(title: str, tasks: Iterable[Task]) -> Iterator[str]:
    ended = [(task, task.outcome) for task in tasks if task.outcome is not None]
    if not ended:
        return
    yield f"\n| {title} | | time | |"
    yield "|---|---|---:|---|"
    for task, outcome in ended:
        time = "" if outcome in messages.IDLE or task.seconds is None else durations.duration(task.seconds)
        said = [task.note, *(f"{messages.problem_text(each)}: {each.cure}" for each in task.problems)]
        mark = UNICODE.mark(outcome) if outcome not in {Outcome.WARNED, Outcome.ASKED} else str(outcome)
        yield f"| {_text(task.title)} | {_text(mark)} | {time} | {_text('; '.join(filter(None, said)))} |"


def _block(lines: Iterable[str]) -> Iterator[str]:
    """Lines as they are; as HTML, since no fence is longer than every run of backticks."""
    yield "\n<pre>"
    yield from (html.escape(printable(line), quote=False) or " " for line in lines)
    yield "</pre>\n"


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"


def _text(text: str) -> str:
    """Text escaped against markup, HTML, and the end of a table cell."""
    return _MARKUP.sub(r"\\\1", html.escape(printable(text), quote=False))
