"""`--resume` interrupted by the hundred: does it ever say something of the release that is not so?

    PYTHONPATH=tests python benchmarks/soak_interrupts.py [--trials 200] [--jobs 2] [--seed 1]

Each trial is a project, a remote and an index that behaves like PyPI. A release dies at a point of chance
behind its first intent to upload; then the real command `release-async --resume` gets one to three signals at
moments of chance, while an observer polls the index and the remote. What the run says at its end is held
against what the observer saw: what it calls public has to be so, what it calls owed must not have been public
before it began, its exit code is 0 only where everything is out, and never that of an interruption before the
point of no return. Last it is gone on with until it is finished, which has to be the end of an undisturbed
release.

The judge itself is tried first, on words that are false.
"""

import argparse
import json
import random
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from release_async.base.exit_codes import ExitCode
from support import crashing, nobody
from support.crashing import FILES, RELEASE, VERSION, Scene

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
BACKENDS = ("asyncio", "trio")
FIRST = f"before upload {FILES[0]}"
TURNS = 6
LONGEST = 2.0
"""Seconds after which no more signals come: a whole resume takes about one."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One interrupted resume.

    Attributes:
        number: Its place in the list.
        point: Where the release dies, as a share of the points behind the pivot.
        backend: What the resume uses.
        signals: What it gets, and after how many seconds each.
    """

    number: int
    point: float
    backend: str
    signals: tuple[tuple[float, signal.Signals], ...]


class Ended(NamedTuple):
    """How a run ended: its exit code, and all that it wrote."""

    code: int
    said: str


@dataclass
class Public:
    """What others can see, as the observer saw it.

    Attributes:
        before: What was public before the run began.
        ever: What was public at any time until its end.
    """

    before: frozenset[str]
    ever: set[str] = field(default_factory=set)


def main() -> int:
    """Run all trials and print a table; 1 where anything was false."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    blind = [words for words in _FALSE if not false_words(*words, is_out=False)]
    if blind:
        print(f"the judge does not see: {blind}")
        return 1
    chance = random.Random(options.seed)  # noqa: S311 - a seed is to be repeated
    trials = [_trial(number, chance) for number in range(1, options.trials + 1)]
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home,
        nobody.in_charge(Path(home, "home")),
    ):
        points = _points_behind_the_pivot()
        with ThreadPoolExecutor(options.jobs) as pool:
            outcomes = list(pool.map(lambda trial: judged(trial, points), trials))
    codes = Counter(code for code, _ in outcomes)
    wrong = [
        f"trial {trial.number}: {each}"
        for trial, (_, faults) in zip(trials, outcomes, strict=True)
        for each in faults
    ]
    print(f"{len(trials)} interrupted resumes, exit codes: {dict(sorted(codes.items()))}")
    print(*wrong, f"false words or ends: {len(wrong)}", sep="\n")
    return int(bool(wrong))


def _trial(number: int, chance: random.Random) -> Trial:
    moments = sorted(chance.random() * LONGEST for _ in range(chance.randint(1, 3)))
    signals = tuple((moment, chance.choice(SIGNALS)) for moment in moments)
    return Trial(number, chance.random(), BACKENDS[number % 2], signals)


def _points_behind_the_pivot() -> list[str]:
    with _scene() as scene:
        ended = scene.watched(0, *RELEASE, backend="asyncio")
        if ended.code:
            raise SystemExit(f"an undisturbed release ends with {ended.code}: {ended.said}")
        points = scene.points()
    return points[points.index(FIRST) :]


@contextmanager
def _scene() -> Iterator[Scene]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made, crashing.scene(Path(made)) as scene:
        yield scene


def judged(trial: Trial, points: list[str]) -> tuple[int, list[str]]:
    """Let a release die, interrupt its resume, and hold its words against what was seen."""
    with _scene() as scene:
        scene.crash(points[int(trial.point * len(points))], *RELEASE, backend=trial.backend)
        recorded = scene.recorded()
        public = Public(_visible(scene))
        ended = _interrupted(trial, scene, public)
        scene.stage.wait_for_the_last()
        public.ever |= _visible(scene)
        is_out = not scene.faults(recorded)
        faults = false_words(ended, public, is_out=is_out) if recorded else []
        return ended.code, faults + _finished(scene, recorded)


def _visible(scene: Scene) -> frozenset[str]:
    """The files on the index, and the refs on the remote."""
    refs = scene.stage.remote.git("for-each-ref", "--format=%(refname)").splitlines()
    return frozenset((*scene.index.digests(), *refs))


def _interrupted(trial: Trial, scene: Scene, public: Public) -> Ended:
    """Resume, send the signals, and have an observer look all the while."""
    over = threading.Event()

    def observe() -> None:
        while not over.wait(0.05):
            public.ever |= _visible(scene)

    observer = threading.Thread(target=observe)
    with scene.stage.started("--resume", "--output", "json", backend=trial.backend) as process:
        observer.start()
        begun = time.monotonic()
        for moment, number in trial.signals:
            _wait_until(begun + moment, process)
            if process.poll() is None:
                process.send_signal(number)
        out, err = process.communicate(timeout=120)
    over.set()
    observer.join()
    return Ended(process.returncode, out + err)


def _wait_until(moment: float, process: "subprocess.Popen[str]") -> None:
    while time.monotonic() < moment and process.poll() is None:
        time.sleep(0.005)


def false_words(ended: Ended, public: Public, *, is_out: bool) -> list[str]:
    """What a run said that is not so.

    Args:
        ended: Its exit code and words.
        public: What the observer saw.
        is_out: Whether everything was out and cleaned up when it had ended.
    """
    found = []
    if ended.code not in {ExitCode.DONE, ExitCode.UNFINISHED, ExitCode.NOTHING} and not _never_began(
        ended, public
    ):
        found.append(f"exit code {ended.code} behind the point of no return: {ended.said[-300:]}")
    if ended.code == ExitCode.DONE and not is_out:
        found.append("exit code 0, and not everything is out")
    if "nothing is public" in ended.said and public.ever.intersection(FILES):
        found.append("it says that nothing is public")
    failed = _event(ended.said, "failed")
    unseen = (each for each in failed.get("public", ()) if _thing(each) and _thing(each) not in public.ever)
    known = (each for each in failed.get("owed", ()) if _thing(each) in public.before)
    found += [f"it calls public what nobody has seen: {effect}" for effect in unseen]
    return found + [f"it calls owed what was public before: {effect}" for effect in known]


def _never_began(ended: Ended, public: Public) -> bool:
    """Whether the signal came before the program was loaded: it can answer to none then."""
    return -ended.code in SIGNALS and not ended.said and public.ever == public.before


def _event(said: str, name: str) -> Mapping[str, Any]:
    for line in said.splitlines():
        if line.startswith("{"):
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if event.get("event") == name:
                return dict(event)
    return {}


def _thing(effect: str) -> str:
    """The file or ref that an effect makes public; empty for what nobody else can see."""
    kind, _, rest = effect.partition(" ")
    if kind == "upload":
        return rest
    return f"refs/tags/v{VERSION}" if kind == "push" else ""


_SEEN = Public(frozenset({FILES[0]}), {FILES[0]})
_FALSE = (
    (Ended(130, ""), _SEEN),
    (Ended(-signal.SIGTERM, ""), Public(frozenset(), {FILES[0]})),
    (Ended(-signal.SIGTERM, "something"), _SEEN),
    (Ended(5, "nothing is public, and nothing of yours has changed"), _SEEN),
    (Ended(5, json.dumps({"event": "failed", "public": [f"upload {FILES[1]}"]})), _SEEN),
    (Ended(5, json.dumps({"event": "failed", "owed": [f"upload {FILES[0]}"]})), _SEEN),
    (Ended(0, ""), _SEEN),
)
"""What the judge has to find, or it could find nothing."""


def _finished(scene: Scene, recorded: object) -> list[str]:
    """Go on until it is out, and compare with an undisturbed release."""
    for turn in range(TURNS):
        words = ("--resume",) if scene.recorded() else RELEASE
        if not scene.recorded() and len(scene.index.digests()) == len(FILES):
            break
        run = scene.stage.run(*words, backend=BACKENDS[turn % 2])
        if run.code == 0:
            break
    faults = scene.faults(recorded)  # type: ignore[arg-type] # what the scene itself has recorded
    return [f"in the end {fault}" for fault in faults]


if __name__ == "__main__":
    raise SystemExit(main())
