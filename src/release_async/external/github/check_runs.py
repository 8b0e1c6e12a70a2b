"""What continuous integration said of a commit, as GitHub keeps it: check runs, and the older statuses."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import NamedTuple

from release_async.external.github.client import Forge

_GREEN = {"success", "neutral", "skipped"}
_PAGE = 100
_PAGES = 10


class Verdict(NamedTuple):
    """What is known of one commit.

    Attributes:
        red: The names of what failed, with how.
        pending: The names of what has not ended.
        green: How much has passed.
    """

    red: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    green: int = 0


async def of(forge: Forge, commit: str) -> Verdict:
    """What is known of ``commit``; nothing where GitHub does not have it.

    Raises:
        CommandError: GitHub did not answer, or not to this question.
    """
    ended = [entry async for entry in _statuses(forge, commit)]
    ended += [entry async for entry in _runs(forge, commit)]
    red = tuple(f"{name} ({how})" for name, how in ended if how not in {*_GREEN, ""})
    pending = tuple(name for name, how in ended if not how)
    return Verdict(red, pending, len(ended) - len(red) - len(pending))


async def _statuses(forge: Forge, commit: str) -> AsyncIterator[tuple[str, str]]:
    """Name and state of each status; their sum is of no use, being "pending" also where there are none."""
    said = await forge.read(f"commits/{commit}/status?per_page={_PAGE}")
    for status in _entries(said, "statuses"):
        state = str(status.get("state"))
        yield str(status.get("context")), "" if state == "pending" else state


async def _runs(forge: Forge, commit: str) -> AsyncIterator[tuple[str, str]]:
    for page in range(1, _PAGES + 1):
        runs = tuple(
            _entries(
                await forge.read(f"commits/{commit}/check-runs?per_page={_PAGE}&page={page}"), "check_runs"
            )
        )
        for run in runs:
            done = run.get("status") == "completed"
            yield str(run.get("name")), str(run.get("conclusion")) if done else ""
        if len(runs) < _PAGE:
            return


def _entries(said: object, key: str) -> Iterable[Mapping[str, object]]:
    listed = said.get(key) if isinstance(said, dict) else None
    return (entry for entry in listed if isinstance(entry, dict)) if isinstance(listed, list) else ()
