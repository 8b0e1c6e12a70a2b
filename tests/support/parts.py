"""Packages that other packages depend on, and a tiny project that depends on one."""

import zipfile
from pathlib import Path

from support.releasing import Stage

HELPER = "helper-of-tiny"


def helper(directory: Path, version: str = "1.0") -> Path:
    """A wheel of the package that tiny depends on here.

    Args:
        directory: Where it is written.
        version: Its version.
    """
    directory.mkdir(parents=True, exist_ok=True)
    stem = f"{HELPER.replace('-', '_')}-{version}"
    path, info = directory / f"{stem}-py3-none-any.whl", f"{stem}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("helper_of_tiny.py", f"version = '{version}'\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {HELPER}\nVersion: {version}\n")
        archive.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: parts\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        names = archive.namelist()
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in [*names, f"{info}/RECORD"]))
    return path


def state(stage: Stage, *lines: str) -> None:
    """Have tiny say more of itself in its metadata, such as what it requires."""
    name = "backend/tiny_backend.py"
    text = (stage.repository.path / name).read_text()
    more = "".join(f"{line}\\n" for line in lines)
    stage.repository.write(name, text.replace("Summary: Tiny.\\n", f"Summary: Tiny.\\n{more}"))
    stage.repository.commit("say more")
    stage.repository.git("push", "--quiet")
