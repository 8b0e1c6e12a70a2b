"""The clone that alone has the tag: whole, clean, with the filters of the repository, and nobody sees it."""

import os
from pathlib import Path

import pytest

from release_async.base.errors import FailedError
from release_async.external.git import private_clone
from release_async.external.git.git_commands import Git
from release_async.process import child_environments
from support.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A project with a tag and one more commit."""
    made = Repository.init(tmp_path / "project")
    made.write("a.txt", "a\n")
    made.commit()
    made.git("tag", "v1.0")
    made.write("b.txt", "b\n")
    made.commit()
    return made


def git_of(repository: Repository) -> Git:
    """Git at the top of it."""
    return Git(repository.path, child_environments.for_git(os.environ))


async def test_it_has_the_tags_of_the_repository_and_one_of_its_own(repository: Repository) -> None:
    """Its own is described; the repository has neither it nor anything else of the clone."""
    before, clone = repository.git("for-each-ref"), repository.path.parent / "clone"
    inside = await private_clone.make(git_of(repository), clone, repository.git("rev-parse", "HEAD"))
    await private_clone.tag(inside, "v1.1", "")
    assert (clone / "a.txt").read_text() + (clone / "b.txt").read_text() == "a\nb\n"
    assert await inside.text("describe", "--tags", "--long", "--dirty") == (
        f"v1.1-0-g{repository.git('rev-parse', '--short', 'HEAD')}"
    )
    assert await inside.text("cat-file", "-t", "v1.1") == "tag"
    assert await private_clone.changed(inside) == ()
    assert repository.git("for-each-ref") == before


async def test_the_object_that_was_made_for_the_release_is_the_tag(repository: Repository) -> None:
    """By its id: what is built and what is pushed are one."""
    repository.git("tag", "--annotate", "-m", "x", "kept")
    oid = repository.git("rev-parse", "kept")
    commit = repository.git("rev-parse", "HEAD")
    inside = await private_clone.make(git_of(repository), repository.path.parent / "clone", commit)
    await private_clone.tag(inside, "v1.1", oid)
    assert await inside.oid("refs/tags/v1.1") == oid


async def test_a_filter_that_only_this_repository_has_is_applied(repository: Repository) -> None:
    """As `git lfs install --local` sets it; committed line ends stay, whatever the person prefers."""
    repository.git("config", "filter.upper.smudge", "tr a-z A-Z")
    repository.git("config", "filter.upper.clean", "tr A-Z a-z")
    repository.git("config", "core.autocrlf", "true")
    repository.write(".gitattributes", "a.txt filter=upper\n")
    commit = repository.commit()
    clone = repository.path.parent / "clone"
    inside = await private_clone.make(git_of(repository), clone, commit)
    assert ((clone / "a.txt").read_bytes(), (clone / "b.txt").read_bytes()) == (b"A\n", b"b\n")
    assert await private_clone.changed(inside) == ()


async def test_a_submodule_that_is_checked_out_is_there_too(repository: Repository, tmp_path: Path) -> None:
    """From its own objects, without a network; one that is not stays empty, as in the checkout."""
    other = Repository.init(tmp_path / "other")
    other.write("inner.txt", "inner\n")
    other.commit()
    for name in ("here", "empty"):
        repository.git(
            "-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(other.path), name
        )
    commit = repository.commit()
    repository.git("submodule", "deinit", "--quiet", "--force", "empty")
    clone = tmp_path / "clone"
    await private_clone.make(git_of(repository), clone, commit)
    assert (clone / "here/inner.txt").read_text() == "inner\n"
    assert not (clone / "empty/inner.txt").exists()


async def test_a_file_that_a_partial_clone_does_not_have_is_missed(repository: Repository) -> None:
    """Git checks out what it has: a build of that would lack a file."""
    repository.git("config", "uploadpack.allowFilter", "true")
    partial = Repository(repository.path.parent / "partial")
    url = repository.path.as_uri()
    repository.git("clone", "--quiet", "--no-checkout", "--filter=blob:none", url, str(partial.path))
    partial.git("config", "remote.origin.url", "/nowhere")
    with pytest.raises(Exception) as caught:  # noqa: PT011 - git itself may refuse, by its version
        await private_clone.make(
            git_of(partial), repository.path.parent / "clone", partial.git("rev-parse", "HEAD")
        )
    assert not isinstance(caught.value, FailedError) or "is partial" in caught.value.what


async def test_content_that_differs_from_its_attributes_is_found(repository: Repository) -> None:
    """Whether git would have looked or not: every file is compared."""
    repository.git("config", "core.autocrlf", "false")
    os.utime(repository.write("mixed.txt", b"one\r\n"), (0, 0))
    repository.commit()
    repository.write(".gitattributes", "mixed.txt text\n")
    commit = repository.commit()
    inside = await private_clone.make(git_of(repository), repository.path.parent / "clone", commit)
    assert await private_clone.changed(inside) == ("mixed.txt",)


async def test_what_hooks_leave_in_it_is_taken_back(repository: Repository) -> None:
    """Changed, removed, new and ignored files; what only looks changed, or hides in a submodule, is not."""
    repository.write(".gitignore", "*.egg-info/\n")
    repository.commit()
    clone = repository.path.parent / "clone"
    inside = await private_clone.make(git_of(repository), clone, repository.git("rev-parse", "HEAD"))
    before = private_clone.contents(clone)
    assert await private_clone.restored(inside, before)
    for damage in (lambda: None, (clone / "b.txt").unlink, lambda: (clone / "a.txt").write_text("b\n")):
        damage()
        (clone / "demo.egg-info").mkdir()
        for name in ("new.txt", "demo.egg-info/PKG-INFO"):
            (clone / name).write_text("new\n")
        (clone / "link").symlink_to(repository.path)
        assert await private_clone.restored(inside, before)
        assert sorted(path.name for path in clone.iterdir()) == [".git", ".gitignore", "a.txt", "b.txt"]
        assert (clone / "a.txt").read_text() == "a\n"
    (clone / ".gitmodules").write_text("")
    assert not await private_clone.restored(inside, before)
