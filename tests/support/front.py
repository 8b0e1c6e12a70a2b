"""A server in front of a real package index that spoils chosen uploads, as networks and indexes do."""

import http.client
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from support.warehouse import Abrupt, sent_file


class Fate(Enum):
    """What becomes of one upload."""

    STORED = "it reaches the index, and the answer comes back"
    REFUSED = "it does not reach the index, and is answered with 403"
    UNHEARD = "it reaches the index, and the answer is lost"
    HELD = "it reaches the index when the test says so, and the answer comes back"
    SPOILT = "it reaches the index with a byte changed on the way, and the answer comes back"


class Front(ThreadingHTTPServer):
    """Hands everything on to the index behind it, but the uploads by their fates; then all are stored.

    Attributes:
        arrived: Set when an upload is being held.
        go_on: To be set by the test that wants it to be handed on.
        hidden_by: While this file exists, the index seems to have no files.
        hid: Set when somebody was told so.
        stored: The name of each file that the index took, as often as it took it.
        refused: The name of each file that it refused, as often as it did.
    """

    daemon_threads = True

    def __init__(self, behind: str, fates: Sequence[Fate]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = urlsplit(behind).netloc
        self.fates = list(fates)
        self.url = f"http://127.0.0.1:{self.server_port}/"
        self.arrived = threading.Event()
        self.go_on = threading.Event()
        self.hidden_by: Path | None = None
        self.hid = threading.Event()
        self.stored: list[str] = []
        self.refused: list[str] = []

    def hold_next(self) -> None:
        """Hold the next upload."""
        self.fates[:] = [Fate.HELD]


class _Handler(Abrupt):
    server: Front

    def do_GET(self) -> None:  # noqa: N802 - the name that the base class calls
        if self.server.hidden_by and self.server.hidden_by.exists():
            self.server.hid.set()
            self._answer(404, {}, b"there is no such project")
            return
        self._answer(*self._forwarded())

    def do_POST(self) -> None:  # noqa: N802 - as above
        fate = self.server.fates.pop(0) if self.server.fates else Fate.STORED
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if fate is Fate.REFUSED:
            self._answer(403, {}, b"this account may not upload here")
            return
        if fate is Fate.HELD:
            self.server.arrived.set()
            self.server.go_on.wait(60)
        if fate is Fate.SPOILT:
            body = body.replace(b"Summary: Tiny.", b"Summary: Tinx.", 1)
        answer = self._forwarded(body)
        told = self.server.stored if answer[0] == HTTPStatus.OK else self.server.refused
        told.append(sent_file(self.headers["Content-Type"], body)[0])
        if fate is Fate.UNHEARD:
            self.hang_up()
        else:
            self._answer(*answer)

    def _forwarded(self, body: bytes | None = None) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(self.server.behind, timeout=60)
        connection.request(self.command, self.path, body, dict(self.headers))
        response = connection.getresponse()
        headers = {"Content-Type": response.getheader("Content-Type", "text/plain")}
        answer = response.status, headers, response.read()
        connection.close()
        return answer

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body)), "Connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def front(behind: str, *fates: Fate) -> Iterator[Front]:
    """Put a front before the index at ``behind``; the first uploads meet these fates, one each."""
    with Front(behind, fates) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.go_on.set()
            server.shutdown()
            thread.join()
