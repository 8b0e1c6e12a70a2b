"""Whether an unfinished rebase, cherry-pick or the like merely carries on what HEAD already gets wrong.

Used only when a commit is about to be refused. It reads git's state files and HEAD; it changes nothing.
"""

# ruff: noqa: PTH110, PTH118 - pathlib would cost the commit its import

import os
from collections.abc import Iterable, Mapping
from typing import Final

from release_async.base.errors import CommandError, UsageError
from release_async.repository import git_process, snapshot
from release_async.versions.distribution import Distribution
from release_async.versions.find_distributions import distributions

_STATE_FILES: Final = (
    ("rebase-merge", "a rebase"),
    ("rebase-apply", "git am or a rebase"),
    ("sequencer", "a cherry-pick or revert"),
    ("BISECT_LOG", "a bisection"),
)
"""Each operation's state file in the git directory (git-rebase, git-am, git-cherry-pick, git-bisect)."""

_PSEUDO_REFS: Final = (("CHERRY_PICK_HEAD", "a cherry-pick"), ("REVERT_HEAD", "a revert"))
"""References, which need not be files (gitrevisions)."""


def operation_in_progress(root: str, environ: Mapping[str, str], refused: Iterable[Distribution]) -> str:
    """The operation in progress, if the next commit leaves every disagreement as it is in HEAD.

    Args:
        root: The top folder of the work tree.
        environ: The environment that git gave the hook.
        refused: The distributions in the next commit whose places disagree.

    Returns:
        Such as ``a rebase``; empty if none is in progress, or if the commit changes any place that states a
        version of these distributions.

    Raises:
        CommandError: git is missing, or refuses.
    """
    operation = _in_progress(root, git_process.environment(root, environ))
    if not operation:
        return ""
    try:
        with snapshot.revision(root, "HEAD", environ) as tree:
            known = [_comparable(one) for one in distributions(tree)]
    except UsageError:
        return ""  # there is no HEAD before the first commit
    return operation if all(_comparable(one) in known for one in refused) else ""


def _in_progress(root: str, environ: Mapping[str, str]) -> str:
    """The unfinished operation; empty if there is none."""
    answer = os.fsdecode(git_process.output(root, environ, "rev-parse", "--absolute-git-dir"))
    directory = answer.removesuffix("\n")
    by_file = (what for name, what in _STATE_FILES if os.path.exists(os.path.join(directory, name)))
    by_ref = (what for name, what in _PSEUDO_REFS if _is_commit(root, environ, name))
    return next(by_file, "") or next(by_ref, "")


def _is_commit(root: str, environ: Mapping[str, str], name: str) -> bool:
    try:
        return bool(git_process.output(root, environ, "rev-parse", "--quiet", "--verify", name + "^{commit}"))
    except CommandError:
        return False


def _comparable(distribution: Distribution) -> tuple[object, ...]:
    """All that decides whether a distribution is refused, except line numbers: other edits shift them."""
    places = tuple(
        frozenset((site.path, site.role, site.key, site.form, site.text) for site in one.compared)
        for one in (distribution, *distribution.peers)
    )
    faults = frozenset((problem.where, problem.what) for problem in distribution.problems)
    return distribution.root, distribution.exact, distribution.tag_tool, places, faults
