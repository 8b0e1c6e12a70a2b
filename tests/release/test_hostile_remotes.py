"""A remote whose address is an option, a command or an escape: nothing is run, and what is said is text."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import releasing
from support.releasing import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time."""
    with releasing.tiny(tmp_path) as stage:
        yield stage


ADDRESSES = (
    "ext::sh -c touch% RUN",
    "ext::touch RUN",
    "--upload-pack=touch RUN",
    "--receive-pack=touch RUN",
    "-oProxyCommand=touch RUN",
    "-oProxyCommand=touch RUN:x",
    "ssh://-oProxyCommand=touch%20RUN/x",
    "$(touch RUN)",
    "`touch RUN`.git",
    "file:///nowhere;touch RUN",
    "nowhere\x1b]0;owned\x07\x1b[31m\x9b2J\u202e",
)


@pytest.mark.parametrize("output", ["plain", "json"])
def test_no_address_is_run_or_acts_on_the_terminal(stage: Stage, output: str) -> None:
    """By any check, plan or error: every one of them asks the remote, or repeats its address."""
    run_file = stage.repository.path.parent / "run"
    before = stage.fingerprint()
    # By turns: what one output is told as the URL to fetch from, the other one is told as that to push to.
    keys = ("remote.origin.url", "remote.origin.pushurl")
    for key in keys:
        for address in ADDRESSES[(output == "json") ^ (key in keys[1:]) :: 2]:
            stage.repository.git("config", key, address.replace("RUN", str(run_file)))
            run = stage.run("check", "--skip-tests", "--skip", "build-environment", "--output", output)
            assert run.code in {3, 4}, (address, run.said)
            assert not run_file.exists(), address
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", run.stdout + run.stderr), address
            assert not re.search(r"\\\\u(001b|009b|0007|202e)", run.stdout), address
            assert "Traceback" not in run.said
        stage.repository.git("config", "remote.origin.url", str(stage.remote.path))
    stage.repository.git("config", "--unset", "remote.origin.pushurl")
    assert stage.fingerprint() == before
