"""The files of the index, of a revision, or of the work tree. Lists them through git, changes nothing.

Which repository and index git looks at is decided in `git_process`.
"""

# ruff: noqa: PTH100, PTH113, PTH118, PTH120, PTH123 - pathlib would cost every commit its import

import os

from release_async.base.lazy_typing import Callable, Final, Iterable, Mapping, NamedTuple, Self, Sequence
from release_async.repository import git_process
from release_async.repository.git_process import Root
from release_async.versions.text_encoding import plain

_MOST_LINKS: Final = 8
_WINDOW: Final = 128
"""How many objects are requested ahead: 128 names of 65 bytes fit into the pipe of every system."""
_LINK: Final = "120000"
_SUBMODULE: Final = "160000"
_FILES: Final = frozenset(("100644", "100755", _LINK))


def toplevel(cwd: Root, environ: Mapping[str, str] | None = None) -> str:
    """The top folder of the work tree that ``cwd`` is in.

    Args:
        cwd: Any folder.
        environ: The environment of git; this process's by default.

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
        return os.path.abspath(cwd)  # saves starting one process
    return _text(cwd, {**given, "LC_ALL": "C"}, "rev-parse", "--show-toplevel").removesuffix("\n")


def folder_in(directory: Root, top: Root) -> str:
    """A folder relative to the top of its work tree, with slashes; ``.`` for the top itself.

    Raises:
        UsageError: It is not in that work tree, as git may have been told that another one is its own.
    """
    directory, top = os.path.realpath(directory), os.path.realpath(top)
    folder = os.path.relpath(directory, top)
    if folder.partition(os.sep)[0] == os.pardir:
        from release_async.base.errors import UsageError  # noqa: PLC0415 - the hook never comes here

        raise UsageError(
            f"git takes {top} for the working tree, and {directory} is not in it",
            cure="see core.worktree; to unset it: git config --unset core.worktree",
        )
    return folder.replace(os.sep, "/")


def index(
    root: Root, environ: Mapping[str, str] | None = None, *, meanwhile: Callable[[], object] | None = None
) -> "Snapshot":
    """The files in the index, which the next commit would contain.

    Args:
        root: The top folder of the work tree.
        environ: The environment of git, see ``toplevel``.
        meanwhile: Called while git lists the files.

    Returns:
        The snapshot; close it, or use it in a ``with`` statement.

    Raises:
        CommandError: git is missing, or refuses.
    """
    environment = git_process.environment(root, environ)
    blobs = _Blobs(root, environment)
    listing = git_process.start(root, environment, "ls-files", "--stage", "-z")
    try:
        if meanwhile:
            blobs.start()
            meanwhile()
    finally:
        try:
            listed = os.fsdecode(listing())
        except BaseException:
            blobs.close()
            raise
    entries, unmerged = {}, []
    for (mode, oid, stage), path in _records(listed):
        if stage == "0":
            entries[path] = _Entry(mode, oid)
        else:
            unmerged.append(path)
    return Snapshot(blobs, entries, unmerged=tuple(dict.fromkeys(unmerged)), staged=listed)


def revision(root: Root, rev: str, environ: Mapping[str, str] | None = None) -> "Snapshot":
    """The files of a revision.

    Args:
        root: The top folder of the work tree.
        rev: Anything that names a commit or a tree.
        environ: The environment of git, see ``toplevel``.

    Returns:
        The snapshot; close it, or use it in a ``with`` statement.

    Raises:
        CommandError: git is missing, or refuses.
        UsageError: git knows no such revision.
    """
    environment = git_process.environment(root, environ)
    listing = _text(root, environment, "ls-tree", "-r", "-z", "--full-tree", "--end-of-options", rev)
    entries = {path: _Entry(mode, oid) for (mode, _, oid), path in _records(listing)}
    found = Snapshot(_Blobs(root, environment), entries)
    found.submodules = {path: entry.oid for path, entry in entries.items() if entry.mode == _SUBMODULE}
    return found


def disk(root: Root, environ: Mapping[str, str] | None = None) -> "Disk":
    """The files in the work tree: tracked ones, and untracked ones that are not ignored.

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
    """The files of an index or a revision; content is read on demand.

    Attributes:
        unmerged: Paths with an unresolved conflict; they are not among ``paths``.
        submodules: Of a revision the commit of each submodule, by its path.
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
        self.submodules: Mapping[str, str] = {}
        self._blobs = blobs
        self._intent_to_add: frozenset[str] | None = None
        self._links = frozenset(path for path, entry in entries.items() if entry.mode == _LINK)
        self._entries = {path: entry for path, entry in entries.items() if entry.mode in _FILES}
        self._staged = staged

    def paths(self) -> Sequence[str]:
        """Every file and symbolic link, without submodules."""
        return tuple(self._entries)

    def records(self) -> list[str]:
        """The entries that ``git ls-files --stage`` printed; none for a revision."""
        return [record for record in (self._staged or "").split("\0") if record]

    def prefetch(self, paths: Sequence[str]) -> None:
        """Request files that will be read next, so that git fetches them while others are processed."""
        plain = (path for path in paths if path in self._entries and path not in self._links)
        self._blobs.prefetch(self._entries[path].oid for path in plain)

    def read(self, path: str) -> bytes | None:
        """The content of a file, through symbolic links inside the tree.

        Returns:
            The content; None if there is no such file, a link is broken or leads out of the tree, or the
            file was only added with ``git add --intent-to-add``.

        Raises:
            CommandError: git cannot give the content, as in a damaged or partial clone.
        """
        target = self.resolved(path)
        if target is None:
            return None
        content = self._blobs.read(self._entries[target].oid)
        return (
            None
            if self._staged is not None and not content and target in self._intent_to_add_paths()
            else content
        )

    def _intent_to_add_paths(self) -> frozenset[str]:
        """The files added with ``--intent-to-add``, whose empty entries are not committed; cached."""
        if self._intent_to_add is None:
            self._intent_to_add = self._blobs.intent_to_add()
        return self._intent_to_add

    def resolved(self, path: str) -> str | None:
        """The path without symbolic links, in any of its parts; None if it leads to no file of the tree.

        A path that leads out of the tree is absolute or begins with ``..``, which no entry does.
        """
        if path in self._entries and path not in self._links:
            return path  # git tracks nothing below a link
        for _ in range(_MOST_LINKS + 1):
            link = next((part for part in _ancestry(path) if self._is_link(part)), None)
            if link is None:
                return path if path in self._entries else None
            target = os.fsdecode(self._blobs.read(self._entries[link].oid))
            path = os.path.normpath(os.path.join(os.path.dirname(link), target) + path[len(link) :])
        return None

    def _is_link(self, path: str) -> bool:
        return path in self._links

    def close(self) -> None:
        """End the ``git cat-file`` process."""
        self._blobs.close()

    def __enter__(self) -> Self:
        """The snapshot itself."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Close it."""
        self.close()


class _Sparse(NamedTuple):
    """The paths that a sparse checkout leaves out, and the environment to ask git for them."""

    paths: frozenset[str]
    environ: Mapping[str, str]


class Disk:
    """The files of a work tree; those that a sparse checkout leaves out are read from the index."""

    unmerged: tuple[str, ...] = ()

    def __init__(self, root: Root, paths: tuple[str, ...], sparse: _Sparse) -> None:
        self._root = os.path.realpath(root)
        self._paths = paths
        self._sparse = sparse

    def prefetch(self, paths: Sequence[str]) -> None:
        """Do nothing: files are read directly from the disk."""

    def paths(self) -> Sequence[str]:
        """Every tracked or addable file; a tracked one may be missing on the disk."""
        return self._paths

    def read(self, path: str) -> bytes | None:
        """The content of a file; None if it is missing, not regular, or leads out of the work tree."""
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
            from release_async.base.errors import CommandError  # noqa: PLC0415 - a commit that passes raises nothing

            raise CommandError(
                f"{plain(path)} cannot be read: {error.strerror}.", cure=f"Look at it: ls -l {plain(path)}"
            ) from error

    def __enter__(self) -> Self:
        """This object itself."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Do nothing: there is nothing to close."""


class _Blobs:
    """Reads objects through one ``git cat-file --batch``, started with the first request.

    Announced objects are requested a window ahead, so git reads the next ones while the last are processed.
    The open requests fit into a pipe, so neither side blocks the other.
    """

    def __init__(self, root: Root, environ: Mapping[str, str]) -> None:
        self._root = root
        self._environ = environ
        self._child: git_process.Child | None = None
        self._known: dict[str, bytes] = {}
        self._waiting: list[str] = []  # the next one last
        self._requested: list[str] = []

    def start(self) -> None:
        """Start git before anything is asked for."""
        self._process()

    def prefetch(self, oids: Iterable[str]) -> None:
        """Announce objects, in the order in which they will be read."""
        new = [oid for oid in dict.fromkeys(oids) if oid not in self._known]
        self._waiting = new[::-1] + self._waiting

    def read(self, oid: str) -> bytes:
        """The content of a blob."""
        if oid not in self._known:
            try:
                self._receive_until(oid)
            except (OSError, ValueError, IndexError) as error:
                from release_async.base.errors import CommandError  # noqa: PLC0415 - a commit that passes raises nothing

                self.close()
                raise CommandError(
                    f"git cannot give the content of the object {oid}.",
                    cure=git_process.MISSING_OBJECT_CURE,
                    detail="" if isinstance(error, IndexError) else str(error),
                ) from error
        return self._known[oid]

    def _receive_until(self, oid: str) -> None:
        """Receive objects in the order requested, up to the one that is wanted."""
        if oid not in self._requested and (not self._waiting or oid != self._waiting[-1]):
            self._waiting.append(oid)
        output = self._process().stdout
        assert output  # noqa: S101 - told to mypy: it is a pipe
        while oid not in self._known:
            if len(self._requested) <= _WINDOW // 2:
                self._request_ahead()
            answered = self._requested.pop(0)
            size = int(output.readline().split()[2])  # "<oid> blob <size>", or "<oid> missing"
            content = output.read(size + 1)
            if len(content) <= size:
                raise ValueError("git ended in the middle of the object")
            self._known[answered] = content[:size]

    def _request_ahead(self) -> None:
        oids: list[str] = []
        while self._waiting and len(self._requested) + len(oids) < _WINDOW:
            oid = self._waiting.pop()
            if oid not in self._known:
                oids.append(oid)
        stdin = self._process().stdin
        assert stdin  # noqa: S101 - told to mypy: it is a pipe
        stdin.write("".join(f"{oid}\n" for oid in oids).encode())
        stdin.flush()
        self._requested.extend(oids)

    def _process(self) -> git_process.Child:
        if self._child is None:
            self._child = git_process.object_reader(self._root, self._environ)
        return self._child

    def intent_to_add(self) -> frozenset[str]:
        """Every path that was added with ``git add --intent-to-add``, which is not committed."""
        options = ("--name-only", "-z", "--diff-filter=A", "--ignore-submodules")
        return frozenset(_text(self._root, self._environ, "diff-files", *options).split("\0"))

    def close(self) -> None:
        """End the process and wait for it."""
        if self._child is not None:
            self._child.communicate()
            self._child = None
            self._waiting.clear()
            self._requested.clear()


def _ancestry(path: str) -> list[str]:
    """Every leading part of a path, the whole last: ``a``, ``a/b``, ``a/b/c``."""
    return [path[:at] for at, char in enumerate(path) if char == "/"] + [path]


def _records(listing: str) -> list[tuple[list[str], str]]:
    """Split the NUL-separated output of git: fields, a tab, a path."""
    parts = (record.partition("\t") for record in listing.split("\0") if record)
    return [(fields.split(" "), path) for fields, _, path in parts]


def _text(root: Root, environ: Mapping[str, str], *arguments: str) -> str:
    """The output of a git command, undecodable bytes as surrogates."""
    return os.fsdecode(git_process.output(root, environ, *arguments))
