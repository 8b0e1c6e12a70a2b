"""A person who types commands of the tool, in the process of the test."""

import tomllib

import pytest

from release_async.cli import main as cli
from support.repositories import Repository


class Shell:
    """A person in a repository; what a command said is kept."""

    def __init__(self, repository: Repository, capture: pytest.CaptureFixture[str]) -> None:
        self.repository = repository
        self._capture = capture
        self.said = ""

    def types(self, *words: str) -> int:
        """Run one command line and return its exit code."""
        self._capture.readouterr()
        code = cli.main([*words])
        self.said = self._capture.readouterr().out
        return code

    def files(self) -> dict[str, bytes]:
        """Every file of the working tree, with its bytes."""
        top = self.repository.path
        paths = (path for path in top.rglob("*") if path.is_file() and ".git" not in path.parts)
        return {path.relative_to(top).as_posix(): path.read_bytes() for path in paths}

    def settings(self, folder: str = ".") -> dict[str, object]:
        """What ``[tool.release-async]`` of a project says."""
        path = self.repository.path / folder / "pyproject.toml"
        text = path.read_text() if path.exists() else ""
        table: dict[str, object] = tomllib.loads(text).get("tool", {}).get("release-async", {})
        return table
