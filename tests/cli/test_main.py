"""A person's door: whatever happens ends in words and an exit code, never in a traceback."""

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from release_async.base.errors import UnfinishedError
from release_async.base.exit_codes import ExitCode
from release_async.base.problems import Problems
from release_async.cli import failure_report, main as cli
from release_async.cli.command_line import parse
from release_async.cli.commands import resume
from release_async.plan.plan import Plan
from release_async.release.checks import branch
from release_async.render.output_stream import Stream
from release_async.render.plain import PlainText
from release_async.render.redacting_renderer import RedactingRenderer
from release_async.run.context import Context
from support import releasing
from support.releasing import Stage

pytestmark = pytest.mark.by_turns


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
    said = " ".join(capsys.readouterr().out.split())
    assert "BROKEN Branch" in said
    assert "checks passed, 1 could not judge" in said
    assert "FAILED a bug in release-async: ZeroDivisionError: of all things; nothing is public" in said
    assert "report it" in said
    assert f'File "{__file__}"' in said
    assert "Traceback" not in said
    assert stage.fingerprint() == before


def test_who_is_verbose_gets_the_traceback(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """All of it, for the report."""
    assert check(stage, "--verbose") == ExitCode.BUG
    assert "Traceback (most recent call last)" in capsys.readouterr().out


async def test_going_on_is_never_said_to_have_published_nothing() -> None:
    """Broken off before it has asked the world, by a signal or a bug: something may be public, exit 5."""
    options, renderer = (
        parse(["--resume"]),
        RedactingRenderer(PlainText(Stream(io.StringIO()), io.StringIO())),
    )
    with anyio.CancelScope() as scope:
        scope.cancel()
        with pytest.raises(UnfinishedError, match="what is public was not checked") as caught:
            await resume.resume(options, renderer)
    told = [failure_report.failure(caught.value, options), failure_report.bug_report(KeyError(), options)]
    assert [failed.code for failed in told] == [ExitCode.UNFINISHED, ExitCode.BUG]
    for failed in told:
        assert "nothing is public" not in failed.what
        assert "release-async status" in failed.what + failed.cure


@pytest.mark.parametrize("stream", ["1", "2"])
def test_a_closed_stream_is_no_error(stage: Stage, stream: str) -> None:
    """A service or cron may have closed it: the answer is then the exit code."""
    words = f"'{sys.executable}' -m release_async versions -C '{stage.repository.path}' {stream}>&-"
    done = subprocess.run(("sh", "-c", words), check=False, capture_output=True, text=True)
    assert done.returncode == 0
    assert "Traceback" not in done.stdout + done.stderr
