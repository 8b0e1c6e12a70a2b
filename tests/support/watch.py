"""A plugin of pytest: fails each test that gave a secret away, in what it said or in a file it left.

What tests say is what pytest captured, what they took from ``capfd`` and its kin, and the output of every
process that they waited for. Not heard are git's own commands that show contents: to show is their work.
"""

import subprocess
import sys
from collections.abc import Generator
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

from support import canary

_RUN_HOOKS = frozenset(("commit", "merge", "am", "push", "rebase", "cherry-pick", "revert", "pull"))
_SHOWN_BY_GIT = "--patch"
_FOLDERS = ("tmp_path", "nobodys_home")

_listening = pytest.MonkeyPatch()
_communicate = subprocess.Popen.communicate
_readouterr = pytest.CaptureFixture.readouterr


@wraps(_communicate)
def _heard(process: "subprocess.Popen[Any]", *arguments: Any, **options: Any) -> tuple[Any, Any]:  # noqa: ANN401 - as the original
    said = _communicate(process, *arguments, **options)
    if not sys._getframe(1).f_globals["__name__"].startswith("release_async") and _speaks(process.args):  # noqa: SLF001 - who calls
        canary.hear(f"the output of {_words(process.args)[0]}", *said)
    return said


def _speaks(command: object) -> bool:
    """Whether a command's output is to be free of secrets: any program's, and git's where hooks run."""
    words = _words(command)
    if Path(words[0]).name != "git":
        return True
    return not _RUN_HOOKS.isdisjoint(words) and _SHOWN_BY_GIT not in words


def _words(command: object) -> list[str]:
    return [str(word) for word in command] if isinstance(command, list | tuple) else [str(command)]


@wraps(_readouterr)
def _taken(capture: pytest.CaptureFixture[Any]) -> Any:  # noqa: ANN401 - as the original
    said = _readouterr(capture)
    canary.hear("what the test took from the captured output", *said)
    return said


def pytest_configure() -> None:
    """Begin to listen."""
    _listening.setattr(subprocess.Popen, "communicate", _heard)
    _listening.setattr(pytest.CaptureFixture, "readouterr", _taken)


def pytest_unconfigure() -> None:
    """Leave everything as it was."""
    _listening.undo()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """After each test, when all its servers and programs have ended, look everywhere."""
    report = yield
    if report.when == "teardown":
        for title, text in report.sections:
            canary.hear(title, text)
        given = getattr(item, "funcargs", None) or {}
        places = canary.found(*(given[name] for name in _FOLDERS if name in given))
        if places:
            report.outcome = "failed"
            shown = "\n".join(f"  {place}" for place in places)
            report.longrepr = f"A secret of this test was given away:\n{shown}"
    return report
