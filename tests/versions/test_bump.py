"""What each part means, asked of ``uv version --bump``."""

import subprocess
import sys
from pathlib import Path

import pytest

from release_async.base.errors import UsageError
from release_async.versions.bump import Part, bump, next_free, resolve
from release_async.versions.pep440 import Pep440, parse

VERSIONS = [
    "1.2.3",
    "1.2",
    "1",
    "0.0.0",
    "1.2.3.4",
    "1.2.3a1",
    "1.2.3b2",
    "1.2.3rc1",
    "1.2.3.dev4",
    "1.2.3.post1",
    "1.2.3a1.dev2",
    "1.2.3a0",
    "1.2.3.post1.dev2",
    "1.2.3a1.post1",
    "1!1.2.3",
    "2!3a1",
    "1.2.3rc1.post2.dev3",
    "1.2.3.4a1",
    "2a1",
    "1.2.3.post0",
    "1.2.3.dev0",
]


def version(text: str) -> Pep440:
    """A version that is known to be one."""
    found = parse(text)
    assert found is not None
    return found


def uv_says(project: Path, text: str, part: Part) -> str | None:
    """The next version by uv; None where it refuses."""
    project.joinpath("pyproject.toml").write_text(f'[project]\nname = "demo"\nversion = "{text}"\n')
    uv = Path(sys.executable).with_name("uv")
    options = ("--dry-run", "--frozen", "--offline", "--short", "--no-config")
    asked = subprocess.run(
        (uv, "version", "--bump", part, *options), cwd=project, capture_output=True, text=True, check=False
    )
    if asked.returncode:
        assert "didn't increase the version" in asked.stderr
        return None
    return asked.stdout.strip()


@pytest.mark.parametrize("text", VERSIONS)
def test_every_part_means_what_uv_means(text: str, tmp_path: Path) -> None:
    """The same next version, and a refusal where uv refuses because the version would not grow."""
    ours: dict[str, str | None] = {}
    for part in Part:
        try:
            ours[part] = str(bump(version(text), part))
        except UsageError:
            ours[part] = None
    assert ours == {part: uv_says(tmp_path, text, part) for part in Part}


@pytest.mark.parametrize("request_", ["2.0.0", " 2.0 ", "1.0", "2!1.0a1", "v2.0"])
def test_a_whole_version_is_taken_as_it_is(request_: str) -> None:
    """Also a smaller one: whether it may be is for a check to say."""
    assert resolve(version("1.5"), request_) == parse(request_)


def test_a_near_miss_is_told_the_part_it_meant() -> None:
    """A mistyped part gets its name and the list of all."""
    with pytest.raises(UsageError) as caught:
        resolve(version("1.0"), "mnior")
    assert "Did you mean minor?" in caught.value.cure
    assert "patch" in caught.value.cure


def test_hostile_text_is_shown_escaped() -> None:
    """Control sequences of a request never reach the terminal, nor does text without end."""
    with pytest.raises(UsageError) as caught:
        resolve(version("1.0"), "\x1b[2J\u202e" + "x" * 10_000)
    assert caught.value.what.isascii()
    assert caught.value.what.isprintable()
    assert len(caught.value.what) < 200


def test_a_local_part_is_refused_with_the_reason() -> None:
    """No index accepts local versions, so none is asked for."""
    with pytest.raises(UsageError, match=r"\+linux"):
        resolve(version("1.0"), "1.1+linux")


@pytest.mark.parametrize(
    ("current", "part", "following"),
    [("1.0+linux", "patch", "1.0.1"), ("1.3.0+dev", "minor", "1.4.0"), ("1.0rc1+x", "stable", "1.0")],
)
def test_a_local_part_is_dropped_before_the_next_version(current: str, part: str, following: str) -> None:
    """It comes after the version without it, and what follows that follows both."""
    assert str(bump(version(current), Part(part))) == following


@pytest.mark.parametrize("part", ["alpha", "dev", "stable"])
def test_a_part_that_leads_nowhere_names_what_to_ask_for(part: str) -> None:
    """From a final release no pre-release of the same release is greater: the cure is one that is."""
    with pytest.raises(UsageError, match="not greater") as caught:
        resolve(version("1.2.3"), part)
    assert "1.2.4" in caught.value.cure or "patch" in caught.value.cure


@pytest.mark.parametrize(
    ("text", "taken", "choice"),
    [
        ("1.2.3", (), "1.2.4 (patch), 1.3.0 (minor) or 2.0.0 (major)"),
        ("1.2.3", ("1.2.4", "1.2.5.0", "2.0"), "1.2.6 (patch), 1.3.0 (minor) or 3.0.0 (major)"),
        ("1.2.3rc1", (), "1.2.3rc2 (rc), 1.2.3 (stable), 1.2.4 (patch), 1.3.0 (minor) or 2.0.0 (major)"),
        ("1.2.3a1", ("1.2.3",), "1.2.3a2 (alpha), 1.2.4 (patch), 1.3.0 (minor) or 2.0.0 (major)"),
        ("1.2.3.dev1", (), "1.2.3.dev2 (dev), 1.2.3 (stable), 1.2.4 (patch), 1.3.0 (minor) or 2.0.0 (major)"),
        ("1", (), "1.0.1 (patch), 1.1 (minor) or 2 (major)"),
    ],
)
def test_the_next_free_versions_pass_over_what_is_taken(
    text: str, taken: tuple[str, ...], choice: str
) -> None:
    """However a taken one is spelled; each can be typed."""
    gone = {version(each) for each in taken}
    assert next_free(version(text), lambda each: each in gone) == choice
