"""The places that a project names itself: ``[tool.release-async] version-files``. Reads no other file."""

from collections.abc import Iterator
from posixpath import normpath
from typing import Final

from release_async.problems import Problem, refuse
from release_async.versions import ini, notation, pattern, toml
from release_async.versions.config import VersionFile
from release_async.versions.declared import Folder, from_statement, unreadable
from release_async.versions.forms import Form
from release_async.versions.python import NAMES, statements
from release_async.versions.site import Role, Site
from release_async.versions.text import UnreadableError, plain, quoted

_SEMVER: Final = ("package.json", "package-lock.json", "Cargo.toml")


def mirrors(folder: Folder, wanted: VersionFile) -> tuple[tuple[Site, ...], tuple[Problem, ...]]:
    """Find the places that one entry names.

    Returns:
        The places; or the problem that the file is missing, cannot be read or holds no such place.
    """
    path = folder.below(wanted.path)
    where = f"{plain(folder.pyproject)}:{folder.document.line('tool', 'release-async', 'version-files')}"
    if normpath(wanted.path) != wanted.path.rstrip("/") or path not in folder.texts:
        cure = f"correct version-files in {plain(folder.pyproject)}"
        return (), (
            refuse(f"version-files names {quoted(wanted.path)}, which is not there", where=where, cure=cure),
        )
    try:
        found = tuple(
            each._replace(form=_form(path, each), note="named in version-files")
            for each in _places(folder, path, wanted)
        )
    except UnreadableError as error:
        return (), (unreadable(path, error),)
    if not found:
        what = f"{quoted(wanted.said)} is not found here, but version-files names it"
        cure = f"write it there, or correct version-files in {plain(folder.pyproject)}"
        return (), (refuse(what, where=plain(path), cure=cure),)
    return found, ()


def _form(path: str, site: Site) -> Form:
    """How a configured place spells the version: as its kind of file, or its text, tells."""
    if site.text.endswith("-SNAPSHOT"):
        return Form.MAVEN
    return Form.SEMVER if path.rpartition("/")[2] in _SEMVER and site.form is Form.PEP440 else site.form


def _places(folder: Folder, path: str, wanted: VersionFile) -> Iterator[Site]:
    text = folder.texts.text(path) or ""
    if wanted.pattern:
        for found in pattern.gaps(text, wanted.pattern):
            yield Site(path, found.line, Role.MIRROR, found.text, "", wanted.pattern, found.start, found.end)
    elif wanted.key:
        yield from _keyed(path, text, wanted.key)
    elif path.endswith((".py", ".pyi")):
        for each in statements(text, (wanted.name,) if wanted.name else NAMES):
            if each.value is not None:
                yield from_statement(path, each, Role.MIRROR)
    elif not wanted.name:
        found = pattern.whole(text)
        yield Site(path, found.line, Role.MIRROR, found.text, "", "whole file", found.start, found.end)


def _keyed(path: str, text: str, key: str) -> Iterator[Site]:
    """The value at a dotted key of a TOML, JSON or INI file."""
    keys = tuple(key.split("."))
    if path.endswith((".toml", ".lock")):
        document = toml.read(text)
        value = toml.table(document.table, *keys[:-1]).get(keys[-1])
        span = document.span(keys)
    elif path.endswith(".json"):
        value, span = notation.value(notation.load(text), keys), notation.span(text, keys)
    else:
        section, _, option = key.rpartition(".")
        found = next(
            (each for each in ini.options(text) if (each.section, each.key) == (section, option)), None
        )
        value, span = (found.value, toml.Span(found.start, found.end, found.line)) if found else (None, None)
    if isinstance(value, str) and span:
        yield Site(path, span.line, Role.MIRROR, value, "", key, span.start, span.end)
