"""Reads what a child writes: passes it on line by line, masks secrets, keeps a limited amount.

It starts and ends no process, and does not interpret the output.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import anyio
from anyio.abc import ByteReceiveStream

from release_async.base.printable_text import printable
from release_async.base.secret import Secret
from release_async.base.secret_masking import Redaction, Spellings, redact_tail

LineSink = Callable[[str], None]

KEPT_BYTES = 16 * 1024 * 1024
"""Bytes kept of each stream of a command; of a longer one, its beginning and its end."""

MAX_LINE_BYTES = 8 * 1024
"""Bytes after which a line is passed on in pieces, without waiting for its end."""


class _Masked:
    """The secrets that no line of a child's output may show."""

    def __init__(self) -> None:
        self.spellings = Spellings(())


_masked = _Masked()


@contextmanager
def masking(secrets: Iterable[Secret]) -> Iterator[None]:
    """Mask secrets in every line passed to a line sink while the context lasts.

    This is done here and not in the sinks, since a line that is too long is passed on in pieces: only here is
    it known what came before. The result of a command (``Completed``) is not masked: we read it, and do not
    show it.
    """
    before, _masked.spellings = _masked.spellings, Spellings(secrets)
    try:
        yield
    finally:
        _masked.spellings = before


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


class Drain:
    """Reads one pipe of a child to its end, even after we are cancelled: a full pipe would block it."""

    def __init__(
        self,
        pipe: ByteReceiveStream | None,
        on_line: LineSink | None,
        on_data: Callable[[], None] = lambda: None,
        kept: int = KEPT_BYTES,
    ) -> None:
        self._pipe = pipe
        self._on_line = on_line
        self._on_data = on_data
        self._half = kept // 2
        self._scope = anyio.CancelScope(shield=True)
        self._partial = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._redaction, self._line_open = Redaction(_masked.spellings), False
        self._head, self._tail = bytearray(), bytearray()
        self._dropped = 0
        self._sink_error: Exception | None = None
        self.ended = anyio.Event()

    async def read(self) -> None:
        """Read until the pipe ends or `close` is called; without a pipe there is nothing to read."""
        try:
            with self._scope:
                await self._read()
            self._tell(b"\n" if self._partial or self._line_open else b"")
        finally:
            self.ended.set()

    async def _read(self) -> None:
        if self._pipe is None:
            return
        async for chunk in self._pipe:
            self._on_data()
            self._keep(chunk)
            self._tell(chunk)

    def close(self) -> None:
        """Stop reading, even if somebody still holds the other end open."""
        self._scope.cancel()

    def raise_sink_error(self) -> None:
        """Raise the error that the line sink raised; only now, so that a broken display ends no command."""
        if self._sink_error:
            raise self._sink_error

    @property
    def complete(self) -> bool:
        """Whether everything that was read has been kept."""
        return not self._dropped

    def text(self) -> str:
        """What was kept, with a line that says how much was left out."""
        head, tail = bytes(self._head), bytes(self._tail)
        if not self._dropped:
            return _decoded(head + tail)
        # Of a secret that was cut in two by the gap nobody could tell the halves any more.
        before = Redaction(_masked.spellings).feed(_decoded(head))
        after = redact_tail(_decoded(tail), _masked.spellings)
        return f"{before}\n[{self._dropped} bytes were left out here]\n{after}"

    def _keep(self, chunk: bytes) -> None:
        room = self._half - len(self._head)
        self._head += chunk[:room]
        self._tail += chunk[room:]
        excess = max(0, len(self._tail) - self._half)
        del self._tail[:excess]
        self._dropped += excess

    def _tell(self, chunk: bytes) -> None:
        if self._on_line is None:
            return
        try:
            for line, ended in self._lines(chunk):
                self._line_open = not ended
                text = printable(self._decoder.decode(line, ended))
                self._on_line(self._redaction.finish(text) if ended else self._redaction.feed(text))
        except Exception as error:  # noqa: BLE001 - whatever a display raises is kept for later
            self._sink_error, self._on_line = error, None

    def _lines(self, chunk: bytes) -> Iterator[tuple[bytes, bool]]:
        """Complete lines and pieces of lines that are too long; each with whether it ends a line."""
        *whole, self._partial = _LINE_END.split(self._partial + chunk)
        yield from ((line, True) for line in whole)
        if len(self._partial) > MAX_LINE_BYTES:
            yield self._partial, False
            self._partial = b""


# A lone carriage return ends a line too (progress bars); as the last byte it may be followed by a line feed.
_LINE_END = re.compile(rb"\r?\n|\r(?=[^\n])")


def last_lines(text: str, count: int = 20) -> list[str]:
    """The end of what a command said, to be shown; cut only where no secret is cut in two."""
    shown = Redaction(_masked.spellings).finish(text.rstrip())
    return [printable(line) for line in shown[-count * MAX_LINE_BYTES :].splitlines()[-count:]]
