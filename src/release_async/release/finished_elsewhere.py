"""Whether another clone has finished a release that waits in this one. It asks and changes nothing."""

from release_async.base.errors import FailedError
from release_async.external.index.simple_api import files_of_version
from release_async.plan.plan import Plan
from release_async.release import candidate_ref, proposal_refs
from release_async.release.public_and_owed import Release
from release_async.release.steps.propose import look
from release_async.run.context import Context


async def is_out(release: Release) -> bool:
    """Whether it is seen to be out: merged and tagged so, on the index, and its plan taken off the remote.

    The plan is removed last, or the candidate where there is no plan: as long as it is there somebody may be
    at work on it.

    Args:
        release: A release that others merge, or that CI builds, before its point of no return as far as this
            clone knows.
    """
    plan, context = release.plan, release.context
    try:
        if not plan.by_request:
            return await _is_collected(release)
        if (await proposal_refs.on_remote(plan, context)).record:
            return False
        request = await look(plan, context, release.made)
        merged = request.merged_as if request else ""
        return bool(merged) and await _is_tagged(plan, context, merged) and await _is_on_index(plan, context)
    except FailedError:
        return False  # then it is gone on with, which says what does not answer


async def _is_collected(release: Release) -> bool:
    plan, context, commit = release.plan, release.context, release.made.commit
    if not plan.tags or await candidate_ref.on_remote(plan, context):
        return False  # without a tag nothing says of which commit the files are
    return await _is_tagged(plan, context, commit) and await _is_on_index(plan, context)


async def _is_tagged(plan: Plan, context: Context, commit: str) -> bool:
    there = await context.git.remote_tags(await context.git.remote(plan.remote))
    return all(there.get(tag) == commit for tag in plan.tags)


async def _is_on_index(plan: Plan, context: Context) -> bool:
    context.index.expect_change()
    for package in plan.packages:
        if not list(files_of_version(await context.index.files(package.name), package.version)):
            return False
    return True


def words(plan: Plan) -> str:
    """What a person is told of it."""
    fetch = f"git fetch {plan.remote} --tags" if plan.tags else f"git pull {plan.remote} {plan.branch}"
    return f"{plan.label} is out: it was finished in another clone; to have it here: {fetch}"
