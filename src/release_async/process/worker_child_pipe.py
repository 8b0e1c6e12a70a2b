"""A worker's end of the pipe to its parent: receives orders, sends answers, exits when the pipe is closed.

Standard library only, so that a worker starts fast. It does not interpret the orders.
"""

import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TextIO

Order = dict[str, Any]


class Parent:
    """The connection to the process that started this one."""

    def __init__(self, answers: TextIO, at_end: Callable[[], object]) -> None:
        self._answers = answers
        self._at_end = at_end
        self._orders: SimpleQueue[Order] = SimpleQueue()
        self._ending, self._writing = threading.Lock(), threading.Lock()
        self._answered = threading.local()

    def orders(self) -> Iterator[Order]:
        """The parent's orders, one after another; waits for the next."""
        while True:
            order = self._orders.get()
            self._answered.number = order.pop("number", None)
            yield order

    def answer(self, answer: Mapping[str, object]) -> None:
        """Answer the order that this thread works on."""
        line = json.dumps({**answer, "number": self._answered.number})
        try:
            with self._writing:
                self._answers.write(line + "\n")
        except OSError:
            self._end()

    def in_thread(self, work: Callable[[], object]) -> None:
        """Work on the current order in a thread of its own, while the next one is received here.

        If that fails, this process ends, as it does where the thread of the orders fails.
        """
        number = self._answered.number

        def run() -> None:
            self._answered.number = number
            try:
                work()
            except BaseException:  # noqa: BLE001 - nobody would answer, and the parent would wait
                traceback.print_exc()
                self._end()

        threading.Thread(target=run, daemon=True).start()

    def listen(self, orders: TextIO) -> None:
        """Queue each order as it comes; when the pipe ends, the parent is gone, and this process ends too."""
        for line in orders:
            self._orders.put(json.loads(line))
        self._end()

    def _end(self) -> None:
        self._ending.acquire()  # never released: a second caller waits until the process ends
        try:
            self._at_end()
        finally:
            _kill_everything()


def _kill_everything() -> None:
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def scratch_directory() -> Path:
    """The scratch directory that the parent made for this worker, from the first argument.

    Raises:
        SystemExit: There is no argument, as when a person starts the program: there is nothing of ours to
            remove.
    """
    if len(sys.argv) < 2:  # noqa: PLR2004 - the program and its argument
        sys.exit(f"{sys.argv[0]} is started by release-async, not by hand")
    return Path(sys.argv[1])


def connect(at_end: Callable[[], object]) -> Parent:
    """Take over the pipes to the parent, so that nothing else in this process can reach them.

    From then on, what this process or one started by it prints goes to the standard error stream; standard
    input is empty.

    Args:
        at_end: Called when the parent is gone; then this process and its whole group are killed.
    """
    orders = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    parent = Parent(answers, at_end)
    threading.Thread(target=parent.listen, args=(orders,), daemon=True).start()
    return parent
