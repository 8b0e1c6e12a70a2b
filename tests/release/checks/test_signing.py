"""Who signs learns before the release whether a signature can be made, and is asked nothing for it."""

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import anyio
import pytest

from release_async.base.problems import Problem
from release_async.plan.route import ROUTES
from release_async.release.checks import signing
from support import remotes
from support.story import changed
from support.worlds import Place, judged, prepared, unjudged

ssh = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen is not installed")


class Made(NamedTuple):
    """What a release makes: a tag, and by its route a commit."""

    tag: str | None
    route: str = "here"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout of somebody who signs commits."""
    place = prepared(tmp_path)
    place.repository.git("config", "commit.gpgSign", "true")
    return place


def key(place: Place, path: Path, words: str = "") -> None:
    """Sign with a new ssh key at ``path``, locked with the passphrase ``words``."""
    made = ("ssh-keygen", "-q", "-t", "ed25519", "-N", words, "-C", "", "-f", str(path))
    subprocess.run(made, check=True, stdin=subprocess.DEVNULL)
    place.repository.git("config", "gpg.format", "ssh")
    place.repository.git("config", "user.signingKey", str(path))


def gpg(place: Place, path: Path, code: str) -> None:
    """Sign with a program that stands in for gpg."""
    place.repository.git("config", "gpg.program", str(remotes.program(path, code)))


async def refused(place: Place) -> Problem:
    """The one refusal of the check; the command of its cure shows a person the same, and what it says."""
    (problem,) = await judged(place, signing)
    typed = problem.cure.partition("; see it work: ")[2]
    said = await anyio.to_thread.run_sync(type_by_hand, typed, place.repository.path)
    assert problem.level.value == "refuse"
    return problem._replace(detail=f"{problem.detail}\n{said}")


def type_by_hand(line: str, directory: Path) -> str:
    """What a line says that fails, where there is no terminal to ask on."""
    done = subprocess.run(
        ("sh", "-c", line), cwd=directory, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, check=False, timeout=60, start_new_session=True,
    )  # fmt: skip
    assert done.returncode, line
    return done.stderr


async def test_who_does_not_sign_is_not_asked(place: Place, tmp_path: Path) -> None:
    """Although a key is configured that does not work, and although git is told so in other words."""
    gpg(place, tmp_path / "gpg", "sys.exit('must not run')")
    for word in ("false", "no", "0"):
        place.repository.git("config", "commit.gpgSign", word)
        assert await unjudged(place, signing) == "git is set to sign neither commits nor tags"


@ssh
async def test_a_key_that_works_passes(place: Place, tmp_path: Path) -> None:
    """A real signature by a real key; nothing is left in the repository."""
    key(place, tmp_path / "key")
    assert await judged(place, signing) == ()
    assert not place.repository.git("fsck", "--unreachable", "--no-reflogs")


@ssh
async def test_a_key_named_relative_to_the_checkout_works(place: Place) -> None:
    """As it does for the person, who commits from there."""
    place.repository.write(".git/info/exclude", "key*\n")
    key(place, place.repository.path / "key")
    place.repository.git("config", "user.signingKey", "key.pub")
    assert await judged(place, signing) == ()


@ssh
async def test_a_locked_key_is_told_and_never_asked_for(place: Place, tmp_path: Path) -> None:
    """Without an agent that has it, a passphrase would have to be typed."""
    key(place, tmp_path / "key", words="open sesame")
    problem = await refused(place)
    assert problem.what == "you sign commits, and a signature (ssh) failed"
    assert problem.cure.startswith("unlock the key with ssh-add")
    assert problem.detail


@ssh
async def test_a_missing_key_is_told(place: Place, tmp_path: Path) -> None:
    """By its path, in git's words."""
    key(place, tmp_path / "key")
    (tmp_path / "key").unlink()
    (tmp_path / "key.pub").unlink()
    assert str(tmp_path / "key") in (await refused(place)).detail


async def test_a_program_that_fails_is_told_with_the_way_to_hear_it(place: Place, tmp_path: Path) -> None:
    """What gpg says is what helps, and git does not always pass it on."""
    gpg(place, tmp_path / "gpg", "sys.exit('gpg: signing failed: Inappropriate ioctl for device')")
    problem = await refused(place)
    assert problem.what == "you sign commits, and a signature (openpgp) failed"
    assert "Inappropriate ioctl" in problem.detail
    assert "gpg-agent" in problem.cure


async def test_a_program_that_is_not_there_is_told(place: Place, tmp_path: Path) -> None:
    """It counts as signing that does not work."""
    place.repository.git("config", "gpg.program", str(tmp_path / "no-such-gpg"))
    assert "no-such-gpg" in (await refused(place)).detail


async def test_a_program_that_waits_is_ended(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a passphrase in a window that nobody sees, or a touch."""
    monkeypatch.setattr(signing, "PATIENCE", 0.5)
    gpg(place, tmp_path / "gpg", "import time; time.sleep(600)")
    (problem,) = await judged(place, signing)
    assert problem.what.endswith("took longer than 0.5 s: it waits for somebody")


@pytest.mark.parametrize(
    ("signed", "made", "named"),
    [
        ("commit tag", Made("v1.3.0"), "you sign commits and tags"),
        ("tag", Made("v1.3.0"), "you sign tags"),
        ("tag", Made(None), ""),
        ("commit", Made("v1.3.0", "current"), ""),
        ("commit tag", Made("v1.3.0", "current"), "you sign tags"),
    ],
)
async def test_only_what_this_release_makes_has_to_be_signed(
    place: Place, signed: str, made: Made, named: str
) -> None:
    """Without a tag no tag is signed; if HEAD is released as it is there is no commit."""
    gpg(place, place.repository.path / ".git/gpg", "sys.exit(1)")
    for kind in ("commit", "tag"):
        place.repository.git("config", f"{kind}.gpgSign", str(kind in signed).lower())
    plan = changed(place.plan, tag=made.tag, route=ROUTES[made.route])
    if not named:
        assert await unjudged(place, signing, plan) == "git is set to sign neither commits nor tags"
        return
    (problem,) = await judged(place, signing, plan)
    assert problem.what.partition(",")[0] == named


async def test_nobody_cannot_sign_and_another_check_says_so(place: Place, nobodys_home: Path) -> None:
    """One problem is told once."""
    (nobodys_home / "gitconfig").write_text("[user]\nuseConfigOnly = true\n")
    place.repository.git("config", "commit.gpgSign", "true")
    assert await unjudged(place, signing) == "git does not know who signs"
