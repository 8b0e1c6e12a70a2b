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
from release_async.external.index.client import IndexUnreachableError, Weighed
from release_async.external.index.downloader import Terms, Wanted
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed
from release_async.plan.events import Note
from release_async.plan.plan import Plan
from release_async.release.published_files import all_published, not_visible, other_bytes
from release_async.run.context import World

TITLE = "Verify"

_PAUSE = 2.0
"""Seconds between two questions for a file that is listed, and does not come."""


def skipped(plan: Plan, world: World) -> str:  # noqa: ARG001 - as every step
    """Never skipped: a release that nobody can see is none."""
    return ""


def effects(plan: Plan, world: World) -> tuple[Effect, ...]:
    """Every file shown with the digest that was built, and given with those bytes."""
    shown = Effect(
        name=f"{plan.target.name} shows our files",
        probe=partial(all_published, plan, world),
        perform=partial(_count_as_accepted, world),
        patience=world.settings.visible_timeout,
    )
    gives = f"{plan.target.name} gives our files"
    given = Effect(
        name=gives,
        probe=_once_seen(world, gives, partial(_given, plan, world)),
        perform=partial(_ask_for_them, plan, world),
        manual=(_by_hand(plan, world),),
    )
    return (shown, given, *_trials(plan, world))


def _by_hand(plan: Plan, world: World) -> str:
    """Into our own directory: in the project's a wheel would be one more file to be committed by accident."""
    fetch = ("download", "--no-deps", "--dest", str(_fetched_to(world)))
    return repository_url.pip(plan.target.repository_url, f"{plan.name}=={plan.version}", *fetch)


def _fetched_to(world: World) -> Path:
    return world.workshop.directory / "fetched"


def _once_seen(
    world: World, name: str, probe: Callable[[], Awaitable[Probed]]
) -> Callable[[], Awaitable[Probed]]:
    """A probe of what one run can see; who only looks is told what an earlier run saw."""
    story = world.workshop.journal.story

    async def remembered() -> Probed:
        return DONE

    return remembered if world.workshop.hands is None and story and name in story.done else probe


async def _count_as_accepted(world: World) -> None:
    """Nothing can be done but to look again, which the conductor does.

    Every upload was seen to be done before this step, so what a look does not show now is only late.
    """
    world.workshop.made.accepted |= {artifact.name for artifact in world.workshop.made.artifacts}


async def _given(plan: Plan, world: World) -> Probed:
    """What has come in this run."""
    made = world.workshop.made
    for artifact in made.artifacts:
        got = made.given.get(artifact.name)
        if got is None:
            return not_visible(plan, world, artifact, "give") if artifact.name in made.accepted else NOT_DONE
        if got.sha256 != artifact.sha256:
            return await other_bytes(plan, artifact, got)
    return DONE if made.artifacts else NOT_DONE


async def _ask_for_them(plan: Plan, world: World) -> None:
    """Ask for every file until it comes, for as long as the index may take to show what it has taken.

    Raises:
        IndexUnreachableError: At the last question it did not answer.
    """
    await _count_as_accepted(world)
    deadline = anyio.current_time() + world.settings.visible_timeout
    missing = list(world.workshop.made.artifacts)
    while missing:
        last = anyio.current_time() + _PAUSE > deadline
        missing = [each for each in missing if not await _asked_for(plan, world, each, last=last)]
        if missing:
            await anyio.sleep(_PAUSE)


async def _asked_for(plan: Plan, world: World, artifact: Artifact, *, last: bool) -> bool:
    """Ask once; whether that is enough."""
    try:
        got = await _fetched(plan, world, artifact)
    except IndexUnreachableError:
        if last:
            raise
        return False
    if got:
        world.workshop.made.given[artifact.name] = got
    return last or got is not None


async def _fetched(plan: Plan, world: World, artifact: Artifact) -> Weighed | None:
    """What the index gives under a name: a wheel to pip, and an sdist, or where pip cannot, to ourselves.

    For an sdist pip would run the project's build, which is not for this machine to do again.
    """
    why_not = ""
    if artifact.name.endswith(".whl"):
        why_not = await to_thread.run_sync(wheel_tags.why_not, artifact.path)
        try:
            if not why_not:
                return await _fetched_by_pip(plan, world, artifact)
        except CommandError as error:
            why_not = error.what
    got = await world.index.weighed(plan.name, artifact.name, world.settings.upload_timeout)
    if got and why_not:
        world.emit(Note(f"{artifact.name} was downloaded without pip: {why_not}"))
    return got


async def _fetched_by_pip(plan: Plan, world: World, artifact: Artifact) -> Weighed | None:
    wanted = Wanted(f"{plan.name}=={plan.version}", world.index.simple_url, artifact.name)
    directory = _fetched_to(world)
    await to_thread.run_sync(files.remove_tree, directory)
    terms = Terms(directory, world.test_env, world.settings.upload_timeout, world.listener("verify"))
    file = await downloader.wheel(wanted, terms)
    return Weighed(*await to_thread.run_sync(files.fingerprint, file)) if file else None


def _trials(plan: Plan, world: World) -> tuple[Effect, ...]:
    """What only a test index is there for: to see how the release installs before it is one."""
    if not plan.upload_only or not world.workshop.made.artifacts:
        return ()
    wheel = world.workshop.made.artifacts[0].path
    installs = f"{plan.name} {plan.version} installs with its dependencies"
    return (
        Effect(
            name=installs,
            probe=_once_seen(world, installs, partial(_tried, world)),
            perform=partial(_try, plan, world),
            manual=(shlex.join(("pip", "install", str(wheel))),),
        ),
    )


async def _tried(world: World) -> Probed:
    return DONE if world.workshop.made.tried else NOT_DONE


async def _try(plan: Plan, world: World) -> None:
    """Install the wheel whose bytes the index gave, by its path, and ask for its version.

    By its path: were the test index one of several that the installer asks, anybody could put a package
    there under the name of a dependency. The dependencies come from where the installer takes them by itself.
    """
    made = world.workshop.made
    wheel = made.artifacts[0].path
    if why_not := await to_thread.run_sync(wheel_tags.why_not, wheel):
        made.tried = f"not tried: {why_not}"
        world.emit(Note(f"{wheel.name} was not installed: {why_not}"))
        return
    version = await _installed(plan, world)
    if _normal(version) != _normal(plan.version):
        raise FailedError(
            f"{wheel.name} says that it is {version} once it is installed, not {plan.version}", cure=_AT_FAULT
        )
    made.tried = f"in an empty environment with its dependencies, where it says it is {version}"


_AT_FAULT = (
    "if the project is at fault, mend it, forget this one (release-async --abandon --yes) and try again: "
    "the next free .devN is taken; if not, see to what is"
)


async def _installed(plan: Plan, world: World) -> str:
    made, home = world.workshop.made, world.workshop.directory / "tried"
    await to_thread.run_sync(files.remove_tree, home)
    try:
        fresh = await virtualenv.empty(home, world.test_env)
        await fresh.install("--quiet", str(made.artifacts[0].path))
        return await fresh.version_of(plan.name)
    except CommandError as error:
        what = f"{plan.name} {plan.version} cannot be installed with its dependencies"
        raise FailedError(what, cure=_AT_FAULT, detail=error.detail or error.what) from error


def _normal(version: str) -> str:
    return canonicalize_version(version, strip_trailing_zero=False)
