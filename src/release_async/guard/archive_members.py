"""What an archive holds, as data: names, kinds and bytes. Reads no archive and judges nothing."""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a member of an archive is."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "device, pipe or encrypted entry"


class Member(NamedTuple):
    """One entry of an archive.

    Attributes:
        name: As the archive spells it; nothing is resolved or cleaned.
        kind: What it is.
        mode: Its permission bits, 0 where the archive knows none.
        content: The bytes of a file, the aim of a link, in UTF-8.
    """

    name: str
    kind: Kind = Kind.FILE
    mode: int = 0
    content: bytes = b""

    @property
    def size(self) -> int:
        """How many bytes it has when it is unpacked."""
        return len(self.content)


class Archive(NamedTuple):
    """One sdist or wheel.

    Attributes:
        name: Its file name.
        top: What stands before every path in it: ``demo-1.0/`` for an sdist, empty for a wheel.
        members: Its entries, in their order; a name may be there twice.
        faults: What is wrong with the archive itself, a sentence each.
    """

    name: str
    top: str
    members: tuple[Member, ...]
    faults: tuple[str, ...] = ()

    def path(self, member: Member) -> str:
        """The path of a member below the top."""
        return member.name.removeprefix(self.top)

    def files(self) -> dict[str, Member]:
        """The files by their path below the top."""
        return {self.path(member): member for member in self.members if member.kind is Kind.FILE}


class Finding(NamedTuple):
    """What must not be in an archive.

    Attributes:
        archive: The file name of the archive.
        path: The path in it, below its top; the name of the archive where all of it is meant.
        what: What is wrong with it.
        cure: What to do about it.
    """

    archive: str
    path: str
    what: str
    cure: str
