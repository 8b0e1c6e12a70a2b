"""Git reaches a remote by the person's own ssh, which is told not to ask."""

import pytest

from release_async.external.git import noninteractive_ssh


@pytest.mark.parametrize(
    ("env", "own", "command"),
    [
        ({}, "", "ssh -o BatchMode=yes"),
        ({}, "ssh -i key", "ssh -i key -o BatchMode=yes"),
        ({"GIT_SSH": "/opt/ssh"}, "ssh -i key", "ssh -i key -o BatchMode=yes"),
    ],
)
def test_the_persons_own_command_stays(env: dict[str, str], own: str, command: str) -> None:
    """Its key, port and wrapper are what makes the remote reachable; git prefers a command to a program."""
    assert noninteractive_ssh.variables(env, own) == {"GIT_SSH_COMMAND": command}


def test_a_program_of_ones_own_takes_no_options() -> None:
    """GIT_SSH may name anything, and a command in its place would switch it off."""
    assert noninteractive_ssh.variables({"GIT_SSH": "/opt/ssh"}, "") == {}
