"""What finding yields: distributions and the places that state their versions. Plain values only."""

from release_async.base.lazy_typing import NamedTuple, Protocol, Sequence, StrEnum
from release_async.base.problems import Problems
from release_async.versions import spellings
from release_async.versions.pep440 import Pep440
from release_async.versions.spellings import Form


class Tree(Protocol):
    """A set of files to look at: an index, a revision, a folder; read lazily."""

    def paths(self) -> Sequence[str]:
        """Every file, with slashes, relative to the top; undecodable bytes as surrogates."""

    def read(self, path: str) -> bytes | None:
        """The content of one file, or None where the tree has no such file."""

    def announce(self, paths: Sequence[str]) -> None:
        """Say which files will be read next, so that a tree may fetch them all at once."""


class Role(StrEnum):
    """What a place is to the version."""

    SOURCE = "source"
    """What the build backend reads."""
    MIRROR = "mirror"
    """A further literal, which must say the same."""
    DERIVED = "derived"
    """Computed from another place when the project runs: nothing to compare."""
    FALLBACK = "fallback"
    """A placeholder for when the true version cannot be had."""
    GENERATED = "generated"
    """Written by a tool, from a version that stands elsewhere."""
    OPAQUE = "opaque"
    """Cannot be known without running code."""


class Site(NamedTuple):
    """One place that states a version, or that is where the version would be stated.

    Attributes:
        path: The file, relative to the top of the tree.
        line: The line, counted from 1.
        role: What the place is to the version.
        text: The version as it is spelled there; empty where there is none.
        note: What a person should know about the place.
        key: What the place is called in its file: ``project.version``, ``__version__``.
        start: The offset of the first character of ``text``, in the decoded file without its byte order
            mark; -1 where there is no single token to replace.
        end: The offset after the last one.
        form: How the text states the version.
        pieces: Where several tokens make up the text, the place of each; ``start`` is the first one's.
    """

    path: str
    line: int
    role: Role
    text: str = ""
    note: str = ""
    key: str = ""
    start: int = -1
    end: int = -1
    form: Form = Form.PEP440
    pieces: tuple[tuple[int, int], ...] = ()

    @property
    def counts(self) -> bool:
        """Whether what stands here must agree with the other places, and is edited with them."""
        return self.role in {Role.SOURCE, Role.MIRROR} and self.form is not Form.DATE

    @property
    def version(self) -> Pep440 | None:
        """The version that stands here; None where the text is none."""
        return spellings.value(self.form, self.text)

    def agrees(self, version: Pep440) -> bool:
        """Whether what stands here is that version, or the part of it that this place states."""
        return spellings.agrees(self.form, self.text, version)


class Distribution(NamedTuple):
    """One installable thing that lives in the tree.

    Attributes:
        name: Its name as written; its folder's name where none is written.
        root: The folder of its metadata, relative to the top; empty for the top itself.
        sites: Every place that states its version, the source first.
        problems: What kept places from being read.
        tag_tool: The tool that takes the version from the git tag, such as ``setuptools-scm``; empty where
            the version stands in a file.
        exact: Whether equal versions must be spelled alike.
        peers: The distributions of its group, itself among them: all have one version.
    """

    name: str
    root: str
    sites: tuple[Site, ...]
    problems: Problems = ()
    tag_tool: str = ""
    exact: bool = False
    peers: "tuple[Distribution, ...]" = ()

    @property
    def source(self) -> Site | None:
        """The place that the build backend reads; None where only a tag or running code could tell."""
        return next((site for site in self.sites if site.role is Role.SOURCE), None)

    @property
    def version(self) -> str | None:
        """The version as its source spells it; None where only a tag or running code could tell."""
        source = self.source
        if source is None:
            return None
        return source.text if source.form is Form.PEP440 else str(source.version or source.text)

    @property
    def compared(self) -> tuple[Site, ...]:
        """The places that must agree: also a committed generated file, where no tag decides."""
        generated = None if self.tag_tool else Role.GENERATED
        return tuple(site for site in self.sites if site.counts or site.role is generated)

    @property
    def agree(self) -> bool:
        """Whether every place could be read, holds a version, and all versions are the same."""
        places = self.compared
        expected = next((site.version for site in places if site.version), None)
        if self.problems or (places and expected is None):
            return False
        return all(expected is not None and site.agrees(expected) for site in places) and (
            not self.exact or len({site.text for site in places if site.form is Form.PEP440}) <= 1
        )
