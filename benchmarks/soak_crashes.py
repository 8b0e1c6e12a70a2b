"""Releases that die, by the hundred: at every point, twice, at random moments; how many end up different.

    PYTHONPATH=tests python benchmarks/soak_crashes.py [--points 400] [--doubles 100] [--kills 200] [--jobs 2]

Each trial is a project, a remote and an index of its own, and runs that are killed with all their children;
then a person types what comes next until the release is finished, and its end is compared with that of a
release that nothing disturbed. The index is a real pypiserver, or one that answers as PyPI does and has bad
days: an answer that is lost, a connection that breaks, 503, a page that is out of date. The last trials are
spoiled on purpose and have to be found: without them nobody would know whether this could find anything.

A trial follows from ``--seed`` and its number; ``--only NUMBER`` repeats one and tells what it found.
"""

import argparse
import itertools
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue

from release_async.base.exit_codes import ExitCode
from release_async.base.secret import Credentials
from support import crashing, indexes, nobody
from support.crashing import FILES, KILLED, RELEASE, RESUME, Died, Scene
from support.warehouse import Mishap, State

BACKENDS = ("asyncio", "trio")
INDEXES = ("like PyPI", "pypiserver")
BAD_DAYS = (Mishap.NONE, Mishap.UNHEARD, Mishap.UNSTORED, Mishap.DOWN)
TURNS = 6
"""How often a person goes on before giving up: every bad day of an index costs at most one turn."""

PATIENCE = 3.0
"""Seconds that the world may take to show an effect; the product waits up to minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One release and its deaths.

    Attributes:
        number: Its place among all trials of this seed.
        kind: What the table counts it under.
        backend: What the first run uses; the next ones take turns.
        index: Which index it meets.
        deaths: The points at which the runs die, one after another; none where moments are given.
        moment: When a run dies, as a share of the time that a whole release takes.
        behind_the_pivot: Whether that time is counted from the moment that the journal begins.
        power: Whether what was not synchronised is lost as well.
        spoil: A fault that has to be found, see `support.crash`.
        mishaps: What happens to the first uploads.
        blind: How many questions are answered from a page that is out of date.
    """

    number: int
    kind: str
    backend: str
    index: str
    deaths: tuple[int, ...] = ()
    moment: float | None = None
    behind_the_pivot: bool = False
    power: bool = False
    spoil: str = ""
    mishaps: tuple[Mishap, ...] = ()
    blind: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a trial ended: where it was killed, and what differs from an undisturbed release."""

    trial: Trial
    died: int
    died_behind_the_pivot: bool
    faults: tuple[str, ...]


@dataclass
class Servers:
    """Real indexes, started once and lent to one trial after another."""

    directory: Path
    account: Credentials
    free: SimpleQueue[tuple[Path, str]] = field(default_factory=SimpleQueue)

    @contextmanager
    def scene(self, trial: Trial) -> Iterator[Scene]:
        """The stage of one trial."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
            if trial.index == "like PyPI":
                with crashing.scene(Path(made)) as scene:
                    if isinstance(scene.index, State):
                        scene.index.mishaps.extend(trial.mishaps)
                        scene.index.blind = trial.blind
                    yield scene
                return
            packages, url = self.free.get()
            try:
                with crashing.scene_before(Path(made), packages, url, self.account) as scene:
                    yield scene
            finally:
                for path in packages.iterdir():
                    path.unlink()
                self.free.put((packages, url))


class Backoff:
    """How long a whole release takes at the moment, as the last ones showed."""

    def __init__(self) -> None:
        self._seconds = 4.0

    def seen(self, seconds: float) -> None:
        """One more release took so long."""
        self._seconds = 0.7 * self._seconds + 0.3 * seconds

    def share(self, part: float) -> float:
        """That part of it, in seconds."""
        return part * self._seconds


PACE = Backoff()


def judged(trial: Trial, servers: Servers) -> Verdict:
    """Let the runs of a trial die, go on, and compare."""
    with servers.scene(trial) as scene:
        died = _killed_at(trial, scene) if trial.moment is None else _killed_after(trial.moment, trial, scene)
        story = scene.recorded()
        behind = story is not None or bool(scene.index.digests())
        gone_wrong = _gone_on(trial, scene)
        faults = [] if gone_wrong else scene.faults(story)
        return Verdict(trial, died, behind, tuple(gone_wrong or _counted(trial, faults)))


def _killed_at(trial: Trial, scene: Scene) -> int:
    """Die at each point in turn; how often a point was reached."""
    died = 0
    for point, backend in zip(trial.deaths, _backends(trial), strict=False):
        spoil = "" if trial.spoil == "rebuild" else trial.spoil
        order = {"power": trial.power, "spoil": spoil, "patience": PATIENCE}
        died += scene.watched(point, *_next(scene), backend=backend, **order).code == KILLED
    return died


def _killed_after(part: float, trial: Trial, scene: Scene) -> int:
    """Kill the real command with its process group at a moment that nothing in it knows."""
    private = scene.stage.repository.path / ".git/release-async"
    with scene.stage.started(*RELEASE, backend=trial.backend) as process:
        if trial.behind_the_pivot:
            _wait(process, lambda: any(private.glob("*/journal")))
        _wait(process, lambda: False, PACE.share(part))
        alive = process.poll() is None
        if alive:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    scene.stage.wait_for_the_last()
    return int(alive)


def _wait(process: "subprocess.Popen[str]", enough: Callable[[], bool], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while process.poll() is None and not enough() and time.monotonic() < deadline:
        time.sleep(0.002)


def _backends(trial: Trial) -> Iterator[str]:
    """The trial's own, and then in turn."""
    first = BACKENDS.index(trial.backend)
    return (BACKENDS[(first + turn) % 2] for turn in itertools.count())


def _next(scene: Scene) -> Sequence[str]:
    """What a person types: go on where something is owed, else begin."""
    story = scene.recorded()
    return RESUME if (story and not story.finished) or scene.index.digests() else RELEASE


def _gone_on(trial: Trial, scene: Scene) -> list[str]:
    """Go on until the release is finished; what went wrong on the way."""
    spoil = "rebuild" if trial.spoil == "rebuild" else ""
    order = {"spoil": spoil, "patience": PATIENCE}
    told = []
    for backend in itertools.islice(_backends(trial), 1, TURNS + 1):
        arguments, started = _next(scene), time.monotonic()
        ended = scene.watched(0, *arguments, backend=backend, **order)
        if ended.code in {ExitCode.DONE, ExitCode.NOTHING} and scene.index.digests():
            if arguments is RELEASE:
                PACE.seen(time.monotonic() - started)
            return []
        if ended.code not in {0, 4, 5}:
            return [f"exit code {ended.code}: {ended.said[-600:]}"]
        told.append(failure := _failure(ended))
        _remove_lock(failure)
    return [f"not finished after {TURNS} turns:", *told]


def _failure(ended: Died) -> str:
    """How a run says that it failed, as it tells programs."""
    return next((line for line in ended.said.splitlines() if '"event": "failed"' in line), ended.said[-600:])


def _remove_lock(failure: str) -> None:
    """What a person is told where git was killed while it held a lock, here or in the remote."""
    for path in re.findall(r"\brm (/\S+\.lock)\b", failure):
        print(f"as told: rm {path}", file=sys.stderr, flush=True)
        Path(path).unlink(missing_ok=True)


def _counted(trial: Trial, faults: Iterable[str]) -> list[str]:
    """The faults that count: an index that hides what it holds may be sent the same bytes again."""
    lenient = "how often each was stored" if trial.blind or trial.mishaps else "\0"
    return [fault for fault in faults if not fault.startswith(lenient)]


# What is tried.


def trials(options: argparse.Namespace, points: int, resumed: int) -> list[Trial]:
    """All trials of a seed, in their order."""
    chance = random.Random(options.seed)  # noqa: S311 - a seed is to be repeated
    made = [
        *itertools.islice(_singles(chance, points), options.points),
        *itertools.islice(_doubles(chance, points, resumed), options.doubles),
        *itertools.islice(_moments(chance), options.kills),
    ]
    chance.shuffle(made)  # so that any part of them is a sample of all
    return [replace(trial, number=number) for number, trial in enumerate(made, 1)]


def _singles(chance: random.Random, points: int) -> Iterator[Trial]:
    """Every point with every backend, index and way to die, in an order of chance, and again."""
    while True:
        every = list(itertools.product(range(1, points + 1), BACKENDS, INDEXES, (False, True)))
        chance.shuffle(every)
        for point, backend, index, power in every:
            kind = "one death, power cut" if power else "one death"
            trial = Trial(number=0, kind=kind, backend=backend, index=index, deaths=(point,), power=power)
            yield _with_bad_days(chance, trial)


def _doubles(chance: random.Random, points: int, resumed: int) -> Iterator[Trial]:
    """Two deaths, the second in the run that goes on."""
    for turn in itertools.count():
        yield _with_bad_days(
            chance,
            Trial(
                number=0,
                kind="two deaths",
                backend=BACKENDS[turn % 2],
                index=INDEXES[turn // 2 % 2],
                deaths=(chance.randint(1, points), chance.randint(1, resumed)),
                power=chance.random() < 0.5,  # noqa: PLR2004 - as often as not
            ),
        )


def _moments(chance: random.Random) -> Iterator[Trial]:
    """SIGKILL at any moment of the real command, every second time behind the point of no return."""
    for turn in itertools.count():
        behind = bool(turn % 2)
        yield Trial(
            number=0,
            kind="SIGKILL behind the pivot" if behind else "SIGKILL at any time",
            backend=BACKENDS[turn // 2 % 2],
            index=INDEXES[turn // 4 % 2],
            moment=chance.random() * (0.4 if behind else 1.0),
            behind_the_pivot=behind,
        )


def _with_bad_days(chance: random.Random, trial: Trial) -> Trial:
    """Every third release meets an index with bad days, where the index can have any."""
    if trial.index == "pypiserver" or chance.random() > 1 / 3:
        return trial
    mishaps = tuple(chance.choice(BAD_DAYS) for _ in range(2))
    return replace(trial, kind=f"{trial.kind}, bad days", mishaps=mishaps, blind=chance.choice((0, 0, 1, 3)))


def controls(servers: Servers) -> list[Verdict]:
    """The faults that have to be found: each dies right behind the upload of the first file."""
    made = []
    for spoil in ("sync", "late", "rebuild"):
        trial = Trial(number=0, kind=spoil, backend="asyncio", index="like PyPI", spoil=spoil)
        point = _points(servers, spoil if spoil != "rebuild" else "").index(f"after upload {FILES[0]}") + 1
        made.append(judged(replace(trial, deaths=(point,), power=spoil == "sync"), servers))
    return made


def _points(servers: Servers, spoil: str = "") -> list[str]:
    """The points that an undisturbed release passes."""
    whole = Trial(number=0, kind="", backend="asyncio", index="like PyPI")
    with servers.scene(whole) as scene:
        ended = scene.watched(0, *RELEASE, backend="asyncio", spoil=spoil)
        if ended.code:
            raise SystemExit(f"an undisturbed release ends with {ended.code}: {ended.said}")
        return scene.points()


# What is told.


def report(verdicts: Sequence[Verdict], spoiled: Sequence[Verdict], seed: int) -> bool:
    """Print the table, and whether nothing but what was spoiled diverged."""
    print(f"{'':34}{'index':14}{'trials':>8}{'killed':>8}{'behind the pivot':>18}{'divergent':>11}")
    rows: dict[tuple[str, str], Counter[str]] = {}
    for verdict in verdicts:
        row = rows.setdefault((verdict.trial.kind, verdict.trial.index), Counter())
        row.update(trials=1, killed=verdict.died, divergent=bool(verdict.faults))
        row.update(behind=verdict.died_behind_the_pivot)
    total: Counter[str] = sum(rows.values(), Counter())
    for (kind, index), row in [*sorted(rows.items()), (("total", ""), total)]:
        cells = f"{row['trials']:8}{row['killed']:8}{row['behind']:18}{row['divergent']:11}"
        print(f"{kind:34}{index:14}{cells}")
    for verdict in verdicts:
        for fault in verdict.faults:
            print(f"divergent: --seed {seed} --only {verdict.trial.number}: {fault}")
    found = all(verdict.faults for verdict in spoiled)
    for verdict in spoiled:
        seen = verdict.faults[0] if verdict.faults else "NOT FOUND"
        print(f"spoiled on purpose, {verdict.trial.kind}: {seen}")
    return found and not total["divergent"]


@contextmanager
def prepared(jobs: int) -> Iterator[Servers]:
    """A home that is nobody's, and a real index for each job."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        servers = Servers(Path(made), indexes.credentials())
        with nobody.in_charge(Path(made, "home")), _real_indexes(servers, jobs):
            yield servers


@contextmanager
def _real_indexes(servers: Servers, jobs: int) -> Iterator[None]:
    if not jobs:
        yield
        return
    packages = servers.directory / f"packages-{jobs}"
    with indexes.pypiserver(packages, servers.account) as url:
        servers.free.put((packages, url))
        with _real_indexes(servers, jobs - 1):
            yield


def main(options: argparse.Namespace) -> int:
    """Run them all, or as many as there is time for."""
    deadline = time.monotonic() + options.minutes * 60
    with prepared(options.jobs) as servers:
        points = _points(servers)
        behind = len(points) - points.index("before the line begin")
        wanted = [
            trial
            for trial in trials(options, len(points), behind)
            if options.only is None or trial.number == options.only
        ]
        verdicts: list[Verdict] = []
        told = threading.Lock()

        def run(trial: Trial) -> None:
            if time.monotonic() > deadline:
                return
            verdict = judged(trial, servers)
            with told:
                verdicts.append(verdict)
                mark = " DIVERGENT" if verdict.faults else ""
                print(f"{len(verdicts)} of {len(wanted)}: {trial}{mark}", file=sys.stderr, flush=True)

        with ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(run, wanted))
        spoiled = controls(servers) if options.only is None else []
    return 0 if report(sorted(verdicts, key=lambda one: one.trial.number), spoiled, options.seed) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--points", type=int, default=400, help="releases that die once at a point")
    parser.add_argument("--doubles", type=int, default=100, help="releases that die twice")
    parser.add_argument("--kills", type=int, default=200, help="releases that die at a random moment")
    parser.add_argument("--jobs", type=int, default=2, help="trials at a time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1e6, help="begin no trial after so long")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="repeat one trial of this seed")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main(_options()))
