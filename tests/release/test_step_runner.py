"""The conductor: an effect is done when the world says so, and what failed is told by what is public."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from release_async.base.errors import (
    ConflictError,
    FailedError,
    PermanentError,
    RefusedError,
    ReleaseAsyncError,
    TransientError,
    UncertainError,
    UnfinishedError,
    WaitingError,
)
from release_async.plan import effect as effects
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed, State
from release_async.plan.events import Event, Outcome, StepFinished, Waiting, Waits
from release_async.plan.plan import Plan
from release_async.plan.route import Route
from release_async.release import public_and_owed, step_runner as release
from release_async.run.context import Context
from release_async.run.journal import Journal, read
from release_async.run.retry_policy import Backoff, Watch
from release_async.run.step_results import Results
from support.story import PLAN
from support.worlds import Place, prepared

UNKNOWN = Probed(State.UNKNOWN, "the world is away", "look for it")
CONFLICT = Probed(State.CONFLICT, "somebody was here", "ask them")


@dataclass
class Made:
    """One effect whose probe answers by a script, the last answer for ever; it counts what is asked."""

    name: str
    answers: list[Probed]
    fails: Exception | None = None
    public: bool = True
    patience: float = 0.0
    retry_timeout: float = 0.0
    probed: int = 0
    performed: int = 0
    undone: bool = False

    async def probe(self) -> Probed:
        """The next answer of the script."""
        self.probed += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def perform(self) -> None:
        """Fail, where it is to fail."""
        self.performed += 1
        if self.fails:
            raise self.fails

    async def undo(self) -> str:
        """Take it back."""
        return f"undid {self.name}"

    @property
    def effect(self) -> Effect:
        """What the conductor sees; with ``undone`` it can be taken back."""
        manual = (f"do {self.name}",)
        made = Effect(
            self.name, self.probe, self.perform, manual, self.public, self.patience, self.retry_timeout
        )
        return replace(made, undo=self.undo) if self.undone else made


@dataclass
class Slow(Made):
    """One that takes a while, and notes when it begins and ends; unless alone, others may go on beside it."""

    log: list[str] = field(default_factory=list)
    alone: bool = False
    turns: int = 60

    async def perform(self) -> None:
        """Let others run meanwhile."""
        self.log.append(f"{self.name} begins")
        for _ in range(self.turns):
            await anyio.lowlevel.checkpoint()
        self.log.append(f"{self.name} ends")
        await super().perform()

    @property
    def effect(self) -> Effect:
        """What the conductor sees."""
        return replace(super().effect, side_by_side=not self.alone)


def slow(log: list[str], *names: str) -> list[Slow]:
    """Some that succeed; the first and the last go alone."""
    alone = {names[0], names[-1]}
    return [Slow(name, [NOT_DONE, DONE], log=log, alone=name in alone) for name in names]


@dataclass
class Only:
    """A step that consists of given effects."""

    made: tuple[Made, ...]
    reason: str = ""
    TITLE: str = field(default="Only", init=False)
    NEEDS: tuple[type, ...] = ()
    GIVES: tuple[type, ...] = ()

    def skipped(self, _plan: Plan, _context: Context, _made: Results) -> str:
        """Why it is skipped."""
        return self.reason

    def effects(self, _plan: Plan, _context: Context, _made: Results) -> tuple[Effect, ...]:
        """The effects."""
        return tuple(one.effect for one in self.made)


async def _soon(_seconds: float) -> None:
    """Wait for no longer than it takes to let others run."""
    await anyio.lowlevel.checkpoint()


Walk = Callable[..., Awaitable[tuple[ReleaseAsyncError | None, bool]]]


def _died_at(context: Context, plan: Plan, tried: tuple[str, ...], done: tuple[str, ...]) -> None:
    """Leave the journal of a run that died while it was at these effects, some of which it had seen done."""
    journal = context.workspace.journal
    journal.begin(plan, Results(), 0.0)
    for name in tried:
        journal.intend(name)
    for name in done:
        journal.end(name, State.DONE)
    journal.recorded = read(context.workspace.directory)


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """Carries out steps; the answer is the error, and whether a journal remembers the run."""
    place: Place = prepared(tmp_path)

    async def perform(
        *made: Made,
        reason: str = "",
        journals: list[Journal] | None = None,
        events: list[Event] | None = None,
        tried: tuple[str, ...] = (),
        **more: Any,  # noqa: ANN401 - fields of the context
    ) -> tuple[ReleaseAsyncError | None, bool]:
        seen_done: tuple[str, ...] = more.pop("seen_done", ())
        steps = {"only": Only(made, reason)}
        route = Route("only", (), ("only",))
        if revocable := more.pop("revocable", ()):
            steps, route = {"wait": Only(revocable), **steps}, replace(route, revocable=("wait",))
        for module in (release, public_and_owed):
            monkeypatch.setattr(module, "STEPS", steps)
        plan = replace(PLAN, route=route)
        async with place.context(plan) as context:
            if journals is not None:
                journals.append(context.workspace.journal)
            if tried:
                _died_at(context, plan, tried, seen_done)
            try:
                emit = context.emit if events is None else events.append
                more.setdefault("backoff", Backoff(sleep=_soon))
                used = replace(context, emit=emit, **more)
                await release.perform(plan, used)
            except ReleaseAsyncError as error:
                return error, context.workspace.journal.begun
            return None, context.workspace.journal.begun

    return perform


async def test_what_is_so_already_is_not_done_again(walk: Walk) -> None:
    """One look, no deed, and no journal for what this run did not publish."""
    one = Made("one", [DONE])
    assert await walk(one) == (None, False)
    assert (one.probed, one.performed) == (1, 0)


async def test_three_at_once_between_those_that_go_alone(walk: Walk) -> None:
    """What may go on beside its neighbours does, in order, three at the most."""
    log: list[str] = []
    assert await walk(*slow(log, "first", "a", "b", "c", "d", "last")) == (None, True)
    assert log[:5] == ["first begins", "first ends", "a begins", "b begins", "c begins"]
    assert log.index("d begins") > 5
    assert log[-3:] == ["d ends", "last begins", "last ends"]


async def test_a_failure_stops_what_has_not_begun_and_nothing_else(walk: Walk) -> None:
    """Those beside it are finished and told as public; what comes later is owed, and was not tried."""
    log: list[str] = []
    made = slow(log, "first", "a", "b", "c", "d", "last")
    made[2].answers, made[2].fails, made[2].turns = [NOT_DONE], FailedError("refused", cure="ask"), 10
    error, begun = await walk(*made)
    assert isinstance(error, UnfinishedError)
    assert error.progress
    assert begun
    assert set(error.progress.public) == {"first", "a", "c"}
    assert error.progress.owed == ("b", "d", "last")
    assert [one.performed for one in made] == [1, 1, 1, 1, 0, 0]


async def test_nothing_new_is_begun_while_one_waits_for_its_next_attempt(walk: Walk) -> None:
    """A world in trouble gets no more to do; when it takes what it had refused, the rest follows."""
    log: list[str] = []
    made = slow(log, "first", "a", "b", "c", "d", "e", "last")
    made[1].answers, made[1].retry_timeout = [NOT_DONE, NOT_DONE, NOT_DONE, DONE], 100.0
    made[1].fails, made[1].turns = TransientError("in trouble", cure="wait"), 10

    async def rest(_seconds: float) -> None:
        log.append("rest begins")
        for _ in range(300):
            await anyio.lowlevel.checkpoint()
        made[1].fails = None
        log.append("rest ends")

    assert await walk(*made, backoff=Backoff(sleep=rest)) == (None, True)
    resting = log[log.index("rest begins") : log.index("rest ends")]
    assert not [line for line in resting if line.endswith("begins") and line != "rest begins"]
    assert [one.performed for one in made] == [1, 2, 1, 1, 1, 1, 1]


async def test_a_skipped_step_is_not_even_asked(walk: Walk) -> None:
    """Its effects do not exist in this release."""
    one = Made("one", [NOT_DONE])
    assert await walk(one, reason="no need") == (None, False)
    assert (one.probed, one.performed) == (0, 0)


async def test_a_deed_that_the_world_shows_late_is_waited_for(walk: Walk) -> None:
    """Within the effect's patience; it is performed once."""
    one = Made("one", [NOT_DONE, NOT_DONE, UNKNOWN, DONE], patience=5.0)
    assert await walk(one) == (None, True)
    assert one.performed == 1


async def test_a_deed_that_the_world_never_shows_is_unfinished(walk: Walk) -> None:
    """The exit code of ``perform`` proves nothing: others may see it although we cannot."""
    error, begun = await walk(Made("one", [NOT_DONE]), Made("two", [NOT_DONE]))
    assert isinstance(error, UnfinishedError)
    assert error.progress
    assert error.progress.owed == ("one", "two")
    assert error.progress.manual == ("do one", "do two")
    assert begun


async def test_what_may_be_done_is_not_called_owed(walk: Walk) -> None:
    """The answer was lost and nobody can be asked: it is told as unknown, its commands are told as well."""
    error, _ = await walk(
        Made("one", [NOT_DONE, UNKNOWN], fails=UncertainError("no answer")), Made("two", [NOT_DONE])
    )
    assert error
    assert error.progress
    assert (error.progress.public, error.progress.unknown, error.progress.owed) == ((), ("one",), ("two",))
    assert error.progress.manual == ("do one", "do two")


async def test_what_an_earlier_run_began_is_unknown_until_it_is_asked_for(walk: Walk) -> None:
    """Of three that were begun, one is asked for: the failure there leaves only what comes later in doubt."""
    refused = FailedError("refused", cure="ask")
    tried = ("one", "two", "three")
    error, _ = await walk(
        Made("one", [DONE]),
        Made("two", [NOT_DONE], fails=refused),
        Made("three", [DONE]),
        Made("four", [NOT_DONE]),
        tried=tried,
    )
    assert error
    assert error.progress
    assert error.progress.public == ("one",)
    assert error.progress.owed == ("two", "four")
    assert error.progress.unknown == ("three",)


async def test_what_was_never_begun_is_owed_though_nobody_can_be_asked(walk: Walk) -> None:
    """An index that is away does not make a file of ours perhaps public."""
    error, _ = await walk(Made("one", [DONE]), Made("two", [UNKNOWN]), tried=("one",))
    assert error
    assert error.progress
    assert (error.progress.owed, error.progress.unknown) == (("two",), ())


async def test_what_an_earlier_run_has_seen_done_is_not_owed(walk: Walk) -> None:
    """Also what only this machine can see, where the run ends before it comes to ask for it."""
    before: dict[str, Any] = {"tried": ("one", "tag"), "seen_done": ("one", "tag")}
    tag = Made("tag", [DONE], public=False)
    error, _ = await walk(Made("one", [UNKNOWN]), tag, Made("two", [DONE]), **before)
    assert error
    assert error.progress
    assert (error.progress.public, error.progress.owed) == (("one",), ("two",))


async def test_what_was_done_and_is_so_no_more_is_owed(walk: Walk) -> None:
    """The world decides, once it was asked: somebody has deleted it since."""
    before: dict[str, Any] = {"tried": ("one", "gone"), "seen_done": ("one", "gone")}
    gone = Made("gone", [NOT_DONE], public=False, fails=FailedError("no"))
    error, _ = await walk(Made("one", [DONE]), gone, **before)
    assert error
    assert error.progress
    assert error.progress.owed == ("gone",)


async def test_a_failure_that_the_world_contradicts_is_none(walk: Walk) -> None:
    """The answer was lost, the deed was done."""
    assert await walk(Made("one", [NOT_DONE, DONE], fails=FailedError("no answer"))) == (None, True)


async def test_a_certain_failure_of_the_first_public_deed_is_forgotten(walk: Walk) -> None:
    """Nothing is public, so there is nothing to resume."""
    error, begun = await walk(Made("one", [NOT_DONE], fails=FailedError("refused", cure="ask")))
    assert type(error) is FailedError
    assert error.what == "refused"
    assert (error.progress, begun) == (None, False)


async def test_an_uncertain_failure_of_the_first_public_deed_is_remembered(walk: Walk) -> None:
    """It may still come to light, and is waited for first."""
    failure = UnfinishedError("the answer was lost")
    late = Made("one", [NOT_DONE, NOT_DONE, DONE], fails=failure, patience=5.0)
    assert await walk(late) == (None, True)
    error, begun = await walk(Made("one", [NOT_DONE], fails=failure))
    assert isinstance(error, UnfinishedError)
    assert begun


async def test_a_failure_after_the_first_public_deed_says_what_is_out(walk: Walk) -> None:
    """The same failure is now unfinished business."""
    one, two = Made("one", [NOT_DONE, DONE]), Made("two", [NOT_DONE], fails=FailedError("refused"))
    error, begun = await walk(one, two)
    assert isinstance(error, UnfinishedError)
    assert error.progress == (("one",), ("two",), ("do two",), "", ())
    assert begun


async def test_what_fails_when_the_journal_is_gone_does_not_deny_the_release(walk: Walk) -> None:
    """The last step clears the journal away: what is out stays out, and is told."""
    journals: list[Journal] = []

    class Clears(Made):
        async def perform(self) -> None:
            journals[0].forget()
            raise FailedError("in the way")

    made = Made("one", [NOT_DONE, DONE]), Clears("two", [NOT_DONE], public=False)
    error, begun = await walk(*made, journals=journals)
    assert isinstance(error, UnfinishedError)
    assert error.progress == (("one",), ("two",), ("do two",), "", ())
    assert not begun


@pytest.mark.parametrize("answers", [[CONFLICT], [NOT_DONE, CONFLICT]])
@pytest.mark.parametrize("fails", [None, FailedError("refused")])
async def test_a_conflict_stops_everything(
    walk: Walk, answers: list[Probed], fails: Exception | None
) -> None:
    """Seen before the deed or after it, whatever the deed itself said: a person must decide."""
    one, two = Made("one", list(answers), fails=fails), Made("two", [NOT_DONE])
    error, _ = await walk(one, two)
    assert isinstance(error, ConflictError)
    assert "somebody was here" in error.what
    assert error.cure.startswith("ask them")
    assert (one.performed, two.probed) == (len(answers) - 1, 0)


async def test_what_fails_for_a_moment_is_done_again(walk: Walk) -> None:
    """After a wait, and only where the world says that it is still owed; the wait is told."""
    events: list[Event] = []
    one = Made("one", [NOT_DONE, NOT_DONE, NOT_DONE, DONE], fails=TransientError("busy"), retry_timeout=9.0)
    assert await walk(one, events=events) == (None, True)
    assert one.performed == 2
    (waiting,) = [event for event in events if isinstance(event, Waiting)]
    assert (waiting.effect, waiting.why, waiting.attempt) == ("one", "busy", 2)


async def test_what_came_about_while_we_waited_is_not_done_again(walk: Walk) -> None:
    """The probe behind the wait says so."""
    one = Made("one", [NOT_DONE, NOT_DONE, DONE], fails=UncertainError("lost"), retry_timeout=9.0)
    assert await walk(one) == (None, True)
    assert one.performed == 1


async def test_a_conflict_behind_a_wait_stops_everything(walk: Walk) -> None:
    """Nothing is forced upon a world that somebody else has changed meanwhile."""
    one = Made("one", [NOT_DONE, NOT_DONE, CONFLICT], fails=TransientError("busy"), retry_timeout=9.0)
    error, _ = await walk(one)
    assert isinstance(error, ConflictError)
    assert one.performed == 1


async def test_an_unknown_world_behind_a_wait_is_waited_for(walk: Walk) -> None:
    """Nothing is done while it cannot be asked."""
    answers = [NOT_DONE, UNKNOWN, UNKNOWN, UNKNOWN, DONE]
    one = Made("one", answers, fails=UncertainError("lost"), retry_timeout=99.0)
    assert await walk(one) == (None, True)
    assert one.performed == 1


@pytest.mark.parametrize("public", [True, False])
async def test_without_persistence_nothing_is_done_again(walk: Walk, *, public: bool) -> None:
    """As before the point of no return: nothing is tried again there behind a person's back."""
    one = Made("one", [NOT_DONE], fails=TransientError("busy"), public=public)
    error, begun = await walk(one)
    assert type(error) is TransientError
    assert (one.performed, begun) == (1, False)


async def test_persistence_has_an_end(walk: Walk) -> None:
    """Then the failure is told, with the number of attempts; where none was heard, nothing is owed."""
    one = Made("one", [NOT_DONE], fails=TransientError("busy"), retry_timeout=9.0)
    error, begun = await walk(one)
    assert type(error) is TransientError
    assert error.detail == f"it was tried {one.performed} times"
    assert one.performed > 3
    assert not begun


async def test_once_there_was_a_doubt_nothing_is_forgotten(walk: Walk) -> None:
    """A certain failure says nothing of the attempt before it, whose answer was lost."""

    class Doubtful(Made):
        async def perform(self) -> None:
            self.fails = FailedError("refused") if self.performed else UncertainError("lost")
            await super().perform()

    error, begun = await walk(Doubtful("one", [NOT_DONE], retry_timeout=9.0))
    assert isinstance(error, UnfinishedError)
    assert error.what == "refused"
    assert begun


async def test_a_failure_for_good_is_no_reason_to_go_on(walk: Walk) -> None:
    """With something public: it can only be given up. With nothing public: it is as it was said."""
    fails = PermanentError("never", cure="choose another name")
    error, begun = await walk(Made("one", [NOT_DONE], fails=fails, retry_timeout=9.0))
    assert (error, begun) == (fails, False)
    made = Made("one", [NOT_DONE, DONE]), Made("two", [NOT_DONE], fails=fails, retry_timeout=9.0)
    error, begun = await walk(*made)
    assert isinstance(error, UnfinishedError)
    assert error.cure == "choose another name; this one can only be given up: release-async --abandon"
    assert begun


@pytest.mark.parametrize(
    ("cure", "expected"),
    [
        ("look for it", "look for it, then: release-async --resume"),
        ("look for it, then run the same command again", "look for it, then: release-async --resume"),
        ("run the same command again", "release-async --resume"),
        ("", "release-async --resume"),
    ],
)
async def test_behind_the_first_public_deed_nobody_is_sent_to_begin_again(
    walk: Walk, cure: str, expected: str
) -> None:
    """The same command would be another release: to resume takes its place in the cure."""
    error, _ = await walk(Made("one", [NOT_DONE], FailedError("no", cure=cure)))
    assert error
    assert error.cure == cure
    error, _ = await walk(Made("one", [DONE]), Made("two", [NOT_DONE], FailedError("no", cure=cure)))
    assert error
    assert error.cure == expected


@pytest.mark.parametrize("public", [True, False])
async def test_a_world_that_says_when_it_can_be_asked_is_asked_then(walk: Walk, *, public: bool) -> None:
    """Before the deed and behind it: the wait is told, nothing is asked in it, and the deed is done once."""
    limited = replace(UNKNOWN, wait=60.0)
    events: list[Event] = []
    one = Made(
        "one", [limited, limited, NOT_DONE, limited, DONE], public=public, patience=15.0, retry_timeout=200.0
    )
    assert await walk(Made("first", [DONE]), one, events=events) == (None, public)
    assert (one.probed, one.performed) == (5, 1)
    waits = [event for event in events if isinstance(event, Waiting)]
    assert [(wait.seconds, wait.attempt) for wait in waits] == [(60.0, 1), (60.0, 1), (60.0, 2)]
    assert {wait.why for wait in waits} == {"the world is away"}


async def test_a_world_that_wants_to_be_asked_too_late_is_left(walk: Walk) -> None:
    """At once, without the patience that another attempt would need; in the words of the world."""
    one = Made("one", [replace(UNKNOWN, wait=3600.0)], patience=15.0, retry_timeout=150.0)
    error, begun = await walk(one)
    assert isinstance(error, FailedError)
    assert (error.what, error.cure) == ("the world is away", "look for it")
    assert (one.probed, one.performed, begun) == (1, 0, False)


async def test_an_unknown_world_is_not_acted_upon(walk: Walk) -> None:
    """Not even after the patience is over: it might be done."""
    one = Made("one", [UNKNOWN], patience=0.3)
    error, begun = await walk(one)
    assert isinstance(error, FailedError)
    assert "the world is away" in error.what
    assert one.probed > 1
    assert (one.performed, begun) == (0, False)


async def test_who_goes_on_waits_for_a_silent_world_no_longer_than_its_restart_takes(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the patience is; and what an earlier run has seen done is told as that."""
    monkeypatch.setattr(release, "FIRST_LOOK", 0.3)
    one = Made("one", [UNKNOWN], patience=60.0)
    with anyio.fail_after(30):
        error, _ = await walk(one, tried=("one",), seen_done=("one",))
    assert isinstance(error, UnfinishedError)
    assert error.what == "the world is away (one: seen done before)"
    assert one.probed > 1


async def test_a_signal_ends_the_look_at_a_world_that_does_not_answer(walk: Walk) -> None:
    """Nothing has begun, so nothing is finished first: who waits for an index that is away is let go."""
    scope, one = anyio.CancelScope(), Made("one", [UNKNOWN], patience=60.0)

    async def looked() -> Probed:
        scope.cancel()
        return UNKNOWN

    one.probe = looked  # type: ignore[method-assign] # the look in which the signal comes
    with anyio.fail_after(30), scope:
        error, _ = await walk(one, tried=("one",))
    assert isinstance(error, UnfinishedError)
    assert error.what == "the release was interrupted"
    assert one.performed == 0


async def test_who_interrupts_a_wait_is_told_what_was_waited_for(walk: Walk) -> None:
    """And of what is over by then nothing: that the release was interrupted alone says not why it stood."""
    scope, waits = anyio.CancelScope(), [0.0]

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) > 2:
            scope.cancel()
        await anyio.lowlevel.checkpoint()

    over = Made("one", [Probed(State.UNKNOWN, "the disk is away", wait=1.0), DONE], retry_timeout=200.0)
    one = Made("two", [replace(UNKNOWN, wait=60.0)], retry_timeout=200.0)
    events: list[Event] = []
    with scope:
        error, _ = await walk(over, one, tried=("one",), backoff=Backoff(sleep=sleep), events=events)
    assert isinstance(error, UnfinishedError)
    assert error.what == "the release was interrupted while it waited: the world is away"
    told = [event for event in events if isinstance(event, Waiting)]
    assert all(event.seconds <= event.left <= 200.0 for event in told)


async def test_a_world_that_comes_back_is_acted_upon(walk: Walk) -> None:
    """Within the patience."""
    one = Made("one", [UNKNOWN, NOT_DONE, DONE], patience=5.0)
    assert await walk(one) == (None, True)
    assert one.performed == 1


async def test_an_interruption_behind_the_first_public_deed_tells_what_is_out(walk: Walk) -> None:
    """Also where the cancellation comes in a group, as from trio's connections: nothing public is denied."""
    scope = anyio.CancelScope()

    class Cancels(Made):
        async def probe(self) -> Probed:
            scope.cancel()
            try:
                await anyio.lowlevel.checkpoint()
            except anyio.get_cancelled_exc_class() as cancelled:
                raise BaseExceptionGroup("connecting", [cancelled]) from None
            raise AssertionError

    with scope:
        error, begun = await walk(Made("one", [NOT_DONE, DONE]), Cancels("two", [NOT_DONE], public=False))
    assert isinstance(error, UnfinishedError)
    assert error.what == "the release was interrupted"
    assert error.progress == (("one",), ("two",), ("do two",), "", ())
    assert begun


async def test_a_bug_behind_the_first_public_deed_does_not_deny_the_release(walk: Walk) -> None:
    """What others can see is told first; what the bug has broken off may be done or not."""
    error, _ = await walk(Made("one", [NOT_DONE, DONE]), Made("two", [NOT_DONE], fails=KeyError("x")))
    assert isinstance(error, UnfinishedError)
    assert error.what == "a bug in release-async: KeyError: 'x'"
    assert isinstance(error.__cause__, KeyError)
    assert error.progress == (("one",), (), ("do two",), "", ("two",))


async def test_a_bug_before_it_stays_a_bug(walk: Walk) -> None:
    """It ends the run as itself."""
    with pytest.raises(KeyError):
        await walk(Made("one", [NOT_DONE], fails=KeyError("x"), public=False))


async def test_a_full_disk_is_told_in_words(walk: Walk) -> None:
    """An error of the machine is no bug of the tool."""
    private = Made("one", [NOT_DONE], fails=OSError(28, "No space left on device"), public=False)
    error, begun = await walk(private)
    assert type(error) is FailedError
    assert error.what == "one: [Errno 28] No space left on device"
    assert error.cure
    assert not begun


ALICE = effects.waits_for(
    effects.AwaitedAction("a merge", 1.7e9, "https://example.com/12", ("a review by alice",))
)
CHECKS = effects.waits_for(
    effects.AwaitedAction("a merge", 1.7e9, "https://example.com/12", ("the check tests",))
)
STAYS = Watch(seconds=1000.0, sleep=_soon)


async def test_what_somebody_else_has_to_do_ends_the_run(walk: Walk) -> None:
    """One look, nothing done, nothing owed; what comes after it is not even asked for."""
    events: list[Event] = []
    opened, merged, out = (
        Made("open", [NOT_DONE, DONE], undone=True),
        Made("merge", [ALICE]),
        Made("out", [DONE]),
    )
    error, begun = await walk(out, revocable=(opened, merged), events=events)
    assert isinstance(error, WaitingError)
    assert (error.code, error.progress) == (7, None)
    assert error.awaited == (
        *("demo", "1.3.0", "a merge", "2023-11-14 22:13 UTC", "https://example.com/12"),
        *(("a review by alice",), ("open",)),
    )
    assert (merged.probed, merged.performed, out.probed, begun) == (1, 0, 0, True)
    assert "--resume --wait" in error.cure
    (ended,) = [event for event in events if isinstance(event, StepFinished)]
    assert ended.outcome is Outcome.WAITING
    assert not [event for event in events if isinstance(event, Waits)]


async def test_who_stays_is_shown_each_answer_once_and_goes_on(walk: Walk) -> None:
    """A question without an answer sends nobody away; what was waited for is then made use of."""
    events: list[Event] = []
    silent = Probed(State.UNKNOWN, "no answer", "ask again")
    answers = [ALICE, ALICE, silent, silent, CHECKS, DONE]
    opened, merged = Made("open", [NOT_DONE, DONE], undone=True), Made("merge", answers, public=False)
    out = Made("out", [NOT_DONE, DONE])
    ended = await walk(out, revocable=(opened, merged), events=events, watch=STAYS)
    assert ended == (None, True)
    shown = [(event.who, event.stays) for event in events if isinstance(event, Waits)]
    assert shown == [(("a review by alice",), True), (("the check tests",), True)]
    (unanswered,) = [event for event in events if isinstance(event, Waiting)]
    assert (unanswered.effect, unanswered.why, unanswered.attempt) == ("merge", "no answer; ask again", 4)
    assert (merged.performed, out.performed) == (0, 1)


async def test_staying_has_an_end(walk: Walk) -> None:
    """After so many seconds the release waits as before, whatever the last answer was."""
    for answers in ([ALICE], [ALICE, UNKNOWN]):
        merged = Made("merge", list(answers), public=False)
        error, _ = await walk(revocable=(merged,), watch=Watch(seconds=30.0, sleep=_soon))
        assert isinstance(error, WaitingError)
        assert 3 < merged.probed < 9


async def test_a_signal_leaves_it_waiting(walk: Walk) -> None:
    """Who stays and goes away has broken nothing off."""
    opened, merged = Made("open", [NOT_DONE, DONE], undone=True), Made("merge", [ALICE], public=False)
    error = None
    with anyio.CancelScope() as scope:

        async def signal(_seconds: float) -> None:
            scope.cancel()
            await anyio.lowlevel.checkpoint()

        error, begun = await walk(revocable=(opened, merged), watch=Watch(seconds=9.0, sleep=signal))
    assert isinstance(error, WaitingError)
    assert begun


async def test_a_change_that_came_about_meanwhile_is_agreed_to(walk: Walk) -> None:
    """By a Yes only; without one it waits as it is, and what others see of it is told."""
    asked: list[str] = []
    opened = Made("open", [NOT_DONE, DONE], undone=True)
    for agreed in (False, True):
        beside = Made("beside", [Probed(State.NOT_DONE, question="this too?"), DONE], public=False)

        async def agree(question: str, *, agreed: bool = agreed) -> bool:
            asked.append(question)
            return agreed

        error, begun = await walk(revocable=(opened, beside), agree=agree)
        assert (asked.pop(), beside.performed, begun) == ("this too?", agreed, True)
        assert isinstance(error, RefusedError) is not agreed
        if error:
            assert error.progress
            assert error.progress.public == ("open",)
            assert "--resume --yes" in error.cure


async def test_what_can_be_taken_back_is_no_point_of_no_return(walk: Walk) -> None:
    """It is remembered, and the next run goes on before the point of no return."""
    journals: list[Journal] = []
    opened, merged = Made("open", [NOT_DONE, DONE], undone=True), Made("merge", [ALICE, DONE], public=False)
    out = Made("out", [NOT_DONE, DONE])
    error, _ = await walk(out, revocable=(opened, merged), journals=journals)
    assert isinstance(error, WaitingError)
    recorded = journals[0].recorded
    assert recorded
    assert (recorded.pivot, recorded.done, journals[0].is_past_pivot) == (None, (), False)
    error, _ = await walk(out, revocable=(opened, merged), journals=journals)
    assert error is None
    assert (opened.performed, out.performed, journals[1].is_past_pivot) == (1, 1, True)


async def test_a_failure_while_it_can_be_taken_back_is_gone_on_with(walk: Walk) -> None:
    """Others see something of it already: it is told, and not forgotten."""
    opened = Made("open", [NOT_DONE, DONE], undone=True)
    merged = Made("build", [NOT_DONE], public=False, fails=FailedError("broken"))
    error, begun = await walk(revocable=(opened, merged))
    assert isinstance(error, UnfinishedError)
    assert error.progress
    assert (error.progress.public, error.progress.owed, begun) == (("open",), ("build",), True)
