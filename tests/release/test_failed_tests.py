"""The names of failed tests are read from what pytest and unittest really write."""

import subprocess
import sys
from pathlib import Path

import pytest

from release_async.release import failed_tests

SUITE = """\
import unittest

class Tests(unittest.TestCase):
    def test_good(self):
        pass
    def test_bad(self):
        self.fail("FAILED tests/not_me.py::test_no")
    def test_broken(self):
        raise KeyError("x")
"""


@pytest.mark.parametrize(
    ("runner", "names"),
    [
        (("pytest", "-q"), "test_it.py::Tests::test_bad, test_it.py::Tests::test_broken"),
        (("unittest",), "test_it.Tests.test_broken, test_it.Tests.test_bad"),
    ],
)
def test_both_runners_name_what_failed(tmp_path: Path, runner: tuple[str, ...], names: str) -> None:
    """Tests that failed and tests that broke, each once; what passed is not named."""
    (tmp_path / "test_it.py").write_text(SUITE)
    argv = (sys.executable, "-m", *runner)
    ran = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert set(failed_tests.named(ran.stdout + ran.stderr).split(", ")) == set(names.split(", "))


def test_of_many_the_first_are_named_and_none_is_long() -> None:
    """The names stand in a question, which has to be read."""
    lines = [f"FAILED tests/test_a.py::test_{number}[{'x' * 99}] - assert 0" for number in range(5)]
    told = failed_tests.named("\n".join(lines))
    assert told.endswith(" and 2 more")
    assert all(len(name) <= failed_tests.LONGEST for name in told.removesuffix(" and 2 more").split(", "))


def test_other_words_name_no_test() -> None:
    """What another runner writes is not guessed at."""
    assert failed_tests.named("FAILED (failures=1)\nERROR: file not found: x\n") == ""
