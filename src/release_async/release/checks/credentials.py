"""There is a token for the index, and it says itself that it may be used there, now, and for this project."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from packaging.utils import canonicalize_name

from release_async.base import pypi_token
from release_async.base.ci_identity import Identity
from release_async.base.printable_text import printable
from release_async.base.problems import Level, Problem, Problems, refuse, warn, worst
from release_async.base.pypi_token import Scope
from release_async.base.secret import Secret
from release_async.external.index import repository_url
from release_async.external.index.simple_api import IndexUnreachableError
from release_async.external.index.upload_responses import CURES, IndexAnswer, UploadResult
from release_async.external.index.uploader import Claims
from release_async.plan.events import Note
from release_async.plan.plan import Plan, Target
from release_async.plan.settings import Publish
from release_async.release import ci_uploads
from release_async.run.context import Context
from release_async.run.missing_token import missing_token, open_to_all

TITLE = "Credentials"
LONG = False
SOON = 24 * 60 * 60
"""Seconds before its end in which a token is warned about: who resumes a release tomorrow needs it too."""


async def run(plan: Plan, context: Context) -> Problems:
    """Refuse a token that is missing, broken, of another index or project, or over; no token is sent."""
    if plan.target.repository_url.rstrip("/").endswith(_READ):
        return (_read_only(plan),)
    token = context.settings.token
    if token is None:
        return await _without_token(plan, context)
    return (*await _of_token(plan, context, token), *_unattested(plan, context))


_READ = ("/simple", "/+simple")
"""How the simple API's addresses end; the second is devpi's."""


def _read_only(plan: Plan) -> Problem:
    """Refuse the address that pip reads, where every upload would fail, and after all the tests."""
    what = f"the repository URL of {plan.target.name} ends in /simple/, which is where pip reads, not uploads"
    return refuse(what, cure=f"{CURES[IndexAnswer.WRONG_ADDRESS]}, such as the same without simple/")


def _unattested(plan: Plan, context: Context) -> Problems:
    """Warn where files shall be attested, and a token forbids it."""
    if not (context.settings.attest and plan.publishes_given):
        return ()
    index = plan.target.name
    what = f"attest is true, and nothing is attested: {index} takes that of a trusted publisher only"
    cure = f"let a job of CI publish without {plan.target.token_setting}; or set attest = false"
    return (warn(what, cure=cure),)


_SHORTEST = 4
"""Characters that a secret has at least; fewer are part of many words, which would all be masked."""


async def _of_token(plan: Plan, context: Context, token: Secret) -> Problems:
    setting, target = plan.target.token_setting, plan.target
    value, public = token.reveal(), repository_url.is_public(target.repository_url)
    if any(char.isspace() or not char.isprintable() for char in value):
        cure = f"copy the token into {setting} again, without quotes or line breaks inside"
        return (refuse(f"the value of {setting} has blanks or control characters in it", cure=cure),)
    if len(value) < _SHORTEST:
        counted = f"{len(value)} character{'s' * (len(value) != 1)}"
        what = f"the value of {setting} has {counted}, too few for a token or a password"
        return (refuse(what, cure=f"put the whole token into {setting}{open_to_all(target)}"),)
    if public and context.settings.username != pypi_token.USER:
        what = f"PYPI_USERNAME is set, and {target.name} accepts no user but {pypi_token.USER}"
        return (refuse(what, cure="unset PYPI_USERNAME, in the environment and in .env"),)
    try:
        found = _read(value)
    except ValueError as error:
        return (_broken(plan, error),) if public else ()
    if not repository_url.is_hosted_by(target.repository_url, found.location):
        cure = f"make a token at {_where_made(target)} and put it into {setting}"
        owner = found.location or "no index that it names"
        what = f"the token in {setting} belongs to {owner}, not to {target.name}"
        return (refuse(what, cure=cure),)
    in_time, in_scope = tuple(_in_time(plan, found.scope, time.time())), _of_projects(plan, found.scope)
    refused = worst((*in_time, *in_scope)) is Level.REFUSE
    wide = () if refused else await _account_wide(plan, context, found.scope)
    return (*in_time, *in_scope, *wide)


async def _without_token(plan: Plan, context: Context) -> Problems:
    if context.settings.identity:
        return await _trusted(plan, context, context.settings.identity)
    missing = missing_token(plan.target, context.project)
    if not _may_be_left_to_ci(plan, context):
        return (missing,)
    cure = f'none is needed if CI publishes: publish = "ci" in [tool.release-async]; else {missing.cure}'
    return (missing._replace(cure=cure),)


def _may_be_left_to_ci(plan: Plan, context: Context) -> bool:
    """Whether a job of CI uploads to this index too, and the project has not said which of both is meant."""
    if context.settings.publish is not Publish.ALONE or not repository_url.rules_of(plan.target):
        return False
    return bool(ci_uploads.uploads(plan, ci_uploads.read(context)))


async def _trusted(plan: Plan, context: Context, identity: Identity) -> Problems:
    """What the forge says of this job; whether the index has a publisher for it only the upload tells."""
    setting, index = plan.target.token_setting, plan.target.name
    if identity.lacking:
        what = f"there is no token for {index}, and this job may not ask {identity.provider} for its identity"
        cure = f"give the job that publishes {identity.lacking}, or put a token into {setting}"
        return (refuse(what, cure=cure),)
    seen = await context.workspace.uploader.identify(plan.target.repository_url, identity)
    if isinstance(seen, UploadResult):
        what = f"{index} cannot make a token for this job: {seen.reason or seen.answer}"
        return (refuse(what, cure=_minting_cure(plan, context, seen)),)
    context.emit(Note(f"{identity.provider} says of this job: {_said(seen)}"))
    context.emit(Note(f"whether {index} has a trusted publisher of these only the upload tells"))
    return tuple(_of_job(plan, seen))


def _minting_cure(plan: Plan, context: Context, seen: UploadResult) -> str:
    page = repository_url.token_page(plan.target.repository_url)
    return seen.cure(plan.target.token_setting, page, context.settings.username)


_SHOWN = (
    ("issuer", ("iss",)),
    ("repository", ("repository", "project_path")),
    ("workflow", ("workflow_ref", "ci_config_ref_uri")),
    ("environment", ("environment",)),
)
"""What a publisher on an index consists of, and the claims that say it (GitHub's and GitLab's)."""


def _said(seen: Claims) -> str:
    return ", ".join(f"{label} {printable(seen.get(*names)) or '(none)'}" for label, names in _SHOWN)


def _of_job(plan: Plan, seen: Claims) -> Iterator[Problem]:
    """What an index never takes, whichever publishers it has."""
    own, called = seen.get("workflow_ref"), seen.get("job_workflow_ref")
    if own and called and called.partition("@")[0] != own.partition("@")[0]:
        what = f"this job is in {printable(called)}, a workflow that {printable(own)} calls"
        cure = (
            f"publish in a job of the first workflow: {plan.target.name} knows no publisher of a called one"
        )
        yield refuse(what, cure=cure)
    if seen.get("event_name") == "pull_request_target":
        cure = "publish when a tag is pushed, or by hand (workflow_dispatch)"
        yield refuse("the job was started by pull_request_target, which may not publish", cure=cure)
    commit = seen.get("sha")
    if commit and commit != plan.base:
        what = f"the job runs for the commit {printable(commit[:9])}, and {plan.base[:9]} is checked out"
        yield warn(what, cure="go on if that is meant: what is proven is the commit of the job")


def _where_made(target: Target) -> str:
    return repository_url.token_page(target.repository_url) or target.name


def _read(token: str) -> pypi_token.Macaroon:
    if not token.startswith("pypi-"):
        raise ValueError("it does not begin with pypi-")
    return pypi_token.read(token)


def _broken(plan: Plan, error: ValueError) -> Problem:
    setting, name = plan.target.token_setting, plan.target.name
    cure = f"copy the whole token into {setting} again; if it is lost, make a new one at {name}"
    return refuse(f"the value of {setting} is no token of {name}: {error}", cure=cure)


def _in_time(plan: Plan, scope: Scope, now: float) -> Iterator[Problem]:
    token = f"the token in {plan.target.token_setting}"
    new = f"make a new one at {_where_made(plan.target)} and put it into {plan.target.token_setting}"
    begins, ends = scope.not_before, scope.not_after
    if begins is not None and begins > now:
        what = f"{token} is not good before {_moment(begins)}, by the clock of this machine"
        yield refuse(what, cure=f"see that the clock is right: date; or {new}")
    if ends is not None and ends <= now:
        yield refuse(f"{token} has expired, on {_moment(ends)}", cure=new)
    elif ends is not None and ends <= now + SOON:
        what = f"{token} expires on {_moment(ends)}, in {_rest(ends - now)}"
        yield warn(what, cure=f"go on if that is enough for the release; else {new}")


def _moment(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d at %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return "a day that no calendar has"


def _rest(seconds: float) -> str:
    hours, minutes = divmod(int(seconds) // 60, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def _of_projects(plan: Plan, scope: Scope) -> Problems:
    if scope.projects is None:
        return ()
    setting, others = plan.target.token_setting, ", ".join(sorted(scope.projects)) or "no project at all"
    missing = [each.name for each in plan.packages if canonicalize_name(each.name) not in scope.projects]
    return tuple(
        refuse(
            f"the token in {setting} is for {others}, not for {name}",
            cure=f"put a token into {setting} that {plan.target.name} has made for {name}",
        )
        for name in missing
    )


async def _account_wide(plan: Plan, context: Context, scope: Scope) -> Problems:
    """Warn of a token whose loss is that of all projects; what is over or elsewhere is replaced anyway."""
    if not scope.account_wide:
        return ()
    setting, index = plan.target.token_setting, _where_made(plan.target)
    mine = (
        f"make one at {index} whose scope is {plan.names} alone, put it into {setting}, and revoke this one"
    )
    if await _is_unknown(plan, context):
        mine = f"the first upload of a project needs such a token; when {plan.names} is there, {mine}"
    return (warn(f"the token in {setting} may upload to every project of its account", cure=mine),)


async def _is_unknown(plan: Plan, context: Context) -> bool:
    """Whether the index has nothing of a package; that it does not answer is told by another check."""
    try:
        return not all([await context.index.files(package.name) for package in plan.packages])
    except IndexUnreachableError:
        return False
