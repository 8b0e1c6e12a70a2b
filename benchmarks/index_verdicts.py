"""Real files, as they are on the index: does any gate refuse what the index has taken?

    PYTHONPATH=tests python benchmarks/index_verdicts.py [--folder DIR]

The newest wheel and sdist of each project below are downloaded, as the page of the project on the configured
index lists them. The index has accepted them all, so each has to pass the oracle of the tests
(``support.index_verdict``) and the gates. What does not is printed with the words of who refuses it.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin
from urllib.request import Request, urlopen

import anyio
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from release_async.base.problems import Level
from release_async.external.build import archive_reader
from release_async.external.index import repository_url, simple_api
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
_JSON = "application/vnd.pypi.simple.v1+json"
_LARGEST = 8_000_000
"""Bytes of a file that is worth it."""


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
    """The newest version that has both; None where there is none of a size that is worth it."""
    folder.mkdir(parents=True, exist_ok=True)
    if not list(folder.glob("*.whl")):
        for address, name in _newest(project):
            with urlopen(address, timeout=_PATIENCE) as answer:  # noqa: S310 - of the index that pip is told to ask
                (folder / name).write_bytes(answer.read())
    wheels, sdists = sorted(folder.glob("*.whl")), sorted(folder.glob("*.tar.gz"))
    return Pair(wheels[0], sdists[0]) if wheels and sdists else None


def _newest(project: str) -> tuple[tuple[str, str], ...]:
    """Address and name of a wheel and the sdist of the newest version that has both, as its page lists them.

    pip would build some sdists to learn their names, which takes a compiler; the page tells them.
    """
    request = Request(f"{_simple()}{project}/", headers={"Accept": _JSON})  # noqa: S310 - as above
    with urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310 - as above
        files = [each for each in json.load(answer)["files"] if each.get("size", 0) < _LARGEST]
    wheels = {_version(each): each for each in files if each["filename"].endswith(".whl")}
    sdists = {_version(each): each for each in files if each["filename"].endswith(".tar.gz")}
    both = [each for each in wheels.keys() & sdists.keys() if not each.is_prerelease]
    chosen = [listed[max(both)] for listed in (wheels, sdists)] if both else []
    return tuple((urljoin(request.full_url, each["url"]), each["filename"]) for each in chosen)


def _version(file: dict[str, str]) -> Version:
    name = file["filename"]
    with suppress(InvalidSdistFilename, InvalidWheelFilename, InvalidVersion):
        return parse_wheel_filename(name)[1] if name.endswith(".whl") else parse_sdist_filename(name)[1]
    return Version("0.dev0")


def _simple() -> str:
    """The simple API that pip is configured to read, or else that of the public index."""
    command = (sys.executable, "-m", "pip", "config", "get", "global.index-url")
    told = subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()
    return f"{told.rstrip('/')}/" if told else anyio.run(_public)


async def _public() -> str:
    async with simple_api.open_index(repository_url.upload_urls().pypi) as index:
        return index.simple_url


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
