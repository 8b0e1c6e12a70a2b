"""Selects the distribution that a command is about, and its new version as requested. Reads only the tree."""

from release_async.base.errors import ConfigurationError, UsageError
from release_async.base.lazy_typing import AbstractSet, Final, Sequence
from release_async.versions.bump import CURRENT, Part, resolve, whole_version
from release_async.versions.distribution import Distribution, Tree
from release_async.versions.find_distributions import distributions
from release_async.versions.import_packages import join_path
from release_async.versions.pep440 import Pep440
from release_async.versions.text_encoding import plain, quoted
from release_async.versions.version_settings import VersionFile

FIRST: Final = "0.1.0"
"""A version that a first release may have, where nothing states one: what a person may type."""
_EXPLAIN = "to see every place that was looked at: release-async versions --explain"


def distribution_at(tree: Tree, folder: str, located: Sequence[VersionFile] = ()) -> Distribution:
    """The distribution in a folder or around it, or the only one below it.

    Args:
        tree: The files.
        folder: Relative to the top of the tree; empty for the top itself. It is meant, whatever it is called.
        located: Further places that state its version, found by asking its build backend.

    Raises:
        ConfigurationError: The tree has none, or the folder has files of a project that make none.
        UsageError: Several could be meant, or none.
    """
    folder = join_path(folder)
    found = distributions(tree, folder, located={folder: located})
    here = _meant(found, folder)
    if not found:
        raise ConfigurationError(
            "there is no Python project here: no pyproject.toml, setup.py or setup.cfg that names one",
            cure="name the project with -C DIR, or commit its metadata",
        )
    if len(here) == 1 and (here[0].root == folder or not _has_metadata(tree, folder)):
        return here[0]
    listed = ", ".join(f"{plain(other.root or '.')} ({plain(other.name)})" for other in found)
    where = "the top folder" if not folder else plain(folder)
    what = (
        f"{where} only configures tools: nothing there can be built"
        if _has_metadata(tree, folder)
        else f"there are several projects in {where}" if len(here) > 1 else f"there is no project in {where}"
    )  # fmt: skip
    raise UsageError(what, cure=f"choose one with -C: {listed}")


def _meant(found: Sequence[Distribution], folder: str) -> list[Distribution]:
    """The distribution in a folder; else the nearest one around it; else all that lie below it."""
    around = [each for each in found if f"{folder}/".startswith(f"{each.root}/" if each.root else "")]
    if around:
        return [max(around, key=lambda each: len(each.root))]
    return [each for each in found if not folder or each.root.startswith(f"{folder}/")]


def _has_metadata(tree: Tree, folder: str) -> bool:
    files = {f"{folder}/{name}" if folder else name for name in ("pyproject.toml", "setup.py", "setup.cfg")}
    return not files.isdisjoint(tree.paths())


def requested_version(
    distribution: Distribution,
    request: str,
    taken: AbstractSet[str] = frozenset(),
    tagged: Pep440 | None = None,
) -> Pep440:
    """The version that the user asks for.

    Args:
        distribution: As it was found.
        request: A part such as ``minor``; ``current`` for the version that is stated; or a whole version,
            which may also replace an invalid one.
        taken: Versions that an index has files of. Instead of one of them, its next free development release
            is given.
        tagged: The version of the last tag, where the version comes from the tags; None before the first.

    Raises:
        ConfigurationError: The version is only known by running code; or a part was asked for, but the
            current version is not PEP 440, or there is no tag yet.
        UsageError: The request is neither a part nor a version, or the current version has a local part.
    """
    if distribution.tag_tool:
        return _free(_after_tag(distribution, request, tagged), taken)
    written = _literal(distribution)
    if request not in {*Part, CURRENT}:
        return _free(whole_version(request), taken)
    current = distribution.source.version if distribution.source else None
    if current is None:
        raise ConfigurationError(
            f"{_name(distribution)} states the version {quoted(written)}, which is not PEP 440",
            cure="give the whole version instead of a part of it",
        )
    return _free(_as_stated(current) if request == CURRENT else resolve(current, request), taken)


def _as_stated(current: Pep440) -> Pep440:
    if current.local:
        raise UsageError(
            f"the current version, {current}, has a local part, which no package index accepts",
            cure="release the next one: --version patch",
        )
    return current


def _after_tag(distribution: Distribution, request: str, tagged: Pep440 | None) -> Pep440:
    if request == CURRENT:
        raise UsageError(
            f"{_name(distribution)} takes its version from the git tag ({distribution.tag_tool}): the "
            "release makes that tag",
            cure="name the version, or a part: --version patch",
        )
    if request not in list(Part):
        return whole_version(request)
    if tagged is None:
        raise ConfigurationError(
            f"{_name(distribution)} takes its version from the git tag ({distribution.tag_tool}), and no "
            "tag of a release of it is in this clone",
            cure=f"fetch the tags (git fetch --tags), or name the first version: --version {FIRST}",
        )
    return resolve(tagged, request)


def _free(version: Pep440, taken: AbstractSet[str]) -> Pep440:
    candidate, number = version, version.dev or 0
    while str(candidate) in taken:
        number += 1
        candidate = version._replace(dev=number)
    return candidate


def _literal(distribution: Distribution) -> str:
    """The version as its source spells it; raises if no file states it."""
    name = _name(distribution)
    if distribution.version is None:
        raise ConfigurationError(
            f"{name} states no version that can be read without running its code",
            cure=f"name the place in version-files, below [tool.release-async]; {_EXPLAIN}",
        )
    return distribution.version


def _name(distribution: Distribution) -> str:
    return plain(distribution.name or distribution.root) or "the project"
