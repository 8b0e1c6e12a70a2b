"""Finds tokens and keys in added lines, by exact patterns. A finding never contains the secret."""

import re
from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from release_async.base.lazy_typing import pattern

ALLOW: Final = "release-async: allow-secret"
"""The marker that a person writes into a line to allow it."""

_ALLOWED: Final = re.compile(rb"gitleaks:allow|pragma: ?allowlist secret|release-async: ?allow-secret")
_ALLOWED_BELOW: Final = re.compile(
    rb"pragma: ?allowlist nextline secret|release-async: ?allow-nextline-secret"
)
_UTF_16: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_LONGEST_TEXT: Final = 1 << 20
_CODE: Final = (
    *(
        ".py",
        ".pyi",
        ".js",
        ".mjs",
        ".cjs",
        ".jsx",
        ".ts",
        ".tsx",
        ".go",
        ".rs",
        ".rb",
        ".java",
        ".kt",
        ".cs",
    ),
    *(".c", ".h", ".cc", ".cpp", ".hpp", ".swift", ".php", ".lua", ".nix"),
)


_PROSE: Final = (".md", ".rst", ".txt", ".adoc")


class SecretFinding(NamedTuple):
    """A secret in an added line.

    Attributes:
        line: The line where it begins, counted from 1.
        kind: What it is, such as ``PyPI API token``.
        shown: Its public prefix and its length, enough to find it.
        cure: How its owner revokes it.
        digest: The SHA-256 of it without white space, in hexadecimal; empty if it may be a password, which
            could be guessed from the hash.
    """

    line: int
    kind: str
    shown: str
    cure: str
    digest: str = ""


_Hint = tuple[bytes, ...] | re.Pattern[bytes]
"""What a text has that a rule may match: one of some words, or what a short pattern finds.

The longer a word is, the faster it is searched for.
"""


class _Rule(NamedTuple):
    kind: str
    cure: str
    hints: tuple[_Hint, ...]
    pattern: re.Pattern[bytes]


def _rule(kind: str, cure: str, words: bytes, expression: bytes, *before: re.Pattern[bytes]) -> _Rule:
    # Compiled when its hints are in a text: most never are.
    hints: tuple[_Hint, ...] = (*before, tuple(words.split())) if words else before
    return _Rule(kind, cure, hints, pattern(expression, re.MULTILINE))


def _index_token_rule(name: str, head: bytes) -> _Rule:
    """A macaroon that begins with the name of its index, in base64 after ``pypi-``."""
    secret = rb"(?P<secret>" + head[4:] + rb"[A-Za-z0-9_-]{70,})"
    pattern = rb"(?P<prefix>pypi-(?<![A-Za-z0-9_-]pypi-)" + head[:4] + rb")" + secret
    cure = f"revoke it at {name}: Account settings, API tokens"
    return _rule(f"{name} API token", cure, b"pypi-" + head, pattern)


_AT_GITHUB: Final = "revoke it at GitHub: Settings, Developer settings"
_AT_GITLAB: Final = "revoke it at GitLab: User settings, Access tokens"
_AT_AWS: Final = "deactivate it in the IAM console: Security credentials, Access keys"
# All begin with what is searched for fast, and look at what stands before it only then: in a compiled file of
# twenty megabytes that has the hint by chance, the other way round takes ten times as long.
_OF_A_FORGE: Final = pattern(rb"g(?:h[pousr]_|ithub_pat_|lpat-)")
_CLASSIC: Final = rb"(?P<prefix>gh(?<![A-Za-z0-9_]gh)[pousr]_)(?P<secret>[A-Za-z0-9]{36,})"
_FINE_GRAINED: Final = rb"(?P<prefix>github_pat_(?<![A-Za-z0-9_]github_pat_))(?P<secret>[A-Za-z0-9_]{22,})"
_GITLAB: Final = rb"(?P<prefix>glpat-(?<![A-Za-z0-9_-]glpat-))(?P<secret>[A-Za-z0-9_-]{20,})"
_AWS: Final = rb"(?P<prefix>A(?<![A-Za-z0-9_]A)[KS]IA)(?P<secret>[A-Z2-7]{16})\b"
_PEM: Final = (  # RFC 7468, also with older headers and line ends escaped in JSON
    rb"(?P<prefix>-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----)"
    rb"(?=[\x00-\xff]{0,400}?(?P<secret>[A-Za-z0-9+/]{60,}[^-]{0,20000}))"
)
_EXACT: Final = (
    _index_token_rule("PyPI", b"AgEIcHlwaS5vcmc"),
    _index_token_rule("TestPyPI", b"AgENdGVzdC5weXBpLm9yZw"),
    _rule("GitHub token", _AT_GITHUB, b"", _CLASSIC, _OF_A_FORGE),
    _rule("GitHub token", _AT_GITHUB, b"github_pat_", _FINE_GRAINED, _OF_A_FORGE),
    _rule("GitLab token", _AT_GITLAB, b"glpat-", _GITLAB, _OF_A_FORGE),
    _rule("AWS access key", _AT_AWS, b"", _AWS),
    _rule("private key", "replace the key wherever its public half is trusted", b"-----BEGIN", _PEM),
)

_CHANGE_IT: Final = "change it wherever it is accepted"
_VARIABLES: Final = rb"|".join(
    (
        *(rb"TWINE_PASSWORD", rb"UV_PUBLISH_TOKEN", rb"UV_PUBLISH_PASSWORD", rb"FLIT_PASSWORD"),
        *(rb"HATCH_INDEX_AUTH", rb"PDM_PUBLISH_PASSWORD", rb"MATURIN_PYPI_TOKEN", rb"MATURIN_PASSWORD"),
        *(rb"POETRY_PYPI_TOKEN_[A-Z0-9_]+", rb"POETRY_HTTP_BASIC_[A-Z0-9_]+_PASSWORD"),
        *(rb"PYPI_API_TOKEN", rb"PYPI_TEST_TOKEN"),
    )
)
_ASSIGNED: Final = rb"(?<![A-Za-z0-9_])(?P<prefix>" + _VARIABLES + rb""")["']?\]?[ \t]{0,8}[:=][ \t]{0,8}"""
_QUOTED: Final = rb"""(?P<quote>["'])(?P<secret>[^"'\r\n]{8,})(?P=quote)"""
_BARE: Final = rb"""(?P<bare>[^\s"'#;,`<>()\[\]{}\\$%]{8,})(?=[\s"'#;,`\\]|$)"""
_NAMES: Final = b"_PASSWORD _TOKEN _INDEX_AUTH"
_IN_CODE: Final = _rule("publishing credential", _CHANGE_IT, _NAMES, _ASSIGNED + _QUOTED)
_IN_TEXT: Final = _rule(
    "publishing credential", _CHANGE_IT, _NAMES, _ASSIGNED + rb"(?:" + _QUOTED + rb"|" + _BARE + rb")"
)
_IN_PROSE: Final = _rule(  # a plain word after a colon is no secret
    "publishing credential",
    _CHANGE_IT,
    _NAMES,
    _ASSIGNED + rb"(?:" + _QUOTED + rb"|(?=[^\s\d]*\d)" + _BARE + rb")",
)
_PASSWORD: Final = rb"^[ \t]*(?P<prefix>password)[ \t]*[:=][ \t]*(?P<secret>\S[^\r\n]*)"
_AUTH_TOKEN: Final = rb"(?P<prefix>_authToken)[ \t]*=[ \t]*(?P<secret>[^\s#;]+)"
_BY_NAME: Final = {
    ".pypirc": _rule("password for an index", _CHANGE_IT, b"password", _PASSWORD),
    ".npmrc": _rule("registry token", _CHANGE_IT, b"_authToken", _AUTH_TOKEN),
}


def findings(path: str, new: bytes, old: Sequence[bytes] = ()) -> tuple[SecretFinding, ...]:
    """Find the secrets that a change adds to a file.

    Args:
        path: The file's path in git; some patterns apply to certain names only.
        new: Its content after the change.
        old: Its content before: none for a new file, one per parent for a merge. A line that was anywhere in
            one of them does not count as added.

    Returns:
        The findings in the order of their lines, without placeholders and lines with an allow marker.
    """
    text = as_utf8(new)
    matches = list(_matches(path, text))
    if not matches:
        return ()
    known = {line for content in old for line in _Lines(as_utf8(content)).all()}
    lines = _Lines(text)
    allowed: dict[tuple[int, int], bool] = {}
    found = []
    for rule, match in matches:
        span = lines.number(match.start()), lines.number(match.end(_group(match)))
        if span not in allowed:
            allowed[span] = _is_allowed(lines, *span) or known.issuperset(lines.between(*span))
        if not allowed[span]:
            found.append(_finding(rule, match, span[0]))
    return tuple(sorted(found))


def lines_with_secrets(text: bytes) -> frozenset[int]:
    """The lines of a text of another program that hold a secret, or a part of one; counted from 1.

    No marker allows one here: nobody has written that text on purpose.
    """
    lines = _Lines(text)
    spans = ((lines.number(at.start()), lines.number(at.end(_group(at)))) for _, at in _matches("", text))
    return frozenset(number for first, last in spans for number in range(first, last + 1))


def as_utf8(content: bytes) -> bytes:
    """A content as UTF-8 without a byte order mark; Windows shells write UTF-16."""
    codec = _UTF_16.get(content[:2])
    text = content.decode(codec, "replace").encode("utf-8", "replace") if codec else content
    return text.removeprefix(_BYTE_ORDER_MARK)


class _Lines:
    """The lines of a content without line ends (LF or CR LF), numbered from 1."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._ends = [found.start() for found in re.finditer(rb"\n", content)] + [len(content)]

    def number(self, offset: int) -> int:
        """The line that holds the byte at ``offset``, or ends there."""
        return 1 + bisect_left(self._ends, offset)

    def between(self, first: int, last: int) -> list[bytes]:
        """The lines from ``first`` to ``last``; line 0 is empty."""
        start = self._ends[first - 2] + 1 if first > 1 else 0
        end = self._ends[last - 1] if last else 0
        return [line.rstrip(b"\r") for line in self._content[start:end].split(b"\n")]

    def all(self) -> list[bytes]:
        """Every line."""
        return self.between(1, len(self._ends))


def _matches(path: str, text: bytes) -> Iterator[tuple[_Rule, re.Match[bytes]]]:
    """Every match that is no placeholder; of overlapping ones only the first: exact patterns come first."""
    taken: list[tuple[int, int]] = []
    found: dict[_Hint, bool] = {}
    for rule in _rules(path, text):
        if not all(_is_found(hint, text, found) for hint in rule.hints):
            continue  # as in most files
        for match in rule.pattern.finditer(text):
            span = match.span(_group(match))
            if not _overlaps(span, taken) and not _is_placeholder(rule, match):
                insort(taken, span)
                yield rule, match


def _is_found(hint: _Hint, text: bytes, found: dict[_Hint, bool]) -> bool:
    """Whether a text has a hint; what was found before is kept, since in a large file a look takes long."""
    if hint not in found:
        if isinstance(hint, tuple):
            found[hint] = any(word in text for word in hint)
        else:
            found[hint] = hint.search(text) is not None
    return found[hint]


def _overlaps(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    """Whether a place has a byte of one of the others, which are sorted and have none in common."""
    at = bisect_left(taken, span)
    return any(span[0] < last and first < span[1] for first, last in taken[max(0, at - 1) : at + 1])


def _rules(path: str, text: bytes) -> Iterator[_Rule]:
    """The exact patterns for every file; for hand-written text the others too."""
    yield from _EXACT
    name = path.rpartition("/")[2]
    if len(text) > _LONGEST_TEXT or b"\0" in text[:8192] or name.endswith(".lock"):
        return
    yield _IN_CODE if name.endswith(_CODE) else _IN_PROSE if name.endswith(_PROSE) else _IN_TEXT
    yield from (rule for start, rule in _BY_NAME.items() if name.startswith(start))


def _group(match: re.Match[bytes]) -> str:
    """The group that holds the secret."""
    return "bare" if "bare" in match.re.groupindex and match["bare"] else "secret"


_REPEATED: Final = re.compile(rb"(.)\1{11}")
_SEQUENCE: Final = re.compile(rb"0123456789|1234567890|abcdefghij", re.IGNORECASE)
_SAMPLE: Final = re.compile(
    rb"example|changeme|change_me|change-me|placeholder|redacted|replace", re.IGNORECASE
)
_FILLED_IN_LATER: Final = re.compile(
    rb"\$|%[A-Za-z_]+%|\{\{|<[^>]*>|\{[A-Za-z_.]*\}|\.\.\.|\xe2\x80\xa6|\*\*\*|xxx|[A-Za-z_.]+\(.*\)",
    re.IGNORECASE,
)
_WORD: Final = (
    rb"your|my|the|an?|some|fake|dummy|test|testing|not?|secrets?|tokens?|password|passwd|api|key|pypi|value|here"
    rb"|none|null|true|false|string|str|unset|auth|user|index|goes|upload|publish|self|settings|config|env|environ|os"
)
_WORDS: Final = re.compile(rb"(?:(?:^|[-_ .])(?:" + _WORD + rb")(?=$|[-_ .]))+", re.IGNORECASE)
_FEWEST_CHARACTERS: Final = 6


def _is_placeholder(rule: _Rule, match: re.Match[bytes]) -> bool:
    """Whether a value is no real secret: it is made up, or filled in when the file is used."""
    value = match[_group(match)]
    if _REPEATED.search(value) or _SEQUENCE.search(value) or _SAMPLE.search(value):
        return True
    if rule in _EXACT:
        return len(set(value)) < _FEWEST_CHARACTERS
    return bool(_FILLED_IN_LATER.search(value) or _WORDS.fullmatch(value) or len(set(value)) == 1)


def _is_allowed(lines: _Lines, first: int, last: int) -> bool:
    above = lines.between(first - 1, first - 1)
    return any(map(_ALLOWED.search, lines.between(first, last))) or any(map(_ALLOWED_BELOW.search, above))


def _finding(rule: _Rule, match: re.Match[bytes], line: int) -> SecretFinding:
    prefix = match["prefix"].decode("ascii", "replace")
    secret = match[_group(match)]
    if rule not in _EXACT:
        return SecretFinding(line, rule.kind, f"{prefix}, {len(secret)} characters", rule.cure)
    private = rule.kind == "private key"
    shown = prefix if private else f"{prefix}..., {len(prefix) + len(secret)} characters"
    return SecretFinding(line, rule.kind, shown, rule.cure, _digest(match["prefix"] + secret))


def _digest(token: bytes) -> str:
    from hashlib import sha256  # noqa: PLC0415 - nearly every commit passes

    return sha256(b"".join(token.split())).hexdigest()
