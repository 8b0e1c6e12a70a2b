"""``version-sync``: sets every copy of a version in the work tree to that of its source. Stages nothing.

Imports the standard library only.
"""

import os
from collections.abc import Mapping
from typing import NamedTuple

from release_async.base.errors import FailedError
from release_async.base.problems import Problems
from release_async.repository import atomic_write, snapshot
from release_async.versions.mirror_changes import mirror_changes
from release_async.versions.text_encoding import plain
from release_async.versions.version_edits import Edit


class SyncResult(NamedTuple):
    """What was done.

    Attributes:
        edits: The tokens that were changed, in the order of their places.
        stage_command: The command that stages them; empty if nothing was changed.
        unfixed: Problems that no edit can fix.
    """

    edits: tuple[Edit, ...]
    stage_command: str
    unfixed: Problems


def sync(folder: str, environ: Mapping[str, str]) -> SyncResult:
    """Set every copy to the version of its source, in all files or in none.

    Args:
        folder: Any folder of the work tree.
        environ: The environment of git.

    Raises:
        ReleaseAsyncError: A file could not be read or written; all are unchanged.
    """
    top = snapshot.toplevel(folder, environ)
    with snapshot.disk(top, environ) as tree:
        changes, unfixed = mirror_changes(tree)
    try:
        atomic_write.write_all(top, changes)
    except OSError as error:
        raise FailedError(
            f"A file could not be written: {error}.", cure="Nothing was changed; look at that file."
        ) from error
    edits = tuple(edit for change in changes for edit in change.edits)
    return SyncResult(edits, _stage_command(top, folder, edits), unfixed)


def _stage_command(top: str, folder: str, edits: tuple[Edit, ...]) -> str:
    """The ``git add`` command to type in ``folder``, with paths from the top (gitglossary, pathspec)."""
    from shlex import quote  # noqa: PLC0415 - only where something was done

    at_top = os.path.realpath(top) == os.path.realpath(folder)
    paths = dict.fromkeys(quote(("" if at_top else ":/") + plain(edit.path)) for edit in edits)
    return f"git add {' '.join(paths)}" if paths else ""
