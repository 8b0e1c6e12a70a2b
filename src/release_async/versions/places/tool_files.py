"""Finds the version in the files that the tables of other release tools name. Edits nothing.

semantic-release, bumpver, commitizen and bump-my-version replace the current version in them, each by a rule
of its own; here a file counts where that rule finds a version.
"""

import re

from release_async.base.lazy_typing import Final, Iterator, NamedTuple
from release_async.versions.distribution import Role, Site
from release_async.versions.formats import plain_text, toml
from release_async.versions.formats.python import statements
from release_async.versions.places.declared_metadata import Folder, site_from_statement
from release_async.versions.text_encoding import UnreadableError

TOOLS: Final = frozenset(("bumpversion", "bumpver", "commitizen", "semantic_release"))
"""The tables below ``[tool]`` that name further files."""

_VERSION: Final = r"(?P<version>v?\d+[0-9A-Za-z.!+_-]*[0-9A-Za-z]|\d)"
_CLOSED: Final = r"(?![0-9A-Za-z.!+_-])"
_BUMPVER_GAPS: Final = ("{version}", "{pep440_version}", "{pycalver}", "{semver}")
_LARGEST: Final = 1_000_000


class _Named(NamedTuple):
    """A file that a table names.

    Attributes:
        tool: The table.
        path: The file, relative to the project.
        pattern: A regular expression whose group ``version`` is the version; empty for a key or variable.
        key: A dotted key in a TOML file.
        variable: A name that is set to the version.
        line: A regular expression that a line has to contain.
    """

    tool: str
    path: str
    pattern: str = ""
    key: str = ""
    variable: str = ""
    line: str = ""


def mirrors(folder: Folder) -> Iterator[Site]:
    """The places in the files that the tables in ``pyproject.toml`` and ``setup.cfg`` name.

    A file that is missing, or has no such place, is passed over: the tool itself complains of it.

    Args:
        folder: The project.
    """
    for named in _named(folder):
        path = folder.below(named.path)
        try:
            text = folder.texts.text(path, most=_LARGEST)
            if text is not None and not (path == folder.pyproject and named.pattern):
                yield from _places(path, text, named)
        except (UnreadableError, re.error):
            continue


def _named(folder: Folder) -> Iterator[_Named]:
    yield from _of_semantic_release(folder)
    yield from _of_bumpver(folder)
    yield from _of_commitizen(folder)
    yield from _of_bumpversion(folder)


def _of_semantic_release(folder: Folder) -> Iterator[_Named]:
    """``file:key`` in TOML and ``file:variable`` anywhere, each with an optional kind behind a colon."""
    table = folder.tool("semantic_release")
    for entry in _texts(table.get("version_toml")):
        path, key, *_ = (*entry.split(":"), "")
        yield _Named("semantic_release", path, key=key)
    for entry in _texts(table.get("version_variables")):
        path, variable, *_ = (*entry.split(":"), "")
        yield _Named("semantic_release", path, variable=variable)


def _of_bumpver(folder: Folder) -> Iterator[_Named]:
    """Patterns of literal text with one gap for the version; those of parts such as ``MAJOR`` are left."""
    for path, patterns in toml.table(folder.document.table, "tool", "bumpver", "file_patterns").items():
        for pattern in _texts(patterns):
            gap = next((gap for gap in _BUMPVER_GAPS if pattern.count(gap) == 1), "")
            if gap:
                before, _, after = (re.escape(part) for part in pattern.partition(gap))
                yield _Named("bumpver", path, pattern=f"{before}{_VERSION}{after or _CLOSED}")


def _of_commitizen(folder: Folder) -> Iterator[_Named]:
    """``file:regex``: the current version in the lines that the regex matches, in all lines without one."""
    table = folder.tool("commitizen")
    for entry in _texts(table.get("version_files")):
        path, _, line = entry.partition(":")
        current = table.get("version", toml.table(folder.document.table, "project").get("version"))
        yield from _occurrences("commitizen", path, current, line)


def _of_bumpversion(folder: Folder) -> Iterator[_Named]:
    """The current version wherever it stands in a file, or where ``search`` says."""
    table = folder.tool("bumpversion")
    files = table.get("files")
    for entry in files if isinstance(files, list) else ():
        path, search = (
            (entry.get(key) for key in ("filename", "search")) if isinstance(entry, dict) else ("", "")
        )
        yield from _searched(str(path or ""), search, table.get("current_version"))
    current = folder.option("bumpversion", "current_version")
    for option in folder.options if current else ():
        kind, _, path = option.section.partition(":file:")
        if kind == "bumpversion" and path and option.key == "search":
            yield from _searched(path, option.value, current and current.value)
    plain = {each.section for each in folder.options if each.key == "search"}
    for section in dict.fromkeys(each.section for each in folder.options):
        kind, _, path = section.partition(":file:")
        if kind == "bumpversion" and path and section not in plain:
            yield from _searched(path, None, current and current.value)


def _searched(path: str, search: object, version: object) -> Iterator[_Named]:
    if isinstance(search, str) and search.count("{current_version}") == 1:
        before, _, after = (re.escape(part) for part in search.partition("{current_version}"))
        yield _Named("bumpversion", path, pattern=f"{before}{_VERSION}{after or _CLOSED}")
    elif search is None:
        yield from _occurrences("bumpversion", path, version, "")


def _occurrences(tool: str, path: str, version: object, line: str) -> Iterator[_Named]:
    if isinstance(version, str) and version and path and plain_text.is_bounded(line):
        exactly = rf"(?<![0-9A-Za-z.!+_-])(?P<version>{re.escape(version)}){_CLOSED}"
        yield _Named(tool, path, pattern=exactly, line=line)


def _texts(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(item for item in listed if isinstance(item, str))


def _places(path: str, text: str, named: _Named) -> Iterator[Site]:
    if named.key:
        yield from _keyed(path, text, named)
    elif named.variable and path.endswith((".py", ".pyi")):
        for each in statements(text, (named.variable,)):
            if each.value is not None and not each.nested:
                yield site_from_statement(path, each, Role.MIRROR)._replace(note=_note(named))
    else:
        assigned = rf"(?<![\w.]){re.escape(named.variable)}[\"']?[ \t]*(?::=|==?|:)[ \t]*[\"']?{_VERSION}"
        yield from _matches(path, text, named, named.pattern or assigned)


def _keyed(path: str, text: str, named: _Named) -> Iterator[Site]:
    document, keys = toml.read(text), tuple(named.key.split("."))
    value, span = toml.table(document.table, *keys[:-1]).get(keys[-1]), document.span(keys)
    if isinstance(value, str) and span:
        yield Site(path, span.line, Role.MIRROR, value, _note(named), named.key, span.start, span.end)


def _matches(path: str, text: str, named: _Named, pattern: str) -> Iterator[Site]:
    wanted = re.compile(named.line) if named.line else None
    for found in re.finditer(pattern, text):
        start, end = found.span("version")
        number, begin = text.count("\n", 0, start) + 1, text.rfind("\n", 0, start) + 1
        row = text[begin : text.find("\n", start) if "\n" in text[start:] else len(text)]
        if wanted is None or wanted.search(row):
            key = f"{named.tool}, line {number}"
            yield Site(path, number, Role.MIRROR, found["version"], _note(named), key, start, end)


def _note(named: _Named) -> str:
    return f"named in [tool.{named.tool}]"
