"""The project's own tool will read the planned version off the planned tag, as far as that can be told early.

What its settings certainly prevent is refused before anything is built; the build itself is the proof.
"""

from collections.abc import Mapping

from release_async.base.errors import CommandError
from release_async.base.problems import NotJudged, Problem, Problems, refuse, warn
from release_async.plan.plan import Package, Plan
from release_async.run.context import Context
from release_async.versions import tag_obstacles
from release_async.versions.pep440 import Pep440, parse
from release_async.versions.tag_history import TagHistory, TagKind
from release_async.versions.tag_obstacles import PlannedTag

TITLE = "Version tag"
LONG = False


async def run(plan: Plan, context: Context) -> Problems | NotJudged:
    """Refuse a tag that the tool would read otherwise, and a clone that lacks the last tags.

    A release of the very commit that was released last warns, and so does a last tag that the remote has not.

    Raises:
        CommandError: The remote did not answer.
    """
    found = context.tags
    if found is None:
        return NotJudged("the version stands in files")
    problems = [problem for package in plan.packages for problem in _read(package, context, found)]
    there = await _tags_there(plan, context)
    stray = () if context.settings.is_rehearsal else _stray(plan, found, there)  # its remote has no tags
    last = stray or _nothing_new(plan, found)  # a tag that nobody has released says nothing of what is new
    return (*problems, *last, *await _lacking(plan, context, (found, there)))


def _read(package: Package, context: Context, found: TagHistory) -> Problems:
    planned = PlannedTag(package.version_tag, package.version, TagKind(package.tag_kind))
    problems = tag_obstacles.obstacles(found, planned, context.build_env)
    if not found.rules.unread:
        return problems
    what = f"whether {found.rules.tool} reads {planned.name} as {planned.version} only the build will tell"
    return (*problems, warn(what, cure=f"nothing: {found.rules.unread} is not run before"))


def _nothing_new(plan: Plan, found: TagHistory) -> Problems:
    """The commit of the last release is released again; that of a candidate is rightly the final one."""
    last, version = found.last, found.version
    if last is None or version is None or last.commit != plan.base or last.name in plan.tags:
        return ()
    if version.pre or version.dev is not None:
        return ()
    what = f"HEAD is what {last.name} released: nothing is new since"
    return (warn(what, cure="nothing, if that is meant; else commit first what is to be released"),)


async def _tags_there(plan: Plan, context: Context) -> Mapping[str, str] | None:
    """The tags of the remote; None where there is none, or it is away."""
    if not plan.remote_url or not context.remote.push_url:
        return None
    try:
        return await context.git.remote_tags(context.remote, again=False)
    except CommandError:
        return None  # that it does not answer the check `tag-free` tells


def _stray(plan: Plan, found: TagHistory, there: Mapping[str, str] | None) -> Problems:
    """The tag that the version is counted from, where nobody else has it; of a planned one others tell."""
    if found.last is None or there is None or found.last.name in {*there, *plan.tags}:
        return ()
    name = found.last.name
    what = f"the last version is that of the tag {name}, which {plan.remote} does not have"
    cure = f"if it is no release: git tag -d {name}; if it is one: git push {plan.remote} {name}"
    return (warn(what, cure=cure, where=f"refs/tags/{name}"),)


async def _lacking(
    plan: Plan, context: Context, tags: tuple[TagHistory, Mapping[str, str] | None]
) -> Problems:
    """Tags that the remote has, on commits that are here, and this clone does not have."""
    found, there = tags
    if there is None:
        return ()
    newer = [name for name in there if name not in plan.tags and _is_newer(found, name)]
    here = frozenset(await context.git.refs(*(f"refs/tags/{name}" for name in newer))) if newer else ()
    lacking = [name for name in newer if f"refs/tags/{name}" not in here]
    missing = [name for name in lacking if await context.git.contains(plan.base, there[name])]
    return (_missing(plan, missing),) if missing else ()


def _is_newer(found: TagHistory, name: str) -> bool:
    read = found.rules.read(name)
    return read is not None and (found.version is None or read.version > found.version)


def _missing(plan: Plan, names: list[str]) -> Problem:
    last = max(names, key=lambda name: (parse(name) or Pep440((0,)), name))
    what = f"this clone lacks tags that {plan.remote} has, such as {last}: the last version is not known here"
    return refuse(what, cure=f"git fetch --tags {plan.remote}")
