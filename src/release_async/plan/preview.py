"""A plan as stages, for a person to look at before saying Yes: what is run, and what cannot be taken back.

The commands are those a person would type for the same; what is really run is the steps' to say.
"""

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from release_async.plan import expected_files
from release_async.plan.plan import NO_TOKEN, Narrowing, Package, Plan
from release_async.versions.tag_history import TagKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One part of a release.

    Attributes:
        name: The check or step that does it.
        command: What a person would type for it; empty where no one command says it.
        notes: What else there is to know, a sentence each.
        final: Whether it cannot be taken back once it is done.
        brief: The same in a line or two, for a screen that has to hold more than the plan; empty where the
            others say enough.
    """

    name: str
    command: str = ""
    notes: tuple[str, ...] = ()
    final: bool = False
    brief: tuple[str, ...] = ()


Stages = tuple[Stage, ...]


def stages(plan: Plan, asked: str = "") -> tuple[Stage, ...]:
    """All that a release runs and changes, in the order of its route.

    Args:
        plan: The release.
        asked: The version that was asked for; if a test index has it, another one is planned.
    """
    found = (stage for step in plan.route.steps for stage in _STAGES[step](plan))
    return (*_instead(plan, asked), *_tests(plan), *found)


def _instead(plan: Plan, asked: str) -> Stages:
    version = plan.packages[0].version
    if asked in {"", version}:
        return ()
    said = f"{version} is tried, the next that is free: {plan.target.name} has {asked} already"
    return (Stage(name="version-free", notes=(said,), brief=(said,)),)


def question(plan: Plan, doubts: Sequence[str] = ()) -> str:
    """What a person says Yes to, all of it in one question: what becomes public, where, and in spite of what.

    Args:
        plan: The release.
        doubts: What did not pass, a clause each.
    """
    asked = _asked(plan)
    if not doubts:
        return asked
    against = "; ".join(doubts)
    return f"{against[0].upper()}{against[1:]}.\nContinue anyway, and {asked[0].lower()}{asked[1:]}"


def _asked(plan: Plan) -> str:
    names = ", ".join(_change(package) for package in plan.packages)
    public = ", ".join(_public(plan))
    if plan.by_request:
        source = f"release/{plan.packages[0].version}"
        return f"Propose {names} as {source} on {plan.remote}, and once it is merged: {public}?"
    return f"{'Upload' if plan.upload_only else 'Release'} {names} to {plan.target.name}: {public}?"


def _change(package: Package) -> str:
    if package.current in {"", package.version}:
        return package.label
    return f"{package.name} {package.current} → {package.version}"


def _public(plan: Plan) -> Iterator[str]:
    """What becomes public, each with as many words as it takes to tell it from another."""
    count = sum(len(package.files) for package in plan.packages)  # each package builds one file a pattern
    where = f" to {plan.target.name}" if plan.by_request else ""
    yield (
        "the files that CI builds"
        if plan.is_by_ci or plan.collects
        else f"{count} file{'s' * (count != 1)}{where}"
    )
    if plan.upload_only:
        yield "no tag, no push"
        return
    yield f"tag{'s' * (len(plan.tags) > 1)} {' and '.join(plan.tags)}" if plan.tags else "no tag"
    if plan.touches_branch or not plan.by_request:
        yield f"push {plan.pushed[0]} to {plan.remote}" if plan.remote_url else "no remote to push to"
    if plan.page and plan.tags:
        yield f"GitHub release{'s' * (len(plan.tags) > 1)}"


def _tests(plan: Plan) -> Stages:
    commands = dict.fromkeys(each.test_command for each in plan.packages if not each.given)
    return tuple(
        Stage(name="tests", command=shlex.join(command), brief=(f"$ {shlex.join(command)}",))
        if command
        else Stage(name="tests", notes=("not run",), brief=("not run",))
        for command in commands
    )


def _nothing(_: Plan) -> Stages:
    """What runs, and changes nothing that a person has to decide about."""
    return ()


def _commit(plan: Plan) -> Stages:
    if plan.upload_only:
        return ()  # nobody will see that commit
    where = f"on top of {plan.branch}, in a worktree of its own"
    whole = tuple(line for line in plan.message.splitlines() if line.strip())
    paragraphs = [each.strip("\n") for each in plan.message.split("\n\n") if each.strip()]
    on_lines = not any("\n" in each for each in paragraphs)
    words = [word for each in (paragraphs if on_lines else whole[:1]) for word in ("-m", each)]
    notes = (where,) if on_lines else (*whole[1:], where)
    gone = _removed(plan)
    command = shlex.join(("git", "commit", *words))
    release = Stage(name="commit", command=command, notes=(*notes, *gone), brief=(*_shown(whole), *gone))
    return (release, *_following(plan))


def _shown(message: Sequence[str]) -> tuple[str, ...]:
    """All lines of a message, on one if that is not too long: the question has to be on the same screen."""
    joined = " / ".join(message)
    return (joined,) if len(joined) <= _ONE_ROW else tuple(message)


_ONE_ROW = 64
"""Characters behind the name of a stage that fit beside it on a screen of 80 columns."""


def _following(plan: Plan) -> Stages:
    """The commit on top of it, which the tag does not name."""
    if plan.following is None:
        return ()
    version, message = plan.following.version, plan.following.message
    places = len(plan.following.edits)
    note = f"on top of it, in the same push: {places} place{'s' * (places != 1)} state {version} from then on"
    command = shlex.join(("git", "commit", "-m", message))
    return (
        Stage(name="commit", command=command, notes=(note,), brief=(f"then {message}, in the same push",)),
    )


def _removed(plan: Plan) -> tuple[str, ...]:
    """The files that go, by name: a person has to see what is deleted."""
    return (f"removes {', '.join(plan.removed)}",) if plan.removed else ()


def _checkout(plan: Plan) -> Stages:
    note = f"HEAD is released as it is, {plan.base[:9]}: there is no release commit"
    brief = f"{plan.base[:9]}, as it is: no release commit"
    if not plan.touches_branch:
        note = f"{note}, and {plan.branch} is not touched"
        brief = f"{brief}, and {plan.branch} is not touched"
    return () if plan.upload_only else (Stage(name="checkout", notes=(note,), brief=(brief,)),)


def _propose(plan: Plan) -> Stages:
    branch = f"release/{plan.packages[0].version}"
    push = shlex.join(("git", "push", plan.remote, f"HEAD:{branch}"))
    note = f"and a request to merge it into {plan.branch}; the run ends there, and waits"
    brief = f"{branch} to {plan.remote}, with a request to merge it into {plan.branch}: then it waits"
    return (Stage(name="propose", command=push, notes=(note,), brief=(brief,)),)


def _merge(plan: Plan) -> Stages:
    note = f"by others, in whichever way: what is in {plan.branch} then is built, and nothing else"
    return (Stage(name="merge", notes=(note,), brief=(note,)),)


def _await_publication(plan: Plan) -> Stages:
    what, index = f"the workflow that {' and '.join(plan.tags)} starts", plan.target.name
    note = f"until {what} is over, and {index} has every kind of file that the last release has"
    ends = "if it is not yet, the run ends there, and waits"
    brief = f"until CI has published all of it on {index}, permanently"
    return (Stage(name="await-publication", notes=(note, ends), brief=(brief,)),)


def _await_ci(plan: Plan) -> Stages:
    made = "the merged commit" if plan.by_request else "the release commit"
    which = made if plan.makes_commit and not plan.route.awaits_parent else plan.base[:9]
    note = f"until the checks of {which} are green; if they are not yet, the run ends there, and waits"
    return (Stage(name="await-ci", notes=(note,), brief=(f"until the checks of {which} are green",)),)


def _candidate(plan: Plan) -> Stages:
    branch = plan.candidate_branch
    push = shlex.join(("git", "push", plan.remote, f"HEAD:{branch}"))
    note, what = "without a tag: for CI to check exactly that commit", "check"
    if plan.collects:
        note, what = "without a tag; and the workflow that builds is started at exactly that commit", "build"
    brief = f"{branch} to {plan.remote}, without a tag, for CI to {what}"
    return (Stage(name="candidate", command=push, notes=(note,), brief=(brief,)),)


def _await_build(_: Plan) -> Stages:
    note = "until that run is over; if it is not yet, the run here ends, and waits"
    return (Stage(name="await-build", notes=(note,), brief=("until CI has built it",)),)


def _collect(_: Plan) -> Stages:
    """What is taken, and what it is compared with."""
    notes = (
        "the files of that run, each artifact by its digest; all of them, or nothing is uploaded",
        "no byte of them is changed: what is inspected is what is uploaded",
    )
    return (Stage(name="collect", notes=notes, brief=notes[:1]),)


def _build(plan: Plan) -> Stages:
    once = "once: what is inspected is what is uploaded"
    tags, tools = ", ".join(plan.version_tags), ", ".join({package.tag_tool for package in plan.packages})
    where = (
        f"in a clone of its own, which alone has the tag {tags}: {tools} must make {plan.versions} of it",
    )
    return (Stage(name="build", command="python -m build", notes=(*(where if tags else ()), once)),)


def _take(plan: Plan) -> Stages:
    """What is published, and how it compares with what a release of the project has."""
    return tuple(_given(package) for package in plan.packages)


def _given(package: Package) -> Stage:
    by = f"compared with {package.expected_by}" if package.expected_by else "there is no release before it"
    attested = f", with {len(package.attestations)} attestations" if package.attestations else ""
    head = f"{len(package.given)} files of {package.label}, as they are{attested}; {by}"
    notes = (head, *expected_files.table(package.expected))
    return Stage(name="take", notes=notes, brief=notes)


def _upload(plan: Plan) -> Stages:
    notes, brief = _sandbox_index(plan) if plan.target.is_rehearsal else _real_index(plan)
    alone = ("no branch, tag or push changes",) if plan.upload_only else ()
    command = shlex.join(("twine", "upload", "--repository-url", plan.target.repository_url))
    stage = Stage(name="upload", command=command, notes=(*notes, *alone), final=True, brief=(*brief, *alone))
    return (stage,)


def _sandbox_index(plan: Plan) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """It is gone with the rehearsal, and whatever token a person has plays no part."""
    return (f"{plan.target.name} is the sandbox's own",), ("to the sandbox's index, with a made-up token",)


def _real_index(plan: Plan) -> tuple[tuple[str, ...], tuple[str, ...]]:
    tokens = dict.fromkeys(_token(plan, package.narrowing) for package in plan.packages)
    short = dict.fromkeys(_token_in_brief(plan, package.narrowing) for package in plan.packages)
    notes = (f"{plan.target.name} never accepts another {plan.versions}", *tokens)
    return notes, (f"permanently to {plan.target.name}, {', '.join(short)}",)


def _token_in_brief(plan: Plan, narrowing: Narrowing) -> str:
    setting = plan.target.token_setting or "the token"
    if narrowing.identity:
        return f"with a token for this job ({narrowing.identity})"
    if narrowing == NO_TOKEN:
        return f"but {setting} is not set"
    return f"with {setting}" + (f" limited to {narrowing.project}" if narrowing.project else "")


def _token(plan: Plan, narrowing: Narrowing) -> str:
    setting = plan.target.token_setting or "the token"
    if narrowing.identity:
        return f"{narrowing.identity} vouches for this job, and {plan.target.name} makes a token for it"
    if narrowing == NO_TOKEN:
        return f"there is no token: {setting} is not set"
    host = urlsplit(plan.target.repository_url).netloc.rpartition("@")[2]
    return f"{setting} goes to {host} alone, {_narrowed(narrowing)}"


def _narrowed(how: Narrowing) -> str:
    if how.why_not:
        return f"not limited to this project: {how.why_not}"
    if not how.seconds:
        return "as it is"
    project, minutes = how.project or "this project", f"{how.seconds / 60:g} min"
    return f"as a copy for {project}, good for {minutes} from each upload"


def _tag(plan: Plan) -> Stages:
    return tuple(Stage(name="tag", command=_tag_command(plan.tagged(tag), tag)) for tag in plan.tags)


def _tag_command(package: Package, tag: str) -> str:
    how = {TagKind.LIGHTWEIGHT.value: (), TagKind.SIGNED.value: ("-s",)}.get(package.tag_kind, ("-a",))
    return shlex.join(("git", "tag", *how, tag))


def _push(plan: Plan) -> Stages:
    atomic = ("--atomic",) if plan.touches_branch else ()
    words = ("git", "push", *atomic, plan.remote, *plan.pushed)
    where = f"to {plan.remote_url}" if plan.remote_url else f"there is no remote {plan.remote}"
    there = f"to {plan.remote}, {plan.remote_url}" if plan.remote_url else f"but {where}"
    brief = (f"{' and '.join(plan.pushed)} {there}",)
    return (Stage(name="push", command=shlex.join(words), notes=(where,), final=plan.is_by_ci, brief=brief),)


def _land(plan: Plan) -> Stages:
    return (Stage(name="land", command="git merge --ff-only", notes=(f"your {plan.branch} follows",)),)


def _announce(plan: Plan) -> Stages:
    note = f"on GitHub, {plan.page}: a draft, wheel and sdist attached, then published"
    return tuple(
        Stage(
            name="announce",
            command=shlex.join(("gh", "release", "create", tag, "--verify-tag")),
            notes=(note,),
            final=True,
            brief=(f"GitHub release {tag} in {plan.page}, permanently",),
        )
        for tag in plan.tags
        if plan.page
    )


_STAGES: dict[str, Callable[[Plan], Stages]] = {
    "commit": _commit,
    "checkout": _checkout,
    "propose": _propose,
    "merge": _merge,
    "candidate": _candidate,
    "await-build": _await_build,
    "collect": _collect,
    "await-ci": _await_ci,
    "await-publication": _await_publication,
    "ready": _nothing,
    "build": _build,
    "take": _take,
    "inspect": _nothing,
    "confirm": _nothing,
    "upload": _upload,
    "tag": _tag,
    "push": _push,
    "land": _land,
    "verify": _nothing,
    "announce": _announce,
    "clean-up": _nothing,
}
"""What each step is to a person; every step that a route may name has its line."""
