"""Completion scripts for bash, zsh and fish, written from the command line as data. It installs none.

Each knows commands, options, and the values of options that have few; directories are left to the shell.
"""

from release_async.base.lazy_typing import Callable, Iterator, Mapping, Sequence
from release_async.cli import command_line, command_tree
from release_async.cli.command_tree import Argument, CommandUsage

Usages = Sequence[CommandUsage]


def script(shell: str) -> str:
    """The script for ``bash``, ``zsh`` or ``fish``, to be evaluated when the shell starts."""
    return SHELLS[shell](command_tree.read())


def _filled(template: str, **parts: str) -> str:
    """A script with its parts in it; they are written ``%NAME%``, since shells use every other sign."""
    for name, text in parts.items():
        template = template.replace(f"%{name}%", text)
    return template.lstrip("\n")


def _valued(usages: Usages) -> list[Argument]:
    """Every option that takes a value, once."""
    found = {option.names: option for usage in usages for option in usage.options if option.metavar}
    return list(found.values())


def _own_words(usage: CommandUsage) -> Iterator[str]:
    """What may be typed after a command, but for the values of its options."""
    for option in usage.options:
        yield from option.names
    for word in usage.words:
        yield from word.values


# bash

_BASH = r"""
# bash completion for release-async, written by: release-async completion bash
_release_async() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command='' words='' i
    if [[ $word == = ]]; then
        word=''
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD-2]}
    fi
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            %TAKING%) ((i++)); if [[ ${COMP_WORDS[i]} == = ]]; then ((i++)); fi ;;
            %COMMANDS%) command=${COMP_WORDS[i]}; break ;;
            %PARTS%|[0-9]*) command=release; break ;;
        esac
    done
    case $before in
%VALUES%
    esac
    case $command in
%WORDS%
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _release_async release-async
"""


def _bash(usages: Usages) -> str:
    top, *commands = usages
    own = [f"        {usage.name}) words='{' '.join(_own_words(usage))}' ;;" for usage in commands]
    first = (*_own_words(top), *(usage.name for usage in commands), *command_line.RELEASABLE)
    return _filled(
        _BASH,
        TAKING="|".join(name for option in _valued(usages) for name in option.names),
        COMMANDS="|".join(usage.name for usage in commands),
        PARTS="|".join(command_line.RELEASABLE),
        VALUES="\n".join(map(_bash_values, _valued(usages))),
        WORDS="\n".join((*own, f"        '') words='{' '.join(first)}' ;;")),
    )


def _bash_values(option: Argument) -> str:
    names = "|".join(option.names)
    if option.is_directory:
        directories = (
            "compopt -o filenames 2>/dev/null; local IFS=$'\\n'; COMPREPLY=($(compgen -d -- \"$word\"))"
        )
        return f"        {names}) {directories}; return ;;"
    offer = f"COMPREPLY=($(compgen -W '{' '.join(option.values)}' -- \"$word\"))"
    return f"        {names}) if [[ $word != -* ]]; then {offer}; return; fi ;;"


# zsh

_ZSH = r"""
#compdef release-async
# zsh completion for release-async, written by: release-async completion zsh
_release_async() {
    local curcontext=$curcontext state line
    local -A opt_args
    local -a commands=(
%COMMANDS%
    )
    local -a versions=(%PARTS%)
    _arguments -C \
%TOP%
        '1: :->command' \
        '*:: :->words'
    case $state in
        command)
            _describe -t commands command commands
            _describe -t versions version versions
            ;;
        words)
            case $words[1] in
%WORDS%
            esac
            ;;
    esac
}
if [[ $funcstack[1] == _release-async ]]; then
    _release_async "$@"
else
    compdef _release_async release-async
fi
"""


def _zsh(usages: Usages) -> str:
    top, *commands = usages
    release = next(usage for usage in commands if usage.name == "release")
    return _filled(
        _ZSH,
        COMMANDS="\n".join(f"        {_quoted(f'{usage.name}:{usage.help}')}" for usage in commands),
        PARTS=" ".join(command_line.RELEASABLE),
        TOP="\n".join(f"        {_zsh_option(option)} \\" for option in top.options),
        WORDS="\n".join(
            (*(_zsh_command(usage.name, usage) for usage in commands), _zsh_command("*", release))
        ),
    )


def _zsh_command(pattern: str, usage: CommandUsage) -> str:
    specs = [_zsh_option(option) for option in usage.options]
    specs += [
        _quoted(f"{place}{':' * word.optional}{_zsh_value(word)}")
        for place, word in enumerate(usage.words, 1)
    ]
    lines = " \\\n".join(f"                        {spec}" for spec in specs)
    return f"                {pattern})\n                    _arguments \\\n{lines}\n                    ;;"


def _zsh_option(option: Argument) -> str:
    names = [name + "=" * bool(option.metavar and name.startswith("--")) for name in option.names]
    which = f"{{{','.join(names)}}}" if len(names) > 1 else names[0]
    exclusive = "" if option.metavar == "CHECK" else f"({' '.join(option.names)})"
    again = "*" if option.metavar == "CHECK" else ""
    help_text = option.help.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    value = ":" * option.optional + _zsh_value(option) if option.metavar else ""
    return (
        _quoted(f"{exclusive}{again}") * bool(exclusive or again) + which + _quoted(f"[{help_text}]{value}")
    )


def _zsh_value(argument: Argument) -> str:
    offered = f"({' '.join(argument.values)})" if argument.values else " "
    return f":{argument.metavar}:{'_files -/' if argument.is_directory else offered}"


def _quoted(text: str) -> str:
    """A word of a shell; ``shlex.quote`` would leave away quotes that a reader misses."""
    return "'" + text.replace("'", "'\\''") + "'"


# fish

_FISH = r"""
# fish completion for release-async, written by: release-async completion fish
function __release_async_command
    set -l words (commandline -opc)
    set -e words[1]
    set -l skip no
    for word in $words
        if test $skip = yes
            set skip no
        else if contains -- $word %TAKING%
            set skip yes
        else if not string match -q -- '-*' $word
            echo $word
            return
        end
    end
    echo none
end
complete -c release-async -f
%COMMANDS%
%OPTIONS%
"""


def _fish(usages: Usages) -> str:
    top, *commands = usages
    none = "test (__release_async_command) = none"
    first = [
        f"complete -c release-async -n '{none}' -a {one.name} -d {_fish_text(one.help)}" for one in commands
    ]
    first.append(
        f"complete -c release-async -n '{none}' -a '{' '.join(command_line.RELEASABLE)}' -d 'release it'"
    )
    options = list(_fish_arguments(f"not contains -- (__release_async_command) {_names(commands)}", top))
    for usage in commands:
        options += _fish_arguments(f"test (__release_async_command) = {usage.name}", usage)
    return _filled(
        _FISH,
        TAKING=" ".join(name for option in _valued(usages) for name in option.names),
        COMMANDS="\n".join(first),
        OPTIONS="\n".join(options),
    )


def _names(commands: Usages) -> str:
    return " ".join(usage.name for usage in commands)


def _fish_arguments(when: str, usage: CommandUsage) -> Iterator[str]:
    for option in usage.options:
        names = " ".join(
            f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names
        )
        values = f" -x -a '{' '.join(option.values)}'" if option.metavar else ""
        if option.is_directory:
            values = " -x -a '(__fish_complete_directories)'"
        yield f"complete -c release-async -n '{when}' {names}{values} -d {_fish_text(option.help)}"
    for word in usage.words:
        yield f"complete -c release-async -n '{when}' -a '{' '.join(word.values)}'"


def _fish_text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


SHELLS: Mapping[str, Callable[[Usages], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
"""Who writes the script of each shell."""
