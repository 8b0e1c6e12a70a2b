"""The fragments of towncrier and scriv: which there are, and what each raises. It runs neither."""

import configparser
import posixpath
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from release_async.plan.commit_messages import Level, Reason
from release_async.versions.distribution import Tree

_MAJOR = frozenset(("breaking", "incompatible", "major", "removal", "removals", "removed", "remove"))
_MINOR = frozenset(
    (
        *("add", "added", "addition", "change", "changed", "changes", "deprecated", "deprecation"),
        *("deprecations", "enhancement", "feat", "feature", "features", "minor", "new"),
    )
)
_TOWNCRIER_TYPES = ("feature", "bugfix", "doc", "removal", "misc")
_SCRIV_CATEGORIES = ("Removed", "Added", "Changed", "Deprecated", "Fixed", "Security")
_WORD = re.compile(r"[a-z]+")
_NOT_FRAGMENTS = ("readme", "template", "scriv", ".", "_")


class FragmentTool(NamedTuple):
    """A tool that collects fragments.

    Attributes:
        name: ``towncrier`` or ``scriv``.
        folder: Where its fragments lie, relative to the top of the repository.
        kinds: The kinds of a fragment, as its name or its headings give them.
        changelog: The changelog that it writes, relative to the top; the name may hold ``{version}``.
    """

    name: str
    folder: str
    kinds: tuple[str, ...]
    changelog: str


def level_of(kind: str) -> Level:
    """How much a kind of change raises the version: by its name, a patch where that says nothing."""
    words = set(_WORD.findall(kind.lower()))
    if words & _MAJOR:
        return Level.MAJOR
    return Level.MINOR if words & _MINOR else Level.PATCH


def configuration(root: str) -> tuple[str, ...]:
    """The files that the tools are configured in, relative to the top of the repository.

    Args:
        root: The project's folder, relative to the top.
    """
    return tuple(_under(root, name) for name in (*_TOML, *_INI))


_TOML = ("pyproject.toml", "towncrier.toml")
_INI = ("setup.cfg", "tox.ini", "changelog.d/scriv.ini")


def tool(tree: Tree, root: str) -> FragmentTool | None:
    """The tool that a project's configuration names; None where it has none.

    Args:
        tree: The files of a commit.
        root: The project's folder, relative to the top of the repository.
    """
    tree.prefetch(configuration(root))
    pyproject, towncrier = (_tables(_text(tree, _under(root, name))) for name in _TOML)
    own = {**pyproject, **towncrier}.get("towncrier")
    if isinstance(own, dict):
        name = str(own.get("filename", "NEWS.rst"))
        return FragmentTool(
            "towncrier", _under(root, _towncrier_folder(own)), _towncrier_kinds(own), _under(root, name)
        )
    scriv = _scriv(tree, root, pyproject.get("scriv"))
    if scriv is None:
        return None
    folder, form = str(scriv.get("fragment_directory", "changelog.d")), str(scriv.get("format", "rst"))
    name = str(scriv.get("changelog", "CHANGELOG.${config:format}")).replace("${config:format}", form)
    return FragmentTool("scriv", _under(root, folder), _scriv_kinds(scriv), _under(root, name))


def _text(tree: Tree, path: str) -> str:
    return (tree.read(path) or b"").decode("utf-8", "replace")


def _tables(text: str) -> Mapping[str, Any]:
    try:
        found = tomllib.loads(text).get("tool", {})
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _scriv(tree: Tree, root: str, table: object) -> Mapping[str, Any] | None:
    """The settings of scriv, the strongest last (scriv, Configuration); None where no file has any."""
    found: dict[str, Any] = {}
    is_configured = isinstance(table, dict)
    for name in _INI:
        text = _text(tree, _under(root, name))
        section = _section(text)
        found |= section or {}
        is_configured = is_configured or section is not None
    return {**found, **(table if isinstance(table, dict) else {})} if is_configured else None


def _section(text: str) -> Mapping[str, str] | None:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    name = next((each for each in ("scriv", "tool.scriv") if parser.has_section(each)), "")
    return {key: value or "" for key, value in parser[name].items()} if name else None


def _under(root: str, folder: str) -> str:
    return posixpath.normpath(posixpath.join(root, folder))


def _towncrier_folder(table: Mapping[str, Any]) -> str:
    package = str(table.get("package", "")).replace(".", "/")
    default = posixpath.join(str(table.get("package_dir", ".")), package, "newsfragments")
    return str(table.get("directory", default if package else "newsfragments"))


def _towncrier_kinds(table: Mapping[str, Any]) -> tuple[str, ...]:
    listed, named = table.get("type"), table.get("fragment")
    if isinstance(listed, list):
        each = (
            one.get("directory") or str(one.get("name", "")).lower()
            for one in listed
            if isinstance(one, dict)
        )
        return tuple(map(str, each))
    return tuple(map(str, named)) if isinstance(named, dict) else _TOWNCRIER_TYPES


def _scriv_kinds(table: Mapping[str, Any]) -> tuple[str, ...]:
    given = table.get("categories", _SCRIV_CATEGORIES)
    words = given.split(",") if isinstance(given, str) else given
    return (
        tuple(str(word).strip() for word in words) if isinstance(words, list | tuple) else _SCRIV_CATEGORIES
    )


def waiting(found: FragmentTool, paths: Sequence[str]) -> tuple[str, ...]:
    """The files that the tool would collect.

    Args:
        found: The tool.
        paths: Every file of a commit.
    """
    inside = [path for path in paths if path.startswith(f"{found.folder}/") and _may_be(path)]
    return tuple(path for path in inside if found.name == "scriv" or _kind(found, path))


def left(paths: Sequence[str], taken: Collection[str]) -> tuple[str, ...]:
    """The files among the fragments that a tool has not taken, without a word: of an unknown kind.

    Args:
        paths: Every file of a commit.
        taken: Those that it has collected.
    """
    folders = {posixpath.dirname(path) for path in taken}
    return tuple(
        path
        for path in paths
        if posixpath.dirname(path) in folders
        and path not in taken
        and _may_be(path)
        and posixpath.splitext(path)[1].lower() in _FORMS
    )


_FORMS = (".md", ".rst", ".txt")


def reasons(found: FragmentTool, tree: Tree) -> tuple[Reason, ...]:
    """What each fragment says.

    Args:
        found: The tool.
        tree: The files of a commit.
    """
    paths = waiting(found, tree.paths())
    if found.name == "towncrier":
        return tuple(_named(found, paths))
    tree.prefetch(paths)
    return tuple(_headed(found, tree, paths))


def _may_be(path: str) -> bool:
    return not posixpath.basename(path).lower().startswith(_NOT_FRAGMENTS)


def _named(found: FragmentTool, paths: Sequence[str]) -> Iterator[Reason]:
    """Towncrier's: ``123.feature.md``, ``+words.bugfix.1.rst``."""
    for path in paths:
        kind = _kind(found, path)
        yield Reason(path, kind, level_of(kind))


def _kind(found: FragmentTool, path: str) -> str:
    """The kind in the name of a fragment; empty where it has none that is known."""
    _, *parts = posixpath.basename(path).split(".")
    return next((part for part in parts if part in found.kinds), "")


def _headed(found: FragmentTool, tree: Tree, paths: Sequence[str]) -> Iterator[Reason]:
    """Scriv's: the headings of a fragment that stand outside its comments."""
    for path in paths:
        text = (tree.read(path) or b"").decode("utf-8", "replace")
        text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
        lines = [line.strip().lstrip("#").strip() for line in text.splitlines() if not line.startswith("..")]
        kinds = [line for line in lines if line in found.kinds]
        if kinds:
            kind = max(kinds, key=level_of)
            yield Reason(path, kind, level_of(kind))
