"""The project's own test suite passes, run by the project's own interpreter in the user's checkout."""

import re
import shlex
from pathlib import Path

import anyio

from release_async.base.problems import Problems, ask, warn
from release_async.plan.plan import Plan
from release_async.plan.settings import REHEARSAL
from release_async.process.run_process import Command, Completed, run as run_command
from release_async.release import failed_tests
from release_async.run import test_command, test_installation
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
    found = [await _tested(argv, root, context) for argv, root in commands]
    return tuple(problem for problems in found for problem in problems)


async def _tested(argv: tuple[str, ...] | None, root: str, context: Context) -> Problems:
    if argv is None:
        cure = "set test-command in [tool.release-async], or pass --skip-tests"
        return (warn("no test suite was found: nothing has been tested", cure=cure),)
    command = Command(
        argv=argv,
        cwd=context.git.root / root,
        env=context.test_env,
        timeout=context.settings.test_timeout,
        silence=context.settings.test_silence_timeout,
        kept_bytes=KEPT,
    )
    completed = await run_command(command, on_line=context.line_sink("tests"))
    if completed.ok:
        return ()
    missing = await anyio.to_thread.run_sync(_for_missing, completed, root)
    return _failed(completed, missing, context.logs.output_hint("tests"))


def _failed(completed: Completed, for_missing: str, whole_output: str) -> Problems:
    streams = (completed.stdout, completed.stderr)
    tail = [line for stream in streams for line in stream.strip().splitlines()[-SHOWN:]]
    detail = "\n".join((*tail, *([whole_output] if whole_output else [])))
    what = f"the test suite {_ending(completed)}"
    if names := failed_tests.named("\n".join(streams)):
        what = f"{what}: {names}"
    return (ask(what, cure=_cure(completed, for_missing), detail=detail),)


def _cure(completed: Completed, for_missing: str) -> str:
    key = "test-silence-timeout" if completed.silent else "test-timeout" if completed.timed_out else ""
    if key:
        longer = f"if it needs longer, raise {key} in [tool.release-async]"
        return f"see where it hangs: {completed.command}; {longer}"
    if for_missing:
        return for_missing
    if REHEARSAL in completed.command.env:
        where = shlex.quote(str(completed.command.cwd))
        return f"{_REHEARSED}: (cd {where} && {completed.command})"
    return f"fix it and see it pass: {completed.command}"


_REHEARSED = "fix it in your project and commit it, since HEAD is rehearsed; the sandbox shows it once more"


def _for_missing(completed: Completed, root: str) -> str:
    """What to type where the tests did not find a module that an environment would have; empty elsewhere."""
    missing, command = _missing(completed), completed.command
    if not missing or Path(command.argv[0]).name in _WITH_ENVIRONMENTS:
        return ""
    project, env = command.cwd, command.env
    by_pytest = any(Path(word).name == "pytest" for word in command.argv)
    typed = f"in {shlex.quote(root)}: " if root else ""
    typed += test_installation.commands(project, env, missing=missing, by_pytest=by_pytest)
    home = test_command.virtual_environment(project, env)
    if missing == "pytest":
        return f"{_WITHOUT_PYTEST}, set test-command, or pass --skip-tests: {typed}"
    if REHEARSAL in env:
        return f"install {missing} where the project's tests run, such as in its .venv: {typed}"
    if home is None:
        return f"there is no .venv: {typed}"
    return f"{home} does not have it: {typed}" if test_installation.is_own(project, missing) else ""


def _missing(completed: Completed) -> str:
    """The first module that Python did not find, by its own words; empty where it found all."""
    streams = (completed.stdout, completed.stderr)
    if any(line.endswith(_NO_PYTEST) for text in streams for line in text.splitlines()[-SHOWN:]):
        return "pytest"
    found = _NOT_FOUND.search("\n".join(streams))
    return found[1] if found else ""


_NOT_FOUND = re.compile(r"\bModuleNotFoundError: No module named '(?!tests?\b)(\w+)")
"""Of tests that do not find each other the reason is another one."""
_WITH_ENVIRONMENTS = frozenset(("tox", "nox", "hatch", "pdm", "poetry"))
"""What makes the environments of the tests itself."""
_WITHOUT_PYTEST = (
    "install pytest where the project's tests run, in its .venv or the environment that is active"
)


def _ending(completed: Completed) -> str:
    if completed.silent:
        return f"was ended: it wrote nothing for {completed.command.silence:g} s (test-silence-timeout)"
    if completed.timed_out:
        return f"was ended after {completed.command.timeout:g} s (test-timeout)"
    return f"failed with exit code {completed.returncode}"
