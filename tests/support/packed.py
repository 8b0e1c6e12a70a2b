"""Archives as data, for rules that never see a file; and a commit that is a mapping."""

import base64
import hashlib
from collections.abc import Mapping, Sequence

from release_async.guard.archive_members import Archive, Finding, Member

INFO = "demo-1.0.dist-info"
METADATA = (f"{INFO}/METADATA", f"{INFO}/WHEEL")


def sdist(files: Mapping[str, bytes]) -> Archive:
    """An sdist with these files, by their path below its top."""
    return Archive(
        "demo-1.0.tar.gz",
        "demo-1.0/",
        tuple(Member(f"demo-1.0/{path}", content=content) for path, content in files.items()),
    )


def wheel(files: Mapping[str, bytes], *, record: bytes | None = None) -> Archive:
    """A wheel with these files, the metadata that each has, and an honest RECORD, or another one."""
    files = {**files, **{path: b"" for path in METADATA if path not in files}}
    lines = (f"{path},sha256={digest(content)},{len(content)}\n" for path, content in files.items())
    honest = "".join((*lines, f"{INFO}/RECORD,,\n")).encode()
    whole = {**files, f"{INFO}/RECORD": honest if record is None else record}
    members = tuple(Member(path, content=content) for path, content in whole.items())
    return Archive("demo-1.0-py3-none-any.whl", "", members)


def digest(content: bytes) -> str:
    """A hash as RECORD spells it."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


class Tree:
    """A commit; a checkout of it writes CR LF into batch files."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def paths(self) -> Sequence[str]:
        """Every file."""
        return tuple(self._files)

    def read(self, path: str) -> bytes | None:
        """What is committed."""
        return self._files.get(path)

    def checked_out(self, path: str) -> bytes | None:
        """What a checkout writes."""
        content = self.read(path)
        return content.replace(b"\n", b"\r\n") if content and path.endswith(".bat") else content


def said(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """Path and words of each finding; every one has a cure."""
    assert all(finding.cure for finding in findings)
    return [(finding.path, finding.what) for finding in findings]
