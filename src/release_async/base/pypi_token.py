"""What a PyPI API token says of itself, and copies of it that may do less. It proves and sends nothing.

Such a token is a macaroon in libmacaroons' second binary format: fields of type, length and bytes. Anyone may
read it and add restrictions, called caveats; nobody can take one away, and only the index can tell whether
its signature is good.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Iterator
from typing import NamedTuple

_VERSION = 2
_END, _LOCATION, _IDENTIFIER, _PROOF, _SIGNATURE = 0, 1, 2, 4, 6
_SIGNATURE_BYTES = 32
_BEFORE_SIGNATURE = bytes([_END, _SIGNATURE, _SIGNATURE_BYTES])
_TAIL = len(_BEFORE_SIGNATURE) + _SIGNATURE_BYTES
_LONGEST_NUMBER = 63  # bits; a longer length could not be that of anything here


class Macaroon(NamedTuple):
    """A token, read.

    Attributes:
        location: The host of the index that has made it.
        identifier: The name that the index knows it by; not for anybody's eyes.
        caveats: What restricts it, in the order in which that was added.
    """

    location: str
    identifier: bytes
    caveats: tuple[bytes, ...]

    @property
    def scope(self) -> "Scope":
        """What all caveats together leave of it."""
        scope = Scope()
        for caveat in self.caveats:
            scope = _restricted(scope, _said(caveat))
        return scope


class Scope(NamedTuple):
    """What a token may be used for. All of its caveats must hold, so each can only narrow it.

    Attributes:
        account_wide: Whether it uploads to every project of its account.
        projects: The normalised names of the projects that it is for; None where it names none.
        not_before: From when on it is good, in seconds since 1970; None where it does not say.
        not_after: Until when it is good, in seconds since 1970; None where it does not expire.
    """

    account_wide: bool = True
    projects: frozenset[str] | None = None
    not_before: int | None = None
    not_after: int | None = None


def read(token: str) -> Macaroon:
    """Read a token.

    Args:
        token: The whole token, prefix included.

    Raises:
        ValueError: It is none, or not a whole one. The message shows nothing of it.
    """
    fields = _fields(_decoded(token)[1])
    head = _section(fields)
    if list(head)[-1:] != [_IDENTIFIER] or not head.keys() <= {_LOCATION, _IDENTIFIER}:
        raise ValueError("it begins with no identifier")
    caveats = tuple(_caveats(fields))
    kind, signature = next(fields, (_END, b""))
    if kind != _SIGNATURE or len(signature) != _SIGNATURE_BYTES or next(fields, None) is not None:
        raise ValueError("it does not end with a signature")
    location = head.get(_LOCATION, b"").decode("ascii", "replace")
    return Macaroon(location, head[_IDENTIFIER], caveats)


def _decoded(token: str) -> tuple[str, bytes]:
    """The prefix with its dash, and the macaroon behind it."""
    prefix, dash, body = token.partition("-")
    if not (prefix and dash):
        raise ValueError("there is no prefix")
    try:
        return prefix + dash, base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("it is not in base64") from None


def _fields(raw: bytes) -> Iterator[tuple[int, bytes]]:
    if raw[:1] != bytes([_VERSION]):
        raise ValueError("it is no macaroon of the second version")
    position = 1
    while position < len(raw):
        kind, position = _number(raw, position)
        if kind == _END:
            yield kind, b""
            continue
        length, position = _number(raw, position)
        if length > len(raw) - position:
            raise ValueError("it is cut short")
        yield kind, raw[position : position + length]
        position += length


def _number(raw: bytes, position: int) -> tuple[int, int]:
    """The unsigned LEB128 number at a position, and the position behind it."""
    number = 0
    for shift in range(0, _LONGEST_NUMBER, 7):
        if position >= len(raw):
            raise ValueError("it is cut short")
        byte = raw[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that more bytes follow
            return number, position
    raise ValueError("it holds a number that is too long")


def _section(fields: Iterator[tuple[int, bytes]]) -> dict[int, bytes]:
    """The fields up to the next end, which come in the order of their types, each once at most."""
    section: dict[int, bytes] = {}
    for kind, value in fields:
        if kind == _END:
            return section
        if section and kind <= max(section):
            raise ValueError("its fields are out of order")
        section[kind] = value
    raise ValueError("it is cut short")


def _caveats(fields: Iterator[tuple[int, bytes]]) -> Iterator[bytes]:
    while section := _section(fields):
        third_party = _PROOF in section
        if not section.keys() <= {_LOCATION, _IDENTIFIER, _PROOF} or _IDENTIFIER not in section:
            raise ValueError("it holds a caveat without an identifier")
        if _LOCATION in section and not third_party:
            raise ValueError("it holds a caveat of its own with a location")
        yield section[_IDENTIFIER]


def narrowed(token: str, *caveats: object) -> str:
    """A copy of a token with further restrictions, all of which must hold.

    The signature of the copy is made of the token's and the caveat ("Macaroons: Cookies with Contextual
    Caveats", 2014, 3.3), so who has the copy cannot come back to the token.

    Args:
        token: The whole token, prefix included.
        caveats: What restricts it, as PyPI reads it: ``[0, not_after, not_before]``, ``[1, [names]]``.

    Raises:
        ValueError: As `read`.
    """
    prefix, head, signature = _cut(token)
    for caveat in caveats:
        said = json.dumps(caveat).encode()
        head += bytes([_IDENTIFIER]) + _written(len(said)) + said + bytes([_END])
        signature = hmac.digest(signature, said, "sha256")
    return prefix + _encoded(head + _BEFORE_SIGNATURE + signature)


def stem(token: str) -> str:
    """How a token and all narrowed copies of it begin: without it, what is left of them opens nothing.

    Raises:
        ValueError: As `read`.
    """
    prefix, head, _ = _cut(token)
    return (
        prefix + _encoded(head)[: len(head) * 8 // 6]
    )  # a character that holds other bits too is not common


def _cut(token: str) -> tuple[str, bytes, bytes]:
    """The prefix of a token, all that its signature is for, and the signature."""
    read(token)
    prefix, raw = _decoded(token)
    head, end, signature = raw[:-_TAIL], raw[-_TAIL:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
    if end != _BEFORE_SIGNATURE:
        raise ValueError("it writes a number in more bytes than it needs")
    return prefix, head, signature


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _written(number: int) -> bytes:
    """A number as unsigned LEB128."""
    written = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - what seven bits hold
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])


def _said(caveat: bytes) -> object:
    try:
        return json.loads(caveat)
    except (ValueError, RecursionError):
        return None


def _restricted(scope: Scope, caveat: object) -> Scope:
    """What one caveat leaves of a scope: PyPI's present form is a list that begins with a number."""
    match caveat:
        case [0, int(not_after), int(not_before)] | {"exp": int(not_after), "nbf": int(not_before)}:
            return _until(scope, not_before, not_after)
        case [1, [*names]] | {"permissions": {"projects": [*names]}}:
            named = frozenset(name for name in names if isinstance(name, str))
            projects = named if scope.projects is None else named & scope.projects
            return scope._replace(account_wide=False, projects=projects)
        case [3, str()] | {"permissions": "user"}:
            return scope
        case _:  # the ids of projects, a publisher, or what a later PyPI thinks of
            return scope._replace(account_wide=False)


def _until(scope: Scope, not_before: int, not_after: int) -> Scope:
    begin = not_before if scope.not_before is None else max(not_before, scope.not_before)
    end = not_after if scope.not_after is None else min(not_after, scope.not_after)
    return scope._replace(not_before=begin, not_after=end)
