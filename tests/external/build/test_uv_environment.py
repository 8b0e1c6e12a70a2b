"""An environment that uv installs into as into a prefix is the one that it would have made by itself."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from release_async.external.build import uv_environment
from release_async.external.build.uv_environment import UvEnvironment

SAYS = "import sys\n\ndef main():\n    print(sys.prefix)\n"
METADATA = "Metadata-Version: 2.1\nName: tool\nVersion: 1\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A wheel with a command, a script that names no interpreter, and one that has its own."""
    path = tmp_path / "tool-1-py3-none-any.whl"
    files = {
        "tool.py": SAYS,
        "tool-1.data/scripts/script": f"#!python\n{SAYS}main()\n",
        "tool-1.data/scripts/shell": "#!/bin/sh\necho shell\n",
        "tool-1.dist-info/entry_points.txt": "[console_scripts]\ntool = tool:main\n",
        "tool-1.dist-info/METADATA": METADATA,
        "tool-1.dist-info/WHEEL": WHEEL,
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {
            **files,
            "tool-1.dist-info/RECORD": "".join(f"{each},,\n" for each in files),
        }.items():
            archive.writestr(name, text)
    return path


@pytest.fixture
def environment(tmp_path: Path) -> UvEnvironment:
    """One below a folder with a blank, and so deep that no kernel would take its path behind ``#!``."""
    uv = uv_environment.program()
    assert uv
    return UvEnvironment(uv, tmp_path / ("a b" * 60) / "environment").__enter__()


def said(program: Path) -> str:
    """What a program says."""
    return subprocess.run((program,), capture_output=True, text=True, check=True).stdout.strip()


def test_scripts_are_run_by_the_interpreter_of_the_environment(
    environment: UvEnvironment, wheel: Path
) -> None:
    """By name, as backends call meson and cmake; what has an interpreter of its own keeps it."""
    environment.install({f"tool @ {wheel.as_uri()}"})
    scripts = Path(environment.python_executable).parent
    assert said(scripts / "tool") == environment.path
    assert said(scripts / "script") == environment.path
    assert (scripts / "shell").read_bytes() == b"#!/bin/sh\necho shell\n"
    assert environment.installed_versions({"tool"}) == {"tool": "1"}
    assert not [path for path in scripts.iterdir() if path.suffix == ".new"]


def test_what_our_own_environment_has_is_installed_all_the_same(environment: UvEnvironment) -> None:
    """It is looked for in the environment, and not beside the interpreter that is named."""
    environment.install({"packaging"})
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": environment.path}))
    assert (packages / "packaging/version.py").is_file()
    environment.install({"packaging", "pathspec"})
    assert {"packaging", "pathspec"} <= {path.name for path in packages.iterdir()}


def test_what_cannot_be_installed_is_told_with_uvs_words(
    environment: UvEnvironment, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The builder shows them, and pip has its turn."""
    caplog.set_level("INFO", logger="build")
    missing = (tmp_path / "missing-1-py3-none-any.whl").as_uri()
    with pytest.raises(subprocess.CalledProcessError):
        environment.install({f"missing @ {missing}"})
    assert "missing-1-py3-none-any.whl" in caplog.text
    assert sys.executable in caplog.text
