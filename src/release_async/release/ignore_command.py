"""The command with which a person has git ignore files. It looks at ``.gitignore`` and changes nothing."""

import shlex
from collections.abc import Iterable
from pathlib import Path


def ignore_command(patterns: Iterable[str], gitignore: Path, typed: str) -> str:
    r"""The command that adds lines to a ``.gitignore``.

    Args:
        patterns: The lines (gitignore, PATTERN FORMAT).
        gitignore: The file, which need not exist; where its last line has no end, it is given one first.
        typed: Its path as a shell takes it where the person stands.
    """
    first, *others = [shlex.quote(each) for each in dict.fromkeys(patterns)]
    begun = f"printf '\\n%s\\n' {first}" if _has_open_end(gitignore) else f"echo {first}"
    return " && ".join(f"{each} >> {typed}" for each in (begun, *(f"echo {each}" for each in others)))


def _has_open_end(path: Path) -> bool:
    try:
        return not (path.read_bytes() or b"\n").endswith(b"\n")
    except OSError:
        return False
