"""One word, made anew for every run, that all secrets of the tests hold: where it shows up, a secret leaked.

Who writes it on purpose says so with ``plant``. Everything else that a test leaves or says is looked through
by the plugin ``support.watch``.
"""

import os
import secrets
import string
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

ROOT = "".join(secrets.SystemRandom().sample(string.ascii_uppercase + "234567", 10))
"""No letter twice, so that no rule takes it for a placeholder; of the alphabet of AWS' keys."""

_LARGEST = 16 << 20
_OURS = "release-async"
_WRITTEN_BY_US = ("hooks", "info")


def _in_base64(word: bytes) -> Iterator[bytes]:
    """What of a word is the same whatever stands before and behind it."""
    for before in range(3):
        whole = b64encode(b"\0" * before + word)
        yield whole[(before * 8 + 5) // 6 : (before + len(word)) * 8 // 6]


_ENCODED = tuple(_in_base64(ROOT.encode()))
_SENT = tuple(sent for encoded in _ENCODED for sent in _in_base64(encoded))
"""Tokens and their narrowed copies hold the word in base64; HTTP's basic scheme encodes that again."""

_TRACES = (ROOT.encode(), ROOT.encode("utf-16-le"), ROOT.encode().hex().encode(), *_ENCODED, *_SENT)


class _Test:
    """What is known of the test that runs.

    Attributes:
        made: Whether it has made a secret, so that its files are worth a look.
        planted: The name and content of every file that it wrote with one, and the files themselves.
        heard: Where its secrets were said.
    """

    def __init__(self) -> None:
        self.made = False
        self.planted: set[tuple[str, bytes] | Path] = set()
        self.heard: list[str] = []


_test = _Test()


def shows(text: str | bytes) -> bool:
    """Whether a text holds the word: as it is, in UTF-16, in hexadecimal, in base64 or in base64 twice."""
    data = text.encode(errors="surrogateescape") if isinstance(text, str) else text
    return any(trace in data for trace in _TRACES)


def made() -> None:
    """Say that the test has made a secret."""
    _test.made = True


def plant(path: Path, content: bytes | None = None) -> None:
    """Say that the test itself wrote a secret to a file: an input, and no leak.

    Args:
        path: The file.
        content: All that it holds; files of the same name with the same content are its copies in other
            work trees. Without it the one file alone is meant, whatever it comes to hold.
    """
    if content is None:
        _test.planted.add(path)
    elif shows(content):
        made()
        _test.planted.add((path.name, content))


def hear(where: str, *said: str | bytes | None) -> None:
    """Listen to what was said.

    Args:
        where: What a person is told, such as a command's name.
        said: The texts.
    """
    if any(text and shows(text) for text in said):
        _test.heard.append(where)


def found(*folders: Path) -> list[str]:
    """Every place where the test gave a secret away, and begin anew for the next one.

    Args:
        folders: All below is looked through, if the test made a secret at all; missing ones are fine.
    """
    global _test
    ended, _test = _test, _Test()
    files = leaks(*folders, planted=ended.planted) if ended.made else []
    return [*dict.fromkeys(ended.heard), *(str(path) for path in files)]


def leaks(*folders: Path, planted: set[tuple[str, bytes] | Path] | None = None) -> list[Path]:
    """The files that hold the word and were not planted.

    Of a git directory only what this tool may write is read, and there nothing counts as planted.
    """
    return [path for folder in folders for path, strict in _files(folder) if _leaks(path, planted, strict)]


def _leaks(path: Path, planted: set[tuple[str, bytes] | Path] | None, strict: bool) -> bool:  # noqa: FBT001 - of one table
    try:
        content = path.read_bytes() if path.lstat().st_size <= _LARGEST else b""
    except OSError:  # gone, or not ours to read
        return False
    known = not strict and planted and (path in planted or (path.name, content) in planted)
    return shows(content) and not known


def _files(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Every regular file, and whether it lies in our own folder of a git directory."""
    ours: tuple[str, ...] = ()
    for base, folders, files in os.walk(folder):
        kept = files
        if "objects" in folders and "HEAD" in files:  # a git directory: the rest of it is git's
            folders[:] = [name for name in folders if name.startswith(_OURS) or name in _WRITTEN_BY_US]
            kept = [name for name in files if name.startswith(_OURS)]
            ours += tuple(os.path.join(base, name) for name in (*folders, *kept))  # noqa: PTH118 - walk's own
        for name in kept:
            path = Path(base, name)
            if path.is_file() and not path.is_symlink():
                yield path, bool(ours) and str(path).startswith(ours)
