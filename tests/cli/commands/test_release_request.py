"""What a command line asks of the checks: which are skipped, and whether a person may overrule one."""

import pytest

from release_async.cli.command_line import parse
from release_async.cli.commands.release_request import check_options
from release_async.plan.events import Event
from release_async.render.redacting_renderer import RedactingRenderer


class Agreeing:
    """A screen before which a person sits who says yes to everything."""

    can_ask = True

    def show(self, event: Event) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Hold nothing."""

    async def ask(self, question: str) -> bool:
        """Say yes."""
        assert question
        return True

    async def ask_line(self, question: str) -> str:
        """Type nothing but Enter."""
        assert question
        return ""


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("--version patch", True),
        ("--version patch --test", True),
        ("--version patch --yes", False),
        ("--version patch --dry-run", False),
        ("check", False),
        ("rehearse", False),
    ],
)
def test_only_a_release_asks_whether_to_go_on(line: str, *, asked: bool) -> None:
    """Where nothing follows the checks there is nothing to go on with: who looks waits at no question."""
    options = check_options(parse(line.split()), RedactingRenderer(Agreeing()))
    assert options.asks == asked
