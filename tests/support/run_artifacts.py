"""The artifacts of the GitHub on a socket: kept by runs, and given away by another host.

Modelled on GitHub's manual of its REST API: who asks for one is sent on to an address of a host that takes no
token, and that is good for a minute.
"""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

_Json = dict[str, object]
HOST = "blobs.example"
"""The host that gives them."""


@dataclass
class Kept:
    """One artifact.

    Attributes:
        run: The id of its run.
        number: Its id.
        name: Its name.
        content: What is downloaded.
        shown: What is shown of it in another way than it is.
    """

    run: int
    number: int
    name: str
    content: bytes
    shown: _Json = field(default_factory=dict)

    def told(self, commit: object) -> _Json:
        """As GitHub shows it."""
        return {
            "id": self.number,
            "name": self.name,
            "size_in_bytes": len(self.content),
            "expired": False,
            "digest": f"sha256:{hashlib.sha256(self.content).hexdigest()}",
            "workflow_run": {"id": self.run, "head_sha": commit},
        } | self.shown


@dataclass
class Artifacts:
    """All that runs have kept.

    Attributes:
        kept: Every artifact, in the order of their ids.
        given: The ids of those that were downloaded, one for each time.
        cut: How many of the next downloads break off in the middle.
        damaged: How many of the next downloads have a changed byte in the middle.
    """

    kept: list[Kept] = field(default_factory=list)
    given: list[int] = field(default_factory=list)
    cut: int = 0
    damaged: int = 0
    _numbers: "count[int]" = field(default_factory=lambda: count(1001))

    def keep(self, run: int, name: str, files: Mapping[str, bytes], **shown: object) -> Kept:
        """Have a run keep files, packed into one."""
        return self.keep_as_it_is(run, name, packed(files), **shown)

    def keep_as_it_is(self, run: int, name: str, content: bytes, **shown: object) -> Kept:
        """Have a run keep one file."""
        kept = Kept(run, next(self._numbers), name, content, shown)
        self.kept.append(kept)
        return kept

    def of(self, run: int, commit: object) -> list[_Json]:
        """What GitHub shows of a run's."""
        return [each.told(commit) for each in self.kept if each.run == run]

    def address(self, number: int) -> str | None:
        """Where one is given away; None where there is none any more."""
        is_there = any(each.number == number and not each.shown.get("expired") for each in self.kept)
        return f"https://{HOST}/{number}" if is_there else None

    def download(self, number: int) -> tuple[bytes, int]:
        """Give one away: its bytes, and how many were announced."""
        (found,) = (each for each in self.kept if each.number == number)
        self.given.append(number)
        content, half = found.content, len(found.content) // 2
        if self.cut:
            self.cut -= 1
            return content[:half], len(content)
        if self.damaged:
            self.damaged -= 1
            return content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :], len(content)
        return content, len(content)


def packed(files: Mapping[str, bytes]) -> bytes:
    """Files in one ZIP file; the times in it are always the same."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return data.getvalue()
