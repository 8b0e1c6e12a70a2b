"""The screen: what a person sees, at every width; and a terminal that is sane after every way to end."""

import io
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

import release_async
import support
from release_async import events
from release_async.events import Event, Outcome
from release_async.render.terminal import Terminal as Renderer
from support import screens, story
from support.terminal import CTRL_C, Terminal

HIDE_CURSOR = b"\x1b[?25l"
PROGRAM = """
import sys
from contextlib import closing

import anyio
from release_async.errors import ReleaseAsyncError
from release_async.interrupt import interruptible
from release_async.render import choose
from support import story

backend, tale, then = sys.argv[1:]

async def work():
    with closing(choose("auto")) as renderer:
        for event in getattr(story, tale)():
            renderer.show(event)
        if then == "ask":
            print("answered", await renderer.ask("Release it?"))
        else:
            await anyio.sleep(30)

try:
    anyio.run(*([work] if "unguarded" in then else [interruptible, work]), backend=backend)
except ReleaseAsyncError as error:
    print(error.what)
    sys.exit(error.code)
except BaseException as error:
    sys.exit(99)
"""


@contextmanager
def showing(backend: str, tale: str, then: str = "wait", lines: int = 24) -> Iterator[Terminal]:
    """A terminal on which a program shows a tale, and then does ``wait``, ``ask``, or ``wait unguarded``."""
    roots = [str(Path(package.__path__[0]).parent) for package in (release_async, support)]
    argv = [sys.executable, "-c", PROGRAM, backend, tale, then]
    with Terminal(argv, {"PYTHONPATH": os.pathsep.join(roots)}, (80, lines)) as terminal:
        yield terminal


@pytest.mark.parametrize(("file", "text"), screens.expected().items())
def test_screens_are_the_ones_agreed_on(file: str, text: str) -> None:
    """Layout and words change only on purpose: see ``support/screens.py``."""
    assert text == (screens.EXPECTED / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("tale", ["released", "refused", "versions", "bumped"])
def test_nothing_is_wider_than_the_screen(tale: str, width: int) -> None:
    """No line is broken by the terminal, but what may be copied as it is (commands, output)."""
    shown = screens.on_terminal(screens.TALES[tale](), width)
    assert max(map(cell_len, shown.splitlines())) <= width


def test_cures_stand_under_what_they_cure() -> None:
    """A refusal says what is wrong, where, and what to do, in this order."""
    lines = [line.strip() for line in screens.on_terminal(story.checks_refuse(), 120).splitlines()]
    found = lines.index("→ git commit, or git stash")
    assert lines[found - 1].startswith("src/demo/core.py: has changes")
    assert lines[found - 2].startswith("✗ Working tree")


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
    shown = screens.on_terminal(tale, 80)
    assert "\x1b" not in shown
    assert shown.count("[bold]x[/bold] :smile:") == 8


def test_no_color_means_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR is heeded on a terminal too."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    out = io.StringIO()
    renderer = Renderer(Console(file=out, force_terminal=True, width=80), io.StringIO())
    for event in story.versions_disagree():
        renderer.show(event)
    assert "\x1b[1m" in out.getvalue()
    assert not any(f"\x1b[{code}m" in out.getvalue() for code in (31, 32, 33, 36))


@pytest.mark.parametrize("verbose", [True, False])
def test_output_of_children_is_for_the_verbose(verbose: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    """Lines of children stay on the screen only where they were asked for."""
    out = io.StringIO()
    renderer = Renderer(Console(file=out, width=80), io.StringIO(), verbose=verbose)
    renderer.show(events.OutputLine("tests", "412 passed"))
    assert ("tests │ 412 passed" in out.getvalue()) is verbose


def test_a_wait_counts_down_beside_its_step() -> None:
    """Why one waits and how long still; then the step shows again what it is at."""
    out = io.StringIO()
    terminal = Renderer(Console(file=out, width=100, height=30, force_terminal=True), io.StringIO())
    terminal.show(events.StepStarted("upload", "Upload"))
    terminal.show(events.EffectStarted("upload", "upload x.whl"))
    terminal.show(events.Waiting("upload x.whl", 30.0, "503 Service Unavailable", 2))
    terminal.show(events.Note("repainted"))
    terminal.close()
    assert "503 Service Unavailable; attempt 2 in 30 s" in out.getvalue()


def test_running_checks_move_and_tell_what_they_are_at(anyio_backend: str) -> None:
    """While it runs, a check shows its time, and the last line its child has said."""
    with showing(anyio_backend, "checks_halfway") as terminal:
        terminal.read_until(lambda seen: any("collected 412 items" in line for line in seen.lines))
        assert not terminal.cursor_visible
        first = terminal.lines
        terminal.read_until(lambda seen: seen.lines != first and "collected 412 items" in seen.lines[-1])
        assert sum(line.startswith(" ✓ Branch") for line in terminal.lines) == 1
        assert sum("Test suite" in line for line in terminal.lines) == 1


def test_interrupted_checks_are_shown_as_stopped(anyio_backend: str) -> None:
    """After Ctrl-C the table stays once, with what passed and what was stopped."""
    with showing(anyio_backend, "checks_halfway") as terminal:
        terminal.read_until(lambda seen: any("collected 412 items" in line for line in seen.lines))
        terminal.type(CTRL_C)
        assert terminal.finish() == 130
        assert sum("Test suite" in line and "stopped" in line for line in terminal.lines) == 1
        assert sum("Branch" in line for line in terminal.lines) == 1
        assert terminal.lines[-1] == "interrupted by SIGINT"


def test_table_taller_than_the_screen_leaves_no_copies(anyio_backend: str) -> None:
    """On a screen with fewer lines than checks, what moved is taken back whole before the rest is printed."""
    with showing(anyio_backend, "checks_halfway", lines=7) as terminal:
        terminal.read_until(lambda seen: seen.raw.count(b"Upstream") > 2)
        terminal.type(CTRL_C)
        terminal.finish()
        assert [line.split()[1] for line in terminal.lines[-3:-1]] == ["Credentials", "Test"]
        assert sum("Credentials" in line for line in terminal.lines) == 1
        assert terminal.raw.count(b"stopped") == 6


def end(backend: str, how: signal.Signals, *, after: float, guarded: bool) -> tuple[int, bool, bool]:
    """End a program that has just hidden the cursor; its exit code, the cursor, and the terminal's modes."""
    with showing(backend, "checks_begin", "wait" if guarded else "wait unguarded") as terminal:
        terminal.read_until(lambda seen: HIDE_CURSOR in seen.raw)
        time.sleep(after)
        if how is signal.SIGINT:
            terminal.type(CTRL_C)
        else:
            terminal.process.send_signal(how)
        return terminal.finish(), terminal.cursor_visible, terminal.modes_are_as_before


@pytest.mark.parametrize("after", [0.0, 0.3])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_terminal_is_sane_after_a_signal(how: signal.Signals, after: float, anyio_backend: str) -> None:
    """In the first frame and later, again and again: the exit code, the cursor, the modes as before."""
    runs = 10 if how is signal.SIGINT else 3
    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(lambda _: end(anyio_backend, how, after=after, guarded=True), range(runs)))
    assert ends == [(128 + how, True, True)] * runs


def test_closed_window_ends_the_run(anyio_backend: str) -> None:
    """Nobody sees anything any more: the run is cancelled all the same, without an error of its own."""
    with showing(anyio_backend, "checks_halfway") as terminal:
        terminal.read_until(lambda seen: HIDE_CURSOR in seen.raw)
        terminal.hang_up()
        assert terminal.process.wait(20) == 129


@pytest.mark.parametrize("after", [0.0, 0.3])
def test_cursor_comes_back_after_a_bare_keyboard_interrupt(after: float, anyio_backend: str) -> None:
    """Also where the interrupt is raised in the middle of rich, which then forgets the cursor."""
    with ThreadPoolExecutor(4) as pool:
        ends = list(
            pool.map(lambda _: end(anyio_backend, signal.SIGINT, after=after, guarded=False), range(10))
        )
    assert ends == [(99, True, True)] * 10


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
    with showing(anyio_backend, "checks_pass", "ask") as terminal:
        terminal.read_until(lambda seen: "Release it? [y/N]" in seen.lines)
        assert terminal.cursor_visible
        terminal.type(typed)
        assert terminal.finish() == 0
        assert terminal.lines[-1].endswith(f"answered {answer}")


def test_what_was_typed_before_the_question_is_no_answer(anyio_backend: str) -> None:
    """A key pressed out of impatience while the checks ran does not start a release."""
    with showing(anyio_backend, "checks_pass", "ask") as terminal:
        terminal.type("y\n")
        terminal.read_until(lambda seen: "Release it? [y/N]" in seen.lines)
        terminal.type("\n")
        assert terminal.finish() == 0
        assert terminal.lines[-1] == "answered False"


def test_question_can_be_interrupted(anyio_backend: str) -> None:
    """Ctrl-C at the question ends at once, and what follows starts on a line of its own."""
    with showing(anyio_backend, "checks_pass", "ask") as terminal:
        terminal.read_until(lambda seen: "Release it? [y/N]" in seen.lines)
        terminal.type(CTRL_C)
        assert terminal.finish() == 130
        assert terminal.lines[-1] == "interrupted by SIGINT"
        assert terminal.modes_are_as_before


async def test_nobody_there_means_no() -> None:
    """Where answers come from no terminal, nothing is read and the answer is No."""
    out = io.StringIO()
    renderer = Renderer(Console(file=out, width=80), io.StringIO("y\n"))
    assert not renderer.can_ask
    assert await renderer.ask("Release it?") is False
    assert "Release it? [y/N] No" in out.getvalue()
