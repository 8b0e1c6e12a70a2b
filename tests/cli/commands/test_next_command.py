"""The last line of a run that has only looked names the command that does what was looked at."""

from typing import Any

import pytest

from release_async.cli.command_line import parse
from release_async.cli.commands.next_command import may_be_done
from release_async.plan.route import ROUTES
from support import story
from support.story import changed

AS_IT_IS: dict[str, Any] = {"current": "1.3.0", "edits": ()}


@pytest.mark.parametrize(
    ("typed", "changes", "command"),
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
    typed: str, changes: dict[str, Any], command: str
) -> None:
    """With the version that was planned, where none was named."""
    words = typed.split()
    options = parse(words)
    plan = changed(story.PLAN, **changes)
    said = may_be_done(plan, options).text
    assert said == f"Nothing stands in the way of {plan.label}; to {command}"
    assert parse(command.partition("release-async ")[2].split()).dry_run is False
