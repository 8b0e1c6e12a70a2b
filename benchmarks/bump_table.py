"""The same bump, 1.0.1 to 1.0.2, by `release-async` and by its peers: what each leaves of two CR LF files.

PYTHONPATH=tests python benchmarks/bump_table.py [--cache DIRECTORY]

The peers are installed by name and version into environments of their own, in a cache.
"""

import argparse
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from support.repositories import Repository

PEERS = ("bump-my-version==1.8.1", "commitizen==4.19.3", "tbump==6.11.0", "hatch==1.18.2")
"""What is installed; uv comes with the development requirements of this project."""

STATIC = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = 'demo'
version = '1.0.1'
dependencies = ["foo>=1.0.1", "bar==11.0.10"]

[tool.other]
version = "1.0.1"
"""
DYNAMIC = STATIC.replace("version = '1.0.1'\n", "dynamic = ['version']\n") + (
    "\n[tool.hatch.version]\npath = 'demo/__init__.py'\n"
)
MODULE = '''\
"""doc 1.0.1"""

__version__ = '1.0.1'
'''

BUMPVERSION = """
[tool.bumpversion]
current_version = "1.0.1"

[[tool.bumpversion.files]]
filename = "demo/__init__.py"
"""
COMMITIZEN = """
[tool.commitizen]
version_provider = "pep621"
version_files = ["pyproject.toml", "demo/__init__.py"]
"""
TBUMP = """
[tool.tbump.version]
current = "1.0.1"
regex = '(?P<major>\\d+)\\.(?P<minor>\\d+)\\.(?P<patch>\\d+)'

[tool.tbump.git]
message_template = "{new_version}"
tag_template = "v{new_version}"

[[tool.tbump.file]]
src = "pyproject.toml"

[[tool.tbump.file]]
src = "demo/__init__.py"
"""


class Way(NamedTuple):
    """One way to bump.

    Attributes:
        command: The program, and its arguments.
        pyproject: The project's metadata, with what the tool wants to be told.
        module: Whether the tool is asked to change the module too.
    """

    command: tuple[str, ...]
    pyproject: str = STATIC
    module: bool = True


WAYS = {
    "uv version --frozen": Way(("uv", "version", "--frozen", "--offline", "1.0.2"), module=False),
    "hatch version, static": Way(("hatch", "version", "1.0.2"), module=False),
    "hatch version, regex": Way(("hatch", "version", "1.0.2"), DYNAMIC),
    "bump-my-version, files given": Way(
        ("bump-my-version", "bump", "--current-version", "1.0.1", "--new-version", "1.0.2", "patch",
         "pyproject.toml", "demo/__init__.py"),
    ),
    "bump-my-version, configured": Way(
        ("bump-my-version", "bump", "--allow-dirty", "--new-version", "1.0.2", "patch"), STATIC + BUMPVERSION
    ),
    "cz bump, pep621 and files": Way(
        ("cz", "bump", "--yes", "--version-files-only", "--increment", "PATCH"), STATIC + COMMITIZEN
    ),
    "tbump": Way(("tbump", "--only-patch", "--non-interactive", "1.0.2"), STATIC + TBUMP),
    "release-async bump": Way(("release-async", "bump", "1.0.2")),
    "release-async bump, dynamic": Way(("release-async", "bump", "1.0.2"), DYNAMIC),
}  # fmt: skip

KEPT = {
    "foo>=1.0.1": b'"foo>=1.0.1"',
    "bar==11.0.10": b'"bar==11.0.10"',
    "[tool.other]": b'[tool.other]\r\nversion = "1.0.1"',
}
"""What stands in pyproject.toml and is no version of the project's, by the column that tells of it."""

COLUMNS = ("bumped", "CR LF toml / py", "quotes", *KEPT, "docstring")


def main(cache: Path) -> int:
    """Install the peers, bump in every way, print the table; 1 where ours is not right in every column."""
    programs = [installed(peer, cache) for peer in PEERS]
    own = [Path(sysconfig.get_path("scripts"))]
    path = os.pathsep.join(map(str, (*own, *programs, os.environ.get("PATH", os.defpath))))
    print(f"{'':30}" + "".join(f"{column:>17}" for column in COLUMNS))
    faults = 0
    for name, way in WAYS.items():
        cells = bumped(way, {**os.environ, "PATH": path, "NO_COLOR": "1"})
        print(f"{name:30}" + "".join(f"{cell:>17}" for cell in cells))
        faults += name.startswith("release-async") and any(
            {"no", "changed"} & {*cell.split()} for cell in cells
        )
    return int(faults > 0)


def installed(requirement: str, cache: Path) -> Path:
    """The folder of programs of a tool's own environment, which is made where it is missing."""
    environment = cache / requirement
    if not (environment / "done").exists():
        uv = Path(sysconfig.get_path("scripts")) / "uv"
        subprocess.run((uv, "venv", "--quiet", "--clear", environment), check=True)
        command = (uv, "pip", "install", "--quiet", "--python", environment, requirement)
        subprocess.run(command, check=True)
        (environment / "done").touch()
    return environment / "bin"


def bumped(way: Way, environment: Mapping[str, str]) -> list[str]:
    """Bump a fresh project, and tell what became of it, column by column."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "demo"
        (root / "demo").mkdir(parents=True)
        toml, module = root / "pyproject.toml", root / "demo" / "__init__.py"
        toml.write_bytes(way.pyproject.replace("\n", "\r\n").encode())
        module.write_bytes(MODULE.replace("\n", "\r\n").encode())
        repository = Repository.init(root)
        for key, value in (("user.name", "A Person"), ("user.email", "person@example.com")):
            repository.git("config", key, value)
        repository.commit()
        done = subprocess.run(
            way.command, cwd=root, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=False, timeout=120,
        )  # fmt: skip
        if done.returncode:
            print(f"{' '.join(way.command)}: {done.stderr or done.stdout}", file=sys.stderr)
        return cells(way, toml.read_bytes(), module.read_bytes())


def cells(way: Way, toml: bytes, module: bytes) -> list[str]:
    """What the table says of two files after a bump."""
    static = "dynamic" not in way.pyproject
    tokens = [(toml, b"version = ")] * static + [(module, b"__version__ = ")] * way.module
    quoted = [data.split(head, 1)[1][:7] for data, head in tokens]
    everywhere = all(token[1:6] == b"1.0.2" for token in quoted)
    return [
        "yes" if everywhere else "no",
        f"{kept(toml) if static else '-'} / {kept(module) if way.module else '-'}",
        "yes" if all(token[:1] == token[-1:] == b"'" for token in quoted) else "no",
        *(
            "ok" if text in toml.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") else "changed"
            for text in KEPT.values()
        ),
        "ok" if b"doc 1.0.1" in module else "changed",
    ]


def kept(data: bytes) -> str:
    """Whether every line still ends in CR LF."""
    return "yes" if data.count(b"\n") == data.count(b"\r\n") > 1 else "no"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    parser.add_argument("--cache", type=Path, default=Path(home) / "release-async" / "peers")
    sys.exit(main(parser.parse_args().cache))
