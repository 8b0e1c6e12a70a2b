"""The files of a tree as git has them: the index, a revision, or the disk. Reads through git only.

How git is called, and which environment decides what it looks at, is `plumbing`'s.
"""

# ruff: noqa: PTH100, PTH113, PTH118, PTH120, PTH123 - pathlib would cost every commit its import

import os

from release_async.base.errors import CommandError
from release_async.base.lazy_typing import Callable, Final, Iterable, Mapping, NamedTuple, Self, Sequence
from release_async.repository import git_process
from release_async.repository.git_process import Root
from release_async.versions.encoding import plain

_MOST_LINKS: Final = 8
_WINDOW: Final = 128
"""So many objects are asked for ahead: 128 names of 65 bytes fit into the pipes of every system."""
_LINK: Final = "120000"
_FILES: Final = frozenset(("100644", "100755", _LINK))


def toplevel(cwd: Root, environ: Mapping[str, str] | None = None) -> str:
    """The top folder of the work tree that ``cwd`` is in.

    Args:
        cwd: Any folder.
        environ: The environment of git; this process's where none is given.

    Returns:
        The absolute path.

    Raises:
        UsageError: The folder is in no work tree.
        CommandError: git is missing, or refuses.
    """
    given = os.environ if environ is None else environ
    dotgit = os.path.join(cwd, ".git")
    elsewhere = "GIT_DIR" in given or "GIT_WORK_TREE" in given
    if not elsewhere and (os.path.isfile(dotgit) or os.path.isfile(os.path.join(dotgit, "HEAD"))):
        return os.path.abspath(cwd)  # saves the commit one process
    return _text(cwd, {**given, "LC_ALL": "C"}, "rev-parse", "--show-toplevel").removesuffix("\n")


def index(
    root: Root, environ: Mapping[str, str] | None = None, *, meanwhile: Callable[[], object] | None = None
) -> "Snapshot":
    """What the next commit would hold.

    Args:
        root: The top folder of the work tree.
        environ: The environment of git, see ``toplevel``.
        meanwhile: What can be done while git lists the files.

    Returns:
        The tree; close it, or use it in a ``with`` statement.

    Raises:
        CommandError: git is missing, or refuses.
    """
    environment = git_process.environment(root, environ)
    listing = git_process.begun(root, environment, "ls-files", "--stage", "-z")
    try:
        if meanwhile:
            meanwhile()
    finally:
        listed = os.fsdecode(listing())
    entries, unmerged = {}, []
    for (mode, oid, stage), path in _records(listed):
        if stage == "0":
            entries[path] = _Entry(mode, oid)
        else:
            unmerged.append(path)
    return Snapshot(
        _Blobs(root, environment), entries, unmerged=tuple(dict.fromkeys(unmerged)), staged=listed
    )


def revision(root: Root, rev: str, environ: Mapping[str, str] | None = None) -> "Snapshot":
    """What a revision holds.

    Args:
        root: The top folder of the work tree.
        rev: Anything that names a commit or a tree.
        environ: The environment of git, see ``toplevel``.

    Returns:
        The tree; close it, or use it in a ``with`` statement.

    Raises:
        CommandError: git is missing, or refuses.
        UsageError: git knows no such revision.
    """
    environment = git_process.environment(root, environ)
    listing = _text(root, environment, "ls-tree", "-r", "-z", "--full-tree", "--end-of-options", rev)
    entries = {path: _Entry(mode, oid) for (mode, _, oid), path in _records(listing)}
    return Snapshot(_Blobs(root, environment), entries)


def disk(root: Root, environ: Mapping[str, str] | None = None) -> "Disk":
    """What lies in the work tree: tracked files, and untracked ones that are not ignored.

    Raises:
        CommandError: git is missing, or refuses.
    """
    environment = git_process.environment(root, environ)
    listing = _text(root, environment, "ls-files", "-z", "-t", "-co", "--exclude-standard")
    records = [record.partition(" ") for record in listing.split("\0") if record and record[-1] != "/"]
    sparse = frozenset(path for tag, _, path in records if tag == "S")
    return Disk(root, tuple(dict.fromkeys(path for _, _, path in records)), _Sparse(sparse, environment))


class _Entry(NamedTuple):
    mode: str
    oid: str


class Snapshot:
    """The files of an index or a revision; their content is read when it is asked for.

    Attributes:
        unmerged: Paths whose conflict is not resolved; they are not among ``paths``.
    """

    def __init__(
        self,
        blobs: "_Blobs",
        entries: Mapping[str, _Entry],
        *,
        unmerged: tuple[str, ...] = (),
        staged: str | None = None,
    ) -> None:
        self.unmerged = unmerged
        self._blobs = blobs
        self._intended: frozenset[str] | None = None
        self._links = frozenset(path for path, entry in entries.items() if entry.mode == _LINK)
        self._entries = {path: entry for path, entry in entries.items() if entry.mode in _FILES}
        self._staged = staged

    def paths(self) -> Sequence[str]:
        """Every file and symbolic link; submodules are none."""
        return tuple(self._entries)

    def records(self) -> list[str]:
        """What ``git ls-files --stage`` said, an entry each; nothing of a revision."""
        return [record for record in (self._staged or "").split("\0") if record]

    def announce(self, paths: Sequence[str]) -> None:
        """Ask for files that will be read next, so that git fetches them while others are looked at."""
        plain = (path for path in paths if path in self._entries and path not in self._links)
        self._blobs.ask(self._entries[path].oid for path in plain)

    def read(self, path: str) -> bytes | None:
        """The content of a file, through symbolic links inside the tree.

        Returns:
            The content; None where there is no such file, a link leads nowhere or out of the tree, or the
            file is only announced by ``git add --intent-to-add``.

        Raises:
            CommandError: git cannot give the content, as in a damaged or partial clone.
        """
        target = self._followed(path)
        if target is None:
            return None
        content = self._blobs.read(self._entries[target].oid)
        return (
            None if self._staged is not None and not content and target in self._only_intended() else content
        )

    def _only_intended(self) -> frozenset[str]:
        """The files that are only announced: their empty entries are not committed. Asked once, if at all."""
        if self._intended is None:
            self._intended = self._blobs.only_intended()
        return self._intended

    def _followed(self, path: str) -> str | None:
        """The path of the file that ``path`` leads to; a link may stand anywhere in it.

        What leads out of the tree is absolute or begins with ``..``, and no entry does.
        """
        if path in self._entries and path not in self._links:
            return path  # git tracks nothing below a link
        for _ in range(_MOST_LINKS + 1):
            link = next((part for part in _ancestry(path) if self._is_link(part)), None)
            if link is None:
                return path if path in self._entries else None
            aim = os.fsdecode(self._blobs.read(self._entries[link].oid))
            path = os.path.normpath(os.path.join(os.path.dirname(link), aim) + path[len(link) :])
        return None

    def _is_link(self, path: str) -> bool:
        return path in self._links

    def close(self) -> None:
        """End the child that reads."""
        self._blobs.close()

    def __enter__(self) -> Self:
        """The snapshot itself."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Close it."""
        self.close()


class _Sparse(NamedTuple):
    """What a sparse checkout leaves out, and how git is asked for it."""

    paths: frozenset[str]
    environ: Mapping[str, str]


class Disk:
    """The files of a work tree as they lie there; what a sparse checkout leaves out, as the index has it."""

    unmerged: tuple[str, ...] = ()

    def __init__(self, root: Root, paths: tuple[str, ...], sparse: _Sparse) -> None:
        self._root = os.path.realpath(root)
        self._paths = paths
        self._sparse = sparse

    def announce(self, paths: Sequence[str]) -> None:
        """Nothing is fetched: files are read where they are."""

    def paths(self) -> Sequence[str]:
        """Every file git knows or would take; a tracked one may be missing."""
        return self._paths

    def read(self, path: str) -> bytes | None:
        """The content of a file; None where it is missing, no regular file, or leads out of the work tree."""
        real = os.path.realpath(os.path.join(self._root, path))
        if not real.startswith(os.path.join(self._root, "")) or not os.path.isfile(real):
            absent = path in self._sparse.paths and not os.path.lexists(real)
            return (
                git_process.output(self._root, self._sparse.environ, "show", f":{path}") if absent else None
            )
        try:
            with open(real, "rb") as file:
                return file.read()
        except OSError as error:
            raise CommandError(
                f"{plain(path)} cannot be read: {error.strerror}.", cure=f"Look at it: ls -l {plain(path)}"
            ) from error

    def __enter__(self) -> Self:
        """The tree itself: there is nothing to close."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Nothing is open."""


class _Blobs:
    """One ``git cat-file --batch``, started with the first question.

    Objects that are announced are asked for a window ahead: git reads the next ones from the disk while the
    last are looked at. What is asked and not yet answered fits into a pipe, so no side waits for the other.
    """

    def __init__(self, root: Root, environ: Mapping[str, str]) -> None:
        self._root = root
        self._environ = environ
        self._child: git_process.Child | None = None
        self._known: dict[str, bytes] = {}
        self._waiting: list[str] = []  # the next one last
        self._asked: list[str] = []

    def ask(self, oids: Iterable[str]) -> None:
        """Announce objects in the order in which they will be read."""
        new = [oid for oid in dict.fromkeys(oids) if oid not in self._known]
        self._waiting = new[::-1] + self._waiting

    def read(self, oid: str) -> bytes:
        """The content of a blob."""
        if oid not in self._known:
            try:
                self._receive_until(oid)
            except (OSError, ValueError, IndexError) as error:
                self.close()
                raise CommandError(
                    f"git cannot give the content of the object {oid}.",
                    cure=git_process.MISSING,
                    detail="" if isinstance(error, IndexError) else str(error),
                ) from error
        return self._known[oid]

    def _receive_until(self, oid: str) -> None:
        """Take answers in, in the order of the questions, up to the one that is wanted."""
        if oid not in self._asked and (not self._waiting or oid != self._waiting[-1]):
            self._waiting.append(oid)
        output = self._opened().stdout
        assert output  # noqa: S101 - told to mypy: it is a pipe
        while oid not in self._known:
            if len(self._asked) <= _WINDOW // 2:
                self._ask_ahead()
            answered = self._asked.pop(0)
            size = int(output.readline().split()[2])  # "<oid> blob <size>", or "<oid> missing"
            content = output.read(size + 1)
            if len(content) <= size:
                raise ValueError("git ended in the middle of the object")
            self._known[answered] = content[:size]

    def _ask_ahead(self) -> None:
        oids: list[str] = []
        while self._waiting and len(self._asked) + len(oids) < _WINDOW:
            oid = self._waiting.pop()
            if oid not in self._known:
                oids.append(oid)
        questions = self._opened().stdin
        assert questions  # noqa: S101 - told to mypy: it is a pipe
        questions.write("".join(f"{oid}\n" for oid in oids).encode())
        questions.flush()
        self._asked.extend(oids)

    def _opened(self) -> git_process.Child:
        if self._child is None:
            self._child = git_process.reader(self._root, self._environ)
        return self._child

    def only_intended(self) -> frozenset[str]:
        """Every path whose empty entry stands for ``git add --intent-to-add``, which is not committed."""
        options = ("--name-only", "-z", "--diff-filter=A", "--ignore-submodules")
        return frozenset(_text(self._root, self._environ, "diff-files", *options).split("\0"))

    def close(self) -> None:
        """End the child and wait for it."""
        if self._child is not None:
            self._child.communicate()
            self._child = None
            self._waiting.clear()
            self._asked.clear()


def _ancestry(path: str) -> list[str]:
    """Every leading part of a path, the whole last: ``a``, ``a/b``, ``a/b/c``."""
    return [path[:at] for at, sign in enumerate(path) if sign == "/"] + [path]


def _records(listing: str) -> list[tuple[list[str], str]]:
    """Split what ``-z`` separates: fields, a tab, a path."""
    parts = (record.partition("\t") for record in listing.split("\0") if record)
    return [(fields.split(" "), path) for fields, _, path in parts]


def _text(root: Root, environ: Mapping[str, str], *arguments: str) -> str:
    """What git prints, undecodable bytes as surrogates."""
    return os.fsdecode(git_process.output(root, environ, *arguments))
