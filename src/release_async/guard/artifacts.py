"""All gates between the build and the upload that look at bytes alone, in the order they are told."""

from collections.abc import Iterator
from typing import NamedTuple

from release_async.guard import denylist, listed, origin, record
from release_async.guard.archived import Archive, Finding
from release_async.guard.origin import Commit


class Pair(NamedTuple):
    """What one release uploads."""

    sdist: Archive
    wheel: Archive


def findings(pair: Pair, commit: Commit, examples: tuple[str, ...] = ()) -> Iterator[Finding]:
    """Find what must not be uploaded.

    Args:
        pair: Both files.
        commit: What they were built from.
        examples: Further words that say of a ``.env`` file that it is an example.
    """
    known = denylist.Known(examples, listed.read(commit.tree.read(listed.PATH) or b"").hashes)
    for archive in pair:
        yield from denylist.findings(archive, known)
    yield from record.findings(pair.wheel)
    yield from origin.of_sdist(pair.sdist, commit)
    yield from origin.of_wheel(pair.wheel, pair.sdist, commit)
