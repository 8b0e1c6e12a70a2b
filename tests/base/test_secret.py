"""A secret stays out of everything that is printed, stored or handed to a child."""

import base64
import copy
import html
import json
import logging
import pickle
import traceback
from dataclasses import asdict
from io import StringIO
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, strategies as st
from rich.console import Console
from rich.pretty import pretty_repr
from rich.traceback import Traceback

from release_async.base.secret import MASK, Credentials, Secret
from release_async.base.secret_masking import Redaction, Spellings, redact, redact_tail, without_secrets
from support import canary, secrets

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
        "{} and {!r}".format(secret, credentials),  # noqa: UP032 - another way to print
        f"{secret=}",
        json.dumps({"token": secret}, default=str),
        pretty_repr(credentials),
        str(KeyError(secret)),
        logging.makeLogRecord({"msg": "token %s", "args": (secret,)}).getMessage(),
    ]
    assert not [text for text in shown if WORD in text]
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
    assert WORD not in text
    console = Console(record=True, width=200, file=StringIO())
    console.print(Traceback.from_exception(caught.type, caught.value, caught.tb, show_locals=True))
    assert MASK in (shown := console.export_text())
    assert WORD not in shown


def test_it_is_neither_pickled_nor_copied() -> None:
    """A secret does not travel to another process or into a journal by accident."""
    with pytest.raises(TypeError):
        pickle.dumps(Secret(VALUE))
    for duplicate in (copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            duplicate(Secret(VALUE))
    with pytest.raises(TypeError):
        asdict(Credentials("someone", Secret(VALUE)))
    with pytest.raises(TypeError):
        vars(Secret(VALUE))


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


@pytest.mark.parametrize(
    "spelled",
    [
        VALUE,
        quote(VALUE, safe=""),
        quote(VALUE, safe="").replace("%2B", "%2b").replace("%2F", "%2f"),
        quote_plus(VALUE),
        json.dumps(VALUE)[1:-1],
        html.escape(VALUE),
        base64.b64encode(VALUE.encode()).decode(),
        *(base64.b64encode(f"{user}:{VALUE}".encode()).decode() for user in ("", "a", "ab", "__token__")),
        base64.urlsafe_b64encode(f"someone:{VALUE}, and more".encode()).decode(),
    ],
    ids=range(12),  # the value is another one in each process that runs the tests
)
def test_no_spelling_of_a_secret_is_left(spelled: str) -> None:
    """Whoever sends it, under whatever name, and however it comes back."""
    shown = redact(f"they said: {spelled}.", [Secret(VALUE)])
    assert canary.shows(spelled)
    assert not canary.shows(shown)
    assert shown.startswith("they said: ")
    assert shown.endswith(".")


def test_secrets_that_overlap_are_hidden_whole() -> None:
    """What is left of the one under the other's mask would be a part of it."""
    secrets_of_two = [Secret("abcdef"), Secret("defghi"), Secret("def")]
    assert redact("x abcdefghi y def", secrets_of_two) == f"x {MASK} y {MASK}"
    assert redact("hello and secret", [Secret("hello"), Secret("secret")]) == f"{MASK} and {MASK}"


LETTERS = st.text("ab+/", max_size=8)


@given(st.lists(LETTERS, max_size=3), st.lists(LETTERS, max_size=12), st.data())
def test_it_does_not_matter_where_a_text_is_cut(
    words: list[str], parts: list[str], data: st.DataObject
) -> None:
    """Over every way to cut: the pieces tell what the whole does, and never hold more than one secret."""
    text = "".join(data.draw(st.permutations([*parts, *words])))
    spellings = Spellings(map(Secret, words))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))))
    redaction, told = Redaction(spellings), ""
    for begin, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        told += redaction.feed(text[begin:end])
    told += redaction.finish()
    assert told == redact(text, map(Secret, words))
    assert told.count(MASK) > 0 or not any(word and word in text for word in words)


def test_every_cut_of_a_token_is_no_way_through() -> None:
    """Cut anywhere, into two, into single characters: it is not told, and all around it is."""
    text = f"token={VALUE}; {quote(VALUE, safe='')} ;"
    whole = f"token={MASK}; {MASK} ;"
    for cut in range(len(text) + 1):
        redaction = Redaction(Spellings([Secret(VALUE)]))
        assert redaction.feed(text[:cut]) + redaction.feed(text[cut:]) + redaction.finish() == whole
    redaction = Redaction(Spellings([Secret(VALUE)]))
    assert "".join(map(redaction.feed, text)) + redaction.finish() == whole


def test_a_secret_that_repeats_itself_is_not_gathered() -> None:
    """An endless row of one character is one mask, and no more of it is held than a secret is long."""
    redaction = Redaction(Spellings([Secret("aaaa")]))
    told = [redaction.feed("a" * 1000) for _ in range(100)]
    assert "".join(told) == MASK
    assert redaction.finish("b") == "b"


def test_a_short_secret_is_found_only_as_a_whole() -> None:
    """By a password of two letters half of the environment would be dropped, PATH first."""
    assert without_secrets({"A": f"x{VALUE}x"}, [Secret(VALUE)]) == {}
    assert without_secrets({"A": "in"}, [Secret("in")]) == {}
    assert without_secrets({"A": "/usr/bin"}, [Secret("in")]) == {"A": "/usr/bin"}
    assert without_secrets({"A": ""}, [Secret("")]) == {"A": ""}


def test_what_is_left_of_a_text_holds_no_end_of_a_secret() -> None:
    """Cut anywhere: neither half of the token that was cut is told, and what is far behind is."""
    spellings = Spellings([Secret(VALUE)])
    text = f"{VALUE}{VALUE} {'.' * 200} the end"
    for cut in range(2 * len(VALUE)):
        rest = redact_tail(text[cut:], spellings)
        assert rest.endswith(". the end")
        assert not any(VALUE[at : at + 4] in rest for at in range(len(VALUE) - 3))
