"""Bytes to text and back, and foreign text made safe to print."""

import pytest

from release_async.versions.text_encoding import UnreadableError, decode, plain, quoted


@pytest.mark.parametrize(
    ("data", "codec"),
    [
        (b"x = 1", "utf-8"),
        (b"\xef\xbb\xbfx = 1\r\n", "utf-8"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'", "iso-8859-1"),
        (b"#!/bin/x\n# vim: set fileencoding=cp1252 :\n'\x80'", "cp1252"),
        (b"# -*- coding: utf-8-unix -*-\n'\xc3\xa9'", "utf-8"),
        (b"x = 1\n# coding: latin-1\n", "utf-8"),
    ],
)
def test_text_goes_back_to_the_same_bytes(data: bytes, codec: str) -> None:
    """Byte order marks, codings named by PEP 263 and line ends survive."""
    text = decode(data, cookie=True)
    assert (text.codec, text.encoded(text.text)) == (codec, data)
    assert not text.text.startswith("\ufeff")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"a\nb\n\xff", "not utf-8"),
        (b"a\n\x00", "NUL"),
        (b"# coding: klingon\n", "cannot be used"),
        (b"# coding: hex\n", "cannot be used"),
        (b"# coding: utf-7\n+AGEAYg-", "written back"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "LFS"),
    ],
)
def test_what_cannot_be_edited_faithfully_is_unreadable(data: bytes, reason: str) -> None:
    """No guess where writing back might change a byte."""
    with pytest.raises(UnreadableError, match=reason):
        decode(data, cookie=True)


def test_the_line_of_a_wrong_byte_is_known() -> None:
    """A person finds the place."""
    with pytest.raises(UnreadableError) as caught:
        decode(b"a\nb\n\xff")
    assert caught.value.line == 3


@pytest.mark.parametrize("hostile", ["\x1b]0;x\x07", "a\nb", "\u202etxt", "\udcff", "\x00"])
def test_shown_text_is_harmless(hostile: str) -> None:
    """Nothing that moves a cursor, turns text around or cannot be encoded is shown as it is."""
    assert quoted(hostile).isprintable()
    assert plain(hostile).isprintable()
    assert plain("süß/日本.py") == "süß/日本.py"
