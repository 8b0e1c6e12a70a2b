"""Reads the files of a commit, including those of its submodules, as bytes. It changes nothing."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from release_async.repository import git_process, snapshot
from release_async.repository.snapshot import Snapshot


class CommittedFiles:
    """One commit; open in a ``with`` statement.

    Args:
        root: The top of a working tree of the repository.
        commit: The object id.
        environ: The environment of git, without variables that name another repository.
        checkout: A checkout of that commit; its attributes say how files are written.
    """

    def __init__(self, root: Path, commit: str, environ: Mapping[str, str], checkout: Path) -> None:
        self._commit = commit
        self._environ = git_process.environment(checkout, environ)
        self._checkout = checkout
        self._trees = _trees(root, commit, environ)
        self._unconfigured: dict[str, str] | None = None

    def __enter__(self) -> Self:
        """The commit itself."""
        return self

    def __exit__(self, *raised: object) -> None:
        """End the git processes that read."""
        for tree in self._trees.values():
            tree.close()

    def paths(self) -> Sequence[str]:
        """Every file and symbolic link, including those of submodules."""
        return [folder + path for folder, tree in self._trees.items() for path in tree.paths()]

    def read(self, path: str) -> bytes | None:
        """The committed bytes, following links; None where there is no such file."""
        for folder, tree in self._trees.items():
            if path.startswith(folder) and (content := tree.read(path.removeprefix(folder))) is not None:
                return content
        return None

    def checked_out(self, path: str) -> bytes | None:
        """The bytes that a checkout writes by what the commit itself says; in a submodule, as `read`.

        That is line ends, encodings and keywords (gitattributes). What a filter or ``info/attributes`` of
        this clone makes of a file nobody else has, so git is asked with a directory that has neither
        (git-cat-file, ``--filters``).
        """
        if path not in self._trees[""].paths():
            return self.read(path)
        if self._unconfigured is None:
            self._unconfigured = self._make_unconfigured()
        command = ("cat-file", "--filters", f"{self._commit}:{path}")
        return git_process.output(self._checkout, self._unconfigured, *command)

    def _make_unconfigured(self) -> dict[str, str]:
        """The environment of git with an empty git directory and without anybody's configuration.

        The objects and the checkout, with its attributes, are those of the repository.
        """
        objects, kind = (
            os.fsdecode(git_process.output(self._checkout, self._environ, "rev-parse", *question)).strip()
            for question in (("--path-format=absolute", "--git-path", "objects"), ("--show-object-format",))
        )
        directory = self._checkout.parent / "unconfigured.git"
        made = ("init", "--quiet", "--bare", "--template=", f"--object-format={kind}", "--", str(directory))
        git_process.output(self._checkout, self._environ, *made)
        configured = ("GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS")
        return {
            **{name: value for name, value in self._environ.items() if name not in configured},
            **dict.fromkeys(("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"), os.devnull),
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_DIR": str(directory),
            "GIT_WORK_TREE": str(self._checkout),
            "GIT_OBJECT_DIRECTORY": objects,
        }


def _trees(root: Path, commit: str, environ: Mapping[str, str]) -> dict[str, Snapshot]:
    """The commit and its checked-out submodules, by the folder that each is in, the top first."""
    top = snapshot.revision(root, commit, environ)
    found = {"": top}
    for path, oid in top.submodules.items():
        if (root / path / ".git").exists():
            inner = _trees(root / path, oid, environ)
            found |= {f"{path}/{folder}": tree for folder, tree in inner.items()}
    return found
