"""Makes lines of text for a console: with characters that it can show, and no wider than it is."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from release_async.base.printable_text import printable
from release_async.base.problems import Level, Problem
from release_async.plan.events import Outcome
from release_async.render import messages, unbroken_commands
from release_async.render.check_results import Finding
from release_async.render.glyphs import TO_ASCII, UNICODE, Glyphs

_WIDEST = 100  # columns: wider lines are hard to read
_ECHO = 4  # columns left free: the echo of ``^C`` must not wrap the last line of the live region
_NARROW = 70  # columns: on what is narrower lines are broken, and none is left empty
_CLOSER = 4  # columns before a command that would not fit into its line where it would else begin
_NARROWEST = 30  # columns: with less room beside something else, text goes below it
STYLES = {
    Outcome.PASSED: "green",
    Outcome.WARNED: "yellow",
    Outcome.ASKED: "yellow",
    Outcome.REFUSED: "bold red",
    Outcome.BROKEN: "bold red",
    Outcome.FAILED: "bold red",
    Outcome.SKIPPED: "dim",
    Outcome.WAITING: "yellow",
    Outcome.NOT_RUN: "dim",
}
_LEVELS = {Level.REFUSE: "red", Level.ASK: "yellow", Level.WARN: "yellow"}


class LineWriter:
    """Writes with one set of characters, for one console.

    Attributes:
        console: Where the lines will be printed.
        glyphs: The characters to draw with.
        verbose: Whether nothing of others' words is left out.
    """

    def __init__(self, console: Console, glyphs: Glyphs = UNICODE, *, verbose: bool = False) -> None:
        self.console = console
        self.glyphs = glyphs
        self.verbose = verbose

    @property
    def width(self) -> int:
        """The maximum width of a line, in columns."""
        return max(1, min(self.console.width - _ECHO, _WIDEST))

    @property
    def gap(self) -> list[Text]:
        """An empty line, where the screen has room for it."""
        return [Text()] if self.console.width >= _NARROW else []

    def write(self, said: str, style: str = "") -> Text:
        """One line of text, without control characters."""
        shown = printable(said)
        if self.glyphs is not UNICODE:
            shown = shown.translate(TO_ASCII)
            shown = shown.encode(self.console.encoding, "backslashreplace").decode(self.console.encoding)
        return Text(shown, style=style)

    def mark(self, outcome: Outcome) -> Text:
        """The character for this outcome, in its colour."""
        return Text(self.glyphs.mark(outcome), style=STYLES[outcome])

    def cropped(self, line: Text, width: int = 0) -> Text:
        """The line, cut at the width of the screen, or at ``width``."""
        room = width or self.width
        if line.cell_len > room:
            line = line.copy()
            line.truncate(max(0, room - len(self.glyphs.ellipsis)))
            line.append(self.glyphs.ellipsis, style="dim")
        return line

    def beside(self, head: Text, body: Text) -> Iterator[Text]:
        """``body`` after ``head``, in as many lines as it takes; below it where there is no room.

        A command in it is not broken: the terminal does that where it is too long, and copies it whole.
        """
        room = self.width - head.cell_len
        if body.cell_len > room and room < _NARROWEST:
            yield Text(head.plain.rstrip(), style=head.style, spans=head.spans)
            head = Text(" " * messages.INDENT)
            room = self.width - messages.INDENT
        for number, line in enumerate(self._broken(body, max(1, room)) or [Text()]):
            line.rstrip()
            before = Text(" " * self._left_of(line, head.cell_len))
            if not number and before.cell_len < head.cell_len:
                yield Text(head.plain.rstrip(), style=head.style, spans=head.spans)
            elif not number:
                before = head
            yield Text.assemble(before, line)

    def _left_of(self, line: Text, usual: int) -> int:
        """The columns before a line; fewer where a command would else be broken by the end of the screen."""
        free = self.console.width - line.cell_len
        return usual if free >= usual or free < _CLOSER else _CLOSER

    def _broken(self, body: Text, room: int) -> list[Text]:
        """The lines of a styled text: between words and, without a command, in words that are too long."""
        held = unbroken_commands.held(body.plain)
        if held == body.plain or body.cell_len <= room:
            return list(body.wrap(self.console, room, overflow="fold"))
        kept = body.copy()
        kept.plain = held  # as long, so that the styles stay where they are
        lines = list(kept.wrap(self.console, room, overflow="ignore"))
        for line in lines:
            line.plain = unbroken_commands.shown(line.plain)
        return lines

    def indented(self, line: Text, columns: int) -> Iterator[Text]:
        """``line`` indented, in as many lines as it takes."""
        return self.beside(Text(" " * columns), line)

    def headline(self, said: str) -> Iterator[Text]:
        """What the lines below it are about."""
        return self.indented(self.write(said, "bold"), 0)

    def cure(self, cure: str, columns: int) -> Iterator[Text]:
        """What to do, after an arrow; no command is broken, so that it can be copied."""
        arrow = Text.assemble(" " * columns, (f"{self.glyphs.arrow} ", "cyan"))
        for told in cure.splitlines():
            room = max(1, self.width - arrow.cell_len)
            for number, line in enumerate(unbroken_commands.wrapped(told, room)):
                text = self.write(line)
                before = Text(" " * self._left_of(text, arrow.cell_len)) if number else arrow
                yield Text.assemble(before, text)

    def quoted(self, detail: str, columns: int, most: int = messages.MOST_DETAIL) -> Iterator[Text]:
        """Text of others, broken only between words, so that it can be copied; ``most`` lines of theirs."""
        for line in messages.detail_lines(detail, verbose=self.verbose, most=most):
            yield from self.behind_quote(" " * columns, line)

    def behind_quote(self, head: str, line: str) -> Iterator[Text]:
        """One line of others behind a head, which has made it too wide where it filled the screen."""
        head = f"{head}{self.glyphs.quote} "
        for told in messages.narrowed(printable(line), max(_NARROWEST, self.console.width - len(head))):
            yield self.write(f"{head}{told}", "dim")

    def finding(self, found: Finding) -> Iterator[Text]:
        """A problem behind the names of those that met it, what to do, and what helps to find the cause."""
        head = Text.assemble("  ", self.mark(found.outcome), " ")
        text = self.write(messages.problem_text(found.problem), _LEVELS[found.problem.level])
        titles = self.write(", ".join(found.titles), "bold")
        yield from self.beside(head, Text.assemble(titles, "  ", text))
        yield from self.cure(found.problem.cure, head.cell_len)
        is_asked = found.outcome is Outcome.ASKED
        most = messages.MOST_BESIDE_A_QUESTION if is_asked else messages.MOST_DETAIL
        yield from self.quoted(found.problem.detail, head.cell_len, most)

    def problem(self, problem: Problem) -> Iterator[Text]:
        """What is wrong, what to do, and details that help to find the cause."""
        text = self.write(messages.problem_text(problem), _LEVELS[problem.level])
        yield from self.indented(text, messages.INDENT)
        yield from self.cure(problem.cure, messages.INDENT)
        yield from self.quoted(problem.detail, messages.INDENT)
