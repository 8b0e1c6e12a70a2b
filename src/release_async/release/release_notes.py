"""What a release page says: what changed, how to install it, where to read on. It publishes nothing."""

from release_async.base.errors import FailedError
from release_async.base.printable import printable
from release_async.external.github import releases
from release_async.external.github.client import Forge
from release_async.external.github.releases import LONGEST_NOTES
from release_async.external.index import repository_url
from release_async.plan import changelog
from release_async.plan.plan import Plan
from release_async.run.context import Context


async def written(plan: Plan, context: Context, forge: Forge, marker: str) -> str:
    """The text of the page, in Markdown, no longer than GitHub takes it.

    What changed is what the changelog says, else what GitHub knows, else nothing: that fails no page.

    Args:
        plan: The release.
        context: Where its commit is.
        forge: Where the page is going to be.
        marker: What it ends with.
    """
    tag = str(plan.tag)
    changes = await _changes(plan, context)
    previous = await _previous_tag(plan, context, forge)
    changes = changes or await _generated(forge, tag, previous)
    install = repository_url.pip(plan.target.repository_url, f"{plan.name}=={plan.version}", "install")
    links = _links(plan, forge, previous)
    end = f"## Installation\n\n```sh\n{install}\n```\n\n{links}\n\n{marker}\n"
    changes = changelog.shortened(changes, LONGEST_NOTES - len(end) - len("\n\n"))
    return f"{changes}\n\n{end}" if changes else end


async def _changes(plan: Plan, context: Context) -> str:
    """What the changelog of the release commit says of this version."""
    if not plan.changelog:
        return ""
    blob = await context.git.run("cat-file", "blob", f"{context.workspace.made.commit}:{plan.changelog}")
    text = blob.stdout.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return _harmless(changelog.section(text, plan.version)) if blob.ok else ""


def _harmless(text: str) -> str:
    """The same without control characters: whoever reads the page with gh reads it on a terminal."""
    return "\n".join(map(printable, text.splitlines())).strip()


async def _previous_tag(plan: Plan, context: Context, forge: Forge) -> str:
    """The nearest tag below of the same format, where GitHub has it too."""
    pattern = context.settings.tag_format.replace("{version}", "*")
    described = await context.git.run(
        "describe", "--tags", "--abbrev=0", f"--match={pattern}", f"--exclude={plan.tag}", plan.base
    )
    tag = described.stdout.strip() if described.ok else ""
    try:
        return tag if tag and await forge.tag_object(tag) else ""
    except FailedError:
        return ""


async def _generated(forge: Forge, tag: str, previous: str) -> str:
    """What GitHub makes of the merged requests."""
    try:
        return _harmless(await releases.generated_notes(forge, tag, previous))
    except FailedError:
        return ""


def _links(plan: Plan, forge: Forge, previous: str) -> str:
    repository, tag = forge.repository, str(plan.tag)
    links = []
    if plan.changelog:
        links.append(f"[Changelog]({repository.file_url(tag, plan.changelog)})")
    if previous:
        links.append(f"[Everything since {previous}]({repository.comparison_url(previous, tag)})")
    return " · ".join(links or [f"[All changes]({repository.commits_url(tag)})"])
