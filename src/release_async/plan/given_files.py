"""Which release some built files are: their project and version, by their names. Opens none of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion

from release_async.base.errors import RefusedError, UsageError
from release_async.base.printable_text import printable

_SDIST = ".tar.gz"
ATTESTATIONS = (".publish.attestation", ".slsa.attestation")
"""How the names of attestations end, behind the name of their file (PyPI's publish action, twine)."""


@dataclass(frozen=True, slots=True)
class GivenFiles:
    """The files of one version, in the order of their upload: the wheels by name, then the sdist.

    Attributes:
        name: The project, in its normal form.
        version: The version, in its normal form.
        paths: The files.
        attestations: What says of them who has built them, each beside one of them.
    """

    name: str
    version: str
    paths: tuple[Path, ...]
    attestations: tuple[Path, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(path.name for path in self.paths)


def recognised(paths: Sequence[Path]) -> GivenFiles:
    """The files as one release.

    The wheels come first: as long as one is missing, whoever needs it gets the release before this one, and
    not an sdist to compile.

    Args:
        paths: The files; the same path may be given several times.

    Raises:
        UsageError: One of them is no sdist or wheel.
        RefusedError: They are of several projects or versions, two have one name, or the sdist is missing.
    """
    given = tuple(dict.fromkeys(paths))
    attestations = tuple(path for path in given if path.name.endswith(ATTESTATIONS))
    every = tuple(path for path in given if path not in attestations)
    _belong(attestations, every)
    found = [(path, *_identity(path)) for path in every]
    releases = sorted({f"{name} {version}" for _, name, version in found})
    if len(releases) != 1:
        named = "; ".join(f"{release}: {_first_of(found, release)}" for release in releases)
        raise RefusedError(
            f"the files are of {len(releases)} releases, not of one: {named}",
            cure="give the files of one version of one project, for each of them by itself",
        )
    twice = [name for name, count in Counter(path.name for path in every).items() if count > 1]
    if twice:
        raise RefusedError(
            f"{', '.join(map(printable, sorted(twice)))} is given twice, from different folders",
            cure="give each file once: an index keeps one file of a name",
        )
    if not any(path.name.endswith(_SDIST) for path in every):
        raise RefusedError(
            f"the sdist of {releases[0]} is missing",
            cure="give it as well, also where the index has it already (it is not sent again): the wheels "
            "are compared with it",
        )
    ordered = sorted(every, key=lambda path: (path.name.endswith(_SDIST), path.name))
    return GivenFiles(found[0][1], found[0][2], tuple(ordered), attestations)


def _belong(attestations: Sequence[Path], files: Sequence[Path]) -> None:
    """See that each attestation is for one of the files.

    Raises:
        UsageError: One is not.
    """
    names = {path.name for path in files}
    for path in attestations:
        if path.name.rsplit(".", 2)[0] not in names:
            what = f"{printable(path.name)} is for no file that is given"
            raise UsageError(what, cure="give the sdist or wheel as well, or leave the attestation out")


def _identity(path: Path) -> tuple[str, str]:
    """Project and version, as the name of a file says them.

    Raises:
        UsageError: It is no name of an sdist or a wheel.
    """
    try:
        if path.name.endswith(_SDIST):
            name, version = parse_sdist_filename(path.name)
        else:
            name, version = parse_wheel_filename(path.name)[:2]
    except (InvalidSdistFilename, InvalidWheelFilename, InvalidVersion) as error:
        raise UsageError(
            f"{printable(path.name)} is neither an sdist nor a wheel: {printable(str(error))}",
            cure="give .whl and .tar.gz files only, such as: release-async publish dist/*.whl dist/*.tar.gz",
        ) from None
    return canonicalize_name(name), str(version)


def _first_of(found: Sequence[tuple[Path, str, str]], release: str) -> str:
    names = [path.name for path, name, version in found if f"{name} {version}" == release]
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{printable(names[0])}{more}"
