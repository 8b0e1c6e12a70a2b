"""The screen while it lives: on a real terminal, to its end, which leaves the terminal as it was."""

import io
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from rich.console import Console

from release_async.plan import events
from release_async.plan.events import Event, Outcome
from release_async.render.output_mode import OutputMode
from release_async.render.terminal import Terminal as Renderer
from support import screens, showing, story
from support.forks import Forked
from support.screens import Screen
from support.terminal import CTRL_C, Terminal

HIDE_CURSOR = b"\x1b[?25l"


@contextmanager
def shown(
    tale: str, then: str = "wait", *, backend: str = "asyncio", size: tuple[int, int] = (80, 60)
) -> Iterator[Terminal]:
    """A terminal on which a program shows a tale, and then does what `support.showing` offers."""
    with Forked([backend, tale, then], {}, size) as terminal:
        yield terminal


def on_paper(tale: list[Event], *, verbose: bool = False) -> str:
    """What is written where nothing can move."""
    out = io.StringIO()
    renderer = Renderer(Console(file=out, width=80), io.StringIO(), OutputMode(verbose=verbose))
    for event in tale:
        renderer.show(event)
    renderer.close()
    return out.getvalue()


def test_text_of_others_cannot_act() -> None:
    """Escape sequences and markup in notes, problems and output are shown as text or not at all."""
    nasty = "\x1b[2J\x1b]0;title\x07[bold]x[/bold] :smile:"
    tale: list[Event] = [
        events.CheckStarted("tests", "Tests"),
        events.OutputLine("tests", nasty),
        events.CheckFinished("tests", "Tests", Outcome.PASSED, (), 0.1, nasty),
        events.Note(nasty),
        events.Failed(nasty, nasty, nasty, (nasty,), (nasty,), (nasty,), 4),
    ]
    written = on_paper(tale, verbose=True)
    assert "\x1b" not in written
    assert written.count("[bold]x[/bold] :smile:") == 9


def test_a_command_to_copy_is_one_line() -> None:
    """Here a note, there what to do: wrapped inside, a copied line would do half of it."""
    command = f"git add {'pyproject.toml ' * 6}&& git commit -m 'Adopt release-async'"
    cure = f"look at what stands in the way first, then type: {command}"
    written = on_paper([events.Note(f"  {command}"), events.Failed("x", cure, "", (), (), (), 2)])
    assert [line.strip() for line in written.splitlines()].count(command) == 2


@pytest.mark.parametrize("verbose", [True, False])
def test_output_of_children_is_for_the_verbose(verbose: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    """Lines of children stay on the screen only where they were asked for."""
    told = on_paper([events.OutputLine("tests", "412 passed")], verbose=verbose)
    assert ("tests │ 412 passed" in told) is verbose


def test_lines_for_the_verbose_stand_above_what_moves() -> None:
    """They scroll by, each once, and what moves stays one."""
    said = [events.OutputLine("tests", f"line {number}") for number in range(40)]
    tale = [*story.checks_begin()[1:], *said]
    lines = screens.lines(screens.seen(tale, Screen(height=24, verbose=True))).splitlines()
    assert [line for line in lines if line.startswith("tests │")] == [
        f"tests │ line {number}" for number in range(40 - 15, 40)
    ]
    assert len(lines) == 15 + 1 + len(story.CHECKS)


def test_running_checks_move_and_tell_what_they_are_at() -> None:
    """While it runs, a check shows its time, and the last line its child has said."""
    with shown("checks_halfway") as terminal:
        terminal.read_until(lambda seen: any("collected 412 items" in line for line in seen.lines))
        assert not terminal.cursor_visible
        first = terminal.lines
        terminal.read_until(lambda seen: seen.lines != first and "collected 412 items" in seen.lines[-1])
        assert sum("1 of 8 checks" in line for line in terminal.lines) == 1
        assert sum("Test suite" in line for line in terminal.lines) == 1


def test_interrupted_checks_are_shown_as_stopped(anyio_backend: str) -> None:
    """After Ctrl-C one line stays, with how many passed and how many were stopped."""
    with shown("checks_halfway", backend=anyio_backend) as terminal:
        terminal.read_until(lambda seen: any("collected 412 items" in line for line in seen.lines))
        terminal.type(CTRL_C)
        assert terminal.finish() == 130
        assert sum("1 check passed, 7 stopped" in line for line in terminal.lines) == 1
        assert sum("Test suite" in line for line in terminal.lines) == 0
        assert terminal.lines[-1] == "interrupted by SIGINT (Ctrl-C)"


def test_nothing_is_left_over_at_the_end() -> None:
    """What has moved is gone: on the screen stands what a screen without motion would hold."""
    with shown("released", "end", size=(80, 100)) as terminal:
        assert terminal.finish() == 0
        assert terminal.cursor_visible
        assert terminal.screen.cursor.x == 0
        expected = screens.lines(screens.seen(story.released(), Screen(height=100), end=True)).splitlines()
        assert without_times(terminal.lines) == without_times(expected)


def without_times(lines: list[str]) -> list[str]:
    """The lines but for the timeline: in this run no time passes."""
    return [
        re.sub(r"[0-9.]+ m?s", "", line)
        for line in lines
        if not re.search("[─━]{1,}|at once|more took", line)
    ]


def test_more_checks_than_rows_leave_no_copies() -> None:
    """On a screen too low for all, what moved is taken back whole before the rest is printed."""
    with shown("checks_halfway", size=(80, 7)) as terminal:
        terminal.read_until(lambda seen: seen.raw.count(b"Test suite") > 2)
        assert [line.split()[1] for line in terminal.lines[-4:]] == ["1", "Credentials", "Build", "Test"]
        terminal.type(CTRL_C)
        terminal.finish()
        assert sum("stopped" in line for line in terminal.lines) == 1
        assert sum("Test suite" in line or "of 8 checks" in line for line in terminal.lines) == 0


@pytest.mark.parametrize("width", [70, 100])
def test_another_size_of_the_window_tears_nothing(width: int) -> None:
    """After it was dragged narrower or wider, each line stands there once."""
    with shown("checks_halfway") as terminal:
        terminal.read_until(lambda seen: any("collected 412 items" in line for line in seen.lines))
        terminal.resize(width, 60)
        before = len(terminal.raw)
        terminal.read_until(lambda seen: seen.raw.count(b"Test suite", before) > 2)
        terminal.type(CTRL_C)
        terminal.finish()
        assert sum("stopped" in line for line in terminal.lines) == 1
        for word in ("Test suite", "Upstream", "of 8 checks"):
            assert sum(word in line for line in terminal.lines) == 0


def end(how: signal.Signals, after: float, then: str) -> tuple[int, bool, bool, bool]:
    """End a program that has just hidden the cursor: exit code, cursor, modes, and where it stands."""
    with shown("checks_begin", then) as terminal:
        terminal.read_until(lambda seen: HIDE_CURSOR in seen.raw)
        time.sleep(after)
        if how is signal.SIGINT:
            terminal.type(CTRL_C)
        else:
            terminal.process.send_signal(how)
        code = terminal.finish()
        return code, terminal.cursor_visible, terminal.modes_are_as_before, terminal.screen.cursor.x == 0


def ends(runs: int, how: signal.Signals, after: float, then: str) -> list[tuple[int, bool, bool, bool]]:
    """Do so again and again, some at once: what goes wrong does so by chance."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda _: end(how, after, then), range(runs)))


@pytest.mark.parametrize("after", [0.0, 0.3])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_terminal_is_sane_after_a_signal(how: signal.Signals, after: float) -> None:
    """In the first frame and later, again and again: the exit code, the cursor, the modes as before."""
    runs = 20 if how is signal.SIGINT and not after else 4
    assert ends(runs, how, after, "wait") == [(128 + how, True, True, True)] * runs


@pytest.mark.parametrize("after", [0.0, 0.3])
def test_cursor_comes_back_after_a_bare_keyboard_interrupt(after: float) -> None:
    """Also where the interrupt is raised in the middle of painting, by no handler of ours."""
    runs = 4 if after else 20
    assert {sane[:3] for sane in ends(runs, signal.SIGINT, after, "wait unguarded")} == {
        (showing.BUG, True, True)
    }


def test_closed_window_ends_the_run(anyio_backend: str) -> None:
    """Nobody sees anything any more: the run is cancelled all the same, without an error of its own."""
    with shown("checks_halfway", backend=anyio_backend) as terminal:
        terminal.read_until(lambda seen: HIDE_CURSOR in seen.raw)
        terminal.hang_up()
        assert terminal.process.wait(20) == 129


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("y\n", "True"),
        (" YES \n", "True"),
        ("\n", "False"),
        ("n\n", "False"),
        ("yep\n", "False"),
        ("\x04", "False"),
    ],
)
def test_only_yes_is_yes(typed: str, answer: str, anyio_backend: str) -> None:
    """The default, everything unclear, and the end of input are No."""
    with shown("checks_pass", "ask", backend=anyio_backend) as terminal:
        terminal.read_until(lambda seen: "Release it? [y/N]" in seen.lines)
        assert terminal.cursor_visible
        terminal.type(typed)
        assert terminal.finish() == 0
        assert terminal.lines[-1].endswith(f"answered {answer}")


def test_what_was_typed_before_the_question_is_no_answer(anyio_backend: str) -> None:
    """A key pressed out of impatience while the checks ran does not start a release."""
    with shown("checks_pass", "ask once typed", backend=anyio_backend) as terminal:
        terminal.type("y\n")
        terminal.read_until(lambda seen: "Release it? [y/N]" in seen.lines)
        terminal.type("\n")
        assert terminal.finish() == 0
        assert terminal.lines[-1] == "answered False"


def test_question_can_be_interrupted(anyio_backend: str) -> None:
    """Ctrl-C at the question ends at once, and what follows starts on a line of its own."""
    with shown("checks_pass", "ask", backend=anyio_backend) as terminal:
        terminal.read_until(lambda seen: "Release it? [y/N]" in seen.lines)
        terminal.type(CTRL_C)
        assert terminal.finish() == 130
        assert terminal.lines[-1] == "interrupted by SIGINT (Ctrl-C)"
        assert terminal.modes_are_as_before


async def test_nobody_there_means_no() -> None:
    """Where answers come from no terminal, nothing is read and the answer is No."""
    out = io.StringIO()
    renderer = Renderer(Console(file=out, width=80), io.StringIO("y\n"))
    assert not renderer.can_ask
    assert await renderer.ask("Release it?") is False
    assert "Release it? [y/N] No" in out.getvalue()
