"""Asks a person which version to release if the command line names none. It decides and uploads nothing."""

from typing import NamedTuple

from release_async.base.errors import ReleaseAsyncError, UsageError
from release_async.plan.events import Note
from release_async.plan.proposed_version import AUTO, ProposedVersion
from release_async.render import Renderer
from release_async.run.project import Project
from release_async.run.unnamed_version import leads_to_stable, untagged
from release_async.run.version_facts import proposed
from release_async.versions.bump import CURRENT, Part
from release_async.versions.pep440 import Pep440
from release_async.versions.select_distribution import requested_version

DEFAULT = "patch"
OFFERED = (DEFAULT, "minor", "major")
"""The parts that are offered with the versions that they give; any other part or version can be typed."""


async def ask_version(renderer: Renderer, project: Project) -> str:
    """Ask until the answer is a part or a version.

    Args:
        renderer: Where a person can be asked.
        project: Whose version is raised.

    Returns:
        What was typed, ``auto`` too; for Enter alone the proposed version, and where none follows from what
        has changed ``patch``, or ``stable`` of a development version or pre-release.

    Raises:
        ConfigurationError: The project has no version that could be raised.
    """
    question = await _question(project)
    if question.why:
        renderer.show(Note(question.why))
    while True:
        answer = await renderer.ask_line(question.text) or question.default
        if answer == AUTO:
            return answer
        try:
            _resulting(project, answer)
        except UsageError as error:
            renderer.show(Note(error.what))
        else:
            return answer


class _Question(NamedTuple):
    """What is asked.

    Attributes:
        text: The question.
        default: What Enter alone means.
        why: The reason for that, shown before; empty where there is none.
    """

    text: str
    default: str = DEFAULT
    why: str = ""


async def _question(project: Project) -> _Question:
    name = project.distribution.name
    if project.tags and project.tags.version is None:
        return _Question(f"{name} has no tag of a release in this clone: which version is its first? ")
    offers = {part: str(_resulting(project, part)) for part in OFFERED}
    offers |= await _as_stated(project)
    usual = str(Part.STABLE) if Part.STABLE in offers else DEFAULT
    proposal = await _proposal(project, offers)
    if proposal and proposal.version not in offers.values():
        offers = {AUTO: proposal.version, **offers}
    default = proposal.version if proposal else offers[usual]
    current = project.tags.current if project.tags else project.distribution.version
    listed = ", ".join(
        f"{part} {version}{' (Enter)' * (version == default)}" for part, version in offers.items()
    )
    text = f"{name} {current}: {listed}, or another version? "
    return _Question(text, default, _reason(proposal)) if proposal else _Question(text, usual)


async def _proposal(project: Project, offers: dict[str, str]) -> ProposedVersion | None:
    """The version that follows from what has changed; None where none does, or it cannot be released."""
    try:
        found = await proposed(project)
    except ReleaseAsyncError:
        return None
    return None if found.part == CURRENT and found.version not in offers.values() else found


def _reason(proposal: ProposedVersion) -> str:
    """Why it is proposed, with the first of the lines that decided."""
    first, more = next(iter(proposal.reasons), None), len(proposal.reasons) - 1
    line = f": {first.where} {first.text}{f' and {more} more' * (more > 0)}" if first else ""
    return f"{proposal.version} is proposed: {proposal.why}{line}"


async def _as_stated(project: Project) -> dict[str, str]:
    """The version that HEAD states, if it has no tag yet: it may be the first one, or was raised by hand.

    Before it the release that a development version or a pre-release leads to.
    """
    offers = {}
    if await leads_to_stable(project):
        offers[str(Part.STABLE)] = str(_resulting(project, Part.STABLE))
    if version := await untagged(project):
        offers[CURRENT] = version
    return offers


def _resulting(project: Project, request: str) -> Pep440:
    """The version that a request gives: of what the files state, or of the last tag."""
    tagged = project.tags.version if project.tags else None
    return requested_version(project.distribution, request, tagged=tagged)
