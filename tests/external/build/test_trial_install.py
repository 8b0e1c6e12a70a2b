"""A wheel goes into an empty prefix, with uv or pip alike; what it is there is read from its metadata."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from release_async.base.errors import CommandError
from release_async.external.build import trial_install
from release_async.external.build.trial_install import IndexOptions, Installed, TrialOptions
from support import indexes

HERE = TrialOptions(os.environ)
PATHS = {"with uv": f"{Path(sys.executable).parent}:/usr/bin:/bin", "with pip": "/usr/bin:/bin"}


def uv_bucket(cache: Path, prefix: str) -> str:
    """What this uv calls one of the folders of its cache."""
    uv = Path(sys.executable).with_name("uv")
    command = (uv, "pip", "list", "--python", sys.executable, "--cache-dir", cache)
    subprocess.run(command, check=True, capture_output=True)
    return next(cache.glob(f"{prefix}*")).name


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
async def test_a_wheel_goes_in_and_its_version_comes_out(tmp_path: Path, path: str) -> None:
    """Although one of that name may be installed where this runs, and whatever an installer is told."""
    wheel, home = indexes.wheel(tmp_path, "1.2.3"), tmp_path / "prefix"
    env = {**os.environ, "PATH": path, "PIP_TARGET": str(tmp_path / "elsewhere"), "UV_TARGET": "elsewhere"}
    assert await trial_install.installed("Demo", wheel, home, TrialOptions(env)) == Installed("1.2.3")
    assert not home.exists()
    assert not (tmp_path / "elsewhere").exists()


async def test_uv_keeps_what_it_learns_of_an_interpreter_and_no_wheel(tmp_path: Path) -> None:
    """The person's cache has the one afterwards, nothing of the other, and is still there."""
    wheel, home, cache = indexes.wheel(tmp_path, "1.2.3"), tmp_path / "prefix", tmp_path / "theirs"
    bucket = uv_bucket(tmp_path / "asked", "interpreter-v")
    (cache / bucket).mkdir(parents=True)
    env = {**os.environ, "PATH": PATHS["with uv"], "UV_CACHE_DIR": str(cache)}
    assert await trial_install.installed("demo", wheel, home, TrialOptions(env)) == Installed("1.2.3")
    assert any((cache / bucket).rglob("*.msgpack"))
    assert [each.name for each in cache.iterdir()] == [bucket]
    assert not (tmp_path / "prefix-cache").exists()


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
async def test_an_index_is_asked_alone_and_the_version_comes_out(tmp_path: Path, path: str) -> None:
    """Whatever other index an installer is told of; what the index does not have is an error."""
    indexes.wheel(tmp_path / "index", "1.2.3")
    env = {
        **os.environ,
        "PATH": path,
        "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "UV_INDEX_URL": "http://127.0.0.1:9/",
    }
    with indexes.pypiserver(tmp_path / "index", indexes.credentials()) as url:
        options, home = IndexOptions(env, f"{url}simple/"), tmp_path / "prefix"
        assert await trial_install.version_from_index("Demo", "demo==1.2.3", home, options) == "1.2.3"
        with pytest.raises(CommandError):
            await trial_install.version_from_index("Demo", "demo==9", tmp_path / "other", options)


async def test_what_wants_a_newer_python_can_be_asked_its_version(tmp_path: Path) -> None:
    """Nothing of it is run: a project may be rehearsed with an older Python than it is for."""
    indexes.wheel(tmp_path / "index", "1.2.3", metadata=f"Requires-Python: >=3.99\n{indexes.DESCRIBED}")
    with indexes.pypiserver(tmp_path / "index", indexes.credentials()) as url:
        options = IndexOptions(os.environ, f"{url}simple/")
        home = tmp_path / "prefix"
        assert await trial_install.version_from_index("demo", "demo==1.2.3", home, options) == "1.2.3"


async def test_a_name_that_is_not_there_has_no_version(tmp_path: Path) -> None:
    """What the wheel is called on the disk does not count."""
    wheel = indexes.wheel(tmp_path, "1.2.3")
    assert await trial_install.installed("other", wheel, tmp_path / "prefix", HERE) == Installed("")


async def test_what_is_no_wheel_is_an_error_with_the_installers_words(tmp_path: Path) -> None:
    """It says which file."""
    wheel = tmp_path / "demo-1.2.3-py3-none-any.whl"
    wheel.write_text("no archive")
    with pytest.raises(CommandError) as caught:
        await trial_install.installed("demo", wheel, tmp_path / "prefix", HERE)
    assert "demo" in caught.value.detail


def packed(directory: Path, modules: dict[str, str], entry_points: str) -> Path:
    """A wheel of these modules and entry points."""
    wheel = directory / "demo-1.0-py3-none-any.whl"
    info = "demo-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in modules.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/entry_points.txt", entry_points)
        archive.writestr(f"{info}/RECORD", "")
    return wheel


MODULES = {
    "demo/__init__.py": "from demo.inner import there\n",
    "demo/inner.py": "class there:\n    def main(): ...\n",
    "demo/wants_more.py": "import a_requirement_that_is_not_here\n",
    "demo/wants_ours.py": "from demo import gone\n",
    "demo/wants_missing.py": "import demo.missing\n",
    "demo/exits.py": "raise SystemExit(3)\n",
    "demo/lazy/__init__.py": "def __getattr__(name):\n    if name == 'late':\n        import elsewhere\n",
    "demo/fails.py": "raise RuntimeError('no display')\n",
    "shared/ours/__init__.py": "",
    "shared/ours/asks.py": "import shared.theirs\n",
}
BROKEN = {
    "no attribute": "x = demo.inner:absent",
    "no attribute of a class": "x = demo.inner:there.absent",
    "no module": "x = demo.absent:main",
    "a name that is not in it": "x = demo.wants_ours:main",
    "a module that is not packed": "x = demo.wants_missing:main",
}
WHOLE = {
    "it loads": "x = demo.inner:there.main",
    "what it requires is not here": "x = demo.wants_more:main",
    "it ends the process": "x = demo.exits:main",
    "it wants what is not here": "x = demo.fails:main",
    "a namespace that others share": "x = shared.ours.asks:main",
    "another project's": "x = elsewhere.cli:main",
}


async def tried(directory: Path, entry_points: str, python: str = sys.executable) -> Installed:
    """What becomes of a wheel with these entry points."""
    wheel = packed(directory, MODULES, entry_points)
    return await trial_install.installed(
        "demo", wheel, directory / "prefix", TrialOptions(os.environ, python)
    )


@pytest.mark.parametrize("line", BROKEN.values(), ids=BROKEN)
async def test_an_entry_point_that_cannot_be_loaded_is_told(tmp_path: Path, line: str) -> None:
    """Whoever installs it has a command that ends with a traceback, or a plug-in that breaks its host."""
    found = await tried(tmp_path, f"[console_scripts]\n{line}\n[demo.plugins]\n{line}\n")
    assert sorted(each.is_command for each in found.broken) == [False, True]
    assert all(line in each.words for each in found.broken)


@pytest.mark.parametrize("line", WHOLE.values(), ids=WHOLE)
async def test_what_is_missing_here_is_no_fault_of_the_wheel(tmp_path: Path, line: str) -> None:
    """A requirement, a display, another project; nor is an object that is named by dots alone."""
    assert (
        await tried(
            tmp_path,
            f"[console_scripts]\n{line}\n[demo.more]\ny = demo.inner\nz = demo.there\nl = demo.lazy.late\n",
        )
    ).broken == ()


@pytest.mark.parametrize("python", ["no-such-python", "/bin/false", "/bin/true", ""])
async def test_an_interpreter_that_says_nothing_changes_nothing(tmp_path: Path, python: str) -> None:
    """The project's own environment may be broken; that is for its tests to say."""
    found = await tried(tmp_path, f"[console_scripts]\n{BROKEN['no module']}\n", python)
    assert found == Installed("1.0")
