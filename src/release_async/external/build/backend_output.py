"""The output of installers and backend hooks: written line by line, and its last lines kept for a failure."""

import logging
import os
from collections import deque

KEPT_LINES = 30
"""How many of the last lines of output are reported with a failure."""


class Output(logging.Handler):
    """The output of installers and hooks: written to standard error line by line, its end kept."""

    def __init__(self) -> None:
        super().__init__()
        self.last: deque[str] = deque(maxlen=KEPT_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Write what the build library logs."""
        for line in record.getMessage().splitlines():
            self.say(line)

    def say(self, line: str) -> None:
        """Write one line."""
        self.last.append(line)
        os.write(2, f"{line}\n".encode(errors="replace"))

    def failed(self, cause: str, what: str) -> dict[str, object]:
        """The answer for an order that failed."""
        return {"answer": "failed", "cause": cause, "what": what, "detail": "\n".join(self.last)}
