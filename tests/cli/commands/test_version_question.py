"""Which version: asked on a terminal, with the versions that there would be, and never an answer to more."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import releasing, tagged
from support.forks import ForkedTool
from support.releasing import Stage
from support.terminal import CTRL_C, Terminal

pytestmark = pytest.mark.by_turns

PARTS = "tiny 2.0.0: patch 2.0.1 (Enter), minor 2.1.0, major 3.0.0"
OFFER = f"{PARTS}, current 2.0.0, or another version?"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time."""
    with releasing.tiny(tmp_path) as stage:
        yield stage


def bare(stage: Stage, *words: str) -> Terminal:
    """``release-async`` without a version on a terminal."""
    place = ("--skip-tests", "-C", str(stage.repository.path))
    return ForkedTool((*words, *place), stage.environment(), (120, 60))


def asks(terminal: Terminal, question: str) -> None:
    """Wait until the cursor stands behind a question."""
    terminal.read_until(lambda seen: bool(seen.lines) and seen.lines[-1].endswith(question))


@pytest.mark.parametrize(
    ("typed", "version", "words"),
    [
        ("\n", "2.0.1", "--output rich --backend trio"),
        ("minor\n", "2.1.0", "--output plain --backend asyncio"),
        (" major \n", "3.0.0", "--output json --backend trio"),
        ("2.5rc1\n", "2.5rc1", "release --output rich --backend asyncio"),
    ],
)
def test_enter_is_patch_and_nothing_is_uploaded_without_a_yes(
    stage: Stage, typed: str, version: str, words: str
) -> None:
    """Parts and whole versions, in every output; the answer to the second question decides."""
    with bare(stage, *words.split()) as terminal:
        asks(terminal, OFFER)
        terminal.type(typed)
        asks(terminal, "[y/N]")
        assert f"Release tiny 2.0.0 → {version} to " in "".join(terminal.lines)
        terminal.type("\n")
        assert terminal.finish() == 3
    assert stage.published() == {}


def test_the_version_that_is_there_is_offered_until_it_has_a_tag(stage: Stage) -> None:
    """The first release is often that one; with a tag it is out."""
    with bare(stage) as terminal:
        asks(terminal, OFFER)
        terminal.type("current\n")
        asks(terminal, "[y/N]")
        assert "Release tiny 2.0.0 to " in "".join(terminal.lines)
        terminal.type("\n")
        assert terminal.finish() == 3
    stage.repository.git("tag", "v2.0.0")
    with bare(stage) as terminal:
        asks(terminal, f"{PARTS}, or another version?")
        terminal.type("\n")
        asks(terminal, "[y/N]")
        terminal.type("\n")
        assert terminal.finish() == 3


def test_an_answer_that_is_no_version_is_asked_again(stage: Stage, anyio_backend: str) -> None:
    """With the reason; a yes at the end releases."""
    with bare(stage, "release", "--backend", anyio_backend) as terminal:
        asks(terminal, OFFER)
        terminal.type("minro\n")
        terminal.read_until(lambda seen: sum(OFFER in line for line in seen.lines) == 2)
        assert any("minro" in line and "neither a part nor" in line for line in terminal.lines)
        terminal.type("minor\n")
        asks(terminal, "[y/N]")
        terminal.type("y\n")
        assert terminal.finish() == 0
    assert set(stage.published()) == {"tiny-2.1.0-py3-none-any.whl", "tiny-2.1.0.tar.gz"}


@pytest.mark.parametrize("words", ["check", "rehearse --dry-run", "--dry-run"])
def test_what_uploads_nothing_asks_nothing(stage: Stage, words: str) -> None:
    """They take the patch release for granted."""
    with bare(stage, *words.split()) as terminal:
        assert terminal.finish() == 0
        assert any("2.0.0 → 2.0.1" in line for line in terminal.lines)


def test_ctrl_d_and_ctrl_c_release_nothing(stage: Stage) -> None:
    """The end of input is Enter, and then No."""
    with bare(stage) as terminal:
        asks(terminal, OFFER)
        terminal.type("\x04")
        asks(terminal, "[y/N]")
        terminal.type("\x04")
        assert terminal.finish() == 3
    with bare(stage) as terminal:
        asks(terminal, OFFER)
        terminal.type(CTRL_C)
        assert terminal.finish() == 130
    assert stage.published() == {}


def test_versions_that_tags_make_follow_the_last_tag(tmp_path: Path) -> None:
    """Where no file states a version; before the first tag there is nothing to raise."""
    with tagged.tiny_stage(tmp_path) as stage:
        with bare(stage) as terminal:
            asks(terminal, f"{PARTS}, or another version?")
            terminal.type(CTRL_C)
            assert terminal.finish() == 130
        stage.repository.git("tag", "-d", "v2.0.0")
        with bare(stage) as terminal:
            asks(terminal, "which version is its first?")
            terminal.type("\n")
            assert terminal.finish() == 2
            assert any("--version 0.1.0" in line for line in terminal.lines)
