"""The tutorial, run as a reader would type it."""

import os
import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

from support.pages import blocks, fenced, page


@pytest.mark.rehearsal
def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    """Every command of the tutorial runs; what it says is refused is refused, and no output is made up."""
    text = page("tutorial.md")
    commands = [(kind, block) for kind, block in fenced(text) if kind.startswith("sh")]
    script = "\n".join(
        f"if {{\n{block}}}; then exit 9; fi" if kind == "sh refused" else block for kind, block in commands
    )
    path = os.pathsep.join((sysconfig.get_path("scripts"), os.environ["PATH"]))
    env = {**os.environ, "PATH": path, "TMPDIR": str(tmp_path)}
    env.pop("VIRTUAL_ENV", None)
    done = subprocess.run(
        ("sh", "-euc", script), cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout + done.stderr
    for line in "\n".join(blocks(text, "text")).splitlines():
        stable = re.sub(r"\([0-9.]+ s\)|/tmp/release-async-\.\.\.", "...", line).partition("...")[0].strip()
        assert stable in said, line
