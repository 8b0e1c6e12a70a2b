"""Every way of starting a release: asked, done, or exit 2, and never an upload without a yes.

The table of the reference, started for real: shells with job control on real terminals, other sessions, git's
hooks. The index says what was uploaded.
"""

import os
import signal
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from release_async.base.exit_codes import ExitCode
from support import releasing
from support.matrices import sampled
from support.releasing import Stage
from support.terminal import CTRL_C, Terminal

TOOL = """\
#!/bin/sh
trap : INT
'{python}' -m release_async "$@" --skip-tests {skip} -C '{project}'
code=$?
echo $code >'{folder}/code'
exit $code
"""
SKIPPED = (
    "upstream",
    "push-right",
    "tag-free",
    "signing",
    "ci",
    "forge-rules",
    "release-page",
)
"""Checks that ask others or start something; whether somebody is asked does not depend on them."""
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
    "stdin is a pipe": Way("yes | TOOL", asks=True),
    "both are pipes": Way("yes | TOOL 2>&1 | cat", asks=True),
    "JSON": Way("TOOL --output json | cat", asks=True),
    "nohup": Way("nohup TOOL >said", asks=True),
    "a git hook": Way(COMMIT, asks=True),
    "in the background": Way("TOOL & wait $!", asks=False),
    "CI on a terminal": Way("CI=true TOOL", asks=False),
    "CI": Way("CI=1 setsid -w TOOL </dev/null | cat", asks=False),
    "cron": Way("setsid -w TOOL </dev/null 2>&1 | cat", asks=False),
    "ssh -T": Way("yes | setsid -w TOOL 2>&1 | cat", asks=False),
    "a git hook without a terminal": Way(f"setsid -w {COMMIT} </dev/null", asks=False),
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One project for the whole table: where something is released, the next version follows."""
    folder = tmp_path_factory.mktemp("consent")
    with releasing.tiny(folder) as stage:
        tool, hook = folder / "tool", stage.repository.path / ".git/hooks/post-commit"
        hook.parent.mkdir(exist_ok=True)
        skip = " ".join(f"--skip {check}" for check in SKIPPED)
        fields = {
            "python": sys.executable,
            "project": stage.repository.path,
            "folder": folder,
            "skip": skip,
        }
        for path, text in ((tool, TOOL), (hook, HOOK)):
            path.write_text(text.format(**fields))
            path.chmod(0o755)
        yield stage


class Seen(NamedTuple):
    """What became of one run."""

    code: int
    asked_version: bool
    asked_yes: bool
    shown: str
    uploaded: int


def started(stage: Stage, way: Way, words: str, *answers: str, build: str = "") -> Seen:
    """Start it; type an answer to each question that comes, one after another.

    Args:
        stage: The project.
        way: How it is started.
        words: What is typed behind the name of the tool.
        answers: What is typed at the questions.
        build: ``fail`` has the build fail, so that nothing is uploaded whoever agrees to it.
    """
    folder, before, left = stage.packages.parent, len(stage.published()), list(answers)
    code = folder / "code"
    code.unlink(missing_ok=True)
    typed = way.shell.replace("TOOL", f"{folder}/tool {words}").format(project=stage.repository.path)
    env = stage.environment(RELEASE_WORDS=words, PYTHONPATH=os.pathsep.join(sys.path), TINY_BUILD=build)
    with Terminal(("/bin/sh", "-mc", f"cd '{folder}'; {typed}"), env, (500, 100)) as terminal:
        for question in (VERSION, YES):
            terminal.read_until(lambda seen: code.exists() or stands(seen, VERSION) or stands(seen, YES))
            if stands(terminal, question) and left:
                terminal.type(left.pop(0))
        terminal.finish()
        shown = "\n".join(terminal.lines)
        asked = stands(terminal, VERSION), stands(terminal, YES)
    releasing.wait_until(lambda: code.exists() and code.read_text().endswith("\n"))
    return Seen(int(code.read_text()), *asked, shown, len(stage.published()) - before)


YES, VERSION = "[y/N]", "or another version?"


def stands(terminal: Terminal, question: str) -> bool:
    """Whether a question is on the screen, answered or not."""
    return any(question in line for line in terminal.lines)


REALLY = ("on a terminal", "cron", "a git hook")
"""The ways that release for real with ``--yes``; in the others the build fails, after the question."""


@pytest.mark.parametrize("way", sampled(WAYS, REALLY))
def test_with_yes_it_is_done(stage: Stage, way: str) -> None:
    """However it is started, nobody is asked."""
    real = way in REALLY
    seen = started(stage, WAYS[way], "--yes", build="" if real else "fail")
    assert not seen.asked_yes
    assert not seen.asked_version
    assert (seen.code, seen.uploaded) == ((ExitCode.DONE, 2) if real else (ExitCode.FAILED, 0)), seen.shown


@pytest.mark.parametrize("way", WAYS)
def test_a_version_is_no_yes(stage: Stage, way: str) -> None:
    """Who names a version is asked; after a No it is cancelled. Where nobody can be asked, it is exit 2."""
    shell, asks = WAYS[way]
    seen = started(stage, WAYS[way], "--version patch", "n\n")
    assert (seen.uploaded, seen.asked_yes, seen.asked_version) == (0, asks, False), seen.shown
    assert seen.code == (ExitCode.REFUSED if asks else ExitCode.USAGE), seen.shown
    if "said" not in shell:
        assert ("Cancelled; nothing changed" in seen.shown) is asks, seen.shown
    told = " ".join(seen.shown.split())
    assert ("if you mean it: release-async --version patch" in told) is not asks, seen.shown


@pytest.mark.parametrize("way", WAYS)
def test_without_a_word_it_is_asked_or_refused(stage: Stage, way: str) -> None:
    """The version comes first; Ctrl-C there ends it. Where nobody can be asked, it is exit 2."""
    asks = WAYS[way].asks
    seen = started(stage, WAYS[way], "", CTRL_C)
    assert (seen.uploaded, seen.asked_yes, seen.asked_version) == (0, False, asks), seen.shown
    assert seen.code == (128 + signal.SIGINT if asks else ExitCode.USAGE), seen.shown


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("both are pipes", "--version minor --backend asyncio"),
        ("JSON", "--version minor --backend trio"),
        ("a git hook", "--version minor --backend asyncio"),
    ],
)
def test_a_yes_on_the_terminal_releases(stage: Stage, way: str, words: str) -> None:
    """Whichever way it was started, and what it is about is said in the question."""
    seen = started(stage, WAYS[way], words, "y\n")
    assert (seen.code, seen.asked_yes, seen.uploaded) == (ExitCode.DONE, True, 2), seen.shown
    question = next(line for line in seen.shown.splitlines() if YES in line)
    version = stage.repository.git("describe", "--abbrev=0").removeprefix("v")
    assert f"→ {version} to " in question
    assert f": 2 files, tag v{version}, push main to origin? [y/N]" in question


@pytest.mark.parametrize("way", ["cron", "on a terminal"])
def test_a_version_that_cannot_be_meant_is_refused_before_anything_is_asked(stage: Stage, way: str) -> None:
    """A cure that says to add a yes would only lead to the next refusal."""
    seen = started(stage, WAYS[way], "--version 0.2.1.1-bad", "y\n")
    assert (seen.code, seen.asked_yes, seen.uploaded) == (ExitCode.USAGE, False, 0), seen.shown
    assert "is neither a part nor a PEP 440 version" in " ".join(seen.shown.split())
    assert "if you mean it" not in seen.shown


def test_what_was_typed_before_the_question_is_no_yes(stage: Stage) -> None:
    """Also where the question is asked beside the output."""
    folder = stage.packages.parent
    before = stage.published()
    env = stage.environment(PYTHONPATH=os.pathsep.join(sys.path))
    script = f"{folder}/tool --version minor | cat"
    with Terminal(("/bin/sh", "-c", script), env, (200, 100)) as terminal:
        terminal.type("y\n")
        terminal.read_until(lambda seen: stands(seen, YES))
        terminal.type("\n")
        terminal.finish()
    assert (folder / "code").read_text() == f"{ExitCode.REFUSED.value}\n"
    assert stage.published() == before


def test_the_cure_works_when_typed(stage: Stage) -> None:
    """The command that exit 2 names is the same one, with a yes."""
    refused = started(stage, WAYS["cron"], "--version 9.0.0 --keep-going")
    assert refused.code == ExitCode.USAGE
    command = refused.shown.partition("if you mean it:")[2].strip().splitlines()[0]
    typed = command.partition("release-async ")[2].partition(" --skip-tests")[0] + " --yes"
    assert command.endswith(" --yes")
    assert started(stage, WAYS["cron"], typed).code == ExitCode.DONE
    assert f"{stage.packages}/tiny-9.0.0.tar.gz" in map(str, stage.packages.iterdir())


def test_the_table_has_not_shrunk() -> None:
    """Every way that the reference names is in it, on both sides."""
    assert len(WAYS) >= 13
    assert {way.asks for way in WAYS.values()} == {True, False}
