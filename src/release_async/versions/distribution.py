"""The data types for distributions, the places (sites) that state their version, and the tree they are in."""

from release_async.base.lazy_typing import NamedTuple, Protocol, Sequence, StrEnum
from release_async.base.problems import Problems
from release_async.versions import version_spellings
from release_async.versions.pep440 import Pep440
from release_async.versions.version_settings import VersionFile
from release_async.versions.version_spellings import Form


class Tree(Protocol):
    """A set of files, read on demand: an index, a revision or a folder."""

    def paths(self) -> Sequence[str]:
        """Every file, with slashes, relative to the top; undecodable bytes as surrogates."""

    def read(self, path: str) -> bytes | None:
        """The content of one file; None if the tree has no such file."""

    def prefetch(self, paths: Sequence[str]) -> None:
        """Announce files that will be read next, so that they can be fetched together."""


class Role(StrEnum):
    """The role of a place that states a version."""

    SOURCE = "source"
    """What the build backend reads."""
    MIRROR = "mirror"
    """A further literal, which must agree."""
    DERIVED = "derived"
    """Computed from another place when the project runs: nothing to compare."""
    FALLBACK = "fallback"
    """A placeholder, used if the real version is unknown."""
    GENERATED = "generated"
    """Written by a tool, from a version stated elsewhere."""
    OPAQUE = "opaque"
    """Only known by running code."""


class Site(NamedTuple):
    """One place that states a version, or would state it.

    Attributes:
        path: The file, relative to the top of the tree.
        line: The line, counted from 1.
        role: The role of the place.
        text: The version as it is spelled there; empty if there is none.
        note: What a person should know about the place.
        key: The name of the place in its file: ``project.version``, ``__version__``.
        start: The offset of the first character of ``text``, in the decoded file without its byte order
            mark; -1 if there is no single token to replace.
        end: The offset after the last character.
        form: How the text states the version.
        pieces: The start and end of each token, if several make up the text; ``start`` is the first one's.
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
        """Whether this place must agree with the others, and is edited with them."""
        return self.role in {Role.SOURCE, Role.MIRROR} and self.form is not Form.DATE

    @property
    def version(self) -> Pep440 | None:
        """The version in this place; None if the text is none."""
        return version_spellings.value(self.form, self.text)

    def agrees(self, version: Pep440) -> bool:
        """Whether this place states that version, or the part of it that its form can express."""
        return version_spellings.agrees(self.form, self.text, version)


def is_last_release(site: Site, expected: Pep440) -> bool:
    """Whether documentation states an older release while the project is between two: many are kept so."""
    is_between = expected.dev is not None or expected.pre is not None
    is_page = site.path.rpartition("/")[2] == "conf.py"
    return is_page and is_between and site.version is not None and site.version < expected


def is_before_release(site: Site, expected: Pep440) -> bool:
    """Whether a tuple says ``beta`` of the very version to come, as Sphinx has it between two releases."""
    before = site.version
    is_tuple = site.form is Form.TUPLE and before is not None and before.pre is not None
    return is_tuple and before is not None and before._replace(pre=None) == expected


class Distribution(NamedTuple):
    """One project in the tree that can be built and installed.

    Attributes:
        name: Its name as written; the name of its folder if none is written.
        root: The folder of its metadata, relative to the top; empty for the top itself.
        sites: Every place that states its version, the source first.
        problems: The reasons why places could not be read.
        tag_tool: The tool that takes the version from the git tag, such as ``setuptools-scm``; empty if a
            file states the version.
        exact: Whether equal versions must be spelled alike.
        peers: The distributions of its group, itself included, which share one version.
        located: The places that a build backend was asked for; see ``find_distributions.distributions``.
    """

    name: str
    root: str
    sites: tuple[Site, ...]
    problems: Problems = ()
    tag_tool: str = ""
    exact: bool = False
    peers: "tuple[Distribution, ...]" = ()
    located: tuple[VersionFile, ...] = ()

    @property
    def source(self) -> Site | None:
        """The place that the build backend reads; None if the version comes from a tag or running code."""
        return next((site for site in self.sites if site.role is Role.SOURCE), None)

    @property
    def version(self) -> str | None:
        """The version as its source spells it; None if there is no source."""
        source = self.source
        if source is None:
            return None
        return source.text if source.form is Form.PEP440 else str(source.version or source.text)

    @property
    def compared(self) -> tuple[Site, ...]:
        """The places that must agree, including committed generated files unless the tag decides."""
        generated = None if self.tag_tool else Role.GENERATED
        return tuple(site for site in self.sites if site.counts or site.role is generated)

    @property
    def agree(self) -> bool:
        """Whether every place could be read and states the same version."""
        places = self.compared
        expected = next((site.version for site in places if site.version), None)
        if self.problems or (places and expected is None):
            return False
        agreeing = (
            expected is not None and (site.agrees(expected) or is_last_release(site, expected))
            for site in places
        )
        return all(agreeing) and (
            not self.exact or len({site.text for site in places if site.form is Form.PEP440}) <= 1
        )
