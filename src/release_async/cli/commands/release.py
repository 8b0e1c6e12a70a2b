"""``release-async``, ``check``, ``rehearse``: open the project, show the plan, let it be carried out.

What is checked and done is decided in `checks` and `steps`, never here.
"""

import difflib
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import anyio
from anyio import CancelScope

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
from release_async.external.index import client as index, repository_url
from release_async.plan.events import Note, Released
from release_async.plan.plan import Package, Plan
from release_async.plan.settings import Flags
from release_async.release import conductor, progress, run_checks
from release_async.release.checks import CHECKS
from release_async.release.run_checks import CheckOptions
from release_async.render.redact import RedactingRenderer
from release_async.run import lock, opening, project as projects, runs, sandbox
from release_async.run.context import Context
from release_async.run.opening import Request
from release_async.run.project import Project
from release_async.run.results import Installed, Results
from release_async.run.sandbox import Sandbox
from release_async.versions import config
from release_async.versions.pep440 import parse

_OF_THE_REPOSITORY = ("branch", "upstream", "push-right", "tag-free", "forge-rules", "release-page")
_NEEDED = {"build-environment": "it makes the environment that the release is built in"}


async def release(options: Options, renderer: RedactingRenderer) -> int:
    """Make a release of the project, for everybody to see.

    Raises:
        ReleaseAsyncError: It was refused, failed, or is unfinished.
    """
    if options.version is None and not (renderer.can_ask or options.yes or options.dry_run):
        raise UsageError(
            "there is no terminal to confirm a patch release on", cure="say --version patch, or --yes"
        )
    checks = _check_options(options, renderer)
    request = _request(options, renderer, accept=partial(_may_begin, options, renderer))
    try:
        with anyio.CancelScope() as scope:
            async with opening.open_release(request) as (plan, context):
                await run_checks.check(plan, context, checks)
                if not options.dry_run:
                    await _confirmed(options, renderer, plan)
                    await _perform(plan, context, renderer, scope)
    except _AlreadyOut:
        pass
    return ExitCode.DONE


class _AlreadyOut(Exception):  # noqa: N818 - it ends a run in which nothing is wrong
    """The version that was asked for is released already."""


async def _may_begin(options: Options, renderer: RedactingRenderer, project: Project) -> None:
    """See that nothing comes before this release, and that it is not out already.

    Raises:
        RefusedError: A release is running.
        UnfinishedError: One was broken off.
        _AlreadyOut: There is nothing to be done.
    """
    await _nothing_unfinished(project)
    if options.version and not options.test and await _is_out(project, options.version):
        await runs.sweep(project.git)  # a run that died in its clean-up has left the rest of it
        name = project.distribution.name
        renderer.show(Note(f"{name} {options.version} is released already: nothing is owed"))
        raise _AlreadyOut


async def _confirmed(options: Options, renderer: RedactingRenderer, plan: Plan) -> None:
    """Ask the person, where there is one.

    Raises:
        RefusedError: The answer was No.
    """
    question = f"Release {plan.label} to {plan.target.name}?"
    if renderer.can_ask and not options.yes and not await renderer.ask(question):
        raise RefusedError("the release was not confirmed", cure="nothing was begun")


async def _perform(plan: Plan, context: Context, renderer: RedactingRenderer, scope: CancelScope) -> None:
    started = anyio.current_time()
    made = await conductor.perform(plan, context)
    scope.shield = True  # it is out: no signal that comes while everything is closed may deny that
    facts, seconds = where_to_look(plan, context, made), anyio.current_time() - started
    renderer.show(Released(plan.names, plan.versions, facts, seconds))


async def _nothing_unfinished(project: Project) -> None:
    """Refuse to begin a release beside one that still owes something.

    Raises:
        RefusedError: A release is running.
        UnfinishedError: One was broken off.
    """
    home = await runs.home_of(project.git)
    running = await anyio.to_thread.run_sync(lock.owner, home)
    if running:
        raise lock.refused(running)
    for recorded in await anyio.to_thread.run_sync(runs.unfinished, home):
        error = UnfinishedError(
            f"the release of {recorded.plan.label}, begun "
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
        oid = (await git.remote_refs(project.remote, ref)).get(ref, "")
        if not oid or not await git.contains("HEAD", oid):
            return False
    url, patience = repository_url.target(settings).repository_url, settings.network_timeout
    return stated in await index.released(url, project.distribution.name, patience=patience)


async def check(options: Options, renderer: RedactingRenderer) -> int:
    """Run every safety check, and nothing else.

    Raises:
        ReleaseAsyncError: A check refused or could not judge.
    """
    checks = _check_options(options, renderer)
    async with opening.open_release(_request(options, renderer)) as (plan, context):
        await run_checks.check(plan, context, checks)
    return ExitCode.DONE


async def rehearse(options: Options, renderer: RedactingRenderer) -> int:
    """Make the whole release in a sandbox, and show what became of it.

    Raises:
        ReleaseAsyncError: As a release; nothing has left the sandbox whatever happened.
    """
    checks, request = _check_options(options, renderer), _request(options, renderer)
    original = await _original(request, renderer)
    renderer.show(Note("building a sandbox: a clone, a remote, an index, an environment for the tests"))
    async with sandbox.opened(original) as box:
        renderer.show(Note(f"the sandbox is {box.directory}; it stays, and may be deleted afterwards"))
        inside = replace(request, directory=box.project, environ=box.environ)
        async with opening.open_release(inside) as (plan, context):
            await run_checks.check(plan, context, checks)
            if options.dry_run:
                return ExitCode.DONE
            started = anyio.current_time()
            await conductor.perform(plan, context)
            seconds = anyio.current_time() - started
        facts = await _found_in(box, plan)
        renderer.show(Released(plan.names, plan.versions, facts, seconds, rehearsed=True))
    return ExitCode.DONE


async def _original(request: Request, renderer: RedactingRenderer) -> sandbox.Original:
    """The real project, which is only read; what is not committed is named."""
    real = await projects.open_project(request.directory, request.flags, request.environ)
    request.hide(real.settings.hidden)
    if left_out := await real.git.status():
        names = ", ".join(entry[3:] for entry in left_out[:5])
        renderer.show(Note(f"HEAD is rehearsed; {len(left_out)} uncommitted files are left out: {names}"))
    return sandbox.Original(real.git, real.directory, real.distribution.name, real.settings, os.environ)


async def _anything(_: Project) -> None:
    """Let every project be checked and rehearsed, one with an unfinished release too."""


def _request(
    options: Options,
    renderer: RedactingRenderer,
    accept: Callable[[Project], Awaitable[None]] = _anything,
) -> Request:
    """What was asked for; an empty version was (by a script whose variable is not set), and is no version."""
    no_tests = options.skip_tests or "tests" in options.skip
    return Request(
        directory=Path(options.project),
        version="patch" if options.version is None else options.version,
        flags=Flags(test=options.test, skip_tests=no_tests, verbose=options.verbose),
        environ=os.environ,
        emit=renderer.show,
        hide=renderer.hide,
        accept=accept,
    )


def _check_options(options: Options, renderer: RedactingRenderer) -> CheckOptions:
    """On what terms the checks are run.

    Raises:
        UsageError: A check that is to be skipped does not exist, or may not be.
    """
    _can_be_skipped(options)

    async def ask(question: str) -> bool:
        asks = renderer.can_ask and not options.yes and options.command != "rehearse"
        return asks and await renderer.ask(question)

    return CheckOptions(ask=ask, skip=partial(_skipped, options), keep_going=options.keep_going)


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


def where_to_look(plan: Plan, context: Context, made: Results) -> tuple[tuple[str, str], ...]:
    """The facts of a finished release: a label, and where to look."""
    facts = [fact for package in plan.packages for fact in _of_package(plan, package, made)]
    if not plan.upload_only:
        pushed = " and ".join((plan.branch, *plan.tags))
        facts.append(("pushed", f"{pushed} to {plan.remote} ({plan.remote_url})"))
    if isinstance(context.forge.found, Forge):
        repository = context.forge.found.repository
        facts += [("release page", repository.release_url(tag)) for tag in plan.tags]
    return tuple((label, text) for label, text in facts if text)


def _of_package(plan: Plan, package: Package, made: Results) -> Iterator[tuple[str, str]]:
    names = ", ".join(artifact.name for artifact in made.files_of(package.name))
    # What it depends on is not on a test index, or is there by the hand of anybody.
    command = ("install", "--no-deps") if plan.upload_only else ("install",)
    url = plan.target.repository_url
    yield "on the index", f"{plan.target.name}: {names}"
    yield "install it", repository_url.pip(url, package.requirement, *command)
    yield "its page", repository_url.public_page(url, package.name, package.version)
    if plan.upload_only:
        yield "installed", (made.find(Installed) or Installed()).outcomes.get(package.name, "")


async def _found_in(box: Sandbox, plan: Plan) -> tuple[tuple[str, str], ...]:
    """What a rehearsed release has really left behind, asked of the sandbox's own index, remote and pip."""
    files = ", ".join(sorted(path.name for path in box.packages.iterdir()))
    refs = (
        await box.remote.text("for-each-ref", "--format=%(refname:short) %(objectname:short)")
    ).splitlines()
    installed = [
        ("installed", f"{each.requirement} from the index says it is {await box.install(each)}")
        for each in plan.packages
    ]
    return (
        ("on the index", files),
        ("pushed", ", ".join(refs)),
        *installed,
        ("sandbox", f"{box.directory} (may be deleted)"),
    )
