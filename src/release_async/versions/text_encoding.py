"""Decodes files so that they can be written back byte for byte; escapes text for printing. Reads no file."""

from io import StringIO
from itertools import accumulate

from release_async.base.lazy_typing import Final, NamedTuple, pattern

_BOM: Final = b"\xef\xbb\xbf"
_COOKIE: Final = pattern(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_LFS: Final = b"version https://git-lfs.github.com/spec/"


class UnreadableError(ValueError):
    """The content of a file is not valid for its kind.

    Attributes:
        line: The line where reading failed, counted from 1.
        reason: Why, in a few words.
    """

    def __init__(self, reason: str, line: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class Text(NamedTuple):
    """The text of a file and how it was encoded.

    Attributes:
        text: The decoded text with its own line endings, without a byte order mark.
        codec: The name of the codec.
        mark: The byte order mark; empty if there is none.
    """

    text: str
    codec: str
    mark: bytes

    def encoded(self, text: str) -> bytes:
        """Encode another text the way this one was."""
        return self.mark + text.encode(self.codec)


def decode(data: bytes, *, cookie: bool = False) -> Text:
    """Decode bytes so that encoding the text again gives the same bytes.

    Args:
        data: The whole file.
        cookie: Whether a ``coding:`` comment in the first two lines names the codec (PEP 263).

    Returns:
        The text; decoded as UTF-8 if no other codec is named.

    Raises:
        UnreadableError: The bytes are no such text, contain a NUL, or are a Git LFS pointer.
    """
    if data.startswith(_LFS):
        raise UnreadableError("is a Git LFS pointer, not the file itself")
    mark = _BOM if data.startswith(_BOM) else b""
    body = data[len(mark) :]
    codec = _declared_codec(body) if cookie and not mark else "utf-8"
    try:
        text = Text(body.decode(codec), codec, mark)
        faithful = text.encoded(text.text) == data
    except UnicodeDecodeError as error:
        raise UnreadableError(f"is not {codec}", 1 + body.count(b"\n", 0, error.start)) from None
    except (LookupError, ValueError, TypeError, AttributeError):
        raise UnreadableError(f"names a coding that cannot be used: {quoted(codec)}") from None
    if not faithful:
        raise UnreadableError(f"cannot be written back as {quoted(codec)} byte for byte")
    if "\0" in text.text:
        raise UnreadableError("contains a NUL character", 1 + text.text.count("\n", 0, text.text.index("\0")))
    return text


def _declared_codec(body: bytes) -> str:
    """The codec that a ``coding:`` comment names (PEP 263), in the first or second line."""
    for line in body.split(b"\n", 2)[:2]:
        if b"coding" in line and (found := _COOKIE.match(line)):
            return _normalised_codec(found[1].decode("ascii", "replace"))
        if line.strip() and not line.lstrip().startswith(b"#"):
            break
    return "utf-8"


def _normalised_codec(name: str) -> str:
    """Normalise a codec name as Python's tokenizer does: editors append ``-unix`` and the like."""
    lower = name[:12].lower().replace("_", "-")
    for known in ("utf-8", "latin-1", "iso-8859-1", "iso-latin-1"):
        if lower == known or lower.startswith(f"{known}-"):
            return "utf-8" if known == "utf-8" else "iso-8859-1"
    return name


class Lines:
    """The start offsets of the lines of a text: LF, CR LF and CR end a line, as in Python."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *accumulate(map(len, StringIO(text, newline="")))]

    def number(self, offset: int) -> int:
        """The line, counted from 1, that holds the character at ``offset``."""
        from bisect import bisect_right  # noqa: PLC0415 - only needed for files that the fast readers give up on

        return bisect_right(self._starts, offset)

    def start(self, number: int) -> int:
        """The offset of the first character of a line."""
        return self._starts[number - 1]


def quoted(text: str, *, longest: int = 60) -> str:
    """Untrusted text in quotes, safe for any terminal: escaped unless ASCII, and cut if long."""
    return ascii(text if len(text) <= longest else f"{text[:longest]}...")


def plain(text: str) -> str:
    """Untrusted text without quotes, such as a path: unchanged if printable, else escaped."""
    return text if text.isprintable() else ascii(text)[1:-1]
