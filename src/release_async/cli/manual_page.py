"""The manual page, written from the command line as data, in the macros of man(7). It prints nothing."""

from release_async import __version__
from release_async.base.exit_codes import ExitCode
from release_async.base.lazy_typing import Iterator, Mapping
from release_async.cli import command_tree
from release_async.cli.command_tree import Argument, CommandUsage

NAME = "release-async"

EXIT_CODES: Mapping[ExitCode, str] = {
    ExitCode.DONE: "Done: the release is out, or what was asked for is done.",
    ExitCode.BUG: "A bug in the tool.",
    ExitCode.USAGE: "The command or a setting is invalid, or a yes is needed and nobody can be asked.",
    ExitCode.REFUSED: "A check refused, another release is running, or you said No.",
    ExitCode.FAILED: "A step failed before the point of no return. Nothing has changed.",
    ExitCode.UNFINISHED: "Part of the release is public: --resume finishes it.",
    ExitCode.CONFLICT: "Something else exists under a name of the release: a person must decide.",
    ExitCode.WAITING: "The release waits for somebody else, such as for a merge: --resume looks again.",
    ExitCode.NOTHING: "--resume found no release to go on with.",
}
"""What each exit code means, in a sentence."""


def page() -> str:
    """The whole page, for ``man -l -``."""
    top, *commands = command_tree.read()
    lines = (
        f'.TH {NAME.upper()} 1 "" "{NAME} {__version__}" "User Commands"',
        *_section("NAME", (rf"{_text(NAME)} \- {_text(top.help)}",)),
        *_section("SYNOPSIS", _synopsis(top, commands)),
        *_section("COMMANDS", (line for command in commands for line in _item(command.name, command.help))),
        *_section("OPTIONS", _options(top)),
        *(line for command in commands for line in _of_command(command, top)),
        *_section("ENVIRONMENT", _variables()),
        *_section("FILES", _files()),
        *_section(
            "EXIT STATUS",
            (line for code, text in EXIT_CODES.items() for line in _item(str(code.value), text)),
        ),
        *_section("SEE ALSO", (".BR git (1), .BR twine (1)".replace(" .BR ", "\n.BR "),)),
    )
    return "".join(f"{line}\n" for line in lines)


def _section(title: str, lines: "Iterator[str] | tuple[str, ...]") -> Iterator[str]:
    yield f".SH {title}"
    yield from lines


def _synopsis(top: CommandUsage, commands: list[CommandUsage]) -> Iterator[str]:
    for command in (top, *commands):
        if command.name:
            yield ".br"
        yield f".B {_text(f'{NAME} {command.name}'.strip())}"
        words = [f"[{word.metavar}]" if word.optional else word.metavar for word in command.words]
        if not command.name:
            words = ["[PART|VERSION]"]
        yield " ".join((r"[\fIoption\fR .\|.\|.\&]", *map(_text, words)))


def _of_command(command: CommandUsage, top: CommandUsage) -> Iterator[str]:
    """The options of a command that are not those of a release."""
    own = command._replace(options=tuple(each for each in command.options if each not in top.options))
    lines = [*_options(own)]
    if lines:
        yield f".SH OPTIONS OF {command.name.upper()}"
        yield from lines


def _options(command: CommandUsage) -> Iterator[str]:
    for argument in (*command.options, *command.words):
        yield from _item(_term(argument), argument.help)


def _term(argument: Argument) -> str:
    value = f" [{argument.metavar}]" if argument.optional and argument.names else f" {argument.metavar}"
    return (", ".join(argument.names) + value * bool(argument.metavar)).strip()


def _item(term: str, text: str) -> tuple[str, ...]:
    return ".TP", f".B {_text(term)}", _text(text)


def _variables() -> Iterator[str]:
    from release_async.plan.settings import VARIABLES  # noqa: PLC0415 - slow to import, and completion does without

    yield "They may also stand in the file .env of the project."
    for variable in VARIABLES:
        yield from _item(variable.name, f"{variable.meaning} (default: {variable.default or 'none'})")


def _files() -> Iterator[str]:
    yield from _item("pyproject.toml", "The table [tool.release-async] holds the settings of the project.")
    yield from _item(".env", "Tokens and other variables of the project; never committed.")
    yield from _item(
        ".git/release-async/", "The journal of an unfinished release, what it has built, and the logs."
    )


def _text(said: str) -> str:
    """Text as it is: backslashes, hyphens, and lines that would be requests (groff_char(7))."""
    shown = said.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{shown}" if shown.startswith((".", "'")) else shown
