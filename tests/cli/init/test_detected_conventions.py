"""What a project does in its own way: told from its branches, remotes and tags."""

import pytest

from release_async.cli.init import detected_conventions
from release_async.cli.init.detected_conventions import Member, Repository


@pytest.mark.parametrize(
    ("tags", "form"),
    [
        ("", "v{version}"),
        ("v1.0 v1.1", "v{version}"),
        ("1.0 1.1.0", "{version}"),
        ("1.0 v2.0", "v{version}"),
        ("v1.0 2.0", "{version}"),
        ("v2.0 2.0", "v{version}"),
        ("release-1.0 release-1.1rc1", "release-{version}"),
        ("demo-1.0", "demo-{version}"),
        ("Demo_Lib-v1.0 v9.0", "v{version}"),
        ("demo@v1.0", "v{version}"),
        ("demo/v1.0 v9.0", "demo/v{version}"),
        ("other-1.0 nightly-2026.01.31 build-7 v1", "v{version}"),
        ("v1.0.0-rc.1 1.0.0-beta", "v{version}"),
        ("x..1.0 -1.0", "v{version}"),
    ],
)
def test_the_form_of_the_tags_is_that_of_the_highest_version(tags: str, form: str) -> None:
    """Old habits do not count, nor do tags of something else; a name that a forge refuses is not taken up."""
    assert detected_conventions.tag_format(tags.split(), Member(name="demo")) == form


@pytest.mark.parametrize(
    ("tags", "form"),
    [
        ("", "demo-lib-v{version}"),
        ("v1.0 other-v2.0", "demo-lib-v{version}"),
        ("v9.0 demo_lib-1.0", "demo_lib-{version}"),
    ],
)
def test_a_project_among_others_has_its_name_in_its_tags(tags: str, form: str) -> None:
    """Or ``v1.0`` of one would be in the way of another's."""
    assert detected_conventions.tag_format(tags.split(), Member(name="Demo.Lib", alone=False)) == form


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
