"""What the steps of a release have made, as values: each step gives some, and later steps need them.

Nothing here changes: a step that has made something gives a new collection. What the point of no return rests
on is remembered by the journal; the rest is evidence of one run, and found anew by the next.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from release_async.base.files import Artifact
from release_async.plan.merge_request import MergeRequest

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ReleaseCommit:
    """The release commit, by its object id."""

    oid: str


@dataclass(frozen=True, slots=True)
class FollowingCommit:
    """The commit on top of the release commit, by its object id; empty where the plan has none."""

    oid: str = ""


@dataclass(frozen=True, slots=True)
class TagObjects:
    """The annotated tag objects of the release: the object id of each, by the tag's name."""

    oids: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BuiltFiles:
    """The built files, pinned: those of each package, by its name, in the order of their upload."""

    packages: Mapping[str, tuple[Artifact, ...]]

    def __iter__(self) -> Iterator[Artifact]:
        """All files, in the order of their upload."""
        return (artifact for artifacts in self.packages.values() for artifact in artifacts)


@dataclass(frozen=True, slots=True)
class Inspected:
    """The built files were found to be what the plan says; by their digests."""

    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The last look before the pivot found everything as planned.

    Attributes:
        page: Whether it found that the release page can be made: then it is owed.
    """

    page: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """The release commit as it was proposed, whatever it is merged as.

    Attributes:
        commit: Its object id.
        record: The object id of the commit on top of it that holds the plan.
        request: The request to merge it, as the forge showed it last; None before there is one.
        is_new: Whether nobody has looked at that answer of the forge yet.
    """

    commit: str
    record: str
    request: MergeRequest | None = None
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """The commit that the proposal was merged as, by its object id, and the request that says so."""

    oid: str
    request: MergeRequest


@dataclass(frozen=True, slots=True)
class Agreed:
    """What came in beside the proposal is released with it: the tree of the merged commit."""

    tree: str


@dataclass(frozen=True, slots=True)
class BuildRun:
    """The run of CI that builds the release commit, by its id.

    Attributes:
        number: Its id; 0 while the forge has not told it.
        after: The id of the newest run that was there before it; 0 where none was.
    """

    number: int
    after: int = 0


@dataclass(frozen=True, slots=True)
class EndedRun:
    """That run has ended well.

    Attributes:
        number: Its id.
        attempt: Which attempt at it that was.
        address: Its web page.
    """

    number: int
    attempt: int
    address: str


class KeptArtifact(NamedTuple):
    """An artifact of the run, as it was downloaded.

    Attributes:
        number: Its id.
        name: Its name.
        sha256: The digest of what was downloaded, in hexadecimal.
    """

    number: int
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Collected:
    """What the run has kept, as it was downloaded.

    Attributes:
        attempt: The attempt at the run that it ended well with.
        kept: Every artifact.
    """

    attempt: int
    kept: tuple[KeptArtifact, ...]


@dataclass(frozen=True, slots=True)
class PushedAside:
    """The branch of the remote that has the release commit beside one that was closed, as this run saw it."""

    branch: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The names of the files that the index has said it took, in this run."""

    names: frozenset[str] = frozenset()

    def and_before(self, earlier: "Accepted | None") -> "Accepted":
        """These and those that it had said it took before."""
        return Accepted(earlier.names | self.names) if earlier else self


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What the index gave in this run under the name of each file: its SHA-256 in hexadecimal, its size."""

    files: Mapping[str, tuple[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compared:
    """How the files on the index compared in this run with those of the run of CI that has published them.

    Attributes:
        faults: What differs, a sentence each, by the name of each package.
    """

    faults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Installed:
    """How the installation from a test index went in this run: in words, by the name of each package."""

    outcomes: Mapping[str, str] = field(default_factory=dict)


class Results:
    """What has been made so far, one value of each kind; it is never changed."""

    __slots__ = ("_values",)

    def __init__(self, *values: object) -> None:
        self._values = {type(value): value for value in values}

    def __eq__(self, other: object) -> bool:
        """Whether the same was made, value by value."""
        return isinstance(other, Results) and self._values == other._values

    __hash__ = None  # type: ignore[assignment]  # what it holds are mappings, too

    def having(self, *values: object) -> "Results":
        """These results and more; a value takes the place of an earlier one of its kind.

        What was accepted adds up: of several uploads at once none knows of the others.
        """
        added = {type(value): self._added(value) for value in values}
        return Results(*(self._values | added).values())

    def _added(self, value: object) -> object:
        return value.and_before(self.find(Accepted)) if isinstance(value, Accepted) else value

    def find(self, kind: type[T]) -> T | None:
        """The value of a kind, where a step has given one."""
        value = self._values.get(kind)
        return value if isinstance(value, kind) else None

    def get(self, kind: type[T]) -> T:
        """The value of a kind that an earlier step gives.

        Raises:
            LookupError: None has: the step does not state what it needs.
        """
        value = self.find(kind)
        if value is None:
            raise LookupError(f"no step has given a {kind.__name__} yet")
        return value

    @property
    def commit(self) -> str:
        """The object id of the release commit; empty before there is one."""
        commit = self.find(ReleaseCommit)
        return commit.oid if commit else ""

    @property
    def tip(self) -> str:
        """The object id of what the branch is pushed at: of the commit that follows, else of the release."""
        following = self.find(FollowingCommit)
        return following.oid if following and following.oid else self.commit

    @property
    def tags(self) -> Mapping[str, str]:
        """The object id of each tag, by its name."""
        tags = self.find(TagObjects)
        return tags.oids if tags else {}

    @property
    def files(self) -> tuple[Artifact, ...]:
        """The built files of all packages, in the order of their upload; empty before they are built."""
        return tuple(self.find(BuiltFiles) or ())

    def files_of(self, package: str) -> tuple[Artifact, ...]:
        """The built files of one package, by its name, wheel first; empty before they are built."""
        built = self.find(BuiltFiles)
        return built.packages.get(package, ()) if built else ()

    @property
    def owes_page(self) -> bool:
        """Whether the last look before the pivot found the release page possible."""
        confirmed = self.find(Confirmed)
        return confirmed is not None and confirmed.page

    @property
    def accepted(self) -> frozenset[str]:
        """The names of the files that the index has said it took, in this run."""
        return (self.find(Accepted) or Accepted()).names
