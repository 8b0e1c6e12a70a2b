"""Uploads: the bytes that were inspected, once, to one index, and a word for every answer."""

import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from release_async.base.errors import ConfigurationError, FailedError
from release_async.base.secret import MASK, Credentials, Secret
from release_async.external.index import uploader
from release_async.external.index.upload_responses import IndexAnswer
from release_async.external.index.uploader import Deadlines, Destination, Uploader
from release_async.process.worker import WorkerOptions
from support import indexes, secrets
from support.indexes import Fault


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    """Where the uploader works; after every test it must be gone."""
    directory = tmp_path / "scratch"
    yield directory
    assert not directory.exists()


@asynccontextmanager
async def ready(scratch: Path, deadlines: Deadlines | None = None) -> AsyncIterator[Uploader]:
    """An uploader with the environment of the test."""
    async with uploader.open_uploader(scratch, WorkerOptions(dict(os.environ)), deadlines) as child:
        yield child


def digest(file: Path) -> str:
    """The hash that an upload must have."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


async def test_a_file_is_stored_once(tmp_path: Path, scratch: Path) -> None:
    """The index has the very bytes; the same name again is EXISTS; a stranger is not let in."""
    file, account = indexes.wheel(tmp_path), indexes.credentials()
    stranger = Credentials(account.user, Secret("wrong"))
    with indexes.pypiserver(tmp_path / "index", account) as url:
        async with ready(scratch) as child:
            refused = await child.upload(file, digest(file), Destination(url, stranger))
            stored = await child.upload(file, digest(file), Destination(url, account))
            again = await child.upload(file, digest(file), Destination(url, account))
    assert (refused.answer, refused.status) == (IndexAnswer.NOT_ALLOWED, 403)
    assert (stored.answer, stored.status) == (IndexAnswer.STORED, 200)
    assert again.answer is IndexAnswer.EXISTS
    assert (tmp_path / "index" / file.name).read_bytes() == file.read_bytes()


async def test_a_file_that_changed_is_not_sent(tmp_path: Path, scratch: Path) -> None:
    """Whoever wrote into the file after it was inspected has uploaded nothing."""
    file, account = indexes.wheel(tmp_path), indexes.credentials()
    expected = digest(file)
    with file.open("ab") as open_file:
        open_file.write(b"x")
    with indexes.scripted(indexes.answer("200 OK")) as server:
        async with ready(scratch) as child:
            with pytest.raises(FailedError, match="not that of the inspected file"):
                await child.upload(file, expected, Destination(server.url, account))
    assert server.requests == []


async def test_a_file_that_cannot_be_read_is_not_sent(tmp_path: Path, scratch: Path) -> None:
    """What is missing or no archive is told in words, and the uploader lives on."""
    broken, good = tmp_path / "broken-1.0-py3-none-any.whl", indexes.wheel(tmp_path)
    broken.write_bytes(b"no archive")
    with indexes.scripted(indexes.answer("200 OK")) as server:
        to = Destination(server.url, indexes.credentials())
        async with ready(scratch) as child:
            for file in (broken, tmp_path / "missing.whl"):
                with pytest.raises(FailedError, match="was not uploaded"):
                    await child.upload(file, hashlib.sha256(b"no archive").hexdigest(), to)
            outcome = await child.upload(good, digest(good), to)
    assert outcome.answer is IndexAnswer.STORED
    assert len(server.requests) == 1


async def test_a_password_may_be_in_any_script(tmp_path: Path, scratch: Path) -> None:
    """Not only in the letters of western Europe."""
    file, account = (
        indexes.wheel(tmp_path),
        Credentials("someone", Secret(f"пароль{secrets.characters(10)}€")),
    )
    with indexes.pypiserver(tmp_path / "index", account) as url:
        async with ready(scratch) as child:
            outcome = await child.upload(file, digest(file), Destination(url, account))
    assert outcome.answer is IndexAnswer.STORED


async def test_one_upload_is_one_request(tmp_path: Path, scratch: Path) -> None:
    """A server in trouble is not sent the file again and again: whether it is there is asked first."""
    file = indexes.wheel(tmp_path)
    with indexes.scripted(indexes.answer("503 Service Unavailable")) as server:
        async with ready(scratch) as child:
            outcome = await child.upload(file, digest(file), Destination(server.url, indexes.credentials()))
    assert (outcome.answer, outcome.status) == (IndexAnswer.UNKNOWN, 503)
    assert [request.line for request in server.requests] == ["POST /legacy/ HTTP/1.1"]
    assert file.read_bytes() in server.requests[0].body


async def test_a_redirect_is_not_followed(tmp_path: Path, scratch: Path) -> None:
    """The secret goes to the index that was named and to no other."""
    file = indexes.wheel(tmp_path)
    with indexes.scripted(indexes.answer("200 OK")) as other:
        away = indexes.answer("308 Permanent Redirect", Location=other.url)
        with indexes.scripted(away) as server:
            async with ready(scratch) as child:
                outcome = await child.upload(
                    file, digest(file), Destination(server.url, indexes.credentials())
                )
    assert outcome.answer is IndexAnswer.WRONG_ADDRESS
    assert other.requests == []


async def test_an_echoed_secret_is_not_shown(tmp_path: Path, scratch: Path) -> None:
    """An index that puts what it was sent, and codes for the terminal, into its answer is not repeated."""
    file, account = indexes.wheel(tmp_path), indexes.credentials()
    word, basic = account.secret.reveal(), account.basic.reveal()
    broken = f"{word[:3]}\x08{word[3:]}"
    answer = indexes.answer(f"403 no \x1b]0;hey\x07 {broken}", f"<html><p>Basic {basic}</p>{'x' * 999}")
    with indexes.scripted(answer) as server:
        async with ready(scratch) as child:
            outcome = await child.upload(file, digest(file), Destination(server.url, account))
    assert outcome.reason.startswith(f"no {MASK}: Basic {MASK}. xxx")
    assert len(outcome.reason) == 300
    assert server.requests[0].headers["authorization"] == f"Basic {basic}"


async def test_a_refusal_in_the_middle_of_the_body_is_heard(tmp_path: Path, scratch: Path) -> None:
    """An index need not take a large file to refuse it; its words are not lost in a broken connection."""
    file = indexes.wheel(tmp_path, ballast=8_000_000)
    with indexes.scripted(Fault.FORBID_EARLY) as server:
        async with ready(scratch) as child:
            outcome = await child.upload(file, digest(file), Destination(server.url, indexes.credentials()))
    assert (outcome.answer, outcome.status) == (IndexAnswer.BAD_CREDENTIAL, 403)


async def test_the_words_of_a_refusal_are_kept(tmp_path: Path, scratch: Path) -> None:
    """PyPI says why in its reason phrase; the person reads it and is told how long to wait."""
    file = indexes.wheel(tmp_path)
    answer = indexes.answer("429 Too many new projects created", Retry_After="3600")
    with indexes.scripted(answer) as server:
        async with ready(scratch) as child:
            outcome = await child.upload(file, digest(file), Destination(server.url, indexes.credentials()))
    assert outcome.answer is IndexAnswer.TOO_MANY_PROJECTS
    assert (outcome.reason, outcome.wait) == ("Too many new projects created", 3600.0)


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.RESET_EARLY, Fault.HANG])
async def test_after_a_broken_connection_nobody_knows(tmp_path: Path, scratch: Path, fault: Fault) -> None:
    """Once bytes were sent the index may hold the file, whatever became of the connection."""
    file = indexes.wheel(tmp_path, ballast=1_000_000)
    with indexes.scripted(fault) as server:
        async with ready(scratch, Deadlines(read=0.2)) as child:
            outcome = await child.upload(file, digest(file), Destination(server.url, indexes.credentials()))
    assert (outcome.answer, outcome.status) == (IndexAnswer.UNKNOWN, None)
    assert outcome.reason
    assert len(server.requests) == 1


async def test_an_answer_that_never_ends_is_ended(tmp_path: Path, scratch: Path) -> None:
    """A server that drips keeps every single timeout; the total deadline holds all the same."""
    file = indexes.wheel(tmp_path)
    with indexes.scripted(Fault.DRIP) as server:
        async with ready(scratch, Deadlines(upload=1.5)) as child:
            outcome = await child.upload(file, digest(file), Destination(server.url, indexes.credentials()))
    assert outcome.answer is IndexAnswer.UNKNOWN


async def test_before_the_first_byte_nothing_can_be_there(tmp_path: Path, scratch: Path) -> None:
    """An index that cannot be connected to is UNREACHABLE, in the words of the cause."""
    file = indexes.wheel(tmp_path)
    url = f"http://127.0.0.1:{indexes.free_port()}/"
    async with ready(scratch) as child:
        outcome = await child.upload(file, digest(file), Destination(url, indexes.credentials()))
    assert outcome.answer is IndexAnswer.UNREACHABLE
    assert "refused" in outcome.reason


async def test_progress_goes_from_nothing_to_all(tmp_path: Path, scratch: Path) -> None:
    """The bar of a large file moves, ends at its end, and does not flood the pipe."""
    file = indexes.wheel(tmp_path, ballast=3_000_000)
    told: list[tuple[int, int]] = []
    with indexes.scripted(indexes.answer("200 OK")) as server:
        async with ready(scratch) as child:
            await child.upload(
                file,
                digest(file),
                Destination(server.url, indexes.credentials()),
                lambda sent, total: told.append((sent, total)),
            )
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] > file.stat().st_size
    assert 2 < len(told) <= 26


async def test_a_large_file_is_streamed(tmp_path: Path, scratch: Path) -> None:
    """The uploader never holds a file in its memory, however large it is."""
    small, large = indexes.wheel(tmp_path), indexes.wheel(tmp_path / "large", ballast=48_000_000)
    account, most = indexes.credentials(), []
    with indexes.scripted(indexes.answer("200 OK")) as server:
        async with ready(scratch) as child:
            for file in (small, large):
                await child.upload(file, digest(file), Destination(server.url, account))
                (process,) = uploaders()
                most.append(highest_memory(process))
    before, after = most
    assert after - before < 16_000_000


def uploaders() -> list[int]:
    """Our children that upload."""
    shown = indexes.what_children_show()
    return [process for process, (arguments, _) in shown.items() if "uploader_child" in arguments]


def highest_memory(process: int) -> int:
    """The most memory that a process has held so far, in bytes (proc(5), VmHWM)."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


async def test_a_new_child_uploads_what_comes_after_one_that_had_to_be_ended(
    tmp_path: Path, scratch: Path
) -> None:
    """When the outcome is told, the one that was still at it is gone; there are never two."""
    file, account = indexes.wheel(tmp_path), indexes.credentials()
    with indexes.scripted(Fault.HANG, indexes.answer("200 OK")) as server:
        async with ready(scratch, Deadlines(upload=2.0)) as child:
            await child.inspect(file)  # which it answers when it has imported what it needs
            (first,) = uploaders()
            outcome = await child.upload(file, digest(file), Destination(server.url, account))
            assert outcome.answer is IndexAnswer.UNKNOWN
            assert outcome.reason == "the uploader gave no answer within 2 s"
            assert uploaders() == []
            await child.inspect(file)
            outcome = await child.upload(file, digest(file), Destination(server.url, account))
            assert outcome.answer is IndexAnswer.STORED
            (second,) = uploaders()
    assert second != first
    assert uploaders() == []
    assert len(server.requests) == 2


async def test_several_uploads_go_on_in_one_child_and_each_has_its_own_answer(
    tmp_path: Path, scratch: Path
) -> None:
    """Also where they come in another order; the progress of each is told to who has asked for it."""
    account = indexes.credentials()
    made = [indexes.wheel(tmp_path / version, version, ballast=300_000) for version in ("1.0", "2.0", "3.0")]
    answers: dict[str, IndexAnswer] = {}
    sent: dict[str, int] = {}
    with indexes.pypiserver(tmp_path / "index", account) as url:
        async with ready(scratch) as child:
            stored = await child.upload(made[1], digest(made[1]), Destination(url, account))
            assert stored.answer is IndexAnswer.STORED

            async def upload(file: Path) -> None:
                def note(_sent: int, total: int) -> None:
                    sent[file.name] = total

                outcome = await child.upload(file, digest(file), Destination(url, account), note)
                answers[file.name] = outcome.answer

            async with anyio.create_task_group() as uploads:
                for file in made:
                    uploads.start_soon(upload, file)
            assert len(uploaders()) == 1
    first, second, third = (file.name for file in made)
    assert answers == {first: IndexAnswer.STORED, second: IndexAnswer.EXISTS, third: IndexAnswer.STORED}
    assert set(sent) == {first, second, third}
    assert all(total > 300_000 for total in sent.values())


async def test_what_goes_on_beside_an_upload_that_had_to_be_ended_is_unknown(
    tmp_path: Path, scratch: Path
) -> None:
    """When the outcome of either is told, nothing is being sent any more; one new child takes over."""
    account = indexes.credentials()
    files = [indexes.wheel(tmp_path / version, version) for version in ("1.0", "2.0")]
    outcomes = []
    with indexes.scripted(Fault.HANG, Fault.HANG, indexes.answer("200 OK")) as server:
        to = Destination(server.url, account)
        async with ready(scratch, Deadlines(upload=2.0)) as child:
            await child.inspect(files[0])

            async def upload(file: Path) -> None:
                outcomes.append(await child.upload(file, digest(file), to))
                assert uploaders() == []

            async with anyio.create_task_group() as uploads:
                for file in files:
                    uploads.start_soon(upload, file)
            assert [outcome.answer for outcome in outcomes] == [IndexAnswer.UNKNOWN] * 2
            again = await child.upload(files[0], digest(files[0]), to)
            assert again.answer is IndexAnswer.STORED
            assert len(uploaders()) == 1


async def test_an_upload_that_stands_still_is_ended(tmp_path: Path, scratch: Path) -> None:
    """An index that talks for ever and says nothing makes no progress, however much time there is."""
    file = indexes.wheel(tmp_path)
    with indexes.scripted(Fault.DRIP) as server:
        async with ready(scratch, Deadlines(silence=1.5)) as child:
            await child.inspect(file)
            outcome = await child.upload(file, digest(file), Destination(server.url, indexes.credentials()))
    assert outcome.answer is IndexAnswer.UNKNOWN
    assert outcome.reason == "the uploader made no progress for 1.5 s"


async def test_an_index_that_takes_no_more_of_the_body_is_left(tmp_path: Path, scratch: Path) -> None:
    """It may have what it needs: only its pages tell."""
    file = indexes.wheel(tmp_path, ballast=20_000_000)
    with indexes.scripted(Fault.STALL) as server:
        async with ready(scratch, Deadlines(connect=0.5)) as child:
            outcome = await child.upload(file, digest(file), Destination(server.url, indexes.credentials()))
    assert (outcome.answer, outcome.status) == (IndexAnswer.UNKNOWN, None)
    assert "timed out" in outcome.reason


async def test_a_first_signal_does_not_reach_the_child(tmp_path: Path, scratch: Path) -> None:
    """An upload that is to be finished is finished, although all around it is cancelled."""
    file, account = indexes.wheel(tmp_path), indexes.credentials()
    outcomes = []
    with indexes.scripted(indexes.answer("200 OK")) as server:
        with anyio.CancelScope() as scope:
            async with ready(scratch) as child:
                scope.cancel()
                with anyio.CancelScope(shield=True):
                    to = Destination(server.url, account)
                    outcomes.append(await child.upload(file, digest(file), to))
    assert [outcome.answer for outcome in outcomes] == [IndexAnswer.STORED]
    assert uploaders() == []


@pytest.mark.parametrize("url", ["http://index.example/", "https://me:word@index.example/", "index.example"])
async def test_no_secret_goes_where_others_could_read_it(tmp_path: Path, scratch: Path, url: str) -> None:
    """An address in clear text, or with a password in it, is refused before anything is sent."""
    file = indexes.wheel(tmp_path)
    async with ready(scratch) as child:
        with pytest.raises(ConfigurationError):
            await child.upload(file, digest(file), Destination(url, indexes.credentials()))


async def test_the_secret_is_in_no_argument_and_no_environment(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other programs of the same user can read both; other sources of credentials are left out."""
    for name in ("TWINE_PASSWORD", "NETRC", "SSLKEYLOGFILE", "PYPI_API_TOKEN"):
        monkeypatch.setenv(name, "from-elsewhere")
    file, account = indexes.wheel(tmp_path), indexes.credentials()
    seen: list[str] = []

    async def upload(server: indexes.Scripted) -> None:
        async with ready(scratch) as child:
            await child.upload(file, digest(file), Destination(server.url, account))

    with indexes.scripted(Fault.HANG) as server:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(upload, server)
            while not server.requests:  # noqa: ASYNC110 - the server runs in a thread of its own
                await anyio.sleep(0.01)
            seen = [text for texts in indexes.what_children_show().values() for text in texts]
            tasks.cancel_scope.cancel()
    assert [text for text in seen if "uploader_child" in text]
    assert not [text for text in seen if account.secret.reveal() in text or "from-elsewhere" in text]


async def test_files_are_inspected_by_twines_rules(tmp_path: Path, scratch: Path) -> None:
    """What an index would refuse or not render is known before anything is uploaded."""
    good = indexes.wheel(tmp_path)
    broken = tmp_path / "broken-1.0-py3-none-any.whl"
    broken.write_bytes(b"no archive")
    async with ready(scratch) as child:
        fine, bad = await child.inspect(good, broken)
    assert (fine.name, fine.version) == ("demo", "1.0")
    assert (fine.errors, fine.warnings) == ((), ())
    assert bad.errors
    assert bad.path == broken


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("text/markdown\n\n", (0, 1)),
        ("text/x-rst\n\nTitle\n==\n\n`open", (1, 0)),
        ("text/x-rst\n\nTitle\n=====\n\n.. raw:: html\n\n   <script>\n", (1, 0)),
    ],
)
async def test_descriptions_are_rendered(
    tmp_path: Path, scratch: Path, description: str, expected: tuple[int, int]
) -> None:
    """A description that PyPI would not show is an error, a missing one a warning."""
    file = indexes.wheel(tmp_path, metadata=f"Description-Content-Type: {description}")
    async with ready(scratch) as child:
        (seen,) = await child.inspect(file)
    assert (len(seen.errors), len(seen.warnings)) == expected
