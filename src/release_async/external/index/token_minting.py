"""Exchanges the identity of a job of CI for a token of an index (trusted publishing), in the uploader.

The addresses are those that belong to the repository URL. Neither the identity nor the token leaves this
process but to them, and the upload.
"""

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from json import JSONDecodeError, loads
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from id import (
    AmbientCredentialError,
    GitHubOidcPermissionCredentialError,
    decode_oidc_token,
    detect_credential,
)

from release_async.base import ci_identity
from release_async.base.secret import Secret
from release_async.base.secret_masking import redact
from release_async.external.index.lean_requests import requests
from release_async.process.connection_errors import root_cause_message

LIFETIME = 900
"""Seconds that a token is good for where the index does not say (PyPI's are good for 15 minutes)."""

MOST_TEXT = 600
"""Characters of what an index says that are kept."""


class MintingError(Exception):
    """No token could be had.

    Attributes:
        code: The kind of error: the index's own word, or one of those below.
        text: What was said, without secrets.
        status: The HTTP status, 0 where there was no answer of the index.
        retry_after: The header of that name, empty where there was none.
    """

    def __init__(self, code: str, text: str, status: int = 0, retry_after: str = "") -> None:
        super().__init__(code)
        self.code, self.text, self.status, self.retry_after = code, text[:MOST_TEXT], status, retry_after


NO_IDENTITY = "no-identity"
"""The environment is that of no job which could prove itself."""
NOT_PERMITTED = "not-permitted"
"""The job may not ask its forge for an identity."""
NOT_GIVEN = "not-given"
"""The forge has not given one."""
NOT_USABLE = "not-usable"
"""What the forge has given is no identity for this index, or the job is not set up to get one."""
NOT_OFFERED = "not-offered"
"""The index knows no trusted publishing."""
NO_ANSWER = "no-answer"
"""The index was not reached, or its answer is not one."""


class MintedToken(NamedTuple):
    """A token of an index.

    Attributes:
        token: The token itself.
        expires: When it ends, in seconds since 1970.
        hidden: The identity that it was made for; not to be shown either.
    """

    token: Secret
    expires: float
    hidden: Secret


class Index(NamedTuple):
    """An index, and the way to it.

    Attributes:
        url: The repository URL.
        session: How it is reached.
        timeouts: Seconds to connect, and to wait for an answer.
        variables: The variables of the environment that the forge is asked with.
    """

    url: str
    session: requests.Session
    timeouts: tuple[float, float]
    variables: Mapping[str, str]


def claims(index: Index) -> dict[str, str]:
    """What the forge says of this job, for the audience of an index; nothing is exchanged.

    Raises:
        MintingError: There is no identity, or the index names no audience.
    """
    payload: dict[str, Any] = loads(decode_oidc_token(_identity(index).reveal())[1])
    return {name: str(payload[name]) for name in _SHOWN if payload.get(name)}


_SHOWN = (
    *(
        "iss",
        "aud",
        "repository",
        "workflow_ref",
        "job_workflow_ref",
        "environment",
        "event_name",
        "ref",
        "sha",
    ),
    *("project_path", "ci_config_ref_uri", "sub"),
)
"""The claims that publishers are made of, or that tell a person which job this is."""


def mint(index: Index) -> MintedToken:
    """A token for uploads, made now.

    Raises:
        MintingError: The forge or the index has refused it, or did not answer.
    """
    identity = _identity(index)
    answer = _asked(index, "mint-token", identity)
    told = _read(answer)
    token = told.get("token")
    if answer.status_code != HTTPStatus.OK or not isinstance(token, str) or not token:
        raise _refusal(answer, told, identity)
    ends = told.get("expires")
    known = isinstance(ends, int | float) and ends is not True
    return MintedToken(Secret(token), float(ends or 0) if known else time.time() + LIFETIME, identity)


def _identity(index: Index) -> Secret:
    """A fresh identity for the audience that the index names."""
    answer = _asked(index, "audience")
    audience = _read(answer).get("audience")
    if answer.status_code == HTTPStatus.NOT_FOUND or not isinstance(audience, str) or not audience:
        code = NO_ANSWER if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR else NOT_OFFERED
        raise MintingError(code, f"it answered {answer.status_code} to the question for its audience")
    return identity_for(audience, index.variables)


def identity_for(audience: str, variables: Mapping[str, str]) -> Secret:
    """A fresh identity of this job for an audience.

    Args:
        audience: Whom it is for.
        variables: The variables of the environment that the forge is asked with.

    Raises:
        MintingError: There is none.
    """
    with _environment(variables):
        try:
            found = detect_credential(audience)
        except GitHubOidcPermissionCredentialError as error:
            raise MintingError(NOT_PERMITTED, str(error)) from None
        except AmbientCredentialError as error:
            code = NOT_GIVEN if _PASSING.search(str(error)) else NOT_USABLE
            raise MintingError(code, _without(str(error), variables)) from None
        except Exception as error:  # noqa: BLE001 - of a library that reaches into several forges
            raise MintingError(NOT_GIVEN, _without(root_cause_message(error), variables)) from None
    if found is None:
        raise MintingError(NO_IDENTITY, "this is no job of CI that could prove itself")
    return Secret(found)


_PASSING = re.compile(r"timed out|code=(?:429|5\d\d)")
"""What the library `id` says where the same question may be answered a moment later."""


def _without(text: str, variables: Mapping[str, str]) -> str:
    return redact(text, ci_identity.secrets_in(variables))


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Have these variables for as long as the forge is asked: they come through the pipe, and go again."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _beside(repository_url: str, what: str) -> str:
    """Where an index answers for publishers: on the host of its uploads (PyPI's documentation)."""
    parts = urlsplit(repository_url)
    return urlunsplit((parts.scheme, parts.netloc, f"/_/oidc/{what}", "", ""))


def _asked(index: Index, what: str, identity: Secret | None = None) -> requests.Response:
    """One question, with an identity or without; a redirect is never followed: it could lead it elsewhere.

    Raises:
        MintingError: There was no answer.
    """
    try:
        return index.session.request(
            "POST" if identity else "GET",
            _beside(index.url, what),
            json={"token": identity.reveal()} if identity else None,
            timeout=index.timeouts,
            allow_redirects=False,
            auth=_nobody,
        )
    except requests.RequestException as error:
        hidden = (identity,) if identity else ()
        raise MintingError(NO_ANSWER, redact(root_cause_message(error), hidden)) from None


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Authenticate as nobody: without this, requests would look into a netrc file."""
    return request


def _read(answer: requests.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except (JSONDecodeError, requests.JSONDecodeError):
        return {}
    return told if isinstance(told, dict) else {}


def _refusal(answer: requests.Response, told: dict[str, Any], identity: Secret) -> MintingError:
    """What an index says of an identity that it gives no token for; of several errors the first counts."""
    listed = told.get("errors")
    errors = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    code = str(errors[0].get("code") or "") if errors else ""
    said = "; ".join(str(each.get("description") or each.get("code") or "") for each in errors)
    text = said or str(told.get("message") or "") or answer.reason or ""
    retry_after = answer.headers.get("Retry-After", "")
    return MintingError(code or NO_ANSWER, redact(text, (identity,)), answer.status_code, retry_after)
