"""Parses the command line into options. It runs nothing and prints nothing."""

import argparse
import os
import re
import sys

from release_async.base.errors import UsageError
from release_async.base.lazy_typing import Callable, Container, Iterable, Iterator, Mapping, Never, Sequence

TOOL = "the tool's own"
"""The value of ``--version`` given without one."""


class Options(argparse.Namespace):
    """The parsed options, and the defaults of the others."""

    command: str = "release"
    version: str | None = None
    test: bool = False
    skip_tests: bool = False
    skip: Sequence[str]
    keep_going: bool = False
    dry_run: bool = False
    yes: bool = False
    resume: bool = False
    abandon: bool = False
    wait: float = 0.0
    backend: str = "asyncio"
    output: str = "auto"
    verbose: bool = False
    project: str = "."
    staged: bool = False
    rev: str | None = None
    explain: bool = False
    request: str = ""
    action: str = ""
    guards: bool = False
    shell: str = ""
    typed: Sequence[str] = ()
    files: Sequence[str] = ()
    check: bool = False


def parse(arguments: Sequence[str]) -> Options:
    """Parse a command line.

    Args:
        arguments: The words after the program's name.

    Raises:
        UsageError: A word is unknown; the cure names the most similar one. Or an option would do nothing.
    """
    top = parser(_commands_in(arguments))
    try:
        options = top.parse_args(
            _with_command(top, _with_duration(arguments)), namespace=Options(skip=[], typed=tuple(arguments))
        )
    except UsageError as error:
        raise _unknown(parser(), arguments) or _several(error, _with_duration(arguments)) or error from None
    options = _with_version(options)
    if options.version == TOOL:  # which is told, and nothing is done
        return options
    _check_used(top, options)
    if options.resume or options.abandon:
        check_continued(options)
    return options


def check_continued(options: Options) -> None:
    """See that nothing is asked for that finishing, or giving up, an unfinished release would not do.

    Raises:
        UsageError: An option or a version is given that plays no part in that, such as ``--dry-run``.
    """
    mode = "--abandon" if options.abandon else "--resume" if options.resume else "--wait"
    used = _GIVING_UP if options.abandon else _FINISHING
    given = {action.dest: word for word, action in parser(frozenset()).actions()}
    odd = next((name for name in given if name not in used and vars(options).get(name)), None)
    if odd is None:
        return
    what = f"{given[odd]} does not go with {mode}"
    if odd == "version":
        what = f"the version {options.version} does not go with {mode}"
    raise UsageError(f"{what}: {_CONTINUED[mode]}", cure=_instead(odd, mode, options))


def _instead(odd: str, mode: str, options: Options) -> str:
    """What to type where an option, or a version, does not go with one of the modes."""
    import shlex  # noqa: PLC0415 - needed only for errors

    folder = () if options.project == Options.project else ("-C", options.project)
    tool = shlex.join(("release-async", *folder))
    if odd == "dry_run":
        return f"see what is public and what is still to do; it changes nothing: {tool} status"
    return f"leave it out: {tool} {'--resume --wait' if mode == '--wait' else mode}"


_GIVING_UP = frozenset(("abandon", "project", "output", "verbose", "backend", "yes"))
_FINISHING = _GIVING_UP - {"abandon"} | {"resume", "wait"}
_CONTINUED = {
    "--resume": "it finishes the unfinished release as that was begun",
    "--abandon": "it gives up the unfinished release, whatever that was begun with",
    "--wait": "a release waits here, which it would go on with as that was begun",
}


def _check_used(top: "_Parser", options: Options) -> None:
    """See that what stands before a command is an option of that command, which else would do nothing.

    Raises:
        UsageError: It is none, such as in ``release-async --dry-run bump minor``.
    """
    if options.command == "release":  # whose options are all of them
        return
    own = {action.dest for _, action in top.command(options.command).actions()}
    for word, action in top.actions():
        if action.dest not in own and vars(options).get(action.dest):
            raise UsageError(
                f"{word} does not go with {options.command}", cure=f"see: {top.prog} {options.command} --help"
            )


def _commands_in(words: Sequence[str]) -> frozenset[str]:
    """Every word that may be the command; a version alone is to be released."""
    return frozenset((*words, "release") if any(map(_is_request, words)) else words)


def _with_duration(words: Sequence[str]) -> Sequence[str]:
    """The words with a value of ``--wait`` joined to it, so that no version is taken for one."""
    joined, rest = [], iter(words)
    for word in rest:
        joined.append(word)
        if word == "--wait":
            following = next(rest, None)
            is_value = following is not None and _DURATION.fullmatch(following)
            joined[-1] = f"--wait={following if is_value else _ALWAYS}"
            joined += [following] if following is not None and not is_value else []
    return joined


def _with_command(top: "_Parser", words: Sequence[str]) -> Sequence[str]:
    """The words with ``release`` before the first one that is no option, if that is a version."""
    values = {word for word, action in top.actions() if action.nargs is None}
    place = 0
    while place < len(words) and words[place].startswith("-"):
        takes_next = words[place] in values or (
            words[place] == "--version" and place + 1 < len(words) and not words[place + 1].startswith("-")
        )
        place += 1 + takes_next
    if place < len(words) and _is_request(words[place]):
        return (*words[:place], "release", *words[place:])
    return words


def _is_request(word: str) -> bool:
    """Whether a word is a part or looks like a version; whether it is one is decided later."""
    return word in RELEASABLE or word.removeprefix("v")[:1].isdecimal()


def _with_version(options: Options) -> Options:
    """The options of a release, a check or a rehearsal whose version may stand without ``--version``."""
    if options.command in _VERSIONED and options.request:
        if options.version is not None:
            raise UsageError(
                f"there are two versions, {options.request} and --version {options.version}",
                cure="say one of them",
            )
        options.version, options.request = options.request, ""
    return options


def _unknown(top: "_Parser", arguments: Sequence[str]) -> UsageError | None:
    """The first unknown option: argparse would rather take the word after it for a command."""
    known = top.options()
    typed = (word.partition("=")[0] for word in arguments if word.startswith("--") and word != "--")
    wrong = next((word for word in typed if word not in known), None)
    if wrong is None:
        return None
    return UsageError(
        f"there is no option {wrong}", cure=_nearest([wrong], known) or f"see: {top.prog} --help"
    )


def _several(error: UsageError, words: Sequence[str]) -> UsageError | None:
    """What is said of more versions than one, of which argparse only says that it does not know the rest."""
    rest = error.what.partition("unrecognized arguments: ")[2].split()
    versions = [word for word in words if _is_request(word)]
    if not rest or not all(map(_is_request, rest)) or len(versions) == len(rest):
        return None
    return UsageError(
        f"one version is taken, and here are several: {', '.join(versions)}", cure="say one of them"
    )


def parser(wanted: Container[str] | None = None) -> "_Parser":
    """The parser; the reference documentation is generated from it.

    Args:
        wanted: The commands whose arguments are needed; of the others only the names are known, which takes
            half the time. By default all.
    """
    common, releasing = _common(), _releasing()
    top = _Parser(
        prog="release-async",
        description="The release that cannot be half-done: checks, build, upload, tag, push.",
        epilog="release-async minor is release-async --version minor; without a version it asks for one.",
        parents=[releasing, common],
    )
    _add_commands(top, _CommandParsers(wanted), {"common": [common], "releasing": [releasing, common]})
    _add_unfinished(top)
    _add_wait(top)
    return top


def _add_commands(
    top: "_Parser", parsers: "_CommandParsers", parents: Mapping[str, Sequence["_Parser"]]
) -> None:
    commands = top.add_subparsers(  # type: ignore[call-overload]  # argparse calls the class, and no more
        title="commands", metavar="COMMAND", dest="command", parser_class=parsers.new
    )
    for name, (text, inherits, add) in _commands().items():
        command = commands.add_parser(name, help=text, description=text, parents=parents.get(inherits, ()))
        if command is not parsers.unused:
            add(command)


class _CommandParsers:
    """Makes the parsers of those commands that are wanted; all others have one without any argument."""

    def __init__(self, wanted: Container[str] | None) -> None:
        self._wanted = wanted
        self.unused = _Parser(add_help=False)

    def new(self, **settings: object) -> "_Parser":
        """The parser of the command whose name ends what it is called by."""
        name = str(settings["prog"]).rpartition(" ")[2]
        return _Parser(**settings) if self._wanted is None or name in self._wanted else self.unused


def _commands() -> dict[str, "tuple[str, str, Callable[[_Parser], object]]"]:
    """What each command does, whose options it has, and what adds its own."""
    return {
        "release": (_RELEASE, "releasing", _add_release),
        "check": (_CHECK, "releasing", _add_version),
        "rehearse": (_REHEARSE, "releasing", _add_version),
        "publish": (_PUBLISH, "common", _add_publish),
        "status": (_STATUS, "common", _add_nothing),
        "versions": (_VERSIONS, "common", _add_versions),
        "next": (_NEXT, "common", _add_next),
        "bump": (_BUMP, "common", _add_bump),
        "init": (_INIT, "common", _add_consent_to_write),
        "workflow": (_WORKFLOW, "common", _add_workflow),
        "hooks": (_HOOKS, "common", _add_hooks),
        "completion": (_COMPLETION, "", _add_completion),
        "man": (_MAN, "", _add_nothing),
    }


_VERSIONED = {"release", "check", "rehearse"}
_RELEASE = "make a release; the word itself can be left out"
_CHECK = "run every safety check, and nothing else"
_REHEARSE = "make the whole release in a sandbox: nothing leaves this machine"
_PUBLISH = "upload what is built: all of it or nothing, inspected first, proven after"
_STATUS = "show what an unfinished release has done, and what is still to do"
_VERSIONS = "show every place that states the version, and whether they agree"
_NEXT = "show the version that follows from what has changed since the last release"
_BUMP = "write a new version to every place in the working tree, and stop"
_INIT = "adopt the tool in this project: show what would be written, and ask"
_WORKFLOW = "write the workflows of GitHub Actions that publish the project, or check those there are"
_COMPLETION = "print a script that completes this command line in a shell"
_MAN = "print the manual page: release-async man | man -l -"
_HOOKS = "install or remove the git hooks, or show their state"
PARTS = ("patch", "minor", "major", "alpha", "beta", "rc", "stable", "post", "dev")
"""What may be typed instead of a whole version."""
_REQUEST = f"{', '.join(PARTS)}, or a whole version such as 1.6.2"
RELEASABLE = (*PARTS, "current", "auto")
"""The same where a release is meant: also the version that is there, and the proposed one."""
_TO_RELEASE = f"{_REQUEST}; current: the version that is there, as it is; auto: what release-async next says"


class _Help(argparse.HelpFormatter):
    """Help as wide as the terminal.

    The width is found without shutil, which argparse would import only for that, even when no help is shown.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


def _columns() -> int:
    """The width of the terminal, like ``shutil.get_terminal_size``."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or _DEFAULT_COLUMNS  # type: ignore[union-attr]  # as below
    except (AttributeError, ValueError, OSError):  # there is no standard output, or it is no terminal
        return _DEFAULT_COLUMNS


_DEFAULT_COLUMNS = 80


class _Parser(argparse.ArgumentParser):
    """A parser that raises instead of printing, and suggests the most similar word."""

    def __init__(self, **settings: object) -> None:
        super().__init__(
            allow_abbrev=False,
            argument_default=argparse.SUPPRESS,
            formatter_class=_Help,
            **settings,  # type: ignore[arg-type]  # handed through
        )

    def options(self) -> frozenset[str]:
        """Every option of this command and its subcommands."""
        words = {word for word, _ in self.actions()}
        below = [each for action in self._actions for each in _parsers(action)]
        return frozenset(words.union(*(each.options() for each in below)))

    def command(self, name: str) -> "_Parser":
        """The parser of a command."""
        below = (each for action in self._actions for each in _parsers(action))
        return next(each for each in below if each.prog.rpartition(" ")[2] == name)

    def _missing_choice(self, message: str) -> "Iterable[str]":
        """The words of which one is missing, where argparse complains of that by the name of the place."""
        missing = message.partition("arguments are required: ")[2].split(", ")
        places = (each for each in self._actions if not each.option_strings and each.dest in missing)
        return next((each.choices for each in places if each.choices), ())

    def _odd_choice(self, message: str) -> UsageError | None:
        """What is said of a word that is none of those to choose from; commands are told by the caller."""
        place, _, rest = message.removeprefix("argument ").partition(": invalid choice: ")
        names = ("/".join(each.option_strings) or each.dest for each in self._actions)
        choices = dict(zip(names, (each.choices for each in self._actions), strict=True)).get(place)
        if not rest or not choices:
            return None
        word = rest.partition(" (choose")[0].strip("'\"")
        who = place if place.startswith("-") else self.prog
        cure = _nearest([word], choices) or f"one of: {', '.join(choices)}"
        return UsageError(f"{who} does not know {word}", cure=cure)

    def actions(self) -> Iterator[tuple[str, argparse.Action]]:
        """Every option of this command, and what it does."""
        for action in self._actions:
            for word in action.option_strings:
                yield word, action

    def error(self, message: str) -> Never:
        known = [word for action in self._actions for word in action.option_strings or action.choices or ()]
        if "release" in known:
            known += RELEASABLE
        message = message.replace(f"--wait={_ALWAYS}", "--wait")  # which nobody has typed
        if choices := self._missing_choice(message):
            ways = ", ".join(f"{self.prog} {word}" for word in choices)
            raise UsageError(f"{self.prog} needs a word that says what to do", cure=f"one of: {ways}")
        if odd := self._odd_choice(message):
            raise odd
        said = [word.strip("'\",:()") for word in message.partition(" (choose")[0].split()]
        unknown = [word for word in said if word.partition("=")[0] not in known]
        cure = _nearest(unknown, known) or f"see: {self.prog} --help"
        if not message.startswith("argument COMMAND: invalid choice"):
            raise UsageError(message, cure=cure)
        raise UsageError(f"there is no command {said[-1]}", cure=cure)


def _parsers(action: argparse.Action) -> "list[_Parser]":
    choices = action.choices.values() if isinstance(action.choices, dict) else ()
    return [each for each in choices if isinstance(each, _Parser)]


def _nearest(wrong: Sequence[str], known: Iterable[str]) -> str:
    """The suggestion for one of these words; empty where no known word is similar."""
    import difflib  # noqa: PLC0415 - needed only for errors

    every = sorted(known)
    near = [match for word in wrong for match in difflib.get_close_matches(word, every, n=1, cutoff=0.7)]
    return f"did you mean {near[-1]}?" if near else ""


def _common() -> "_Parser":
    common = _Parser(add_help=False)
    common.add_argument("-C", "--project", metavar="DIR", help="the project's directory (default: here)")
    common.add_argument(
        "--output", choices=("auto", "rich", "plain", "json"), help="how to show it (default: auto)"
    )
    common.add_argument("-v", "--verbose", action="store_true", help="show commands and their output, live")
    common.add_argument("--backend", choices=("asyncio", "trio"), help="the event loop (default: asyncio)")
    return common


def _releasing() -> "_Parser":
    releasing = _Parser(add_help=False)
    add = releasing.add_argument
    add(
        "--version",
        nargs="?",
        const=TOOL,
        metavar="PART|VERSION",
        help=f"{_TO_RELEASE}; alone: the tool's own version",
    )
    add("--test", action="store_true", help="only upload, to TestPyPI; no branch, tag or push changes")
    add("--skip-tests", action="store_true", help="do not run the test suite")
    add("--keep-going", action="store_true", help="let long checks finish even if another one has refused")
    _add_consent(releasing, "release")
    return releasing


def _add_consent(parser: argparse.ArgumentParser, verb: str) -> None:
    """What is left out, and on whose word it is done."""
    add = parser.add_argument
    add("--skip", action="append", metavar="CHECK", help="do not run this check; may be given several times")
    add("--dry-run", action="store_true", help="show the plan and the checks, and stop")
    add(
        "--yes",
        action="store_true",
        help=f"{verb} without asking; needed where nobody can be asked; other questions are answered No",
    )


def _add_publish(publish: argparse.ArgumentParser) -> None:
    publish.add_argument(
        "files", nargs="+", metavar="FILE", help="every sdist and wheel of the version, already built"
    )
    publish.add_argument("--test", action="store_true", help="upload to TestPyPI")
    _add_consent(publish, "publish")


def _add_nothing(_: argparse.ArgumentParser) -> None:
    """A command that has only the options that all have."""


def _add_release(release: argparse.ArgumentParser) -> None:
    _add_version(release)
    _add_wait(release)


def _add_version(command: argparse.ArgumentParser) -> None:
    command.add_argument("request", nargs="?", metavar="PART|VERSION", help=_TO_RELEASE)


def _add_next(following: argparse.ArgumentParser) -> None:
    following.add_argument("--explain", action="store_true", help="also show the lines that decided")


def _add_bump(bump: argparse.ArgumentParser) -> None:
    bump.add_argument("request", metavar="PART|VERSION", help=_REQUEST)


def _add_workflow(workflow: argparse.ArgumentParser) -> None:
    workflow.add_argument("--check", action="store_true", help="say what in those that are there is wrong")
    _add_consent_to_write(workflow)


def _add_consent_to_write(command: argparse.ArgumentParser) -> None:
    command.add_argument("--yes", action="store_true", help="write what is shown without asking")


def _add_hooks(hooks: argparse.ArgumentParser) -> None:
    hooks.add_argument("action", choices=("install", "uninstall", "status"))
    hooks.add_argument("--guards", action="store_true", help="also refuse tokens and files for secrets")


def _add_completion(completion: argparse.ArgumentParser) -> None:
    completion.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell")


def _add_wait(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--wait",
        nargs="?",
        type=_duration,
        const=_ENDLESS,
        metavar="DURATION",
        help="stay while somebody else has to do something, such as a merge: for 90 (seconds), 30m or 2h; "
        "alone: until it is done",
    )


def _duration(text: str) -> float:
    """Seconds, of a number with or without a unit."""
    if text == _ALWAYS:
        return _ENDLESS
    match = _DURATION.fullmatch(text)
    seconds = float(match[1]) * _UNITS[match[2]] if match else 0.0
    if not seconds:
        raise argparse.ArgumentTypeError(f"{text} is no duration such as 90, 30m or 2h")
    return seconds


_ALWAYS = "inf"
_ENDLESS = float(_ALWAYS)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(rf"(\d+(?:\.\d+)?)\s*({'|'.join(_UNITS)})")


def _add_unfinished(top: argparse.ArgumentParser) -> None:
    either = top.add_mutually_exclusive_group()
    either.add_argument("--resume", action="store_true", help="finish an interrupted release")
    either.add_argument("--abandon", action="store_true", help="give up an interrupted release")


def _add_versions(versions: argparse.ArgumentParser) -> None:
    where = versions.add_mutually_exclusive_group()
    where.add_argument(
        "--staged", action="store_true", help="read the index: what the next commit would contain"
    )
    where.add_argument("--rev", help="read a revision")
    versions.add_argument("--explain", action="store_true", help="also explain each place")
