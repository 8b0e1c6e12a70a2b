"""The builder's worker: prepares an isolated environment early, and runs the backend's hooks in it (PEP 517).

It runs isolated (``python -I``) in a scratch directory, which it removes when its parent is gone. It never
sees a token, and does not look into what the backend built.
"""

import logging
import os
import shutil
import subprocess
import sysconfig
import tarfile
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Literal

from build import BuildBackendException, BuildException, FailedProcessError, ProjectBuilder
from build.env import DefaultIsolatedEnv

from release_async.external.build import uv_environment
from release_async.external.build.backend_hook_runner import (
    BackendProcess,
    Hook,
    HookRunner,
    Preload,
    can_fork,
)
from release_async.external.build.backend_output import Output
from release_async.external.build.bytecode_cache import BytecodeCache
from release_async.external.build.uv_environment import UvEnvironment
from release_async.process import low_priority
from release_async.process.worker_child_pipe import Order, connect, scratch_directory

Kind = Literal["sdist", "wheel"]
Installer = Literal["pip", "uv"]


def main() -> None:
    """Serve orders until the parent is gone."""
    low_priority.lower()
    scratch = scratch_directory()
    output = Output()
    runner = HookRunner(output.say)
    parent = connect(lambda: _clear(scratch, runner))
    logging.getLogger("build").addHandler(output)
    logging.getLogger("build").setLevel(logging.INFO)
    worker = BuildWorker(scratch, output, runner)
    for order in parent.orders():
        parent.answer(_answer(worker, order))
        if order["order"] == "build":
            worker.keep_bytecode()


def _clear(scratch: Path, runner: HookRunner) -> None:
    runner.kill()
    shutil.rmtree(scratch, ignore_errors=True)


def _answer(worker: "BuildWorker", order: Order) -> dict[str, object]:
    """Carry out one order; a failure is also an answer."""
    worker.output.last.clear()
    try:
        return _execute(worker, order)
    except BuildBackendException as error:
        return worker.output.failed("backend", str(error))
    except (BuildException, tarfile.TarError, ValueError) as error:
        return worker.output.failed("project", str(error))
    except subprocess.CalledProcessError:
        return worker.output.failed("requirements", "the build requirements could not be installed")
    except (OSError, RuntimeError, FailedProcessError) as error:
        return worker.output.failed("machine", f"{type(error).__name__}: {error}")


def _execute(worker: "BuildWorker", order: Order) -> dict[str, object]:
    source = Path(order["source"])
    if order["order"] == "provision":
        return {"answer": "provisioned", "installed": worker.provision(source)}
    if order["order"] == "metadata":
        name, version = worker.metadata(source)
        return {"answer": "told", "name": name, "version": version}
    sdist, wheel = worker.build(source, Path(order["out"]), order["epoch"])
    return {"answer": "built", "sdist": sdist.name, "wheel": wheel.name}


class Environment:
    """An isolated environment and the requirements installed in it."""

    def __init__(self, path: Path, installer: Installer, runner: HookRunner, bytecode: BytecodeCache) -> None:
        # Entered and never left: it lasts as long as the scratch directory that it is in.
        self._isolated = _isolated(path, installer).__enter__()
        self._packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(path)}))
        self._bytecode = bytecode
        self._runner = runner
        self._installed: set[str] = set()
        self._backend: BackendProcess | None = None

    def install(self, requirements: set[str]) -> bool:
        """Install the requirements that are missing; return whether there were any."""
        new = requirements - self._installed
        self._isolated.install(new)
        if new:
            self._bytecode.fill(self._packages)
        self._installed |= new
        if new and self._backend:  # it may have looked for them already
            self._backend.close()
            self._backend = None
        return bool(new)

    def preload_backend(self, source: Path) -> None:
        """Start the process that hooks are forks of, unless they could tell the difference."""
        if not self._backend and can_fork(os.environ):
            self._backend = BackendProcess(
                self._isolated.python_executable,
                Preload.of(_installed_backend(source)),
                self._isolated.make_extra_environ(),
            )

    def keep_bytecode(self) -> None:
        """Let later environments have what this one has compiled; once no hook runs."""
        self._bytecode.keep(self._packages)

    def versions(self) -> dict[str, str]:
        """The installed versions of the requirements, by normalised name."""
        return self._isolated.installed_versions(self._installed)

    def project(self, source: Path, epoch: int | None = None) -> ProjectBuilder:
        """The hooks of the project in ``source``, to be run in this environment."""
        date = {} if epoch is None else {"SOURCE_DATE_EPOCH": str(epoch)}

        def run(
            cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None
        ) -> None:
            hook = Hook(cmd, cwd or str(source), {**date, **(extra_environ or {})})
            self._runner.run(hook, self._running_backend(source))

        return ProjectBuilder.from_isolated_env(self._isolated, source, runner=run)

    def _running_backend(self, source: Path) -> BackendProcess | None:
        """The process for the backend of ``source``, if any: an sdist may name another backend."""
        backend = self._backend
        return backend if backend and backend.serves(_installed_backend(source)) else None


def _isolated(path: Path, installer: Installer) -> DefaultIsolatedEnv:
    uv = uv_environment.program() if installer == "uv" else None
    return UvEnvironment(uv, path) if uv else DefaultIsolatedEnv(installer=installer, path=str(path))


def _installed_backend(source: Path) -> str:
    """The module of the backend (PEP 517); empty where it is part of the project."""
    path = source / "pyproject.toml"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    table = tomllib.loads(text).get("build-system", {})
    backend: str = table.get("build-backend", "setuptools.build_meta")
    return "" if "backend-path" in table else backend.partition(":")[0]


def _requirements(project: ProjectBuilder, backend: str) -> tuple[set[str], set[str]]:
    """What the backend requires besides what is declared, for the sdist and for the wheel (PEP 517)."""
    for_wheel = project.get_requires_for_build("wheel")
    return for_wheel if backend == _ASKED_ONCE else project.get_requires_for_build("sdist"), for_wheel


_ASKED_ONCE = "setuptools.build_meta"
"""It answers both with the ``setup_requires`` of ``setup.py egg_info``, which takes as long as an sdist does.

Before 70.1 the answer for the wheel was ``wheel`` besides.
"""


def _has_uv() -> bool:
    return uv_environment.program() is not None


class BuildWorker:
    """The environments of one project, and the two builds."""

    def __init__(self, scratch: Path, output: Output, runner: HookRunner) -> None:
        self.output = output
        self._runner = runner
        self._scratch = scratch
        self._environments: dict[Kind, Environment] = {}
        self._installer: Installer = "uv" if _has_uv() else "pip"

    def provision(self, source: Path) -> dict[str, str]:
        """Create the environment for ``source``, a throw-away copy: its hooks may write into it.

        One environment serves both builds, unless the sdist asks for what the wheel must not find there.
        """
        try:
            return self._provision(source)
        except subprocess.CalledProcessError:
            if self._installer == "pip":
                raise
            # uv uses neither pip's configuration nor the system's certificates, so pip may still succeed.
            self.output.say("uv could not install the build requirements; trying pip")
            self._installer = "pip"
            return self._provision(source)

    def _provision(self, source: Path) -> dict[str, str]:
        first = self._environment(source)
        project = first.project(source)
        declared = project.build_system_requires
        first.install(declared)
        first.preload_backend(source)
        for_sdist, for_wheel = _requirements(project, _installed_backend(source))
        first.install(for_sdist)
        second = first if for_sdist <= declared | for_wheel else self._environment(source)
        second.install(declared | for_wheel)
        for environment in (first, second):
            environment.preload_backend(source)
        self._environments = {"sdist": first, "wheel": second}
        return first.versions() | second.versions()

    def _environment(self, source: Path) -> Environment:
        path = Path(tempfile.mkdtemp(prefix="environment-", dir=self._scratch))
        backend = ""
        with suppress(ValueError):  # build tells it, as soon as it reads the project
            backend = _installed_backend(source)
        return Environment(path, self._installer, self._runner, BytecodeCache.of(os.environ, backend))

    def keep_bytecode(self) -> None:
        """Keep what the environments have compiled."""
        for environment in set(self._environments.values()):
            environment.keep_bytecode()

    def metadata(self, source: Path) -> tuple[str, str]:
        """Name and version of what would be built from ``source``, in the environment of ``provision``."""
        project = self._environments["wheel"].project(source)
        with tempfile.TemporaryDirectory(prefix="metadata-", dir=self._scratch) as directory:
            text = (Path(project.metadata_path(directory)) / "METADATA").read_bytes()
        said = BytesHeaderParser().parsebytes(text)
        return str(said["Name"]), str(said["Version"])

    def build(self, source: Path, out: Path, epoch: int | None) -> tuple[Path, Path]:
        """Build the sdist from ``source``, and the wheel from that sdist, into ``out``."""
        if not self._environments:
            copy = shutil.copytree(source, self._scratch / "copy", symlinks=True)
            self.provision(copy)
        sdist = self._sdist(source, (out, epoch))
        with tempfile.TemporaryDirectory(prefix="sdist-", dir=self._scratch) as directory:
            unpacked = _unpacked(sdist, Path(directory))
            return sdist, self._distribution("wheel", unpacked, (out, epoch))

    def _sdist(self, source: Path, to: tuple[Path, int | None]) -> Path:
        """Build the sdist; once more where the backend has packed the link that makes ``source`` a worktree.

        hatchling before 1.30 passes over a directory ``.git``, and packs a file of that name.
        """
        sdist, link = self._distribution("sdist", source, to), source / ".git"
        if not (link.is_file() and _holds(sdist, ".git")):
            return sdist
        aside = link.rename(self._scratch / "git-link")
        try:
            return self._distribution("sdist", source, to)
        finally:
            aside.rename(link)

    def _distribution(self, kind: Kind, source: Path, to: tuple[Path, int | None]) -> Path:
        out, epoch = to
        environment = self._environments[kind]
        project = environment.project(source, epoch)
        environment.install(project.build_system_requires)
        try:
            built = Path(project.build(kind, out))
        except BuildBackendException:
            # The backend may require something else here than for the copy; only then try again.
            if not environment.install(project.get_requires_for_build(kind)):
                raise
            built = Path(project.build(kind, out))
        if built.parent != out or not built.is_file():
            raise BuildException(f"the backend says that it built {built.name}, which is not in {out}")
        return built


def _holds(sdist: Path, name: str) -> bool:
    """Whether an sdist has a file of this name at its top."""
    with tarfile.open(sdist) as archive:
        return any(member.name.partition("/")[2] == name for member in archive)


def _unpacked(sdist: Path, directory: Path) -> Path:
    """The one top directory of an sdist (source distribution format: with a PKG-INFO in it)."""
    with tarfile.open(sdist) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extractall(directory, filter="data")
        else:  # Python 3.11.0 to 3.11.3: the archive was just made here
            archive.extractall(directory)  # noqa: S202 - as the line above says
    tops = list(directory.iterdir())
    if len(tops) != 1 or not (tops[0] / "PKG-INFO").is_file():
        raise BuildException(f"{sdist.name} does not hold exactly one directory with a PKG-INFO in it")
    return tops[0]


if __name__ == "__main__":
    main()
