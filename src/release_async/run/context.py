"""What a check or a step may touch, handed over in one piece, which tests can replace."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from release_async.external.git.client import Git
from release_async.external.github.client import ForgeConnection
from release_async.external.index.client import Index
from release_async.plan.events import Emit, OutputLine
from release_async.plan.settings import Settings
from release_async.process.log_files import LogFiles
from release_async.process.output import LineSink
from release_async.run.retry import Backoff
from release_async.run.workspace import Workspace
from release_async.versions.distribution import Distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything outside the plan.

    Attributes:
        project: The directory of the distribution in the user's checkout.
        settings: What the user asked for.
        distribution: Every place in HEAD that states the version.
        git: Git at the top of the user's checkout.
        index: The package index that is released to.
        forge: The way to the forge that the remote lives on, and what was found there.
        workspace: The private place of this run.
        test_env: The environment of the test suite, without credentials.
        logs: What children said, in full.
        emit: Where events go.
        backoff: How one waits before something is tried again.
    """

    project: Path
    settings: Settings
    distribution: Distribution
    git: Git
    index: Index
    forge: ForgeConnection
    workspace: Workspace
    test_env: Mapping[str, str]
    logs: LogFiles
    emit: Emit
    backoff: Backoff = field(default_factory=Backoff)

    def line_sink(self, source: str) -> LineSink:
        """What is told each line that a child says for a check or step: it is shown and written down."""
        return line_sink(source, self.emit, self.logs)


def line_sink(source: str, emit: Emit, logs: LogFiles) -> LineSink:
    """As `World.listener`, for children that are older than their world."""
    write = logs.sink(source)

    def hear(line: str) -> None:
        write(line)
        emit(OutputLine(source, line))

    return hear
