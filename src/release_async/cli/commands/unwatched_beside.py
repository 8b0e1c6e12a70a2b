"""Says in a line which well-known files beside a project hold its version and are not watched.

It decides nothing. A few names are looked for, and no tree is read through: ``versions --explain`` does that.
"""

from collections.abc import Sequence

from release_async.versions.distribution import Distribution, Tree
from release_async.versions.import_packages import join_path

_NAMES = (
    "package.json",
    "Cargo.toml",
    "CITATION.cff",
    "galaxy.yml",
    "Chart.yaml",
    "manifest.json",
    "VERSION",
)


def unwatched_beside(tree: Tree, found: Sequence[Distribution]) -> str:
    """The line; empty where there is none to be told of, or the places do not agree.

    Args:
        tree: The files.
        found: The distributions in it.
    """
    paths = [path for each in found for path in _candidates(tree, each)]
    if not paths:
        return ""
    from release_async.versions.unwatched_lines import unwatched_lines  # noqa: PLC0415 - most have no such file

    lines = unwatched_lines(tree, found, sorted(set(paths)))
    if not lines:
        return ""
    first, more = f"{lines[0].path}:{lines[0].line}", len(lines) - 1
    where = f"{first} and {more} more" if more else first
    return f"also in {where}, unwatched: release-async versions --explain"


def _candidates(tree: Tree, distribution: Distribution) -> list[str]:
    """The files of these names beside a project that hold its version somewhere."""
    version = (distribution.version or "") if distribution.agree else ""
    known = {site.path for site in distribution.sites}
    named = (join_path(distribution.root, name) for name in _NAMES)
    wanted = [path for path in named if version and path not in known]
    return [path for path in wanted if version.encode() in (tree.read(path) or b"")]
