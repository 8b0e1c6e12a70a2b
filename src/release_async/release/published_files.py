"""Whether an index shows our files, by their bytes, and what that means. It asks and changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

import anyio

from release_async.base import files
from release_async.base.files import Artifact
from release_async.external.index.simple_api import IndexFile, IndexUnreachableError
from release_async.plan.effect import DONE, NOT_DONE, Probed, State
from release_async.plan.plan import Plan
from release_async.run.context import Context


@dataclass(frozen=True, slots=True)
class Wanted:
    """Files that an index shall show.

    Attributes:
        packages: The files of each package, by its name.
        accepted: The names of those that it has said it took, in this run.
    """

    packages: Mapping[str, tuple[Artifact, ...]]
    accepted: frozenset[str] = frozenset()


async def published(plan: Plan, context: Context, wanted: Wanted) -> Probed:
    """Whether the index has files of these names with our bytes; the first that it has not decides.

    Each package is asked for once.
    """
    try:
        for package, artifacts in wanted.packages.items():
            shown = await context.index.files(package)
            for artifact in artifacts:
                seen = await _judged(plan, context, (package, artifact), shown.get(artifact.name))
                if seen == NOT_DONE and artifact.name in wanted.accepted:
                    return not_visible(plan, context, artifact)
                if seen.state is not State.DONE:
                    return seen
    except IndexUnreachableError as error:
        return Probed(State.UNKNOWN, error.what, error.cure)
    return DONE if any(wanted.packages.values()) else NOT_DONE


async def other_than_ours(plan: Plan, context: Context, wanted: Wanted) -> Probed | None:
    """What is said of the first file that the index has under a name of ours with other bytes, if it has one.

    Raises:
        IndexUnreachableError: It did not answer.
    """
    for package, artifacts in wanted.packages.items():
        shown = await context.index.files(package)
        for artifact in artifacts:
            seen = await _judged(plan, context, (package, artifact), shown.get(artifact.name))
            if seen.state is State.CONFLICT:
                return seen
    return None


async def _judged(plan: Plan, context: Context, wanted: tuple[str, Artifact], digest: str | None) -> Probed:
    """What the digest that a page shows means; where it shows none, the file itself is asked for."""
    package, artifact = wanted
    if digest is None:
        return NOT_DONE
    if digest == artifact.sha256:
        return DONE
    try:
        given = await context.index.fetch_digest(package, artifact.name)
    except IndexUnreachableError:
        if not digest:
            raise
        given = None
    if not digest and (given is None or given.sha256 == artifact.sha256):
        return DONE if given else not_visible(plan, context, artifact)
    return await other_bytes(plan, artifact, given)


def not_visible(plan: Plan, context: Context, artifact: Artifact, does_not: str = "show") -> Probed:
    """What is said of a file that the index has taken and does not show: it is late, not broken."""
    late = " (it tells what it had before the upload)" if context.index.is_stale else ""
    return Probed(
        State.NOT_DONE,
        f"{plan.target.name} has accepted {artifact.name} and does not {does_not} it yet{late}",
        "nothing is wrong and nothing has to be sent by hand: an index serves its pages from caches; "
        "wait some minutes",
    )


async def other_bytes(plan: Plan, artifact: Artifact, given: IndexFile | None) -> Probed:
    """What is said of a file that has our name and not our bytes.

    Args:
        plan: The release.
        artifact: Our file.
        given: What the index gave under its name, where it gave something.
    """
    name = artifact.name
    if given is not None and await anyio.to_thread.run_sync(_is_a_part, artifact, given):
        return Probed(
            State.CONFLICT,
            f"{plan.target.name} has only the first {given.size} of the {artifact.size} bytes of {name}: "
            "an upload was cut off there",
            f"have {name} removed from the index; if it accepts no name twice, yank this version "
            "and release the next one",
        )
    return Probed(
        State.CONFLICT,
        f"{plan.target.name} has a file {name} with other bytes than ours",
        _TRIED_BEFORE if plan.is_test else "somebody else has released this version: release the next one",
    )


_TRIED_BEFORE = (
    "somebody has uploaded this version, or an earlier --test has, of which the index did not tell yet: "
    "give this one up and try again, when the next free .devN is taken"
)


async def spoilt(artifact: Artifact, otherwise: str) -> Probed | None:
    """What is wrong with our own copy of a file; None where it holds the bytes that were inspected.

    Args:
        artifact: The file.
        otherwise: Where else those bytes are, or what is done without them; ends the cure.
    """
    if await anyio.to_thread.run_sync(files.is_intact, artifact):
        return None
    what = f"{artifact.path} is gone, or does not hold the bytes any more that were inspected"
    return Probed(State.CONFLICT, what, f"put the file back whose SHA-256 is {artifact.sha256}{otherwise}")


def _is_a_part(artifact: Artifact, given: IndexFile) -> bool:
    return given.size < artifact.size and files.begins_with(artifact, given.size, given.sha256)
