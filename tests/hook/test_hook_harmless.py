"""What no hook does: write, stage, use the network, run code of the project, or end in a traceback."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from release_async import hook
from support import secrets
from support.hooked import BAD, GOOD, PYPROJECT, copied, project, state, stopped, unseen
from support.repositories import Repository

Said = pytest.CaptureFixture[str]
NAMES = (
    "version-consistency",
    "version-consistency-push",
    "no-publish-tokens",
    "no-env-files",
    "release-guard",
    "ci",
)

WATCHED = """\
import json, os, sys
CHANGING = {
    "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.chown",
    "os.truncate", "os.utime", "shutil.copyfile", "shutil.move", "shutil.rmtree",
}
STARTING = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.startfile", "pty.spawn"}
SENDING = ("socket.", "urllib.", "http.", "ftplib.", "smtplib.")
seen = []
def watch(event, arguments):
    if event == "open" and not isinstance(arguments[0], int):  # a number is a pipe to git
        if arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            seen.append(["writing", os.path.abspath(arguments[0])])
    elif event in CHANGING:
        seen.append(["writing", os.path.abspath(arguments[0])])
    elif event in STARTING:
        seen.append(["starting", [os.fsdecode(word) for word in arguments[1]]])
    elif event == "import" and arguments[1]:
        seen.append(["importing", str(arguments[1])])
    elif event.startswith(SENDING):
        seen.append(["sending", event])
sys.addaudithook(watch)
from release_async.hook import main
code = main(sys.argv[1:])
print(json.dumps([code, seen]))
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A project that would do harm if any of it were run, and whose versions can be made to disagree."""
    made = project(tmp_path_factory.mktemp("template") / "project")
    harm = "import pathlib; pathlib.Path(__file__).with_name('harm').touch()\n"
    backend = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    made.write("pyproject.toml", PYPROJECT + backend)
    for name in (
        "setup.py",
        "backend.py",
        "conftest.py",
        "sitecustomize.py",
        "tomllib.py",
        "re.py",
        "docs/conf.py",
    ):
        made.write(name, harm)
    made.write("demo.py", GOOD + harm)
    made.write("release_async/__init__.py", harm)
    made.git("add", "--all")
    made.git("commit", "--quiet", "--no-verify", "--message=harm")
    return made


@pytest.fixture
def repository(template: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A copy of its own, in which the test runs."""
    made = copied(template, tmp_path / "a project")
    made.git("status")  # so that the index knows the files of the copy
    monkeypatch.chdir(made.path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return made


def staged(repository: Repository) -> None:
    """What every hook refuses, staged and not on the disk."""
    content = (repository.path / "demo.py").read_text()
    repository.write("demo.py", content.replace("1.0", "2.0"))
    repository.write(".env", f"TOKEN={secrets.pypi()}\n")
    repository.git("add", "--force", "demo.py", ".env")
    repository.write("demo.py", content)


def midway(repository: Repository) -> None:
    """A cherry-pick that carries a disagreement on."""
    content = (repository.path / "demo.py").read_text()
    unseen(repository, content.replace("1.0", "2.0"))
    repository.git("switch", "--quiet", "--create", "side")
    unseen(repository, content.replace("1.0", "2.0"), "theirs\n")
    repository.git("switch", "--quiet", "main")
    unseen(repository, content.replace("1.0", "2.0"), "ours\n")
    stopped(repository, "cherry-pick", "side")


def pushed(repository: Repository) -> str:
    """What git would say of a push of HEAD and of a tag."""
    oid = repository.git("rev-parse", "HEAD")
    zeros = "0" * len(oid)
    return f"HEAD {oid} refs/heads/main {zeros}\nrefs/tags/v9 {oid} refs/tags/v9 {zeros}\n"


READING = {
    "rev-parse",
    "ls-files",
    "ls-tree",
    "cat-file",
    "for-each-ref",
    "diff-files",
    "diff-index",
    "diff-tree",
    "rev-list",
}
QUIET = ["-c", "core.fsmonitor=false"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("prepare", [staged, midway, pushed], ids=["staged", "midway", "clean"])
def test_nothing_is_written_staged_or_sent(
    repository: Repository, name: str, prepare: Callable[[Repository], object]
) -> None:
    """Byte for byte the same repository; only git is started, to read; no socket, no file but our cache."""
    prepare(repository)
    told = pushed(repository)
    before = state(repository)
    command = (sys.executable, "-I", "-B", "-c", WATCHED, name)
    done = subprocess.run(command, input=told, capture_output=True, text=True, check=False)
    assert state(repository) == before
    code, seen = json.loads(done.stdout.splitlines()[-1])
    assert code in {hook.PASSED, hook.REFUSED}, done.stderr
    operation_in_progress = prepare is midway and name in {"version-consistency", "release-guard"}
    assert ("Only a warning" in done.stderr) == operation_in_progress
    started = [what for kind, what in seen if kind == "starting"]
    assert started
    assert {(words[0], words[1]) for words in started} == {("git", "-C")}
    assert all(words[3:5] == QUIET and words[5] in READING for words in started), started
    cache = str(repository.path / ".git/release-async")
    assert all(what.startswith((cache, os.devnull)) for kind, what in seen if kind == "writing"), seen
    assert not [what for kind, what in seen if kind == "sending"]
    assert not [what for kind, what in seen if kind == "importing" and str(repository.path) in what]


@pytest.mark.parametrize("name", NAMES)
def test_the_hook_that_git_runs_leaves_no_trace(repository: Repository, name: str) -> None:
    """The file in the folder of hooks, as git starts it: nothing of the project is run, from any folder."""
    staged(repository)
    before = state(repository)
    file = repository.path / ".git/hooks" / ("pre-push" if name.endswith("push") else "pre-commit")
    for folder in (repository.path, repository.path / "docs"):
        done = subprocess.run(
            (str(file),), cwd=folder, input=pushed(repository), capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
    assert state(repository) == before
    assert not list(repository.path.rglob("harm"))


def test_a_refused_commit_of_one_path_stages_nothing(repository: Repository) -> None:
    """T5: the real index and the disk are as they were, and another commit of it all goes through."""
    content = (repository.path / "demo.py").read_text()
    repository.write("notes.txt", "staged\n")
    repository.git("add", "notes.txt")
    repository.write("notes.txt", "on the disk\n")
    repository.write("demo.py", content.replace("1.0", "2.0"))
    before = repository.git("ls-files", "--stage"), repository.git("status", "--porcelain")
    assert repository.tried("commit", "--message=x", "demo.py").returncode == 1
    assert (repository.git("ls-files", "--stage"), repository.git("status", "--porcelain")) == before
    repository.write("demo.py", content + "# more\n")
    assert repository.tried("commit", "--message=x", "demo.py").returncode == 0
    assert repository.git("status", "--porcelain").startswith("MM notes.txt")


FILES = (
    *(
        "pyproject.toml",
        "setup.cfg",
        "setup.py",
        "demo.py",
        "demo/__init__.py",
        "uv.lock",
        "poetry.lock",
        "pdm.lock",
    ),
    *("CITATION.cff", "Cargo.toml", "package.json", "meson.build", "docs/conf.py", ".bumpversion.cfg"),
    *(
        ".bumpversion.toml",
        "bumpver.toml",
        ".cz.toml",
        "tbump.toml",
        ".release-please-manifest.json",
        "version.txt",
    ),
)
LONGEST = 1000
"""So many characters of one line are still read by a person."""

CHANCE = random.Random(1)  # noqa: S311 - the same garbage for everybody
DIGITS = b"9" * 10_000
GARBAGE = {
    "nothing": b"",
    "random": CHANCE.randbytes(5000),
    "nul": b"\0" * 100,
    "utf-16": GOOD.encode("utf-16"),
    "cut": b'[project]\nname = "demo"\nversion = "1.',
    "brackets": b"version = " + b"[" * 20_000,
    "braces": b'{"version":' + b'{"a":' * 20_000,
    "brackets of Python": b"__version__ = " + b"(" * 5_000 + b'"1.0"' + b")" * 5_000 + b"\n",
    "sum": b"__version__ = " + b"'1' + " * 5_000 + b"'1'\n",
    "dots": b"version" + b".a" * 500 + b" = 1\n",
    "digits": b'__version__ = "1.' + DIGITS + b'"\n[project]\nname = "x"\nversion = "' + DIGITS + b'"\n',
    "number": b"version = " + DIGITS + b"\n",
    "types": b'project = 3\ntool = "x"\nname = [1]\nversion = {a = 1}\nbuild-system = []\n',
    "types below": (
        b"[project]\nname = 3\nversion = [1]\ndynamic = 4\n"
        b"[tool]\nrelease-async = 1\nhatch = 2\nsetuptools = []\n"
    ),
    "list": b'[1, {"version": []}, null]',
    "escape": b'[project]\nname = "\\u001b[2J"\nversion = "1.0\\u001b[2J"\n__version__ = "\x1b[2J"\n',
    "coding": b"# -*- coding: no-such -*-\n__version__ = '1.0'\n",
    "surrogate": b'__version__ = "\xed\xa0\x80"\n',
    "returns": b"\r" * 100 + b'__version__ = "1.0"\r[metadata]\rversion = 1\r',
    "section": b"[metadata\nversion 1.0\n = x\n[metadata]\n[metadata]\nversion = attr: \nversion = %(x)s\n",
    "anchors": b"version: &a [*a, *a]\nversion: 1.0\n- :\n\t: x\n",
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_judged_without_a_traceback(
    tmp_path: Path, garbage: bytes, monkeypatch: pytest.MonkeyPatch, capfd: Said
) -> None:
    """In every file that is read: an exit code of the contract, and lines that any terminal can show."""
    made = Repository.init(tmp_path / "project")
    monkeypatch.chdir(made.path)
    for name in FILES:
        made.write("pyproject.toml", PYPROJECT + '[tool.release-async]\nversion-files = ["version.txt"]\n')
        made.write(name, garbage)
        made.git("add", "--all", "--force")
        code = hook.main(["release-guard"])
        said = capfd.readouterr().err
        assert code in {hook.PASSED, hook.REFUSED}, (name, said)
        assert "a bug in the hook" not in said, (name, said)
        assert "Traceback" not in said
        assert all(line.isprintable() for line in said.splitlines()), (name, said)
        assert max(map(len, said.splitlines()), default=0) < LONGEST, (name, said[:2000])
        (made.path / name).unlink()


DAMAGED = (
    *("HEAD", "index", "config", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "packed-refs", "shallow"),
    *("info/attributes", "info/sparse-checkout", "objects/info/alternates", "refs/heads/main", "commondir"),
    "BISECT_LOG",
)


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_repository_is_said(
    repository: Repository, name: str, monkeypatch: pytest.MonkeyPatch, capfd: Said
) -> None:
    """What git itself reads may be garbage too: then it cannot be judged, or it does not matter."""
    unseen(repository, BAD)
    monkeypatch.setenv("PRE_COMMIT_TO_REF", "HEAD")
    for content in (b"", b"\xff\0\n", b"ref: refs/heads/../../x\n", b"[a\n"):
        repository.write(f".git/{name}", content)
        for asked in ("release-guard", "version-consistency-push", "ci"):
            code = hook.main([asked])
            said = capfd.readouterr().err
            assert code in {hook.PASSED, hook.REFUSED, hook.COULD_NOT_CHECK}
            assert "a bug in the hook" not in said, (asked, content, said)
            assert "Traceback" not in said
            assert code == hook.PASSED or said


ENTRY = "import sys; from release_async.hook import main; raise SystemExit(main(sys.argv[1:]))"


@pytest.mark.parametrize(
    "told",
    [
        b"\xff\xfe\0",
        b"a b c\n",
        b"a b c d e\n",
        b"\n\n",
        b"a zz b zz\n",
        b"a --all b c\n",
        b"\x1b[2J " * 4,
        b"x" * 100_000,
    ],
)
def test_what_is_not_gits_word_on_a_push_is_said(repository: Repository, told: bytes) -> None:
    """Standard input that another program has written."""
    done = subprocess.run(
        (sys.executable, "-I", "-c", ENTRY, "version-consistency-push"),
        input=told,
        capture_output=True,
        check=False,
    )
    said = done.stderr.decode()
    assert done.returncode == (2 if told.strip() else 0), said
    assert "a bug in the hook" not in said
    assert "\x1b" not in said
    assert repository.path.exists()


@pytest.mark.parametrize("oid", ["", "zz", "--all", "HEAD", "\x1b[2J", "f" * 40])
def test_what_is_no_managers_word_on_a_push_is_said(
    repository: Repository, oid: str, monkeypatch: pytest.MonkeyPatch, capfd: Said
) -> None:
    """Variables that another program has set."""
    monkeypatch.setenv("PRE_COMMIT_TO_REF", oid)
    monkeypatch.setenv("PRE_COMMIT_REMOTE_BRANCH", "refs/heads/\x1b[2J")
    code = hook.main(["version-consistency-push"])
    said = capfd.readouterr().err
    assert code == (0 if oid in {"", "HEAD"} else 2), said
    assert "a bug in the hook" not in said
    assert "\x1b" not in said
    assert repository.path.exists()
