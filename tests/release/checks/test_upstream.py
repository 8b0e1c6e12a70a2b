"""The branch and its remote are compared by what the remote has now."""

from pathlib import Path

import pytest

from release_async.base.errors import CommandError
from release_async.plan.route import ROUTES
from release_async.release.checks import upstream, working_tree
from support import remotes
from support.repositories import Repository
from support.story import changed
from support.worlds import Place, judged, prepared, said, unjudged


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout whose remote is up to date."""
    return prepared(tmp_path)


def theirs(repository: Repository) -> None:
    """Let somebody commit on top of what a bare repository has."""
    oid = repository.git("commit-tree", "-p", "main", "-m", "theirs", "main^{tree}")
    repository.git("update-ref", "refs/heads/main", oid)


async def test_the_same_is_fine_and_ahead_is_told(place: Place) -> None:
    """The release pushes what was not pushed yet."""
    assert said(await judged(place, upstream)) == []
    place.repository.commit("mine")
    place.repository.commit("mine too")
    (problem,) = said(await judged(place, upstream))
    assert problem == ("warn", "main is 2 commits ahead of origin/main, which are pushed too")


async def test_behind_and_diverged_are_refused(place: Place) -> None:
    """With the counts of both sides."""
    theirs(place.remote)
    assert said(await judged(place, upstream)) == [("refuse", "main is 1 commit behind origin/main")]
    place.repository.commit("mine")
    (problem,) = said(await judged(place, upstream))
    assert problem == ("refuse", "main and origin/main have diverged: 1 of your commits, 1 of theirs")


async def test_diverged_is_told_with_both_counts_where_only_the_tag_is_pushed(place: Place) -> None:
    """Who reads of their own commits alone would wonder why the cure rebases."""
    theirs(place.remote)
    place.repository.commit("mine")
    plan = changed(place.plan, tag_tool="setuptools-scm", version_tag="v1.3.0", route=ROUTES["tag"])
    (problem,) = await judged(place, upstream, plan)
    both = "main and origin/main have diverged: 1 of your commits, 1 of theirs"
    assert problem.what == f"{both}, and only the tag is pushed"
    assert problem.cure == "git pull --rebase origin main, then git push origin main"


@pytest.mark.parametrize("commit_first", [True, False])
async def test_behind_and_edited_the_cures_work_in_either_order(place: Place, *, commit_first: bool) -> None:
    """The working tree's cure is shown first; who has committed cannot fast-forward any more."""
    theirs(place.remote)
    place.repository.write("file.txt", "mine\n")
    (edited,), (behind,) = await judged(place, working_tree), await judged(place, upstream)
    assert edited.cure.startswith("commit them: git commit --all;")
    git = place.repository.git
    typed = [("commit", "--all", "--quiet", "--message", "mine"), behind.cure.split()[1:]]
    for words in typed if commit_first else reversed(typed):
        git(*words)
    assert said(await judged(place, working_tree)) == []
    (ahead,) = said(await judged(place, upstream))
    assert ahead == ("warn", "main is 1 commit ahead of origin/main, which is pushed too")


async def test_a_branch_that_is_not_there_yet_is_told(place: Place) -> None:
    """It is no error of a remote that is away."""
    place.repository.git("switch", "--quiet", "--create", "trunk", "--track")
    problems = await judged(place, upstream, changed(place.plan, branch="trunk"))
    assert said(problems) == [("warn", "origin has no branch trunk yet: the release creates it")]


@pytest.mark.parametrize("switch", [("--create", "fix"), ("--detach",)])
async def test_of_a_branch_that_is_not_checked_out_nothing_is_said(
    place: Place, switch: tuple[str, ...]
) -> None:
    """Main equals its remote, whatever HEAD is: neither its commits nor a cure that moves HEAD are told."""
    place.repository.git("switch", "--quiet", *switch)
    place.repository.commit("mine, and not of main")
    theirs(place.remote)
    why = "main is not checked out, and HEAD is what would be compared"
    assert await unjudged(place, upstream) == why


async def test_a_remote_that_is_away_is_no_verdict(place: Place, tmp_path: Path) -> None:
    """Neither behind nor fine: the check could not judge."""
    plan = place.plan
    place.remote.path.rename(tmp_path / "away.git")
    async with place.context(plan) as context:
        with pytest.raises(CommandError, match="no repository where origin points") as caught:
            await upstream.run(plan, context)
    assert "git ls-remote origin" in caught.value.cure


@pytest.mark.parametrize(
    ("url", "what", "cure"),
    [
        ("http://127.0.0.1:9/x.git", "origin does not answer", "check the network"),
        ("http://nowhere.invalid/x.git", "the host of origin is not known", "git remote -v"),
        ("ssh://127.0.0.1:9/x.git", "origin does not answer", "git ls-remote origin"),
    ],
)
async def test_why_a_remote_could_not_be_asked_is_told(place: Place, url: str, what: str, cure: str) -> None:
    """Each cause has a cure of its own."""
    place.repository.git("remote", "set-url", "origin", url)
    with pytest.raises(CommandError, match=what) as caught:
        await judged(place, upstream)
    assert cure in caught.value.cure


async def test_a_password_is_never_asked_for_and_never_shown(place: Place) -> None:
    """A server that wants one gets none: git is not ended at a deadline, it gives up and says why."""
    with remotes.answering(401) as url:
        address = url.replace("//", "//person:open%40sesame@")
        place.repository.git("remote", "set-url", "origin", f"{url}/x.git")
        with pytest.raises(CommandError, match="wants a user name and a password") as caught:
            await judged(place, upstream)
        assert "credential.helper" in caught.value.cure
        place.repository.git("remote", "set-url", "origin", f"{address}/x.git")
        with pytest.raises(CommandError, match="does not accept the user name and password") as caught:
            await judged(place, upstream)
    assert "sesame" not in caught.value.what + caught.value.cure + caught.value.detail


async def test_no_remote_is_refused(place: Place) -> None:
    """There is nowhere to push to; a remote of another name may be meant."""
    place.repository.git("remote", "rename", "origin", "fork")
    (problem,) = await judged(place, upstream)
    assert problem.what == "there is no remote origin, only fork"
    assert 'remote = "fork"' in problem.cure
    place.repository.git("remote", "remove", "fork")
    (problem,) = await judged(place, upstream)
    assert (problem.what, problem.cure) == ("there is no remote origin", "git remote add origin URL")


async def test_a_branch_that_follows_nothing_is_explained(place: Place) -> None:
    """Where it could be meant for another remote, too; the cure makes git compare the same."""
    place.repository.git("branch", "--unset-upstream")
    assert await judged(place, upstream) == ()  # as after a first release: there is one counterpart
    place.repository.git("remote", "add", "fork", str(place.remote.path))
    (problem,) = await judged(place, upstream)
    assert problem.level.value == "warn"
    assert problem.what.startswith("main follows no upstream branch; it was compared with origin/main")
    for command in problem.cure.split(" && "):
        place.repository.git(*command.split()[1:])
    assert await judged(place, upstream) == ()


async def test_a_shallow_clone_is_compared_and_stays_as_shallow_as_it_is(
    place: Place, tmp_path: Path
) -> None:
    """What the fetch brings is counted from where both meet, and the depth is the user's business."""
    place.repository.commit("more history")
    place.repository.git("push", "--quiet", "origin", "main")
    clone = tmp_path / "shallow"
    place.repository.git("clone", "--quiet", "--depth=1", place.remote.path.as_uri(), str(clone))
    shallow = Place(Repository(clone))
    assert await judged(shallow, upstream) == ()
    shallow.repository.commit("mine")
    theirs(place.remote)
    theirs(place.remote)
    assert said(await judged(shallow, upstream)) == [
        ("refuse", "main and origin/main have diverged: 1 of your commits, 2 of theirs")
    ]


async def test_of_several_remotes_the_one_that_is_pushed_to_counts(place: Place, tmp_path: Path) -> None:
    """Although the branch follows another one, of which nothing is said but that."""
    fork = Repository.init(tmp_path / "fork")
    place.repository.git("remote", "add", "fork", str(fork.path))
    place.repository.git("push", "--quiet", "--set-upstream", "fork", "main:theirs")
    theirs(place.remote)
    assert said(await judged(place, upstream)) == [
        ("refuse", "main is 1 commit behind origin/main"),
        ("warn", "main follows fork/theirs; it was compared with origin/main, where the release pushes it"),
    ]


async def test_what_is_pushed_to_is_what_is_asked(place: Place, tmp_path: Path) -> None:
    """With pushInsteadOf or a push URL, what is fetched from is somewhere else and says nothing."""
    place.repository.git("clone", "--quiet", "--bare", str(place.remote.path), str(tmp_path / "mirror.git"))
    place.repository.git("config", f"url.{tmp_path}/mirror.git.pushInsteadOf", str(place.remote.path))
    theirs(place.remote)
    assert await judged(place, upstream) == ()
    theirs(Repository(tmp_path / "mirror.git"))
    assert said(await judged(place, upstream)) == [("refuse", "main is 1 commit behind origin/main")]
