"""The message of a failed connection, dug out of the exceptions and outputs that it is wrapped in."""

import errno
import re
import socket

from release_async.base.printable_text import printable

_TOLD = re.compile(
    r"name or service not known|temporary failure in name resolution|failed to establish a new connection"
    r"|could not resolve|network is unreachable|connection refused|dns error",
    re.IGNORECASE,
)


def are_told_in(output: str) -> bool:
    """Whether a program says that it could not connect."""
    return _TOLD.search(output) is not None


def root_cause_message(error: BaseException) -> str:
    """The message of the innermost cause that has one, else the name of the error's class.

    On trio, the outer error of a failed TLS handshake has no message. A cause also counts where a library has
    hidden it (``raise ... from None``). What the system says of a connection is told in plain words.
    """
    message = ""
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[0]
        message = _in_plain_words(cause) or printable(str(cause)) or message
        cause = cause.__cause__ or cause.__context__
    return message or type(error).__name__


def _in_plain_words(cause: BaseException) -> str:
    """What a number of the system means for whoever has typed an address; empty for anything else."""
    if isinstance(cause, socket.gaierror):
        return f"the name of its host is not known here ({(cause.strerror or '').lower()})"
    return _MEANINGS.get(cause.errno or 0, "") if isinstance(cause, OSError) else ""


_MEANINGS = {
    errno.ECONNREFUSED: "nothing listens there (connection refused)",
    errno.EHOSTUNREACH: "no way leads there (no route to host)",
    errno.ENETUNREACH: "no way leads there (network is unreachable)",
}
