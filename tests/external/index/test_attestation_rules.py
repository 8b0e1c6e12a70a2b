"""Real attestations, which the library ships for its own tests, are verified without a network."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from release_async.external.index import attestation_rules
from release_async.external.index.attestation_rules import ExpectedPublisher
from support import attestations
from support.attestations import GITHUB, OURS

GITLAB = "gitlab_oidc_project-0.0.3.tar.gz"
CIRCLE = "circleci_sign_publish_example-0.0.1.dev137-py3-none-any.whl"

pytestmark = pytest.mark.native


@pytest.fixture(scope="module", name="assets")
def real() -> Path:
    """The files that the library is tested with."""
    return attestations.assets()


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


PUBLISHER = {"kind": "GitHub", "repository": "trailofbits/pypi-attestations", "workflow": "release.yml"}


def provenance(assets: Path, publisher: dict[str, str]) -> str:
    """What an index says of the library's own sdist."""
    attestation = json.loads((assets / f"{GITHUB}.publish.attestation").read_text())
    bundles = [{"publisher": publisher, "attestations": [attestation]}]
    return json.dumps({"version": 1, "attestation_bundles": bundles})


def test_what_an_index_says_is_compared_and_verified(assets: Path) -> None:
    """The publisher that it states, then each attestation: its signature, its file and its commit."""
    named = (GITHUB, hashlib.sha256((assets / GITHUB).read_bytes()).hexdigest())
    text = provenance(assets, PUBLISHER)
    assert attestation_rules.provenance_error(named, text, OURS) == ""
    other = attestation_rules.provenance_error((GITHUB, "0" * 64), text, OURS)
    assert "subject does not match distribution digest" in other
    at = attestation_rules.provenance_error(named, text, OURS._replace(commit="0" * 40))
    assert re.fullmatch("is made at the commit [0-9a-f]{12}, not at 0{12}", at)
    lying = provenance(assets, {**PUBLISHER, "repository": "other/name"})
    stated = attestation_rules.provenance_error(named, lying, OURS._replace(repository="other/name"))
    assert stated.startswith("is no attestation of other/name release.yml")


@pytest.mark.parametrize(
    ("publisher", "words"),
    [
        ({"repository": "other/name"}, "names the repository other/name, not trailofbits/pypi-attestations"),
        ({**PUBLISHER, "workflow": "x.yml"}, "names the workflow x.yml, not release.yml"),
        ({}, "names the repository (none), not trailofbits/pypi-attestations"),
    ],
)
def test_the_publisher_that_an_index_states_has_to_be_ours(publisher: dict[str, str], words: str) -> None:
    """Told before anything is verified: whoever has made it, it was not this workflow."""
    text = json.dumps({"version": 1, "attestation_bundles": [{"publisher": publisher, "attestations": []}]})
    assert attestation_rules.provenance_error((GITHUB, "0" * 64), text, OURS) == words


@pytest.mark.parametrize("text", ["", "[]", '{"attestation_bundles": [{}]}', '{"attestation_bundles": 1}'])
def test_what_is_no_provenance_is_none(text: str) -> None:
    """An index can answer anything."""
    assert attestation_rules.provenance_error((GITHUB, "0" * 64), text, OURS) == "is none that can be read"
    nobody = '{"attestation_bundles": []}'
    assert attestation_rules.provenance_error((GITHUB, "0" * 64), nobody, OURS) == "names nobody"
