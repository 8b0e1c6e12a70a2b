"""Runs the checks of what is in an sdist and a wheel: secrets, RECORD, modules, origin of each file."""

from collections.abc import Iterator
from typing import NamedTuple

from release_async.guard import (
    allowed_secrets,
    file_origin,
    forbidden_in_archives,
    packed_modules,
    wheel_record,
)
from release_async.guard.archive_members import Archive, Finding
from release_async.guard.file_origin import Commit


class Pair(NamedTuple):
    """The two files that a release uploads."""

    sdist: Archive
    wheel: Archive


def findings(pair: Pair, commit: Commit, examples: tuple[str, ...] = ()) -> Iterator[Finding]:
    """Find what must not be uploaded, and what its maker should know of before.

    Args:
        pair: Both files.
        commit: The commit they were built from.
        examples: Further words in the name of a ``.env`` file that mark it as an example.
    """
    yield from of_sdist(pair.sdist, commit, examples)
    yield from of_wheel(pair, commit, examples)


def of_sdist(sdist: Archive, commit: Commit, examples: tuple[str, ...] = ()) -> Iterator[Finding]:
    """As ``findings``, of the sdist alone."""
    yield from _forbidden(sdist, commit, examples)
    yield from file_origin.left_out_of_exports(sdist, commit)
    yield from file_origin.of_sdist(sdist, commit)


def of_wheel(pair: Pair, commit: Commit, examples: tuple[str, ...] = ()) -> Iterator[Finding]:
    """As ``findings``, of a wheel alone, which is compared with the sdist."""
    yield from _forbidden(pair.wheel, commit, examples)
    yield from wheel_record.findings(pair.wheel)
    yield from packed_modules.findings(pair.wheel, pair.sdist, commit)
    yield from file_origin.of_wheel(pair.wheel, pair.sdist, commit)


def _forbidden(archive: Archive, commit: Commit, examples: tuple[str, ...]) -> Iterator[Finding]:
    allowed = allowed_secrets.read(commit.tree.read(allowed_secrets.PATH) or b"").hashes
    yield from forbidden_in_archives.findings(archive, forbidden_in_archives.Exceptions(examples, allowed))
    yield from file_origin.lfs_pointers(archive)
