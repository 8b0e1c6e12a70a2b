"""Old faults that an unfinished rebase or the like carries on: warned about, while new ones are refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from release_async import hook
from support import secrets
from support.hooked import BAD, GOOD, PYPROJECT, REFUSAL, beside, copied, install, project, stopped, unseen
from support.repositories import Repository

WARNED = "  Only a warning: {} is in progress, and HEAD states the same versions already.\n"
MOVED = "# another line\n" + BAD


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A project with the installed hooks, to be copied."""
    return project(tmp_path_factory.mktemp("template") / "project")


@pytest.fixture
def repository(template: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A copy of its own whose HEAD is inconsistent; messages are taken as git proposes them."""
    monkeypatch.setenv("GIT_EDITOR", "true")
    made = copied(template, tmp_path / "a project")
    unseen(made, BAD)
    return made


Command = tuple[str, ...]
Midway = Callable[[Repository], Command]
"""Begins what stops half-way, on top of the inconsistent HEAD; and the command that commits."""


def apart(repository: Repository, first: str, second: str) -> None:
    """The same notes changed in two ways, on ``side`` and on ``main``; no version changes."""
    repository.git("switch", "--quiet", "--create", "side")
    unseen(repository, BAD, first)
    repository.git("switch", "--quiet", "main")
    unseen(repository, BAD, second)


def pick(repository: Repository) -> Command:
    """A cherry-pick with a conflict."""
    apart(repository, "theirs\n", "ours\n")
    stopped(repository, "cherry-pick", "side")
    return ("cherry-pick", "--continue")


def picks(repository: Repository) -> Command:
    """The first of several was committed by hand, and one more commit: git waits for ``--continue``."""
    apart(repository, "theirs\n", "ours\n")
    repository.git("switch", "--quiet", "side")
    unseen(repository, BAD, "more of theirs\n")
    repository.git("switch", "--quiet", "main")
    stopped(repository, "cherry-pick", "side~1", "side")
    repository.git("commit", "--quiet", "--no-verify", "--message=picked")
    return ("commit", "--allow-empty", "--message=x")


def revert(repository: Repository) -> Command:
    """A revert with a conflict."""
    commit = unseen(repository, BAD, "a\n")
    unseen(repository, BAD, "b\n")
    stopped(repository, "revert", "--no-edit", commit)
    return ("revert", "--continue")


def rebase(repository: Repository) -> Command:
    """A rebase with a conflict, ended by ``git commit``."""
    apart(repository, "theirs\n", "ours\n")
    stopped(repository, "rebase", "side")
    return ("commit", "--message=x")


def edit(repository: Repository) -> Command:
    """A rebase that stops to edit the inconsistent commit itself."""
    repository.git("-c", "sequence.editor=sed -i.old s/^pick/edit/", "rebase", "--interactive", "HEAD~1")
    repository.write("notes.txt", "better\n")
    return ("commit", "--amend", "--all", "--no-edit")


def reword(_: Repository) -> Command:
    """A rebase that gives a commit another message: git picks it unasked, then amends it."""
    return ("-c", "sequence.editor=sed -i.old s/^pick/reword/", "rebase", "--interactive", "HEAD~1")


def patch(repository: Repository) -> Command:
    """``git am`` of a patch to something else."""
    unseen(repository, BAD, "patched\n")
    repository.git("format-patch", "--quiet", "--output-directory", "../mail", "-1")
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    return ("am", *map(str, (repository.path.parent / "mail").iterdir()))


def bisection(repository: Repository) -> Command:
    """A look at an old commit, with a change to make it run."""
    unseen(repository, BAD, "a\n")
    unseen(repository, GOOD, "b\n")
    repository.git("bisect", "start", "HEAD", "HEAD~3")
    assert repository.git("show", "HEAD:demo.py") == BAD.rstrip()
    repository.write("notes.txt", "so that it runs\n")
    return ("commit", "--all", "--message=x")


MIDWAY = (
    (pick, "a cherry-pick"),
    (picks, "a cherry-pick or revert"),
    (revert, "a revert"),
    (rebase, "a rebase"),
    (edit, "a rebase"),
    (reword, "a rebase"),
    (patch, "git am or a rebase"),
    (bisection, "a bisection"),
)


@pytest.mark.parametrize(("begin", "said"), MIDWAY, ids=lambda value: getattr(value, "__name__", ""))
def test_what_was_so_before_is_only_a_warning(repository: Repository, begin: Midway, said: str) -> None:
    """The old commit is to blame and not this one: the places and the cure are told, and git goes on."""
    command = begin(repository)
    passed = repository.tried(*command)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    told = passed.stdout + passed.stderr
    assert REFUSAL in told
    assert "release-async bump 1.0" in told
    assert WARNED.format(said) in told


@pytest.mark.parametrize("begin", [pick, revert, rebase, edit], ids=lambda begin: begin.__name__)
def test_what_this_commit_makes_of_it_is_refused(repository: Repository, begin: Midway) -> None:
    """A place that it changes, and that still disagrees, is its own fault."""
    command = begin(repository)
    repository.write("demo.py", '__version__ = "3.0"\n')
    repository.git("add", "demo.py")
    head = repository.git("rev-parse", "HEAD")
    refused = repository.tried(*command)
    assert refused.returncode != 0
    assert "demo.py:1: __version__ is 3.0" in refused.stderr
    assert "Only a warning" not in refused.stderr
    assert repository.git("rev-parse", "HEAD") == head


def test_a_line_that_moved_is_no_change(repository: Repository) -> None:
    """It is the version that counts, and not the line where it stands."""
    command = pick(repository)
    repository.write("demo.py", MOVED)
    repository.git("add", "demo.py")
    passed = repository.tried(*command)
    assert passed.returncode == 0
    assert "demo.py:2: __version__ is 2.0" in passed.stderr


def test_another_fault_beside_an_old_one_is_refused(repository: Repository) -> None:
    """One project may be as it was, and another one not."""
    command = pick(repository)
    repository.write("other/pyproject.toml", PYPROJECT.replace("demo", "other"))
    repository.write("other/other.py", BAD)
    repository.git("add", "other")
    refused = repository.tried(*command)
    assert refused.returncode == 1
    assert REFUSAL in refused.stderr
    assert "other/other.py:1: __version__ is 2.0" in refused.stderr


def test_a_broken_file_may_stay_broken(repository: Repository) -> None:
    """What could not be read in HEAD is no fault of a commit that does not touch it."""
    repository.write("pyproject.toml", PYPROJECT + "[tool\n")
    unseen(repository, BAD)
    passed = repository.tried(*pick(repository))
    assert passed.returncode == 0, passed.stderr
    assert "pyproject.toml:4: is not valid TOML" in passed.stderr


def test_a_merge_is_nobody_elses_fault(repository: Repository) -> None:
    """It brings two histories together, and its versions are its own matter."""
    apart(repository, "theirs\n", "ours\n")
    stopped(repository, "merge", "side")
    assert repository.tried("commit", "--message=x").returncode == 1


def test_another_working_tree_is_not_midway(repository: Repository, tmp_path: Path) -> None:
    """A rebase in one excuses nothing in another, and is known in a linked one."""
    repository.git("worktree", "add", "--quiet", "-b", "linked", str(tmp_path / "linked"))
    linked = Repository(tmp_path / "linked")
    edit(repository)
    linked.write("notes.txt", "x\n")
    assert linked.tried("commit", "--all", "--message=x").returncode == 1
    repository.git("rebase", "--abort")
    linked.git("reset", "--quiet", "--hard")
    assert linked.tried(*edit(linked)).returncode == 0


@pytest.mark.parametrize("content", [b"", b"\xff\0\n", b"ref: refs/heads/nowhere\n", b"0" * 40 + b"\n"])
def test_a_damaged_mark_excuses_nothing(
    repository: Repository,
    content: bytes,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Neither does a first commit: there is no HEAD that could be to blame."""
    monkeypatch.chdir(repository.path)
    repository.write(".git/CHERRY_PICK_HEAD", content)
    assert hook.main(["version-consistency"]) == hook.REFUSED
    repository.write(".git/BISECT_LOG", content)
    assert hook.main(["version-consistency"]) == hook.PASSED
    repository.git("symbolic-ref", "HEAD", "refs/heads/fresh")
    assert hook.main(["version-consistency"]) == hook.REFUSED
    assert "Traceback" not in capfd.readouterr().err


def test_the_guards_do_alike(repository: Repository) -> None:
    """A secret of the commit that is made anew is warned about too; a new one is refused."""
    install(repository, "--guards")
    token, fresh = secrets.pypi(), secrets.pypi()
    repository.git("switch", "--quiet", "--create", "side")
    repository.write("deploy.sh", token)
    repository.git("add", "deploy.sh")
    unseen(repository, BAD, "theirs\n")
    repository.git("switch", "--quiet", "main")
    unseen(repository, BAD, "ours\n")
    stopped(repository, "cherry-pick", "side")
    repository.write("other.sh", fresh)
    repository.git("add", "other.sh")
    refused = repository.tried("cherry-pick", "--continue")
    assert refused.returncode == 1
    assert "other.sh:1: PyPI API token" in refused.stderr
    repository.git("rm", "--quiet", "--cached", "other.sh")
    passed = repository.tried("cherry-pick", "--continue")
    assert passed.returncode == 0, passed.stderr
    assert "as in the commit being replayed" in passed.stderr
    assert WARNED.format("a cherry-pick") in passed.stderr
    assert token[9:] not in refused.stderr + passed.stderr


def test_a_place_that_agrees_only_in_head_is_refused(template: Repository, tmp_path: Path) -> None:
    """A pick that takes one of two changes is stopped: HEAD was right."""
    made = copied(template, tmp_path / "a project")
    beside(made, BAD, "theirs\n")
    stopped(made, "cherry-pick", "side")
    refused = made.tried("cherry-pick", "--continue")
    assert refused.returncode == 1
    assert REFUSAL in refused.stderr
