"""The project's own test suite passes, run by the project's own interpreter in the user's checkout."""

from release_async.events import OutputLine
from release_async.plan import Plan
from release_async.problems import Problems, ask, warn
from release_async.tools.process import Command, Completed, run as run_command
from release_async.world import World

TITLE = "Test suite"
LONG = True
SHOWN = 15


async def run(plan: Plan, world: World) -> Problems:
    """Run the suite; failure asks whether to go on.

    Raises:
        CommandError: The command cannot be started.
    """
    if plan.test_command is None:
        cure = "set test-command in [tool.release-async], or pass --skip-tests"
        return (warn("no test suite was found: nothing has been tested", cure=cure),)
    command = Command(
        argv=plan.test_command, cwd=world.project, env=world.test_env, timeout=world.settings.test_timeout
    )
    completed = await run_command(command, on_line=lambda line: world.emit(OutputLine("tests", line)))
    return () if completed.ok else _failed(completed)


def _failed(completed: Completed) -> Problems:
    ended = (
        f"was ended after {completed.command.timeout:g} s (test-timeout)"
        if completed.timed_out
        else f"failed with exit code {completed.returncode}"
    )
    tail = "\n".join((completed.stdout + completed.stderr).strip().splitlines()[-SHOWN:])
    cure = f"mend it and see it pass: {completed.command}"
    return (ask(f"the test suite {ended}", cure=cure, detail=tail),)
