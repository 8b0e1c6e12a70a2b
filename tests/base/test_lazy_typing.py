"""The stand-ins for the words of typing, enum and re do what the originals do, wherever they are used."""

import copy
import enum
import pickle
import re
import typing

import pytest
from hypothesis import given, strategies as st

from release_async.base import lazy_typing
from release_async.base.exit_codes import ExitCode
from release_async.base.problems import Level, Problem
from release_async.versions.distribution import Role, Site

pytestmark = pytest.mark.quick


class Original(typing.NamedTuple):
    """The measure."""

    first: int
    second: str = "two"
    third: tuple[int, ...] = ()


class StandIn(lazy_typing.NamedTuple):
    """The same, on the ground."""

    first: int
    second: str = "two"
    third: tuple[int, ...] = ()


NAMES = st.sampled_from(["first", "second", "third", "fourth"])
VALUES = st.integers(0, 3)


def outcome(kind: type[Original | StandIn], given_: list[int], named: dict[str, int]) -> object:
    """What a call makes, or the kind of error it raises."""
    try:
        made = kind(*given_, **named)  # type: ignore[arg-type]  # what is wrong is the question
    except TypeError:
        return TypeError
    return tuple(made), made._asdict(), repr(made).partition("(")[2]


@given(st.lists(VALUES, max_size=4), st.dictionaries(NAMES, VALUES))
def test_a_tuple_takes_what_a_named_tuple_takes(given_: list[int], named: dict[str, int]) -> None:
    """By place, by name and by default; what does not fit is a ``TypeError``."""
    assert outcome(StandIn, given_, named) == outcome(Original, given_, named)


@given(st.dictionaries(NAMES.filter(lambda name: name != "fourth"), VALUES))
def test_replacing_makes_another(named: dict[str, int]) -> None:
    """The old one stays as it is."""
    old = StandIn(1)
    assert tuple(old._replace(**named)) == tuple(Original(1)._replace(**named))  # type: ignore[arg-type]  # any values do
    assert old == (1, "two", ())


def test_what_has_no_such_field_cannot_be_replaced() -> None:
    """A mistyped name is not dropped."""
    with pytest.raises(TypeError, match="fourth"):
        StandIn(1)._replace(fourth=1)  # type: ignore[call-arg]  # the question


def test_a_tuple_cannot_be_changed() -> None:
    """Neither its fields, nor by a new attribute."""
    for name in ("first", "fourth"):
        with pytest.raises(AttributeError):
            setattr(StandIn(1), name, 2)


@pytest.mark.parametrize("value", [StandIn(1), Problem(Level.WARN, "", "", ""), Role.SOURCE, ExitCode.BUG])
def test_values_survive_copies(value: object) -> None:
    """A copy and what comes back from a pickle are equal, and of the same kind."""
    for other in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):  # noqa: S301 - our own
        assert other == value
        assert type(other) is type(value)
        assert isinstance(value, tuple) or other is value


def test_a_class_with_a_match_statement() -> None:
    """Patterns see the fields in their order."""
    match Site("a.py", 3, Role.MIRROR):
        case Site(path, line, role):
            assert (path, line, role) == ("a.py", 3, Role.MIRROR)
        case _:
            pytest.fail("no match")


@pytest.mark.parametrize(
    ("stand_in", "original"),
    [
        (Level, enum.StrEnum("Level", [(each.name, each.value) for each in Level])),
        (Role, enum.StrEnum("Role", [(each.name, each.value) for each in Role])),
        (ExitCode, enum.IntEnum("ExitCode", [(each.name, each.value) for each in ExitCode])),
    ],
)
def test_members_are_those_of_an_enumeration(stand_in: type[enum.Enum], original: type[enum.Enum]) -> None:
    """In order, found by value, equal to their value, and shown alike."""
    assert len(stand_in) == len(original) > 2
    for mine, its in zip(stand_in, original, strict=True):
        assert stand_in(its.value) is mine is getattr(stand_in, its.name)
        assert (mine.name, mine.value, str(mine), f"{mine}", repr(mine)) == (
            its.name, its.value, str(its), f"{its}", repr(its),
        )  # fmt: skip
        assert mine == its.value
        assert type(mine.value) is type(its.value)
        assert mine in stand_in
    with pytest.raises(ValueError, match="is no"):
        stand_in("nonsense")


def test_a_pattern_is_compiled_when_it_is_asked() -> None:
    """What it answers is what ``re`` answers; text or bytes."""
    assert lazy_typing.pattern(r"(?i)A(b*)").findall("abb Ab") == re.findall(r"(?i)A(b*)", "abb Ab")
    found = lazy_typing.pattern(rb"\d+").search(b"a12")
    assert found is not None
    assert found[0] == b"12"


def test_a_cast_gives_back_what_it_gets() -> None:
    """It is for type checkers alone."""
    given_ = object()
    assert lazy_typing.cast("str", given_) is typing.cast("str", given_) is given_
