"""What the shells offer, asked of the shells themselves."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from release_async.cli import command_line, command_tree, completion
from support.terminal import Terminal

COMMANDS = {usage.name for usage in command_tree.read()} - {""}
BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_release_async
printf '%s\\n' "${COMPREPLY[@]}"
"""
TOOL = "release-async"

needs_bash = pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
needs_zsh = pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
needs_fish = pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")


def script(directory: Path, shell: str) -> Path:
    """The script of a shell, in a file."""
    path = directory / f"completion.{shell}"
    path.write_text(completion.script(shell))
    return path


def in_bash(directory: Path, words: Sequence[str]) -> set[str]:
    """What bash offers when Tab is pressed behind these words."""
    command = ("bash", "--norc", "-c", BASH, "bash", str(script(directory, "bash")), TOOL, *words)
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True)
    assert done.stderr.replace("compopt: not currently executing completion function", "") == done.stderr
    return set(done.stdout.split())


def in_fish(directory: Path, words: Sequence[str]) -> set[str]:
    """The same in fish, which can be asked without a key."""
    line = " ".join((TOOL, *words))
    command = ("fish", "--no-config", "-c", f"source {script(directory, 'fish')}; complete -C '{line}'")
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return {row.partition("\t")[0] for row in done.stdout.splitlines()}


Asked = tuple[list[str], set[str], set[str]]
"""What is typed, the last word being the one that is completed; what is offered then; what is not."""

ASKED: list[Asked] = [
    ([""], {*COMMANDS, "minor"}, {"asyncio", "install"}),
    (["mi"], {"minor"}, {"major", "check"}),
    (["check", "--out"], {"--output"}, {"--test"}),
    (["check", ""], {"minor"}, {"check", "status"}),
    (["--output", ""], {"json", "plain"}, {"check", "minor"}),
    (["--version", "m"], {"minor", "major"}, {"patch"}),
    (["-C", "check", "rehearse", "--backend", ""], {"trio", "asyncio"}, {"check"}),
    (["-C", "status", "--skip", "t"], {"tests", "tag-free"}, {"trio"}),
    (["minor", "--y"], {"--yes"}, {"--test"}),
    (["status", "--"], {"--output"}, {"--yes", "--resume"}),
    (["--"], {"--resume", "--abandon", "--yes"}, {"--staged"}),
    (["versions", "--s"], {"--staged"}, {"--skip"}),
    (["hooks", ""], {"install", "status"}, {"minor"}),
    (["completion", ""], {"bash", "zsh", "fish"}, {"minor"}),
    (["-C", "fo"], {"folder"}, {"file", "check"}),
]


def _named(asked: Asked) -> str:
    return " ".join(asked[0])


@needs_bash
@pytest.mark.parametrize("asked", ASKED, ids=_named)
def test_bash_offers_what_fits(tmp_path: Path, asked: Asked) -> None:
    """Commands, versions, options of this command, values of this option; directories."""
    words, offered, other = asked
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    found = in_bash(tmp_path, words)
    assert offered <= found
    assert not other & found


@needs_fish
@pytest.mark.parametrize("asked", ASKED, ids=_named)
def test_fish_offers_what_fits(tmp_path: Path, asked: Asked) -> None:
    """As bash does, but that options are offered behind a hyphen only."""
    words, offered, other = asked
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    found = {word.rstrip("/") for word in in_fish(tmp_path, words)}
    assert offered <= found
    assert not other & found


@needs_bash
def test_a_key_completes_in_bash(tmp_path: Path) -> None:
    """On a terminal: Tab behind ``rehe``, and behind an option with an equals sign."""
    shell = ("--norc", "--noprofile", "-i")
    env = {"PS1": "> ", "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    with Terminal((shutil.which("bash") or "", *shell), env) as terminal:
        terminal.read_until(lambda seen: bool(seen.lines) and seen.lines[-1].startswith(">"))
        terminal.type(f"source {script(tmp_path, 'bash')}\n{TOOL} rehe\t--output=pl\t")
        terminal.read_until(lambda seen: seen.lines[-1].startswith(f"> {TOOL} rehearse --output=plain"), 20)


def completes_in_zsh(directory: Path, typed: str, completed: str, *, autoload: bool) -> None:
    """Press keys in zsh, and see that they complete a line.

    Args:
        directory: The home of the shell; it has a folder called ``folder``.
        typed: What is typed behind the name of the tool.
        completed: What must stand there then.
        autoload: Whether the script lies in a folder of ``fpath``; otherwise it is evaluated.
    """
    for name in ("folder", "functions"):
        (directory / name).mkdir()
    path = script(directory, "zsh").rename(directory / "functions/_release-async")
    found = f"fpath=({path.parent} $fpath)\n" if autoload else ""
    sourced = "" if autoload else f"source {path}\n"
    (directory / ".zshrc").write_text(
        f"PS1='> '\n{found}autoload -Uz compinit\ncompinit -u -D\n{sourced}cd {directory}\n"
    )
    env = {"ZDOTDIR": str(directory), "HOME": str(directory), "PATH": "/usr/bin:/bin"}
    with Terminal((shutil.which("zsh") or "", "-i"), env, (120, 40)) as terminal:
        terminal.read_until(lambda seen: bool(seen.lines) and seen.lines[-1].startswith(">"))
        terminal.type(f"{TOOL} {typed}")
        terminal.read_until(lambda seen: f"> {TOOL} {completed}" in "".join(seen.lines), 60)


@needs_zsh
@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("-C folder ver\t", "-C folder versions"),
        ("check --output pl\t", "check --output plain"),
        ("check --output=pl\t", "check --output=plain"),
        ("minor --ye\t", "minor --yes"),
        ("mino\t", "minor"),
        ("--skip meta\t", "--skip metadata"),
        ("hooks ins\t", "hooks install"),
        ("check -C fol\t", "check -C folder"),
    ],
)
def test_a_key_completes_in_zsh(tmp_path: Path, typed: str, completed: str) -> None:
    """Evaluated when the shell starts."""
    completes_in_zsh(tmp_path, typed, completed, autoload=False)


@needs_zsh
def test_zsh_finds_the_script_by_its_name(tmp_path: Path) -> None:
    """In a folder of its ``fpath``, from the first key on."""
    completes_in_zsh(tmp_path, "rehe\t", "rehearse", autoload=True)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_and_option_is_in_every_script(shell: str) -> None:
    """Written from the parser, so that nothing is forgotten."""
    text = completion.script(shell)
    assert all(name in text for name in COMMANDS)
    spelled = [
        f"-l {name[2:]}" if shell == "fish" else name
        for name in command_line.parser().options()
        if name[1] == "-"
    ]
    assert [name for name in spelled if name not in text] == []
    assert "%" not in text.replace("%%", "")


def test_the_script_is_printed_whole() -> None:
    """And nothing else is."""
    done = subprocess.run(
        (sys.executable, "-m", "release_async", "completion", "fish"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (completion.script("fish"), "")
