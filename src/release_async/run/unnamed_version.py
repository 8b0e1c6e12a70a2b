"""The version that is checked and rehearsed where nobody has named one. It decides no release."""

from release_async.external.index import repository_url, simple_api
from release_async.external.index.simple_api import IndexUnreachableError
from release_async.run.project import Project
from release_async.versions import bump, tag_title_and_message, version_settings
from release_async.versions.bump import CURRENT, Part
from release_async.versions.pep440 import Pep440, parse

PATIENCE = 3.0
"""Seconds for the index to say whether it has HEAD's version; the checks ask it again, and wait longer."""


async def unreleased_or_patch(project: Project) -> str:
    """``current`` where neither a tag nor the index has the version that HEAD states, else the next patch.

    It may be the first release, or a version that was raised by hand.

    Raises:
        CommandError: Git failed.
    """
    stated = "" if project.settings.test else await untagged(project)
    return CURRENT if stated and await _is_free(project, stated) else await free_patch(project)


async def untagged(project: Project) -> str:
    """The version that HEAD states, where it has no tag yet and could be released as it is; else nothing.

    Raises:
        CommandError: Git failed.
    """
    settings, found = project.settings, project.distribution
    version = parse(found.version or "")
    if version is None or version.local or found.tag_tool or not settings.auto_git_tag:
        return ""
    tag = f"refs/tags/{tag_title_and_message.tag(settings.tag_format, str(version))}"
    return "" if await project.git.refs(tag) else str(version)


async def _is_free(project: Project, version: str) -> bool:
    """Whether the index says that it has no file of a version; one that says nothing may have it."""
    url = repository_url.target(project.settings).repository_url
    reader, name = repository_url.reader_of(project.settings), project.distribution.name
    try:
        async with simple_api.open_index(url, credentials=reader, answer_timeout=PATIENCE) as index:
            return version not in simple_api.versions(await index.files(name))
    except IndexUnreachableError:
        return False


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
