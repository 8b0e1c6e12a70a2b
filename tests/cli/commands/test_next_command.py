"""The last line of a run that has only looked names the command that does what was looked at."""

import shlex
from typing import Any

import pytest

from release_async.cli.command_line import parse
from release_async.cli.commands.next_command import may_be_done, typed
from release_async.plan.route import ROUTES
from support import story
from support.story import changed

AS_IT_IS: dict[str, Any] = {"current": "1.3.0", "edits": ()}


@pytest.mark.parametrize(
    ("line", "changes", "command"),
    [
        ("check", {}, "release it: release-async 1.3.0"),
        ("check", AS_IT_IS, "release it: release-async current"),
        ("check minor --skip tests", {}, "release it: release-async minor --skip tests"),
        ("check minor --skip build-environment", {}, "release it: release-async minor"),
        ("check minor --skip=build-environment -v", {}, "release it: release-async minor -v"),
        ("-C check check", {}, "release it: release-async -C check 1.3.0"),
        ("--version minor --dry-run", {}, "release it: release-async --version minor"),
        ("minor --dry-run -v", {}, "release it: release-async minor -v"),
        ("rehearse minor --dry-run", {}, "rehearse it: release-async rehearse minor"),
        ("publish dist/a.whl --dry-run", {}, "release it: release-async publish dist/a.whl"),
        ("check --test minor", {"route": ROUTES["test"]}, "upload it: release-async --test minor"),
    ],
)
def test_the_command_is_the_same_without_what_only_looks(
    line: str, changes: dict[str, Any], command: str
) -> None:
    """With the version that was planned, where none was named."""
    words = line.split()
    options = parse(words)
    plan = changed(story.PLAN, **changes)
    said = may_be_done(plan, options).text
    assert said == f"Nothing stands in the way of {plan.label}; to {command}"
    assert parse(command.partition("release-async ")[2].split()).dry_run is False


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("current", "release-async patch"),
        ("-C packages/cli current", "release-async -C packages/cli patch"),
        ("-C 'a b' --resume", "release-async -C 'a b' patch"),
    ],
)
def test_a_command_that_is_named_is_for_the_same_project(line: str, command: str) -> None:
    """What was typed with ``-C`` is typed again with it."""
    assert typed(parse(shlex.split(line)), "patch") == command
