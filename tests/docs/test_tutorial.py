"""The tutorial, run as a reader would type it."""

import os
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.pages import fenced, page

END = "=== the block above has ended ==="


def steps(text: str) -> Iterator[tuple[str, list[str]]]:
    """The script of each shell block, and the outputs that the page shows below it."""
    script, shown = "", list[str]()
    for kind, block in fenced(text):
        if kind == "text":
            shown.append(block)
        elif kind.startswith("sh"):
            if script:
                yield script, shown
            script = f"if {{\n{block}}}; then exit 9; fi\n" if kind == "sh refused" else block
            shown = []
    yield script, shown


MASKS = {
    r"\(\d+\.\d s\)": "(a time)",
    r"(?m)^[0-9a-f]{7,}(?= )": "an id",
    r"/\S*release-async-\S+": "a folder",
    r"/\S*/python[\d.]*": "a python",
}
"""What differs from run to run and from machine to machine."""


def masked(text: str) -> str:
    """A text as every run writes it."""
    for changing, word in MASKS.items():
        text = re.sub(changing, word, text)
    return text


def pattern(shown: str) -> re.Pattern[str]:
    """What the page shows; ``...`` on a line of its own stands for any lines."""
    lines = masked(shown).splitlines()
    parts = (r"(?:.*\n)*?" if line.strip() == "..." else f"{re.escape(line)}\n" for line in lines)
    return re.compile("".join(parts))


@pytest.mark.rehearsal
def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    """Every command runs, in order; what it says is refused is refused; each output is that command's."""
    told = list(steps(page("tutorial.md")))
    assert sum(len(shown) for _, shown in told) >= 6
    script = f"echo '{END}'\n".join(block for block, _ in told)
    path = os.pathsep.join((sysconfig.get_path("scripts"), os.environ["PATH"]))
    env = {**os.environ, "PATH": path, "TMPDIR": str(tmp_path)}
    env.pop("VIRTUAL_ENV", None)
    done = subprocess.run(
        ("sh", "-eu"),
        input=script,
        cwd=tmp_path,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    outputs = done.stdout.split(f"{END}\n")
    for (block, shown), said in zip(told, map(masked, outputs), strict=True):
        at = 0
        for text in shown:
            found = pattern(text).search(said, at)
            assert found, f"after\n{block}\nthe page shows\n{text}\nand it said\n{said}"
            at = found.end()
