"""The conductor: all checks at once, then the steps effect by effect; it never knows what a step does."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field

import anyio
from anyio import CancelScope, current_time
from anyio.lowlevel import checkpoint_if_cancelled

from release_async import interrupt, standing
from release_async.checks import CHECKS, Check
from release_async.effect import Effect, Probed, State
from release_async.errors import (
    ConflictError,
    FailedError,
    RefusedError,
    ReleaseAsyncError,
    UnfinishedError,
    bug,
)
from release_async.events import (
    CheckFinished,
    ChecksFinished,
    ChecksStarted,
    CheckStarted,
    EffectFinished,
    EffectStarted,
    Outcome,
    StepFinished,
    StepStarted,
)
from release_async.groups import plain_errors
from release_async.plan import Plan
from release_async.problems import Level, NotJudged, Problems, refuse, worst
from release_async.steps import STEPS, Step
from release_async.world import World

_PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
_OUTCOMES = {
    None: Outcome.PASSED,
    Level.WARN: Outcome.WARNED,
    Level.ASK: Outcome.ASKED,
    Level.REFUSE: Outcome.REFUSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms a release is made.

    Attributes:
        ask: Puts a question to the person; answers No where nobody can be asked.
        skip: The checks that are not run, by name, and why.
        keep_going: Whether long checks go on when another one has refused.
    """

    ask: Callable[[str], Awaitable[bool]]
    skip: Mapping[str, str] = field(default_factory=dict)
    keep_going: bool = False


async def check(plan: Plan, world: World, terms: Terms) -> None:
    """Run every check at once, and go on only where none refuses and the person overrules what asks.

    Raises:
        RefusedError: A check refused, or the person said No.
        FailedError: A check could not judge, because something outside did not do its part.
        Exception: A check has a bug; all others have been told.
    """
    checks = _Checks(plan, world, terms)
    outcomes = await checks.run()
    if checks.bugs:
        raise checks.bugs[0]
    refused = [name for name, outcome in outcomes.items() if outcome is Outcome.REFUSED]
    broken = [name for name, outcome in outcomes.items() if outcome is Outcome.BROKEN]
    if refused:
        raise RefusedError(
            _sentence(refused, "refuses", "refuse"), cure="mend what is named above, then run it again"
        )
    if broken:
        sentence = _sentence(broken, "could not judge", "could not judge")
        raise FailedError(sentence, cure="see above, then run it again")
    for name in (name for name, outcome in outcomes.items() if outcome is Outcome.ASKED):
        if not await terms.ask(f"{CHECKS[name].TITLE} did not pass. Continue anyway?"):
            raise RefusedError(f"{CHECKS[name].TITLE} did not pass", cure="mend it, then run it again")


def _sentence(names: list[str], one: str, many: str) -> str:
    titles = ", ".join(CHECKS[name].TITLE for name in names)
    return f"1 check {one}: {titles}" if len(names) == 1 else f"{len(names)} checks {many}: {titles}"


@dataclass(slots=True)
class _Checks:
    """One round of all checks."""

    plan: Plan
    world: World
    terms: Terms
    scopes: dict[str, CancelScope] = field(default_factory=lambda: {name: CancelScope() for name in CHECKS})
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    bugs: list[Exception] = field(default_factory=list)
    slowest: float = 0.0

    async def run(self) -> dict[str, Outcome]:
        """Run them all and return how each ended, in the order of the table."""
        started = current_time()
        self.world.emit(ChecksStarted(tuple((name, check.TITLE) for name, check in CHECKS.items())))
        async with anyio.create_task_group() as group:
            # The long ones first: how soon they start decides how long the round takes.
            for name, module in sorted(CHECKS.items(), key=lambda item: not item[1].LONG):
                if name in self.terms.skip:
                    self._finish(
                        CheckFinished(name, module.TITLE, Outcome.SKIPPED, (), 0.0, self.terms.skip[name])
                    )
                else:
                    group.start_soon(self._run, name, module)
        outcomes = {name: self.outcomes[name] for name in CHECKS}
        heaviest = (Outcome.REFUSED, Outcome.BROKEN, Outcome.ASKED, Outcome.WARNED)
        bad = [one for one in heaviest if one in outcomes.values()]
        outcome = bad[0] if bad else Outcome.PASSED
        self.world.emit(ChecksFinished(outcome, current_time() - started, self.slowest))
        return outcomes

    async def _run(self, name: str, module: Check) -> None:
        started = current_time()
        self.world.emit(CheckStarted(name, module.TITLE))
        with self.scopes[name] as scope:
            outcome, problems, note = await self._judge(name, module)
        if scope.cancelled_caught:
            self._finish(CheckFinished(name, module.TITLE, Outcome.NOT_RUN, (), 0.0, "another check refused"))
            return
        self._finish(CheckFinished(name, module.TITLE, outcome, problems, current_time() - started, note))

    async def _judge(self, name: str, module: Check) -> tuple[Outcome, Problems, str]:
        try:
            problems = await module.run(self.plan, self.world)
        except ReleaseAsyncError as error:
            return Outcome.BROKEN, (refuse(error.what, cure=error.cure, detail=error.detail),), ""
        except OSError as error:
            cure = "see that the file is there and may be read"
            return Outcome.BROKEN, (refuse(str(error), cure=cure),), ""
        except Exception as error:  # noqa: BLE001 - raised again when all checks have been told
            self.bugs.append(error)
            what, cure = f"{bug(error)}, in the check {name}", f"report it, or --skip {name}"
            return Outcome.BROKEN, (refuse(what, cure=cure),), ""
        if isinstance(problems, NotJudged):
            return Outcome.SKIPPED, (), problems.why
        return _OUTCOMES[worst(problems)], problems, ""

    def _finish(self, finished: CheckFinished) -> None:
        self.outcomes[finished.name] = finished.outcome
        self.slowest = max(self.slowest, finished.seconds)
        self.world.emit(finished)
        if finished.outcome in {Outcome.REFUSED, Outcome.BROKEN} and not self.terms.keep_going:
            for name, module in CHECKS.items():
                if module.LONG:
                    self.scopes[name].cancel()


async def perform(plan: Plan, world: World) -> None:
    """Carry the plan out, step by step and effect by effect.

    A run that has passed its point of no return before goes on behind it: nothing is made anew, and what the
    world shows already is not done again. A public effect that has begun is finished, also when the run is
    interrupted: half an upload helps nobody.

    Raises:
        FailedError: A step failed while nothing was public; nothing of the user's has changed.
        UnfinishedError: A step failed, or the run was interrupted, after the point of no return.
        ConflictError: The world holds something else under a name of ours.
    """
    steps = _Steps(plan, world, list(STEPS.items()))
    if world.workshop.journal.story:
        steps = _Steps(plan, world, standing.from_the_pivot(), public=standing.published(plan, world))
    try:
        with plain_errors():  # trio's own connections wrap a cancellation in a group
            await steps.run()
    except ReleaseAsyncError as error:
        raise steps.ended(error) from error
    except anyio.get_cancelled_exc_class():
        if steps.anything_public():
            raise steps.ended(steps.interrupted()) from None
        raise
    except Exception as error:
        if steps.anything_public():  # what others can see is told first, whose fault it is comes second
            raise steps.ended(
                UnfinishedError(bug(error), cure="report it, and finish what is owed")
            ) from error
        raise


@dataclass(slots=True)
class _Steps:
    """One walk through the steps."""

    plan: Plan
    world: World
    steps: list[tuple[str, Step]]
    done: set[str] = field(default_factory=set)
    public: list[str] = field(default_factory=list)
    underway: str = ""
    began: bool = False

    async def run(self) -> None:
        """Walk through all of them."""
        for name, step in self.steps:
            started = current_time()
            if reason := step.skipped(self.plan, self.world):
                self.world.emit(StepFinished(name, step.TITLE, Outcome.SKIPPED, 0.0, reason))
                continue
            self.world.emit(StepStarted(name, step.TITLE))
            if self.world.workshop.lock:
                self.world.workshop.lock.tell(name)
            try:
                for effect in step.effects(self.plan, self.world):
                    await self._make(name, effect)
            except ReleaseAsyncError as error:
                error.add_detail(self.world.logs.whole_output(name))
                self.world.emit(StepFinished(name, step.TITLE, Outcome.FAILED, current_time() - started))
                raise
            self.world.emit(StepFinished(name, step.TITLE, Outcome.PASSED, current_time() - started))

    async def _make(self, step: str, effect: Effect) -> None:
        # Between two effects a signal is heeded for certain; inside, a quick command can outrun it.
        await checkpoint_if_cancelled()
        started = current_time()
        self.world.emit(EffectStarted(step, effect.name))
        with interrupt.finishing() if effect.public else nullcontext():
            probed = await _settled(effect, waiting_for={State.UNKNOWN})
            already = probed.state is State.DONE
            if probed.state is State.NOT_DONE:
                probed = await self._perform(effect)
            if probed.state is not State.DONE:
                raise _error(effect, probed)
            self._remember(effect)
        self.world.emit(EffectFinished(step, effect.name, already, current_time() - started))

    def _remember(self, effect: Effect) -> None:
        self.done.add(effect.name)
        self.underway = ""
        if effect.public and effect.name not in self.public:
            self.public.append(effect.name)
        self._note(effect, State.DONE)

    def _note(self, effect: Effect, state: State) -> None:
        """Write down how an attempt ended, once there is a journal."""
        if self.world.workshop.journal.begun:
            with _written():
                self.world.workshop.journal.end(effect.name, state)

    async def _perform(self, effect: Effect) -> Probed:
        """Make the change, then let the world say whether it is so; the pivot is written down before it."""
        failure = await self._failure(effect)
        certain = isinstance(failure, FailedError)
        patient_with = {State.UNKNOWN} if certain else {State.UNKNOWN, State.NOT_DONE}
        probed = await _settled(effect, waiting_for=patient_with)
        nowhere = probed.state is State.CONFLICT or (certain and probed.state is State.NOT_DONE)
        if nowhere and self.began and not self.public:
            self.world.workshop.journal.forget()  # nothing of ours has been published, so nothing is owed
        elif probed.state is not State.DONE:
            self._note(effect, probed.state)
        if failure and probed.state in {State.NOT_DONE, State.UNKNOWN}:
            raise failure
        return probed

    async def _failure(self, effect: Effect) -> ReleaseAsyncError | None:
        """Make the change, and return why it failed: ``UnfinishedError`` where it may be so all the same."""
        journal = self.world.workshop.journal
        try:
            with _written():
                if effect.public and not journal.begun:
                    self.began = True
                    interrupt.bind()
                    journal.begin(self.plan, self.world.workshop.made.pinned(), self.world.index.clock())
                if journal.begun:
                    journal.intend(effect.name)
            if effect.public:
                self.underway = effect.name
            await effect.perform()
        except (FailedError, UnfinishedError) as error:
            return error
        except OSError as error:
            cure = "see that the disk has room and may be written"
            return FailedError(f"{effect.name}: {error}", cure=cure)
        return None

    def anything_public(self) -> bool:
        """Whether others can or could see any of it; the journal goes at the end, before the run does."""
        return bool(self.public) or self.world.workshop.journal.begun

    def interrupted(self) -> UnfinishedError:
        """The error for a signal; who insisted has broken off an effect, which may be so all the same."""
        what = "the release was interrupted"
        if self.underway:
            what += f" during: {self.underway}; whether that is done is unknown"
        return UnfinishedError(what, cure="finish what is owed")

    def ended(self, error: ReleaseAsyncError) -> ReleaseAsyncError:
        """The error that ends the run: once anything is public it says what is, and what is owed."""
        if not self.anything_public():
            return error
        if isinstance(error, ConflictError):
            words = f"{error.cure}; to go on: {standing.RESUME}; to give it up: {standing.ABANDON}"
            error = ConflictError(error.what, cure=words, detail=error.detail)
        else:
            words = (f"{error.cure}, then: " if error.cure else "") + standing.RESUME
            error = UnfinishedError(error.what, cure=words, detail=error.detail)
        error.standing = standing.of(self.plan, self.world, self.done, self.public)
        return error


@contextmanager
def _written() -> Iterator[None]:
    """Take a journal that cannot be written for a failure: without its memory nothing may go on.

    Raises:
        FailedError: The disk did not take it.
    """
    try:
        yield
    except OSError as error:
        raise FailedError(
            f"the journal of this release cannot be written: {error}",
            cure="see that the disk of the git directory has room and may be written",
        ) from error


async def _settled(effect: Effect, waiting_for: set[State]) -> Probed:
    """Probe until the answer is none of those that time may change, or the effect's patience is over."""
    deadline = current_time() + effect.patience
    for pause in _pauses():
        probed = await effect.probe()
        if probed.state not in waiting_for or current_time() + pause > deadline:
            break
        await anyio.sleep(pause)
    return probed


def _pauses() -> Iterator[float]:
    yield from _PAUSES
    while True:
        yield _PAUSES[-1]


def _error(effect: Effect, probed: Probed) -> ReleaseAsyncError:
    if probed.state is State.CONFLICT:
        return ConflictError(f"{effect.name}: {probed.why}", cure=probed.cure)
    why = probed.why or "it was done, and cannot be seen"
    return FailedError(f"{effect.name}: {why}", cure=probed.cure or "look yourself, then run it again")
