"""Public projects, unmodified: what `versions`, the hook and a whole rehearsal make of them.

    PYTHONPATH=tests python benchmarks/rehearse_corpus.py CLONES [--only OWNER/NAME ...] [--jobs 2]

CLONES holds a clone of each project below ``OWNER+NAME/repo``, bare or not; what is missing is cloned from
its forge by name. Each one is cloned once more, at its default branch, so that nothing in CLONES changes. A
project counts where `python -m build` builds it here: what needs a compiler or a registry that this machine
has not says nothing of the tool. Every refusal is printed with its words, to be judged by a person. What is
rehearsed is installed from the index of the rehearsal, and its metadata have to say the planned version.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from hook import inherited

FILES = "files"
TAG = "tag"
COMPUTED = "computed"

CORPUS = {
    FILES: """
        pallets/flask pallets/werkzeug pallets/itsdangerous encode/httpcore marshmallow-code/marshmallow
        arrow-py/arrow jpadilla/pyjwt simonw/sqlite-utils benoitc/gunicorn pypa/flit pypa/build pypa/installer
        pypa/pyproject-hooks python-poetry/poetry-core python-poetry/cleo Delgan/loguru PyCQA/pycodestyle
        PyCQA/flake8 more-itertools/more-itertools mahmoud/boltons bottlepy/bottle lepture/mistune
        executablebooks/markdown-it-py getsentry/responses spulec/freezegun theskumar/python-dotenv
        Python-Markdown/markdown pylint-dev/astroid un33k/python-slugify python-trio/outcome
    """,
    TAG: """
        agronholm/anyio tqdm/tqdm tox-dev/pyproject-api agronholm/exceptiongroup pytest-dev/pluggy
        pytest-dev/iniconfig tox-dev/filelock tox-dev/platformdirs python-humanize/humanize PyCQA/isort
        docker/docker-py pypa/twine psf/black python-jsonschema/jsonschema pycontribs/enrich
        hynek/structlog jazzband/tablib pytest-dev/pytest-xdist dask/partd openstack/stevedore
    """,
    "compiled": """
        pallets/markupsafe gorakhargosh/watchdog ijl/orjson samuelcolvin/watchfiles msgpack/msgpack-python
        aio-libs/yarl aio-libs/multidict aio-libs/frozenlist MagicStack/httptools MagicStack/uvloop
        python-greenlet/greenlet simplejson/simplejson
    """,
    COMPUTED: """
        giampaolo/pyftpdlib celery/py-amqp celery/vine mher/flower stefankoegl/python-json-patch
        PythonCharmers/python-future Lightning-AI/utilities nedbat/coveragepy pyca/pyopenssl
        giampaolo/psutil Supervisor/supervisor googleapis/google-auth-library-python
    """,
    "built otherwise": """
        sqlalchemy/alembic certifi/python-certifi callowayproject/bump-my-version boto/boto3
        huggingface/huggingface_hub openstack/oslo.config ansible/ansible python/mypy
        zopefoundation/transaction networkx/networkx pypa/pip plone/plone.api
        python-versioneer/python-versioneer scverse/anndata
        python-telegram-bot/python-telegram-bot jazzband/django-debug-toolbar fastapi/fastapi
        openai/openai-python scikit-hep/awkward keras-team/keras twisted/twisted
        twisted/incremental cthoyt/pystow your-tools/tbump getsentry/sentry-python
        pdm-project/pdm-backend pydantic/pydantic beetbox/beets qutebrowser/qutebrowser
        yt-dlp/yt-dlp python-poetry/poetry di/calver pypa/trove-classifiers
    """,
}
"""By the shares that were measured of 71 others, and some that have taught something; changed by hand."""

_MINUTES = 900.0


class Outcome(NamedTuple):
    """What became of one project.

    Attributes:
        name: Owner and name.
        kind: Where the version comes from, as the tool itself says.
        builds: Whether `python -m build` builds it here.
        versions: The exit code of `release-async versions`.
        hook: The exit code of the hook on an untouched index.
        rehearsal: The exit code of the rehearsal; None where it was not tried.
        words: What was said of a refusal.
        version: The version that was planned, and the one that is in the metadata.
    """

    name: str
    kind: str
    builds: bool
    versions: int
    hook: int
    rehearsal: int | None
    words: str = ""
    version: tuple[str, str] = ("", "")

    @property
    def is_right(self) -> bool:
        """Whether it was rehearsed to the end, and is what was planned."""
        return self.rehearsal == 0 and self.version[0] == self.version[1] != ""


def main() -> int:
    """Try all of them and print a table; 1 where something was refused."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clones", type=Path)
    parser.add_argument("--only", nargs="*", default=())
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    names = options.only or [name for listed in CORPUS.values() for name in listed.split()]
    with ThreadPoolExecutor(options.jobs) as pool:
        outcomes = []
        for outcome in pool.map(lambda name: _tried(name, options.clones), names):
            outcomes.append(outcome)
            print(_line(outcome), flush=True)
    print(*_summary(outcomes), sep="\n")
    return int(any(outcome.rehearsal is not None and not outcome.is_right for outcome in outcomes))


def _line(outcome: Outcome) -> str:
    rehearsed = "-" if outcome.rehearsal is None else str(outcome.rehearsal)
    built = "builds" if outcome.builds else "no build"
    facts = f"versions {outcome.versions}  hook {outcome.hook}  {built:8}  rehearsal {rehearsed:2}"
    made = " = ".join(dict.fromkeys(filter(None, outcome.version)))
    return f"{outcome.name:34} {outcome.kind:9} {facts}  {made}  {outcome.words}"


def _summary(outcomes: list[Outcome]) -> Iterator[str]:
    kinds = Counter(outcome.kind for outcome in outcomes)
    yield f"{len(outcomes)} projects: {', '.join(f'{count} {kind}' for kind, count in kinds.items())}"
    for kind, where in ((FILES, "stands in files"), (TAG, "comes from a tag"), (COMPUTED, "is computed")):
        counted = [each for each in outcomes if each.kind == kind and each.rehearsal is not None]
        green = sum(outcome.is_right for outcome in counted)
        yield f"rehearsed unmodified: {green} of {len(counted)} whose version {where} and that build here"
    yield f"hook 0: {sum(outcome.hook == 0 for outcome in outcomes)} of {len(outcomes)}"


def _tried(name: str, clones: Path) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="corpus-") as directory:
        try:
            return _measured(name, cloned(name, clones, Path(directory)), Path(directory))
        except (subprocess.SubprocessError, OSError) as error:
            return Outcome(
                name, "missing", builds=False, versions=-1, hook=-1, rehearsal=None, words=str(error)[:200]
            )


def cloned(name: str, clones: Path, directory: Path) -> Path:
    """A fresh clone of a project, of one that is kept or else of its forge's."""
    kept = clones / name.replace("/", "+") / "repo"
    source = str(kept) if kept.exists() else f"https://github.com/{name}"
    project = directory / "project"
    subprocess.run(
        ("git", "clone", "--quiet", source, str(project)), check=True, timeout=_MINUTES, capture_output=True
    )
    for key, value in (("user.name", "A"), ("user.email", "a@example.com")):
        subprocess.run(("git", "-C", str(project), "config", key, value), check=True)
    return project


def _measured(name: str, project: Path, directory: Path) -> Outcome:
    tool = str(Path(sys.executable).with_name("release-async"))
    versions, said = _run(project, directory, tool, "versions")
    hook, _ = _run(project, directory, tool, "hook", "version-consistency")
    kind = TAG if "git tag" in said else COMPUTED if "not checked" in said.partition("\n")[0] else FILES
    builds = (
        _run(project, directory, sys.executable, "-m", "build", "--outdir", str(directory / "dist"))[0] == 0
    )
    subprocess.run(("git", "-C", str(project), "clean", "-qfdx"), check=False)
    if not builds:
        return Outcome(name, kind, builds, versions, hook, None)
    code, words = _run(project, directory, tool, "rehearse", "--skip-tests", "--yes", "--output", "plain")
    refused = re.findall(r"(?m)^\s*(?:error:|FAILED|\|)\s*(.*)", words)
    told = "; ".join(refused)[:300] if code else ""
    return Outcome(name, kind, builds, versions, hook, code, told, _versions(words))


def _versions(words: str) -> tuple[str, str]:
    """What the plan of a rehearsal says, and what was installed from its index."""
    planned = re.search(r"(?m)^release \S+ .*?(\S+)$", words)
    installed = re.search(r"from the index says it is (\S+)", words)
    return (planned[1] if planned else "", installed[1] if installed else "")


def _run(project: Path, directory: Path, *argv: str) -> tuple[int, str]:
    """Run a command in the project; return its exit code and what it said."""
    environ = inherited() | {"TMPDIR": str(directory), "NO_COLOR": "1"}
    done = subprocess.run(
        argv,
        cwd=project,
        env=environ,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_MINUTES,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


if __name__ == "__main__":
    raise SystemExit(main())
