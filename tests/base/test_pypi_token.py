"""A token is read as pypitoken reads it; what is no token is told in words that show nothing of it."""

import base64
import json
import uuid
from typing import Any

import pypitoken  # type: ignore[import-untyped]  # it has no type hints
import pytest
from hypothesis import given, settings, strategies as st

from release_async.base import pypi_token
from release_async.base.pypi_token import Scope
from support.secrets import characters

_NAMES = st.lists(st.from_regex(r"[a-z][a-z0-9]{0,9}", fullmatch=True), max_size=3)
_USER = str(uuid.uuid4())
_TIMES = st.integers(min_value=1, max_value=2**40)
_CAVEATS = st.one_of(
    st.builds(lambda names: {"project_names": names}, _NAMES),
    st.builds(lambda names: {"legacy_project_names": names}, _NAMES),
    st.builds(lambda ids: {"project_ids": [str(each) for each in ids]}, st.lists(st.uuids(), max_size=2)),
    st.builds(lambda begin, end: {"not_before": begin, "not_after": end}, _TIMES, _TIMES),
    st.builds(lambda begin, end: {"legacy_not_before": begin, "legacy_not_after": end}, _TIMES, _TIMES),
    st.just({"user_id": _USER}),
    st.just({"legacy_noop": True}),
)


def token(*caveats: dict[str, Any], location: str = "example.org", identifier: str = "a") -> pypitoken.Token:
    """A token as an index makes it, and then people restrict it."""
    made = pypitoken.Token.create(location, identifier, characters(32))
    for caveat in caveats:
        made.restrict(**caveat)
    return made


@settings(max_examples=50)  # the oracle takes its time
@given(
    location=st.from_regex(r"[a-z0-9.]{0,300}", fullmatch=True),
    identifier=st.text(st.characters(codec="ascii"), min_size=1, max_size=300),
    caveats=st.lists(_CAVEATS, max_size=4),
)
def test_every_token_is_read_as_its_maker_reads_it(
    location: str, identifier: str, caveats: list[dict[str, Any]]
) -> None:
    """Location, identifier and each caveat, whatever their lengths and number."""
    made = token(*caveats, location=location, identifier=identifier)
    read = pypi_token.read(made.dump())
    again = pypitoken.Token.load(made.dump())
    assert read.location == again.domain
    assert read.identifier == again.identifier.encode()
    assert [json.loads(caveat) for caveat in read.caveats] == [each.dump() for each in again.restrictions]


@settings(max_examples=50)
@given(caveats=st.lists(_CAVEATS, max_size=4), now=_TIMES, project=st.sampled_from(["a", "b", "ab"]))
def test_a_scope_allows_what_the_index_would(caveats: list[dict[str, Any]], now: int, project: str) -> None:
    """By names and times; what is restricted by something else is at least not taken for account-wide."""
    key = characters(32)
    made = pypitoken.Token.create("example.org", "a", key)
    for caveat in caveats:
        made.restrict(**caveat)
    scope = pypi_token.read(made.dump()).scope
    projects = any(word.partition("project_")[1] for caveat in caveats for word in caveat)
    assert scope.account_wide is (
        not projects and any({"user_id", "legacy_noop"} & each.keys() for each in caveats)
    )
    allowed = (
        (scope.projects is None or project in scope.projects)
        and (scope.not_before is None or scope.not_before <= now)
        and (scope.not_after is None or now < scope.not_after)
    )
    if any("project_ids" in caveat for caveat in caveats):
        return  # what an id stands for only the index knows
    try:
        made.check(key, project_name=project, user_id=_USER, now=now)
    except (pypitoken.ValidationError, ValueError):  # the latter where several caveats fail
        assert not allowed
    else:
        assert allowed


def test_only_a_token_that_says_so_is_account_wide() -> None:
    """One without a caveat says nothing: the index may keep its restrictions to itself."""
    for caveats in (({"user_id": _USER},), ({"legacy_noop": True},)):
        assert pypi_token.read(token(*caveats).dump()).scope == Scope(account_wide=True)
    assert pypi_token.read(token().dump()).scope == Scope(account_wide=False)


@pytest.mark.parametrize("caveat", [b"[4, 1]", b"[99]", b"{}", b"null", b"rubbish", b"\xff", b"[" * 5000])
def test_a_caveat_that_is_not_understood_is_taken_for_a_restriction(caveat: bytes) -> None:
    """A publisher's token, or what PyPI thinks of next year."""
    read = pypi_token.Macaroon("example.org", b"a", (caveat,))
    assert read.scope == Scope(account_wide=False)


@given(st.text())
def test_rubbish_is_told_in_words(text: str) -> None:
    """Any text at all."""
    with pytest.raises(ValueError, match=r"^(it|its|there) "):
        pypi_token.read(f"pypi-{text}")


@given(st.binary(max_size=60))
def test_rubbish_in_base64_is_told_in_words(body: bytes) -> None:
    """Also behind the byte that says which format it is."""
    encoded = base64.urlsafe_b64encode(b"\x02" + body).decode()
    with pytest.raises(ValueError, match=r"^(it|its|there) "):
        pypi_token.read(f"pypi-{encoded}")


def test_a_token_that_is_not_whole_is_none() -> None:
    """Wherever the clipboard has cut it, or added to it."""
    whole = token({"project_names": ["demo"]}).dump()
    for end in range(len(whole)):
        with pytest.raises(ValueError, match=r"^(it|its|there) "):
            pypi_token.read(whole[:end])
    with pytest.raises(ValueError, match=r"^(it|its|there) "):
        pypi_token.read(whole + whole.partition("-")[2])


def test_the_first_binary_format_is_none_of_pypi() -> None:
    """Macaroons have had another one, which no index has ever given out."""
    old = pypitoken.Token.create("example.org", "a", characters(32), version=1)
    with pytest.raises(ValueError, match="no macaroon of the second version"):
        pypi_token.read(old.dump())


@settings(max_examples=50)
@given(
    made=st.lists(_CAVEATS, max_size=2),
    names=st.lists(st.from_regex(r"[a-z][a-z0-9-]{0,300}", fullmatch=True), min_size=1, max_size=3),
    times=st.tuples(_TIMES, _TIMES),
    identifier=st.text(st.characters(codec="ascii"), min_size=1, max_size=300),
)
def test_a_narrowed_token_is_the_one_that_the_oracle_makes(
    made: list[dict[str, Any]], names: list[str], times: tuple[int, int], identifier: str
) -> None:
    """Byte for byte, whatever restricts it already, and however long its parts are."""
    original, (begin, end) = token(*made, identifier=identifier), times
    ours = pypi_token.with_caveats(original.dump(), [0, end, begin], [1, names])
    assert ours == original.restrict(not_before=begin, not_after=end, project_names=names).dump()


@given(project=st.sampled_from(["mine", "other"]), now=st.integers(min_value=1, max_value=200))
def test_a_narrowed_token_is_good_for_its_project_and_its_time_alone(project: str, now: int) -> None:
    """As the index proves it, with its key; and with another key never."""
    key = characters(32)
    whole = pypitoken.Token.create("example.org", "a", key).dump()
    narrow = pypitoken.Token.load(pypi_token.with_caveats(whole, [0, 100, 1], [1, ["mine"]]))
    with pytest.raises(pypitoken.ValidationError):
        narrow.check(characters(32), project_name="mine", now=50)
    if project == "mine" and now < 100:
        narrow.check(key, project_name=project, now=now)
        return
    with pytest.raises((pypitoken.ValidationError, ValueError)):  # the latter where both caveats fail
        narrow.check(key, project_name=project, now=now)


@given(
    names=st.lists(st.from_regex(r"[a-z]{1,20}", fullmatch=True), max_size=3), identifier=st.text(min_size=1)
)
def test_all_copies_of_a_token_begin_with_its_stem(names: list[str], identifier: str) -> None:
    """Which is the token without its signature: too little to be used, and all that has to be hidden."""
    whole = token(identifier=identifier).dump()
    stem = pypi_token.common_prefix(whole)
    assert whole.startswith(stem)
    assert len(whole) - len(stem) < 50
    assert pypi_token.with_caveats(whole, [1, names]).startswith(stem)
    with pytest.raises(ValueError, match=r"cut short|end with a signature|base64"):
        pypi_token.read(stem)


def test_a_number_in_a_form_that_no_index_writes_is_not_narrowed() -> None:
    """A length with a byte too many: it can be read, but where the signature begins is not certain."""
    raw = base64.urlsafe_b64decode(token().dump().partition("-")[2] + "==")
    odd = raw[:-33] + b"\xa0\x00" + raw[-32:]
    written = f"pypi-{base64.urlsafe_b64encode(odd).decode()}"
    assert pypi_token.read(written).identifier == b"a"
    with pytest.raises(ValueError, match="more bytes than it needs"):
        pypi_token.with_caveats(written, [1, []])
