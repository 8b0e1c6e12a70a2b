"""A person reads what went wrong, not through how many layers it came."""

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
