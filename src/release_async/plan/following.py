"""The version that a project states after a release, where it works between releases under one of its own.

Pure: it decides the version; what is edited is for the plan to say.
"""

from dataclasses import dataclass

from release_async.versions.pep440 import Pep440, parse
from release_async.versions.version_edits import Edit

_DEV = "dev"


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """The commit on top of the release commit.

    Attributes:
        version: The version that it states.
        edits: The version tokens that change in it, as the release commit has them.
        message: Its message.
    """

    version: str
    edits: tuple[Edit, ...]
    message: str


def version_after(stated: str, released: str) -> str:
    """The version of the development that follows.

    Args:
        stated: The version that HEAD states before the release: its form is kept.
        released: The version that is released.

    Returns:
        With ``1.2.0+dev`` before, the release with the same local part. Otherwise the next ``.dev0``: of the
        number that was raised last in what HEAD stated, if that is a developmental version too, else of the
        last one. After a pre-release that of the next one. Empty after a developmental release.
    """
    before, version = parse(stated), parse(released)
    if version is None or version.dev is not None:
        return ""
    if before is not None and before.local[:1] == (_DEV,):
        return str(version._replace(local=before.local))
    if version.pre is not None:
        letters, number = version.pre
        return str(version._replace(pre=(letters, number + 1), post=None, dev=0))
    numbers = _raised(version.release, _part(before, len(version.release)))
    return str(version._replace(release=numbers, post=None, dev=0))


def _part(before: Pep440 | None, length: int) -> int:
    """Which of the numbers is raised, counted from 0; never the first where there are others."""
    last = length - 1
    if before is None or before.dev is None:
        return last
    numbers = before.release
    raised = max((at for at, number in enumerate(numbers) if number), default=len(numbers) - 1)
    return min(max(raised, 1), last)


def _raised(numbers: tuple[int, ...], part: int) -> tuple[int, ...]:
    return (*numbers[:part], numbers[part] + 1, *(0 for _ in numbers[part + 1 :]))
