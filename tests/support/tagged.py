"""Projects whose version comes from a git tag: one for each tool, and one that builds in no time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from support import releasing, tiny
from support.releasing import Stage
from support.repositories import Repository

NAME: Final = "demo-project"
LAST: Final = "1.2.0"
"""The version of the last tag."""
PLANNED: Final = "1.3.0"
"""The next minor one."""


class Tool(NamedTuple):
    """A project for one tool.

    Attributes:
        files: What it consists of, beside its module.
        form: The form of its tags.
        name: What release-async calls the tool.
    """

    files: dict[str, str]
    form: str
    name: str


def _pyproject(requires: str, backend: str, tables: str, project: str = "") -> dict[str, str]:
    build = f'[build-system]\nrequires = [{requires}]\nbuild-backend = "{backend}"\n'
    own = project or f'[project]\nname = "{NAME}"\ndynamic = ["version"]\nreadme = "README.md"\n'
    return {"pyproject.toml": f"{build}\n{own}\n{tables}\n"}


_SETUPTOOLS: Final = '"setuptools>=77", "{}"'
_SETUP: Final = "setuptools.build_meta"
_FOUND: Final = '[tool.setuptools.packages.find]\nwhere = ["src"]\n'
_DUNAMAI: Final = f"""\
from pathlib import Path

import dunamai
from setuptools import setup

stated = Path("PKG-INFO")
version = (
    stated.read_text().partition("\\nVersion: ")[2].partition("\\n")[0]
    if stated.exists()
    else dunamai.Version.from_git().serialize()
)
setup(
    name="{NAME}",
    version=version,
    packages=["demo_project"],
    package_dir={{"": "src"}},
    long_description="Demo",
    long_description_content_type="text/markdown",
)
"""
_PBR: Final = f"""\
[metadata]
name = {NAME}
summary = A project for one tool.
description_file = README.md
description_content_type = text/markdown

[files]
packages =
    demo_project
package_root = src
"""
_POETRY: Final = f"""\
[tool.poetry]
name = "{NAME}"
version = "0.0.0"
description = "A project for one tool."
authors = ["A <a@example.com>"]
readme = "README.md"
packages = [{{include = "demo_project", from = "src"}}]
"""

TOOLS: Final[dict[str, Tool]] = {
    "setuptools-scm": Tool(
        _pyproject(
            _SETUPTOOLS.format("setuptools-scm"),
            _SETUP,
            '[tool.setuptools_scm]\nversion_file = "src/demo_project/_version.py"\ntag = {strict = true}',
        ),
        "{version}",
        "setuptools-scm",
    ),
    "hatch-vcs": Tool(
        _pyproject('"hatchling", "hatch-vcs"', "hatchling.build", '[tool.hatch.version]\nsource = "vcs"'),
        "v{version}",
        "hatch-vcs",
    ),
    "pdm-backend": Tool(
        _pyproject('"pdm-backend"', "pdm.backend", '[tool.pdm.version]\nsource = "scm"'),
        "{version}",
        "pdm-backend's scm source",
    ),
    "flit-scm": Tool(
        _pyproject(
            '"flit_scm"',
            "flit_scm:buildapi",
            '[tool.setuptools_scm]\nwrite_to = "src/demo_project/_version.py"',
            f'[project]\nname = "{NAME}"\ndynamic = ["version", "description"]\nreadme = "README.md"\n',
        ),
        "v{version}",
        "flit-scm",
    ),
    "pbr": Tool(
        {
            **_pyproject(_SETUPTOOLS.format("pbr"), "pbr.build", "", "[tool.nothing]"),
            "setup.cfg": _PBR,
            "setup.py": 'from setuptools import setup\n\nsetup(setup_requires=["pbr"], pbr=True)\n',
        },
        "{version}",
        "pbr",
    ),
    "versioneer": Tool(
        {
            **_pyproject(
                _SETUPTOOLS.format("versioneer[toml]"),
                _SETUP,
                '[tool.versioneer]\nVCS = "git"\nstyle = "pep440"\ntag_prefix = "release-"\n'
                'versionfile_source = "src/demo_project/_version.py"\n'
                'versionfile_build = "demo_project/_version.py"\n' + _FOUND,
            ),
            "setup.py": "from setuptools import setup\nimport versioneer\n\n"
            "setup(version=versioneer.get_version(), cmdclass=versioneer.get_cmdclass())\n",
        },
        "release-{version}",
        "versioneer",
    ),
    "versioningit": Tool(
        _pyproject(_SETUPTOOLS.format("versioningit"), _SETUP, "[tool.versioningit]\n" + _FOUND),
        "v{version}",
        "versioningit",
    ),
    "dunamai": Tool(
        {
            **_pyproject(_SETUPTOOLS.format("dunamai"), _SETUP, "", "[tool.nothing]"),
            "setup.py": _DUNAMAI,
        },
        "v{version}",
        "dunamai",
    ),
    "uv-dynamic-versioning": Tool(
        _pyproject(
            '"hatchling", "uv-dynamic-versioning"',
            "hatchling.build",
            '[tool.hatch.version]\nsource = "uv-dynamic-versioning"\n'
            '[tool.uv-dynamic-versioning]\npattern = "default-unprefixed"',
        ),
        "{version}",
        "uv-dynamic-versioning",
    ),
    "poetry-dynamic-versioning": Tool(
        _pyproject(
            '"poetry-core>=2", "poetry-dynamic-versioning"',
            "poetry_dynamic_versioning.backend",
            "[tool.poetry-dynamic-versioning]\nenable = true",
            _POETRY,
        ),
        "v{version}",
        "poetry-dynamic-versioning",
    ),
    "setuptools-git-versioning": Tool(
        _pyproject(
            _SETUPTOOLS.format("setuptools-git-versioning"),
            _SETUP,
            "[tool.setuptools-git-versioning]\nenabled = true\n" + _FOUND,
        ),
        "v{version}",
        "setuptools-git-versioning",
    ),
    "hatchling with versioningit": Tool(
        _pyproject(
            '"hatchling", "versioningit"', "hatchling.build", '[tool.hatch.version]\nsource = "versioningit"'
        ),
        "v{version}",
        "versioningit",
    ),
}
"""Twelve ways in which projects take their version from a tag; the newest version of each tool is taken."""

_EVERYWHERE: Final = {
    "src/demo_project/__init__.py": '"""Demo."""\n',
    "README.md": "# Demo\n\nA project for one tool.\n",
    ".gitignore": "dist/\nbuild/\n*.egg-info/\n_version.py\n",
}


def committed(root: Path, tool: Tool, below: str = "") -> Repository:
    """A repository with a tagged commit of a project, and one more commit on top.

    Args:
        root: The folder of the repository.
        tool: The project; its files go before those that all have.
        below: The folder in the repository that the project lies in.
    """
    files = {**_EVERYWHERE, **tool.files}
    if tool.name == "flit-scm":
        files["src/demo_project/__init__.py"] = (
            '"""Demo."""\n\nfrom ._version import version as __version__\n'
        )
    if tool.name == "versioneer":
        files[".gitignore"] = "dist/\nbuild/\n*.egg-info/\n"
        files["src/demo_project/_version.py"] = _VERSIONEER
        files["src/demo_project/__init__.py"] = (
            '"""Demo."""\n\nfrom . import _version\n\n__version__ = _version.get_versions()["version"]\n'
        )
    base = f"{below}/" if below else ""
    return _tagged(root, {f"{base}{path}": text for path, text in {**files, **tool.files}.items()}, tool.form)


_VERSIONEER: Final = '''\
"""In the place of what ``versioneer install`` writes: a build replaces it."""


def get_versions():
    return {"version": "0+unknown"}
'''


def _tagged(root: Path, files: dict[str, str], form: str) -> Repository:
    repository = Repository.init(root)
    for path, text in files.items():
        repository.write(path, text)
    repository.commit("begin")
    tag = form.format(version=LAST)
    repository.git("tag", "--annotate", "-m", tag, tag)
    repository.write("src/more.txt", "more\n")
    repository.commit("go on")
    return repository


@contextmanager
def stage(directory: Path, tool: Tool) -> Iterator[Stage]:
    """A stage with the project of one tool."""
    with releasing.staged(directory, committed(directory / "project", tool)) as found:
        yield found


_HEAD: Final = f"""\
[build-system]
requires = []
build-backend = "{tiny.BACKEND}"
backend-path = ["backend"]

[project]
name = "{tiny.NAME}"
description = "A project that builds in no time."
dynamic = ["version", "readme"]

[tool.hatch.version]
source = "vcs"

[tool.release-async]
test-command = ["python3", "check.py"]
"""

_READS_THE_TAG: Final = '''\
def _project():
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {**project, "version": _version()}


def _version():
    """What hatch-vcs makes of the tags, which has read it off PKG-INFO in an sdist."""
    if Path("PKG-INFO").exists():
        lines = Path("PKG-INFO").read_text(encoding="utf-8").splitlines()
        return next(line.partition(": ")[2] for line in lines if line.startswith("Version: "))
    command = ["git", "describe", "--dirty", "--tags", "--long", "--match", "*[0-9]*"]
    words = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().split("-")
    tag, distance = words[0].removeprefix("v"), int(words[1])
    return tag if not distance and "dirty" not in words else f"{tag}.post{distance}"
'''


def write_tiny_tagged(root: Path) -> None:
    """Write the project that builds in no time, with a version that comes from the tag."""
    tiny.write_tiny(root)
    (root / "pyproject.toml").write_text(_HEAD, encoding="utf-8")
    (root / "tiny/__init__.py").write_text('"""Tiny."""\n', encoding="utf-8")
    backend = root / f"backend/{tiny.BACKEND}.py"
    text = backend.read_text(encoding="utf-8")
    begin, end = text.index("def _project"), text.index("def _metadata")
    text = text[:begin] + _READS_THE_TAG + "\n\n" + text[end:]
    backend.write_text(text.replace("import io\n", "import io\nimport subprocess\n"), encoding="utf-8")


def tiny_repository(root: Path, *, kind: str = "annotated") -> Repository:
    """That project, tagged v2.0.0, and one more commit on top."""
    write_tiny_tagged(root)
    repository = Repository.init(root)
    repository.commit("begin")
    flags = ("--annotate", "-m", "Release 2.0.0") if kind == "annotated" else ()
    repository.git("tag", *flags, "v2.0.0")
    repository.write("news.txt", "news\n")
    repository.commit("go on")
    return repository


@contextmanager
def tiny_stage(directory: Path, *, kind: str = "annotated") -> Iterator[Stage]:
    """A stage with that project."""
    with releasing.staged(directory, tiny_repository(directory / "project", kind=kind)) as found:
        yield found


def tiny_pair(directory: Path) -> tuple[Repository, Repository]:
    """That project and the remote that it was pushed to, with its tag."""
    project = tiny_repository(directory / "project")
    project.with_remote(directory / "remote.git")
    project.git("push", "--quiet", "origin", "v2.0.0")
    return project, Repository(directory / "remote.git")
