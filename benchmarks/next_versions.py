"""Public histories: the version that `next` proposes, against the one that was really released next.

    PYTHONPATH=tests python benchmarks/next_versions.py CLONES [--releases 6] [--only OWNER/NAME ...]

CLONES as for `rehearse_corpus.py`. For each of the last releases of a project HEAD is set to the commit
before its tag, and all later tags are taken away; then `release-async next` is asked. A pre-release is no
release here. What differs is printed with what decided, for a person to judge: a proposal says what the
changes ask for, and people release more or less than that for reasons of their own.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from packaging.version import InvalidVersion, Version

from rehearse_corpus import cloned

PROJECTS = """
    pallets/flask pallets/werkzeug encode/httpcore marshmallow-code/marshmallow jpadilla/pyjwt
    python-poetry/poetry-core executablebooks/markdown-it-py getsentry/responses Delgan/loguru
    agronholm/anyio pytest-dev/pluggy hynek/structlog pypa/build pypa/twine psf/black
    commitizen-tools/commitizen copier-org/copier litestar-org/polyfactory
    Bluetooth-Devices/bluetooth-data-tools boto/s3transfer
"""
"""By hand, written changelogs and Conventional Commits mixed; the list only changes by hand."""

_NUMBERS = re.compile(r"\d+(?:\.\d+)+")


class Release(NamedTuple):
    """A tag, and the version that it says."""

    tag: str
    version: Version


class Seen(NamedTuple):
    """One release, and what was proposed before it.

    Attributes:
        name: The project.
        before: The release before it.
        real: What was released.
        proposed: What was proposed; empty where it could not be.
        source: What decided.
        why: In words.
    """

    name: str
    before: str
    real: str
    proposed: str
    source: str
    why: str

    @property
    def verdict(self) -> str:
        """How the proposal compares with the release."""
        if not self.proposed:
            return "refused"
        proposed, real = Version(self.proposed), Version(self.real)
        return "same" if proposed == real else "larger" if proposed > real else "smaller"


def main() -> int:
    """Ask about every release, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clones", type=Path)
    parser.add_argument("--releases", type=int, default=6)
    parser.add_argument("--only", nargs="*", default=())
    options = parser.parse_args()
    found: list[Seen] = []
    for name in options.only or PROJECTS.split():
        for seen in _of_project(name, options.clones, options.releases):
            found.append(seen)
            print(f"{seen.verdict:8} {_line(seen)}", flush=True)
    counts = Counter(seen.verdict for seen in found)
    sources = Counter(seen.source for seen in found)
    print(f"{len(found)} releases of {len({seen.name for seen in found})} projects: {dict(counts)}")
    print(f"decided by: {dict(sources)}")
    return 0


def _line(seen: Seen) -> str:
    return f"{seen.name:36} {seen.before:>10} → {seen.real:10} {seen.proposed:10} {seen.source:9} {seen.why}"


def _of_project(name: str, clones: Path, releases: int) -> Iterator[Seen]:
    with tempfile.TemporaryDirectory(prefix="next-") as directory:
        try:
            project = cloned(name, clones, Path(directory))
        except (subprocess.SubprocessError, OSError) as error:
            print(f"missing  {name}: {str(error)[:100]}")
            return
        history = list(_releases(project))
        for before, after in list(zip(history[1:], history, strict=False))[:releases]:
            _git(project, "checkout", "--quiet", "--force", "--detach", f"{after.tag}~1")
            later = _git(project, "tag", "--no-merged", "HEAD").split()
            if later:
                _git(project, "tag", "-d", *later)
            yield _asked(name, project, (before, after))


def _releases(project: Path) -> Iterator[Release]:
    """The final releases on the line of HEAD, the newest first, each lower than the one before."""
    below: Version | None = None
    for tag in _git(project, "tag", "--merged", "HEAD", "--sort=-creatordate").split():
        numbers = _NUMBERS.search(tag)
        try:
            version = Version(tag[numbers.start() :]) if numbers else None
        except InvalidVersion:
            continue
        if version and not version.is_prerelease and (below is None or version < below):
            below = version
            yield Release(tag, version)


def _asked(name: str, project: Path, pair: tuple[Release, Release]) -> Seen:
    argv = (sys.executable, "-m", "release_async", "next", "--output", "json", "-C", str(project))
    answer = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=300)
    events = [json.loads(line) for line in answer.stdout.splitlines() if line.startswith("{")]
    told: dict[str, str] = next((each for each in events if each["event"] == "next_version"), {})
    failed = next((each["what"] for each in events if each["event"] == "failed"), "")
    before, after = pair
    return Seen(
        name,
        str(before.version),
        str(after.version),
        told.get("version", ""),
        told.get("source", ""),
        told.get("why", failed),
    )


def _git(project: Path, *arguments: str) -> str:
    return subprocess.run(
        ("git", "-C", str(project), *arguments), check=True, capture_output=True, text=True
    ).stdout


if __name__ == "__main__":
    raise SystemExit(main())
