"""Whether an installer would take our wheel off a project's page, by the rules that pip and uv go by.

It reads the page that was fetched and the wheel; it asks nobody, and decides nothing.
"""

import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, sys_tags
from packaging.utils import BuildTag, InvalidWheelFilename, parse_wheel_filename

from release_async.base import files
from release_async.base.files import Artifact
from release_async.base.printable_text import printable
from release_async.external.index.simple_page import HTML, JSON, Link, Page

_KNOWN_TYPES = (JSON, HTML, "text/html")
"""What pip reads; it passes over a page of any other type."""

_COMPARED = frozenset({"md5", "sha1", "sha224", "sha384", "sha256", "sha512"})
"""The digests that pip compares with what it has downloaded."""


@dataclass(frozen=True, slots=True)
class OurWheel:
    """What an installer would compare with the page.

    Attributes:
        path: The wheel.
        sha256: The digest of its bytes, in hexadecimal.
        metadata: The bytes of its METADATA.
    """

    path: Path
    sha256: str
    metadata: bytes

    @property
    def name(self) -> str:
        """The file name."""
        return self.path.name

    @property
    def requires_python(self) -> str:
        """The Pythons that it is for, as its metadata state it."""
        return str(BytesHeaderParser().parsebytes(self.metadata)["Requires-Python"] or "")


def read(wheel: Artifact) -> OurWheel:
    """Read what is compared; of a wheel that cannot be read, which other steps report, nothing."""
    try:
        with zipfile.ZipFile(wheel.path) as archive:
            names = [name for name in archive.namelist() if _is_metadata(name)]
            return OurWheel(wheel.path, wheel.sha256, archive.read(names[0]) if names else b"")
    except (OSError, zipfile.BadZipFile):
        return OurWheel(wheel.path, wheel.sha256, b"")


def _is_metadata(name: str) -> bool:
    return name.count("/") == 1 and name.endswith(".dist-info/METADATA")


def why_not_taken(page: Page, wheel: OurWheel) -> str:
    """Why an installer that is asked for this version would not take the wheel; empty where it would.

    Args:
        page: The project's page, which lists it.
        wheel: The wheel.
    """
    listed = page.links[wheel.name]
    return next(_reasons(page, listed, wheel), "")


def _reasons(page: Page, listed: Link, wheel: OurWheel) -> Iterator[str]:
    if not page.content_type.lower().startswith(_KNOWN_TYPES):
        yield f"its page is of the type {printable(page.content_type) or 'that nobody knows'}"
    if listed.is_yanked:
        yield "its page says that it is yanked"
    if wrong := _wrong_digest(listed.hashes, wheel):
        yield f"its page states another {wrong}"
    if listed.requires_python and not _same(listed.requires_python, wheel.requires_python):
        yield f"its page says that it wants a Python that is {printable(listed.requires_python)}"
    if better := _preferred(page.links, wheel.name):
        yield f"they prefer {printable(better)}"


def _wrong_digest(hashes: Mapping[str, str], wheel: OurWheel) -> str:
    """The first kind of digest that is not that of the file; empty where all are."""
    for kind in sorted(_COMPARED & hashes.keys() & hashlib.algorithms_available):
        ours = wheel.sha256 if kind == "sha256" else _digest(wheel.path, kind)
        if ours != hashes[kind].lower():
            return kind
    return ""


def _digest(path: Path, kind: str) -> str:
    with files.opened(path) as file:
        return hashlib.file_digest(file, kind).hexdigest()


def _same(one: str, other: str) -> bool:
    try:
        return SpecifierSet(one) == SpecifierSet(other)
    except InvalidSpecifier:
        return one == other


def _preferred(links: Mapping[str, Link], ours: str) -> str:
    """The wheel of the same version that fits this interpreter better than ours; empty where none does.

    A wheel with a better tag comes first, then one with a higher build number (pip, ``CandidateEvaluator``).
    One that does not fit here at all is preferred here to nothing, and nothing to it.
    """
    rank = {tag: -number for number, tag in enumerate(sys_tags())}
    ranked = {name: _rank(name, ours, rank) for name, link in links.items() if not link.is_yanked}
    mine = ranked.get(ours)
    if mine is None:
        return ""
    fitting = {name: each for name, each in ranked.items() if each is not None}
    best = max(fitting, key=lambda name: fitting[name])
    return best if fitting[best] > mine else ""


def _rank(name: str, ours: str, rank: Mapping[Tag, int]) -> tuple[int, BuildTag] | None:
    """How well a wheel fits this interpreter; None where it does not, or is of another version."""
    try:
        project, version, build, tags = parse_wheel_filename(name)
        if (project, version) != parse_wheel_filename(ours)[:2]:
            return None
    except InvalidWheelFilename:
        return None
    fits = [rank[tag] for tag in tags if tag in rank]
    return (max(fits), build) if fits else None


def why_metadata_differ(listed: Link, sha256: str | None, wheel: OurWheel) -> str:
    """Why an installer that reads the metadata file would not take the wheel; empty where it would (PEP 658).

    Args:
        listed: The wheel on its page, which names a metadata file.
        sha256: The digest of what came; None where nothing did.
        wheel: The wheel.
    """
    if sha256 is None:
        return "its page names a metadata file that does not come"
    stated = (listed.metadata or {}).get("sha256", sha256)
    if sha256 != stated.lower():
        return "its metadata file has another digest than its page states"
    same = sha256 == hashlib.sha256(wheel.metadata).hexdigest()
    return "" if same else "its metadata file is not the METADATA of the wheel"
