"""Each file is signed once, by one signer for all, as the library does it; the identity is secret."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pypi_attestations import Attestation, AttestationType
from sigstore.dsse import Statement
from sigstore.models import Bundle

from release_async.base.secret import Secret
from release_async.external.index import attestation_rules, attestation_signing
from release_async.external.index.attestation_signing import SigningError
from support import attestations, secrets
from support.attestations import GITHUB, OURS

pytestmark = pytest.mark.native


class Sigstore:
    """What signs, with one certificate and one entry in a log that it was given; it keeps what it has signed.

    Attributes:
        bundle: A real bundle.
        signed: The statements, in their order.
        identities: Each identity that has opened it.
        fails: What it raises instead of signing.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.signed: list[dict[str, Any]] = []
        self.identities: list[Secret] = []
        self.fails: Exception | None = None

    @contextmanager
    def opened(self, identity: Secret) -> "Iterator[Any]":
        """The signer of one identity."""
        self.identities.append(identity)
        yield self

    def sign_dsse(self, statement: Statement) -> Bundle:
        """Sign one statement."""
        if self.fails:
            raise self.fails
        self.signed.append(json.loads(statement._contents))  # noqa: SLF001 - nothing public gives it
        return self.bundle


@pytest.fixture
def sigstore() -> Sigstore:
    """What has signed the library's own sdist once, and signs it so again."""
    recorded = attestations.assets() / f"{GITHUB}.publish.attestation"
    return Sigstore(Attestation.model_validate_json(recorded.read_bytes()).to_bundle())


def test_what_is_signed_is_the_file_by_name_and_digest(sigstore: Sigstore, tmp_path: Path) -> None:
    """What comes of it is an attestation that verifies, of the workflow that has signed."""
    file, identity = attestations.assets() / GITHUB, Secret(secrets.characters(40))
    (text,) = attestation_signing.signed([file], identity, sigstore.opened)
    (statement,) = sigstore.signed
    assert statement["predicateType"] == AttestationType.PYPI_PUBLISH_V1.value
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert statement["subject"] == [{"name": GITHUB, "digest": {"sha256": digest}}]
    made = tmp_path / "attestation"
    made.write_text(text)
    assert attestation_rules.error(file, made, OURS) == ""


def test_all_files_have_one_signer(sigstore: Sigstore) -> None:
    """One identity is used once, however many files there are."""
    file, identity = attestations.assets() / GITHUB, Secret(secrets.characters(40))
    assert len(attestation_signing.signed([file, file, file], identity, sigstore.opened)) == 3
    assert sigstore.identities == [identity]
    assert len(sigstore.signed) == 3


def test_a_refusal_says_why_and_not_who(sigstore: Sigstore) -> None:
    """Whatever the library raises; the identity could be in it."""
    identity = Secret(secrets.characters(40))
    sigstore.fails = OSError(f"403 for {identity.reveal()}: not allowed")
    with pytest.raises(SigningError, match=r"403 for .*: not allowed") as raised:
        attestation_signing.signed([attestations.assets() / GITHUB], identity, sigstore.opened)
    assert identity.reveal() not in str(raised.value)


def test_without_the_library_it_says_which_is_missing(tmp_path: Path) -> None:
    """It is an extra; what is told is a sentence, and no traceback."""
    script = (
        "import sys; sys.modules['pypi_attestations'] = None\n"
        "from release_async.base.secret import Secret\n"
        "from release_async.external.index.attestation_signing import SigningError, signed\n"
        "try: signed([], Secret('x'))\n"
        "except SigningError as error: print(error)\n"
    )
    run = subprocess.run((sys.executable, "-c", script), cwd=tmp_path, capture_output=True, check=True)
    assert run.stdout.decode().strip() == "pypi-attestations is not installed"
