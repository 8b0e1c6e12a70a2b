"""Takes the files that CI has built: each artifact by its digest, unpacked safely, and together one release.

What is there already with the right digest is not downloaded again. It changes nothing that others can see.
"""

import re
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import anyio

from release_async.base import files, zip_extraction
from release_async.base.errors import ConflictError, DamagedUploadError, FailedError
from release_async.base.exception_groups import unwrap_exception_groups
from release_async.base.files import Artifact
from release_async.base.printable_text import printable
from release_async.base.zip_extraction import UnsafeArchiveError
from release_async.external.github.run_artifacts import RunArtifact
from release_async.plan import collected_files
from release_async.plan.collected_files import CollectedFile, is_wanted
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed
from release_async.plan.events import Note
from release_async.plan.expected_files import Rows
from release_async.plan.plan import Package, Plan
from release_async.release import build_place, expected_set
from release_async.release.steps.candidate import builds_of
from release_async.release.steps.propose import RETRY_TIMEOUT
from release_async.run.context import Context
from release_async.run.step_results import (
    BuiltFiles,
    Collected,
    EndedRun,
    KeptArtifact,
    ReleaseCommit,
    Results,
)

TITLE = "Collect"
NEEDS = (ReleaseCommit, EndedRun)
GIVES = (BuiltFiles,)
_AT_ONCE = 4
"""So many downloads at a time."""
_NAMED = 5


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Never skipped: what CI has built is what is uploaded."""
    return ""


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """The artifacts, the commit that they are compared with, and the files in them."""
    number = made.get(EndedRun).number
    return (
        Effect(
            name=f"the artifacts of run {number}",
            probe=partial(_downloaded, context, made),
            perform=partial(_download, context, made),
            retry_timeout=RETRY_TIMEOUT,
        ),
        *build_place.effects(plan, context, "the release commit", lambda: made.get(ReleaseCommit).oid),
        Effect(
            name="the files in them",
            probe=partial(_taken, made),
            perform=partial(_take, plan, context, made),
        ),
    )


def _folder(context: Context) -> Path:
    """Where the artifacts are kept, each under its id."""
    return context.workspace.directory / "collected"


async def _downloaded(context: Context, made: Results) -> Probed:
    """Whether every artifact of the attempt that ended well is there, byte for byte."""
    seen, ended = made.find(Collected), made.get(EndedRun)
    if seen is None or seen.attempt != ended.attempt:
        return NOT_DONE
    there = [await _is_there(context, each.number, each.sha256) for each in seen.kept]
    return DONE if all(there) else NOT_DONE


async def _is_there(context: Context, number: int, sha256: str) -> bool:
    kept = Artifact(_folder(context) / str(number), sha256, 0)
    return await anyio.to_thread.run_sync(files.is_intact, kept)


async def _download(context: Context, made: Results) -> Collected:
    ended = made.get(EndedRun)
    listed = await (await builds_of(context)).artifacts(ended.number)
    _judge_list(listed, made)
    _folder(context).mkdir(mode=0o700, exist_ok=True)
    room, kept = anyio.CapacityLimiter(_AT_ONCE), dict[int, KeptArtifact]()
    with unwrap_exception_groups():
        async with anyio.create_task_group() as downloads:
            for artifact in listed:
                downloads.start_soon(_fetch, _Download(context, artifact, kept), room)
    return Collected(ended.attempt, tuple(kept[each.number] for each in listed))


def _judge_list(listed: Sequence[RunArtifact], made: Results) -> None:
    """See that there is something, that it is of the commit, not expired, and what it was before.

    Raises:
        ConflictError: It is not.
    """
    ended, commit, seen = made.get(EndedRun), made.get(ReleaseCommit).oid, made.find(Collected)
    again = f"run it again: gh run rerun {ended.number}"
    if not listed:
        raise ConflictError(f"run {ended.number} has kept no artifact", cure=_TO_KEEP)
    if expired := [each.name for each in listed if each.is_expired]:
        raise ConflictError(
            f"of run {ended.number} these artifacts have expired: {_listed(expired)}", cure=again
        )
    if others := [each.name for each in listed if each.commit not in {"", commit}]:
        what = f"these artifacts were built from another commit than {commit[:12]}: {_listed(others)}"
        raise ConflictError(what, cure=again)
    if seen is None or seen.attempt != ended.attempt:
        return
    now = {(each.number, each.sha256) for each in listed if each.sha256}
    before = {(each.number, each.sha256) for each in seen.kept}
    if not now <= before or len(listed) != len(before):
        what = f"run {ended.number} has kept other artifacts now than when they were downloaded first"
        raise ConflictError(what, cure=f"somebody has replaced them: see who, then {again}")


_TO_KEEP = (
    "its jobs have to keep what they build, with actions/upload-artifact: release-async workflow shows one "
    "that does; give this release up, and correct it"
)


@dataclass(frozen=True, slots=True)
class _Download:
    """One download.

    Attributes:
        context: What a step may touch.
        artifact: What is downloaded.
        kept: Is told what was downloaded, by the id.
    """

    context: Context
    artifact: RunArtifact
    kept: dict[int, KeptArtifact]


async def _fetch(one: _Download, room: anyio.CapacityLimiter) -> None:
    """Download an artifact, unless it is there."""
    artifact, target = one.artifact, _folder(one.context) / str(one.artifact.number)
    async with room:
        if not (artifact.sha256 and await _is_there(one.context, artifact.number, artifact.sha256)):
            await _fetched(one, target)
        sha256, size = await anyio.to_thread.run_sync(files.fingerprint, target)
        one.kept[artifact.number] = KeptArtifact(artifact.number, artifact.name, sha256)
    said = one.context.line_sink("collect")
    stated = "" if artifact.sha256 else ", of which no digest was stated"
    said(f"{printable(artifact.name)}: {size} bytes, SHA-256 {sha256}{stated}")


async def _fetched(one: _Download, target: Path) -> None:
    """Download it, and see that it came as the forge says it is.

    Raises:
        DamagedUploadError: It is something else.
    """
    artifact, part = one.artifact, target.with_name(f"{target.name}.part")
    builds = await builds_of(one.context)
    await builds.download(artifact, part, one.context.settings.upload_timeout)
    sha256, _ = await anyio.to_thread.run_sync(files.fingerprint, part)
    if artifact.sha256 not in {"", sha256}:
        raise DamagedUploadError(
            f"the artifact {printable(artifact.name)} is not what its run says: SHA-256 {sha256} instead of "
            f"{artifact.sha256}",
            cure="see whether something on the way changes it, such as a proxy",
        )
    part.replace(target)


class _Taken(NamedTuple):
    """One file that was taken out of an artifact.

    Attributes:
        path: Where it is.
        artifact: The name of the artifact.
    """

    path: Path
    artifact: str


async def _taken(made: Results) -> Probed:
    return DONE if made.find(BuiltFiles) else NOT_DONE


async def _take(plan: Plan, context: Context, made: Results) -> BuiltFiles:
    (package,) = plan.packages
    try:
        taken = await anyio.to_thread.run_sync(_unpacked, context, made.get(Collected).kept)
    except OSError as error:
        cure = "see that the disk of the git directory has room"
        raise FailedError(f"the artifacts cannot be unpacked: {error}", cure=cure) from error
    await _judge_files(package, context, made.get(EndedRun), taken)
    ordered = sorted(taken, key=lambda each: (not each.path.name.endswith(".whl"), each.path.name))
    pinned = await anyio.to_thread.run_sync(_pinned, context, ordered)
    return BuiltFiles({package.name: pinned})


def _unpacked(context: Context, kept: Sequence[KeptArtifact]) -> list[_Taken]:
    """The files of all artifacts, those of each in a folder of its own."""
    return [
        _Taken(path, artifact.name)
        for artifact in kept
        for path in _files_of(artifact, _folder(context) / str(artifact.number))
    ]


def _files_of(artifact: KeptArtifact, packed: Path) -> tuple[Path, ...]:
    """The files of one artifact; one that was kept as it is, and not packed, is such a file itself.

    Raises:
        ConflictError: It holds what nobody may unpack.
    """
    folder = packed.with_name(f"{packed.name}.files")
    files.remove_tree(folder)
    if not _is_packed(artifact, packed):
        folder.mkdir(mode=0o700)
        return (Path(shutil.copyfile(packed, folder / PurePosixPath(artifact.name).name)),)
    try:
        return zip_extraction.unpack(packed, folder, is_wanted)
    except UnsafeArchiveError as error:
        what = f"the artifact {printable(artifact.name)} {printable(str(error))}"
        raise ConflictError(what, cure="see what its job packs, and who has changed that") from error


def _is_packed(artifact: KeptArtifact, path: Path) -> bool:
    """Whether it holds files, and is none itself, kept under its own name; a wheel is a ZIP file, too."""
    if not is_wanted(artifact.name):
        return True
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return not any(_OF_A_WHEEL.fullmatch(name) for name in archive.namelist())


_OF_A_WHEEL = re.compile(r"[^/]+\.dist-info/WHEEL")


async def _judge_files(package: Package, context: Context, run: EndedRun, taken: Sequence[_Taken]) -> None:
    """See that together they are the release, and tell what is new in it.

    Raises:
        ConflictError: They are not; everything that is wrong is told at once.
    """
    every = [CollectedFile(each.path.name, each.artifact) for each in taken]
    rows, by = await expected_set.compared(package, context, dict.fromkeys(each.name for each in every))
    wrong = [*collected_files.faults(package.name, package.version, every)]
    odd = [*_missing(rows, by), *_surplus(rows, by)]
    if context.settings.is_rehearsal:  # one machine builds there what stands for all that CI builds
        for line in odd:
            context.emit(Note(line))
        odd = []
    for line in _new(rows, by):
        context.emit(Note(line))
    if lines := [*wrong, *odd]:
        what = lines[0] if len(lines) == 1 else f"{len(lines)} things are wrong with its files"
        raise ConflictError(
            f"nothing of what run {run.number} has built is uploaded: {what}",
            cure=f"see its jobs: {run.address}; if it was by chance: gh run rerun {run.number}",
            detail="\n".join(lines) if len(lines) > 1 else "",
        )


def _missing(rows: Rows, by: str) -> Iterator[str]:
    missing, whole = [row for row in rows if row.is_missing], sum(row.wanted for row in rows)
    if missing:
        count = sum(row.wanted - row.there for row in missing)
        yield f"{count} of {whole} files are missing, by {by}: {_listed([row.kind for row in missing])}"


def _surplus(rows: Rows, by: str) -> Iterator[str]:
    if surplus := [row.kind for row in rows if row.is_surplus]:
        yield f"more files than expected, by {by}: {_listed(surplus)}"


def _new(rows: Rows, by: str) -> Iterator[str]:
    if new := [row.kind for row in rows if row.free and row.there > row.wanted]:
        yield f"kinds of files that {by} does not have: {_listed(new)}"


def _pinned(context: Context, ordered: Sequence[_Taken]) -> tuple[Artifact, ...]:
    """The files where those of a release are kept, each with its digest."""
    folder = context.workspace.artifacts
    files.remove_tree(folder)
    folder.mkdir(mode=0o700)
    return tuple(files.pin(each.path.rename(folder / each.path.name)) for each in ordered)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(map(printable, names[:_NAMED])) + more
