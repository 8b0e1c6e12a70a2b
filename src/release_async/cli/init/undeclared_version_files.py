"""Finds files that state the version but are only searched when ``version-files`` names them."""

from collections.abc import Callable, Iterator

from release_async.cli.init import settings_table
from release_async.plan.line_insertion import UnplacedError
from release_async.versions.distribution import Distribution, Tree
from release_async.versions.find_distributions import distributions, is_elsewhere
from release_async.versions.import_packages import MODULES
from release_async.versions.version_edits import Overlay

_NAMES = frozenset({"version", "version.txt", *MODULES, "about.py", "_about.py"} - {"__init__.py"})


def version_files(tree: Tree, distribution: Distribution, pyproject: str) -> tuple[str, ...]:
    """The files of a project that state its version literally, and are found only by ``version-files``.

    Args:
        tree: The files.
        distribution: What is found already; its places have to agree, or the right version is unknown.
        pyproject: The text of the project's ``pyproject.toml``; empty where there is none.

    Returns:
        Their paths, relative to the project. It was verified that each, when named, states the same version.
    """
    if not distribution.agree or distribution.source is None:
        return ()
    finds = _finder(tree, distribution, pyproject)
    return tuple(path for path in _candidates(tree, distribution) if finds(path))


def _candidates(tree: Tree, distribution: Distribution) -> Iterator[str]:
    """Files of the project whose names suggest that they hold a version."""
    known = {site.path for site in distribution.sites}
    below = f"{distribution.root}/" if distribution.root else ""
    others = [
        f"{each.root}/"
        for each in distributions(tree, distribution.root)
        if each.root.startswith(below) and each.root
    ]
    for path in sorted(tree.paths()):
        folder, _, name = path.rpartition("/")
        inside = path.startswith(below) and not any(
            path.startswith(other) for other in others if other != below
        )
        if inside and path not in known and name.lower() in _NAMES and not is_elsewhere(folder):
            yield path.removeprefix(below)


def _finder(tree: Tree, distribution: Distribution, pyproject: str) -> Callable[[str], bool]:
    """A function that says whether a file, when named, is one more place that agrees."""
    metadata = f"{distribution.root}/pyproject.toml".lstrip("/")

    def finds(path: str) -> bool:
        try:
            text = settings_table.with_settings(pyproject, {"version-files": [path]})
        except UnplacedError:
            return False
        overlay = Overlay(tree, {metadata: text.encode(errors="surrogateescape")})
        found = distributions(overlay, distribution.root)
        named = next((each for each in found if each.root == distribution.root), None)
        return named is not None and named.agree and len(named.compared) > len(distribution.compared)

    return finds
