"""The token is there, is one, and says itself that it may be used: at this index, for this project, now."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from release_async.base.problems import Problem, Problems
from release_async.base.secret import Secret
from release_async.external.index import repository_url
from release_async.plan.plan import Plan, Target
from release_async.plan.settings import Sources, load
from release_async.release.checks import credentials
from support import indexes, secrets
from support.releasing import Stage, tiny
from support.story import PLAN, changed
from support.worlds import NOBODY, Place, prepared

pytestmark = pytest.mark.by_turns

UPLOAD = "https://upload.example.org/legacy/"
PYPI = repository_url.upload_urls().pypi
HOST = PYPI.split("/")[2].removeprefix("upload.")
MINE = {"project_names": ["demo"]}
HOUR = 3600


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout whose index does not answer."""
    return prepared(tmp_path)


def planned(url: str) -> Plan:
    """A release of "demo" to an index."""
    target = Target(name="Example", repository_url=url, token_setting="PYPI_API_TOKEN")  # noqa: S106 - a name
    return changed(PLAN, target=target)


async def judged(place: Place, token: str | None, url: str = UPLOAD) -> Problems:
    """What the check says of a token for an index, and never shows of it."""
    place.settings = replace(place.settings, token=Secret(token) if token is not None else None)
    async with place.context(planned(url)) as context:
        problems = await credentials.run(planned(url), context)
    for problem in problems:
        assert problem.cure
        assert not token or len(token) < 3 or token not in repr(problem)
        assert not token or token[5:25] not in repr(problem) or len(token) < 25
    return problems


async def the_one(place: Place, token: str | None, url: str = UPLOAD) -> Problem:
    """The only thing that the check says."""
    (problem,) = await judged(place, token, url)
    return problem


@pytest.mark.parametrize("token", ["a password", "two\nlines", "zero\u200bwidth", "tab\there"])
async def test_a_token_with_blanks_is_a_slip_of_the_clipboard(place: Place, token: str) -> None:
    """It is named by its setting and never shown."""
    problem = await the_one(place, token)
    assert "PYPI_API_TOKEN" in problem.what


@pytest.mark.parametrize("url", ["https://example.org/simple/", "https://example.org/team/+simple"])
async def test_the_address_that_pip_reads_takes_no_upload(place: Place, url: str) -> None:
    """It is refused in the words of the upload, which would fail after everything else."""
    place.url = "http://127.0.0.1:9/simple/"
    problem = await the_one(place, secrets.token("example.org", MINE), url)
    assert (problem.level, "ends in /simple/" in problem.what) == ("refuse", True)
    assert "it must be the address that uploads are sent to" in problem.cure


async def test_no_token_names_the_setting(place: Place) -> None:
    """And where one is made."""
    problem = await the_one(place, None)
    assert "PYPI_API_TOKEN=" in problem.cure
    assert "Example" in problem.cure


@pytest.mark.parametrize("token", [None, "", "x"])
async def test_what_an_index_that_takes_anybody_wants_is_named(place: Place, token: str | None) -> None:
    """It has no password to put in; what is named is taken, and a public index never hears of it."""
    word = (await the_one(place, token)).cure.partition("without a password: PYPI_API_TOKEN=")[2]
    assert await judged(place, word) == ()
    assert "without a password" not in (await the_one(place, token, PYPI)).cure


async def test_no_token_is_asked_for_where_ci_may_be_meant(place: Place) -> None:
    """Where a job of CI uploads too, the check of workflows asks who publishes, and CI needs none here."""
    place.repository.write(
        ".github/workflows/release.yml", "on: push\njobs:\n  up:\n    steps:\n      - run: uv publish\n"
    )
    place.repository.commit("workflow")
    problem = await the_one(place, None, PYPI)
    assert problem.cure.startswith(
        'none is needed if CI publishes: publish = "ci" in [tool.release-async]; else'
    )
    place.settings = load(Sources(pyproject='[tool.release-async]\npublish = "here"\n'))
    assert (await the_one(place, None, PYPI)).cure.startswith("make one at")


@pytest.mark.parametrize("url", [UPLOAD, "https://example.org/legacy/"])
async def test_the_token_of_the_index_and_the_project_is_fine(place: Place, url: str) -> None:
    """By the host that the token itself names, whose uploads may have a host of their own."""
    assert await judged(place, secrets.token("example.org", MINE), url) == ()


@pytest.mark.parametrize("host", ["test.example.org", "example.com", "g.example.org"])
async def test_the_token_of_another_index_is_refused_before_it_is_sent(place: Place, host: str) -> None:
    """Both hosts are named, so that the slip can be seen; nothing is asked of anybody."""
    with indexes.scripted(indexes.answer("404 Not Found")) as server:
        place.url = server.url
        problem = await the_one(place, secrets.token(host))
    assert (problem.level, server.requests) == ("refuse", [])
    assert problem.what == f"the token in PYPI_API_TOKEN belongs to {host}, not to Example"


@pytest.mark.parametrize("token", ["x", "tt", "abc"])
async def test_a_few_characters_are_no_token(place: Place, token: str) -> None:
    """They are part of many a word, and whatever is shown would be full of masks."""
    problem = await the_one(place, token)
    assert (problem.level, f"has {len(token)} character" in problem.what) == ("refuse", True)


@pytest.mark.parametrize("token", ["pypi-", "pypi-!!!", "pypi-AgE", "sesame", "pypi-" + "A" * 80])
async def test_what_is_no_such_token_is_left_to_an_index_of_another_kind(place: Place, token: str) -> None:
    """Passwords of private indexes have any shape."""
    assert await judged(place, token) == ()


@pytest.mark.parametrize("token", ["pypi-", "pypi-!!!", "pypi-AgE", "sesame", "whole"])
async def test_pypi_takes_nothing_but_whole_tokens(place: Place, token: str) -> None:
    """A password, and a token that was cut by the clipboard, are known before the tests have run."""
    problem = await the_one(place, secrets.token(HOST)[:-9] if token == "whole" else token, PYPI)  # noqa: S105 - a name
    assert problem.level == "refuse"
    assert "the value of PYPI_API_TOKEN is no token of Example" in problem.what
    assert "copy the whole token" in problem.cure
    assert await judged(place, secrets.token(HOST, MINE), PYPI) == ()


async def test_pypi_knows_no_users(place: Place) -> None:
    """A user's name that is left from another index makes PyPI refuse a good token."""
    place.settings = load(Sources(environ={"PYPI_USERNAME": "someone"}))
    problem = await the_one(place, secrets.token(HOST, MINE), PYPI)
    assert (problem.level, problem.cure) == ("refuse", "unset PYPI_USERNAME, in the environment and in .env")
    assert await judged(place, secrets.token("example.org", MINE)) == ()


@pytest.mark.parametrize("name", ["De.Mo", "de_mo", "de-mo"])
async def test_a_project_is_known_in_any_spelling(place: Place, name: str) -> None:
    """The token holds the normalised name (PEP 503)."""
    plan = changed(planned(UPLOAD), name=name)
    place.settings = replace(
        place.settings, token=Secret(secrets.token("example.org", {"project_names": ["de-mo"]}))
    )
    async with place.context(plan) as context:
        assert await credentials.run(plan, context) == ()


@pytest.mark.parametrize("form", ["project_names", "legacy_project_names"])
async def test_the_token_of_another_project_is_refused(place: Place, form: str) -> None:
    """It is named, in both forms that PyPI has written; so is a token that is good for nothing."""
    problem = await the_one(place, secrets.token("example.org", {form: ["other", "another"]}))
    assert problem.level == "refuse"
    assert problem.what == "the token in PYPI_API_TOKEN is for another, other, not for demo"
    assert "made for demo" in problem.cure
    problem = await the_one(place, secrets.token("example.org", MINE, {form: ["other"]}))
    assert "is for no project at all" in problem.what


@pytest.mark.parametrize(
    ("begin", "end"), [("not_before", "not_after"), ("legacy_not_before", "legacy_not_after")]
)
async def test_a_token_that_is_over_is_refused_and_one_that_ends_soon_is_told(
    place: Place, begin: str, end: str
) -> None:
    """With the day, in both forms; a token that lives for weeks is nobody's business."""
    now = int(time.time())

    async def at(start: int, stop: int) -> list[tuple[str, str]]:
        found = await judged(place, secrets.token("example.org", MINE, {begin: start, end: stop}))
        return [(problem.level.value, problem.what) for problem in found]

    assert await at(now - HOUR, now + 30 * 24 * HOUR) == []
    assert await at(1, 86_400) == [
        ("refuse", "the token in PYPI_API_TOKEN has expired, on 1970-01-02 at 00:00 UTC")
    ]
    ((level, what),) = await at(now - HOUR, now + 5 * HOUR + 90)
    assert level == "warn"
    assert what.endswith(", in 5 h 01 min")
    ((level, what),) = await at(now + HOUR, now + 30 * 24 * HOUR)
    assert level == "refuse"
    assert "is not good before" in what
    ((_, what),) = await at(2**60, 2**61)
    assert "is not good before a day that no calendar has" in what


@pytest.mark.parametrize("caveats", [({"user_id": "a"},), ({"legacy_noop": True},)])
async def test_an_account_wide_token_is_told_with_the_way_to_a_narrower_one(
    place: Place, tmp_path: Path, caveats: tuple[dict[str, object], ...]
) -> None:
    """Whoever gets hold of it has every project; but the first upload of a project needs such a token."""
    token = secrets.token("example.org", *caveats)
    with indexes.pypiserver(tmp_path / "index", indexes.credentials()) as place.url:
        first = await the_one(place, token)
        indexes.wheel(tmp_path / "index", "1.2.3")
        later = await the_one(place, token)
    assert first.level == later.level == "warn"
    assert (
        first.what == later.what == "the token in PYPI_API_TOKEN may upload to every project of its account"
    )
    assert later.cure == (
        "make one at Example whose scope is demo alone, put it into PYPI_API_TOKEN, and revoke this one"
    )
    assert first.cure == (
        f"the first upload of a project needs such a token; when demo is there, {later.cure}"
    )
    place.url = NOBODY
    over = await the_one(place, secrets.token("example.org", {"not_before": 1, "not_after": 2}))
    assert "has expired" in over.what
    assert (await the_one(place, token)).cure == later.cure


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time."""
    with tiny(tmp_path) as stage:
        yield stage


def test_a_run_shows_what_is_wrong_with_a_token_and_nothing_of_it(stage: Stage, anyio_backend: str) -> None:
    """As a person reads it; the index is on this machine, so it is the token's host."""
    token = secrets.token("127.0.0.1", {"project_names": ["other"]})
    run = stage.run("check", "--skip-tests", backend=anyio_backend, PYPI_API_TOKEN=token)
    assert run.code == 3, run.said
    wrong = "Credentials: the token in PYPI_API_TOKEN is for other, not for tiny"
    assert f"REFUSED {wrong} do: put a token into" in run.said
    assert not any(token[start : start + 12] in run.said for start in range(5, len(token) - 12))
    mine = secrets.token("127.0.0.1", {"project_names": ["tiny"]})
    assert stage.run("check", backend=anyio_backend, PYPI_API_TOKEN=mine).code == 0
