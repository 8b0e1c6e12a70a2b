"""A job of CI without a token uploads with one that the index makes for it, at that moment and no earlier."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.base.errors import ReleaseAsyncError
from release_async.plan.events import Note
from release_async.process import child_environments
from release_async.release.checks import credentials
from release_async.run.builder_and_uploader import Children
from support import publishers, uploading
from support.publishers import Forge, Publishers
from support.uploading import SDIST, WHEEL, Desk
from support.worlds import problems_of, said


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A wheel and an sdist before an empty index."""
    with uploading.desk(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def forge(desk: Desk) -> Iterator[Forge]:
    """The forge whose jobs that index trusts, and this is one of them."""
    desk.index.state.publishers = Publishers()
    with publishers.forge(desk.index.state.publishers) as server:
        desk.identity = server.environ
        yield server


async def failed(desk: Desk) -> ReleaseAsyncError:
    """How the release fails, of which nothing is public."""
    error = await desk.release()
    assert error is not None
    assert desk.index.state.stored() == []
    return error


async def test_one_token_is_made_at_the_upload_and_serves_both_files(desk: Desk, forge: Forge) -> None:
    """One identity, one token; nothing else is asked of anybody."""
    assert await desk.release() is None
    assert desk.index.state.stored() == [WHEEL, SDIST]
    assert forge.publishers.asked == {"audience": 1, "identity": 1, "mint-token": 1}
    assert set(desk.index.state.tokens) == set(forge.publishers.minted)


async def test_a_token_that_ends_too_soon_is_made_anew(desk: Desk, forge: Forge) -> None:
    """One that could end while a file is sent serves no second file."""
    forge.publishers.lifetime = 60.0
    assert await desk.release() is None
    assert len(forge.publishers.minted) == 2
    assert desk.posts == [WHEEL, SDIST]


async def test_a_token_that_is_refused_is_made_anew_once(desk: Desk, forge: Forge) -> None:
    """The index ends it before it said; the file is sent a second time, and with a new token stored."""
    forge.publishers.vague = True

    def ended(name: str) -> None:
        if name == SDIST and len(forge.publishers.minted) == 1:
            forge.publishers.minted = dict.fromkeys(forge.publishers.minted, 0.0)

    desk.index.state.arriving = ended
    assert await desk.release() is None
    assert desk.posts == [WHEEL, SDIST, SDIST]
    assert desk.index.state.stored() == [WHEEL, SDIST]
    assert forge.publishers.asked["mint-token"] == 2


async def test_too_many_questions_are_asked_again_when_the_index_says(desk: Desk, forge: Forge) -> None:
    """It says how long to wait; that is told, and waited for."""
    forge.publishers.limited = 1
    assert await desk.release() is None
    assert desk.waits == [7.0]
    assert forge.publishers.asked["mint-token"] == 2


FAULTS: list[tuple[dict[str, object], str, str]] = [
    (
        {"trusted": None},
        "no such publisher (422 invalid-publisher: valid token, but no",
        "add a trusted publisher",
    ),
    ({"trusted": {"environment": "release"}}, "no such publisher", "workflow and environment"),
    ({"pending": True}, "pending publisher cannot be used", "the project exists by now"),
    ({"audience": ""}, "no trusted publishing (no answer not-offered", "put a token into TOKEN"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=["none", "another", "pending", "not offered"])
async def test_what_the_index_refuses_is_told_and_not_tried_again(
    desk: Desk, forge: Forge, fault: tuple[dict[str, object], str, str]
) -> None:
    """Nothing is public; the words are the index's, and the cure is the one for that word."""
    state, words, cure = fault
    for name, value in state.items():
        setattr(forge.publishers, name, value)
    error = await failed(desk)
    assert words in error.what
    assert cure in error.cure
    assert forge.publishers.asked["audience"] == 1
    assert desk.waits == []


async def test_an_identity_for_another_audience_is_never_sent(desk: Desk, forge: Forge) -> None:
    """It could be used elsewhere by whoever gets it."""
    forge.audience = "elsewhere"
    error = await failed(desk)
    assert "no identity" in error.what
    assert forge.publishers.asked["mint-token"] == 0


async def test_a_forge_that_fails_is_asked_again(desk: Desk, forge: Forge) -> None:
    """For as long as an upload may wait; then nothing is public."""
    forge.status = 503
    error = await failed(desk)
    assert "unreachable" in error.what
    assert forge.publishers.asked["identity"] > 1


async def test_the_check_shows_who_this_job_is_and_makes_no_token(desk: Desk, forge: Forge) -> None:
    """Issuer, repository, workflow and environment; what the index knows of them it cannot ask."""
    found = await judged(desk)
    assert found == []
    notes = [event.text for event in desk.events if isinstance(event, Note)]
    assert notes[0].endswith(
        "issuer https://forge.example.com, repository someone/demo, workflow "
        "someone/demo/.github/workflows/publish.yml@refs/tags/v1.3.0, environment pypi"
    )
    assert "only the upload tells" in notes[1]
    assert forge.publishers.minted == {}


JOBS = [
    ({"job_workflow_ref": "other/ci/.github/workflows/up.yml@refs/heads/main"}, ("refuse", "calls")),
    ({"event_name": "pull_request_target"}, ("refuse", "pull_request_target, which may not publish")),
    ({"sha": "0" * 40}, ("warn", "the job runs for the commit 000000000")),
]


@pytest.mark.parametrize(("claims", "told"), JOBS, ids=["called", "pull request", "commit"])
async def test_a_job_that_no_index_takes_is_refused(
    desk: Desk, forge: Forge, claims: dict[str, str], told: tuple[str, str]
) -> None:
    """Before anything is built: it would be known after the tag only."""
    forge.claims |= claims
    ((level, what),) = await judged(desk)
    assert (level, told[1] in what) == (told[0], True), what


async def test_a_job_without_the_permission_is_told_which(desk: Desk, forge: Forge) -> None:
    """Neither the forge nor the index is asked."""
    desk.identity = {"GITHUB_ACTIONS": "true"}
    ((level, what),) = await judged(desk)
    assert (level, "may not ask GitHub Actions" in what) == ("refuse", True)
    assert not forge.publishers.asked


async def judged(desk: Desk) -> list[tuple[str, str]]:
    """What the check says where the release would run."""
    desk.settle()
    async with desk.at_hand() as child, desk.context(Children(child, None)) as context:
        return said(problems_of(await credentials.run(desk.plan, context)))


def test_no_other_child_is_given_what_the_identity_is_asked_with(desk: Desk, forge: Forge) -> None:
    """Neither git and its hooks nor the project's code: with it, they could be this job."""
    desk.settle()
    settings = desk.place.settings
    given = {**forge.environ, "PYPI_ID_TOKEN": forge.word}
    for env in child_environments.environments(given, given, settings.secrets):
        assert not any(forge.word in value for value in env.values())
    assert settings.identity is not None
    assert forge.word not in repr(settings)


async def test_attestations_are_sent_with_their_file(desk: Desk, forge: Forge) -> None:
    """Each with the file that it lies beside, and no other."""
    assert forge.environ
    wheel = desk.place.repository.path / ".git/release-async" / desk.plan.run / "artifacts" / WHEEL
    wheel.parent.mkdir(parents=True)
    wheel.with_name(f"{WHEEL}.publish.attestation").write_text('{"version": 1}')
    assert await desk.release() is None
    assert desk.index.state.attestations == {WHEEL: '[{"version": 1}]'}
