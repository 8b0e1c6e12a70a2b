"""Sets the mirrors of a version in the working tree from its source, and says what it did. Stages nothing.

Imports the standard library only: it runs on git's door.
"""

import os
from collections.abc import Mapping
from typing import NamedTuple

from release_async.base.errors import FailedError
from release_async.base.problems import Problems
from release_async.repository import atomic_write, snapshot
from release_async.versions.edit import Edit
from release_async.versions.encoding import plain
from release_async.versions.mirrors import mended


class Synced(NamedTuple):
    """What was done.

    Attributes:
        edits: The tokens that were changed, in the order of their places.
        staging: The command that a person types to stage them; empty where nothing was changed.
        left: What no edit can mend.
    """

    edits: tuple[Edit, ...]
    staging: str
    left: Problems


def sync(folder: str, environ: Mapping[str, str]) -> Synced:
    """Make every mirror state what its source does: in all files or in none.

    Args:
        folder: Any folder of the work tree.
        environ: The environment of git.

    Raises:
        ReleaseAsyncError: It could not be judged, or a file could not be written; all are as before.
    """
    top = snapshot.toplevel(folder, environ)
    with snapshot.disk(top, environ) as tree:
        changes, left = mended(tree)
    try:
        atomic_write.write_all(top, changes)
    except OSError as error:
        raise FailedError(
            f"A file could not be written: {error}.", cure="Nothing was changed; look at that file."
        ) from error
    edits = tuple(edit for change in changes for edit in change.edits)
    return Synced(edits, _staging(top, folder, edits), left)


def _staging(top: str, folder: str, edits: tuple[Edit, ...]) -> str:
    """``git add`` as it can be typed in ``folder``: paths count from the top (gitglossary, pathspec)."""
    from shlex import quote  # noqa: PLC0415 - only where something was done

    at_top = os.path.realpath(top) == os.path.realpath(folder)
    paths = dict.fromkeys(quote(("" if at_top else ":/") + plain(edit.path)) for edit in edits)
    return f"git add {' '.join(paths)}" if paths else ""
