"""The project's own test suite passes, run by the project's own interpreter in the user's checkout."""

import re
import shlex
import shutil
from dataclasses import replace
from functools import partial
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
    found = not context.settings.test_command  # and not what the person has named
    cure = await anyio.to_thread.run_sync(partial(_cure, completed, root, found=found))
    return _failed(completed, root, cure, context.logs.output_hint("tests"))


def _failed(completed: Completed, root: str, cure: str, whole_output: str) -> Problems:
    streams = (completed.stdout, completed.stderr)
    tail = [line for stream in streams for line in stream.strip().splitlines()[-SHOWN:]]
    detail = "\n".join((*tail, *([whole_output] if whole_output else [])))
    what = f"the test suite{f' in {root}' if root else ''} {_ending(completed)}"
    if names := failed_tests.named("\n".join(streams)):
        what = f"{what}: {names}"
    return (ask(what, cure=cure, detail=detail),)


def _cure(completed: Completed, root: str, *, found: bool) -> str:
    """What to type; the command was found by us, or is the one that the person has set."""
    command = completed.command
    typed = test_installation.typed_in(command.cwd, _with_path(command))
    key = "test-silence-timeout" if completed.silent else "test-timeout" if completed.timed_out else ""
    if key:
        longer = f"if it needs longer, raise {key} in [tool.release-async]"
        return f"see where it hangs: {typed}; {longer}"
    runner = _for_runner(command) if found and _missing(completed) else ""
    again = _REHEARSED if REHEARSAL in command.env else "fix it and see it pass"
    return f"{runner}{_for_missing(completed, root) or f'{again}: {typed}'}"


def _with_path(command: Command) -> Command:
    """The command as it does the same where the environment that the tests have is not active."""
    name, *arguments = command.argv
    program = shutil.which(name, path=command.env.get("PATH"))
    is_same = program is None or program == shutil.which(name)
    return command if is_same else replace(command, argv=(str(program), *arguments))


_REHEARSED = "fix it in your project and commit it, since HEAD is rehearsed; the sandbox shows it once more"


def _for_runner(command: Command) -> str:
    """First what the project itself runs its tests with, where that is not installed; empty elsewhere."""
    tool = test_command.missing_runner(command.cwd, command.env)
    install = test_installation.tool_command(tool, command.env)
    if tool and REHEARSAL not in command.env:
        install = test_installation.typed_in(command.cwd, install)
    return f"install {tool}, which makes the environment of the tests: {install}; or " if tool else ""


def _for_missing(completed: Completed, root: str) -> str:
    """What to type where the tests did not find a module that an environment would have; empty elsewhere."""
    missing, command = _missing(completed), completed.command
    if not missing or Path(command.argv[0]).name in _WITH_ENVIRONMENTS:
        return ""
    project, env = command.cwd, command.env
    by_pytest = any(Path(word).name == "pytest" for word in command.argv)
    typed = test_installation.commands(project, env, missing=missing, by_pytest=by_pytest)
    if REHEARSAL not in env:
        typed = test_installation.typed_in(project, typed)
    elif root:  # of the person's repository: what is installed in the sandbox is gone with it
        typed = f"(cd {shlex.quote(root)} && {typed})"
    home = test_command.virtual_environment(project, env)
    if missing == "pytest":
        return f"{_WITHOUT_PYTEST}: {typed}; or set test-command, or pass --skip-tests"
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
