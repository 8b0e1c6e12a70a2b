"""Whether the files that CI has built are one release: once each, of its version, with an sdist. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from release_async.base.printable_text import printable

_SDIST = ".tar.gz"
_KINDS = (".whl", _SDIST)
_NAMED = 5


class CollectedFile(NamedTuple):
    """One file.

    Attributes:
        name: Its name.
        artifact: The name of the artifact that it was in.
    """

    name: str
    artifact: str


def is_wanted(name: str) -> bool:
    """Whether a file is a wheel or an sdist, by its name."""
    return name.endswith(_KINDS)


def faults(project: str, version: str, files: Sequence[CollectedFile]) -> Iterator[str]:
    """What is wrong with the files as a whole, a sentence each.

    Args:
        project: The name of the project.
        version: The version that is released.
        files: The files of all artifacts.
    """
    yield from _several_times(files)
    wanted, strange = (
        (canonicalize_name(project), str(Version(version))),
        defaultdict[str, list[CollectedFile]](list),
    )
    for file in files:
        found = _identity(file.name)
        if found != wanted:
            strange[" ".join(found) if found else "no release"].append(file)
    for release, of_it in sorted(strange.items()):
        yield f"{_counted(of_it)} of {release}, not of {project} {version}: {_named(of_it)}"
    if not any(file.name.endswith(_SDIST) for file in files):
        yield "there is no sdist: without it nobody can see what the wheels were built from"


def _several_times(files: Iterable[CollectedFile]) -> Iterator[str]:
    found = defaultdict[str, list[str]](list)
    for file in files:
        found[file.name].append(file.artifact)
    for name, artifacts in sorted(found.items()):
        if len(artifacts) > 1:
            where = ", ".join(map(printable, artifacts))
            yield f"{printable(name)} is in {len(artifacts)} artifacts: {where}"


def _identity(name: str) -> tuple[str, str] | None:
    """Project and version in a file name; None where it is none of an sdist or wheel."""
    try:
        project, version = (
            parse_sdist_filename(name) if name.endswith(_SDIST) else parse_wheel_filename(name)[:2]
        )
    except (InvalidSdistFilename, InvalidWheelFilename, InvalidVersion):
        return None
    return canonicalize_name(project), str(version)


def _counted(files: Sequence[CollectedFile]) -> str:
    return "1 file is" if len(files) == 1 else f"{len(files)} files are"


def _named(files: Sequence[CollectedFile]) -> str:
    names = ", ".join(f"{printable(file.name)} in {printable(file.artifact)}" for file in files[:_NAMED])
    return names + (f" and {len(files) - _NAMED} more" if len(files) > _NAMED else "")
