"""Makes the release page on the forge, with the notes that tell people what they get.

It goes by what `checks/release_page.py` found out: a page that cannot be made leaves no release unfinished.
"""

from functools import partial

from release_async import changelog
from release_async.effect import DONE, NOT_DONE, Effect, Probed, State
from release_async.errors import CommandError
from release_async.plan import Plan
from release_async.printable import printable
from release_async.tools import repository_url
from release_async.tools.forge import Forge, Obstacle, Page, Repository
from release_async.versions.pep440 import parse
from release_async.world import World

TITLE = "Announce"
LONGEST_NOTES = 125_000
"""Characters that GitHub takes as the text of a release."""


def skipped(plan: Plan, world: World) -> str:
    """Skipped without a tag, and where no page can be made; says what stands in the way and what to type."""
    if plan.upload_only:
        return "only uploads, with --test"
    if plan.tag is None:
        return "AUTO_GIT_TAG is false"
    found = world.forge.found
    if not isinstance(found, Obstacle):
        return ""
    later = [_command(plan, found.repository)] if found.repository else []
    todo = ", then: ".join(filter(None, (found.cure, *later)))
    return f"{found.what}: {todo}" if todo else found.what


def effects(plan: Plan, world: World) -> tuple[Effect, ...]:
    """The release page of the tag."""
    forge = world.forge.found
    if isinstance(forge, Obstacle) or plan.tag is None:
        return ()
    return (
        Effect(
            name=f"release page of {plan.tag}",
            probe=partial(_announced, forge, plan, world),
            perform=partial(_announce, forge, plan, world),
            manual=(_command(plan, forge.repository),),
            public=True,
            patience=15.0,
        ),
    )


def _command(plan: Plan, repository: Repository) -> str:
    return repository.command(str(plan.tag), plan.title, prerelease=_is_prerelease(plan.version))


def _is_prerelease(version: str) -> bool:
    """Whether installers leave it out unless asked for it (PEP 440, "Handling of pre-releases")."""
    parsed = parse(version)
    return parsed is not None and (parsed.pre is not None or parsed.dev is not None)


async def _announced(forge: Forge, plan: Plan, world: World) -> Probed:
    """Whether the page is there; it must not be made before our tag is, since GitHub would tag by itself."""
    tag = str(plan.tag)
    try:
        if await forge.has_release(tag):
            return DONE
        there = await forge.tag_object(tag)
    except CommandError as error:
        return Probed(State.UNKNOWN, error.what, error.cure)
    if there == world.workshop.made.tag:
        return NOT_DONE
    if there:
        cure = "somebody else has made it: a person must decide which of the two it shall be"
        return Probed(State.CONFLICT, f"{forge.repository} has a tag {tag} that is not ours", cure)
    cure = f"see where it was pushed to: git ls-remote {plan.remote} refs/tags/{tag}"
    return Probed(State.UNKNOWN, f"{forge.repository} does not show the tag {tag}", cure)


async def _announce(forge: Forge, plan: Plan, world: World) -> None:
    changes = await _changes(plan, world)
    previous = await _previous_tag(forge, plan, world)
    notes = _notes(plan, forge.repository, changes, previous)
    await forge.publish(Page(str(plan.tag), plan.title, notes, _is_prerelease(plan.version)))


async def _changes(plan: Plan, world: World) -> str:
    """What the changelog of the release commit says of this version."""
    if not plan.changelog:
        return ""
    blob = await world.git.run("cat-file", "blob", f"{world.workshop.made.commit}:{plan.changelog}")
    text = blob.stdout.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    section = changelog.section(text, plan.version) if blob.ok else ""
    return "\n".join(map(printable, section.splitlines()))  # whoever reads it with gh reads it on a terminal


async def _previous_tag(forge: Forge, plan: Plan, world: World) -> str:
    """The nearest tag below of the same format, where GitHub has it too; a page can do without."""
    pattern = world.settings.tag_format.replace("{version}", "*")
    described = await world.git.run(
        "describe", "--tags", "--abbrev=0", f"--match={pattern}", f"--exclude={plan.tag}", plan.base
    )
    tag = described.stdout.strip() if described.ok else ""
    try:
        return tag if tag and await forge.tag_object(tag) else ""
    except CommandError:
        return ""


def _notes(plan: Plan, repository: Repository, changes: str, previous: str) -> str:
    """What the page says: what changed, how to install it, and where the rest can be read."""
    links = _links(plan, repository, str(plan.tag), previous)
    install = repository_url.pip("install", plan.target.repository_url, f"{plan.name}=={plan.version}")
    end = f"## Installation\n\n```sh\n{install}\n```\n\n{links}\n"
    room = LONGEST_NOTES - len(end) - len("\n\n")
    changes = changelog.shortened(changes, room)
    return f"{changes}\n\n{end}" if changes else end


def _links(plan: Plan, repository: Repository, tag: str, previous: str) -> str:
    links = []
    if plan.changelog:
        links.append(f"[Changelog]({repository.file_url(tag, plan.changelog)})")
    if previous:
        links.append(f"[Everything since {previous}]({repository.comparison_url(previous, tag)})")
    return " · ".join(links or [f"[All changes]({repository.commits_url(tag)})"])
