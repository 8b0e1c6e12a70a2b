"""Runs ``release-async`` and dies at a chosen point, as by SIGKILL or as when the power fails.

    python -m support.crash ORDER -- ARGUMENTS

A point lies before and after every effect, around every change to the refs, before and inside every line of
the journal, behind each of its synchronisations, and between the removals of the clean-up. ORDER is JSON:
``{"point": 17, "power": false, "spoil": "", "log": "FILE"}``; a point is named by its number or its words,
number 0 never comes, and each point that was passed is a line in the log. ``power`` takes back what was
written to the journal and not synchronised. ``patience``, where it is given, bounds the seconds that the
world may take to show an effect, or to take one after all. ``spoil`` is a fault that the proof has to find:
``sync`` (nothing is synchronised), ``late`` (the intent is written after the effect) or ``rebuild`` (what was
built is built anew when the release is gone on with).
"""

# ruff: noqa: SLF001, ANN401 - it stands between the parts of the tool, where no test has a business

import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from release_async.base import files
from release_async.cli import main as cli
from release_async.external.git.git_commands import Git
from release_async.plan.effect import Effect
from release_async.release import steps
from release_async.run import journal
from release_async.run.journal import Journal
from release_async.run.step_results import BuiltFiles


class _Death:
    """Counts the points, and dies at the chosen one."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._order = order
        self._passed = 0
        # What an earlier run has left is on the disk: its own death has decided that.
        self._durable = {path: path.read_bytes() for path in _journals()}
        self._named = set(self._durable)

    def at(self, name: str) -> None:
        """One point."""
        self._passed += 1
        with Path(self._order["log"]).open("a", encoding="utf-8") as log:
            log.write(f"{name}\n")
        if self._order["point"] in {self._passed, name}:
            self.die()

    def is_next(self) -> bool:
        """Whether the next point is the chosen one."""
        return bool(self._passed + 1 == self._order["point"])

    def die(self) -> NoReturn:
        """Die with the whole process group; with the power, what was not on the disk goes too."""
        if self._order["power"]:
            for path in {*self._durable, *self._named}:
                self._lose(path)
        os.killpg(os.getpgrp(), signal.SIGKILL)
        raise AssertionError("unreachable")

    def _lose(self, path: Path) -> None:
        if not path.exists():
            return
        if path in self._named and path in self._durable:
            path.write_bytes(self._durable[path])
        else:
            path.unlink()

    def wrote(self, path: Path) -> None:
        """A file has been written, and is not durable yet."""
        self._durable.setdefault(path, b"")

    def synced(self, path: Path) -> None:
        """A file's bytes are on the disk, or a directory's names."""
        if self._order["spoil"] == "sync":
            return
        if path.is_dir():
            self._named.update(path.glob(journal.FILE))
            for named in path.glob(journal.FILE):  # a name that is new has the bytes that were on the disk
                self._durable.setdefault(named, self._durable.get(path / journal._UNBEGUN, b""))
        else:
            self._durable[path] = path.read_bytes()


def _journals() -> list[Path]:
    """The journals in the repository that the run is started in."""
    return list(Path.cwd().glob(f".git/release-async/*/{journal.FILE}"))


def _watch_effects(death: _Death, order: dict[str, Any]) -> None:
    def watched(effect: Effect) -> Effect:
        async def perform() -> object:
            death.at(f"before {effect.name}")
            made = await effect.perform()
            death.at(f"after {effect.name}")
            return made

        patience, retry_timeout = (
            min(seconds, order.get("patience", seconds))
            for seconds in (effect.patience, effect.retry_timeout)
        )
        return replace(effect, perform=perform, patience=patience, retry_timeout=retry_timeout)

    for name, step in steps.STEPS.items():
        steps.STEPS[name] = _Watched(step, watched)
    if order["spoil"] == "late":
        _delay_intents()


class _Watched:
    """A step whose effects are points."""

    def __init__(self, step: steps.Step, watched: Callable[[Effect], Effect]) -> None:
        self.TITLE, self.NEEDS, self.GIVES = step.TITLE, step.NEEDS, step.GIVES
        self.skipped = step.skipped
        self._step, self._watched = step, watched

    def effects(self, plan: Any, context: Any, made: Any) -> tuple[Effect, ...]:
        """Those of the step."""
        return tuple(map(self._watched, self._step.effects(plan, context, made)))


def _delay_intents() -> None:
    """The fault: what is about to be tried is written down when it is over."""
    begin, end = Journal.begin, Journal.end
    held: list[Callable[[], None]] = []

    def beginning(self: Journal, *given: Any) -> None:
        held.append(partial(begin, self, *given))
        self._end = 1

    def ending(self: Journal, *given: Any) -> None:
        while held:
            self._end = 0
            held.pop()()
        end(self, *given)

    for name, late in (("begin", beginning), ("intend", lambda *_: None), ("end", ending)):
        setattr(Journal, name, late)


def _watch_journal(death: _Death) -> None:
    write, sync, sync_directory = journal._write, journal._sync, journal._sync_directory

    def writing(path: Path, line: bytes, offset: int) -> None:
        event = json.loads(line.partition(b" ")[2])["event"]
        death.at(f"before the line {event}")
        death.wrote(path)
        if death.is_next():
            with path.open("r+b") as file:
                file.seek(offset)
                file.write(line[: len(line) // 2])
        death.at(f"inside the line {event}")
        write(path, line, offset)

    def syncing(handle: int) -> None:
        sync(handle)
        death.synced(Path(f"/proc/self/fd/{handle}").readlink())
        death.at("behind a synchronisation")

    def syncing_directory(directory: Path) -> None:
        sync_directory(directory)
        death.synced(directory)
        death.at("behind a synchronisation of the directory")

    journal._write, journal._sync, journal._sync_directory = writing, syncing, syncing_directory


def _watch_refs(death: _Death) -> None:
    for name in ("set_ref", "delete_ref"):
        _watch_ref(death, name, getattr(Git, name))


def _watch_ref(death: _Death, name: str, original: Callable[..., Awaitable[None]]) -> None:
    async def changing(self: Git, ref: str, *oids: str) -> None:
        death.at(f"before {name}")
        await original(self, ref, *oids)
        death.at(f"after {name}")

    setattr(Git, name, changing)


def _watch_removals(death: _Death) -> None:
    remove = files.remove_tree

    def removing(path: Path, last: str = "") -> None:
        death.at("before a removal")
        remove(path, last)

    files.remove_tree = removing


def _build_anew() -> None:
    """The fault: other bytes under the old names, taken for what was inspected."""
    results_of = journal._results

    def rebuilt(made: Any, kept: Path) -> Any:
        results = results_of(made, kept)
        for artifact in results.files:
            with suppress(FileNotFoundError):
                artifact.path.chmod(0o600)
                artifact.path.write_bytes(artifact.path.read_bytes() + b"\n")
        built = results.get(BuiltFiles).packages
        anew = {name: tuple(files.pin(each.path) for each in each_of) for name, each_of in built.items()}
        return results.having(BuiltFiles(anew))

    journal._results = rebuilt


def main(order: dict[str, Any], arguments: list[str]) -> int:
    """Run the command under watch."""
    if os.getpgrp() != os.getpid():
        raise SystemExit("it dies with its process group, and that is somebody else's")
    death = _Death(order)
    _watch_journal(death)
    _watch_effects(death, order)
    _watch_refs(death)
    _watch_removals(death)
    if order["spoil"] == "rebuild":
        _build_anew()
    return cli.main(arguments)


if __name__ == "__main__":
    raise SystemExit(main(json.loads(sys.argv[1]), sys.argv[3:]))
