"""What makes something ready gives way to what everybody waits for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from release_async.process import low_priority

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no niceness")

TELL = """
import os, subprocess, sys
from release_async.process import low_priority
low_priority.lower()
own = [sys.executable, "-c", "import os; print(os.nice(0))"]
print(os.nice(0), subprocess.run(own, capture_output=True, text=True).stdout.strip())
print(open("/proc/self/autogroup").read() if os.path.exists("/proc/self/autogroup") else "")
"""


def test_it_holds_for_the_process_and_for_what_that_starts() -> None:
    """In a session of its own also there, where Linux weighs sessions and not processes."""
    before = os.nice(0)
    done = subprocess.run(
        (sys.executable, "-c", TELL), start_new_session=True, capture_output=True, text=True, check=True
    )
    nice, group = done.stdout.split("\n", 1)
    expected = str(min(before + low_priority.NICENESS, 19))
    assert nice.split() == [expected, expected]
    if Path("/proc/self/autogroup").exists() and os.geteuid() == 0:  # others may do so ten times a second
        assert group.split()[-1] == expected
    assert os.nice(0) == before


def test_where_no_tests_run_the_priority_is_that_of_others() -> None:
    """And nothing that the process starts sees how it was told."""
    tell = f"{TELL}print(os.environ.get({low_priority.ALONE!r}))"
    environ = {**os.environ, low_priority.ALONE: "1"}
    command = (sys.executable, "-c", tell)
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    nice, *_, variable = done.stdout.splitlines()
    assert nice.split() == [str(os.nice(0))] * 2
    assert variable == "None"


REFUSED = """
import os
from release_async.process import low_priority
def nice(_): raise PermissionError("nice")
os.nice = nice
low_priority.lower()
"""


def test_a_system_that_refuses_it_is_no_reason_to_make_nothing() -> None:
    """As the seccomp filter of a container may: what is made ready is so all the same."""
    subprocess.run((sys.executable, "-c", REFUSED), check=True)
