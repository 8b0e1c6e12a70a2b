"""Whether an attestation (PEP 740) is one for a file, of a repository and a workflow. It asks nobody.

The library is an extra. It runs in the uploader alone, which reads these files before their upload.
"""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from release_async.base.printable_text import printable

if TYPE_CHECKING:
    from pypi_attestations import Attestation, Distribution

_BUILD_CONFIG = "1.3.6.1.4.1.57264.1.18"
"""The claim of a certificate that names repository and workflow (Fulcio's table of extensions)."""
_SOURCE_DIGEST = "1.3.6.1.4.1.57264.1.13"
"""The claim that names the commit (the same table)."""
_GITHUB = re.compile(r"https://[^/]+/(?P<repository>[^/]+/[^/]+)/\.github/workflows/(?P<workflow>[^/@]+)@.*")
_GITLAB = re.compile(r"https://[^/]+/(?P<repository>.+?)//(?P<workflow>[^@]+)@.*")

NOT_INSTALLED = "pypi-attestations is not installed"
MISSING = f"attestations cannot be verified: {NOT_INSTALLED}"


class ExpectedPublisher(NamedTuple):
    """Who has to have made an attestation.

    Attributes:
        repository: ``owner/name``; empty where any will do.
        workflow: The name of the workflow's file; empty where any of the repository will do.
        commit: The object id of the commit that it ran for; empty where any will do.
    """

    repository: str = ""
    workflow: str = ""
    commit: str = ""


def error(file: Path, attestation: Path, expected: ExpectedPublisher) -> str:
    """What is wrong with an attestation; empty where it is one for this file.

    Its signature, the certificate and the entry in the log are verified against what the library ships.

    Args:
        file: The sdist or wheel.
        attestation: Its attestation.
        expected: Who has to have made it.
    """
    try:
        import pypi_attestations as library  # noqa: PLC0415 - an extra, and slow to import
    except ModuleNotFoundError:
        return MISSING
    try:
        found = library.Attestation.model_validate_json(attestation.read_bytes())
        return _error_of(found, library.Distribution.from_file(file), expected)
    except (library.AttestationError, ValueError, OSError) as failure:
        return _no_attestation(expected, failure)


def provenance_error(named: tuple[str, str], text: str, expected: ExpectedPublisher) -> str:
    """What is wrong with what an index says of who has made a file; empty where nothing is.

    The publisher is the one that the index states; each attestation is verified as in ``error``.

    Args:
        named: The file's name, and its SHA-256 in hexadecimal.
        text: The provenance object (PEP 740).
        expected: Who has to have made it.

    Returns:
        The words behind "its provenance"; ``MISSING`` where only the attestations could not be verified.
    """
    if told := _told_otherwise(text, expected):
        return told
    try:
        import pypi_attestations as library  # noqa: PLC0415 - as above
    except ModuleNotFoundError:
        return MISSING
    try:
        provenance = library.Provenance.model_validate_json(text)
        file = library.Distribution(name=named[0], digest=named[1])
    except ValueError as failure:
        return f"cannot be read: {' '.join(str(failure).split())[:300]}"
    every = [each for bundle in provenance.attestation_bundles for each in bundle.attestations]
    errors = (_verified(each, file, expected) for each in every)
    return next(filter(None, errors), "" if every else "holds no attestation")


def _told_otherwise(text: str, expected: ExpectedPublisher) -> str:
    """What the publishers that an index states differ in from the expected one."""
    try:
        publishers = [bundle["publisher"] for bundle in json.loads(text)["attestation_bundles"]]
        told = [(str(each.get("repository", "")), str(each.get("workflow", ""))) for each in publishers]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return "is none that can be read"
    for repository, workflow in told:
        if expected.repository and repository.lower() != expected.repository.lower():
            return f"names the repository {printable(repository) or '(none)'}, not {expected.repository}"
        if expected.workflow and workflow != expected.workflow:
            return f"names the workflow {printable(workflow) or '(none)'}, not {expected.workflow}"
    return "" if told else "names nobody"


def _verified(found: "Attestation", file: "Distribution", expected: ExpectedPublisher) -> str:
    import pypi_attestations as library  # noqa: PLC0415 - as above

    try:
        return _error_of(found, file, expected)
    except (library.AttestationError, ValueError) as failure:
        return _no_attestation(expected, failure)


def _error_of(found: "Attestation", file: "Distribution", expected: ExpectedPublisher) -> str:
    """What is wrong with an attestation of a file, as far as the library does not raise it."""
    import pypi_attestations as library  # noqa: PLC0415 - as above

    claims = found.certificate_claims
    claimed = claims.get(_BUILD_CONFIG, "")
    github, gitlab = _GITHUB.fullmatch(claimed), _GITLAB.fullmatch(claimed)
    match = github or gitlab
    if match is None:
        return f"is made by neither GitHub Actions nor GitLab: {claimed or 'it names no workflow'}"
    repository = expected.repository or match["repository"]
    workflow = expected.workflow or match["workflow"]
    publisher = (
        library.GitHubPublisher(repository=repository, workflow=workflow)
        if github
        else library.GitLabPublisher(repository=repository, workflow_filepath=workflow)
    )
    found.verify(publisher, file, offline=True)
    commit = claims.get(_SOURCE_DIGEST, "")
    if expected.commit and commit != expected.commit:
        return f"is made at the commit {commit[:12] or '(none)'}, not at {expected.commit[:12]}"
    return ""


def _no_attestation(expected: ExpectedPublisher, failure: Exception) -> str:
    wanted = f"{expected.repository} {expected.workflow}".strip()
    of = f" of {wanted}" if wanted else ""
    return f"is no attestation{of} for this file: {' '.join(str(failure).split())[:300]}"
