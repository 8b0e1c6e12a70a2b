"""Continuous integration is green for the commit that is released, as far as gh can tell."""

from release_async.base.errors import FailedError
from release_async.base.problems import NotJudged, Problem, Problems, refuse, warn
from release_async.external.github import ci_status
from release_async.external.github.ci_status import CiStatus
from release_async.external.github.gh_api import Obstacle
from release_async.guard import branch_workflows, publishing_workflows
from release_async.plan.plan import Plan
from release_async.plan.settings import Ci
from release_async.run.context import Context

TITLE = "Continuous integration"
LONG = False
SHOWN = 5
_SETTING = "[tool.release-async]"
_DEMANDED = {Ci.REQUIRE, Ci.PARENT}


async def run(plan: Plan, context: Context) -> Problems | NotJudged:
    """Warn or refuse, as `ci` says, where anything is red, not ended or was never begun."""
    weight = context.settings.ci
    if weight is Ci.OFF:
        return NotJudged(f'ci = "off" in {_SETTING}')
    forge = await context.forge.connect()
    if isinstance(forge, Obstacle):
        return _untold(forge.what, forge.cure, weight) if weight in _DEMANDED else NotJudged(forge.what)
    try:
        verdict = await ci_status.ci_status(forge, plan.base)
    except FailedError as error:
        return _untold(error.what, error.cure, weight)
    if _is_awaited(plan, verdict):
        return _never_checked(plan, context)
    what = _amiss(plan, verdict)
    cure = f"{_cure(plan, verdict)}: {forge.repository.url}/commit/{plan.base}"
    return (_weighed(weight, what, cure),) if what else ()


def _is_awaited(plan: Plan, verdict: CiStatus) -> bool:
    """Whether the release waits for what is not green yet, for a commit that GitHub has."""
    is_known = verdict.is_known or plan.checked_as_candidate
    return "await-ci" in plan.route.steps and is_known and not verdict.failed


def _never_checked(plan: Plan, context: Context) -> Problems:
    """Refuse to push a candidate for which no workflow runs: its checks would be waited for in vain."""
    if not plan.checked_as_candidate:
        return ()
    paths = filter(publishing_workflows.is_read, context.files.paths())
    files = {path: context.files.read(path) or b"" for path in paths}
    branch = plan.candidate_branch
    if branch_workflows.runs_for(files, branch) is not False:
        return ()
    what = f"no check of {branch} would ever begin: no workflow in .github/workflows runs when it is pushed"
    cure = (
        'let one run, with "release-candidate/**" among the branches of its on.push; or set ci = "parent" in '
        f"{_SETTING}, for the checks of the commit before; if CI elsewhere checks it: --skip ci"
    )
    return (refuse(what, cure=cure),)


def _untold(why: str, cure: str, weight: Ci) -> Problems:
    what = f"cannot find out whether CI is green: {why}"
    return (_weighed(weight, what, cure or f'set ci = "off" in {_SETTING}'),)


def _weighed(weight: Ci, what: str, cure: str) -> Problem:
    return refuse(what, cure=cure) if weight in _DEMANDED else warn(what, cure=cure)


def _amiss(plan: Plan, verdict: CiStatus) -> str:
    commit = plan.base[:12]
    if verdict.failed:
        return f"CI is red for {commit}: {_listed(verdict.failed)}"
    if verdict.pending:
        return f"CI has not ended for {commit}: {_listed(verdict.pending)}"
    return "" if verdict.passed else f"CI has not run for {commit}"


def _cure(plan: Plan, verdict: CiStatus) -> str:
    if verdict.failed:
        return "fix what failed"
    if verdict.pending:
        return "wait for it"
    return f'git push {plan.remote} {plan.branch}, or set ci = "off" in {_SETTING} where there is none'


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
