"""How a commit of named paths is repeated, which takes nothing but these. It only words it.

Used only when a commit is about to be refused. Imports the standard library only.
"""

import os
from collections.abc import Iterable, Mapping
from shlex import quote
from typing import Final

from release_async.versions.distribution import Distribution
from release_async.versions.text_encoding import plain

_INDEX: Final = "next-index-"
"""How the name of the index begins that git makes of HEAD and the named paths (git's builtin/commit.c)."""


def way(environ: Mapping[str, str], refused: Iterable[Distribution]) -> str:
    """What makes the next attempt another one, where the paths were named; empty where they were not.

    What is staged beside a named path stays out of its commit: the same command would be refused for ever.

    Args:
        environ: The environment that git gave the hook.
        refused: The distributions in the next commit whose places disagree.
    """
    if not os.path.basename(environ.get("GIT_INDEX_FILE", "")).startswith(_INDEX):  # noqa: PTH119 - as in the hook
        return ""
    top = ":/" if environ.get("GIT_PREFIX") else ""
    paths = (quote(top + plain(site.path)) for one in refused for site in one.sites if site.counts)
    named = " ".join(dict.fromkeys(paths))
    return f"then name these too, as a commit of named paths takes these alone: git commit {named}"
