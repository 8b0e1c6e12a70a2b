"""What git hands a hook, layout by layout: recorded from a real commit or push, and judged all the same."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from release_async.cli.git_hooks import KEPT
from support.hooked import BAD, GOOD, PYPROJECT, REFUSAL, beside, copied, install, project, unseen
from support.repositories import Repository

RECORDER = """\
#!/bin/sh
{
    pwd
    test -e .git/index.lock && echo LOCKED=
    test -e .git/MERGE_HEAD && echo MERGING=
    git rev-parse --quiet --verify HEAD >/dev/null || echo UNBORN=
    env | grep ^GIT_
} >"$RECORD"
[ ${0##*/} = pre-push%s ] && cat >"$RECORD.stdin"
exit 0
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A project whose hooks go after one that records what git gives."""
    made = project(tmp_path_factory.mktemp("template") / "project")
    recording(made)
    return made


def recording(repository: Repository) -> None:
    """Let each hook record first."""
    folder = repository.path / repository.git("rev-parse", "--git-path", "hooks")
    for event in ("pre-commit", "pre-merge-commit", "pre-push"):
        path = folder / f"{event}{KEPT}"
        path.write_text(RECORDER % KEPT)
        path.chmod(0o755)


@pytest.fixture
def repository(template: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A copy of its own; what is recorded lies beside it."""
    monkeypatch.setenv("RECORD", str(tmp_path / "record"))
    return copied(template, tmp_path / "a project")


class Told(NamedTuple):
    """What a hook was told: its folder, and variables of git."""

    folder: str
    variables: Mapping[str, str]


def told() -> Told:
    """What git gave the hook that ran last."""
    folder, *lines = Path(os.environ["RECORD"]).read_text().splitlines()
    return Told(folder, dict(line.split("=", 1) for line in lines))


def committed(repository: Repository, *command: str) -> subprocess.CompletedProcess[str]:
    """Run git's command; who is asked about a hunk says yes."""
    return subprocess.run(
        ("git", *command), cwd=repository.path, input="y\n", capture_output=True, text=True, check=False
    )


def proven(repository: Repository, *command: str) -> Told:
    """Show that a bad version is refused and a good one passes; what the hook was told."""
    for content, code in ((BAD, 1), (GOOD + "# more\n", 0)):
        repository.write("demo.py", content)
        if not {"--all", "--patch", "demo.py"}.intersection(command):
            repository.git("add", "demo.py")
        done = committed(repository, *command)
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        assert (REFUSAL in said) == bool(code), said
    return told()


COMMIT = ("commit", "--message=x")
LOCK = r"/.*/a project/\.git/index\.lock"


@pytest.mark.parametrize(
    ("command", "index", "prefix"),
    [
        (COMMIT, r"\.git/index", ""),
        (("-C", "below", *COMMIT), r"\.git/index", "below/"),
        ((*COMMIT, "--all"), LOCK, ""),
        ((*COMMIT, "--patch"), LOCK, ""),
        ((*COMMIT, "--include", "demo.py"), LOCK, ""),
        ((*COMMIT, "--amend", "--all"), LOCK, ""),
        ((*COMMIT, "demo.py"), r"/.*/a project/\.git/next-index-\d+\.lock", ""),
    ],
    ids=["plain", "below", "all", "patch", "include", "amend", "only"],
)
def test_a_commit_names_its_index(
    repository: Repository, command: tuple[str, ...], index: str, prefix: str
) -> None:
    """Relative, or that of the lock: it is never looked for, only handed on to git."""
    folder, variables = proven(repository, *command)
    assert folder == str(repository.path)
    assert re.fullmatch(index, variables["GIT_INDEX_FILE"])
    assert variables.get("GIT_PREFIX", "") == prefix
    assert {"GIT_DIR", "GIT_WORK_TREE"}.isdisjoint(variables)
    assert ("LOCKED" in variables) == ("lock" in index)


def test_a_linked_worktree_names_its_directory(repository: Repository, tmp_path: Path) -> None:
    """And no work tree: the hook's own folder is its top."""
    repository.git("worktree", "add", "--quiet", "-b", "linked", str(tmp_path / "linked"))
    linked = Repository(tmp_path / "linked")
    configured = repository.git("config", "--list", "--local")
    directory = f"{repository.path}/.git/worktrees/linked"
    for command in (COMMIT, ("-C", "below", *COMMIT, "--amend")):
        folder, variables = proven(linked, *command)
        assert folder == str(linked.path)
        assert variables["GIT_DIR"] == directory
        assert variables["GIT_INDEX_FILE"] == f"{directory}/index"
        assert "GIT_WORK_TREE" not in variables
    assert repository.git("config", "--list", "--local") == configured


def test_a_submodule_has_its_own_hooks(repository: Repository, tmp_path: Path) -> None:
    """Its directory is inside that of the outer project, which judges none of its files."""
    outer = project(tmp_path / "outer")
    allowed = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add")
    outer.git(*allowed, str(repository.path), "inner")
    inner = Repository(outer.path / "inner")
    install(inner)
    recording(inner)
    folder, variables = proven(inner, *COMMIT)
    assert folder == str(inner.path)
    assert variables["GIT_DIR"] == f"{outer.path}/.git/modules/inner"
    assert "GIT_WORK_TREE" not in variables
    unseen(inner, BAD)
    outer.git("add", "inner")
    assert outer.tried("commit", "--message=a submodule with another version").returncode == 0


def test_dotfiles_have_their_directory_elsewhere(repository: Repository) -> None:
    """Named by options, as relative paths."""
    (repository.path / ".git").rename(repository.path.parent / "dot.git")
    folder, variables = proven(repository, "--git-dir=../dot.git", "--work-tree=.", *COMMIT, "--all")
    assert folder == str(repository.path)
    assert variables["GIT_DIR"] == "../dot.git"
    assert variables["GIT_WORK_TREE"] == "."


@pytest.mark.parametrize(
    "options", [("--separate-git-dir=../dot.git",), ("--object-format=sha256",)], ids=["separate", "sha256"]
)
def test_a_repository_of_another_kind_is_judged(
    tmp_path: Path, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a file for ``.git``, or with longer names of objects."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECORD", str(tmp_path / "record"))
    made = project(tmp_path / "a project", *options)
    recording(made)
    for command in (COMMIT, (*COMMIT, "--amend", "--all")):
        assert proven(made, *command).folder == str(made.path)
    made.git("switch", "--quiet", "--orphan", "fresh")
    made.write("pyproject.toml", PYPROJECT)
    made.git("add", "pyproject.toml")
    proven(made, *COMMIT)


@pytest.mark.parametrize("kind", ["--no-sparse-index", "--sparse-index"])
def test_a_sparse_checkout_is_judged_as_a_whole(repository: Repository, kind: str) -> None:
    """What is not on the disk is in the index, or in a folder that stands there for its files."""
    repository.write("deep/er/pyproject.toml", PYPROJECT.replace("demo", "deep"))
    repository.write("deep/er/deep.py", GOOD)
    repository.commit("one more project")
    repository.git("sparse-checkout", "set", "--cone", kind, "below")
    assert not (repository.path / "deep").exists()
    proven(repository, *COMMIT)
    repository.git("sparse-checkout", "disable")
    repository.write("deep/er/deep.py", BAD)
    repository.git("commit", "--quiet", "--all", "--no-verify", "--message=unseen")
    repository.git("sparse-checkout", "set", "--cone", kind, "below")
    refused = repository.tried(*COMMIT, "--allow-empty")
    assert refused.returncode == 1
    assert "deep/er/deep.py:1: __version__ is 2.0" in refused.stderr


def test_a_clean_merge_has_no_mark_yet(repository: Repository) -> None:
    """What is merged is known from the action alone; the index is that of the merge."""
    beside(repository, BAD)
    refused = committed(repository, "merge", "--no-edit", "side")
    folder, variables = told()
    assert refused.returncode != 0
    assert REFUSAL in refused.stderr
    assert folder == str(repository.path)
    assert variables["GIT_INDEX_FILE"] == ".git/index"
    assert variables["GIT_REFLOG_ACTION"] == "merge side"
    assert "MERGING" not in variables


def test_a_first_commit_has_no_head(repository: Repository) -> None:
    """Everything in it is new."""
    repository.git("checkout", "--quiet", "--orphan", "fresh")
    repository.write("demo.py", BAD)
    assert REFUSAL in committed(repository, *COMMIT, "--all").stderr
    assert "UNBORN" in told().variables
    repository.write("demo.py", GOOD)
    assert committed(repository, *COMMIT, "--all").returncode == 0


@pytest.mark.parametrize("kind", ["literal", "glob", "noglob", "icase"])
def test_options_for_paths_hide_nothing(repository: Repository, kind: str) -> None:
    """They reach the hook, and would bend what git lists there."""
    _, variables = proven(repository, f"--{kind}-pathspecs", *COMMIT, "--all")
    assert variables[f"GIT_{kind.upper()}_PATHSPECS"] == "1"


def test_a_bare_repository_makes_no_commit(repository: Repository, tmp_path: Path) -> None:
    """Git refuses it, so no hook runs; the hook itself says that there is nothing to judge."""
    repository.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    bare = Repository(tmp_path / "bare.git")
    assert "must be run in a work tree" in bare.tried(*COMMIT).stderr
    assert not Path(os.environ["RECORD"]).exists()
    command = (sys.executable, "-m", "release_async", "hook", "version-consistency")
    done = subprocess.run(command, cwd=bare.path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    what = f"{bare.path} is not in the working tree of a git repository"
    assert done.stderr.startswith(f"release-async: {what}\n")


def stdin() -> list[list[str]]:
    """What git told the hook of the push."""
    return [line.split(" ") for line in Path(os.environ["RECORD"] + ".stdin").read_text().splitlines()]


@pytest.fixture(params=["sha1", "sha256"])
def pushing(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A project that records, whose remote holds nothing yet."""
    monkeypatch.setenv("RECORD", str(tmp_path / "record"))
    form = f"--object-format={request.param}"
    made = project(tmp_path / "a project", form)
    recording(made)
    made.git("init", "--quiet", "--bare", form, str(tmp_path / "remote.git"))
    made.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    return made


def test_a_push_tells_every_ref(pushing: Repository) -> None:
    """Names and ids on standard input, neither directory nor index: what leaves is judged, ref by ref."""
    good = pushing.git("rev-parse", "HEAD")
    zeros = "0" * len(good)
    assert pushing.tried("push", "--dry-run", "origin", "main").returncode == 0
    assert stdin() == [["refs/heads/main", good, "refs/heads/main", zeros]]
    folder, variables = told()
    assert folder == str(pushing.path)
    assert {"GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"}.isdisjoint(variables)
    pushing.git("push", "--quiet", "origin", "main", "main:other")
    bad = unseen(pushing, BAD)
    refused = pushing.tried("push", "origin", f"{good}:refs/heads/fine", "main", "HEAD:refs/heads/third")
    assert refused.returncode == 1
    assert sorted(line[:2] for line in stdin()) == sorted(
        [[good, good], ["refs/heads/main", bad], ["HEAD", bad]]
    )
    assert f"main: {REFUSAL}" in refused.stderr
    assert f"third: {REFUSAL}" in refused.stderr
    assert "fine: " not in refused.stderr


def test_a_push_that_deletes_or_sends_nothing_passes(pushing: Repository) -> None:
    """Zeros of any length, and an empty standard input."""
    pushing.git("push", "--quiet", "origin", "main", "main:other")
    unseen(pushing, BAD)
    assert pushing.tried("push", "origin", "--delete", "other").returncode == 0
    assert stdin()[0][:2] == ["(delete)", "0" * len(pushing.git("rev-parse", "HEAD"))]
    assert pushing.tried("push", "origin", "main~1:main").returncode == 0
    assert stdin() == []


def test_a_tag_is_told_by_its_own_object(pushing: Repository) -> None:
    """That of an annotated one leads to the commit; a commit that the remote has is no excuse for the tag."""
    pushing.git("push", "--quiet", "origin", "main")
    pushing.git("tag", "--annotate", "--message=x", "v9.9.9")
    refused = pushing.tried("push", "origin", "v9.9.9")
    assert refused.returncode == 1
    assert stdin()[0][1] == pushing.git("rev-parse", "v9.9.9") != pushing.git("rev-parse", "HEAD")
    assert "refs/tags/v9.9.9: the tag says 9.9.9, but demo is 1.0 there" in refused.stderr
    pushing.git("tag", "--annotate", "--message=x", "v1.0")
    assert pushing.tried("push", "origin", "v1.0").returncode == 0


def test_a_hook_that_is_not_executable_is_not_run(repository: Repository, tmp_path: Path) -> None:
    """Git ignores it: ``hooks status`` tells, and the push judges."""
    repository.with_remote(tmp_path / "remote.git")
    (repository.path / ".git/hooks/pre-commit").chmod(0o644)
    repository.write("demo.py", BAD)
    assert repository.tried(*COMMIT, "--all").returncode == 0
    told_of = subprocess.run(
        (sys.executable, "-m", "release_async", "hooks", "status"),
        cwd=repository.path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told_of.returncode == 3
    assert "git ignores it: it is not executable" in told_of.stdout
    assert REFUSAL in repository.tried("push", "origin", "main").stderr


@pytest.mark.parametrize(
    "more", [{}, {"NO_COLOR": "1"}, {"LC_ALL": "C"}, {"TERM": "dumb"}, {"FORCE_COLOR": "1"}]
)
def test_a_graphical_client_is_told_the_same(
    repository: Repository, more: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No terminal, hardly a PATH, another locale: plain words in ASCII, a line for each place."""
    for variable in ("TERM", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PATH", os.defpath)
    for variable, value in more.items():
        monkeypatch.setenv(variable, value)
    repository.write("demo.py", BAD)
    refused = subprocess.run(
        ("git", *COMMIT, "--all"),
        cwd=repository.path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        start_new_session=True,
    )
    assert refused.returncode == 1
    assert refused.stdout == b""
    cure = "  release-async bump 2.0 && git add pyproject.toml demo.py"
    assert refused.stderr.startswith(f"{REFUSAL}\n{cure}\n".encode("ascii"))
    assert refused.stderr.isascii()


@pytest.mark.parametrize("named", [True, False])
def test_a_folder_below_the_top_sees_the_whole_index(
    repository: Repository, tmp_path: Path, *, named: bool
) -> None:
    """Hook managers start a hook in the folder of a project of theirs, in a linked work tree too."""
    repository.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    linked = Repository(tmp_path / "linked")
    linked.write("demo.py", BAD)
    linked.git("add", "demo.py")
    directory = linked.git("rev-parse", "--absolute-git-dir")
    environ = {**os.environ, "GIT_DIR": directory, "GIT_INDEX_FILE": f"{directory}/index"}
    if named:
        environ["GIT_WORK_TREE"] = str(linked.path)
    refused = subprocess.run(
        (sys.executable, "-I", "-m", "release_async", "hook", "version-consistency"),
        cwd=linked.path / "below",
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert REFUSAL in refused.stderr
