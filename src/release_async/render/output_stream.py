"""The output stream of renderers: accepts every character, and survives a closed reader."""

import os
from contextlib import suppress

from release_async.base.lazy_typing import TYPE_CHECKING
from release_async.render.glyphs import TO_ASCII

if TYPE_CHECKING:
    from typing import TextIO

_FEW_CHARACTERS = ("linux", "vt1", "vt2", "vt52", "cons25")
"""Terminals whose fonts have few characters beyond ASCII: the Linux console, and very old ones."""


class Stream:
    """A text stream that never raises on writing, whatever the text and even if its reader is gone.

    A character that the encoding lacks becomes an ASCII substitute or an escape. After the first error (a
    closed terminal, a broken pipe, a full disk) writing does nothing: the release goes on unseen.
    """

    def __init__(self, target: "TextIO") -> None:
        self._target = target
        self._open = True

    @property
    def encoding(self) -> str:
        """The encoding of the underlying stream."""
        return getattr(self._target, "encoding", None) or "utf-8"

    @property
    def is_unicode(self) -> bool:
        """Whether every character can be shown: the encoding has it, the locale and the terminal allow it."""
        encoding = self.encoding.lower().replace("-", "").replace("_", "")
        locales = (os.environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
        locale = next(filter(None, locales), "")
        simple = self.isatty() and os.environ.get("TERM", "").startswith(_FEW_CHARACTERS)
        return encoding.startswith("utf8") and locale not in {"C", "POSIX"} and not simple

    def write(self, text: str) -> int:
        """Write ``text`` as well as the encoding allows."""
        if self._open:
            try:
                self._target.write(self._encodable(text))
            except OSError:
                self._give_up()
        return len(text)

    def flush(self) -> None:
        """Flush the underlying stream."""
        if self._open:
            try:
                self._target.flush()
            except OSError:
                self._give_up()

    def isatty(self) -> bool:
        """Whether this is a terminal."""
        return self._target.isatty()

    def fileno(self) -> int:
        """The underlying file descriptor."""
        return self._target.fileno()

    def _encodable(self, text: str) -> str:
        likeness = text if self.is_unicode else text.translate(TO_ASCII)
        return likeness.encode(self.encoding, "backslashreplace").decode(self.encoding)

    def _give_up(self) -> None:
        self._open = False
        # The interpreter would flush what is still buffered when it exits, and fail again with a message.
        with suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
