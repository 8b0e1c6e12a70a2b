"""What is pushed where the remote refuses the branch after the upload: tags and commit go beside it."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from release_async.base.errors import FailedError
from release_async.external.git import remote_errors
from release_async.plan.plan import Plan
from release_async.process.run_process import Completed
from release_async.run.context import Context
from release_async.run.step_results import Results

HOW_TO_MERGE = "as it is (no squash, no rebase)"
SQUASHED = "a squash or rebase has merged another commit than the released one"
ONCE_MORE = "merge it once more, which changes no file"


@dataclass(frozen=True, slots=True)
class Refused:
    """A push that the remote has said No to.

    Attributes:
        plan: The release.
        context: What a step may touch.
        made: What it has made.
        pushed: What git said of branch and tags, pushed together.
    """

    plan: Plan
    context: Context
    made: Results
    pushed: Completed


def aside_branch(plan: Plan) -> str:
    """The name of the branch that the release commit is pushed as, beside the one that is closed."""
    return f"release/{plan.packages[0].version}"


async def push_apart(refused: Refused) -> None:
    """Push by itself what can be, once branch and tags were refused together.

    A tag that is refused takes the branch down with it, and nothing is pushed. A hook that sees all at once
    says No to all at once (githooks, pre-receive): then the tags are tried alone, and where they are taken
    the branch, too. Where the branch is refused, the tags go alone, and the commit under its own name.

    Raises:
        FailedError: The branch or a tag is still owed; the cure says how it gets there.
    """
    plan, branch = refused.plan, f"refs/heads/{refused.plan.branch}"
    said = remote_errors.refused_refs(refused.pushed)
    if branch not in said:
        raise _tags_refused(refused, [ref.removeprefix("refs/tags/") for ref in said])
    tags = [tag for tag in plan.tags if await _push(refused, f"{refused.made.tags[tag]}:refs/tags/{tag}")]
    lacking = [tag for tag in plan.tags if tag not in tags]
    if len(said) > 1 and lacking:
        raise _tags_refused(refused, lacking, tags, at_first=(plan.branch, *plan.tags))
    if len(said) > 1 and await _push(refused, f"{refused.made.tip}:{branch}"):
        return
    is_aside = await _push(refused, f"{refused.made.tip}:refs/heads/{aside_branch(plan)}")
    aside = (aside_branch(plan),) if is_aside else ()
    squashed = await is_squashed(refused.context, refused.made.tip)
    raise _branch_refused(refused, lacking, (*aside, *tags), squashed=squashed)


async def is_squashed(context: Context, commit: str) -> bool:
    """Whether the remote's branch, as it was fetched last, has a commit's changes as another commit.

    That is how a squash or a rebase merges it. One whose lines were changed on the way is not recognised
    (git-cherry).
    """
    seen = await context.git.run("cherry", context.workspace.upstream_ref, commit)
    return seen.ok and bool(seen.stdout) and all(line.startswith("- ") for line in seen.stdout.splitlines())


async def _push(refused: Refused, refspec: str) -> bool:
    push = partial(refused.context.workspace.pushing.push, "--no-follow-tags", "--", refused.plan.remote)
    return (await push(refspec)).ok


def _tags_refused(
    refused: Refused, lacking: Sequence[str], gone: Sequence[str] = (), *, at_first: Sequence[str] = ()
) -> FailedError:
    """The branch was not what was refused, as far as is known: it waits for the tags, and stays as it was."""
    tags, remote = " and ".join(lacking), refused.plan.remote
    found = f"{' and '.join(at_first)}, and then {tags} alone" if at_first else tags
    rest = f"; pushed: {' and '.join(gone)}" if gone else ", so nothing was pushed"
    cure = f"change the rule or hook of {tags} there"
    return FailedError(f"{remote} refused {found}{rest}", cure=cure, detail=refused.pushed.stderr.strip())


def _branch_refused(
    refused: Refused, lacking: Sequence[str], gone: Sequence[str], *, squashed: bool
) -> FailedError:
    plan = refused.plan
    reason = remote_errors.refused_refs(refused.pushed)[f"refs/heads/{plan.branch}"]
    has_gone_on = squashed or remote_errors.is_behind(reason)
    why = ", to which others have pushed meanwhile" if has_gone_on else ""
    why, first = (f", where {SQUASHED}", f"{ONCE_MORE}: ") if squashed else (why, "")
    instead = f"; pushed instead: {' and '.join(gone)}" if gone else ""
    return FailedError(
        f"{plan.remote} refused {' and '.join((plan.branch, *lacking))}{why}{instead}",
        cure=f"{first}{_cure(refused, lacking, gone, has_gone_on=has_gone_on)}",
        detail=f"{plan.branch} {reason}" if has_gone_on else refused.pushed.stderr.strip(),
    )


def _cure(refused: Refused, lacking: Sequence[str], gone: Sequence[str], *, has_gone_on: bool) -> str:
    plan = refused.plan
    if not (aside_branch(plan) in gone or has_gone_on):
        return f"see why: a branch rule, a hook, or newer commits on {plan.branch}; then let the push through"
    rule = f"; change the rule or hook of {' and '.join(lacking)} there" if lacking else ""
    return f"{_way_in(refused, has_gone_on=has_gone_on)}{rule}"


def _way_in(refused: Refused, *, has_gone_on: bool) -> str:
    plan, context, made = refused.plan, refused.context, refused.made
    aside, typed = aside_branch(plan), way_in(plan, context, made, has_gone_on=has_gone_on)
    if context.forge.found.repository:
        return f"open a pull request: {typed}; merge it {HOW_TO_MERGE}"
    request = f"open a request to merge {aside} into {plan.branch}; merge it {HOW_TO_MERGE}"
    if has_gone_on:
        return f"{request}; or merge it by hand: {typed}"
    return f"{request}; or change the rule or hook of {plan.branch} there"


def way_in(plan: Plan, context: Context, made: Results, *, has_gone_on: bool) -> str:
    """The command by which the release commit, which is on the remote, gets into a branch that refused it.

    Args:
        plan: The release.
        context: What a step may touch.
        made: What it has made.
        has_gone_on: Whether others have pushed there meanwhile; if not, a rule was in the way.
    """
    if repository := context.forge.found.repository:
        return repository.pull_request(aside_branch(plan), plan.branch, f"Release {plan.versions}")
    if not has_gone_on:
        return shlex.join(("git", "push", plan.remote, f"{made.tip}:refs/heads/{plan.branch}"))
    return " && ".join(
        (
            shlex.join(("git", "fetch", plan.remote, plan.branch)),
            "git switch --detach FETCH_HEAD",
            f"git merge --no-ff --no-edit {made.tip}",
            shlex.join(("git", "push", plan.remote, f"HEAD:refs/heads/{plan.branch}")),
            "git switch -",
        )
    )
