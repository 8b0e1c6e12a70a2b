"""What a commit holds: its own files and its submodules', as committed and as a checkout writes them."""

import os
from pathlib import Path

from release_async.external.git.committed_files import CommittedFiles
from release_async.process import child_environments
from support.repositories import Repository


def opened(repository: Repository) -> CommittedFiles:
    """The repository's HEAD, checked out where it is."""
    head = repository.git("rev-parse", "HEAD")
    return CommittedFiles(repository.path, head, child_environments.for_git(os.environ), repository.path)


def test_files_are_read_as_committed_whatever_the_disk_holds(tmp_path: Path) -> None:
    """What changed since then, and what git does not have, is not the commit's."""
    repository = Repository.init(tmp_path / "project")
    repository.write("a.txt", "committed\n")
    repository.commit()
    repository.write("a.txt", "changed\n")
    repository.write("b.txt", "new\n")
    with opened(repository) as tree:
        assert list(tree.paths()) == ["a.txt"]
        assert [tree.read("a.txt"), tree.read("b.txt")] == [b"committed\n", None]


def test_a_checkout_writes_the_line_ends_that_attributes_ask_for(tmp_path: Path) -> None:
    """A person's own ``core.autocrlf`` is no matter of the project's."""
    repository = Repository.init(tmp_path / "project")
    repository.write(".gitattributes", "*.bat text eol=crlf\n")
    repository.write("run.bat", "a\nb\n")
    repository.write("plain.txt", "a\n")
    repository.commit()
    repository.git("config", "core.autocrlf", "true")
    with opened(repository) as tree:
        assert tree.read("run.bat") == b"a\nb\n"
        assert tree.checked_out("run.bat") == b"a\r\nb\r\n"
        assert tree.checked_out("plain.txt") == b"a\n"
        assert tree.checked_out("none.txt") is None


def test_the_files_of_submodules_belong_to_the_commit(tmp_path: Path) -> None:
    """An sdist holds them as any other file."""
    inner = Repository.init(tmp_path / "inner")
    inner.write("deep/c.txt", "inner\n")
    inner.commit()
    repository = Repository.init(tmp_path / "project")
    repository.git(
        "-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(inner.path), "vendor"
    )
    repository.commit()
    with opened(repository) as tree:
        assert sorted(tree.paths()) == [".gitmodules", "vendor/deep/c.txt"]
        assert tree.read("vendor/deep/c.txt") == tree.checked_out("vendor/deep/c.txt") == b"inner\n"
        assert tree.read("vendor/none") is None


def test_a_filter_of_this_clone_explains_nothing(tmp_path: Path) -> None:
    """Whatever it makes of a file: who has another clone gets the committed bytes, and so do users."""
    repository = Repository.init(tmp_path / "project")
    repository.write(".gitattributes", "*.txt filter=mine\n")
    repository.write("a.txt", "committed\n")
    repository.commit()
    for setting, value in (
        ("smudge", "sed s/committed/other/"),
        ("process", "no-such"),
        ("required", "true"),
    ):
        repository.git("config", f"filter.mine.{setting}", value)
        with opened(repository) as tree:
            assert tree.checked_out("a.txt") == b"committed\n"


def test_attributes_of_a_person_explain_nothing(tmp_path: Path) -> None:
    """Only the commit's own do; ``core.attributesFile`` is in nobody else's clone."""
    repository = Repository.init(tmp_path / "project")
    repository.write("a.txt", "a\n")
    repository.commit()
    mine = tmp_path / "attributes"
    mine.write_text("*.txt text eol=crlf\n")
    repository.git("config", "core.attributesFile", str(mine))
    with opened(repository) as tree:
        assert tree.checked_out("a.txt") == b"a\n"


def test_attributes_of_a_clone_explain_nothing(tmp_path: Path) -> None:
    """``info/attributes`` comes before the commit's own, and is in nobody else's clone (gitattributes)."""
    repository = Repository.init(tmp_path / "project")
    repository.write("a.txt", "a\n")
    repository.write("b.bat", "b\n")
    repository.write(".gitattributes", "*.bat text eol=crlf\n")
    repository.commit()
    (repository.path / ".git/info").mkdir(exist_ok=True)
    (repository.path / ".git/info/attributes").write_text("*.txt text eol=crlf\n*.bat -text\n")
    with opened(repository) as tree:
        assert tree.checked_out("a.txt") == b"a\n"
        assert tree.checked_out("b.bat") == b"b\r\n"
