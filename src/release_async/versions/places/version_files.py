"""Finds the places that a project configures itself: ``[tool.release-async] version-files``."""

import re

from release_async.base.lazy_typing import Final, Iterator
from release_async.base.problems import Problem, refuse
from release_async.versions.distribution import Role, Site
from release_async.versions.formats import ini, json, plain_text, toml
from release_async.versions.formats.python import NAMES, statements
from release_async.versions.pep440 import parse
from release_async.versions.places import citation
from release_async.versions.places.declared_metadata import Folder, site_from_statement, unreadable
from release_async.versions.text_encoding import UnreadableError, plain, quoted
from release_async.versions.version_settings import VersionFile
from release_async.versions.version_spellings import Form

_SEMVER: Final = ("package.json", "package-lock.json", "Cargo.toml")


def mirrors(folder: Folder, wanted: VersionFile) -> tuple[tuple[Site, ...], tuple[Problem, ...]]:
    """Find the places that one entry names.

    Returns:
        The places, and the problems: a file is missing, cannot be read or has no such place.
    """
    where = f"{plain(folder.pyproject)}:{folder.document.line('tool', 'release-async', 'version-files')}"
    cure = f"correct version-files in {plain(folder.pyproject)}"
    paths = _paths(folder, wanted.path)
    if not paths:
        what = f"version-files names {quoted(wanted.path)}, which is not in this repository"
        return (), (refuse(what, where=where, cure=cure),)
    found: list[Site] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            found += _places(folder, path, wanted)
        except UnreadableError as error:
            problems.append(unreadable(path, error))
    if not found and not problems:
        problems.append(_missing(wanted, paths[0], cure, where))
    return tuple(each._replace(form=_form(each), note="named in version-files") for each in found), tuple(
        problems
    )


def _missing(wanted: VersionFile, path: str, cure: str, where: str) -> Problem:
    """What is said of a file that does not hold what the entry looks for."""
    if wanted == VersionFile(wanted.path) and not path.endswith(_MODULES):
        what = "version-files names this file alone, and it states more than a version"
        entry = f'{{ path = "{plain(wanted.path)}", pattern = "before{{version}}after" }}'
        text = f"in {where}, write {entry} instead, with the text around the version"
        return refuse(what, where=plain(path), cure=text)
    what = f"{quoted(wanted.description)} is not found here, but version-files names it"
    return refuse(what, where=plain(path), cure=f"write it there, or {cure}")


def stands_at(path: str, text: str) -> int | None:
    """The line of the version in a file that is named alone; None where that would be refused."""
    try:
        return next((site.line for site in _alone(path, text) if parse(site.text)), None)
    except UnreadableError:
        return None


def _paths(folder: Folder, path: str) -> list[str]:
    """The files that an entry names; ``*`` matches any part of a name, ``**/`` any folders."""
    below = folder.below(path)
    if "*" not in path:
        return [below] if below in folder.texts else []
    parts = re.split(r"(\*\*/|\*)", below)
    kinds = {"**/": "(?:[^/]+/)*", "*": "[^/]*"}
    pattern = re.compile("".join(kinds.get(part, re.escape(part)) for part in parts))
    return [each for each in folder.texts.with_ending(parts[-1]) if pattern.fullmatch(each)]


def _form(site: Site) -> Form:
    """The form of a configured place, by its text or its kind of file."""
    if site.text.endswith("-SNAPSHOT"):
        return Form.MAVEN
    return Form.SEMVER if site.path.rpartition("/")[2] in _SEMVER and site.form is Form.PEP440 else site.form


def _places(folder: Folder, path: str, wanted: VersionFile) -> Iterator[Site]:
    text = folder.texts.text(path) or ""
    if wanted.pattern:
        for found in plain_text.pattern_matches(text, wanted.pattern):
            yield Site(path, found.line, Role.MIRROR, found.text, "", wanted.pattern, found.start, found.end)
    elif wanted.key:
        yield from _keyed(path, text, wanted.key)
    elif path.endswith(_MODULES) and len(wanted.names) > 1:
        module = folder.texts.module(path)
        numbers = module.numbers(wanted.names) if module else None
        if numbers:
            yield site_from_statement(path, numbers, Role.MIRROR)
    elif path.endswith(_MODULES):
        for each in statements(text, wanted.names or NAMES):
            if each.value is not None:
                yield site_from_statement(path, each, Role.MIRROR)
    elif not wanted.names:
        yield from _alone(path, text)


_MODULES: Final = (".py", ".pyi")
_YAML: Final = (".cff", ".yaml", ".yml")
_TABLES: Final = (".json", ".toml", ".lock", ".cfg", ".ini")
_KEYS: Final = ("version", "package.version", "project.version", "metadata.version")


def _alone(path: str, text: str) -> Iterator[Site]:
    """The version in a file that is named alone: all of it, or where its kind of file has the version.

    Nothing where neither is so: then a person has to say where in the file it stands.
    """
    found = plain_text.whole_file(text)
    is_version = parse(found.text) is not None
    if not is_version and path.endswith(_YAML):
        yield from (
            site for site in citation.mirrors(path, text) if site.key == "version" and site.start >= 0
        )
    elif not is_version and path.endswith(_TABLES):
        yield from next(filter(None, (tuple(_keyed(path, text, key)) for key in _KEYS)), ())
    elif is_version or "\n" not in found.text:
        yield Site(path, found.line, Role.MIRROR, found.text, "", "whole file", found.start, found.end)


def _keyed(path: str, text: str, key: str) -> Iterator[Site]:
    """The value at a dotted key in a TOML, JSON or INI file."""
    keys = tuple(key.split("."))
    if path.endswith((".toml", ".lock")):
        document = toml.read(text)
        value = toml.table(document.table, *keys[:-1]).get(keys[-1])
        span = document.span(keys)
    elif path.endswith(".json"):
        value, span = json.value(json.load(text), keys), json.span(text, keys)
    else:
        section, _, option = key.rpartition(".")
        found = next(
            (each for each in ini.options(text) if (each.section, each.key) == (section, option)), None
        )
        value, span = (found.value, toml.Span(found.start, found.end, found.line)) if found else (None, None)
    if isinstance(value, str) and span:
        yield Site(path, span.line, Role.MIRROR, value, "", key, span.start, span.end)
