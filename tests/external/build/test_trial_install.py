"""A wheel goes into an empty prefix, with uv or pip alike; what it is there is read from its metadata."""

import os
import sys
from pathlib import Path

import pytest

from release_async.base.errors import CommandError
from release_async.external.build import trial_install
from support import indexes

PATHS = {"with uv": f"{Path(sys.executable).parent}:/usr/bin:/bin", "with pip": "/usr/bin:/bin"}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
async def test_a_wheel_goes_in_and_its_version_comes_out(tmp_path: Path, path: str) -> None:
    """Although one of that name may be installed where this runs, and whatever an installer is told."""
    wheel, home = indexes.wheel(tmp_path, "1.2.3"), tmp_path / "prefix"
    env = {**os.environ, "PATH": path, "PIP_TARGET": str(tmp_path / "elsewhere"), "UV_TARGET": "elsewhere"}
    assert await trial_install.installed_version("Demo", wheel, home, env) == "1.2.3"
    assert not home.exists()
    assert not (tmp_path / "elsewhere").exists()


async def test_a_name_that_is_not_there_has_no_version(tmp_path: Path) -> None:
    """What the wheel is called on the disk does not count."""
    wheel = indexes.wheel(tmp_path, "1.2.3")
    assert await trial_install.installed_version("other", wheel, tmp_path / "prefix", os.environ) == ""


async def test_what_is_no_wheel_is_an_error_with_the_installers_words(tmp_path: Path) -> None:
    """It says which file."""
    wheel = tmp_path / "demo-1.2.3-py3-none-any.whl"
    wheel.write_text("no archive")
    with pytest.raises(CommandError) as caught:
        await trial_install.installed_version("demo", wheel, tmp_path / "prefix", os.environ)
    assert "demo" in caught.value.detail
