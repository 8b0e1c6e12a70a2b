""".env.example: every variable with its default and no other value, and what stands there stays."""

import io
from dataclasses import replace

from dotenv import dotenv_values
from hypothesis import given, strategies as st

from release_async.cli.init import env_example
from release_async.plan.settings import VARIABLES, Sources, load
from support.pages import ROOT

DEFAULTS = {variable.name: variable.default for variable in VARIABLES}
NAMES = [*DEFAULTS]


def values(text: str) -> dict[str, str | None]:
    """What a reader of ``.env`` would read."""
    return dict(dotenv_values(stream=io.StringIO(text), interpolate=False))


def test_a_new_file_names_all_variables_and_sets_none() -> None:
    """Copied to ``.env`` as it is, it changes nothing."""
    text = env_example.with_variables("")
    assert values(text) == DEFAULTS
    assert load(Sources(dotenv=text)) == replace(load(Sources()), sources=load(Sources(dotenv=text)).sources)


def test_our_own_file_is_what_a_project_gets() -> None:
    """One text for both: what is explained better in one of them is so in the other."""
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == env_example.with_variables("")


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
    assert values(added) == {name: DEFAULTS[name] for name in NAMES if name not in named}
    assert env_example.with_variables(made) == made


def test_a_name_that_only_begins_like_ours_is_another() -> None:
    """``MY_PYPI_API_TOKEN`` and ``PYPI_API_TOKEN_OLD`` are not read by us."""
    made = env_example.with_variables("MY_PYPI_API_TOKEN=\nPYPI_API_TOKEN_OLD=\n")
    assert "\nPYPI_API_TOKEN=\n" in made
