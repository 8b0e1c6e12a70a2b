"""A person reads what went wrong, not through how many layers it came."""

import errno
import os
import socket

import pytest

from release_async.process.connection_errors import root_cause_message


def wrapped(inner: Exception, outer: Exception) -> Exception:
    """``outer`` as it is after ``raise outer from None`` while ``inner`` is handled."""
    outer.__context__, outer.__suppress_context__ = inner, True
    return outer


def test_the_innermost_words_are_found_though_hidden() -> None:
    """Libraries raise their own error and hide the one that says why."""
    assert root_cause_message(wrapped(OSError("no route"), RuntimeError("connect failed"))) == "no route"


def test_a_cause_without_words_gives_way() -> None:
    """The innermost that says something counts; where nothing does, the kind of the error is told."""
    assert root_cause_message(wrapped(ValueError(), RuntimeError("connect failed"))) == "connect failed"
    assert root_cause_message(wrapped(ValueError(), KeyError())) == "KeyError"


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (
            ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 8440)"),
            "nothing listens",
        ),
        (OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH)), "network is unreachable"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "name or service not known"),
    ],
)
def test_what_the_system_says_is_told_in_plain_words(cause: OSError, words: str) -> None:
    """Neither its number nor the call that has failed."""
    told = root_cause_message(wrapped(cause, RuntimeError("connect failed")))
    assert words in told
    assert "Errno" not in told
    assert "Connect call" not in told
