"""The data types for the content of an sdist or wheel, and for findings in it. Reads no archive."""

from enum import StrEnum
from typing import NamedTuple

from release_async.base.problems import Level


class Kind(StrEnum):
    """What a member of an archive is."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "device, pipe or encrypted entry"


class Member(NamedTuple):
    """One entry of an archive.

    Attributes:
        name: As written in the archive; nothing is resolved or cleaned.
        kind: What it is.
        mode: Its permission bits; 0 if the archive stores none.
        content: The bytes of a file, or the target of a link in UTF-8.
    """

    name: str
    kind: Kind = Kind.FILE
    mode: int = 0
    content: bytes = b""

    @property
    def size(self) -> int:
        """Its unpacked size in bytes."""
        return len(self.content)


class Archive(NamedTuple):
    """One sdist or wheel.

    Attributes:
        name: Its file name.
        top: The prefix of every path in it: ``demo-1.0/`` for an sdist, empty for a wheel.
        members: Its entries, in order; a name may occur twice.
        faults: What is wrong with the archive itself, a sentence each.
    """

    name: str
    top: str
    members: tuple[Member, ...]
    faults: tuple[str, ...] = ()

    def path(self, member: Member) -> str:
        """The path of a member, relative to the top."""
        return member.name.removeprefix(self.top)

    def files(self) -> dict[str, Member]:
        """The files by their path relative to the top."""
        return {self.path(member): member for member in self.members if member.kind is Kind.FILE}


class Finding(NamedTuple):
    """Something that must not be in an archive, or that its maker should know of.

    Attributes:
        archive: The file name of the archive.
        path: The path in it, relative to its top; the archive's own name for the archive as a whole.
        what: What is wrong with it.
        cure: What to do about it.
        level: Whether it stops the release.
    """

    archive: str
    path: str
    what: str
    cure: str
    level: Level = Level.REFUSE
