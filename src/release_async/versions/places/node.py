"""Finds the version in npm's ``package.json`` and ``package-lock.json``. Edits nothing."""

from release_async.base.lazy_typing import Iterator
from release_async.versions.distribution import Role, Site
from release_async.versions.formats import json
from release_async.versions.import_packages import normalised
from release_async.versions.places.declared_metadata import Folder
from release_async.versions.version_spellings import Form


def stated(path: str, text: str, role: Role = Role.MIRROR) -> Iterator[Site]:
    """The place of the version in a ``package.json``.

    Raises:
        UnreadableError: It is not JSON.
    """
    yield from _at(path, text, json.load(text), ("version",), role)


def _at(path: str, text: str, document: object, keys: tuple[str, ...], role: Role) -> Iterator[Site]:  # noqa: PLR0913, PLR0917 - one row
    version = json.value(document, keys)
    place = json.span(text, keys)
    if isinstance(version, str) and place and text[place.start : place.end] == version:
        key = ".".join(each or '""' for each in keys)
        yield Site(path, place.line, role, version, "", key, place.start, place.end, Form.SEMVER)


def mirrors(folder: Folder, name: str) -> Iterator[Site]:
    """The places in npm's files beside the project, if the npm package has the same name.

    Args:
        folder: The project.
        name: Its name.

    Raises:
        UnreadableError: A file is not JSON.
    """
    path = folder.below("package.json")
    text = folder.texts.text(path)
    if text is None or '"version"' not in text:
        return
    document = json.load(text)
    named = json.value(document, ("name",))
    if named is not None and not (isinstance(named, str) and is_same(named, name)):
        return
    yield from _at(path, text, document, ("version",), Role.MIRROR)
    lock = folder.below("package-lock.json")
    locked = folder.texts.text(lock, most=50_000_000)
    if locked is not None:
        inside = json.load(locked)
        if json.value(inside, ("name",)) == named:
            for keys in (("version",), ("packages", "", "version")):
                yield from _at(lock, locked, inside, keys, Role.MIRROR)


def is_same(package: str, name: str) -> bool:
    """Whether an npm name equals a distribution's, with or without its scope: ``@jupyterlab/git``."""
    scoped = normalised(package.lstrip("@").replace("/", "-"))
    return normalised(name) in {scoped, normalised(package.rpartition("/")[2])}
