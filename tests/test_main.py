"""The door that both doors are behind."""

import subprocess
import sys
from pathlib import Path

import release_async

SOURCE = Path(release_async.__file__).parents[1]


def test_a_dependency_that_is_missing_is_named_with_its_cure() -> None:
    """An environment that has lost a package says which, without a traceback; git's door needs none."""
    found = f"import sys; sys.path.append({str(SOURCE)!r})"
    start = f"{found}; from release_async.__main__ import main; sys.exit(main())"
    alone = (sys.executable, "-I", "-S", "-c", start)
    done = subprocess.run((*alone, "check"), capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    first, second = done.stderr.splitlines()
    assert first.startswith("release-async: the package ")
    assert " is missing in " in first
    assert "pipx reinstall release-async" in second
    done = subprocess.run((*alone, "hook"), capture_output=True, text=True, check=False)
    assert "missing" not in done.stderr
