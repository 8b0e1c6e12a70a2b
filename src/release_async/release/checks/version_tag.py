"""The project's own tool will read the planned version off the planned tag, as far as that can be told early.

What its settings certainly prevent is refused before anything is built; the build itself is the proof.
"""

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

    Raises:
        CommandError: The remote did not answer.
    """
    found = context.tags
    if found is None:
        return NotJudged("the version stands in files")
    problems = [problem for package in plan.packages for problem in _read(package, context, found)]
    return (*problems, *await _lacking(plan, context, found))


def _read(package: Package, context: Context, found: TagHistory) -> Problems:
    planned = PlannedTag(package.version_tag, package.version, TagKind(package.tag_kind))
    problems = tag_obstacles.obstacles(found, planned, context.build_env)
    if not found.rules.unread:
        return problems
    what = f"whether {found.rules.tool} reads {planned.name} as {planned.version} only the build will tell"
    return (*problems, warn(what, cure=f"nothing: {found.rules.unread} is not run before"))


async def _lacking(plan: Plan, context: Context, found: TagHistory) -> Problems:
    """Tags that the remote has, on commits that are here, and this clone does not have."""
    if not plan.remote_url or not context.remote.push_url:
        return ()
    try:
        there = await context.git.remote_tags(context.remote, again=False)
    except CommandError:
        return ()  # that it does not answer the check `tag-free` tells
    here = frozenset(await context.git.refs("refs/tags"))
    newer = [
        (name, oid)
        for name, oid in there.items()
        if f"refs/tags/{name}" not in here and name not in plan.tags and _is_newer(found, name)
    ]
    missing = [name for name, oid in newer if await context.git.contains(plan.base, oid)]
    return (_missing(plan, missing),) if missing else ()


def _is_newer(found: TagHistory, name: str) -> bool:
    read = found.rules.read(name)
    return read is not None and (found.version is None or read.version > found.version)


def _missing(plan: Plan, names: list[str]) -> Problem:
    last = max(names, key=lambda name: (parse(name) or Pep440((0,)), name))
    what = f"this clone lacks tags that {plan.remote} has, such as {last}: the last version is not known here"
    return refuse(what, cure=f"git fetch --tags {plan.remote}")
