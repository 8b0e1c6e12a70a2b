"""The script ``.ci/run``: what it runs, in which order, and what of the machine these commands see."""

import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.quick

ROOT = Path(__file__).resolve().parent.parent

_RUN = """\
#!/bin/sh
# Notes what it is asked and its environment; "check" ends as the file beside it says.
cd "$(dirname "$0")" && env >"$1.environment"
echo "$* $(ls -A "$HOME")" && : >"$HOME/left"
[ "$1" != check ] || exit "$(cat code)"
"""
_OF_THE_SHELL = {"PWD", "OLDPWD", "SHLVL", "_"}
_OTHERS = {
    "LANG": "de_DE.UTF-8",
    "GIT_AUTHOR_NAME": "A Person",
    "GIT_CONFIG_COUNT": "0",
    "XDG_CACHE_HOME": "/cache",
    "PYPI_API_TOKEN": "x",
    "PYTHONPATH": "/elsewhere",
    "SEVERAL": "lines\nPIP_NEVER_SET=x",
}
_REGISTRIES = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple http://[::1]:9/$HOME`id`'\"",
    "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple",
    "SSL_CERT_FILE": "/a folder/bundle.pem",
    "https_proxy": "http://127.0.0.1:9",
}


class Machine:
    """A clone whose ``run`` only takes notes, in a place for temporary files that is its own."""

    def __init__(self, directory: Path) -> None:
        self.clone, self.temporary = directory / "a clone", directory / "temporary files"
        for folder in (self.clone / ".ci", self.temporary):
            folder.mkdir(parents=True)
        shutil.copy(ROOT / ".ci/run", self.clone / ".ci/run")
        (self.clone / "run").write_text(_RUN, encoding="utf-8")
        (self.clone / "run").chmod(0o755)

    def ci(self, code: str = "0", **environ: str) -> subprocess.CompletedProcess[str]:
        """Run what continuous integration runs, from elsewhere; ``./run check`` ends with ``code``."""
        (self.clone / "code").write_text(code, encoding="utf-8")
        path = f"{Path(str(shutil.which('sh'))).parent}:/usr/bin:/bin"
        return subprocess.run(
            ("sh", self.clone / ".ci/run"),
            cwd=self.temporary,
            env={"PATH": path, "HOME": "/home/somebody", "TMPDIR": str(self.temporary), **environ},
            capture_output=True,
            text=True,
            check=False,
        )

    def seen(self, command: str) -> dict[str, str]:
        """The environment of a command, less what a shell sets by itself."""
        lines = (self.clone / f"{command}.environment").read_text(encoding="utf-8").splitlines()
        pairs = (line.partition("=") for line in lines)
        return {name: value for name, _, value in pairs if name not in _OF_THE_SHELL}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A clean checkout."""
    return Machine(tmp_path)


def test_it_checks_and_rehearses_where_nothing_of_the_machine_is_left(machine: Machine) -> None:
    """Both have one home, which is new and goes again; what leads to package registries arrives as it is."""
    done = machine.ci(**_OTHERS, **_REGISTRIES)
    assert (done.returncode, done.stdout, done.stderr) == (0, "check \nrehearse left\n", "")
    checking, rehearsing = machine.seen("check"), machine.seen("rehearse")
    assert checking == rehearsing
    home = Path(checking.pop("HOME"))
    assert home.parent == machine.temporary
    assert set(checking) == {"PATH", "CI", "TMPDIR", *_REGISTRIES}
    assert checking["CI"] == "true"
    assert checking.items() >= _REGISTRIES.items()
    assert list(machine.temporary.iterdir()) == []


def test_what_failed_is_not_asked_again(machine: Machine) -> None:
    """It ends with the code of the checks, without a rehearsal."""
    done = machine.ci(code="7")
    assert (done.returncode, done.stdout) == (7, "check \n")
    assert not (machine.clone / "rehearse.environment").exists()
    assert list(machine.temporary.iterdir()) == []
