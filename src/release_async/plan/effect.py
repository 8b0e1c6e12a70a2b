"""One change outside the tool, and how to ask whether it is so: the unit that a release is made of."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from release_async.base.errors import FailedError


class State(StrEnum):
    """What git, the index or the forge says of an effect."""

    DONE = "done"
    NOT_DONE = "not done"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class AwaitedAction:
    """What somebody else has to do before an effect is so, and what nobody here can speed up.

    Attributes:
        what: What is waited for: "the merge of pull request #12 into main".
        since: Since when, in seconds since the epoch; 0 where that is not known.
        address: The web page where it is done; empty where there is none.
        who: Whose turn it is, and with what, each in words: "a review by alice", "the check tests".
    """

    what: str
    since: float = 0.0
    address: str = ""
    who: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Probed:
    """The answer of a probe.

    Attributes:
        state: Whether the effect is so.
        why: What was seen, in one sentence; told to the person for CONFLICT and UNKNOWN.
        cure: What to do about it, where the person has to act.
        wait: Seconds after which the probe wants to be asked again; None where nothing was said of that.
        gives: What was seen that later effects and steps need, as frozen values.
        waiting: What somebody else has to do first; for WAITING, and None otherwise.
        question: What a person is asked before a change that is NOT_DONE is made; empty where nothing is.
        detail: What others have written about it, in lines; shown below the failure.
        manual: What a person would type in just this state, where that is not what the effect says; None
            where it is.
        find_manual: Finds ``manual`` out, where that takes questions; asked once somebody is told.
        find_cure: Finds out what a person has to do before a change that is NOT_DONE can be made, where that
            takes questions; asked where somebody is told what to type next.
        parts: What of a public change others can see already, where not all of it is so.
        rest: What is left of it then, in words.
    """

    state: State
    why: str = ""
    cure: str = ""
    wait: float | None = None
    gives: tuple[object, ...] = ()
    waiting: AwaitedAction | None = None
    question: str = ""
    detail: str = ""
    manual: tuple[str, ...] | None = None
    find_manual: Callable[[], Awaitable[tuple[str, ...]]] | None = None
    find_cure: Callable[[], Awaitable[str]] | None = None
    parts: tuple[str, ...] = ()
    rest: str = ""

    async def typed(self) -> tuple[str, ...] | None:
        """What a person would type in just this state; None where that is what the effect says."""
        if self.find_manual is None:
            return self.manual
        try:
            return await self.find_manual()
        except FailedError:
            return None

    async def obstacle(self) -> str:
        """What a person has to do before the change can be made; empty where nothing is seen in the way."""
        if self.state is not State.NOT_DONE or self.find_cure is None:
            return self.cure if self.rest else ""
        try:
            return await self.find_cure()
        except FailedError:
            return ""


DONE = Probed(State.DONE)
NOT_DONE = Probed(State.NOT_DONE)


def waits_for(waiting: AwaitedAction, *gives: object) -> Probed:
    """The answer of a probe that has to wait for somebody else."""
    return Probed(State.WAITING, waiting.what, gives=gives, waiting=waiting)


async def left_to_others() -> None:
    """What is performed where nobody but others can: the probe never says that it is not done."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One change outside the tool.

    An effect is done when its probe says so, never because ``perform`` returned.

    Attributes:
        name: What a person calls it: "tag v1.2.3", "upload demo-1.2.3.tar.gz".
        probe: Asks whether it is so, and changes nothing.
        perform: Makes the change once; runs only after a probe said NOT_DONE, each time anew. It returns what
            it has made, a frozen value, where its own probe or a later step needs that.
        manual: The commands a person would type to do the same, should the tool be lost.
        public: Whether others can see the change. The first such effect that cannot be taken back is the
            point of no return.
        patience: Seconds that it may take for the change to be visible, or for an answer to come at all.
        retry_timeout: Seconds for which it is tried again where it failed by a ``TransientError``, or where
            its probe wants to be asked later.
        noun: What a public one is called while it goes on: "upload of demo-1.2.3.tar.gz".
        undo: Takes a public change back, as far as it is still ours, and returns what was done, in words;
            None where it cannot be taken back.
        side_by_side: Whether it may be made at the same time as its neighbours that may, too.
    """

    name: str
    probe: Callable[[], Awaitable[Probed]]
    perform: Callable[[], Awaitable[object]]
    manual: tuple[str, ...] = ()
    public: bool = False
    patience: float = 0.0
    retry_timeout: float = 0.0
    noun: str = ""
    undo: Callable[[], Awaitable[str]] | None = None
    side_by_side: bool = False

    @property
    def final(self) -> bool:
        """Whether others can see the change for good."""
        return self.public and self.undo is None
