"""What a project does in its own way: told from its branches and remotes."""

import pytest

from release_async.cli.init import detected_conventions
from release_async.cli.init.detected_conventions import Repository


@pytest.mark.parametrize(
    ("repository", "branch", "remote"),
    [
        (Repository(), "main", "origin"),
        (Repository(current="master"), "master", "origin"),
        (Repository(branches=("main", "master"), current="fix"), "main", "origin"),
        (Repository(branches=("fix", "master"), current="fix"), "master", "origin"),
        (Repository(default="develop", branches=("main",)), "develop", "origin"),
        (Repository(remotes=("up",)), "main", "up"),
        (Repository(remotes=("fork", "up")), "main", "origin"),
        (Repository(remotes=("fork", "up"), tracked="up"), "main", "up"),
        (Repository(remotes=("origin", "up"), tracked="up"), "main", "origin"),
    ],
)
def test_branch_and_remote_are_those_the_repository_has(
    repository: Repository, branch: str, remote: str
) -> None:
    """What the remote says counts most; a guess between equals is not made."""
    assert (detected_conventions.branch(repository), detected_conventions.remote(repository)) == (
        branch,
        remote,
    )


def test_only_what_differs_is_a_setting() -> None:
    """Neither a default nor what the person has set already."""
    values = {"branch": "main", "remote": "up", "tag-format": "{version}", "version-files": []}
    assert detected_conventions.non_defaults(values, frozenset({"remote"})) == {"tag-format": "{version}"}
