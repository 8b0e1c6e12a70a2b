"""Signals are heard from the first moment to the last, and ended by nobody but who asked."""

import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from release_async.base import signal_listener as signals
from release_async.base.signal_listener import Interrupted, SignalListener


def test_each_signal_is_noted_once_and_in_order() -> None:
    """A descriptor says that there is something, and is quiet again afterwards."""
    with SignalListener() as signal_listener:
        assert signal_listener.received() == []
        for number in signals.TERMINATION_SIGNALS:
            signal.raise_signal(number)
        assert select.select([signal_listener], [], [], 5)[0]
        assert tuple(one.number for one in signal_listener.received()) == signals.TERMINATION_SIGNALS
        assert not select.select([signal_listener], [], [], 0)[0]
        assert signal_listener.received() == []


def test_handlers_are_given_back() -> None:
    """Afterwards everything is as it was."""
    before = [signal.getsignal(number) for number in signals.TERMINATION_SIGNALS]
    with SignalListener():
        assert [signal.getsignal(number) for number in signals.TERMINATION_SIGNALS] != before
    assert [signal.getsignal(number) for number in signals.TERMINATION_SIGNALS] == before


def test_what_was_ignored_stays_ignored() -> None:
    """``nohup`` is heeded."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with SignalListener() as signal_listener:
            signal.raise_signal(signal.SIGHUP)
            assert signal_listener.received() == []
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_flood_of_signals_does_not_block_its_handler() -> None:
    """More than a pipe holds: none waits, and none is lost."""
    with SignalListener() as signal_listener:
        for _ in range(70_000):
            signal.raise_signal(signal.SIGTERM)
        assert len(signal_listener.received()) == 70_000


def test_work_without_an_event_loop_is_broken_off() -> None:
    """Inside, a signal raises; behind it, signals are noted again."""
    with SignalListener() as signal_listener:
        with pytest.raises(Interrupted) as caught, signal_listener.raising():
            signal.raise_signal(signal.SIGTERM)
        assert (caught.value.signal, caught.value.code) == (signal.SIGTERM, 143)
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(Interrupted, match="SIGINT"), signal_listener.raising():
            pytest.fail("a signal came before")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_to_the_last_moment_change_no_exit_code(number: signal.Signals) -> None:
    """Under fire from its first line until it is gone: answer and code of a quiet run, no traceback."""
    argv = (sys.executable, "-m", "release_async", "--version")
    heard = 0
    for _ in range(100):
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            stop = threading.Event()

            def fire(target: subprocess.Popen[str] = process, enough: threading.Event = stop) -> None:
                while not enough.wait(0.001):
                    target.send_signal(number)

            heard += _until_heard(process.pid)
            shooting = threading.Thread(target=fire)
            shooting.start()
            said, complaint = process.communicate(timeout=30)
            stop.set()
            shooting.join()
        assert (process.returncode, complaint) == (0, "")
        assert said.startswith("release-async ")
        if heard == 5:
            return
    pytest.fail("no run was ever seen to catch a signal")


def _until_heard(pid: int) -> bool:
    """Wait for the first line of ours: before it, a signal ends us as it ends every program.

    Returns:
        Whether it was seen; on a busy machine a run may be over before anyone looks again.
    """
    while True:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
        caught = next(line for line in status if line.startswith("SigCgt"))
        if int(caught.split()[1], 16) >> (signal.SIGHUP - 1) & 1:
            return True
        if "State:\tZ (zombie)" in status:
            return False
        os.sched_yield()
