"""What a commit changes: every path with its content before and after. Reads through git only.

Compared are trees and the index that git names in the environment of a hook, by plumbing that no
configuration bends. What lies on the disk is never looked at.
"""

# ruff: noqa: PTH118, PTH123 - pathlib would cost every commit its import

import os
from contextlib import suppress

from release_async.base.errors import CommandError
from release_async.base.lazy_typing import Final, Iterator, Mapping, NamedTuple, Self, Sequence
from release_async.repository import git_process
from release_async.versions.encoding import plain

_REGULAR: Final = frozenset(("100644", "100755"))
_GONE: Final = "D"
_TWO_PATHS: Final = frozenset("RC")
_RAW: Final = ("--raw", "-z", "--no-abbrev", "--ignore-submodules", "--find-renames", "-l200")
_COMMIT: Final = "^{commit}"
_KINDS: Final = frozenset((b"blob", b"tree", b"commit", b"tag"))
LARGEST: Final = 32 << 20
"""In bytes: a larger content is not read."""


class Change(NamedTuple):
    """A regular file that the next commit adds or changes.

    Attributes:
        path: As git has it; undecodable bytes as surrogates.
        oid: The new content's object id.
        olds: The object ids of its content in every parent that has it, of a renamed file under its old name.
        replayed: The object id of its content in the commit that a rebase, cherry-pick or revert is about to
            make anew; empty where there is none.
    """

    path: str
    oid: str
    olds: tuple[str, ...]
    replayed: str = ""


class Staged:
    """The next commit beside its parents; one child reads every object. Close it, or use ``with``.

    Args:
        root: The top folder of the work tree.
        environ: The environment that git gave the hook; it says which index is meant.
    """

    def __init__(self, root: str, environ: Mapping[str, str]) -> None:
        self._root = root
        self._environ = git_process.environment(root, environ)
        self._child: git_process.Child | None = None
        self._tree = ""  # gitrevisions(7): nothing before the colon means the index

    def changes(self) -> tuple[Change, ...]:
        """Every regular file whose content differs from that in all parents; of deletions there are none.

        In a first commit everything is new. What is only announced by ``git add --intent-to-add`` is no part
        of the commit, and neither are submodules and symbolic links.

        Raises:
            CommandError: git is missing, or refuses.
        """
        parents = self._parents()
        first, *others = ([self._against(parent) for parent in parents]) or [self._against(self._nothing())]
        replayed = self._replayed()
        return tuple(
            Change(
                path,
                oid,
                tuple(old for old in (old, *(other[path][1] for other in others)) if old),
                self._content_id(f"{replayed}:{path}") if replayed else "",
            )
            for path, (oid, old) in first.items()
            if all(path in other for other in others)
        )

    def _against(self, tree: str) -> dict[str, tuple[str, str]]:
        """Each changed path, its new object id, and its old one or nothing."""
        listing = self._difference(tree)
        found = {}
        for (old_mode, new_mode, old, new, status), path in _raw(listing):
            if new_mode in _REGULAR and status[:1] != _GONE:
                found[path] = new, old if old_mode.lstrip(":") in _REGULAR else ""
        return found

    def _difference(self, tree: str) -> bytes:
        return self._git("diff-index", "--cached", "--ita-invisible-in-index", *_RAW, tree, "--")

    def _parents(self) -> list[str]:
        """The parents of the next commit: none of a first one, two or more of a merge."""
        head = self._commit("HEAD")
        if not head:
            return []
        merged = self._in_merge_head() if self._commit("MERGE_HEAD") else self._about_to_be_merged()
        return [head, *(oid for oid in merged if oid != head)]

    def _in_merge_head(self) -> list[str]:
        """What ``git commit`` ends the merge of; of an octopus there are several."""
        path = os.fsdecode(self._git("rev-parse", "--git-path", "MERGE_HEAD")).removesuffix("\n")
        try:
            with open(os.path.join(self._root, path), encoding="ascii") as file:
                return file.read().split()
        except FileNotFoundError:
            return []  # it was a branch of that name

    def _about_to_be_merged(self) -> list[str]:
        """What ``git merge`` is about to commit by itself: it tells that by variables, ``GITHEAD_<oid>``."""
        if not self._environ.get("GIT_REFLOG_ACTION", "").startswith(("merge", "pull")):
            return []
        named = (name.removeprefix("GITHEAD_") for name in self._environ if name.startswith("GITHEAD_"))
        return [oid for oid in named if oid.isalnum() and self._commit(oid)]

    def _replayed(self) -> str:
        """The commit of old history that is being made anew, or nothing."""
        names = ("REBASE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD^")
        return next(filter(None, map(self._commit, names)), "")

    def _nothing(self) -> str:
        """The empty tree, by the hash that this repository uses."""
        return self._git("hash-object", "-t", "tree", "--stdin").decode("ascii").strip()

    def _commit(self, name: str) -> str:
        """The object id of a commit, or nothing where there is none of that name."""
        return self._object(name + _COMMIT)[0]

    def _content_id(self, name: str) -> str:
        return "" if "\n" in name else self._object(name)[0]

    def content(self, oid: str) -> bytes | None:
        """The content of an object; None where it is larger than ``LARGEST``.

        Raises:
            CommandError: git cannot give it, as in a damaged or partial clone.
        """
        found, content = self._object(oid)
        if not found:
            raise CommandError(
                f"git cannot give the content of the object {oid}.",
                cure=git_process.MISSING,
            )
        return content

    def file(self, path: str) -> bytes | None:
        """The content of a file as the commit will hold it; None where it holds none, or a very large one."""
        return self._object(f"{self._tree}:{path}")[1]

    def _object(self, name: str) -> tuple[str, bytes | None]:
        """The id and content of what ``name`` means: no id where nothing, no content where too large."""
        child = self._opened()
        assert child.stdout  # noqa: S101 - told to mypy: it is a pipe
        *oid, kind, size = self._answer(child, name)  # "<oid> <type> <size>", or "<name> missing"
        if kind not in _KINDS:
            return "", None
        if int(size) > LARGEST:
            child.kill()  # nothing else ends its answer; the next question starts another
            self.close()
            return oid[0].decode("ascii"), None
        return oid[0].decode("ascii"), child.stdout.read(int(size) + 1)[:-1]

    def _answer(self, child: git_process.Child, name: str) -> list[bytes]:
        """The words of the first line that git says of an object."""
        assert child.stdin  # noqa: S101 - as above
        assert child.stdout  # noqa: S101 - as above
        with suppress(BrokenPipeError):
            child.stdin.write(os.fsencode(name) + b"\n")
            child.stdin.flush()
        if words := child.stdout.readline().split():
            return words
        self._git("rev-parse", "--git-dir")  # tells what keeps git from this repository, if anything does
        raise CommandError(f"git cannot give the object {plain(name)}.", cure=git_process.MISSING)

    def _opened(self) -> git_process.Child:
        if self._child is None:
            self._child = git_process.reader(self._root, self._environ)
        return self._child

    def _git(self, *arguments: str) -> bytes:
        return git_process.output(self._root, self._environ, *arguments)

    def close(self) -> None:
        """End the child that reads."""
        if self._child is not None:
            self._child.communicate()
            self._child = None

    def __enter__(self) -> Self:
        """The changes themselves."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Close it."""
        self.close()


class Committed(Staged):
    """A commit that is made already, beside its parents.

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
        """The parents; a clone that does not hold them cannot tell what the commit adds."""
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
    """The records of git's raw diff format under ``-z``: five fields and a path, the new one of a rename."""
    parts = iter(os.fsdecode(listing).split("\0"))
    for fields in filter(None, parts):
        words = fields.split(" ")
        if words[4][0] in _TWO_PATHS:
            next(parts)
        yield words, next(parts)
