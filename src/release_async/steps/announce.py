"""Makes the release page on the forge, with the notes that tell people what they get."""

from functools import partial

from release_async.effect import DONE, NOT_DONE, Effect, Probed, State
from release_async.errors import CommandError
from release_async.plan import Plan
from release_async.tools.forge import Forge
from release_async.world import World

TITLE = "Announce"


def skipped(plan: Plan, world: World) -> str:
    """Skipped without a tag, and where there is no forge that we can reach; says which."""
    if plan.upload_only:
        return "only uploads, with --test"
    if plan.tag is None:
        return "AUTO_GIT_TAG is false"
    return "" if world.forge else f"{plan.remote} is not on GitHub, or there is no gh here"


def effects(plan: Plan, world: World) -> tuple[Effect, ...]:
    """The release page of the tag."""
    forge = world.forge
    if forge is None or plan.tag is None:
        return ()
    return (
        Effect(
            name=f"release page of {plan.tag}",
            probe=partial(_announced, forge, plan.tag),
            perform=partial(_announce, forge, plan),
            manual=(forge.command(plan.tag, plan.title),),
            public=True,
            patience=15.0,
        ),
    )


async def _announced(forge: Forge, tag: str) -> Probed:
    try:
        return DONE if await forge.release_exists(tag) else NOT_DONE
    except CommandError as error:
        return Probed(State.UNKNOWN, error.what, error.cure)


async def _announce(forge: Forge, plan: Plan) -> None:
    await forge.create_release(str(plan.tag), plan.title, _notes(plan, forge))


def _notes(plan: Plan, forge: Forge) -> str:
    """What the page says: how to install, and where the changes are listed."""
    changelog = (
        forge.file_url(str(plan.tag), plan.changelog) if plan.changelog else forge.commits_url(str(plan.tag))
    )
    return (
        f"## Installation\n\n```\npip install {plan.name}=={plan.version}\n```\n\n[Changelog]({changelog})\n"
    )
