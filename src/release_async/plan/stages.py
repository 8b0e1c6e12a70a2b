"""A plan as stages, for a person to look at before saying Yes: what is run, and what cannot be taken back.

The commands are those a person would type for the same; what is really run is the steps' to say.
"""

import shlex
from dataclasses import dataclass
from urllib.parse import urlsplit

from release_async.plan.plan import NO_TOKEN, Narrowing, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One part of a release.

    Attributes:
        name: The check or step that does it.
        command: What a person would type for it; empty where no one command says it.
        notes: What else there is to know, a sentence each.
        final: Whether it cannot be taken back once it is done.
    """

    name: str
    command: str = ""
    notes: tuple[str, ...] = ()
    final: bool = False


def stages(plan: Plan) -> tuple[Stage, ...]:
    """All that a release runs and changes, in order."""
    if plan.upload_only:
        return (_tests(plan), _build(), _upload(plan))
    last = (_announce(plan),) if plan.tag and plan.page else ()
    return (_tests(plan), _commit(plan), _build(), _upload(plan), *_shared(plan), *last)


def _tests(plan: Plan) -> Stage:
    if plan.test_command is None:
        return Stage(name="tests", notes=("not run",))
    return Stage(name="tests", command=shlex.join(plan.test_command))


def _commit(plan: Plan) -> Stage:
    subject = plan.message.partition("\n")[0]
    where = f"on top of {plan.branch}, in a worktree of its own"
    return Stage(name="commit", command=shlex.join(("git", "commit", "-m", subject)), notes=(where,))


def _build() -> Stage:
    return Stage(
        name="build", command="python -m build", notes=("once: what is inspected is what is uploaded",)
    )


def _upload(plan: Plan) -> Stage:
    address = plan.target.repository_url
    alone = ("no branch, tag or push changes",) if plan.upload_only else ()
    notes = (f"{plan.target.name} never takes another {plan.version}", _token(plan), *alone)
    command = shlex.join(("twine", "upload", "--repository-url", address))
    return Stage(name="upload", command=command, notes=notes, final=True)


def _token(plan: Plan) -> str:
    setting = plan.target.token_setting or "the token"
    if plan.narrowing == NO_TOKEN:
        return f"there is no token: {setting} is not set"
    host = urlsplit(plan.target.repository_url).netloc.rpartition("@")[2]
    return f"{setting} goes to {host} alone, {_narrowed(plan.narrowing)}"


def _narrowed(how: Narrowing) -> str:
    if how.why_not:
        return f"not narrowed: {how.why_not}"
    if not how.seconds:
        return "as it is"
    project, minutes = how.project or "this project", f"{how.seconds / 60:g} min"
    return f"as a copy for {project}, good for {minutes} from each upload"


def _shared(plan: Plan) -> tuple[Stage, ...]:
    """What the remote gets, and the user's own branch."""
    words = ("git", "push", "--atomic", plan.remote, plan.branch, *filter(None, (plan.tag,)))
    where = f"to {plan.remote_url}" if plan.remote_url else f"there is no remote {plan.remote}"
    push = Stage(name="push", command=shlex.join(words), notes=(where,))
    land = Stage(name="land", command="git merge --ff-only", notes=(f"your {plan.branch} follows",))
    tag = (Stage(name="tag", command=shlex.join(("git", "tag", "-a", plan.tag))),) if plan.tag else ()
    return (*tag, push, land)


def _announce(plan: Plan) -> Stage:
    note = f"on GitHub, {plan.page}: a draft, wheel and sdist attached, then published"
    command = shlex.join(("gh", "release", "create", str(plan.tag), "--verify-tag"))
    return Stage(name="announce", command=command, notes=(note,), final=True)
