"""Whether the index has nothing of a project that is adopted. It only asks."""

from collections.abc import Iterator

from packaging.utils import InvalidName, canonicalize_name

from release_async.base.errors import ConfigurationError
from release_async.external.index import repository_url
from release_async.external.index.simple_api import IndexUnreachableError, open_index
from release_async.plan.settings import Sources, load
from release_async.versions import bump
from release_async.versions.distribution import Distribution
from release_async.versions.pep440 import Pep440, parse

PATIENCE = 3.0
"""Seconds for the index to answer: what is offered then can be found out later too."""


async def index_without_it(distribution: Distribution, sources: Sources) -> str:
    """The name of the index that has no file of a project whose version could be released as it is.

    Args:
        distribution: Every place that states its version.
        sources: Where the settings come from.

    Returns:
        The name; empty where the project was released, cannot be released as it is, or nobody knows.
    """
    version = parse(distribution.version or "")
    if version is None or version.local:
        return ""
    try:
        settings, name = load(sources), canonicalize_name(distribution.name, validate=True)
        target = repository_url.target(settings)
        async with open_index(target.repository_url, answer_timeout=PATIENCE) as index:
            return "" if await index.files(name) else target.name
    except (ConfigurationError, InvalidName, IndexUnreachableError):
        return ""


def version(distribution: Distribution) -> str:
    """What to type for the first version: ``current``, or ``stable`` where that is a development version."""
    return str(bump.Part.STABLE) if _led_to(distribution) else bump.CURRENT


def _led_to(distribution: Distribution) -> Pep440 | None:
    stated = parse(distribution.version or "")
    return bump.led_to(stated) if stated else None


def advice(distribution: Distribution, index: str, command: str) -> Iterator[str]:
    """What to type for the first release.

    Args:
        distribution: The project.
        index: The name of the index that has nothing of it.
        command: How the tool is called for this project.
    """
    meant, stated = _led_to(distribution), distribution.version
    release = f"{meant}, which {stated} leads to" if meant else f"{stated} as it is"
    yield f"{index} has nothing of {distribution.name} yet. To release {release}:"
    yield f"  {command} {version(distribution)}"
