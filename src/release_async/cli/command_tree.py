"""The command line as data, read from the parser: commands, their options, and what each option takes.

Completion scripts and the manual page are written from it, so that they can name nothing that does not exist.
"""

import argparse

from release_async.base.lazy_typing import Iterator, NamedTuple
from release_async.cli import command_line


class Argument(NamedTuple):
    """An option, or a word without one.

    Attributes:
        names: The option's names, short ones first; empty for a word.
        metavar: What its value is called; empty where it takes none.
        values: The values that there are, or the usual ones; empty where they cannot be listed.
        optional: Whether its value may be left out.
        help: What it means, in a clause.
    """

    names: tuple[str, ...]
    metavar: str
    values: tuple[str, ...]
    optional: bool
    help: str

    @property
    def is_directory(self) -> bool:
        """Whether its value is a directory."""
        return self.metavar == "DIR"


class CommandUsage(NamedTuple):
    """One command.

    Attributes:
        name: Its name; empty for what is done without one.
        help: What it does, in a clause.
        options: Its options.
        words: What is typed beside them, in order.
    """

    name: str
    help: str
    options: tuple[Argument, ...]
    words: tuple[Argument, ...]


CHECK_NAMES = (
    *(
        "branch",
        "working-tree",
        "upstream",
        "push-right",
        "tag-free",
        "version-tag",
        "forge-rules",
        "merge-request",
        "release-page",
    ),
    *(
        "versions",
        "version-free",
        "dependencies",
        "expected-files",
        "changelog",
        "credentials",
        "env-file",
        "identity",
        "signing",
        "ci",
    ),
    *("workflows", "metadata", "build-environment", "tests"),
)
"""The checks that may be skipped: their table takes longer to import than a shell that starts should wait."""


def read() -> tuple[CommandUsage, ...]:
    """The whole command line: first what is done without a command, then every command in its order."""
    top = command_line.parser()
    found = [_usage("", top.description or "", top)]
    for action in top._actions:  # noqa: SLF001 - argparse tells it nowhere else
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}  # noqa: SLF001 - as above
            found += [_usage(name, helps[name], parser) for name, parser in action.choices.items()]
    return tuple(found)


def _usage(name: str, text: str, parser: argparse.ArgumentParser) -> CommandUsage:
    arguments = tuple(_arguments(name, parser))
    options = tuple(each for each in arguments if each.names)
    return CommandUsage(
        name=name, help=text, options=options, words=tuple(each for each in arguments if not each.names)
    )


def _arguments(command: str, parser: argparse.ArgumentParser) -> Iterator[Argument]:
    for action in parser._actions:  # noqa: SLF001 - as above
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            continue
        takes = action.nargs != 0
        choices = tuple(map(str, action.choices or ()))
        metavar = str(action.metavar or "|".join(choices) or action.dest.upper()) if takes else ""
        yield Argument(
            names=tuple(action.option_strings),
            metavar=metavar,
            values=choices or _usual_values(command, metavar),
            optional=action.nargs == "?",
            help=(action.help or "").replace("%%", "%"),
        )


def _usual_values(command: str, metavar: str) -> tuple[str, ...]:
    versions = command_line.PARTS if command == "bump" else command_line.RELEASABLE
    return {"PART|VERSION": versions, "CHECK": CHECK_NAMES}.get(metavar, ())
