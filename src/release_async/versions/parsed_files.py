"""Parses the files of a tree, each once, for all rules that ask for it. Decides nothing.

It also records what was asked for, so that ``hook.pass_cache`` knows what a result depended on.
"""

from release_async.base.lazy_typing import TYPE_CHECKING, Sequence
from release_async.versions.distribution import Tree
from release_async.versions.formats import toml
from release_async.versions.text_encoding import UnreadableError, decode

if TYPE_CHECKING:
    from release_async.versions.formats.python import Module

_LARGEST = 1_000_000
"""In bytes. Version files are small; lock files have a limit of their own."""


class ParsedFiles:
    """The files of a tree, parsed on demand and cached.

    Attributes:
        paths: Every file. Search it only for ``find.ENDINGS``; use ``in`` or ``with_ending`` for all others.
        requested: Every path that was asked for, whether the tree has it or not.
        endings: Every argument of ``with_ending``.
        empty: Files without content: empty, or added with ``git add --intent-to-add``.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.paths: Sequence[str] = tree.paths()
        self.requested: set[str] = set()
        self.endings: set[str] = set()
        self.empty: set[str] = set()
        self._files = frozenset(self.paths)
        self._tables: dict[str, toml.Document] = {}
        self._modules: dict[str, Module] = {}

    def __contains__(self, path: str) -> bool:
        """Whether the tree lists this file."""
        self.requested.add(path)
        return path in self._files

    def with_ending(self, tail: str) -> list[str]:
        """Every path with this ending."""
        self.endings.add(tail)
        return [path for path in self.paths if path.endswith(tail)]

    def prefetch(self, paths: Sequence[str]) -> None:
        """Say which files will be read next."""
        self._tree.prefetch([path for path in paths if path in self._files])

    def data(self, path: str) -> bytes | None:
        """The bytes of a file; None if the tree has no such file."""
        if path not in self:
            return None
        data = self._tree.read(path)
        if not data:
            self.empty.add(path)
        return data

    def text(self, path: str, *, most: int = _LARGEST) -> str | None:
        """The text of a file; None if the tree has no such file.

        Args:
            path: The file.
            most: The largest number of bytes that is read.

        Raises:
            UnreadableError: It is not text, or too large.
        """
        data = self.data(path)
        if data is None:
            return None
        if len(data) > most:
            raise UnreadableError(f"is larger than {most // 1000} kB, which no version file is")
        return decode(data, cookie=path.endswith((".py", ".pyi"))).text

    def toml(self, path: str) -> toml.Document | None:
        """A TOML file, parsed; None if the tree has no such file.

        Raises:
            UnreadableError: It is not TOML.
        """
        if path not in self._tables:
            text = self.text(path)
            if text is None:
                return None
            self._tables[path] = toml.read(text)
        return self._tables[path]

    def module(self, path: str) -> "Module | None":
        """A Python module, parsed; None if the tree has no such file.

        Raises:
            UnreadableError: The running Python cannot parse it.
        """
        if path not in self._modules:
            text = self.text(path)
            if text is None:
                return None
            from release_async.versions.formats import python_syntax  # noqa: PLC0415 - few commits need it
            from release_async.versions.formats.python import Module  # noqa: PLC0415 - as above

            self._modules[path] = Module(text, python_syntax.parsed(text))
        return self._modules[path]
