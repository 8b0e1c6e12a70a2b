"""Asks a person which version to release if the command line names none. It decides and uploads nothing."""

from release_async.base.errors import UsageError
from release_async.plan.events import Note
from release_async.render import Renderer
from release_async.run.project import Project
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
        What was typed; ``patch`` for Enter alone.

    Raises:
        ConfigurationError: The project states no version that could be raised.
    """
    found = project.distribution
    offers = [f"{part} {requested_version(found, part)}" for part in OFFERED]
    offers[0] += " (Enter)"
    question = f"{found.name} {found.version}: release {', '.join(offers)}, or another version? "
    while True:
        answer = await renderer.ask_line(question) or DEFAULT
        try:
            requested_version(found, answer)
        except UsageError as error:
            renderer.show(Note(error.what))
        else:
            return answer
