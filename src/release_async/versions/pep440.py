"""PEP 440 versions: parsing, ordering, the normal form. Imports no third-party package.

The commit hook pays for every import, so ``packaging.version`` is not used; tests check that both agree.
"""

from release_async.base.lazy_typing import Final, NamedTuple, pattern

_LONGEST: Final = 500
"""Longer texts are no versions, which keeps numbers far below Python's limit on digits."""

_VERSION: Final = pattern(
    r"""(?xia)
    v?
    (?: (?P<epoch> \d+ ) ! )?
    (?P<release> \d+ (?: \. \d+ )* )
    (?: [-_.]? (?P<pre> alpha | beta | preview | pre | rc | a | b | c ) [-_.]? (?P<pre_number> \d* ) )?
    (?: - (?P<bare_post> \d+ ) | [-_.]? (?P<post> post | rev | r ) [-_.]? (?P<post_number> \d* ) )?
    (?: [-_.]? (?P<dev> dev ) [-_.]? (?P<dev_number> \d* ) )?
    (?: \+ (?P<local> [a-z0-9]+ (?: [-_.] [a-z0-9]+ )* ) )?
    """
)
_SEPARATOR: Final = pattern("[-_.]")

_LETTERS: Final = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}


class Pep440(NamedTuple):
    """One version; compares and hashes by value, so ``1.0`` equals ``1.0.0``.

    Attributes:
        release: The dotted numbers, at least one.
        epoch: The number before ``!``.
        pre: The letter (``a``, ``b`` or ``rc``) and number of a pre-release.
        post: The number of a post-release.
        dev: The number of a developmental release.
        local: The dotted parts after ``+``; all-digit parts are numbers.
    """

    release: tuple[int, ...]
    epoch: int = 0
    pre: tuple[str, int] | None = None
    post: int | None = None
    dev: int | None = None
    local: tuple[int | str, ...] = ()

    def __str__(self) -> str:
        """The normal form (PEP 440, "Normalization")."""
        return "".join(
            (
                f"{self.epoch}!" if self.epoch else "",
                ".".join(map(str, self.release)),
                f"{self.pre[0]}{self.pre[1]}" if self.pre else "",
                f".post{self.post}" if self.post is not None else "",
                f".dev{self.dev}" if self.dev is not None else "",
                f"+{'.'.join(map(str, self.local))}" if self.local else "",
            )
        )

    def __eq__(self, other: object) -> bool:
        """Whether both name the same version, however they are spelled."""
        return _key(self) == _key(other) if isinstance(other, Pep440) else NotImplemented

    def __ne__(self, other: object) -> bool:
        """The opposite of equality; without it the tuple's method would be used."""
        return _key(self) != _key(other) if isinstance(other, Pep440) else NotImplemented

    def __hash__(self) -> int:
        """Equal versions hash alike."""
        return hash(_key(self))

    def __lt__(self, other: object) -> bool:
        """Whether this version is older."""
        return _key(self) < _key(other) if isinstance(other, Pep440) else NotImplemented

    def __le__(self, other: object) -> bool:
        """Whether this version is older or the same."""
        return _key(self) <= _key(other) if isinstance(other, Pep440) else NotImplemented

    def __gt__(self, other: object) -> bool:
        """Whether this version is newer."""
        return _key(self) > _key(other) if isinstance(other, Pep440) else NotImplemented

    def __ge__(self, other: object) -> bool:
        """Whether this version is newer or the same."""
        return _key(self) >= _key(other) if isinstance(other, Pep440) else NotImplemented


def parse(text: str) -> Pep440 | None:
    """Parse a version in any spelling that PEP 440 allows; white space around it is ignored.

    Args:
        text: The version, from a file or a person.

    Returns:
        The version; None if ``text`` is none.
    """
    stripped = text.strip()
    if len(stripped) > _LONGEST:
        return None
    numbers = stripped.split(".")
    if stripped.isascii() and all(map(str.isdigit, numbers)):
        return Pep440(tuple(map(int, numbers)))
    found = _VERSION.fullmatch(stripped)
    if found is None:
        return None
    pre = (found["pre"] or "").lower()
    local = _SEPARATOR.split(found["local"].lower()) if found["local"] else []
    return Pep440(
        release=tuple(map(int, found["release"].split("."))),
        epoch=int(found["epoch"] or 0),
        pre=(_LETTERS.get(pre, pre), int(found["pre_number"] or 0)) if pre else None,
        post=_number(found["post"] or found["bare_post"], found["bare_post"] or found["post_number"]),
        dev=_number(found["dev"], found["dev_number"]),
        local=tuple(int(part) if part.isdigit() else part for part in local),
    )


def is_placeholder(text: str) -> bool:
    """Whether a text is a placeholder for an unknown version: no version, all zeros, or with a local part."""
    version = parse(text)
    return version is None or bool(version.local) or not any(version.release)


def _number(present: str | None, digits: str | None) -> int | None:
    """The number of a segment: 0 if only its word is written, None if the segment is missing."""
    return int(digits or 0) if present else None


_Key = tuple[
    int, tuple[int, ...], tuple[int, str, int], int, tuple[int, int], tuple[tuple[int, int, str], ...]
]


def _key(version: Pep440) -> _Key:
    """The sort key (PEP 440, "Summary of permitted suffixes and relative ordering")."""
    release = list(version.release)
    while len(release) > 1 and release[-1] == 0:
        release.pop()
    if version.pre is not None:
        pre = (0, *version.pre)
    else:
        only_dev = version.post is None and version.dev is not None
        pre = (-1 if only_dev else 1, "", 0)
    return (
        version.epoch,
        tuple(release),
        pre,
        -1 if version.post is None else version.post,
        (1, 0) if version.dev is None else (0, version.dev),
        tuple((1, part, "") if isinstance(part, int) else (0, 0, part) for part in version.local),
    )
