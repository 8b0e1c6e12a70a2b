"""Whether an attestation (PEP 740) is one for a file, of a repository and a workflow. It asks nobody.

The library is an extra. It runs in the uploader alone, which reads these files before their upload.
"""

import re
from pathlib import Path
from typing import NamedTuple

_BUILD_CONFIG = "1.3.6.1.4.1.57264.1.18"
"""The claim of a certificate that names repository and workflow (Fulcio's table of extensions)."""
_GITHUB = re.compile(r"https://[^/]+/(?P<repository>[^/]+/[^/]+)/\.github/workflows/(?P<workflow>[^/@]+)@.*")
_GITLAB = re.compile(r"https://[^/]+/(?P<repository>.+?)//(?P<workflow>[^@]+)@.*")

MISSING = "attestations cannot be verified: pypi-attestations is not installed"


class ExpectedPublisher(NamedTuple):
    """Who has to have made an attestation.

    Attributes:
        repository: ``owner/name``; empty where any will do.
        workflow: The name of the workflow's file; empty where any of the repository will do.
    """

    repository: str = ""
    workflow: str = ""


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
        claimed = found.certificate_claims.get(_BUILD_CONFIG, "")
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
        found.verify(publisher, library.Distribution.from_file(file), offline=True)
    except (library.AttestationError, ValueError, OSError) as failure:
        wanted = f"{expected.repository} {expected.workflow}".strip()
        of = f" of {wanted}" if wanted else ""
        return f"is no attestation{of} for this file: {' '.join(str(failure).split())[:300]}"
    return ""
