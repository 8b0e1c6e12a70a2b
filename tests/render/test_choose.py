"""Which eyes a run gets, and that nothing is imported for the others."""

import io
import subprocess
import sys

import pytest

import release_async
from release_async.base.exit_codes import ExitCode
from release_async.render import create_renderer
from release_async.render.github_actions import GitHubActions
from release_async.render.json_lines import JsonLines
from release_async.render.plain import PlainText
from release_async.render.terminal import Terminal
from support.pages import ROOT


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True


class OldScreen(Screen):
    """A terminal that is not UTF-8."""

    encoding = "latin-1"


@pytest.mark.parametrize(
    ("output", "kind"),
    [("rich", Terminal), ("plain", PlainText), ("json", JsonLines), ("auto", PlainText)],
)
def test_the_output_named_is_the_output_chosen(output: str, kind: type) -> None:
    """And ``auto`` is plain where no terminal reads."""
    assert isinstance(create_renderer(output, stdout=io.StringIO(), stdin=io.StringIO()), kind)


@pytest.mark.parametrize(
    ("term", "screen", "kind"),
    [
        ("xterm-256color", Screen, Terminal),
        ("dumb", Screen, PlainText),
        ("", Screen, PlainText),
        ("xterm-256color", OldScreen, Terminal),
    ],
)
def test_auto_is_rich_only_where_the_terminal_can(
    term: str, screen: type[Screen], kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal that cannot move its cursor gets plain lines; one with few characters is drawn in ASCII."""
    monkeypatch.setenv("TERM", term)
    assert isinstance(create_renderer("auto", stdout=screen(), stdin=io.StringIO()), kind)


def test_unknown_output_is_an_error() -> None:
    """A name that is none of ours is not taken for another one."""
    with pytest.raises(ValueError, match="'html'"):
        create_renderer("html", stdout=io.StringIO())


@pytest.mark.parametrize("output", ["plain", "json"])
def test_rich_is_imported_only_for_its_own_renderer(output: str) -> None:
    """A log does not pay for what only a terminal needs."""
    code = (
        "import sys; from release_async.render import create_renderer; "
        f"create_renderer({output!r}); sys.exit('rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_jobs_of_github_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only by themselves: who names an output gets that one."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert isinstance(create_renderer("auto", stdout=io.StringIO(), stdin=io.StringIO()), GitHubActions)
    assert isinstance(create_renderer("plain", stdout=io.StringIO(), stdin=io.StringIO()), PlainText)
    assert isinstance(create_renderer("json", stdout=io.StringIO(), stdin=io.StringIO()), JsonLines)


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("versions", "--output", "plain")])
def test_who_sees_no_screen_does_not_wait_for_one(arguments: tuple[str, ...]) -> None:
    """Neither help nor plain lines import what draws, nor what runs a release."""
    code = (
        "import sys; from release_async.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "sys.exit(str({'rich', 'anyio'} & set(sys.modules)) if {'rich', 'anyio'} & set(sys.modules) else 0)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert "release-async" in run.stdout


def test_the_module_is_the_program() -> None:
    """``python -m release_async`` answers as the console script does."""
    version = [sys.executable, "-m", "release_async", "--version"]
    said = subprocess.run(version, check=True, capture_output=True, text=True).stdout
    assert said == f"release-async {release_async.__version__}\n"
    wrong = subprocess.run([*version[:-1], "--verison"], check=False, capture_output=True, text=True)
    assert wrong.returncode == ExitCode.USAGE
    assert "did you mean --version?" in wrong.stderr
