"""The versions that can be typed instead of one that is refused. It changes nothing."""

from collections.abc import Iterable
from contextlib import suppress

from release_async.base.problems import Problem, refuse
from release_async.external.git.git_commands import Git
from release_async.external.index.simple_api import IndexUnreachableError, versions
from release_async.plan.plan import Package
from release_async.run.context import Context
from release_async.versions import bump, version_settings
from release_async.versions.pep440 import Pep440, parse


def refused(what: str, instead: str, more: str = "") -> Problem:
    """A problem of a version that can never be released.

    Args:
        what: What was found, in one sentence.
        instead: What to type instead, see ``instead_of``.
        more: What else there is to type, such as to see the cause.
    """
    cure = f"choose another version: {instead}" + (f"; {more}" if more else "")
    return refuse(what, cure=cure)._replace(is_final=True)


async def is_listed(package: Package, context: Context) -> bool:
    """Whether the index is known to have files of a version; one that does not answer is known of nothing."""
    return package.version in await _listed(package, context)


async def instead_of(package: Package, context: Context) -> str:
    """What to type instead of the version of a package, which every check that refuses one says alike.

    The index is asked where nobody has asked it yet; one that does not answer rules nothing out.

    Returns:
        ``--version`` with the next versions; see ``next_free``.

    Raises:
        CommandError: Git failed.
    """
    listed, begun = await _listed(package, context), (package.current, package.version)
    return f"--version {await next_free(begun, context.git, context.settings.tag_format, listed)}"


async def as_stated(package: Package, context: Context) -> str:
    """How the version that HEAD states is released instead, which most first releases mean.

    Of a development version it is the one that it leads to.

    Returns:
        Nothing where that is planned already, or would be refused because of its tag.

    Raises:
        CommandError: Git failed.
    """
    current = parse(package.current)
    if current is None or not package.edits:
        return ""
    meant = bump.led_to(current)
    tag = version_settings.tag(context.settings.tag_format, str(meant or current))
    if str(meant) == package.version or await context.git.refs(f"refs/tags/{tag}"):
        return ""
    if meant is None:
        return f"to release {package.current} as it is: --version {bump.CURRENT}"
    return f"to release {meant}, which {package.current} leads to: --version {bump.Part.STABLE}"


async def _listed(package: Package, context: Context) -> frozenset[str]:
    """The versions of a package that the index is known to have files of."""
    page = context.index.page(package.name)
    with suppress(IndexUnreachableError):
        return versions(page.links if page else await context.index.files(package.name))
    return frozenset()


async def next_free(begun: Iterable[str], git: Git, tag_format: str, listed: Iterable[str]) -> str:
    """The next versions: ``1.3.1 (patch), 1.4.0 (minor) or 2.0.0 (major)``.

    Args:
        begun: The versions that they are greater than, such as HEAD's and the one that was asked for.
        git: Git in the repository: no version is named that has a tag there.
        tag_format: What a tag is called.
        listed: The versions that the index has files of, normalised.

    Raises:
        CommandError: Git failed.
    """
    tags, taken = await git.refs("refs/tags"), set(map(parse, listed))

    def is_taken(version: Pep440) -> bool:
        return version in taken or f"refs/tags/{version_settings.tag(tag_format, str(version))}" in tags

    return bump.next_free(max(version for each in begun if (version := parse(each))), is_taken)
