"""The script ``run``: a newcomer's machines, played with an interpreter that only pretends."""

import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.quick

ROOT = Path(__file__).resolve().parent.parent

_PYTHON = """\
#!/bin/sh
# An interpreter that notes what it is asked, and makes "virtual environments" of itself.
echo "$*" >>"$NOTES"
case "$*" in
"-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && exit "${VENV_EXIT:-0}" ;;
*"-m pip install"*) [ -z "${BRINGS:-}" ] || cp "$BRINGS" .venv/bin/uv && exit "${PIP_EXIT:-0}" ;;
"-m pytest"*) shift 2; for word in "$@"; do echo "<$word>"; done ;;
esac
"""
_UV = """\
#!/bin/sh
# A uv that makes environments of the interpreter that is there.
case "$1 $2" in "venv "*) mkdir -p other/bin && cp .venv/bin/python other/bin/python ;; esac
"""
_WHOLE = "<--numprocesses=auto>\n<--maxprocesses=8>\n<--dist=worksteal>\n"
_SHIM = "#!/bin/sh\necho 'pyenv: python3: command not found' >&2\nexit 127\n"


class Machine:
    """A clone on a machine that has a shell, four tools, and what a test puts on its path."""

    def __init__(self, directory: Path) -> None:
        self.clone = directory / "a clone"
        self.notes = directory / "notes"
        self._bin = directory / "bin"
        for folder in (self.clone, self._bin):
            folder.mkdir()
        for name in ("run", "pyproject.toml"):
            shutil.copy(ROOT / name, self.clone / name)
        for tool in ("sh", "dirname", "cat", "rm", "mkdir", "cp"):
            (self._bin / tool).symlink_to(str(shutil.which(tool)))

    def has(self, name: str, script: str) -> None:
        """Put a program on the path."""
        (self._bin / name).write_text(script, encoding="utf-8")
        (self._bin / name).chmod(0o755)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Call ``run`` from the folder above the clone."""
        return subprocess.run(
            (self.clone / "run", *arguments),
            cwd=self.clone.parent,
            env={"PATH": str(self._bin), "NOTES": str(self.notes), **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def asked(self, word: str) -> int:
        """How often an interpreter was asked for something."""
        return self.notes.read_text(encoding="utf-8").count(word) if self.notes.exists() else 0


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine without any Python."""
    return Machine(tmp_path)


def test_it_prepares_once(machine: Machine) -> None:
    """The first call makes and fills the environment; the second only uses it."""
    machine.has("python3", _PYTHON)
    first = machine.run("test")
    assert (first.returncode, first.stderr) == (
        0,
        "run: preparing .venv, once (a minute or two without uv)\n",
    )
    second = machine.run("test")
    assert (second.returncode, second.stderr) == (0, "")
    assert machine.asked("--editable") == 1


def test_it_prepares_again_when_the_requirements_change(machine: Machine) -> None:
    """A pull that changes ``pyproject.toml`` is followed, without making the environment anew."""
    machine.has("python3", _PYTHON)
    machine.run("test")
    with (machine.clone / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    machine.run("test")
    assert (machine.asked("--editable"), machine.asked("-m venv")) == (2, 1)


def test_it_prepares_again_when_the_clone_has_moved(machine: Machine) -> None:
    """An editable install points to where the clone was: it is made again."""
    machine.has("python3", _PYTHON)
    machine.run("test")
    machine.clone = machine.clone.rename(machine.clone.with_name("elsewhere"))
    machine.run("test")
    assert machine.asked("--editable") == 2


def test_a_preparation_that_failed_is_made_again(machine: Machine) -> None:
    """Without network the first call fails; the next one does not take what is there for complete."""
    machine.has("python3", _PYTHON)
    assert machine.run("test", PIP_EXIT="7").returncode == 7
    assert machine.run("test").returncode == 0
    assert (machine.asked("pip install"), machine.asked("--editable")) == (3, 1)


def test_an_interpreter_is_believed_only_when_it_runs(machine: Machine) -> None:
    """A pyenv shim is on the path and finds no Python: the next name is tried."""
    machine.has("python3", _SHIM)
    machine.has("python3.12", _PYTHON)
    assert machine.run("test").returncode == 0


def test_a_named_interpreter_comes_first(machine: Machine, tmp_path: Path) -> None:
    """``PYTHON`` may be any path, blanks included."""
    machine.has("python3", _SHIM)
    mine = tmp_path / "my python"
    mine.write_text(_PYTHON, encoding="utf-8")
    mine.chmod(0o755)
    assert machine.run("test", PYTHON=str(mine)).returncode == 0


def test_without_python_it_says_so(machine: Machine) -> None:
    """One line says what is missing, and nothing is left behind."""
    done = machine.run("rehearse")
    assert done.returncode == 2
    assert "no Python 3.11 or later was found" in done.stderr.splitlines()[-1]
    assert not (machine.clone / ".venv").exists()


def test_without_the_venv_module_it_says_what_to_install(machine: Machine) -> None:
    """Debian's python3 fails half-way through making an environment: the half is removed."""
    machine.has("python3", _PYTHON)
    done = machine.run("rehearse", VENV_EXIT="1")
    assert done.returncode == 2
    assert "apt install python3-venv" in done.stderr.splitlines()[-1]
    assert not (machine.clone / ".venv").exists()


def test_a_uv_that_cannot_reach_its_index_is_no_obstacle(machine: Machine) -> None:
    """Where uv fails, pip is tried: the two have their networks configured apart."""
    machine.has("uv", '#!/bin/sh\n[ "$1" = --version ]\n')
    machine.has("python3", _PYTHON)
    assert machine.run("test").returncode == 0
    assert machine.asked("--editable") == 1


def test_a_uv_that_an_earlier_preparation_has_installed_makes_the_next(machine: Machine) -> None:
    """Where it is not on the path it is taken from ``.venv``, also for another environment."""
    machine.has("python3", _PYTHON)
    machine.run("test")
    machine.has("uv", _UV)
    (machine.clone.parent / "bin/uv").rename(machine.clone / ".venv/bin/uv")
    done = machine.run("test", RUN_VENV="other")
    assert (done.returncode, done.stderr) == (0, "run: preparing other, once (a minute or two without uv)\n")
    assert machine.asked("--editable") == 1


def test_pip_installs_uv_and_uv_the_rest(machine: Machine) -> None:
    """Where there is none; pip is asked for one package, and for all only where uv fails."""
    machine.has("python3", _PYTHON)
    machine.has("uv", _UV)
    (machine.clone.parent / "bin/uv").rename(machine.clone / "uv")
    assert machine.run("test", BRINGS="uv").returncode == 0
    assert (machine.asked("pip install"), machine.asked("--editable")) == (1, 0)


def test_another_environment_leaves_the_first_one_alone(machine: Machine, tmp_path: Path) -> None:
    """``RUN_VENV`` and ``PYTHON`` try another Python; the next plain call finds its own as it was."""
    machine.has("python3", _PYTHON)
    machine.run("test")
    assert machine.run("test", RUN_VENV=str(tmp_path / "an other")).stdout == _WHOLE
    assert (tmp_path / "an other/ready").exists()
    assert machine.run("test").stderr == ""
    assert machine.asked("--editable") == 2


def test_options_arrive_as_they_were_typed(machine: Machine) -> None:
    """No word is split, expanded or dropped on the way to pytest."""
    machine.has("python3", _PYTHON)
    done = machine.run("test", "-k", "this or that", "*", "")
    assert done.stdout == "<-k>\n<this or that>\n<*>\n<>\n"


@pytest.mark.parametrize("arguments", [(), ("deploy",), ("--help",)])
def test_an_unknown_command_shows_those_there_are(machine: Machine, arguments: tuple[str, ...]) -> None:
    """A wrong word costs no installation."""
    done = machine.run(*arguments)
    assert (done.returncode, done.stderr) == (
        2,
        "run: usage: ./run rehearse | test | lint | check [OPTION]...\n",
    )
