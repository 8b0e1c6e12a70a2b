"""What a child writes: read to its end, kept within bounds, told line by line, and masked.

It starts and ends nothing, and decides nothing about what was said.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import cast

import anyio
from anyio.abc import ByteReceiveStream

from release_async.base.printable import printable
from release_async.base.secret import Secret
from release_async.base.secret_masking import Redaction, Spellings, redact_tail

LineSink = Callable[[str], None]

KEPT_BYTES = 16 * 1024 * 1024
"""What is kept of each stream of a command; of a longer one, its beginning and its end."""

LONGEST_LINE = 8 * 1024
"""Bytes after which a line sink is told what has come of a line, without waiting for its end."""


class _Hidden:
    """What no line that a child says may hold."""

    def __init__(self) -> None:
        self.spellings = Spellings(())


_hidden = _Hidden()


@contextmanager
def hiding(secrets: Iterable[Secret]) -> Iterator[None]:
    """Mask secrets in all that line sinks are told, for as long as the context lasts.

    Here and not at the sinks, since a line that is too long is told in pieces: only here is it known what
    came before. What a command answers (``Completed``) is left as it is: it is read by us, not shown.
    """
    before, _hidden.spellings = _hidden.spellings, Spellings(secrets)
    try:
        yield
    finally:
        _hidden.spellings = before


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


class Drain:
    """Reads one pipe of a child to its end, also while we are cancelled: a full pipe would hold the child."""

    def __init__(
        self,
        pipe: ByteReceiveStream | None,
        on_line: LineSink | None,
        heard: Callable[[], None] = lambda: None,
        kept: int = KEPT_BYTES,
    ) -> None:
        self._pipe = cast("ByteReceiveStream", pipe)
        self._on_line = on_line
        self._heard = heard
        self._half = kept // 2
        self._scope = anyio.CancelScope(shield=True)
        self._pending = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._redaction, self._unended = Redaction(_hidden.spellings), False
        self._head, self._tail = bytearray(), bytearray()
        self._lost = 0
        self._refused: Exception | None = None
        self.ended = anyio.Event()

    async def read(self) -> None:
        """Read until it ends, or until we close it."""
        try:
            with self._scope:
                async for chunk in self._pipe:
                    self._heard()
                    self._keep(chunk)
                    self._tell(chunk)
            self._tell(b"\n" if self._pending or self._unended else b"")
        finally:
            self.ended.set()

    def close(self) -> None:
        """Read no more, whoever still holds the other end."""
        self._scope.cancel()

    def complain(self) -> None:
        """Raise what the line sink raised; only now, so that a broken display ends no command."""
        if self._refused:
            raise self._refused

    @property
    def whole(self) -> bool:
        """Whether everything that came was kept."""
        return not self._lost

    def text(self) -> str:
        """What was kept, with a line for what was not."""
        head, tail = bytes(self._head), bytes(self._tail)
        if not self._lost:
            return _decoded(head + tail)
        # Of a secret that was cut in two by the gap nobody could tell the halves any more.
        before = Redaction(_hidden.spellings).feed(_decoded(head))
        after = redact_tail(_decoded(tail), _hidden.spellings)
        return f"{before}\n[{self._lost} bytes were left out here]\n{after}"

    def _keep(self, chunk: bytes) -> None:
        room = self._half - len(self._head)
        self._head += chunk[:room]
        self._tail += chunk[room:]
        excess = max(0, len(self._tail) - self._half)
        del self._tail[:excess]
        self._lost += excess

    def _tell(self, chunk: bytes) -> None:
        if self._on_line is None:
            return
        try:
            for line, ended in self._lines(chunk):
                self._unended = not ended
                text = printable(self._decoder.decode(line, ended))
                self._on_line(self._redaction.finish(text) if ended else self._redaction.feed(text))
        except Exception as error:  # noqa: BLE001 - whatever a display raises is kept for later
            self._refused, self._on_line = error, None

    def _lines(self, chunk: bytes) -> Iterator[tuple[bytes, bool]]:
        """Lines, and pieces of what is too long to wait for its end; and whether each is the line's last."""
        *whole, self._pending = _LINE_END.split(self._pending + chunk)
        yield from ((line, True) for line in whole)
        if len(self._pending) > LONGEST_LINE:
            yield self._pending, False
            self._pending = b""


# A carriage return alone ends a line too (progress bars); the last byte waits for its line feed.
_LINE_END = re.compile(rb"\r?\n|\r(?=[^\n])")


def last_lines(text: str, count: int = 20) -> list[str]:
    """The end of what a command said, to be shown; cut only where no secret is cut in two."""
    shown = Redaction(_hidden.spellings).finish(text.rstrip())
    return [printable(line) for line in shown[-count * LONGEST_LINE :].splitlines()[-count:]]
