"""The conductor: walks through the steps effect by effect, and never knows what a step does."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field

import anyio
from anyio import current_time
from anyio.lowlevel import checkpoint_if_cancelled

from release_async.base import interrupt
from release_async.base.errors import (
    RUN_AGAIN,
    ConflictError,
    FailedError,
    PermanentError,
    ReleaseAsyncError,
    UnfinishedError,
    bug_message,
)
from release_async.base.exception_groups import unwrap_exception_groups
from release_async.plan.effect import Effect, Probed, State
from release_async.plan.events import EffectFinished, EffectStarted, Outcome, StepFinished, StepStarted
from release_async.plan.plan import Plan
from release_async.release import progress
from release_async.release.steps import STEPS, Step
from release_async.run.context import Context
from release_async.run.retry import Attempts, settled

_OPEN = {State.NOT_DONE, State.UNKNOWN}


async def perform(plan: Plan, context: Context) -> None:
    """Carry the plan out, step by step and effect by effect.

    A run that has passed its point of no return before goes on behind it: nothing is made anew, and what the
    world shows already is not done again. A public effect that has begun is finished, also when the run is
    interrupted: half an upload helps nobody. What fails for the moment is tried again, within the effect's
    persistence; a signal ends the waiting for that at once.

    Raises:
        FailedError: A step failed while nothing was public; nothing of the user's has changed.
        UnfinishedError: A step failed, or the run was interrupted, after the point of no return.
        ConflictError: The world holds something else under a name of ours.
    """
    steps = _Steps(plan, context, list(STEPS.items()))
    if context.workspace.journal.recorded:
        steps = _Steps(plan, context, progress.from_the_pivot(), public=progress.published(plan, context))
    try:
        with unwrap_exception_groups():  # trio's own connections wrap a cancellation in a group
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
                UnfinishedError(bug_message(error), cure="report it, and finish what is owed")
            ) from error
        raise


@dataclass(slots=True)
class _Steps:
    """One walk through the steps."""

    plan: Plan
    context: Context
    steps: list[tuple[str, Step]]
    done: set[str] = field(default_factory=set)
    public: list[str] = field(default_factory=list)
    underway: str = ""
    began: bool = False
    doubtful: bool = False

    async def run(self) -> None:
        """Walk through all of them."""
        for name, step in self.steps:
            started = current_time()
            if reason := step.skipped(self.plan, self.context):
                self.context.emit(StepFinished(name, step.TITLE, Outcome.SKIPPED, 0.0, reason))
                continue
            self.context.emit(StepStarted(name, step.TITLE))
            if self.context.workspace.lock:
                self.context.workspace.lock.tell(name)
            try:
                for effect in step.effects(self.plan, self.context):
                    await self._make(name, effect)
            except ReleaseAsyncError as error:
                error.add_detail(self.context.logs.whole_output(name))
                self.context.emit(StepFinished(name, step.TITLE, Outcome.FAILED, current_time() - started))
                raise
            self.context.emit(StepFinished(name, step.TITLE, Outcome.PASSED, current_time() - started))

    async def _make(self, step: str, effect: Effect) -> None:
        # Between two effects a signal is heeded for certain; inside, a quick command can outrun it.
        await checkpoint_if_cancelled()
        started = current_time()
        self.context.emit(EffectStarted(step, effect.name))
        attempts = Attempts(effect, self.context.backoff)
        probed = await self._attempt(effect, attempts)
        while attempts.again and probed.state in _OPEN:
            self.context.emit(attempts.again)
            await attempts.rest()
            probed = await self._attempt(effect, attempts)
        if probed.state is not State.DONE:
            raise _error(effect, probed)
        self.context.emit(EffectFinished(step, effect.name, not attempts.made, current_time() - started))

    async def _attempt(self, effect: Effect, attempts: Attempts) -> Probed:
        """Make the change unless it is so, and let the world say whether it is."""
        with interrupt.shielded() if effect.public else nullcontext():
            probed = await settled(effect, set() if attempts.made else {State.UNKNOWN})
            if probed.state is State.NOT_DONE:
                probed = await self._perform(effect, attempts)
            if probed.state is State.UNKNOWN and not attempts.again:
                attempts.unanswered(probed)
            if probed.state is State.DONE:
                self._remember(effect)
            elif probed.state in _OPEN and not attempts.again and (failure := attempts.told()):
                raise failure
        return probed

    def _remember(self, effect: Effect) -> None:
        self.done.add(effect.name)
        self.underway, self.doubtful = "", False
        if effect.public and effect.name not in self.public:
            self.public.append(effect.name)
        self._note(effect, State.DONE)

    def _note(self, effect: Effect, state: State) -> None:
        """Write down how an attempt ended, once there is a journal."""
        if self.context.workspace.journal.begun:
            with _written():
                self.context.workspace.journal.end(effect.name, state)

    async def _perform(self, effect: Effect, attempts: Attempts) -> Probed:
        """Make the change, then let the world say whether it is so; the pivot is written down before it."""
        failure = await self._failure(effect)
        attempts.ended(failure)
        # Of two attempts the first can have been heard, and the second be refused: that proves nothing.
        self.doubtful |= failure is None or not failure.certain
        probed = await settled(effect, attempts.open_states())
        nowhere = not self.doubtful and probed.state in {State.NOT_DONE, State.CONFLICT}
        if nowhere:
            self.underway = ""
        if nowhere and self.began and not self.public:
            self.context.workspace.journal.forget()  # nothing of ours has been published, so nothing is owed
        elif probed.state is not State.DONE:
            self._note(effect, probed.state)
        return probed

    async def _failure(self, effect: Effect) -> ReleaseAsyncError | None:
        """Make the change, and return why it failed."""
        journal = self.context.workspace.journal
        try:
            with _written():
                if effect.public and not journal.begun:
                    self.began = True
                    interrupt.forbid_exit()
                    journal.begin(self.plan, self.context.workspace.made.pinned(), self.context.index.clock())
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
        return bool(self.public) or self.context.workspace.journal.begun

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
            words = f"{error.cure}; to go on: {progress.RESUME}; to give it up: {progress.ABANDON}"
            error = ConflictError(error.what, cure=words, detail=error.detail)
        elif isinstance(error, PermanentError):
            words = f"{error.cure}; this one can only be given up: {progress.ABANDON}"
            error = UnfinishedError(error.what, cure=words, detail=error.detail)
        else:
            error = UnfinishedError(error.what, cure=_then_resume(error.cure), detail=error.detail)
        error.progress = progress.of(self.plan, self.context, self.done, self.public)
        return error


def _then_resume(cure: str) -> str:
    """What to type behind the point of no return, where the same command would be another release."""
    mend = cure.removesuffix(RUN_AGAIN).removesuffix(" then ").rstrip(" ,;:")
    return f"{mend}, then: {progress.RESUME}" if mend else progress.RESUME


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


def _error(effect: Effect, probed: Probed) -> ReleaseAsyncError:
    if probed.state is State.CONFLICT:
        return ConflictError(f"{effect.name}: {probed.why}", cure=probed.cure)
    why = probed.why or "it was done, and cannot be seen yet"
    return FailedError(f"{effect.name}: {why}", cure=probed.cure or "wait a while and look yourself")
