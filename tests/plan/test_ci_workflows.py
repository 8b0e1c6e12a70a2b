"""The workflows that are written are sound to those who judge them, and publish what they have built."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # it has no type hints

from release_async.guard import publishing_workflows, workflow_faults
from release_async.plan import ci_workflows
from release_async.plan.ci_workflows import PUBLISH, VERSIONS, WorkflowInputs
from support import releasing
from support.releasing import Stage

KINDS = {
    "pure": WorkflowInputs(),
    "version from the tag": WorkflowInputs(needs_history=True),
    "compiled": WorkflowInputs(compiled=True),
    "in a folder": WorkflowInputs(
        folder="packages/it's core", tag_format="core-v{version}", branch="it's $main"
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
def test_the_commands_publish_what_they_have_built(tiny: Stage, tmp_path: Path) -> None:
    """Job after job in fresh checkouts, their artefacts handed on through a folder; nothing is installed."""
    jobs = yaml.safe_load(ci_workflows.publish(WorkflowInputs()))["jobs"]
    kept = tmp_path / "artefacts"
    for name in (*jobs["publish"]["needs"], "publish"):
        checkout = tmp_path / name
        tiny.repository.git("clone", "-q", str(tiny.remote.path), str(checkout))
        for step in jobs[name]["steps"]:
            _play(step, checkout, kept, tiny)
    assert set(tiny.published()) == {"tiny-2.0.0-py3-none-any.whl", "tiny-2.0.0.tar.gz"}


@pytest.mark.rehearsal
def test_the_commands_of_what_only_builds_keep_all_of_it(tiny: Stage, tmp_path: Path) -> None:
    """Job after job in fresh checkouts."""
    for name, job in yaml.safe_load(ci_workflows.build(WorkflowInputs()))["jobs"].items():
        checkout = tmp_path / name
        tiny.repository.git("clone", "-q", str(tiny.remote.path), str(checkout))
        for step in job["steps"]:
            _play(step, checkout, tmp_path / "kept", tiny)
    kept = sorted(path.name for path in (tmp_path / "kept").iterdir())
    assert kept == ["tiny-2.0.0-py3-none-any.whl", "tiny-2.0.0.tar.gz"]


def _play(step: dict[str, object], checkout: Path, kept: Path, stage: Stage) -> None:
    """Run the command of a step, or do what its action does to artefacts."""
    uses, given = str(step.get("uses", "")), step.get("with", {})
    assert isinstance(given, dict)
    if uses.startswith("actions/upload-artifact@"):
        shutil.copytree(checkout / given["path"], kept)
    elif uses.startswith("actions/download-artifact@"):
        shutil.copytree(kept, checkout / given["path"])
    elif "run" in step:
        env = {
            **stage.environment(),
            "PIP_NO_INDEX": "1",
            "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
        }
        subprocess.run(
            ("bash", "-euo", "pipefail", "-c", str(step["run"])), cwd=checkout, env=env, check=True
        )


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
