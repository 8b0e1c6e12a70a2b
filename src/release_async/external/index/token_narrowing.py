"""Narrows a PyPI token to one project and a few minutes before it is sent. It sends nothing."""

from packaging.utils import canonicalize_name

from release_async.base import pypi_token
from release_async.base.secret import Secret
from release_async.plan.plan import NO_TOKEN, Narrowing
from release_async.plan.settings import Settings

MARGIN = 300
"""Seconds of validity beyond the upload timeout, for clocks that differ and an index that is slow."""

_NOT_BEFORE = 1
"""The start of the validity, which PyPI requires: 1970, since a copy is made when it is needed."""


def narrowing_for(settings: Settings, project: str) -> Narrowing:
    """How the token of these settings is going to be restricted, or why it is not.

    Args:
        settings: What the user asked for.
        project: The name of the project, in any spelling.
    """
    if settings.token is None and settings.identity:
        return Narrowing(identity=settings.identity.provider)
    if settings.token is None:
        return NO_TOKEN
    if not settings.narrow_token:
        return Narrowing(why_not="NARROW_TOKEN is false")
    if not _is_macaroon(settings.token.reveal()):
        return Narrowing(why_not="it is no token of PyPI's kind")
    return Narrowing(project=canonicalize_name(project), seconds=int(settings.upload_timeout) + MARGIN)


def _is_macaroon(token: str) -> bool:
    try:
        pypi_token.common_prefix(token)
    except ValueError:
        return False
    return token.startswith("pypi-")


def narrowed_token(token: Secret, narrowing: Narrowing, *, now: float, known: bool) -> Secret:
    """The token to be sent.

    Args:
        token: The token of the settings.
        narrowing: How it is narrowed, from `narrowing_for` for the same token.
        now: The current time, in seconds since 1970.
        known: Whether the index has the project. A token cannot be narrowed to a project that the upload
            creates.
    """
    if narrowing.why_not:
        return token
    validity = [0, int(now) + narrowing.seconds, _NOT_BEFORE]
    projects = ([1, [narrowing.project]],) if known else ()
    return Secret(pypi_token.with_caveats(token.reveal(), validity, *projects))
