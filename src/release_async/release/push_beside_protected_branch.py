"""What is pushed where the remote refuses the branch after the upload: tags and commit go beside it."""

from functools import partial

from release_async.base.errors import FailedError
from release_async.plan.plan import Plan
from release_async.process.run_process import Completed
from release_async.run.context import Context
from release_async.run.step_results import Results


def aside_branch(plan: Plan) -> str:
    """The name of the branch that the release commit is pushed as, beside the one that is closed."""
    return f"release/{plan.packages[0].version}"


HOW_TO_MERGE = "as it is (no squash, no rebase)"


async def push_aside(plan: Plan, context: Context, made: Results, refused: Completed) -> None:
    """Push what can be pushed beside a branch that is closed: the tags alone, the commit under its own name.

    Raises:
        FailedError: Always, for the branch is owed; the cure says how it gets there.
    """
    aside = aside_branch(plan)
    wanted = {aside: f"{made.tip}:refs/heads/{aside}"}
    wanted |= {tag: f"{made.tags[tag]}:refs/tags/{tag}" for tag in plan.tags}
    push = partial(context.workspace.pushing.push, "--no-follow-tags", "--", plan.remote)
    gone = [name for name, ref in wanted.items() if (await push(ref)).ok]
    if aside in gone:
        cure = f"{_merge(plan, context, aside)}; merge it {HOW_TO_MERGE}"
    else:
        cure = f"see why: a branch rule, a hook, or newer commits on {plan.branch}; then let the push through"
    instead = f"; pushed instead: {' and '.join(gone)}" if gone else ""
    raise FailedError(
        f"{plan.remote} refused {plan.branch}{instead}", cure=cure, detail=refused.stderr.strip()
    )


def _merge(plan: Plan, context: Context, aside: str) -> str:
    repository = context.forge.found.repository
    if repository is None:
        return f"open a request to merge {aside} into {plan.branch}"
    title = f"Release {plan.versions}"
    return f"open a pull request: {repository.pull_request(aside, plan.branch, title)}"
