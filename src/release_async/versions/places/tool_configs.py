"""Finds the version in the configuration of other bump tools, such as commitizen. Edits nothing."""

from release_async.base.lazy_typing import Final, Iterator
from release_async.versions.distribution import Role, Site
from release_async.versions.formats import ini, json, toml
from release_async.versions.places.declared_metadata import Folder

_TABLES: Final = (
    ("bumpversion", "current_version"),
    ("bumpver", "current_version"),
    ("commitizen", "version"),
    ("tbump", "version", "current"),
)
"""The keys below ``[tool]`` that bump-my-version, bumpver, commitizen and tbump keep the version in."""

FILES: Final = {
    ".bumpversion.cfg": ("bumpversion", "current_version"),
    ".bumpversion.toml": ("tool", "bumpversion", "current_version"),
    "bumpver.toml": ("bumpver", "current_version"),
    ".cz.toml": ("tool", "commitizen", "version"),
    "cz.toml": ("tool", "commitizen", "version"),
    "tbump.toml": ("version", "current"),
}
"""The own files of these tools, and the key in each."""

_MANIFEST: Final = ".release-please-manifest.json"


def mirrors(path: str, folder: Folder) -> Iterator[Site]:
    """The place in a tool's own file.

    Raises:
        UnreadableError: The file is not valid for its kind.
    """
    text = folder.texts.text(path) or ""
    keys = FILES[path.rpartition("/")[2]]
    if path.endswith(".cfg"):
        yield from _in_options(path, ini.options(text), *keys[:2])
    else:
        yield from _in_table(path, toml.read(text), keys)


def in_metadata_files(folder: Folder) -> Iterator[Site]:
    """The places in ``pyproject.toml`` and ``setup.cfg``."""
    for keys in _TABLES:
        if keys[0] in toml.table(folder.document.table, "tool"):
            yield from _in_table(folder.pyproject, folder.document, ("tool", *keys))
    yield from _in_options(folder.cfg, folder.options, "bumpversion", "current_version")


def _in_table(path: str, document: toml.Document, keys: toml.Path) -> Iterator[Site]:
    version = toml.table(document.table, *keys[:-1]).get(keys[-1])
    span = document.span(keys) if isinstance(version, str) else None
    if span and isinstance(version, str):
        yield Site(path, span.line, Role.MIRROR, version, "", ".".join(keys), span.start, span.end)


def _in_options(path: str, options: tuple[ini.Option, ...], section: str, key: str) -> Iterator[Site]:
    for each in options:
        if (each.section, each.key) == (section, key) and "\n" not in each.value:
            name = f"{section}.{key}"
            yield Site(path, each.line, Role.MIRROR, each.value, "", name, each.start, each.end)


def manifest(folder: Folder) -> Iterator[Site]:
    """The entry of release-please's manifest, at the top of the tree, for this project's folder.

    Raises:
        UnreadableError: The manifest is not JSON.
    """
    text = folder.texts.text(_MANIFEST)
    if text is None:
        return
    key = folder.root or "."
    version = json.value(json.load(text), (key,))
    place = json.span(text, (key,))
    if isinstance(version, str) and place:
        yield Site(_MANIFEST, place.line, Role.MIRROR, version, "", key, place.start, place.end)
