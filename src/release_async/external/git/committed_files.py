"""The files of a commit, those of its submodules included, by their bytes. It changes nothing."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from release_async.repository import git_process, snapshot
from release_async.repository.snapshot import Snapshot

_GITLINK = "160000"


class Committed:
    """One commit; open in a ``with`` statement.

    Args:
        root: The top of a working tree of the repository.
        commit: The object id.
        environ: The environment of git, without what would lead it elsewhere.
        checkout: A checkout of that commit, whose attributes say how files are written.
    """

    def __init__(self, root: Path, commit: str, environ: Mapping[str, str], checkout: Path) -> None:
        self._commit = commit
        self._environ = git_process.environment(checkout, environ)
        self._checkout = checkout
        self._trees = _trees(root, commit, environ)

    def __enter__(self) -> Self:
        """The commit itself."""
        return self

    def __exit__(self, *raised: object) -> None:
        """End the children that read."""
        for tree in self._trees.values():
            tree.close()

    def paths(self) -> Sequence[str]:
        """Every file and symbolic link, those of submodules too."""
        return [folder + path for folder, tree in self._trees.items() for path in tree.paths()]

    def read(self, path: str) -> bytes | None:
        """The bytes that are committed, through links; None where there is no such file."""
        for folder, tree in self._trees.items():
            if path.startswith(folder) and (content := tree.read(path.removeprefix(folder))) is not None:
                return content
        return None

    def checked_out(self, path: str) -> bytes | None:
        """The bytes that a checkout writes (git-cat-file, ``--filters``); as `read` in a submodule."""
        if path not in self._trees[""].paths():
            return self.read(path)
        alike = ("-c", "core.autocrlf=false", "cat-file", "--filters", f"{self._commit}:{path}")
        return git_process.output(self._checkout, self._environ, *alike)


def _trees(root: Path, commit: str, environ: Mapping[str, str]) -> dict[str, Snapshot]:
    """The commit and the submodules that are checked out, by the folder that each is in, the top first."""
    found = {"": snapshot.revision(root, commit, environ)}
    listing = ("ls-tree", "-r", "-z", "--full-tree", commit)
    raw = git_process.output(root, git_process.environment(root, environ), *listing)
    for entry in os.fsdecode(raw).split("\0"):
        fields, _, path = entry.partition("\t")
        if fields.startswith(_GITLINK) and (root / path / ".git").exists():
            inner = _trees(root / path, fields.split()[2], environ)
            found |= {f"{path}/{folder}": tree for folder, tree in inner.items()}
    return found
