"""The problems that checks return: values that are collected and shown together, never raised."""

from release_async.base.lazy_typing import Iterable, NamedTuple, StrEnum


class Level(StrEnum):
    """How serious a problem is: it refuses the release, asks the user, or only warns."""

    REFUSE = "refuse"
    ASK = "ask"
    WARN = "warn"


class Problem(NamedTuple):
    """One thing that is wrong.

    Attributes:
        level: How serious it is.
        where: The file and line, ref, URL or setting; empty where the check's title says it.
        what: What was found, in one sentence.
        cure: What to type or do next; empty only where nothing can be done.
        detail: Lines that help to find the cause, such as the last output of a command.
        network: Whether the cause may be the network, so that others meet it too.
        is_final: Whether the version that was asked for can never be released, whatever is done about it.
    """

    level: Level
    where: str
    what: str
    cure: str
    detail: str = ""
    network: bool = False
    is_final: bool = False


Problems = tuple[Problem, ...]


class NotJudged(NamedTuple):
    """What a check returns if it has nothing to look at, so that nobody thinks it passed.

    Attributes:
        why: The reason, shown beside the check's title.
    """

    why: str


def refuse(what: str, *, cure: str, where: str = "", detail: str = "") -> Problem:
    """A problem that stops the release."""
    return Problem(Level.REFUSE, where, what, cure, detail)


def ask(what: str, *, cure: str, where: str = "", detail: str = "") -> Problem:
    """A problem that a user at a terminal may overrule; the default answer is No."""
    return Problem(Level.ASK, where, what, cure, detail)


def warn(what: str, *, cure: str, where: str = "") -> Problem:
    """A problem that is shown and stops nothing."""
    return Problem(Level.WARN, where, what, cure)


def worst(problems: Iterable[Problem]) -> Level | None:
    """The most serious level among ``problems``; None if there are none."""
    order = list(Level)
    return min((problem.level for problem in problems), key=order.index, default=None)
