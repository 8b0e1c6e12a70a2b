"""[tool.release-async]: settings added to a pyproject.toml, of which nothing else changes."""

import tomllib

import pytest
from hypothesis import given, strategies as st

from release_async.base.errors import ConfigurationError
from release_async.cli.init import settings_table
from release_async.plan import settings
from release_async.plan.line_insertion import UnplacedError

WANTED: dict[str, object] = {
    "branch": "master",
    "tag-format": 'release/"{version}',
    "version-files": ["VERSION", "src/a.py"],
}
PLAIN: dict[str, object] = {"branch": "master"}
PIECES = (
    '[project]\nname = "x"\nversion = "1"\n',
    "[tool.black]\nline-length = 3 # long\n",
    "# about ruff\n[tool.ruff]\nlint.select = [\n  'A',\n]\n",
    "[tool.release-async]\n",
    "[ tool . 'release-async' ] # ours\nremote = 'up'\n",
    "[[tool.list]]\na = 1\n",
    "\n\n",
    "# the end",
)


def told(text: str) -> settings.Settings:
    """What the file sets."""
    return settings.load(settings.Sources(pyproject=text))


@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=6, unique=True), st.sampled_from(["\n", "\r\n"])
)
def test_settings_are_added_and_the_rest_stays(pieces: list[str], end: str) -> None:
    """Whatever tables stand there in which order: every old line is still there, in its order."""
    text = "".join(piece if piece.endswith("\n") else f"{piece}\n" for piece in pieces).replace("\n", end)
    try:
        old = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # two tables of ours
    made = settings_table.with_settings(text, PLAIN)
    assert told(made).branch == "master"
    added = [line for line in made.split(end) if line not in text.split(end)]
    assert added in ([['branch = "master"'], ["[tool.release-async]", 'branch = "master"']])
    assert [line for line in made.split(end) if line in text.split(end) and line] == [
        line for line in text.split(end) if line
    ]
    assert made.count("\r\n") in {0, made.count("\n")}
    new = tomllib.loads(made)
    del new["tool"]["release-async"]["branch"]
    old.setdefault("tool", {}).setdefault("release-async", {})
    assert new == old
    assert settings_table.existing_settings(made) == settings_table.existing_settings(text) | {"branch"}


def test_every_kind_of_value_can_be_written() -> None:
    """Quotes and lists, as tomlkit writes them."""
    made = settings_table.with_settings("", {**WANTED, "tag-format": "release/{version}"})
    assert tomllib.loads(made)["tool"]["release-async"] == {**WANTED, "tag-format": "release/{version}"}


def test_nothing_to_set_is_nothing_to_write() -> None:
    """No empty table is left behind."""
    assert settings_table.with_settings("a = 1", {}) == "a = 1"


@pytest.mark.parametrize(
    "text",
    [
        '[tool]\nrelease-async = {remote = "up"}\n',
        'tool.release-async.remote = "up"\n',
        "tool = {}\n",
        'x = """\n[tool.release-async]\n"""\n',
        "[tool.release-async]\nbranch = 'main'\n",
    ],
)
def test_another_form_is_left_to_a_person(text: str) -> None:
    """With the lines to be added; a header inside a text of several lines is none."""
    with pytest.raises(UnplacedError) as caught:
        settings_table.with_settings(text, PLAIN)
    assert caught.value.lines == ('branch = "master"',)


def test_a_value_that_cannot_be_set_is_not_written() -> None:
    """What the settings would refuse is never proposed as done."""
    with pytest.raises(UnplacedError):
        settings_table.with_settings("", WANTED)


@pytest.mark.parametrize("text", ["[tool.release-async]\nbrunch = 'x'\n", "[project\n"])
def test_a_file_that_is_wrong_already_is_told(text: str) -> None:
    """In the words that a release would use."""
    with pytest.raises(ConfigurationError):
        settings_table.existing_settings(text)
