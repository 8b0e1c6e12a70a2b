"""Makes untrusted text safe to show: removes escape sequences, control characters and URL credentials."""

from release_async.base.lazy_typing import pattern

_ESCAPES = pattern(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # operating system commands: titles, links, the clipboard
    r"|\x1b[PX^_].*?(?:\x1b\\|$)"  # device control and other strings up to their terminator
    r"|[\x1b\x9b]\[?[0-?]*[ -/]*[@-~]?",  # control sequences (ECMA-48, 5.4) and two-character escapes
)
_CONTROLS = pattern(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_COMMAND = pattern(r"^([^\w:]*)::")


def printable(line: str) -> str:
    """Return one line without escape sequences, control and direction characters, and URL credentials.

    Args:
        line: Text without its line end; any line end inside it is removed, like other control characters.

    Returns:
        Text that a terminal shows unchanged; tabs become four spaces.
    """
    if line.isascii() and line.isprintable():  # nearly all lines, and ten times faster
        return _without_credentials(line)
    return _without_credentials(_CONTROLS.sub("", _ESCAPES.sub("", line)).replace("\t", "    "))


def _without_credentials(text: str) -> str:
    if "://" not in text:
        return text
    from release_async.base.url_credentials import without_credentials  # noqa: PLC0415 - a commit has no URL

    return without_credentials(text)


def without_workflow_commands(line: str) -> str:
    """Return one line of output in which GitHub Actions finds no workflow command.

    Its runner obeys ``::command::`` at the beginning of a line, even after blanks, and ``##[command]``
    anywhere in it (actions/runner, ActionCommand.cs); a space is inserted into both.

    Args:
        line: The line to be written.
    """
    return _COMMAND.sub(r"\1: :", line).replace("##[", "## [")
