"""Real attestations, which the library ships for its own tests, are verified without a network."""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from release_async.external.index import attestation_rules
from release_async.external.index.attestation_rules import ExpectedPublisher

GITHUB = "pypi_attestations-0.0.19.tar.gz"
OURS = ExpectedPublisher("trailofbits/pypi-attestations", "release.yml")
GITLAB = "gitlab_oidc_project-0.0.3.tar.gz"
CIRCLE = "circleci_sign_publish_example-0.0.1.dev137-py3-none-any.whl"
LIBRARY = "pypi-attestations==0.0.30"

pytestmark = pytest.mark.native


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the library is tested with, from its sdist."""
    folder = tmp_path_factory.mktemp("assets")
    words = ("download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", str(folder), LIBRARY)
    subprocess.run((sys.executable, "-m", "pip", *words), check=True)
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.glob("*/test/assets"))


def error(assets: Path, name: str, expected: ExpectedPublisher, file: Path | None = None) -> str:
    """What is wrong with the attestation of a file, or of another one in its place."""
    return attestation_rules.error(file or assets / name, assets / f"{name}.publish.attestation", expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (GITHUB, OURS),
        (GITHUB, OURS._replace(workflow="")),
        (GITHUB, ExpectedPublisher()),
        (GITLAB, ExpectedPublisher("facutuesca/gitlab-oidc-project", ".gitlab-ci.yml")),
        (GITLAB, ExpectedPublisher()),
    ],
)
def test_a_real_one_is_good(assets: Path, name: str, expected: ExpectedPublisher) -> None:
    """Of the expected repository and workflow, or of any where nobody is expected."""
    assert error(assets, name, expected) == ""


@pytest.mark.parametrize(
    "expected", [OURS._replace(repository="other/name"), OURS._replace(workflow="other.yml")]
)
def test_that_of_another_publisher_is_refused(assets: Path, expected: ExpectedPublisher) -> None:
    """Another repository, or another workflow of the same one."""
    assert error(assets, GITHUB, expected).startswith(
        f"is no attestation of {expected.repository} {expected.workflow}"
    )


def test_a_changed_byte_is_refused(assets: Path, tmp_path: Path) -> None:
    """In the file, and in the attestation."""
    changed = tmp_path / GITHUB
    changed.write_bytes((assets / GITHUB).read_bytes() + b"x")
    assert "digest" in error(assets, GITHUB, OURS, changed)
    attestation = tmp_path / f"{GITHUB}.publish.attestation"
    text = (assets / attestation.name).read_text()
    start = text.index('"signature":') + 20
    other = "A" if text[start] != "A" else "B"
    attestation.write_text(f"{text[:start]}{other}{text[start + 1 :]}")
    assert attestation_rules.error(assets / GITHUB, attestation, OURS)


def test_another_name_and_another_maker_are_refused(assets: Path, tmp_path: Path) -> None:
    """The name is part of what is attested; of other hosts nothing is known here."""
    renamed = tmp_path / "pypi_attestations-0.0.20.tar.gz"
    shutil.copy(assets / GITHUB, renamed)
    assert "does not match distribution name" in error(assets, GITHUB, OURS, renamed)
    assert "neither GitHub Actions nor GitLab" in error(assets, CIRCLE, ExpectedPublisher())
