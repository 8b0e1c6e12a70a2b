"""Reads the restrictions in a PyPI API token, and makes restricted copies of it. Verifies and sends nothing.

Such a token is a macaroon in libmacaroons' second binary format: fields of type, length and bytes. Anyone may
read it and add restrictions, called caveats; nobody can remove one, and only the index can verify the
signature.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Iterator
from typing import NamedTuple

USER = "__token__"
"""The user name with which a token is sent."""

_VERSION = 2
_END, _LOCATION, _IDENTIFIER, _PROOF, _SIGNATURE = 0, 1, 2, 4, 6
_SIGNATURE_BYTES = 32
_BEFORE_SIGNATURE = bytes([_END, _SIGNATURE, _SIGNATURE_BYTES])
_TAIL = len(_BEFORE_SIGNATURE) + _SIGNATURE_BYTES
_LONGEST_NUMBER = 63  # bits; no token holds a field so long


class Macaroon(NamedTuple):
    """A token, decoded.

    Attributes:
        location: The host of the index that issued it.
        identifier: The index's name for it; never shown.
        caveats: Its restrictions, in the order in which they were added.
    """

    location: str
    identifier: bytes
    caveats: tuple[bytes, ...]

    @property
    def scope(self) -> "Scope":
        """What the token may be used for, all caveats applied."""
        parsed = [_parsed_caveat(caveat) for caveat in self.caveats]
        scope = Scope(account_wide=any(map(_names_user, parsed)))
        for caveat in parsed:
            scope = _restricted(scope, caveat)
        return scope


class Scope(NamedTuple):
    """What a token may be used for. All of its caveats must hold, so each can only narrow it.

    Attributes:
        account_wide: Whether it says that it uploads to every project of its account. One without a caveat
            says nothing: since 2026 PyPI may keep the restrictions of a token to itself.
        projects: The normalised names of its projects; None if it names none.
        not_before: When it becomes valid, in seconds since 1970; None if it does not say.
        not_after: When it expires, in seconds since 1970; None if it does not.
    """

    account_wide: bool = False
    projects: frozenset[str] | None = None
    not_before: int | None = None
    not_after: int | None = None


def read(token: str) -> Macaroon:
    """Read a token.

    Args:
        token: The whole token, prefix included.

    Raises:
        ValueError: It is no token, or incomplete. The message shows nothing of it.
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


def with_caveats(token: str, *caveats: object) -> str:
    """A copy of a token with further restrictions, all of which must hold.

    Its signature is computed from the token's and the caveat ("Macaroons: Cookies with Contextual Caveats",
    2014, 3.3), so the token cannot be recovered from the copy.

    Args:
        token: The whole token, prefix included.
        caveats: The restrictions as PyPI reads them: ``[0, not_after, not_before]``, ``[1, [names]]``.

    Raises:
        ValueError: As `read`.
    """
    prefix, head, signature = _split(token)
    for caveat in caveats:
        text = json.dumps(caveat).encode()
        head += bytes([_IDENTIFIER]) + _leb128(len(text)) + text + bytes([_END])
        signature = hmac.digest(signature, text, "sha256")
    return prefix + _base64(head + _BEFORE_SIGNATURE + signature)


def common_prefix(token: str) -> str:
    """The common beginning of a token and all its restricted copies; without it the rest is useless.

    Raises:
        ValueError: As `read`.
    """
    prefix, head, _ = _split(token)
    return prefix + _base64(head)[: len(head) * 8 // 6]  # the next character holds other bits too


def _split(token: str) -> tuple[str, bytes, bytes]:
    """The prefix of a token, its signed part and the signature."""
    read(token)
    prefix, raw = _decoded(token)
    head, end, signature = raw[:-_TAIL], raw[-_TAIL:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
    if end != _BEFORE_SIGNATURE:
        raise ValueError("it writes a number in more bytes than it needs")
    return prefix, head, signature


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _leb128(number: int) -> bytes:
    """Encode a number as unsigned LEB128."""
    encoded = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - what seven bits hold
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


def _parsed_caveat(caveat: bytes) -> object:
    try:
        return json.loads(caveat)
    except (ValueError, RecursionError):
        return None


def _restricted(scope: Scope, caveat: object) -> Scope:
    """Apply one caveat to a scope: in PyPI's present format it is a list that begins with a number."""
    match caveat:
        case [0, int(not_after), int(not_before)] | {"exp": int(not_after), "nbf": int(not_before)}:
            return _limited_to(scope, not_before, not_after)
        case [1, [*names]] | {"permissions": {"projects": [*names]}}:
            named = frozenset(name for name in names if isinstance(name, str))
            projects = named if scope.projects is None else named & scope.projects
            return scope._replace(account_wide=False, projects=projects)
        case _ if _names_user(caveat):
            return scope
        case _:  # project ids, a publisher, or a kind that is newer than this code
            return scope._replace(account_wide=False)


def _names_user(caveat: object) -> bool:
    """Whether a caveat restricts a token to its account, in PyPI's present or its first format."""
    match caveat:
        case [3, str()] | {"permissions": "user"}:
            return True
        case _:
            return False


def _limited_to(scope: Scope, not_before: int, not_after: int) -> Scope:
    begin = not_before if scope.not_before is None else max(not_before, scope.not_before)
    end = not_after if scope.not_after is None else min(not_after, scope.not_after)
    return scope._replace(not_before=begin, not_after=end)
