"""What is tried on one event loop by turns is tried on both, as a whole, and loses no case."""

import pytest

from support import matrices

pytestmark = [pytest.mark.quick, pytest.mark.by_turns]


def collected(request: pytest.FixtureRequest) -> list[pytest.Item]:
    """Every case of this module, also what was left out."""
    module = request.node.getparent(pytest.Module)
    assert module
    return [item for item in module.collect() if isinstance(item, pytest.Item)]


@pytest.mark.parametrize("case", ["a", "b", "c"])
def test_each_case_has_its_turn_on_one_loop(
    request: pytest.FixtureRequest, anyio_backend: str, case: str
) -> None:
    """Neighbours have theirs on different ones, and what runs here is what has its turn."""
    assert request.node.name == _named(case, anyio_backend)
    out = {item.name for item in matrices.out_of_turn(collected(request))}
    left = [(each, name) for each in "abc" for name in matrices.BACKENDS if _named(each, name) not in out]
    assert [each for each, _ in left] == ["a", "b", "c"]
    assert left[0][1] == left[2][1] != left[1][1]


def _named(case: str, backend: str) -> str:
    return f"test_each_case_has_its_turn_on_one_loop[{backend}-{case}]"


async def test_what_awaits_runs_on_both(request: pytest.FixtureRequest, anyio_backend_name: str) -> None:
    """Whoever is in this process is tried on each loop, also in a module that goes by turns."""
    assert anyio_backend_name in matrices.BACKENDS
    out = {item.name.partition("[")[0] for item in matrices.out_of_turn(collected(request))}
    assert out == {"test_each_case_has_its_turn_on_one_loop"}


def test_what_is_chosen_without_its_counterpart_has_its_turn(request: pytest.FixtureRequest) -> None:
    """Who names one case gets it, on the loop that was named."""
    alone = [item for item in collected(request) if "[trio-" in item.name]
    assert len(alone) == 3
    assert matrices.out_of_turn(alone) == []
