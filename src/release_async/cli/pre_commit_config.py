"""``.pre-commit-config.yaml``: adds our hook as text, in the style of the other entries.

The YAML is not rewritten, since comments, anchors and quotes are the person's. If PyYAML is installed, as it
is with pre-commit, it verifies that the file says the same as before, plus our hook.
"""

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from release_async.plan import line_insertion
from release_async.plan.line_insertion import UnplacedError

FILE = ".pre-commit-config.yaml"
"""What pre-commit and prek read, at the top of a repository."""
HOOK = "version-consistency"

_HOOKS = re.compile(
    rf"(?m)^[^#\r\n]*\bid[ \t]*:[ \t]*[\"']?(?:{HOOK}|release-guard)(?:-fast)?[\"']?\s*(?:[,}}#]|$)"
)
_REPOS = re.compile(r"""([\"']?)repos\1[ \t]*:(?P<rest>[ \t]*(?P<value>[^#\s][^#]*?)?[ \t]*(?:\#.*)?)""")
_ITEM = re.compile(r"(?P<indent> *)-(?P<gap> +)\S")
_LIST_OF_HOOKS = re.compile(r"(?P<before> *(?:- +)?)[\"']?hooks[\"']?[ \t]*:")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where pre-commit finds this tool: a repository and a revision."""

    repo: str
    rev: str


def origin(version: str, urls: Mapping[str, str], installed_from: Mapping[str, Any]) -> Origin | None:
    """Where an installation of this tool came from, in a form that is usable by others.

    Args:
        version: The version of the tool.
        urls: The URLs in its metadata by their labels, normalised (PEP 753).
        installed_from: What the installer recorded, such as a repository and a commit (PEP 610).

    Returns:
        None where it was installed from an index or a folder, and its metadata name no repository.
    """
    commit = installed_from.get("vcs_info", {}).get("commit_id", "")
    recorded, named = str(installed_from.get("url", "")), urls.get("source", "") or urls.get("repository", "")
    found = Origin(recorded, commit) if commit else Origin(named, f"v{version}")
    return found if re.fullmatch(r"https?://[^\s@]+|ssh://\S+", found.repo) else None


def names_hook(text: str) -> bool:
    """Whether a configuration has a hook of ours that judges versions."""
    return bool(_HOOKS.search(text))


def judged_events(text: str) -> frozenset[str]:
    """Git's names of the hooks for which a configuration has one of ours: what an installed manager runs.

    An entry is believed to have the stages that its lines name, and otherwise those of its hook in
    ``.pre-commit-hooks.yaml``.
    """
    commits = {stage for match in _HOOKS.finditer(text) for stage in _stages(text, match.start())}
    return frozenset(commits & set(_COMMITS)) | (
        frozenset({_PUSH}) if _PUSH_HOOK.search(text) else frozenset()
    )


def install_command(text: str, events: Sequence[str]) -> str:
    """What a person types for the manager to install hooks of git's.

    Args:
        text: The configuration, which may say what is installed by default.
        events: Git's names of the hooks.
    """
    manager = "prek" if shutil.which("prek") and not shutil.which("pre-commit") else "pre-commit"
    default = _DEFAULT_TYPES.search(text)
    named = set(_WORD.findall(default["types"])) if default else {_COMMITS[0]}
    wanted = () if set(events) <= named else tuple(f" --hook-type {event}" for event in events)
    return f"{manager} install{''.join(wanted)}"


def _stages(text: str, start: int) -> set[str]:
    """The stages of the entry that begins in the line at ``start``, by git's names of the hooks."""
    first, *others = text[start:].splitlines()
    ended = next((number for number, line in enumerate(others) if _ENTRY.match(line)), len(others))
    found = _STAGES.search("\n".join((first, *others[:ended])))
    return {_OLD_STAGES.get(word, word) for word in _WORD.findall(found[1])} if found else set(_COMMITS)


_COMMITS = ("pre-commit", "pre-merge-commit")
_PUSH = "pre-push"
_PUSH_HOOK = re.compile(rf"(?m)^[^#\r\n]*\bid[ \t]*:[ \t]*[\"']?{HOOK}-push[\"']?\s*(?:[,}}#]|$)")
_ENTRY = re.compile(r"\s*- *(?:[{\"']?(?:id|repo)\b|\{)")
_STAGES = re.compile(r"\bstages[ \t]*:\s*((?:\[[^\]]*\])|(?:\s*- *[a-z-]+)+)")
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_OLD_STAGES = {"commit": "pre-commit", "merge-commit": "pre-merge-commit"}
"""The names that pre-commit had for them before 3.2.0."""
_DEFAULT_TYPES = re.compile(
    r"(?m)^default_install_hook_types[ \t]*:\s*(?P<types>(?:\[[^\]]*\])|(?:\s*- *[a-z-]+)+)"
)


def with_hook(text: str, where: Origin | None) -> str:
    """Add our hook.

    Args:
        text: The file.
        where: Where the hook comes from; None for the one on the ``PATH``.

    Returns:
        The new text; unchanged where it has our hook already.

    Raises:
        UnplacedError: The list of repositories has a form other than a line for each entry.
    """
    if names_hook(text):
        return text
    lines = [line.rstrip("\r\n") for line in line_insertion.split(text)]
    style = _style(lines)
    entry = [*style.rendered(where)]
    found = [(at, match) for at, line in enumerate(lines) if (match := _REPOS.fullmatch(line))]
    if not found and not any(re.match(r"[-\[{]", line) and line != "---" for line in lines):
        new_text = line_insertion.add(text, ["repos:", *entry])
    elif len(found) == 1 and found[0][1]["value"] in {None, "[]"}:
        new_text = _with_entry(text, lines, found[0][0], entry)
    else:
        raise UnplacedError("lists its repositories in a form that is not edited", entry)
    if not _is_equivalent(new_text, text):
        raise UnplacedError("would not say the same with our hook in it", entry)
    return new_text


def _with_entry(text: str, lines: Sequence[str], at: int, entry: Sequence[str]) -> str:
    """Our entry after the last one of the list that begins at a line."""
    raw = line_insertion.split(text)
    raw[at] = re.sub(r":[ \t]*\[\]", ":", raw[at], count=1)
    end = _end(lines, at)
    apart = [""] if _are_apart(lines[at + 1 : end]) else []
    return line_insertion.put("".join(raw), end, [*apart, *entry])


def _end(lines: Sequence[str], at: int) -> int:
    """The number of the line after the list; less indented comments at its end are not part of it."""
    indent = _indent(lines, at)
    end = at + 1
    for number in range(at + 1, len(lines)):
        line = lines[number]
        width = len(line) - len(line.lstrip())
        if not line.strip() or (line.lstrip().startswith("#") and width <= indent):
            continue
        if width == 0 and not line.startswith("- "):
            break
        end = number + 1
    return end


def _indent(lines: Sequence[str], at: int) -> int:
    item = next((found for line in lines[at + 1 :] if (found := _ITEM.match(line))), None)
    return len(item["indent"]) if item else 0


def _are_apart(entries: Sequence[str]) -> bool:
    """Whether entries are separated by empty lines."""
    begun = [number for number, line in enumerate(entries) if re.match(r" *-[ ]+[\"']?repo\b", line)]
    return len(begun) > 1 and not entries[begun[-1] - 1].strip()


@dataclass(frozen=True, slots=True)
class _Style:
    """The indentation: of entries, of their text after the dash, and of hooks below ``hooks:``."""

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
        first, *others = _FROM_REPOSITORY if where else _LOCAL
        deep = inner + " " * self.hooks
        yield f"{deep}{dash}{first}"
        yield from (f"{deep}{' ' * len(dash)}{line}" for line in others)


_FROM_REPOSITORY = (f"id: {HOOK}",)
FOREIGN = ("  - repo: ADDRESS", "    rev: TAG OR COMMIT", "    hooks:", f"      - id: {HOOK}")
"""The entry for a person to write who knows the address when the installation does not."""
PREK_TOML = (
    "  [[repos]]",
    '  repo = "local"',
    "  [[repos.hooks]]",
    f'  id = "{HOOK}"',
    '  name = "every place states the same version"',
    '  language = "system"',
    f'  entry = "release-async hook {HOOK}"',
    "  always_run = true",
    "  pass_filenames = false",
)
"""The entry for a person to write into ``prek.toml`` (the manual of prek, "Configuration")."""
_LOCAL = (
    f"id: {HOOK}",
    "name: every place states the same version",
    "language: system",
    f"entry: release-async hook {HOOK}",
    "always_run: true",
    "pass_filenames: false",
    "stages: [pre-commit, pre-merge-commit, manual]",
)


def _style(lines: Sequence[str]) -> _Style:
    """The style of the first entry; pre-commit's own where there is none."""
    at = next((number for number, line in enumerate(lines) if _REPOS.fullmatch(line)), len(lines))
    item = next((found for line in lines[at + 1 :] if (found := _ITEM.match(line))), None)
    if item is None:
        return _Style()
    named = ((number, _LIST_OF_HOOKS.match(line)) for number, line in enumerate(lines) if number > at)
    number, found = next(((number, found) for number, found in named if found), (at, None))
    below = next((each for line in lines[number + 1 :] if (each := _ITEM.match(line))), None)
    hooks = len(below["indent"]) - len(found["before"]) if found and below else 0
    return _Style(len(item["indent"]), len(item["gap"]), max(hooks, 0))


def _is_equivalent(new_text: str, text: str) -> bool:
    """Whether the new file says the same as the old one plus our hook; read by PyYAML if installed."""
    if not _HOOKS.search(new_text):
        return False
    try:
        yaml = import_module("yaml")
    except ImportError:
        return True
    try:
        new, old = yaml.safe_load(new_text), yaml.safe_load(text) or {}
    except yaml.YAMLError:
        return False
    *repos, ours = new.pop("repos")
    same = repos == (old.pop("repos", None) or []) and new == old
    return same and [hook["id"] for hook in ours["hooks"]] == [HOOK]
