"""The command line as data: every option once, near misses named, nothing run."""

import math
import os
import shutil
import sys

import pytest

from release_async.base.errors import UsageError
from release_async.cli import command_line
from release_async.versions.bump import Part
from support.terminal import Terminal


def test_nothing_said_is_a_release_with_all_defaults() -> None:
    """The defaults of the contract."""
    options = command_line.parse([])
    assert (options.command, options.version, options.project) == ("release", None, ".")
    assert (options.backend, options.output, list(options.skip)) == ("asyncio", "auto", [])
    said = (
        options.test,
        options.skip_tests,
        options.keep_going,
        options.dry_run,
        options.yes,
        options.verbose,
    )
    assert not any(said)


def test_version_alone_asks_for_the_tools_own() -> None:
    """With a value it is what is to be released."""
    assert command_line.parse(["--version"]).version == command_line.TOOL
    assert command_line.parse(["--version", "major"]).version == "major"


@pytest.mark.parametrize("command", [[], ["check"], ["rehearse"]])
def test_the_options_of_a_release_are_those_of_its_rehearsal(command: list[str]) -> None:
    """And of ``check``: what is tried is what will be done."""
    words = (
        "--version 1.2 --test --skip-tests --skip tests --skip branch --keep-going --dry-run --yes -v -C x"
    )
    options = command_line.parse([*command, *words.split(), "--backend", "trio", "--output", "json"])
    assert options.command == (command[0] if command else "release")
    assert (options.version, options.project, list(options.skip)) == ("1.2", "x", ["tests", "branch"])
    assert (options.backend, options.output) == ("trio", "json")
    assert all((options.test, options.skip_tests, options.keep_going, options.dry_run, options.yes))
    assert options.verbose


def test_one_command_line_leaves_nothing_for_the_next() -> None:
    """Options that may be repeated begin empty every time."""
    command_line.parse(["--skip", "tests"])
    assert list(command_line.parse([]).skip) == []
    assert list(command_line.parse(["--skip", "branch"]).skip) == ["branch"]


@pytest.mark.parametrize(
    ("words", "near"),
    [(["--dryrun"], "--dry-run"), (["rehears"], "rehearse"), (["--skip-test"], "--skip-tests")],
)
def test_a_near_miss_names_what_was_meant(words: list[str], near: str) -> None:
    """And is never taken for it: abbreviations of options that publish are no good idea."""
    with pytest.raises(UsageError) as caught:
        command_line.parse(words)
    assert near in caught.value.cure


@pytest.mark.parametrize(
    ("words", "what", "cure"),
    [
        (["--verison", "minor"], "there is no option --verison", "did you mean --version?"),
        (["--verison=minor"], "there is no option --verison", "did you mean --version?"),
        (["--frobnicate"], "there is no option --frobnicate", "see: release-async --help"),
        (["minro"], "there is no command minro", "did you mean minor?"),
        (["chekc"], "there is no command chekc", "did you mean check?"),
        (["hooks", "instal"], "release-async hooks does not know instal", "did you mean install?"),
        (["completion", "csh"], "release-async completion does not know csh", "one of: bash, zsh, fish"),
        (["--output", "xml"], "--output does not know xml", "one of: auto, rich, plain, json"),
        (["patch", "minor"], "one version is taken, and here are several: patch, minor", "say one of them"),
        (["bump", "1.2", "1.3"], "one version is taken, and here are several: 1.2, 1.3", "say one of them"),
        (["status", "minor"], "unrecognized arguments: minor", "see: release-async --help"),
        (["status", "--wait"], "unrecognized arguments: --wait", "see: release-async --help"),
    ],
)
def test_what_was_mistyped_is_named_and_not_the_word_behind_it(
    words: list[str], what: str, cure: str
) -> None:
    """Of an option that does not exist the value is no command."""
    with pytest.raises(UsageError) as caught:
        command_line.parse(words)
    assert (caught.value.what, caught.value.cure) == (what, cure)


@pytest.mark.parametrize(
    ("words", "version", "command"),
    [
        ("minor", "minor", "release"),
        ("release minor", "minor", "release"),
        ("1.6.2", "1.6.2", "release"),
        ("v1.6.2rc1 --yes", "v1.6.2rc1", "release"),
        ("release 1.6.2 -C x", "1.6.2", "release"),
        ("-C minor patch", "patch", "release"),
        ("--output=plain -Cx major", "major", "release"),
        ("--skip tests --test post", "post", "release"),
        ("-v --version minor", "minor", "release"),
        ("release --version minor", "minor", "release"),
        ("check minor", "minor", "check"),
        ("current", "current", "release"),
        ("-C x rehearse 2.0", "2.0", "rehearse"),
        ("release", None, "release"),
        ("check", None, "check"),
    ],
)
def test_a_version_may_stand_alone(words: str, version: str | None, command: str) -> None:
    """``release-async minor`` is ``release-async --version minor``, with every option on either side."""
    options = command_line.parse(words.split())
    assert (options.version, options.command, options.request) == (version, command, "")
    assert options.typed == tuple(words.split())


@pytest.mark.parametrize(
    "words", ["minor --version major", "--version major minor", "check minor --version 1"]
)
def test_two_versions_are_one_too_many(words: str) -> None:
    """None of them is chosen silently."""
    with pytest.raises(UsageError, match="there are two versions") as caught:
        command_line.parse(words.split())
    assert caught.value.cure == "say one of them"


@pytest.mark.parametrize("part", list(Part))
def test_every_part_is_known_to_the_command_line(part: Part) -> None:
    """What can be raised can be typed."""
    assert command_line.parse([part.value]).version == part.value


@pytest.mark.parametrize(
    "words",
    [
        ["--backend", "curio"],
        ["patch", "minor"],
        ["minor", "check"],
        ["--output", "html"],
        ["bump"],
        ["versions", "--staged", "--rev", "HEAD"],
    ],
)
def test_what_does_not_fit_together_is_a_usage_error(words: list[str]) -> None:
    """With a cure, and without a usage screen on standard error."""
    with pytest.raises(UsageError) as caught:
        command_line.parse(words)
    assert caught.value.cure


def test_options_stand_before_or_behind_the_command() -> None:
    """``release-async -C x check`` and ``release-async check -C x`` are the same."""
    before, behind = (command_line.parse(words) for words in (["-C", "x", "check"], ["check", "-C", "x"]))
    assert vars(before) | {"typed": ()} == vars(behind) | {"typed": ()}


@pytest.mark.parametrize("columns", ["60", "120", "0", "many", ""])
def test_the_help_is_as_wide_as_argparse_would_have_it(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the same rule as shutil's, which is not imported for it."""
    monkeypatch.setenv("COLUMNS", columns)
    text = command_line.parser().format_help()
    longest = max(map(len, text.splitlines()))
    assert longest <= shutil.get_terminal_size().columns - 2
    assert longest > 50


def test_the_help_is_as_wide_as_the_terminal() -> None:
    """Also on one that is wide."""
    argv = [sys.executable, "-m", "release_async", "init", "--help"]
    for columns in (60, 200):
        with Terminal(argv, {"PYTHONPATH": os.pathsep.join(sys.path)}, (columns, 40)) as terminal:
            assert terminal.finish() == 0
            usage = terminal.lines[0]
            assert usage.endswith("[--yes]") is (columns == 200)


@pytest.mark.parametrize(
    ("words", "seconds", "version"),
    [
        (("--wait",), math.inf, None),
        (("--wait", "minor"), math.inf, "minor"),
        (("minor", "--wait"), math.inf, "minor"),
        (("--wait", "90", "--version", "1.2.3"), 90.0, "1.2.3"),
        (("--resume", "--wait", "30m"), 1800.0, None),
        (("release", "--wait=2h", "patch"), 7200.0, "patch"),
        (("minor",), 0.0, "minor"),
    ],
)
def test_a_wait_takes_a_duration_and_never_a_version(
    words: tuple[str, ...], seconds: float, version: str | None
) -> None:
    """Alone it lasts until it is done."""
    options = command_line.parse(words)
    assert (options.wait, options.version, options.command) == (seconds, version, "release")


def test_a_duration_that_is_none_is_a_usage_error() -> None:
    """Also one of no time at all."""
    for text in ("soon", "0", "1w"):
        with pytest.raises(UsageError, match="no duration"):
            command_line.parse((f"--wait={text}",))


@pytest.mark.parametrize(
    "odd", ["--dry-run", "--test", "--skip-tests", "--skip tests", "--keep-going", "minor"]
)
@pytest.mark.parametrize("mode", ["--resume", "--abandon", "--wait"])
def test_what_an_unfinished_release_would_not_heed_is_refused(mode: str, odd: str) -> None:
    """Never ignored: who types ``--dry-run`` expects that nothing is done."""
    words = (mode, *odd.split(), "-C", "my project", "--yes", "-v", "--output", "json", "--backend", "trio")
    with pytest.raises(UsageError, match=f"{odd.split(maxsplit=1)[0]} does not go with {mode}") as caught:
        command_line.check_continued(command_line.parse(words))
    status = "it changes nothing: release-async -C 'my project' status"
    kept = f"leave it out: release-async -C 'my project' {'--resume --wait' if mode == '--wait' else mode}"
    assert caught.value.cure.endswith(status if odd == "--dry-run" else kept)
    command_line.parse([word for word in words if word not in odd.split()])


def test_the_version_of_the_tool_is_told_beside_everything() -> None:
    """Nothing is done then, which could be expected otherwise."""
    assert command_line.parse(["--resume", "--dry-run", "--version"]).version == command_line.TOOL


@pytest.mark.parametrize(
    ("words", "odd"),
    [
        ("--dry-run bump minor", "--dry-run"),
        ("--dry-run init --yes", "--dry-run"),
        ("--test hooks install", "--test"),
        ("--skip-tests publish a.whl", "--skip-tests"),
        ("--resume status", "--resume"),
        ("--abandon check", "--abandon"),
        ("--wait rehearse minor", "--wait"),
        ("--version 2.0 bump minor", "--version"),
    ],
)
def test_an_option_of_a_release_before_another_command_is_refused(words: str, odd: str) -> None:
    """That command would not heed it, and do what it always does."""
    command = next(word for word in words.split() if word in _OTHERS)
    with pytest.raises(UsageError, match=f"{odd} does not go with {command}") as caught:
        command_line.parse(words.split())
    assert caught.value.cure == f"see: release-async {command} --help"
    command_line.parse(["-C", "x", "-v", *words.split()[words.split().index(command) :]])


_OTHERS = {"bump", "init", "hooks", "publish", "status", "check", "rehearse"}
