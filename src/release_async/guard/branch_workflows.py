"""Tells whether a workflow of GitHub Actions runs once a branch is pushed; it runs nothing itself."""

from collections.abc import Mapping

from release_async.guard import ci_documents
from release_async.guard.ci_documents import Table
from release_async.guard.publishing_workflows import takes


def runs_for(files: Mapping[str, bytes], branch: str) -> bool | None:
    """Whether any workflow runs for the commits of a branch that is pushed.

    Args:
        files: The files that configure CI, by their paths.
        branch: The branch.

    Returns:
        None where no workflow runs for pushed commits or requests at all: then others may check them.
    """
    events = [
        ci_documents.events(document)
        for path, data in files.items()
        if path.startswith(".github/workflows/") and (document := ci_documents.load(data))
    ]
    pushes = [ci_documents.table(each["push"]) for each in events if "push" in each]
    of_branches = [push for push in pushes if _filters(push, "branches") or not _filters(push, "tags")]
    if not of_branches and not any("pull_request" in each for each in events):
        return None
    return any(takes(push, branch, "branches", "tags") for push in of_branches)


def _filters(push: Table, kind: str) -> bool:
    return kind in push or f"{kind}-ignore" in push
