"""Checks a range of existing commits as the hooks would have: ``hook ci``, for commits that no hook saw.

Imports the standard library only.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from release_async.base import github_workflow_commands
from release_async.base.problems import Level, Problem, Problems
from release_async.hook import guard_hooks
from release_async.repository import changed_files, snapshot
from release_async.repository.changed_files import Committed
from release_async.versions.compare_places import compare
from release_async.versions.find_distributions import distributions
from release_async.versions.text_encoding import plain


class LocatedProblem(NamedTuple):
    """A problem with its file and line, for annotations in a diff view."""

    problem: Problem
    path: str
    line: str


def check(root: str, environ: Mapping[str, str], span: str) -> tuple[LocatedProblem, ...]:
    """Check every commit of a range.

    Args:
        root: The top folder of the work tree.
        environ: The environment of git.
        span: Such as ``origin/main..HEAD``.

    Returns:
        A refusal for each commit that adds a secret, since the history keeps it, and for each place that
        disagrees in the last commit; a warning for a place that disagrees only in an earlier one.

    Raises:
        CommandError: There is no such range, or the clone lacks it.
    """
    oids = changed_files.commits(root, environ, span)
    found: dict[tuple[str, str], LocatedProblem] = {}
    for oid in oids:
        secrets = guard_hooks.check(Committed(root, environ, oid), guard_hooks.GUARDS.values())
        versions = _versions(root, environ, oid)
        if oid != oids[-1]:
            versions = tuple(problem._replace(level=Level.WARN) for problem in versions)
        for problem in (*secrets, *versions):
            known = found.get((problem.where, problem.what))
            if known is None or problem.level is Level.REFUSE:
                found[problem.where, problem.what] = _in_commit(oid, problem)
    return tuple(found.values())


def _versions(root: str, environ: Mapping[str, str], oid: str) -> Problems:
    with snapshot.revision(root, oid, environ) as tree:
        problems = (problem for one in distributions(tree) for problem in compare(one))
        return tuple(problem for problem in problems if problem.level is Level.REFUSE)


def _in_commit(oid: str, problem: Problem) -> LocatedProblem:
    path, _, line = problem.where.rpartition(":")
    if not line.isdigit():
        path, line = problem.where, "1"
    return LocatedProblem(problem._replace(where=f"{oid[:12]}: {problem.where}"), path, line)


def annotations(found: Sequence[LocatedProblem]) -> Iterator[str]:
    """Each problem as a workflow command of GitHub Actions, which annotates the line."""
    for one in found:
        kind = "error" if one.problem.level is Level.REFUSE else "warning"
        what = f"{one.problem.where}: {one.problem.what}. {one.problem.cure}"
        place = {"file": plain(one.path), "line": one.line, "title": "release-async"}
        yield github_workflow_commands.command(
            kind, map(plain, what.split("\n")), place
        )  # the log is a terminal too
