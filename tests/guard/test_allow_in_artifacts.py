"""A project may let a file in, by its path and with a reason; never everything, never without words."""

import pytest

from release_async.base.errors import ConfigurationError
from release_async.guard import allow_in_artifacts
from release_async.guard.allow_in_artifacts import Allowance
from release_async.guard.archive_members import Finding
from release_async.plan.settings import Sources, load

pytestmark = pytest.mark.quick

KEY = Finding("demo-1.0.tar.gz", "tests/data/a.pem", "is a key", "remove it")
OTHER = Finding("demo-1.0.tar.gz", "src/a.pem", "is a key", "remove it")


def test_what_is_named_is_let_in_with_its_reason() -> None:
    """The first that fits counts."""
    why = Allowance("tests/*.pem", "keys of the tests")
    sifted = allow_in_artifacts.divide((KEY, OTHER), (why, Allowance("tests/data/a.pem", "another")))
    assert sifted == ((OTHER,), ((KEY, why),), ())


def test_the_setting_is_read() -> None:
    """From the project's own table."""
    text = "[tool.release-async]\nallow-in-artifacts = [{ path = 'a/*', reason = 'why' }]\n"
    assert load(Sources(pyproject=text)).allow_in_artifacts == (Allowance("a/*", "why"),)
    assert load(Sources()).allow_in_artifacts == ()


def test_what_is_named_for_nothing_is_told() -> None:
    """An exception that has become needless is one that somebody may use later, unseen."""
    old, shadowed = Allowance("gone.pem", "was a key"), Allowance("*.pem", "keys")
    sifted = allow_in_artifacts.divide((KEY,), (Allowance("tests/*.pem", "keys of the tests"), shadowed, old))
    assert sifted.unused == (old,)


@pytest.mark.parametrize(
    "value",
    [
        "a.pem",
        ["a.pem"],
        [{"path": "a.pem"}],
        [{"path": "a.pem", "reason": " "}],
        [{"path": "a.pem", "reason": 1}],
        [{"path": "a.pem", "reason": "why", "until": "x"}],
        [{"path": "a.pem", "reason": "\x1b[2J"}],
    ],
)
def test_anything_else_is_an_error_that_shows_how(value: object) -> None:
    """An exception without a reason is none."""
    with pytest.raises(ConfigurationError, match="table") as caught:
        allow_in_artifacts.read(value)
    assert "reason" in caught.value.cure


@pytest.mark.parametrize("path", ["*", "**/*", "/", "?*", "*.*"])
def test_no_exception_turns_the_gates_off(path: str) -> None:
    """Files are named."""
    with pytest.raises(ConfigurationError, match="allows every file"):
        allow_in_artifacts.read([{"path": path, "reason": "why"}])
