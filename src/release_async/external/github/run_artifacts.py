"""What the run of a workflow has kept: lists it, and downloads it. It unpacks and judges nothing."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from release_async.base.errors import FailedError
from release_async.external.github.gh_api import Forge

_PAGE = 100
_PAGES = 100
_DIGEST = "sha256:"


class RunArtifact(NamedTuple):
    """Files that a run has kept, mostly packed into one.

    Attributes:
        number: Its id, which no other artifact has.
        name: Its name, which another attempt at the run may use again.
        sha256: The digest of what is downloaded, in hexadecimal; empty where GitHub states none, as for those
            of before 2025.
        size: The size of that in bytes.
        is_expired: Whether GitHub has thrown it away.
        commit: The object id of the commit that the run was for; empty where GitHub states none.
    """

    number: int
    name: str
    sha256: str
    size: int
    is_expired: bool
    commit: str = ""


async def listed(forge: Forge, run: int) -> tuple[RunArtifact, ...]:
    """The artifacts of a run, by their names: of each name the newest, as another attempt may use it again.

    Args:
        forge: The repository.
        run: The id of the run.

    Raises:
        FailedError: GitHub did not answer, or not usably; or it has no such run.
    """
    newest: dict[str, RunArtifact] = {}
    for page in range(1, _PAGES + 1):
        answer = await forge.read(f"actions/runs/{run}/artifacts?per_page={_PAGE}&page={page}")
        if not isinstance(answer, dict):
            raise FailedError(f"GitHub has no run {run}", cure="somebody has deleted it: start it again")
        shown = list(map(_artifact, _objects(answer.get("artifacts"))))
        for each in shown:
            if each.number > newest.get(each.name, each).number or each.name not in newest:
                newest[each.name] = each
        if len(shown) < _PAGE:
            break
    return tuple(newest[name] for name in sorted(newest))


def _artifact(entry: Mapping[str, object]) -> RunArtifact:
    number, size, digest = entry.get("id"), entry.get("size_in_bytes"), str(entry.get("digest") or "")
    run = entry.get("workflow_run")
    return RunArtifact(
        number=number if isinstance(number, int) else 0,
        name=str(entry.get("name")),
        sha256=digest.removeprefix(_DIGEST) if digest.startswith(_DIGEST) else "",
        size=size if isinstance(size, int) else 0,
        is_expired=entry.get("expired") is True,
        commit=str(run.get("head_sha") or "") if isinstance(run, dict) else "",
    )


async def download(forge: Forge, artifact: RunArtifact, target: Path, seconds: float) -> None:
    """Write what an artifact is packed into to a file, over what is there.

    Args:
        forge: The repository.
        artifact: One of ``listed``.
        target: The file.
        seconds: How long that may take.

    Raises:
        FailedError: GitHub did not give it, or not all of it.
    """
    answer = await forge.save(f"actions/artifacts/{artifact.number}/zip", target, seconds)
    if answer.status == 410:  # noqa: PLR2004 - RFC 9110: Gone
        raise FailedError(f"GitHub has thrown the artifact {artifact.name} away", cure="run its job again")
    if not answer.ok:
        raise answer.error(f"asked for the artifact {artifact.name}")


def _objects(listed: object) -> Iterator[Mapping[str, object]]:
    yield from (each for each in listed if isinstance(each, dict)) if isinstance(listed, list) else ()
