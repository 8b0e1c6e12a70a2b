"""The conductor: walks through the steps effect by effect, and never knows what a step does."""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import groupby

import anyio
from anyio import current_time
from anyio.lowlevel import checkpoint_if_cancelled

from release_async.base import cancellation
from release_async.base.errors import (
    RUN_AGAIN,
    ConflictError,
    FailedError,
    PermanentError,
    RefusedError,
    ReleaseAsyncError,
    UnfinishedError,
    WaitingError,
    bug_message,
)
from release_async.base.exception_groups import unwrap_exception_groups
from release_async.plan.effect import AwaitedAction, Effect, Probed, State
from release_async.plan.events import (
    EffectFinished,
    EffectStarted,
    Outcome,
    StepFinished,
    StepStarted,
    Waiting,
    Waits,
)
from release_async.plan.plan import Plan
from release_async.plan.route import ROUTES
from release_async.release import public_and_owed
from release_async.release.public_and_owed import Release, Seen
from release_async.release.shown_detail import shown
from release_async.release.steps import STEPS
from release_async.run.context import Context
from release_async.run.retry_policy import FIRST_LOOK, Attempts, Stay, settled
from release_async.run.step_results import Results

_LAST_LOOK = 10.0
"""Seconds that it may take to find out what a person would type, once the run ends."""
_OPEN = {State.NOT_DONE, State.UNKNOWN}


async def perform(plan: Plan, context: Context) -> Results:
    """Carry the plan out along its route, step by step and effect by effect.

    A run that has passed its point of no return before goes on behind it: nothing is made anew, and what is
    seen to be so already is not done again. A public effect that has begun is finished, also when the run is
    interrupted: half an upload helps nobody. What fails for the moment is tried again, within the effect's
    retry timeout; a signal ends the waiting for that at once. What somebody else has to do first is waited
    for as long as the context says, and then the run ends.

    Returns:
        What the release has made.

    Raises:
        FailedError: A step failed while nothing was public; nothing of the user's has changed.
        UnfinishedError: A step failed, or the run was interrupted, once others could see something of it.
        WaitingError: Somebody else has to do something first.
        RefusedError: The person did not agree to what came about while it was waited for.
        ConflictError: There is something else under a name of ours.
    """
    steps = _begun(plan, context)
    try:
        with unwrap_exception_groups():  # trio's own connections wrap a cancellation in a group
            await steps.run()
    except ReleaseAsyncError as error:
        raise await steps.ended(error) from error
    except anyio.get_cancelled_exc_class():
        if steps.waiting:
            raise steps.waits(steps.waiting) from None
        if steps.anything_public():
            raise await steps.ended(steps.interrupted()) from None
        raise
    except Exception as error:
        if steps.anything_public():  # what others can see is told first, whose fault it is comes second
            raise await steps.ended(
                UnfinishedError(bug_message(error), cure="report it, and finish what is still to do")
            ) from error
        raise
    return steps.release.made


def _begun(plan: Plan, context: Context) -> "_Steps":
    """The walk along the whole route, or along the rest of it where a journal tells of an earlier run."""
    recorded = context.workspace.journal.recorded
    if recorded is None:
        return _Steps(Release(plan, context, Results()), plan.route.steps)
    release = Release(plan, context, recorded.results)
    names = plan.route.remembered if recorded.pivot is None else plan.route.after
    return _Steps(release, names, public=public_and_owed.published(release))


@dataclass(slots=True)
class _Steps:
    """One walk along the steps of a route."""

    release: Release
    names: tuple[str, ...]
    done: set[str] = field(default_factory=set)
    public: list[str] = field(default_factory=list)
    tried: set[str] = field(default_factory=set)
    seen: dict[str, State] = field(default_factory=dict)
    answers: dict[str, Probed] = field(default_factory=dict)
    underway: dict[str, None] = field(default_factory=dict)
    waiting: AwaitedAction | None = None
    told: AwaitedAction | None = None
    unanswered: str = ""
    held_up: dict[str, str] = field(default_factory=dict)
    began: bool = False
    trying_again: anyio.Lock = field(default_factory=anyio.Lock)

    @property
    def context(self) -> Context:
        """What the steps may touch."""
        return self.release.context

    async def run(self) -> None:
        """Walk through all of them; a step that the route leaves out is told where it would have been."""
        route = self.release.plan.route
        taken = {*route.steps, *(["build"] if route.collects else [])}  # what CI has built is not left out
        left_out = [name for name in ROUTES["here"].steps if route.without and name not in taken]
        if self.names != route.steps:  # what came before an earlier run has told
            left_out = [name for name in left_out if not _is_before(name, self.names[0])]
        for name in self.names:
            for other in [each for each in left_out if _is_before(each, name)]:
                left_out.remove(other)
                self._skip(other, route.without)
            await self._walk(name)

    async def _walk(self, name: str) -> None:
        started, title = current_time(), STEPS[name].TITLE
        if reason := self.release.skipped(name):
            self._skip(name, reason)
            return
        self.context.emit(StepStarted(name, title))
        if self.context.workspace.lock:
            self.context.workspace.lock.tell(name)
        try:
            for numbers in _together(self.release.effects(name)):
                await self._make_all(name, numbers)
        except WaitingError:
            self.context.emit(StepFinished(name, title, Outcome.WAITING, current_time() - started))
            raise
        except ReleaseAsyncError as error:
            error.add_detail(self.context.logs.output_hint(name))
            error.detail = shown(error.detail, name, self.context.logs)
            self.context.emit(StepFinished(name, title, Outcome.FAILED, current_time() - started))
            raise
        self.context.emit(StepFinished(name, title, Outcome.PASSED, current_time() - started))

    def _skip(self, name: str, reason: str) -> None:
        self.context.emit(StepFinished(name, STEPS[name].TITLE, Outcome.SKIPPED, 0.0, reason))

    async def _make_all(self, step: str, numbers: Sequence[int]) -> None:
        """Make several effects side by side; a failure stops those that have not begun.

        Raises:
            ReleaseAsyncError: The first failure, once all that had begun have ended.
        """
        if len(numbers) == 1:
            await self._make(step, numbers[0])
            return
        failures: list[ReleaseAsyncError] = []
        waiting = deque(numbers)

        async def make_one_after_another() -> None:
            while True:
                async with self.trying_again:  # nothing new is begun while one waits for its next attempt
                    if failures or not waiting:
                        return
                    number = waiting.popleft()
                try:
                    await self._make(step, number)
                except ReleaseAsyncError as error:
                    failures.append(error)

        async with anyio.create_task_group() as effects:
            for _ in range(_AT_ONCE):
                effects.start_soon(make_one_after_another)
        if failures:
            raise failures[0]

    async def _make(self, step: str, number: int) -> None:
        # Between two effects a signal is heeded for certain; inside, a quick command can outrun it.
        await checkpoint_if_cancelled()
        started, effect = current_time(), self.release.effects(step)[number]
        self.context.emit(EffectStarted(step, effect.name))
        tries = Attempts(effect, self.context.backoff)
        place = _Place(step, number, tries, Stay(self.context.watch))
        probed = await self._attempt(place)
        while await self._goes_on(place, probed):
            probed = await self._attempt(place)
        if self.waiting and probed.state in {State.WAITING, State.UNKNOWN}:
            raise self.waits(self.waiting)
        if probed.state is not State.DONE:
            raise _error(effect, probed, is_known=effect.name in self._done_before())
        self.waiting = None
        self.context.emit(EffectFinished(step, effect.name, not tries.made, current_time() - started))

    async def _goes_on(self, place: "_Place", probed: Probed) -> bool:
        """Wait for the next look, after a failure or for somebody else, where there is to be one.

        Who stays with what somebody else has to do is not sent away by one question without an answer.
        """
        tries, stay = place.attempts, place.stay
        if probed.waiting:
            self.waiting = probed.waiting
            self._remember_wait(place.step)
            self._tell(probed.waiting)
        if probed.waiting or (stay.looks and probed.state is State.UNKNOWN):
            self._tell_unanswered(place, probed)
            return await stay.again(probed.wait)
        if tries.again and probed.state in _OPEN:
            self._tell_wait(tries.again)
            async with self.trying_again:
                await tries.rest()
            return True
        return False

    def _tell_wait(self, waiting: Waiting) -> None:
        """Show for what an effect waits, and keep it for who interrupts that."""
        self.held_up[waiting.effect] = waiting.why
        self.context.emit(waiting)

    def _tell_unanswered(self, place: "_Place", probed: Probed) -> None:
        """Show that a look had no answer, where the run stays; once for each reason that differs."""
        why = "" if probed.waiting else "; ".join(filter(None, (probed.why, probed.cure)))
        if why and why != self.unanswered and (seconds := place.stay.pause(probed.wait)):
            self.context.emit(Waiting(self._effect(place).name, seconds, why, place.stay.looks + 2))
        self.unanswered = why

    def _remember_wait(self, step: str) -> None:
        """Have the next run go on at this step, although nobody else can see anything of the release yet.

        Raises:
            FailedError: The disk did not take it.
        """
        journal, release = self.context.workspace.journal, self.release
        if not journal.begun and step in release.plan.route.revocable:
            with _written():
                self.began = True
                journal.begin(release.plan, release.made, self.context.index.now())

    def _tell(self, waiting: AwaitedAction) -> None:
        """Show what is waited for, where the run stays; once for each answer that differs."""
        awaited = public_and_owed.awaited(self.release, waiting, self.public)
        if self.context.watch.seconds and self.told != waiting:
            self.context.emit(Waits(*awaited, command=public_and_owed.GO_ON, stays=True))
        self.told = waiting

    def waits(self, waiting: AwaitedAction) -> WaitingError:
        """The error that ends a run which others have to do something for first."""
        awaited = public_and_owed.awaited(self.release, waiting, self.public)
        return WaitingError(awaited, cure=public_and_owed.GO_ON)

    def _effect(self, place: "_Place") -> Effect:
        """The effect, by what has been made so far."""
        return self.release.effects(place.step)[place.number]

    async def _probed(self, place: "_Place", waiting_for: set[State]) -> Probed:
        """Ask whether it is so, and keep what was seen."""
        effect = self._effect(place)
        goes_on = self.context.workspace.journal.recorded is not None and not self.tried
        at_most = FIRST_LOOK if goes_on else math.inf
        probed = await settled(effect, waiting_for, self._tell_wait, at_most=at_most)
        self.held_up.pop(effect.name, None)
        self.seen[effect.name] = probed.state
        self.answers[effect.name] = probed
        self.release = self.release.having(*probed.gives)
        return probed

    async def _attempt(self, place: "_Place") -> Probed:
        """Make the change unless it is so, and ask whether it is."""
        effect, tries = self._effect(place), place.attempts
        probed = await self._probed(place, set() if tries.made else {State.UNKNOWN})  # a signal ends a look
        with cancellation.shielded(effect.noun or effect.name) if effect.public else nullcontext():
            if probed.state is State.NOT_DONE:
                await self._ask(probed.question)
                probed = await self._perform(place)
            goes_on = tries.again or place.stay.looks
            if probed.state is State.UNKNOWN and not goes_on:
                tries.unanswered(probed)
            if probed.state is State.DONE:
                self._remember(effect)
            elif probed.state in _OPEN and not (tries.again or goes_on) and (failure := tries.told()):
                raise failure
        return probed

    async def _ask(self, question: str) -> None:
        """Have the person agree to a change that came about while it was waited for.

        Raises:
            RefusedError: They do not, or nobody can be asked.
        """
        if question and not await self.context.agree(question):
            raise RefusedError(
                f"nobody has said Yes to this, so it waits as it is: {question}",
                cure=f"to agree: {public_and_owed.RESUME} --yes; to give it up: {public_and_owed.ABANDON}",
            )

    def _remember(self, effect: Effect) -> None:
        self.done.add(effect.name)
        self.underway.pop(effect.name, None)
        if effect.public and effect.name not in self.public:
            self.public.append(effect.name)
        self._note(effect, State.DONE)

    def _note(self, effect: Effect, state: State) -> None:
        """Write down how an attempt ended, once there is a journal."""
        if self.context.workspace.journal.begun:
            with _written():
                self.context.workspace.journal.end(effect.name, state, self.release.made)

    async def _perform(self, place: "_Place") -> Probed:
        """Make the change, then ask whether it is so; the pivot is written down before it."""
        effect, tries = self._effect(place), place.attempts
        failure = await self._failure(effect)
        tries.ended(failure)
        # Of two attempts the first can have been heard, and the second be refused: that proves nothing.
        tries.doubtful |= failure is None or not failure.certain
        probed = await self._probed(place, tries.open_states())
        nowhere = not tries.doubtful and probed.state in {State.NOT_DONE, State.CONFLICT}
        if nowhere:
            self.underway.pop(effect.name, None)
        if nowhere and self.began and not self.public:
            self.context.workspace.journal.forget()  # nothing of ours has been published, so nothing is owed
        elif probed.state is not State.DONE:
            self._note(effect, probed.state)
        return probed

    async def _failure(self, effect: Effect) -> ReleaseAsyncError | None:
        """Make the change and keep what it gives; return why it failed."""
        journal = self.context.workspace.journal
        try:
            with _written():
                if effect.public and not journal.begun:
                    self.began = True
                    cancellation.forbid_exit()
                    journal.begin(self.release.plan, self.release.made, self.context.index.now())
                if effect.final and not journal.is_past_pivot:
                    cancellation.forbid_exit()
                    journal.pass_pivot(self.release.made, self.context.index.now())
                if journal.begun:
                    journal.intend(effect.name)
            if effect.public:
                self.underway[effect.name] = None
            self.tried.add(effect.name)
            self.seen[effect.name] = State.UNKNOWN
            made = await effect.perform()
        except (FailedError, UnfinishedError) as error:
            return error
        except ConflictError:
            self.seen[effect.name] = State.CONFLICT  # it was found out by the change, which was not made
            raise
        except OSError as error:
            cure = "see that the disk has room and may be written"
            return FailedError(f"{effect.name}: {error}", cure=cure)
        self.release = self.release.having(*(() if made is None else (made,)))
        return None

    def anything_public(self) -> bool:
        """Whether others can or could see any of it; the journal goes at the end, before the run does."""
        return bool(self.public) or self.context.workspace.journal.begun

    def interrupted(self) -> UnfinishedError:
        """The error for a signal; who insisted has broken off an effect, which may be so all the same."""
        what = "the release was interrupted"
        if self.held_up:
            what += f" while it waited: {'; '.join(dict.fromkeys(self.held_up.values()))}"
        if self.underway:
            what += f" during: {', '.join(self.underway)}; whether that is done is unknown"
        return UnfinishedError(what, cure=RUN_AGAIN)  # behind the pivot that is to resume

    async def ended(self, error: ReleaseAsyncError) -> ReleaseAsyncError:
        """The error that ends the run: once anything is public it says what is, and what is owed."""
        if not self.anything_public() or isinstance(error, WaitingError):
            return error
        if isinstance(error, RefusedError):
            pass  # what is told already: it waits as it is
        elif isinstance(error, ConflictError):
            error = ConflictError(error.what, cure=public_and_owed.decide(error.cure), detail=error.detail)
        elif isinstance(error, PermanentError):
            words = f"{error.cure}; this one can only be given up: {public_and_owed.ABANDON}"
            error = UnfinishedError(error.what, cure=words, detail=error.detail)
        else:
            error = UnfinishedError(error.what, cure=_then_resume(error.cure), detail=error.detail)
        done = self.done | self._done_before()
        seen = Seen(
            done=done,
            public=self.public,
            unknown=self._unknown(),
            manual=await self._typed(done),
            answers=self.answers,
        )
        error.progress = public_and_owed.of(self.release, seen)
        return error

    async def _typed(self, done: set[str]) -> dict[str, tuple[str, ...]]:
        """What a person would type for what is not done, as it stands; also where the run was interrupted."""
        found: dict[str, tuple[str, ...]] = {}
        with anyio.move_on_after(_LAST_LOOK, shield=True):
            for name, probed in self.answers.items():
                if name not in done and (typed := await probed.typed()) is not None:
                    found[name] = typed
        return found

    def _done_before(self) -> set[str]:
        """What an earlier run has seen done, and this one has not seen otherwise."""
        recorded = self.context.workspace.journal.recorded
        done = set(recorded.done) if recorded else set()
        return {name for name in done if self.seen.get(name, State.DONE) is not State.NOT_DONE}

    def _unknown(self) -> set[str]:
        """What was begun, here or by an earlier run, and was not seen done or undone since."""
        recorded = self.context.workspace.journal.recorded
        before = set(recorded.tried).difference(recorded.done) if recorded else set()
        return {name for name in before | self.tried if self.seen.get(name, State.UNKNOWN) is State.UNKNOWN}


_AT_ONCE = 3
"""How many effects that may be are made at once."""


def _together(effects: Sequence[Effect]) -> Iterator[Sequence[int]]:
    """The numbers of the effects, those together that follow each other and may be made side by side."""
    for is_free, group in groupby(range(len(effects)), lambda number: effects[number].side_by_side):
        numbers = tuple(group)
        yield from (numbers,) if is_free else ((number,) for number in numbers)


def _is_before(step: str, other: str) -> bool:
    """Whether a step stands before another one in the table of all steps."""
    names = list(STEPS)
    return names.index(step) < names.index(other)


@dataclass(frozen=True, slots=True)
class _Place:
    """One effect of a step, by its number, the attempts at it, and the waiting for others to do it."""

    step: str
    number: int
    attempts: Attempts
    stay: Stay


def _then_resume(cure: str) -> str:
    """What to type behind the point of no return, where the same command would be another release."""
    mend = cure.removesuffix(RUN_AGAIN).removesuffix(" then ").rstrip(" ,;:")
    return f"{mend}, then: {public_and_owed.RESUME}" if mend else public_and_owed.RESUME


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


def _error(effect: Effect, probed: Probed, *, is_known: bool) -> ReleaseAsyncError:
    """Why an effect is not so; where nobody says how it is now, also whether an earlier run has seen it."""
    if probed.state is State.CONFLICT:
        return ConflictError(f"{effect.name}: {probed.why}", cure=probed.cure, detail=probed.detail)
    why = probed.why or "it was done, and cannot be seen yet"
    cure = probed.cure or "wait a while and look yourself"
    what = f"{why} ({effect.name}: seen done before)" if is_known else f"{effect.name}: {why}"
    return FailedError(what, cure=cure, detail=probed.detail)
