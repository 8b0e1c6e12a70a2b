"""Judges what the bytes of one package's files show: of the sdist, then of the wheels, two of them at once.

Each file is read once, into memory. It changes nothing, and does not decide what a finding leads to.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import anyio

from release_async.base.files import Artifact
from release_async.external.build import archive_reader
from release_async.external.git.committed_files import CommittedFiles
from release_async.guard import artifact_gates
from release_async.guard.archive_members import Archive, Finding
from release_async.guard.artifact_gates import Pair
from release_async.guard.file_origin import Commit, Tree
from release_async.guard.index_rules import built_files
from release_async.guard.index_rules.built_files import Judged
from release_async.plan.plan import Package
from release_async.run.context import Context


@dataclass(frozen=True, slots=True)
class PackageFiles:
    """The built files of one package.

    Attributes:
        package: The package.
        commit: The object id of the commit that they were built from.
        artifacts: The wheels, of which there is mostly one, and the sdist.
        public: The public index whose rules hold; empty where the release goes to another one.
        rehearsed: Whether this is a rehearsal.
    """

    package: Package
    commit: str
    artifacts: tuple[Artifact, ...]
    public: str
    rehearsed: bool

    @property
    def wheels(self) -> tuple[Artifact, ...]:
        """The wheels."""
        return self.artifacts[:-1]

    @property
    def sdist(self) -> Artifact:
        """The sdist."""
        return self.artifacts[-1]


class Judgement(NamedTuple):
    """What was found.

    Attributes:
        contents: What a project may let pass.
        metadata: What no setting lets pass, nor would the index.
    """

    contents: tuple[Finding, ...] = ()
    metadata: tuple[Finding, ...] = ()


async def judged(files: PackageFiles, context: Context, room: threading.Semaphore) -> Judgement:
    """Judge all files of a package, in the order in which they are given.

    Args:
        files: The files.
        context: What a step may touch.
        room: Held while a wheel is in memory: as many are at a time as it lets in, and two at most.

    Raises:
        FailedError: A file cannot be read as an archive, or is too large.
    """
    stop = threading.Event()
    try:
        return await anyio.to_thread.run_sync(_judged, files, context, room, stop, abandon_on_cancel=True)
    finally:
        stop.set()  # who was interrupted waits for no wheel that is not begun


def _judged(
    files: PackageFiles, context: Context, room: threading.Semaphore, stop: threading.Event
) -> Judgement:
    sdist = archive_reader.sdist(files.sdist.path)
    git, package = context.workspace.git, files.package
    written = context.tags.rules.writes if context.tags else ()
    with CommittedFiles(git.root, files.commit, git.env, context.workspace.source) as tree:
        root = "" if package.root == "." else package.root
        commit = Commit(_OneAtATime(tree), root, package.version, package.tag_tool, written)
        judge = _Judge(files, sdist, commit, context.settings.env_examples, room, stop)
        return _together((judge.sdist_alone(), *_of_wheels(judge)))


def _together(each: Sequence[Judgement]) -> Judgement:
    """The judgements as one; what is wrong with the sdist shows beside each wheel, and is told once."""
    contents, metadata = (tuple(chain.from_iterable(found)) for found in zip(*each, strict=True))
    return Judgement(contents, tuple(dict.fromkeys(metadata)))


class _OneAtATime:
    """The files of a commit for several threads: there is one pipe that git is asked through."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._asking = threading.RLock()

    def paths(self) -> Sequence[str]:
        """See ``Tree``."""
        return self._tree.paths()

    def read(self, path: str) -> bytes | None:
        """See ``Tree``."""
        with self._asking:
            return self._tree.read(path)

    def checked_out(self, path: str) -> bytes | None:
        """See ``Tree``."""
        with self._asking:
            return self._tree.checked_out(path)


_NO_WHEEL = Archive("", "", ())


@dataclass(frozen=True, slots=True)
class _Judge:
    """Judges the files of a package, with all that is known of them.

    Attributes:
        files: The files.
        sdist: The sdist, which stays in memory.
        commit: The commit that they were built from.
        examples: Further words in the name of a ``.env`` file that mark it as an example.
        room: See ``judged``.
        stop: Set when nobody wants to know any more.
    """

    files: PackageFiles
    sdist: Archive
    commit: Commit
    examples: tuple[str, ...]
    room: threading.Semaphore
    stop: threading.Event

    def sdist_alone(self) -> Judgement:
        """What is found in the sdist; its metadata are judged beside those of each wheel, if there is one."""
        contents = tuple(artifact_gates.of_sdist(self.sdist, self.commit, self.examples))
        return Judgement(contents, () if self.files.wheels else self._by_the_index(_NO_WHEEL))

    def wheel(self, artifact: Artifact) -> Judgement:
        """What is found in a wheel; it is read when there is room, and nothing keeps it afterwards."""
        with self.room:
            if self.stop.is_set():
                return Judgement()
            wheel = archive_reader.wheel(artifact.path)
            pair = Pair(self.sdist, wheel)
            contents = tuple(artifact_gates.of_wheel(pair, self.commit, self.examples))
            return Judgement(contents, self._by_the_index(wheel))

    def _by_the_index(self, wheel: Archive) -> tuple[Finding, ...]:
        files, package = self.files, self.files.package
        sizes = {artifact.name: artifact.size for artifact in files.artifacts}
        own = package.name, package.version
        return tuple(
            built_files.findings(Judged(*own, self.sdist, wheel, sizes, files.public, files.rehearsed))
        )


def _of_wheels(judge: _Judge) -> Iterator[Judgement]:
    """The judgement of each wheel in its order; the large ones are judged one after another."""
    wheels = judge.files.wheels
    small = [each for each in wheels if each.size <= _SMALL]
    side_by_side = _side_by_side(judge, small) if len(small) > 1 else {}
    for each in wheels:
        yield side_by_side[each] if each in side_by_side else judge.wheel(each)


_SMALL = 32 << 20
"""Bytes up to which a wheel may be in memory beside another one."""


def _side_by_side(judge: _Judge, wheels: Sequence[Artifact]) -> dict[Artifact, Judgement]:
    """The judgement of each wheel; while one is read and hashed, which needs no lock, another is searched."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - only where there are many wheels

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return dict(zip(wheels, threads.map(judge.wheel, wheels), strict=True))


_AT_ONCE = 2
