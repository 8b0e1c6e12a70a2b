"""What git says of the tags that a commit goes back to."""

import os
from pathlib import Path

import pytest

from release_async.repository import version_tags
from release_async.versions.tag_form import Member
from release_async.versions.tag_history import TagKind
from release_async.versions.tag_rules import TagRules
from support.repositories import Repository

DEMO = Member(name="demo")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Three commits: one with two tags, one with a branch of its own, one on top."""
    made = Repository.init(tmp_path / "project")
    made.commit("one")
    made.git("tag", "v1.0")
    made.git("tag", "--annotate", "-m", "x", "v1.1")
    made.git("switch", "--quiet", "--create", "other")
    made.commit("apart")
    made.git("tag", "v9.0")
    made.git("switch", "--quiet", "main")
    made.commit("two")
    return made


def test_only_tags_that_head_goes_back_to_count(repository: Repository) -> None:
    """With their kind, and the commit that an annotated one leads to; a tag of a blob is no version."""
    repository.git("tag", "v5.0", repository.git("hash-object", "-w", "--stdin"))
    head, first = repository.git("rev-parse", "HEAD", "HEAD~1").split()
    found = {tag.name: tag for tag in version_tags.tags((repository.path, os.environ), head)}
    assert found.keys() == {"v1.0", "v1.1"}
    assert (found["v1.0"].kind, found["v1.1"].kind) == (TagKind.LIGHTWEIGHT, TagKind.ANNOTATED)
    assert {tag.commit for tag in found.values()} == {first}
    assert all(tag.made for tag in found.values())


def test_the_last_one_and_the_commits_since(repository: Repository) -> None:
    """Without any tag all commits count."""
    head, place = repository.git("rev-parse", "HEAD"), (repository.path, os.environ)
    found = version_tags.tag_history(place, head, TagRules("x"), DEMO)
    assert (found.last and found.last.name, found.current) == ("v1.1", "1.1")
    assert version_tags.with_distance(place, found, head).distance == 1
    none = version_tags.tag_history(place, head, TagRules("x", pattern="nothing"), DEMO)
    assert (none.last, version_tags.with_distance(place, none, head).distance) == (None, 2)
