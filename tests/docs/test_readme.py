"""What the README quotes of the program is what the program says."""

import subprocess
import sys
from pathlib import Path

from support.pages import ROOT, blocks
from support.repositories import Repository

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_refused_commit_is_refused_in_these_words(tmp_path: Path) -> None:
    """The first five lines that a reader sees of a run: one place was raised, and the other forgotten."""
    (shown,) = (block for block in blocks(README, "console") if "git commit" in block)
    _, refused, release, _, resume = shown.splitlines()
    assert (release.split()[1:3], resume.split()[1:3]) == (
        ["release-async", "minor"],
        ["release-async", "--resume"],
    )
    repository = Repository.init(tmp_path)
    system = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    project = f'{system}\n[project]\nname = "hello"\nversion = "0.2.0"\n'
    repository.write("pyproject.toml", f'{project}\n[tool.setuptools]\npackage-dir = {{ "" = "src" }}\n')
    repository.write("src/hello/__init__.py", '"""Says hello."""\n\n__version__ = "0.1.0"\n')
    repository.git("add", ".")
    hook = (sys.executable, "-m", "release_async", "hook", "version-consistency")
    told = subprocess.run(hook, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert told.stderr.splitlines()[0] == refused
