"""A child's pipes are its own, and its parent's end is its end."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from release_async.external.build import builder
from release_async.external.index import uploader
from support.processes import living, marker
from support.releasing import wait_until

CHILD = """
import subprocess, sys
from release_async.process.worker_child_pipe import connect

parent = connect(lambda: open("ended", "w").close())
for order in parent.orders():
    print("noise")
    subprocess.run(["echo", "more noise"])
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", order["word"]])
    parent.answer({"read": sys.stdin.read(), "word": order["word"]})
"""


def test_only_answers_are_heard_and_nothing_outlives_the_parent(tmp_path: Path) -> None:
    """What a child or its children print is no answer; at the end of the pipe all of them are gone."""
    word = marker()
    orders = "".join(json.dumps({"number": number, "word": word}) + "\n" for number in (7, 8))
    child = subprocess.Popen(
        [sys.executable, "-I", "-c", CHILD],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    with child:
        assert child.stdin
        assert child.stdout
        assert child.stderr
        child.stdin.write(orders)
        child.stdin.flush()
        answers = [json.loads(child.stdout.readline()) for _ in range(2)]
        wait_until(lambda: len(living(word)) == 2)
        child.stdin.close()
        assert child.stdout.read() == ""
        assert child.stderr.read().count("more noise") == 2
    assert answers == [{"read": "", "word": word, "number": number} for number in (7, 8)]
    assert child.returncode == -signal.SIGKILL
    assert (tmp_path / "ended").exists()
    assert living(word) == []


@pytest.mark.parametrize("program", [builder.CHILD, uploader.CHILD])
def test_a_child_that_a_person_starts_removes_nothing(tmp_path: Path, program: Path) -> None:
    """Children remove the directory that was made for them, never the one they happen to be started in."""
    (tmp_path / "precious").touch()
    child = subprocess.run(
        [sys.executable, "-I", str(program)],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 1
    assert "is started by release-async, not by hand" in child.stderr
    assert (tmp_path / "precious").exists()
