"""What a person is told who has no token for the index: known without asking anybody. It reads no file."""

import shlex
from pathlib import Path

from release_async.base.problems import Problem, refuse
from release_async.external.index import repository_url
from release_async.plan.plan import Target


def missing_token(target: Target, project: Path) -> Problem:
    """The refusal: that there is none, where one is made, and where it is kept.

    Args:
        target: The index.
        project: The project's directory, beside whose metadata ``.env`` lies.
    """
    made = repository_url.token_page(target.repository_url) or target.name
    where = f"{shlex.quote(str(project / '.env'))}, or into the environment"
    cure = f"make one at {made} and put {target.token_setting}=... into {where}{open_to_all(target)}"
    return refuse(f"there is no token for {target.name}", cure=cure)


def open_to_all(target: Target) -> str:
    """What is put there where an index takes anybody: any word does; empty for one that takes nobody so."""
    if repository_url.is_public(target.repository_url):
        return ""
    return f"; if this index takes anybody without a password: {target.token_setting}=no-password"
