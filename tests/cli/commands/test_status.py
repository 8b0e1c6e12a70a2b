"""How an unfinished release stands: who is asked is told before, and the answers once, on one screen."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio
import pytest

from release_async.base import files
from release_async.base.exit_codes import ExitCode
from release_async.cli.command_line import parse
from release_async.cli.commands.status import status
from release_async.plan.effect import State
from release_async.plan.events import Event, Note, Stands
from release_async.run.step_results import ReleaseCommit, Results, TagObjects
from support import indexes, screens
from support.indexes import Fault, Scripted
from support.releasing import wait_until
from support.steps import built
from support.story import changed
from support.worlds import Place, prepared

PYPROJECT = '[project]\nname = "demo"\nversion = "1.2.3"\n[tool.release-async]\nnetwork-timeout = {}\n'
WHEEL, SDIST = "demo-1.3.0-py3-none-any.whl", "demo-1.3.0.tar.gz"


@dataclass
class Screen:
    """A renderer that keeps what it is shown, and how often the index had been asked by then."""

    index: Scripted
    told: list[tuple[Event, int]] = field(default_factory=list)
    can_ask: bool = False

    def show(self, event: Event) -> None:
        """Keep it."""
        self.told.append((event, len(self.index.requests)))

    async def ask(self, question: str) -> bool:
        """Nobody is asked."""
        raise AssertionError(question)

    async def ask_line(self, question: str) -> str:
        """Nobody is asked."""
        raise AssertionError(question)

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def index() -> Iterator[Scripted]:
    """An index that takes every connection and answers none."""
    with indexes.scripted(Fault.HANG) as server:
        yield server


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A project that waits a second for an answer at the most."""
    place = prepared(tmp_path)
    place.repository.write("pyproject.toml", PYPROJECT.format(1))
    place.repository.commit("project")
    place.repository.git("push", "--quiet")
    return place


async def broken_off(place: Place, index: Scripted) -> None:
    """Leave the journal of a release that has seen its first file on the index, and not its second one."""
    plan = place.plan
    plan = changed(plan, target=replace(plan.target, repository_url=index.url))
    directory = place.repository.path.parent / "built"
    pinned = built(files.pin(indexes.wheel(directory, "1.3.0")), files.pin(indexes.sdist(directory, "1.3.0")))
    async with place.context(plan) as context:
        journal = context.workspace.journal
        journal.begin(plan, Results(ReleaseCommit(plan.base), TagObjects({"v1.3.0": plan.base}), pinned), 1e9)
        journal.intend(f"upload {WHEEL}")
        journal.end(f"upload {WHEEL}", State.DONE)
        journal.intend(f"upload {SDIST}")


async def test_an_index_that_does_not_answer_is_asked_once_and_told_once(
    place: Place, index: Scripted
) -> None:
    """Who waits sees at once whom it waits for; then what can be said without the index, in half a screen."""
    await broken_off(place, index)
    screen = Screen(index)
    with anyio.fail_after(30):
        code = await status(parse(["status", "-C", str(place.repository.path)]), screen)
    assert code == ExitCode.UNFINISHED
    (asking, before), (seen, after) = screen.told
    assert (before, after) == (0, 1)
    assert asking == Note("asking Example and origin what is done, 1 s each at the most")
    assert isinstance(seen, Stands)
    why = f"the package index at {index.url.split('/')[2]} could not be asked: it did not answer within 1 s"
    assert seen.unknown[:2] == (
        f"upload {WHEEL} (seen done before): {why}",
        f"upload {SDIST}: {why}",
    )
    assert "tag v1.3.0" in seen.owed
    shown = screens.unstyled(screens.written([asking, seen], screens.Screen(80)))
    assert len(shown.splitlines()) <= 12, shown
    assert shown.count("could not be asked") == 1
    assert " ".join(shown.split()).count(f"upload {WHEEL} (seen done before), upload {SDIST}") == 1
    assert "twine upload" not in shown
    told = screens.unstyled(screens.written([asking, seen], screens.Screen(80, verbose=True)))
    uploads = [
        line for line in " ".join(told.split()).split("by hand")[-1].split("twine ") if "upload" in line
    ]
    assert [WHEEL in line for line in uploads] == [False]  # what was seen done is not sent again
    assert SDIST in uploads[0]


async def test_what_a_person_must_decide_is_what_status_says_to_do(place: Place, index: Scripted) -> None:
    """To resume alone would end as before: what shows the other's tag, and what keeps which of the two."""
    await broken_off(place, index)
    place.remote.git("tag", "v1.3.0", place.remote.git("commit-tree", "-m", "theirs", "main^{tree}"))
    screen = Screen(index)
    assert await status(parse(["status", "-C", str(place.repository.path)]), screen) == ExitCode.CONFLICT
    seen = screen.told[-1][0]
    assert isinstance(seen, Stands)
    assert seen.command.startswith(
        "somebody else has made it, see: git fetch origin refs/tags/v1.3.0 && git show"
    )
    assert "to keep yours, delete theirs: git push origin :refs/tags/v1.3.0; to keep theirs" in seen.command
    assert seen.command.endswith("to go on: release-async --resume; to give it up: release-async --abandon")
    assert not [line for line in seen.manual if "push" in line or "merge" in line]


async def test_who_waits_for_an_index_that_does_not_answer_can_leave_at_once(
    place: Place, index: Scripted
) -> None:
    """A signal ends the look: nothing is done by it that would have to be finished."""
    place.repository.write("pyproject.toml", PYPROJECT.format(600))
    await broken_off(place, index)
    screen = Screen(index)
    with anyio.fail_after(30), anyio.CancelScope() as scope:
        async with anyio.create_task_group() as group:
            group.start_soon(status, parse(["status", "-C", str(place.repository.path)]), screen)
            await anyio.to_thread.run_sync(wait_until, lambda: bool(index.requests))
            scope.cancel()
    assert [type(event) for event, _ in screen.told] == [Note]
