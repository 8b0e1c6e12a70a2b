"""The CI of a rehearsal: one machine, which builds the candidate as CI would, in a clone of its own."""

import hashlib
import shutil
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from release_async.base.errors import FailedError
from release_async.external.build.builder import Builder, BuildResult
from release_async.external.git.git_commands import Git
from release_async.external.github.run_artifacts import RunArtifact
from release_async.external.github.workflow_runs import Job, WorkflowRun

_ARTIFACT = "dist-rehearsed"


@dataclass(slots=True)
class RehearsedBuilds:
    """A run in the sandbox that builds at the second look at it; satisfies ``CandidateBuilds``.

    Attributes:
        remote: Git in the bare repository.
        builder: What builds.
        root: The project's directory in the repository; empty at the top.
        directory: Where it works; everything is made below it.
        commit: The object id of the commit that is built; empty before a run is started.
        looks: How often the run was looked at.
    """

    remote: Git
    builder: Builder
    root: str
    directory: Path
    commit: str = ""
    looks: int = 0
    _kept: dict[int, Path] = field(default_factory=dict)

    async def unusable(self, path: str) -> tuple[str, str]:  # noqa: ARG002 - as every forge
        """Nothing is in the way in a sandbox."""
        return "", ""

    async def start(self, path: str, branch: str) -> int:  # noqa: ARG002 - as every forge
        """Start the one run that there is."""
        self.commit = await self.remote.oid(f"refs/heads/{branch}")
        return 1

    async def started(self, path: str, branch: str, commit: str) -> tuple[int, ...]:  # noqa: ARG002 - as above
        """The one run, once it was started."""
        return (1,) if self.commit == commit else ()

    async def run(self, number: int) -> WorkflowRun:
        """The run, which goes on at the first look and has built at the second.

        Raises:
            CommandError: The build failed.
        """
        self.looks += 1
        if self.looks > 1 and not self._kept:
            await self._build()
        is_over = bool(self._kept)
        job = Job("build, on this machine", is_over)
        return WorkflowRun(number, "", is_over, is_over, (job,), commit=self.commit)

    async def cancel(self, number: int) -> None:
        """End it: nothing of it runs beside us."""

    async def artifacts(self, number: int) -> tuple[RunArtifact, ...]:  # noqa: ARG002 - as every forge
        """Both files in one artifact."""
        return tuple([await anyio.to_thread.run_sync(self._shown, each) for each in self._kept])

    async def download(self, artifact: RunArtifact, target: Path, seconds: float) -> None:  # noqa: ARG002 - as above
        """Copy an artifact.

        Raises:
            FailedError: There is none of that id.
        """
        if artifact.number not in self._kept:
            raise FailedError(f"there is no artifact {artifact.name}", cure="rehearse it again")
        await anyio.to_thread.run_sync(shutil.copyfile, self._kept[artifact.number], target)

    async def _build(self) -> None:
        """Build what was pushed, from a clone of the remote."""
        self.directory.mkdir(parents=True)
        checkout = self.directory / "checkout"
        source = ("--quiet", "--no-checkout", "--", str(self.remote.root), str(checkout))
        await self.remote.text("clone", *source)
        await self.remote.at(checkout).text("checkout", "--quiet", "--detach", self.commit)
        epoch = int(await self.remote.text("show", "--no-patch", "--format=%ct", self.commit))
        await self.builder.provision(checkout / self.root)
        built = await self.builder.build(checkout / self.root, self.directory / "dist", epoch=epoch)
        self._kept[1] = await anyio.to_thread.run_sync(self._packed, built)

    def _packed(self, built: BuildResult) -> Path:
        path = self.directory / f"{_ARTIFACT}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for each in (built.wheel, built.sdist):
                archive.write(each, each.name)
        return path

    def _shown(self, number: int) -> RunArtifact:
        content = self._kept[number].read_bytes()
        return RunArtifact(
            number=number,
            name=_ARTIFACT,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            is_expired=False,
            commit=self.commit,
        )
