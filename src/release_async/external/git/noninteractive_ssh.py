"""The ssh options under which git reaches a remote for us: nobody is there to answer it. It runs nothing."""

from collections.abc import Mapping

_OPTIONS = "-o BatchMode=yes"
"""ssh_config(5): ask for no passphrase and no password."""


def variables(env: Mapping[str, str], own: str) -> dict[str, str]:
    """Variables that add our options to the person's own ssh command.

    Args:
        env: The environment that git gets.
        own: The command of ``GIT_SSH_COMMAND``, else of ``core.sshCommand``; empty if there is none.

    Returns:
        ``GIT_SSH_COMMAND``; nothing if ``GIT_SSH`` names a program, which takes no options.
    """
    if not own and "GIT_SSH" in env:
        return {}
    return {"GIT_SSH_COMMAND": f"{own or 'ssh'} {_OPTIONS}"}
