"""Our hooks in real repositories: installed beside what stands there, removed without a trace."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import release_async
from release_async.__main__ import main
from release_async.base.exit_codes import ExitCode
from release_async.cli import git_hooks
from support import secrets
from support.repositories import Repository

TOOLS = Path(sys.executable).parent
GOOD = '__version__ = "1.0"\n'
BAD = '__version__ = "2.0"\n'
Run = Callable[..., int]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A project whose first commit agrees."""
    made = Repository.init(tmp_path / "a project")
    made.write("pyproject.toml", '[project]\nname = "demo"\nversion = "1.0"\n')
    made.write("demo.py", GOOD)
    made.commit()
    return made


@pytest.fixture
def hooks(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``release-async hooks ...`` in the repository, with its exit code for an answer."""

    def run(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["release-async", "hooks", *words, "-C", str(repository.path)])
        return main()

    return run


def folder(repository: Repository) -> Path:
    """The folder that git takes hooks from."""
    return repository.path / repository.git("rev-parse", "--git-path", "hooks")


def written(repository: Repository) -> dict[str, tuple[int, bytes | str]]:
    """All that is in the folder of hooks: modes, contents, and where links lead."""
    return {
        path.name: (path.lstat().st_mode, str(path.readlink()) if path.is_symlink() else path.read_bytes())
        for path in folder(repository).iterdir()
    }


def script(path: Path, text: str) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def bad(repository: Repository, *command: str) -> subprocess.CompletedProcess[str]:
    """Try to commit versions that disagree."""
    repository.write("demo.py", BAD)
    return repository.tried(*(command or ("commit", "--all", "--message=bad")))


def test_installed_hooks_judge_commits(
    hooks: Run, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no tool on the PATH: the interpreter is named absolutely."""
    assert hooks("install") == ExitCode.DONE
    monkeypatch.setenv("PATH", os.defpath)
    refused = bad(repository)
    assert refused.returncode == 1
    assert "demo.py:1: __version__ is 2.0" in refused.stderr
    repository.write("demo.py", GOOD + "# more\n")
    passed = repository.tried("commit", "--all", "--message=good")
    assert (passed.returncode, passed.stderr) == (0, "")


def test_a_clean_merge_is_judged(hooks: Run, repository: Repository) -> None:
    """Each side moved one of two places: git commits that by itself, and asks pre-merge-commit."""
    hooks("install")
    repository.git("switch", "--quiet", "--create", "theirs")
    bad(repository, "commit", "--no-verify", "--all", "--message=theirs")
    repository.git("switch", "--quiet", "main")
    repository.write("other.txt", "x")
    repository.commit()
    refused = repository.tried("merge", "--no-edit", "theirs")
    assert refused.returncode != 0
    assert "__version__ is 2.0" in refused.stderr
    assert repository.git("rev-list", "--count", "HEAD") == "2"


def test_a_mailed_patch_is_judged(hooks: Run, repository: Repository, tmp_path: Path) -> None:
    """``git am`` asks pre-applypatch only."""
    hooks("install")
    bad(repository, "commit", "--no-verify", "--all", "--message=bad")
    repository.git("format-patch", "--quiet", "--output-directory", str(tmp_path / "mail"), "-1")
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    refused = repository.tried("am", *map(str, (tmp_path / "mail").iterdir()))
    assert refused.returncode != 0
    assert "__version__ is 2.0" in refused.stderr + refused.stdout
    assert repository.git("rev-list", "--count", "HEAD") == "1"


def test_guards_are_asked_for(hooks: Run, repository: Repository) -> None:
    """Tokens pass without ``--guards``, and the choice can be changed both ways."""
    token = secrets.pypi()
    for option, code in (((), 0), (("--guards",), 1), ((), 0)):
        assert hooks("install", *option) == ExitCode.DONE
        repository.write("deploy.sh", token)
        repository.git("add", "deploy.sh")
        done = repository.tried("commit", "--message=token")
        assert done.returncode == code
        assert token[20:] not in done.stdout + done.stderr
        repository.git("rm", "--quiet", "--cached", "deploy.sh")
        repository.git("commit", "--quiet", "--allow-empty", "--message=clean")


def test_uninstall_leaves_no_trace(hooks: Run, repository: Repository) -> None:
    """Twice installed and once removed, everything is as it was: bytes, modes and links."""
    script(folder(repository) / "pre-commit", "exit 0")
    elsewhere = script(repository.path / ".git/elsewhere", "exit 0")
    (folder(repository) / "pre-merge-commit").symlink_to("../elsewhere")
    (folder(repository) / "pre-applypatch").write_bytes(b"\xff\0 not executable\r\n")
    before, config = written(repository), repository.git("config", "--list", "--local")
    assert hooks("install") == ExitCode.DONE
    once = written(repository)
    assert hooks("install") == ExitCode.DONE
    assert written(repository) == once
    assert hooks("uninstall") == ExitCode.DONE
    assert written(repository) == before
    assert elsewhere.exists()
    assert hooks("uninstall") == ExitCode.DONE
    assert written(repository) == before
    assert repository.git("config", "--list", "--local") == config
    assert repository.git("status", "--porcelain") == ""


def test_a_hook_that_stood_there_goes_first(hooks: Run, repository: Repository, tmp_path: Path) -> None:
    """With its arguments, its standard input and its own folder; what it stages is judged."""
    told = tmp_path / "told"
    stood = folder(repository) / "pre-commit"
    script(stood, f'echo $# "${{1-}}" $(dirname "$0") >>"{told}"; cat >>"{told}"; git add demo.py')
    hooks("install")
    repository.write("demo.py", BAD)
    refused = repository.tried("commit", "--allow-empty", "--message=it stages")
    assert refused.returncode == 1
    assert "__version__ is 2.0" in refused.stderr
    ours = subprocess.run(
        (".git/hooks/pre-commit", "one argument"),
        cwd=repository.path,
        input="its input\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert ours.returncode == 1
    assert told.read_text() == "0  .git/hooks\n1 one argument .git/hooks\nits input\n"


def test_a_hook_that_stood_there_still_refuses(hooks: Run, repository: Repository) -> None:
    """Ours does not overrule it."""
    script(folder(repository) / "pre-commit", "echo no >&2; exit 7")
    hooks("install")
    refused = repository.tried("commit", "--allow-empty", "--message=x")
    assert refused.returncode == 1
    assert refused.stderr == "no\n"


@pytest.mark.parametrize("scope", ["--local", "--worktree"])
def test_hooks_path_of_the_repository_is_honoured(hooks: Run, repository: Repository, scope: str) -> None:
    """The hooks go where git looks, relative paths and missing folders included."""
    repository.git("config", "extensions.worktreeConfig", "true")
    repository.git("config", scope, "core.hooksPath", "own/hooks")
    assert hooks("install") == ExitCode.DONE
    assert {path.name for path in (repository.path / "own/hooks").iterdir()} == set(git_hooks.EVENTS)
    assert bad(repository, "commit", "--message=bad", "demo.py").returncode == 1


def test_hooks_path_of_a_person_is_left_alone(
    hooks: Run, repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A hook there would judge every repository."""
    repository.git("config", "--global", "core.hooksPath", str(tmp_path / "all"))
    assert hooks("install") == ExitCode.USAGE
    assert "for every repository of yours" in " ".join(capsys.readouterr().out.split())
    assert not (tmp_path / "all").exists()


def test_linked_worktrees_share_the_hooks(hooks: Run, repository: Repository, tmp_path: Path) -> None:
    """Installed from anywhere, they are in the common directory."""
    linked = Repository(tmp_path / "linked")
    repository.git("worktree", "add", "--quiet", str(linked.path))
    before = repository.git("config", "--list", "--local")
    assert hooks("install") == ExitCode.DONE
    assert hooks("status", "-C", str(linked.path)) == ExitCode.DONE
    assert bad(linked).returncode == 1
    assert repository.git("config", "--list", "--local") == before


@pytest.mark.parametrize("owner", ["husky", "lefthook"])
def test_other_managers_are_told_and_not_touched(
    hooks: Run, repository: Repository, capsys: pytest.CaptureFixture[str], owner: str
) -> None:
    """Their line is printed, and nothing changes."""
    if owner == "husky":
        repository.git("config", "core.hooksPath", ".husky/_")
    else:
        repository.write("lefthook.yml", "pre-commit: {}\n")
    before = {path for path in repository.path.rglob("*") if path.is_file()}
    assert hooks("install") == ExitCode.USAGE
    said = capsys.readouterr().out
    assert f"belong to {owner}" in said
    assert {"husky": ".husky/pre-commit: ", "lefthook": "run: "}[owner] + "release-async hook version" in said
    assert {path for path in repository.path.rglob("*") if path.is_file()} == before


def test_a_hook_of_the_project_is_left_alone(
    hooks: Run, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ours names a path of one machine and must not be committed in the place of theirs."""
    script(repository.path / "githooks/pre-commit", "exit 0")
    repository.git("config", "core.hooksPath", "githooks")
    repository.commit()
    assert hooks("install") == ExitCode.USAGE
    assert "add this line to it: release-async hook version-consistency || exit" in capsys.readouterr().out
    assert repository.git("status", "--porcelain") == ""


def test_hooks_that_are_switched_off_are_not_switched_on(
    hooks: Run, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    """``core.hooksPath=/dev/null`` is somebody's wish."""
    repository.git("config", "core.hooksPath", os.devnull)
    assert hooks("install") == ExitCode.USAGE
    assert "git runs no hooks here" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that nobody, not even root, can write")
def test_a_folder_that_cannot_be_written_is_a_reason(
    hooks: Run, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused with what the system said."""
    repository.git("config", "core.hooksPath", "/proc/sys")
    assert hooks("install") == ExitCode.FAILED
    said = capsys.readouterr().out
    assert "could not be written" in said
    assert "ls -ld /proc/sys" in said


def test_a_write_that_fails_half_way_is_undone(
    hooks: Run, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All hooks or none."""
    script(folder(repository) / "pre-commit", "exit 0")
    before = written(repository)
    replace = Path.replace

    def full(path: Path, target: Path) -> Path:
        if target.name == "pre-applypatch":
            raise OSError(28, "No space left on device", str(target))
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", full)
    assert hooks("install") == ExitCode.FAILED
    assert written(repository) == before


def test_what_was_changed_by_hand_is_not_thrown_away(
    hooks: Run, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither by an installation nor by its end."""
    hooks("install")
    with (folder(repository) / "pre-commit").open("a") as file:
        file.write("echo mine\n")
    after = written(repository)
    assert hooks("uninstall") == ExitCode.REFUSED
    assert hooks("install") == ExitCode.REFUSED
    assert hooks("status") == ExitCode.REFUSED
    assert capsys.readouterr().out.count("changed by hand") == 3
    assert written(repository) == after


@pytest.mark.parametrize("fault", ["moved", "emptied"])
def test_a_missing_interpreter_refuses_with_one_line(
    hooks: Run, repository: Repository, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Fails closed, says the way round, and ``status`` says it too."""
    environment = repository.path.parent / "environment"
    subprocess.run((sys.executable, "-m", "venv", "--without-pip", str(environment)), check=True)
    [site] = environment.glob("lib/python*/site-packages")
    (site / "ours.pth").write_text(str(Path(release_async.__file__).parents[1]))
    with monkeypatch.context() as there:
        there.setattr(sys, "executable", str(environment / "bin/python"))
        assert hooks("install") == ExitCode.DONE
    if fault == "moved":
        environment.rename(environment.with_name("moved"))
        assert hooks("status") == ExitCode.REFUSED
    else:
        (site / "ours.pth").unlink()
    refused = repository.tried("commit", "--allow-empty", "--message=x")
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert (
        "the hooks again: release-async hooks install, or go on without this check: git commit --no-verify\n"
        in (refused.stderr)
    )
    assert repository.tried("commit", "--no-verify", "--allow-empty", "--message=x").returncode == 0


def test_an_interpreter_without_the_tool_is_not_installed(
    hooks: Run, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried, isolated as git will start it, before anything is written."""
    subprocess.run((sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "empty")), check=True)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "empty/bin/python"))
    before = written(repository)
    assert hooks("install") == ExitCode.FAILED
    assert written(repository) == before


ORDERS = ("{} ours", "ours {}", "{} ours {}", "ours {} ours")


@pytest.mark.parametrize(
    "order", [order.replace("{}", name) for order in ORDERS for name in ("pre-commit", "prek")]
)
def test_beside_a_hook_manager_in_any_order(
    hooks: Run, repository: Repository, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    """Both run once, whoever came first and again."""
    monkeypatch.setenv("PATH", f"{TOOLS}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PRE_COMMIT_HOME", str(repository.path.parent / "cache"))
    monkeypatch.setenv("PREK_HOME", str(repository.path.parent / "cache"))
    told = repository.path.parent / "told"
    theirs = f"{{id: theirs, name: theirs, language: system, entry: sh -c 'echo run >>\"{told}\"'"
    repository.write(
        ".pre-commit-config.yaml",
        f"repos:\n  - repo: local\n    hooks:\n      - {theirs}, always_run: true, pass_filenames: false}}\n",
    )
    repository.commit()
    for installed in order.split():
        if installed == "ours":
            assert hooks("install") == ExitCode.DONE
        else:
            subprocess.run((installed, "install"), cwd=repository.path, check=True, capture_output=True)
    assert hooks("status") == ExitCode.DONE
    passed = repository.tried("commit", "--allow-empty", "--message=good")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert told.read_text() == "run\n"
    refused = bad(repository)
    assert refused.returncode == 1
    assert (refused.stdout + refused.stderr).count("__version__ is 2.0") == 1
    assert hooks("uninstall") == ExitCode.DONE
    told.unlink()
    assert repository.tried("commit", "--all", "--message=bad").returncode == 0
    assert told.read_text() == "run\n"


@pytest.mark.parametrize("manager", ["pre-commit", "prek"])
def test_a_hook_that_a_manager_is_configured_to_run_is_told_as_it_is(
    hooks: Run, repository: Repository, capsys: pytest.CaptureFixture[str], manager: str
) -> None:
    """Of each whether it is really there; the command that is told installs it."""

    def told(code: int) -> str:
        """What ``status`` says where only this manager is on the PATH."""
        capsys.readouterr()
        with pytest.MonkeyPatch.context() as there:
            there.setenv("PATH", os.pathsep.join((the_only(manager, repository), os.defpath)))
            assert hooks("status") == code
        return " ".join(capsys.readouterr().out.split())

    entry = "{id: version-consistency, name: v, language: system, entry: release-async}"
    pushed = "{id: version-consistency-push, name: p, language: system, entry: release-async}"
    repository.write(".pre-commit-config.yaml", f"repos:\n- repo: local\n  hooks:\n  - {entry}\n")
    assert f"pre-commit not installed: {manager} install pre-merge" in told(ExitCode.REFUSED)
    install(repository, manager)
    said = told(ExitCode.REFUSED)
    assert "pre-commit run by the hook manager, as .pre-commit-config.yaml says" in said
    assert f"pre-merge-commit not installed: {manager} install --hook-type pre-merge-commit " in said
    assert "pre-push not installed, and not in .pre-commit-config.yaml" in said
    assert "judged when it is pushed" not in said
    repository.write(".pre-commit-config.yaml", f"repos:\n- repo: local\n  hooks: [{entry}, {pushed}]\n")
    assert f"pre-push not installed: {manager} install --hook-type pre-push " in told(ExitCode.REFUSED)
    for event in ("pre-merge-commit", "pre-push"):
        install(repository, manager, "--hook-type", event)
    said = told(ExitCode.DONE)
    assert said.count("run by the hook manager, as .pre-commit-config.yaml says") == 3
    assert "judged when it is pushed, at the tip of the first ref of a push: a hook manager tells" in said
    assert "pre-applypatch not installed: no hook manager has it" in said


def the_only(manager: str, repository: Repository) -> str:
    """A folder with one of the managers, as on the machine of somebody who has no other."""
    tool = repository.path.parent / "tools" / manager
    tool.parent.mkdir(exist_ok=True)
    tool.unlink(missing_ok=True)
    tool.symlink_to(TOOLS / manager)
    return str(tool.parent)


def install(repository: Repository, manager: str, *words: str) -> None:
    """What ``status`` says to type."""
    command = (f"{TOOLS}/{manager}", "install", *words)
    subprocess.run(command, cwd=repository.path, check=True, capture_output=True)


def test_a_manager_whose_hooks_are_not_installed_is_told_with_the_command(
    hooks: Run, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ours alone is what git then runs, and none of the project's."""
    assert hooks("install") == ExitCode.DONE
    assert "To install them beside it" not in capsys.readouterr().out
    repository.write(".pre-commit-config.yaml", "repos: []\n")
    assert hooks("install") == ExitCode.DONE
    told = " ".join(capsys.readouterr().out.split())
    assert "The hooks of .pre-commit-config.yaml are not run by that. To install them beside it: pre" in told
    ours = "repos:\n- repo: local\n  hooks:\n  - id: version-consistency\n"
    repository.write(".pre-commit-config.yaml", ours)
    assert hooks("install") == ExitCode.DONE
    told = " ".join(capsys.readouterr().out.split())
    assert " install --hook-type pre-commit --hook-type pre-merge-commit" in told  # as `init` says it
    repository.write(".pre-commit-config.yaml", "repos: []\n")
    install(repository, "pre-commit")
    assert hooks("install") == ExitCode.DONE
    assert "To install them beside it" not in capsys.readouterr().out


def test_status_says_what_git_never_asks(
    hooks: Run, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    """Installed or not, in plain words and with an exit code."""
    assert hooks("status") == ExitCode.REFUSED
    said = capsys.readouterr().out
    assert said.count("not installed") == len(git_hooks.EVENTS)
    unhooked = (
        *("clean cherry-pick", "revert", "rebase", "rebase --continue", "fast-forward", "commit --no-verify"),
        *(
            "merge --no-verify",
            "commit-tree",
            "update-ref",
            "without hooks",
            "on a server",
            "push --no-verify",
        ),
    )
    closed_by = ("no hook of ours looks at what is pushed", "release-async hook ci origin/main..HEAD")
    for words in (*unhooked, *closed_by):
        assert words in " ".join(said.split())
    assert hooks("install", "--guards") == ExitCode.DONE
    capsys.readouterr()
    assert hooks("status") == ExitCode.DONE
    told = capsys.readouterr().out
    assert told.count("  release-guard\n") == 3
    assert "judged when it is pushed, at the tip of each ref" in " ".join(told.split())
    assert told.count(f"run by            {sys.executable}\n") == 1
    (folder(repository) / "pre-commit").chmod(0o644)
    assert hooks("status") == ExitCode.REFUSED
    assert "not executable" in capsys.readouterr().out


def test_guards_go_with_install_only(hooks: Run) -> None:
    """An option that would do nothing is an error."""
    assert hooks("status", "--guards") == ExitCode.USAGE


def test_a_line_end_in_the_path_of_the_interpreter_is_refused(
    hooks: Run, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hook file states it on one line; nothing is written, and nothing of it is run."""
    odd = tmp_path / "a\ntouch it"
    odd.mkdir()
    script(odd / "python", f'exec "{sys.executable}" "$@"')
    monkeypatch.setattr(sys, "executable", str(odd / "python"))
    before = written(repository)
    assert hooks("install") == ExitCode.USAGE
    assert written(repository) == before


def test_an_installed_tool_is_started_without_site_and_remembers(
    hooks: Run, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder it is in is named; ``uninstall`` forgets, in every working tree."""
    environment = tmp_path / "it's an environment"
    subprocess.run((sys.executable, "-m", "venv", "--without-pip", str(environment)), check=True)
    [site] = environment.glob("lib/python*/site-packages")
    shutil.copytree(Path(release_async.__file__).parent, site / "release_async")
    hashes = site / "release_async-0.1.0.dist-info/RECORD"
    hashes.parent.mkdir()
    hashes.write_text("release_async/__init__.py,sha256=x,1\n")
    os.utime(hashes, (1, 1))
    (site / "told.pth").write_text("import sys; sys.stderr.write('site\\n')\n")
    monkeypatch.setattr(sys, "executable", str(environment / "bin/python"))
    assert hooks("install") == ExitCode.DONE
    linked = Repository(tmp_path / "linked")
    repository.git("worktree", "add", "--quiet", str(linked.path))
    for each in (repository, linked):
        passed = each.tried("commit", "--allow-empty", "--message=good")
        assert (passed.returncode, passed.stderr) == (0, "")
        assert bad(each).returncode == 1
    records = list((repository.path / ".git").rglob("release-async/verdict-*"))
    assert len(records) == 2
    assert hooks("uninstall") == ExitCode.DONE
    assert not any(record.parent.exists() for record in records)


def test_an_odd_path_of_the_interpreter_is_quoted(
    hooks: Run, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spaces, quotes, dollars and backslashes in it are no shell."""
    odd = tmp_path / "it's $HOME \\1 `x`"
    odd.mkdir()
    script(odd / "python", f'exec "{sys.executable}" "$@"')
    with monkeypatch.context() as there:
        there.setattr(sys, "executable", str(odd / "python"))
        assert hooks("install") == ExitCode.DONE
    assert bad(repository).returncode == 1
    assert hooks("status") == ExitCode.DONE
    shutil.rmtree(odd)
    assert hooks("status") == ExitCode.REFUSED
