"""What a rehearsal is refused for by HEAD alone, and what only the real index knows. It changes nothing."""

from contextlib import suppress
from dataclasses import replace

import anyio

from release_async.base.errors import ConfigurationError, RefusedError, ReleaseAsyncError, UsageError
from release_async.base.problems import Level, NotJudged, Problems
from release_async.external.git.git_commands import NOWHERE, Remote
from release_async.external.github.gh_api import ForgeConnection
from release_async.external.index import repository_url
from release_async.plan.events import Emit, Event
from release_async.plan.proposed_version import AUTO
from release_async.release import check_runner
from release_async.release.check_runner import CheckOptions
from release_async.release.checks import dependencies
from release_async.run import context as contexts
from release_async.run.plan_decision import decide
from release_async.run.project import Project
from release_async.run.unnamed_version import PATIENCE

OF_HEAD = ("tag-free", "versions", "version-tag", "metadata", "changelog", "workflows")
"""The checks that ask neither network nor environment, and judge in the sandbox what they judge here."""

_NO_INDEX = "http://127.0.0.1:9/"


async def refuse_early(project: Project, version: str, options: CheckOptions, emit: Emit) -> None:
    """See whether a rehearsal of a project would be refused by what HEAD says.

    Args:
        project: The real project, which is only read, judged as it will be in the sandbox.
        version: A part, ``auto``, or a whole version.
        options: On what terms the checks are run.
        emit: Told the plan and the checks where it is refused; where it goes on, nothing.

    Raises:
        RefusedError: A check refused.
        UsageError: The version cannot be understood.
        ConfigurationError: The project cannot be planned.
    """
    if options.keep_going or not _is_quick(project, version):
        return
    told: list[Event] = []
    try:
        await _look(_in_a_sandbox(project), version, options, told.append)
    except RefusedError:
        for event in told:
            emit(event)
        raise
    except (UsageError, ConfigurationError):
        raise
    except ReleaseAsyncError:
        pass  # what could not be judged here is told in the sandbox


async def missing_before(project: Project, version: str) -> tuple[str, ...]:
    """What the release is refused for until it is on the real index, which a sandbox does not have.

    The index is asked only by a project that requires another one of its repository, and not for long.

    Args:
        project: The real project, which is only read.
        version: As of ``refuse_early``.

    Returns:
        A sentence for each package that comes first, with what to type; none where nobody can say.
    """
    if not _is_quick(project, version):
        return ()
    found: Problems | NotJudged = ()
    with anyio.move_on_after(PATIENCE), suppress(ReleaseAsyncError):
        made = await decide(project, version, "")
        forge = ForgeConnection("", project.forge_env, project.settings.network_timeout)
        async with contexts.look_context(project, made.plan, forge, _nobody) as context:
            found = await dependencies.run(made.plan, context)
    problems = () if isinstance(found, NotJudged) else found
    refused = [each for each in problems if each.level is Level.REFUSE]
    return tuple(f"the release itself will be refused: {each.what}; {each.cure}" for each in refused)


def _nobody(_: Event) -> None:
    """Tell nobody."""


def _is_quick(project: Project, version: str) -> bool:
    """Whether the plan can be made without an index, a build backend or a tool that collects fragments."""
    stated, settings = project.distribution, project.settings
    is_known = bool(stated.tag_tool or (stated.name and stated.version is not None))
    return is_known and version != AUTO and not settings.test and not settings.changelog.collects


def _in_a_sandbox(project: Project) -> Project:
    """The project as the sandbox has it: its own remote, with the rules of the index that it goes to."""
    rules = repository_url.rules_of(repository_url.target(project.settings))
    settings = replace(project.settings, repository_url=_NO_INDEX, rehearses=rules, is_rehearsal=True)
    remote = Remote(project.remote.name, push_urls=(NOWHERE,))
    git = project.git.at(project.git.root, ("protocol.file.allow", "always"), ("safe.bareRepository", "all"))
    return replace(project, settings=settings, remote=remote, git=git)


async def _look(project: Project, version: str, options: CheckOptions, emit: Emit) -> None:
    made = await decide(project, version, "")
    emit(made._replace(carried_out=False))  # its remote and its index are nobody's
    forge = ForgeConnection("", project.forge_env, project.settings.network_timeout)
    async with contexts.look_context(project, made.plan, forge, emit) as context:
        await check_runner.check(made.plan, context, replace(options, only=frozenset(OF_HEAD), asks=True))
