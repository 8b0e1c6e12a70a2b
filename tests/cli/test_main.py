"""A person's door: whatever happens ends in words and an exit code, never in a traceback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.base.exit_codes import ExitCode
from release_async.base.problems import Problems
from release_async.cli import main as cli
from release_async.plan.plan import Plan
from release_async.release.checks import branch
from release_async.run.context import Context
from support import releasing
from support.releasing import Stage


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The project that builds in no time, and a check that has a bug."""

    async def buggy(_plan: Plan, _world: Context) -> Problems:
        raise ZeroDivisionError("of all things")

    with releasing.tiny(tmp_path) as stage:
        for name, value in stage.environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(branch, "run", buggy)
        yield stage


def check(stage: Stage, *arguments: str) -> int:
    """Run all checks, in this process."""
    return cli.main(["check", "-C", str(stage.repository.path), "--output", "plain", *arguments])


def test_a_bug_in_a_check_is_told_as_ours(
    stage: Stage, anyio_backend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The check is broken, all others are told, nothing is left, and the words say what to report: exit 1."""
    before = stage.fingerprint()
    assert check(stage, "--backend", anyio_backend) == ExitCode.BUG
    said = capsys.readouterr().out
    assert "BROKEN  Branch" in said
    assert "ok      Versions agree" in said
    assert "FAILED  a bug in release-async: ZeroDivisionError: of all things; nothing is public" in said
    assert "report it" in said
    assert f'File "{__file__}"' in said
    assert "Traceback" not in said
    assert stage.fingerprint() == before


def test_who_is_verbose_gets_the_traceback(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """All of it, for the report."""
    assert check(stage, "--verbose") == ExitCode.BUG
    assert "Traceback (most recent call last)" in capsys.readouterr().out
