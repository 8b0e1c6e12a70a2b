"""Selects the distribution that a command is about, and its new version as requested. Reads only the tree."""

from release_async.base.errors import ConfigurationError, UsageError
from release_async.base.lazy_typing import AbstractSet
from release_async.versions.bump import Part, resolve, whole_version
from release_async.versions.distribution import Distribution, Tree
from release_async.versions.find_distributions import distributions
from release_async.versions.import_packages import join_path
from release_async.versions.pep440 import Pep440
from release_async.versions.text_encoding import plain, quoted

_EXPLAIN = "to see every place that was looked at: release-async versions --explain"


def distribution_at(tree: Tree, folder: str) -> Distribution:
    """The distribution in a folder, or the only one that the tree has.

    Args:
        tree: The files.
        folder: Relative to the top of the tree; empty for the top itself.

    Raises:
        ConfigurationError: The tree has none.
        UsageError: It has several, and none in this folder.
    """
    found = distributions(tree)
    here = [distribution for distribution in found if distribution.root == join_path(folder)]
    if not found:
        raise ConfigurationError(
            "there is no Python project here: no pyproject.toml, setup.py or setup.cfg that names one",
            cure="name the project with -C DIR, or commit its metadata",
        )
    if not here and len(found) > 1:
        listed = ", ".join(f"{plain(other.root or '.')} ({plain(other.name)})" for other in found)
        raise UsageError(
            "there are several distributions, and none in this folder", cure=f"choose one with -C: {listed}"
        )
    return (here or found)[0]


def requested_version(
    distribution: Distribution, request: str, taken: AbstractSet[str] = frozenset()
) -> Pep440:
    """The version that the user asks for.

    Args:
        distribution: As it was found.
        request: A part such as ``minor``, or a whole version, which may also replace an invalid one.
        taken: Versions that an index has files of. Instead of one of them, its next free development release
            is given.

    Raises:
        ConfigurationError: The version comes from the tag, or is only known by running code; or a part was
            asked for, but the current version is not PEP 440.
        UsageError: The request is neither a part nor a version.
    """
    written = _literal(distribution)
    if request not in list(Part):
        return _free(whole_version(request), taken)
    current = distribution.source.version if distribution.source else None
    if current is None:
        raise ConfigurationError(
            f"{_name(distribution)} states the version {quoted(written)}, which is not PEP 440",
            cure="give the whole version instead of a part of it",
        )
    return _free(resolve(current, request), taken)


def _free(version: Pep440, taken: AbstractSet[str]) -> Pep440:
    candidate, number = version, version.dev or 0
    while str(candidate) in taken:
        number += 1
        candidate = version._replace(dev=number)
    return candidate


def _literal(distribution: Distribution) -> str:
    """The version as its source spells it; raises if no file states it."""
    name = _name(distribution)
    if distribution.tag_tool:
        raise ConfigurationError(
            f"{name} takes its version from the git tag ({distribution.tag_tool}): no file states it",
            cure="release-async bumps versions that are stated in a file",
        )
    if distribution.version is None:
        raise ConfigurationError(
            f"{name} states no version that can be read without running its code", cure=_EXPLAIN
        )
    return distribution.version


def _name(distribution: Distribution) -> str:
    return plain(distribution.name or distribution.root) or "the project"
