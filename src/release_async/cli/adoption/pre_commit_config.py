"""``.pre-commit-config.yaml``: our hook put into it as text, in the style of those beside it.

YAML is not written anew, since comments, anchors and quotes are the person's. Where PyYAML is at hand, as it
is beside pre-commit, it proves that the file says what it said, and our hook.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from release_async.plan import line_edits
from release_async.plan.line_edits import UnplacedError

HOOK = "version-consistency"

_HOOKS = re.compile(
    rf"(?m)^[^#\r\n]*\bid[ \t]*:[ \t]*[\"']?(?:{HOOK}|release-guard)(?:-fast)?[\"']?\s*(?:[,}}#]|$)"
)
_REPOS = re.compile(r"""([\"']?)repos\1[ \t]*:(?P<rest>[ \t]*(?P<value>[^#\s][^#]*?)?[ \t]*(?:\#.*)?)""")
_ITEM = re.compile(r"(?P<indent> *)-(?P<gap> +)\S")
_LIST_OF_HOOKS = re.compile(r"(?P<before> *(?:- +)?)[\"']?hooks[\"']?[ \t]*:")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where pre-commit finds this tool: a repository and a revision of it."""

    repo: str
    rev: str


def origin(version: str, urls: Mapping[str, str], installed_from: Mapping[str, Any]) -> Origin | None:
    """Where an installation of this tool came from, as far as it can be said to others.

    Args:
        version: The version of the tool.
        urls: The addresses in its metadata by their labels, normalised (PEP 753).
        installed_from: What the installer noted, such as a repository and a commit (PEP 610).

    Returns:
        None where it was installed from an index or a folder, and its metadata name no repository.
    """
    commit = installed_from.get("vcs_info", {}).get("commit_id", "")
    noted, named = str(installed_from.get("url", "")), urls.get("source", "") or urls.get("repository", "")
    found = Origin(noted, commit) if commit else Origin(named, f"v{version}")
    return found if re.fullmatch(r"https?://[^\s@]+|ssh://\S+", found.repo) else None


def with_hook(text: str, where: Origin | None) -> str:
    """Add our hook.

    Args:
        text: The file.
        where: Where the hook comes from; None for the one that the ``PATH`` leads to.

    Returns:
        The file with it; as it was where it has our hook already.

    Raises:
        UnplacedError: The list of repositories is written in another way than a line for each entry.
    """
    if _HOOKS.search(text):
        return text
    progress = [line.rstrip("\r\n") for line in line_edits.split(text)]
    style = _style(progress)
    entry = [*style.rendered(where)]
    found = [(at, match) for at, line in enumerate(progress) if (match := _REPOS.fullmatch(line))]
    if not found and not any(re.match(r"[-\[{]", line) and line != "---" for line in progress):
        made = line_edits.add(text, ["repos:", *entry])
    elif len(found) == 1 and found[0][1]["value"] in {None, "[]"}:
        made = _after(text, progress, found[0][0], entry)
    else:
        raise UnplacedError("lists its repositories in a form that is not edited", entry)
    if not _says(made, text):
        raise UnplacedError("would not say the same with our hook in it", entry)
    return made


def _after(text: str, progress: Sequence[str], at: int, entry: Sequence[str]) -> str:
    """Our entry behind the last one of the list that begins at a line."""
    raw = line_edits.split(text)
    raw[at] = re.sub(r":[ \t]*\[\]", ":", raw[at], count=1)
    end = _end(progress, at)
    apart = [""] if _are_apart(progress[at + 1 : end]) else []
    return line_edits.put("".join(raw), end, [*apart, *entry])


def _end(progress: Sequence[str], at: int) -> int:
    """The number of the line behind the list; comments at its foot that are less indented follow it."""
    indent = _indent(progress, at)
    end = at + 1
    for number in range(at + 1, len(progress)):
        line = progress[number]
        width = len(line) - len(line.lstrip())
        if not line.strip() or (line.lstrip().startswith("#") and width <= indent):
            continue
        if width == 0 and not line.startswith("- "):
            break
        end = number + 1
    return end


def _indent(progress: Sequence[str], at: int) -> int:
    item = next((found for line in progress[at + 1 :] if (found := _ITEM.match(line))), None)
    return len(item["indent"]) if item else 0


def _are_apart(entries: Sequence[str]) -> bool:
    """Whether an empty line stands between entries."""
    begun = [number for number, line in enumerate(entries) if re.match(r" *-[ ]+[\"']?repo\b", line)]
    return len(begun) > 1 and not entries[begun[-1] - 1].strip()


@dataclass(frozen=True, slots=True)
class _Style:
    """How far entries are indented, their text from the dash, and hooks from ``hooks:``."""

    indent: int = 2
    gap: int = 1
    hooks: int = 2

    def rendered(self, where: Origin | None) -> Iterator[str]:
        """The lines of our entry."""
        outer, dash = " " * self.indent, f"-{' ' * self.gap}"
        inner = outer + " " * len(dash)
        yield f"{outer}{dash}repo: {where.repo if where else 'local'}"
        if where:
            yield f"{inner}rev: {where.rev}"
        yield f"{inner}hooks:"
        first, *others = _HERE if where else _LOCAL
        deep = inner + " " * self.hooks
        yield f"{deep}{dash}{first}"
        yield from (f"{deep}{' ' * len(dash)}{line}" for line in others)


_HERE = (f"id: {HOOK}",)
FOREIGN = ("  - repo: ADDRESS", "    rev: TAG OR COMMIT", "    hooks:", f"      - id: {HOOK}")
"""What a person writes who knows the address that an installation does not."""
_LOCAL = (
    f"id: {HOOK}",
    "name: every place states the same version",
    "language: system",
    f"entry: release-async hook {HOOK}",
    "always_run: true",
    "pass_filenames: false",
    "stages: [pre-commit, pre-merge-commit, manual]",
)


def _style(progress: Sequence[str]) -> _Style:
    """The style of the first entry; pre-commit's own where there is none."""
    at = next((number for number, line in enumerate(progress) if _REPOS.fullmatch(line)), len(progress))
    item = next((found for line in progress[at + 1 :] if (found := _ITEM.match(line))), None)
    if item is None:
        return _Style()
    named = ((number, _LIST_OF_HOOKS.match(line)) for number, line in enumerate(progress) if number > at)
    number, found = next(((number, found) for number, found in named if found), (at, None))
    below = next((each for line in progress[number + 1 :] if (each := _ITEM.match(line))), None)
    hooks = len(below["indent"]) - len(found["before"]) if found and below else 0
    return _Style(len(item["indent"]), len(item["gap"]), max(hooks, 0))


def _says(made: str, text: str) -> bool:
    """Whether the new file says what the old one did and has our hook, read by PyYAML where it is at hand."""
    if not _HOOKS.search(made):
        return False
    try:
        yaml = import_module("yaml")
    except ImportError:
        return True
    try:
        new, old = yaml.safe_load(made), yaml.safe_load(text) or {}
    except yaml.YAMLError:
        return False
    *repos, ours = new.pop("repos")
    same = repos == (old.pop("repos", None) or []) and new == old
    return same and [hook["id"] for hook in ours["hooks"]] == [HOOK]
