"""What the newest tools make of a tag where a project is in their way: refused with the reason, or right."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from release_async.base.exit_codes import ExitCode
from support import releasing, tagged
from support.matrices import sampled
from support.releasing import Stage
from support.tagged import PLANNED, TOOLS

WRITTEN = "src/demo_project/_version.py"
COMMITTED = {".gitignore": "dist/\nbuild/\n*.egg-info/\n", WRITTEN: '__version__ = version = "1.2.0"\n'}
"""A file that a build writes, which somebody has committed."""
_WHEEL = '[tool.hatch.build.targets.wheel]\npackages = ["src/demo_project"]\n'


class Case(NamedTuple):
    """A project that differs from that of its tool.

    Attributes:
        tool: The tool.
        old: What of its ``pyproject.toml`` is replaced; empty to add to its end.
        new: What takes its place.
        files: What else is committed.
        root: The folder that the project lies in.
    """

    tool: str
    old: str = ""
    new: str = ""
    files: dict[str, str] = {}  # noqa: RUF012 - nobody changes it
    root: str = ""


GENERATED = {
    "setuptools-scm": Case("setuptools-scm", files=COMMITTED),
    "setuptools-scm, write_to": Case("setuptools-scm", "version_file", "write_to", COMMITTED),
    "hatch-vcs": Case(
        "hatch-vcs", "", f'[tool.hatch.build.hooks.vcs]\nversion-file = "{WRITTEN}"\n{_WHEEL}', COMMITTED
    ),
    "flit-scm": Case("flit-scm", files=COMMITTED),
    "versioningit": Case(
        "versioningit", "[tool.versioningit]", f'[tool.versioningit.write]\nfile = "{WRITTEN}"', COMMITTED
    ),
    "uv-dynamic-versioning": Case(
        "uv-dynamic-versioning",
        "",
        f'[tool.hatch.build.hooks.version]\npath = "{WRITTEN}"\n{_WHEEL}',
        COMMITTED,
    ),
    "poetry-dynamic-versioning": Case(
        "poetry-dynamic-versioning", files={"src/demo_project/__init__.py": '__version__ = "1.2.0"\n'}
    ),
}  # fmt: skip
FALLBACK = "of the tag {}, not 1.3.0: {} looks for the tags in the project's own folder, not at the top"
REFUSED: dict[str, tuple[Case, str, str]] = {
    "setuptools-scm, local_scheme": (
        Case(
            "setuptools-scm",
            TOOLS["setuptools-scm"].files["pyproject.toml"].partition("[tool.")[2],
            "nothing]\n",
            {"setup.py": "from setuptools import setup\n\n"
             'setup(use_scm_version={"local_scheme": lambda version: "+x"})\n'},
        ),
        "setuptools-scm made 1.3.0+x of the tag 1.3.0, not 1.3.0",
        "it is set up in use_scm_version in setup.py",
    ),
    "pdm-backend, version_format": (
        Case(
            "pdm-backend",
            'source = "scm"',
            'source = "scm"\nversion_format = "form:form"',
            {"form.py": 'def form(version):\n    return f"{version.version}+x"\n'},
        ),
        'made 1.3.0+x of the tag 1.3.0, not 1.3.0: [tool.pdm.version] version_format = "form:form"',
        "make a tagged commit give the tag's own version there",
    ),
    "uv-dynamic-versioning, metadata": (
        Case("uv-dynamic-versioning", "pattern = ", "metadata = true\npattern = "),
        "of the tag 1.3.0, not 1.3.0: [tool.uv-dynamic-versioning] metadata decides it",
        "make a tagged commit give the tag's own version there",
    ),
    "poetry-dynamic-versioning, metadata": (
        Case("poetry-dynamic-versioning", "enable = true", "enable = true\nmetadata = true"),
        "of the tag v1.3.0, not 1.3.0: [tool.poetry-dynamic-versioning] metadata decides it",
        "make a tagged commit give the tag's own version there",
    ),
    "setuptools-git-versioning, template": (
        Case("setuptools-git-versioning", "enabled = true", 'enabled = true\ntemplate = "{tag}+{sha}"'),
        '[tool.setuptools-git-versioning] template = "{tag}+{sha}" decides it',
        "make a tagged commit give the tag's own version there",
    ),
    "dunamai, format": (
        Case("dunamai", files={"setup.py": TOOLS["dunamai"].files["setup.py"].replace(
            "serialize()", 'serialize(format="{base}+{commit}")')}),
        "of the tag v1.3.0, not 1.3.0",
        "it is set up in setup.py",
    ),
    "setuptools-scm, fallback_version": (
        Case("setuptools-scm", "tag = {strict = true}", 'fallback_version = "0.0.7"', root="python"),
        "made 0.0.7 " + FALLBACK.format("1.3.0", "setuptools-scm"),
        'set root = ".." in [tool.setuptools_scm], and commit',
    ),
    "hatch-vcs, fallback-version": (
        Case("hatch-vcs", 'source = "vcs"', 'source = "vcs"\nfallback-version = "0.0.7"', root="python"),
        "made 0.0.7 " + FALLBACK.format("v1.3.0", "hatch-vcs"),
        'set root = ".." in [tool.hatch.version.raw-options], and commit',
    ),
    "flit-scm, fallback_version": (
        Case("flit-scm", "write_to", 'fallback_version = "0.0.7"\nwrite_to', root="python"),
        "made 0.0.7 " + FALLBACK.format("v1.3.0", "flit-scm"),
        'set root = ".." in [tool.setuptools_scm], and commit',
    ),
    "pbr": (
        Case("pbr", root="python"),
        "made 0.0.0 " + FALLBACK.format("1.3.0", "pbr"),
        "move the project to the top of the repository",
    ),
}  # fmt: skip


@contextmanager
def stage(directory: Path, case: Case) -> Iterator[Stage]:
    """A stage with the project of a case, tagged and pushed."""
    tool = TOOLS[case.tool]
    text = tool.files["pyproject.toml"]
    files = {
        **tool.files,
        "pyproject.toml": text.replace(case.old, case.new) if case.old else text + case.new,
    }
    repository = tagged.committed(
        directory / "project", tool._replace(files={**files, **case.files}), case.root
    )
    with releasing.staged(directory, repository) as found:
        repository.git("push", "--quiet", "origin", "--tags")
        yield found


@pytest.mark.parametrize("name", sampled(GENERATED, ("hatch-vcs",)))
def test_a_committed_file_that_the_build_writes_does_no_harm(tmp_path: Path, name: str) -> None:
    """The newest tools ask git before they write: what is built has the planned version, in that file too."""
    with stage(tmp_path, GENERATED[name]) as found:
        run = found.run("--version", "minor", "--yes", "--skip-tests")
        assert run.code == 0, run.said
        assert all(PLANNED in name for name in found.published())
        assert found.repository.git("status", "--porcelain") == ""


@pytest.mark.parametrize("name", sampled(REFUSED, ("hatch-vcs, fallback-version",)))
def test_another_version_ends_the_release_with_its_reason(tmp_path: Path, name: str) -> None:
    """A local part and a fallback: told in the terms of the tool, with what to change, and no tag is left."""
    case, what, cure = REFUSED[name]
    with stage(tmp_path, case) as found:
        before = found.fingerprint()
        run = found.run("-C", case.root or ".", "--version", "minor", "--yes", "--skip-tests")
        assert (run.code, found.fingerprint()) == (ExitCode.FAILED, before), run.said
        assert what in run.said
        assert cure in run.said
