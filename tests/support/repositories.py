"""Real git repositories for tests: made in a temporary folder, driven by the real git."""

import subprocess
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
        path.mkdir(parents=True, exist_ok=True)
        repository = cls(path)
        repository.git("init", "--quiet", "--initial-branch=main")
        return repository

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
        return self.git("rev-parse", "HEAD")

    def with_remote(self, bare: Path) -> Self:
        """Make a bare repository at ``bare``, add it as ``origin`` and push there what is committed."""
        subprocess.run(("git", "init", "--quiet", "--bare", "--initial-branch=main", str(bare)), check=True)
        self.git("remote", "add", "origin", str(bare))
        if self.tried("rev-parse", "--quiet", "--verify", "HEAD").returncode == 0:
            self.git("push", "--quiet", "--set-upstream", "origin", "HEAD:main")
        return self
