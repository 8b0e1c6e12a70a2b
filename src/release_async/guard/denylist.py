"""What no archive may hold, whoever made it: secrets, bytecode, links, names that lead out of a folder."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from release_async.guard import env_files, tokens
from release_async.guard.archive_members import Archive, Finding, Kind, Member


class Known(NamedTuple):
    """What a project has said before.

    Attributes:
        examples: Further words that say of a ``.env`` file that it is an example.
        hashes: The SHA-256 of findings that may stay.
    """

    examples: Collection[str] = ()
    hashes: frozenset[str] = frozenset()


def findings(archive: Archive, known: Known) -> Iterator[Finding]:
    """Find what must not be in an archive.

    Args:
        archive: An sdist or a wheel.
        known: What may stay.
    """
    for fault in archive.faults:
        yield Finding(archive.name, archive.name, fault, _REBUILT)
    yield from _twice(archive)
    for member in archive.members:
        path = archive.path(member)
        for what, cure in _wrong(archive, member, known):
            yield Finding(archive.name, path, what, cure)


_REBUILT: Final = "look at what the build backend makes: python -m build"
_RENAMED: Final = "rename one of the two: on such a system one of them is lost"
_LEFT_OUT: Final = "keep it out of what the build packs (the include and exclude settings of the backend)"
_LEAKED: Final = (
    "git rm --cached it where it is committed, list it in .gitignore, and change what it opens: "
    "whoever has read the repository has it"
)


def _twice(archive: Archive) -> Iterator[Finding]:
    """Names that are there twice, also where only systems that ignore case or Unicode forms see one name."""
    names = [member.name.rstrip("/") for member in archive.members if member.kind is not Kind.FOLDER]
    for name, count in Counter(names).items():
        if count > 1:
            what = f"is there {count} times: installers differ in which of them they take"
            yield Finding(archive.name, name.removeprefix(archive.top), what, _REBUILT)
    alike = defaultdict[str, list[str]](list)
    for name in dict.fromkeys(names):
        alike[unicodedata.normalize("NFC", name).casefold()].append(name.removeprefix(archive.top))
    for first, *others in alike.values():
        for other in others:
            yield Finding(archive.name, other, f"is {first} too, on systems that take them for one", _RENAMED)


def _wrong(archive: Archive, member: Member, known: Known) -> Iterator[tuple[str, str]]:
    if is_unsafe(member.name):
        yield "has a name that leads elsewhere, or that systems read differently", _REBUILT
    elif not f"{member.name}/".startswith(archive.top):
        yield f"lies outside the folder {archive.top}", _REBUILT
    if member.kind is Kind.LINK:
        aim = member.content.decode("utf-8", "backslashreplace")
        yield f"is a link to {aim}", "put the file itself in its place"
    elif member.kind is Kind.OTHER:
        yield f"is a {member.kind}", _LEFT_OUT
    else:
        yield from _wrong_name(archive, archive.path(member), known)
    if member.kind is Kind.FILE:
        yield from _wrong_content(archive.path(member), member.content, known)


def is_unsafe(name: str) -> bool:
    """Whether an installer could be led elsewhere by a name: absolute, upwards, not in its plain form.

    Backslashes, drives and what cannot be shown are none either: each system reads them in its own way.
    """
    parts = name.removesuffix("/").split("/")
    return not name.isprintable() or "\\" in name or name[1:2] == ":" or bool({"", ".", ".."} & {*parts})


_KEY: Final = re.compile(
    r"id_(rsa|dsa|ecdsa|ed25519)(_sk)?|.+\.(p12|pfx|jks|keystore|ppk|kdbx)", re.IGNORECASE
)
_BYTECODE: Final = re.compile(r"(.*/)?__pycache__(/.*)?|.+\.py[co]", re.DOTALL)
_OF_GIT: Final = re.compile(r"(.*/)?\.(git|hg|svn)(/.*)?", re.DOTALL)
_STARTUP: Final = re.compile(r"([^/]+\.data/(purelib|platlib)/)?[^/]+\.pth")


def _wrong_name(archive: Archive, path: str, known: Known) -> Iterator[tuple[str, str]]:
    name = path.rstrip("/").rpartition("/")[2]
    if env_files.is_secret(path, known.examples):
        yield "is a file for secrets by its name", _LEAKED
    if _KEY.fullmatch(name):
        yield "is a private key or a store of keys by its name", _LEAKED
    if _BYTECODE.fullmatch(path):
        yield "is bytecode: it may hold what its source no longer does", _LEFT_OUT
    if _OF_GIT.fullmatch(path):
        yield "belongs to version control", _LEFT_OUT
    if not archive.top and _STARTUP.fullmatch(path):
        yield "is run whenever Python starts, wherever this is installed", _LEFT_OUT


_PEM_NAME: Final = re.compile(r".+\.(pem|key)", re.DOTALL | re.IGNORECASE)
_PEM_KIND: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_PUBLIC: Final = re.compile(
    rb"(TRUSTED |X509 )?CERTIFICATE( REQUEST)?|([A-Z0-9]+ )?PUBLIC KEY|X509 CRL|DH PARAMETERS"
)


def _wrong_content(path: str, content: bytes, known: Known) -> Iterator[tuple[str, str]]:
    found = [each for each in tokens.findings(path, content) if each.digest not in known.hashes]
    for each in found:
        yield f"line {each.line}: {each.kind} ({each.shown})", f"{each.cure}, and take it out of the file"
    if _PEM_NAME.fullmatch(path) and not found and not _is_public(content):
        yield "is a key by its name, and not by its content only a public one", _LEAKED


def _is_public(content: bytes) -> bool:
    """Whether a file holds public things in their textual form (RFC 7468) and nothing else in it."""
    kinds = _PEM_KIND.findall(content)
    return bool(kinds) and all(_PUBLIC.fullmatch(kind) for kind in kinds)
