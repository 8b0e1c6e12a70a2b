""".gitignore: lines at the end, where they win."""

from pathlib import Path

import pytest

from release_async.cli.init import gitignore
from support.repositories import Repository


@pytest.mark.parametrize("standing", ["", "dist/\n", "dist/", "a\r\nb\r\n", "!.env\n"])
def test_git_ignores_the_file_afterwards(tmp_path: Path, standing: str) -> None:
    """In every folder, whatever stood there before."""
    repository = Repository.init(tmp_path)
    made = gitignore.with_patterns(standing, (gitignore.PATTERN, ".venv/"))
    assert made.startswith(standing)
    repository.write(".gitignore", made)
    for path in (".env", "packages/one/.env", ".venv/pyvenv.cfg"):
        assert repository.tried("check-ignore", "--quiet", path).returncode == 0
