"""Which version: asked on a terminal, with the versions that there would be, and never an answer to more."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import releasing, tagged
from support.forks import ForkedTool
from support.releasing import Stage
from support.terminal import CTRL_C, Terminal

pytestmark = pytest.mark.by_turns

PARTS = "tiny 2.0.0: patch 2.0.1, minor 2.1.0, major 3.0.0"
OFFER = f"{PARTS}, current 2.0.0 (Enter), or another version?"
PATCH = f"{PARTS.replace('2.0.1', '2.0.1 (Enter)')}, or another version?"


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
        ("patch\n", "2.0.1", "--output rich --backend trio"),
        ("minor\n", "2.1.0", "--output plain --backend asyncio"),
        (" major \n", "3.0.0", "--output json --backend trio"),
        ("2.5rc1\n", "2.5rc1", "release --output rich --backend asyncio"),
    ],
)
def test_nothing_is_uploaded_without_a_yes(stage: Stage, typed: str, version: str, words: str) -> None:
    """Parts and whole versions, in every output; the answer to the second question decides."""
    with bare(stage, *words.split()) as terminal:
        asks(terminal, OFFER)
        terminal.type(typed)
        asks(terminal, "[y/N]")
        assert f"Release tiny 2.0.0 → {version} to " in "".join(terminal.lines)
        terminal.type("\n")
        assert terminal.finish() == 3
    assert stage.published() == {}


def test_enter_is_the_proposed_version_with_its_reason(stage: Stage) -> None:
    """The one that is there until it has a tag; then what the changes ask for, else a patch."""
    with bare(stage) as terminal:
        asks(terminal, OFFER)
        assert any(
            "2.0.0 is proposed: there is no release yet, and this is" in line for line in terminal.lines
        )
        terminal.type("\n")
        asks(terminal, "[y/N]")
        assert "Release tiny 2.0.0 to " in "".join(terminal.lines)
        terminal.type("\n")
        assert terminal.finish() == 3
    stage.repository.git("tag", "v2.0.0")
    with bare(stage) as terminal:
        asks(terminal, PATCH)
        terminal.type(CTRL_C)
        assert terminal.finish() == 130
    for message in ("feat: frogs", "fix: toads"):
        stage.repository.write("news.txt", message)
        stage.repository.commit(message)
    with bare(stage) as terminal:
        asks(terminal, "patch 2.0.1, minor 2.1.0 (Enter), major 3.0.0, or another version?")
        said = " ".join(terminal.lines)
        assert "2.1.0 is proposed: minor, because of the commits: " in said
        assert "feat: frogs and 1 more" in said
        terminal.type("\n")
        asks(terminal, "[y/N]")
        assert "Release tiny 2.0.0 → 2.1.0 to " in "".join(terminal.lines)
        terminal.type("\n")
        assert terminal.finish() == 3


def test_a_development_version_is_offered_as_what_it_leads_to(stage: Stage) -> None:
    """By the question, by what is planned where nobody is asked, and by the cure that names it."""
    for path in ("pyproject.toml", "tiny/__init__.py"):
        text = (stage.repository.path / path).read_text()
        stage.repository.write(path, text.replace("2.0.0", "2.0.0.dev0"))
    stage.repository.commit("begin 2.0.0")
    with bare(stage) as terminal:
        asks(terminal, "major 3.0.0, stable 2.0.0 (Enter), or another version?")
        terminal.type("\n")
        asks(terminal, "[y/N]")
        assert "Release tiny 2.0.0.dev0 → 2.0.0 to " in "".join(terminal.lines)
        terminal.type("\n")
        assert terminal.finish() == 3
    for words in ("check", "rehearse --dry-run", "--dry-run"):
        with bare(stage, *words.split()) as terminal:
            assert terminal.finish() == 0
            assert any("Nothing stands in the way of tiny 2.0.0;" in line for line in terminal.lines), words
    stage.says_yes = False
    assert "--version stable --yes" in stage.run("--skip-tests").said


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


@pytest.mark.parametrize(
    ("words", "planned"),
    [("check", "tiny 2.0.0"), ("rehearse --dry-run", "2.0.0 → 2.0.1"), ("--dry-run", "2.0.0 → 2.0.1")],
)
def test_what_uploads_nothing_asks_nothing(stage: Stage, words: str, planned: str) -> None:
    """They take the patch release for granted; of what was never released, check looks at that."""
    with bare(stage, *words.split()) as terminal:
        assert terminal.finish() == 0
        assert any(line.endswith(planned) for line in terminal.lines)
        assert any("Nothing stands in the way of tiny 2.0." in line for line in terminal.lines)


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
            asks(terminal, PATCH)
            terminal.type(CTRL_C)
            assert terminal.finish() == 130
        stage.repository.git("tag", "-d", "v2.0.0")
        with bare(stage) as terminal:
            asks(terminal, "which version is its first?")
            terminal.type("\n")
            assert terminal.finish() == 2
            assert any("--version 0.1.0" in line for line in terminal.lines)


def test_a_version_that_is_no_part_of_the_offer_comes_first(stage: Stage) -> None:
    """The next pre-release of the one that is under way; and a date has none, so Enter is the patch."""
    repository = stage.repository
    for path in ("pyproject.toml", "tiny/__init__.py"):
        text = (repository.path / path).read_text()
        repository.write(path, text.replace("2.0.0", "2.1.0rc1"))
    repository.commit("release: v2.1.0rc1")
    repository.git("tag", "v2.1.0rc1")
    with bare(stage) as terminal:
        asks(terminal, "major 3.0.0, stable 2.1.0, or another version?")
        assert any("tiny 2.1.0rc1: auto 2.1.0rc2 (Enter), patch 2.1." in line for line in terminal.lines)
        terminal.type(CTRL_C)
        assert terminal.finish() == 130
    for path in ("pyproject.toml", "tiny/__init__.py"):
        text = (repository.path / path).read_text()
        repository.write(path, text.replace("2.1.0rc1", "2026.1.0"))
    repository.commit("release: v2026.1.0")
    repository.git("tag", "v2026.1.0")
    with bare(stage) as terminal:
        asks(
            terminal,
            "tiny 2026.1.0: patch 2026.1.1 (Enter), minor 2026.2.0, major 2027.0.0, or another version?",
        )
        terminal.type(CTRL_C)
        assert terminal.finish() == 130
