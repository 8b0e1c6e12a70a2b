"""What a person sees of whole runs, on real terminals of three sizes: little, and what matters of it.

``RELEASE_ASYNC_LOOKS=write python -m pytest tests/release/test_screens.py`` writes the screens anew.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import whole_screens
from support.whole_screens import Room, Shown, held_push, says, without_timeline

SCREENS = Path(__file__).parent / "screens"
SIZES = ((80, 24), (120, 40), (60, 20))
MOST = {"check": 14, "rehearse": 24, "release": 24, "init": 20}
"""Lines of a run from its command to its end, or to its question; also at 60 columns, which break lines."""
MOST_AT_THE_END = 8
CODES = {
    "check": 0,
    "init": 3,
    "refused": 3,
    "failed": 4,
    "interrupted": 5,
    "resumed": 0,
    "release": 0,
    "rehearse": 0,
}


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def shown(request: pytest.FixtureRequest) -> Iterator[tuple[tuple[int, int], dict[str, Shown]]]:
    """The size of a terminal, and every run on it, by name."""
    with whole_screens.room(request.param) as room:
        yield request.param, dict(every_run(room))


def every_run(room: Room) -> Iterator[tuple[str, Shown]]:
    """The runs, one after another: some leave behind what the next begins with."""
    project = room.stage.repository
    yield "check", room.run("check")
    yield "init", room.run("init", deed=says("n"))
    stray = project.write("stray.txt", "")
    yield "refused", room.run("--version", "minor")
    stray.unlink()
    hook = project.path / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nfor each in 1 2 3 4 5 6 7 8 9 10 11 12; do echo fault $each; done\nexit 1\n")
    hook.chmod(0o755)
    yield "failed", room.run("--version", "minor", deed=says("y"))
    hook.unlink()
    with held_push(room) as deed:
        yield "interrupted", room.run("--version", "minor", deed=deed)
    yield "resumed", room.run("--resume")
    yield "release", room.run("--version", "major", deed=says("y"))
    yield "rehearse", room.run("rehearse", "--version", "minor")


Every = tuple[tuple[int, int], dict[str, Shown]]


def test_the_screens_are_the_ones_agreed_on(shown: Every) -> None:
    """Each run ends as it should, and what it leaves on the screen changes only on purpose."""
    (columns, _), runs = shown
    assert {name: run.code for name, run in runs.items()} == CODES
    for name, run in runs.items():
        path, text = SCREENS / f"{name}-{columns}.txt", whole_screens.masked(run.lines)
        if os.environ.get("RELEASE_ASYNC_LOOKS") == "write":
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), name


def test_every_run_fits_on_one_screen(shown: Every) -> None:
    """Counted from the command on, in lines of the terminal."""
    _, runs = shown
    counted = {name: len(without_timeline(runs[name].lines)) for name in MOST}
    counted["init"] = 1 + len(runs["init"].moments["question"])
    assert {name: lines for name, lines in counted.items() if lines > MOST[name]} == {}


def test_plan_checks_and_question_are_seen_together(shown: Every) -> None:
    """While the answer is typed, nothing that it is about has left the screen; the smallest one too."""
    _, runs = shown
    seen = runs["release"].moments["question"]
    assert "→ 3.0.0" in seen[0]
    assert any("checks, " in line for line in seen)
    assert seen[-1].endswith("[y/N]")


def test_the_end_of_a_release_is_short(shown: Every) -> None:
    """What is out and where to look; the plan above it has not left the screen."""
    (columns, rows), runs = shown
    lines = without_timeline(runs["release"].lines)
    end = next(number for number, line in enumerate(lines) if "is released" in line)
    if columns >= 80:
        assert len(lines) - end <= MOST_AT_THE_END
        assert len(lines) <= rows


def test_a_signal_is_answered_while_the_push_goes_on(shown: Every) -> None:
    """While the push is held; and the end says what is public, what is not, and one command."""
    _, runs = shown
    run = runs["interrupted"]
    said = " ".join(" ".join(run.moments["stopping"]).split())
    assert "! Stopping after the push that has begun (Ctrl-C again breaks it off)" in said
    assert float(run.moments["seconds"][0]) < 5.0  # an eighth of a second, on a machine that has time
    end = " ".join(" ".join(run.lines).split()).partition("the release was interrupted")[2]
    public, _, rest = end.partition("still to do: ")
    assert "already public: " in public
    assert "main and v2.1.0 on origin" in public
    assert rest.endswith("→ release-async --resume")
    assert "by hand" not in end


def test_no_screen_is_kept_that_nothing_has() -> None:
    """A file of a screen that is gone would mislead who reads them."""
    kept = {path.name for path in SCREENS.iterdir()}
    assert kept == {f"{name}-{columns}.txt" for name in CODES for columns, _ in SIZES}
