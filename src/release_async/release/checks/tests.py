"""The project's own test suite passes, run by the project's own interpreter in the user's checkout."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from release_async.base.problems import Problems, ask, warn
from release_async.plan.plan import Plan
from release_async.plan.settings import REHEARSAL
from release_async.process.run_process import Command, Completed, run as run_command
from release_async.run.context import Context

TITLE = "Test suite"
LONG = True
SHOWN = 15
"""Lines of either stream that a failure is told with: pytest speaks on one, unittest on the other."""

_NO_PYTEST = ": No module named pytest"
"""How Python ends its words where it is told to run what it does not have."""

KEPT = 256 * 1024
"""Bytes of each stream that are kept in memory; the log has all."""


async def run(plan: Plan, context: Context) -> Problems:
    """Run the suite; failure asks whether to go on.

    Raises:
        CommandError: The command cannot be started.
    """
    commands = dict.fromkeys((package.test_command, package.root) for package in plan.packages)
    found = [await _tested(argv, context.git.root / root, context) for argv, root in commands]
    return tuple(problem for problems in found for problem in problems)


async def _tested(argv: tuple[str, ...] | None, directory: Path, context: Context) -> Problems:
    if argv is None:
        cure = "set test-command in [tool.release-async], or pass --skip-tests"
        return (warn("no test suite was found: nothing has been tested", cure=cure),)
    command = Command(
        argv=argv,
        cwd=directory,
        env=context.test_env,
        timeout=context.settings.test_timeout,
        silence=context.settings.test_silence_timeout,
        kept_bytes=KEPT,
    )
    completed = await run_command(command, on_line=context.line_sink("tests"))
    return () if completed.ok else _failed(completed, context.logs.output_hint("tests"))


def _failed(completed: Completed, whole_output: str) -> Problems:
    streams = (completed.stdout, completed.stderr)
    tail = [line for stream in streams for line in stream.strip().splitlines()[-SHOWN:]]
    detail = "\n".join((*tail, *([whole_output] if whole_output else [])))
    return (ask(f"the test suite {_ending(completed)}", cure=_cure(completed, tail), detail=detail),)


def _cure(completed: Completed, tail: Sequence[str]) -> str:
    key = "test-silence-timeout" if completed.silent else "test-timeout" if completed.timed_out else ""
    if key:
        longer = f"if it needs longer, raise {key} in [tool.release-async]"
        return f"see where it hangs: {completed.command}; {longer}"
    if any(line.endswith(_NO_PYTEST) for line in tail):
        return _WITHOUT_PYTEST
    if REHEARSAL in completed.command.env:
        where = shlex.quote(str(completed.command.cwd))
        return f"{_REHEARSED}: (cd {where} && {completed.command})"
    return f"fix it and see it pass: {completed.command}"


_REHEARSED = "fix it in your project and commit it, since HEAD is rehearsed; the sandbox shows it once more"


_WITHOUT_PYTEST = (
    "install pytest where the project's tests run, in its .venv or the environment that is active ("
    "python3 -m venv .venv && .venv/bin/python -m pip install pytest), set test-command, or pass --skip-tests"
)


def _ending(completed: Completed) -> str:
    if completed.silent:
        return f"was ended: it wrote nothing for {completed.command.silence:g} s (test-silence-timeout)"
    if completed.timed_out:
        return f"was ended after {completed.command.timeout:g} s (test-timeout)"
    return f"failed with exit code {completed.returncode}"
