"""Projects written down as marked text: what every place of a version is, and what a bump makes of it.

A sheet holds cases. A case begins with ``=== row title``, then come its headers, then its files::

    === 3 PEP 621 and a literal kept by hand
    bump: 1.5.4
    -- pyproject.toml (CRLF) --
    version = "«source 1.5.3»"
    -- demo/version.py (BOM) --
    VERSION = "«mirror 1.5.3»"
    -- demo/_tuple.py --
    version_info = («mirror 1, 5, 3 => 1, 5, 4»)

A mark says the role, what stands there, and after ``=>`` what a bump to the header's version makes of it;
without that, a place that counts becomes that version and every other stays. A mark without a role is more
of the place before it. Headers:

    bump       the version to bump to
    version    what the source means, where that is not the text in its mark
    root       the folder of the distribution in question
    tag        the tool by which the version comes from the git tag: nothing counts, nothing is edited
    unchecked  part of the reason why the version cannot be known without running code
    refused    a place that is refused as the case stands, and a part of the reason
    warned     a place that is warned of as the case stands, and a part of the reason
    silent     a place of which nothing is said
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

_CASE: Final = re.compile(r"^=== ", re.MULTILINE)
_FILE: Final = re.compile(r"^-- (?P<path>\S.*?)(?: \((?P<odd>[^()]+)\))? --\n", re.MULTILINE)
_MARK: Final = re.compile(
    r"«(?:(?P<role>source|mirror|derived|fallback|generated|opaque) )?(?P<old>.*?)(?: => (?P<new>.*?))?»"
)
_COUNTING: Final = frozenset(("source", "mirror"))
_TextOf = Callable[[re.Match[str], tuple[str, int]], str]


class Place(NamedTuple):
    """One marked place.

    Attributes:
        path: The file.
        lines: The line of each of its parts.
        role: What it is to the version.
        text: What stands in its first part.
        plain: Whether that is all, and is the version itself.
    """

    path: str
    lines: tuple[int, ...]
    role: str
    text: str
    plain: bool

    @property
    def counts(self) -> bool:
        """Whether it must agree with the others."""
        return self.role in _COUNTING


class Case(NamedTuple):
    """One project: its files with their marks, and what is expected of it."""

    row: str
    title: str
    headers: tuple[tuple[str, str], ...]
    marked: tuple[tuple[str, str, str], ...]

    def __str__(self) -> str:
        """How a test run calls it."""
        return f"{self.row} {self.title}"

    def header(self, name: str) -> str:
        """The first value of a header, or nothing."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key == name]

    @property
    def known(self) -> bool:
        """Whether the version can be known, and nothing is wrong."""
        return not any(self.header(name) for name in ("tag", "unchecked", "refused"))

    def files(self) -> dict[str, str | bytes]:
        """The files as they stand."""
        return self._written(lambda mark, _: mark["old"])

    def bumped(self) -> dict[str, str | bytes]:
        """The files as a bump must leave them, byte for byte."""
        return self._written(lambda mark, _: self._new(mark))

    def off_by_one(self, place: Place) -> dict[str, str | bytes]:
        """The files with one place's last number raised by one."""

        def text(mark: re.Match[str], at: tuple[str, int]) -> str:
            last = at == (place.path, place.lines[-1])
            meant = last and (mark["role"] or place.role) == place.role
            return _raised(mark["old"]) if meant else mark["old"]

        return self._written(text)

    def places(self) -> list[Place]:
        """Every marked place, in the order of the files."""
        found: list[Place] = []
        for path, _, text in self.marked:
            for mark in _MARK.finditer(text):
                line = text.count("\n", 0, mark.start()) + 1
                if mark["role"]:
                    found.append(Place(path, (line,), mark["role"], mark["old"], mark["new"] is None))
                else:
                    found[-1] = found[-1]._replace(lines=(*found[-1].lines, line), plain=False)
        return found

    def _new(self, mark: re.Match[str]) -> str:
        if mark["new"] is not None:
            return mark["new"]
        return self.header("bump") if mark["role"] in _COUNTING else mark["old"]

    def _written(self, text_of: _TextOf) -> dict[str, str | bytes]:
        files: dict[str, str | bytes] = {}
        for path, odd, text in self.marked:

            def put(mark: re.Match[str], path: str = path, text: str = text) -> str:
                return text_of(mark, (path, text.count("\n", 0, mark.start()) + 1))

            files[path] = _encoded(_MARK.sub(put, text), odd)
        return files


def cases(folder: Path) -> Iterator[Case]:
    """Every case of every sheet in a folder, by the order of the files."""
    for sheet in sorted(folder.glob("*.txt")):
        for text in _CASE.split(sheet.read_text(encoding="utf-8"))[1:]:
            yield _case(text)


def _case(text: str) -> Case:
    head, *parts = _FILE.split(text)
    title, *headers = head.strip().splitlines()
    row, _, title = title.partition(" ")
    pairs = (header.partition(": ") for header in headers)
    marked = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    return Case(
        row,
        title,
        tuple((name, value) for name, _, value in pairs),
        tuple((path, odd or "", body.rstrip("\n") + "\n") for path, odd, body in marked),
    )


def _encoded(text: str, odd: str) -> bytes:
    """A file's bytes, with the oddities that its header names."""
    if "no final newline" in odd:
        text = text.removesuffix("\n")
    if "CRLF" in odd:
        text = text.replace("\n", "\r\n")
    data = text.encode("latin-1" if "latin-1" in odd else "utf-8")
    return b"\xef\xbb\xbf" + data if "BOM" in odd else data


def _raised(text: str) -> str:
    """A version whose last number is one more."""
    return re.sub(r"\d+(?=\D*$)", lambda number: str(int(number[0]) + 1).zfill(len(number[0])), text)
