"""The local index server's process: pypiserver on a free loopback port, until the parent is gone."""

import hmac
from collections.abc import Callable
from pathlib import Path
from socketserver import TCPServer, ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pypiserver  # type: ignore[import-untyped]  # it ships no types

from release_async.process.worker_child_pipe import connect

HOST = "127.0.0.1"


def main() -> None:
    """Carry out the one order, to serve."""
    parent = connect(lambda: None)
    order = next(parent.orders())
    app = pypiserver.app(
        roots=[Path(order["directory"])],
        authenticate=["update"],
        auther=_accepts_only(order["user"], order["password"]),
        disable_fallback=True,  # else an unknown project would be redirected to PyPI
        overwrite=False,
    )
    with Server((HOST, 0), WSGIRequestHandler) as server:
        server.set_app(app)
        parent.answer({"answer": "serving", "url": f"http://{HOST}:{server.server_port}/"})
        server.serve_forever()


def _accepts_only(user: str, password: str) -> Callable[[str, str], bool]:
    expected = f"{user}:{password}".encode()
    return lambda name, word: hmac.compare_digest(f"{name}:{word}".encode(), expected)


class Server(ThreadingMixIn, WSGIServer):
    """A server that answers several clients at once and does not look up its own name."""

    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without the reverse look-up of the host name, which takes seconds on some machines."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]
        self.setup_environ()


if __name__ == "__main__":
    main()
