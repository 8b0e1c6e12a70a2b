"""The CI status of a commit on GitHub: check runs, and the older commit statuses."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import NamedTuple

from release_async.external.github.gh_api import Forge

_GREEN = {"success", "neutral", "skipped"}
_PAGE = 100
_PAGES = 10


class CiStatus(NamedTuple):
    """The CI status of one commit.

    Attributes:
        failed: The names of the failed checks, with how they ended.
        pending: The names of the checks that have not ended.
        passed: How many have passed.
        is_known: Whether GitHub has the commit.
    """

    failed: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    passed: int = 0
    is_known: bool = True


async def ci_status(forge: Forge, commit: str) -> CiStatus:
    """The CI status of ``commit``; empty where GitHub does not have it.

    Raises:
        CommandError: GitHub did not answer, or not usably.
    """
    response = await forge.read(f"commits/{commit}/status?per_page={_PAGE}")
    ended = list(_statuses(response))
    ended += [entry async for entry in _runs(forge, commit)]
    failed = tuple(f"{name} ({how})" for name, how in ended if how not in {*_GREEN, ""})
    pending = tuple(name for name, how in ended if not how)
    passed = len(ended) - len(failed) - len(pending)
    return CiStatus(failed, pending, passed, response is not None)


def _statuses(response: object) -> Iterator[tuple[str, str]]:
    """Name and state of each status. Their combined state is no use: it is "pending" even without any."""
    for status in _entries(response, "statuses"):
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


def _entries(response: object, key: str) -> Iterable[Mapping[str, object]]:
    listed = response.get(key) if isinstance(response, dict) else None
    return (entry for entry in listed if isinstance(entry, dict)) if isinstance(listed, list) else ()
