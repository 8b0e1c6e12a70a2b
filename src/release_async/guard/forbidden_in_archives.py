"""What no sdist or wheel may contain: secrets, bytecode, links to elsewhere, unsafe or duplicate names."""

import posixpath
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from release_async.base.problems import Level
from release_async.guard import env_files, token_patterns
from release_async.guard.archive_members import Archive, Finding, Kind, Member
from release_async.guard.file_origin import is_namespace_file


class Exceptions(NamedTuple):
    """What a project allows.

    Attributes:
        examples: Further words in the name of a ``.env`` file that mark it as an example.
        hashes: The SHA-256 of findings that may stay.
    """

    examples: Collection[str] = ()
    hashes: frozenset[str] = frozenset()


def findings(archive: Archive, exceptions: Exceptions) -> Iterator[Finding]:
    """Find what must not be in an archive.

    Args:
        archive: An sdist or a wheel.
        exceptions: What the project allows.
    """
    for fault in archive.faults:
        yield Finding(archive.name, archive.name, fault, _REBUILT)
    yield from _duplicates(archive)
    for member in archive.members:
        path = archive.path(member)
        for what, cure in _problems(archive, member, exceptions):
            is_example = _is_fixture(archive, path) and any(words in what for words in _OF_AN_EXAMPLE)
            yield Finding(archive.name, path, what, cure, Level.WARN if is_example else Level.REFUSE)
        if member.kind is Kind.FILE:
            yield from _by_name(archive, member, exceptions)


_REBUILT: Final = "look at what the build backend makes: python -m build"
_RENAMED: Final = "rename one of the two: on such a system one of them is lost"
_LEFT_OUT: Final = "keep it out of what the build packs (the include and exclude settings of the backend)"
_LEAKED: Final = (
    "if it is committed, git rm --cached it, list it in .gitignore and revoke it: "
    "whoever has read the repository has it"
)


def _duplicates(archive: Archive) -> Iterator[Finding]:
    """Duplicate names, including those that differ only in case or Unicode form."""
    names = [member.name.rstrip("/") for member in archive.members if member.kind is not Kind.FOLDER]
    for name, count in Counter(names).items():
        if count > 1:
            what = f"occurs {count} times: installers differ in which of them they use"
            yield Finding(archive.name, name.removeprefix(archive.top), what, _REBUILT)
    alike = defaultdict[str, list[str]](list)
    for name in dict.fromkeys(names):
        alike[unicodedata.normalize("NFC", name).casefold()].append(name.removeprefix(archive.top))
    for first, *others in alike.values():
        for other in others:
            what = f"is the same file as {first} where systems ignore case or Unicode form"
            # Tests of such names have both in git as well, and whoever cannot have both has met that there.
            level = Level.WARN if _is_fixture(archive, other) else Level.REFUSE
            yield Finding(archive.name, other, what, _RENAMED, level)


def _problems(archive: Archive, member: Member, exceptions: Exceptions) -> Iterator[tuple[str, str]]:
    if is_unsafe(member.name):
        yield "has an unsafe name: it leads elsewhere, or systems read it differently", _REBUILT
    elif not f"{member.name}/".startswith(archive.top):
        yield f"lies outside the folder {archive.top}", _REBUILT
    if member.kind is Kind.LINK:
        if not _leads_within(archive, member):
            yield f"is a link to {_target(member)}", "put the file itself in its place"
    elif member.kind is Kind.OTHER:
        yield f"is a {member.kind}", _LEFT_OUT
    else:
        is_startup = not archive.top and not is_namespace_file(archive.path(member), member.content)
        yield from _name_problems(archive.path(member), is_wheel=is_startup)
    if member.kind is Kind.FILE:
        yield from _content_problems(archive.path(member), member.content, exceptions)


def _target(link: Member) -> str:
    return link.content.decode("utf-8", "backslashreplace")


_MOST_LINKS: Final = 40
"""How many links in a row a system follows (path_resolution(7))."""


def _leads_within(archive: Archive, link: Member) -> bool:
    """Whether a link of an sdist leads to a file or folder of the same sdist.

    Such a link may stay: PyPI takes it, and Python unpacks a copy where links cannot be made (tarfile,
    ``TarFile.makelink``). A wheel has no links (PEP 778 was deferred), and a hard link counts from elsewhere.
    """
    if not archive.top:
        return False
    kinds = {member.name.rstrip("/"): member for member in archive.members}
    folders = {parent for name in kinds for parent in _folders(name)}
    name, at = link.name, link
    for _ in range(_MOST_LINKS):
        if not at.content:
            return False
        name = posixpath.normpath(posixpath.join(posixpath.dirname(name), _target(at)))
        if name not in kinds:
            return name in folders
        at = kinds[name]
        if at.kind is not Kind.LINK:
            return at.kind in {Kind.FILE, Kind.FOLDER}
    return False


def _folders(name: str) -> Iterator[str]:
    """The folders that a name lies in; most archives of a backend list none of them."""
    while name := posixpath.dirname(name):
        yield name


def is_unsafe(name: str) -> bool:
    """Whether a name could make an installer write elsewhere: absolute, with ``..``, or not normalised.

    Backslashes, drive letters and unprintable characters are unsafe too: systems read them differently.
    """
    parts = name.removesuffix("/").split("/")
    return not name.isprintable() or "\\" in name or name[1:2] == ":" or bool({"", ".", ".."} & {*parts})


_BYTECODE: Final = re.compile(r"(.*/)?__pycache__(/.*)?|.+\.py[co]", re.DOTALL)
_VERSION_CONTROL: Final = re.compile(r"(.*/)?\.(git|hg|svn)(/.*)?", re.DOTALL)
_STARTUP: Final = re.compile(r"([^/]+\.data/(purelib|platlib)/)?[^/]+\.pth")


_FIXTURES: Final = frozenset(
    (
        *("tests", "test", "testing", "testdata", "fixtures", "dummyserver", "certs", "docs", "doc"),
        *("example", "examples", "demo", "demos", "sample", "samples"),
    )
)


def _is_fixture(archive: Archive, path: str) -> bool:
    """Whether a file belongs to tests, documentation or examples, and not to a package that is called so."""
    own = re.split(r"[-.]", archive.name.lower(), maxsplit=1)[0]
    return not _FIXTURES.isdisjoint({*path.split("/")[:-1]} - {own})


def _by_name(archive: Archive, member: Member, exceptions: Exceptions) -> Iterator[Finding]:
    """Files whose name says that they hold a secret: the content decides whether they are refused."""
    path = archive.path(member)
    if env_files.is_secret(path, exceptions.examples):
        if env_files.holds_secret(member.content):
            yield Finding(archive.name, path, "is a file for secrets, and holds what looks like one", _LEAKED)
        else:
            what = "is a file for secrets by its name; nothing in it looks like one"
            yield Finding(archive.name, path, what, _LEFT_OUT, Level.WARN)
    elif env_files.is_key(path):
        level = Level.WARN if _is_fixture(archive, path) or _is_public_key(member.content) else Level.REFUSE
        cure = _LEFT_OUT if level is Level.WARN else _LEAKED
        yield Finding(archive.name, path, "is a private key or key store by its name", cure, level)


def _is_public_key(content: bytes) -> bool:
    return _is_public(content) or content.startswith((b"ssh-", b"ecdsa-"))


def _name_problems(path: str, *, is_wheel: bool) -> Iterator[tuple[str, str]]:
    if _BYTECODE.fullmatch(path):
        yield "is bytecode, which may contain what its source no longer does", _LEFT_OUT
    if _VERSION_CONTROL.fullmatch(path):
        yield "belongs to version control", _LEFT_OUT
    if is_wheel and _STARTUP.fullmatch(path):
        yield "is run at every start of Python wherever this is installed", _LEFT_OUT


_OF_AN_EXAMPLE: Final = ("public keys", "private key", "publishing credential", "version control")
"""Words that are said of what tests and documentation may hold: keys that nobody trusts, a ``.svn``."""
_PEM_NAME: Final = re.compile(r".+\.(pem|key)", re.DOTALL | re.IGNORECASE)
_PEM_LABEL: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_PUBLIC: Final = re.compile(
    rb"(TRUSTED |X509 )?CERTIFICATE( REQUEST)?|([A-Z0-9]+ )?PUBLIC KEY|X509 CRL|DH PARAMETERS"
)


def _content_problems(path: str, content: bytes, exceptions: Exceptions) -> Iterator[tuple[str, str]]:
    found = [each for each in token_patterns.findings(path, content) if each.digest not in exceptions.hashes]
    for each in found:
        yield f"line {each.line}: {each.kind} ({each.shown})", f"{each.cure}, and remove it from the file"
    if _PEM_NAME.fullmatch(path) and b"-----BEGIN" in content and not found and not _is_public(content):
        yield "is a key by its name, and contains more than public keys", _LEAKED


def _is_public(content: bytes) -> bool:
    """Whether a file contains only public PEM blocks (RFC 7468), at least one."""
    labels = _PEM_LABEL.findall(content)
    return bool(labels) and all(_PUBLIC.fullmatch(kind) for kind in labels)
