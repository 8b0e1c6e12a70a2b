"""Wheels for many platforms, uploaded by `publish`, by twine and by uv, in turns, to a real pypiserver.

Each upload goes to an empty index. What is measured is wall time and the memory of the whole tree. The last
row is the floor: the same bytes sent by nobody who looks at them, three files at once.
Type: python benchmarks/many_wheels.py --wheels 40 --megabytes 20 --rounds 3
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support import matrix, releasing
from support.releasing import Stage

PROGRAMS = Path(sys.executable).parent


def wheelhouse(stage: Stage, directory: Path, count: int, megabytes: int) -> tuple[Path, ...]:
    """The sdist, and so many wheels with so much noise in each."""
    tags = [tag for tag in matrix.TAGS if tag != "py3-none-any"][:count]
    files = matrix.built(stage.repository.path, directory, tags)
    noise = _ELF + os.urandom(megabytes << 20)
    for path in files:
        if path.suffix == ".whl":
            _enlarge(path, noise)
    for path in directory.glob("*-py3-none-any.whl"):
        path.unlink()
    return tuple(sorted(directory.iterdir()))


_ELF = b"\x7fELF"
"""How a compiled file begins."""


def _enlarge(path: Path, noise: bytes) -> None:
    """Add a file of noise, which RECORD has to name."""
    from support import packed  # noqa: PLC0415 - found by the path above

    with zipfile.ZipFile(path) as source:
        members = {name: source.read(name) for name in source.namelist()}
    record = next(name for name in members if name.endswith("/RECORD"))
    line = f"tiny/_native.so,sha256={packed.digest(noise)},{len(noise)}\n"
    members[record] = line.encode() + members[record]
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("tiny/_native.so", noise)
        for name, content in members.items():
            target.writestr(name, content)


def tools(stage: Stage, files: tuple[Path, ...]) -> dict[str, tuple[str, ...]]:
    """The command of each tool."""
    user, secret, names = stage.account.user, stage.account.secret.reveal(), tuple(map(str, files))
    twine = ("upload", "--disable-progress-bar", "--non-interactive", "--repository-url", stage.url)
    return {
        _OURS: (sys.executable, "-m", "release_async", "publish", "--yes", *names),
        "twine": (str(PROGRAMS / "twine"), *twine, "-u", user, "-p", secret, *names),
        "uv": (str(PROGRAMS / "uv"), "publish", "--publish-url", stage.url, "-u", user, "-p", secret, *names),
    }


def measured(stage: Stage, command: tuple[str, ...]) -> tuple[float, float]:
    """Seconds that a command takes, and MiB of its whole tree at most."""
    for path in stage.packages.iterdir():
        path.unlink()
    env = {**stage.environment(), "UV_NO_CONFIG": "1"}
    started = time.monotonic()
    process = subprocess.Popen(
        command, cwd=stage.repository.path, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    most = [0.0]
    watching = threading.Thread(target=_watch, args=(process, most))
    watching.start()
    said = process.communicate()[0]
    watching.join()
    if process.returncode:
        sys.exit(said.decode())
    return time.monotonic() - started, most[0]


BLOCK = 1 << 20


def only_sent(stage: Stage, files: tuple[Path, ...]) -> float:
    """Seconds that the index needs to take all files, from who neither reads nor proves anything."""
    for path in stage.packages.iterdir():
        path.unlink()
    started = time.monotonic()
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(partial(_post, stage), files))
    return time.monotonic() - started


def _post(stage: Stage, path: Path) -> None:
    account, place = stage.account, urlsplit(stage.url)
    head = (
        '--x\r\nContent-Disposition: form-data; name=":action"\r\n\r\nfile_upload\r\n--x\r\n'
        f'Content-Disposition: form-data; name="content"; filename="{path.name}"\r\n\r\n'
    ).encode()
    end = b"\r\n--x--\r\n"
    login = b64encode(f"{account.user}:{account.secret.reveal()}".encode()).decode()
    connection = HTTPConnection(place.netloc, blocksize=BLOCK)
    connection.putrequest("POST", place.path)
    connection.putheader("Authorization", f"Basic {login}")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(len(head) + path.stat().st_size + len(end)))
    connection.endheaders(head)
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            connection.send(block)
    connection.send(end)
    status = connection.getresponse().status
    connection.close()
    if status != HTTPStatus.OK:
        sys.exit(f"{path.name}: {status}")


def _watch(process: "subprocess.Popen[bytes]", most: list[float]) -> None:
    while process.poll() is None:
        most[0] = max(most[0], _tree(process.pid))
        time.sleep(0.05)


def _tree(pid: int) -> float:
    """The memory of a process and of all below it, without those that have just been forked.

    A child that has not called exec yet borrows all of its parent's memory, which would count twice.
    """
    own, below = _command(pid), _below(pid)
    return _resident(pid) + sum(_resident(each) for each in below if _command(each) != own)


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _below(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(each) for task in tasks for each in (task / "children").read_text().split()]
    except OSError:
        return []
    return [*children, *(each for child in children for each in _below(child))]


def _resident(pid: int) -> float:
    """The memory of one process in MiB, shared pages by their part (smaps_rollup, PSS)."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("Pss:")), 0.0)


_OURS = "release-async"
_FLOOR = "only sent"


def main() -> None:
    """Run all tools in turns, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (("wheels", 10), ("megabytes", 20), ("rounds", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, releasing.tiny(Path(folder)) as stage:
        files = wheelhouse(stage, Path(folder) / "wheelhouse", given.wheels, given.megabytes)
        seconds: dict[str, list[float]] = {}
        memory: dict[str, float] = {}
        for _ in range(given.rounds):
            for name, command in tools(stage, files).items():
                took, most = measured(stage, command)
                seconds.setdefault(name, []).append(took)
                memory[name] = max(memory.get(name, 0.0), most)
            seconds.setdefault(_FLOOR, []).append(only_sent(stage, files))
        for name, each in seconds.items():
            print(f"{name:14} {statistics.median(each):7.2f} s   {memory.get(name, 0.0):6.1f} MiB")
        sys.exit(0 if all([*_ratios_are_kept(seconds), _is_kept("MiB", memory[_OURS], 150.0)]) else 1)


def _ratios_are_kept(seconds: dict[str, list[float]]) -> Iterator[bool]:
    for other, bar in (("twine", 0.8), ("uv", 1.1)):
        pairs = zip(seconds[_OURS], seconds[other], strict=True)
        ratio = statistics.median(mine / theirs for mine, theirs in pairs)
        yield _is_kept(f"{_OURS} / {other}", ratio, bar)


def _is_kept(what: str, measured: float, bar: float) -> bool:
    is_kept = measured <= bar
    print(f"{what}: {measured:.2f} (bar: {bar}, {'kept' if is_kept else 'missed'})")
    return is_kept


if __name__ == "__main__":
    main()
