"""The words and rows that the plain and the terminal renderer share; each lays them out in its own way."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, takewhile

from release_async.base.lazy_typing import TYPE_CHECKING, NamedTuple
from release_async.base.printable_text import printable
from release_async.base.problems import Problem
from release_async.plan.events import (
    Bumped,
    Failed,
    LastTag,
    NextVersion,
    Outcome,
    PlanMade,
    Proposed,
    Released,
    Stands,
    Stopping,
    VersionsFound,
    Waits,
)
from release_async.render import unbroken_commands
from release_async.render.durations import duration
from release_async.render.run_history import Part
from release_async.render.timeline import Timeline
from release_async.versions.distribution import Distribution, Role, Site
from release_async.versions.pep440 import Pep440, parse

if TYPE_CHECKING:  # as in `events`
    from release_async.plan.plan import Package, Plan
    from release_async.versions.version_edits import Edit, EditedLine

Row = tuple[str, str]
"""A label, empty where it repeats the one above, and a text."""


def headline(plan: "Plan") -> str:
    """The release in one line."""
    return ", ".join(map(_change, plan.packages))


def _change(package: "Package") -> str:
    before = f"{package.current} → " if package.edits or (package.version_tag and package.current) else ""
    return f"{printable(package.name)} {before}{package.version}"


PIVOT = "point of no return: what is public stays public"
SECOND_PIVOT = "the GitHub release cannot be taken back either"

INDENT = 6
"""Columns of indentation below the title of a check or step."""


class Difference(NamedTuple):
    """One line of a file that changes, old and new, in pieces.

    Attributes:
        place: The file and the line.
        before: The pieces of the old line, in order, and whether each is a token that changes.
        after: The same for the new line.
    """

    place: str
    before: tuple[tuple[str, bool], ...]
    after: tuple[tuple[str, bool], ...]

    @property
    def adds(self) -> bool:
        """Whether the line is new."""
        return not any(text for text, _ in self.before)

    @property
    def pairs(self) -> Iterator[tuple[tuple[str, bool], tuple[str, bool]]]:
        """Each piece of the old line, and that of the new one."""
        return zip(self.before, self.after, strict=True)


def differences(lines: "Iterable[EditedLine]") -> Iterator[Difference]:
    """The lines of a plan, each once however many of its tokens change; without their indentation."""
    for (path, number, text), tokens in groupby(lines, lambda line: (line.path, line.line, line.text)):
        begin = len(text) - len(text.lstrip())
        before, after = [], []
        for token in tokens:
            same = _same(token.old, token.new)
            stays = text[begin : token.column] + token.old[:same], False
            before += [stays, (token.old[same:], True)]
            after += [stays, (token.new[same:], True)]
            begin = token.column + len(token.old)
        end = text[begin:], False
        yield Difference(printable(f"{path}:{number}"), (*before, end), (*after, end))


def _same(old: str, new: str) -> int:
    """With how many characters both begin, as an address does; no word is broken for that, and no version."""
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    return max(map(old[:same].rfind, "/ ")) + 1


class Change(NamedTuple):
    """One line of a file that changes, in pieces: a text that stays, or the old and the new token."""

    place: str
    pieces: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The line, each token that changes with an arrow."""
        return "".join((f"{old} → {new}" if old else f"+ {new}") if new else old for old, new in self.pieces)


def changes(event: PlanMade, *, most: int) -> tuple[list[Change], int]:
    """What a plan changes, each line once.

    Args:
        event: The plan.
        most: How many are wanted.

    Returns:
        As many as are wanted, and how many more there are.
    """
    found = [
        Change(each.place, tuple((old, new if changes else "") for (old, changes), (new, _) in each.pairs))
        for each in differences(event.lines)
    ]
    if not event.lines:
        found = [
            Change(printable(f"{edit.path}:{edit.line}"), ((edit.old, edit.new),))
            for edit in event.plan.edits
        ]
    if len(found) <= most:
        return found, 0
    titles = _titles(event, found)[: most // 2]
    others = [each for each in found if each not in titles][: most - 1 - len(titles)]
    return [each for each in found if each in others or each in titles], len(found) - most + 1


def _titles(event: PlanMade, found: Sequence[Change]) -> list[Change]:
    """The line of each changelog that becomes the heading of the version, which nothing else tells of."""
    titles = []
    for package in event.plan.packages:
        place = printable(f"{package.changelog}:")
        ours = [each for each in found if package.changelog_changes and each.place.startswith(place)]
        titles += [each for each in ours if package.version in each.text][:1]
    return titles


MOST_CHANGES = 6
"""How many changed lines a plan shows that has to leave room for the checks and the question."""


def brief_rows(event: PlanMade) -> Iterator[Row]:
    """What a release does, in a few lines; if no line changes, why."""
    if not (event.lines or event.plan.edits):
        yield from edit_rows((), event.plan)
    for stage in event.stages:
        for number, text in enumerate(stage.brief):
            yield "" if number else stage.name, printable(text)


def next_attempt(part: Part, now: float) -> str:
    """The number of the next attempt, and when it comes."""
    left = math.ceil(part.retry_at - now)
    return f"attempt {part.attempt} in {left} s" if left > 0 else f"attempt {part.attempt}"


def at_the_most(left: float) -> str:
    """For how long something is tried again, after what is said of it.

    Args:
        left: Seconds; no more than 0 where nothing is known of that.
    """
    if left <= 0:
        return ""
    return (
        f", for {math.ceil(left)} s at the most"
        if left < _MINUTES
        else f", for {math.ceil(left / 60)} min at the most"
    )


_MINUTES = 100.0
"""Seconds from which on minutes are precise enough."""


def timeline_notes(took: Timeline, bar: str) -> Iterator[str]:
    """What the bars mean, and how much time it saved to run the checks at once.

    The sum is called "added up", not "one after another": side by side the checks slow each other down, so
    one after another they would have taken less.
    """
    if took.others:
        yield f"{took.others} more took {duration(took.longest_other)} at most"
    yield f"{bar * 2} decided how long it took"
    if took.alone - took.checks >= _MIN_SAVING:
        yield f"the checks took {duration(took.checks)} at once; added up, {duration(took.alone)}"


_MIN_SAVING = 0.1


def edit_rows(edits: "tuple[Edit, ...]", plan: "Plan | None" = None) -> Iterator[Row]:
    """Every version that changes, under one label; if none does, why: of a plan, or else of a bump."""
    if not edits and not (plan and plan.publishes_given):
        yield "edits", f"none: {_why_none(plan)}"
    places = [printable(f"{edit.path}:{edit.line}") for edit in edits]
    width = max(map(len, places), default=0)
    for number, (edit, place) in enumerate(zip(edits, places, strict=True)):
        yield "" if number else "edits", f"{place:{width}}  {edit.old} → {edit.new}"


def _why_none(plan: "Plan | None") -> str:
    if plan is None:
        return "every place states it already"
    stated = all(parse(each.current) == parse(each.version) for each in plan.packages)
    return f"HEAD states {plan.versions} already" if stated else "the version comes from the tag"


def next_lines(event: NextVersion) -> Iterator[str]:
    """The proposed version alone, for scripts; where it shall be explained, why."""
    yield event.version
    if event.explain:
        yield ""
        before = f"{event.current} → " if event.current not in {"", event.version} else ""
        yield printable(f"{event.name} {before}{event.version}: {event.why}")
        width = max((len(level) for _, level, _ in event.reasons), default=0)
        yield from (printable(f"  {level:{width}}  {where}  {text}") for where, level, text in event.reasons)


def bumped_headline(event: Bumped) -> str:
    """The result of an edit of the working tree."""
    return f"{printable(event.name)} is now {event.version} in the working tree, not committed"


def proposed_headline(event: Proposed) -> str:
    """Which project is adopted."""
    return f"{event.purpose} {printable(event.name)}"


def proposed_rows(event: Proposed) -> Iterator[Row]:
    """What was found in the project."""
    for label, text in event.facts:
        yield label, printable(text)


def proposed_lines(event: Proposed, *, verbose: bool) -> Iterator[str]:
    """What would be written, file by file: the few lines that matter, and last the template of ``.env``.

    Where something changes in a file of the person's, its beginning at least is shown.

    Args:
        event: What is proposed.
        verbose: Whether all lines are shown, however many.
    """
    room = len(event.files) * 1000 if verbose else _MOST_PROPOSED
    for path, new, diff in sorted(event.files, key=lambda file: file.path.endswith(_TEMPLATE)):
        lines = diff.splitlines()[new:]  # of a new file all of it is one hunk
        title = printable(path) + (" (new)" if new else "")
        lines = lines if verbose else [line for line in lines if not line.startswith("@@")]
        added = sum(line.startswith("+") for line in lines)
        if path.endswith(_IGNORED) and not verbose:
            yield f"{title}: + {', '.join(printable(line[1:]) for line in lines if line.startswith('+'))}"
        elif len(lines) < room or not new:
            yield title
            shown = lines if len(lines) <= max(room, _FEWEST_PROPOSED) else lines[:_FEWEST_PROPOSED]
            yield from (f"  {printable(line)}" for line in shown)
            if len(lines) > len(shown):
                yield f"  and {len(lines) - len(shown)} more lines: -v shows them"
            room -= len(shown)
        else:
            what = f"{added} line{'s' * (added != 1)}" + (" for .env" if path.endswith(_TEMPLATE) else "")
            yield f"{title}: {what}, shown by -v"
    if not event.files:
        yield "nothing has to be written"


_TEMPLATE = ".env.example"
_IGNORED = ".gitignore"
"""A file whose new lines say all, wherever they stand: they are told on one."""
_MOST_PROPOSED = 10
"""Changed lines that are shown before the question, which has to be on the same screen as the command."""
_FEWEST_PROPOSED = 5
"""Lines of a change that are shown of each file of the person's."""


def released_headline(event: Released) -> str:
    """How a successful run ended."""
    ended = "was rehearsed: nothing has left this machine" if event.rehearsed else "is released"
    if event.trial:
        ended = f"is on {printable(event.trial)}, as a trial"
    return f"{printable(event.name)} {event.version} {ended}"


IDLE = (Outcome.SKIPPED, Outcome.NOT_RUN)
"""Outcomes without a time to show."""


MOST_DETAIL = 8
"""Lines of somebody else's words that stay on a screen."""


MOST_BESIDE_A_QUESTION = 3
"""The same where a question follows, which names what failed and has to be on that screen too."""


def detail_lines(detail: str, *, verbose: bool, most: int = MOST_DETAIL) -> list[str]:
    """Somebody else's words: their end, where the reason stands, and how much was left out."""
    lines = detail.splitlines()
    left_out = 0 if verbose else len(lines) - most
    return lines if left_out <= 1 else [f"({left_out} lines more)", *lines[left_out:]]


def narrowed(line: str, room: int) -> list[str]:
    """One line of somebody else's words in as many lines as it takes; no word is broken.

    Programs fill their lines up to the width of the screen: a filling is shortened before a line is broken.

    Args:
        line: The line, without control characters.
        room: How many columns there are; a line with a longer word, such as a path, stays as it is.
    """
    from textwrap import wrap  # noqa: PLC0415 - most output quotes nobody

    over = len(line) - room
    filling = max(_FILLING.finditer(line), key=lambda found: len(found[0]), default=None)
    if over > 0 and filling:
        rest = max(_SHORTEST_FILLING, len(filling[0]) - over)
        line = f"{line[: filling.start()]}{filling[0][:rest]}{line[filling.end() :]}"
    if len(line) <= room or max(map(len, line.split()), default=0) > room:
        return [line]
    return wrap(line, room, break_on_hyphens=False) or [line]


_SHORTEST_FILLING = 3
_FILLING = re.compile(r"([.=_\-*#~])\1{4,}|(?<=\S) {5,}")


def problem_text(problem: Problem) -> str:
    """What is wrong, and where."""
    where = f"{printable(problem.where)}: " if problem.where else ""
    return where + printable(problem.what)


NO_PROJECT = "no Python project was found here: no pyproject.toml, setup.py or setup.cfg"


def distribution_headline(distribution: Distribution, tag: LastTag | None = None) -> str:
    """A distribution, its version, and whether its places agree."""
    name = printable(distribution.name or distribution.root) or "this project"
    from_tag = f"from the tag ({distribution.tag_tool})" if distribution.tag_tool else "unknown"
    version = distribution.version or from_tag
    if not distribution.agree:
        return f"{name}: its places do not agree"
    if tag and distribution.version is None:
        return f"{name} {_by_tag(tag)}"
    count = sum(site.counts for site in distribution.sites)
    return f"{name} {printable(version)}" + (f", the same in {count} places" if count > 1 else "")


def _by_tag(tag: LastTag) -> str:
    """The last tag, how far HEAD is from it, and what a build would be today."""
    tool = printable(tag.tool)
    if not tag.name:
        return f"from the tag ({tool}): no version tag at HEAD or before it"
    ago = f", {tag.distance} commit{'s' * (tag.distance != 1)} ago" if tag.distance else ", which is HEAD"
    today = f"; a build of HEAD is {tag.untagged}" if tag.distance and tag.untagged else ""
    if tag.distance and not tag.untagged:
        today = f"; what a build of HEAD is only {tool} can say"
    return f"{tag.version}, by the tag {printable(tag.name)} ({tool}){ago}{today}"


class SiteRow(NamedTuple):
    """One line of the table of places: whether it agrees, and the cells."""

    agrees: bool
    counts: bool
    place: str
    role: str
    written: str
    value: str
    note: str


ROLES = {role: role.value for role in Role} | {Role.MIRROR: "copy"}
"""What the table calls the role of a place."""


def site_rows(distribution: Distribution, *, explain: bool) -> Iterator[SiteRow]:
    """The places that state the version.

    Args:
        distribution: Whose places.
        explain: Whether places that need not agree are included, with the reason.
    """
    compared = distribution.compared
    expected = next((site.version for site in compared if site.version), None)
    for site in distribution.sites:
        if explain or site in compared or site.role is Role.OPAQUE:
            yield _site_row(site, expected, counts=site in compared)


def _site_row(site: Site, expected: Pep440 | None, *, counts: bool) -> SiteRow:
    written = printable(" ".join(site.text.split())) or "-"
    value = str(site.version) if site.version and counts else ""
    return SiteRow(
        agrees=not counts or (expected is not None and site.agrees(expected)),
        counts=counts,
        place=printable(f"{site.path}:{site.line}"),
        role=ROLES[site.role],
        written=written,
        value=f"= {value}" if value and value != written else "",
        note=", ".join(printable(part) for part in (site.key, site.note) if part),
    )


def passed_over_rows(event: VersionsFound) -> Iterator[Row]:
    """Each file that could be expected to state a version but does not, and why."""
    for path, reason in event.passed_over:
        yield printable(path), printable(reason)


def stopping(event: Stopping) -> str:
    """What is waited for after a signal, and how to wait no longer."""
    again = "Ctrl-C again" if event.signal == "SIGINT" else f"another {event.signal}"
    return f"Stopping after the {event.work} that has begun ({again} breaks it off)"


def note_lines(note: str, room: int) -> list[str]:
    """A note in as many lines as it takes; no command in it is broken, so that it can be copied.

    Args:
        note: A sentence; or a row of a table, two spaces between label and text, whose text is wrapped
            beside its label; or a command alone, which begins with two spaces and stays as it is.
        room: How many columns there are.
    """
    note = printable(note)
    if note.startswith("  "):
        return [note]
    row = _ROW.match(note)
    if row is None or room - len(row["head"]) < _NARROWEST:
        return unbroken_commands.wrapped(note, room)
    first, *others = unbroken_commands.wrapped(row["text"], room - len(row["head"]))
    return [f"{row['head']}{first}", *(f"{' ' * len(row['head'])}{line}" for line in others)]


_ROW = re.compile(r"(?P<head>\S.*? {2,})(?P<text>.+)")
_NARROWEST = 30
"""Columns: with less room beside a label, text goes below it."""


BY_HAND = "by hand, without release-async"


def failure_lists(event: Failed) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The state of a failed release: what is public or may be, and what is still to do.

    How to do that by hand is told by ``status``, for whoever wants to.
    """
    yield "already public", tuple(map(_public, event.public))
    yield "done or not, unknown", event.unknown
    yield "still to do", event.owed
    yield "until when", (event.deadline,) if event.deadline else ()


def _public(effect: str) -> str:
    """What others can see once an effect is done: the thing, not the deed."""
    return _DEED.sub(lambda deed: f"{deed['ref']} on {deed['remote']}" if deed["ref"] else "", effect)


_DEED = re.compile(r"^(?:upload |attach |push (?P<ref>.+) to (?P<remote>\S+)$)")


def beginning(entries: Sequence[str]) -> str:
    """The first of a list, in the order in which they are done, and how many follow: ``status`` tells all."""
    more = len(entries) - _MOST_ENTRIES
    shown = entries if more <= 1 else entries[:_MOST_ENTRIES]
    return ", ".join(shown) + (f" and {more} more" if more > 1 else "")


_MOST_ENTRIES = 3


def stands_headline(event: Stands) -> str:
    """Which release is unfinished, and since when."""
    return f"{printable(event.name)} {event.version} is unfinished, begun {event.begun}"


def waits_headline(event: Waits) -> str:
    """Which release waits, and for what."""
    return f"{printable(event.name)} {event.version} waits for {printable(event.what)}"


def waits_line(event: Waits) -> str:
    """What is waited for while a run stays, and for whom."""
    return printable("; ".join((event.what, *event.who)))


def waits_rows(event: Waits) -> Iterator[Row]:
    """Since when a release waits, where that is done, for whom, and what to type."""
    lists = (
        ("since", (event.since,) if event.since else ()),
        ("at", (event.address,) if event.address else ()),
        ("who", event.who),
        ("done", event.done),
        ("do", (event.command,) if event.command else ()),
    )
    yield from _rows(lists)


def stands_rows(event: Stands, *, verbose: bool) -> Iterator[Row]:
    """The state of an unfinished release, and what to type; in few rows but for the verbose.

    What has one cause, such as an index that does not answer, is told in one row with that cause.
    """
    lists = (
        ("done", event.done),
        ("still to do", event.owed),
        ("unknown", tuple(_by_cause(event.unknown))),
        ("conflict", tuple(_by_cause(event.conflicts))),
        ("until", (event.deadline,) if event.deadline else ()),
        ("running", (event.running,) if event.running else ()),
        ("do", (event.command,) if event.command else ()),
    )
    joined = () if verbose else ("done", "still to do")
    yield from _rows(
        (label, (", ".join(entries),) if entries and label in joined else entries) for label, entries in lists
    )


def _by_cause(entries: Iterable[str]) -> Iterator[str]:
    """Effects with their cause behind a colon: those that share one together."""
    causes: dict[str, list[str]] = {}
    for entry in entries:
        name, _, why = entry.partition(": ")
        causes.setdefault(why, []).append(name)
    for why, names in causes.items():
        yield f"{', '.join(names)}: {why}" if why else ", ".join(names)


ASK_FOR_COMMANDS = "by hand: release-async status -v shows the commands"
"""What stands for them where it is not known what is done, which has to be found out first."""


def stands_by_hand(event: Stands, *, verbose: bool) -> tuple[str, ...]:
    """What is typed without the tool; ``status`` tells it where a question follows here."""
    return event.manual if event.command or verbose else ()


def _rows(lists: Iterable[tuple[str, tuple[str, ...]]]) -> Iterator[Row]:
    for label, entries in lists:
        for number, entry in enumerate(entries):
            yield "" if number else label, printable(entry)
