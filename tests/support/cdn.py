"""What stands before PyPI: a cache that heeds nobody's wish for a fresh page, whose purges can be late.

Modelled on the configuration of PyPI's own: `Cache-Control` of a request and queries are not heeded, the two
HTML forms of a page are kept as one and the JSON form beside it, a page that is absent is kept too, and no
header tells how old an answer is; only the serial of the page does.
"""

import http.client
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import urlsplit

from support.warehouse import Abrupt

_DIGEST = re.compile(rb'{"sha256": "[0-9a-f]*"}')


class Answer(NamedTuple):
    """What the index has said."""

    status: int
    kind: str
    serial: str
    body: bytes


class Asked(NamedTuple):
    """One question for a page: in which form, and whether the cache had the answer."""

    form: str
    kept: bool


class Cdn(ThreadingHTTPServer):
    """Hands everything on, and keeps what it has handed on.

    Attributes:
        purge_after: Seconds from an upload to the moment when what is kept of pages is forgotten.
        broken: Given the path of a question, whether it is answered with 503 instead.
        silent_about_digests: Whether its pages tell no digest of any file.
        replaced: Bytes that are given instead of a file's own, by its name.
        asked: Every question for a page of a project, in their order.
    """

    daemon_threads = True

    def __init__(self, behind: str, purge_after: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = urlsplit(behind)
        self.purge_after = purge_after
        self.broken: Callable[[str], bool] = lambda _: False
        self.silent_about_digests = False
        self.replaced: dict[str, bytes] = {}
        self.asked: list[Asked] = []
        self.kept: dict[tuple[str, str], Answer] = {}
        self.serial = 1
        self.purge_at: list[float] = []
        self.turn = threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_port}{self.behind.path}"

    def page(self, path: str, form: str, fetch: Callable[[], Answer]) -> Answer:
        """A page as the cache gives it."""
        with self.turn:
            while self.purge_at and self.purge_at[0] <= time.monotonic():
                del self.purge_at[0]
                self.kept.clear()
            kept = self.kept.get((path, form))
            self.asked.append(Asked(form, kept is not None))
            if kept is None:
                kept = self.kept[path, form] = fetch()._replace(serial=str(self.serial))
            return kept._replace(body=_DIGEST.sub(b"{}", kept.body)) if self.silent_about_digests else kept

    def changed(self) -> None:
        """Something was stored."""
        with self.turn:
            self.serial += 1
            self.purge_at.append(time.monotonic() + self.purge_after)


class _Handler(Abrupt):
    server: Cdn

    def do_GET(self) -> None:  # noqa: N802 - the name that the base class calls
        path, name = urlsplit(self.path).path, self.path.split("/")[-1]
        if self.server.broken(path):
            self._answer(Answer(503, "text/plain", "", b"no"))
        elif name in self.server.replaced:
            self._answer(Answer(200, "application/octet-stream", "", self.server.replaced[name]))
        elif path.startswith("/simple/") and path.endswith("/"):
            form = "html" if "html" in self.headers["Accept"].partition(",")[0] else "json"
            self._answer(self.server.page(path, form, self._forwarded))
        else:
            self._answer(self._forwarded())

    def do_POST(self) -> None:  # noqa: N802 - as above
        answer = self._forwarded(self.rfile.read(int(self.headers["Content-Length"])))
        if answer.status == 200:
            self.server.changed()
        self._answer(answer)

    def _forwarded(self, body: bytes | None = None) -> Answer:
        connection = http.client.HTTPConnection(self.server.behind.netloc, timeout=60)
        connection.request(self.command, self.path, body, dict(self.headers))
        response = connection.getresponse()
        kind = response.getheader("Content-Type", "text/plain")
        answer = Answer(response.status, kind, "", response.read())
        connection.close()
        return answer

    def _answer(self, answer: Answer) -> None:
        self.send_response(answer.status)
        headers = {
            "Content-Type": answer.kind,
            "Content-Length": str(len(answer.body)),
            "Connection": "close",
        }
        if answer.serial:
            headers["X-PyPI-Last-Serial"] = answer.serial
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)


@contextmanager
def cdn(behind: str, purge_after: float = 0.0) -> Iterator[Cdn]:
    """Put a cache before the index at ``behind``."""
    with Cdn(behind, purge_after) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
