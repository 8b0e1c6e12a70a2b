"""A secret stays out of everything that is printed, stored or handed to a child."""

import copy
import pickle
import traceback

import pytest

from release_async.secret import MASK, Credentials, Secret, redact
from support import secrets

WORD = secrets.characters(12)
VALUE = f"open+{WORD}/and more"


def test_it_is_revealed_only_when_asked_by_name() -> None:
    """Every ordinary way to turn a secret into text gives the mask."""
    secret = Secret(VALUE)
    credentials = Credentials("someone", secret)
    shown = [
        f"{secret}",
        f"{secret!r}",
        f"{secret:>40}",
        str(secret),
        repr([secret]),
        repr(credentials),
    ]
    assert not [text for text in shown if VALUE in text]
    assert secret.reveal() == VALUE


def test_a_traceback_that_shows_locals_shows_the_mask() -> None:
    """Tools that print the locals of a failed function print no secret."""

    def fail(secret: Secret) -> None:
        raise RuntimeError(secret)

    with pytest.raises(RuntimeError) as caught:
        fail(Secret(VALUE))
    lines = traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    text = "".join(lines)
    assert MASK in text
    assert VALUE not in text


def test_it_is_neither_pickled_nor_copied() -> None:
    """A secret does not travel to another process or into a journal by accident."""
    with pytest.raises(TypeError):
        pickle.dumps(Secret(VALUE))
    with pytest.raises(TypeError):
        copy.deepcopy(Secret(VALUE))


def test_equality_is_of_values() -> None:
    """Settings that hold secrets compare as their values do."""
    assert Secret(VALUE) == Secret(VALUE)
    assert len({Secret(VALUE), Secret(VALUE), Secret("other")}) == 2
    assert Secret(VALUE) != VALUE


def test_every_spelling_is_redacted() -> None:
    """A server that echoes what it was sent, encoded or not, gives nothing away."""
    credentials = Credentials("someone", Secret(VALUE))
    text = f"got {VALUE} and open%2B{WORD}%2Fand%20more and Basic {credentials.basic.reveal()}"
    redacted = redact(text, (credentials.secret, credentials.basic))
    assert redacted == f"got {MASK} and {MASK} and Basic {MASK}"


def test_an_empty_secret_hides_nothing() -> None:
    """An empty password must not turn every text into masks."""
    assert redact("plain words", [Secret("")]) == "plain words"
