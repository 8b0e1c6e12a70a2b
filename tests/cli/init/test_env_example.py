""".env.example: every variable by its name, never with a value, and what stands there stays."""

import io

from dotenv import dotenv_values
from hypothesis import given, strategies as st

from release_async.cli.init import env_example
from release_async.plan.settings import VARIABLES

NAMES = [variable.name for variable in VARIABLES]


def values(text: str) -> dict[str, str | None]:
    """What a reader of ``.env`` would read."""
    return dict(dotenv_values(stream=io.StringIO(text), interpolate=False))


def test_a_new_file_names_all_variables_and_gives_none_a_value() -> None:
    """Copied to ``.env`` as it is, it changes nothing."""
    assert values(env_example.with_variables("")) == dict.fromkeys(NAMES, "")


def test_it_fits_a_terminal_when_it_is_shown() -> None:
    """The difference stands three columns from the edge, and a line that is wrapped there is hard to read."""
    assert max(map(len, env_example.with_variables("").splitlines())) <= 80 - len("  +")


@given(st.sets(st.sampled_from(NAMES)), st.sampled_from(["{}=", "export {}=x", "# {}=", "{} = y"]))
def test_only_what_is_not_named_is_added(named: set[str], form: str) -> None:
    """A line of the project's own, commented out or not, is its answer; a second run adds nothing."""
    text = "".join(f"{form.format(name)}\n" for name in sorted(named))
    made = env_example.with_variables(text)
    assert made.startswith(text)
    added = made.removeprefix(text)
    assert values(added) == {name: "" for name in NAMES if name not in named}
    assert env_example.with_variables(made) == made


def test_a_name_that_only_begins_like_ours_is_another() -> None:
    """``MY_PYPI_API_TOKEN`` and ``PYPI_API_TOKEN_OLD`` are not read by us."""
    made = env_example.with_variables("MY_PYPI_API_TOKEN=\nPYPI_API_TOKEN_OLD=\n")
    assert "\nPYPI_API_TOKEN=\n" in made
