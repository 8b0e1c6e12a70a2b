"""Finds the repository's own projects in the lock files of uv, poetry, pdm and cargo. Resolves nothing.

Lock files are large and written by tools in a fixed layout, so they are searched by that layout and not
parsed; if a file has another layout, no entry is found.
"""

import re
from posixpath import normpath

from release_async.base.lazy_typing import Final, Iterator, NamedTuple, pattern
from release_async.versions.distribution import Role, Site
from release_async.versions.text_encoding import UnreadableError
from release_async.versions.version_spellings import Form

NAMES: Final = ("uv.lock", "poetry.lock", "pdm.lock", "Cargo.lock")
"""The supported lock files."""

LARGEST: Final = 50_000_000

_HEADER: Final = "[[package]]"
_NAME: Final = pattern(r'^name = "(?P<name>[^"\\\n]+)"\r?$', re.MULTILINE)
_VERSION: Final = pattern(r'^version = "(?P<version>[^"\\\n]+)"\r?$', re.MULTILINE)
_UV_OWN: Final = pattern(
    r'^source = \{ (?:editable|virtual|directory) = "(?P<path>[^"\\\n]*)" \}\r?$', re.MULTILINE
)
_POETRY_OWN: Final = pattern(
    r'^\[package\.source\]\r?\ntype = "directory"\r?\nurl = "(?P<path>[^"\\\n]*)"\r?$', re.MULTILINE
)
_PDM_OWN: Final = pattern(r'^path = "(?P<path>[^"\\\n]*)"\r?$', re.MULTILINE)
_CONFLICT: Final = pattern(r"^(?:<{7} |>{7} )", re.MULTILINE)
_CARGO_FOREIGN: Final = pattern(r"^source = ", re.MULTILINE)


class Entry(NamedTuple):
    """One entry of a project in the repository.

    Attributes:
        name: The project's name as written in the lock file.
        folder: The project's folder, relative to the top; the lock file's for cargo, which stores none.
        site: The place of its version.
    """

    name: str
    folder: str
    site: Site


def entries(path: str, text: str) -> Iterator[Entry]:
    """Find the entries of the repository's own projects.

    Args:
        path: The lock file.
        text: Its content.

    Returns:
        The entries with a version; a project with a dynamic version has none.

    Raises:
        UnreadableError: The file contains conflict markers.
    """
    base, _, kind = path.rpartition("/")
    if conflict := _CONFLICT.search(text):
        raise UnreadableError("contains conflict markers", text.count("\n", 0, conflict.start()) + 1)
    if '"""' in text or "'''" in text:
        return  # a multi-line string could contain anything
    for start, end in _blocks(text, kind):
        block = text[start:end]
        head = block.partition("\n[")[0]
        name, version = _NAME.search(head), _VERSION.search(head)
        place = _own_folder(kind, head, block)
        if name is None or version is None or place is None:
            continue
        folder = normpath(f"{base}/{place}" if base else place or ".")
        at, stop = start + version.start("version"), start + version.end("version")
        line = text.count("\n", 0, at) + 1
        key = f"package {name['name']}"
        site = Site(path, line, Role.MIRROR, version["version"], "", key, at, stop, Form.NORMAL)
        yield Entry(name["name"], "" if folder == "." else folder, site)


def _own_folder(kind: str, head: str, block: str) -> str | None:
    """The folder of an entry's project; None if it is not in the repository."""
    if kind == "Cargo.lock":
        return None if _CARGO_FOREIGN.search(head) else ""
    pattern, where = {
        "uv.lock": (_UV_OWN, head),
        "poetry.lock": (_POETRY_OWN, block),
        "pdm.lock": (_PDM_OWN, head),
    }[kind]
    found = pattern.search(where)
    return found["path"] if found else None


_MARKS: Final = {
    "uv.lock": ('{ editable = "', '{ virtual = "', '{ directory = "'),
    "poetry.lock": ('type = "directory"',),
    "pdm.lock": ('\npath = "',),
}


def _blocks(text: str, kind: str) -> Iterator[tuple[int, int]]:
    """The offsets of entries that may be the repository's own; a lock file may have thousands of others."""
    if kind not in _MARKS:
        at = text.find(_HEADER)
        while at >= 0:
            following = text.find(f"\n{_HEADER}", at)
            yield at, following if following >= 0 else len(text)
            at = following + 1 if following >= 0 else -1
        return
    for mark in _MARKS[kind]:
        at = text.find(mark)
        while at >= 0:
            start = text.rfind(f"\n{_HEADER}", 0, at) + 1
            following = text.find(f"\n{_HEADER}", at)
            end = following if following >= 0 else len(text)
            if text.startswith(_HEADER, start):
                yield start, end
            at = text.find(mark, end)
