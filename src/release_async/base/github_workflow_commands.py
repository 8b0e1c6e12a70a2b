"""Formats workflow commands for GitHub Actions, with untrusted text escaped. Writes none."""

from release_async.base.lazy_typing import Iterable, Mapping


def command(kind: str, lines: Iterable[str], properties: Mapping[str, str] | None = None) -> str:
    """One workflow command ("Workflow commands for GitHub Actions", escaped as its toolkit does).

    Args:
        kind: Such as ``error``, ``group`` or ``endgroup``.
        lines: The message, each line without escape sequences.
        properties: Such as ``file`` and ``line``; empty ones are left out.

    Returns:
        One line without its end.
    """
    given = ",".join(f"{key}={_property(value)}" for key, value in (properties or {}).items() if value)
    return f"::{kind}{' ' if given else ''}{given}::{'%0A'.join(map(_escaped, lines))}"


def _property(value: str) -> str:
    return _escaped(value).replace(":", "%3A").replace(",", "%2C")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
