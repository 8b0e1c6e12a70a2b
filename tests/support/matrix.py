"""Files of a release that somebody else has built: an sdist, and wheels for many platforms."""

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from support import packed

PYTHONS = ("cp310", "cp311", "cp312", "cp313", "cp314")
PLATFORMS = (
    *("manylinux_2_17_x86_64.manylinux2014_x86_64", "manylinux_2_17_aarch64.manylinux2014_aarch64"),
    *("manylinux_2_17_i686.manylinux2014_i686", "manylinux_2_31_armv7l", "manylinux_2_31_riscv64"),
    *("musllinux_1_2_x86_64", "musllinux_1_2_aarch64"),
    *("macosx_11_0_arm64", "macosx_10_9_x86_64", "win32", "win_amd64", "win_arm64"),
)
TAGS = (*(f"{python}-{python}-{platform}" for python in PYTHONS for platform in PLATFORMS), "py3-none-any")
"""As many as make 62 files with the sdist."""

_BUILD = """\
import sys
sys.path.insert(0, "backend")
import tiny_backend
tiny_backend.build_sdist({0!r})
tiny_backend.build_wheel({0!r})
"""


def built(project: Path, directory: Path, tags: Sequence[str] = TAGS) -> tuple[Path, ...]:
    """The files of the project that builds in no time: wheels with these tags, then the sdist.

    Args:
        project: The checkout that they are built from.
        directory: Where they are written.
        tags: The tags of each wheel: interpreter, ABI and platforms.
    """
    directory.mkdir(parents=True, exist_ok=True)
    subprocess.run((sys.executable, "-c", _BUILD.format(str(directory))), cwd=project, check=True)
    shutil.rmtree(project / "backend/__pycache__", ignore_errors=True)
    (universal,) = directory.glob("*-py3-none-any.whl")
    wheels = [_tagged(universal, tag) for tag in tags if tag != "py3-none-any"]
    if "py3-none-any" in tags:
        wheels.append(universal)
    return (*wheels, *directory.glob("*.tar.gz"))


def _tagged(universal: Path, tag: str) -> Path:
    """The wheel under another tag, which its own files say as well."""
    path = universal.with_name(universal.name.replace("py3-none-any", tag))
    with zipfile.ZipFile(universal) as source, zipfile.ZipFile(path, "w") as target:
        lines: list[str] = []
        for name in source.namelist():
            content = source.read(name)
            if name.endswith("/WHEEL"):
                content = content.replace(b"Tag: py3-none-any", f"Tag: {tag}".encode())
            if name.endswith("/RECORD"):
                content = "".join([*lines, f"{name},,\n"]).encode()
            lines.append(f"{name},sha256={packed.digest(content)},\n")
            target.writestr(name, content)
    return path
