"""What happens in a run, as frozen data: told to the renderer in order, and never decided by it."""

from release_async.base.lazy_typing import TYPE_CHECKING, Callable, NamedTuple, StrEnum
from release_async.base.problems import Problems
from release_async.versions.distribution import Distribution

if TYPE_CHECKING:  # a command that makes no release does not wait for what decides one
    from release_async.plan.line_insertion import Difference
    from release_async.plan.plan import Plan
    from release_async.plan.preview import Stage
    from release_async.versions.explain_skipped_files import SkippedFile
    from release_async.versions.version_edits import Edit, EditedLine


class Outcome(StrEnum):
    """How a check or a step ended."""

    PASSED = "passed"
    WARNED = "warned"
    ASKED = "asked"
    REFUSED = "refused"
    BROKEN = "broken"
    FAILED = "failed"
    SKIPPED = "skipped"
    WAITING = "waiting"
    NOT_RUN = "not run"


class PlanMade(NamedTuple):
    """The release has been decided; nothing has been touched.

    Attributes:
        plan: The release.
        lines: The lines whose version tokens change.
        stages: What is run and changed, in order, and what of it cannot be taken back.
        carried_out: Whether that follows; if not, as for ``check``, its headline says enough to a person.
    """

    plan: "Plan"
    lines: "tuple[EditedLine, ...]" = ()
    stages: "tuple[Stage, ...]" = ()
    carried_out: bool = True


class ChecksStarted(NamedTuple):
    """All checks are about to run at once: their names and titles, in the order to be shown."""

    checks: tuple[tuple[str, str], ...]


class CheckStarted(NamedTuple):
    """One check has begun."""

    name: str
    title: str


class CheckFinished(NamedTuple):
    """One check has ended, after ``seconds``; ``note`` is a short fact or why it was skipped or not run."""

    name: str
    title: str
    outcome: Outcome
    problems: Problems
    seconds: float
    note: str = ""


class ChecksFinished(NamedTuple):
    """All checks have ended, after ``seconds`` of wall time; the slowest alone took ``slowest`` seconds."""

    outcome: Outcome
    seconds: float
    slowest: float


class StepStarted(NamedTuple):
    """One step has begun; from here on ``public`` effects may follow."""

    name: str
    title: str


class EffectStarted(NamedTuple):
    """One change to the world is about to be made."""

    step: str
    effect: str


class EffectFinished(NamedTuple):
    """One change to the world is proven; ``already`` where it was so before we touched it."""

    step: str
    effect: str
    already: bool
    seconds: float


class Progress(NamedTuple):
    """Bytes sent so far of one upload."""

    effect: str
    sent: int
    total: int


class Waiting(NamedTuple):
    """One change is tried again after ``seconds``, because of ``why``.

    ``attempt`` is the number of the next one: 1 where the world wants to be left alone before the first.
    ``left`` is for how many seconds it is tried at the most, 0 where nothing is known of that.
    """

    effect: str
    seconds: float
    why: str
    attempt: int
    left: float = 0.0


class StepFinished(NamedTuple):
    """One step has ended, after ``seconds``; ``note`` says what it made or why it was skipped."""

    name: str
    title: str
    outcome: Outcome
    seconds: float
    note: str = ""


class Stopping(NamedTuple):
    """A signal has come while ``work`` goes on that has begun and is finished first."""

    work: str
    signal: str


class OutputLine(NamedTuple):
    """One line that a child process wrote; ``source`` is the check or step it belongs to."""

    source: str
    line: str


class Note(NamedTuple):
    """A fact worth a line that is neither a check nor a step."""

    text: str


class LastTag(NamedTuple):
    """What the git tags say of a distribution whose version comes from them.

    Attributes:
        root: The distribution's folder.
        tool: The tool that takes the version from the tag.
        name: The last tag of a release; empty where there is none.
        version: Its version; empty where there is none.
        distance: The number of commits since then, or of all.
        untagged: The version that a build of HEAD would have today; empty where only the tool could tell.
    """

    root: str
    tool: str
    name: str = ""
    version: str = ""
    distance: int = 0
    untagged: str = ""


class VersionsFound(NamedTuple):
    """Every place that states a version, what is wrong with each distribution, and what was passed over.

    Of those that take it from a git tag, ``tags`` says what HEAD's tags tell. ``beside`` is a line about
    files that hold the version and are not watched; empty where there are none.
    """

    distributions: tuple[Distribution, ...]
    problems: Problems
    explain: bool = False
    passed_over: "tuple[SkippedFile, ...]" = ()
    tags: tuple[LastTag, ...] = ()
    beside: str = ""

    def last_tag(self, distribution: Distribution) -> LastTag | None:
        """What the tags say of one of the distributions; None where files state its version."""
        return next((tag for tag in self.tags if tag.root == distribution.root), None)


class Bumped(NamedTuple):
    """The version sites were edited in the working tree."""

    name: str
    version: str
    edits: "tuple[Edit, ...]"


class NextVersion(NamedTuple):
    """The version that follows from what has changed; nothing is changed.

    Attributes:
        name: The distribution.
        current: The version that it has now; empty where none is known.
        version: The proposed version.
        part: What of it is raised: ``patch``, ``minor`` and so on, or ``current``.
        source: What decided: ``fragments``, ``commits``, ``changelog`` or ``nothing``.
        why: The decision in a sentence.
        reasons: The lines that decided, those that raise most first: where, the level, and the text.
        explain: Whether a person wants to see them.
    """

    name: str
    current: str
    version: str
    part: str
    source: str
    why: str
    reasons: "tuple[tuple[str, str, str], ...]" = ()
    explain: bool = False


class Proposed(NamedTuple):
    """What would be written, for a ``purpose``; ``facts`` are a label and what was found."""

    name: str
    facts: tuple[tuple[str, str], ...]
    files: "tuple[Difference, ...]"
    purpose: str = "adopt release-async in"


class Released(NamedTuple):
    """The release is out, or ``rehearsed``; ``facts`` are the summary: a label and where to look.

    ``trial`` is the name of the test index where it is on that alone; empty where it is for everybody.
    """

    name: str
    version: str
    facts: tuple[tuple[str, str], ...]
    seconds: float
    rehearsed: bool = False
    trial: str = ""


class Failed(NamedTuple):
    """The run ends here.

    Attributes:
        what: What happened.
        cure: What to type or do next.
        detail: Lines that help to find the cause.
        public: What others can see already.
        owed: What is not done yet.
        manual: The commands that a person would type for what is owed.
        code: The exit code of the process.
        deadline: Until when the index takes what is owed; empty where there is no such day.
        unknown: What was begun, and may be done or not.
    """

    what: str
    cure: str
    detail: str
    public: tuple[str, ...]
    owed: tuple[str, ...]
    manual: tuple[str, ...]
    code: int
    deadline: str = ""
    unknown: tuple[str, ...] = ()


class Stands(NamedTuple):
    """How far an unfinished release has come.

    Attributes:
        name: The distribution.
        version: What is being released.
        begun: When it passed its point of no return, as ``2026-01-31 12:00 UTC``.
        running: Who is at work on it at this moment; empty where nobody is.
        done: What the world shows to be so.
        owed: What is not so yet.
        unknown: What could not be asked, and why.
        conflicts: Where the world holds something else, and what.
        deadline: Until when the index takes what is owed; empty where there is no such day.
        command: What to type next; empty where that is asked.
        manual: The commands that a person would type for what is owed, should the tool be lost.
    """

    name: str
    version: str
    begun: str
    running: str
    done: tuple[str, ...]
    owed: tuple[str, ...]
    unknown: tuple[str, ...]
    conflicts: tuple[str, ...]
    deadline: str
    command: str
    manual: tuple[str, ...] = ()


class Waits(NamedTuple):
    """A release waits for what somebody else has to do; nothing is left to do here until then.

    Attributes:
        name: The packages.
        version: Their versions.
        what: What is waited for.
        since: Since when, as ``2026-01-31 12:00 UTC``; empty where that is not known.
        address: The web page where it is done; empty where there is none.
        who: Whose turn it is, and with what.
        done: What others can see of the release already.
        command: What to type next; empty where that is asked.
        stays: Whether this run goes on looking; if not, it ends here.
    """

    name: str
    version: str
    what: str
    since: str
    address: str
    who: tuple[str, ...]
    done: tuple[str, ...]
    command: str
    stays: bool = False


Event = (
    PlanMade
    | ChecksStarted
    | CheckStarted
    | CheckFinished
    | ChecksFinished
    | StepStarted
    | EffectStarted
    | EffectFinished
    | Progress
    | Waiting
    | StepFinished
    | Stopping
    | OutputLine
    | Note
    | VersionsFound
    | Bumped
    | NextVersion
    | Proposed
    | Released
    | Failed
    | Stands
    | Waits
)
Emit = Callable[[Event], None]
