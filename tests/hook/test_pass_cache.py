"""What the hook file sees without Python: only what Python would say too, and then no start of it."""

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from hypothesis import given, settings, strategies as st

import release_async
from release_async import hook
from release_async.hook import pass_cache
from release_async.versions.find_distributions import distributions, distributions_in
from release_async.versions.parsed_files import ParsedFiles
from support.catalogue import Case, cases
from support.repositories import Repository
from support.trees import Files

TOP = Path(__file__).parents[2]
CASES = list(cases(Path(__file__).parents[1] / "versions/catalogue"))
ASKED_PYTHON: Final = 9
RECORD: Final = f"release-async/{pass_cache.FILE}"
Tree = dict[str, str | bytes]
GOOD, BAD = '__version__ = "1.0"\n', '__version__ = "2.0"\n'


# On trees in memory: what a verdict depends on is what the pathspecs fit.


LURES: Final = (
    *(
        "demo.py",
        "src/demo.py",
        "lib/demo/__init__.py",
        "demo/version.py",
        "VERSION",
        "version.txt",
        "README.md",
    ),
    *(
        "setup.py",
        "src/demo",
        "demo",
        "docs/conf.py",
        "src/demo/__init__.pyi",
        "a/Cargo.toml",
        "package-lock.json",
    ),
    *("Cargo.lock", "docs/a.md", "demo/core.py", "demo/_meta.py", "tests/demo.py", "PKG-INFO", "nothing.txt"),
    *("docs/b c.md", "docs/d e.md", "caf\u00e9.py"),
)
STATIC: Final = '[project]\nname = "demo"\nversion = "1.0"\n'
CONFIGURED: Final[tuple[Tree, ...]] = tuple(
    {
        "pyproject.toml": f"{STATIC}[tool.release-async]\nversion-files = {files}\n",
        "docs/a.md": '__version__ = "1.0"\n',
        "docs/b c.md": '__version__ = "1.0"\n',
    }
    for files in ('["docs/*"]', '["docs/*.md"]', '["**/*"]', '["docs/b c.md"]', '["docs/a.md", "gone.py"]')
)
STARTS: Final[tuple[Tree, ...]] = (*(case.files() for case in CASES), *CONFIGURED)
TEXTS: Final = (
    *(
        "",
        '__version__ = "9.9"\n',
        "9.9\n",
        '[package]\nname = "x"\nversion = "9.9"\n',
        '{"version": "9.9"}\n',
    ),
    '[project]\nname = "demo"\nversion = "9.9"\n',
)


@st.composite
def two_trees(draw: st.DrawFn) -> tuple[Files, Files]:
    """A tree, and one that differs only in paths that are not of the names on which its verdict depends."""
    files = dict(draw(st.sampled_from(STARTS)))
    for path in draw(st.lists(st.sampled_from(LURES), max_size=3)):
        files = placed(files, path, draw(st.sampled_from(TEXTS)))
    names, asked = dependencies(files)
    changed = files
    for path in draw(st.lists(st.sampled_from(sorted({*files, *LURES, *asked})), max_size=4)):
        tried = placed(changed, path, draw(st.none() | st.sampled_from(TEXTS)))
        if names.endings and seen(tried, names) == seen(files, names):
            changed = tried
    return Files(files), Files(changed)


def dependencies(files: Tree) -> tuple[pass_cache.Names, set[str]]:
    """The names on which the verdict of these files depends, and every path that was asked for."""
    texts = ParsedFiles(Files(files))
    distributions_in(texts)
    return pass_cache.dependencies(texts), {path for path in texts.requested if path.strip("/")}


def placed(files: Tree, path: str, text: str | None) -> Tree:
    """The files with one more, or one less; what cannot stand beside it in an index goes."""
    left = {
        each: content
        for each, content in files.items()
        if each != path and not each.startswith(f"{path}/") and not path.startswith(f"{each}/")
    }
    return left if text is None else {**left, path: text}


def seen(files: Tree, names: pass_cache.Names) -> Tree:
    """What the entries of these names say."""
    return {path: content for path, content in files.items() if names.matches(path)}


@settings(max_examples=300)
@given(two_trees())
def test_a_verdict_depends_on_its_names_alone(trees: tuple[Files, Files]) -> None:
    """In every layout of the catalogue: whatever else comes, goes or changes, the findings are the same."""
    before, after = trees
    assert distributions(after) == distributions(before)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_layout_can_be_remembered(case: Case) -> None:
    """The names are few, and no ordinary file of the project is among them."""
    names, _ = dependencies(case.files())
    assert 0 < len(names.endings) < 60
    assert not names.matches("src/demo/unrelated.c")


# On real repositories: whenever the hook file says "stands", Python says that it passes.


class Tool(NamedTuple):
    """An installed release-async, and a Python in front of it that tells of each start, or refuses to.

    Attributes:
        library: The folder it is installed in.
        python: Writes a line to ``starts``, then is the real one.
        starts: A line for each start.
        stub: Ends with ``ASKED_PYTHON``.
    """

    library: Path
    python: Path
    starts: Path
    stub: Path

    @property
    def hashes(self) -> Path:
        """What an installer writes anew with each version."""
        return self.library / "release_async-0.1.0.dist-info/RECORD"

    def started(self) -> int:
        """How many times Python was started since this was asked."""
        lines = self.starts.read_text().count("\n") if self.starts.exists() else 0
        self.starts.unlink(missing_ok=True)
        return lines


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Tool:
    """As an installer leaves it, some time ago."""
    folder = tmp_path_factory.mktemp("a tool")
    made = Tool(folder / "site", folder / "python", folder / "starts", folder / "stub")
    shutil.copytree(
        Path(release_async.__file__).parent,
        made.library / "release_async",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    script(made.python, f'echo >>"{made.starts}"; exec "{sys.executable}" "$@"')
    script(made.stub, f"exit {ASKED_PYTHON}")
    made.hashes.parent.mkdir()
    made.hashes.write_text("release_async/__init__.py,sha256=x,1\n")
    aged(made.hashes)
    return made


def script(path: Path, text: str) -> None:
    """An executable shell script."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def aged(path: Path) -> None:
    """Let a file be older than what is young."""
    long_ago = time.time() - 60
    os.utime(path, (long_ago, long_ago))


def hooked(repository: Repository, tool: Tool, python: Path, check: str = "version-consistency") -> Path:
    """The hook file, filled in as ``hooks install`` does."""
    text = (TOP / "hooks/pre-commit").read_text()
    for name, value in (("python", python), ("library", tool.library), ("check", check)):
        text = re.sub(rf"(?m)^{name}=.*$", f"{name}={shlex.quote(str(value))}", text, count=1)
    path = Path(repository.git("rev-parse", "--path-format=absolute", "--git-path", "hooks")) / "pre-commit"
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def repository(tmp_path: Path, tool: Tool) -> Repository:
    """A project whose commit agreed, and is remembered."""
    made = Repository.init(tmp_path / "a project")
    made.write("pyproject.toml", '[project]\nname = "demo"\nversion = "1.0"\n')
    made.write("src/demo/__init__.py", GOOD)
    made.write("NOTES", "x")
    hooked(made, tool, tool.python)
    made.commit()
    tool.started()
    assert (made.path / ".git" / RECORD).is_file()
    return made


def test_an_ordinary_commit_starts_no_python(repository: Repository, tool: Tool) -> None:
    """Of whatever is no version site; in a subfolder, with other ways to commit."""
    repository.write("NOTES", "y")
    repository.git("commit", "--quiet", "--all", "--message=all")
    repository.write("src/demo/core.py", "z")
    repository.git("add", "src")
    repository.git("-C", "src", "commit", "--quiet", "--message=below")
    repository.write("NOTES", "z")
    repository.git("commit", "--quiet", "--message=only", "NOTES")
    repository.git("commit", "--quiet", "--amend", "--message=other words")
    assert tool.started() == 0


def test_the_record_is_the_users_alone(repository: Repository) -> None:
    """Nothing else is written, and nobody else reads it."""
    [record] = (repository.path / ".git/release-async").iterdir()
    assert record.stat().st_mode & 0o777 == 0o600
    assert record.parent.stat().st_mode & 0o777 == 0o700


def test_a_refusal_is_not_remembered(repository: Repository, tool: Tool) -> None:
    """It is refused again, and what passed before still stands."""
    before = (repository.path / ".git" / RECORD).read_bytes()
    repository.write("src/demo/__init__.py", BAD)
    for _ in range(2):
        assert repository.tried("commit", "--all", "--message=bad").returncode == 1
    assert tool.started() == 2
    assert (repository.path / ".git" / RECORD).read_bytes() == before
    repository.write("src/demo/__init__.py", GOOD)
    repository.write("NOTES", "y")
    repository.git("commit", "--quiet", "--all", "--message=good")
    assert tool.started() == 0


def upgraded(tool: Tool) -> None:
    """Another version in the same folder."""
    new = tool.hashes.parent.with_name("release_async-0.2.0.dist-info")
    tool.hashes.parent.rename(new)


def renewed(tool: Tool) -> None:
    """The same version from other sources, with the times of the files before."""
    before = tool.hashes.stat()
    tool.hashes.write_text("release_async/__init__.py,sha256=y,1\n")
    os.utime(tool.hashes, (before.st_atime, before.st_mtime))


@pytest.mark.parametrize("change", [upgraded, renewed])
def test_an_upgrade_asks_again(repository: Repository, tool: Tool, change: Callable[[Tool], None]) -> None:
    """Told without a look at a time of a file: installers link them from their caches."""
    kept = tool.hashes.read_bytes()
    try:
        change(tool)
        repository.git("commit", "--quiet", "--allow-empty", "--message=again")
        assert tool.started() == 1
        repository.git("commit", "--quiet", "--allow-empty", "--message=and again")
        assert tool.started() == 0
    finally:
        shutil.rmtree(tool.hashes.parent, ignore_errors=True)
        shutil.rmtree(tool.hashes.parent.with_name("release_async-0.2.0.dist-info"), ignore_errors=True)
        tool.hashes.parent.mkdir()
        tool.hashes.write_bytes(kept)
        aged(tool.hashes)


def test_an_installation_of_this_moment_is_not_relied_on(repository: Repository, tool: Tool) -> None:
    """It may be newer than the process that judged."""
    record = repository.path / ".git" / RECORD
    record.unlink()
    os.utime(tool.hashes)
    try:
        repository.git("commit", "--quiet", "--allow-empty", "--message=again")
    finally:
        aged(tool.hashes)
    assert not record.exists()


def test_guards_are_never_cut_short(repository: Repository, tool: Tool) -> None:
    """They look at what is staged, which a record of versions says nothing about."""
    hooked(repository, tool, tool.python, "release-guard")
    repository.write(".env", "SECRET=x\n")
    repository.git("add", "--force", ".env")
    assert repository.tried("commit", "--message=secret").returncode == 1
    assert tool.started() == 1


def test_a_damaged_record_is_no_verdict(repository: Repository, tool: Tool) -> None:
    """Emptied, cut anywhere, or no file: Python is asked, and the record is mended."""
    record = repository.path / ".git" / RECORD
    whole = record.read_bytes()
    for content in (b"", b"\n\n", whole[:-1], whole[: whole.index(b"\n")], whole + b"x", b"\0" * 99):
        record.write_bytes(content)
        repository.git("commit", "--quiet", "--allow-empty", "--message=again")
        assert tool.started() == 1
        assert record.read_bytes() == whole
    record.unlink()
    record.mkdir()
    repository.git("commit", "--quiet", "--allow-empty", "--message=again")
    assert tool.started() == 1
    assert [path.name for path in record.parent.iterdir()] == [record.name]


def test_where_nothing_can_be_written_the_verdict_is_the_same(repository: Repository) -> None:
    """A file in the place of the folder, as nobody's permissions stop root."""
    shutil.rmtree(repository.path / ".git/release-async")
    (repository.path / ".git/release-async").write_text("")
    done = repository.tried("commit", "--allow-empty", "--message=again")
    assert (done.returncode, done.stderr) == (0, "")
    repository.write("src/demo/__init__.py", BAD)
    assert repository.tried("commit", "--all", "--message=bad").returncode == 1


def test_a_missing_interpreter_is_told_though_the_verdict_stands(repository: Repository, tool: Tool) -> None:
    """Fails closed now, not with the next change of a version."""
    hooked(repository, tool, tool.library / "gone")
    refused = repository.tried("commit", "--allow-empty", "--message=again")
    assert refused.returncode == 1
    assert "is gone, and release-async with it" in refused.stderr


@pytest.mark.parametrize("shell", ["dash", "bash --posix", "busybox sh", "ksh", "zsh --emulate sh"])
def test_every_shell_sees_it(repository: Repository, tool: Tool, shell: str) -> None:
    """What stands and what does not, by the shells that are ``sh`` somewhere."""
    words = shell.split()
    if not shutil.which(words[0]):
        pytest.skip(f"there is no {words[0]} here")
    stub = str(hooked(repository, tool, tool.stub))

    def asked() -> int:
        return subprocess.run((*words, stub), cwd=repository.path, check=False).returncode

    assert asked() == 0
    repository.write("src/demo/_version.py", BAD)
    repository.git("add", "src")
    assert asked() == ASKED_PYTHON


def test_each_working_tree_has_its_own(repository: Repository, tool: Tool) -> None:
    """Beside its index, and what one of them saw is nothing to another."""
    linked = Repository(repository.path.parent / "linked")
    repository.git("worktree", "add", "--quiet", str(linked.path))
    linked.write("src/demo/__init__.py", BAD)
    assert linked.tried("commit", "--all", "--message=bad").returncode == 1
    linked.write("pyproject.toml", '[project]\nname = "demo"\nversion = "2.0"\n')
    linked.git("commit", "--quiet", "--all", "--message=good")
    assert tool.started() == 2
    assert (repository.path / ".git/worktrees/linked" / RECORD).is_file()
    for each in (linked, repository):
        each.git("commit", "--quiet", "--allow-empty", "--message=again")
    assert tool.started() == 0


@pytest.mark.parametrize("form", ["sha256", "submodule", "separate", "sparse", "odd name"])
def test_every_kind_of_repository(tmp_path: Path, tool: Tool, form: str) -> None:
    """The second commit asks nobody, a wrong one is refused."""
    repository = Repository(tmp_path / ("a\n[*] pröject" if form == "odd name" else "project"))
    options = {
        "sha256": ["--object-format=sha256"],
        "separate": [f"--separate-git-dir={tmp_path / 'elsewhere'}"],
    }
    if form == "submodule":
        child = Repository.init(tmp_path / "child")
        child.commit()
        outer = Repository.init(tmp_path / "outer")
        outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(child.path), "sub")
        repository = Repository(outer.path / "sub")
    else:
        repository.path.mkdir()
        repository.git("init", "--quiet", *options.get(form, []))
    repository.write("pyproject.toml", '[project]\nname = "demo"\nversion = "1.0"\n')
    repository.write("src/demo/__init__.py", GOOD)
    repository.write("other/x", GOOD)
    hooked(repository, tool, tool.python)
    repository.commit()
    if form == "sparse":
        repository.git("sparse-checkout", "set", "--sparse-index", "other")
    tool.started()
    for number in range(2):
        repository.write("other/x", str(number))
        repository.git("commit", "--quiet", "--message=again", "other/x")
    assert tool.started() == 0
    staged = repository.write("bad", BAD)
    blob = repository.git("hash-object", "-w", str(staged))
    repository.git("update-index", "--add", "--cacheinfo", f"100644,{blob},src/demo/__init__.py")
    assert repository.tried("commit", "--message=bad").returncode == 1


@pytest.mark.parametrize(
    "environ",
    [{f"GIT_{kind}_PATHSPECS": "1"} for kind in ("LITERAL", "GLOB", "NOGLOB", "ICASE")]
    + [
        {"GIT_TRACE": "1"},
        {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.quotePath", "GIT_CONFIG_VALUE_0": "0"},
    ],
    ids=lambda environ: next(iter(environ)),
)
def test_the_environment_changes_no_answer(
    repository: Repository, tool: Tool, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]
) -> None:
    """Pathspecs that are bent would fit nothing, and nothing would ever have changed."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    repository.git("commit", "--quiet", "--allow-empty", "--message=again")
    assert tool.started() == 0
    repository.write("src/demo/__init__.py", BAD)
    assert repository.tried("commit", "--all", "--message=bad").returncode == 1


def test_a_conflict_is_nobodys_pass(repository: Repository, tool: Tool) -> None:
    """Also where it is in no version site."""
    stub = hooked(repository, tool, tool.stub)
    repository.git("switch", "--quiet", "--create", "theirs")
    for branch in ("theirs", "main"):
        repository.git("switch", "--quiet", branch)
        repository.write("NOTES", branch)
        repository.git("commit", "--no-verify", "--quiet", "--all", f"--message={branch}")
    repository.tried("merge", "theirs")
    assert subprocess.run((str(stub),), cwd=repository.path, check=False).returncode == ASKED_PYTHON
    for words in (["commit", "--message=x"], ["commit", "--message=x", "NOTES"], ["merge", "--continue"]):
        refused = repository.tried(*words)
        assert refused.returncode == 128  # git's own answer, before any hook: ours says 1


def test_what_is_only_announced_asks_python(repository: Repository, tool: Tool) -> None:
    """``ls-files`` says the same of it as of an empty file, and it is not committed."""
    repository.write("src/demo/__init__.py", "")
    repository.git("commit", "--quiet", "--all", "--message=empty")
    assert tool.started() == 1
    repository.git("commit", "--quiet", "--allow-empty", "--message=again")
    assert tool.started() == 0
    repository.git("rm", "--quiet", "--cached", "src/demo/__init__.py")
    repository.git("add", "--intent-to-add", "src/demo/__init__.py")
    repository.git("commit", "--quiet", "--message=announced")
    assert tool.started() == 1


def test_where_a_link_leads_asks_python(repository: Repository, tool: Tool) -> None:
    """The file at its end may be called anything."""
    repository.write("stated.txt", GOOD)
    (repository.path / "src/demo/__init__.py").unlink()
    (repository.path / "src/demo/__init__.py").symlink_to("../../stated.txt")
    repository.commit()
    assert tool.started() == 1
    repository.write("stated.txt", BAD)
    assert repository.tried("commit", "--all", "--message=bad").returncode == 1


@pytest.mark.parametrize("path", ["docs/new.md", "docs/a b.md", "docs/café.md"])
def test_a_new_file_that_the_settings_name_asks_python(repository: Repository, tool: Tool, path: str) -> None:
    """By a pattern that fits it, whatever its name."""
    repository.write("docs/old.md", "release-async 1.0\n")
    wanted = '{ path = "docs/*.md", pattern = "release-async {version}" }'
    settings_of = (
        f'[project]\nname = "demo"\nversion = "1.0"\n[tool.release-async]\nversion-files = [{wanted}]\n'
    )
    repository.write("pyproject.toml", settings_of)
    repository.commit()
    repository.write("src/demo/core.py", "x")
    repository.commit()
    assert tool.started() == 1
    repository.write(path, "release-async 2.0\n")
    repository.git("add", "docs")
    assert repository.tried("commit", "--message=bad").returncode == 1


@pytest.mark.parametrize("path", ["a b.txt", "[x]!.txt", "na\u00efve.txt", "x\ny.txt"])
def test_an_odd_name_counts_as_any_other(repository: Repository, tool: Tool, path: str) -> None:
    """Whatever signs are in it, for a shell or for git."""
    wanted = f'{{ path = {json.dumps(path)}, pattern = "v{{version}}" }}'
    table = f"[tool.release-async]\nversion-files = [{wanted}]\n"
    repository.write("pyproject.toml", f'[project]\nname = "demo"\nversion = "1.0"\n{table}')
    repository.write(path, "v1.0\n")
    repository.commit()
    tool.started()
    repository.git("commit", "--quiet", "--allow-empty", "--message=again")
    assert tool.started() == 0
    repository.write(path, "v2.0\n")
    assert repository.tried("commit", "--all", "--message=other").returncode == 1


EDITED: Final = (
    *(
        "pyproject.toml",
        "src/demo/__init__.py",
        "src/demo/_version.py",
        "demo.py",
        "demo/__init__.py",
        "setup.py",
    ),
    *(
        "src/demo.py",
        "uv.lock",
        "NOTES",
        "docs/conf.py",
        "src/demo/core.py",
        "VERSION",
        "docs/b c.md",
        "real.py",
    ),
)
CONTENTS: Final = (
    *("", GOOD, BAD, "1.0\n", "2.0\n", "real.py", "../../real.py", "# nothing\n"),
    STATIC,
    STATIC.replace("1.0", "2.0"),
    '[project]\nname = "demo"\ndynamic = ["version"]\n[tool.setuptools.dynamic.version]\nfile = "VERSION"\n',
    f'{STATIC}[tool.release-async]\nversion-files = ["docs/*.md"]\n',
    f'{STATIC}[tool.release-async]\nignore = ["*"]\n',
    'from setuptools import setup\nsetup(name="demo", version=open("VERSION").read())\n',
    'version = 1\n[[package]]\nname = "demo"\nversion = "2.0"\nsource = { editable = "." }\n',
)
Edit = tuple[str, str, str]
EDITS: Final = st.tuples(
    st.sampled_from(("write", "write", "link", "announce", "delete", "run", "rename")),
    st.sampled_from(EDITED),
    st.sampled_from(CONTENTS),
)


def edit(repository: Repository, change: Edit) -> None:
    """Bring one change into the index, and the work tree where git looks there."""
    act, path, content = change
    modes = {"write": "100644", "run": "100755", "link": "120000"}
    if act in modes:
        blob = subprocess.run(
            ("git", "hash-object", "-w", "--stdin"),
            cwd=repository.path,
            input=content.encode(),
            capture_output=True,
            check=True,
        )
        oid = blob.stdout.decode().strip()
        repository.git("update-index", "--add", "--replace", "--cacheinfo", f"{modes[act]},{oid},{path}")
    elif act == "announce":
        repository.tried("rm", "--quiet", "--cached", "--force", path)
        with contextlib.suppress(OSError):
            repository.write(path, content)
        repository.tried("add", "--intent-to-add", path)
    elif act == "delete":
        repository.git("update-index", "--force-remove", path)
    else:
        entries = repository.git("ls-files", "-s", path).split()
        if entries:
            repository.git("update-index", "--force-remove", path)
            other = EDITED[len(content) % len(EDITED)]
            repository.git(
                "update-index", "--add", "--replace", "--cacheinfo", f"{entries[0]},{entries[1]},{other}"
            )


def judged(repository: Repository, remembered: str = "") -> int:
    """What Python says of the index, in this process."""
    with contextlib.chdir(repository.path), contextlib.redirect_stderr(io.StringIO()):
        return hook.main(["version-consistency"], remembered)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, tool: Tool) -> Repository:
    """A project with all kinds of sites, and a hook file that only says whether the last verdict stands."""
    made = Repository.init(tmp_path_factory.mktemp("template") / "project")
    for path, content in (
        ("pyproject.toml", CONTENTS[8]),
        ("src/demo/__init__.py", GOOD),
        ("NOTES", "x"),
        ("real.py", GOOD),
    ):
        made.write(path, content)
    made.commit()
    hooked(made, tool, tool.stub)
    return made


def test_what_stands_is_what_python_passes(
    template: Repository, tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was added, deleted, renamed, changed, linked or announced since."""
    monkeypatch.setattr(pass_cache, "_library", lambda: str(tool.library))
    stood: list[bool] = []

    @settings(max_examples=int(os.environ.get("EXAMPLES", "25")))
    @given(st.lists(EDITS, max_size=3), st.lists(EDITS, min_size=1, max_size=3))
    def hold(before: list[Edit], after: list[Edit]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            repository = Repository(Path(folder) / "project")
            shutil.copytree(template.path, repository.path, symlinks=True)
            for change in before:
                edit(repository, change)
            judged(repository, str(repository.path / ".git" / RECORD))
            for change in after:
                edit(repository, change)
                done = subprocess.run((".git/hooks/pre-commit",), cwd=repository.path, check=False)
                stood.append(done.returncode == 0)
                assert done.returncode in (0, ASKED_PYTHON)
                assert done.returncode == ASKED_PYTHON or judged(repository) == hook.PASSED

    hold()
    assert any(stood), "nothing was proved"
