"""Why git could not read from or push to a remote, recognised by its error messages. Pure.

Git has no exit codes for this. What is not recognised is UNKNOWN, and git's words are always kept.
"""

import re
import shlex
from enum import StrEnum
from typing import NamedTuple

from release_async.base.errors import CommandError
from release_async.process.run_process import Completed


class Cause(StrEnum):
    """Why git failed at a remote."""

    NO_HOST = "no host"
    NO_ANSWER = "no answer"
    CERTIFICATE = "certificate"
    HOST_KEY = "host key"
    NO_KEY = "no key"
    NO_PASSWORD = "no password"  # noqa: S105 - the name of a cause
    WRONG_PASSWORD = "wrong password"  # noqa: S105 - the name of a cause
    NO_RIGHT = "no right"
    NO_REPOSITORY = "no repository"
    NO_ATOMIC = "no atomic push"
    LOCKED = "locked"
    UNKNOWN = "unknown"


REFUSALS = frozenset({Cause.NO_PASSWORD, Cause.WRONG_PASSWORD, Cause.NO_KEY, Cause.NO_RIGHT, Cause.NO_ATOMIC})
"""The causes by which the remote itself has refused; all others may pass by themselves."""


class Request(NamedTuple):
    """What git was asked to do.

    Attributes:
        remote: The remote's name, as a person calls it.
        action: What git was to do there, such as ``push to``.
        command: The command that shows a person the same.
    """

    remote: str
    action: str
    command: str


class Diagnosis(NamedTuple):
    """What a failure means, and what to do about it."""

    cause: Cause
    what: str
    cure: str


# The order matters: a message may also match a later cause.
_PATTERNS: dict[Cause, tuple[str, ...]] = {
    Cause.NO_ATOMIC: ("does not support --atomic",),
    Cause.LOCKED: (r"unable to create '(?P<lock>.+\.lock)': file exists",),
    Cause.NO_HOST: (
        "could not resolve (host|proxy)",
        "unable to look up",
        "name or service not known",
        "name resolution",
    ),
    Cause.HOST_KEY: ("host key verification failed", "remote host identification has changed"),
    Cause.CERTIFICATE: ("certificate", "gnutls_handshake", "SSL routines"),
    Cause.NO_PASSWORD: ("could not read (username|password)", "terminal prompts disabled", "cannot prompt"),
    Cause.WRONG_PASSWORD: (
        "authentication failed",
        "returned error: 401",
        "invalid (username|credentials)",
    ),
    Cause.NO_KEY: (
        r"permission denied \([a-z,-]*(publickey|password|keyboard)",
        "too many authentication failures",
    ),
    Cause.NO_RIGHT: (
        "returned error: 403",
        "write access to repository not granted",
        "permission to .* denied",
        "permission denied",
        "access denied",
        "not allowed to",
        "insufficient permission",
        "read.only",
        "deploy key",
        "archived",
    ),
    Cause.NO_REPOSITORY: (
        "repository .*not found",
        "project .* could not be found",
        "does not appear to be a git repository",
        "returned error: 404",
    ),
    Cause.NO_ANSWER: (
        "connection (refused|timed out|reset|closed)",
        "operation timed out",
        "failed to connect",
        "couldn't connect",
        "unable to connect",
        "no route to host",
        "network is unreachable",
        "empty reply",
        r"returned error: 5\d\d",
    ),
}
_MESSAGES = {
    Cause.NO_HOST: (
        "the host of {remote} is not known to this network",
        "check the network, and the address with: git remote -v",
    ),
    Cause.NO_ANSWER: (
        "{remote} does not answer",
        "check the network, the proxy and the address; to try again: {command}",
    ),
    Cause.CERTIFICATE: (
        "the certificate of {remote} is not trusted",
        "name its authority to git: git config http.sslCAInfo FILE; to try again: {command}",
    ),
    Cause.HOST_KEY: (
        "ssh does not know the host key of {remote}, or it has changed",
        "compare the fingerprint that ssh shows you, and accept it by hand: {command}",
    ),
    Cause.NO_KEY: (
        "{remote} accepts none of the unlocked ssh keys, and a release never asks for a passphrase",
        "unlock your key with: ssh-add; then see it work: {command}",
    ),
    Cause.NO_PASSWORD: (
        "{remote} wants a user name and a password, and a release never asks for them",
        "let git remember them: set credential.helper (git help credentials), then type them once: {command}",
    ),
    Cause.WRONG_PASSWORD: (
        "{remote} does not accept the user name and password that git has for it",
        "make new ones where {remote} is, and see them work: {command}",
    ),
    Cause.NO_RIGHT: (
        "you may not {action} {remote}",
        (
            "ask its owners for the right, or set another remote in [tool.release-async]; "
            "to try again: {command}"
        ),
    ),
    Cause.NO_REPOSITORY: (
        "there is no repository where {remote} points, or none that you may see",
        "check the address with git remote -v; to try again: {command}",
    ),
    Cause.NO_ATOMIC: (
        "{remote} cannot take branch and tag together: it has no atomic push",
        "have receive.advertiseAtomic turned on there, or release without a tag: AUTO_GIT_TAG=false",
    ),
    Cause.LOCKED: (
        "another git process has locked {remote}",
        "let it finish; if none runs there any more, remove what it has left, where {remote} is: rm {lock}",
    ),
    Cause.UNKNOWN: ("git could not {action} {remote}", "see what it says, and try again: {command}"),
}


def diagnose(failed: Completed, request: Request) -> Diagnosis:
    """What the failure of a git command means, and what to type next."""
    cause = Cause.NO_ANSWER if failed.timed_out else _cause(failed.stderr)
    named = {**request._asdict(), "lock": _lock(failed.stderr)}
    what, cure = (words.format(**named) for words in _MESSAGES[cause])
    timeout = f" within {failed.command.timeout:g} s" if failed.timed_out else ""
    return Diagnosis(cause, what + timeout, cure)


def is_locked(failed: Completed) -> bool:
    """Whether another process changes refs there, or was killed in it: nobody has refused anything."""
    return not failed.timed_out and _cause(failed.stderr) is Cause.LOCKED


def refused_refs(failed: Completed) -> dict[str, str]:
    """The refs that the remote has said No to, rather than nothing, and why (git-push, OUTPUT).

    Of an atomic push those are left out that only go down with another one; a lock is no answer at all.
    Where a hook has seen all refs at once, all are refused, and which one it meant is not told.
    """
    if is_locked(failed):
        return {}
    lines = (line.split("\t") for line in failed.stdout.splitlines() if line.startswith("!"))
    told = ((line[1].partition(":")[2], line[-1]) for line in lines if len(line) > 1)
    return {ref: why for ref, why in told if "atomic push fail" not in why}


def is_behind(why: str) -> bool:
    """Whether a ref was refused since the remote's has commits that ours lacks."""
    return "non-fast-forward" in why or "fetch first" in why


def _lock(said: str) -> str:
    """The file that is in the way, as the remote calls it, ready for a shell."""
    (pattern,) = _PATTERNS[Cause.LOCKED]
    found = re.search(pattern, said, re.IGNORECASE)
    return shlex.quote(found["lock"]) if found else ""


def _cause(said: str) -> Cause:
    for cause, patterns in _PATTERNS.items():
        if re.search("|".join(patterns), said, re.IGNORECASE):
            return cause
    return Cause.UNKNOWN


def failure(failed: Completed, request: Request) -> CommandError:
    """The error to raise for a git command that failed."""
    reading = diagnose(failed, request)
    error = CommandError(reading.what, cure=reading.cure, detail=without_advice(failed.stderr))
    error.network = reading.cause in {Cause.NO_HOST, Cause.NO_ANSWER}
    return error


def without_advice(said: str) -> str:
    """Git's message without empty lines and its advice, which is for commands that nobody has typed."""
    return "\n".join(line for line in said.splitlines() if line.strip() and not line.startswith(_ADVICE))


_ADVICE = ("hint:", "Please make sure you have the correct access rights", "and the repository exists.")
