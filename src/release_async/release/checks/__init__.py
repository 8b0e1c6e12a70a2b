"""What must be true before a release: one module each, all independent, all run at once.

Read the table to know what is checked. A check changes nothing of the user's, prints nothing, asks nothing.
"""

from typing import Protocol

from release_async.base.problems import NotJudged, Problems
from release_async.plan.plan import Plan
from release_async.release.checks import (
    branch,
    build_environment,
    changelog_entry,
    ci,
    credentials,
    dependencies,
    env_file,
    expected_files,
    forge_rules,
    identity,
    merge_request,
    metadata,
    push_right,
    release_page,
    signing,
    tag_free,
    tests,
    upstream,
    version_free,
    version_tag,
    versions,
    workflows,
    working_tree,
)
from release_async.run.context import Context


class Check(Protocol):
    """A module that is a check.

    Attributes:
        TITLE: What a person calls it.
        LONG: Whether it is cancelled as soon as another one has refused.
    """

    TITLE: str
    LONG: bool

    async def run(self, plan: Plan, context: Context) -> Problems | NotJudged:
        """Look, and return what is wrong; raising means that the check could not judge."""


CHECKS: dict[str, Check] = {
    "branch": branch,
    "working-tree": working_tree,
    "upstream": upstream,
    "push-right": push_right,
    "tag-free": tag_free,
    "identity": identity,
    "signing": signing,
    "versions": versions,
    "version-tag": version_tag,
    "version-free": version_free,
    "dependencies": dependencies,
    "expected-files": expected_files,
    "credentials": credentials,
    "env-file": env_file,
    "metadata": metadata,
    "changelog": changelog_entry,
    "ci": ci,
    "workflows": workflows,
    "forge-rules": forge_rules,
    "merge-request": merge_request,
    "release-page": release_page,
    "build-environment": build_environment,
    "tests": tests,
}
