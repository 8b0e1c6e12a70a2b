"""The stage on which a release dies, and what must be true when it has been gone on with."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from release_async.base.exit_codes import ExitCode
from release_async.base.secret import Credentials
from release_async.run import journal
from release_async.run.journal import RecordedRelease
from support import forks, indexes, releasing
from support.front import Front, front
from support.releasing import Stage
from support.repositories import Repository
from support.warehouse import warehouse

VERSION = "3.0.0"
FILES = ("tiny-3.0.0-py3-none-any.whl", "tiny-3.0.0.tar.gz")
POINTS = 98
"""How many points an undisturbed release passes."""
RELEASE = ("--version", VERSION, "--yes", "--output", "json")
RESUME = ("--resume", "--output", "json")


EFFECTS = (
    "release commit on {base}",
    "tag object {tag}",
    "sdist and wheel",
    "contents, metadata and installation of both files",
    "a last look at {host}, main and origin",
    "upload {wheel}",
    "upload {sdist}",
    "tag {tag}",
    "push main and {tag} to origin",
    "update your main",
    "download the files from {host}",
    "remove our working files",
)
"""What an undisturbed release does, in its order; ``Scene.named`` fills in the rest."""
SIDES = tuple(f"{side} {effect}" for effect in EFFECTS for side in ("before", "after"))
"""Right before and behind each effect."""


class Index(Protocol):
    """What an index holds and has seen."""

    def digests(self) -> dict[str, str]:
        """The SHA-256 of every stored file, by name."""

    def stored(self) -> list[str]:
        """The name of each file as often as it was stored."""


@dataclass(frozen=True)
class Kept:
    """A real index that keeps its files in a directory, and the front that counts what it takes."""

    packages: Path
    front: Front

    def digests(self) -> dict[str, str]:
        """The SHA-256 of every stored file, by name."""
        return {path.name: releasing.sha256(path) for path in sorted(self.packages.iterdir())}

    def stored(self) -> list[str]:
        """The name of each file as often as it was stored."""
        return list(self.front.stored)


class Died(NamedTuple):
    """How a run under watch ended: its exit code, and all it wrote."""

    code: int
    said: str


@dataclass
class Scene:
    """One project, an index, and runs that die.

    Attributes:
        stage: The project and its remote.
        index: What the index holds and has seen.
        log: Names the points that the runs have passed, one a line.
    """

    stage: Stage
    index: Index
    log: Path

    def crash(
        self,
        point: int | str,
        *arguments: str,
        power: bool = False,
        spoil: str = "",
        backend: str = "asyncio",
    ) -> int:
        """Run under watch and die at a point; the exit code, where the point never came."""
        order = {"power": power, "spoil": spoil}
        died = self.watched(point, *arguments, backend=backend, **order)
        print(died.said)  # noqa: T201 - pytest shows it where the test fails
        return died.code

    def watched(self, point: int | str, *arguments: str, backend: str, **order: object) -> Died:
        """As ``crash``, with any order that `support.crash` knows."""
        order = {"power": False, "spoil": "", **order, "point": point, "log": str(self.log)}
        words = (json.dumps(order), "--", *arguments, "--backend", backend)
        top = self.stage.repository.path
        with forks.started("support.crash", words, self.stage.environment(), top) as process:
            done = releasing.ended(process)
        assert "Traceback" not in done.stderr, done.stderr
        self.stage.wait_for_the_last()
        return Died(done.code, done.stdout + done.stderr)

    def dies_at(self, point: int) -> None:
        """A release dies there: by turns on each event loop, and at every third point the power goes too."""
        backend = ("asyncio", "trio")[point % 2]
        assert self.crash(point, *RELEASE, backend=backend, power=point % 3 == 0) == KILLED

    def goes_on_behind(self, point: int) -> None:
        """As ``go_on``, on the other event loop."""
        self.go_on(("trio", "asyncio")[point % 2])

    def named(self, words: str) -> str:
        """The name of a point right before or behind an effect.

        Args:
            words: One of ``SIDES``.
        """
        base, host = self.stage.repository.git("rev-parse", "HEAD")[:9], self.stage.url.split("/")[2]
        return words.format(base=base, host=host, tag=f"v{VERSION}", wheel=FILES[0], sdist=FILES[1])

    def points(self) -> list[str]:
        """The points that were passed so far."""
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []

    def recorded(self) -> RecordedRelease | None:
        """What the journal of the run tells, if any run left one."""
        homes = (self.stage.repository.path / ".git/release-async").glob("[0-9]*/")
        return next(filter(None, map(journal.read, homes)), None)

    def go_on(self, backend: str) -> None:
        """Do what a person does after a crash: go on, and begin anew where nothing was public.

        Raises:
            AssertionError: One of the two failed.
        """
        expected = ExitCode.DONE if self.recorded() else ExitCode.NOTHING
        run = self.stage.run(*RESUME, backend=backend)
        assert run.code == expected, run.said
        if not self.index.digests():
            run = self.stage.run(*RELEASE, backend=backend)
            assert run.code == 0, run.said

    def faults(self, recorded: RecordedRelease | None) -> list[str]:
        """What differs from the end of a release that nothing disturbed; empty where nothing does.

        Args:
            recorded: What the journal told after the crash; its files are those that must be on the index.
        """
        git = self.stage.repository.git
        ours, theirs = _refs(self.stage.repository), _refs(self.stage.remote)
        branch, tag = "refs/heads/main", f"refs/tags/v{VERSION}"
        head = ours[branch]
        files = recorded.results.files if recorded else ()
        pinned = {file.name: file.sha256 for file in files} or self.index.digests()
        private = self.stage.repository.path / ".git"
        found = {
            "the files on the index": (self.index.digests(), pinned),
            "their names": (tuple(self.index.digests()), FILES),
            "how often each was stored": (sorted(self.index.stored()), list(FILES)),
            "the branch on the remote": (theirs[branch], head),
            "the tag": (tag in ours, True),
            "the tag on the remote": (theirs.get(tag), ours.get(tag)),
            "what the tag names": (ours.get(f"{tag}^{{}}"), head),
            "the parent": (git("rev-list", "--count", "main"), "2"),
            "the pinned commit": (recorded.results.commit if recorded else head, head),
            "the working tree": (git("status", "--porcelain"), ""),
            "the worktrees": (git("worktree", "list", "--porcelain").count("worktree "), 1),
            "private refs": (git("for-each-ref", "refs/release-async"), ""),
            "what runs left": (_runs(private / "release-async"), []),
            "locks": ([str(path) for path in private.rglob("*.lock")], []),
            "processes": (self.stage.processes(), []),
        }
        return [
            f"{what}: {seen} instead of {wanted}" for what, (seen, wanted) in found.items() if seen != wanted
        ]


def _runs(home: Path) -> list[str]:
    """The directories of runs, which begin with their day; the logs outlive them on purpose."""
    return [path.name for path in home.glob("[0-9]*/")]


def _refs(repository: Repository) -> dict[str, str]:
    """Every ref by its full name, and what an annotated tag names, as git-show-ref(1) tells them."""
    lines = repository.git("show-ref", "--dereference").splitlines()
    return {name: oid for oid, name in (line.split(" ", 1) for line in lines)}


@contextmanager
def scene(directory: Path, account: Credentials | None = None) -> Iterator[Scene]:
    """A fresh project with its remote, and an index that behaves like PyPI."""
    account = account or indexes.credentials()
    with warehouse(account) as server:
        yield Scene(staged(directory, server.url, account), server.state, directory / "points.log")


@contextmanager
def scene_before(directory: Path, packages: Path, url: str, account: Credentials) -> Iterator[Scene]:
    """A fresh project with its remote, before a real and empty index that keeps its files in ``packages``."""
    with front(url) as server:
        stage = staged(directory, server.url, account)
        yield Scene(stage, Kept(packages, server), directory / "points.log")


def staged(directory: Path, url: str, account: Credentials) -> Stage:
    """A fresh project with its remote, and an index by its address."""
    return Stage(*releasing.tiny_repositories(directory), directory / "packages", url, account)


KILLED = -signal.SIGKILL


def is_of_an_effect(point: str) -> bool:
    """Whether a point is right before or behind an effect, by its name."""
    others = ("set_ref", "delete_ref", "the line", "a removal")
    return point.startswith(("before ", "after ")) and not any(word in point for word in others)
