"""A job of CI signs what it publishes, before the first upload; what cannot be signed is not published."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from release_async.base.errors import FailedError
from release_async.plan.effect import DONE, NOT_DONE, Effect
from release_async.plan.given_files import ATTESTATIONS
from release_async.plan.plan import Plan
from release_async.plan.route import ROUTES
from release_async.plan.settings import Settings, Sources, load
from release_async.release import attesting
from release_async.release.checks import credentials
from release_async.run.builder_and_uploader import Children
from release_async.run.context import Context
from release_async.run.step_results import BuiltFiles, Results
from support import publishers, uploading
from support.publishers import Forge, Publishers
from support.story import changed
from support.uploading import SDIST, WHEEL, Desk
from support.worlds import problems_of, said

ATTEST = "[tool.release-async]\nattest = true\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A wheel and an sdist before an empty index; Sigstore is out of reach."""
    with uploading.desk(tmp_path, monkeypatch) as made:
        made.environ = {"HTTPS_PROXY": "http://127.0.0.1:9", "HOME": str(tmp_path)}
        yield made


@pytest.fixture
def forge(desk: Desk) -> Iterator[Forge]:
    """The forge whose jobs that index trusts, and this is one of them."""
    desk.index.state.publishers = Publishers()
    with publishers.forge(desk.index.state.publishers) as server:
        desk.identity = server.environ
        yield server


def settled(desk: Desk, text: str = ATTEST) -> Settings:
    """The settings of a job, and of a project that asks for attestations."""
    desk.settle()
    account = desk.identity or {"PYPI_API_TOKEN": desk.account.secret.reveal()}
    given = {"PYPI_REPOSITORY_URL": desk.url or desk.index.url, **account}
    desk.place.settings = load(Sources(environ=given, pyproject=text))
    return desk.place.settings


def given(desk: Desk) -> Plan:
    """The publication of files that are built already."""
    paths = tuple(str(artifact.path) for artifact in desk.artifacts)
    return changed(replace(desk.plan, route=ROUTES["publish"]), given=paths)


def only(desk: Desk, context: Context) -> tuple[Effect, ...]:
    """What is to be attested of the wheel and the sdist."""
    made = Results(BuiltFiles({"demo": desk.artifacts}))
    return attesting.effects(given(desk), context, made)


@pytest.mark.usefixtures("forge")
async def test_it_is_asked_for_and_of_a_job_without_a_token_alone(desk: Desk) -> None:
    """No setting, no signing; with a token the index would refuse it, and a warning says so."""
    assert attesting.is_wanted(given(desk), settled(desk))
    assert not attesting.is_wanted(desk.plan, settled(desk))  # what is built here has no workflow to be of
    assert not attesting.is_wanted(given(desk), settled(desk, ""))
    desk.identity = {}
    assert not attesting.is_wanted(given(desk), settled(desk))
    async with desk.at_hand() as child, desk.context(Children(child, None)) as context:
        problems = problems_of(await credentials.run(given(desk), context))
    words = "attest is true, and nothing is attested: Example takes that of a trusted publisher only"
    assert ("warn", words) in said(problems)


async def test_what_cannot_be_signed_is_told_and_nothing_lies_beside_the_files(
    desk: Desk, forge: Forge
) -> None:
    """Sigstore is away: the identity was asked for it alone, and is in no message; no token was made."""
    settled(desk)
    async with desk.at_hand() as child, desk.context(Children(child, None)) as context:
        (effect,) = only(desk, context)
        assert effect.name == "attestations of 2 files"
        assert await effect.probe() == NOT_DONE
        with pytest.raises(FailedError) as raised:
            await effect.perform()
    assert raised.value.what.startswith("the files could not be attested: ")
    assert "id-token: write" in raised.value.cure
    assert [claims["aud"] for claims in forge.publishers.identities.values()] == ["sigstore"]
    assert not any(identity in str(raised.value.what) for identity in forge.publishers.identities)
    assert forge.publishers.minted == {}
    assert not list(desk.artifacts[0].path.parent.glob(f"*{ATTESTATIONS[0]}"))


@pytest.mark.usefixtures("forge")
async def test_what_was_signed_is_verified_before_it_is_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a signer gives that is no attestation of these files goes again; each file is signed once."""
    settled(desk)
    async with desk.at_hand() as child, desk.context(Children(child, None)) as context:
        signed: list[str] = []

        async def sign(files: list[Path], _: object) -> tuple[str, ...]:
            signed.extend(path.name for path in files)
            return tuple('{"version": 1}' for _ in files)

        monkeypatch.setattr(child, "attest", sign)
        (effect,) = only(desk, context)
        with pytest.raises(FailedError, match=r"what was signed cannot be verified: demo-1\.3\.0-py3"):
            await effect.perform()
        assert signed == [WHEEL, SDIST]
        assert await effect.probe() == NOT_DONE
        wheel = desk.artifacts[0].path
        beside = wheel.with_name(f"{wheel.name}{ATTESTATIONS[0]}")
        beside.write_text("given")
        with pytest.raises(FailedError):
            await effect.perform()
        assert signed == [WHEEL, SDIST, SDIST]
        assert beside.read_text() == "given"
        sdist = desk.artifacts[1].path
        shutil.copy(beside, sdist.with_name(f"{sdist.name}{ATTESTATIONS[0]}"))
        assert await effect.probe() == DONE
