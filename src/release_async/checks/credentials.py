"""There is a token for the index, and it is not the token of another one."""

import base64
import binascii

from release_async.plan import Plan
from release_async.problems import Problems, refuse
from release_async.world import World

TITLE = "Credentials"
LONG = False


async def run(plan: Plan, world: World) -> Problems:
    """Refuse a missing token, a malformed one, and one that itself names another index."""
    token, setting = world.settings.token, plan.target.token_setting
    if token is None:
        cure = f"put {setting}=... into .env or the environment, with a token made at {plan.target.name}"
        return (refuse(f"there is no token for {plan.target.name}", cure=cure),)
    value = token.reveal()
    if any(char.isspace() or not char.isprintable() for char in value):
        cure = f"copy the token into {setting} again, without quotes or line breaks inside"
        return (refuse(f"the value of {setting} has blanks or control characters in it", cure=cure),)
    other = _location(value)
    if other and not _is_at(plan.target.repository_url, other):
        cure = f"make a token at {plan.target.name} and put it into {setting}"
        return (refuse(f"the token in {setting} belongs to {other}, not to {plan.target.name}", cure=cure),)
    return ()


def _location(token: str) -> str:
    """The host that a PyPI token says it is for, from its macaroon; empty where it is no such token."""
    prefix, _, body = token.partition("-")
    if prefix != "pypi":
        return ""
    try:
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        return ""
    end = 3 + int.from_bytes(raw[2:3])
    if raw[:2] != b"\x02\x01" or len(raw) < end:
        return ""
    return raw[3:end].decode("ascii", "replace")


def _is_at(repository_url: str, host: str) -> bool:
    """Whether ``host`` is where ``repository_url`` lies, or the site whose upload host that is."""
    at = repository_url.partition("://")[2].partition("/")[0].partition(":")[0]
    return at in {host, f"upload.{host}"}
