"""Asks a person which version to release if the command line names none. It decides and uploads nothing."""

from release_async.base.errors import UsageError
from release_async.plan.events import Note
from release_async.plan.proposal import AUTO
from release_async.render import Renderer
from release_async.run.project import Project
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
        What was typed, ``auto`` too; ``patch`` for Enter alone.

    Raises:
        ConfigurationError: The project has no version that could be raised.
    """
    question = _question(project)
    while True:
        answer = await renderer.ask_line(question) or DEFAULT
        if answer == AUTO:
            return answer
        try:
            _resulting(project, answer)
        except UsageError as error:
            renderer.show(Note(error.what))
        else:
            return answer


def _question(project: Project) -> str:
    name = project.distribution.name
    if project.tags and project.tags.version is None:
        return f"{name} has no tag of a release in this clone: which version is its first? "
    offers = [f"{part} {_resulting(project, part)}" for part in OFFERED]
    offers[0] += " (Enter)"
    current = project.tags.current if project.tags else project.distribution.version
    return f"{name} {current}: {', '.join(offers)}, or another version? "


def _resulting(project: Project, request: str) -> Pep440:
    """The version that a request gives: of what the files state, or of the last tag."""
    tagged = project.tags.version if project.tags else None
    return requested_version(project.distribution, request, tagged=tagged)
