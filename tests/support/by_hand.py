"""The way without the tool: the commands that a run has printed, and who pastes them into a shell."""

import subprocess

from support.releasing import Run, Stage

HEADING = "by hand, without release-async:"


def printed(run: Run) -> list[str]:
    """The commands that a run has printed for what is left.

    Raises:
        AssertionError: It has printed none.
    """
    lines = iter((run.stdout + run.stderr).splitlines())
    assert any(line.strip() == HEADING for line in lines), run.said
    commands = []
    for line in lines:
        if not line.startswith("    "):
            break
        commands.append(line.strip())
    return commands


def pasted(stage: Stage, commands: list[str], **environ: str) -> str:
    """Paste commands into a shell in the project; where twine and pip would ask, the environment answers.

    Returns:
        What they wrote.

    Raises:
        AssertionError: One of them failed.
    """
    answers = {
        "TWINE_USERNAME": stage.account.user,
        "TWINE_PASSWORD": stage.account.secret.reveal(),
        "PIP_INDEX_URL": f"{stage.url}simple/",
        "PIP_NO_CACHE_DIR": "1",
    }
    done = subprocess.run(
        ("sh", "-eu"),
        input="\n".join(commands) + "\n",
        cwd=stage.repository.path,
        env=stage.environment(**answers, **environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (commands, done.stdout, done.stderr)
    return done.stdout + done.stderr
