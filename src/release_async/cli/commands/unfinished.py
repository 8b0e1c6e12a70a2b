"""Which release of a repository is unfinished, and how it stands in the world now. It changes nothing."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import anyio

from release_async.base.errors import (
    Awaited,
    ConfigurationError,
    ConflictError,
    FailedError,
    ReleaseAsyncError,
    ReleaseProgress,
    UnfinishedError,
    UsageError,
    WaitingError,
)
from release_async.cli.command_line import Options
from release_async.external.git.git_commands import Git
from release_async.plan.effect import Effect, Probed, State
from release_async.plan.events import Note, Stands, Waits
from release_async.plan.settings import Build, Flags, Land, Publish
from release_async.release import (
    finished_elsewhere,
    found_candidate,
    found_proposal,
    found_publication,
    left_behind,
    public_and_owed,
)
from release_async.release.left_behind import LeftBehind
from release_async.release.public_and_owed import Release, Seen
from release_async.render import Renderer
from release_async.run import lock, opening, project as projects, run_directories
from release_async.run.journal import RecordedRelease
from release_async.run.project import Project

NOTHING = "no release is unfinished: there is nothing left to do"
LEFT_BEHIND = (
    "no release is unfinished; one was interrupted here before its first upload, and the next run removes "
    "the working files that it left"
)
SWEPT = (
    "a release was interrupted here before its first upload; the working files that it left are removed now"
)

Tell = Callable[[Note], object]


class Asked(NamedTuple):
    """What the world says of a release.

    Attributes:
        answers: Each effect that was asked for, and its answer.
        progress: How far it has come.
        awaited: What it waits for; None where it waits for nobody.
        first: What a person has to do before somebody goes on.
    """

    answers: list[tuple[Effect, Probed]]
    progress: ReleaseProgress
    awaited: Awaited | None
    first: tuple[str, ...]


async def recorded(git: Git) -> RecordedRelease | None:
    """The release that is unfinished: one that others can see for good, else the one that waits.

    There is never a second one of the former. Of those that wait there is one on each branch: the one on the
    branch that is checked out, else the oldest.

    Raises:
        ConflictError: Its journal cannot be trusted.
    """
    stories = await anyio.to_thread.run_sync(run_directories.unfinished, await run_directories.home_of(git))
    if len(stories) < 2:  # noqa: PLR2004 - nothing to choose
        return next(iter(stories), None)
    branch = await git.branch()
    order = {each.plan.run: (each.pivot is None, each.plan.branch != branch) for each in stories}
    return min(stories, key=lambda each: order[each.plan.run])


async def waits(options: Options) -> bool:
    """Whether a release waits for somebody here.

    Raises:
        ReleaseAsyncError: The repository or a journal cannot be read.
    """
    found = await recorded(await repository(options))
    return found is not None and found.pivot is None


async def begun_elsewhere(git: Git, options: Options, renderer: Renderer) -> RecordedRelease | None:
    """The release that was begun in another clone, and waits for a merge or CI; now this one has it.

    Raises:
        ConflictError: What is there cannot be trusted.
        FailedError: The remote or the forge did not answer.
    """
    try:
        project = await projects.open_project(Path(options.project), Flags(), os.environ)
    except (ConfigurationError, UsageError):
        return None  # who has no project here has none that could wait
    if project.settings.publish is Publish.CI:
        return await _handed_over(git, project, Path(options.project), renderer)
    if project.settings.land is not Land.PULL_REQUEST:
        return await _built_by_ci(git, project, Path(options.project), renderer)
    if plan := await found_proposal.adopt(project, os.environ):
        renderer.show(Note(f"{plan.label} was proposed in another clone, and is gone on with here"))
    return await recorded(git)


async def _handed_over(
    git: Git, project: Project, directory: Path, renderer: Renderer
) -> RecordedRelease | None:
    if plan := await found_publication.adopt(project, directory, os.environ):
        renderer.show(Note(f"{plan.label} was handed over to CI, and is gone on with here"))
    return await recorded(git)


async def _built_by_ci(
    git: Git, project: Project, directory: Path, renderer: Renderer
) -> RecordedRelease | None:
    if project.settings.build is not Build.CI:
        return None
    if plan := await found_candidate.adopt(project, directory, os.environ, renderer.show):
        renderer.show(Note(f"{plan.label} is built by CI, for another clone, and is gone on with here"))
    return await recorded(git)


def _nobody(_: Note) -> None:
    """Tell nobody."""


async def stands(
    git: Git, told: RecordedRelease, command: str = public_and_owed.RESUME, tell: Tell = _nobody
) -> Stands | Waits:
    """What the world says of it: what is done and what is still to do; or for whom it waits.

    Args:
        git: Git at the top of any working tree of the repository.
        told: The release.
        command: What to type next; empty where a question about it follows: then only what others can see
            is told, and what nobody can say.
        tell: Told who is asked, since the answers may take long.

    Raises:
        ReleaseAsyncError: The repository or the settings could not be read.
    """
    found = await _asked(git, told, tell)
    if found.awaited:
        return Waits(
            *found.awaited, command=public_and_owed.GO_ON if command == public_and_owed.RESUME else command
        )
    words: dict[State, list[str]] = {state: [] for state in State}
    for effect, said in found.answers:
        if said.state is State.NOT_DONE and (said.rest or effect.name) not in found.progress.owed:
            continue  # a look, while there is more to do
        if command or effect.public or said.state not in {State.DONE, State.NOT_DONE}:
            words[said.state].append(_worded(effect, said, told))
            words[State.DONE] += said.parts
    running = await anyio.to_thread.run_sync(lock.owner, await run_directories.home_of(git))
    return Stands(
        name=told.plan.names,
        version=told.plan.versions,
        begun=moment(told),
        running=running,
        done=tuple(words[State.DONE]),
        owed=tuple(words[State.NOT_DONE]),
        unknown=tuple(words[State.UNKNOWN]),
        conflicts=tuple(words[State.CONFLICT]),
        deadline=found.progress.deadline,
        command="wait until it has ended" if running else _next(found, command),
        manual=() if running else found.progress.manual,
    )


def _next(found: Asked, command: str) -> str:
    """What to type next: behind what a person has to do before, and after what only a person can decide."""
    if command != public_and_owed.RESUME:
        return command
    decisions = [said.cure for _, said in found.answers if said.state is State.CONFLICT]
    if decisions:
        return public_and_owed.decide("; ".join(dict.fromkeys(filter(None, decisions))))
    return ", then: ".join((*found.first, command))


def _worded(effect: Effect, said: Probed, told: RecordedRelease) -> str:
    """What is said of one effect; where nobody can say how it is now, what an earlier run has seen too."""
    is_known = said.state is State.UNKNOWN and effect.name in told.done
    name = f"{effect.name} (seen done before)" if is_known else said.rest or effect.name
    return f"{name}: {said.why}" if said.why else name


async def left(git: Git, told: RecordedRelease) -> ReleaseProgress:
    """The same as what a run says that leaves a release unfinished.

    Raises:
        ReleaseAsyncError: As ``stands``.
    """
    return (await _asked(git, told)).progress


async def finished_elsewhere_words(git: Git, told: RecordedRelease) -> str:
    """What is said of a release that waits here, and that another clone has finished; empty where none has.

    Raises:
        ReleaseAsyncError: The repository or the settings could not be read.
    """
    if told.pivot is not None or not (told.plan.by_request or told.plan.collects):
        return ""
    project = await projects.reopen_project(git, told.plan, os.environ)
    async with opening.view_release(project, told) as context:
        is_out = await finished_elsewhere.is_out(Release(told.plan, context, told.results))
    return finished_elsewhere.words(told.plan) if is_out else ""


async def left_in_git(git: Git, told: RecordedRelease) -> LeftBehind:
    """What this repository and the remote keep of it.

    Raises:
        CommandError: This repository could not be asked.
    """
    with suppress(ReleaseAsyncError):  # then the journal alone tells what may be there
        project = await projects.reopen_project(git, told.plan, os.environ)
        async with opening.view_release(project, told) as context:
            return await left_behind.of(Release(told.plan, context, told.results), told)
    return await left_behind.unasked(git, told)


async def take_back(git: Git, told: RecordedRelease) -> list[str]:
    """Take back what others can see of a release before its point of no return; say what was done.

    Raises:
        ReleaseAsyncError: The world could not be asked, or refused.
    """
    project = await projects.reopen_project(git, told.plan, os.environ)
    async with opening.view_release(project, told) as context:
        await context.forge.check_access()
        return await public_and_owed.take_back(Release(told.plan, context, told.results))


async def nothing_unfinished(project: Project) -> None:
    """Refuse to begin a release beside one that still owes something.

    Raises:
        RefusedError: A release is running.
        UnfinishedError: One was broken off.
        WaitingError: One waits for somebody.
    """
    home = await run_directories.home_of(project.git)
    running = await anyio.to_thread.run_sync(lock.owner, home)
    if running:
        raise lock.refused(running)
    for recorded in await anyio.to_thread.run_sync(run_directories.unfinished, home):
        if not recorded.comes_before(project.settings.branch):
            continue
        await _refuse_waiting(project.git, recorded)
        error = UnfinishedError(
            f"{recorded.plan.called}, begun {moment(recorded)}, is unfinished and comes first",
            cure=f"finish it: {public_and_owed.RESUME}; see its state: release-async status; "
            f"give it up: {public_and_owed.ABANDON}",
        )
        error.progress = ReleaseProgress()
        with suppress(ReleaseAsyncError):  # that it is unfinished is certain, whatever cannot be asked
            error.progress = await left(project.git, recorded)
        raise error


async def _refuse_waiting(git: Git, told: RecordedRelease) -> None:
    """Refuse to begin a release beside one that waits for somebody.

    Raises:
        WaitingError: It waits.
    """
    with suppress(ConflictError, FailedError):  # then it is unfinished, as far as can be told
        if told.pivot is None and (awaited := (await _asked(git, told)).awaited):
            raise WaitingError(awaited, cure=f"it comes first: {public_and_owed.GO_ON}")


async def _asked(git: Git, told: RecordedRelease, tell: Tell = _nobody) -> Asked:
    project = await projects.reopen_project(git, told.plan, os.environ)
    async with opening.view_release(project, told) as context:
        tell(_asking(told, context.settings.network_timeout))
        await context.forge.check_access()
        asked, release = await public_and_owed.asked(Release(told.plan, context, told.results))
        done = [effect for effect, said in asked if said.state is State.DONE]
        public = [effect.name for effect in done if effect.public]
        unknown = [effect.name for effect, said in asked if said.state is State.UNKNOWN]
        waiting = next((said.waiting for _, said in asked if said.waiting), None)
        awaited = public_and_owed.awaited(release, waiting, public) if waiting else None
        names = [effect.name for effect in done]
        typed = {effect.name: await _by_hand(effect, said, told) for effect, said in asked}
        manual = {name: words for name, words in typed.items() if words is not None}
        answers = {effect.name: said for effect, said in asked}
        seen = Seen(done=names, public=public, unknown=unknown, manual=manual, answers=answers)
        progress = public_and_owed.of(release, seen)
        first = [words for _, said in asked if (words := await said.obstacle())]
        return Asked(asked, progress, awaited, tuple(dict.fromkeys(first)))


async def _by_hand(effect: Effect, said: Probed, told: RecordedRelease) -> tuple[str, ...] | None:
    """What to type for an effect as it stands.

    Nothing of a conflict, which a person has to judge first, nor of what was seen done, and only cannot be
    seen now.
    """
    was_done = said.state is State.UNKNOWN and effect.name in told.done
    return () if was_done or said.state is State.CONFLICT else await said.typed()


def _asking(told: RecordedRelease, limit: float) -> Note:
    """Who is asked, and how long that takes at the most."""
    plan = told.plan
    remote = f" and {plan.remote}" if plan.remote_url and not plan.upload_only else ""
    return Note(f"asking {plan.target.name}{remote} what is done, {limit:g} s each at the most")


def moment(told: RecordedRelease) -> str:
    """When others could see something of it first, in words."""
    return public_and_owed.moment(told.begun)


async def nothing_left(git: Git) -> str:
    """What is said where no release is unfinished: whether files of a run that died are left all the same."""
    home = await run_directories.home_of(git)
    is_left = await anyio.to_thread.run_sync(run_directories.is_any_left_early, home)
    return LEFT_BEHIND if is_left else NOTHING


async def sweep(git: Git, renderer: Renderer) -> bool:
    """Remove what dead runs left where none is unfinished, and say so; whether there was anything."""
    is_swept = bool(await run_directories.sweep(git))
    if is_swept:
        renderer.show(Note(SWEPT))
    return is_swept


async def repository(options: Options) -> Git:
    """Git at the top of the working tree that the options name."""
    return (await projects.locate(Path(options.project), os.environ))[1]
