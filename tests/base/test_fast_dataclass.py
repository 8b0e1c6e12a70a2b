"""The dataclass that compiles nothing does what the original does, in every way in which it is used here."""

import copy
import dataclasses
import pickle
from collections.abc import Callable, Mapping
from dataclasses import FrozenInstanceError, field

import pytest
from hypothesis import given, strategies as st

from release_async.base import fast_dataclass

pytestmark = pytest.mark.quick


@dataclasses.dataclass(frozen=True, slots=True)
class Original:
    """The measure."""

    first: int
    second: str = "two"
    third: list[int] = field(default_factory=list)
    hidden: int = field(default=4, repr=False, compare=False)
    later: int = field(default=5, init=False)
    unset: int = field(init=False, repr=False, compare=False)


@fast_dataclass.dataclass(frozen=True, slots=True)
class StandIn:
    """The same, without a line of code of its own."""

    first: int
    second: str = "two"
    third: list[int] = field(default_factory=list)
    hidden: int = field(default=4, repr=False, compare=False)
    later: int = field(default=5, init=False)
    unset: int = field(init=False, repr=False, compare=False)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OriginalByName:
    """The measure where only names are taken."""

    first: int = 1
    second: str


@fast_dataclass.dataclass(frozen=True, slots=True, kw_only=True)
class StandInByName:
    """The same."""

    first: int = 1
    second: str


NAMES = st.sampled_from(["first", "second", "third", "hidden", "later", "fourth"])
PAIRS = [(Original, StandIn), (OriginalByName, StandInByName)]
type_pairs = pytest.mark.parametrize(("original", "stand_in"), PAIRS)


def outcome(kind: Callable[..., object], args: list[int], named: Mapping[str, int]) -> object:
    """What a call makes, as text; or the kind of error that it raises."""
    try:
        made = kind(*args, **named)
    except TypeError:
        return TypeError
    return repr(made).partition("(")[2], getattr(made, "hidden", None)


@type_pairs
@given(
    args=st.lists(st.integers(0, 3), max_size=5), named=st.dictionaries(NAMES, st.integers(0, 3), max_size=4)
)
def test_it_takes_what_a_dataclass_takes(
    original: type, stand_in: type, args: list[int], named: dict[str, int]
) -> None:
    """By place, by name, by default and by factory; what does not fit is a ``TypeError``."""
    assert outcome(stand_in, args, named) == outcome(original, args, named)


def test_a_default_is_made_for_each() -> None:
    """As by ``default_factory``."""
    one, other = StandIn(1), StandIn(1)
    assert one.third is not other.third


def test_equal_are_those_of_one_class_with_equal_fields() -> None:
    """Except for fields that are not compared; the hash is that of the same fields."""
    assert StandInByName(second="a") == StandInByName(second="a") != StandInByName(second="b")
    assert StandIn(1, hidden=2) == StandIn(1, hidden=3)
    assert StandInByName(second="a") != OriginalByName(second="a")  # type: ignore[comparison-overlap]  # that they never are is the question
    assert hash(StandInByName(second="a")) == hash(OriginalByName(second="a"))
    assert hash(StandInByName(second="a")) != hash(StandInByName(second="b"))


def test_nothing_is_changed() -> None:
    """Neither set nor deleted, whether a field or not; it has no ``__dict__``."""
    made = StandInByName(second="a")
    for name in ("second", "other"):
        with pytest.raises(FrozenInstanceError):
            setattr(made, name, "b")
    with pytest.raises(FrozenInstanceError):
        del made.second
    assert not hasattr(made, "__dict__")


def test_the_functions_of_dataclasses_know_it() -> None:
    """``fields``, ``replace``, ``asdict``, and matching by place."""
    made = StandInByName(second="a")
    assert dataclasses.replace(made, first=3) == StandInByName(first=3, second="a")
    assert dataclasses.asdict(made) == {"first": 1, "second": "a"}
    assert [each.name for each in dataclasses.fields(made)] == ["first", "second"]
    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(StandIn(1), later=6)
    match StandIn(7):
        case StandIn(first):
            assert first == 7


def test_it_survives_a_copy_and_a_pickle() -> None:
    """Both set the fields of an object that was never initialised."""
    made = StandInByName(second="a")
    assert copy.deepcopy(made) == copy.copy(made) == pickle.loads(pickle.dumps(made)) == made  # noqa: S301 - made here


def test_a_method_of_the_class_is_kept() -> None:
    """A class may say itself how it is shown or compared."""

    @fast_dataclass.dataclass(frozen=True)
    class Named:
        """Shown by its name."""

        name: str

        def __repr__(self) -> str:
            return self.name

    assert repr(Named("me")) == "me"


def test_what_is_not_frozen_is_the_original() -> None:
    """It may be changed."""

    @fast_dataclass.dataclass(slots=True)
    class Open:
        """Can be changed."""

        value: int

    made = Open(1)
    made.value = 2
    assert made == Open(2)
