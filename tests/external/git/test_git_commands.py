"""Git as a release uses it: full answers, private fetches, refs that move only as asked, no question."""

import os
import re
import shlex
import signal
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from release_async.base.errors import CommandError, ConfigurationError
from release_async.external.git.git_commands import ABSENT, Git, toplevel
from release_async.process import child_environments
from support import indexes
from support.indexes import Fault
from support.processes import wait_for
from support.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """One commit, and a remote that has it."""
    repository = Repository.init(tmp_path / "work tree")
    repository.write("file.txt", "text\n")
    repository.commit("begin")
    return repository.with_remote(tmp_path / "remote.git")


@pytest.fixture
def git(repository: Repository) -> Git:
    """Git at the top of it."""
    return Git(repository.path, child_environments.for_git(os.environ))


async def test_the_top_is_found_from_below(repository: Repository) -> None:
    """Also where the path holds blanks."""
    below = repository.write("a/b/c.txt", "").parent
    assert (await toplevel(below, child_environments.for_git(os.environ))).root == repository.path


@pytest.mark.usefixtures("repository")
async def test_outside_of_a_work_tree_is_a_usage_matter(tmp_path: Path) -> None:
    """A directory without a repository, and a bare one, are told apart from a broken git."""
    for place in (tmp_path, tmp_path / "remote.git"):
        with pytest.raises(ConfigurationError, match="not in the working tree"):
            await toplevel(place, child_environments.for_git(os.environ))


async def test_objects_and_branches(git: Git, repository: Repository) -> None:
    """What is not there is an empty string, never an error and never a guess."""
    assert await git.oid("HEAD") == repository.git("rev-parse", "HEAD")
    assert await git.oid("refs/tags/none") == ""
    assert await git.oid("--all") == ""
    assert await git.branch() == "main"
    repository.git("switch", "--quiet", "--detach")
    assert await git.branch() == ""


async def test_status_names_every_change_once(git: Git, repository: Repository) -> None:
    """Renames by their new name, names with blanks and line ends whole, untracked files too."""
    repository.write("old.txt", "some text that is long enough to be recognised\n")
    repository.commit()
    repository.git("mv", "old.txt", "new name.txt")
    repository.write("file.txt", "changed\n")
    repository.write("un\ntracked", "")
    assert sorted(await git.status()) == [" M file.txt", "?? un\ntracked", "R  new name.txt"]


async def test_status_shows_what_configuration_hides(git: Git, repository: Repository) -> None:
    """Untracked files, and submodules that .gitmodules has git overlook."""
    repository.git("config", "status.showUntrackedFiles", "no")
    repository.git("init", "--quiet", "part")
    Repository(repository.path / "part").commit("begin")
    repository.git("-c", "advice.addEmbeddedRepo=false", "add", "part")
    repository.write(".gitmodules", '[submodule "part"]\n\tpath = part\n\turl = ./part\n\tignore = all\n')
    repository.commit("a part that may do what it wants")
    assert await git.status() == ()
    repository.write("part/stray.txt", "")
    repository.write("stray.txt", "")
    assert sorted(await git.status()) == [" M part", "?? stray.txt"]


async def test_status_writes_nothing(git: Git, repository: Repository) -> None:
    """The index stays the same bytes, also where git would refresh it."""
    index = repository.path / ".git/index"
    before = index.read_bytes()
    os.utime(repository.path / "file.txt", (1, 1))
    assert await git.status() == ()
    assert index.read_bytes() == before


async def test_push_url_is_what_git_would_use(git: Git, repository: Repository) -> None:
    """After pushInsteadOf; empty where there is no such remote."""
    repository.git("config", "url.ssh://elsewhere/.pushInsteadOf", str(repository.path.parent) + "/")
    assert (await git.remote("origin")).push_url == "ssh://elsewhere/remote.git"
    assert (await git.remote("nobody")).push_url == ""


async def test_every_push_url_is_known(git: Git, repository: Repository) -> None:
    """Git pushes to all of them; the first is the one."""
    repository.git("remote", "set-url", "--push", "origin", "/first.git")
    repository.git("remote", "set-url", "--push", "--add", "origin", "/second.git")
    remotes = await git.remotes()
    assert list(remotes) == ["origin"]
    assert remotes["origin"].push_urls == ("/first.git", "/second.git")
    assert remotes["origin"].push_url == "/first.git"
    assert (await git.remote("nobody")).push_urls == ()


async def test_refs_are_those_of_the_place_that_is_pushed_to(
    git: Git, repository: Repository, tmp_path: Path
) -> None:
    """What is fetched from may be a mirror of yesterday; the command of the cure asks the same place."""
    head = repository.commit("pushed")
    repository.git("clone", "--quiet", "--bare", str(repository.path), str(tmp_path / "there.git"))
    repository.git("remote", "set-url", "--push", "origin", str(tmp_path / "there.git"))
    assert await git.remote_refs(await git.remote("origin"), "refs/heads/main") == {"refs/heads/main": head}
    assert (await git.fetch_private(await git.remote("origin"), "main", "refs/private/x")).ok
    assert await git.oid("refs/private/x") == head
    (tmp_path / "there.git").rename(tmp_path / "gone.git")
    with pytest.raises(CommandError) as caught:
        await git.remote_refs(await git.remote("origin"), "refs/heads/main")
    assert 'git ls-remote "$(git remote get-url --push origin)"' in caught.value.cure


async def test_a_remote_that_is_away_is_not_an_empty_one(git: Git, repository: Repository) -> None:
    """Absence is only what the remote itself says."""
    head = repository.git("rev-parse", "HEAD")
    asked = await git.remote_refs(await git.remote("origin"), "refs/heads/main", "refs/tags/v1")
    assert asked == {"refs/heads/main": head}
    repository.git("remote", "set-url", "origin", str(repository.path.parent / "gone"))
    with pytest.raises(CommandError) as caught:
        await git.remote_refs(await git.remote("origin"), "refs/heads/main")
    assert "git ls-remote origin" in caught.value.cure


async def test_the_default_branch_is_what_the_remote_says(
    git: Git, repository: Repository, tmp_path: Path
) -> None:
    """Where it does not answer, what a clone was told; where nobody knows, nothing: never a guess."""
    assert await git.default_branch("origin") == "main"
    Repository(tmp_path / "remote.git").git("symbolic-ref", "HEAD", "refs/heads/none/yet")
    assert await git.default_branch("origin") == ""
    repository.git("push", "--quiet", "origin", "HEAD:refs/heads/none/yet")
    assert await git.default_branch("origin") == "none/yet"
    (tmp_path / "remote.git").rename(tmp_path / "away")
    assert await git.default_branch("origin") == ""
    repository.git("remote", "set-head", "origin", "main")
    assert await git.default_branch("origin") == "main"


async def test_a_similar_ref_is_not_taken_for_the_one_asked(git: Git, repository: Repository) -> None:
    """``git ls-remote`` matches the tails of names; only whole names count."""
    repository.git("push", "--quiet", "origin", "HEAD:refs/other/refs/heads/release")
    assert await git.remote_refs(await git.remote("origin"), "refs/heads/release") == {}


async def test_a_private_fetch_leaves_no_trace_elsewhere(git: Git, repository: Repository) -> None:
    """Neither FETCH_HEAD nor refs/remotes nor tags, whatever the remote's refspec says."""
    first, head = repository.git("rev-parse", "HEAD"), repository.commit("on the remote only")
    repository.git("tag", "v9")
    repository.git("push", "--quiet", "origin", "HEAD:main", "v9")
    for ref in ("refs/heads/main", "refs/remotes/origin/main"):
        repository.git("update-ref", ref, first)
    repository.git("tag", "-d", "v9")
    before = repository.git("for-each-ref")
    assert (await git.fetch_private(await git.remote("origin"), "main", "refs/private/x")).ok
    assert await git.oid("refs/private/x") == head
    await git.delete_ref("refs/private/x")
    assert repository.git("for-each-ref") == before
    assert not (repository.path / ".git/FETCH_HEAD").exists()
    assert not (await git.fetch_private(await git.remote("origin"), "nothing", "refs/private/x")).ok


async def test_refs_move_only_from_where_they_were_thought_to_be(git: Git, repository: Repository) -> None:
    """Creating does not overwrite, and moving needs the old value."""
    first, second = repository.git("rev-parse", "HEAD"), repository.commit("more")
    await git.set_ref("refs/private/a", first, ABSENT)
    for old in (ABSENT, second):
        with pytest.raises(CommandError):
            await git.set_ref("refs/private/a", second, old)
    await git.set_ref("refs/private/a", second, first)
    assert await git.refs("refs/private") == ("refs/private/a",)
    await git.delete_ref("refs/private/a")
    await git.delete_ref("refs/private/a")
    assert await git.refs("refs/private") == ()


async def test_a_change_of_refs_that_has_begun_leaves_no_lock(git: Git, repository: Repository) -> None:
    """Cancelled while git holds them: neither ``packed-refs.lock`` nor that of the ref stays behind."""
    repository.git("update-ref", "refs/private/a", "HEAD")
    repository.git("pack-refs", "--all")
    begun = repository.path / "begun"
    hook = f'#!/bin/sh\n[ "$1" = prepared ] && echo yes >{shlex.quote(str(begun))} && sleep 0.3; exit 0\n'
    repository.write(".git/hooks/reference-transaction", hook).chmod(0o755)
    async with anyio.create_task_group() as group:
        group.start_soon(git.delete_ref, "refs/private/a")
        await anyio.to_thread.run_sync(wait_for, begun)
        assert list(repository.path.glob(".git/**/*.lock"))
        group.cancel_scope.cancel()
    assert not list(repository.path.glob(".git/**/*.lock"))
    assert not await git.oid("refs/private/a")


LEAVES_EARLY = """#!/bin/sh
[ ! -e "$0.left" ] || exec git receive-pack "$@"
touch "$0.left"
exec git receive-pack "$@" </dev/null 2>/dev/null
"""


async def test_a_remote_that_leaves_before_it_has_read_push_options_has_not_refused(
    git: Git, repository: Repository, tmp_path: Path
) -> None:
    """Git dies of SIGPIPE then, without a word: whether the push would be taken is asked once more."""
    server = tmp_path / "receive-pack"
    server.write_text(LEAVES_EARLY)
    server.chmod(0o755)
    Repository(tmp_path / "remote.git").git("config", "receive.advertisePushOptions", "true")
    repository.git("config", "remote.origin.receivepack", f"exec {server}")
    repository.git("config", "push.pushOption", "ci.skip")
    repository.commit("more")
    asked = ("--quiet", "origin", "main")
    assert (await git.run("push", "--dry-run", *asked)).returncode == -signal.SIGPIPE
    server.with_name("receive-pack.left").unlink()
    assert (await git.try_push(*asked)).ok
    repository.git("push", "--quiet")
    repository.git("commit", "--quiet", "--amend", "--allow-empty", "--message=another")
    server.with_name("receive-pack.left").unlink()
    tried = await git.try_push(*asked)
    assert tried.returncode == 1
    assert "rejected" in tried.stderr


async def test_counting_and_containing(git: Git, repository: Repository) -> None:
    """A commit contains itself and what came before."""
    first, second = repository.git("rev-parse", "HEAD"), repository.commit("more")
    assert (await git.count_commits(first, second), await git.count_commits(second, first)) == (
        (0, 1),
        (1, 0),
    )
    assert await git.contains(second, first)
    assert await git.contains(first, first)
    assert not await git.contains(first, second)
    assert not await git.contains("refs/heads/none", first)


async def test_worktrees_are_listed_with_their_branches(
    git: Git, repository: Repository, tmp_path: Path
) -> None:
    """The first is the main one; a detached one has no branch."""
    repository.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    assert await git.worktrees() == ((repository.path, "refs/heads/main"), (tmp_path / "linked", ""))


async def test_the_identity_is_that_of_this_checkout(git: Git, repository: Repository) -> None:
    """Name, address and signing as configured here; a commit template would open an editor."""
    repository.git("config", "user.email", "work@example.com")
    repository.git("config", "commit.template", "template.txt")
    repository.git("config", "core.editor", "vi")
    identity = dict(await git.identity_config())
    assert identity["user.email"] == "work@example.com"
    assert not {"commit.template", "core.editor"} & set(identity)


async def test_a_signing_key_below_the_top_is_found_from_anywhere(git: Git, repository: Repository) -> None:
    """Git looks for it where it runs, and a release commit is made elsewhere; key ids stay as they are."""
    repository.write("keys/mine.pub", "")
    mine = str(repository.path / "keys/mine.pub")
    elsewhere = ("0123ABCD", "keys", "/elsewhere/key", "key::ssh-ed25519 AAAA")
    for key, handed_over in (("keys/mine.pub", mine), *((key, key) for key in elsewhere)):
        repository.git("config", "user.signingKey", key)
        another = Git(git.root, git.env)
        assert dict(await another.identity_config())["user.signingkey"] == handed_over


async def test_a_repository_apart_knows_who_commits_and_nothing_else(
    git: Git, repository: Repository, tmp_path: Path
) -> None:
    """Its objects are its own, and no template of the user's gives it hooks."""
    repository.git("config", "user.email", "work@example.com")
    repository.git("config", "init.templateDir", str(repository.write("template/hooks/x", "").parent.parent))
    alone = await git.isolated_repository(tmp_path / "apart.git")
    assert not (tmp_path / "apart.git/hooks").exists()
    oid = await alone.text("commit-tree", "-m", "nothing", await alone.text("mktree"))
    assert "<work@example.com>" in await alone.text("cat-file", "-p", oid)
    assert await git.oid(f"{oid}^{{commit}}") == ""
    assert await alone.oid("HEAD") == ""


async def test_hooks_path_is_absolute_wherever_it_is_used(git: Git, repository: Repository) -> None:
    """A relative path is one below the checkout; an unset one is empty."""
    assert await git.hooks_path() == ""
    repository.git("config", "core.hooksPath", "githooks")
    another = Git(git.root, git.env)
    assert await another.hooks_path() == str(repository.path / "githooks")


async def test_a_setting_is_what_git_makes_of_it_and_git_lists_all_once(
    git: Git, repository: Repository, tmp_path: Path
) -> None:
    """The last value counts; a truth may be written in many ways, and a path may begin with a home."""
    for key, value in (("tag.gpgsign", "no"), ("branch.The.Main.merge", "a\nb"), ("core.hooksPath", "~/x")):
        repository.git("config", key, value)
    for value in ("first", "last"):
        repository.git("config", "--add", "user.nick", value)
    with (repository.path / ".git/config").open("a") as file:
        file.write("[commit]\n\tgpgSign\n[core]\n\tsparseCheckout = 4k\n[gc]\n\tauto = maybe\n")
    asking = Git(git.root, {**git.env, "HOME": str(tmp_path), "GIT_TRACE": str(tmp_path / "trace")})
    assert await asking.configured("user.Nick") == "last"
    assert await asking.configured("branch.The.Main.merge") == "a\nb"
    assert await asking.configured("branch.the.main.merge") == ""
    assert await asking.configured("core.hooksPath", "path") == str(tmp_path / "x")
    asked = ("commit.gpgSign", "core.sparseCheckout", "tag.gpgSign", "gc.auto", "push.gpgSign")
    told = [await asking.configured(key, "bool") for key in asked]
    assert told == ["true", "true", "false", "", ""]
    lines = (tmp_path / "trace").read_text().splitlines()
    assert len([line for line in lines if "config --list" in line and "exec" not in line]) == 1


async def test_configuration_is_handed_over_behind_what_a_person_passed(git: Git) -> None:
    """GIT_CONFIG_COUNT of the environment is continued, not replaced."""
    theirs = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b", "GIT_CONFIG_VALUE_0": "theirs"}
    both = git.at(git.root, ("c.d", "ours"), **theirs)
    assert (await both.text("config", "a.b"), await both.text("config", "c.d")) == ("theirs", "ours")
    overruled = git.at(git.root, ("a.b", "ours"), **theirs)
    assert await overruled.text("config", "a.b") == "ours"


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (
            indexes.answer("401 Unauthorized", WWW_Authenticate="Basic"),
            "terminal prompts disabled|askpass|read Username",
        ),
        (Fault.HANG, r"does not answer within 1 s"),
        (Fault.DRIP, r"does not answer within 1 s"),
    ],
)
async def test_a_server_that_asks_or_never_answers_holds_nobody(
    repository: Repository, git: Git, step: bytes | Fault, words: str
) -> None:
    """No password is asked for, silence and a drip end at our deadline; none is taken for an empty remote."""
    with indexes.scripted(step) as server:
        repository.git("remote", "add", "http", server.url)
        with pytest.raises(CommandError) as caught:
            await replace(git, timeout=1.0).remote_refs(await git.remote("http"), "refs/heads/main")
    assert re.search(words, f"{caught.value.what}\n{caught.value.detail}")
    assert caught.value.cure


async def test_ssh_never_asks(repository: Repository) -> None:
    """BatchMode is added to the person's own command; a program in GIT_SSH is left alone."""
    env = child_environments.for_git(os.environ)
    assert (await toplevel(repository.path, env)).env["GIT_SSH_COMMAND"] == "ssh -o BatchMode=yes"
    repository.git("config", "core.sshCommand", "ssh -i key")
    assert (await toplevel(repository.path, env)).env["GIT_SSH_COMMAND"] == "ssh -i key -o BatchMode=yes"
    repository.git("config", "--unset", "core.sshCommand")
    assert "GIT_SSH_COMMAND" not in (await toplevel(repository.path, {**env, "GIT_SSH": "plink"})).env


async def test_a_failure_says_what_was_run(git: Git) -> None:
    """The error names the command and holds git's own words."""
    with pytest.raises(CommandError) as caught:
        await git.text("rev-parse", "nonsense")
    assert "rev-parse nonsense" in caught.value.what
    assert "unknown revision" in caught.value.detail


async def test_what_is_pushed_to_is_asked_there_whatever_git_rewrites(
    git: Git, repository: Repository, tmp_path: Path
) -> None:
    """The address is one that git has rewritten: asked by itself it would be rewritten once more."""
    remote = repository.git("remote", "get-url", "origin").strip()
    mirror = tmp_path / "mirror.git"
    repository.git("clone", "--quiet", "--bare", remote, str(mirror))
    repository.git("config", f"url.{mirror}.insteadOf", remote)
    repository.git("config", f"url.{remote}.pushInsteadOf", remote)
    repository.git("push", "--quiet", "origin", "HEAD:refs/heads/only-there")
    found = await git.remote_refs(await git.remote("origin"), "refs/heads/only-there")
    assert found == {"refs/heads/only-there": repository.git("rev-parse", "HEAD").strip()}
    fetched = await git.fetch_private(await git.remote("origin"), "only-there", "refs/private/there")
    assert fetched.ok, fetched.stderr
