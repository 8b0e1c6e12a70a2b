"""The workflows that go with the settings of a project, as the text of their files. It writes none of them.

Nothing is inserted into a script that somebody else can choose: names come from the project's own settings,
and the names of branches are passed on in a variable.
"""

import re
import shlex
from dataclasses import dataclass
from typing import Final, NamedTuple

from release_async.versions import version_settings

PUBLISH: Final = ".github/workflows/publish.yml"
VERSIONS: Final = ".github/workflows/versions.yml"
MARK: Final = "# Written by release-async workflow; compare with: release-async workflow --check"
"""The first line of every file that is written: such a file may be replaced."""
PYTHON: Final = "3.13"
UNKNOWN: Final = "git+https://ADDRESS@COMMIT"
"""What pip is to install this tool from where the installation does not know it: a person writes it."""


class Action(NamedTuple):
    """An action, pinned to one of its commits.

    Attributes:
        name: The repository.
        commit: The id of the commit.
        tag: The release that it is.
    """

    name: str
    commit: str
    tag: str

    def __str__(self) -> str:
        """The words of a step."""
        return f"{self.name}@{self.commit} # {self.tag}"


CHECKOUT: Final = Action("actions/checkout", "3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1")
SETUP_PYTHON: Final = Action("actions/setup-python", "5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0")
KEEP: Final = Action("actions/upload-artifact", "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0")
FETCH: Final = Action("actions/download-artifact", "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1")
CIBUILDWHEEL: Final = Action("pypa/cibuildwheel", "1828c10ab37f080699c7b81cea34097c684a7074", "v4.2.0")

MACHINES: Final = ("ubuntu-24.04", "ubuntu-24.04-arm", "windows-2025", "macos-15")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowInputs:
    """What the workflows depend on.

    Attributes:
        folder: The project's folder in the repository; empty at the top.
        tag_format: The name of its tags, with ``{version}``.
        branch: The branch that is released.
        needs_history: Whether a build reads tags: then the whole history is fetched.
        compiled: Whether wheels are built for several machines.
        tool: What pip installs this tool from.
        attests: Whether the job that publishes attests the files: then it installs what that needs, too.
        build_path: The file of a workflow that only builds, for an upload from elsewhere; empty where the one
            that publishes builds.
    """

    folder: str = ""
    tag_format: str = "v{version}"
    branch: str = "main"
    needs_history: bool = False
    compiled: bool = False
    tool: str = "release-async"
    build_path: str = ""
    attests: bool = False


def workflows(inputs: WorkflowInputs) -> dict[str, str]:
    """The text of each file, by its path."""
    first = {inputs.build_path: build(inputs)} if inputs.build_path else {PUBLISH: publish(inputs)}
    return {**first, VERSIONS: versions(inputs)}


def tag_pattern(tag_format: str) -> str:
    """What matches the tags of releases, in the words of a workflow's filter."""
    before, _, behind = version_settings.divided(tag_format)
    return f"{_escaped(before)}[0-9]*{_escaped(behind)}"


def _escaped(text: str) -> str:
    return re.sub(r"([\\*?+\[\]!])", r"\\\1", text)


def publish(inputs: WorkflowInputs) -> str:
    """Build everything, then publish all of it, when the tag of a release is pushed."""
    builds = ("sdist", "wheels") if inputs.compiled else ("build",)
    return _lines(f"""
{MARK}
name: publish
on:
  push:
    tags:
      - {_quoted(tag_pattern(inputs.tag_format))}
permissions: {{}}
concurrency:
  group: publish-${{{{ github.ref }}}}
  cancel-in-progress: false
jobs:
{_jobs(inputs)}
  publish:
    needs: [{", ".join(builds)}]
    runs-on: ubuntu-24.04
    environment: pypi
    permissions:
      contents: read
      id-token: write # the index makes a token for this job: none is stored
    steps:
{_checkout(history=inputs.needs_history)}
{_python()}
      - uses: {FETCH}
        with:
          pattern: dist-*
          path: {_quoted(_below(inputs, "dist"))}
          merge-multiple: true
      - run: {_scalar(f"python -m pip install {_pip(inputs, attests=inputs.attests)}")}
      - run: {_scalar(f"release-async publish{_chosen(inputs)} {_in(inputs, 'dist')}/* --yes")}
""")


def build(inputs: WorkflowInputs) -> str:
    """Build everything when somebody asks for it, and keep it: who asked takes it, and uploads it."""
    return _lines(f"""
{MARK}
name: build
on:
  workflow_dispatch:
permissions: {{}}
concurrency:
  group: build-${{{{ github.ref }}}}
  cancel-in-progress: false
jobs:
{_jobs(inputs)}
""")


def versions(inputs: WorkflowInputs) -> str:
    """Compare the versions of every commit, also of those that no hook has seen."""
    return _lines(f"""
{MARK}
name: versions
on:
  push:
    branches:
      - {_quoted(inputs.branch)}
  pull_request:
permissions: {{}}
concurrency:
  group: versions-${{{{ github.ref }}}}
  cancel-in-progress: true
jobs:
  versions:
    runs-on: ubuntu-24.04
    permissions:
      contents: read
    steps:
{_checkout(history=True)}
{_python()}
      - run: {_scalar(f"python -m pip install {_pip(inputs)}")}
      - run: {_scalar(f"release-async versions{_chosen(inputs)}")}
      - env:
          BRANCH: {_quoted(inputs.branch)}
        run: release-async hook ci "origin/${{GITHUB_BASE_REF:-$BRANCH}}..HEAD"
""")


def _jobs(inputs: WorkflowInputs) -> str:
    """The jobs that build."""
    return _compiled(inputs) if inputs.compiled else _pure(inputs)


def _pure(inputs: WorkflowInputs) -> str:
    return f"{_built(inputs, 'build', 'python -m build', 'dist-all')}\n"


def _built(inputs: WorkflowInputs, job: str, command: str, kept: str) -> str:
    """A job that builds on Linux with the build front end, and keeps what comes out."""
    return f"""\
  {job}:
    runs-on: ubuntu-24.04
    permissions:
      contents: read
    steps:
{_checkout(history=inputs.needs_history)}
{_python()}
      - run: python -m pip install build
      - run: {_scalar(f"{command} {_build(inputs)}")}
{_keep(kept, _below(inputs, "dist/"))}"""


def _compiled(inputs: WorkflowInputs) -> str:
    machines = "".join(f"\n          - {each}" for each in MACHINES)
    folder = f"\n        with:\n          package-dir: {_quoted(inputs.folder)}" if inputs.folder else ""
    return f"""\
{_built(inputs, "sdist", "python -m build --sdist", "dist-sdist")}
  wheels:
    strategy:
      fail-fast: false # every machine tells what is wrong on it
      matrix:
        os:{machines}
    runs-on: ${{{{ matrix.os }}}}
    permissions:
      contents: read
    steps:
{_checkout(history=inputs.needs_history)}
      - uses: {CIBUILDWHEEL}{folder}
{_keep("dist-${{ matrix.os }}", "wheelhouse/*.whl")}
"""


def _checkout(*, history: bool) -> str:
    depth = "\n          fetch-depth: 0 # with the tags" if history else ""
    return f"""\
      - uses: {CHECKOUT}
        with:
          persist-credentials: false{depth}"""


def _python() -> str:
    return f"""\
      - uses: {SETUP_PYTHON}
        with:
          python-version: "{PYTHON}\""""


def _keep(name: str, path: str) -> str:
    return f"""\
      - uses: {KEEP}
        with:
          name: {name}
          path: {_quoted(path)}
          if-no-files-found: error"""


def _build(inputs: WorkflowInputs) -> str:
    """Where the build is: the files always end in the ``dist`` of the project."""
    folder = inputs.folder
    return f"--outdir {_in(inputs, 'dist')} {shlex.quote(folder)}" if folder else "--outdir dist"


def _below(inputs: WorkflowInputs, name: str) -> str:
    return f"{inputs.folder}/{name}" if inputs.folder else name


def _in(inputs: WorkflowInputs, name: str) -> str:
    return shlex.quote(_below(inputs, name))


def _chosen(inputs: WorkflowInputs) -> str:
    return f" -C {shlex.quote(inputs.folder)}" if inputs.folder else ""


def _pip(inputs: WorkflowInputs, *, attests: bool = False) -> str:
    if not attests:
        return shlex.quote(inputs.tool)
    from_elsewhere = (
        f" @ {inputs.tool}" if "://" in inputs.tool else inputs.tool.removeprefix("release-async")
    )
    return shlex.quote(f"release-async[attest]{from_elsewhere}")


def named_tool(text: str) -> str:
    """The address that a file of ours has pip install this tool from; empty where it names none."""
    found = _TOOL.search(text)
    return found[1] if found else ""


_TOOL = re.compile(r"pip install [^\n]*?((?:git\+)?(?:https|ssh)://[^\s']+)")


def _scalar(command: str) -> str:
    """A command as YAML reads it back; plain, as a person would write it, where that is the same."""
    return _quoted(command) if re.search(r": |:$| #", command) else command


def _quoted(text: str) -> str:
    """A text as YAML reads it back, whatever is in it."""
    return "'" + text.replace("'", "''") + "'"


def _lines(text: str) -> str:
    return re.sub(r"\n{2,}", "\n", text).lstrip("\n")
