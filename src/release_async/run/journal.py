"""What a release remembers from its point of no return on, in one durable file that the next run reads.

The world decides what is done; the journal holds what was decided and what was tried. It never holds a
secret, nor a word that a child or a server has said.
"""

import calendar
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from release_async import __version__
from release_async.base.errors import ConflictError, ReleaseProgress
from release_async.base.files import Artifact, opened
from release_async.plan import plan as planning
from release_async.plan.effect import State
from release_async.plan.plan import Plan
from release_async.run.step_results import (
    BuildRun,
    BuiltFiles,
    Collected,
    Confirmed,
    FollowingCommit,
    Inspected,
    KeptArtifact,
    ReleaseCommit,
    Results,
    TagObjects,
)

SCHEMA: Final = 2
"""The form that is written. What schema 1 has begun, whose plans knew one package only, is still finished."""
REVOCABLE_SCHEMA: Final = 3
"""The form of a release that is remembered before its point of no return, which is a line of its own."""
FILE: Final = "journal"
_UNBEGUN: Final = "journal.new"
"""What it is called until its first line is durable: a file of this name has begun nothing."""
ARTIFACTS: Final = "artifacts"
"""The directory beside it that keeps the built files."""
RESUME: Final = "release-async --resume"
"""What a person types to finish a release."""
ABANDON: Final = "release-async --abandon"
"""What a person types to give a release up."""
ROOM: Final = 64 * 1024
"""Bytes that the file takes up from its first moment on, so that a full disk cannot keep an outcome out."""
MOST_BYTES: Final = 1 << 28
"""More is never read: no journal comes near it."""
FILES_TO_A_ROOM: Final = 32
"""A release of so many files takes that twice, of twice as many three times, and so on."""

_CLOCK: Final = "%Y-%m-%dT%H:%M:%SZ"
_FULL_SYNC: Final = 51 if sys.platform == "darwin" else None  # F_FULLFSYNC, see fsync(2) there
_NOTHING: Final = Results()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRelease:
    """What a journal tells.

    Attributes:
        plan: The release as it was decided.
        results: What it had made by then, and never makes again.
        begun: When others could see something of it first, by the index's clock, in seconds since the epoch.
        pivot: When it passed the point of no return, as ``begun``; None where it has not.
        tried: The effects that were begun, in their order, and when the last time, as ``begun``.
        done: Those of them that the world has confirmed.
        finished: Whether nothing is owed any more but our own clean-up.
    """

    plan: Plan
    results: Results
    begun: float
    tried: Mapping[str, float]
    done: tuple[str, ...]
    finished: bool
    pivot: float | None = None

    def comes_before(self, branch: str) -> bool:
        """Whether it comes before any other release of a branch: what waits is in the way on its own only."""
        return self.pivot is not None or self.plan.branch == branch


class DamagedError(ConflictError):
    """A journal cannot be read, or cannot be trusted.

    Attributes:
        recorded: What its sound lines tell, where the first is among them.
    """

    progress = ReleaseProgress()  # something is public, and what it is only the world can say

    def __init__(self, what: str, *, cure: str, recorded: RecordedRelease | None = None) -> None:
        super().__init__(what, cure=cure)
        self.recorded = recorded


class Journal:
    """The journal of one run; nothing is on the disk before it begins.

    Args:
        run: The directory of the run.
        recorded: What is known of it, for a run that is only looked at: then its file is left alone, damaged
            or not.

    Raises:
        DamagedError: There is one already that cannot be read, see ``read``.
    """

    def __init__(self, run: Path, recorded: RecordedRelease | None = None) -> None:
        self._path = run / FILE
        self.recorded = recorded or read(run)
        self._end, self._seal = _tail(_data(self._path)) if self.recorded and not recorded else (0, "")
        self._of_ci: dict[str, object] = {}

    @property
    def begun(self) -> bool:
        """Whether others can see something of the run, and it still remembers what."""
        return self._end > 0 or self.recorded is not None

    @property
    def is_past_pivot(self) -> bool:
        """Whether the run has passed its point of no return, and still remembers it."""
        return self.begun and (self.recorded is None or self.recorded.pivot is not None)

    def tried_before(self, effect: str) -> float | None:
        """When an earlier run was at an effect that it did not see done; None where none was.

        Returns:
            Seconds since the epoch, as ``Story.begun``.
        """
        return self.recorded.tried.get(effect) if self.recorded and effect not in self.recorded.done else None

    def begin(self, plan: Plan, results: Results, clock: float) -> None:
        """Write down the plan and what it made, before the first byte leaves.

        Args:
            plan: The release as it was decided.
            results: What it has made.
            clock: This moment by the index's clock, in seconds since the epoch.

        Raises:
            OSError: It is not durable: then nothing may be uploaded.
        """
        if self._path.exists():
            raise FileExistsError(self._path)
        facts = {"clock": clock, "plan": planning.written(plan), **_plain(results)}
        schema = REVOCABLE_SCHEMA if plan.route.revocable else SCHEMA
        line, seal = self._sealed("begin", {"schema": schema, "tool": __version__, **facts})
        unbegun = self._path.with_name(_UNBEGUN)
        _take_room(unbegun, ROOM * (1 + len(results.files) // FILES_TO_A_ROOM))
        _write(unbegun, line, 0)
        unbegun.rename(self._path)  # so that no journal is ever without its first line
        self._end, self._seal = len(line), seal
        _sync_directory(self._path.parent)
        self.recorded = read(self._path.parent)

    def pass_pivot(self, results: Results, clock: float) -> None:
        """Write down what was made of a release that was remembered before, before the first byte leaves.

        Args:
            results: What it has made.
            clock: This moment by the index's clock, in seconds since the epoch.

        Raises:
            OSError: It is not durable: then nothing may be uploaded.
        """
        _take_more_room(self._path, ROOM * (1 + len(results.files) // FILES_TO_A_ROOM))
        self._append("pivot", clock=clock, **_plain(results))
        self.recorded = read(self._path.parent)

    def intend(self, effect: str) -> None:
        """Write down that an effect is about to be tried.

        Raises:
            OSError: It is not durable: then the effect must not be tried.
        """
        self._append("intent", effect=effect)

    def end(self, effect: str, state: State, results: Results = _NOTHING) -> None:
        """Write down what the world says of an effect now, and what is new of a run of CI that builds.

        Raises:
            OSError: It is not durable; the world would be asked again.
        """
        of_ci = _of_ci(results)
        self._append(state.name.lower(), effect=effect, **(of_ci if of_ci != self._of_ci else {}))
        self._of_ci = of_ci

    def finish(self) -> None:
        """Write down that nothing is owed any more; what is left of the run is rubbish."""
        self._append("finished")

    def forget(self) -> None:
        """Drop the journal: of a run that has published nothing, or of one that is given up or over."""
        self._path.unlink(missing_ok=True)
        self._end, self._seal, self.recorded = 0, "", None

    def _append(self, event: str, **facts: object) -> None:
        line, seal = self._sealed(event, facts)
        _write(self._path, line, self._end)
        self._end, self._seal = self._end + len(line), seal

    def _sealed(self, event: str, facts: Mapping[str, object]) -> tuple[bytes, str]:
        """The next line, and its seal."""
        record = {"event": event, "time": time.strftime(_CLOCK, time.gmtime()), **facts}
        body = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        seal = _seal(self._seal, body)
        return f"{seal} {body}\n".encode(), seal


def _take_room(path: Path, size: int) -> None:
    """Make a file of our own of so many zero bytes, which the disk has for certain."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _write_all(handle, bytes(size), 0)
        _sync(handle)
    finally:
        os.close(handle)


def _take_more_room(path: Path, size: int) -> None:
    """Have a file of ours end in so many more zero bytes."""
    handle = os.open(path, os.O_WRONLY)
    try:
        _write_all(handle, bytes(size), os.fstat(handle).st_size)
        _sync(handle)
    finally:
        os.close(handle)


def _write(path: Path, line: bytes, offset: int) -> None:
    """Put a line in its place, over what a dead run may have left there, and make it durable."""
    handle = os.open(path, os.O_WRONLY)
    try:
        _write_all(handle, line, offset)
        _sync(handle)
    finally:
        os.close(handle)


def _write_all(handle: int, data: bytes, offset: int) -> None:
    """Write all of it: the kernel may take less than it is given, and says why only the next time."""
    rest = memoryview(data)
    while rest:
        written = os.pwrite(handle, rest, offset)
        rest, offset = rest[written:], offset + written


def _sync(handle: int) -> None:
    """Wait until the bytes are on the disk itself, not only in its cache (fsync(2); on macOS F_FULLFSYNC)."""
    if _FULL_SYNC is None:
        os.fsync(handle)
    else:
        import fcntl  # noqa: PLC0415 - a module that Windows lacks

        fcntl.fcntl(handle, _FULL_SYNC)


def _sync_directory(directory: Path) -> None:
    """Make the name of a new file durable too."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _plain(results: Results) -> dict[str, object]:
    """What the point of no return rests on, as plain data; the rest is found anew by the next run."""
    files = [
        {"package": package, "name": each.name, "sha256": each.sha256, "size": each.size}
        for package, artifacts in (results.find(BuiltFiles) or BuiltFiles({})).packages.items()
        for each in artifacts
    ]
    return {
        "commit": results.commit,
        "tip": results.tip,
        "tags": dict(results.tags),
        "files": files,
        "page": results.owes_page,
    }


def _of_ci(results: Results) -> dict[str, object]:
    """The run that builds and what it has kept, as plain data; nothing once the files are taken."""
    run, collected = results.find(BuildRun), results.find(Collected)
    if run is None or results.files:
        return {}
    kept = (
        {"attempt": collected.attempt, "artifacts": [list(each) for each in collected.kept]}
        if collected
        else {}
    )
    return {"run": run.number, **kept}


def read(run: Path) -> RecordedRelease | None:
    """What the journal of a run tells.

    A last line that is not whole was being written when its writer died, and is passed over: without an
    intent nothing was tried, and without an outcome the world is asked again. The first is always whole.

    Args:
        run: The directory of the run.

    Returns:
        The release; None where the run has not passed its point of no return.

    Raises:
        DamagedError: It cannot be read, its first line or one before the last was changed, or a version of
            the tool has written it whose journals this one cannot read.
    """
    if not os.path.lexists(run / FILE):
        return None
    lines = list(_lines(_data(run / FILE)))
    records = [_record(lines, number) for number in range(len(lines))] or [None]
    told = [record for record in records if record is not None]
    if None in records[:-1] or records[0] is None:
        raise _damaged(run, f"in line {records.index(None) + 1}", _told(run, told) if records[0] else None)
    return _told(run, told)


def _damaged(run: Path, where: str, recorded: RecordedRelease | None = None) -> DamagedError:
    return DamagedError(
        f"the journal {run / FILE} is damaged {where}, and cannot be trusted",
        cure=f"finish by hand what is still to do{_kept_beside(run)}, then: {ABANDON}",
        recorded=recorded,
    )


def _kept_beside(run: Path) -> str:
    names = sorted(path.name for path in run.glob(f"{ARTIFACTS}/*"))
    return f" (the files are kept beside it: {', '.join(names)})" if names else ""


def _data(path: Path) -> bytes:
    try:
        with opened(path) as file:
            return file.read(MOST_BYTES).rstrip(b"\0")
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise DamagedError(
            f"the journal {path} cannot be read: {error.strerror}",
            cure="see whose it is, and on which disk; run this as the same user who began the release",
        ) from error


def _lines(data: bytes) -> Iterator[bytes]:
    """The lines of a journal; what follows the last line feed is one too, cut off."""
    *whole, rest = data.split(b"\n")
    yield from whole
    if rest:
        yield rest + b"\0"  # no body ends so: it is not whole


def _record(lines: list[bytes], number: int) -> dict[str, Any] | None:
    """One record, where its seal holds: the digest of the seal before it and of its own body."""
    before = lines[number - 1].partition(b" ")[0] if number else b""
    seal, _, body = lines[number].partition(b" ")
    try:
        text = body.decode()
        if seal.decode() != _seal(before.decode(), text):
            return None
    except UnicodeDecodeError:
        return None
    record: dict[str, Any] = json.loads(text)
    return record


def _seal(before: str, body: str) -> str:
    return hashlib.sha256(f"{before} {body}".encode()).hexdigest()


def _tail(data: bytes) -> tuple[int, str]:
    """Where the last whole line ends, and its seal."""
    lines = list(_lines(data))
    if _record(lines, len(lines) - 1) is None:
        lines.pop()
    return sum(len(line) + 1 for line in lines), lines[-1].partition(b" ")[0].decode()


def _told(run: Path, records: list[dict[str, Any]]) -> RecordedRelease:
    schema, tool = records[0].get("schema"), records[0].get("tool")
    if schema not in _READERS:
        raise DamagedError(
            f"{run / FILE} was written by release-async {tool} (schema {schema}), "
            f"and {__version__} reads schema {' and '.join(map(str, _READERS))}",
            cure=f"go on with that version: pip install release-async=={tool}",
        )
    try:
        return _release(run, records)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(run, f"in what it says: {type(error).__name__}") from error


def _release(run: Path, records: list[dict[str, Any]]) -> RecordedRelease:
    first = records[0]
    plan, made = _READERS[first["schema"]](first)
    if plan.route.revocable:
        pivot = next((record for record in records if record["event"] == "pivot"), None)
        results = _results(pivot, run / ARTIFACTS) if pivot else _before_the_build(made, records)
    else:
        pivot, results = first, _results(made, run / ARTIFACTS)
    return RecordedRelease(
        plan=plan,
        results=results,
        begun=float(first["clock"]),
        pivot=float(pivot["clock"]) if pivot else None,
        tried=_effects(records, "intent"),
        done=tuple(_effects(records, "done")),
        finished=any(record["event"] == "finished" for record in records),
    )


def _first_schema(record: Mapping[str, Any]) -> tuple[Plan, Mapping[str, Any]]:
    """Of schema 1: one package in the plan itself, and one tag."""
    plan = planning.of_one_package(record["plan"])
    name = plan.packages[0].name
    return plan, {
        **record,
        "tags": dict.fromkeys(plan.tags, record["tag"]),
        "files": [{**file, "package": name} for file in record["files"]],
    }


def _second_schema(record: Mapping[str, Any]) -> tuple[Plan, Mapping[str, Any]]:
    return planning.recalled(record["plan"]), record


_READERS: Final = {1: _first_schema, SCHEMA: _second_schema, REVOCABLE_SCHEMA: _second_schema}
"""How the first line of each form is read."""


def _results(made: Mapping[str, Any], kept: Path) -> Results:
    """What an earlier run has made; it looked a last time as well, or it had not begun to upload."""
    packages: dict[str, tuple[Artifact, ...]] = {}
    for file in made["files"]:
        artifact = Artifact(kept / file["name"], file["sha256"], file["size"])
        packages[file["package"]] = (*packages.get(file["package"], ()), artifact)
    built = BuiltFiles(packages)
    return Results(
        ReleaseCommit(made["commit"]),
        *_following(made),
        TagObjects(dict(made["tags"])),
        built,
        Inspected(tuple(artifact.sha256 for artifact in built)),
        Confirmed(page=made.get("page") is True),
    )


def _before_the_build(made: Mapping[str, Any], records: list[dict[str, Any]]) -> Results:
    """What a release had made that is remembered before its pivot; all else is made anew."""
    tags = (TagObjects(dict(made["tags"])),) if made["tags"] else ()
    last = next((record for record in reversed(records) if record.get("run")), None)
    run = (BuildRun(int(last["run"])),) if last else ()
    kept = next((record for record in reversed(records) if record.get("artifacts")), None)
    return Results(ReleaseCommit(made["commit"]), *_following(made), *tags, *run, *_collected(kept))


def _collected(record: Mapping[str, Any] | None) -> tuple[Collected, ...]:
    """What a run of CI had kept when it was downloaded."""
    if record is None:
        return ()
    kept = tuple(
        KeptArtifact(int(number), str(name), str(sha256)) for number, name, sha256 in record["artifacts"]
    )
    return (Collected(int(record["attempt"]), kept),)


def _following(made: Mapping[str, Any]) -> tuple[FollowingCommit, ...]:
    """The commit on top of the release commit; a journal of before there was one does not name it."""
    tip = made.get("tip", made["commit"])
    return (FollowingCommit(tip),) if tip != made["commit"] else ()


def _seconds(moment: str) -> float:
    return calendar.timegm(time.strptime(moment, _CLOCK))


def _effects(records: list[dict[str, Any]], event: str) -> dict[str, float]:
    return {
        _effect(record["effect"]): _seconds(record["time"]) for record in records if record["event"] == event
    }


def _effect(name: str) -> str:
    """The name that an effect has today; what it was called in journals of version 0.1.0 is known too."""
    for former, today in _RENAMED:
        name = former.sub(today, name)
    return name


_RENAMED: Final = (
    (re.compile(r"^(draft of the )?release page of (?=.)"), r"\1GitHub release of "),
    (re.compile(r"^your (.+) at the release commit$"), r"update your \1"),
    (re.compile(r"^(.+) shows our files$"), r"see the files on \1"),
    (re.compile(r"^(.+) gives our files$"), r"download the files from \1"),
    (re.compile(r"^the files kept in dist/$"), "copy the files to dist/"),
    (re.compile(r"^our working files gone$"), "remove our working files"),
)
