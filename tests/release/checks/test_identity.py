"""Nobody's name is made up for a release."""

import shlex
from pathlib import Path

import pytest

from release_async.plan.route import ROUTES
from release_async.release.checks import identity
from support.repositories import Repository
from support.story import changed
from support.worlds import Place, judged, prepared, said, unjudged


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout of somebody whom git knows."""
    return prepared(tmp_path)


def forget(home: Path, configuration: str = "") -> None:
    """Let the person's own configuration be ``configuration``."""
    (home / "gitconfig").write_text(configuration)


async def test_a_person_whom_git_knows_passes(place: Place) -> None:
    """By configuration here or elsewhere."""
    assert await judged(place, identity) == ()


async def test_nobody_is_refused_with_the_two_commands_that_help(place: Place, nobodys_home: Path) -> None:
    """Git's own reason is kept; both commands together are enough."""
    forget(nobodys_home, "[user]\nuseConfigOnly = true\n")
    (problem,) = await judged(place, identity)
    assert (problem.level.value, problem.what) == ("refuse", "git does not know who commits")
    assert problem.detail.startswith("fatal: no email was given")
    name, mail = (shlex.split(command) for command in problem.cure.split(" && "))
    place.repository.git(*name[1:])
    (problem,) = await judged(place, identity)
    assert problem.level.value == "refuse"
    place.repository.git(*mail[1:])
    assert await judged(place, identity) == ()


async def test_an_empty_name_is_refused_as_git_does(place: Place) -> None:
    """A commit would be."""
    place.repository.git("config", "user.name", " ")
    (problem,) = await judged(place, identity)
    assert "disallowed characters" in problem.detail
    assert place.repository.tried("commit", "--allow-empty", "--message=no").returncode == 128


async def test_a_name_that_git_makes_up_is_told(place: Place, nobodys_home: Path) -> None:
    """It is in every clone for ever, so it is shown before."""
    forget(nobodys_home, "[user]\nemail = you@example.com\n")
    if place.repository.tried("var", "GIT_COMMITTER_IDENT").returncode:
        pytest.skip("this machine's user has no name that git could make one up from")
    ((level, what),) = said(await judged(place, identity))
    assert level == "warn"
    assert what.startswith("git has made up who commits from this machine: ")
    assert what.endswith("<you@example.com>")


async def test_the_environment_may_say_who_commits(
    place: Place, nobodys_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As continuous integration does; an address in $EMAIL is the person's own word."""
    forget(nobodys_home, "[user]\nname = A Person\n")
    monkeypatch.setenv("EMAIL", "me@example.com")
    assert await judged(place, identity) == ()
    forget(nobodys_home)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "A Robot")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "robot@example.com")
    assert await judged(place, identity) == ()


async def test_a_release_without_commit_and_tag_needs_nobody(place: Place, nobodys_home: Path) -> None:
    """HEAD as it is, with AUTO_GIT_TAG=false; with a tag there is a tagger."""
    forget(nobodys_home, "[user]\nuseConfigOnly = true\n")
    plan = changed(place.plan, tag=None, route=ROUTES["current"])
    assert await unjudged(place, identity, plan) == "neither a commit nor a tag is made"
    plan = changed(place.plan, tag="v1.3.0", route=ROUTES["current"])
    assert len(await judged(place, identity, plan)) == 1


def test_the_test_support_has_a_name(place: Place) -> None:
    """Or nothing above would prove anything."""
    assert isinstance(place.repository, Repository)
    assert "A Person <person@example.com>" in place.repository.git("var", "GIT_AUTHOR_IDENT")
