"""Asks the index, as anybody would, for what was released; from a test index it is also installed."""

import shlex
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import anyio
from anyio import to_thread
from packaging.utils import canonicalize_version

from release_async.base import files
from release_async.base.errors import CommandError, FailedError
from release_async.base.files import Artifact
from release_async.external.build import virtualenv, wheel_tags
from release_async.external.index import downloader, repository_url
from release_async.external.index.client import IndexFile, IndexUnreachableError
from release_async.external.index.downloader import Terms, Wanted
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed
from release_async.plan.events import Note
from release_async.plan.plan import Plan
from release_async.release.published_files import all_published, not_visible, other_bytes
from release_async.run.context import Context

TITLE = "Verify"

_PAUSE = 2.0
"""Seconds between two questions for a file that is listed, and does not come."""


def skipped(plan: Plan, context: Context) -> str:  # noqa: ARG001 - as every step
    """Never skipped: a release that nobody can see is none."""
    return ""


def effects(plan: Plan, context: Context) -> tuple[Effect, ...]:
    """Every file shown with the digest that was built, and given with those bytes."""
    shown = Effect(
        name=f"{plan.target.name} shows our files",
        probe=partial(all_published, plan, context),
        perform=partial(_count_as_accepted, context),
        patience=context.settings.visible_timeout,
    )
    gives = f"{plan.target.name} gives our files"
    given = Effect(
        name=gives,
        probe=_once_seen(context, gives, partial(_given, plan, context)),
        perform=partial(_ask_for_them, plan, context),
        manual=(_by_hand(plan, context),),
    )
    return (shown, given, *_trials(plan, context))


def _by_hand(plan: Plan, context: Context) -> str:
    """Into our own directory: in the project's a wheel would be one more file to be committed by accident."""
    fetch = ("download", "--no-deps", "--dest", str(_fetched_to(context)))
    return repository_url.pip(plan.target.repository_url, f"{plan.name}=={plan.version}", *fetch)


def _fetched_to(context: Context) -> Path:
    return context.workspace.directory / "fetched"


def _once_seen(
    context: Context, name: str, probe: Callable[[], Awaitable[Probed]]
) -> Callable[[], Awaitable[Probed]]:
    """A probe of what one run can see; who only looks is told what an earlier run saw."""
    recorded = context.workspace.journal.recorded

    async def remembered() -> Probed:
        return DONE

    return remembered if context.workspace.hands is None and recorded and name in recorded.done else probe


async def _count_as_accepted(context: Context) -> None:
    """Nothing can be done but to look again, which the conductor does.

    Every upload was seen to be done before this step, so what a look does not show now is only late.
    """
    context.workspace.made.accepted |= {artifact.name for artifact in context.workspace.made.artifacts}


async def _given(plan: Plan, context: Context) -> Probed:
    """What has come in this run."""
    made = context.workspace.made
    for artifact in made.artifacts:
        got = made.given.get(artifact.name)
        if got is None:
            return (
                not_visible(plan, context, artifact, "give") if artifact.name in made.accepted else NOT_DONE
            )
        if got.sha256 != artifact.sha256:
            return await other_bytes(plan, artifact, got)
    return DONE if made.artifacts else NOT_DONE


async def _ask_for_them(plan: Plan, context: Context) -> None:
    """Ask for every file until it comes, for as long as the index may take to show what it has taken.

    Raises:
        IndexUnreachableError: At the last question it did not answer.
    """
    await _count_as_accepted(context)
    deadline = anyio.current_time() + context.settings.visible_timeout
    missing = list(context.workspace.made.artifacts)
    while missing:
        last = anyio.current_time() + _PAUSE > deadline
        missing = [each for each in missing if not await _asked_for(plan, context, each, last=last)]
        if missing:
            await anyio.sleep(_PAUSE)


async def _asked_for(plan: Plan, context: Context, artifact: Artifact, *, last: bool) -> bool:
    """Ask once; whether that is enough."""
    try:
        got = await _fetched(plan, context, artifact)
    except IndexUnreachableError:
        if last:
            raise
        return False
    if got:
        context.workspace.made.given[artifact.name] = got
    return last or got is not None


async def _fetched(plan: Plan, context: Context, artifact: Artifact) -> IndexFile | None:
    """What the index gives under a name: a wheel to pip, and an sdist, or where pip cannot, to ourselves.

    For an sdist pip would run the project's build, which is not for this machine to do again.
    """
    why_not = ""
    if artifact.name.endswith(".whl"):
        why_not = await to_thread.run_sync(wheel_tags.why_not, artifact.path)
        try:
            if not why_not:
                return await _fetched_by_pip(plan, context, artifact)
        except CommandError as error:
            why_not = error.what
    got = await context.index.weighed(plan.name, artifact.name, context.settings.upload_timeout)
    if got and why_not:
        context.emit(Note(f"{artifact.name} was downloaded without pip: {why_not}"))
    return got


async def _fetched_by_pip(plan: Plan, context: Context, artifact: Artifact) -> IndexFile | None:
    wanted = Wanted(f"{plan.name}=={plan.version}", context.index.simple_url, artifact.name)
    directory = _fetched_to(context)
    await to_thread.run_sync(files.remove_tree, directory)
    terms = Terms(directory, context.test_env, context.settings.upload_timeout, context.line_sink("verify"))
    file = await downloader.wheel(wanted, terms)
    return IndexFile(*await to_thread.run_sync(files.fingerprint, file)) if file else None


def _trials(plan: Plan, context: Context) -> tuple[Effect, ...]:
    """What only a test index is there for: to see how the release installs before it is one."""
    if not plan.upload_only or not context.workspace.made.artifacts:
        return ()
    wheel = context.workspace.made.artifacts[0].path
    installs = f"{plan.name} {plan.version} installs with its dependencies"
    return (
        Effect(
            name=installs,
            probe=_once_seen(context, installs, partial(_tried, context)),
            perform=partial(_try, plan, context),
            manual=(shlex.join(("pip", "install", str(wheel))),),
        ),
    )


async def _tried(context: Context) -> Probed:
    return DONE if context.workspace.made.tried else NOT_DONE


async def _try(plan: Plan, context: Context) -> None:
    """Install the wheel whose bytes the index gave, by its path, and ask for its version.

    By its path: were the test index one of several that the installer asks, anybody could put a package
    there under the name of a dependency. The dependencies come from where the installer takes them by itself.
    """
    made = context.workspace.made
    wheel = made.artifacts[0].path
    if why_not := await to_thread.run_sync(wheel_tags.why_not, wheel):
        made.tried = f"not tried: {why_not}"
        context.emit(Note(f"{wheel.name} was not installed: {why_not}"))
        return
    version = await _installed(plan, context)
    if _normal(version) != _normal(plan.version):
        raise FailedError(
            f"{wheel.name} says that it is {version} once it is installed, not {plan.version}", cure=_AT_FAULT
        )
    made.tried = f"in an empty environment with its dependencies, where it says it is {version}"


_AT_FAULT = (
    "if the project is at fault, mend it, forget this one (release-async --abandon --yes) and try again: "
    "the next free .devN is taken; if not, see to what is"
)


async def _installed(plan: Plan, context: Context) -> str:
    made, home = context.workspace.made, context.workspace.directory / "tried"
    await to_thread.run_sync(files.remove_tree, home)
    try:
        fresh = await virtualenv.empty(home, context.test_env)
        await fresh.install("--quiet", str(made.artifacts[0].path))
        return await fresh.version_of(plan.name)
    except CommandError as error:
        what = f"{plan.name} {plan.version} cannot be installed with its dependencies"
        raise FailedError(what, cure=_AT_FAULT, detail=error.detail or error.what) from error


def _normal(version: str) -> str:
    return canonicalize_version(version, strip_trailing_zero=False)
