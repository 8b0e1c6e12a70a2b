"""Environments of our own: empty ones, and ones that share everything but one project."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from release_async.base.errors import CommandError
from release_async.external.build import virtualenv
from support import indexes


async def test_an_empty_environment_gets_what_is_installed_and_no_more(tmp_path: Path) -> None:
    """A wheel goes in, its version comes out; what is not there is an error with words."""
    wheel = indexes.wheel(tmp_path, "1.2.3")
    venv = await virtualenv.create_empty(tmp_path / "venv", os.environ)
    with pytest.raises(CommandError, match="exit code"):
        await venv.installed_version("demo")
    await venv.install("--quiet", "--no-deps", str(wheel))
    assert await venv.installed_version("Demo") == "1.2.3"
    with pytest.raises(CommandError):
        await venv.installed_version("pytest")


async def test_pip_does_where_there_is_no_uv(tmp_path: Path) -> None:
    """The same arguments, understood by both."""
    wheel = indexes.wheel(tmp_path, "1.2.3")
    env = {**os.environ, "PATH": "/usr/bin:/bin"}
    venv = await virtualenv.create_empty(tmp_path / "venv", env)
    await venv.install("--quiet", "--no-deps", str(wheel))
    assert await venv.installed_version("demo") == "1.2.3"


async def test_a_sharing_environment_has_everything_but_one_project(tmp_path: Path) -> None:
    """The editable install of that project would lead back to the original; its commands run here."""
    original = tmp_path / "original"
    original.mkdir()
    (original / "editable_demo.py").write_text("")
    python = _project_environment(tmp_path, original)
    venv = await virtualenv.create_sharing(str(python), "Demo_Project", tmp_path / "shared", os.environ)
    code = "import importlib.util, sys; print(importlib.util.find_spec(sys.argv[1]) is not None)"
    assert await venv.run(str(venv.python), "-I", "-c", code, "pytest") == "True"
    assert await venv.run(str(venv.python), "-I", "-c", code, "editable_demo") == "False"
    said = await venv.run(str(venv.python.with_name("pytest")), "--version")
    assert "pytest" in said
    assert venv.python.with_name("pytest").read_text().startswith(f"#!{venv.python}")


async def test_what_a_path_file_says_of_its_own_place_holds_when_it_is_shared(tmp_path: Path) -> None:
    """As those of namespace packages ask for it, and relative paths begin there; none spoils another."""
    python = _project_environment(tmp_path, tmp_path)
    site = next((tmp_path / "theirs").glob("lib/*/site-packages"))
    (site / "beside").mkdir()
    (site / "beside" / "neighbour.py").write_text("")
    (site / "a-broken.pth").write_text("import nowhere_to_be_found\n")
    (site / "b-nspkg.pth").write_text("import sys; sys.asked = sys._getframe(1).f_locals['sitedir']\n")
    (site / "c-relative.pth").write_text("beside\n")
    venv = await virtualenv.create_sharing(str(python), "demo-project", tmp_path / "shared", os.environ)
    told = await venv.run(str(venv.python), "-I", "-c", "import neighbour, pytest, sys; print(sys.asked)")
    assert told == str(site)


def _project_environment(tmp_path: Path, original: Path) -> Path:
    """A project's ``.venv`` with an editable install and, by path, all packages that this test has."""
    home = tmp_path / "theirs"
    subprocess.run((sys.executable, "-m", "venv", "--without-pip", str(home)), check=True)
    site = next(home.glob("lib/*/site-packages"))
    (site / "everything.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (site / "__editable__.demo.pth").write_text(f"{original}\n")
    info = site / "demo_project-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: demo-project\nVersion: 1.0\n")
    (info / "RECORD").write_text("__editable__.demo.pth,,\n")
    return home / "bin/python"
