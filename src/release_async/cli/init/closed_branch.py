"""Finds out whether the release branch takes pull requests only, as far as GitHub tells. It never fails."""

import os
from contextlib import suppress

from release_async.base.errors import FailedError
from release_async.base.url_credentials import without_credentials
from release_async.external.git.git_commands import Git
from release_async.external.github import rulesets
from release_async.external.github.gh_api import Forge, ForgeConnection
from release_async.process import child_environments

_RULES = frozenset(("pull_request", "merge_queue"))
_TIMEOUT = 15.0
"""Seconds that GitHub may take for one answer: without it a person decides."""


async def closing_rule(git: Git, remote: str, branch: str) -> str:
    """The rule that a branch is changed by pull requests only, which gh's account has to keep.

    Args:
        git: Git at the top of the repository.
        remote: The name of the remote.
        branch: The branch.

    Returns:
        Where the rule is from, in words; empty where there is none, or nobody can tell.
    """
    url = without_credentials((await git.remote(remote)).push_url)
    environment = child_environments.for_forge(os.environ)
    forge = await ForgeConnection(url, environment, _TIMEOUT).connect()
    if isinstance(forge, Forge):
        with suppress(FailedError):
            rules = await rulesets.branch_rules(forge, branch)
            return next((rule.source for rule in rules if rule.kind in _RULES and rule.binding), "")
    return ""
