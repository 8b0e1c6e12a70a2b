"""Places that git can be pointed at: servers on the loopback interface, and programs that it runs."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar


@contextmanager
def reader(directory: Path) -> Iterator[str]:
    """The address of a real git server that everybody may read and nobody may push to (git-daemon)."""
    port = _free_port()
    where = ("--listen=127.0.0.1", f"--port={port}", f"--base-path={directory}", "--export-all")
    server = subprocess.Popen(
        ("git", "daemon", "--reuseaddr", *where), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    with server:
        try:
            _wait_for(port)
            yield f"git://127.0.0.1:{port}"
        finally:
            server.terminate()


@contextmanager
def answering(status: int) -> Iterator[str]:
    """The address of a web server that answers everything with ``status``; 401 asks for a password."""

    class Handler(_Answering):
        answer = status

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Answering(BaseHTTPRequestHandler):
    answer: ClassVar[int]

    def do_GET(self) -> None:
        self.send_response(self.answer)
        if self.answer == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def program(path: Path, code: str) -> Path:
    """Write a program that runs ``code``, Python with ``sys`` at hand, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable} -IS\nimport sys\n{code}\n")
    path.chmod(0o755)
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
