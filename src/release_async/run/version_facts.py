"""Collects what the next version follows from: tags, commits, fragments, changelog. It only reads."""

import os
from collections.abc import Iterator

import anyio

from release_async.plan import fragments
from release_async.plan.commit_messages import Commit, Reason
from release_async.plan.proposed_version import Facts, ProposedVersion, propose
from release_async.repository import git_process, snapshot, version_tags
from release_async.run.project import Project
from release_async.versions import version_settings
from release_async.versions.distribution import Tree
from release_async.versions.find_distributions import distributions
from release_async.versions.pep440 import Pep440, parse
from release_async.versions.tag_history import Tag


async def proposed(project: Project) -> ProposedVersion:
    """The next version of a project, from what has changed since its last release.

    Raises:
        CommandError: Git failed.
        UsageError: No version follows from what has changed.
    """
    return propose(await anyio.to_thread.run_sync(_facts, project))


def _facts(project: Project) -> Facts:
    git, settings = project.git, project.settings
    with snapshot.revision(git.root, project.head, git.env) as tree:
        others = _others(project, tree)
        tags = dict(_released(project, alone=not others))
        stable = max((each for each in tags if each.pre is None and each.dev is None), default=None)
        last = max(tags, default=None)
        since = tags[stable or last] if last else ""
        return Facts(
            stated=parse(project.distribution.version or ""),
            last=last,
            stable=stable,
            since=since,
            fragments=_fragments(project, tree),
            commits=tuple(_commits(project, since, others)) if since else (),
            changelog=_changelog(project, others),
            major_on_zero=settings.major_on_zero,
        )


def _released(project: Project, *, alone: bool) -> Iterator[tuple[Pep440, str]]:
    """The releases before HEAD, by their tags; where others share them, none ahead of it.

    What is higher than the last version of a project that takes it from the tag is of a numbering given up.

    Where files state the version, those count too that HEAD does not go back to, up to what it leads to:
    many projects make each release on a branch of its own.
    """
    place, form = (project.git.root, project.git.env), project.settings.tag_format
    stated = parse(project.distribution.version or "")
    highest = project.tags.version if project.tags else None
    for version, name in _read(version_tags.tags(place, project.head), form):
        if highest and version > highest:
            continue
        if alone or stated is None or version <= stated:
            yield version, name
    if stated and not project.tags:
        ready = stated._replace(pre=None, dev=None, local=())
        for version, name in _read(version_tags.tags_elsewhere(place, project.head), form):
            if version <= ready:
                yield version, name


def _read(tags: tuple[Tag, ...], form: str) -> Iterator[tuple[Pep440, str]]:
    """The versions of the tags that have a form, with their names."""
    for tag in tags:
        if version := parse(version_settings.version_in(form, tag.name)):
            yield version, tag.name


def _changelog(project: Project, others: tuple[str, ...]) -> tuple[str, str]:
    """The changelog and its text; of several projects, one outside of this one says more of others."""
    inside = any(not root or project.changelog.startswith(f"{root}/") for root in _roots(project))
    return (project.changelog, project.changelog_text) if inside or not others else ("", "")


def _fragments(project: Project, tree: Tree) -> tuple[Reason, ...]:
    found = fragments.tool(tree, project.distribution.root)
    return fragments.reasons(found, tree) if found else ()


def _roots(project: Project) -> frozenset[str]:
    """The folders of the project, and of those that have one version with it."""
    return frozenset((project.distribution.root, *(peer.root for peer in project.distribution.peers)))


def _others(project: Project, tree: Tree) -> tuple[str, ...]:
    """The folders of the other projects of the repository."""
    own = _roots(project)
    return tuple(each.root for each in distributions(tree) if each.root not in own)


def _paths(project: Project, others: tuple[str, ...]) -> tuple[str, ...]:
    """The paths of this project, as git takes them: its folders, without those of other projects in them."""
    own = sorted(_roots(project))
    inside = [other for other in others if any(not root or other.startswith(f"{root}/") for root in own)]
    return (*(f":(top,literal){root}" for root in own), *(f":(top,exclude,literal){each}" for each in inside))


def _commits(project: Project, since: str, others: tuple[str, ...]) -> Iterator[Commit]:
    """The commits since a tag that change something of this project, without merges, the newest first."""
    git = project.git
    words = ("log", "-z", "--no-merges", "--no-show-signature", "--encoding=UTF-8", "--format=%H%n%B")
    environ = git_process.environment(git.root, git.env)
    raw = git_process.output(
        git.root, environ, *words, f"refs/tags/{since}..{project.head}", "--", *_paths(project, others)
    )
    for record in os.fsdecode(raw).split("\0"):
        oid, _, message = record.partition("\n")
        if oid:
            yield Commit(oid, message.strip())
