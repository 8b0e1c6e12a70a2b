"""Real git repositories for tests: made in a temporary folder, driven by the real git.

What would be the same each time is a copy of what git made once, and the rest is written as git would
write it (gitrepository-layout(5)): thousands of tests begin so, and a process takes as long as many a test.
"""

import atexit
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Self

from support import canary


class Repository:
    """A git repository with a work tree.

    Attributes:
        path: The top of the work tree.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def init(cls, path: Path) -> Self:
        """Make an empty repository on branch ``main`` at ``path``; the folder may be missing."""
        shutil.copytree(_new(bare=False), path / ".git")
        return cls(path)

    def git(self, *arguments: str) -> str:
        """Run git here and return what it printed, without the last line end.

        Raises:
            AssertionError: git answered something else than 0; the message holds all it said.
        """
        done = self.tried(*arguments)
        assert done.returncode == 0, (
            f"git {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
        )
        return done.stdout.removesuffix("\n")

    def tried(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run git here where it may fail; undecodable bytes of its answer become surrogates."""
        return subprocess.run(
            ("git", *arguments),
            cwd=self.path,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            stdin=subprocess.DEVNULL,
            check=False,
        )

    def write(self, relative: str, content: str | bytes) -> Path:
        """Write a file below the work tree, byte for byte, and return its path."""
        path = self.path / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else content.encode()
        canary.plant(path, data)
        path.write_bytes(data)
        return path

    def commit(self, message: str = "a change") -> str:
        """Commit all that is in the work tree, also where nothing changed, and return the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")
        return self.head()

    def head(self) -> str:
        """The id of the commit that is checked out.

        Raises:
            AssertionError: There is none.
        """
        try:
            return self._branch_file().read_text().strip()
        except OSError:  # detached, packed, not kept in files, or another one's work tree: git knows
            return self.git("rev-parse", "--verify", "HEAD")

    def with_remote(self, bare: Path) -> Self:
        """Make a bare repository at ``bare``, the ``origin`` that what is committed was pushed to.

        All is as it is after ``git push --set-upstream origin HEAD:main``.
        """
        shutil.copytree(_new(bare=True), bare)
        self._configure(f'[remote "origin"]\n\turl = {bare}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n')
        if self._branch_file().is_file():
            self._pushed(bare)
        return self

    def _pushed(self, bare: Path) -> None:
        private, branch = self.path / ".git", self._branch_file()
        shutil.copytree(private / "objects", bare / "objects", dirs_exist_ok=True)
        shutil.copy(branch, bare / "refs/heads/main")
        (private / "refs/remotes/origin").mkdir(parents=True)
        shutil.copy(branch, private / "refs/remotes/origin/main")
        self._configure(f'[branch "{branch.name}"]\n\tremote = origin\n\tmerge = refs/heads/main\n')

    def _branch_file(self) -> Path:
        """Where git keeps the branch that is checked out, if it has a commit (gitrepository-layout(5))."""
        return self.path / ".git" / (self.path / ".git/HEAD").read_text().removeprefix("ref: ").strip()

    def _configure(self, section: str) -> None:
        with (self.path / ".git/config").open("a", encoding="utf-8") as config:
            config.write(section)


@cache
def _new(*, bare: bool) -> Path:
    """An empty repository on branch ``main`` that all are copies of, until this process ends."""
    made = Path(tempfile.mkdtemp(prefix="release-async-tests-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    kind = ("--bare",) if bare else ()
    subprocess.run(("git", "init", "--quiet", "--initial-branch=main", *kind, str(made / "new")), check=True)
    return made / "new" / ("" if bare else ".git")
