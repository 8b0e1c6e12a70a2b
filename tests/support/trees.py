"""A tree of files that exists only in memory, for tests of what is pure."""

from collections.abc import Mapping, Sequence


class Files:
    """Satisfies ``release_async.versions.site.Tree``."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self._files = {
            path: data if isinstance(data, bytes) else data.encode() for path, data in files.items()
        }

    def paths(self) -> Sequence[str]:
        """Every file."""
        return tuple(self._files)

    def read(self, path: str) -> bytes | None:
        """The content of one file, or None."""
        return self._files.get(path)

    def prefetch(self, paths: Sequence[str]) -> None:
        """Nothing is fetched: all is in memory."""
