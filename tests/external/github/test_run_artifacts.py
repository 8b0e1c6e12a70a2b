"""What a run has kept comes here as it is there, by the real gh: on all pages, whole or not at all."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.base.errors import FailedError, TransientError
from release_async.external.github import run_artifacts
from release_async.external.github.gh_api import Forge, ForgeConnection
from release_async.external.github.run_artifacts import RunArtifact
from release_async.process import child_environments
from support import github
from support.github import Fault, GitHub
from support.run_artifacts import packed
from support.worlds import prepared

RUN = 7
HEAD = "1" * 40
FILES = {"demo-1.0.tar.gz": bytes(range(256)) * 40}


@pytest.fixture(params=github.all_gh())
def hub(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[GitHub]:
    """A GitHub with one run, for each gh that there is."""
    prepared(tmp_path)
    with github.serving(tmp_path / "remote.git", github.named(request.param)) as hub:
        hub.workflow_runs = [{"id": RUN, "head_sha": HEAD, "jobs": []}]
        yield hub


async def entered(hub: GitHub) -> Forge:
    """The forge, through the real gh."""
    env = child_environments.for_forge(hub.environ())
    found = await ForgeConnection(github.URL, env, 30.0).connect()
    assert isinstance(found, Forge)
    return found


async def test_every_page_is_read_and_the_newest_of_a_name_counts(hub: GitHub) -> None:
    """Of 120 artifacts none is missing; what another attempt has kept under a name takes its place."""
    forge = await entered(hub)
    for number in range(120):
        hub.artifacts.keep(RUN, f"dist-{number:03}", {})
    anew = hub.artifacts.keep(RUN, "dist-007", FILES)
    hub.artifacts.keep(RUN + 1, "of-another-run", {})
    found = await run_artifacts.listed(forge, RUN)
    assert [each.name for each in found] == [f"dist-{number:03}" for number in range(120)]
    assert found[7] == RunArtifact(
        number=anew.number,
        name="dist-007",
        sha256=hashlib.sha256(anew.content).hexdigest(),
        size=len(anew.content),
        is_expired=False,
        commit=HEAD,
    )
    assert hub.requests.count(("GET", f"/repos/{github.NAME}/actions/runs/{RUN}/artifacts")) == 2
    with pytest.raises(FailedError, match="GitHub has no run 99"):
        await run_artifacts.listed(forge, 99)


async def test_it_is_downloaded_from_where_it_lies_without_a_token(hub: GitHub, tmp_path: Path) -> None:
    """Byte for byte, over what an earlier attempt has left; the other host sees no token (asserted there)."""
    forge = await entered(hub)
    hub.artifacts.keep(RUN, "dist", FILES)
    (found,) = await run_artifacts.listed(forge, RUN)
    target = tmp_path / "dist.zip"
    target.write_bytes(b"x" * 1_000_000)
    await run_artifacts.download(forge, found, target, 30.0)
    assert target.read_bytes() == packed(FILES)


async def test_what_does_not_come_whole_is_an_error(hub: GitHub, tmp_path: Path) -> None:
    """Broken off, thrown away, refused, limited: each by its own kind of error."""
    forge, target = await entered(hub), tmp_path / "dist.zip"
    kept = hub.artifacts.keep(RUN, "dist", FILES)
    (found,) = await run_artifacts.listed(forge, RUN)
    hub.artifacts.cut = 1
    with pytest.raises(TransientError):
        await run_artifacts.download(forge, found, target, 30.0)
    path = f"/repos/{github.NAME}/actions/artifacts/{found.number}/zip"
    for fault, words in (
        (Fault(403, "Resource not accessible"), "403 Resource not accessible: gh's account or token may not"),
        (Fault(502, ""), "GitHub answered 502"),
        (Fault(429, "slow down"), "GitHub answered 429 slow down"),
    ):
        hub.faults["GET", path] = [fault]
        with pytest.raises(FailedError, match=words):
            await run_artifacts.download(forge, found, target, 30.0)
    kept.shown["expired"] = True
    with pytest.raises(FailedError, match="GitHub has thrown the artifact dist away"):
        await run_artifacts.download(await entered(hub), found, target, 30.0)
