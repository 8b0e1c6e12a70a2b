"""Builds happen in a child: the right files, from the right source, no token, and nothing left behind."""

import os
import shutil
import signal
import subprocess
import sys
import tarfile
import textwrap
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest

from release_async.base.errors import CommandError
from release_async.external.build import builder
from release_async.process import child_environments, low_priority
from support import canary, secrets
from support.processes import is_running
from support.repositories import Repository

PYPROJECT = """
[build-system]
requires = {requires}
build-backend = "{backend}"
{path}
[project]
name = "demo"
version = "1.0"
"""

BACKEND = """
import os, pathlib, subprocess, sys, tarfile, time, zipfile

def get_requires_for_build_sdist(config_settings=None):
    {asks_for_sdist}
    return []

def get_requires_for_build_wheel(config_settings=None):
    {asks_for_wheel}
    return []

def build_sdist(directory, config_settings=None):
    {sdist}
    with tarfile.open(os.path.join(directory, "demo-1.0.tar.gz"), "w:gz") as archive:
        for name in ("pyproject.toml", "backend.py", "PKG-INFO"):
            archive.add(name, "demo-1.0/" + name)
    return "demo-1.0.tar.gz"

def build_wheel(directory, config_settings=None, metadata_directory=None):
    {wheel}
    with zipfile.ZipFile(os.path.join(directory, "demo-1.0-py3-none-any.whl"), "w") as archive:
        for name in os.listdir():
            archive.write(name, "seen/" + name)
    return "demo-1.0-py3-none-any.whl"
"""


@pytest.fixture
def env() -> Mapping[str, str]:
    """The environment of a build; what installers download they keep, whatever home a test has."""
    return child_environments.for_project(os.environ)


def real_project(root: Path, backend: str) -> Path:
    """A project with a backend that people use; ``setup.py`` is one from before pyproject.toml."""
    (root / "demo").mkdir(parents=True)
    (root / "demo" / "__init__.py").write_text("")
    if backend == "setup.py":
        (root / "setup.py").write_text("import setuptools; setuptools.setup(name='demo', version='1.0')")
    else:
        requires = f'["{backend.partition(".")[0]}"]'
        (root / "pyproject.toml").write_text(PYPROJECT.format(requires=requires, backend=backend, path=""))
    return root


def scripted_project(root: Path, **hooks: str) -> Path:
    """A project that brings its own backend, whose hooks begin with the given lines."""
    root.mkdir()
    places = ("asks_for_sdist", "asks_for_wheel", "sdist", "wheel")
    lines = {place: textwrap.indent(hooks.get(place, "pass"), "    ").strip() for place in places}
    (root / "backend.py").write_text(BACKEND.format(**lines))
    (root / "pyproject.toml").write_text(
        PYPROJECT.format(requires="[]", backend="backend", path='backend-path = ["."]')
    )
    (root / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
    return root


def requirement(directory: Path, name: str, text: str = "") -> str:
    """A requirement that installs a module, without any index."""
    wheel = directory / f"{name}-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{name}.py", text)
        archive.writestr(f"{name}-1.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        archive.writestr(f"{name}-1.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{name}-1.dist-info/RECORD", "")
    return f"{name} @ {wheel.as_uri()}"


def wait_until_gone(pids: list[int], scratch: Path) -> None:
    """Fail unless the processes and the scratch directory go within a generous while."""
    for _ in range(500):
        if not scratch.exists() and not any(is_running(pid) for pid in pids):
            return
        time.sleep(0.01)
    pytest.fail(f"left: {[pid for pid in pids if is_running(pid)]}, scratch: {scratch.exists()}")


@pytest.mark.parametrize(
    ("anyio_backend", "backend"),  # in pairs: these are the slow ones
    [("asyncio", "setuptools.build_meta"), ("trio", "hatchling.build"), ("trio", "setup.py")],
)
async def test_sdist_and_wheel_are_built(tmp_path: Path, env: Mapping[str, str], backend: str) -> None:
    """Projects build as they do with `python -m build`, also those from before pyproject.toml."""
    source = real_project(tmp_path / "source", backend)
    copy = shutil.copytree(source, tmp_path / "copy")
    async with builder.open_builder(tmp_path / "scratch", env) as workspace:
        installed = await workspace.provision(copy)
        built = await workspace.build(source, tmp_path / "out")
    assert set(installed) == {"hatchling" if "hatchling" in backend else "setuptools"}
    assert [built.sdist.name, built.wheel.name[:9]] == ["demo-1.0.tar.gz", "demo-1.0-"]
    with tarfile.open(built.sdist) as sdist, zipfile.ZipFile(built.wheel) as wheel:
        assert "demo-1.0/demo/__init__.py" in sdist.getnames()
        assert "demo/__init__.py" in wheel.namelist()
    assert not (tmp_path / "scratch").exists()


@pytest.mark.parametrize(("anyio_backend", "backend"), [("asyncio", "setup.py"), ("trio", "hatchling.build")])
async def test_name_and_version_are_told_and_told_anew(
    tmp_path: Path, env: Mapping[str, str], backend: str
) -> None:
    """As the tree is at the time: an edit after the first answer is seen by the second."""
    source = real_project(tmp_path / "source", backend)
    async with builder.open_builder(tmp_path / "scratch", env) as workspace:
        await workspace.provision(source)
        assert await workspace.metadata(source) == builder.BuiltMetadata("demo", "1.0")
        stating = source / ("setup.py" if backend == "setup.py" else "pyproject.toml")
        stating.write_text(stating.read_text().replace("1.0", "1.1"))
        assert await workspace.metadata(source) == builder.BuiltMetadata("demo", "1.1")


@pytest.mark.skipif(sys.platform != "linux", reason="a backend is shared on Linux alone")
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_the_hooks_of_an_installed_backend_share_its_import(
    tmp_path: Path, env: Mapping[str, str]
) -> None:
    """It is imported while the tests run; a backend that asks for more is imported with that there."""
    more = requirement(tmp_path, "more")
    source = real_project(tmp_path / "source", "setuptools.build_meta")
    (source / "setup.py").write_text(
        "import importlib.util, os, setuptools\n"
        "print('seen', os.getppid(), bool(importlib.util.find_spec('more')))\n"
        f"setuptools.setup(setup_requires=[{more!r}] if not os.environ.get('SOURCE_DATE_EPOCH') else [])"
    )
    lines: list[str] = []
    async with builder.open_builder(tmp_path / "scratch", env, lines.append) as workspace:
        await workspace.provision(shutil.copytree(source, tmp_path / "copy"))
        await workspace.build(source, tmp_path / "out", epoch=1_700_000_000)
    seen = [line.split()[1:] for line in lines if line.startswith("seen ")]
    asked, sdist, wheel = seen
    assert [found for _, found in seen] == ["False", "True", "True"]
    assert asked[0] != sdist[0] == wheel[0]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_backend_that_nobody_knows_is_imported_by_every_hook(
    tmp_path: Path, env: Mapping[str, str]
) -> None:
    """It may look at directory or date when it is imported, or clear up at the end of the first hook."""
    tell = "print('seen', HERE == os.getcwd(), DATE, os.path.exists(ROOM.name))"
    looks = (
        "import os, tempfile\nHERE, DATE = os.getcwd(), os.environ.get('SOURCE_DATE_EPOCH')\n"
        "ROOM = tempfile.TemporaryDirectory()\n"
    )
    hooks = BACKEND.replace('"backend.py", ', "")
    text = looks + hooks.format(asks_for_sdist=tell, asks_for_wheel=tell, sdist=tell, wheel=tell)
    source = scripted_project(tmp_path / "source")
    requires = f'["{requirement(tmp_path, "looking", text)}"]'
    (source / "pyproject.toml").write_text(PYPROJECT.format(requires=requires, backend="looking", path=""))
    lines: list[str] = []
    async with builder.open_builder(tmp_path / "scratch", env, lines.append) as workspace:
        await workspace.provision(shutil.copytree(source, tmp_path / "copy"))
        await workspace.build(source, tmp_path / "out", epoch=1_700_000_000)
    asked, built = ["seen True None True"] * 2, ["seen True 1700000000 True"] * 2
    assert [line for line in lines if line.startswith("seen ")] == asked + built


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_another_backend_than_the_one_imported_begins_afresh(
    tmp_path: Path, env: Mapping[str, str]
) -> None:
    """What is built may name another than the copy did, as an sdist that a backend wrote."""
    copy = real_project(tmp_path / "copy", "setuptools.build_meta")
    source = scripted_project(tmp_path / "source", sdist="print('imported:', 'setuptools' in sys.modules)")
    lines: list[str] = []
    async with builder.open_builder(tmp_path / "scratch", env, lines.append) as workspace:
        await workspace.provision(copy)
        await workspace.build(source, tmp_path / "out")
    assert "imported: False" in lines


async def test_the_wheel_is_built_from_the_sdist(tmp_path: Path, env: Mapping[str, str]) -> None:
    """A file that is missing in the sdist cannot be in the wheel: what is released builds from itself."""
    source = scripted_project(tmp_path / "source")
    (source / "untracked.py").write_text("")
    async with builder.open_builder(tmp_path / "scratch", env) as workspace:
        built = await workspace.build(source, tmp_path / "out")
    with zipfile.ZipFile(built.wheel) as wheel:
        assert set(wheel.namelist()) >= {"seen/backend.py", "seen/PKG-INFO"}
        assert "seen/untracked.py" not in wheel.namelist()


async def test_no_repository_is_found_around_an_unpacked_sdist(
    tmp_path: Path, env: Mapping[str, str]
) -> None:
    """It lies in a git directory, where git takes any place for a top; the project keeps its repository."""
    repository = Repository.init(tmp_path / "repository")
    ask = 'open(NAME, "w").write(str(subprocess.call(["git", "rev-parse", "--show-cdup"])))'
    sdist, wheel = (ask.replace("NAME", repr(str(tmp_path / name))) for name in ("sdist-says", "wheel-says"))
    source = scripted_project(repository.path / "project", sdist=sdist, wheel=wheel)
    async with builder.open_builder(repository.path / ".git/scratch", env) as workspace:
        await workspace.build(source, tmp_path / "out")
    assert (tmp_path / "sdist-says").read_text() == "0"
    assert (tmp_path / "wheel-says").read_text() == "128"


async def test_a_build_that_was_not_provisioned_leaves_the_hooks_for_that_to_a_copy(
    tmp_path: Path, env: Mapping[str, str]
) -> None:
    """Asking for requirements writes into a tree; it is never the tree that is released."""
    source = scripted_project(tmp_path / "source", asks_for_sdist="open('left-behind', 'w').close()")
    async with builder.open_builder(tmp_path / "scratch", env) as workspace:
        await workspace.build(source, tmp_path / "out")
    assert not (source / "left-behind").exists()


@pytest.mark.parametrize("asked_by_both", [False, True])
async def test_what_only_the_sdist_asks_for_is_not_there_for_the_wheel(
    tmp_path: Path, env: Mapping[str, str], *, asked_by_both: bool
) -> None:
    """One environment serves both builds only where that cannot change the wheel."""
    ask = f"return [{requirement(tmp_path, 'ballast')!r}]"
    source = scripted_project(
        tmp_path / "source",
        asks_for_sdist=ask,
        asks_for_wheel=ask if asked_by_both else "pass",
        sdist="import ballast",
        wheel="try: import ballast; open('ballast-was-there', 'w').close()\nexcept ImportError: pass",
    )
    async with builder.open_builder(tmp_path / "scratch", env) as workspace:
        installed = await workspace.provision(source)
        built = await workspace.build(source, tmp_path / "out")
    assert installed == {"ballast": "1"}
    with zipfile.ZipFile(built.wheel) as wheel:
        assert ("seen/ballast-was-there" in wheel.namelist()) is asked_by_both


async def test_setuptools_is_asked_once_what_both_builds_require(
    tmp_path: Path, env: Mapping[str, str]
) -> None:
    """It would run the project's setup.py twice for the same answer; what that answers is installed."""
    source, ballast = real_project(tmp_path / "source", "setup.py"), requirement(tmp_path, "ballast")
    (source / "setup.py").write_text(
        "import setuptools, sys\nwith open('asked', 'a') as file: file.write(f'{sys.argv[1]}\\n')\n"
        f"setuptools.setup(name='demo', version='1.0', setup_requires=[{ballast!r}])\n"
    )
    async with builder.open_builder(tmp_path / "scratch", env) as workspace:
        installed = await workspace.provision(source)
    assert (source / "asked").read_text().split() == ["egg_info"]
    assert installed["ballast"] == "1"


async def test_a_hook_that_lacks_a_requirement_it_asks_for_only_now_is_tried_again(
    tmp_path: Path, env: Mapping[str, str]
) -> None:
    """The release commit may need what the copy did not: it is installed, and the hook runs once more."""
    ask = f"if os.path.exists('now'): return [{requirement(tmp_path, 'ballast')!r}]"
    source = scripted_project(tmp_path / "source", asks_for_sdist=ask, sdist="import ballast")
    async with builder.open_builder(tmp_path / "scratch", env) as workspace:
        assert await workspace.provision(source) == {}
        (source / "now").touch()
        built = await workspace.build(source, tmp_path / "out")
    assert built.sdist.exists()


PIP_CHILD = """
from release_async.external.build import builder_child
builder_child._has_uv = lambda: False
builder_child.main()
"""


async def test_pip_installs_where_there_is_no_uv(
    tmp_path: Path, env: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody needs uv, and a module named pip that lies in the project is not taken for pip."""
    child = tmp_path / "pip_child.py"
    child.write_text(PIP_CHILD)
    monkeypatch.setattr(builder, "CHILD", child)
    ask = f"return [{requirement(tmp_path, 'ballast')!r}]"
    source = scripted_project(tmp_path / "source", asks_for_sdist=ask, sdist="import ballast")
    (source / "pip.py").write_text("raise SystemExit('this is not pip')")
    async with builder.open_builder(tmp_path / "scratch", env) as workspace:
        await workspace.provision(source)
        built = await workspace.build(source, tmp_path / "out")
    assert built.wheel.exists()


async def test_a_backend_that_fails_is_told_with_its_last_words(
    tmp_path: Path, env: Mapping[str, str]
) -> None:
    """The person sees what the backend said and what to do; what would fail again is not tried again."""
    source = scripted_project(
        tmp_path / "source", sdist="open('tries', 'a').write('x')\nsys.exit('the tank is empty')"
    )
    lines: list[str] = []
    async with builder.open_builder(tmp_path / "scratch", env, lines.append) as workspace:
        with pytest.raises(CommandError, match="build_sdist") as caught:
            await workspace.build(source, tmp_path / "out")
    assert "the tank is empty" in caught.value.detail
    assert "the tank is empty" in lines
    assert "python -m build" in caught.value.cure
    assert (source / "tries").read_text() == "x"


async def test_a_requirement_that_cannot_be_installed_is_told(tmp_path: Path, env: Mapping[str, str]) -> None:
    """Provisioning is a check: its failure names the requirement, and the builder lives on."""
    missing = f"missing @ {(tmp_path / 'missing-1-py3-none-any.whl').as_uri()}"
    bad = scripted_project(tmp_path / "bad", asks_for_wheel=f"return [{missing!r}]")
    good = scripted_project(tmp_path / "good")
    async with builder.open_builder(tmp_path / "scratch", env) as workspace:
        with pytest.raises(CommandError, match="could not be installed") as caught:
            await workspace.provision(bad)
        assert await workspace.provision(good) == {}
    assert "missing-1-py3-none-any.whl" in caught.value.detail
    assert "[build-system]" in caught.value.cure


async def test_a_backend_that_says_it_built_what_is_not_there_is_told(
    tmp_path: Path, env: Mapping[str, str]
) -> None:
    """Only files that exist, where they were asked for, go on to be inspected."""
    source = scripted_project(tmp_path / "source", wheel="return 'elsewhere-1.0-py3-none-any.whl'")
    async with builder.open_builder(tmp_path / "scratch", env) as workspace:
        with pytest.raises(CommandError, match=r"elsewhere-1\.0"):
            await workspace.build(source, tmp_path / "out")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "no pyproject.toml or setup.py"),
        ({"pyproject.toml": "[build-system"}, "Failed to parse"),
        ({"pyproject.toml": "[build-system]\nrequires = 1"}, "requires"),
        ({"pyproject.toml": "# caf\udce9"}, "utf-8"),
    ],
)
async def test_what_is_no_project_is_told_in_words(
    tmp_path: Path, env: Mapping[str, str], files: Mapping[str, str], words: str
) -> None:
    """A directory that cannot be built is the person's to correct, and no traceback."""
    source = tmp_path / "source"
    source.mkdir()
    for name, text in files.items():
        (source / name).write_text(text, errors="surrogateescape")
    async with builder.open_builder(tmp_path / "scratch", env) as workspace:
        with pytest.raises(CommandError, match=words) as caught:
            await workspace.provision(source)
    assert "pyproject.toml" in caught.value.cure


async def test_the_backend_sees_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that prints all it can reach, its own and its parent's environment, prints no token."""
    for name in ("PYPI_API_TOKEN", "TWINE_PASSWORD", "GH_TOKEN"):
        monkeypatch.setenv(name, secrets.characters(20))
    look = "print(dict(os.environ), open(f'/proc/{os.getppid()}/environ').read())"
    source = scripted_project(tmp_path / "source", sdist=look, wheel=look)
    env = child_environments.for_project(os.environ)
    lines: list[str] = []
    async with builder.open_builder(tmp_path / "scratch", env, lines.append) as workspace:
        await workspace.build(source, tmp_path / "out", epoch=1_700_000_000)
    assert len([line for line in lines if "'SOURCE_DATE_EPOCH': '1700000000'" in line]) == 2
    assert not canary.shows("".join(lines))


async def test_a_build_gives_way_to_the_tests(tmp_path: Path, env: Mapping[str, str]) -> None:
    """Who makes the environment while the tests run does not slow them down."""
    source = scripted_project(tmp_path / "source", asks_for_wheel="print('niceness', os.nice(0))")
    lines: list[str] = []
    async with builder.open_builder(tmp_path / "scratch", env, lines.append) as workspace:
        await workspace.provision(source)
    assert f"niceness {min(os.nice(0) + low_priority.NICENESS, 19)}" in lines


async def test_a_backend_cannot_reach_the_pipes(tmp_path: Path, env: Mapping[str, str]) -> None:
    """What a hook prints is output and no answer, and it reads no orders."""
    source = scripted_project(
        tmp_path / "source",
        sdist='print(\'{"answer": "built", "number": 1}\')\nassert sys.stdin.read() == ""',
    )
    async with builder.open_builder(tmp_path / "scratch", env) as workspace:
        built = await workspace.build(source, tmp_path / "out")
    assert built.wheel.exists()


async def test_a_process_that_a_hook_leaves_behind_holds_nothing_up(
    tmp_path: Path, env: Mapping[str, str]
) -> None:
    """A compiler's server that keeps the pipe open does not keep the build from ending, and goes with it."""
    leave = "open('pid', 'w').write(str(subprocess.Popen(['sleep', '600']).pid))"
    source = scripted_project(tmp_path / "source", sdist=leave)
    async with builder.open_builder(tmp_path / "scratch", env) as workspace:
        await workspace.build(source, tmp_path / "out")
        left = int((source / "pid").read_text())
        assert is_running(left)
    wait_until_gone([left], tmp_path / "scratch")


HANG = """\
grandchild = subprocess.Popen(["sleep", "600"])
pathlib.Path("pids.new").write_text(f"{os.getpid()} {grandchild.pid}")
os.rename("pids.new", "pids")
time.sleep(600)
"""


async def test_cancelled_in_the_middle_nothing_is_left(tmp_path: Path, env: Mapping[str, str]) -> None:
    """Ctrl-C while a hook runs ends the hook, what it started, and the scratch directory."""
    source = scripted_project(tmp_path / "source", sdist=HANG)

    async def build() -> None:
        async with builder.open_builder(tmp_path / "scratch", env) as workspace:
            await workspace.build(source, tmp_path / "out")

    pids = source / "pids"
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(build)
        while not await anyio.Path(pids).exists():  # noqa: ASYNC110 - a file of another process is no event
            await anyio.sleep(0.01)
        tasks.cancel_scope.cancel()
    wait_until_gone([int(pid) for pid in pids.read_text().split()], tmp_path / "scratch")


async def test_a_build_that_takes_too_long_is_ended(tmp_path: Path, env: Mapping[str, str]) -> None:
    """A hook that hangs ends the build at its deadline, and goes with the builder."""
    source = scripted_project(tmp_path / "source", sdist=HANG)
    deadlines = builder.Deadlines(build=1.5)
    async with builder.open_builder(tmp_path / "scratch", env, deadlines=deadlines) as workspace:
        await workspace.provision(shutil.copytree(source, tmp_path / "copy"))
        with pytest.raises(CommandError, match=r"no answer within"):
            await workspace.build(source, tmp_path / "out")
    pids = (source / "pids").read_text().split()
    wait_until_gone([int(pid) for pid in pids], tmp_path / "scratch")


async def test_an_answer_that_came_too_late_is_not_taken_for_the_next(
    tmp_path: Path, env: Mapping[str, str]
) -> None:
    """A provisioning that was cancelled (another check refused) leaves the builder usable."""
    source = scripted_project(tmp_path / "source", asks_for_sdist="time.sleep(0.3)")
    async with builder.open_builder(tmp_path / "scratch", env) as workspace:
        with anyio.move_on_after(0.1) as limit:
            await workspace.provision(source)
        assert limit.cancelled_caught
        built = await workspace.build(source, tmp_path / "out")
    assert built.wheel.exists()


PARENT = """
import anyio, os, sys
from pathlib import Path
from release_async.external.build import builder

async def main():
    async with builder.open_builder(Path(sys.argv[1]), dict(os.environ)) as workshop:
        await workshop.build(Path(sys.argv[2]), Path(sys.argv[3]))

anyio.run(main)
"""


def test_a_parent_that_is_killed_takes_everything_with_it(tmp_path: Path, env: Mapping[str, str]) -> None:
    """SIGKILL cannot be handled, and still no hook runs on and no scratch directory stays."""
    source = scripted_project(tmp_path / "source", sdist=HANG)
    scratch = tmp_path / "scratch"
    arguments = [str(path) for path in (scratch, source, tmp_path / "out")]
    with subprocess.Popen([sys.executable, "-c", PARENT, *arguments], env=env) as parent:
        while not (source / "pids").exists():
            assert parent.poll() is None
            time.sleep(0.01)
        parent.send_signal(signal.SIGKILL)
    wait_until_gone([int(pid) for pid in (source / "pids").read_text().split()], scratch)
