"""The remote would take the push: tried, with HEAD in the place of what is not made yet, and nothing is sent.

It proves connection, credentials, rights and atomic pushes; no dry run asks a server's own hooks and rules.
"""

from release_async.base.problems import NotJudged, Problems, refuse, warn
from release_async.base.url_credentials import without_credentials
from release_async.external.git import remote_errors
from release_async.external.git.remote_errors import REFUSALS, Request
from release_async.plan.merge_request import source_branch
from release_async.plan.plan import Plan
from release_async.process.run_process import Completed
from release_async.run.context import Context

TITLE = "Push right"
LONG = False

# What a fast-forward or a free tag would need is told by the checks `upstream` and `tag-free`.
_TOLD_ELSEWHERE = ("(fetch first)", "(non-fast-forward)", "(already exists)", "(atomic push failed)")


async def run(plan: Plan, context: Context) -> Problems | NotJudged:
    """Refuse where the remote says No; warn where one push goes to several places.

    Raises:
        CommandError: The remote did not answer.
    """
    if plan.upload_only:
        return NotJudged("nothing is pushed")
    if not plan.remote_url:
        return NotJudged(f"there is no remote {plan.remote}")
    tried = await _try(plan, context)
    return (*_several_places(plan, context), *(() if tried.ok else _refused(plan, tried)))


async def _try(plan: Plan, context: Context) -> Completed:
    """Push nothing; no pre-push hook is run, since it would judge HEAD for a release that it is not."""
    tags = (f"{plan.base}:refs/tags/{tag}" for tag in plan.tags)
    target = source_branch(plan) if plan.by_request else plan.branch
    pushed = plan.touches_branch or plan.by_request
    wanted = (*([f"{plan.base}:refs/heads/{target}"] if pushed else []), *tags)
    silent = ("--porcelain", "--no-verify", "--no-follow-tags")
    atomic = ("--atomic",) if len(wanted) > 1 else ()
    return await context.git.try_push(*silent, *atomic, "--", plan.remote, *wanted)


def _refused(plan: Plan, tried: Completed) -> Problems:
    rejected = [line.split("\t") for line in tried.stdout.splitlines() if line.startswith("!\t")]
    reasons = [(parts[1].partition(":")[2], parts[-1]) for parts in rejected]
    if rejected:
        again = f"git push --dry-run {plan.remote} {plan.branch}"
        return tuple(
            refuse(f"{plan.remote} would not take {ref}: {reason}", cure=f"see it again: {again}")
            for ref, reason in reasons
            if not reason.endswith(_TOLD_ELSEWHERE)
        )
    request = Request(plan.remote, "push to", f"git push --dry-run {plan.remote} {plan.branch}")
    reading = remote_errors.diagnose(tried, request)
    if reading.cause not in REFUSALS:
        raise remote_errors.failure(tried, request)
    return (refuse(reading.what, cure=reading.cure, detail=remote_errors.without_advice(tried.stderr)),)


def _several_places(plan: Plan, context: Context) -> Problems:
    """A release watches one place; git pushes to all push URLs of a remote, one after another."""
    urls = context.remote.push_urls
    if len(urls) < 2:  # noqa: PLR2004 - more than one
        return ()
    shown = ", ".join(without_credentials(url) for url in urls)
    what = f"a push to {plan.remote} goes to {len(urls)} places, and only the first is watched: {shown}"
    cure = "name a remote of one place: remote in [tool.release-async]; the others by git push, afterwards"
    return (warn(what, cure=cure),)
