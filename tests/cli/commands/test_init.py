"""``release-async init`` as a person types it, in real repositories of many kinds."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from release_async.plan import settings
from support import github, indexes, secrets
from support.repositories import Repository
from support.shell import Shell
from support.terminal import Terminal
from support.worlds import NOBODY

PRE_COMMIT = "repos:\n- repo: local\n  hooks:\n  - {id: a, name: a, language: system, entry: 'true'}\n"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """An empty repository on ``main``, and an index that does not answer."""
    monkeypatch.setenv("PYPI_REPOSITORY_URL", NOBODY)
    repository = Repository.init(tmp_path / "repository")
    monkeypatch.chdir(repository.path)
    return Shell(repository, capsys)


def project(backend: str, name: str = "demo") -> str:
    """The metadata of a project that one backend builds."""
    return (
        f'[build-system]\nrequires = ["{backend.partition(".")[0]}"]\nbuild-backend = "{backend}"\n\n'
        f'[project]\nname = "{name}"\nversion = "1.2.3"\n'
    )


MODULE = '__version__ = "1.2.3"\n'
LAYOUTS: dict[str, dict[str, str]] = {
    "setup.py": {
        "setup.py": 'from setuptools import setup\nsetup(name="demo", version="1.2.3", packages=["demo"])\n',
        "demo/__init__.py": MODULE,
    },
    "setuptools": {"pyproject.toml": project("setuptools.build_meta"), "src/demo/__init__.py": MODULE},
    "hatchling": {
        "pyproject.toml": project("hatchling.build").replace('version = "1.2.3"', 'dynamic = ["version"]')
        + '\n[tool.hatch.version]\npath = "src/demo/__about__.py"\n',
        "src/demo/__about__.py": MODULE,
        "src/demo/__init__.py": "",
    },
    "flit": {
        "pyproject.toml": project("flit_core.buildapi").replace(
            'version = "1.2.3"', 'dynamic = ["version", "description"]'
        ),
        "demo.py": f'"""A demo."""\n{MODULE}',
    },
    "poetry": {
        "pyproject.toml": '[tool.poetry]\nname = "demo"\nversion = "1.2.3"\ndescription = ""\n\n'
        '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n',
        "demo/__init__.py": "",
    },
}


@pytest.mark.parametrize("files", LAYOUTS.values(), ids=LAYOUTS)
def test_a_project_of_any_kind_is_adopted_once(shell: Shell, files: dict[str, str]) -> None:
    """With defaults that fit, no setting is written; a second run writes nothing; nothing is staged."""
    for path, text in files.items():
        shell.repository.write(path, text)
    shell.repository.commit()
    before = shell.files()
    assert shell.types("init", "--yes") == 0
    assert "demo 1.2.3" in shell.said
    after = shell.files()
    assert {path: after[path] for path in before} == before
    assert after.keys() - before.keys() == {".env.example", ".gitignore"}
    assert shell.repository.git("diff", "--cached", "--name-only") == ""
    assert shell.repository.tried("check-ignore", ".env").returncode == 0
    assert shell.types("init", "--yes") == 0
    assert "nothing has to be written" in shell.said
    assert shell.files() == after


@pytest.mark.parametrize("files", LAYOUTS.values(), ids=LAYOUTS)
def test_what_a_project_does_otherwise_becomes_a_setting(shell: Shell, files: dict[str, str]) -> None:
    """Branch, remote and a file that nobody would look into, but not the form of its tags, which is found."""
    for path, text in {**files, "VERSION": "1.2.3\n"}.items():
        shell.repository.write(path, text)
    shell.repository.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    shell.repository.commit()
    shell.repository.git("tag", "1.2.3")
    shell.repository.git("remote", "add", "up", str(shell.repository.path / "nowhere"))
    assert shell.types("init", "--yes") == 0
    assert shell.settings() == {
        "branch": "trunk", "remote": "up", "version-files": ["VERSION"],
    }  # fmt: skip
    assert re.search(r"(?m)^\s*tag +\{version\}$", shell.said)
    new = "pyproject.toml" not in files
    assert ("pyproject.toml is new" in shell.said) is new
    assert shell.types("versions", "--output", "json") == 0
    assert "VERSION" in {site["path"] for site in json.loads(shell.said)["distributions"][0]["sites"]}
    assert shell.types("init", "--yes") == 0
    assert "nothing has to be written" in shell.said


def test_a_setting_that_is_found_makes_no_file(shell: Shell) -> None:
    """A project that has a setup.py alone gets no pyproject.toml for the form of the tags that it has."""
    shell.repository.write(
        "setup.py", 'from setuptools import setup\n\nsetup(name="demo", version="1.2.3")\n'
    )
    shell.repository.commit()
    shell.repository.git("tag", "1.2.2")
    assert shell.types("init", "--yes") == 0
    assert not (shell.repository.path / "pyproject.toml").exists()
    assert re.search(r"(?m)^\s*tag +\{version\}$", shell.said)


def test_a_member_of_a_workspace_has_its_files_beside_it(shell: Shell) -> None:
    """Tags with its name, and the ignored file and the hook at the top, where git and pre-commit look."""
    workspace = '[tool.uv.workspace]\nmembers = ["packages/*"]\n'
    shell.repository.write("pyproject.toml", workspace)
    for name in ("one", "two"):
        shell.repository.write(f"packages/{name}/pyproject.toml", project("uv_build", name))
        shell.repository.write(f"packages/{name}/src/{name}/__init__.py", "")
    shell.repository.write(".pre-commit-config.yaml", PRE_COMMIT)
    shell.repository.commit()
    before = shell.files()
    assert shell.types("init", "--yes") == 2
    assert "packages/one (one), packages/two (two)" in shell.said
    assert shell.types("-C", "packages/one", "init", "--yes") == 0
    changed = {path for path, data in shell.files().items() if before.get(path) != data}
    assert changed == {
        "packages/one/pyproject.toml", "packages/one/.env.example", ".gitignore", ".pre-commit-config.yaml",
    }  # fmt: skip
    assert shell.settings("packages/one") == {
        "tag-format": "one-v{version}",
        "commit-message": "release: {name} v{version}",
    }
    assert "release-async -C packages/one rehearse" in shell.said
    assert shell.repository.tried("check-ignore", "packages/one/.env").returncode == 0


def test_the_remote_says_which_branch_is_its_default(shell: Shell, tmp_path: Path) -> None:
    """Its answer of today counts, not what a clone was told; the branch checked out plays no part."""
    shell.repository.write("pyproject.toml", project("hatchling.build"))
    shell.repository.commit()
    remote = tmp_path / "remote.git"
    shell.repository.with_remote(remote)
    shell.repository.git("push", "-q", "origin", "HEAD:develop")
    shell.repository.git("remote", "set-head", "origin", "main")
    shell.repository.git("checkout", "-q", "-b", "feature")
    Repository(remote).git("symbolic-ref", "HEAD", "refs/heads/develop")
    assert shell.types("init", "--yes") == 0
    assert shell.settings() == {"branch": "develop"}
    shell.repository.git("checkout", "-q", "--", ".")
    remote.rename(tmp_path / "gone.git")
    shell.repository.write("pyproject.toml", project("hatchling.build"))
    assert shell.types("init", "--yes") == 0
    assert shell.settings() == {}


def test_line_ends_and_all_other_bytes_stay(shell: Shell) -> None:
    """In files as Windows writes them, of which one has no end at its end."""
    files = {
        "pyproject.toml": project("hatchling.build")
        + "\n[tool.release-async]\nci = 'off' # ours\n\n[tool.x]\n",
        ".env.example": "# for the app\nDATABASE_URL=\nPYPI_API_TOKEN=",
        ".gitignore": "dist/\n!.env",
        ".pre-commit-config.yaml": PRE_COMMIT,
    }
    for path, text in files.items():
        shell.repository.write(path, text.replace("\n", "\r\n"))
    shell.repository.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    assert shell.types("init", "--yes") == 0
    for path, text in files.items():
        made = shell.files()[path].decode()
        assert made.count("\n") == made.count("\r\n") > text.count("\n")
        missing = [line for line in text.split("\n") if line not in made.split("\r\n")]
        assert missing == []
    assert shell.settings() == {"ci": "off", "branch": "trunk"}
    assert shell.files()[".env.example"].count(b"PYPI_API_TOKEN=") == 1


def test_the_hook_that_is_written_refuses_a_bad_commit(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run by the real pre-commit, from what ``init`` has put into its configuration."""
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    shell.repository.write("pyproject.toml", project("hatchling.build"))
    shell.repository.write("demo/__init__.py", MODULE)
    shell.repository.write(".pre-commit-config.yaml", PRE_COMMIT)
    assert shell.types("init", "--yes") == 0
    shell.repository.commit()
    hooks = ("pre-commit", "run", "version-consistency")
    assert shell.repository.tried("-c", f"alias.x=!{' '.join(hooks)}", "x").returncode == 0
    shell.repository.write("demo/__init__.py", MODULE.replace("3", "4"))
    shell.repository.git("add", "--all")
    refused = shell.repository.tried("-c", f"alias.x=!{' '.join(hooks)}", "x")
    assert refused.returncode == 1
    assert "demo/__init__.py:1" in refused.stdout


def test_a_hook_that_would_not_be_found_is_told(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would refuse every commit; said before anything is written."""
    (tmp_path / "git").symlink_to(str(shutil.which("git")))
    monkeypatch.setenv("PATH", str(tmp_path))
    shell.repository.write("pyproject.toml", project("hatchling.build"))
    shell.repository.write(".pre-commit-config.yaml", PRE_COMMIT)
    assert shell.types("init") == 2
    assert "release-async on the PATH, where there is none" in shell.said
    assert "repo: ADDRESS" not in shell.said  # what else there is to choose from comes behind the question
    assert shell.types("init", "--yes") == 0
    assert "repo: ADDRESS" in shell.said


def test_a_list_of_repositories_in_another_form_is_left_alone(shell: Shell) -> None:
    """The rest is written, and the lines to add are told."""
    flow = "repos: [{repo: meta, hooks: [{id: identity}]}]\n"
    shell.repository.write("pyproject.toml", project("hatchling.build"))
    shell.repository.write(".pre-commit-config.yaml", flow)
    assert shell.types("init", "--yes") == 0
    assert shell.files()[".pre-commit-config.yaml"] == flow.encode()
    assert "add this yourself" in shell.said
    assert "id: version-consistency" in shell.said
    assert ".env.example" in shell.files()


def test_nobody_to_ask_is_no_consent(shell: Shell) -> None:
    """Without a terminal nothing is written, and the cure is a command; as JSON the proposal is told."""
    shell.repository.write("pyproject.toml", project("hatchling.build"))
    before = shell.files()
    assert shell.types("init") == 2
    assert "nothing is written without a yes" in shell.said
    assert "release-async init --yes" in shell.said
    assert shell.types("init", "--output", "json") == 2
    proposed = json.loads(shell.said.splitlines()[0])
    assert [file["path"] for file in proposed["files"]] == [".env.example", ".gitignore"]
    assert all(file["new"] and "+" in file["diff"] for file in proposed["files"])
    assert shell.files() == before


@pytest.mark.parametrize(("key", "code"), [("n", 3), ("y", 0)])
@pytest.mark.parametrize("output", ["rich", "plain"])
def test_a_person_is_shown_the_difference_and_asked(shell: Shell, key: str, code: int, output: str) -> None:
    """On a terminal; only a Yes writes."""
    shell.repository.write("pyproject.toml", project("hatchling.build"))
    argv = [sys.executable, "-m", "release_async", "-C", str(shell.repository.path), "init"]
    with Terminal([*argv, "--output", output], os.environ, (100, 60)) as terminal:
        terminal.read_until(lambda screen: any("[y/N]" in line for line in screen.lines))
        shown = "\n".join(terminal.lines)
        assert ".gitignore (new): + .env" in shown
        assert ".env.example (new): 37 lines for .env, shown by -v" in shown
        assert "adopt release-async in demo 1.2.3" in shown
        assert len(terminal.lines) < 20
        terminal.type(f"{key}\n")
        assert terminal.finish() == code
    assert (".env.example" in shell.files()) is (key == "y")


def test_the_verbose_are_shown_every_line(shell: Shell) -> None:
    """The template as well, behind the few lines that matter."""
    shell.repository.write("pyproject.toml", project("hatchling.build"))
    assert shell.types("init", "-v") == 2
    assert shell.said.index("+.env") < shell.said.index("+PYPI_API_TOKEN=")


def linked(path: Path) -> None:
    """A link to a file elsewhere."""
    outside = path.parent.parent / "outside"
    outside.write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(outside)


def read_only(path: Path) -> None:
    """A file that its owner has closed."""
    path.chmod(0o444)


@pytest.mark.parametrize("spoil", [linked, read_only])
@pytest.mark.parametrize("name", [".env.example", ".gitignore", ".pre-commit-config.yaml", "pyproject.toml"])
def test_one_file_that_may_not_be_written_stops_all(
    shell: Shell, spoil: Callable[[Path], None], name: str
) -> None:
    """Whichever it is; what a link leads to outside stays as it is, and is no metadata of a project."""
    files = {
        "pyproject.toml": project("hatchling.build"),
        ".env.example": "A=\n",
        ".gitignore": "dist/\n",
        ".pre-commit-config.yaml": PRE_COMMIT,
    }
    for path, text in files.items():
        shell.repository.write(path, text)
    shell.repository.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    spoil(shell.repository.path / name)
    before = shell.files()
    no_project = spoil is linked and name == "pyproject.toml"
    assert shell.types("init", "--yes") == (2 if no_project else 4)
    assert name in shell.said
    assert shell.files() == before


def test_a_failure_in_the_middle_is_undone(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full after the second file: what was changed is as before, what was made is gone."""
    shell.repository.write("pyproject.toml", project("hatchling.build"))
    shell.repository.write(".pre-commit-config.yaml", PRE_COMMIT)
    shell.repository.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    before, replace, done = shell.files(), os.replace, list[str]()

    def full(source: str, target: str) -> None:
        if target.endswith("config.yaml"):
            raise OSError(28, "No space left on device")
        done.append(target.rpartition("/")[2])
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    assert shell.types("init", "--yes") == 4
    assert "No space left" in shell.said
    assert done[:3] == ["pyproject.toml", ".env.example", ".gitignore"]
    assert shell.files() == before


def test_the_file_of_secrets_is_neither_read_nor_touched(shell: Shell) -> None:
    """And what stands beside our lines in the example is not shown either: it may be a secret."""
    token = secrets.pypi()
    shell.repository.write("pyproject.toml", project("hatchling.build"))
    shell.repository.write(".env", f"PYPI_API_TOKEN={token}\n")
    shell.repository.write(".env.example", "A=swordfish\n")
    stamp = (shell.repository.path / ".env").stat()
    assert shell.types("init", "--yes") == 0
    assert token not in shell.said
    assert "swordfish" not in shell.said
    assert (shell.repository.path / ".env").stat() == stamp


def test_a_file_of_secrets_that_git_has_is_told(shell: Shell) -> None:
    """To ignore it would not help: the command that does is named."""
    shell.repository.write("pyproject.toml", project("hatchling.build"))
    shell.repository.write(".env", "A=1\n")
    shell.repository.commit()
    assert shell.types("init", "--yes") == 0
    assert "git rm --cached .env" in shell.said


def test_an_example_that_git_ignores_is_told(shell: Shell) -> None:
    """``.env*`` hides it from those it is for."""
    shell.repository.write("pyproject.toml", project("hatchling.build"))
    shell.repository.write(".gitignore", ".env*\n")
    assert shell.types("init", "--yes") == 0
    assert ".env.example is ignored by git" in shell.said
    assert shell.files()[".gitignore"] == b".env*\n"


def test_outside_of_a_repository_is_no_place_to_adopt(shell: Shell, tmp_path: Path) -> None:
    """Nor is a repository without a project; both are named, and nothing is written."""
    (tmp_path / "plain").mkdir()
    assert shell.types("-C", str(tmp_path / "plain"), "init", "--yes") == 2
    assert "not in the working tree of a git repository" in " ".join(shell.said.split())
    assert shell.types("init", "--yes") == 2
    assert "no Python project here" in shell.said
    assert shell.files() == {}


def test_settings_that_are_wrong_are_told_before_anything_is_written(shell: Shell) -> None:
    """A key that does not exist is a person's mistake, with the nearest one named."""
    shell.repository.write(
        "pyproject.toml", project("hatchling.build") + "[tool.release-async]\nbrunch = 'x'\n"
    )
    assert shell.types("init", "--yes") == 2
    assert "did you mean branch?" in shell.said
    assert list(shell.files()) == ["pyproject.toml"]


def test_what_is_set_already_is_the_persons_choice(shell: Shell) -> None:
    """Though the repository looks otherwise; and the remote that is set is the one that is asked."""
    text = (
        project("hatchling.build") + "\n[tool.release-async]\nbranch = 'release'\ntag-format = 'x{version}'\n"
    )
    shell.repository.write("pyproject.toml", text)
    shell.repository.commit()
    shell.repository.git("tag", "1.2.3")
    assert shell.types("init", "--yes") == 0
    assert shell.files()["pyproject.toml"] == text.encode()
    chosen = settings.load(settings.Sources(pyproject=text))
    assert f"{chosen.branch}, with no remote origin yet" in shell.said


def test_a_changelog_with_an_unreleased_section_has_its_setting_offered(shell: Shell) -> None:
    """Only there, and only until it is set; nothing is written for it."""
    offered = "CHANGELOG.md has an unreleased section. To have each release give it the version"
    shell.repository.write("pyproject.toml", project("flit_core.buildapi"))
    shell.repository.write("demo.py", MODULE)
    shell.repository.write("CHANGELOG.md", "# Changelog\n\n## [1.2.3] - 2026-01-02\n\n- Frogs.\n")
    shell.repository.commit()
    assert shell.types("init", "--yes") == 0
    assert offered not in shell.said
    shell.repository.write(
        "CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-01-02\n\n- Frogs.\n"
    )
    assert shell.types("init", "--yes") == 0
    assert offered in " ".join(shell.said.split())
    assert 'below [tool.release-async] in pyproject.toml:\n  changelog = "roll"\n' in shell.said
    setting = '\n[tool.release-async]\nchangelog = "roll"\n'
    shell.repository.write("pyproject.toml", project("flit_core.buildapi") + setting)
    assert shell.types("init", "--yes") == 0
    assert offered not in shell.said


def test_git_hooks_are_offered_where_nobody_runs_them_yet(shell: Shell) -> None:
    """And no longer once they are installed."""
    shell.repository.write("pyproject.toml", project("hatchling.build"))
    assert shell.types("init", "--yes") == 0
    assert "release-async hooks install" in shell.said
    assert shell.types("hooks", "install") == 0
    assert shell.types("init", "--yes") == 0
    assert "hooks install" not in shell.said
    assert "release-async rehearse" in shell.said


def test_the_hooks_of_a_workspace_are_installed_as_they_are_printed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are the same for all members: the plain command, or from outside the one with the folder."""
    shell.repository.write("packages/core/pyproject.toml", project("hatchling.build"))
    monkeypatch.chdir(shell.repository.path)
    assert shell.types("init", "-C", "packages/core", "--yes") == 0
    assert "\n  release-async hooks install\n" in shell.said
    monkeypatch.chdir(shell.repository.path.parent)
    core = f"{shell.repository.path.name}/packages/core"
    assert shell.types("init", "-C", core, "--yes") == 0
    assert f"\n  release-async -C {core} hooks install\n" in shell.said


def test_what_a_person_has_written_for_pre_commit_is_committed_along(shell: Shell) -> None:
    """Pre-commit refuses every commit while that is not staged; and a push that it judges needs no more."""
    shell.repository.write("pyproject.toml", project("hatchling.build"))
    shell.repository.write(".pre-commit-config.yaml", PRE_COMMIT)
    shell.repository.commit("begin")
    entries = ("version-consistency", "version-consistency-push")
    ours = "".join(f"  - {{id: {name}, name: v, language: system, entry: v}}\n" for name in entries)
    shell.repository.write(".pre-commit-config.yaml", f"repos:\n- repo: local\n  hooks:\n{ours}")
    assert shell.types("init", "--yes") == 0
    assert "  git add .env.example .gitignore .pre-commit-config.yaml\n  git commit -m" in shell.said
    assert "--hook-type pre-push" in shell.said
    assert "To compare what is pushed too" not in shell.said


def test_a_manager_that_git_does_not_call_yet_is_to_be_installed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A configuration is cloned along, the hook that reads it is not; no longer once the real one stands."""
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    shell.repository.write("pyproject.toml", project("hatchling.build"))
    shell.repository.write(".pre-commit-config.yaml", PRE_COMMIT)
    assert shell.types("init", "--yes") == 0
    install = "pre-commit install --hook-type pre-commit --hook-type pre-merge-commit"
    assert f"in every clone:\n  {install}\n" in shell.said
    assert "To compare what is pushed too" in shell.said
    subprocess.run(
        (sys.executable, "-m", *install.replace("-", "_", 1).split()),
        cwd=shell.repository.path,
        check=True,
        capture_output=True,
    )
    assert shell.types("init", "--yes") == 0
    assert "pre-commit install" not in shell.said
    assert "beside the manager does:\n  release-async hooks install\n" in shell.said
    assert shell.types("hooks", "status") == 3
    for event in ("pre-commit      ", "pre-merge-commit"):
        assert f"{event}  run by the hook manager, as .pre-commit-config.yaml says" in shell.said
    assert shell.types("hooks", "install") == 0
    assert shell.types("init", "--yes") == 0
    assert "hooks install" not in shell.said


def test_a_version_that_nothing_states_yet_is_named_in_what_to_type_next(shell: Shell) -> None:
    """Of a project that takes it from a tag it has not: what is printed is not refused for want of one."""
    text = project("hatchling.build").replace('version = "1.2.3"', 'dynamic = ["version"]')
    text = text.replace('"hatchling"', '"hatchling", "hatch-vcs"')
    shell.repository.write("pyproject.toml", f'{text}\n[tool.hatch.version]\nsource = "vcs"\n')
    shell.repository.commit()
    assert shell.types("init", "--yes") == 0
    for command in ("check", "rehearse"):
        assert f"  release-async {command} 0.1.0\n" in shell.said
    shell.repository.commit("adopted")
    shell.types("check", "0.1.0", "--skip-tests", "--skip", "build-environment")
    assert "no tag of a release of it" not in shell.said
    shell.repository.git("tag", "v0.3.0")
    assert shell.types("init", "--yes") == 0
    assert "  release-async check\n" in shell.said


PUBLISH = "jobs:\n  pypi:\n    steps:\n      - uses: pypa/gh-action-pypi-publish@release/v1\n"


@pytest.mark.parametrize("trigger", ["on:\n  push:\n    tags: ['*']\n", "on: release\n"])
def test_a_project_that_ci_publishes_needs_no_token(shell: Shell, trigger: str) -> None:
    """What fits is offered: no variables for tokens, and the way to mean both."""
    for path, text in LAYOUTS["setuptools"].items():
        shell.repository.write(path, text)
    shell.repository.write(".github/workflows/release.yaml", trigger + PUBLISH)
    shell.repository.commit()
    assert shell.types("init", "--yes") == 0, shell.said
    assert not (shell.repository.path / ".env.example").exists()
    assert "release.yaml publishes already" in shell.said
    assert 'publish = "here"' in shell.said


def test_a_workflow_that_only_tests_changes_nothing(shell: Shell) -> None:
    """The negative control."""
    for path, text in LAYOUTS["setuptools"].items():
        shell.repository.write(path, text)
    shell.repository.write(
        ".github/workflows/test.yml", "on: push\njobs:\n  a:\n    steps:\n      - run: pytest\n"
    )
    shell.repository.commit()
    assert shell.types("init", "--yes") == 0, shell.said
    assert (shell.repository.path / ".env.example").exists()


def test_prek_s_own_file_is_told_and_not_edited(shell: Shell) -> None:
    """Prek reads it alone where it is there."""
    for path, text in LAYOUTS["setuptools"].items():
        shell.repository.write(path, text)
    shell.repository.write("prek.toml", '[[repos]]\nrepo = "local"\nhooks = []\n')
    shell.repository.write(".pre-commit-config.yaml", PRE_COMMIT)
    shell.repository.commit()
    assert shell.types("init", "--yes") == 0, shell.said
    assert "add the hook to prek.toml" in shell.said
    assert (shell.repository.path / ".pre-commit-config.yaml").read_text() == PRE_COMMIT


def test_what_is_asked_about_a_pre_commit_file_fits_on_a_screen(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The beginning of a long change, with -v all of it; what else there is to choose from comes behind."""
    (tmp_path / "release-async").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    shell.repository.write("pyproject.toml", project("hatchling.build"))
    shell.repository.write(".pre-commit-config.yaml", PRE_COMMIT)
    assert shell.types("init") == 2  # nobody can be asked
    before = shell.said.partition("nothing is written without a yes")[0]
    assert len(before.splitlines()) <= 20, before
    assert "more lines: -v shows them" in before
    assert "To let pre-commit install" not in shell.said
    assert shell.types("init", "-v") == 2
    assert "stages: [pre-commit, pre-merge-commit, manual]" in shell.said
    assert shell.types("init", "--yes") == 0
    assert "To let pre-commit install" in shell.said


OFFERED = "has nothing of demo yet. To release 1.2.3 as it is:"


def test_the_first_release_is_offered_where_nobody_knows_the_project(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By tag and index; where one knows of a release, or the index does not answer, the usual ones are."""
    shell.repository.write("pyproject.toml", project("hatchling.build"))
    shell.repository.commit()
    assert shell.types("init", "--yes") == 0
    assert OFFERED not in shell.said
    packages = tmp_path / "packages"
    with indexes.pypiserver(packages, indexes.credentials()) as url:
        monkeypatch.setenv("PYPI_REPOSITORY_URL", url)
        assert shell.types("init", "--yes") == 0
        assert OFFERED in shell.said
        for command in ("check current", "rehearse current", "current"):
            assert f"  release-async {command}\n" in shell.said
        shell.repository.write("pyproject.toml", project("hatchling.build").replace("1.2.3", "1.2.3.dev0"))
        assert shell.types("init", "--yes") == 0
        assert "To release 1.2.3, which 1.2.3.dev0 leads to:" in " ".join(shell.said.split())
        for command in ("check stable", "rehearse stable", "stable"):
            assert f"  release-async {command}\n" in shell.said
        shell.repository.git("checkout", "--", "pyproject.toml")
        indexes.wheel(packages, "1.0.0")
        assert shell.types("init", "--yes") == 0
        assert OFFERED not in shell.said
        assert "  release-async check\n" in shell.said
        next(packages.iterdir()).unlink()
        shell.repository.git("tag", "v1.2.2")
        assert shell.types("init", "--yes") == 0
        assert OFFERED not in shell.said


@pytest.mark.parametrize("version", ["1.2.3+mine", "not a version"])
def test_what_cannot_be_released_as_it_is_is_not_offered(
    shell: Shell, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index takes neither."""
    shell.repository.write("pyproject.toml", project("hatchling.build").replace("1.2.3", version))
    shell.repository.commit()
    with indexes.pypiserver(tmp_path / "packages", indexes.credentials()) as url:
        monkeypatch.setenv("PYPI_REPOSITORY_URL", url)
        assert shell.types("init", "--yes") == 0
    assert " current\n" not in shell.said


def test_a_branch_that_takes_pull_requests_only_is_adopted_so(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The setting is written, and the note says where it comes from."""
    for path, text in LAYOUTS["setuptools"].items():
        shell.repository.write(path, text)
    shell.repository.commit("begin")
    shell.repository.with_remote(tmp_path / "remote.git")
    shell.repository.git("remote", "set-url", "origin", github.URL)
    with github.serving(tmp_path / "remote.git") as hub:
        hub.ruleset("pull_request", name="reviews")
        for name, value in (hub.leads() | {"PATH": f"{hub.gh.parent}:{os.environ['PATH']}"}).items():
            monkeypatch.setenv(name, value)
        assert shell.types("init", "--yes") == 0
    said = " ".join(shell.said.split())
    assert "main takes pull requests only (the ruleset reviews): a release opens one" in said
    assert "main, merged by a pull request on origin" in said
    assert shell.settings() == {"land": "pull-request"}


def with_tests(shell: Shell) -> None:
    """A project with a test that pytest runs."""
    shell.repository.write("pyproject.toml", project("setuptools.build_meta"))
    shell.repository.write("tests/test_it.py", "import pytest\n")
    shell.repository.commit()


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with a git, and a Python that has only what comes with it."""
    folder = tmp_path / "bare"
    folder.mkdir()
    (folder / "git").symlink_to(str(shutil.which("git")))
    python = folder / "python3"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    return folder


INSTALL = "python3 -m venv .venv && .venv/bin/python -m pip install"


@pytest.mark.usefixtures("bare")
def test_what_the_tests_lack_is_said_before_they_are_rehearsed(shell: Shell) -> None:
    """Else the first rehearsal fails; and what the command makes is ignored from the beginning."""
    with_tests(shell)
    assert shell.types("init", "--yes") == 0
    told = "The tests are run by pytest, which is not installed for them. To install it:"
    said = f"{told}\n  {INSTALL} -e . pytest\n"
    assert said in shell.said
    assert shell.said.index(said) < shell.said.index("release-async rehearse")
    assert shell.repository.tried("check-ignore", ".venv/pyvenv.cfg").returncode == 0
    shell.repository.write("tox.ini", "[tox]\nenv_list = py\n[testenv]\ncommands = pytest\n")
    assert shell.types("init", "--yes") == 0
    assert (
        f"The project names tox for its tests, which is not installed. To install it:\n  {INSTALL} tox\n"
        in shell.said
    )


def test_tests_that_can_run_are_not_spoken_of(shell: Shell, bare: Path) -> None:
    """Their Python has pytest, or it is a matter of the command that the person has set."""
    with_tests(shell)
    (bare / "python3").unlink()
    (bare / "python3").symlink_to(sys.executable)
    shell.repository.write(".venv/bin/python", f'#!/bin/sh\nexec {sys.executable} "$@"\n').chmod(0o755)
    assert shell.types("init", "--yes") == 0
    assert "not installed" not in shell.said
    shell.repository.write(".venv/bin/python", f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    text = (shell.repository.path / "pyproject.toml").read_text()
    shell.repository.write(
        "pyproject.toml", f'{text}\n[tool.release-async]\ntest-command = ["make", "test"]\n'
    )
    assert shell.types("init", "--yes") == 0
    assert "not installed" not in shell.said


def test_a_virtual_environment_is_ignored_where_it_does_not_say_so_itself(shell: Shell) -> None:
    """Whatever it is called; before Python 3.13 venv writes no .gitignore into it, and uv does."""
    shell.repository.write("pyproject.toml", project("setuptools.build_meta"))
    for name in ("env3", "by-uv"):
        shell.repository.write(f"{name}/pyvenv.cfg", "")
    shell.repository.write("by-uv/.gitignore", "*\n")
    assert shell.types("init", "--yes") == 0
    assert (shell.repository.path / ".gitignore").read_text() == ".env\nenv3/\n"
    assert shell.types("init", "--yes") == 0
    assert "nothing has to be written" in shell.said
