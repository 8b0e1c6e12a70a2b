"""Checks that a wheel has its metadata, and each of its files in RECORD with the right hash and size."""

import base64
import csv
import hashlib
import re
from collections.abc import Iterator
from typing import Final

from release_async.guard.archive_members import Archive, Finding

_UNLISTED: Final = ("RECORD", "RECORD.jws", "RECORD.p7s")
_STRONG_HASHES: Final = ("sha256", "sha384", "sha512")
_METADATA: Final = re.compile(r"[^/]+\.dist-info/")
_CURE: Final = "let the build backend write the wheel, and change nothing in it afterwards"


def findings(wheel: Archive) -> Iterator[Finding]:
    """Find files that are missing in the wheel or in RECORD, or differ from RECORD."""
    files = wheel.files()
    folders = sorted({path.partition("/")[0] for path in files if _METADATA.match(path)})
    if len(folders) != 1:
        what = f"has {len(folders)} folders of metadata, not one: {', '.join(folders)}".rstrip(": ")
        yield Finding(wheel.name, wheel.name, what, _CURE)
        return
    folder = folders[0]
    missing = [name for name in ("WHEEL", "METADATA", "RECORD") if f"{folder}/{name}" not in files]
    yield from (Finding(wheel.name, f"{folder}/{name}", "is missing", _CURE) for name in missing)
    if "RECORD" in missing:
        return
    listed = _listed(files[f"{folder}/RECORD"].content)
    for path in sorted(listed.keys() - files.keys()):
        yield Finding(wheel.name, path, "is listed in RECORD but missing", _CURE)
    for path, member in files.items():
        if path not in {f"{folder}/{name}" for name in _UNLISTED}:
            for what in _mismatches(listed.get(path), member.content):
                yield Finding(wheel.name, path, what, _CURE)


def _listed(content: bytes) -> dict[str, tuple[str, str]]:
    rows = csv.reader(content.decode("utf-8", "replace").splitlines())
    return {row[0]: (row[1], row[2]) for row in rows if len(row) == 3}  # noqa: PLR2004 - path, hash, size


def _mismatches(listed: tuple[str, str] | None, content: bytes) -> Iterator[str]:
    if listed is None:
        yield "is not listed in RECORD"
        return
    algorithm, _, digest = listed[0].partition("=")
    if algorithm not in _STRONG_HASHES:
        yield f"has no hash in RECORD that is {', '.join(_STRONG_HASHES[:-1])} or {_STRONG_HASHES[-1]}"
    elif digest != _hash(algorithm, content) or listed[1] not in {"", str(len(content))}:
        yield "differs from its hash or size in RECORD"


def _hash(algorithm: str, content: bytes) -> str:
    raw = hashlib.new(algorithm, content).digest()
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")
