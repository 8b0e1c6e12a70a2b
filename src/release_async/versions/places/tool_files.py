"""Finds the version in the files that the tables of other release tools name. Edits nothing.

semantic-release, bumpver, commitizen, bump-my-version and tbump replace the current version in them, each by
its own rule. Here a file counts where that rule finds the tool's current version; where it finds one other
version and nothing else, the file is stale.
"""

import re

from release_async.base.lazy_typing import Final, Iterator, NamedTuple
from release_async.versions.distribution import Role, Site
from release_async.versions.formats import ini, plain_text, toml
from release_async.versions.formats.python import statements
from release_async.versions.places.declared_metadata import Folder, site_from_statement
from release_async.versions.text_encoding import UnreadableError
from release_async.versions.version_spellings import Form

_NUMBER: Final = r"v?\d{1,20}\.\d{1,20}[0-9A-Za-z.!+_-]{0,80}"
_BUMPVER_GAPS: Final = ("{version}", "{pep440_version}", "{pycalver}", "{semver}")
_SEMVER: Final = ("Cargo.toml", "package.json", "package-lock.json")
_LARGEST: Final = 1_000_000
_LONGEST_LINE: Final = 512


class _Named(NamedTuple):
    """A file that a table names.

    Attributes:
        tool: The table.
        path: The file, relative to the project.
        current: The version that the tool takes for the current one; empty if it does not say.
        around: The literal text before and after the version; None where there is none of either.
        key: A dotted key in a TOML file.
        variable: A name that is set to the version.
        line: A regular expression that a line has to contain.
    """

    tool: str
    path: str
    current: str = ""
    around: tuple[str, str] | None = None
    key: str = ""
    variable: str = ""
    line: str = ""


def mirrors(folder: Folder) -> Iterator[Site]:
    """The places in the files that the tools' tables name, in metadata files and in files of their own.

    A file that is missing, or has no such place, is passed over: the tool itself complains of it.

    Args:
        folder: The project.
    """
    for named in _named(folder):
        path = folder.below(named.path)
        try:
            text = folder.texts.text(path, most=_LARGEST)
            sites = [] if text is None else list(_places(path, text, named))
        except (UnreadableError, re.error, OverflowError, RecursionError):
            continue
        if path != folder.pyproject:  # what that states is found by its keys
            yield from (_in_its_form(site) for site in sites)


def _in_its_form(site: Site) -> Site:
    is_semver = site.path.rpartition("/")[2] in _SEMVER and site.form is Form.PEP440
    return site._replace(form=Form.SEMVER) if is_semver else site


def _named(folder: Folder) -> Iterator[_Named]:
    yield from _of_semantic_release(folder)
    yield from _of_bumpver(folder)
    yield from _of_commitizen(folder)
    yield from _of_bumpversion(folder)
    yield from _of_tbump(folder)


_OWN: Final[dict[str, tuple[tuple[str, toml.Path], ...]]] = {
    "bumpver": (("bumpver.toml", ("bumpver",)),),
    "bumpversion": ((".bumpversion.toml", ("tool", "bumpversion")),),
    "commitizen": ((".cz.toml", ("tool", "commitizen")), ("cz.toml", ("tool", "commitizen"))),
    "tbump": (("tbump.toml", ()),),
}
"""The own files of these tools, and the table in each."""


def _tables(folder: Folder, tool: str) -> Iterator[toml.Table]:
    """A tool's table in ``pyproject.toml``, and those in files of its own; one that is unreadable is left."""
    yield folder.tool(tool)
    for name, keys in _OWN.get(tool, ()):
        try:
            document = folder.texts.toml(folder.below(name)) if folder.below(name) in folder.texts else None
        except UnreadableError:
            continue  # it is told where the version in it is looked for
        if document:
            yield toml.table(document.table, *keys) if keys else document.table


def _of_semantic_release(folder: Folder) -> Iterator[_Named]:
    """``file:key`` in TOML and ``file:variable`` anywhere, each with an optional kind behind a colon."""
    table = folder.tool("semantic_release")
    for entry in _texts(table.get("version_toml")):
        path, key, *_ = (*entry.split(":"), "")
        if path and key:
            yield _Named("semantic_release", path, key=key)
    for entry in _texts(table.get("version_variables")):
        path, variable, *_ = (*entry.split(":"), "")
        if path and variable:
            yield _Named("semantic_release", path, variable=variable)


def _of_bumpver(folder: Folder) -> Iterator[_Named]:
    """Patterns of literal text with one gap for the version; those of parts such as ``MAJOR`` are left."""
    for table in _tables(folder, "bumpver"):
        current = _text(table.get("current_version"))
        for path, patterns in toml.table(table, "file_patterns").items():
            for pattern in _texts(patterns):
                gap = next((gap for gap in _BUMPVER_GAPS if pattern.count(gap) == 1), "")
                if gap:
                    before, _, after = pattern.partition(gap)
                    yield _Named("bumpver", path, current, (before, after))


def _of_commitizen(folder: Folder) -> Iterator[_Named]:
    """``file:regex``: the current version in the lines that the regex matches, in all lines without one."""
    for table in _tables(folder, "commitizen"):
        current = table.get("version", toml.table(folder.document.table, "project").get("version"))
        for entry in _texts(table.get("version_files")):
            path, _, line = entry.partition(":")
            if plain_text.is_bounded(line):
                yield _Named("commitizen", path, _text(current), line=line)


def _of_tbump(folder: Folder) -> Iterator[_Named]:
    """The current version wherever it stands in a file, or where ``search`` says."""
    for table in _tables(folder, "tbump"):
        files, current = table.get("file"), toml.table(table, "version").get("current")
        for entry in files if isinstance(files, list) else ():
            if isinstance(entry, dict):
                found = _searched(_text(entry.get("src")), entry.get("search"), current)
                yield from (each._replace(tool="tbump") for each in found)


def _of_bumpversion(folder: Folder) -> Iterator[_Named]:
    """The current version wherever it stands in a file, or where ``search`` says."""
    for table in _tables(folder, "bumpversion"):
        files = table.get("files")
        for entry in files if isinstance(files, list) else ():
            if isinstance(entry, dict):
                yield from _searched(
                    _text(entry.get("filename")), entry.get("search"), table.get("current_version")
                )
    yield from _of_sections(folder.options)
    own = folder.below(".bumpversion.cfg")
    try:
        text = folder.texts.text(own) if own in folder.texts else None
        yield from _of_sections(ini.options(text or ""))
    except UnreadableError:
        return  # it is told where the version in it is looked for


def _of_sections(options: tuple[ini.Option, ...]) -> Iterator[_Named]:
    """``[bumpversion:file:PATH]``, with or without ``search``."""
    own = ((each.key, each.value) for each in options if each.section == "bumpversion")
    current = dict(own).get("current_version")
    sections = {each.section: "" for each in options if each.section.startswith("bumpversion:file:")}
    searches = (each for each in options if each.section in sections and each.key == "search")
    sections |= {each.section: each.value for each in searches}
    for section, search in sections.items():
        yield from _searched(section.removeprefix("bumpversion:file:"), search or None, current)


def _searched(path: str, search: object, current: object) -> Iterator[_Named]:
    if isinstance(search, str) and search.count("{current_version}") == 1:
        before, _, after = search.partition("{current_version}")
        yield _Named("bumpversion", path, _text(current), (before, after))
    elif search is None:
        yield _Named("bumpversion", path, _text(current))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


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
    elif named.variable:
        name = re.escape(named.variable)
        assigned = rf"(?<![\w.-]){name}[\"']?[ \t]*(?::=|==|[:=@])[ \t]*[\"']?(?P<version>{_NUMBER})"
        yield from _found(path, text, named, assigned)
    elif named.current or named.around not in {None, ("", "")}:
        yield from _replaced(path, text, named)


def _keyed(path: str, text: str, named: _Named) -> Iterator[Site]:
    document, keys = toml.read(text), tuple(named.key.split("."))
    value, span = toml.table(document.table, *keys[:-1]).get(keys[-1]), document.span(keys)
    if isinstance(value, str) and span:
        yield Site(path, span.line, Role.MIRROR, value, _note(named), named.key, span.start, span.end)


def _replaced(path: str, text: str, named: _Named) -> Iterator[Site]:
    """Where the tool would put the new version: at the current one, between the text around it."""
    before, after = map(re.escape, named.around or ("", ""))
    current = re.escape(named.current.removeprefix("v"))
    if current:
        exactly = rf"{before}v?(?<![\d.!+])(?P<version>{current})(?!\d|\.\d|[!+]){after}"
        if sites := list(_found(path, text, named, exactly)):
            yield from sites
            return
    if before or after:
        stale = list(
            _found(path, text, named, rf"{before}(?P<version>{_NUMBER}){after or '(?![0-9A-Za-z.!+_-])'}")
        )
        yield from stale if len(stale) == 1 else ()


def _found(path: str, text: str, named: _Named, pattern: str) -> Iterator[Site]:
    """Each match in a line of reasonable length that contains what the table asks for."""
    wanted, expression, at = re.compile(named.line or ""), re.compile(pattern), 0
    for number, row in enumerate(text.split("\n"), 1):
        if len(row) <= _LONGEST_LINE and wanted.search(row):
            for match in expression.finditer(row):
                start, end = match.span("version")
                key = f"{named.tool}, line {number}"
                yield Site(
                    path, number, Role.MIRROR, match["version"], _note(named), key, at + start, at + end
                )
        at += len(row) + 1


def _note(named: _Named) -> str:
    return f"named in [tool.{named.tool}]"
