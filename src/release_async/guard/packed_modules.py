"""Checks what a wheel lacks, and what it would install at the top level. Reads no file."""

import posixpath
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from release_async.base.problems import Level
from release_async.guard.archive_members import Archive, Finding
from release_async.guard.file_origin import Commit
from release_async.guard.index_rules import entry_points

_NEVER_RIGHT: Final = frozenset(("src", "packages"))
_NOT_PRODUCT: Final = frozenset(
    ("tests", "test", "testing", "docs", "doc", "examples", "example", "scripts", "benchmarks")
)
_PACKED: Final = "name the packages to be packed: the include or packages setting of the build backend"


def findings(wheel: Archive, sdist: Archive, commit: Commit) -> Iterator[Finding]:
    """Find a wheel without modules, modules that are in neither file, and folders that are no product.

    Args:
        wheel: The wheel.
        sdist: The sdist.
        commit: The commit that both were built from.
    """
    paths = [path for path in wheel.files() if ".dist-info/" not in path]
    if not paths and _has_package(commit):
        what = "holds no module: everybody who installs it gets metadata only"
        yield Finding(wheel.name, wheel.name, what, _PACKED)
        return
    yield from _top_levels(wheel, paths)
    yield from _forgotten(wheel, sdist, commit)
    yield from _scripts_without_module(wheel, paths)


def _has_package(commit: Commit) -> bool:
    """Whether the project has a package of its own: not one of a project below it, nor loose scripts."""
    every = set(commit.tree.paths())
    roots = {
        path.rpartition("/")[0] for path in every if path.rpartition("/")[2] in {"pyproject.toml", "setup.py"}
    }
    nested = tuple(f"{root}/" for root in roots if root != commit.root and root)
    inits = (path for path in every if path.endswith("/__init__.py") and _is_product(path, commit))
    return any(
        not path.startswith(tuple(each for each in nested if each != f"{commit.root}/")) for path in inits
    )


def _is_product(path: str, commit: Commit) -> bool:
    """Whether a module below the project's folder is neither a script of its build nor of its tests."""
    root = f"{commit.root}/" if commit.root else ""
    parts = path.removeprefix(root).split("/")
    return path.startswith(root) and len(parts) > 1 and _NOT_PRODUCT.isdisjoint(parts)


def _top_levels(wheel: Archive, paths: list[str]) -> Iterator[Finding]:
    name = wheel.name.partition("-")[0].lower()
    own = {name, name.partition("_")[0]}
    tops = {path.partition("/")[0] for path in paths if "/" in path and ".data/" not in path}
    for top in sorted((tops & (_NEVER_RIGHT | _NOT_PRODUCT)) - own):
        alone = tops == {top} or top in _NEVER_RIGHT
        what = f"installs {top}/ at the top level, for every project of whoever installs it"
        yield Finding(wheel.name, top, what, _PACKED, Level.REFUSE if alone else Level.WARN)


def _forgotten(wheel: Archive, sdist: Archive, commit: Commit) -> Iterator[Finding]:
    """Committed modules inside a package that is packed, and that neither file has."""
    packed = {posixpath.basename(path) for archive in (wheel, sdist) for path in archive.files()}
    folders = {posixpath.dirname(path) for path in wheel.files() if path.endswith(".py") and "/" in path}
    missing = defaultdict[str, list[str]](list)
    for path in commit.tree.paths():
        folder, _, name = path.rpartition("/")
        inside = any(folder.endswith(f"/{each}") or folder == each for each in folders)
        if name.endswith(".py") and inside and name not in packed and _is_product(path, commit):
            missing[folder].append(path)
    for folder, names in missing.items():
        more = f" and {len(names) - 1} more beside it" if len(names) > 1 else ""
        what = f"is committed{more}, and is neither in the wheel nor in the sdist"
        yield Finding(wheel.name, names[0], what, f"see why {folder}/ is packed in part only", Level.WARN)


def _scripts_without_module(wheel: Archive, paths: list[str]) -> Iterator[Finding]:
    """Commands that end with an error wherever they are installed: their module is not in the wheel."""
    listed = next(
        (member for path, member in wheel.files().items() if path.endswith(".dist-info/entry_points.txt")),
        None,
    )
    own = {path.partition("/")[0].partition(".")[0] for path in paths}
    stems = {posixpath.splitext(path)[0].partition(".")[0] for path in paths}
    for script, module in entry_points.modules(listed.content).items() if listed else ():
        where = module.replace(".", "/")
        there = where in stems or any(stem.startswith(f"{where}/") for stem in stems)
        if where.partition("/")[0] in own and not there:
            what = f"has no module {module}, which the command {script} is in"
            yield Finding(
                wheel.name, wheel.name, what, "correct [project.scripts], or pack the module", Level.WARN
            )
