"""``release-async``, ``check``, ``rehearse``: open the project, show the plan, let it be carried out.

What is checked and done is decided in `checks` and `steps`, never here.
"""

import difflib
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import anyio

from release_async.base.errors import (
    ExitCode,
    RefusedError,
    ReleaseAsyncError,
    ReleaseProgress,
    UnfinishedError,
    UsageError,
)
from release_async.cli.command_line import Options
from release_async.cli.commands import unfinished
from release_async.external.github.client import Forge
from release_async.external.index import repository_url
from release_async.plan import stages
from release_async.plan.events import Note, PlanMade, Released
from release_async.plan.plan import Plan
from release_async.plan.settings import Flags
from release_async.release import conductor, progress, run_checks
from release_async.release.checks import CHECKS
from release_async.release.run_checks import Terms
from release_async.render.redact import RedactingRenderer
from release_async.run import lock, project as projects, sandbox, workspace
from release_async.run.context import Context
from release_async.run.project import Project
from release_async.run.sandbox import Sandbox
from release_async.versions import config
from release_async.versions.pep440 import parse

_OF_THE_REPOSITORY = ("branch", "upstream", "push-right", "tag-free", "forge-rules", "release-page")
_NEEDED = {"build-environment": "it makes the environment that the release is built in"}


async def release(options: Options, renderer: RedactingRenderer) -> int:
    """Make a release of the project, for the world to see.

    Raises:
        ReleaseAsyncError: It was refused, failed, or is unfinished.
    """
    if options.version is None and not (renderer.can_ask or options.yes or options.dry_run):
        raise UsageError(
            "there is no terminal to confirm a patch release on", cure="say --version patch, or --yes"
        )
    _can_be_skipped(options)
    project = await _opened(options, renderer, Path(options.project), os.environ)
    await _nothing_unfinished(project)
    if options.version and not options.test and await _is_out(project, options.version):
        await workspace.sweep(project.git)  # a run that died in its clean-up has left the rest of it
        renderer.show(
            Note(f"{project.distribution.name} {options.version} is released already: nothing is owed")
        )
        return ExitCode.DONE
    plan = await _planned(project, options, renderer)
    with anyio.CancelScope() as scope:
        async with projects.context(project, plan, renderer.show) as context:
            await _check(options, renderer, plan, context)
            if options.dry_run:
                return ExitCode.DONE
            question = f"Release {plan.name} {plan.version} to {plan.target.name}?"
            if renderer.can_ask and not options.yes and not await renderer.ask(question):
                raise RefusedError("the release was not confirmed", cure="nothing was begun")
            seconds = await _perform(plan, context)
            scope.shield = True  # it is out: no signal that comes while the doors close may deny that
            renderer.show(Released(plan.name, plan.version, where_to_look(plan, context), seconds))
    return ExitCode.DONE


async def _nothing_unfinished(project: Project) -> None:
    """Refuse to begin a release beside one that still owes something.

    Raises:
        RefusedError: A release is running.
        UnfinishedError: One was broken off.
    """
    home = await workspace.home_of(project.git)
    running = await anyio.to_thread.run_sync(lock.owner, home)
    if running:
        raise lock.refused(running)
    for recorded in await anyio.to_thread.run_sync(workspace.unfinished, home):
        error = UnfinishedError(
            f"the release of {recorded.plan.name} {recorded.plan.version}, begun "
            f"{unfinished.moment(recorded)}, is unfinished and comes first",
            cure=f"finish it: {progress.RESUME}; see how it stands: release-async status; "
            f"give it up: {progress.ABANDON}",
        )
        error.progress = ReleaseProgress()
        with suppress(ReleaseAsyncError):  # that it is unfinished is certain, whatever cannot be asked
            error.progress = await unfinished.left(project.git, recorded)
        raise error


async def _is_out(project: Project, version: str) -> bool:
    """Whether this version is released: HEAD states it, its tag is on the remote, the index has files."""
    wanted, stated = parse(version), project.distribution.version
    if wanted is None or str(wanted) != stated:
        return False
    settings, git = project.settings, project.git
    if settings.auto_git_tag:
        ref = f"refs/tags/{config.tag(settings.tag_format, stated)}"
        oid = (await git.remote_refs(settings.remote, ref)).get(ref, "")
        if not oid or not await git.contains("HEAD", oid):
            return False
    return stated in await projects.released(project)


async def check(options: Options, renderer: RedactingRenderer) -> int:
    """Run every safety check, and nothing else.

    Raises:
        ReleaseAsyncError: A check refused or could not judge.
    """
    _can_be_skipped(options)
    project = await _opened(options, renderer, Path(options.project), os.environ)
    plan = await _planned(project, options, renderer)
    async with projects.context(project, plan, renderer.show) as context:
        await _check(options, renderer, plan, context)
    return ExitCode.DONE


async def rehearse(options: Options, renderer: RedactingRenderer) -> int:
    """Make the whole release in a sandbox, and show what became of it.

    Raises:
        ReleaseAsyncError: As a release; nothing has left the sandbox whatever happened.
    """
    _can_be_skipped(options)
    real = await _opened(options, renderer, Path(options.project), os.environ)
    left_out = await real.git.status()
    if left_out:
        names = ", ".join(entry[3:] for entry in left_out[:5])
        renderer.show(Note(f"HEAD is rehearsed; {len(left_out)} uncommitted files are left out: {names}"))
    original = sandbox.Original(real.git, real.directory, real.distribution.name, real.settings, os.environ)
    renderer.show(Note("building a sandbox: a clone, a remote, an index, an environment for the tests"))
    async with sandbox.opened(original) as box:
        renderer.show(Note(f"the sandbox is {box.directory}; it stays, and may be deleted afterwards"))
        project = await _opened(options, renderer, box.project, box.environ)
        plan = await _planned(project, options, renderer)
        async with projects.context(project, plan, renderer.show) as context:
            await _check(options, renderer, plan, context)
            if options.dry_run:
                return ExitCode.DONE
            seconds = await _perform(plan, context)
        renderer.show(Released(plan.name, plan.version, await _found_in(box, plan), seconds, rehearsed=True))
    return ExitCode.DONE


async def _planned(project: Project, options: Options, renderer: RedactingRenderer) -> Plan:
    """Decide the release and show all of it."""
    plan = await projects.decide(project, _request(options))
    renderer.show(PlanMade(plan, projects.lines(project, plan), stages.stages(plan)))
    return plan


def _request(options: Options) -> str:
    """What was asked for; an empty text was (by a script whose variable is not set), and is no version."""
    return "patch" if options.version is None else options.version


def _can_be_skipped(options: Options) -> None:
    """See that every check that is to be skipped exists and may be, before anything is read or made."""
    for name in options.skip:
        if name not in CHECKS:
            near = difflib.get_close_matches(name, CHECKS, n=1)
            known = f"the checks are: {', '.join(CHECKS)}"
            cure = f"did you mean {near[0]}? {known}" if near else known
            raise UsageError(f"there is no check {name!r}", cure=cure)
        if name in _NEEDED and options.command != "check" and not options.dry_run:
            cure = f"leave --skip {name} away; release-async check can do without it"
            raise UsageError(f"the check {name} cannot be skipped: {_NEEDED[name]}", cure=cure)


async def _opened(
    options: Options, renderer: RedactingRenderer, directory: Path, environ: Mapping[str, str]
) -> Project:
    no_tests = options.skip_tests or "tests" in options.skip
    flags = Flags(test=options.test, skip_tests=no_tests, verbose=options.verbose)
    project = await projects.opened(directory, flags, environ)
    renderer.hide(project.settings.hidden)
    return project


async def _check(options: Options, renderer: RedactingRenderer, plan: Plan, context: Context) -> None:
    async def ask(question: str) -> bool:
        return (
            renderer.can_ask
            and not options.yes
            and options.command != "rehearse"
            and await renderer.ask(question)
        )

    await run_checks.check(
        plan, context, Terms(ask=ask, skip=_skipped(options, plan, context), keep_going=options.keep_going)
    )


def _skipped(options: Options, plan: Plan, context: Context) -> dict[str, str]:
    """The checks that are not run, and why."""
    skip = {}
    if not context.settings.run_tests:
        skip["tests"] = "--skip-tests" if options.skip_tests else "RUN_TESTS_BEFORE_UPLOAD is false"
    if plan.upload_only:
        skip |= dict.fromkeys(_OF_THE_REPOSITORY, "--test changes no branch and no tag")
    if options.command == "rehearse":
        skip["ci"] = "a rehearsal asks no forge"
    return skip | {name: f"--skip {name}" for name in options.skip}


async def _perform(plan: Plan, context: Context) -> float:
    started = anyio.current_time()
    await conductor.perform(plan, context)
    return anyio.current_time() - started


def where_to_look(plan: Plan, context: Context) -> tuple[tuple[str, str], ...]:
    """The facts of a finished release: a label, and where to look."""
    names = ", ".join(artifact.name for artifact in context.workspace.made.artifacts)
    # What it depends on is not on a test index, or is there by the hand of anybody.
    command = ("install", "--no-deps") if plan.upload_only else ("install",)
    install = repository_url.pip(plan.target.repository_url, f"{plan.name}=={plan.version}", *command)
    facts = [
        ("on the index", f"{plan.target.name}: {names}"),
        ("install it", install),
        ("its page", repository_url.public_page(plan.target.repository_url, plan.name, plan.version)),
    ]
    if plan.upload_only:
        facts.append(("installed", context.workspace.made.tried))
    else:
        pushed = f"{plan.branch} and {plan.tag}" if plan.tag else plan.branch
        facts.append(("pushed", f"{pushed} to {plan.remote} ({plan.remote_url})"))
    if plan.tag and isinstance(context.forge.found, Forge):
        facts.append(("release page", context.forge.found.repository.release_url(plan.tag)))
    return tuple((label, text) for label, text in facts if text)


async def _found_in(box: Sandbox, plan: Plan) -> tuple[tuple[str, str], ...]:
    """What a rehearsed release has really left behind, asked of the sandbox's own index, remote and pip."""
    files = ", ".join(sorted(path.name for path in box.packages.iterdir()))
    refs = (
        await box.remote.text("for-each-ref", "--format=%(refname:short) %(objectname:short)")
    ).splitlines()
    installed = await box.install(plan.name, plan.version)
    return (
        ("on the index", files),
        ("pushed", ", ".join(refs)),
        ("installed", f"{plan.name}=={plan.version} from the index says it is {installed}"),
        ("sandbox", f"{box.directory} (may be deleted)"),
    )
