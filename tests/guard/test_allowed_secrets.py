"""The list of what may stay: hashes and comments, and the numbers of all other lines."""

import pytest

from release_async.guard.allowed_secrets import AllowedSecrets, read

HASH = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "text",
    [
        HASH,
        f"{HASH}\n",
        f"# why\r\n\r\n  {HASH}\t# where\r\n",
        HASH.upper(),
        f"{HASH}#",
        f"\ufeff{HASH}\n",
    ],
)
def test_hashes_are_read_as_people_write_them(text: str) -> None:
    """With blanks, comments, empty lines, in capitals, as editors of Windows save it."""
    assert read(text.encode()) == AllowedSecrets(frozenset([HASH]))


def test_a_list_that_a_shell_of_windows_wrote_is_read() -> None:
    """Its redirection writes UTF-16."""
    assert read(f"\ufeff{HASH}\r\n".encode("utf-16-le")) == AllowedSecrets(frozenset([HASH]))


def test_any_other_line_is_told_by_its_number() -> None:
    """Too short, too long, two of them, no hexadecimal, bytes of any kind; the good ones still count."""
    lines = [HASH, HASH[1:], f"{HASH}0", f"{HASH} {HASH}", "g" * 64, "a token", "\udcff"]
    text = "\n".join(lines).encode(errors="surrogateescape")
    assert read(text) == AllowedSecrets(frozenset([HASH]), (2, 3, 4, 5, 6, 7))
