"""The message of a failed connection, dug out of the exceptions and outputs that it is wrapped in."""

import re

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
    hidden it (``raise ... from None``).
    """
    message = ""
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[0]
        message = printable(str(cause)) or message
        cause = cause.__cause__ or cause.__context__
    return message or type(error).__name__
