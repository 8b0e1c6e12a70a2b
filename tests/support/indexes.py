"""Package indexes for tests: pypiserver as people run it, devpi, and one that answers by a script."""

import io
import json
import os
import socket
import struct
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import NamedTuple

import httpx2

from release_async.base.secret import Credentials, Secret
from support import forks, secrets


def credentials() -> Credentials:
    """An account that exists nowhere else."""
    return Credentials("someone", Secret(f"sesame+{secrets.characters(16)}/x"))


DESCRIBED = "Description-Content-Type: text/markdown\n\n# A demo\n"


def wheel(directory: Path, version: str = "1.0", *, metadata: str = DESCRIBED, ballast: int = 0) -> Path:
    """A small wheel of the project "demo".

    Args:
        directory: Where it is written.
        version: Its version.
        metadata: What follows name and version in its metadata.
        ballast: Bytes of noise that make it larger.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"demo-{version}-py3-none-any.whl"
    info = f"demo-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ballast.bin", os.urandom(ballast))
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: demo\nVersion: {version}\n{metadata}"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def sdist(directory: Path, version: str = "1.0") -> Path:
    """A small sdist of the project "demo"."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"demo-{version}.tar.gz"
    data = f"Metadata-Version: 2.1\nName: demo\nVersion: {version}\n{DESCRIBED}".encode()
    with tarfile.open(path, "w:gz") as archive:
        for name in ("PKG-INFO", "pyproject.toml"):
            entry = tarfile.TarInfo(f"demo-{version}/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


@contextmanager
def pypiserver(directory: Path, account: Credentials) -> Iterator[str]:
    """A real pypiserver that serves ``directory``; the repository URL."""
    directory.mkdir(parents=True, exist_ok=True)
    order = {
        "directory": str(directory),
        "user": account.user,
        "password": account.secret.reveal(),
    }
    with forks.conversing("release_async.external.index.rehearsal_server_child", directory) as (
        orders,
        answers,
    ):
        orders.write(json.dumps(order) + "\n")
        yield json.loads(answers.readline())["url"]


@contextmanager
def devpi(directory: Path) -> Iterator[str]:
    """A real devpi-server without users; its address. It takes long to start: share it."""
    programs = Path(sys.executable).parent
    serverdir = ["--serverdir", str(directory)]
    subprocess.run(
        [str(programs / "devpi-init"), *serverdir, "--no-root-pypi"], check=True, stdout=subprocess.DEVNULL
    )
    port = free_port()
    command = [str(programs / "devpi-server"), *serverdir, "--host", "127.0.0.1", "--port", str(port)]
    # Nobody attacks the passwords of this one; at the usual cost of a guess it starts in eight seconds.
    command += ["--argon2-memory", "8", "--argon2-parallelism", "1", "--argon2-time", "1"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    try:
        _wait_for_port(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def devpi_index(root: str, account: Credentials, *, volatile: bool = False) -> str:
    """Make a new user and an index of theirs; its repository URL. A volatile one replaces files."""
    word = account.secret.reveal()
    headers = {"Accept": "application/json"}
    with httpx2.Client(base_url=root, headers=headers, trust_env=False, timeout=60) as client:
        made = client.put(f"/{account.user}", json={"password": word, "email": "person@example.com"})
        made.raise_for_status()
        login = client.post("/+login", json={"user": account.user, "password": word}).raise_for_status()
        ticket = f"{account.user}:{login.json()['result']['password']}"
        headers |= {"X-Devpi-Auth": b64encode(ticket.encode()).decode()}
        index = f"/{account.user}/main"
        client.put(index, json={"bases": [], "volatile": volatile}, headers=headers).raise_for_status()
    return f"{root}{index}/"


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 120  # on a crowded machine devpi takes its time
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


class Fault(Enum):
    """What a scripted index does instead of answering."""

    HANG = "keeps the connection and says nothing"
    STALL = "takes the beginning of the request, and nothing more"
    RESET = "takes the request, then resets the connection"
    RESET_EARLY = "resets the connection while the body is on its way"
    FORBID_EARLY = "refuses, with PyPI's words, while the body is on its way"
    DRIP = "begins an answer and goes on for ever, a byte at a time"


_NOT_WHOLE = {Fault.STALL, Fault.RESET_EARLY, Fault.FORBID_EARLY}


class Request(NamedTuple):
    """What a scripted index was asked."""

    line: str
    headers: dict[str, str]
    body: bytes


class Scripted:
    """An index that gives the answers of its script, one to each connection, then the last one for ever."""

    def __init__(self, script: Sequence[bytes | Fault]) -> None:
        self.requests: list[Request] = []
        self._script = list(script)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._closing = threading.Event()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/legacy/"

    def serve(self) -> None:
        """Answer until closed."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            step = self._script.pop(0) if len(self._script) > 1 else self._script[0]
            threading.Thread(target=self._play, args=(connection, step), daemon=True).start()

    def close(self) -> None:
        """Let everyone go."""
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            connection.close()

    def _play(self, connection: socket.socket, step: bytes | Fault) -> None:
        try:
            self.requests.append(_read(connection, early=step in _NOT_WHOLE))
            match step:
                case bytes():
                    connection.sendall(step)
                    connection.close()
                case Fault.FORBID_EARLY:
                    connection.sendall(answer("403 Invalid or non-existent authentication information."))
                    while connection.recv(1 << 16):
                        pass
                    connection.close()
                case Fault.HANG | Fault.STALL:
                    self._closing.wait()
                case Fault.DRIP:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                    while not self._closing.wait(0.05):
                        connection.sendall(b"x")
                case _:
                    linger = struct.pack("ii", 1, 0)  # a close with a reset instead of a farewell
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    connection.close()
        except OSError:
            pass  # the client went first


def _read(connection: socket.socket, *, early: bool) -> Request:
    if connection.recv(1, socket.MSG_PEEK) == b"\x16":  # TLS, which this index cannot
        return Request("TLS", {}, connection.recv(4096))
    with connection.makefile("rb") as stream:
        line = stream.readline().decode().strip()
        headers = {}
        while text := stream.readline().decode().strip():
            name, _, value = text.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        return Request(line, headers, stream.read(min(length, 4096) if early else length))


@contextmanager
def scripted(*script: bytes | Fault) -> Iterator[Scripted]:
    """An index that answers by a script."""
    server = Scripted(script)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()


def answer(status: str, body: str = "", **headers: str) -> bytes:
    """One HTTP answer; ``status`` is its number and its reason phrase."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body.encode())}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", body]).encode()


def what_children_show() -> dict[int, list[str]]:
    """The command line and the environment of each of our children, as any program of this user sees them."""
    shown = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == os.getpid():
                shown[int(process.name)] = [
                    (process / "cmdline").read_text(),
                    (process / "environ").read_text(),
                ]
        except OSError:
            continue
    return shown
