"""Whether the push would be taken is found out before anything is public, and nothing is pushed for it."""

from dataclasses import replace
from pathlib import Path

import pytest

from release_async.base.errors import CommandError
from release_async.external.git.git_commands import toplevel
from release_async.plan.route import ROUTES
from release_async.release.checks import push_right
from support import remotes
from support.repositories import Repository
from support.story import changed
from support.worlds import Place, judged, prepared, problems_of, said, unjudged


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout that is one commit ahead of its remote, so that a push would do something."""
    place = prepared(tmp_path)
    place.repository.commit("ahead")
    return place


async def test_a_push_that_would_be_taken_passes_and_leaves_no_trace(place: Place) -> None:
    """Not even in refs/remotes, which is where git remembers a push."""
    assert await judged(place, push_right) == ()


async def test_the_hooks_of_the_user_are_not_run_for_a_push_that_is_none(place: Place) -> None:
    """They would judge HEAD under the name of a release; the last look asks them about the real one."""
    note = place.repository.path / "ran"
    hook = remotes.program(
        place.repository.path / ".git/hooks/pre-push", f"open({str(note)!r}, 'w')\nsys.exit(1)"
    )
    assert await judged(place, push_right) == ()
    assert not note.exists()
    assert place.repository.tried("push", "--dry-run", "origin", "main").returncode, f"{hook} can run"


async def test_what_other_checks_say_is_not_said_twice(place: Place) -> None:
    """A branch that is behind, and a tag that is taken."""
    oid = place.remote.git("commit-tree", "-p", "main", "-m", "theirs", "main^{tree}")
    place.remote.git("update-ref", "refs/heads/main", oid)
    place.remote.git("tag", "v1.3.0", "main")
    assert await judged(place, push_right) == ()


async def test_a_server_without_atomic_pushes_is_refused(place: Place) -> None:
    """Branch and tag could arrive apart; one ref alone needs no such server."""
    place.remote.git("config", "receive.advertiseAtomic", "false")
    (problem,) = await judged(place, push_right)
    assert problem.what == "origin cannot take branch and tag together: it has no atomic push"
    assert "receive.advertiseAtomic" in problem.cure
    assert await judged(place, push_right, changed(place.plan, tag=None)) == ()


async def test_a_server_that_only_lets_read_is_refused(place: Place, tmp_path: Path) -> None:
    """A clear No of the other side is a verdict, not a failure to judge."""
    with remotes.reader(tmp_path) as url:
        place.repository.git("remote", "set-url", "origin", f"{url}/remote.git")
        assert "refs/heads/main" in place.repository.git("ls-remote", "origin")
        (problem,) = await judged(place, push_right)
    assert (problem.level.value, problem.what) == ("refuse", "you may not push to origin")
    assert "access denied" in problem.detail


@pytest.mark.parametrize(
    ("status", "what"),
    [(401, "origin wants a user name and a password"), (403, "you may not push to origin")],
)
async def test_a_server_that_lets_nobody_in_is_refused(place: Place, status: int, what: str) -> None:
    """The two have different cures."""
    with remotes.answering(status) as url:
        place.repository.git("remote", "set-url", "--push", "origin", f"{url}/x.git")
        (problem,) = await judged(place, push_right)
    assert problem.what.startswith(what)


@pytest.mark.parametrize("status", [404, 502])
async def test_a_server_that_is_broken_is_no_verdict(place: Place, status: int) -> None:
    """It may be another one tomorrow."""
    with remotes.answering(status) as url:
        place.repository.git("remote", "set-url", "--push", "origin", f"{url}/x.git")
        with pytest.raises(CommandError):
            await judged(place, push_right)


async def test_a_push_url_that_is_none_on_purpose_is_told(place: Place) -> None:
    """People write ``no_push`` there to be safe."""
    place.repository.git("remote", "set-url", "--push", "origin", "no_push")
    with pytest.raises(CommandError, match="no repository where origin points") as caught:
        await judged(place, push_right)
    assert "no_push" in caught.value.detail


async def test_a_locked_ssh_key_is_told_and_never_asked_for(place: Place, tmp_path: Path) -> None:
    """Our ssh has BatchMode, in which a key behind a passphrase is no key; without it, ssh would wait."""
    ssh = remotes.program(
        tmp_path / "bin/ssh",
        "if '-oBatchMode=yes' not in ''.join(sys.argv).replace('-o ', '-o'):\n"
        "    import time; time.sleep(600)\n"
        "sys.exit('git@example.com: Permission denied (publickey).')",
    )
    place.repository.git("config", "core.sshCommand", str(ssh))
    place.repository.git("remote", "set-url", "origin", "git@example.com:person/demo.git")
    async with place.context(place.plan) as context:
        git = await toplevel(place.repository.path, place.git.env)
        (problem,) = problems_of(await push_right.run(place.plan, replace(context, git=git)))
    assert problem.what.startswith("origin accepts none of the unlocked ssh keys")
    assert "ssh-add" in problem.cure
    assert "git push --dry-run origin main" in problem.cure


async def test_a_remote_of_several_places_is_told(place: Place, tmp_path: Path) -> None:
    """Git pushes to all of them, the release looks after the first; passwords are starred."""
    mirror = Repository(tmp_path / "mirror.git")
    place.repository.git("clone", "--quiet", "--bare", str(place.remote.path), str(mirror.path))
    for url in (place.remote.path, mirror.path):
        place.repository.git("remote", "set-url", "--push", "--add", "origin", str(url))
    refs = mirror.git("for-each-ref")
    ((level, what),) = said(await judged(place, push_right))
    assert level == "warn"
    assert what.endswith(f"only the first is watched: {place.remote.path}, {mirror.path}")
    assert mirror.git("for-each-ref") == refs


async def test_with_nothing_to_push_nothing_is_tried_and_nothing_is_ticked(place: Place) -> None:
    """An upload to a test index needs no right to push, and a missing remote is told by another check."""
    place.remote.git("config", "receive.advertiseAtomic", "false")
    uploading = changed(place.plan, route=ROUTES["test"])
    assert await unjudged(place, push_right, uploading) == "nothing is pushed"
    assert (
        await unjudged(place, push_right, changed(place.plan, remote_url="")) == "there is no remote origin"
    )
