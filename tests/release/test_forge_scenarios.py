"""Whatever becomes of a request to merge a release ends as it should, by each gh, with as few requests.

All of the route that the forge and the remote see is walked; the files in between are proven elsewhere.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from release_async.release.steps import propose
from support import github, proposals
from support.forge_scenarios import OF_EACH_KIND, SCENARIOS
from support.matrices import sampled
from support.proposals import SOURCE, Proposed


def cases() -> Iterator[ParameterSet]:
    """Every scenario by each gh and event loop; all are tried by turns, of the other gh one of a kind."""
    for turn, name in enumerate(SCENARIOS):
        for gh in github.all_gh():
            for number, backend in enumerate(("asyncio", "trio")):
                is_first = gh == "gh"
                is_tried = (turn + number + is_first) % 2 == 0 and (is_first or name in OF_EACH_KIND)
                marks = () if is_tried else (pytest.mark.exhaustive,)
                yield pytest.param(backend, gh, name, marks=marks, id=f"{name}, {gh}, {backend}")


PASSES = {"met by bad seconds"}
"""Where what a forge does not answer passes by itself."""


@pytest.fixture
def name() -> str:
    """The scenario; none, where a test does not name one."""
    return ""


@pytest.fixture
async def scene(
    tmp_path: Path, gh: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Proposed]:
    """A release commit that nobody has seen yet, and not much patience with a forge that answers nothing.

    Where it has bad seconds alone, a busy machine must not take longer than the patience lasts.
    """
    monkeypatch.setattr(propose, "PATIENCE", 60.0 if name in PASSES else 0.3)
    async with proposals.proposed(tmp_path, gh) as scene:
        yield scene


@pytest.mark.parametrize(("anyio_backend", "gh", "name"), list(cases()), indirect=["anyio_backend"])
async def test_it_ends_as_it_should(scene: Proposed, name: str) -> None:
    """Each run: how it ends, what it says, how often it asks; and nothing is tagged before it is merged.

    Nobody's words are overwritten, and what is tagged is what was merged.
    """
    for number, act in enumerate(SCENARIOS[name]):
        act.happens(scene)
        ended = await scene.run(stays=act.stays, agrees=act.agrees, clock=act.clock(scene))
        assert (ended.code, len(ended.requests)) == (act.code, act.asked), (number, ended)
        assert act.said in ended.said, (number, ended.said)
        assert len(scene.pulls.shown) == act.opened
        assert scene.pulls.edits == []
        assert scene.tagged() == ("" if ended.code else scene.pulls.last["merge_commit_sha"])
    if not ended.code:
        assert scene.nothing_left()


WAITING = sorted(name for name, acts in SCENARIOS.items() if any(act.code for act in acts))
STATES = ("edited, without its mark", "pushed to", "merged by a queue")
"""Where it is given up by every run of the tests; in the other states it is exhaustively."""


@pytest.mark.parametrize("gh", ["gh"])
@pytest.mark.parametrize("name", sampled(WAITING, STATES))
async def test_it_can_be_given_up_in_every_state(scene: Proposed, name: str) -> None:
    """What is ours is closed and deleted, what is of others stays, and no tag is anywhere.

    A request that is merged stays so; nothing of it is released.
    """
    for act in SCENARIOS[name]:
        if act.code:
            act.happens(scene)
            await scene.run(clock=act.clock(scene))
    said = "; ".join(await scene.abandoned())
    for request in scene.pulls.shown:
        assert request["state"] == "closed"
        told = (
            f"pull request #{request['number']} is {'merged already' if request['merged_at'] else 'closed'}"
        )
        assert told in said or request is not scene.pulls.last
    assert scene.tagged() == ""
    if "has commits of others, and stays" not in said:
        assert scene.nothing_left()
    assert "is deleted" not in "; ".join(await scene.abandoned())


@pytest.mark.parametrize("gh", ["gh"])
async def test_what_another_clone_has_taken_back_is_not_pushed_again(scene: Proposed) -> None:
    """This one still remembers it: it is told that the request is closed, and nothing comes back."""
    assert (await scene.run()).code == 7
    await scene.abandoned()
    ended = await scene.run()
    assert (ended.code, "was closed and not merged" in ended.said) == (6, True), ended
    assert scene.nothing_left()
    assert scene.hub.posted() == []


@pytest.mark.parametrize("gh", ["gh"])
async def test_refs_that_somebody_has_deleted_here_are_made_again(scene: Proposed) -> None:
    """The plan becomes the same object that the remote has; without it all of it can be given up, too."""
    assert (await scene.run()).code == 7
    ref, git = f"refs/release-async/{scene.plan.run}/plan", scene.place.repository.git
    record = scene.place.remote.git("rev-parse", ref)
    git("update-ref", "-d", ref)
    assert (await scene.run()).code == 7
    assert scene.place.remote.git("rev-parse", ref) == git("rev-parse", ref) == record
    git("update-ref", "-d", ref)
    told = await scene.abandoned()
    assert [words.partition(":")[0] for words in told] == [
        "pull request #1 is closed",
        f"{SOURCE} is deleted on origin",
    ]
    assert scene.nothing_left()
