"""What finding yields: distributions and the places that state their versions. Plain values only."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from release_async.problems import Problems
from release_async.versions.pep440 import parse


class Tree(Protocol):
    """A set of files to look at: an index, a revision, a folder; read lazily."""

    def paths(self) -> Sequence[str]:
        """Every file, with slashes, relative to the top; undecodable bytes as surrogates."""

    def read(self, path: str) -> bytes | None:
        """The content of one file, or None where the tree has no such file."""


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
    """

    path: str
    line: int
    role: Role
    text: str = ""
    note: str = ""
    key: str = ""
    start: int = -1
    end: int = -1

    @property
    def counts(self) -> bool:
        """Whether what stands here must agree with the other places."""
        return self.role in {Role.SOURCE, Role.MIRROR}


class Distribution(NamedTuple):
    """One installable thing that lives in the tree.

    Attributes:
        name: Its name as written; its folder's name where none is written.
        root: The folder of its metadata, relative to the top; empty for the top itself.
        sites: Every place that states its version, the source first.
        problems: What kept places from being read.
        tag_tool: The tool that takes the version from the git tag, such as ``setuptools-scm``; empty where
            the version stands in a file.
    """

    name: str
    root: str
    sites: tuple[Site, ...]
    problems: Problems = ()
    tag_tool: str = ""

    @property
    def version(self) -> str | None:
        """The version as its source spells it; None where only a tag or running code could tell."""
        return next((site.text for site in self.sites if site.role is Role.SOURCE), None)

    @property
    def agree(self) -> bool:
        """Whether every place could be read, holds a PEP 440 version, and all versions are the same."""
        versions = {parse(site.text) for site in self.sites if site.counts}
        return not self.problems and None not in versions and len(versions) <= 1
