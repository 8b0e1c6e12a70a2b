"""Makes a virtual environment that shares the packages of the interpreter that runs this program.

Run by a project's own interpreter; standard library only. One project is left out, since its editable install
would lead back to the original.
"""

import importlib.metadata
import os
import re
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

_WRAPPER = """\
#!{python}
import sys
from {module} import {first}
sys.exit({attribute}())
"""


def main(target: Path, left_out: str) -> None:
    """Make the environment.

    Args:
        target: Its directory; absent or empty.
        left_out: The normalised name of the project that is not shared.
    """
    shared = [item for item in importlib.metadata.distributions() if _normal(item.name) != left_out]
    lines = list(_paths(_path_files(left_out)))
    builder = venv.EnvBuilder(symlinks=os.name != "nt")
    builder.create(target)
    context = builder.ensure_directories(target)
    (_site(target) / "_shared.pth").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    for distribution in shared:
        _wrap(distribution, Path(context.bin_path), context.env_exe)


def _site(target: Path) -> Path:
    return next(target.glob("[Ll]ib/**/site-packages"))


def _path_files(name: str) -> set[str]:
    """The path configuration files that belong to one project."""
    return {
        path.name
        for item in importlib.metadata.distributions()
        if _normal(item.name) == name
        for path in item.files or ()
        if path.suffix == ".pth"
    }


def _paths(left_out: set[str]) -> Iterator[str]:
    """Every directory of packages, and its .pth files, each read in its own place (Python's module ``site``).

    Such a file may have relative paths, or ask for its directory, as those of namespace packages do.
    """
    for directory in (
        Path(entry) for entry in sys.path if Path(entry).name in {"site-packages", "dist-packages"}
    ):
        yield str(directory)
        for file in sorted(directory.glob("*.pth")):
            if file.name not in left_out:
                yield f"import site; site.addpackage({str(directory)!a}, {file.name!a}, None)"


def _wrap(distribution: importlib.metadata.Distribution, scripts: Path, python: str) -> None:
    """Add the commands of a shared project, run by this environment's interpreter."""
    for entry in distribution.entry_points:
        path = scripts / entry.name
        if entry.group == "console_scripts" and not path.exists():
            first = entry.attr.partition(".")[0]
            text = _WRAPPER.format(python=python, module=entry.module, first=first, attribute=entry.attr)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
