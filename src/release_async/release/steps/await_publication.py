"""Waits until CI has published the version whose tag was pushed: its run is over, and every file is there.

The run is that of exactly this commit, tag and workflow. What a version has to have is what the last release
had, or what `wheels` says: a green run has published a part before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from release_async.external.github import workflow_runs
from release_async.external.github.gh_api import Forge
from release_async.external.github.workflow_runs import WorkflowRun
from release_async.external.index.simple_api import files_of_version
from release_async.guard import publishing_workflows
from release_async.plan import expected_files
from release_async.plan.effect import (
    DONE,
    NOT_DONE,
    AwaitedAction,
    Effect,
    Probed,
    State,
    left_to_others,
    waits_for,
)
from release_async.plan.events import Note
from release_async.plan.plan import Package, Plan
from release_async.release import run_comparison, workflow_run_words as words
from release_async.release.answered import answered
from release_async.release.run_comparison import Published
from release_async.release.steps.propose import RETRY_TIMEOUT
from release_async.run.context import Context
from release_async.run.step_results import BuiltFiles, Compared, ReleaseCommit, Results, TagObjects

TITLE = "Publication by CI"
NEEDS = (ReleaseCommit, TagObjects)
GIVES = (BuiltFiles, Compared)


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Never skipped: a release that CI has not published is none."""
    return ""


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """For each package, that the index has all of it, and that it is what its run has built."""
    awaited = [_Awaited(plan, context, package, made.commit) for package in plan.packages]
    return tuple(effect for each in awaited for effect in (_publication(each), _comparison(each, made)))


def _publication(awaited: "_Awaited") -> Effect:
    return Effect(
        name=f"{awaited.package.label} published by CI on {awaited.plan.target.name}",
        probe=answered(partial(_published, awaited)),
        perform=left_to_others,
        patience=awaited.context.settings.visible_timeout,
        retry_timeout=RETRY_TIMEOUT,
    )


def _comparison(awaited: "_Awaited", made: Results) -> Effect:
    return Effect(
        name=f"files of {awaited.package.label} compared with those of the run",
        probe=partial(_compared, awaited, made),
        perform=partial(_compare, awaited, made),
        retry_timeout=RETRY_TIMEOUT,
    )


@dataclass(frozen=True, slots=True)
class _Awaited:
    """What is waited for."""

    plan: Plan
    context: Context
    package: Package
    commit: str

    @property
    def tag(self) -> str:
        """The tag that has started it."""
        return self.package.tag or ""


async def _published(awaited: _Awaited) -> Probed:
    run, rows = await _run(awaited), await _rows(awaited)
    missing = [row for row in rows if row.is_missing]
    if run is not None and run.is_over and not run.is_green:
        return await _failed(awaited, run)
    if run is None or not run.is_over:
        if missing or run is not None or not any(row.there for row in rows):
            return waits_for(await _waiting(awaited, run))
        return Probed(State.DONE, gives=(BuiltFiles({}),))  # gh cannot be asked; the index has all of it
    if not missing and any(row.there for row in rows):
        return Probed(State.DONE, gives=(BuiltFiles({}),))
    listed = ", ".join(row.kind for row in missing) or "every file"
    return Probed(
        State.UNKNOWN,
        f"the run has ended well, and {awaited.plan.target.name} lacks of {awaited.package.label}: {listed}"
        f"{words.skipped(run)}",
        f"see what its job has uploaded: {run.address}; give what is missing to release-async publish, or "
        "say with `wheels` what a release has",
    )


async def _run(awaited: _Awaited) -> WorkflowRun | None:
    forge = await awaited.context.forge.connect()
    if not isinstance(forge, Forge):
        return None
    files = awaited.context.files
    read = {path: files.read(path) or b"" for path in filter(publishing_workflows.is_read, files.paths())}
    found = publishing_workflows.uploads(read, awaited.tag, page=False)
    paths = {each.path for each in found}
    return await workflow_runs.run_of_tag(forge, awaited.commit, awaited.tag, paths)


async def _rows(awaited: _Awaited) -> expected_files.Rows:
    package, context = awaited.package, awaited.context
    context.index.expect_change()
    files = await context.index.files(package.name)
    there = list(files_of_version(files, package.version))
    if (wheels := context.settings.wheels) is not None:
        return expected_files.by_patterns(wheels, there)
    root = "" if package.root == "." else package.root
    pyproject = context.files.read(f"{root}/pyproject.toml".lstrip("/")) or b""
    last, supported = (
        expected_files.last_release(files, package.version)[1],
        expected_files.requires_python(pyproject),
    )
    return expected_files.by_last_release(last, there, supported)


async def _failed(awaited: _Awaited, run: WorkflowRun) -> Probed:
    forge = await awaited.context.forge.connect()
    return Probed(
        State.CONFLICT,
        f"the run that publishes {awaited.package.label} {words.failure(run)}",
        words.cure(run),
        detail=await words.last_lines(forge, run) if isinstance(forge, Forge) else "",
    )


async def _waiting(awaited: _Awaited, run: WorkflowRun | None) -> AwaitedAction:
    recorded = awaited.context.workspace.journal.recorded
    forge = await awaited.context.forge.connect()
    who = await words.awaited(forge, run) if run and isinstance(forge, Forge) else ()
    return AwaitedAction(
        what=f"the workflow that publishes {awaited.tag}",
        since=recorded.begun if recorded else 0.0,
        address=run.address if run else "",
        who=who or (_NO_JOB if run else _NO_RUN,),
    )


_NO_RUN = "no run has begun that can be seen here"
_NO_JOB = "its run has not begun a job yet"


async def _compared(awaited: _Awaited, made: Results) -> Probed:
    """What was found in this run."""
    faults = _faults(made).get(awaited.package.name)
    if not faults:
        return NOT_DONE if faults is None else DONE
    more = f" (and {len(faults) - 1} more, see below)" if len(faults) > 1 else ""
    return Probed(
        State.CONFLICT,
        f"what is published is not what the run has built: {faults[0]}{more}",
        "see who has uploaded it and how; no GitHub release is published of it. If the files are wrong, yank "
        "the version and release the next one",
        detail="\n".join(faults) if len(faults) > 1 else "",
    )


def _faults(made: Results) -> Mapping[str, tuple[str, ...]]:
    return (made.find(Compared) or Compared()).faults


async def _compare(awaited: _Awaited, made: Results) -> Compared:
    run = await _run(awaited)
    published = Published(awaited.plan, awaited.context, awaited.package, awaited.commit, run)
    found = await run_comparison.compared(published)
    for note in found.notes:
        awaited.context.emit(Note(note))
    return Compared({**_faults(made), awaited.package.name: tuple(found.faults)})
