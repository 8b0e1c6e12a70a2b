"""Builds sdist and wheel in a child of its own, whose environment is created before it is needed.

It never builds in this process, and does not look into what was built.
"""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from release_async.base.errors import CommandError
from release_async.base.printable import printable
from release_async.process import worker as conversation
from release_async.process.output import LineSink
from release_async.process.worker import Answer, Limits, Worker, WorkerOptions

CHILD = Path(__file__).with_name("builder_child.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Seconds that each order may take in all; dependencies are downloaded and compilers run in them."""

    provision: float = 900.0
    build: float = 900.0


@dataclass(frozen=True, slots=True)
class Built:
    """The two files of one release, where they were built."""

    sdist: Path
    wheel: Path


@asynccontextmanager
async def opened(
    scratch: Path, env: Mapping[str, str], on_line: LineSink | None = None, deadlines: Deadlines | None = None
) -> AsyncIterator["Builder"]:
    """Keep a builder for as long as the context lasts.

    Args:
        scratch: A directory that is absent or empty; it holds the environment and is gone afterwards.
        env: The environment of the build, its backend's included: it must hold no token.
        on_line: Told each line that installers and backends print.
        deadlines: How long orders may take.

    Raises:
        CommandError: The child cannot be started.
    """
    async with conversation.held(CHILD, scratch, WorkerOptions(_apart(scratch, env), on_line)) as talk:
        yield Builder(talk, deadlines or Deadlines())


def _apart(scratch: Path, env: Mapping[str, str]) -> dict[str, str]:
    """The environment in which git finds no repository around ``scratch`` (git, GIT_CEILING_DIRECTORIES).

    The directory lies in the git directory of the project. Of an sdist that is unpacked there, git would say
    that it is the top of a working tree, and a backend such as poetry-core would believe it.
    """
    given = env.get("GIT_CEILING_DIRECTORIES", "")
    ceilings = os.pathsep.join(filter(None, (str(scratch), given)))
    return {**env, "GIT_CEILING_DIRECTORIES": ceilings}


class Builder:
    """A child that builds one project."""

    def __init__(self, conversation: Worker, deadlines: Deadlines) -> None:
        self._conversation = conversation
        self._deadlines = deadlines

    async def provision(self, source: Path) -> dict[str, str]:
        """Create the environment that the builds will run in (PEP 518, PEP 517 ``get_requires_for_build_*``).

        Args:
            source: A throw-away copy of the project: backends write into it.

        Returns:
            The installed version of each build requirement, by normalised name.

        Raises:
            CommandError: The requirements cannot be found out or installed, or not in time.
        """
        order = {"order": "provision", "source": str(source)}
        answer = _checked(await self._conversation.ask(order, Limits(self._deadlines.provision)))
        return dict(answer["installed"])

    async def build(self, source: Path, out: Path, *, epoch: int | None = None) -> Built:
        """Build the sdist from ``source`` and the wheel from that sdist.

        Args:
            source: The tree of the release commit; the backend may leave files of its own in it.
            out: The directory for the two files; created where it does not exist.
            epoch: SOURCE_DATE_EPOCH for the backend, in seconds: the time of the release commit.

        Raises:
            CommandError: The backend failed, or was not done in time; the detail is the end of its output.
        """
        order = {"order": "build", "source": str(source), "out": str(out), "epoch": epoch}
        answer = _checked(await self._conversation.ask(order, Limits(self._deadlines.build)))
        return Built(out / answer["sdist"], out / answer["wheel"])


_CURES = {
    "requirements": "check [build-system] `requires` in pyproject.toml and the way to the package index, "
    "then run the same command again",
    "backend": "run `python -m build` in the project to see the same, correct it and commit, "
    "then run the same command again",
    "project": "correct pyproject.toml (or what the backend makes of it) and commit, "
    "then run the same command again",
    "machine": "see that the disk has room and may be written, then run the same command again",
}


def _checked(answer: Answer) -> Answer:
    if answer["answer"] == "failed":
        raise CommandError(
            f"The build failed: {printable(answer['what'])}",
            cure=_CURES[answer["cause"]],
            detail="\n".join(printable(line) for line in answer["detail"].splitlines()),
        )
    return answer
