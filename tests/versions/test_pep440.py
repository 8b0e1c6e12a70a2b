"""Versions by PEP 440, held equal to ``packaging.version``."""

import string

import pytest
from hypothesis import given, strategies as st
from packaging.version import InvalidVersion, Version

from release_async.versions.pep440 import Pep440, parse

SIGNS = st.sampled_from(["", ".", "-", "_"])
NUMBERS = st.one_of(st.just(""), st.integers(0, 30).map(str), st.sampled_from(["00", "007"]))


def segment(words: list[str]) -> st.SearchStrategy[str]:
    """An optional suffix in every spelling: sign, word in any case, sign, number."""
    cased = st.sampled_from([*words, *map(str.upper, words), *map(str.title, words)])
    return st.one_of(st.just(""), st.tuples(SIGNS, cased, SIGNS, NUMBERS).map("".join))


SPELLED = st.tuples(
    st.sampled_from(["", " ", "v", "\n", "V"]),
    st.sampled_from(["", "1!", "0!", "02!"]),
    st.lists(st.integers(0, 3), min_size=1, max_size=5).map(lambda numbers: ".".join(map(str, numbers))),
    segment(["a", "alpha", "b", "beta", "c", "rc", "pre", "preview"]),
    st.one_of(segment(["post", "rev", "r"]), st.sampled_from(["-1", "-03"])),
    segment(["dev"]),
    st.one_of(
        st.just(""),
        st.lists(st.text("aZ01", min_size=1, max_size=3), min_size=1).map(
            lambda parts: "+" + ".".join(parts)
        ),
    ),
    st.sampled_from(["", "\t", "\r\n"]),
).map("".join)
MANGLED = st.text(string.digits + "abcrevposdtlh.-_!+vV \n\x00\u0661\u017f", max_size=14)


def oracle(text: str) -> Version | None:
    """What ``packaging`` makes of a text."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


@given(st.one_of(SPELLED, MANGLED))
def test_reads_what_packaging_reads(text: str) -> None:
    """The same texts are versions, and their normal forms are the same."""
    ours, theirs = parse(text), oracle(text)
    assert (ours is None) == (theirs is None)
    assert ours is None or str(ours) == str(theirs)


@given(SPELLED, SPELLED)
def test_orders_as_packaging_orders(left: str, right: str) -> None:
    """Every comparison and the hash agree with ``packaging``."""
    ours, theirs = (parse(left), parse(right)), (Version(left), Version(right))
    assert ours[0] is not None
    assert ours[1] is not None
    assert (ours[0] < ours[1]) == (theirs[0] < theirs[1])
    assert (ours[0] <= ours[1]) == (theirs[0] <= theirs[1])
    assert (ours[0] > ours[1]) == (theirs[0] > theirs[1])
    assert (ours[0] >= ours[1]) == (theirs[0] >= theirs[1])
    assert (ours[0] == ours[1]) == (theirs[0] == theirs[1])
    assert (ours[0] != ours[1]) == (theirs[0] != theirs[1])
    assert ours[0] != ours[1] or hash(ours[0]) == hash(ours[1])


@given(SPELLED)
def test_the_normal_form_is_stable(text: str) -> None:
    """Reading a normal form gives the same version and the same text."""
    version = parse(text)
    assert version is not None
    assert parse(str(version)) == version
    assert str(parse(str(version))) == str(version)


@pytest.mark.parametrize(
    "text", ["9" * 5000, "1." * 3000 + "1", "1.0+" + "a" * 600, "", "1.0\n1.0", "1.0 # x"]
)
def test_endless_and_composed_texts_are_no_versions(text: str) -> None:
    """No length raises Python's error on digits, and nothing may follow a version."""
    assert parse(text) is None


def test_a_version_is_no_other_thing() -> None:
    """Comparing with what is no version is an error or False, never a guess."""
    assert Pep440((1, 0)) != "1.0"
    with pytest.raises(TypeError):
        assert Pep440((1, 0)) < "1.1"
