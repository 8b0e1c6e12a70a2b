"""What an index holds is read alike from every kind of index, and no answer is never taken for "nothing"."""

import gzip
import hashlib
import json
import threading
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from release_async.base.errors import ConfigurationError
from release_async.base.secret import Credentials, Secret
from release_async.external.index import simple_api as index, uploader
from release_async.external.index.simple_api import IndexFile, IndexUnreachableError, files_of_version
from release_async.external.index.upload_responses import IndexAnswer
from release_async.external.index.uploader import Destination
from release_async.process.worker import WorkerOptions
from support import indexes
from support.indexes import Fault

JSON = "application/vnd.pypi.simple.v1+json"


async def test_pypiserver_is_read(tmp_path: Path) -> None:
    """It knows HTML only; names are found in any spelling, and an unknown project is no error."""
    file = indexes.wheel(tmp_path / "index")
    with indexes.pypiserver(tmp_path / "index", indexes.credentials()) as url:
        async with index.open_index(url) as reader:
            files = await reader.files("DEMO")
            unknown = await reader.files("unknown")
    assert files == {file.name: hashlib.sha256(file.read_bytes()).hexdigest()}
    assert unknown == {}


async def test_devpi_is_read(tmp_path: Path, devpi: str, anyio_backend: str) -> None:
    """Its simple API has a name of its own, found out from its answers; a second upload is told truly."""
    file, account = (
        indexes.wheel(tmp_path),
        Credentials(f"reader-{anyio_backend}", indexes.credentials().secret),
    )
    expected = hashlib.sha256(file.read_bytes()).hexdigest()
    url = indexes.devpi_index(devpi, account)
    async with (
        index.open_index(url) as reader,
        uploader.open_uploader(tmp_path / "scratch", WorkerOptions({})) as child,
    ):
        before = await reader.files("demo")
        stranger = Destination(url, Credentials(account.user, Secret("wrong")))
        refused = await child.upload(file, expected, stranger)
        stored = await child.upload(file, expected, Destination(url, account))
        same = await child.upload(file, expected, Destination(url, account))
        after = await reader.files("demo")
        other = indexes.wheel(tmp_path, ballast=10)
        changed = hashlib.sha256(other.read_bytes()).hexdigest()
        differs = await child.upload(other, changed, Destination(url, account))
    assert await at_once(url, 5) == [{file.name: expected}] * 5
    assert before == {}
    assert after == {file.name: expected}
    assert [outcome.answer for outcome in (refused, stored, same, differs)] == [
        IndexAnswer.BAD_CREDENTIAL,
        IndexAnswer.STORED,
        IndexAnswer.STORED,
        IndexAnswer.EXISTS,
    ]


async def at_once(url: str, times: int, account: Credentials | None = None) -> list[dict[str, str]]:
    """What is read by checks that run at the same time, none of which knows the answer of another."""
    answers = []

    async def ask(reader: index.Index) -> None:
        answers.append(await reader.files("demo"))

    async with index.open_index(url, credentials=account) as reader, anyio.create_task_group() as group:
        for _ in range(times):
            group.start_soon(ask, reader)
    return answers


async def test_json_is_read() -> None:
    """PyPI's own form; a file without a hash is a file all the same."""
    listed = [
        {"filename": "demo-1.0.tar.gz", "hashes": {"sha256": "aa", "md5": "bb"}},
        {"filename": "demo-0.9.tar.gz", "hashes": {}},
    ]
    page = indexes.answer("200 OK", json.dumps({"files": listed}), Content_Type=JSON)
    with indexes.scripted(page) as server:
        async with index.open_index(server.url) as reader:
            files = await reader.files("Demo.Project")
    assert files == {"demo-1.0.tar.gz": "aa", "demo-0.9.tar.gz": ""}
    (request,) = server.requests
    assert request.line == "GET /simple/demo-project/ HTTP/1.1"
    assert request.headers["cache-control"] == "no-cache"


async def test_html_is_read() -> None:
    """File names and hashes come from the links, whatever stands around them."""
    page = """<html><a name="top">no link</a>
        <a href="../../files/demo-1.0%2Blocal.tar.gz#sha256=aa" data-yanked="">demo</a>
        <A HREF='https://files.example/demo-1.1.tar.gz#md5=bb'>demo</A>
        <a href="/demo-1.2.tar.gz">demo</a>"""
    with indexes.scripted(indexes.answer("200 OK", page, Content_Type="text/html")) as server:
        async with index.open_index(server.url) as reader:
            files = await reader.files("demo")
    assert files == {"demo-1.0+local.tar.gz": "aa", "demo-1.1.tar.gz": "", "demo-1.2.tar.gz": ""}


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (indexes.answer("401 Unauthorized"), "401"),
        (indexes.answer("503 Back soon"), "503 Back soon"),
        (indexes.answer("200 OK", "{}", Content_Type=JSON), "not that of a package index"),
        (indexes.answer("200 OK", "hello"), "not that of a package index"),
        (indexes.answer("200 OK", "<form><input type='password'></form>"), "not that of a package index"),
        (indexes.answer("200 OK", "<html>", Content_Type=JSON), "not that of a package index"),
        (indexes.answer("200 OK", '{"files": [1]}', Content_Type=JSON), "not that of a package index"),
        (b"rubbish\r\n\r\n", "could not be asked"),
        (Fault.RESET, "could not be asked"),
        (Fault.HANG, "did not answer within"),
        (Fault.DRIP, "did not answer within"),
    ],
)
async def test_no_answer_is_not_nothing(step: bytes | Fault, words: str) -> None:
    """An index that says nothing of use stops a release: else a version that exists would look free."""
    with indexes.scripted(step) as server:
        async with index.open_index(server.url, answer_timeout=0.5) as reader:
            with pytest.raises(IndexUnreachableError, match=words) as caught:
                await reader.files("demo")
    assert caught.value.cure
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
async def test_who_is_not_let_in_is_told_which_settings_hold_the_login(status: str) -> None:
    """Neither the network nor the address is wrong; where no login is asked for, all is as before."""
    account = Credentials("someone", indexes.credentials().secret)
    asked = (indexes.answer("401 Unauthorized"), indexes.answer(status), indexes.answer(status))
    with indexes.scripted(*asked) as server:
        async with (
            index.open_index(server.url, credentials=account, login="HERE and THERE") as reader,
            index.open_index(server.url) as public,
        ):
            with pytest.raises(
                IndexUnreachableError, match=f"answered {status} to the user name someone"
            ) as caught:
                await reader.files("demo")
            with pytest.raises(IndexUnreachableError, match=f"it answered {status}$") as nobody:
                await public.files("demo")
    assert "see that HERE and THERE hold a login" in caught.value.cure
    assert "check the network" in nobody.value.cure


@pytest.mark.parametrize(("in_vain", "asked"), [(True, 3), (False, 1)])
async def test_who_looks_once_asks_no_second_time_in_vain(in_vain: bool, asked: int) -> None:  # noqa: FBT001 - a parameter of the test
    """Whatever is asked for next, the answer is the same at once; who stays asks again."""
    said = set()
    with indexes.scripted(Fault.HANG) as server:
        async with index.open_index(server.url, answer_timeout=0.3) as reader:
            if not in_vain:
                reader.ask_no_more_in_vain()
            for name in ("demo", "demo", "other"):
                with pytest.raises(IndexUnreachableError) as caught:
                    await reader.files(name)
                said.add((caught.value.what, caught.value.network))
    assert len(server.requests) == asked
    assert said == {(f"the package index at {server.url.split('/')[2]} could not be asked: {_LATE}", True)}


_LATE = "it did not answer within 0.3 s"


async def test_an_index_that_is_down_is_told_in_the_words_of_the_cause() -> None:
    """Neither the library's words for its own layers, nor the number that the system said."""
    url = f"http://127.0.0.1:{indexes.free_port()}/"
    async with index.open_index(url) as reader:
        with pytest.raises(IndexUnreachableError, match=r"nothing listens there \(connection refused\)"):
            await reader.files("demo")


async def test_a_broken_certificate_is_told_on_both_backends() -> None:
    """On trio the failed handshake says nothing itself; the person must read why all the same."""
    with indexes.scripted(b"this is not TLS\r\n\r\n") as server:
        async with index.open_index(server.url.replace("http://", "https://"), answer_timeout=5) as reader:
            with pytest.raises(IndexUnreachableError, match=r"(?i)ssl"):
                await reader.files("demo")


async def test_a_question_can_be_asked_again() -> None:
    """After an index that was in trouble has recovered, the same client reads it."""
    steps = (Fault.RESET, indexes.answer("404 Not Found"))
    with indexes.scripted(*steps) as server:
        async with index.open_index(server.url) as reader:
            with pytest.raises(IndexUnreachableError):
                await reader.files("demo")
            assert await reader.files("demo") == {}


async def test_the_loop_goes_on_while_the_client_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its imports and certificates take a while, in which processes are started; it is made once for all."""
    threads = []

    class Client(httpx2.AsyncClient):
        def __init__(self, **given: Any) -> None:  # noqa: ANN401 - whatever the library takes
            threads.append(threading.current_thread())
            super().__init__(**given)

    monkeypatch.setattr(httpx2, "AsyncClient", Client)
    missing = indexes.answer("404 Not Found")
    with indexes.scripted(missing, missing) as server:
        async with index.open_index(server.url) as reader, anyio.create_task_group() as group:
            group.start_soon(reader.files, "demo")
            group.start_soon(reader.files, "other")
    (made_by,) = threads
    assert made_by is not threading.main_thread()


async def test_credentials_are_sent_only_where_they_were_given() -> None:
    """A private index may ask for them to be read, and gets them from then on; no other learns them."""
    account = indexes.credentials()
    asks, none = indexes.answer("401 Unauthorized"), indexes.answer("404 Not Found")
    with indexes.scripted(asks, none, none, none) as server:
        async with index.open_index(server.url, credentials=account) as reader:
            await reader.files("demo")
            await reader.files("demo")
        async with index.open_index(server.url, credentials=account) as reader:
            await reader.files("demo")
    sent = [request.headers.get("authorization") for request in server.requests]
    basic = f"Basic {account.basic.reveal()}"
    assert sent == [None, basic, basic, None]


async def test_who_reads_at_once_is_asked_for_credentials_at_once() -> None:
    """Each of them gets the answer to its own question, and none is refused what another has been given."""
    asks, page = indexes.answer("401 Unauthorized"), listing("demo-1.0.tar.gz")
    with indexes.scripted(asks, asks, page, page) as server:
        answers = await at_once(server.url, 2, indexes.credentials())
    assert [[*answer] for answer in answers] == [["demo-1.0.tar.gz"]] * 2


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
async def test_a_page_on_another_host_is_not_this_index_s(status: str) -> None:
    """Pypiserver sends everybody to the public index for what it has not: nobody follows."""
    account = indexes.credentials()
    with indexes.scripted(listing("demo-1.0.tar.gz")) as other:
        elsewhere = indexes.answer(
            status, Location=f"{other.url.replace('127.0.0.1', 'localhost')}simple/demo/"
        )
        with indexes.scripted(elsewhere) as server:
            async with index.open_index(server.url, credentials=account) as reader:
                assert await reader.files("demo") == {}
    assert other.requests == []


async def test_a_page_that_was_moved_within_the_index_is_followed() -> None:
    """A few times; one that leads in circles is no answer."""
    moved = indexes.answer("301 Moved", Location="/elsewhere/demo/")
    with indexes.scripted(moved, listing("demo-1.0.tar.gz")) as server:
        async with index.open_index(server.url) as reader:
            assert list(await reader.files("demo")) == ["demo-1.0.tar.gz"]
    assert [request.line.split()[1] for request in server.requests] == ["/simple/demo/", "/elsewhere/demo/"]
    with indexes.scripted(*[moved] * 9) as server:
        async with index.open_index(server.url) as reader:
            with pytest.raises(IndexUnreachableError, match="301"):
                await reader.files("demo")


async def test_no_proxy_stands_before_the_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the company's cannot reach this machine's own index."""
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{indexes.free_port()}")
    with indexes.scripted(indexes.answer("404 Not Found")) as server:
        async with index.open_index(server.url) as reader:
            assert await reader.files("demo") == {}


async def test_an_address_in_clear_text_is_refused() -> None:
    """Before anything is asked."""
    with pytest.raises(ConfigurationError):
        async with index.open_index("http://index.example/"):
            pass


def test_the_files_of_one_version_are_found() -> None:
    """By what the names mean, not by how they begin: 1.0 is neither 1.0.1 nor 1.0rc1, but is 1.0.0."""
    mine = ("demo-1.0.tar.gz", "demo-1.0-py3-none-any.whl", "demo-1.0.0-1-cp311-cp311-linux_x86_64.whl")
    others = ("demo-1.0.1.tar.gz", "demo-1.0rc1.tar.gz", "demo-1.0.egg", "demo-plus-2.0.zip", "rubbish", "")
    files = dict.fromkeys(mine + others, "aa")
    assert files_of_version(files, "1.0") == dict.fromkeys(mine, "aa")
    assert files_of_version(files, "2") == {"demo-plus-2.0.zip": "aa"}


async def test_what_was_told_is_known(tmp_path: Path) -> None:
    """Nothing before it was asked, nothing of a project without files, and in any spelling."""
    indexes.wheel(tmp_path / "index")
    with indexes.pypiserver(tmp_path / "index", indexes.credentials()) as url:
        async with index.open_index(url) as reader:
            assert not reader.has_files_of("demo")
            await reader.files("other")
            assert not reader.has_files_of("other")
            assert await reader.files("demo")
            assert reader.has_files_of("DeMo")
            assert not reader.has_files_of("other")


@pytest.mark.parametrize("hours", [-24 * 365, -3, 0, 3, 24 * 365])
async def test_the_time_is_told_by_the_index(hours: int) -> None:
    """A clock of ours that is wrong, or a wrong time zone, moves no deadline (RFC 9110, "Date")."""
    theirs = time.time() + hours * 3600
    page = indexes.answer("404 Not Found", Date=formatdate(theirs, usegmt=True))
    with indexes.scripted(page) as server:
        async with index.open_index(server.url) as reader:
            assert abs(reader.now() - time.time()) < 1  # nothing was asked yet: it is ours
            await reader.files("demo")
            assert abs(reader.now() - theirs) < 30


@pytest.mark.parametrize("date", ["", "tomorrow", "Mon, 99 Feb 2026 00:00:00 GMT", None])
async def test_an_index_that_does_not_know_the_time_is_told_ours(date: str | None) -> None:
    """A missing or broken date is no error."""
    said = {} if date is None else {"Date": date}
    with indexes.scripted(indexes.answer("404 Not Found", **said)) as server:
        async with index.open_index(server.url) as reader:
            assert await reader.files("demo") == {}
            assert abs(reader.now() - time.time()) < 30


def listing(*links: str) -> bytes:
    """A page that links to files."""
    body = "".join(f'<a href="{link}">a file</a>' for link in links)
    return indexes.answer("200 OK", body, Content_Type="text/html")


async def test_a_file_is_weighed_as_it_lies_there(tmp_path: Path) -> None:
    """By its own bytes, whatever the page tells of it; what the page does not list is not asked for."""
    file = indexes.wheel(tmp_path / "index", ballast=300_000)
    content = file.read_bytes()
    with indexes.pypiserver(tmp_path / "index", indexes.credentials()) as url:
        async with index.open_index(url) as reader:
            assert await reader.fetch_digest("demo", file.name) is None  # no page was read yet
            await reader.files("demo")
            weighed = await reader.fetch_digest("DEMO", file.name)
            assert await reader.fetch_digest("demo", "demo-9.9-py3-none-any.whl") is None
            file.unlink()
            assert await reader.fetch_digest("demo", file.name) is None
    assert weighed == IndexFile(hashlib.sha256(content).hexdigest(), len(content))


async def test_a_packed_file_is_not_unpacked_on_the_way() -> None:
    """Servers that tell a .tar.gz to be a packed .tar would change its digest."""
    packed = gzip.compress(b"an sdist")
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    with indexes.scripted(listing("demo-1.0.tar.gz"), head.encode() + packed) as server:
        async with index.open_index(server.url) as reader:
            await reader.files("demo")
            weighed = await reader.fetch_digest("demo", "demo-1.0.tar.gz")
    assert weighed == IndexFile(hashlib.sha256(packed).hexdigest(), len(packed))
    assert server.requests[1].line == "GET /simple/demo/demo-1.0.tar.gz HTTP/1.1"


async def test_files_that_lie_elsewhere_are_fetched_without_credentials() -> None:
    """Linked to or redirected to: no other host learns them."""
    account = indexes.credentials()
    with indexes.scripted(indexes.answer("200 OK", "bytes")) as other:
        elsewhere = other.url.replace("127.0.0.1", "localhost")
        page = listing(f"{elsewhere}demo-1.0.tar.gz", "demo-1.0-py3-none-any.whl")
        moved = indexes.answer("302 Found", Location=f"{elsewhere}demo-1.0-py3-none-any.whl")
        with indexes.scripted(indexes.answer("401 Unauthorized"), page, moved) as server:
            async with index.open_index(server.url, credentials=account) as reader:
                await reader.files("demo")
                one = await reader.fetch_digest("demo", "demo-1.0.tar.gz")
                two = await reader.fetch_digest("demo", "demo-1.0-py3-none-any.whl")
    assert one == two == IndexFile(hashlib.sha256(b"bytes").hexdigest(), 5)
    assert [request.headers.get("authorization") for request in other.requests] == [None, None]
    assert server.requests[-1].headers["authorization"] == f"Basic {account.basic.reveal()}"


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (indexes.answer("503 Back soon"), "is answered with 503"),
        (Fault.RESET, "demo-1.0.tar.gz: "),
        (Fault.HANG, "did not come within"),
        (Fault.DRIP, "did not come within"),
    ],
)
async def test_a_file_that_does_not_come_is_told(step: bytes | Fault, words: str) -> None:
    """In time, and never as a file of other bytes."""
    with indexes.scripted(listing("demo-1.0.tar.gz"), step) as server:
        async with index.open_index(server.url) as reader:
            await reader.files("demo")
            with pytest.raises(IndexUnreachableError, match=words):
                await reader.fetch_digest("demo", "demo-1.0.tar.gz", seconds=1.0)


async def test_looks_before_and_after_a_change_are_kept_apart() -> None:
    """By their form, which caches keep apart; a serial that has not moved tells a late page."""
    serials = ["7", "7", "8", "8", "9"]
    pages = [
        indexes.answer("200 OK", "<html>", Content_Type="text/html", X_PyPI_Last_Serial=one)
        for one in serials
    ]
    lags = []
    with indexes.scripted(*pages) as server:
        async with index.open_index(server.url) as reader:
            for change in (False, True, False, True, False):
                if change:
                    reader.expect_change()
                await reader.files("demo")
                lags.append(reader.is_stale)
    assert lags == [False, True, False, True, False]
    forms = [request.headers["accept"].partition(",")[0].rpartition("+")[2] for request in server.requests]
    assert forms == ["html", "json", "json", "json", "json"]


async def test_an_index_without_serials_never_seems_late() -> None:
    """Only what is certain is said."""
    with indexes.scripted(indexes.answer("404 Not Found")) as server:
        async with index.open_index(server.url) as reader:
            await reader.files("demo")
            reader.expect_change()
            await reader.files("demo")
            assert not reader.is_stale
