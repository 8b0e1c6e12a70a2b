"""The script ``.ci/run``: what it runs, in which order, and what of the machine these commands see."""

import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.quick

ROOT = Path(__file__).resolve().parent.parent

_RUN = """\
#!/bin/sh
# Notes what it is asked and its environment; and ends as the file COMMAND.code says.
cd "$(dirname "$0")" && env >"$1.environment"
echo "$*${PYTHON:+ on $PYTHON} $(ls -A "$HOME")" && : >"$HOME/left"
exit "$(cat "$1.code" 2>/dev/null || echo 0)"
"""
_TOOLS = ("awk", "cat", "dirname", "env", "ls", "mktemp", "rm", "sed", "sh")
_PYPROJECT = """\
classifiers = [
    "Programming Language :: Python :: 3",
    "Programming Language :: Python :: 3.11",
    "Programming Language :: Python :: 3.14",
]
"""
_PYTHON = """\
#!/bin/sh
# An interpreter that is of one version, whatever it is called.
[ "$4" = VERSION ] && echo "$0"
"""
_SHIM = "#!/bin/sh\nexit 127\n"
_PYENV = """\
#!/bin/sh
case $1 in latest) echo "$2.7" ;; prefix) echo "VERSIONS/$2" ;; esac
"""
_UV = "#!/bin/sh\n[ \"$1 $2\" = 'python find' ] && echo FOUND\n"
_QUICK = (
    "test -m quick -q -p no:cacheprovider --numprocesses=auto"
    " --ignore=tests/docs --ignore=tests/test_house.py"
)
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
    """A clone whose ``run`` only takes notes, on a machine that has few tools and no Python."""

    def __init__(self, directory: Path) -> None:
        self.clone, self.temporary = directory / "a clone", directory / "temporary files"
        self.path = directory / "bin"
        for folder in (self.clone / ".ci", self.temporary, self.path):
            folder.mkdir(parents=True)
        for tool in _TOOLS:
            (self.path / tool).symlink_to(str(shutil.which(tool)))
        shutil.copy(ROOT / ".ci/run", self.clone / ".ci/run")
        (self.clone / "pyproject.toml").write_text(_PYPROJECT, encoding="utf-8")
        self.has(self.clone / "run", _RUN)
        self.has(self.clone / ".venv/bin/python", _PYTHON.replace("VERSION", "3.11"))

    def has(self, program: Path, script: str) -> Path:
        """Install a program."""
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(script, encoding="utf-8")
        program.chmod(0o755)
        return program

    def ci(self, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run what continuous integration runs, from elsewhere."""
        return subprocess.run(
            ("sh", self.clone / ".ci/run"),
            cwd=self.temporary,
            env={"PATH": str(self.path), "HOME": "/home/somebody", "TMPDIR": str(self.temporary), **environ},
            capture_output=True,
            text=True,
            check=False,
        )

    def ends(self, command: str, code: int) -> None:
        """Have a command of ``./run`` end with a code."""
        (self.clone / f"{command}.code").write_text(f"{code}", encoding="utf-8")

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
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:2] == ["check ", "rehearse left"]
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
    machine.ends("check", 7)
    done = machine.ci()
    assert (done.returncode, done.stdout) == (7, "check \n")
    assert not (machine.clone / "rehearse.environment").exists()
    assert list(machine.temporary.iterdir()) == []


def test_another_python_runs_the_quick_tests_in_an_environment_that_goes_again(machine: Machine) -> None:
    """Which ones the classifiers say; the one of ``.venv`` has run everything, and is not asked again."""
    machine.has(machine.path / "python3.11", _PYTHON.replace("VERSION", "3.11"))
    python = machine.has(machine.path / "python3.14", _PYTHON.replace("VERSION", "3.14"))
    done = machine.ci()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[2:] == [
        f"the quick tests on Python 3.14, {python}",
        f"{_QUICK} on {python} left",
    ]
    seen = machine.seen("test")
    assert seen["RUN_VENV"] == f"{seen['HOME']}/3.14"
    assert list(machine.temporary.iterdir()) == []


@pytest.mark.parametrize("there", ["pyenv", "uv"])
def test_a_python_that_is_not_on_the_path_is_asked_of_pyenv_and_uv(machine: Machine, there: str) -> None:
    """A shim of pyenv is on the path and finds no Python until one is selected."""
    machine.has(machine.path / "python3.14", _SHIM)
    where = machine.temporary.parent / "versions"
    python = machine.has(where / "3.14.7/bin/python", _PYTHON.replace("VERSION", "3.14"))
    if there == "pyenv":
        machine.has(machine.path / "pyenv", _PYENV.replace("VERSIONS", str(where)))
    else:
        machine.has(machine.clone / ".venv/bin/uv", _UV.replace("FOUND", str(python)))
    assert f"{_QUICK} on {python} left" in machine.ci().stdout.splitlines()


def test_a_python_that_is_not_here_is_skipped_and_said(machine: Machine) -> None:
    """One of another version, as an alias has it, does not count as one."""
    machine.has(machine.path / "python3.14", _PYTHON.replace("VERSION", "3.15"))
    done = machine.ci()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[2:] == [
        "Python 3.14 is not installed here: its quick tests are skipped",
    ]


def test_what_fails_on_another_python_fails(machine: Machine) -> None:
    """The code is that of the tests."""
    machine.has(machine.path / "python3.14", _PYTHON.replace("VERSION", "3.14"))
    machine.ends("test", 1)
    assert machine.ci().returncode == 1
    assert list(machine.temporary.iterdir()) == []
