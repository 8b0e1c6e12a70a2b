"""The version that is checked and rehearsed where nobody has named one. It decides no release."""

from release_async.run.project import Project
from release_async.versions import bump, version_settings
from release_async.versions.bump import Part
from release_async.versions.pep440 import Pep440, parse


async def free_patch(project: Project) -> str:
    """The patch part, or the next patch version without a tag where the tag of that one is taken already.

    A branch that never takes the release commits of its maintenance branches states an older version than
    its tags do; nothing is wrong with it, and nobody has asked for that very version.

    Raises:
        CommandError: Git failed.
    """
    current = parse(project.distribution.version or "")
    if current is None:
        return Part.PATCH
    tags = frozenset(await project.git.refs("refs/tags"))

    def is_taken(version: Pep440) -> bool:
        return f"refs/tags/{version_settings.tag(project.settings.tag_format, str(version))}" in tags

    following = bump.bump(current, Part.PATCH)
    return str(bump.free(current, Part.PATCH, is_taken)) if is_taken(following) else Part.PATCH
