"""The commit and the tag objects of a release, kept by private refs before anything is public."""

from functools import partial

from release_async.external.git.git_commands import ABSENT
from release_async.plan.effect import NOT_DONE, Effect, Probed, State
from release_async.plan.plan import Package, Plan
from release_async.run.context import Context
from release_async.run.step_results import ReleaseCommit, Results, TagObjects
from release_async.versions.tag_history import TagKind


async def commit_kept(context: Context) -> Probed:
    """Whether the private ref of the commit that is released is there, and gives that commit."""
    oid = await context.git.oid(context.workspace.commit_ref)
    return Probed(State.DONE, gives=(ReleaseCommit(oid),)) if oid else NOT_DONE


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """The object of each tag of the plan, for the step that gives the commit."""
    return tuple(
        Effect(
            name=f"tag object {tag}",
            probe=partial(_tag_made, context, made, tag),
            perform=partial(_make_tag, plan, context, made, tag),
        )
        for tag in plan.tags
    )


async def _tag_made(context: Context, made: Results, tag: str) -> Probed:
    oid = await context.git.oid(context.workspace.tag_ref(tag))
    return Probed(State.DONE, gives=(TagObjects({**made.tags, tag: oid}),)) if oid else NOT_DONE


async def _make_tag(plan: Plan, context: Context, made: Results, tag: str) -> None:
    """Make the tag object where no ref of the user's shows it.

    ``git tag`` signs as configured but always writes a ref, so it runs in an empty repository of ours
    that keeps its objects in the user's store (git, ENVIRONMENT VARIABLES: GIT_OBJECT_DIRECTORY).
    """
    package, commit = plan.tagged(tag), made.get(ReleaseCommit).oid
    oid = (
        commit if package.tag_kind == TagKind.LIGHTWEIGHT else await _object(package, context, (tag, commit))
    )
    await context.git.set_ref(context.workspace.tag_ref(tag), oid, ABSENT)


async def _object(package: Package, context: Context, marked: tuple[str, str]) -> str:
    workspace, (tag, commit) = context.workspace, marked
    objects = str(await context.git.common_directory() / "objects")
    alone = await context.git.isolated_repository(
        workspace.directory / "tag.git", GIT_OBJECT_DIRECTORY=objects
    )
    how = "--sign" if package.tag_kind == TagKind.SIGNED else "--annotate"
    tagged = await alone.patient.run("tag", how, "-m", package.title, "--", tag, commit)
    tagged.checked(
        "see that tags can be made and signed: "
        "git tag -a -m test release-async-test && git tag -d release-async-test"
    )
    return await alone.oid(f"refs/tags/{tag}")
