"""What a build of an untagged commit would be called: only where the tool's own way is known for certain."""

import pytest

from release_async.versions.pep440 import parse
from release_async.versions.tag_history import TagHistory
from release_async.versions.tag_rules import TagRules
from release_async.versions.untagged_version import untagged_version

NODE = "0123456789abcdef"


def found(rules: TagRules, version: str = "1.2.0", distance: int = 3) -> TagHistory:
    """A history that ends some commits behind a tag."""
    return TagHistory(rules, version=parse(version), distance=distance)


@pytest.mark.parametrize(
    ("tool", "version", "said"),
    [
        ("setuptools-scm", "1.2.0", "1.2.1.dev3+g012345678"),
        ("hatch-vcs", "1.2.0rc1", "1.2.0rc2.dev3+g012345678"),
        ("pdm-backend's scm source", "1.2", "1.3.dev3+g0123456"),
        ("versioneer", "1.2.0", "1.2.0+3.g0123456"),
        ("versioningit", "1.2.0", "1.2.0.post3+g0123456"),
        ("dunamai", "1.2.0", "1.2.0.post3.dev0+0123456"),
        ("setuptools-git-versioning", "1.2.0", "1.2.0.post3+git.01234567"),
        ("pbr", "1.2.0", ""),
    ],
)
def test_each_tool_counts_in_its_own_way(tool: str, version: str, said: str) -> None:
    """What reads the words of commits, as pbr does, is not told."""
    assert untagged_version(found(TagRules(tool), version), NODE) == said


def test_a_tagged_commit_has_the_version_of_its_tag() -> None:
    """Whatever the tool counts."""
    assert untagged_version(found(TagRules("pbr"), distance=0), NODE) == "1.2.0"


def test_a_scheme_of_the_project_is_not_guessed() -> None:
    """Nor what only code could tell, nor anything before the first tag; a local part can be left out."""
    assert untagged_version(found(TagRules("setuptools-scm", scheme="x")), NODE) == ""
    assert untagged_version(found(TagRules("setuptools-scm", unread="x")), NODE) == ""
    assert untagged_version(TagHistory(TagRules("setuptools-scm"), distance=2), NODE) == ""
    local = TagRules("setuptools-scm", local_scheme='local_scheme = "no-local-version"')
    assert untagged_version(found(local), NODE) == "1.2.1.dev3"
