"""Events of releases that might have been, for the renderers to show."""

from dataclasses import fields, replace
from typing import Any

from release_async.base.errors import Awaited
from release_async.base.problems import ask, refuse, warn
from release_async.plan import events, preview
from release_async.plan.events import Event, Outcome
from release_async.plan.plan import Narrowing, Package, Plan, Target
from release_async.plan.route import ROUTES
from release_async.versions.distribution import Distribution, Role, Site
from release_async.versions.version_edits import Edit, EditedLine

EDITS = (
    Edit(path="pyproject.toml", line=3, old="1.2.3", new="1.3.0"),
    Edit(path="src/demo/__init__.py", line=1, old="1.2.3", new="1.3.0"),
)
LINES = (
    EditedLine("pyproject.toml", 3, 11, 'version = "1.2.3"', "1.2.3", "1.3.0"),
    EditedLine("src/demo/__init__.py", 1, 15, '__version__ = "1.2.3"', "1.2.3", "1.3.0"),
)
PACKAGE = Package(
    name="demo",
    root="",
    current="1.2.3",
    version="1.3.0",
    edits=EDITS,
    files=("demo-1.3.0-*.whl", "demo-1.3.0.tar.gz"),
    changelog="",
    tag="v1.3.0",
    title="v1.3.0",
    test_command=("pytest", "-q"),
    narrowing=Narrowing(project="demo", seconds=900),
)
PLAN = Plan(
    run="20260102-030405-abcd",
    packages=(PACKAGE,),
    base="3f2a1b" + "0" * 34,
    branch="main",
    remote="origin",
    remote_url="git@example.com:person/demo.git",
    message="release: v1.3.0\n\n🤖 Generated with PyPI Release Automation\n",
    target=Target(
        name="Example",
        repository_url="https://index.example.com/legacy/",
        token_setting="PYPI_API_TOKEN",  # noqa: S106 - the name of a setting
    ),
    route=ROUTES["here"],
    keep_artifacts=False,
)


def changed(plan: Plan, **changes: Any) -> Plan:  # noqa: ANN401 - fields of a plan or of its package
    """The plan with other values; those of a package go to its only one."""
    own = {name: changes.pop(name) for name in set(changes) & {each.name for each in fields(Package)}}
    return replace(plan, packages=(replace(plan.packages[0], **own),), **changes)


PAGED = replace(PLAN, page="person/demo")
"""The same, to a remote that is on GitHub."""
PLANNED = events.PlanMade(PAGED, LINES, preview.stages(PAGED))
CHECKS = (
    ("branch", "Branch"),
    ("working-tree", "Working tree"),
    ("upstream", "Upstream"),
    ("versions", "Versions agree"),
    ("version-free", "Version free on the index"),
    ("credentials", "Credentials"),
    ("build-environment", "Build environment"),
    ("tests", "Test suite"),
)
DIRTY = refuse(
    "has changes that are not committed, and a release holds only what is committed",
    where="src/demo/core.py",
    cure="git commit, or git stash",
)
OLD_BRANCH = warn("origin/main was fetched 40 days ago", cure="git fetch origin")
FAILING = ask(
    "3 tests failed: test_one, test_two, test_three",
    cure="pytest -q",
    detail="FAILED tests/test_demo.py::test_one",
)


def checks_begin() -> list[Event]:
    """The plan, and all checks started."""
    started = [events.CheckStarted(name, title) for name, title in CHECKS]
    return [PLANNED, events.ChecksStarted(CHECKS), *started]


def checks_halfway() -> list[Event]:
    """Checks of which one has passed, and one has said something."""
    passed = events.CheckFinished(*CHECKS[0], Outcome.PASSED, (), 0.1)
    return [*checks_begin(), passed, events.OutputLine("tests", "collected 412 items")]


def checks_pass() -> list[Event]:
    """Checks that pass, each in its own time."""
    times = (0.01, 0.05, 0.06, 0.6, 0.8, 1.4, 3.3)
    order = (CHECKS[0], CHECKS[3], CHECKS[1], CHECKS[5], CHECKS[4], CHECKS[2], CHECKS[6])
    ended = [
        events.CheckFinished(*check, Outcome.PASSED, (), took)
        for check, took in zip(order, times, strict=True)
    ]
    said = events.OutputLine("tests", "412 passed in 11.87s")
    suite = events.CheckFinished(*CHECKS[-1], Outcome.PASSED, (), 12.3, "412 passed")
    return [*checks_begin(), *ended, said, suite, events.ChecksFinished(Outcome.PASSED, 12.4, 12.3)]


def checks_refuse() -> list[Event]:
    """Checks of which one refuses, one warns, one wants an answer and one was skipped."""
    passed = [
        events.CheckFinished(name, title, Outcome.PASSED, (), 0.1) for name, title in (CHECKS[0], CHECKS[3])
    ]
    return [
        *checks_begin(),
        *passed,
        events.CheckFinished(*CHECKS[1], Outcome.REFUSED, (DIRTY,), 0.02),
        events.CheckFinished(*CHECKS[2], Outcome.WARNED, (OLD_BRANCH,), 0.4),
        events.CheckFinished(*CHECKS[4], Outcome.SKIPPED, (), 0.0, "--skip version-free"),
        events.CheckFinished(*CHECKS[5], Outcome.NOT_RUN, (), 0.0, "another check has refused"),
        events.CheckFinished(*CHECKS[6], Outcome.NOT_RUN, (), 0.0, "another check has refused"),
        events.CheckFinished(*CHECKS[7], Outcome.ASKED, (FAILING,), 75.2),
        events.ChecksFinished(Outcome.REFUSED, 75.3, 75.2),
        events.Failed(
            "1 of 8 checks refused: Working tree.",
            "fix it and run the same command again",
            "",
            (),
            (),
            (),
            3,
        ),
    ]


FILES = ("demo-1.3.0-py3-none-any.whl", "demo-1.3.0.tar.gz")


def steps_begin() -> list[Event]:
    """The steps up to the upload."""
    return [
        events.StepStarted("commit", "Commit"),
        events.EffectStarted("commit", "commit 3f2a1bc"),
        events.EffectFinished("commit", "commit 3f2a1bc", already=False, seconds=0.3),
        events.StepFinished("commit", "Commit", Outcome.PASSED, 0.4, "3f2a1bc"),
        events.StepStarted("build", "Build"),
        events.OutputLine("build", "running build_py"),
        events.StepFinished("build", "Build", Outcome.PASSED, 2.1, ", ".join(FILES)),
        events.StepStarted("upload", "Upload"),
        events.EffectStarted("upload", f"upload {FILES[0]}"),
    ]


def upload_halfway() -> list[Event]:
    """An upload of which one file is out, and of the other one half."""
    return [
        *steps_begin(),
        events.Progress(f"upload {FILES[0]}", 800_000, 800_000),
        events.EffectFinished("upload", f"upload {FILES[0]}", already=False, seconds=1.2),
        events.EffectStarted("upload", f"upload {FILES[1]}"),
        events.Progress(f"upload {FILES[1]}", 450_000, 1_000_000),
    ]


def upload_waits() -> list[Event]:
    """An upload that the index could not take, and that is tried again."""
    why = "Example answered 503 Service Unavailable"
    return [*upload_halfway(), events.Waiting(f"upload {FILES[1]}", 8.0, why, 2)]


def uploaded() -> list[Event]:
    """The steps, with both files uploaded."""
    return [
        *upload_waits(),
        events.Progress(f"upload {FILES[1]}", 1_000_000, 1_000_000),
        events.EffectFinished("upload", f"upload {FILES[1]}", already=False, seconds=3.0),
        events.StepFinished("upload", "Upload", Outcome.PASSED, 5.2),
    ]


def released() -> list[Event]:
    """A release from end to end."""
    return [
        *checks_pass(),
        *uploaded(),
        events.StepStarted("push", "Push"),
        events.StepFinished("push", "Push", Outcome.PASSED, 1.3),
        events.StepFinished("announce", "GitHub release", Outcome.SKIPPED, 0.0, "origin is not on GitHub"),
        events.Released(
            "demo",
            "1.3.0",
            (("index", "https://index.example.com/project/demo/1.3.0/"), ("tag", "v1.3.0")),
            9.0,
        ),
    ]


UNCHANGED = "nothing is public, and nothing of yours has changed"


def build_fails() -> list[Event]:
    """A release whose build fails: nothing is public yet."""
    return [
        *checks_pass(),
        *steps_begin()[:4],
        events.StepStarted("build", "Build"),
        events.OutputLine("build", "running build_py"),
        events.StepFinished("build", "Build", Outcome.FAILED, 1.1),
        events.Failed(
            f"the build ended with exit code 1; {UNCHANGED}",
            "fix what the lines above say, then run it again",
            "error: package directory 'src/demo' does not exist\n"
            "the whole output: .git/release-async/logs/20260102-030405-abcd/build.log",
            (),
            (),
            (),
            4,
        ),
    ]


def interrupted() -> list[Event]:
    """A run that a person has ended while the tests ran."""
    over = events.Failed(f"interrupted by SIGINT (Ctrl-C); {UNCHANGED}", "", "", (), (), (), 130)
    return [*checks_halfway(), over]


def unfinished() -> list[Event]:
    """A release whose push is refused after the upload."""
    return [
        *checks_pass(),
        *uploaded(),
        events.StepStarted("push", "Push"),
        events.EffectStarted("push", "push main and v1.3.0 to origin"),
        events.StepFinished("push", "Push", Outcome.FAILED, 1.2),
        events.Failed(
            "origin refused the push.",
            "allow the push, then: release-async --resume",
            "remote: error: GH006: Protected branch update failed\n ! [remote rejected] main -> main",
            ("upload demo-1.3.0-py3-none-any.whl", "upload demo-1.3.0.tar.gz"),
            ("push main and v1.3.0 to origin", "announce v1.3.0"),
            ("git push --atomic origin 3f2a1bc:refs/heads/main refs/tags/v1.3.0",),
            5,
        ),
    ]


def versions_disagree(*, explain: bool = False) -> list[Event]:
    """A distribution whose places do not agree."""
    sites = (
        Site("pyproject.toml", 3, Role.SOURCE, "1.2.3", key="project.version"),
        Site("src/demo/__init__.py", 1, Role.MIRROR, "1.2.2", key="__version__"),
        Site("docs/conf.py", 9, Role.DERIVED, note="importlib.metadata", key="release"),
    )
    wrong = refuse(
        "says 1.2.2, and pyproject.toml:3 says 1.2.3",
        where="src/demo/__init__.py:1",
        cure="write 1.2.3 there",
    )
    return [events.VersionsFound((Distribution("demo", "", sites),), (wrong,), explain)]


def bumped() -> list[Event]:
    """An edit of the working tree."""
    return [events.Bumped("demo", "1.3.0", EDITS)]


def next_version() -> list[Event]:
    """A version that follows from what has changed, and why."""
    reasons = (("3f2a1b9c0", "minor", "feat: frogs (#7)"), ("8c7d6e5f4", "patch", "fix: toads"))
    why = "minor, because of the commits"
    return [events.NextVersion("demo", "1.2.3", "1.3.0", "minor", "commits", why, reasons, explain=True)]


AWAITED = Awaited(
    name="demo",
    version="1.3.0",
    what="the merge of pull request #12 into main",
    since="2026-01-02 03:04 UTC",
    address="https://github.com/person/demo/pull/12",
    who=("a review by alice", "the check tests, running"),
    done=("push release/1.3.0 to origin", "pull request from release/1.3.0 to main"),
)


def stays() -> list[Event]:
    """A run that stays with what somebody else has to do."""
    begun = [*checks_pass(), *steps_begin()[:4], events.StepStarted("push", "Push")]
    return [*begun, events.Waits(*AWAITED, command="Ctrl-C", stays=True)]


def waits() -> list[Event]:
    """A release that waits for somebody else, and the end of the run."""
    ended = events.StepFinished("push", "Push", Outcome.WAITING, 2.0)
    return [*stays(), ended, events.Waits(*AWAITED, command="release-async --resume")]


def stands() -> list[Event]:
    """How a release stands that was broken off, while another run is at work on it."""
    return [
        events.Note(
            "origin leads to git@example.com:new/demo.git now; when this was begun it was /remote.git"
        ),
        events.Stands(
            name="demo",
            version="1.3.0",
            begun="2026-01-02 03:04 UTC",
            running="process 4711, since 2026-01-02 03:05:06, at the step push",
            done=("upload demo-1.3.0-py3-none-any.whl", "tag v1.3.0"),
            owed=("upload demo-1.3.0.tar.gz", "update your main"),
            unknown=("push main and v1.3.0 to origin: the remote did not answer",),
            conflicts=("see the files on Example: it has demo-1.3.0.tar.gz with other bytes than ours",),
            deadline="PyPI accepts no more files of 1.3.0 after 2026-01-16 03:04 UTC",
            command="wait until it has ended",
        ),
    ]
