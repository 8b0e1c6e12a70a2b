"""Builds sdist and wheel in a worker whose build environment is prepared before it is needed.

It never builds in this process, and does not look into what was built.
"""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from release_async.base.errors import CommandError
from release_async.base.printable_text import printable
from release_async.process import worker
from release_async.process.child_output import LineSink
from release_async.process.worker import Answer, Limits, Worker, WorkerOptions

CHILD = Path(__file__).with_name("builder_child.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Seconds that each order may take, including downloads of dependencies and compilers."""

    provision: float = 900.0
    build: float = 900.0


@dataclass(frozen=True, slots=True)
class BuildResult:
    """The sdist and the wheel, where they were built."""

    sdist: Path
    wheel: Path


@dataclass(frozen=True, slots=True)
class BuiltMetadata:
    """What a build backend says that it would build.

    Attributes:
        name: The name, as the project spells it.
        version: The version, as the backend spells it.
    """

    name: str
    version: str


@asynccontextmanager
async def open_builder(
    scratch: Path, env: Mapping[str, str], on_line: LineSink | None = None, deadlines: Deadlines | None = None
) -> AsyncIterator["Builder"]:
    """Run a builder while the context lasts.

    Args:
        scratch: A directory that is absent or empty; holds the build environment and is removed afterwards.
        env: The environment of the build and its backend: it must hold no token.
        on_line: Called with each line that installers and backends print.
        deadlines: How long orders may take.

    Raises:
        CommandError: The worker cannot be started.
    """
    async with worker.open_worker(
        CHILD, scratch, WorkerOptions(_outside_git(scratch, _constrained(env)), on_line)
    ) as child:
        yield Builder(child, deadlines or Deadlines())


def _outside_git(scratch: Path, env: Mapping[str, str]) -> dict[str, str]:
    """The environment in which git finds no repository around ``scratch`` (git, GIT_CEILING_DIRECTORIES).

    The directory lies in the git directory of the project. In an sdist unpacked there, git would take the
    project's repository for the sdist's own, and a backend such as poetry-core would believe it.
    """
    given = env.get("GIT_CEILING_DIRECTORIES", "")
    ceilings = os.pathsep.join(filter(None, (str(scratch), given)))
    return {**env, "GIT_CEILING_DIRECTORIES": ceilings}


def _constrained(env: Mapping[str, str]) -> dict[str, str]:
    """The environment in which PIP_CONSTRAINT counts for uv as well, and from any working directory.

    ``python -m build`` with pip obeys it; uv reads UV_CONSTRAINT alone (its manual, "Environment variables").
    """
    given = env.get("PIP_CONSTRAINT", "").split()
    if not given:
        return dict(env)
    constraints = " ".join(each if "://" in each else str(Path(each).absolute()) for each in given)
    return {"UV_CONSTRAINT": constraints, **env, "PIP_CONSTRAINT": constraints}


class Builder:
    """A worker that builds one project.

    Attributes:
        is_provisioned: Whether it has the environment that it builds in.
    """

    def __init__(self, child: Worker, deadlines: Deadlines) -> None:
        self._worker = child
        self._deadlines = deadlines
        self.is_provisioned = False

    async def provision(self, source: Path) -> dict[str, str]:
        """Create the environment for the builds (PEP 518, PEP 517 ``get_requires_for_build_*``).

        Args:
            source: A throw-away copy of the project: backends write into it.

        Returns:
            The installed version of each build requirement, by normalised name.

        Raises:
            CommandError: The requirements cannot be determined or installed, or not in time.
        """
        order = {"order": "provision", "source": str(source)}
        answer = _succeeded(await self._worker.ask(order, Limits(self._deadlines.provision)))
        self.is_provisioned = True
        return dict(answer["installed"])

    async def metadata(self, source: Path) -> BuiltMetadata:
        """What the backend would build from a tree (PEP 517 ``prepare_metadata_for_build_wheel``).

        A backend without that hook builds a wheel for the answer.

        Args:
            source: The tree, which was provisioned before; the backend may leave files of its own in it.

        Raises:
            CommandError: The backend failed or took too long; the detail is the end of its output.
        """
        order = {"order": "metadata", "source": str(source)}
        answer = _succeeded(await self._worker.ask(order, Limits(self._deadlines.build)))
        return BuiltMetadata(answer["name"], answer["version"])

    async def build(self, source: Path, out: Path, *, epoch: int | None = None) -> BuildResult:
        """Build the sdist from ``source`` and the wheel from that sdist.

        Args:
            source: The tree of the release commit; the backend may leave files of its own in it.
            out: The directory for the two files; created if it does not exist.
            epoch: SOURCE_DATE_EPOCH for the backend, in seconds: the time of the release commit.

        Raises:
            CommandError: The backend failed or took too long; the detail is the end of its output.
        """
        order = {"order": "build", "source": str(source), "out": str(out), "epoch": epoch}
        answer = _succeeded(await self._worker.ask(order, Limits(self._deadlines.build)))
        return BuildResult(out / answer["sdist"], out / answer["wheel"])


_CURES = {
    "requirements": "check [build-system] `requires` in pyproject.toml and the way to the package index, "
    "then run the same command again",
    "backend": "run `python -m build` in the project to see the same, correct it and commit, "
    "then run the same command again",
    "project": "correct pyproject.toml (or what the backend makes of it) and commit, "
    "then run the same command again",
    "machine": "see that the disk has room and may be written, then run the same command again",
}


def _succeeded(answer: Answer) -> Answer:
    if answer["answer"] == "failed":
        raise CommandError(
            f"The build failed: {printable(answer['what'])}",
            cure=_CURES[answer["cause"]],
            detail="\n".join(printable(line) for line in answer["detail"].splitlines()),
        )
    return answer
