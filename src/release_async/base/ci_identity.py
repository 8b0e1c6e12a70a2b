"""The identity that a job of CI may ask its forge for, as far as its environment tells. It asks nobody."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from release_async.base.secret import Secret

_GITHUB_ASKS = ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL")
_MARKS = {
    "GITHUB_ACTIONS": ("GitHub Actions", r"GITHUB_ACTIONS|ACTIONS_ID_TOKEN_REQUEST_(?:TOKEN|URL)"),
    "GITLAB_CI": ("GitLab CI/CD", r"GITLAB_CI|\w+_ID_TOKEN"),
    "BUILDKITE": ("Buildkite", r"BUILDKITE(?:_AGENT_\w+|_JOB_ID)?"),
    "CIRCLECI": ("CircleCI", r"CIRCLECI|CIRCLE_\w+"),
    "GOOGLE_SERVICE_ACCOUNT_NAME": ("Google Cloud", r"GOOGLE_SERVICE_ACCOUNT_NAME"),
}
"""By which variable a forge shows itself, its name, and with which variables an identity is asked for."""
_SECRET = re.compile(
    r"ACTIONS_ID_TOKEN_REQUEST_TOKEN|\w+_ID_TOKEN|BUILDKITE_AGENT_ACCESS_TOKEN|CIRCLE_OIDC_TOKEN\w*"
)


class Identity(NamedTuple):
    """What a job of CI may prove itself with.

    Attributes:
        provider: Who vouches for it, as a person calls it.
        variables: The variables of the environment that this is asked for with; some of them are secret.
        lacking: What the job needs for it and does not have; empty where it has all that can be seen.
    """

    provider: str
    variables: Mapping[str, Secret]
    lacking: str = ""


def of_environment(environ: Mapping[str, str]) -> Identity | None:
    """The identity that an environment allows to ask for; None where it is that of no job of CI."""
    for mark, (provider, pattern) in _MARKS.items():
        if environ.get(mark):
            found = {
                name: Secret(value)
                for name, value in environ.items()
                if re.fullmatch(pattern, name) and value
            }
            return Identity(provider, found, _lacking(mark, found))
    return None


def _lacking(mark: str, found: Mapping[str, Secret]) -> str:
    if mark == "GITHUB_ACTIONS" and not all(name in found for name in _GITHUB_ASKS):
        return "permissions: id-token: write"
    if mark == "GITLAB_CI" and not any(name.endswith("_ID_TOKEN") for name in found):
        return "id_tokens: with the audience of the index"
    return ""


def secrets_in(environ: Mapping[str, str | None]) -> tuple[Secret, ...]:
    """The values that only the uploader may have: with them anybody could be this job."""
    return tuple(Secret(value) for name, value in environ.items() if value and _SECRET.fullmatch(name))
