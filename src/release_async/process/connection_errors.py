"""The message of a failed connection, dug out of the exceptions that libraries wrap around it."""

from release_async.base.printable_text import printable


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
