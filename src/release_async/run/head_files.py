"""Files of one commit, read once when the project is opened. It asks nobody for what was not read."""

from collections.abc import Iterable, Mapping, Sequence

from release_async.versions.distribution import Tree


class ReadFiles:
    """The files of one commit that were read when the project was opened: nobody asks git for them again.

    Args:
        paths: Every file of the commit, relative to the top.
        contents: The content of those that were read.
    """

    def __init__(self, paths: Sequence[str], contents: Mapping[str, bytes]) -> None:
        self._paths = paths
        self._contents = contents

    def paths(self) -> Sequence[str]:
        """Every file of the commit."""
        return self._paths

    def read(self, path: str) -> bytes | None:
        """The content of a file that was read; None of any other."""
        return self._contents.get(path)

    def prefetch(self, paths: Sequence[str]) -> None:
        """Nothing has to be fetched."""


def read_files(tree: Tree, wanted: Iterable[str]) -> ReadFiles:
    """Read some files of a tree.

    Args:
        tree: The files of a commit.
        wanted: The paths of those that are read; what the tree does not have is left out.
    """
    paths = sorted(set(wanted))
    tree.prefetch(paths)
    contents = {path: tree.read(path) for path in paths}
    return ReadFiles(tree.paths(), {path: data for path, data in contents.items() if data is not None})
