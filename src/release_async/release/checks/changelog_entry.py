"""The changelog says what is new: people decide by it whether to upgrade, and the release page quotes it."""

import anyio

from release_async.base.problems import NotJudged, Problems, warn
from release_async.plan import changelog
from release_async.plan.plan import Plan
from release_async.repository import snapshot
from release_async.run.context import Context

TITLE = "Changelog"
LONG = False


async def run(plan: Plan, context: Context) -> Problems | NotJudged:
    """Warn of a changelog that has neither a word on the new version nor on what is unreleased.

    Raises:
        CommandError: Git could not read it.
    """
    if not plan.changelog:
        return NotJudged("there is no changelog")
    text = await anyio.to_thread.run_sync(_text, plan, context)
    if changelog.tells(text, plan.version):
        return ()
    what = f"{plan.changelog} neither mentions {plan.version} nor lists anything as unreleased"
    cure = f"write what is new under a heading {plan.version}, or Unreleased, and commit it"
    return (warn(what, cure=cure),)


def _text(plan: Plan, context: Context) -> str:
    with snapshot.revision(context.git.root, plan.base, context.git.env) as tree:
        return (tree.read(plan.changelog) or b"").decode("utf-8", "replace")
