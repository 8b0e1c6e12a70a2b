"""What a release page says: what changed, how to install it, where to read on. It publishes nothing."""

from dataclasses import dataclass

from release_async.base.errors import FailedError
from release_async.base.printable_text import printable
from release_async.external.github import releases
from release_async.external.github.gh_api import Forge
from release_async.external.github.releases import MAX_NOTES_LENGTH
from release_async.external.index import repository_url
from release_async.plan import changelog
from release_async.plan.plan import Package
from release_async.run.context import Context
from release_async.versions import version_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What one page is about.

    Attributes:
        package: The package that the tag marks.
        tag: The tag.
        commit: The object id of the release commit.
        base: The object id of the commit before it.
        repository_url: Where the files were uploaded.
        marker: What the text ends with.
    """

    package: Package
    tag: str
    commit: str
    base: str
    repository_url: str
    marker: str


async def written(subject: Subject, context: Context, forge: Forge) -> str:
    """The text of the page, in Markdown, no longer than GitHub takes it.

    What changed is what the changelog says, else what GitHub knows, else nothing: that fails no page.

    Args:
        subject: What it is about.
        context: Where its commit is.
        forge: Where the page is going to be.
    """
    changes = await _changes(subject, context)
    previous = await _previous_tag(subject, context, forge)
    changes = changes or await _generated(forge, subject.tag, previous)
    install = repository_url.pip_command(
        subject.repository_url, subject.package.requirement, "install", simple=context.index.simple_url
    )
    links, marker = _links(subject, forge, previous), subject.marker
    end = f"## Installation\n\n```sh\n{install}\n```\n\n{links}\n\n{marker}\n"
    changes = changelog.shortened(changes, MAX_NOTES_LENGTH - len(end) - len("\n\n"))
    return f"{changes}\n\n{end}" if changes else end


async def _changes(subject: Subject, context: Context) -> str:
    """What the changelog of the release commit says of this version."""
    package = subject.package
    if not package.changelog:
        return ""
    blob = await context.git.run("cat-file", "blob", f"{subject.commit}:{package.changelog}")
    text = blob.stdout.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return _harmless(changelog.section(text, package.version)) if blob.ok else ""


def _harmless(text: str) -> str:
    """The same without control characters: whoever reads the page with gh reads it on a terminal."""
    return "\n".join(map(printable, text.splitlines())).strip()


async def _previous_tag(subject: Subject, context: Context, forge: Forge) -> str:
    """The nearest tag below of the same format, where GitHub has it too."""
    pattern = version_settings.tag_glob(context.settings.tag_format)
    described = await context.git.run(
        "describe", "--tags", "--abbrev=0", f"--match={pattern}", f"--exclude={subject.tag}", subject.base
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


def _links(subject: Subject, forge: Forge, previous: str) -> str:
    repository, tag, links = forge.repository, subject.tag, []
    if subject.package.changelog:
        links.append(f"[Changelog]({repository.file_url(tag, subject.package.changelog)})")
    if previous:
        links.append(f"[Everything since {previous}]({repository.comparison_url(previous, tag)})")
    return " · ".join(links or [f"[All changes]({repository.commits_url(tag)})"])
