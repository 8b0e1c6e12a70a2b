"""Pushes the release commit to the branch and the tag beside it: both or neither, and never by force."""

import shlex
from dataclasses import replace
from functools import partial

from release_async.base.errors import FailedError
from release_async.base.printable import without_credentials
from release_async.external.git import remote_errors
from release_async.external.git.remote_errors import Request
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed, State
from release_async.plan.plan import Plan
from release_async.process.process import Completed
from release_async.run.context import Context

TITLE = "Push"
_PUSH = ("push", "--porcelain")


def skipped(plan: Plan, context: Context) -> str:  # noqa: ARG001 - as every step
    """Skipped where nothing but an upload is wanted."""
    return "only uploads, with --test" if plan.upload_only else ""


def effects(plan: Plan, context: Context) -> tuple[Effect, ...]:
    """One atomic push of branch and tag."""
    what = f"{plan.branch} and {plan.tag}" if plan.tag else plan.branch
    return (
        Effect(
            name=f"push {what} to {plan.remote}",
            probe=partial(_pushed, plan, context),
            perform=partial(_push, plan, context),
            manual=(shlex.join(("git", "push", *flags(plan), "--", plan.remote, *refspecs(plan, context))),),
            public=True,
            patience=15.0,
        ),
    )


def refspecs(plan: Plan, context: Context) -> tuple[str, ...]:
    """What is pushed, by object id: what the user's branch has become meanwhile plays no part."""
    made = context.workspace.made
    branch = f"{made.commit}:refs/heads/{plan.branch}"
    return (branch, f"{made.tag}:refs/tags/{plan.tag}") if plan.tag else (branch,)


def flags(plan: Plan) -> tuple[str, ...]:
    """Both or neither, and nothing beside them; one ref alone needs no server that can do so."""
    return ("--atomic", "--no-follow-tags") if plan.tag else ("--no-follow-tags",)


async def is_where_it_was(plan: Plan, context: Context) -> None:
    """See that the remote is pushed to where the person was shown it would be.

    Raises:
        FailedError: Its push URL has changed, by itself or by ``pushInsteadOf``.
    """
    now = without_credentials(await context.git.push_url(plan.remote))
    if now != plan.remote_url:
        raise FailedError(
            f"{plan.remote} is pushed to {now or 'nowhere'} now, and the plan says {plan.remote_url}",
            cure=f"set it back: git remote set-url --push {plan.remote} {plan.remote_url}",
        )


async def _pushed(plan: Plan, context: Context) -> Probed:
    branch, tag = f"refs/heads/{plan.branch}", f"refs/tags/{plan.tag}"
    made = context.workspace.made
    try:
        await is_where_it_was(plan, context)
        there = await context.git.remote_refs(plan.remote, branch, tag)
        landed = await _has_commit(plan, context, there.get(branch, ""))
    except FailedError as error:
        return Probed(State.UNKNOWN, error.what, error.cure)
    if plan.tag and there.get(tag, made.tag) != made.tag:
        return not_our_tag(plan, plan.remote)
    return DONE if landed and (not plan.tag or tag in there) else NOT_DONE


def not_our_tag(plan: Plan, where: str) -> Probed:
    """What is said of a place that has another object under the name of our tag."""
    cure = "somebody else has made it: a person must decide which of the two it shall be"
    return Probed(State.CONFLICT, f"{where} has a tag {plan.tag} that is not ours", cure)


async def _has_commit(plan: Plan, context: Context, tip: str) -> bool:
    """Whether the remote's branch has the release commit; fetches what others pushed on top."""
    commit = context.workspace.made.commit
    if tip in {"", plan.base, commit}:
        return tip == commit
    upstream = context.workspace.upstream_ref
    (await context.git.fetch_private(plan.remote, plan.branch, upstream)).checked()
    return await context.git.contains(upstream, commit)


async def _push(plan: Plan, context: Context) -> None:
    pushing = replace(context.workspace.pushing, on_line=context.line_sink("push"))
    pushed = await pushing.run(*_PUSH, *flags(plan), "--", plan.remote, *refspecs(plan, context))
    if pushed.ok:
        return
    refused = _refused(pushed)
    if f"refs/heads/{plan.branch}" in refused:
        await _go_aside(plan, context, pushed)
    what, cure = _against_a_rule(plan, refused) if refused else _not_taken(plan, context, pushed)
    raise FailedError(what, cure=cure, detail=pushed.stderr.strip())


def _against_a_rule(plan: Plan, refused: tuple[str, ...]) -> tuple[str, str]:
    names = ", ".join(ref.removeprefix("refs/tags/") for ref in refused)
    return f"{plan.remote} refused {names}, and so took nothing", f"change the rule or hook of {names} there"


def _not_taken(plan: Plan, context: Context, pushed: Completed) -> tuple[str, str]:
    by_hand = shlex.join(("git", "push", "--dry-run", plan.remote, refspecs(plan, context)[0]))
    reading = remote_errors.read(pushed, Request(plan.remote, "push to", by_hand))
    return f"{plan.remote} did not take the push of {plan.branch}: {reading.what}", reading.cure


def _refused(pushed: Completed) -> tuple[str, ...]:
    """The refs that the remote has said No to, rather than nothing (git-push, OUTPUT).

    Of an atomic push those are left out that only go down with another one.
    """
    lines = (line.split("\t") for line in pushed.stdout.splitlines() if line.startswith("!"))
    told = [(line[1].partition(":")[2], line[-1]) for line in lines if len(line) > 1]
    return tuple(ref for ref, why in told if "atomic push fail" not in why)


async def _go_aside(plan: Plan, context: Context, refused: Completed) -> None:
    """Push what can be pushed beside a branch that is closed: the tag alone, the commit under its own name.

    Raises:
        FailedError: Always, for the branch is owed; the cure says how it gets there.
    """
    made, aside = context.workspace.made, f"release/{plan.version}"
    wanted = [f"{made.commit}:refs/heads/{aside}"]
    if plan.tag:
        wanted.append(f"{made.tag}:refs/tags/{plan.tag}")
    push = (*_PUSH, "--no-follow-tags", "--", plan.remote)
    gone = [(await context.workspace.pushing.run(*push, ref)).ok for ref in wanted]
    if gone[0]:
        cure = f"{_merge(plan, context, aside)}; merge it as it is (no squash, no rebase)"
    else:
        cure = f"make room there for {plan.branch} (a rule, a hook, a commit that came between)"
    raise FailedError(
        f"{plan.remote} refused {plan.branch}{_beside(plan, aside, gone)}",
        cure=cure,
        detail=refused.stderr.strip(),
    )


def _beside(plan: Plan, aside: str, gone: list[bool]) -> str:
    names = [name for name, went in zip((aside, plan.tag), gone, strict=False) if went]
    return f"; pushed instead: {' and '.join(map(str, names))}" if names else ""


def _merge(plan: Plan, context: Context, aside: str) -> str:
    repository = context.forge.found.repository
    if repository is None:
        return f"open a request to merge {aside} into {plan.branch}"
    return f"open a pull request: {repository.pull_request(aside, plan.branch, plan.title)}"
