"""``rehearse``: makes the whole release in a sandbox and shows the outcome. Nothing leaves this machine."""

import os
from dataclasses import dataclass, replace

import anyio

from release_async.base.exit_codes import ExitCode
from release_async.cli.command_line import Options
from release_async.cli.commands.next_command import may_be_done
from release_async.cli.commands.release_request import check_options, release_request
from release_async.plan.events import Note, Released
from release_async.plan.plan import Plan
from release_async.plan.settings import REHEARSAL
from release_async.release import check_runner, first_look
from release_async.release.check_runner import CheckOptions
from release_async.render.redacting_renderer import RedactingRenderer
from release_async.run import opening, project as projects, rehearsal_directories, rehearsal_sandbox
from release_async.run.context import Context
from release_async.run.opening import Request
from release_async.run.rehearsal_builds import RehearsedBuilds
from release_async.run.rehearsal_requests import RehearsedRequests
from release_async.run.rehearsal_sandbox import Original, Sandbox
from release_async.run.retry_policy import Watch
from release_async.run.unnamed_version import free_patch


async def rehearse(options: Options, renderer: RedactingRenderer) -> int:
    """Make the whole release in a sandbox, and show what became of it.

    Raises:
        ReleaseAsyncError: As a release; nothing has left the sandbox whatever happened.
    """
    checks = check_options(options, renderer)
    request = replace(release_request(options, renderer), choose=free_patch, as_it_is=True)
    original, missing = await _original(request, renderer, checks)
    asked = _Asked(original, options, checks)
    if left := await anyio.to_thread.run_sync(rehearsal_directories.sweep):
        killed = "a rehearsal that was killed" if left == 1 else f"{left} rehearsals that were killed"
        renderer.show(Note(f"what {killed} had left in the folder for temporary files is removed"))
    renderer.show(Note("building a sandbox, kept whole only if something fails"))
    async with rehearsal_sandbox.opened(asked.original) as box:
        try:
            shown = await _rehearsed(box, replace(request, directory=box.project, environ=box.environ), asked)
        except Exception:  # as where it is decided that it stays
            renderer.show(Note(f"the sandbox is {box.directory}"))
            raise
        await box.discard()
        for told in missing:
            renderer.show(Note(told))
        renderer.show(shown)
    return ExitCode.DONE


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is rehearsed, and how."""

    original: Original
    options: Options
    checks: CheckOptions


async def _rehearsed(box: Sandbox, inside: Request, asked: _Asked) -> Released | Note:
    """Check and release in a sandbox; what to show of it in the end."""
    async with opening.open_release(inside) as (plan, opened):
        context = _in_sandbox(box, plan, opened)
        await check_runner.check(plan, context, await _as_far_as_asked(asked.original, asked.checks))
        if asked.options.dry_run:
            return may_be_done(plan, asked.options)
        from release_async.release import step_runner  # noqa: PLC0415 - a refusal need not wait for it

        started = anyio.current_time()
        await step_runner.perform(plan, context)
        seconds = anyio.current_time() - started
    facts = await _found_in(box, plan)
    return Released(plan.names, plan.versions, facts, seconds, rehearsed=True)


def _in_sandbox(box: Sandbox, plan: Plan, opened: Context) -> Context:
    """The context with a forge of the sandbox's own, whose people and machines need not be waited for."""
    builds = None
    if plan.collects:
        opened.emit(Note("CI is not asked: in its place one sdist and one wheel are built on this machine"))
        builder, root = opened.workspace.builder, plan.packages[0].root
        builds = RehearsedBuilds(box.remote, builder, "" if root == "." else root, box.directory / "ci")
    return replace(
        opened,
        sandbox_requests=RehearsedRequests(box.remote),
        sandbox_builds=builds,
        watch=Watch(seconds=60.0, first=0.1),
    )


async def _as_far_as_asked(original: Original, options: CheckOptions) -> CheckOptions:
    """The checks without that of the branch, where another one is checked out: HEAD is what is rehearsed."""
    branch = await original.git.branch()
    if branch == original.settings.branch:
        return options
    seen = f"{branch} is checked out" if branch else "no branch is checked out"
    why = f"not asked: {seen}, and HEAD is rehearsed as {original.settings.branch}"
    return replace(options, skip=lambda plan, context: {"branch": why, **options.skip(plan, context)})


async def _original(
    request: Request, renderer: RedactingRenderer, checks: CheckOptions
) -> tuple[Original, tuple[str, ...]]:
    """The real project, which is only read, and what comes before it; what is not committed is named.

    Raises:
        RefusedError: What HEAD says is refused; for that nobody has to wait until the sandbox is made.
    """
    real = await projects.open_project(request.directory, request.flags, request.environ)
    request.hide(real.settings.hidden)
    if left_out := await real.git.status():
        names = ", ".join(entry[3:] for entry in left_out[:5])
        files = "1 uncommitted file is" if len(left_out) == 1 else f"{len(left_out)} uncommitted files are"
        renderer.show(Note(f"HEAD is rehearsed; {files} left out: {names}"))
    missing: tuple[str, ...] = ()
    if REHEARSAL not in request.environ:
        version = request.version or await request.choose(real)
        await first_look.refuse_early(real, version, checks, renderer.show)
        missing = await first_look.missing_before(real, version)
    found = Original(real.git, real.directory, real.distribution.name, real.settings, os.environ)
    return found, missing


async def _found_in(box: Sandbox, plan: Plan) -> tuple[tuple[str, str], ...]:
    """What a rehearsed release has really left behind, asked of the sandbox's own index, remote and pip."""
    files = ", ".join(sorted(path.name for path in box.packages.iterdir()))
    branch = [f"refs/heads/{plan.branch}"] if plan.touches_branch or plan.by_request else []
    ours = (*branch, *(f"refs/tags/{tag}" for tag in plan.tags))
    form = "--format=%(refname:short) %(objectname:short)"
    refs = (await box.remote.text("for-each-ref", form, *ours)).splitlines()
    installed = [
        ("installed", f"{each.requirement} from the index says it is {await box.install(each)}")
        for each in plan.packages
    ]
    return (
        ("on the index", files),
        ("pushed", ", ".join(refs)),
        *installed,
        ("the files", f"{box.directory} (may be deleted)"),
    )
