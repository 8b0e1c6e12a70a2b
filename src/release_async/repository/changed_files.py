"""The files that a commit adds or changes, with their content before and after. Reads through git only.

It compares trees and the index that git names in the environment of a hook, with plumbing commands that no
configuration affects. It never looks at the files on the disk.
"""

# ruff: noqa: PTH118, PTH123 - pathlib would cost every commit its import

import os
from contextlib import suppress

from release_async.base.errors import CommandError
from release_async.base.lazy_typing import Final, Iterator, Mapping, NamedTuple, Self, Sequence
from release_async.repository import git_process
from release_async.versions.text_encoding import plain

_REGULAR: Final = frozenset(("100644", "100755"))
_DELETED: Final = "D"
_TWO_PATHS: Final = frozenset("RC")
_RAW: Final = ("--raw", "-z", "--no-abbrev", "--ignore-submodules", "--find-renames", "-l200")
_COMMIT: Final = "^{commit}"
_KINDS: Final = frozenset((b"blob", b"tree", b"commit", b"tag"))
LARGEST: Final = 32 << 20
"""In bytes; larger files are not read."""


class ChangedFile(NamedTuple):
    """A regular file that a commit adds or changes.

    Attributes:
        path: Its path in git; undecodable bytes as surrogates.
        oid: The object id of the new content.
        old_oids: The object ids of its content in each parent that has it, if renamed by its old name.
        replayed_oid: The object id of its content in the commit that a rebase, cherry-pick or revert replays;
            empty if there is none.
    """

    path: str
    oid: str
    old_oids: tuple[str, ...]
    replayed_oid: str = ""


class Staged:
    """The index compared with the parents of the next commit. Close it, or use ``with``.

    One ``git cat-file`` process reads all objects.

    Args:
        root: The top folder of the work tree.
        environ: The environment that git gave the hook; it names the index.
    """

    def __init__(self, root: str, environ: Mapping[str, str]) -> None:
        self._root = root
        self._environ = git_process.environment(root, environ)
        self._child: git_process.Child | None = None
        self._tree = ""  # gitrevisions(7): nothing before the colon means the index

    def changes(self) -> tuple[ChangedFile, ...]:
        """Every regular file whose content differs from that in all parents, without deletions.

        In a first commit everything is new. Files added with ``git add --intent-to-add`` are not part of the
        commit; submodules and symbolic links are left out.

        Raises:
            CommandError: git is missing, or refuses.
        """
        parents = self._parents()
        first, *others = ([self._changed_since(parent) for parent in parents]) or [
            self._changed_since(self._empty_tree())
        ]
        replayed_oid = self._replayed()
        return tuple(
            ChangedFile(
                path,
                oid,
                tuple(old for old in (old, *(other[path][1] for other in others)) if old),
                self._content_id(f"{replayed_oid}:{path}") if replayed_oid else "",
            )
            for path, (oid, old) in first.items()
            if all(path in other for other in others)
        )

    def _changed_since(self, tree: str) -> dict[str, tuple[str, str]]:
        """Each changed path, with its new object id and its old one, empty if it had none."""
        listing = self._difference(tree)
        found = {}
        for (old_mode, new_mode, old, new, status), path in _raw(listing):
            if new_mode in _REGULAR and status[:1] != _DELETED:
                found[path] = new, old if old_mode.lstrip(":") in _REGULAR else ""
        return found

    def _difference(self, tree: str) -> bytes:
        return self._git("diff-index", "--cached", "--ita-invisible-in-index", *_RAW, tree, "--")

    def _parents(self) -> list[str]:
        """The parents of the next commit: none for the first one, two or more for a merge."""
        head = self._commit("HEAD")
        if not head:
            return []
        merged = self._in_merge_head() if self._commit("MERGE_HEAD") else self._in_git_merge()
        return [head, *(oid for oid in merged if oid != head)]

    def _in_merge_head(self) -> list[str]:
        """The commits that ``git commit`` is about to merge; several in an octopus merge."""
        path = os.fsdecode(self._git("rev-parse", "--git-path", "MERGE_HEAD")).removesuffix("\n")
        try:
            with open(os.path.join(self._root, path), encoding="ascii") as file:
                return file.read().split()
        except FileNotFoundError:
            return []  # MERGE_HEAD is a branch

    def _in_git_merge(self) -> list[str]:
        """The commits that ``git merge`` is about to merge: it names them in variables, ``GITHEAD_<oid>``."""
        if not self._environ.get("GIT_REFLOG_ACTION", "").startswith(("merge", "pull")):
            return []
        named = (name.removeprefix("GITHEAD_") for name in self._environ if name.startswith("GITHEAD_"))
        return [oid for oid in named if oid.isalnum() and self._commit(oid)]

    def _replayed(self) -> str:
        """The commit that a rebase, cherry-pick or revert replays; empty if there is none."""
        names = ("REBASE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD^")
        return next(filter(None, map(self._commit, names)), "")

    def _empty_tree(self) -> str:
        """The object id of the empty tree, in the hash function of this repository."""
        return self._git("hash-object", "-t", "tree", "--stdin").decode("ascii").strip()

    def _commit(self, name: str) -> str:
        """The object id of a commit; empty if there is no commit of that name."""
        return self._object(name + _COMMIT)[0]

    def _content_id(self, name: str) -> str:
        return "" if "\n" in name else self._object(name)[0]

    def content(self, oid: str) -> bytes | None:
        """The content of an object; None if it is larger than ``LARGEST``.

        Raises:
            CommandError: git cannot give it, as in a damaged or partial clone.
        """
        found, content = self._object(oid)
        if not found:
            raise CommandError(
                f"git cannot give the content of the object {oid}.",
                cure=git_process.MISSING_OBJECT_CURE,
            )
        return content

    def file(self, path: str) -> bytes | None:
        """The content of a file in the commit; None if there is none, or it is larger than ``LARGEST``."""
        return self._object(f"{self._tree}:{path}")[1]

    def _object(self, name: str) -> tuple[str, bytes | None]:
        """The id and content of an object: no id if it does not exist, no content if it is too large."""
        child = self._process()
        assert child.stdout  # noqa: S101 - told to mypy: it is a pipe
        *oid, kind, size = self._header(child, name)  # "<oid> <type> <size>", or "<name> missing"
        if kind not in _KINDS:
            return "", None
        if int(size) > LARGEST:
            child.kill()  # the only way to stop its output; the next request starts another
            self.close()
            return oid[0].decode("ascii"), None
        return oid[0].decode("ascii"), child.stdout.read(int(size) + 1)[:-1]

    def _header(self, child: git_process.Child, name: str) -> list[bytes]:
        """The words of git's first line about an object."""
        assert child.stdin  # noqa: S101 - as above
        assert child.stdout  # noqa: S101 - as above
        with suppress(BrokenPipeError):
            child.stdin.write(os.fsencode(name) + b"\n")
            child.stdin.flush()
        if words := child.stdout.readline().split():
            return words
        self._git("rev-parse", "--git-dir")  # raises the better error if git refuses the whole repository
        raise CommandError(f"git cannot give the object {plain(name)}.", cure=git_process.MISSING_OBJECT_CURE)

    def _process(self) -> git_process.Child:
        if self._child is None:
            self._child = git_process.object_reader(self._root, self._environ)
        return self._child

    def _git(self, *arguments: str) -> bytes:
        return git_process.output(self._root, self._environ, *arguments)

    def close(self) -> None:
        """End the ``git cat-file`` process."""
        if self._child is not None:
            self._child.communicate()
            self._child = None

    def __enter__(self) -> Self:
        """This object itself."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Close it."""
        self.close()


class Committed(Staged):
    """An existing commit compared with its parents.

    Args:
        root: The top folder of the work tree.
        environ: The environment of git.
        commit: Its object id.
    """

    def __init__(self, root: str, environ: Mapping[str, str], commit: str) -> None:
        super().__init__(root, environ)
        self._oid = self._tree = commit

    def _difference(self, tree: str) -> bytes:
        return self._git("diff-tree", "-r", *_RAW, tree, self._oid, "--")

    def _parents(self) -> list[str]:
        """The parents; refuses a shallow clone that lacks them, since the changes cannot be known then."""
        known = (
            self._git("rev-list", "--parents", "--max-count=1", self._oid, "--").decode("ascii").split()[1:]
        )
        content = self._object(self._oid)[1] or b""
        if not known and b"\nparent " in content.partition(b"\n\n")[0]:
            raise CommandError(
                f"The parents of the commit {self._oid[:12]} are not in this clone.",
                cure="Fetch more of the history, with actions/checkout: fetch-depth: 0",
            )
        return known

    def _replayed(self) -> str:
        return ""


def commits(root: str, environ: Mapping[str, str], span: str) -> tuple[str, ...]:
    """The object ids of the commits of a range such as ``main..HEAD``, the oldest first.

    Raises:
        CommandError: git knows no such range.
    """
    with Staged(root, environ) as git:
        listing = git._git("rev-list", "--reverse", "--topo-order", "--end-of-options", span, "--")  # noqa: SLF001 - its own module
    return tuple(listing.decode("ascii").split())


def _raw(listing: bytes) -> Iterator[tuple[Sequence[str], str]]:
    """Parse git's raw diff format with ``-z``: five fields and a path, which for a rename is the new one."""
    parts = iter(os.fsdecode(listing).split("\0"))
    for fields in filter(None, parts):
        words = fields.split(" ")
        if words[4][0] in _TWO_PATHS:
            next(parts)
        yield words, next(parts)
