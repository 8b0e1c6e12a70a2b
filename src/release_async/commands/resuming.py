"""``--resume``, ``--abandon`` and ``status``: what becomes of a release that was broken off.

What is still to be done is the plan's and the world's to say, never decided here.
"""

import os
import time

import anyio

from release_async import lock, project as projects, release as conductor, standing, workshop
from release_async.command_line import Options
from release_async.commands.releasing import where_to_look
from release_async.effect import State
from release_async.errors import ConflictError, ExitCode, RefusedError
from release_async.events import Note, Released, Stands
from release_async.journal import DamagedError, Story
from release_async.render import Renderer
from release_async.tools import environment, repository_url
from release_async.tools.git import Git, toplevel

NOTHING = "no release is unfinished: nothing is owed"


async def resume(options: Options, eyes: Renderer) -> int:
    """Finish what a release still owes; where none has passed its point of no return, sweep what it left.

    Raises:
        ReleaseAsyncError: It is still unfinished, or cannot be gone on with.
    """
    git = await _repository(options)
    story = await _unfinished(git)
    if story is None:
        await workshop.sweep(git)
        eyes.show(Note(NOTHING))
        return ExitCode.DONE
    plan = story.plan
    eyes.show(Note(f"going on with {plan.name} {plan.version}, begun {_moment(story)}"))
    project = await projects.reopened(git, plan, os.environ)
    with anyio.CancelScope() as scope:
        async with projects.world(project, plan, eyes.show) as world:
            await world.forge.look()
            started = anyio.current_time()
            await conductor.perform(plan, world)
            scope.shield = True  # it is out: no signal that comes while the doors close may deny that
            eyes.show(
                Released(plan.name, plan.version, where_to_look(plan, world), anyio.current_time() - started)
            )
    return ExitCode.DONE


async def status(options: Options, eyes: Renderer) -> int:
    """Say what an unfinished release has done, what it owes, until when, and what to type.

    Returns:
        0 where nothing is owed; else as the run that left it so.

    Raises:
        ReleaseAsyncError: The journal or the repository cannot be read.
    """
    git = await _repository(options)
    home = await workshop.home_of(git)
    try:
        story = await _unfinished(git)
    except DamagedError as error:
        if error.story:
            eyes.show(await _stands(git, error.story))
        raise
    if story is None:
        running = await anyio.to_thread.run_sync(lock.owner, home)
        eyes.show(Note(f"nothing is public yet: {running}" if running else NOTHING))
        return ExitCode.DONE
    seen = await _stands(git, story)
    eyes.show(seen)
    return ExitCode.CONFLICT if seen.conflicts else ExitCode.UNFINISHED


async def abandon(options: Options, eyes: Renderer) -> int:
    """Give up a release that was broken off, and say what of it is public and how to take it back.

    Raises:
        RefusedError: Something is public, and nobody has confirmed that it is to be left so.
        ReleaseAsyncError: The world could not be asked.
    """
    git = await _repository(options)
    try:
        story = await _unfinished(git)
    except ConflictError as error:
        eyes.show(Note(error.what))
        story = error.story if isinstance(error, DamagedError) else None
        await _confirmed("Forget the journal that cannot be read?", options, eyes)
    else:
        if story is None:
            await workshop.sweep(git)
            eyes.show(Note(NOTHING))
            return ExitCode.DONE
    if story:
        await _given_up(git, story, options, eyes)
    await workshop.abandon(git)
    eyes.show(Note("the release is given up: nothing of it is kept in this repository"))
    return ExitCode.DONE


async def _given_up(git: Git, story: Story, options: Options, eyes: Renderer) -> None:
    """Say what is left standing in the world, and let the person confirm that they have understood."""
    plan = story.plan
    seen = await _stands(git, story)
    eyes.show(seen)
    if not (seen.done or seen.unknown or seen.conflicts):
        return
    for line in _ways_back(story):
        eyes.show(Note(line))
    await _confirmed(f"Give up {plan.name} {plan.version} as it stands?", options, eyes)


def _ways_back(story: Story) -> list[str]:
    """How a person takes back what is public; nothing of it can be undone by a tool."""
    plan = story.plan
    page = repository_url.project_page(plan.target.repository_url, plan.name, plan.version)
    yank = f"yank {plan.version} at {page}" if page else f"remove {plan.version} from {plan.target.name}"
    lines = [f"what is public stays so: {yank}, and release another version; this one cannot be used again"]
    if plan.tag:
        lines.append(
            f"the tag, where it is yours alone: git tag -d {plan.tag}; on the remote: "
            f"git push {plan.remote} :refs/tags/{plan.tag}"
        )
    return lines


async def _confirmed(question: str, options: Options, eyes: Renderer) -> None:
    if options.yes or (eyes.can_ask and await eyes.ask(question)):
        return
    raise RefusedError(
        "nothing was given up", cure=f"to finish it: {standing.RESUME}; to give it up: --abandon --yes"
    )


async def _repository(options: Options) -> Git:
    return await toplevel(options.project, environment.for_git(os.environ))


async def _unfinished(git: Git) -> Story | None:
    """The release that is unfinished; there is never a second one, for none is begun before it has ended."""
    stories = await anyio.to_thread.run_sync(workshop.unfinished, await workshop.home_of(git))
    return next(iter(stories), None)


async def _stands(git: Git, story: Story) -> Stands:
    """What the world says of an unfinished release at this moment; nothing is changed."""
    plan = story.plan
    home = await workshop.home_of(git)
    project = await projects.reopened(git, plan, os.environ)
    async with projects.looked_at(project, plan) as world:
        await world.forge.look()
        asked = await standing.asked(plan, world)
        until = standing.deadline(plan, world, [e for e, said in asked if said.state is not State.DONE])
    told: dict[State, list[str]] = {state: [] for state in State}
    for effect, said in asked:
        told[said.state].append(f"{effect.name}: {said.why}" if said.why else effect.name)
    return Stands(
        name=plan.name,
        version=plan.version,
        begun=_moment(story),
        running=await anyio.to_thread.run_sync(lock.owner, home),
        done=tuple(told[State.DONE]),
        owed=tuple(told[State.NOT_DONE]),
        unknown=tuple(told[State.UNKNOWN]),
        conflicts=tuple(told[State.CONFLICT]),
        deadline=until,
        command=standing.RESUME,
    )


def _moment(story: Story) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(story.begun))
