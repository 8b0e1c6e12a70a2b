"""Which modules a build backend in the tree imports: among them the one that it wraps. Never runs it.

A project may bring its backend along (PEP 517, ``backend-path``). Nearly all of those hand on to another one
and change the build in some respect; what that one reads the version from stays what it is.
"""

import _ast as ast

from release_async.base.lazy_typing import Final, Iterator
from release_async.versions.formats.python_syntax import walk
from release_async.versions.import_packages import join_path
from release_async.versions.places.declared_metadata import Folder

_MOST: Final = 20
"""Modules of the tree that are read; a backend that is larger is not a wrapper."""


def imported_modules(folder: Folder) -> Iterator[str]:
    """Every module outside the tree that the backend imports, its own first, then those of what it imports.

    Args:
        folder: A project; without ``backend-path`` there are none.

    Raises:
        UnreadableError: A module of the backend cannot be read.
    """
    listed = folder.table("build-system").get("backend-path")
    places = [folder.below(str(place)) for place in listed] if isinstance(listed, list) else []
    waiting = [path for name in [folder.backend] if (path := _file(folder, places, name))]
    for path in waiting:  # grows during the loop
        for name in _imports(folder, path, places):
            inner = _file(folder, places, name)
            if inner is None:
                yield name
            elif inner not in waiting and len(waiting) < _MOST:
                waiting.append(inner)


def _file(folder: Folder, places: list[str], module: str) -> str | None:
    """The file of a module in one of the folders that the backend is imported from."""
    below = module.replace(".", "/")
    stems = [join_path("" if place == "." else place, below) for place in places]
    files = [path for stem in stems for path in (f"{stem}.py", f"{stem}/__init__.py")]
    return next((path for path in files if path in folder.texts), None)


def _imports(folder: Folder, path: str, places: list[str]) -> Iterator[str]:
    """The modules that one module imports, relative ones by their whole names."""
    module = folder.texts.module(path)
    for node in walk(module.tree) if module else ():
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(path, places, node) if node.level else node.module or ""
            yield base
            yield from (f"{base}.{alias.name}".lstrip(".") for alias in node.names)


def _absolute(path: str, places: list[str], node: ast.ImportFrom) -> str:
    """The whole name of the module that a relative import refers to."""
    place = next((each for each in places if each != "." and path.startswith(f"{each}/")), "")
    package = path.removeprefix(f"{place}/" if place else "").split("/")[: -node.level]
    return ".".join(filter(None, (*package, node.module)))
