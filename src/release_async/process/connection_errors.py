"""The words for a failed connection, which libraries wrap several times over."""

from release_async.base.printable import printable


def innermost(error: BaseException) -> str:
    """What the innermost cause that says anything says; on trio, a failed TLS handshake is silent outside.

    A cause counts also where a library has hidden it (``raise ... from None``).
    """
    words = ""
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[0]
        words = printable(str(cause)) or words
        cause = cause.__cause__ or cause.__context__
    return words or type(error).__name__
