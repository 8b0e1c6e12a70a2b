"""The push: done when the remote has commit and tag, whatever others have pushed since; never by force."""

import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from release_async.base.errors import FailedError
from release_async.external.git import git_commands
from release_async.plan.effect import Effect, State
from release_async.plan.route import ROUTES
from release_async.release.push_beside_protected_branch import ONCE_MORE, SQUASHED
from release_async.release.steps import push
from release_async.run.step_results import PushedAside, ReleaseCommit, Results, TagObjects
from support.repositories import Repository
from support.story import PLAN, changed
from support.worlds import Place, prepared


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout whose remote is up to date."""
    return prepared(tmp_path)


@pytest.fixture
def remote(place: Place) -> Repository:
    """The remote itself."""
    return Repository(Path(place.repository.git("remote", "get-url", "origin")))


def raised(place: Place) -> str:
    """The tree of a release commit: nothing of the user's is left changed."""
    place.repository.write("version.txt", "1.3.0\n")
    place.repository.git("add", "version.txt")
    tree = place.repository.git("write-tree")
    place.repository.git("reset", "--quiet", "--hard")
    return tree


@asynccontextmanager
async def effect(place: Place, *, tag: str | None = "v1.3.0") -> AsyncIterator[Effect]:
    """The push of a release commit, and its tag object, that no ref of the user's shows."""
    git = place.repository.git
    url = git("remote", "get-url", "origin")
    plan = changed(PLAN, base=git("rev-parse", "HEAD"), remote_url=url, tag=tag)
    async with place.context(plan) as context:
        commit = git("commit-tree", "-p", "HEAD", "-m", "release", raised(place))
        git("tag", "-a", "-m", "release", "temporary", commit)
        tags = TagObjects({"v1.3.0": git("rev-parse", "temporary")})
        git("tag", "-d", "temporary")
        (only,) = push.effects(plan, context, Results(ReleaseCommit(commit), tags))
        yield only


async def test_branch_and_tag_arrive_together(place: Place, remote: Repository) -> None:
    """And the probe then says so."""
    async with effect(place) as one:
        assert (await one.probe()).state is State.NOT_DONE
        await one.perform()
        assert (await one.probe()).state is State.DONE
    assert remote.git("log", "-1", "--format=%s", "main") == "release"
    assert remote.git("rev-parse", "v1.3.0^{commit}") == remote.git("rev-parse", "main")


async def test_a_remote_that_was_set_elsewhere_is_not_pushed_to(
    place: Place, remote: Repository, tmp_path: Path
) -> None:
    """Nothing is known of what is there, so nothing is done until it is set back."""
    async with effect(place) as one:
        place.repository.git("remote", "set-url", "--push", "origin", str(tmp_path / "other.git"))
        probed = await one.probe()
        assert probed.state is State.UNKNOWN
        assert f"and the plan says {remote.path}" in probed.why
        place.repository.git("remote", "set-url", "--push", "origin", str(remote.path))
        assert (await one.probe()).state is State.NOT_DONE


async def test_without_a_tag_the_branch_is_enough(place: Place, remote: Repository) -> None:
    """AUTO_GIT_TAG=false."""
    async with effect(place, tag=None) as one:
        await one.perform()
        assert (await one.probe()).state is State.DONE
    assert remote.git("tag", "--list") == ""


async def test_what_others_push_on_top_does_not_undo_it(place: Place, remote: Repository) -> None:
    """The branch has moved on, and has the release commit: done."""
    async with effect(place) as one:
        await one.perform()
        theirs = remote.git("commit-tree", "-p", "main", "-m", "theirs", "main^{tree}")
        remote.git("update-ref", "refs/heads/main", theirs)
        assert (await one.probe()).state is State.DONE


async def test_a_commit_that_came_between_is_never_forced_away(place: Place, remote: Repository) -> None:
    """The branch stays theirs; tag and commit go beside it, and the words say how the rest gets there."""
    async with effect(place) as one:
        theirs = remote.git("commit-tree", "-p", "main", "-m", "theirs", "main^{tree}")
        remote.git("update-ref", "refs/heads/main", theirs)
        assert (await one.probe()).state is State.NOT_DONE
        with pytest.raises(FailedError) as caught:
            await one.perform()
    assert "origin refused main, to which others have pushed meanwhile" in caught.value.what
    assert "rejected" in caught.value.detail
    assert remote.git("rev-parse", "main") == theirs
    assert remote.git("tag", "--list") == "v1.3.0"
    assert remote.git("rev-parse", "release/1.3.0") == remote.git("rev-parse", "v1.3.0^{commit}")
    assert "open a request to merge release/1.3.0 into main" in caught.value.cure


async def test_what_is_there_beside_a_closed_branch_is_no_longer_owed(
    place: Place, remote: Repository
) -> None:
    """Tag and commit are there: only the merge is left, for which there is nothing to push by hand."""
    _close_main(remote)
    async with effect(place) as one:
        assert (await one.probe()).parts == ()
        with pytest.raises(FailedError, match="pushed instead"):
            await one.perform()
        seen = await one.probe()
        released = remote.git("rev-parse", "release/1.3.0")
        assert (seen.state, seen.manual) == (State.NOT_DONE, (f"git push origin {released}:refs/heads/main",))
        assert seen.parts == ("push v1.3.0 and release/1.3.0 to origin",)
        assert seen.rest == "merge release/1.3.0 into main on origin"
        assert seen.cure == "merge release/1.3.0 into main there, as it is (no squash, no rebase)"
        assert seen.gives == (PushedAside("release/1.3.0"),)
        remote.git("tag", "--delete", "v1.3.0")
        again = await one.probe()
        assert again.rest == "push v1.3.0 to origin and merge release/1.3.0 into main on origin"
        (remote.path / "hooks/update").unlink()
        await typed(place, again.manual)
        merged = await one.probe()
    assert (merged.state, merged.gives) == (State.DONE, (PushedAside("release/1.3.0"),))


async def test_a_squash_is_told_and_merging_once_more_ends_it(place: Place, remote: Repository) -> None:
    """Beside work of others, the release is in main as another commit, which no tag leads to."""
    _close_main(remote)
    async with effect(place) as one:
        with pytest.raises(FailedError, match="pushed instead"):
            await one.perform()
        (remote.path / "hooks/update").unlink()
        _squash(place)
        seen = await one.probe()
        assert seen.rest == "merge release/1.3.0 into main on origin"
        assert (seen.why, seen.cure.endswith(", once more")) == (SQUASHED, True)
        with pytest.raises(FailedError, match=f"refused main, where {SQUASHED}") as caught:
            await one.perform()
        assert caught.value.cure.startswith(f"{ONCE_MORE}: open a request to merge release/1.3.0 into main")
        before = remote.git("rev-parse", "main^{tree}")
        await typed(place, seen.manual)
        assert (await one.probe()).state is State.DONE
    assert remote.git("rev-parse", "main^{tree}") == before


def _squash(place: Place) -> None:
    """A colleague's commit on main, then the changes of the release in one of theirs."""
    repository = place.repository
    repository.git("switch", "--quiet", "--detach")
    repository.write("other.txt", "theirs\n")
    repository.commit("theirs")
    repository.git("checkout", "refs/remotes/origin/release/1.3.0", "--", "version.txt")
    repository.commit("Release 1.3.0 (#7)")
    repository.git("push", "--quiet", "origin", "HEAD:refs/heads/main")
    repository.git("switch", "--quiet", "main")


def _close_main(remote: Repository) -> None:
    """A remote whose main nobody may push to."""
    rule = remote.path / "hooks/update"
    rule.write_text("#!/bin/sh\ncase $1 in refs/heads/main) echo 'protected' >&2; exit 1;; esac\n")
    rule.chmod(0o755)


async def typed(place: Place, commands: tuple[str, ...] | None) -> None:
    """Paste the commands into a shell."""
    assert commands
    await anyio.run_process(("sh", "-euc", "\n".join(commands)), cwd=place.repository.path)


@pytest.mark.parametrize("theirs_is_on_top", [True, False])
@pytest.mark.parametrize("was_tried", [True, False])
async def test_the_commands_by_hand_lead_to_the_end_where_others_have_pushed(
    place: Place, remote: Repository, *, theirs_is_on_top: bool, was_tried: bool
) -> None:
    """On a bare remote, too: the tag by itself, and theirs merged with ours, whatever is checked out."""
    async with effect(place) as one:
        released = one.manual[0].split()[-2].partition(":")[0]
        parent = released if theirs_is_on_top else "HEAD"
        theirs = place.repository.git("commit-tree", "-p", parent, "-m", "theirs", "HEAD^{tree}")
        place.repository.git("push", "--quiet", "origin", f"{theirs}:refs/heads/main")
        if was_tried and not theirs_is_on_top:
            with pytest.raises(FailedError, match="others have pushed"):
                await one.perform()
        before = place.repository.git("rev-parse", "HEAD", "--symbolic-full-name", "HEAD")
        await typed(place, (await one.probe()).manual)
        assert (await one.probe()).state is State.DONE
    assert remote.git("rev-parse", "v1.3.0^{commit}") == released
    assert remote.git("merge-base", "main", theirs) == theirs
    assert place.repository.git("rev-parse", "HEAD", "--symbolic-full-name", "HEAD") == before


async def test_another_tag_of_that_name_is_a_conflict(place: Place, remote: Repository) -> None:
    """A person must decide; nothing is overwritten, and the commands show theirs, and keep ours."""
    theirs = remote.git("commit-tree", "-m", "theirs", "main^{tree}")
    remote.git("tag", "v1.3.0", theirs)
    async with effect(place) as one:
        seen = await one.probe()
        assert seen.state is State.CONFLICT
        assert "v1.3.0 that is not ours" in seen.why
        see, keep, other = (part.rpartition(": ")[2] for part in seen.cure.split("; "))
        await typed(place, (see, keep))
        assert place.repository.git("rev-parse", "FETCH_HEAD") == theirs
        assert other == "to keep theirs, give this release up"
        assert (await one.probe()).state is State.NOT_DONE


async def test_a_remote_that_is_away_is_unknown(place: Place, remote: Repository) -> None:
    """Never NOT_DONE: that would push again."""
    async with effect(place) as one:
        remote.path.rename(remote.path.with_name("away.git"))
        seen = await one.probe()
    assert seen.state is State.UNKNOWN
    assert "git ls-remote origin" in seen.cure


async def test_why_nobody_took_it_is_told_by_its_cause(place: Place, remote: Repository) -> None:
    """A remote that is away has refused nothing; the command that shows it again has the true ids."""
    async with effect(place) as one:
        remote.path.rename(remote.path.with_name("away.git"))
        with pytest.raises(
            FailedError, match="origin did not accept the push of main: there is no repo"
        ) as caught:
            await one.perform()
    commit = place.repository.git("rev-parse", f"{one.manual[0].split()[-1].partition(':')[0]}^{{}}")
    assert caught.value.cure.endswith(f"git push --dry-run origin {commit}:refs/heads/main")


@pytest.mark.parametrize("name", ["refs/heads/main", "refs/tags/v1.3.0", "HEAD"])
async def test_a_lock_of_the_remote_is_no_refusal(
    place: Place, remote: Repository, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Git was killed there in a change of refs: nothing goes aside; once the lock is gone all is pushed."""
    monkeypatch.setattr(git_commands, "LOCK_WAITS", (0.1,))
    lock = remote.path / f"{name}.lock"
    lock.parent.mkdir(exist_ok=True)
    lock.touch()
    before = remote.git("for-each-ref")
    async with effect(place) as one:
        with pytest.raises(FailedError, match="another git process has locked origin") as caught:
            await one.perform()
        assert remote.git("for-each-ref") == before
        await anyio.run_process(caught.value.cure.rpartition("where origin is: ")[2])  # through a shell
        await one.perform()
        assert (await one.probe()).state is State.DONE


async def test_a_push_waits_for_another_one(place: Place, remote: Repository) -> None:
    """Who changes a ref of the remote at that moment is done soon: here, when the hook runs once more."""
    lock = remote.path / "refs/heads/main.lock"
    lock.touch()
    seen = shlex.quote(f"{remote.path}.seen")
    hook = place.repository.write(
        ".git/hooks/pre-push",
        f"#!/bin/sh\nif [ -e {seen} ]; then rm {shlex.quote(str(lock))}; fi\ntouch {seen}\n",
    )
    hook.chmod(0o755)
    async with effect(place) as one:
        await one.perform()
    assert remote.git("log", "-1", "--format=%s", "main") == "release"


RULE = "case $ref in {}) echo 'not today' >&2; exit 1;; esac"
HOOKS = {
    "update": f"#!/bin/sh\nref=$1; {RULE}\n",
    "pre-receive": f"#!/bin/sh\nwhile read old new ref; do {RULE}; done\n",
}


@pytest.mark.parametrize("hook", HOOKS)
async def test_a_rule_is_told_of_what_it_refuses(place: Place, remote: Repository, hook: str) -> None:
    """By ref or of all at once: for the tag all stays as it was; for the branch the rest goes beside it."""
    rule, before = remote.path / "hooks" / hook, remote.git("for-each-ref")
    rule.touch(0o755)
    async with effect(place) as one:
        rule.write_text(HOOKS[hook].format("refs/tags/*"))
        together = r"main and v1\.3\.0, and then v1\.3\.0 alone" if hook == "pre-receive" else r"v1\.3\.0"
        with pytest.raises(FailedError, match=rf"origin refused {together}, so nothing was pushed") as caught:
            await one.perform()
        assert remote.git("for-each-ref") == before
        assert (await one.probe()).state is State.NOT_DONE
        assert "not today" in caught.value.detail
        rule.write_text(HOOKS[hook].format("refs/heads/main"))
        with pytest.raises(FailedError, match=r"origin refused main; pushed instead: release/1\.3\.0 and v"):
            await one.perform()
        rule.write_text(HOOKS[hook].format("refs/tags/*|refs/heads/main"))
        remote.git("tag", "--delete", "v1.3.0")
        with pytest.raises(FailedError, match="origin refused") as caught:
            await one.perform()
        assert "v1.3.0" in caught.value.what
        rule.unlink()
        await one.perform()
        assert (await one.probe()).state is State.DONE


async def test_a_hook_that_takes_one_ref_at_a_time_gets_them_so(place: Place, remote: Repository) -> None:
    """Refused together and taken one by one: then all is there, and nothing is beside it."""
    rule = remote.path / "hooks/pre-receive"
    rule.write_text("#!/bin/sh\n[ $(wc -l) = 1 ]\n")
    rule.chmod(0o755)
    async with effect(place) as one:
        await one.perform()
        assert (await one.probe()).state is State.DONE
    assert remote.git("for-each-ref", "--format=%(refname)").split() == [
        "refs/heads/main",
        "refs/tags/v1.3.0",
    ]


async def test_of_a_commit_that_others_have_gone_on_from_the_tag_is_pushed_alone(
    place: Place, remote: Repository
) -> None:
    """HEAD is released as it is, and was on the branch before: no push may take back what came on top."""
    git = place.repository.git
    url, head = git("remote", "get-url", "origin"), git("rev-parse", "HEAD")
    plan = changed(PLAN, base=head, remote_url=url, tag="v1.3.0", route=ROUTES["current"])
    theirs = remote.git("commit-tree", "-p", "main", "-m", "theirs", "main^{tree}")
    remote.git("update-ref", "refs/heads/main", theirs)
    async with place.context(plan) as context:
        git("tag", "-a", "-m", "release", "temporary", head)
        tags = TagObjects({"v1.3.0": git("rev-parse", "temporary")})
        git("tag", "-d", "temporary")
        (one,) = push.effects(plan, context, Results(ReleaseCommit(head), tags))
        assert (await one.probe()).state is State.NOT_DONE
        await one.perform()
        assert (await one.probe()).state is State.DONE
    assert remote.git("rev-parse", "main", "v1.3.0^{commit}").split() == [theirs, head]


async def test_a_commit_that_only_we_have_is_pushed_with_its_tag(place: Place, remote: Repository) -> None:
    """HEAD is released as it is, and nobody has seen it yet."""
    place.repository.write("file.txt", "more\n")
    place.repository.commit("ahead")
    git = place.repository.git
    url, head = git("remote", "get-url", "origin"), git("rev-parse", "HEAD")
    plan = changed(PLAN, base=head, remote_url=url, tag=None, route=ROUTES["current"])
    async with place.context(plan) as context:
        (one,) = push.effects(plan, context, Results(ReleaseCommit(head), TagObjects({})))
        assert (await one.probe()).state is State.NOT_DONE
        await one.perform()
        assert (await one.probe()).state is State.DONE
    assert remote.git("rev-parse", "main") == head
