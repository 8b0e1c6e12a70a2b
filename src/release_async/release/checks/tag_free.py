"""The tag exists neither here nor on the remote: a tag that others have seen must not move."""

from collections.abc import Collection
from typing import NamedTuple

from release_async.base.errors import CommandError
from release_async.base.problems import NotJudged, Problem, Problems, refuse
from release_async.external.git.git_commands import NOWHERE
from release_async.plan.plan import Plan
from release_async.release import next_versions
from release_async.run.context import Context

TITLE = "Tag free"
LONG = False

_TAGS = "refs/tags/"


async def run(plan: Plan, context: Context) -> Problems | NotJudged:
    """Refuse a tag that is taken, locally or on the remote, and one that another tag leaves no room for.

    Raises:
        CommandError: The remote did not answer.
    """
    if not plan.tags:
        return NotJudged("no tag is made")
    if not plan.remote_url:
        return NotJudged(f"there is no remote {plan.remote}")
    return tuple([problem for tag in plan.tags for problem in await _problems(plan, context, tag)])


async def _problems(plan: Plan, context: Context, tag: str) -> Problems:
    here = await _here(tag, context)
    try:
        there = await _there(tag, plan, context) if plan.remote_url != NOWHERE else frozenset()
    except CommandError:
        if not here:
            raise
        there = frozenset()
    found = sorted(here | there)
    package = plan.tagged(tag)
    instead = await next_versions.instead_of(package, context) if found else ""
    is_out = tag in here - there and await next_versions.is_listed(package, context)
    seen = _Seen(tag, plan.remote, here, there, instead, is_out)
    return tuple(_taken(seen, each) for each in found)


async def _here(tag: str, context: Context) -> frozenset[str]:
    found = await context.git.refs(*[_TAGS + name for name in (tag, *_parents(tag))])
    return _in_the_way(tag, found)


async def _there(tag: str, plan: Plan, context: Context) -> frozenset[str]:
    if any(package.tag_tool for package in plan.packages):  # then the check `version-tag` asks for all
        tags = await context.git.remote_tags(context.remote, again=False)
        return _in_the_way(tag, [_TAGS + name for name in tags])
    wanted = [_TAGS + name for name in (tag, *_parents(tag))]
    return _in_the_way(tag, await context.git.remote_refs(context.remote, *wanted))


def _parents(tag: str) -> list[str]:
    """Of ``release/x/1.0``: ``release`` and ``release/x``, as which git cannot have a tag beside it."""
    parts = tag.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


def _in_the_way(tag: str, refs: Collection[str]) -> frozenset[str]:
    """Of ``refs``, the tags that are this one, or a directory or file where it wants to be the other."""
    names = {ref.removeprefix(_TAGS) for ref in refs}
    return frozenset(name for name in names if name in {tag, *_parents(tag)} or name.startswith(f"{tag}/"))


class _Seen(NamedTuple):
    """The tags that are in the way of one: where they are.

    Attributes:
        tag: The tag that is wanted.
        remote: The name of the remote.
        here: Those of the user's repository.
        there: Those of the remote.
        following: What to type for the next versions.
        is_out: Whether the index has files of this version: then no tag that goes makes room for it.
    """

    tag: str
    remote: str
    here: Collection[str]
    there: Collection[str]
    following: str
    is_out: bool


def _taken(seen: _Seen, found: str) -> Problem:
    place = f"here and on {seen.remote}" if found in seen.here and found in seen.there else ""
    if found != seen.tag:
        where = place or ("here" if found in seen.here else f"on {seen.remote}")
        what = f"there is a tag {found} {where}, beside which git cannot have {seen.tag}"
        return refuse(what, cure="choose another tag-format in [tool.release-async], or rename that tag")
    if place:  # others may have fetched it
        return next_versions.refused(f"the tag {found} exists already, {place}", seen.following)
    if found in seen.there:
        more = f"to see the tag: git fetch {seen.remote} tag {found}"
        return next_versions.refused(f"{seen.remote} has a tag {found} already", seen.following, more)
    exists = next_versions.refused(f"the tag {found} exists already", seen.following)
    if seen.is_out:
        return exists
    return refuse(exists.what, cure=f"if it was never pushed: git tag -d {found}; else {exists.cure}")
