"""Uploads the pinned files, wheel first. The first of these effects is the point of no return."""

import shlex
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from release_async.base import pypi_token
from release_async.base.errors import (
    DamagedUploadError,
    FailedError,
    PermanentError,
    ReleaseAsyncError,
    TransientError,
    UncertainError,
    UnfinishedError,
)
from release_async.base.files import Artifact
from release_async.base.printable_text import printable
from release_async.base.secret import Credentials, Secret
from release_async.external.index import repository_url, token_narrowing
from release_async.external.index.simple_api import IndexUnreachableError, files_of_version
from release_async.external.index.upload_responses import IndexAnswer, UploadResult
from release_async.external.index.uploader import Destination
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed, State
from release_async.plan.events import Progress
from release_async.plan.plan import Package, Plan
from release_async.release.published_files import Wanted, published, spoilt
from release_async.run.context import Context
from release_async.run.step_results import Accepted, BuiltFiles, Confirmed, Inspected, Results

TITLE = "Upload"
NEEDS = (BuiltFiles, Inspected, Confirmed)
GIVES = (Accepted,)
MOST_AHEAD = 86_400.0
"""Seconds by which the index's clock may be ahead of ours, as far as the life of a token's copy goes."""
RETRY_TIMEOUT = 300.0
"""Seconds for which a file is sent again to an index in trouble: whoever waits sits before it."""


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Never skipped: it is what a release is."""
    return ""


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """One upload a file, wheel first: without its sdist it is of use at once.

    Of many given files the first goes alone, so that an index that refuses it gets no other, and the sdist
    when all wheels are there: who installs meanwhile builds nothing.
    """
    uploads = (
        _Upload(plan, context, (package.name, artifact), made.accepted)
        for package in plan.packages
        for artifact in made.files_of(package.name)
    )
    return tuple(
        Effect(
            name=f"upload {upload.artifact.name}",
            probe=partial(_uploaded, upload),
            perform=partial(_upload, upload),
            manual=(_by_hand(plan, upload.artifact),),
            noun=f"upload of {upload.artifact.name}",
            public=True,
            patience=context.settings.visible_timeout,
            retry_timeout=RETRY_TIMEOUT,
            side_by_side=_is_one_of_many(upload, made),
        )
        for upload in uploads
    )


def _by_hand(plan: Plan, artifact: Artifact) -> str:
    address = plan.target.repository_url
    return shlex.join(("twine", "upload", "--repository-url", address, str(artifact.path)))


@dataclass(frozen=True, slots=True)
class _Upload:
    """One file on its way.

    Attributes:
        plan: The release.
        context: What a step may touch.
        file: The name of the package, and its file.
        accepted: The names of the files that the index has said it took, in this run.
    """

    plan: Plan
    context: Context
    file: tuple[str, Artifact]
    accepted: frozenset[str]

    @property
    def package(self) -> Package:
        """The package that the file belongs to."""
        return next(each for each in self.plan.packages if each.name == self.file[0])

    @property
    def artifact(self) -> Artifact:
        """The file."""
        return self.file[1]


def _is_one_of_many(upload: _Upload, made: Results) -> bool:
    """Whether a file may go out beside others: a given wheel that is neither the first nor too large.

    A slow line is shared by all that go out at once, and each has to come within the same time.
    """
    artifact, package = upload.artifact, upload.package
    if not upload.plan.publishes_given or artifact.size > _LARGE:
        return False
    return artifact.name.endswith(".whl") and artifact != made.files_of(package.name)[0]


_LARGE = 64 << 20
"""Bytes from which on a file goes out alone."""


async def _uploaded(upload: _Upload) -> Probed:
    """As ``published``; and what is not there yet must still be what was inspected."""
    package, artifact = upload.file
    wanted = Wanted({package: (artifact,)}, upload.accepted)
    probed = _known(upload) or await published(upload.plan, upload.context, wanted)
    if probed.state is not State.NOT_DONE:
        return probed
    otherwise = "; else this version cannot be completed: yank what is public, and release the next one"
    return await spoilt(artifact, otherwise) or probed


def _known(upload: _Upload) -> Probed | None:
    """What is known of one of many given files without a question; None where the index has to be asked.

    To ask it twice a file would take longer than the uploads, since each page names all files. What it has
    accepted in this run the step `verify` proves; what it had before, the page read last tells. After
    an upload of which it said anything else the page is read anew.
    """
    package, artifact = upload.file
    page = upload.context.index.page(package)
    if not upload.plan.publishes_given or page is None:
        return None
    if artifact.name in upload.accepted:
        return DONE
    return NOT_DONE if artifact.name not in page.links else None


async def _upload(upload: _Upload) -> Accepted:
    plan, context, artifact = upload.plan, upload.context, upload.artifact
    _same_index(plan, context)
    destination = _destination(upload)
    context.index.expect_change()
    outcome = await context.workspace.uploader.upload(
        artifact.path,
        artifact.sha256,
        destination,
        lambda sent, total: context.emit(Progress(f"upload {artifact.name}", sent, total)),
    )
    for line in outcome.page.splitlines():
        context.line_sink("upload")(line)
    if outcome.answer is not IndexAnswer.STORED:
        context.index.forget(upload.file[0])
    if outcome.answer is IndexAnswer.STORED:
        return Accepted(upload.accepted | {artifact.name})
    account = destination.credentials
    narrowed = account is not None and account.secret != context.settings.token
    cure = _OF_THE_PUBLISHER if _is_of_publisher(destination, outcome) else ""
    cure = cure or await _cure(upload, outcome, narrowed=narrowed)
    raise _error(plan, artifact, outcome, cure)


def _is_of_publisher(to: Destination, outcome: UploadResult) -> bool:
    return to.identity is not None and outcome.answer in _NOT_LET_IN


_OF_THE_PUBLISHER = (
    "the index has made a token for this job and does not take it here: see that its trusted publisher is "
    "one of this project"
)


async def _cure(upload: _Upload, outcome: UploadResult, *, narrowed: bool) -> str:
    plan = upload.plan
    page = repository_url.token_page(plan.target.repository_url)
    cure = outcome.cure(plan.target.token_setting, page, upload.context.settings.username)
    if narrowed and outcome.answer in _NOT_LET_IN:
        limited = "if it is good and the index refuses copies limited to one project"
        return f"{cure}; {limited}, set NARROW_TOKEN=false"
    return cure + await _yanking(upload) if outcome.answer in _NEVER else cure


def _where_made(plan: Plan) -> str:
    """Where tokens of the index are made."""
    return repository_url.token_page(plan.target.repository_url) or plan.target.name


_NOT_LET_IN = (IndexAnswer.BAD_CREDENTIAL, IndexAnswer.NOT_ALLOWED)
_NEVER = (IndexAnswer.BURNED, IndexAnswer.ANOTHER_SDIST, IndexAnswer.TOO_OLD, IndexAnswer.METADATA_REFUSED)
"""Our bytes and their name are what they are: no other attempt ends differently."""
_FOR_HOURS = (IndexAnswer.READ_ONLY, IndexAnswer.TOO_MANY_PROJECTS)
"""Waited for only where the index says how long, and that is soon."""
_LATER = (IndexAnswer.UNREACHABLE, IndexAnswer.RATE_LIMITED)
_HEARD = (IndexAnswer.EXISTS, IndexAnswer.STRANGE, IndexAnswer.UNKNOWN)
"""Whether the file is there with our bytes only the index's pages tell."""


def _error(plan: Plan, artifact: Artifact, outcome: UploadResult, cure: str) -> ReleaseAsyncError:
    """What the conductor makes of an answer: which one is worth another attempt, and which one never."""
    answer, wait, index = outcome.answer, outcome.wait, plan.target.name
    said = f"{outcome.status or 'no answer'} {outcome.reason}".strip()
    what = f"{index} did not accept {artifact.name}: {answer} ({said})"
    if answer in _HEARD:
        what = f"whether {index} has {artifact.name} as it was built is unknown ({said})"
    if answer is IndexAnswer.UNKNOWN:
        return UncertainError(what, cure=cure, wait=wait)
    if answer is IndexAnswer.DAMAGED:
        return DamagedUploadError(what, cure=cure)
    if answer in _LATER or (answer in _FOR_HOURS and wait is not None):
        return TransientError(what, cure=cure, wait=wait)
    kind = PermanentError if answer in _NEVER else UnfinishedError if answer in _HEARD else FailedError
    return kind(what, cure=cure)


async def _yanking(upload: _Upload) -> str:
    """What else is to be done where files of a version are public that will never be whole."""
    plan, package = upload.plan, upload.package
    try:
        live = sorted(files_of_version(await upload.context.index.files(package.name), package.version))
    except IndexUnreachableError:
        return ""
    if not live:
        return ""
    page = repository_url.management_page(plan.target.repository_url, package.name, package.version)
    where = f" at {page}" if page else ""
    return f"; yank {package.version}{where}, of which {', '.join(live)} is public"


def _destination(upload: _Upload) -> Destination:
    """The index, with the token of the settings; where there is none, with the identity of this job of CI."""
    url, settings = upload.plan.target.repository_url, upload.context.settings
    if settings.token is None and settings.identity and not settings.identity.lacking:
        return Destination(url, None, settings.identity)
    return Destination(url, Credentials(settings.username, _token(upload)))


def _token(upload: _Upload) -> Secret:
    """A copy of the token for this upload alone, made anew for each: also when a release is gone on with.

    Its end counts from the later of two clocks. Ours can be behind, and the index's comes with answers that a
    cache may have kept; a copy that is good for too long does less harm than one that is over at the pivot. A
    clock that is ahead of ours by more than ``MOST_AHEAD`` is not believed.

    Raises:
        FailedError: There is none, or one of another index: that may have been put there since the checks.
    """
    plan, context, package = upload.plan, upload.context, upload.file[0]
    token, setting, index = context.settings.token, plan.target.token_setting, plan.target.name
    if token is None:
        cure = f"make one at {_where_made(plan)} and put it into {setting}"
        raise FailedError(f"there is no token for {index}", cure=cure)
    with suppress(ValueError):  # what is no token of PyPI's kind names no index
        location = pypi_token.read(token.reveal()).location
        if not repository_url.is_hosted_by(plan.target.repository_url, location):
            where = printable(location) or "no index that it names"
            what = f"the token in {setting} belongs to {where}, not to {index}"
            raise FailedError(what, cure=f"put a token into {setting} that was made at {_where_made(plan)}")
    how = token_narrowing.narrowing_for(context.settings, package)
    ours = time.time()
    now = min(max(context.index.now(), ours), ours + MOST_AHEAD)
    return token_narrowing.narrowed_token(token, how, now=now, known=context.index.has_files_of(package))


def _same_index(plan: Plan, context: Context) -> None:
    """Refuse to go on where the settings lead elsewhere by now: the token would be that of another index.

    Raises:
        FailedError: They do.
    """
    if repository_url.target(context.settings).repository_url == plan.target.repository_url:
        return
    name = "TEST_PYPI_REPOSITORY_URL" if plan.is_test else "PYPI_REPOSITORY_URL"
    raise FailedError(
        f"this release goes to {plan.target.repository_url}, and {name} leads elsewhere now",
        cure=f"set {name} and {plan.target.token_setting} as they were when it was begun",
    )
