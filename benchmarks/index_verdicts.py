"""Real files, as they are on the index: does any gate refuse what the index has taken?

    PYTHONPATH=tests python benchmarks/index_verdicts.py [--folder DIR]

The newest wheel and sdist of each project below are downloaded with pip. The index has taken them all, so
each has to pass the oracle of the tests (``support.index_verdict``) and the gates. What does not is printed
with the words of who refuses it.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from packaging.utils import parse_sdist_filename, parse_wheel_filename

from release_async.base.problems import Level
from release_async.external.build import archive_reader
from release_async.external.index.uploader_child import inspected
from release_async.guard import wheel_record
from release_async.guard.index_rules import built_files
from release_async.guard.index_rules.built_files import Judged
from support import index_verdict

PROJECTS = (
    *("annotated-types", "attrs", "blinker", "certifi", "charset-normalizer", "click", "docutils", "h11"),
    *("hatchling", "idna", "itsdangerous", "jinja2", "markdown", "markupsafe", "mdurl", "meson-python"),
    *(
        "msgpack",
        "multidict",
        "packaging",
        "pathspec",
        "platformdirs",
        "poetry-core",
        "psutil",
        "pydantic-core",
    ),
    *("pygments", "pyyaml", "rpds-py", "setuptools", "tomli", "typing-extensions", "urllib3", "uv-build"),
)

_PATIENCE = 60
"""Seconds for one download."""


class Pair(NamedTuple):
    """The wheel and the sdist of one version."""

    wheel: Path
    sdist: Path


def main() -> int:
    """Download, judge, print a line each; 1 where a file is refused that the index has."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, help="where the files are kept for the next time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = options.folder or Path(made)
        pairs = [pair for project in PROJECTS if (pair := _downloaded(project, folder / project))]
        refused = [(pair.wheel.name, words) for pair in pairs for words in _refusals(pair)]
    print(f"{2 * len(pairs)} files of {len(pairs)} projects; refused: {len(refused)}")
    print(*(f"{name}: {words}" for name, words in refused), sep="\n")
    return int(bool(refused))


def _downloaded(project: str, folder: Path) -> Pair | None:
    """The newest version that has both; None where pip gets no pair."""
    folder.mkdir(parents=True, exist_ok=True)
    if not list(folder.glob("*.whl")):
        _pip(project, "--only-binary=:all:", folder)
    wheels = sorted(folder.glob("*.whl"))
    if wheels and not list(folder.glob("*.tar.gz")):
        version = parse_wheel_filename(wheels[0].name)[1]
        _pip(f"{project}=={version}", "--no-binary=:all:", folder)
    sdists = sorted(folder.glob("*.tar.gz"))
    return Pair(wheels[0], sdists[0]) if wheels and sdists else None


def _pip(wanted: str, kind: str, folder: Path) -> None:
    command = (sys.executable, "-m", "pip", "download", "-q", "--no-deps", kind, "-d", str(folder), wanted)
    with suppress(subprocess.TimeoutExpired):  # some sdists need a compiler before they tell their name
        subprocess.run(command, check=False, capture_output=True, timeout=_PATIENCE)


def _refusals(pair: Pair) -> Iterator[str]:
    for path in pair:
        answer = index_verdict.answer(path.name, path.read_bytes())
        if answer.status != 200:  # noqa: PLR2004 - the status of HTTP
            yield f"the oracle: {path.name}: {answer.words}"
        yield from (f"twine: {path.name}: {error}" for error in inspected(str(path))["errors"])  # type: ignore[attr-defined]  # JSON
    wheel, sdist = archive_reader.wheel(pair.wheel), archive_reader.sdist(pair.sdist)
    yield from (f"the reader: {fault}" for fault in (*wheel.faults, *sdist.faults))
    name, version = parse_sdist_filename(pair.sdist.name)
    judged = Judged(name, str(version), sdist, wheel, {}, "PyPI")
    for finding in (*built_files.findings(judged), *wheel_record.findings(wheel)):
        if finding.level is Level.REFUSE:
            yield f"a gate: {finding.archive}: {finding.what}"


if __name__ == "__main__":
    raise SystemExit(main())
