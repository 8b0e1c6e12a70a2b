"""Releases that are interrupted at random, over and over: what is left behind, and what is said wrongly?

    PYTHONPATH=tests python benchmarks/soak.py [--rounds 100 | --seconds 600] [--seed 7]

Each round makes a release of a tiny project and sends it a signal at a random time: once, twice or three
times, or in bursts until it ends; or it is killed outright. A release that is done by then counts too.
Afterwards nothing may live, nothing may be locked, nothing of the person's may have changed before the point
of no return, and the exit code must be one that the reference knows. Who was killed, or would not wait, gets
a next run that clears up first. At the end one child writes a gigabyte. The exit code is the number of
failures.
"""

import argparse
import json
import math
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio

from release_async.base import cancellation
from release_async.base.secret import Credentials
from release_async.process.log_files import MAX_LOG_BYTES, LogFiles
from release_async.process.run_process import Command, run
from support import indexes, nobody, releasing
from support.moments import handles
from support.processes import adopting
from support.releasing import MINUTES, Stage

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LONGEST = 2.5
"""Seconds into a release in which the first signal comes; most releases are done by then."""

FLOOD = "import sys\nline = 'x' * 79 + '\\n'\nfor _ in range({}): sys.stdout.write(line * 1000)"
GIGABYTE = 12_500
"""How many thousand lines of 80 bytes make a gigabyte."""

ROOM = 64 * 1024 * 1024
"""Bytes by which we may grow while a child writes a gigabyte."""


@dataclass(frozen=True)
class Attack:
    """What is done to one release.

    Attributes:
        kind: Its name in the table.
        number: The signal.
        pauses: Seconds before each signal; the first counts from when signals are heard.
    """

    kind: str
    number: signal.Signals
    pauses: tuple[float, ...]


def attack(dice: random.Random) -> Attack:
    """Pick one."""
    first, number = dice.uniform(0, LONGEST), dice.choice(SIGNALS)
    apart = cancellation.SECONDS_APART * 1.1
    match dice.choice(("once", "twice", "three times", "burst", "killed")):
        case "once":
            return Attack("once", number, (first,))
        case "twice":
            return Attack("twice", number, (first, dice.uniform(apart, 2 * apart)))
        case "three times":
            return Attack("three times", number, (first, apart, apart))
        case "burst":
            return Attack("burst to the end", number, (first, *(0.003 for _ in range(1000))))
        case _:
            return Attack("killed", signal.SIGKILL, (first,))


def struck(stage: Stage, attack: Attack, backend: str) -> tuple[int, str]:
    """One release under attack: its exit code, and what it said."""
    log = stage.packages.parent / "said"
    with log.open("wb") as out:
        process = subprocess.Popen(
            (sys.executable, "-m", "release_async", "--version", "major", "--yes", "--backend", backend),
            cwd=stage.repository.path,
            env=stage.environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        with process:
            # Before its first line of ours, a signal ends Python as it ends every program.
            releasing.wait_until(lambda: handles(process.pid, signal.SIGTERM))
            for pause in attack.pauses:
                try:
                    process.wait(pause)
                    break
                except subprocess.TimeoutExpired:
                    process.send_signal(attack.number)
            code = process.wait(MINUTES)
    return code, log.read_text(encoding="utf-8", errors="replace")


def faults(
    stage: Stage, attack: Attack, before: releasing.Fingerprint, ended: tuple[int, str]
) -> Iterator[str]:
    """What is wrong after an attack."""
    code, said = ended
    if "Traceback" in said or "Exception ignored" in said:
        yield "a traceback"
    if code not in {0, 5, 128 + attack.number} and attack.kind != "killed":
        yield f"exit code {code}"
    if attack.kind == "killed" or "not cleared away" in said:
        stage.run("check")
    after = stage.fingerprint()
    public = after.published != before.published
    if code == 0 and len(after.published) != len(before.published) + 2:
        yield "a release that is none"
    if public and code == 128 + attack.number:
        yield "something is public, and it was denied"
    kept = ("branch", "head", "staged", "files", "config", "remote")
    if not public and (changed := [name for name in kept if getattr(after, name) != getattr(before, name)]):
        yield f"changed before the point of no return: {', '.join(changed)}"
    if code == 128 + attack.number and after.runs:
        yield "a run directory is left"
    if locks := [str(path) for path in stage.repository.path.rglob("*.lock")]:
        yield f"locks are left: {', '.join(locks)}"


def living(stage: Stage, orphans: Callable[[], list[str]]) -> list[str]:
    """What still runs; who was killed or would not wait has a watchdog that takes a moment to clear up."""
    deadline = time.monotonic() + 5
    while (left := [*orphans(), *stage.processes()]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


@contextmanager
def index(directory: Path) -> Iterator[tuple[Path, tuple[str, Credentials]]]:
    """One index for all rounds."""
    account = indexes.credentials()
    with indexes.pypiserver(directory / "packages", account) as url:
        yield directory / "packages", (url, account)


def rounds(dice: random.Random, more: Callable[[int], bool]) -> tuple[Counter[tuple[str, str]], list[str]]:
    """Attack releases for as long as there is to be more; every round has a project of its own."""
    table: Counter[tuple[str, str]] = Counter()
    wrong: list[str] = []
    number = 0
    with (
        tempfile.TemporaryDirectory() as directory,
        nobody.in_charge(Path(directory, "home")),
        index(Path(directory)) as served,
        adopting() as orphans,
    ):
        while more(number):
            chosen, backend = attack(dice), dice.choice(("asyncio", "trio"))
            with releasing.tiny_at(Path(directory, str(number)), *served) as stage:
                before = stage.fingerprint()
                ended = struck(stage, chosen, backend)
                found = list(faults(stage, chosen, before, ended))
                if left := living(stage, orphans):
                    found.append(f"still running: {left}")
            table[chosen.kind, str(ended[0])] += 1
            wrong += [
                f"round {number}, {backend}, {chosen.kind} {chosen.number.name}: {one}" for one in found
            ]
            if found:
                print(wrong[-1], ended[1], sep="\n", file=sys.stderr)
            number += 1
    return table, wrong


def flooded() -> Iterator[str]:
    """What is wrong after a child has written a gigabyte, of which its log has the beginning."""
    with tempfile.TemporaryDirectory() as home:
        book = LogFiles(Path(home))
        argv = (sys.executable, "-I", "-c", FLOOD.format(GIGABYTE))
        command = Command(argv=argv, cwd=Path(home), env={}, timeout=600, kept_bytes=256 * 1024)
        before, started = _largest(), time.monotonic()

        async def flood() -> bool:
            return (await run(command, on_line=book.sink("tests"))).ok

        if not anyio.run(flood):
            yield "the flood was not taken to its end"
        grown, took = _largest() - before, time.monotonic() - started
        book.close()
        size = (Path(home) / "tests.log").stat().st_size
        print(f"a gigabyte: {took:.0f} s, {size} bytes in its log, we grew by {grown // 1024} KiB")
        if grown > ROOM:
            yield f"we grew by {grown} bytes"
        if not MAX_LOG_BYTES - 1000 < size < MAX_LOG_BYTES + 1000:
            yield f"its log has {size} bytes"


def _largest() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(options: argparse.Namespace) -> int:
    """Attack, flood, and print the table; the answer is the number of failures."""
    end = time.monotonic() + (options.seconds or math.inf)
    most = options.rounds if options.rounds is not None else (math.inf if options.seconds else 100)
    dice = random.Random(options.seed)  # noqa: S311 - not for secrets
    table, wrong = rounds(dice, lambda done: done < most and time.monotonic() < end)
    wrong += flooded() if options.flood else []
    for (kind, code), count in sorted(table.items()):
        print(f"{kind:20}exit code {code:>4}{count:8}")
    print(f"{sum(table.values())} releases, {len(wrong)} failures (seed {options.seed})")
    for one in wrong:
        print(json.dumps(one))
    return min(len(wrong), 100)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, help="how many releases (default: 100, or as --seconds has it)")
    parser.add_argument("--seconds", type=float, help="how long releases are attacked")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--no-flood", dest="flood", action="store_false")
    raise SystemExit(main(parser.parse_args()))
