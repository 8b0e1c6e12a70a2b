"""Builds the sdist from the release commit and the wheel from that sdist, and pins their bytes.

Where the version comes from the tag, what is built is a clone of our own that alone has the tag. What comes
of it has to have the planned version, or the release ends here.
"""

from functools import partial

from packaging.utils import parse_wheel_filename
from packaging.version import Version

from release_async.base import files
from release_async.base.errors import FailedError
from release_async.external.build.builder import BuildResult
from release_async.external.git import checkout_state, private_clone
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed
from release_async.plan.plan import Package, Plan
from release_async.run.context import Context
from release_async.run.step_results import BuiltFiles, ReleaseCommit, Results
from release_async.versions import tag_obstacles
from release_async.versions.tag_history import TagHistory, TagKind
from release_async.versions.tag_obstacles import Built, PlannedTag
from release_async.versions.tag_rules import TagRules

TITLE = "Build"
NEEDS = (ReleaseCommit,)
GIVES = (BuiltFiles,)


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Never skipped: only what was built from the release commit is uploaded."""
    return ""


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """Both files of each package, built once in the environment that was made while the tests ran."""
    return (
        Effect(
            name="sdist and wheel",
            probe=partial(_built, made),
            perform=partial(_build, plan, context, made),
        ),
    )


async def _built(made: Results) -> Probed:
    return DONE if made.find(BuiltFiles) else NOT_DONE


async def _build(plan: Plan, context: Context, made: Results) -> BuiltFiles:
    workspace, commit = context.workspace, made.get(ReleaseCommit).oid
    if plan.version_tags:
        await _tag_in_clone(plan, context, made)
    epoch = int(await context.git.text("show", "--no-patch", "--format=%ct", commit))
    packages = {}
    for package in plan.packages:
        source = workspace.source / package.root
        built = await workspace.builder.build(source, workspace.artifacts, epoch=epoch)
        if package.version_tag:
            await _see_that_it_is_planned(package, context, built)
        packages[package.name] = (files.pin(built.wheel), files.pin(built.sdist))
    return BuiltFiles(packages)


async def _tag_in_clone(plan: Plan, context: Context, made: Results) -> None:
    """Have a clone that alone has the tags; one that was left by a run that died is used again."""
    inside = await context.workspace.clone_of(made.get(ReleaseCommit).oid)
    for tag in plan.version_tags:
        await private_clone.tag(inside, tag, made.tags.get(tag, ""))


async def _see_that_it_is_planned(package: Package, context: Context, built: BuildResult) -> None:
    """See that the backend has read the planned version off the tag.

    Raises:
        FailedError: It has made another one of it; why is told as far as it can be.
    """
    version = parse_wheel_filename(built.wheel.name)[1]
    if str(version) == str(Version(package.version)):
        return
    planned = PlannedTag(package.version_tag, package.version, TagKind(package.tag_kind))
    tracked = frozenset(context.files.paths())
    dirty = await private_clone.changed(context.git.at(context.workspace.clone))
    seen = Built(str(version), tracked, await checkout_state.is_shallow(context.git), dirty)
    found = context.tags or TagHistory(TagRules(package.tag_tool))
    what, cure = tag_obstacles.explanation(found, planned, seen)
    raise FailedError(what, cure=f"{cure}; then run the same command again")
