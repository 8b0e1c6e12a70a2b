"""Proposes the next version, with the lines that decided; a person, or ``auto``, takes it or not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from release_async.base.errors import UsageError
from release_async.plan import changelog, changelog_headings, commit_messages, fragments
from release_async.plan.commit_messages import Commit, Level, Reason
from release_async.versions.bump import Part, bump
from release_async.versions.pep440 import Pep440

AUTO = "auto"
"""What is typed where the proposed version shall be released."""
_CALENDAR = 1990
"""Versions whose first number is at least that are dates: what has changed says nothing about the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a proposal is made of.

    Attributes:
        stated: The version that HEAD states; None where it comes from the tag.
        last: The version of the last release; None before the first.
        stable: That of the last one that is no pre-release; None before the first.
        since: The tag that the commits are counted from.
        fragments: What the fragments say, and the tool that collects them.
        commits: The commits of this package since then, without merges, the newest first.
        changelog: The path of the changelog, and its text.
        major_on_zero: Whether a breaking change before 1.0.0 makes 1.0.0.
    """

    stated: Pep440 | None
    last: Pep440 | None
    stable: Pep440 | None = None
    since: str = ""
    fragments: tuple[Reason, ...] = ()
    commits: tuple[Commit, ...] = ()
    changelog: tuple[str, str] = ("", "")
    major_on_zero: bool = False


class ProposedVersion(NamedTuple):
    """The next version.

    Attributes:
        version: The version.
        part: What it raises: ``patch``, ``minor``, ``major``, the kind of a pre-release, or ``current``.
        source: What decided: ``fragments``, ``commits``, ``changelog`` or ``nothing``.
        why: The decision in a sentence.
        reasons: The lines that decided, those that raise most first.
    """

    version: str
    part: str
    source: str
    why: str
    reasons: tuple[Reason, ...] = ()


def propose(facts: Facts) -> ProposedVersion:
    """The version that follows from what has changed; always greater than the last release.

    Raises:
        UsageError: The versions are dates, which do not follow from changes; or no version is known.
    """
    newest = facts.last or facts.stated
    if found := _date_to_come(facts):
        return found
    if newest is None or newest.release[0] >= _CALENDAR:
        what = "no version is known" if newest is None else f"{newest} is a date"
        raise UsageError(
            f"{what}: none follows from what has changed", cure="give the version: --version VERSION"
        )
    if facts.last is None:
        version, part = _first(facts.stated)
        return ProposedVersion(
            str(version), part, "nothing", "there is no release yet, and this is the first"
        )
    source, reasons = _decided(facts)
    reasons = tuple(sorted(reasons, key=lambda reason: -reason.level))
    level = reasons[0].level if reasons else Level.PATCH
    version, part, note = _version(facts, facts.last, level)
    if (named := _called(facts, facts.last)) and named[0] > version:
        return _as_called(*named, facts)
    is_stated = part in {"current", Part.STABLE}
    why = _as_stated(facts.stated, source, level) if is_stated else _why(source, level, note)
    return ProposedVersion(str(version), part, source, why, reasons)


def _date_to_come(facts: Facts) -> ProposedVersion | None:
    """The date that a development version leads to: somebody has named it already."""
    stated, last = facts.stated, facts.last
    if stated is None or stated.dev is None or stated.release[0] < _CALENDAR or (last and stated < last):
        return None
    ready = stated._replace(dev=None, local=())
    why = _as_stated(stated, "nothing", Level.PATCH)
    return ProposedVersion(str(ready), str(Part.STABLE), "nothing", why)


def _called(facts: Facts, last: Pep440) -> tuple[Pep440, int] | None:
    """The version that people have named in the changelog, and the line; not in a train of pre-releases."""
    return None if last.pre or last.dev is not None else changelog.called(facts.changelog[1])


def _as_called(version: Pep440, line: int, facts: Facts) -> ProposedVersion:
    """What the changelog calls it, where that is more than the changes ask for."""
    path, text = facts.changelog
    before = facts.stable or facts.last or version
    level = _raised(before, version)
    reason = Reason(f"{path}:{line}", text.splitlines()[line - 1].strip(), level)
    part = {Level.PATCH: Part.PATCH, Level.MINOR: Part.MINOR, Level.MAJOR: Part.MAJOR}[level]
    return ProposedVersion(str(version), str(part), "changelog", f"{path} calls it {version}", (reason,))


def _raised(before: Pep440, after: Pep440) -> Level:
    """How much a version is above another one."""
    old, new = ((*version.release, 0, 0)[:2] for version in (before, after))
    return Level.MAJOR if old[0] != new[0] else Level.MINOR if old[1] != new[1] else Level.PATCH


def _decided(facts: Facts) -> tuple[str, tuple[Reason, ...]]:
    """The first source that says anything."""
    if facts.fragments:
        return "fragments", facts.fragments
    judged = commit_messages.judged(facts.commits)
    if judged.follows:
        return "commits", judged.reasons
    listed = tuple(_listed(*facts.changelog))
    return ("changelog", listed) if listed else ("nothing", ())


_ITEM = re.compile(r"\s*[-*+]\s+\S.*")
_BREAKS = re.compile(r"\W*(?:breaking(?: changes?)?|incompatible)\b", re.IGNORECASE)


def _listed(path: str, text: str) -> Iterator[Reason]:
    """The items of the unreleased section, each with the level of the heading it stands below."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    found = changelog_headings.headings(lines)
    first = changelog.to_come(found, lines)
    if first is None:
        return
    end = changelog_headings.end_of(first, found, lines)
    titles = {heading.at: heading.title for heading in found[first + 1 :]}
    level = Level.PATCH
    for number in range(found[first].body, end):
        level = fragments.level_of(titles[number]) if number in titles else level
        if _ITEM.fullmatch(lines[number]):
            yield Reason(f"{path}:{number + 1}", lines[number].strip(), _item_level(lines[number], level))


def _item_level(line: str, level: Level) -> Level:
    return Level.MAJOR if _BREAKS.match(line) else level


def _version(facts: Facts, last: Pep440, level: Level) -> tuple[Pep440, str, str]:
    """The version, what it raises, and what else decided."""
    stated = facts.stated and facts.stated._replace(local=())
    part, note = _part(facts.stable or last, level, facts)
    ended = last._replace(pre=None, dev=None)
    if last != ended and not (stated and stated > ended):  # HEAD may be on the way to a later one by now
        return _in_train(facts, last, part)
    target = bump(last, part)
    if stated and stated > last:
        ready = stated._replace(dev=None)
        if ready._replace(pre=None, post=None) >= target:
            return ready, "current" if ready == stated else str(Part.STABLE), ""
    return target, str(part), note


def _first(stated: Pep440 | None) -> tuple[Pep440, str]:
    """What HEAD states, as a release."""
    version = stated._replace(local=()) if stated else Pep440((0, 1, 0))
    return version._replace(dev=None), "current" if version == stated and version.dev is None else str(
        Part.STABLE
    )


def _part(before: Pep440, level: Level, facts: Facts) -> tuple[Part, str]:
    """What a level raises; before 1.0.0 nothing but a setting makes 1.0.0."""
    if level is Level.MAJOR and before.release[0] == 0 and not facts.major_on_zero:
        return Part.MINOR, f"minor, because {before} is below 1.0.0 and major-on-zero is false"
    return {Level.PATCH: Part.PATCH, Level.MINOR: Part.MINOR, Level.MAJOR: Part.MAJOR}[level], ""


def _in_train(facts: Facts, last: Pep440, part: Part) -> tuple[Pep440, str, str]:
    """The next pre-release of the version that is under way, or of a greater one if they ask for it."""
    kind = _KINDS[last.pre[0]] if last.pre and last.dev is None else Part.DEV
    following = bump(last, kind)
    end = bump(last, Part.STABLE)
    if facts.stable is None or bump(facts.stable, part).release <= last.release:
        return following, str(kind), f"{last} is a pre-release; to end it: --version {end}"
    target = bump(facts.stable, part)
    letters = last.pre or ("a", 1)
    begun = target._replace(pre=(letters[0], 1)) if last.pre else target._replace(dev=1)
    return begun, str(kind), f"the changes ask for {target}, which {last} does not lead to"


_KINDS = {"a": Part.ALPHA, "b": Part.BETA, "rc": Part.RC}
_SOURCES = {
    "fragments": "the fragments of the changelog",
    "commits": "the commits",
    "changelog": "the unreleased section of the changelog",
}


def _as_stated(stated: Pep440 | None, source: str, level: Level) -> str:
    """Why it is what HEAD states, which is at least what the changes ask for."""
    said = f"HEAD states {stated}, and it is not released yet"
    return f"{said}; {level.name.lower()} is enough for {_SOURCES[source]}" if source in _SOURCES else said


def _why(source: str, level: Level, note: str) -> str:
    if note and source not in _SOURCES:
        return note  # what a patch would be is not what is proposed
    said = f"{level.name.lower()}, because {_SOURCES.get(source, 'nothing')} says otherwise"
    if source in _SOURCES:
        said = f"{level.name.lower()}, because of {_SOURCES[source]}"
    return f"{said}; {note}" if note else said
