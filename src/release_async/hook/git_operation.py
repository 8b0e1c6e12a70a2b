"""Tells an inconsistency that a commit brings from one that an unfinished rebase or the like only carries on.

Asked only when a commit is about to be refused. It looks at git's own marks and at HEAD; it changes nothing.
"""

# ruff: noqa: PTH110, PTH118 - pathlib would cost the commit its import

import os
from collections.abc import Iterable, Mapping
from typing import Final

from release_async.base.errors import CommandError, UsageError
from release_async.repository import git_process, snapshot
from release_async.versions.find import distributions
from release_async.versions.site import Distribution

_MARKS: Final = (
    ("rebase-merge", "a rebase"),
    ("rebase-apply", "git am or a rebase"),
    ("sequencer", "a cherry-pick or revert"),
    ("BISECT_LOG", "a bisection"),
)
"""What lies in the directory of a work tree meanwhile (git-rebase, git-am, git-cherry-pick, git-bisect)."""

_COMMITS: Final = (("CHERRY_PICK_HEAD", "a cherry-pick"), ("REVERT_HEAD", "a revert"))
"""References, which need not be files (gitrevisions)."""


def carried_on(root: str, environ: Mapping[str, str], refused: Iterable[Distribution]) -> str:
    """Say what is under way, where the next commit leaves every disagreement as HEAD has it.

    Args:
        root: The top folder of the work tree.
        environ: The environment that git gave the hook.
        refused: The distributions of the next commit that disagree with themselves.

    Returns:
        Such as ``a rebase``; nothing where none is under way, or where the commit changes any place that
        states a version of these distributions.

    Raises:
        CommandError: git is missing, or refuses.
    """
    under_way = _under_way(root, git_process.environment(root, environ))
    if not under_way:
        return ""
    try:
        with snapshot.revision(root, "HEAD", environ) as tree:
            known = [_stated(one) for one in distributions(tree)]
    except UsageError:
        return ""  # a first commit carries nothing on
    return under_way if all(_stated(one) in known for one in refused) else ""


def _under_way(root: str, environ: Mapping[str, str]) -> str:
    """The operation that stopped for the person, or nothing."""
    answer = os.fsdecode(git_process.output(root, environ, "rev-parse", "--absolute-git-dir"))
    directory = answer.removesuffix("\n")
    marked = (what for name, what in _MARKS if os.path.exists(os.path.join(directory, name)))
    named = (what for name, what in _COMMITS if _is_commit(root, environ, name))
    return next(marked, "") or next(named, "")


def _is_commit(root: str, environ: Mapping[str, str], name: str) -> bool:
    try:
        return bool(git_process.output(root, environ, "rev-parse", "--quiet", "--verify", name + "^{commit}"))
    except CommandError:
        return False


def _stated(distribution: Distribution) -> tuple[object, ...]:
    """All that decides whether a distribution is refused, but for the lines, which other edits move."""
    places = tuple(
        frozenset((site.path, site.role, site.key, site.form, site.text) for site in one.compared)
        for one in (distribution, *distribution.peers)
    )
    faults = frozenset((problem.where, problem.what) for problem in distribution.problems)
    return distribution.root, distribution.exact, distribution.tag_tool, places, faults
