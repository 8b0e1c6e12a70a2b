"""Plain lines: readable in any log, in any encoding, and never in the way of the release."""

import io

import pytest

from release_async.plan import events
from release_async.plan.events import Event, Outcome
from release_async.render.output_stream import Stream
from release_async.render.plain import PlainText
from support import screens, story


@pytest.mark.parametrize("tale", screens.TALES)
def test_no_motion_and_no_escapes(tale: str) -> None:
    """Every character is printable, every line ends, nothing is overwritten."""
    shown = screens.as_plain_lines(screens.TALES[tale](), verbose=True)
    assert shown.endswith("\n")
    assert all(line.isprintable() for line in shown.split("\n"))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_every_encoding_can_show_it(encoding: str) -> None:
    """Where the stream is not UTF-8, arrows get their ASCII likeness and what has none is escaped."""
    shown = screens.as_plain_lines([*story.released(), events.Note("🤖 ä")], encoding=encoding)
    assert "release demo 1.2.3 -> 1.3.0" in shown
    assert "\\U0001f916" in shown


def test_quiet_about_children_unless_verbose() -> None:
    """The output of children and single effects are shown only when asked for."""
    quiet, loud = (screens.as_plain_lines(story.released(), verbose=verbose) for verbose in (False, True))
    assert "412 passed in 11.87s" not in quiet
    assert "begin upload demo-1.3.0.tar.gz" not in quiet
    assert "tests | 412 passed in 11.87s" in loud
    assert "done  upload demo-1.3.0.tar.gz (3.0 s)" in loud


def test_what_ended_badly_is_loud() -> None:
    """A reader who scans a long log for capitals finds what stopped the release."""
    shown = screens.as_plain_lines(story.checks_refuse())
    assert "  REFUSED Working tree" in shown
    assert "FAILED  1 of 8 checks refused" in shown


def test_failure_tells_where_the_release_stands() -> None:
    """What is public and what is owed stand under a failure; the way by hand is for `status`."""
    shown = screens.as_plain_lines(story.unfinished())
    assert "  still to do: push main and v1.3.0 to origin, announce v1.3.0\n" in shown
    assert "by hand" not in shown
    assert "by hand" in screens.as_plain_lines(story.unfinished(), verbose=True)
    bare = screens.as_plain_lines([events.Failed("broke", "mend", "", (), (), (), 4)])
    assert bare == "FAILED  broke\n  do:   mend\n"


def test_text_of_others_stays_on_its_line() -> None:
    """A check's note cannot forge a line of ours, nor move a cursor."""
    tale: list[Event] = [events.CheckFinished("x", "X", Outcome.PASSED, (), 0.1, "a\n  ok  Forged\x1b[2J")]
    assert len(screens.as_plain_lines(tale, verbose=True).splitlines()) == 1


def test_a_wait_is_told_with_its_reason() -> None:
    """Who reads the log of a release that takes minutes longer sees why, and that it goes on."""
    waits = events.Waiting("upload x.whl", 30.2, "PyPI did not accept x.whl: rate limited (429)", 2)
    shown = screens.as_plain_lines([waits])
    assert shown == "  wait    PyPI did not accept x.whl: rate limited (429); attempt 2 in 30 s\n"
    for left, most in ((45.0, "45 s"), (500.0, "9 min")):
        shown = screens.as_plain_lines([events.Waiting("upload x.whl", 8.0, "busy", 9, left)])
        assert shown == f"  wait    busy; attempt 9 in 8 s, for {most} at the most\n"


async def test_nobody_there_means_no() -> None:
    """Off a terminal every question is answered No, and the log says so."""
    out = io.StringIO()
    plain = PlainText(Stream(out), io.StringIO("y\n"))
    assert not plain.can_ask
    assert await plain.ask("Continue anyway?") is False
    assert out.getvalue() == "Continue anyway? [y/N] No: there is no terminal to answer on\n"


def test_checks_are_shown_in_their_order_whichever_ends_first() -> None:
    """Where a run is ended in the middle, what had ended is shown."""
    started = events.ChecksStarted(story.CHECKS)
    ended = [events.CheckFinished(name, title, Outcome.PASSED, (), 0.1) for name, title in story.CHECKS]
    lines = [f"  ok      {title} (0.1 s)" for _, title in story.CHECKS]
    assert screens.as_plain_lines([started, *reversed(ended)], verbose=True).splitlines()[1:] == lines
    assert screens.as_plain_lines([started, *reversed(ended)]).splitlines()[1:] == lines
    assert screens.as_plain_lines([started, ended[1], ended[0]], verbose=True).splitlines()[1:] == lines[:2]
    over = events.Failed("interrupted", "", "", (), (), (), 130)
    assert lines[3] in screens.as_plain_lines([started, ended[3], over], verbose=True).splitlines()
    assert "1 check passed, 7 stopped" in screens.as_plain_lines([started, ended[3], over])


def test_no_sentence_of_ours_is_wider_than_80_columns() -> None:
    """Only what may be copied, and what others wrote."""
    for name, tale in screens.TALES.items():
        for line in screens.as_plain_lines(tale()).splitlines():
            assert len(line) <= 80 or line.lstrip().startswith("|") or len(line.split()) < 3, (name, line)


def test_each_step_is_said_once() -> None:
    """Each check and each step, when it has ended; for the verbose also when it begins."""
    told = screens.as_plain_lines(story.released()).splitlines()
    assert [line.split()[1] for line in told if line.startswith("  ok ")] == [
        *story_checks(),
        "8",
        *story_steps(),
    ]
    assert "  begin   Push" in screens.as_plain_lines(story.released(), verbose=True)


def story_checks() -> list[str]:
    """The first words of the titles of all checks."""
    return [title.split()[0] for _, title in story.CHECKS]


def story_steps() -> list[str]:
    """The titles of the steps of a release that passed."""
    ended = (event for event in story.released() if isinstance(event, events.StepFinished))
    return [event.title for event in ended if event.outcome is Outcome.PASSED]


def test_a_signal_is_answered_before_what_it_waits_for_has_ended() -> None:
    """What is waited for, and how to wait no longer."""
    told = screens.as_plain_lines([events.Stopping("push", "SIGINT"), events.Stopping("push", "SIGTERM")])
    assert told == (
        "  stop    Stopping after the push that has begun (Ctrl-C again breaks it off)\n"
        "  stop    Stopping after the push that has begun (another SIGTERM breaks it\n"
        "          off)\n"
    )


def test_a_command_to_type_is_not_broken() -> None:
    """What is copied has to work: the words around it are wrapped, and it may be longer than a line."""
    command = "release-async --version 9.0.0 --keep-going --skip-tests --test --output json --verbose --yes"
    cure = f"look at what stands in the way of this release first, then type the whole of it: {command}"
    failed = events.Failed("nobody can be asked", cure, "", (), (), (), 2)
    lines = [line.strip() for line in screens.as_plain_lines([failed]).splitlines()]
    assert command in lines
    assert max(len(line) for line in lines if line != command) < 80
