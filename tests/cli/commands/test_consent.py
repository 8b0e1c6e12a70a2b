"""Every way of starting a release: asked, done, or exit 2, and never an upload without a yes.

The table of the reference, started for real: shells with job control on real terminals, other sessions, git's
hooks. The index says what was uploaded.
"""

import os
import sys
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import pytest

from release_async.base.exit_codes import ExitCode
from support import releasing
from support.releasing import Stage
from support.terminal import Terminal

TOOL = """\
#!/bin/sh
'{python}' -m release_async "$@" --skip-tests -C '{project}'
code=$?
echo $code >'{folder}/code'
exit $code
"""
HOOK = '#!/bin/sh\n"{folder}/tool" $RELEASE_WORDS\n'
COMMIT = "git -C {project} commit --quiet --allow-empty --message more"


class Way(NamedTuple):
    """How a release is started.

    Attributes:
        shell: What is typed in a shell on a terminal; TOOL is the tool with its words.
        asks: Whether a person is asked then.
    """

    shell: str
    asks: bool


WAYS = {
    "on a terminal": Way("TOOL", asks=True),
    "stdout is a pipe": Way("TOOL | cat", asks=True),
    "stdout is a file": Way("TOOL >said 2>&1", asks=True),
    "stdin is a pipe": Way("yes | TOOL", asks=True),
    "both are pipes": Way("yes | TOOL 2>&1 | cat", asks=True),
    "stdin is closed": Way("TOOL <&- | cat", asks=True),
    "JSON": Way("TOOL --output json | cat", asks=True),
    "nohup": Way("nohup TOOL >said", asks=True),
    "a git hook": Way(COMMIT, asks=True),
    "in the background": Way("TOOL & wait $!", asks=False),
    "nohup in the background": Way("nohup TOOL >said & wait $!", asks=False),
    "CI on a terminal": Way("CI=true TOOL", asks=False),
    "CI": Way("CI=1 setsid -w TOOL </dev/null | cat", asks=False),
    "cron": Way("setsid -w TOOL </dev/null 2>&1 | cat", asks=False),
    "ssh -T": Way("yes | setsid -w TOOL 2>&1 | cat", asks=False),
    "a git hook without a terminal": Way(f"setsid -w {COMMIT} </dev/null", asks=False),
}
WORDS = {
    "yes": "--yes",
    "version": "--version patch",
    "neither": "",
}


class Cell(NamedTuple):
    """One cell of the table."""

    way: str
    words: str

    def __str__(self) -> str:
        """How pytest names it."""
        return f"{self.way}, {self.words}"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One project for the whole table: where something is released, the next version follows."""
    folder = tmp_path_factory.mktemp("consent")
    with releasing.tiny(folder) as stage:
        tool, hook = folder / "tool", stage.repository.path / ".git/hooks/post-commit"
        hook.parent.mkdir(exist_ok=True)
        fields = {"python": sys.executable, "project": stage.repository.path, "folder": folder}
        for path, text in ((tool, TOOL), (hook, HOOK)):
            path.write_text(text.format(**fields))
            path.chmod(0o755)
        yield stage


class Seen(NamedTuple):
    """What became of one run."""

    code: int
    was_asked: bool
    shown: str
    uploaded: int


def started(stage: Stage, way: Way, words: str, answer: str) -> Seen:
    """Start it; where a question is asked, type the answer."""
    folder, before = stage.packages.parent, len(stage.published())
    code = folder / "code"
    code.unlink(missing_ok=True)
    typed = way.shell.replace("TOOL", f"{folder}/tool {words}").format(project=stage.repository.path)
    env = stage.environment(RELEASE_WORDS=words, PYTHONPATH=os.pathsep.join(sys.path))
    with Terminal(("/bin/sh", "-mc", f"cd '{folder}'; {typed}"), env, (200, 100)) as terminal:
        terminal.read_until(lambda seen: code.exists() or _question(seen) or _which_version(seen))
        if not code.exists() and _which_version(terminal):
            terminal.type("\n")
            terminal.read_until(lambda seen: code.exists() or _question(seen))
        asked = _question(terminal)
        if asked:
            terminal.type(answer)
        terminal.finish()
        shown = "\n".join(terminal.lines)
    return Seen(int(code.read_text()), asked, shown, len(stage.published()) - before)


def _question(terminal: Terminal) -> bool:
    return any(line.endswith("[y/N]") for line in terminal.lines)


def _which_version(terminal: Terminal) -> bool:
    return any(line.endswith("or another version?") for line in terminal.lines)


@pytest.mark.parametrize("cell", [Cell(*names) for names in product(WAYS, WORDS)], ids=str)
def test_nothing_is_uploaded_without_a_yes(stage: Stage, cell: Cell) -> None:
    """With --yes done; else asked, and after a No cancelled; else exit 2 with the command to type."""
    way, words = WAYS[cell.way], WORDS[cell.words]
    seen = started(stage, way, words, "n\n")
    if cell.words == "yes":
        assert seen[::3] == (ExitCode.DONE, 2), seen.shown
        assert not seen.was_asked
        return
    assert seen.uploaded == 0
    assert seen.was_asked is way.asks, seen.shown
    assert seen.code == (ExitCode.REFUSED if way.asks else ExitCode.USAGE), seen.shown
    if way.asks:
        assert ("Cancelled; nothing changed" in seen.shown) == ("said" not in way.shell), seen.shown
    elif "said" not in way.shell:
        assert f"if you mean it: release-async {words}".rstrip() in seen.shown
        assert "--yes" in seen.shown


@pytest.mark.parametrize("name", ["on a terminal", "both are pipes", "JSON", "nohup", "a git hook"])
def test_a_yes_on_the_terminal_releases(stage: Stage, name: str, anyio_backend: str) -> None:
    """Whichever way it was started, and what it is about is said in the question."""
    words = f"--version minor --backend {anyio_backend}"
    seen = started(stage, WAYS[name], words, "y\n")
    assert (seen.code, seen.was_asked, seen.uploaded) == (ExitCode.DONE, True, 2), seen.shown
    question = next(line for line in seen.shown.splitlines() if "[y/N]" in line)
    version = stage.repository.git("describe", "--abbrev=0").removeprefix("v")
    assert f"→ {version} to " in question
    assert f": 2 files, tag v{version}, push main to origin? [y/N]" in question


def test_what_was_typed_before_the_question_is_no_yes(stage: Stage) -> None:
    """Also where the question is asked beside the output."""
    folder = stage.packages.parent
    before = stage.published()
    env = stage.environment(PYTHONPATH=os.pathsep.join(sys.path))
    script = f"{folder}/tool --version minor | cat"
    with Terminal(("/bin/sh", "-c", script), env, (200, 100)) as terminal:
        terminal.type("y\n")
        terminal.read_until(_question)
        terminal.type("\n")
        terminal.finish()
    assert (folder / "code").read_text() == f"{ExitCode.REFUSED.value}\n"
    assert stage.published() == before


def test_the_cure_works_when_typed(stage: Stage) -> None:
    """The command that exit 2 names is the same one, with a yes."""
    refused = started(stage, WAYS["cron"], "--version 9.0.0 --keep-going", "")
    assert refused.code == ExitCode.USAGE
    command = refused.shown.partition("if you mean it: ")[2].splitlines()[0]
    typed = command.partition("release-async ")[2].partition(" --skip-tests")[0] + " --yes"
    assert command.endswith(" --yes")
    assert started(stage, WAYS["cron"], typed, "").code == ExitCode.DONE
    assert f"{stage.packages}/tiny-9.0.0.tar.gz" in map(str, stage.packages.iterdir())


def test_the_table_has_not_shrunk() -> None:
    """Every way that the reference names is in it, on both sides."""
    assert len(WAYS) >= 16
    assert {way.asks for way in WAYS.values()} == {True, False}
