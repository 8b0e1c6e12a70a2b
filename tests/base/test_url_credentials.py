"""No user and password of a URL is shown."""

import pytest

from release_async.base.url_credentials import without_credentials


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:pw@host/a", "https://***@host/a"),
        ("https://token@host/a", "https://***@host/a"),
        ("HTTPS://a:b@c@host/a", "HTTPS://***@host/a"),
        ("ssh://git:pw@host/a", "ssh://***@host/a"),
        ("two: http://a@h/ and http://b@h/", "two: http://***@h/ and http://***@h/"),
    ],
)
def test_credentials_are_replaced(text: str, shown: str) -> None:
    """A password may hold an at sign, and a web address carries a token as its user."""
    assert without_credentials(text) == shown


@pytest.mark.parametrize("text", ["ssh://git@host/a", "git@host:a/b", "https://host/@scope/name", "a@b"])
def test_what_is_public_stays(text: str) -> None:
    """The user of an ssh address is the same for everyone."""
    assert without_credentials(text) == text
