"""The lines of a running step fit on the screen, and leave out nothing that a person waits to know."""

import io

import pytest
from rich.console import Console

from release_async.plan import events
from release_async.render.run_history import RunHistory
from release_async.render.terminal.check_and_step_rows import Rows
from release_async.render.terminal.fit_width import LineWriter
from support import story
from support.screens import Clock


@pytest.mark.parametrize("width", [80, 60])
def test_the_reason_of_another_attempt_is_shown_whole(width: int) -> None:
    """Its cause stands at its end, and is not cut off there."""
    why = f"whether 127.0.0.1:18942 has {story.FILES[1]} as it was built is unknown (503 Service Unavailable)"
    history = RunHistory(Clock())
    for event in (*story.upload_halfway(), events.Waiting(f"upload {story.FILES[1]}", 8.0, why, 2, 60.0)):
        history.record(event)
    writer = LineWriter(Console(file=io.StringIO(), width=width))
    lines = Rows(writer, list(history.steps.values()), history.clock()).live_steps(40)
    assert all(line.cell_len <= writer.width for line in lines)
    told = " ".join(" ".join(line.plain for line in lines).split())
    assert why in told
    assert f"{why}; tried again, for 60 s at the most" in told
