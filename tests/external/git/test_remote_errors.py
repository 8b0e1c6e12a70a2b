"""Git's words for a failure become a cause and what to do about it; what is not known is called so."""

from pathlib import Path

import pytest

from release_async.external.git import remote_errors
from release_async.external.git.remote_errors import REFUSALS, Cause, Request
from release_async.process.run_process import Command, Completed

REQUEST = Request("origin", "push to", "git push --dry-run origin main")
BOILERPLATE = """\
fatal: Could not read from remote repository.

Please make sure you have the correct access rights
and the repository exists.
"""
SAID = (
    (Cause.NO_HOST, "fatal: unable to access 'https://x.invalid/y/': Could not resolve host: x.invalid"),
    (Cause.NO_HOST, f"ssh: Could not resolve hostname x.invalid: Name or service not known\n{BOILERPLATE}"),
    (Cause.NO_HOST, "fatal: unable to look up x.invalid (port 9418) (Name or service not known)"),
    (Cause.NO_ANSWER, f"ssh: connect to host 10.0.0.1 port 22: Connection timed out\n{BOILERPLATE}"),
    (Cause.NO_ANSWER, f"ssh: connect to host 10.0.0.1 port 22: No route to host\n{BOILERPLATE}"),
    (Cause.NO_ANSWER, "fatal: unable to access 'https://x/': Failed to connect to x port 443: Timed out"),
    (Cause.NO_ANSWER, "fatal: unable to access 'https://x/': The requested URL returned error: 503"),
    (Cause.CERTIFICATE, "fatal: unable to access 'https://x/': server certificate verification failed."),
    (Cause.CERTIFICATE, "fatal: unable to access 'https://x/': SSL certificate problem: unable to get local"),
    (Cause.HOST_KEY, f"Host key verification failed.\n{BOILERPLATE}"),
    (Cause.NO_KEY, f"git@example.com: Permission denied (publickey).\n{BOILERPLATE}"),
    (Cause.NO_KEY, f"git@example.com: Permission denied (gssapi-with-mic,publickey).\n{BOILERPLATE}"),
    (Cause.NO_KEY, f"Received disconnect from x: Too many authentication failures\n{BOILERPLATE}"),
    (Cause.NO_PASSWORD, "fatal: could not read Username for 'https://x': terminal prompts disabled"),
    (Cause.NO_PASSWORD, "fatal: Cannot prompt because user interactivity has been disabled."),
    (
        Cause.WRONG_PASSWORD,
        "remote: Invalid username or token.\nfatal: Authentication failed for 'https://x/'",
    ),
    (Cause.NO_RIGHT, f"ERROR: Permission to them/demo.git denied to me.\n{BOILERPLATE}"),
    (Cause.NO_RIGHT, "remote: Write access to repository not granted.\nfatal: ... returned error: 403"),
    (
        Cause.NO_RIGHT,
        f"ERROR: The key you are authenticating with has been marked as read only.\n{BOILERPLATE}",
    ),
    (Cause.NO_RIGHT, f"ERROR: This repository was archived so it is read-only.\n{BOILERPLATE}"),
    (Cause.NO_RIGHT, "remote: You are not allowed to push code to this project."),
    (Cause.NO_RIGHT, "fatal: remote error: access denied or repository not exported: /x.git"),
    (Cause.NO_REPOSITORY, f"ERROR: Repository not found.\n{BOILERPLATE}"),
    (Cause.NO_REPOSITORY, "fatal: repository 'https://example.com/x.git/' not found"),
    (Cause.NO_REPOSITORY, f"fatal: 'no_push' does not appear to be a git repository\n{BOILERPLATE}"),
    (Cause.NO_ATOMIC, "fatal: the receiving end does not support --atomic push"),
    (
        Cause.LOCKED,
        "remote: error: cannot lock ref 'HEAD': Unable to create '/srv/x.git/./HEAD.lock': File exists.",
    ),
    (Cause.UNKNOWN, "fatal: protocol error: bad line length character: Welc"),
    (
        Cause.UNKNOWN,
        f"error: cannot run ssh: No such file or directory\nfatal: unable to fork\n{BOILERPLATE}",
    ),
    (Cause.UNKNOWN, ""),
)


def failed(said: str, *, timed_out: bool = False) -> Completed:
    """A git command that failed with these words."""
    command = Command(argv=("git", "push"), cwd=Path("/"), env={}, timeout=7.0)
    return Completed(
        command=command, returncode=128, stdout="", stderr=said, timed_out=timed_out, seconds=0.1
    )


@pytest.mark.parametrize(("cause", "said"), SAID)
def test_a_cause_is_read_from_what_git_says(cause: Cause, said: str) -> None:
    """Of hosts that people use, by https, ssh and git's own protocol; every cause has something to type."""
    reading = remote_errors.diagnose(failed(said), REQUEST)
    assert reading.cause is cause
    assert "origin" in reading.what
    assert reading.cure
    assert "{" not in reading.what + reading.cure


def test_every_cause_is_known_by_an_example() -> None:
    """A new one needs its words."""
    assert {cause for cause, _ in SAID} == set(Cause)
    assert set(Cause) > REFUSALS


def test_a_lock_is_named_as_a_person_would_type_it() -> None:
    """Where the remote is, which may be another machine; blanks are quoted."""
    said = "remote: error: cannot lock ref 'H': Unable to create '/srv/my git/x.git/./H.lock': File exists.  "
    reading = remote_errors.diagnose(failed(said), REQUEST)
    assert reading.cure.endswith("where origin is: rm '/srv/my git/x.git/./H.lock'")


def test_a_deadline_is_no_answer() -> None:
    """Whatever was said until then; the patience is named."""
    reading = remote_errors.diagnose(failed("fatal: Authentication failed", timed_out=True), REQUEST)
    assert (reading.cause, reading.what) == (Cause.NO_ANSWER, "origin does not answer within 7 s")


def test_the_error_keeps_what_git_says_without_its_advice() -> None:
    """Hints are about commands that nobody has typed."""
    said = f"fatal: odd\n{BOILERPLATE}\nhint: Updates were rejected\nhint: because"
    error = remote_errors.failure(failed(said), REQUEST)
    assert error.what == "git could not push to origin"
    assert error.detail == "fatal: odd\nfatal: Could not read from remote repository."
    assert "git push --dry-run origin main" in error.cure
