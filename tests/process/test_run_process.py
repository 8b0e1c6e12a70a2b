"""The process runner against real processes: trees that will not die, pipes that stay open, floods."""

import fcntl
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from release_async.base.errors import CommandError
from release_async.process import end_process_tree, run_process as process
from release_async.process.run_process import Child, Command, open_child, run
from support.processes import command, end_stranger, left, living, marker, python, wait_for
from support.terminal import Terminal

STUBBORN_TREE = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if len(sys.argv) > 2:
    subprocess.Popen([sys.executable, "-I", "-c", sys.argv[2], sys.argv[1]])
print("ready", flush=True)
time.sleep(120)
"""


def stubborn_tree(word: str, timeout: float = 30.0) -> Command:
    """A parent and a child that both ignore SIGTERM and say "ready"."""
    return python(STUBBORN_TREE, word, STUBBORN_TREE, timeout=timeout)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trees get little time to go by themselves, so that tests of stubborn ones stay fast."""
    monkeypatch.setattr(process, "EXIT_SECONDS", 0.1)
    monkeypatch.setattr(end_process_tree, "COMMAND_GRACE", end_process_tree.GracePeriod(0.5, 2.0))
    monkeypatch.setattr(end_process_tree, "LEFTOVER_GRACE", end_process_tree.GracePeriod(0.2, 2.0))


async def test_a_command_is_reported_as_it_ended() -> None:
    """Exit code, both streams apart, and not ``ok`` for any code but 0."""
    completed = await run(python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"))
    assert (completed.returncode, completed.stdout, completed.stderr) == (3, "out\n", "err\n")
    assert not completed.ok
    assert not completed.timed_out


async def test_success_is_checked_to_itself() -> None:
    """``checked`` lets a success through unchanged."""
    completed = await run(python("print('fine')"))
    assert completed.checked() is completed


async def test_failure_says_command_exit_code_cure_and_last_lines() -> None:
    """A failed command's error holds all that a person needs, and of the output only its end."""
    completed = await run(python("for n in range(99): print('line', n)\nraise SystemExit(7)"))
    with pytest.raises(CommandError, match="ended with exit code 7") as caught:
        completed.checked("do this")
    assert caught.value.cure == "do this"
    assert caught.value.detail.splitlines()[-1] == "line 98"
    assert len(caught.value.detail.splitlines()) == 20


async def test_a_signal_is_named() -> None:
    """A child ended by a signal has its negative number, and the error names it."""
    completed = await run(command("sh", "-c", "kill -ABRT $$"))
    assert completed.returncode == -6
    with pytest.raises(CommandError, match="was ended by SIGABRT"):
        completed.checked()


async def test_credentials_in_an_address_are_not_repeated() -> None:
    """Neither the error's command nor its output shows the password of a URL."""
    password = "pass" + "word"
    address = f"https://someone:{password}@example.com/x"
    completed = await run(python("import sys; print(sys.argv[1]); sys.exit(1)", address))
    with pytest.raises(CommandError) as caught:
        completed.checked()
    assert password not in caught.value.what + caught.value.detail
    assert "https://***@example.com/x" in caught.value.detail


async def test_nothing_is_inherited() -> None:
    """The environment is the caller's, the umask 022, the session the child's own, stdin is empty."""
    code = """
import os, sys
print(dict(os.environ), oct(os.umask(0)), os.getsid(0) == os.getpid(), sys.stdin.read())
"""
    before = os.umask(0o077)
    try:
        completed = await run(
            Command(argv=(sys.executable, "-I", "-c", code), cwd=Path("/"), env={"ONLY": "this"})
        )
    finally:
        os.umask(before)
    environment, rest = completed.stdout.rsplit("}", 1)
    assert "'ONLY': 'this'" in environment
    assert "HOME" not in environment
    assert rest.split() == ["0o22", "True"]


async def test_undecodable_output_survives() -> None:
    """Bytes that are no UTF-8 can be had back."""
    completed = await run(python(r"import sys; sys.stdout.buffer.write(b'a\xff\n')"))
    assert completed.stdout.encode("utf-8", "surrogateescape") == b"a\xff\n"


async def test_a_failure_without_a_cure_says_how_to_see_more() -> None:
    """No error is only a statement."""
    completed = await run(python("raise SystemExit(3)"))
    with pytest.raises(CommandError) as caught:
        completed.checked()
    assert caught.value.cure == "to see its whole output, run the same command with --verbose"


async def test_missing_program_is_named_with_a_cure(tmp_path: Path) -> None:
    """A program that does not exist is an error that says what to install, not a traceback."""
    with pytest.raises(CommandError, match="no-such-program was not found") as caught:
        await run(command("no-such-program"))
    assert "install no-such-program" in caught.value.cure
    with pytest.raises(CommandError, match="not found"):
        async with open_child(command(str(tmp_path / "none"))):
            pytest.fail("must not open")


async def test_program_that_may_not_be_executed(tmp_path: Path) -> None:
    """A file without its executable bit is an error that says how to set it."""
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    with pytest.raises(CommandError, match="may not be executed") as caught:
        await run(command(str(script)))
    assert caught.value.cure == f"chmod +x {script}"


async def test_script_without_its_interpreter(tmp_path: Path) -> None:
    """The kernel says "not found" of the interpreter: a script that is there is not called missing."""
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(stat.S_IRWXU)
    with pytest.raises(CommandError, match="names an interpreter that does not exist"):
        await run(command(str(script)))


async def test_file_that_is_no_program(tmp_path: Path) -> None:
    """A file the kernel cannot execute is an error of ours too."""
    script = tmp_path / "rubbish"
    script.write_bytes(b"\x00\x01")
    script.chmod(stat.S_IRWXU)
    with pytest.raises(CommandError, match="cannot be started"):
        await run(command(str(script)))


async def test_missing_directory_is_not_mistaken_for_a_missing_program(tmp_path: Path) -> None:
    """Both raise FileNotFoundError below; the person must learn which one it was."""
    gone = tmp_path / "gone"
    with pytest.raises(CommandError, match="there is no directory"):
        await run(Command(argv=(sys.executable, "-V"), cwd=gone, env={}))


async def test_lines_arrive_as_they_are_said(tmp_path: Path) -> None:
    """A sink hears a line while the command still runs."""
    go = tmp_path / "go"
    code = (
        "import os, sys, time\nprint('first', flush=True)\n"
        "while not os.path.exists(sys.argv[1]): time.sleep(0.01)\nprint('second')"
    )
    heard = []

    def hear(line: str) -> None:
        heard.append((line, go.exists()))
        go.touch()

    await run(python(code, str(go)), on_line=hear)
    assert heard == [("first", False), ("second", True)]


async def test_failing_sink_does_not_end_the_command(tmp_path: Path) -> None:
    """A display that breaks must not end a push half-way; its error comes afterwards, and is plain."""
    finished = tmp_path / "finished"

    def broken(_line: str) -> None:
        raise BrokenPipeError

    code = """
import os, pathlib, sys, time
print("x" * 200_000, flush=True)
os.close(1)
time.sleep(0.2)
pathlib.Path(sys.argv[1]).touch()
os._exit(0)
"""
    with pytest.raises(BrokenPipeError):
        await run(python(code, str(finished)), on_line=broken)
    assert finished.exists()


async def test_flood_keeps_beginning_and_end_and_says_so() -> None:
    """More output than is kept: a line in its middle says what is missing, and it is no answer any more."""
    code = (
        "import sys; sys.stdout.write('begin' + 'x' * 5_000_000 + 'end'); sys.stderr.write('y' * 3_000_000)"
    )
    completed = await run(replace(python(code), kept_bytes=1000))
    assert completed.ok
    assert not completed.complete
    assert (
        completed.stdout == "begin" + "x" * 495 + "\n[4999008 bytes were left out here]\n" + "x" * 497 + "end"
    )
    assert [len(line) for line in completed.stderr.splitlines()] == [
        500,
        len("[2999000 bytes were left out here]"),
        500,
    ]
    with pytest.raises(CommandError, match="wrote more than 1000 bytes"):
        completed.checked()


async def test_output_up_to_the_bound_is_whole() -> None:
    """Megabytes on both streams at once come whole and without a deadlock."""
    completed = await run(
        python("import sys; sys.stdout.write('x' * 4_000_000); sys.stderr.write('y' * 4_000_000)")
    )
    assert (len(completed.stdout), len(completed.stderr)) == (4_000_000, 4_000_000)


@pytest.mark.usefixtures("impatient")
async def test_deadline_ends_a_stubborn_tree() -> None:
    """Parent and child ignore SIGTERM: both are gone when ``run`` returns, and it says why."""
    word = marker()
    completed = await run(stubborn_tree(word, timeout=0.7))
    assert completed.timed_out
    assert completed.returncode == -9
    assert "ready" in completed.stdout
    assert living(word) == []
    with pytest.raises(CommandError, match=r"did not finish within 0\.7 s"):
        completed.checked()


@pytest.mark.usefixtures("impatient")
async def test_silence_ends_a_command_and_a_word_now_and_then_does_not() -> None:
    """The deadline for silence begins anew with each output, on either stream."""
    talks = (
        "import sys, time\n"
        "for n in range(6): print(n, file=(sys.stdout, sys.stderr)[n % 2], flush=True); time.sleep(0.5)"
    )
    completed = await run(replace(python(talks), silence=2.0))
    assert completed.ok
    completed = await run(
        replace(python("print('one', flush=True); import time; time.sleep(60)"), silence=1.5)
    )
    assert (completed.timed_out, completed.silent, completed.stdout) == (True, True, "one\n")
    with pytest.raises(CommandError, match=r"wrote nothing for 1\.5 s"):
        completed.checked()


async def test_who_insists_waits_for_no_stubborn_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled, a tree that ignores SIGTERM has a minute; a person in a hurry has it killed at once."""
    monkeypatch.setattr(end_process_tree, "COMMAND_GRACE", end_process_tree.GracePeriod(60.0, 2.0))
    hurry = end_process_tree._Hurry()  # noqa: SLF001 - it lasts as long as a process
    monkeypatch.setattr(end_process_tree, "_hurry", hurry)
    word, ready = marker(), anyio.Event()

    async def started() -> None:
        await run(stubborn_tree(word), on_line=lambda _: ready.set())

    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:
            group.start_soon(started)
            await ready.wait()
            group.cancel_scope.cancel()
            with anyio.CancelScope(shield=True):
                await anyio.sleep(0.5)
                assert living(word)
            end_process_tree.hurry()
    assert living(word) == []
    completed = await run(stubborn_tree(word, timeout=0.5))
    assert completed.timed_out


TERMINAL = """
import os, sys
import anyio
from pathlib import Path
from release_async.process.run_process import Command, run

ASKS = '''
import getpass, os
try:
    os.open("/dev/tty", os.O_RDWR)
except OSError:
    print("no terminal")
print(repr(os.read(0, 10)))
getpass.getpass("Password: ", stream=None)
'''

async def main():
    done = await run(Command(argv=(sys.executable, "-I", "-c", ASKS), cwd=Path("/"), env={}, timeout=20))
    os.open("/dev/tty", os.O_RDWR)  # we have one
    print(done.timed_out, done.returncode, done.stdout.split(), done.stderr.strip().splitlines()[-1])

anyio.run(main, backend=sys.argv[1])
"""


def test_who_asks_for_a_password_finds_nobody(anyio_backend: str) -> None:
    """On our terminal a child has none: neither /dev/tty nor its input answers, and it fails at once."""
    argv = (sys.executable, "-c", TERMINAL, anyio_backend)
    with Terminal(argv, os.environ, (120, 24)) as terminal:
        assert terminal.finish(60) == 0
        assert terminal.lines[-1] == "False 1 ['no', 'terminal', \"b''\"] EOFError"


FLOODED = """
import resource, sys
import anyio
from pathlib import Path
from release_async.process.log_files import LogFiles
from release_async.process.run_process import Command, run

FLOOD = "import sys\\nfor _ in range(150): sys.stdout.write(('x' * 79 + '\\\\n') * 1000)"
book = LogFiles(Path(sys.argv[2]))

async def main():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    command = Command(argv=(sys.executable, "-I", "-c", FLOOD), cwd=Path("/"), env={}, kept_bytes=1 << 18)
    done = await run(command, on_line=book.sink("tests"))
    print(done.ok, len(done.stdout), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)

anyio.run(main, backend=sys.argv[1])
"""


def test_a_flood_is_on_the_disk_and_not_in_memory(anyio_backend: str, tmp_path: Path) -> None:
    """All 12 MB are in the log, and we have grown by a part of it; `benchmarks/soak.py` writes a gigabyte."""
    argv = (sys.executable, "-c", FLOODED, anyio_backend, str(tmp_path))
    said = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()
    assert said[0] == "True"
    assert int(said[1]) < 300_000
    assert int(said[2]) < 8 * 1024  # kilobytes
    assert (tmp_path / "tests.log").stat().st_size == 12_000_000


async def test_deadline_hears_last_words() -> None:
    """SIGTERM comes first, and what a child says on receiving it is kept."""
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('cleaned', 'x' * 200_000)))\n"
        "time.sleep(60)"
    )
    completed = await run(python(code, timeout=0.5))
    assert completed.timed_out
    assert completed.returncode == 0
    assert not completed.ok
    assert completed.stdout.startswith("cleaned xxx")


@pytest.mark.usefixtures("impatient")
async def test_cancellation_ends_a_stubborn_tree() -> None:
    """Cancelled while a tree ignores SIGTERM: the cleanup is not cut short, nothing is left."""
    word = marker()
    ready = anyio.Event()

    async def started() -> None:
        await run(stubborn_tree(word), on_line=lambda _: ready.set())

    async with anyio.create_task_group() as group:
        group.start_soon(started)
        await ready.wait()
        assert living(word)
        group.cancel_scope.cancel()
    assert living(word) == []


async def _cancelled_once_ready(command: Command) -> None:
    ready = anyio.Event()

    async def started() -> None:
        await run(command, on_line=lambda _: ready.set())

    async with anyio.create_task_group() as group:
        group.start_soon(started)
        await ready.wait()
        end_process_tree.hurry()
        group.cancel_scope.cancel()


FINISHES = """
import pathlib, sys, time
print("ready", flush=True)
time.sleep(float(sys.argv[2]))
pathlib.Path(sys.argv[1]).write_text("whole")
"""


async def test_a_brief_command_is_left_to_finish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled, and in a hurry: what would leave its locks behind comes to its end, but not at any price."""
    hurry = end_process_tree._Hurry()  # noqa: SLF001 - it lasts as long as a process
    monkeypatch.setattr(end_process_tree, "_hurry", hurry)
    done, never = tmp_path / "done", tmp_path / "never"
    await _cancelled_once_ready(replace(python(FINISHES, str(done), "0.4"), brief=True))
    assert done.read_text() == "whole"
    monkeypatch.setattr(process, "BRIEF_SECONDS", 0.1)
    await _cancelled_once_ready(replace(python(FINISHES, str(never), "60"), brief=True))
    assert not never.exists()


KILLED_BESIDE_IT = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
import anyio
from release_async.process.run_process import Command, run, under_watchdog
def dies(_):
    os.kill(os.getpid(), signal.SIGKILL)
async def main():
    argv = (sys.executable, "-I", "-c", *sys.argv[2:])
    await run(Command(argv=argv, cwd=Path("/"), env={}, brief=True), on_line=dies)
with under_watchdog():
    anyio.run(main, backend=sys.argv[1])
"""


def test_a_brief_command_outlives_our_own_death(anyio_backend: str, tmp_path: Path) -> None:
    """Killed where it has begun: the watchdog sends it no signal before it had time to end."""
    done = tmp_path / "done"
    argv = (sys.executable, "-c", KILLED_BESIDE_IT, anyio_backend, FINISHES, str(done), "0.4")
    assert subprocess.run(argv, check=False).returncode == -signal.SIGKILL
    assert wait_for(done) == "whole"


KILLED_BEFORE_IT_COULD_SAY = """
import os, signal, sys, time
from pathlib import Path
import anyio
from release_async.process import run_process
backend, runs, *argv = sys.argv[1:]
tell = run_process._note
def note(line):
    if not line.startswith(b"!"):
        return tell(line)
    while not Path(runs).exists():
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)
run_process._note = note
with run_process.under_watchdog():
    command = run_process.Command(argv=tuple(argv), cwd=Path("/"), env={"PATH": os.environ["PATH"]})
    anyio.run(run_process.run, command, backend=backend)
"""

SLEEPER = """#!{python}
import pathlib, sys, time
pathlib.Path(sys.argv[1]).touch()
time.sleep(99)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells of the others' parents")
@pytest.mark.parametrize("by_name", [True, False])
def test_a_command_is_known_before_it_runs(anyio_backend: str, tmp_path: Path, *, by_name: bool) -> None:
    """Killed between a command's start and the word that it runs: it ends all the same, a script as well."""
    runs, script = tmp_path / "runs", tmp_path / "sleeper"
    script.write_text(SLEEPER.format(python=sys.executable))
    script.chmod(0o755)
    argv = (str(script),) if by_name else (sys.executable, str(script))
    killed = (sys.executable, "-c", KILLED_BEFORE_IT_COULD_SAY, anyio_backend, str(runs), *argv, str(runs))
    assert subprocess.run(killed, check=False).returncode == -signal.SIGKILL
    assert left(lambda: living(str(script))) == []


async def test_cancellation_before_the_start_leaves_nothing() -> None:
    """Cancelled in the moment of the start: no process stays behind that nobody knows."""
    word = marker()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await run(python("import time; time.sleep(60)", word))
    assert scope.cancelled_caught
    assert living(word) == []


@pytest.mark.usefixtures("impatient")
async def test_daemons_left_behind_are_ended() -> None:
    """A command that ends and leaves a stubborn child holding its pipes: we return, and the child is gone."""
    word = marker()
    code = """
import subprocess, sys
subprocess.Popen([sys.executable, "-I", "-c", sys.argv[2], sys.argv[1]])
print("hi")
"""
    with anyio.fail_after(20):
        completed = await run(python(code, word, STUBBORN_TREE))
    assert completed.ok
    assert completed.stdout.startswith("hi\n")
    assert living(word) == []


async def test_pipes_held_in_another_session_do_not_hold_us(tmp_path: Path) -> None:
    """A daemon that left for a session of its own keeps our pipes open: we return all the same."""
    word, pid_file = marker(), tmp_path / "pid"
    code = (
        "import subprocess, sys\n"
        "daemon = subprocess.Popen([sys.executable, '-I', '-c', 'import time; time.sleep(60)', sys.argv[1]],"
        " start_new_session=True)\n"
        "open(sys.argv[2], 'w').write(str(daemon.pid))"
    )
    try:
        with anyio.fail_after(20):
            completed = await run(python(code, word, str(pid_file)))
        assert completed.ok
        assert living(word)
    finally:
        end_stranger(int(pid_file.read_text()), word)


async def test_siblings_do_not_see_each_other() -> None:
    """Commands in one task group: one that ends its tree leaves the others alone."""
    results: list[bool] = []

    async def one(seconds: str, timeout: float) -> None:  # noqa: ASYNC109 - the command's own deadline
        results.append((await run(command("sleep", seconds, timeout=timeout))).ok)

    async with anyio.create_task_group() as group:
        group.start_soon(one, "30", 0.2)
        group.start_soon(one, "0.6", 30.0)
    assert results == [False, True]


ECHO = """
import json, sys
for line in sys.stdin:
    order = json.loads(line)
    print("heard", order, file=sys.stderr, flush=True)
    print(json.dumps({"echo": order}), flush=True)
"""


async def test_child_takes_orders_and_answers() -> None:
    """Orders go in and answers come out as JSON lines; what it says besides is for the sink."""
    heard: list[str] = []
    async with open_child(python(ECHO), on_line=heard.append) as child:
        for text in ("one", "zwei ä\nx", "x" * 300_000):
            await child.send({"text": text})
            assert await child.receive(10) == {"echo": {"text": text}}
    assert heard[0] == "heard {'text': 'one'}"


@pytest.mark.usefixtures("impatient")
async def test_silence_ends_at_its_deadline_and_the_answer_is_not_lost() -> None:
    """A deadline in the middle of a line: the next receive gets the whole line."""
    code = """
import time
print('{"half":', end="", flush=True)
time.sleep(0.4)
print("1}", flush=True)
time.sleep(60)
"""
    async with open_child(python(code)) as child:
        with pytest.raises(CommandError, match=r"gave no answer within 0\.2 s"):
            await child.receive(0.2)
        assert await child.receive(10) == {"half": 1}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("said", ["no json", "[1]", "", "\\xff"])
async def test_rubbish_is_an_error(said: str) -> None:
    """What is not a JSON object is refused, and quoted."""
    code = f"import sys, time; sys.stdout.buffer.write(b'{said}\\n'); sys.stdout.flush(); time.sleep(60)"
    async with open_child(python(code)) as child:
        with pytest.raises(CommandError, match="said something that is no answer"):
            await child.receive(10)


@pytest.mark.usefixtures("impatient")
async def test_endless_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line without end does not gather in memory."""
    monkeypatch.setattr(process, "MAX_ANSWER_BYTES", 10_000)
    async with open_child(python("while True: print('x' * 1000, end='')")) as child:
        with pytest.raises(CommandError, match="longer than 10000 bytes"):
            await child.receive(10)


async def receives(child: Child) -> None:
    """Wait for an answer."""
    await child.receive(10)


async def gives_orders(child: Child) -> None:
    """Give orders until one fails."""
    while True:
        await child.send({"text": "x" * 100_000})


@pytest.mark.parametrize("act", [receives, gives_orders])
async def test_death_of_a_child_is_explained(act: Callable[[Child], object]) -> None:
    """A child that dies: the error has its exit code and what it said last, in either direction."""
    async with open_child(python("import sys; print('the reason', file=sys.stderr); sys.exit(9)")) as child:
        with pytest.raises(CommandError, match="ended with exit code 9") as caught:
            await act(child)  # type: ignore[misc]  # both are coroutine functions
    assert "the reason" in caught.value.detail


@pytest.mark.usefixtures("impatient")
async def test_order_that_nobody_reads_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that stops reading does not hold us for ever."""
    monkeypatch.setattr(process, "SEND_SECONDS", 0.1)
    async with open_child(python("import time; time.sleep(60)")) as child:
        with pytest.raises(CommandError, match="read no order"):
            await child.send({"text": "x" * 10_000_000})


async def test_child_goes_when_its_lifeline_ends() -> None:
    """Leaving ends the child's stdin first: one that heeds it ends by itself and says so."""
    heard: list[str] = []
    code = "import sys; sys.stdin.read(); print('went by itself', file=sys.stderr)"
    async with open_child(python(code), on_line=heard.append):
        pass
    assert heard == ["went by itself"]


@pytest.mark.usefixtures("impatient")
async def test_child_that_ignores_everything_is_ended() -> None:
    """A child and its grandchild that heed neither lifeline nor SIGTERM are gone after the context."""
    word = marker()
    async with open_child(stubborn_tree(word)) as child:
        with pytest.raises(CommandError, match="no answer"):
            await child.receive(10)
        assert len(living(word)) >= 1
    assert living(word) == []


async def test_errors_of_the_body_are_plain() -> None:
    """What is raised inside the context comes out as itself, not in a group."""
    with pytest.raises(KeyError):
        async with open_child(python(ECHO)):
            raise KeyError


@pytest.mark.usefixtures("impatient")
async def test_cancelled_context_ends_its_child() -> None:
    """Cancellation inside the context ends the child and stays a cancellation."""
    word = marker()
    with anyio.move_on_after(0.3) as scope:
        async with open_child(python("import time; time.sleep(60)", word)) as child:
            await child.receive(60)
    assert scope.cancelled_caught
    assert living(word) == []


async def test_a_file_that_is_held_is_held_by_the_command_and_by_no_other(tmp_path: Path) -> None:
    """A lock goes with the child that has to keep it; every other child starts without it (flock(2))."""
    path = tmp_path / "lock"
    with path.open("w") as file:
        seen = python(
            "import os, sys; print(os.path.samestat(os.fstat(int(sys.argv[1])), os.stat(sys.argv[2])))",
            str(file.fileno()),
            str(path),
        )
        assert (await run(replace(seen, pass_fds=(file.fileno(),)))).stdout == "True\n"
        assert not (await run(seen)).ok


async def test_a_lock_is_held_as_long_as_the_command_and_inherited_by_nothing(tmp_path: Path) -> None:
    """What the command leaves running in a session of its own does not hold it (flock(2))."""
    path, word = tmp_path / "lock", marker()
    code = (
        "import fcntl, subprocess, sys\n"
        "with open(sys.argv[1]) as other:\n"
        "    try: fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB); print('free')\n"
        "    except BlockingIOError: print('held')\n"
        "quiet = dict.fromkeys(('stdin', 'stdout', 'stderr'), subprocess.DEVNULL)\n"
        "wait = 'import time; time.sleep(60)'\n"
        "argv = [sys.executable, '-c', wait, sys.argv[2]]\n"
        "left = subprocess.Popen(argv, start_new_session=True, **quiet)\n"
        "print(left.pid)\n"
        "sys.exit(7)"
    )
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        completed = await run(replace(python(code, str(path), word), lock=file.fileno()))
    found, left = completed.stdout.split()
    try:
        assert (completed.returncode, found, len(living(word))) == (7, "held", 1)
        with path.open() as other:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        end_stranger(int(left), word)


async def test_the_umask_of_a_person_can_be_left_as_it_is() -> None:
    """What is written into their repository is theirs; what is built is the same for everybody."""
    code = "import os; print(oct(os.umask(0)))"
    before = os.umask(0o002)
    try:
        theirs, fixed = await run(replace(python(code), umask=process.OWN_UMASK)), await run(python(code))
    finally:
        os.umask(before)
    assert (theirs.stdout, fixed.stdout) == ("0o2\n", "0o22\n")
