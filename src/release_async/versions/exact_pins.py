"""Finds exact pins of a project itself, or among a group: ``b == 1.0`` in what ``a`` needs. Edits nothing."""

import re

from release_async.base.lazy_typing import Container, Final, Iterator
from release_async.versions.distribution import Role, Site
from release_async.versions.formats import toml
from release_async.versions.import_packages import normalised
from release_async.versions.places.declared_metadata import Folder

_ITEM: Final = re.compile(
    r"#[^\n]*|\"(?P<basic>[^\"\\\n]*)\"|'(?P<literal>[^'\n]*)'|(?P<close>\])|[^\s,#\"'\]]"
)
_PIN: Final = re.compile(
    r"\s*(?P<name>[A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*===?\s*(?P<version>[^\s;,*]+)\s*(?:;.*)?"
)


def mirrors(folder: Folder, members: Container[str]) -> Iterator[Site]:
    """The dependencies of a project that pin members of its group, or itself in an extra or a group of them.

    Args:
        folder: The project.
        members: The normalised names of the group's distributions, or of the project itself.
    """
    project = toml.table(folder.document.table, "project")
    lists: list[toml.Path] = [("project", "dependencies")]
    lists += [
        ("project", "optional-dependencies", key) for key in toml.table(project, "optional-dependencies")
    ]
    groups = toml.table(folder.document.table, "dependency-groups")
    lists += [("dependency-groups", key) for key in groups]
    for path in lists:
        span = folder.document.span(path)
        if span is not None and folder.document.text.startswith("[", span.start):
            yield from _in_list(folder, path, span.start + 1, members)


def _in_list(folder: Folder, path: toml.Path, at: int, members: Container[str]) -> Iterator[Site]:
    text = folder.document.text
    for item in _ITEM.finditer(text, at):
        if item["close"]:
            return
        group = "basic" if item["basic"] is not None else "literal"
        pin = _PIN.fullmatch(item[group]) if item[group] is not None else None
        if pin and normalised(pin["name"]) in members:
            start, end = (item.start(group) + offset for offset in pin.span("version"))
            line = text.count("\n", 0, start) + 1
            key = f"{path[-1]}: {pin['name']}"
            yield Site(folder.pyproject, line, Role.MIRROR, pin["version"], "an exact pin", key, start, end)
