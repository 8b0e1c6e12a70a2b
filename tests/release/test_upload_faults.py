"""What an index and the way to it do to an upload: how it ends, what is public then, and what is said of it.

Every row of the fault table that a release can meet between its first upload and its last look.
"""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from itertools import repeat
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from release_async.base import cancellation
from release_async.base.errors import ReleaseAsyncError
from release_async.base.exit_codes import ExitCode
from release_async.base.signal_listener import Interrupted
from release_async.external.index import repository_url
from release_async.external.index.repository_url import UploadUrls
from release_async.external.index.upload_responses import IndexAnswer
from release_async.external.index.uploader import Deadlines, Destination
from release_async.release.steps.upload import RETRY_TIMEOUT
from release_async.run.retry_policy import Backoff
from support import crashing, forked_children, indexes, releasing, secrets, tls, uploading
from support.crashing import RELEASE, RESUME, Scene
from support.uploading import SDIST, WHEEL, Desk
from support.warehouse import Manner, Reply, State, warehouse

pytestmark = pytest.mark.by_turns

IN_TROUBLE = Reply(503, "Service Unavailable")
UNHEARD = Reply(mode=Manner.RESET, stores=True)
BURNED = Reply(400, "This filename was previously used by a file that has since been deleted.")
OLD = Reply(400, "Uploading new files to releases older than 14 days is not allowed.")
METADATA = Reply(400, "'Bad :: Classifier' is not a valid classifier.")


@pytest.fixture(autouse=True)
def uploaders_that_start_at_once() -> Iterator[None]:
    """Each test starts one at least, and some a new one for every attempt."""
    with forked_children.forking():
        yield


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A wheel and an sdist before an empty index."""
    with uploading.desk(tmp_path, monkeypatch) as desk:
        yield desk


async def ends(desk: Desk, code: ExitCode) -> ReleaseAsyncError:
    """Release, which must fail with this exit code, and say truly what is public."""
    error = await desk.release()
    assert error is not None
    assert error.code == code, error.what
    held = desk.index.state.digests()
    ours = {artifact.name: artifact.sha256 for artifact in desk.artifacts}
    if error.progress:
        public = {name.removeprefix("upload ") for name in error.progress.public}
        assert public <= held.keys()
        assert {f"upload {name}" for name in ours.keys() - public} <= {
            *error.progress.owed,
            *error.progress.unknown,
        }
    else:
        assert ours.items().isdisjoint(held.items()), "something of ours is public, and not told"
    assert error.cure
    assert (error.what + error.cure + error.detail).replace("\n", "").isprintable()
    return error


async def finishes(desk: Desk) -> None:
    """Release, which must end well, with our bytes under our names and each stored once."""
    error = await desk.release()
    assert error is None, error.what
    assert desk.index.state.digests() == {each.name: each.sha256 for each in desk.artifacts}


def holds(desk: Desk, name: str, digest: str = "") -> None:
    """Have the index hold a file: ours, where no other digest is given."""
    ours = {artifact.name: artifact.sha256 for artifact in desk.artifacts}
    desk.index.state.files[name] = (digest or ours[name], 1, 0.0)


# What the index holds already.


async def test_what_is_there_with_our_bytes_is_not_sent(desk: Desk) -> None:
    """No request but the question."""
    holds(desk, WHEEL)
    holds(desk, SDIST)
    await finishes(desk)
    assert desk.posts == []


async def test_other_bytes_under_our_name_are_a_conflict_before_anything_is_sent(desk: Desk) -> None:
    """Nothing else runs, and their file stays as it is."""
    holds(desk, WHEEL, "0" * 64)
    error = await ends(desk, ExitCode.CONFLICT)
    assert "with other bytes than ours" in error.what
    assert "release the next one" in error.cure
    assert desk.posts == []


async def test_a_file_that_was_changed_after_it_was_built_is_not_sent(desk: Desk) -> None:
    """Whoever wrote into it has published nothing; what to put back is named by its digest."""
    wheel = desk.artifacts[0]
    wheel.path.chmod(0o600)
    wheel.path.write_bytes(b"other bytes")
    error = await ends(desk, ExitCode.CONFLICT)
    assert "does not hold the bytes any more that were inspected" in error.what
    assert wheel.sha256 in error.cure
    assert desk.posts == []


async def test_the_index_says_exists_and_shows_our_bytes(desk: Desk) -> None:
    """As pypiserver answers to what it has: its pages decide, and the file is ours."""
    desk.index.state.script[".whl"] = iter([Reply(400, "File already exists", stores=True)])
    await finishes(desk)
    assert desk.posts == [WHEEL, SDIST]


async def test_the_index_says_exists_and_shows_other_bytes(desk: Desk) -> None:
    """Somebody was quicker: a person must decide."""

    def somebody(name: str) -> None:
        if name == WHEEL:
            holds(desk, WHEEL, "0" * 64)

    desk.index.state.arriving = somebody
    error = await ends(desk, ExitCode.CONFLICT)
    assert "with other bytes than ours" in error.what
    assert desk.posts == [WHEEL]


async def test_the_index_says_exists_and_does_not_show_it(desk: Desk) -> None:
    """It may be ours, heard in an attempt whose answer was lost: that is never called nothing."""
    desk.index.state.script[".whl"] = iter([Reply(400, "File already exists")])
    error = await ends(desk, ExitCode.UNFINISHED)
    assert f"whether Example has {WHEEL} as it was built is unknown" in error.what
    assert error.cure.endswith("then: release-async --resume")
    assert desk.waits == []


# What it will never take.


REFUSED_FOR_GOOD = (
    (BURNED, "burned", "an index never accepts a deleted file name again"),
    (OLD, "release too old", "accepts no files of one after 14 days"),
    (METADATA, "metadata refused", "correct what the index names, and release a higher version"),
    (Reply(400, "Only one sdist may be uploaded per release."), "another sdist is there", "a higher version"),
)


async def test_what_is_refused_for_good_with_nothing_public(desk: Desk) -> None:
    """It is sent once, exit 4, and the next version is all that helps."""
    async with desk.at_hand():
        for reply, words, cure in REFUSED_FOR_GOOD:
            desk.index.state.script[WHEEL] = repeat(reply)
            error = await ends(desk, ExitCode.FAILED)
            assert error.what == f"Example did not accept {WHEEL}: {words} (400 {reply.reason})"
            assert cure in error.cure
            assert "yank" not in error.cure
            assert error.progress is None
    assert desk.posts == [WHEEL] * len(REFUSED_FOR_GOOD)
    assert desk.waits == []


async def test_what_is_refused_for_good_behind_a_file_that_is_public(desk: Desk) -> None:
    """It is sent once, exit 5: what to yank is said, and that nothing is to be resumed."""
    async with desk.at_hand():
        for reply, words, cure in REFUSED_FOR_GOOD:
            desk.index.state.script[SDIST] = repeat(reply)
            error = await ends(desk, ExitCode.UNFINISHED)
            assert f"Example did not accept {SDIST}: {words}" in error.what
            assert cure in error.cure
            assert f"yank 1.3.0, of which {WHEEL} is public" in error.cure
            assert error.cure.endswith("this one can only be given up: release-async --abandon")
            assert error.progress
            assert error.progress.public == (f"upload {WHEEL}",)
            assert error.progress.owed[0] == f"upload {SDIST}"
    assert desk.posts == [WHEEL, *[SDIST] * len(REFUSED_FOR_GOOD)]
    assert desk.waits == []


FOR_A_PERSON = (
    (Reply(400, "File too large. Limit for project 'demo' is 100 MB."), "with a smaller file"),
    (Reply(400, "Project size too large. Limit for project 'demo' is 10 GB."), "delete old releases"),
    (Reply(413, "Payload Too Large"), "ask the index for a higher limit"),
    (Reply(403, "Read-only mode: Uploads are temporarily disabled"), "which may be hours"),
    (Reply(403, "New uploads are temporarily disabled."), "which may be hours"),
    (Reply(429, "Too many new projects created"), "wait some hours"),
    (Reply(429, "Too many new projects created", headers={"Retry-After": "7200"}), "wait some hours"),
    (Reply(403, "Invalid or non-existent authentication information."), "check the password, or the token"),
    (Reply(403, "The user 'someone' isn't allowed to upload to project 'demo'."), "its user may upload"),
    (Reply(404, "Not Found"), "correct the repository URL"),
)


@pytest.mark.parametrize("name", [WHEEL, SDIST])
async def test_what_a_person_can_change_is_sent_once_and_gone_on_with(desk: Desk, name: str) -> None:
    """Nothing is waited for. Later the same command, or --resume, sends what is left and nothing else."""
    async with desk.at_hand():
        for reply, cure in FOR_A_PERSON:
            desk.index.state.script[name] = iter([reply])
            error = await ends(desk, ExitCode.FAILED if name == WHEEL else ExitCode.UNFINISHED)
            assert reply.reason in error.what
            assert cure in error.cure
            assert error.cure.endswith("then: release-async --resume") is (name == SDIST)
        assert desk.waits == []
        before = [WHEEL] * (name == SDIST) + [name] * len(FOR_A_PERSON)
        assert desk.posts == before
        await finishes(desk)
    assert desk.posts[len(before) :] == [WHEEL, SDIST][name == SDIST :]


async def test_an_index_in_read_only_mode_that_says_until_when_is_waited_for(desk: Desk) -> None:
    """Where that is soon."""
    reply = Reply(403, "Read-only mode", headers={"Retry-After": "20"})
    desk.index.state.script[WHEEL] = iter([reply])
    await finishes(desk)
    assert desk.waits == [20.0]


async def test_a_new_token_is_all_that_a_release_with_a_bad_one_needs(desk: Desk) -> None:
    """The wheel is public, the token was revoked: the sdist alone is sent, with the new one."""
    desk.index.state.arriving = lambda name: setattr(desk.index.state, "revoked", name == SDIST)
    error = await ends(desk, ExitCode.UNFINISHED)
    assert "check the password, or the token, in TOKEN" in error.cure
    assert "the user name that was sent with it is" in error.cure
    assert desk.waits == []
    desk.index.state.arriving = lambda _: None
    desk.index.state.revoked = False
    await finishes(desk)
    assert desk.posts == [WHEEL, SDIST, SDIST]


# What passes.


async def test_an_index_in_trouble_for_a_moment_is_asked_again(desk: Desk) -> None:
    """Once more, after about a second; each attempt stands in the journal, and the wait is told."""
    desk.index.state.script[SDIST] = iter([IN_TROUBLE])
    await finishes(desk)
    assert desk.posts == [WHEEL, SDIST, SDIST]
    assert desk.intents(SDIST) == 2
    (told,) = desk.told
    assert (told.effect, told.attempt) == (f"upload {SDIST}", 2)
    assert "503 Service Unavailable" in told.why
    assert desk.waits == [told.seconds]
    assert 0.5 <= told.seconds <= 1.0


async def test_an_index_in_trouble_for_ever_is_given_up_after_minutes(desk: Desk) -> None:
    """Ever longer waits, up to the limit; then --resume sends what is left, once."""
    desk.index.state.script[SDIST] = repeat(IN_TROUBLE)
    desk.backoff = Backoff(chance=lambda: 0.0, sleep=desk._note)  # noqa: SLF001 - its own way to wait
    error = await ends(desk, ExitCode.UNFINISHED)
    assert desk.waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert sum(desk.waits) <= RETRY_TIMEOUT
    assert desk.posts == [WHEEL, *[SDIST] * 10]
    assert desk.intents(SDIST) == 10
    assert error.detail == "it was tried 10 times"
    assert error.progress
    assert error.progress.public == (f"upload {WHEEL}",)
    assert error.progress.owed[0] == f"upload {SDIST}"
    assert error.cure.endswith("then: release-async --resume")
    del desk.index.state.script[SDIST]
    await finishes(desk)
    assert desk.posts == [WHEEL, *[SDIST] * 11]


async def test_what_an_index_asks_for_is_waited(desk: Desk) -> None:
    """No sooner, with nothing public too."""
    slow_down = Reply(429, "Too Many Requests", headers={"Retry-After": "30"})
    desk.index.state.script[WHEEL] = iter([slow_down, slow_down])
    await finishes(desk)
    assert desk.waits == [30.0, 30.0]
    assert [event.attempt for event in desk.told] == [2, 3]
    assert desk.posts == [WHEEL, WHEEL, WHEEL, SDIST]


async def test_what_would_take_too_long_is_not_waited(desk: Desk) -> None:
    """An hour is a person's to wait: exit 4 at once, with nothing public and nothing owed."""
    desk.index.state.script[WHEEL] = iter([Reply(429, "Slow down", headers={"Retry-After": "3600"})])
    error = await ends(desk, ExitCode.FAILED)
    assert "wait a while" in error.cure
    assert (desk.waits, desk.posts, error.progress) == ([], [WHEEL], None)


async def test_an_index_that_wants_no_wait_is_not_run_over(desk: Desk) -> None:
    """Zero seconds, again and again: the waits grow all the same."""
    desk.index.state.script[WHEEL] = iter([Reply(429, "Again", headers={"Retry-After": "0"})] * 3)
    desk.backoff = Backoff(chance=lambda: 0.0, sleep=desk._note)  # noqa: SLF001 - its own way to wait
    await finishes(desk)
    assert desk.waits == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("again", [1, 9])
async def test_bytes_that_were_spoilt_on_their_way_are_sent_once_more(desk: Desk, again: int) -> None:
    """The pinned ones; where that does not help, no further one will."""
    damaged = Reply(400, "The digest supplied does not match a digest calculated from the file.")
    desk.index.state.script[WHEEL] = iter([damaged] * again)
    if again == 1:
        await finishes(desk)
    else:
        error = await ends(desk, ExitCode.FAILED)
        assert "damaged" in error.what
    assert desk.posts == [WHEEL, WHEEL, SDIST][: 2 + (again == 1)]


async def test_a_way_that_is_closed_is_tried_again(desk: Desk) -> None:
    """Nobody listens at first: as long as the index cannot be asked, nothing is sent."""
    state, asked = desk.index.state, iter([False, False, True])

    async def sleep(seconds: float) -> None:
        desk.waits.append(seconds)
        state.closed = not next(asked)
        await anyio.lowlevel.checkpoint()

    state.script[WHEEL] = iter([IN_TROUBLE])
    state.arriving = lambda name: setattr(state, "closed", name == WHEEL and len(desk.posts) == 0)
    desk.backoff = Backoff(sleep=sleep)
    await finishes(desk)
    assert len(desk.waits) == 3
    assert desk.posts == [WHEEL, WHEEL, SDIST]


# Whether it was heard only the index knows.


STRANGE = (
    Reply(204, "No Content"),
    Reply(999, "?"),
    Reply(200, "OK", "<html><h1>Welcome to our hotel</h1>"),
    Reply(418, "I'm a teapot"),
)


async def test_an_answer_that_no_index_gives_proves_nothing(desk: Desk) -> None:
    """Where the index has the file all is well; where it has not, nobody claims that it has."""
    async with desk.at_hand():
        for reply in STRANGE:
            desk.index.state.script[SDIST] = iter([reply])
            error = await ends(desk, ExitCode.UNFINISHED)
            assert f"whether Example has {SDIST} as it was built is unknown ({reply.status}" in error.what
            assert "what is between you and the index" in error.cure
        desk.index.state.script[SDIST] = iter([STRANGE[0]._replace(stores=True)])
        await finishes(desk)
    assert desk.posts == [WHEEL, *[SDIST] * (len(STRANGE) + 1)]
    assert desk.waits == []


@pytest.mark.parametrize("reply", [UNHEARD, IN_TROUBLE._replace(stores=True)])
async def test_what_was_stored_is_not_sent_again(desk: Desk, reply: Reply) -> None:
    """The answer is lost, or is that of a server in trouble; one copy is stored."""
    desk.index.state.script = {WHEEL: iter([reply]), SDIST: iter([reply])}
    await finishes(desk)
    assert desk.posts == [WHEEL, SDIST]
    assert desk.waits == []


@pytest.mark.parametrize("mode", [Manner.EARLY, Manner.RESET])
async def test_what_was_cut_off_is_sent_again(desk: Desk, mode: Manner) -> None:
    """The index does not have it: the same bytes go out once more."""
    desk.index.state.script[WHEEL] = iter([Reply(mode=mode)])
    await finishes(desk)
    assert desk.posts == [WHEEL, WHEEL, SDIST]
    assert len(desk.waits) == 1


@pytest.mark.parametrize("stores", [True, False])
@pytest.mark.parametrize(
    ("mode", "deadlines"),
    [(Manner.NEVER, Deadlines(upload=3.0)), (Manner.DRIP, Deadlines(silence=3.0))],
)
async def test_an_index_that_never_comes_to_an_end_is_left(
    desk: Desk, mode: Manner, deadlines: Deadlines, *, stores: bool
) -> None:
    """The uploader that waits for it is gone before the index is asked; a new one sends what is owed."""
    desk.deadlines = deadlines
    desk.index.state.script[WHEEL] = iter([Reply(mode=mode, stores=stores)])
    seen: list[set[int]] = []
    desk.index.state.arriving = lambda _: seen.append(uploaders(desk))
    await finishes(desk)
    assert desk.posts == [WHEEL, *([] if stores else [WHEEL]), SDIST]
    assert all(len(pids) == 1 for pids in seen)
    assert seen[0] != seen[1]
    assert uploaders(desk) == set()


def uploaders(desk: Desk) -> set[int]:
    """Our children that upload: they work in a directory of their own."""
    scratch, found = desk.place.repository.path.parent / "uploader", set()
    for pid in indexes.what_children_show():
        with suppress(OSError):  # it ended while we looked
            if Path(f"/proc/{pid}/cwd").readlink() == scratch:
                found.add(pid)
    return found


async def test_of_two_attempts_the_first_may_have_been_heard(desk: Desk) -> None:
    """The second is refused for certain, and the pages are old: that something is public is not denied."""
    refused = Reply(403, "Invalid or non-existent authentication information.")
    desk.index.state.script[WHEEL] = iter([IN_TROUBLE._replace(stores=True), refused])
    desk.index.state.blind = 99
    error = await desk.release()
    assert error is not None
    assert error.code == ExitCode.UNFINISHED
    assert error.progress
    assert f"upload {WHEEL}" in error.progress.owed
    desk.index.state.blind = 0
    await finishes(desk)
    assert desk.posts == [WHEEL, WHEEL, SDIST]


# What the index shows, and when.


async def test_what_is_accepted_and_not_visible_yet_is_neither_done_nor_sent_again(desk: Desk) -> None:
    """The pages are old: unfinished, in these words; when they are new, nothing is sent but what is owed."""
    desk.index.state.blind = 99
    error = await ends(desk, ExitCode.UNFINISHED)
    assert error.what == f"upload {WHEEL}: Example has accepted {WHEEL} and does not show it yet"
    assert error.cure.endswith("then: release-async --resume")
    assert desk.posts == [WHEEL]
    desk.index.state.blind = 0
    await finishes(desk)
    assert desk.posts == [WHEEL, SDIST]


async def test_an_index_that_shows_other_bytes_later_is_a_conflict(desk: Desk) -> None:
    """All was well when it was uploaded; the last look sees what has become of it."""

    def replaced(name: str) -> None:
        if name == SDIST:
            holds(desk, WHEEL, "0" * 64)

    desk.index.state.arriving = replaced
    error = await desk.release()
    assert error is not None
    assert error.code == ExitCode.CONFLICT
    assert f"Example has a file {WHEEL} with other bytes than ours" in error.what


@pytest.mark.parametrize("after", [0, 1])
async def test_pages_that_are_not_to_be_had_are_no_answer(desk: Desk, after: int) -> None:
    """Nothing is sent on a guess: with nothing public exit 4, behind the first upload unfinished."""
    state = desk.index.state
    state.closed = not after
    state.arriving = lambda name: setattr(state, "closed", name == WHEEL)
    error = await ends(desk, ExitCode.UNFINISHED if after else ExitCode.FAILED)
    assert "could not be asked: it answered 503" in error.what
    assert len(desk.posts) == after
    state.closed, state.arriving = False, lambda _: None
    await finishes(desk)
    assert desk.posts == [WHEEL, SDIST]


# Where it goes.


async def test_a_redirect_is_refused_and_told(desk: Desk) -> None:
    """Its target gets neither the file nor the token, and is shown without what it may hold."""
    async with desk.at_hand():
        with warehouse(desk.account) as other:
            there = other.url.replace("//", "//me:word@") + "\x1b[2J"
            for status in (301, 302, 303, 307, 308):
                reply = Reply(status, "Elsewhere", headers={"Location": there})
                desk.index.state.script[WHEEL] = iter([reply])
                error = await ends(desk, ExitCode.FAILED)
                assert f"wrong address ({status} Elsewhere: it points to http://***@127.0.0.1:" in error.what
                assert "word" not in error.what
                assert "correct the repository URL" in error.cure
            assert (other.state.uploads, other.state.tokens) == ([], [])
    assert desk.posts == [WHEEL] * 5


@pytest.mark.parametrize("where", ["http://index.example/legacy/", "https://me:word@index.example/"])
async def test_an_address_that_would_show_the_token_is_refused(desk: Desk, where: str) -> None:
    """Before anything is asked or sent."""
    desk.url = where
    with pytest.raises(ReleaseAsyncError) as refused:
        await desk.release()
    assert refused.value.code == ExitCode.USAGE
    assert desk.index.state.uploads == []


async def test_a_token_of_another_index_is_not_sent(desk: Desk) -> None:
    """Neither to be proven nor at all, also where it was put there after the checks."""
    desk.password = secrets.token("index.example")
    error = await ends(desk, ExitCode.FAILED)
    assert error.what == "the token in TOKEN belongs to index.example, not to Example"
    assert (desk.index.state.uploads, desk.index.state.tokens) == ([], [])


async def test_an_index_cannot_write_on_the_terminal(desk: Desk) -> None:
    """Of its words only those stay that can be read."""
    desk.index.state.script[WHEEL] = iter([Reply(403, "no \x1b]0;mine\x07way\x1b[31m", "<b>at\x9ball</b>")])
    error = await ends(desk, ExitCode.FAILED)
    assert "(403 no way: at" in error.what
    assert "mine" not in error.what


@pytest.mark.parametrize("fault", ["", "a stranger's", "for another host"])
async def test_only_an_index_that_proves_who_it_is_gets_anything(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """A certificate of nobody who is trusted, or for another name: no file, no token, and the cause told."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    shown = tls.identity(tmp_path, "other.example" if fault == "for another host" else tls.HOST)
    known = tls.identity(tmp_path, "somebody.else") if fault == "a stranger's" else shown
    monkeypatch.setenv("SSL_CERT_FILE", str(known.certificate))
    desk.environ["REQUESTS_CA_BUNDLE"] = str(known.certificate)
    with warehouse(desk.account, shown.context()) as desk.index:
        if not fault:
            await finishes(desk)
            return
        error = await ends(desk, ExitCode.FAILED)
        assert "could not be asked" in error.what
        assert "certificate verify failed" in error.what
        async with desk.at_hand() as child:
            wheel = desk.artifacts[0]
            to = Destination(desk.index.url, desk.account)
            outcome = await child.upload(wheel.path, wheel.sha256, to)
        assert outcome.answer is IndexAnswer.UNREACHABLE
        assert "certificate verify failed" in outcome.reason
        assert (desk.index.state.uploads, desk.index.state.tokens) == ([], [])


# Whoever waits may go.


@pytest.mark.parametrize("name", [WHEEL, SDIST])
async def test_a_signal_ends_the_waiting_at_once(desk: Desk, name: str) -> None:
    """With nothing public nothing is owed; else what is public is told, and the rest can be resumed."""
    desk.index.state.script[name] = repeat(Reply(429, "Slow down", headers={"Retry-After": "250"}))

    async def sleep(seconds: float) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await anyio.sleep(seconds)

    desk.backoff = Backoff(sleep=sleep)
    with anyio.fail_after(60), suppress(Interrupted):  # trio lets go of what has ended already
        await cancellation.interruptible(desk.release)
    assert desk.posts.count(name) == 1
    if name == WHEEL:
        assert desk.failures == []
    else:
        (error,) = desk.failures
        assert error.code == ExitCode.UNFINISHED
        assert error.what.startswith("the release was interrupted while it waited: ")
        assert f"{name}: rate limited (429 Slow down)" in error.what
        assert error.progress
        assert error.progress.public == (f"upload {WHEEL}",)
        assert error.cure.endswith("release-async --resume")
    del desk.index.state.script[name]
    await finishes(desk)
    assert sorted(set(desk.posts)) == [WHEEL, SDIST]


# Fourteen days.


async def test_a_day_is_told_where_the_index_has_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until when PyPI takes what is owed stands beside it."""
    addresses = UploadUrls(desk.index.url, "")
    monkeypatch.setattr(repository_url, "upload_urls", lambda: addresses)
    desk.index.state.script[SDIST] = iter([Reply(403, "Read-only mode")])
    error = await ends(desk, ExitCode.UNFINISHED)
    assert error.progress
    assert error.progress.deadline.startswith("Example accepts no more files of 1.3.0 after 20")


async def test_where_a_token_is_made_is_told_where_it_is_known(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PyPI and TestPyPI the very page, beside the setting that the token is in."""
    monkeypatch.setattr(repository_url, "upload_urls", lambda: UploadUrls(desk.index.url, ""))
    page = desk.index.url.replace("legacy/", "manage/account/token/")
    for reason in ("Invalid or non-existent authentication information.", "It isn't allowed to upload"):
        desk.index.state.script[WHEEL] = iter([Reply(403, reason)])
        error = await ends(desk, ExitCode.FAILED)
        assert "the token in TOKEN" in error.cure
        assert error.cure.endswith(f"is made at {page}")


# The whole tool.


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A project, its remote, and an index."""
    with crashing.scene(tmp_path) as scene:
        yield scene


def test_a_release_survives_a_bad_minute(scene: Scene, anyio_backend: str) -> None:
    """One answer of 503 and one that asks for a second: both waits are told, and the release is out."""
    assert isinstance(scene.index, State)
    slow = Reply(429, "Too Many Requests", headers={"Retry-After": "1"})
    scene.index.script = {".whl": iter([IN_TROUBLE]), ".tar.gz": iter([slow])}
    run = scene.stage.run(*RELEASE[:-2], backend=anyio_backend)
    assert run.code == 0, run.said
    assert "wait whether 127.0.0.1" in run.said
    assert "(503 Service Unavailable); attempt 2 in 1 s" in run.said
    assert "rate limited (429 Too Many Requests); attempt 2 in 1 s" in run.said
    assert scene.faults(None) == []


@pytest.mark.parametrize("ending", [".whl", ".tar.gz"])
def test_ctrl_c_ends_a_wait_of_the_tool(scene: Scene, anyio_backend: str, ending: str) -> None:
    """Before anything is public: 130, and nothing has changed; after it: 5, and --resume finishes it."""
    assert isinstance(scene.index, State)
    before = scene.stage.fingerprint()
    scene.index.script = {ending: repeat(Reply(429, "Slow down", headers={"Retry-After": "250"}))}
    with scene.stage.forked(*RELEASE, backend=anyio_backend) as process:
        for line in process.lines():
            if json.loads(line)["event"] == "waiting":
                process.send_signal(signal.SIGINT)
        run = releasing.ended(process)
    assert scene.stage.processes() == []
    if ending == ".whl":
        assert run.code == 130, run.said
        assert scene.stage.fingerprint() == before
        again: tuple[str, ...] = RELEASE
    else:
        assert run.code == 5, run.said
        again = RESUME
    scene.index.script.clear()
    assert scene.stage.run(*again, backend=anyio_backend).code == 0
    assert scene.faults(None) == []
