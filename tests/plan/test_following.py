"""The version after a release keeps the form that the project had before, and is always a later one."""

import pytest
from hypothesis import given, strategies

from release_async.plan.following import version_after
from release_async.versions.pep440 import Pep440, parse


@pytest.mark.parametrize(
    ("stated", "released", "after"),
    [
        ("1.3.0.dev0", "1.3.0", "1.4.0.dev0"),
        ("1.3.1.dev0", "1.3.1", "1.3.2.dev0"),
        ("1.3.1.dev4", "1.4.0", "1.4.1.dev0"),
        ("2.0.0.dev0", "2.0.0", "2.1.0.dev0"),
        ("1.3.dev0", "1.3", "1.4.dev0"),
        ("2.dev0", "2", "3.dev0"),
        ("1.2.0", "1.3.0", "1.3.1.dev0"),
        ("0.0.0.dev0", "0.1.0", "0.1.1.dev0"),
        ("1.2.0+dev", "1.3.0", "1.3.0+dev"),
        ("1.2.0+dev.1", "1.2.1", "1.2.1+dev.1"),
        ("1.3.0.dev0", "1.3.0rc1", "1.3.0rc2.dev0"),
        ("1.3.0rc2.dev0", "1.3.0rc2", "1.3.0rc3.dev0"),
        ("1.2.0", "1.2.0.post1", "1.2.1.dev0"),
        ("1.3.0.dev0", "1.3.0.dev1", ""),
        ("2026.1.dev0", "2026.1", "2026.2.dev0"),
        ("1!1.0", "1!1.1", "1!1.2.dev0"),
    ],
)
def test_the_form_of_before_is_kept(stated: str, released: str, after: str) -> None:
    """The number that was raised last is raised again; a local part stays; none follows a .dev release."""
    assert version_after(stated, released) == after


NUMBERS = strategies.lists(strategies.integers(0, 30), min_size=1, max_size=4).map(tuple)
VERSIONS = strategies.builds(
    Pep440,
    release=NUMBERS,
    epoch=strategies.integers(0, 2),
    post=strategies.none(),
    local=strategies.just(()),
    pre=strategies.none()
    | strategies.tuples(strategies.sampled_from(("a", "b", "rc")), strategies.integers(0, 9)),
    dev=strategies.none() | strategies.integers(0, 9),
)


@given(VERSIONS, VERSIONS)
def test_it_is_always_later(stated: Pep440, released: Pep440) -> None:
    """Whatever was stated before: nothing goes back behind what is out."""
    after = version_after(str(stated), str(released))
    assert (after == "") == (released.dev is not None)
    version = parse(after or "9!0")
    assert version is not None
    assert version > released
