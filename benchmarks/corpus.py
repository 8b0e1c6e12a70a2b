"""What `release-async versions` says of forty published source distributions, against their own PKG-INFO.

PYTHONPATH=tests python benchmarks/corpus.py [--cache DIRECTORY]

The files are fetched by name into a cache, from the index that pip is configured for, and checked by the
hash the index states. They are read as archives: nothing of them is unpacked, built or run.
"""

import argparse
import hashlib
import io
import os
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from email.parser import BytesHeaderParser
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

import httpx2
from packaging.utils import canonicalize_name, parse_sdist_filename
from packaging.version import Version

from release_async.base.problems import Level
from release_async.external.index.repository_url import simple_url, upload_urls
from release_async.versions.compare_places import compare
from release_async.versions.find_distributions import distributions
from support.trees import Files

TAG = "tag"
"""Stands behind those whose version comes from a git tag: there the right answer is to say so."""

CORPUS = {
    "setuptools": """
        aiohttp==3.12.15  boto3==1.40.45  botocore==1.40.45  certifi==2025.8.3  psutil==7.1.0
        python-dateutil==2.9.0.post0:tag  pyyaml==6.0.3  requests==2.32.5  six==1.17.0  sqlalchemy==2.0.43
    """,
    "hatchling": """
        attrs==25.3.0:tag  httpx==0.28.1  opentelemetry-api==1.37.0  pydantic==2.11.9  pygments==2.19.2
        soupsieve==2.8  starlette==0.48.0  urllib3==2.5.0:tag  uvicorn==0.37.0  virtualenv==20.34.0:tag
    """,
    "flit or poetry": """
        click==8.3.0  idna==3.10  jinja2==3.1.6  packaging==25.0  pyparsing==3.2.5
        rich==14.1.0  rsa==4.9.1  tomlkit==0.13.3  typing-extensions==4.15.0  wheel==0.45.1
    """,
    "others": """
        cryptography==46.0.2  fastapi==0.118.0  numpy==2.3.3  pandas==2.3.3:tag  narwhals==2.29.0
        pydantic-core==2.41.1  pyzmq==27.1.0  rpds-py==0.27.1  scipy==1.16.2  typer==0.19.2
    """,
}
"""Ten of each family of build backends, among the most downloaded packages; the list only changes by hand."""


class Wanted(NamedTuple):
    """One source distribution of the list."""

    family: str
    name: str
    version: str
    from_tag: bool


class Verdict(StrEnum):
    """What the answer was worth."""

    RIGHT = "right"
    NOT_CHECKED = "not checked"
    WRONG = "wrong"


class Judged(NamedTuple):
    """One source distribution, and what was said of it."""

    wanted: Wanted
    verdict: Verdict
    said: str


def main(cache: Path) -> int:
    """Fetch what is missing, judge all, print the table; the exit code says whether the target is met."""
    judged = [judge(wanted, archive(wanted, cache)) for wanted in listed()]
    report(judged)
    verdicts = Counter(each.verdict for each in judged)
    return int(bool(verdicts[Verdict.WRONG]) or verdicts[Verdict.RIGHT] < 0.9 * len(judged))


def listed() -> Iterator[Wanted]:
    """The list, entry by entry."""
    for family, entries in CORPUS.items():
        for entry in entries.split():
            pinned, _, mark = entry.partition(":")
            name, _, version = pinned.partition("==")
            yield Wanted(family, name, version, from_tag=mark == TAG)


def archive(wanted: Wanted, cache: Path) -> bytes:
    """The source distribution's bytes, from the cache or else from the index."""
    cached = cache / f"{wanted.name}-{wanted.version}.tar.gz"
    if not cached.exists():
        cache.mkdir(parents=True, exist_ok=True)
        partial = cached.with_suffix(".part")
        partial.write_bytes(downloaded(wanted))
        partial.replace(cached)
    return cached.read_bytes()


def downloaded(wanted: Wanted) -> bytes:
    """Ask the simple API (PEP 691) for the file, fetch it, prove its hash.

    Raises:
        LookupError: The index has no such file, or one with another hash.
    """
    headers = {"Accept": "application/vnd.pypi.simple.v1+json"}
    with httpx2.Client(follow_redirects=True, timeout=60.0) as client:
        page = client.get(urljoin(index(), f"{canonicalize_name(wanted.name)}/"), headers=headers)
        page.raise_for_status()
        for file in page.json()["files"]:
            if is_wanted(file["filename"], wanted):
                data = client.get(urljoin(str(page.url), file["url"])).raise_for_status().content
                if hashlib.sha256(data).hexdigest() == file["hashes"]["sha256"]:
                    return data
    raise LookupError(f"the index has no sound source distribution of {wanted.name} {wanted.version}")


def is_wanted(filename: str, wanted: Wanted) -> bool:
    """Whether a file is the source distribution."""
    if not filename.endswith(".tar.gz"):
        return False
    name, version = parse_sdist_filename(filename)
    return (name, version) == (canonicalize_name(wanted.name), Version(wanted.version))


def index() -> str:
    """The index that pip would ask, with a slash at its end."""
    command = (sys.executable, "-m", "pip", "config", "get", "global.index-url")
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    configured = os.environ.get("PIP_INDEX_URL") or asked.stdout.strip()
    return f"{(configured or simple_url(upload_urls().pypi)).rstrip('/')}/"


def judge(wanted: Wanted, data: bytes) -> Judged:
    """Compare what is said of an archive with what its PKG-INFO says.

    A refusal anywhere in the archive is a false alarm: what was published did agree.
    """
    files = dict(members(data))
    truth = Version(BytesHeaderParser().parsebytes(files.pop("PKG-INFO"))["Version"])
    found = distributions(Files(files))
    alarms = [problem for each in found for problem in compare(each) if problem.level is Level.REFUSE]
    main_one = next((each for each in found if not each.root), None)
    if alarms:
        return Judged(wanted, Verdict.WRONG, f"{alarms[0].where}: {alarms[0].what}")
    if main_one is None:
        return Judged(wanted, Verdict.WRONG, "no distribution was found at the top")
    if main_one.version is None:
        honest = Verdict.RIGHT if wanted.from_tag and main_one.tag_tool else Verdict.NOT_CHECKED
        wrong = bool(main_one.tag_tool) and not wanted.from_tag
        note = next((site.note for site in main_one.sites), "nothing was said")
        return Judged(wanted, Verdict.WRONG if wrong else honest, main_one.tag_tool or note)
    right = Version(main_one.version) == truth and not wanted.from_tag
    source = next(site for site in main_one.sites if site.role == "source")
    said = f"{main_one.version} in {source.path}:{source.line}, PKG-INFO {truth}"
    return Judged(wanted, Verdict.RIGHT if right else Verdict.WRONG, said)


def members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The regular files of an archive by their path below its one folder."""
    with tarfile.open(fileobj=io.BytesIO(data)) as opened:
        for member in opened:
            path = member.name.removeprefix("./").partition("/")[2]
            if member.isfile() and path and (stream := opened.extractfile(member)):
                yield path, stream.read()


def report(judged: list[Judged]) -> None:
    """Print counts by family, then every answer that was not right."""
    print(f"{'':16}" + "".join(f"{verdict:>14}" for verdict in Verdict))
    for family in CORPUS:
        counts = Counter(each.verdict for each in judged if each.wanted.family == family)
        print(f"{family:16}" + "".join(f"{counts[verdict]:14}" for verdict in Verdict))
    total = Counter(each.verdict for each in judged)
    print(f"{'all':16}" + "".join(f"{total[verdict]:14}" for verdict in Verdict))
    for each in judged:
        if each.verdict is not Verdict.RIGHT:
            print(f"{each.verdict}: {each.wanted.name} {each.wanted.version}: {each.said}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    parser.add_argument("--cache", type=Path, default=Path(home) / "release-async" / "corpus")
    sys.exit(main(parser.parse_args().cache))
