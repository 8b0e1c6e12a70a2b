"""Signs files as the job of CI that publishes them (PEP 740). What is signed stands in a public log for ever.

The library is an extra. It runs in the uploader alone, which proves to Sigstore who the job is. Keys last as
long as one call, and are written nowhere.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from release_async.base.secret import Secret
from release_async.base.secret_masking import redact
from release_async.external.index.attestation_rules import NOT_INSTALLED
from release_async.process.connection_errors import root_cause_message

if TYPE_CHECKING:
    from sigstore.sign import Signer

AUDIENCE = "sigstore"
"""Whom an identity has to be for (Fulcio's manual)."""

OpenSigner = Callable[[Secret], "AbstractContextManager[Signer]"]


class SigningError(Exception):
    """Nothing was signed that could be used; says why, without secrets."""


@contextmanager
def _public_instance(identity: Secret) -> "Iterator[Signer]":
    """A signer of the instance that everybody's packages are signed with; its roots come from the network."""
    from sigstore.models import ClientTrustConfig  # noqa: PLC0415 - an extra, and slow to import
    from sigstore.oidc import IdentityToken  # noqa: PLC0415 - as above
    from sigstore.sign import SigningContext  # noqa: PLC0415 - as above

    context = SigningContext.from_trust_config(ClientTrustConfig.production())
    with context.signer(IdentityToken(identity.reveal())) as signer:
        yield signer


def signed(files: Sequence[Path], identity: Secret, opened: OpenSigner = _public_instance) -> list[str]:
    """Sign files, all with one certificate.

    Args:
        files: Sdists and wheels.
        identity: The identity of the job, for ``AUDIENCE``.
        opened: Opens what signs.

    Returns:
        The attestation of each, in JSON, in their order.

    Raises:
        SigningError: The library is not installed, or one of Sigstore's services has refused or is away.
    """
    try:
        import pypi_attestations as library  # noqa: PLC0415 - as above
    except ModuleNotFoundError:
        raise SigningError(NOT_INSTALLED) from None
    try:
        with opened(identity) as signer:
            made = [library.Attestation.sign(signer, library.Distribution.from_file(file)) for file in files]
    except Exception as error:  # noqa: BLE001 - of a library that reaches three services, each with its own errors
        raise SigningError(redact(root_cause_message(error), (identity,))) from None
    return [each.model_dump_json() for each in made]
