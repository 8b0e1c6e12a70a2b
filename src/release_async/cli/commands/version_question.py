"""Asks a person which version to release if the command line names none. It decides and uploads nothing."""

from release_async.base.errors import UsageError
from release_async.plan.events import Note
from release_async.plan.proposal import AUTO
from release_async.render import Renderer
from release_async.run.project import Project
from release_async.versions import tag_title_and_message
from release_async.versions.bump import CURRENT
from release_async.versions.pep440 import Pep440, parse
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
    question = await _question(project)
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


async def _question(project: Project) -> str:
    name = project.distribution.name
    if project.tags and project.tags.version is None:
        return f"{name} has no tag of a release in this clone: which version is its first? "
    offers = [f"{part} {_resulting(project, part)}" for part in OFFERED]
    offers[0] += " (Enter)"
    offers += await _as_it_is(project)
    current = project.tags.current if project.tags else project.distribution.version
    return f"{name} {current}: {', '.join(offers)}, or another version? "


async def _as_it_is(project: Project) -> list[str]:
    """The version that HEAD states, if it has no tag yet: it may be the first one, or was raised by hand."""
    settings, found = project.settings, project.distribution
    version = parse(found.version or "")
    if version is None or version.local or found.tag_tool or not settings.auto_git_tag:
        return []
    tag = f"refs/tags/{tag_title_and_message.tag(settings.tag_format, str(version))}"
    return [] if await project.git.refs(tag) else [f"{CURRENT} {version}"]


def _resulting(project: Project, request: str) -> Pep440:
    """The version that a request gives: of what the files state, or of the last tag."""
    tagged = project.tags.version if project.tags else None
    return requested_version(project.distribution, request, tagged=tagged)
