"""The version that is checked and rehearsed where nobody has named one. It decides no release."""

from release_async.external.index import repository_url, simple_api
from release_async.external.index.simple_api import IndexUnreachableError
from release_async.run.project import Project
from release_async.versions import bump, version_settings
from release_async.versions.bump import CURRENT, Part
from release_async.versions.pep440 import Pep440, parse
from release_async.versions.tag_history import spelled

PATIENCE = 3.0
"""Seconds for the index to say whether it has HEAD's version; the checks ask it again, and wait longer."""


async def unreleased_or_patch(project: Project) -> str:
    """``current`` where neither a tag nor the index has the version that HEAD states, else the next patch.

    It may be the first release, or a version that was raised by hand.

    Raises:
        CommandError: Git failed.
    """
    stated = "" if project.settings.test else await untagged(project)
    if _is_development(parse(stated)):
        return await free_patch(project)
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
    return "" if await _has_tag(project, version) else str(version)


def _is_development(version: Pep440 | None) -> bool:
    return version is not None and version.dev is not None and version.post is None


async def _has_tag(project: Project, version: Pep440) -> bool:
    return bool(await project.git.refs(f"refs/tags/{_tag(project, version)}"))


def _tag(project: Project, version: Pep440) -> str:
    """The tag of a version, spelled as the project's tags are."""
    found, text = project.tags, str(version)
    return version_settings.tag(
        project.settings.tag_format, spelled(text, found.spellings) if found else text
    )


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

    A development version is there for the release that it leads to: ``stable``, as long as that has no tag.

    A branch that never takes the release commits of its maintenance branches states an older version than
    its tags do, or goes back to an older tag; nothing is wrong with it, and nobody has asked for that one.

    Raises:
        CommandError: Git failed.
    """
    current = parse(project.distribution.version or "") or (project.tags.version if project.tags else None)
    if current is None:
        return Part.PATCH
    if _is_development(current) and not await _has_tag(project, bump.bump(current, Part.STABLE)):
        return Part.STABLE
    tags = frozenset(await project.git.refs("refs/tags"))

    def is_taken(version: Pep440) -> bool:
        return f"refs/tags/{_tag(project, version)}" in tags

    following = bump.bump(current, Part.PATCH)
    return str(bump.free(current, Part.PATCH, is_taken)) if is_taken(following) else Part.PATCH
