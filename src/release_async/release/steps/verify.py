"""Asks the index, as anybody would, for what was released; from a test index it is also installed."""

import shlex
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import anyio
from anyio import to_thread
from packaging.utils import canonicalize_version

from release_async.base import files
from release_async.base.errors import CommandError, FailedError
from release_async.base.exception_groups import unwrap_exception_groups
from release_async.base.files import Artifact
from release_async.external.build import virtualenv, wheel_compatibility
from release_async.external.index import installer_view, repository_url
from release_async.external.index.simple_api import IndexFile, IndexUnreachableError
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed
from release_async.plan.events import Note
from release_async.plan.plan import Package, Plan
from release_async.release.published_files import Wanted, not_visible, other_bytes, published
from release_async.run.context import Context
from release_async.run.step_results import Accepted, BuiltFiles, Downloaded, Installed, Results

TITLE = "Verify"
NEEDS = (BuiltFiles,)
GIVES = (Accepted, Downloaded, Installed)

_PAUSE = 2.0
"""Seconds between two questions for a file that is listed, and does not come."""


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Never skipped: a release that nobody can see is none."""
    return ""


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """Every file shown with the digest that was built, and given with those bytes."""
    shown = Effect(
        name=f"see the files on {plan.target.name}",
        probe=partial(published, plan, context, Wanted(made.get(BuiltFiles).packages, made.accepted)),
        perform=partial(_count_as_accepted, made),
        patience=context.settings.visible_timeout,
    )
    gives = f"download the files from {plan.target.name}"
    given = Effect(
        name=gives,
        probe=_once_seen(context, gives, partial(_given, plan, context, made)),
        perform=partial(_ask_for_them, plan, context, made),
        manual=tuple(_by_hand(plan, package, context) for package in plan.packages),
    )
    return (shown, given, *_trials(plan, context, made))


def _by_hand(plan: Plan, package: Package, context: Context) -> str:
    """Into our own directory: in the project's a wheel would be one more file to be committed by accident."""
    fetch = ("download", "--no-deps", "--dest", str(_fetched_to(context)))
    url, simple = plan.target.repository_url, context.index.simple_url
    return repository_url.pip_command(url, package.requirement, *fetch, simple=simple)


def _fetched_to(context: Context) -> Path:
    return context.workspace.directory / "fetched"


def _once_seen(
    context: Context, name: str, probe: Callable[[], Awaitable[Probed]]
) -> Callable[[], Awaitable[Probed]]:
    """A probe of what one run can see; who only looks is told what an earlier run saw."""
    recorded = context.workspace.journal.recorded

    async def remembered() -> Probed:
        return DONE

    only_looks = context.workspace.children is None
    return remembered if only_looks and recorded and name in recorded.done else probe


async def _count_as_accepted(made: Results) -> Accepted:
    """Nothing can be done but to look again, which the conductor does.

    Every upload was seen to be done before this step, so what a look does not show now is only late.
    """
    return Accepted(made.accepted | {artifact.name for artifact in made.files})


async def _given(plan: Plan, context: Context, made: Results) -> Probed:
    """What has come in this run."""
    downloaded = made.find(Downloaded)
    if downloaded is None:
        return NOT_DONE
    for artifact in made.files:
        got = downloaded.files.get(artifact.name)
        if got is None:
            return not_visible(plan, context, artifact, "give")
        if got[0] != artifact.sha256:
            return await other_bytes(plan, artifact, IndexFile(*got))
    return DONE


async def _ask_for_them(plan: Plan, context: Context, made: Results) -> Downloaded:
    """Ask for every file until it comes, for as long as the index may take to show what it has taken.

    Raises:
        IndexUnreachableError: At the last question it did not answer.
    """
    deadline = anyio.current_time() + context.settings.visible_timeout
    got: dict[str, tuple[str, int]] = {}
    missing = [(package, file) for package in plan.packages for file in made.files_of(package.name)]
    at_once = anyio.CapacityLimiter(_AT_ONCE)

    async def ask(package: Package, file: Artifact, *, last: bool) -> None:
        async with at_once:
            if seen := await _asked_for(package, context, file, last=last):
                got[file.name] = (seen.sha256, seen.size)

    while missing:
        last = anyio.current_time() + _PAUSE > deadline
        with unwrap_exception_groups():
            async with anyio.create_task_group() as asking:
                for package, file in missing:
                    asking.start_soon(partial(ask, package, file, last=last))
        missing = [] if last else [each for each in missing if each[1].name not in got]
        if missing:
            await anyio.sleep(_PAUSE)
    return Downloaded(got)


_AT_ONCE = 3
"""How many files are asked for at once: while one comes, the index looks for the next."""


async def _asked_for(
    package: Package, context: Context, artifact: Artifact, *, last: bool
) -> IndexFile | None:
    """Ask once; that the index did not answer is heeded at the last question only."""
    try:
        return await _fetched(package, context, artifact)
    except IndexUnreachableError:
        if last:
            raise
        return None


async def _fetched(package: Package, context: Context, artifact: Artifact) -> IndexFile | None:
    """What the index gives under a name; of a wheel, whose page is read anew, also what installers would say.

    An sdist pip would build to learn its metadata, which is not for this machine to do again.
    """
    index, seconds = context.index, context.settings.upload_timeout
    if not artifact.name.endswith(".whl"):
        return await index.fetch_digest(package.name, artifact.name, seconds)
    page = index.page(package.name) if package.given else None  # of many files each page names all
    if (page is None or artifact.name not in page.links) and artifact.name not in await index.files(
        package.name
    ):
        return None
    got = await index.fetch_digest(package.name, artifact.name, seconds)
    if (
        got
        and got.sha256 == artifact.sha256
        and (why_not := await _why_not_taken(package, context, artifact))
    ):
        context.emit(Note(f"pip and uv would not take {artifact.name} from {index.simple_url}: {why_not}"))
    return got


async def _why_not_taken(package: Package, context: Context, artifact: Artifact) -> str:
    """Why an installer would not take the wheel that the index gives; empty where it would."""
    page = context.index.page(package.name)
    listed = page.links.get(artifact.name) if page else None
    if page is None or listed is None:
        return "its page does not list it any more"
    if not artifact.path.exists():
        return ""  # it was lost behind the upload, so there is nothing to compare the page with
    wheel = await to_thread.run_sync(installer_view.read, artifact)
    if why_not := await to_thread.run_sync(installer_view.why_not_taken, page, wheel):
        return why_not
    if listed.metadata is None:
        return ""
    try:
        got = await context.index.fetch_metadata_digest(package.name, artifact.name)
    except IndexUnreachableError as error:
        return error.what
    return installer_view.why_metadata_differ(listed, got.sha256 if got else None, wheel)


def _trials(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """What only a test index is there for: to see how the release installs before it is one."""
    if not plan.is_test:
        return ()
    return tuple(_trial(package, context, made) for package in plan.packages if made.files_of(package.name))


def _trial(package: Package, context: Context, made: Results) -> Effect:
    wheel, installs = _wheel(made.files_of(package.name)), f"{package.label} installs with its dependencies"
    return Effect(
        name=installs,
        probe=_once_seen(context, installs, partial(_tried, package, made)),
        perform=partial(_try, package, context, made),
        manual=(shlex.join(("pip", "install", str(wheel.path))),),
    )


def _wheel(artifacts: Sequence[Artifact]) -> Artifact:
    """The first wheel that is for this machine; if there is none, the first file."""
    wheels = [each for each in artifacts if each.name.endswith(".whl")]
    fitting = (each for each in wheels if not wheel_compatibility.why_incompatible(each.path))
    return next(fitting, artifacts[0])


async def _tried(package: Package, made: Results) -> Probed:
    return DONE if package.name in _outcomes(made) else NOT_DONE


def _outcomes(made: Results) -> Mapping[str, str]:
    return (made.find(Installed) or Installed()).outcomes


async def _try(package: Package, context: Context, made: Results) -> Installed:
    """Try one package, and say beside those that were tried before how it went."""
    outcome = await _outcome(package, context, _wheel(made.files_of(package.name)))
    return Installed({**_outcomes(made), package.name: outcome})


async def _outcome(package: Package, context: Context, wheel: Artifact) -> str:
    """Install the wheel whose bytes the index gave, by its path, and ask for its version.

    By its path: were the test index one of several that the installer asks, anybody could put a package
    there under the name of a dependency. The dependencies come from where the installer takes them by itself.
    """
    if why_not := await to_thread.run_sync(wheel_compatibility.why_incompatible, wheel.path):
        context.emit(Note(f"{wheel.name} was not installed: {why_not}"))
        return f"not tried: {why_not}"
    version = await _installed(package, context, wheel)
    if _normal(version) != _normal(package.version):
        raise FailedError(
            f"{wheel.name} says that it is {version} once it is installed, not {package.version}",
            cure=_AT_FAULT,
        )
    return f"in an empty environment with its dependencies, where it says it is {version}"


_AT_FAULT = (
    "if the project is at fault, fix it, give this one up (release-async --abandon --yes) and try again: "
    "the next free .devN is taken; if not, see to what is"
)


async def _installed(package: Package, context: Context, wheel: Artifact) -> str:
    home = context.workspace.directory / "tried"
    await to_thread.run_sync(files.remove_tree, home)
    try:
        fresh = await virtualenv.create_empty(home, context.test_env)
        await fresh.install("--quiet", str(wheel.path))
        return await fresh.installed_version(package.name)
    except CommandError as error:
        what = f"{package.label} cannot be installed with its dependencies"
        raise FailedError(what, cure=_AT_FAULT, detail=error.detail or error.what) from error


def _normal(version: str) -> str:
    return canonicalize_version(version, strip_trailing_zero=False)
