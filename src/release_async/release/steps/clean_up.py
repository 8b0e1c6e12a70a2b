"""Removes what the release made for itself, and keeps the files for the user who asked for them."""

import os
import shlex
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import anyio

from release_async.base import files
from release_async.base.errors import FailedError
from release_async.base.files import Artifact
from release_async.external.index import repository_url
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed, State
from release_async.plan.plan import Package, Plan
from release_async.release import candidate_ref, proposal_refs
from release_async.run.context import Context
from release_async.run.step_results import BuiltFiles, Results

TITLE = "Clean up"
NEEDS = (BuiltFiles,)
GIVES = ()


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Never skipped: nothing of ours stays behind."""
    return ""


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """Copies in ``dist/`` where wanted, then our own directory and refs gone."""
    clear = Effect(
        name="remove our working files", probe=partial(_cleared, context), perform=context.workspace.clear
    )
    proposed = Effect(
        name=f"remove what the proposal left on {plan.remote}",
        probe=partial(_withdrawn, plan, context),
        perform=partial(_withdraw, plan, context),
        patience=15.0,
    )
    candidate = Effect(
        name=f"remove {plan.candidate_branch} on {plan.remote}",
        probe=partial(_candidate_removed, plan, context, made),
        perform=partial(candidate_ref.remove, plan, context, made.commit),
        patience=15.0,
    )
    ours = (*([proposed] if plan.by_request else []), *([candidate] if plan.has_candidate else []), clear)
    if not plan.keep_artifacts:
        return ours
    keep = Effect(
        name="copy the files to dist/",
        probe=partial(_kept, context, made),
        perform=partial(_keep, plan, context, made),
        manual=(_by_hand(context, made),),
    )
    return (keep, *ours)


def _by_hand(context: Context, made: Results) -> str:
    """Without overwriting: what the user has there under such a name stays."""
    dist = str(context.project / "dist")
    kept = [str(artifact.path) for artifact in made.files]
    return f"{shlex.join(('mkdir', '-p', dist))} && {shlex.join(('cp', '-n', *kept, dist))}"


async def _kept(context: Context, made: Results) -> Probed:
    wanted = [_copy_of(artifact, context) for artifact in made.files]
    there = [await anyio.to_thread.run_sync(files.is_intact, copy) for copy in wanted]
    return DONE if all(there) else NOT_DONE


def _copy_of(artifact: Artifact, context: Context) -> Artifact:
    return replace(artifact, path=context.project / "dist" / artifact.name)


async def _keep(plan: Plan, context: Context, made: Results) -> None:
    for package in plan.packages:
        for artifact in made.files_of(package.name):
            copy = _copy_of(artifact, context)
            if not await anyio.to_thread.run_sync(files.is_intact, copy):
                again = _again(plan, package, copy.path, context.index.simple_url)
                await anyio.to_thread.run_sync(_copy, artifact, copy.path, again)


def _again(plan: Plan, package: Package, target: Path, simple: str) -> str:
    """The command that fetches a released file once more."""
    sdist = ("--no-binary", ":all:") if target.suffix == ".gz" else ()
    fetch = ("download", "--no-deps", *sdist, "--dest", str(target.parent))
    url = plan.target.repository_url
    return repository_url.pip_command(url, package.requirement, *fetch, simple=simple)


def _copy(artifact: Artifact, target: Path, again: str) -> None:
    """Copy one file under its name when it is whole; what the user has there under that name stays.

    Raises:
        FailedError: The name is taken, or what was released is not kept any more.
    """
    if os.path.lexists(target):
        away = shlex.join(("mv", str(target), f"{target}.mine"))
        raise FailedError(f"{target} is another file than the one released", cure=f"move it away: {away}")
    if not files.is_intact(artifact):
        raise FailedError(
            f"{artifact.path} is gone or changed, and cannot be copied",
            cure=f"put the released file {target.name} there from the index: {again}",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    shutil.copyfile(artifact.path, part)
    part.rename(target)


async def _candidate_removed(plan: Plan, context: Context, made: Results) -> Probed:
    """Whether the branch that CI has built is gone, or has become that of others."""
    try:
        is_ours = await candidate_ref.on_remote(plan, context) == made.commit
    except FailedError as error:
        return Probed(State.UNKNOWN, error.what, error.cure)
    return NOT_DONE if is_ours else DONE


async def _withdrawn(plan: Plan, context: Context) -> Probed:
    """Whether the branch of the proposal and the ref of its plan are gone."""
    try:
        commit = await context.git.oid(context.workspace.commit_ref)
        return DONE if await proposal_refs.are_gone(plan, context, commit) else NOT_DONE
    except FailedError as error:
        return Probed(State.UNKNOWN, error.what, error.cure)


async def _withdraw(plan: Plan, context: Context) -> None:
    await proposal_refs.remove(plan, context, await context.git.oid(context.workspace.commit_ref))


async def _cleared(context: Context) -> Probed:
    return DONE if context.workspace.cleared() else NOT_DONE
