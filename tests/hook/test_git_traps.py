"""What has misled other hooks, with real repositories: states of the index, odd files, hostile settings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from release_async import hook
from support.hooked import (
    BAD,
    GOOD,
    PYPROJECT,
    REFUSAL,
    copied,
    install,
    project,
    stopped,
    unseen,
    watched,
)
from support.repositories import Repository

COMMIT = ("commit", "--message=x")
ALL = (*COMMIT, "--all")
HOOK = (sys.executable, "-I", "-m", "release_async", "hook", "version-consistency")
Said = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A project with the installed hooks, to be copied."""
    return project(tmp_path_factory.mktemp("template") / "project")


@pytest.fixture
def repository(template: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A copy of its own, in which the test runs."""
    made = copied(template, tmp_path / "a project")
    monkeypatch.chdir(made.path)
    return made


def judged_right(repository: Repository) -> None:
    """A bad version is refused, a good one passes."""
    repository.write("demo.py", BAD)
    refused = repository.tried(*ALL)
    assert refused.returncode == 1, refused.stdout
    assert REFUSAL in refused.stderr
    repository.write("demo.py", GOOD + "# more\n")
    passed = repository.tried(*ALL)
    assert (passed.returncode, passed.stderr) == (0, "")


def ran(marker: Path) -> str:
    """A command that shows later that it was run."""
    return f"touch '{marker}'; cat"


HOSTILE = (
    {"diff.external": "false"},
    {"color.ui": "always", "color.diff": "always", "color.status": "always"},
    {"diff.noprefix": "true", "diff.mnemonicPrefix": "true", "diff.renames": "copies"},
    {
        "diff.ignoreSubmodules": "all",
        "diff.relative": "true",
        "diff.suppressBlankEmpty": "true",
        "diff.algorithm": "patience",
    },
    {"core.quotePath": "true", "core.pager": "false", "pager.ls-files": "true", "pager.cat-file": "true"},
    {"alias.ls-files": "!false", "alias.cat-file": "!false"},
    {"core.abbrev": "4", "log.showSignature": "true", "core.warnAmbiguousRefs": "true"},
    {"core.splitIndex": "true"},
    {"index.version": "4", "core.untrackedCache": "true", "feature.manyFiles": "true"},
    {"core.ignoreCase": "true", "core.precomposeUnicode": "true", "core.fileMode": "false"},
    {"submodule.recurse": "true", "status.submoduleSummary": "true"},
)


@pytest.mark.parametrize("configured", HOSTILE, ids=lambda configured: next(iter(configured)))
def test_no_configuration_bends_the_answer(repository: Repository, configured: dict[str, str]) -> None:
    """T1: only plumbing is asked, and git itself finds the index, whatever form it has."""
    for key, value in configured.items():
        repository.git("config", key, value)
    repository.git("update-index", "--force-write-index")
    judged_right(repository)


def test_a_file_system_monitor_is_not_asked(repository: Repository, tmp_path: Path) -> None:
    """T1, T27: it is a program of somebody's choice, and the index tells all."""
    repository.write("demo.py", BAD)
    repository.git("add", "demo.py")
    repository.git("config", "core.fsmonitor", ran(tmp_path / "asked"))
    done = subprocess.run(HOOK, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert not (tmp_path / "asked").exists()


def test_what_git_told_about_one_repository_is_not_used_for_another(
    repository: Repository, tmp_path: Path
) -> None:
    """T2: from a hook of a linked work tree the commands of a person still mean what they name."""
    other = project(tmp_path / "other")
    repository.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    linked = Repository(tmp_path / "linked")
    before = repository.git("config", "--list", "--local"), other.git("config", "--list", "--local")
    directory = linked.git("rev-parse", "--absolute-git-dir")
    environ = {**os.environ, "GIT_DIR": directory, "GIT_INDEX_FILE": f"{directory}/index"}
    for words in (("versions",), ("hooks", "install"), ("hooks", "status"), ("bump", "1.1")):
        command = (sys.executable, "-m", "release_async", *words, "-C", str(other.path))
        done = subprocess.run(
            command, cwd=linked.path, env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert "1.1" in (other.path / "demo.py").read_text()
    assert (linked.path / "demo.py").read_text() == GOOD
    after = repository.git("config", "--list", "--local"), other.git("config", "--list", "--local")
    assert after == before


def test_only_what_is_staged_counts(repository: Repository) -> None:
    """T6 and the partly staged file: one hunk of two, and a disk that says the opposite."""
    repository.write("demo.py", GOOD + "\n" * 20 + "last = 1\n")
    repository.git("commit", "--quiet", "--all", "--message=longer")
    repository.write("demo.py", BAD + "\n" * 20 + "last = 2\n")
    hunks = {"n\ny\n": 0, "y\n": 1}
    for answers, code in hunks.items():
        staged = subprocess.run(
            ("git", "add", "--patch"), input=answers, capture_output=True, text=True, check=False
        )
        assert staged.returncode == 0
        done = repository.tried(*COMMIT)
        assert (done.returncode, REFUSAL in done.stderr) == (code, bool(code))
    repository.write("demo.py", GOOD)
    assert repository.tried(*COMMIT).returncode == 1


def test_what_is_only_intended_is_not_committed(repository: Repository) -> None:
    """T7: neither a module nor metadata that ``git add --intent-to-add`` announces; ``--all`` takes them."""
    repository.git("rm", "--quiet", "--cached", "demo.py")
    repository.write("demo.py", BAD)
    repository.git("add", "--intent-to-add", "demo.py")
    repository.write("other/pyproject.toml", "[broken")
    repository.git("add", "--intent-to-add", "other/pyproject.toml")
    passed = repository.tried(*COMMIT)
    assert passed.returncode == 0, passed.stderr
    assert "demo.py" not in repository.git("ls-tree", "--name-only", "HEAD")
    refused = repository.tried(*ALL)
    assert refused.returncode == 1
    assert REFUSAL in refused.stderr
    assert "other/pyproject.toml:1: is not valid TOML" in refused.stderr


def test_two_halves_make_a_wrong_whole(repository: Repository) -> None:
    """T8: each side moved one of two places, and the only conflict is in a file that states no version."""
    repository.git("switch", "--quiet", "--create", "side")
    repository.write("pyproject.toml", PYPROJECT.replace("1.0", "1.1"))
    unseen(repository, GOOD, "theirs\n")
    repository.git("switch", "--quiet", "main")
    unseen(repository, BAD, "ours\n")
    stopped(repository, "merge", "side")
    assert repository.git("diff", "--name-only", "HEAD", "--cached") == "notes.txt\npyproject.toml"
    refused = repository.tried("commit", "--no-edit")
    assert refused.returncode == 1
    assert "demo.py:1: __version__ is 2.0, but project.version in pyproject.toml:3 is 1.1" in refused.stderr


def test_a_place_that_goes_away_is_missed_only_where_it_is_named(repository: Repository) -> None:
    """T9: a mirror may be deleted; what the settings or the build backend point at may not."""
    repository.write("pyproject.toml", PYPROJECT + '[tool.release-async]\nversion-files = ["version.txt"]\n')
    repository.write("version.txt", "1.0\n")
    repository.git("add", "--all")
    assert repository.tried(*COMMIT).returncode == 0
    repository.git("rm", "--quiet", "demo.py")
    assert repository.tried(*COMMIT).returncode == 0
    repository.git("rm", "--quiet", "version.txt")
    refused = repository.tried(*COMMIT)
    assert refused.returncode == 1
    assert "version.txt" in refused.stderr


def test_a_source_that_goes_away_is_missed(repository: Repository) -> None:
    """T9: the build would fail without it."""
    backend = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    metadata = '[project]\nname = "demo"\ndynamic = ["version"]\n[tool.hatch.version]\npath = "demo.py"\n'
    repository.write("pyproject.toml", backend + metadata)
    assert repository.tried(*ALL).returncode == 0
    repository.git("rm", "--quiet", "demo.py")
    refused = repository.tried(*COMMIT)
    assert refused.returncode == 1
    assert "demo.py" in refused.stderr


def test_a_place_that_moves_is_followed(repository: Repository) -> None:
    """T9: a rename alone, of a file or of its letters' case, with and without a change."""
    (repository.path / "demo").mkdir()
    repository.git("mv", "demo.py", "demo/__init__.py")
    assert repository.tried(*COMMIT).returncode == 0
    repository.write("demo/__init__.py", BAD)
    repository.git("add", "demo")
    repository.git("mv", "demo", "src")
    (repository.path / "inner").mkdir()
    repository.git("mv", "src", "inner/demo")
    repository.git("mv", "inner", "src")
    refused = repository.tried(*COMMIT)
    assert refused.returncode == 1
    assert "src/demo/__init__.py:1: __version__ is 2.0" in refused.stderr


def test_an_unmerged_index_is_gits_matter(repository: Repository, capfd: Said) -> None:
    """T12: git refuses before it asks a hook; who calls the hook by hand is told, and not stopped."""
    repository.git("switch", "--quiet", "--create", "side")
    unseen(repository, BAD)
    repository.git("switch", "--quiet", "main")
    unseen(repository, '__version__ = "3.0"\n')
    assert repository.tried("merge", "side").returncode == 1
    with watched(repository) as asked:
        for command in (COMMIT, (*COMMIT, "demo.py"), (*COMMIT, "--amend")):
            assert "unmerged" in repository.tried(*command).stderr or command[-1] != "--message=x"
        assert repository.tried("merge", "--continue").returncode != 0
    assert asked == []
    assert hook.main(["version-consistency"]) == hook.PASSED
    assert capfd.readouterr().err.startswith("demo.py: unmerged, so nothing is checked")
    assert hook.main(["release-guard"]) == hook.PASSED


def test_every_ref_of_a_push_is_read(repository: Repository, tmp_path: Path) -> None:
    """T13: the second of three is the wrong one."""
    repository.with_remote(tmp_path / "remote.git")
    good = repository.git("rev-parse", "HEAD")
    bad = unseen(repository, BAD)
    refs = [f"{oid}:refs/heads/{name}" for oid, name in ((good, "a"), (bad, "b"), (good, "c"))]
    refused = repository.tried("push", "origin", *refs)
    assert refused.returncode == 1
    assert refused.stderr.count(REFUSAL) == 1
    assert f"b: {REFUSAL}" in refused.stderr


def test_a_tag_on_what_the_remote_has_is_judged(repository: Repository, tmp_path: Path) -> None:
    """T14: nothing but the tag leaves."""
    repository.with_remote(tmp_path / "remote.git")
    repository.git("tag", "v9.9.9")
    refused = repository.tried("push", "origin", "v9.9.9")
    assert refused.returncode == 1
    assert "the tag says 9.9.9, but demo is 1.0 there" in refused.stderr
    assert repository.tried("push", "origin", "v9.9.9:refs/heads/fine").returncode == 0


def test_what_is_skipped_on_the_disk_is_judged(repository: Repository) -> None:
    """T15: ``skip-worktree`` and ``assume-unchanged`` hide the disk, and the index is what counts."""
    unseen(repository, BAD)
    for option in ("--skip-worktree", "--assume-unchanged"):
        repository.git("update-index", option, "demo.py")
        (repository.path / "demo.py").unlink(missing_ok=True)
        refused = repository.tried(*COMMIT, "--allow-empty")
        assert refused.returncode == 1
        assert REFUSAL in refused.stderr


@pytest.fixture
def partial(repository: Repository, tmp_path: Path) -> Repository:
    """A clone without contents, whose origin is gone: whoever fetches fails."""
    repository.git("config", "uploadpack.allowFilter", "true")
    for number in range(3):
        repository.write("demo.py", GOOD + f"x = {number}\n")
        repository.git("commit", "--quiet", "--all", "--message=x")
    repository.git(
        "clone", "--quiet", "--filter=blob:none", f"file://{repository.path}", str(tmp_path / "partial")
    )
    clone = Repository(tmp_path / "partial")
    install(clone)
    repository.path.rename(tmp_path / "gone")
    return clone


def test_a_partial_clone_is_judged_without_the_network(
    partial: Repository, monkeypatch: pytest.MonkeyPatch, capfd: Said
) -> None:
    """T16: a commit needs only what is staged; history that is not here is said, and not fetched."""
    judged_right(partial)
    monkeypatch.chdir(partial.path)
    assert hook.main(["ci", "HEAD~3..HEAD"]) == hook.COULD_NOT_CHECK
    said = capfd.readouterr().err
    assert "git cannot give the object" in said
    assert "git fetch --refetch --no-filter" in said
    assert "Traceback" not in said


def test_what_a_sparse_partial_clone_lacks_is_named_with_a_command_that_gets_it(
    repository: Repository, tmp_path: Path
) -> None:
    """T15, T16: the index names what no fetch has brought; after the command that is told, all is judged."""
    repository.write("app/pyproject.toml", PYPROJECT.replace("demo", "app"))
    repository.write("app/app.py", GOOD + "# of its own\n")
    repository.commit("one more project")
    repository.git("config", "uploadpack.allowFilter", "true")
    clone = Repository(tmp_path / "sparse")
    repository.git(
        "clone", "--quiet", "--filter=blob:none", "--sparse", f"file://{repository.path}", str(clone.path)
    )
    install(clone)
    clone.write("notes.txt", "x\n")
    refused = clone.tried(*ALL)
    assert refused.returncode == 1
    oid = clone.git("rev-parse", "HEAD:app/pyproject.toml")
    assert f"git cannot give the content of the object {oid}.\n" in refused.stderr
    assert "list index" not in refused.stderr
    assert "git fetch --refetch --no-filter" in refused.stderr
    clone.git("fetch", "--quiet", "--refetch", "--no-filter")
    assert clone.tried(*ALL).returncode == 0


def test_links_are_followed_inside_the_index(repository: Repository) -> None:
    """T18: to a file, through a folder; out of the project or into a circle they lead nowhere."""
    (repository.path / "demo.py").unlink()
    repository.write("real/version.py", BAD)
    (repository.path / "linked").symlink_to("real")
    (repository.path / "demo.py").symlink_to("linked/version.py")
    repository.git("add", "--all")
    refused = repository.tried(*COMMIT)
    assert refused.returncode == 1
    assert "__version__ is 2.0" in refused.stderr
    outside = repository.path.parent / "outside.py"
    outside.write_text(BAD)
    for target in ("../outside.py", str(outside), "demo.py", "nowhere"):
        (repository.path / "demo.py").unlink()
        (repository.path / "demo.py").symlink_to(target)
        repository.git("add", "--all")
        assert repository.tried(*COMMIT).returncode == 0, target


@pytest.mark.parametrize(
    "odd",
    [b"caf\xe9", b"line\nfeed", b"quo\"te'", b"-dash", b":(glob)x", b"tab\tbed", b"\x1b[2J", "süß".encode()],
)
def test_any_path_is_judged_and_told_in_one_line(repository: Repository, odd: bytes) -> None:
    """T20: a name is bytes; what a terminal would obey is escaped."""
    folder = os.fsdecode(odd)
    repository.write(f"{folder}/pyproject.toml", PYPROJECT)
    repository.write(f"{folder}/demo.py", BAD)
    repository.git("add", "--all")
    refused = repository.tried(*COMMIT)
    assert refused.returncode == 1
    places = [line for line in refused.stderr.splitlines() if "__version__ is 2.0" in line]
    assert len(places) == 1
    assert "demo.py:1: __version__ is 2.0" in places[0]
    assert places[0].isprintable()
    assert "Traceback" not in refused.stderr
    repository.write(f"{folder}/demo.py", GOOD)
    repository.git("add", "--all")
    assert repository.tried(*COMMIT).returncode == 0


@pytest.mark.parametrize(
    ("configured", "attributes"),
    [("true", ""), ("input", ""), ("false", "* eol=crlf\n"), ("false", "* -text\n"), ("false", "")],
)
def test_line_ends_count_for_nothing(repository: Repository, configured: str, attributes: str) -> None:
    """T21: LF in the index and CR LF on the disk, the other way round, or one file each."""
    repository.git("config", "core.autocrlf", configured)
    repository.git("config", "core.safecrlf", "false")
    if attributes:
        repository.write(".gitattributes", attributes)
    repository.write("pyproject.toml", PYPROJECT.replace("\n", "\r\n"))
    for content, code in ((BAD, 1), (GOOD, 0)):
        repository.write("demo.py", "# first\r\n" + content.replace("\n", "\r\n"))
        repository.git("add", "--all")
        done = repository.tried(*COMMIT)
        assert (done.returncode, "demo.py:2: __version__ is 2.0" in done.stderr) == (code, bool(code))


def test_latin_1_is_read_as_it_says(repository: Repository) -> None:
    """A comment names the coding (PEP 263); without it the file is told to be unreadable, and where."""
    cookie = b"# -*- coding: latin-1 -*-\n"
    author = "__author__ = 'Müller'\n".encode("latin-1")
    for content, code, said in (
        (cookie + author + BAD.encode(), 1, "demo.py:3: __version__ is 2.0"),
        (author + GOOD.encode(), 1, "demo.py:1: is not utf-8"),
        (cookie + author + GOOD.encode(), 0, ""),
    ):
        repository.write("demo.py", content)
        done = repository.tried(*ALL)
        assert done.returncode == code
        assert said in done.stderr


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12\n"


@pytest.mark.parametrize("path", ["version.txt", "pyproject.toml"])
@pytest.mark.parametrize("stored", [POINTER, b"\0GITCRYPT\0\x12\x34\xff"], ids=["lfs", "git-crypt"])
def test_what_a_filter_has_stored_is_unreadable_and_not_absent(
    repository: Repository, path: str, stored: bytes
) -> None:
    """T22: the filter is not run; a named file of which git holds something else is refused with its name."""
    repository.write("pyproject.toml", PYPROJECT + '[tool.release-async]\nversion-files = ["version.txt"]\n')
    repository.write("version.txt", "1.0\n")
    repository.commit()
    oid = subprocess.run(
        ("git", "hash-object", "-w", "--stdin"), input=stored, capture_output=True, check=True
    ).stdout.decode()
    repository.git("update-index", "--cacheinfo", f"100644,{oid.strip()},{path}")
    refused = repository.tried(*COMMIT)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"{path}:")


def test_a_filter_is_not_run(repository: Repository, tmp_path: Path) -> None:
    """T22, T27: contents are taken as they are stored."""
    repository.git("config", "filter.odd.smudge", ran(tmp_path / "smudged"))
    repository.git("config", "filter.odd.clean", ran(tmp_path / "cleaned"))
    repository.git("config", "diff.odd.textconv", ran(tmp_path / "converted"))
    repository.write(".gitattributes", "*.py filter=odd diff=odd\n")
    repository.write("demo.py", BAD)
    repository.git("add", "--all")
    (tmp_path / "cleaned").unlink()
    done = subprocess.run(HOOK, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a project"]


def test_a_lock_of_somebody_else_does_not_matter(repository: Repository) -> None:
    """T23: the hook takes none, so it waits for none and fails for none."""
    repository.write("demo.py", BAD)
    repository.git("add", "demo.py")
    for name in ("index.lock", "HEAD.lock", "config.lock", "packed-refs.lock", "shallow.lock"):
        repository.write(f".git/{name}", "")
    done = subprocess.run(HOOK, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert REFUSAL in done.stderr


def test_a_bump_passes_its_own_hook(repository: Repository) -> None:
    """T24: every place is written before anything is committed."""
    command = (sys.executable, "-m", "release_async", "bump", "minor")
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    passed = repository.tried(*ALL)
    assert passed.returncode == 0, passed.stderr
    assert repository.git("show", "HEAD:demo.py") == '__version__ = "1.1"'


def test_hooks_go_where_git_looks(tmp_path: Path) -> None:
    """T25: ``.git`` may be a file, and the folder of hooks belongs to all work trees."""
    made = project(tmp_path / "made", f"--separate-git-dir={tmp_path / 'dot.git'}")
    assert (made.path / ".git").is_file()
    assert (tmp_path / "dot.git/hooks/pre-commit").is_file()
    judged_right(made)


@pytest.mark.parametrize("missing", ["git", "trust"])
def test_what_keeps_git_from_answering_is_said(
    repository: Repository, missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T26: no git, or a repository of somebody else: exit code 2, git's words, no traceback."""
    if missing == "git":
        monkeypatch.setenv("PATH", str(tmp_path))
    else:
        monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    for name in (
        "version-consistency",
        "version-consistency-push",
        "no-publish-tokens",
        "release-guard",
        "ci",
    ):
        command = (*HOOK[:-1], name)
        pushed = f"refs/heads/main {'1' * 40} refs/heads/main {'0' * 40}\n"
        done = subprocess.run(command, input=pushed, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert done.stderr.startswith("release-async: git")
        assert {"git": "PATH", "trust": "safe.directory"}[missing] in done.stderr
        assert "--no-verify" in done.stderr
        assert "Traceback" not in done.stderr
    assert repository.path.exists()
