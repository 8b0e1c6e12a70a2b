"""The forge's rules let the branch be pushed to and the tag be made, where gh can tell.

The push comes after the upload: a rule that refuses it then would leave files public whose commit is not.
"""

from release_async.base.errors import FailedError
from release_async.base.problems import NotJudged, Problem, Problems, refuse, warn
from release_async.external.github import rulesets
from release_async.external.github.gh_api import Forge, Obstacle
from release_async.external.github.rulesets import Rule
from release_async.plan.merge_request import source_branch
from release_async.plan.plan import Plan
from release_async.plan.settings import Land
from release_async.run.context import Context

TITLE = "Branch protection"
LONG = False
_SIGNED = "required_signatures"
_EITHER = {
    _SIGNED: "takes signed commits only",
    "required_status_checks": "takes only commits whose checks have passed before",
    "required_deployments": "takes only commits that were deployed before",
    "workflows": "takes only commits whose workflows have passed before",
}
_BRANCH = _EITHER | {
    "pull_request": "is changed by pull requests only",
    "merge_queue": "is changed by its merge queue only",
    "update": "may not be pushed to",
    "lock_branch": "is locked",
}
_TAG = _EITHER | {"creation": "may not be created"}
_PATTERNS = (
    *("commit_message_pattern", "commit_author_email_pattern", "committer_email_pattern"),
    *("tag_name_pattern", "file_path_restriction", "file_extension_restriction", "max_file_size"),
)


async def run(plan: Plan, context: Context) -> Problems | NotJudged:
    """Refuse where a rule surely refuses the push, and warn where it may."""
    forge = await context.forge.connect()
    if isinstance(forge, Obstacle):
        return NotJudged(forge.what)
    try:
        branch = source_branch(plan) if plan.by_request else plan.branch
        branches = [] if await _stays_where_it_is(plan, context) else [branch]
        branches += [plan.candidate_branch] if plan.has_candidate else []
        met = [
            (f"the branch {branch}", _BRANCH, await rulesets.branch_rules(forge, branch))
            for branch in branches
        ]
        met += [(f"the tag {tag}", _TAG, await rulesets.tag_rules(forge, tag)) for tag in plan.tags]
    except FailedError as error:
        what = f"the branch protection of {forge.repository} cannot be read: {error.what}"
        return (warn(what, cure=error.cure or "go on, if the push is known to work"),)
    kept = {_SIGNED} if await _signs(context) else set()
    problems = (
        _met(forge, thing, refusing, rule)
        for thing, refusing, rules in met
        for rule in rules
        if rule.kind not in kept
    )
    return tuple(dict.fromkeys(problem for problem in problems if problem))


async def _stays_where_it_is(plan: Plan, context: Context) -> bool:
    """Whether the push does not change the branch, whose rules do not matter then: HEAD is there already."""
    if plan.makes_commit:
        return False  # also where it is a branch of its own that is pushed
    if not plan.touches_branch:
        return True
    ref = f"refs/heads/{plan.branch}"
    return (await context.git.remote_refs(context.remote, ref)).get(ref) == plan.base


async def _signs(context: Context) -> bool:
    """Whether the release commit will be signed, as far as git's configuration tells."""
    return await context.git.configured("commit.gpgSign", "bool") == "true"


def _met(forge: Forge, thing: str, refusing: dict[str, str], rule: Rule) -> Problem | None:
    """What one rule means for the release; nothing where gh's account need not keep it."""
    page = f"{forge.repository.url}/rules"
    if rule.binding is False:
        return None
    if rule.kind in _PATTERNS:
        what = f"{forge.repository} has a rule on {thing} that may refuse it: {rule.kind}, in {rule.source}"
        return warn(what, cure=f"compare it with this release: {page}")
    if rule.kind not in refusing:
        return None
    what = f"{forge.repository} would refuse the push: {thing} {refusing[rule.kind]} ({rule.source})"
    cure = (
        f"{_cure(rule)}: {page}; if git pushes as another account than gh's, and that one may: "
        "--skip forge-rules"
    )
    return refuse(what, cure=cure) if rule.binding else warn(what.replace("would", "may", 1), cure=cure)


def _cure(rule: Rule) -> str:
    signed = "git config commit.gpgSign true, or " if rule.kind == _SIGNED else ""
    asked = (
        f'set land = "{Land.PULL_REQUEST}" in [tool.release-async], or ' if rule.kind in _BY_REQUEST else ""
    )
    return f"{signed}{asked}let your account bypass the rule"


_BY_REQUEST = frozenset(("pull_request", "merge_queue", "update", "required_status_checks", "workflows"))
"""The rules that let a commit in by a request to merge it."""
