"""The options of a command as a request for a release: version, flags, and checks that are skipped."""

import difflib
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from release_async.base.errors import UsageError
from release_async.cli.command_line import Options
from release_async.plan.plan import Plan
from release_async.plan.proposed_version import AUTO
from release_async.plan.settings import Flags
from release_async.release.check_runner import CheckOptions
from release_async.release.checks import CHECKS
from release_async.render.redacting_renderer import RedactingRenderer
from release_async.run.context import Context
from release_async.run.opening import Request
from release_async.run.project import Project
from release_async.run.retry_policy import Watch
from release_async.versions.bump import CURRENT, Part, whole_version

_OF_THE_REPOSITORY = (
    "branch",
    "upstream",
    "push-right",
    "tag-free",
    "forge-rules",
    "merge-request",
    "release-page",
)
NEEDED = {"build-environment": "it makes the environment that the release is built in"}
"""Checks that a release cannot skip, and why; what only looks can do without them."""


async def _anything(_: Project) -> None:
    """Let every project be rehearsed, one with an unfinished release too."""


def release_request(
    options: Options,
    renderer: RedactingRenderer,
    accept: Callable[[Project], Awaitable[None]] = _anything,
) -> Request:
    """What was asked for; an empty version was (by a script whose variable is not set), and is no version.

    Raises:
        UsageError: The version is neither a part nor a whole version.
    """
    if options.version is not None and options.version not in {*Part, CURRENT, AUTO}:
        whole_version(options.version)
    no_tests = options.skip_tests or "tests" in options.skip
    return Request(
        directory=Path(options.project),
        version=options.version,
        flags=Flags(test=options.test, skip_tests=no_tests, verbose=options.verbose),
        environ=os.environ,
        emit=renderer.show,
        hide=renderer.hide,
        accept=accept,
    )


def check_options(options: Options, renderer: RedactingRenderer) -> CheckOptions:
    """On what terms the checks are run.

    Raises:
        UsageError: A check that is to be skipped does not exist, or may not be.
    """
    _can_be_skipped(options)
    releases = options.command == "release" and not options.dry_run  # what else would be continued?
    asks = releases and renderer.can_ask and not options.yes
    return CheckOptions(asks=asks, skip=partial(_skipped, options), keep_going=options.keep_going)


def watching(context: Context, options: Options, renderer: RedactingRenderer) -> Context:
    """The context of a run that stays with what others have to do, and asks, as far as the options say."""

    async def agree(question: str) -> bool:
        return options.yes or (renderer.can_ask and await renderer.ask(question))

    return replace(context, watch=Watch(seconds=options.wait), agree=agree)


def _can_be_skipped(options: Options) -> None:
    """See that every check that is to be skipped exists and may be, before anything is read or made."""
    for name in options.skip:
        if name not in CHECKS:
            near = difflib.get_close_matches(name, CHECKS, n=1)
            known = f"the checks are: {', '.join(CHECKS)}"
            cure = f"did you mean {near[0]}? {known}" if near else known
            raise UsageError(f"there is no check {name!r}", cure=cure)
        if name in NEEDED and options.command != "check" and not options.dry_run:
            cure = f"leave --skip {name} away; release-async check can do without it"
            raise UsageError(f"the check {name} cannot be skipped: {NEEDED[name]}", cure=cure)


def _skipped(options: Options, plan: Plan, context: Context) -> dict[str, str]:
    """The checks that are not run, and why."""
    skip = {}
    if not context.settings.run_tests:
        skip["tests"] = "--skip-tests" if options.skip_tests else "RUN_TESTS_BEFORE_UPLOAD is false"
    if plan.is_test:
        skip |= dict.fromkeys(_OF_THE_REPOSITORY, "--test changes no branch and no tag")
    if options.command == "rehearse":
        skip["ci"] = "a rehearsal does not ask GitHub"
    return skip | {name: f"--skip {name}" for name in options.skip}
