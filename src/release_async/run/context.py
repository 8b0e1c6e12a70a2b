"""What a check or a step may touch, handed over in one piece, which tests can replace."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from release_async.external.git.client import Git, Remote
from release_async.external.github.client import ForgeConnection
from release_async.external.index.client import Index
from release_async.plan.events import Emit, OutputLine
from release_async.plan.settings import Settings
from release_async.process.log_files import LogFiles
from release_async.process.output import LineSink
from release_async.run.read_files import ReadFiles
from release_async.run.retry import Backoff
from release_async.run.workspace import Workspace
from release_async.versions.site import Distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything outside the plan.

    Attributes:
        project: The directory in the user's checkout whose settings and ``.env`` the release goes by.
        settings: What the user asked for.
        distributions: Every place in HEAD that states a version, of each package of the plan.
        files: What was read of HEAD when the project was opened.
        git: Git at the top of the user's checkout.
        remote: The remote that is pushed to, as it was when the plan was decided.
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
    distributions: tuple[Distribution, ...]
    files: ReadFiles
    git: Git
    remote: Remote
    index: Index
    forge: ForgeConnection
    workspace: Workspace
    test_env: Mapping[str, str]
    logs: LogFiles
    emit: Emit
    backoff: Backoff = field(default_factory=Backoff)

    @property
    def from_tag(self) -> str:
        """The tool that takes a version of this release from a git tag; empty where all stand in files."""
        return next((each.tag_tool for each in self.distributions if each.tag_tool), "")

    def line_sink(self, source: str) -> LineSink:
        """What is told each line that a child says for a check or step: it is shown and written down."""
        return line_sink(source, self.emit, self.logs)


def line_sink(source: str, emit: Emit, logs: LogFiles) -> LineSink:
    """As `Context.line_sink`, for children that are older than their context."""
    write = logs.sink(source)

    def hear(line: str) -> None:
        write(line)
        emit(OutputLine(source, line))

    return hear
