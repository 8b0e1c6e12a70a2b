"""The version that is meant where nobody has named one. It decides no release."""

from release_async.external.index import repository_url, simple_api
from release_async.external.index.simple_api import IndexUnreachableError
from release_async.run.project import Project
from release_async.versions import bump
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

    A development version is there for another one, see ``leads_to_stable``, and would be public for ever.

    Raises:
        CommandError: Git failed.
    """
    settings, found = project.settings, project.distribution
    version = parse(found.version or "")
    if version is None or version.local or found.tag_tool or not settings.auto_git_tag:
        return ""
    return "" if version.dev is not None or version in await _tagged(project) else str(version)


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

    A development version, or a pre-release, is there for the release that it leads to: ``stable``, as long as
    that has no tag, and 2.4.0+dev for 2.4.0. A branch that never takes the release commits of its maintenance
    branches states an older version than its tags do, or goes back to an older tag; nothing is wrong with it,
    and nobody has asked for that one.

    Raises:
        CommandError: Git failed.
    """
    if _is_computed(project):
        return CURRENT  # code computes it, such as from the day: there is nothing to raise
    current = _current(project)
    if current is None:
        return Part.PATCH
    if (named := await stable_or_patch(project)) != Part.PATCH:
        return named
    taken = await _tagged(project)
    following = bump.bump(current, Part.PATCH)
    return str(bump.free(current, Part.PATCH, taken.__contains__)) if following in taken else Part.PATCH


async def leads_to_stable(project: Project) -> bool:
    """Whether the version is there for a release without a tag: 1.3.dev0 and 1.3rc1 for 1.3.

    Raises:
        CommandError: Git failed.
    """
    current = _current(project)
    if current is None or _is_computed(project) or not _leads_to_release(current):
        return False
    return bump.bump(current, Part.STABLE) not in await _tagged(project)


async def stable_or_patch(project: Project) -> str:
    """The part that is raised where a Yes is given and no version is named; the whole version for 2.4.0+dev.

    Raises:
        CommandError: Git failed.
    """
    current = _current(project)
    if current and current.local and current._replace(local=()) not in await _tagged(project):
        return str(current._replace(local=()))
    return Part.STABLE if await leads_to_stable(project) else Part.PATCH


def _is_computed(project: Project) -> bool:
    source = project.distribution.source
    return source is not None and source.start < 0 and bool(source.text)


def _current(project: Project) -> Pep440 | None:
    return parse(project.distribution.version or "") or (project.tags.version if project.tags else None)


def _leads_to_release(version: Pep440) -> bool:
    return (version.dev is not None or version.pre is not None) and version.post is None


async def _tagged(project: Project) -> frozenset[Pep440]:
    return frozenset(await project.tagged_versions())
