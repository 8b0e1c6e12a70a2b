"""What goes to the index is as little of the token as the upload needs, and no less."""

import hashlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.base import pypi_token
from release_async.base.secret import MASK, Credentials, Secret
from release_async.base.secret_masking import redact
from release_async.external.index import token_narrowing, uploader
from release_async.external.index.upload_responses import IndexAnswer
from release_async.external.index.uploader import Destination
from release_async.plan.plan import Narrowing
from release_async.plan.settings import Settings, Sources, load
from release_async.process.worker import WorkerOptions
from support import canary, indexes, secrets
from support.releasing import Stage
from support.repositories import Repository
from support.tiny import write_tiny
from support.warehouse import Warehouse, warehouse

pytestmark = pytest.mark.by_turns

FILES = ["tiny-3.0.0-py3-none-any.whl", "tiny-3.0.0.tar.gz"]
DAY = 24 * 60 * 60


def given(token: str, **environ: str) -> Settings:
    """Settings with a token."""
    return load(Sources(environ={"PYPI_API_TOKEN": token, **environ}))


def caveats(token: str) -> list[object]:
    """What restricts a token."""
    return [json.loads(caveat) for caveat in pypi_token.read(token).caveats]


def test_a_token_is_narrowed_to_the_project_and_the_upload() -> None:
    """The normalised name, and a margin beyond the time that the upload may take."""
    settings = given(secrets.token("example.org"))
    how = token_narrowing.narrowing_for(settings, "De.Mo")
    assert how == Narrowing(project="de-mo", seconds=int(settings.upload_timeout) + token_narrowing.MARGIN)
    assert settings.token
    copy = token_narrowing.narrowed_token(settings.token, how, now=1000.9, known=True).reveal()
    assert caveats(copy) == [[0, 1000 + how.seconds, 1], [1, ["de-mo"]]]


def test_a_project_that_the_index_has_not_is_not_named() -> None:
    """No token that names projects makes one; the time holds all the same."""
    settings = given(secrets.token("example.org"))
    how = token_narrowing.narrowing_for(settings, "demo")
    assert settings.token
    assert caveats(token_narrowing.narrowed_token(settings.token, how, now=0, known=False).reveal()) == [
        [0, how.seconds, 1]
    ]


@pytest.mark.parametrize(
    ("token", "switch", "why"),
    [
        ("", "true", "there is none"),
        ("whole", "false", "NARROW_TOKEN is false"),
        ("word", "true", "it is no token of PyPI's kind"),
        ("cut", "true", "it is no token of PyPI's kind"),
        ("strange", "true", "it is no token of PyPI's kind"),
    ],
)
def test_what_cannot_or_shall_not_be_narrowed_goes_as_it_is(token: str, switch: str, why: str) -> None:
    """Passwords of other indexes, whatever they look like, and by the person's own wish."""
    whole = secrets.token("example.org")
    forms = {
        "": "",
        "whole": whole,
        "word": secrets.characters(20),
        "cut": whole[:-9],
        "strange": f"my{whole}",
    }
    settings = given(forms[token], NARROW_TOKEN=switch)
    how = token_narrowing.narrowing_for(settings, "demo")
    assert how == Narrowing(why_not=why)
    if settings.token:
        assert token_narrowing.narrowed_token(settings.token, how, now=0, known=True) is settings.token


def test_a_copy_is_hidden_before_it_is_made() -> None:
    """What masks a token masks how its copies begin, plain and as HTTP sends it; the rest is of no use."""
    settings = given(secrets.token("example.org"))
    assert settings.token
    copy = token_narrowing.narrowed_token(
        settings.token, token_narrowing.narrowing_for(settings, "demo"), now=0, known=True
    )
    for secret in (copy, Credentials(settings.username, copy).basic):
        assert canary.shows(secret.reveal())
        said = redact(f"Authorization: {secret.reveal()}.", settings.hidden)
        assert said.startswith("Authorization: ")
        assert MASK in said
        assert not canary.shows(said)
        with pytest.raises(ValueError, match=r"^(it|its|there) "):
            pypi_token.read(f"pypi-{said.partition(MASK)[2].rstrip('.')}")


@pytest.fixture
def key() -> str:
    """What the index proves its tokens with."""
    return secrets.characters(32)


@pytest.fixture
def index(key: str) -> Iterator[Warehouse]:
    """An index with tokens, as PyPI."""
    account = Credentials("__token__", Secret(secrets.token("127.0.0.1", key=key)))
    with warehouse(account) as server:
        server.state.key = key
        yield server


@pytest.fixture
def stage(tmp_path: Path, index: Warehouse) -> Stage:
    """The project that builds in no time, with the token of that index."""
    write_tiny(tmp_path / "project")
    project = Repository.init(tmp_path / "project")
    project.commit("begin")
    project.with_remote(tmp_path / "remote.git")
    account = index.state.account
    return Stage(project, Repository(tmp_path / "remote.git"), tmp_path / "packages", index.url, account)


def test_only_narrowed_copies_leave_and_they_are_of_no_other_use(
    stage: Stage, index: Warehouse, anyio_backend: str
) -> None:
    """A project's first file is bound by time, the others by name too: of no use elsewhere or later."""
    state = index.state
    index.state.ahead = DAY  # this machine's clock is behind: the index's own counts
    run = stage.run("--version", "3.0.0", "--yes", "--skip-tests", "-v", backend=anyio_backend)
    assert run.code == 0, run.said
    assert list(state.digests()) == FILES
    assert "as a copy for tiny, good for 15 min from each upload" in run.said
    first, second = state.tokens
    assert state.account.secret.reveal() not in state.tokens
    assert [len(caveats(token)) for token in (first, second)] == [1, 2]
    scope = pypi_token.read(second).scope
    assert scope.projects == frozenset({"tiny"})
    assert scope.not_after
    assert 0 < scope.not_after - state.now() <= 900
    state.ahead += 1000
    for token in (first, second):
        assert "Invalid API Token" in state.refusal(token, "tiny")


async def test_a_copy_that_is_caught_uploads_nothing_else_and_nothing_later(
    tmp_path: Path, index: Warehouse
) -> None:
    """Sent by a thief over the same wire, the index refuses what it has just taken for the right project."""
    state, mine = index.state, indexes.wheel(tmp_path, "1.0")
    state.files |= {"demo-0.9.tar.gz": ("", 0, 0.0), "other-0.9.tar.gz": ("", 0, 0.0)}
    settings = given(state.account.secret.reveal())

    async def answer(project: str) -> IndexAnswer:
        copy = token_narrowing.narrowed_token(
            state.account.secret,
            token_narrowing.narrowing_for(settings, project),
            now=time.time(),
            known=True,
        )
        digest = hashlib.sha256(mine.read_bytes()).hexdigest()
        outcome = await child.upload(mine, digest, Destination(index.url, Credentials("__token__", copy)))
        assert not canary.shows(outcome.reason)
        return outcome.answer

    async with uploader.open_uploader(tmp_path / "scratch", WorkerOptions(dict(os.environ))) as child:
        assert await answer("other") is IndexAnswer.BAD_CREDENTIAL
        assert await answer("demo") is IndexAnswer.STORED
        state.ahead = 1000
        assert await answer("demo") is IndexAnswer.BAD_CREDENTIAL


def test_who_goes_on_later_sends_a_copy_of_that_time(
    stage: Stage, index: Warehouse, anyio_backend: str
) -> None:
    """A day between two uploads of one release: each copy is made when it is needed."""
    state = index.state
    state.arriving = lambda name: setattr(state, "revoked", name.endswith(".tar.gz"))
    run = stage.run("--version", "3.0.0", "--yes", "--skip-tests", backend=anyio_backend)
    assert run.code == 5, run.said
    assert "set NARROW_TOKEN=false" in run.said
    state.arriving, state.revoked, state.ahead = lambda _: None, False, DAY
    run = stage.run("--resume", backend=anyio_backend)
    assert run.code == 0, run.said
    *_, early, late = state.tokens
    ends = [pypi_token.read(token).scope.not_after or 0 for token in (early, late)]
    assert DAY - 60 < ends[1] - ends[0] < DAY + 600


def test_the_switch_sends_the_token_itself(stage: Stage, index: Warehouse) -> None:
    """By the environment; a project's own table has no such key."""
    words = ("--version", "3.0.0", "--yes", "--skip-tests", "-v")
    run = stage.run(*words, NARROW_TOKEN="false")  # noqa: S106 - a switch
    assert run.code == 0, run.said
    assert index.state.tokens == [index.state.account.secret.reveal()] * 2
    assert "not limited to this project: NARROW_TOKEN is false" in run.said
    project = stage.repository.path / "pyproject.toml"
    table = "[tool.release-async]\n"
    project.write_text(project.read_text().replace(table, f"{table}narrow-token = false\n"))
    stage.repository.commit("weaken")
    run = stage.run("check")
    assert run.code == 2, run.said
    assert "what becomes of a token is set in the environment or .env only" in run.said
