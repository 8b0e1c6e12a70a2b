"""The journal: written before, read back whole, true to its last whole line, never trusted when changed."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies

from release_async.base.errors import ConflictError
from release_async.base.files import Artifact
from release_async.plan.effect import State
from release_async.plan.route import ROUTES, Route
from release_async.run import journal
from release_async.run.journal import FILE, ROOM, DamagedError, Journal
from release_async.run.step_results import (
    BuildRun,
    BuiltFiles,
    Collected,
    Confirmed,
    Inspected,
    KeptArtifact,
    ReleaseCommit,
    Results,
    TagObjects,
)
from support.story import PLAN, changed


def made(directory: Path, *names: str) -> Results:
    """What a release has made before its pivot: a commit, a tag, and files of these names."""
    artifacts = tuple(Artifact(directory / "artifacts" / name, "e" * 64, 12) for name in names)
    return Results(
        ReleaseCommit("c" * 40),
        TagObjects({"v1.3.0": "d" * 40}),
        BuiltFiles({"demo": artifacts}),
        Inspected(tuple(each.sha256 for each in artifacts)),
        Confirmed(page=False),
    )


def pinned(directory: Path) -> Results:
    """The same, of one file."""
    return made(directory, "demo-1.3.0.tar.gz")


def written(run: Path) -> bytes:
    """A journal of three effects: one done, one failed, one about to be tried; its bytes."""
    run.mkdir(exist_ok=True)
    (run / FILE).unlink(missing_ok=True)
    one = Journal(run)
    one.begin(PLAN, pinned(run), 1.7e9)
    one.intend("upload")
    one.end("upload", State.DONE)
    one.intend("push")
    one.end("push", State.NOT_DONE)
    one.intend("land")
    return (run / FILE).read_bytes()


def test_what_was_begun_can_be_read_again(tmp_path: Path) -> None:
    """The plan whole, what was pinned, what was tried and what of it is done."""
    written(tmp_path)
    story = journal.read(tmp_path)
    assert story
    assert (story.plan, story.results) == (PLAN, pinned(tmp_path))
    assert (list(story.tried), story.done, story.finished) == (["upload", "push", "land"], ("upload",), False)


FORMER = {
    "upload demo-1.3.0.tar.gz": "upload demo-1.3.0.tar.gz",
    "your main at the release commit": "update your main",
    "Example shows our files": "see the files on Example",
    "Example gives our files": "download the files from Example",
    "draft of the release page of v1.3.0": "draft of the GitHub release of v1.3.0",
    "release page of v1.3.0": "GitHub release of v1.3.0",
    "the files kept in dist/": "copy the files to dist/",
    "our working files gone": "remove our working files",
}
"""What version 0.1.0 called an effect, and what it is called today."""


def test_an_effect_has_the_name_of_today(tmp_path: Path) -> None:
    """What another version had seen done is done for whoever finishes its release."""
    one = Journal(tmp_path)
    one.begin(PLAN, pinned(tmp_path), 1.7e9)
    for name in FORMER:
        one.intend(name)
        one.end(name, State.DONE)
    story = journal.read(tmp_path)
    assert story
    assert story.done == tuple(story.tried) == tuple(FORMER.values())


def test_a_run_without_a_journal_has_not_begun(tmp_path: Path) -> None:
    """Nothing was public."""
    assert journal.read(tmp_path) is None
    assert not Journal(tmp_path).begun


def test_it_goes_on_where_it_ended(tmp_path: Path) -> None:
    """Another run appends; who tried something before and did not see it done is known."""
    written(tmp_path)
    again = Journal(tmp_path)
    assert again.tried_before("land")
    assert again.tried_before("upload") is None
    assert again.tried_before("verify") is None
    again.end("land", State.DONE)
    again.finish()
    story = journal.read(tmp_path)
    assert story
    assert (story.done, story.finished) == (("upload", "land"), True)


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    """Mode 0600, whatever the umask."""
    written(tmp_path)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_it_is_begun_once(tmp_path: Path) -> None:
    """A second beginning would forget the first."""
    written(tmp_path)
    with pytest.raises(FileExistsError):
        Journal(tmp_path / ".." / tmp_path.name).begin(PLAN, pinned(tmp_path), 1.7e9)


def test_the_room_for_outcomes_is_taken_beforehand(tmp_path: Path) -> None:
    """A disk that is full after the pivot keeps no outcome out: the file does not grow."""
    assert len(written(tmp_path)) == ROOM


def test_many_files_take_more_room(tmp_path: Path) -> None:
    """Two attempts at each of a hundred are written down, and the file has not grown."""
    names = [f"demo-1.3.0-cp{number}-cp{number}-manylinux_2_28_x86_64.whl" for number in range(100)]
    one = Journal(tmp_path)
    one.begin(PLAN, made(tmp_path, *names), 1.7e9)
    taken = len(written(tmp_path))
    for name in names:
        for state in (State.UNKNOWN, State.DONE):
            one.intend(f"upload {name}")
            one.end(f"upload {name}", state)
    assert len(written(tmp_path)) == taken


def test_a_forgotten_journal_is_gone(tmp_path: Path) -> None:
    """And may be forgotten twice."""
    written(tmp_path)
    one = Journal(tmp_path)
    one.forget()
    one.forget()
    assert (one.begun, journal.read(tmp_path)) == (False, None)


@pytest.mark.parametrize("power", [False, True])
def test_every_cut_is_judged_right(tmp_path: Path, *, power: bool) -> None:
    """Cut anywhere, by a kill or (filled with zeros) by the power: what is whole is true, the rest is not."""
    data = written(tmp_path)
    ends = [at + 1 for at, byte in enumerate(data) if byte == ord("\n")]
    for cut in range(ends[0], ends[-1] + 1):
        (tmp_path / FILE).write_bytes(data[:cut] + bytes(ROOM - cut if power else 0))
        story, whole = journal.read(tmp_path), sum(end <= cut for end in ends)
        events = 0 if story is None else 1 + len(story.tried) + len(story.done)
        assert events == (0, 1, 2, 3, 4, 4, 5)[whole]


@pytest.mark.parametrize("data", [b"", b"junk", b"junk\n", bytes(4096)])
def test_a_journal_without_its_first_line_is_damaged(tmp_path: Path, data: bytes) -> None:
    """It was there before the file had its name: to take it for nothing would give up what is public."""
    whole = written(tmp_path)
    for content in (data, data + whole[len(data) :] if data else whole[:200]):
        (tmp_path / FILE).write_bytes(content)
        with pytest.raises(DamagedError, match="damaged in line 1"):
            journal.read(tmp_path)


def test_a_beginning_that_was_cut_off_has_begun_nothing(tmp_path: Path) -> None:
    """Until its first line is durable the file has another name, and the next beginning takes its place."""
    (tmp_path / f"{FILE}.new").write_bytes(b"half a li")
    assert journal.read(tmp_path) is None
    assert written(tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(FILE)] == [FILE]


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A FIFO would keep every command waiting for ever."""
    os.mkfifo(tmp_path / FILE)
    with pytest.raises(DamagedError, match="not a regular file"):
        journal.read(tmp_path)


def test_what_a_dead_run_left_behind_the_last_line_is_written_over(tmp_path: Path) -> None:
    """The next line stands where the torn one began."""
    data = written(tmp_path)
    end = data.rindex(b"\n") + 1
    (tmp_path / FILE).write_bytes(data[:end] + b"0123456789" * 50)
    again = Journal(tmp_path)
    again.end("land", State.DONE)
    again.finish()
    story = journal.read(tmp_path)
    assert story
    assert story.finished


@settings(max_examples=300, deadline=None)
@given(place=strategies.floats(0, 1, exclude_max=True), bit=strategies.integers(0, 7))
def test_a_flipped_bit_is_found(tmp_path_factory: pytest.TempPathFactory, place: float, bit: int) -> None:
    """In the last line it counts as torn, before it as damage: nothing untrue is ever read."""
    run = tmp_path_factory.mktemp("run")
    data = bytearray(written(run))
    end, last = data.rindex(b"\n") + 1, data[: data.rindex(b"\n")].rindex(b"\n") + 1
    at = int(place * end)
    data[at] ^= 1 << bit
    (run / FILE).write_bytes(bytes(data))
    if at < last - 1:
        with pytest.raises(DamagedError):
            journal.read(run)
    else:
        story = journal.read(run)
        assert story
        assert "land" not in story.tried


def test_damage_is_told_with_what_is_sound(tmp_path: Path) -> None:
    """Its first line may still say which release it was."""
    data = written(tmp_path)
    at = data.index(b'"intent"')
    (tmp_path / FILE).write_bytes(data[:at] + b'"Intent"' + data[at + 8 :])
    with pytest.raises(DamagedError, match="damaged in line 2") as caught:
        Journal(tmp_path)
    assert caught.value.recorded
    assert caught.value.recorded.plan == PLAN
    assert "--abandon" in caught.value.cure


def test_a_journal_of_a_later_schema_is_not_guessed_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words say which version of the tool can read it."""
    monkeypatch.setattr(journal, "SCHEMA", 9)
    monkeypatch.setattr(journal, "__version__", "99.1")
    monkeypatch.setattr(journal, "read", lambda _: None)
    Journal(tmp_path).begin(PLAN, pinned(tmp_path), 1.7e9)
    monkeypatch.undo()
    with pytest.raises(ConflictError, match=r"release-async 99\.1 \(schema 9\)") as caught:
        journal.read(tmp_path)
    assert "pip install release-async==99.1" in caught.value.cure


def test_what_a_later_version_adds_to_the_plan_is_passed_over(tmp_path: Path) -> None:
    """The same schema may grow: an upgrade between crash and resume does no harm, nor does the way back."""
    written(tmp_path)
    line = (tmp_path / FILE).read_bytes().split(b"\n")[0].partition(b" ")[2]
    record = json.loads(line)
    record["plan"]["mood"] = "fine"
    body = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    (tmp_path / FILE).write_bytes(f"{journal._seal('', body)} {body}\n".encode())  # noqa: SLF001 - it is what is tried
    story = journal.read(tmp_path)
    assert story
    assert story.plan == PLAN


def test_a_disk_that_does_not_take_it_stops_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An intent that is not durable is an error, not a hope; it is not tried on the same handle again."""
    one = Journal(tmp_path)
    one.begin(PLAN, pinned(tmp_path), 1.7e9)
    synchronised: list[int] = []

    def failing(handle: int) -> None:
        synchronised.append(handle)
        raise OSError("input/output error")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(OSError, match="input/output"):
        one.intend("upload")
    assert len(synchronised) == 1


def test_it_holds_no_secret_and_no_word_of_others(tmp_path: Path) -> None:
    """Every value in it comes from the plan, the pinned files, or a closed list of words."""
    plan = changed(PLAN, tag=None, test_command=None)
    one = Journal(tmp_path)
    one.begin(plan, pinned(tmp_path), 1.7e9)
    one.intend("upload x")
    lines = (tmp_path / FILE).read_bytes().rstrip(b"\0").splitlines()
    records = [json.loads(line.partition(b" ")[2]) for line in lines]
    assert set(records[0]) == {
        "event",
        "time",
        "schema",
        "tool",
        "clock",
        "plan",
        "commit",
        "tip",
        "tags",
        "files",
        "page",
    }
    assert set(records[1]) == {"event", "time", "effect"}
    story = journal.read(tmp_path)
    assert story
    assert story.plan == plan


def test_a_disk_that_takes_less_than_it_is_given_begins_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short write is no error by itself; the next one says that there is no room."""
    left = [2500]

    def little(handle: int, data: bytes, offset: int) -> int:
        taken = min(left[0], len(data))
        if not taken:
            raise OSError(27, "File too large")
        left[0] -= taken
        return write(handle, bytes(data[:taken]), offset)

    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", little)
    one = Journal(tmp_path)
    with pytest.raises(OSError, match="File too large"):
        one.begin(PLAN, pinned(tmp_path), 1.7e9)
    assert not one.begun


@pytest.mark.parametrize("change", [{"plan": 7}, {"plan": {}}, {"files": [{}]}, {"clock": None, "tags": 3}])
def test_a_record_that_says_nonsense_is_damage(tmp_path: Path, change: dict[str, object]) -> None:
    """Its seal holds, as after a tool that edits and seals anew: no traceback, and it can be given up."""
    lines = written(tmp_path).rstrip(b"\0").decode().splitlines()
    body = json.dumps(json.loads(lines[0].partition(" ")[2]) | change)
    (tmp_path / FILE).write_text(f"{journal._seal('', body)} {body}\n")  # noqa: SLF001 - as above
    with pytest.raises(DamagedError, match="damaged in what it says"):
        journal.read(tmp_path)


def test_a_release_that_can_be_taken_back_has_a_line_for_its_pivot(tmp_path: Path) -> None:
    """What it had made by then counts from that line on; until then the commit alone is remembered."""
    plan = changed(PLAN, route=Route("r", ("commit",), ("upload",), revocable=("propose",)))
    one = Journal(tmp_path)
    one.begin(plan, Results(ReleaseCommit("a" * 40)), 1.7e9)
    one.intend("open")
    one.end("open", State.DONE)
    assert not one.is_past_pivot
    story = journal.read(tmp_path)
    assert story
    assert (story.plan, story.results, story.pivot) == (plan, Results(ReleaseCommit("a" * 40)), None)
    again = Journal(tmp_path)
    again.pass_pivot(pinned(tmp_path), 1.8e9)
    again.intend("upload")
    assert again.is_past_pivot
    story = journal.read(tmp_path)
    assert story
    assert (story.results, story.begun, story.pivot) == (pinned(tmp_path), 1.7e9, 1.8e9)
    assert (list(story.tried), story.done) == (["open", "upload"], ("open",))
    assert (tmp_path / FILE).stat().st_size == 2 * ROOM


def test_the_run_that_builds_and_what_it_has_kept_are_remembered_until_the_files_are_taken(
    tmp_path: Path,
) -> None:
    """Only what is new is written again, and what a later attempt has kept takes the place of it."""
    plan = changed(PLAN, route=ROUTES["collect"])
    begun = Results(ReleaseCommit("a" * 40))
    one = Journal(tmp_path)
    one.begin(plan, begun, 1.7e9)
    one.end("push", State.DONE, begun)
    started = begun.having(BuildRun(501))
    one.end("start", State.DONE, started)
    kept = Collected(1, (KeptArtifact(7, "dist", "b" * 64),))
    one.end("artifacts", State.DONE, started.having(kept))
    one.end("checkout", State.DONE, started.having(kept))
    story = journal.read(tmp_path)
    assert story
    assert story.results == started.having(kept)
    assert (tmp_path / FILE).read_bytes().count(b'"dist"') == 1
    anew = Collected(2, (KeptArtifact(8, "dist", "c" * 64), KeptArtifact(9, "more", "d" * 64)))
    again = Journal(tmp_path)
    again.end("artifacts", State.DONE, started.having(anew))
    again.pass_pivot(pinned(tmp_path).having(anew, BuildRun(501)), 1.8e9)
    story = journal.read(tmp_path)
    assert story
    assert story.results == pinned(tmp_path)
