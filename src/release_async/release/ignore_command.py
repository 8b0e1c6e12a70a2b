"""The command with which a person has git ignore files. It looks at ``.gitignore`` and changes nothing."""

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from release_async.external.git.git_commands import Git


async def not_ignored(git: Git, paths: Iterable[str]) -> Sequence[str]:
    """The paths that no pattern matches; of one that git has already too, which patterns do not keep out.

    Args:
        git: Git at the top of the repository.
        paths: Relative to that.

    Raises:
        CommandError: Git could not say what it makes of one.
    """
    return [path for path in paths if not await _is_matched(git, path)]


async def _is_matched(git: Git, path: str) -> bool:
    """``git check-ignore`` answers 1 where no pattern matches."""
    answer = await git.run("check-ignore", "--quiet", "--no-index", "--", f"./{path}")
    return answer.returncode != 1 and answer.checked().ok


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
