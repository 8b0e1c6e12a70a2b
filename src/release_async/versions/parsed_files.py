"""The files of a tree as text, each parsed once however many rules ask for it. Decides nothing.

It also keeps what was asked, so that one can say later on what the answers depended.
"""

from release_async.base.lazy_typing import TYPE_CHECKING, Sequence
from release_async.versions.encoding import UnreadableError, decode
from release_async.versions.formats import toml
from release_async.versions.site import Tree

if TYPE_CHECKING:
    from release_async.versions.formats.python import Module

_LARGEST = 1_000_000
"""Version files are small; a lock file, which may be large, is not read through here."""


class ParsedFiles:
    """Answers for the content of files; remembers what it has parsed.

    Attributes:
        paths: Every file. Look here for fixed names only, those of ``find.ENDINGS``; for others, ask.
        asked: Every path that was asked for by itself, whether the tree has it or not.
        endings: What was asked for as ``ending`` in this.
        hollow: Files without content: empty, or only announced by ``git add --intent-to-add``.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.paths: Sequence[str] = tree.paths()
        self.asked: set[str] = set()
        self.endings: set[str] = set()
        self.hollow: set[str] = set()
        self._files = frozenset(self.paths)
        self._tables: dict[str, toml.Document] = {}
        self._modules: dict[str, Module] = {}

    def __contains__(self, path: str) -> bool:
        """Whether the tree lists this file."""
        self.asked.add(path)
        return path in self._files

    def ending(self, tail: str) -> list[str]:
        """Every path that ends in this."""
        self.endings.add(tail)
        return [path for path in self.paths if path.endswith(tail)]

    def announce(self, paths: Sequence[str]) -> None:
        """Say which files will be read next."""
        self._tree.announce([path for path in paths if path in self._files])

    def data(self, path: str) -> bytes | None:
        """The bytes of a file, or None."""
        if path not in self:
            return None
        data = self._tree.read(path)
        if not data:
            self.hollow.add(path)
        return data

    def text(self, path: str, *, most: int = _LARGEST) -> str | None:
        """The text of a file; None where the tree has no such file.

        Args:
            path: The file.
            most: The largest number of bytes that is read.

        Raises:
            UnreadableError: It is no text, or too large.
        """
        data = self.data(path)
        if data is None:
            return None
        if len(data) > most:
            raise UnreadableError(f"is larger than {most // 1000} kB, which no version file is")
        return decode(data, cookie=path.endswith((".py", ".pyi"))).text

    def toml(self, path: str) -> toml.Document | None:
        """A TOML file, parsed; None where the tree has no such file.

        Raises:
            UnreadableError: It is no TOML.
        """
        if path not in self._tables:
            text = self.text(path)
            if text is None:
                return None
            self._tables[path] = toml.read(text)
        return self._tables[path]

    def module(self, path: str) -> "Module | None":
        """A Python module, parsed; None where the tree has no such file.

        Raises:
            UnreadableError: It is no Python of the version that runs this.
        """
        if path not in self._modules:
            text = self.text(path)
            if text is None:
                return None
            from release_async.versions.formats import python_syntax  # noqa: PLC0415 - few commits need it
            from release_async.versions.formats.python import Module  # noqa: PLC0415 - as above

            self._modules[path] = Module(text, python_syntax.parsed(text))
        return self._modules[path]
