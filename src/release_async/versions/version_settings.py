"""The version settings in ``[tool.release-async]``, used by hooks and commands. Reads no file."""

from release_async.base.lazy_typing import TYPE_CHECKING, Final, Mapping, NamedTuple, pattern
from release_async.versions.text_encoding import quoted

if TYPE_CHECKING:
    from release_async.base.errors import ConfigurationError

KEYS: Final = frozenset(("tag-format", "version-files", "ignore", "exact", "group"))
"""The keys of the table that are read here."""

DEFAULT_TAG_FORMAT: Final = "v{version}"

_PLACE: Final = "{version}"
_UNDERSCORES: Final = "{version:_}"
_TWO_DIGITS: Final = "{version:02}"
TAG_PLACES: Final = (_PLACE, _UNDERSCORES, _TWO_DIGITS)
"""What stands for the version in a tag format: ``1.2.3``, ``1_2_3``, or a date such as ``2026.01.05``."""
_TAG: Final = pattern(r"[A-Za-z0-9][A-Za-z0-9._+=/!-]{0,99}")
_REFUSED_BY_GIT: Final = pattern(r"\.\.|//|/\.|[./]$|\.lock(?:/|$)")


class VersionFile(NamedTuple):
    """One further place that states the version.

    Attributes:
        path: The file, relative to the project's folder.
        key: The dotted key in a TOML, JSON or INI file.
        names: The variable in a Python module, or the variables whose numbers make up the version.
        pattern: Literal text with ``{version}`` in place of the version.
    """

    path: str
    key: str = ""
    names: tuple[str, ...] = ()
    pattern: str = ""

    @property
    def description(self) -> str:
        """A description of what is looked for in the file."""
        return self.key or ", ".join(self.names) or self.pattern or "a version"


class Config(NamedTuple):
    """The version settings of one project.

    Attributes:
        tag_format: The name of a release's tag, with ``{version}`` in place of the version.
        version_files: Further places that state the version.
        ignore: ``fnmatch`` patterns of paths that state no version of the project.
        exact: Whether equal versions must be spelled alike.
        group: Patterns of project folders that share one version.
    """

    tag_format: str = DEFAULT_TAG_FORMAT
    version_files: tuple[VersionFile, ...] = ()
    ignore: tuple[str, ...] = ()
    exact: bool = False
    group: tuple[str, ...] = ()

    def tag(self, version: str) -> str:
        """The tag of a version; see ``tag``."""
        return tag(self.tag_format, version)


def read(table: Mapping[str, object]) -> Config:
    """Read the settings.

    Args:
        table: The table ``[tool.release-async]``; keys that are not in ``KEYS`` are ignored here.

    Returns:
        The settings, with defaults for missing keys.

    Raises:
        ConfigurationError: A value cannot be used.
    """
    if not KEYS.intersection(table):
        return _DEFAULTS
    return Config(
        tag_format(table.get("tag-format", DEFAULT_TAG_FORMAT)),
        version_files(table.get("version-files", [])),
        string_list("ignore", table.get("ignore", [])),
        boolean("exact", table.get("exact", False)),
        string_list("group", table.get("group", [])),
    )


_DEFAULTS: Final = Config()


def version_files(value: object) -> tuple[VersionFile, ...]:
    """Read the list of further version files: paths, or tables of a path and a key, name or pattern.

    Raises:
        ConfigurationError: An entry is neither, or its path leads out of the project.
    """
    if not isinstance(value, list):
        raise _wrong("version-files", value, "a list of paths and tables")
    return tuple(_version_file(entry) for entry in value)


def _version_file(entry: object) -> VersionFile:
    given = {"path": entry} if isinstance(entry, str) else entry
    if not isinstance(given, dict) or not given.keys() <= _ENTRY or len(given) > 2:  # noqa: PLR2004 - the path and one other key
        raise _wrong("version-files", entry, "a path, or a table of path and one of key, name, pattern")
    names = given.get("name", [])
    names = [names] if isinstance(names, str) else names
    others = [value for key, value in given.items() if key != "name"]
    if not all(isinstance(value, str) and value for value in (given.get("path"), *others, *names)):
        raise _wrong("version-files", entry, "a table of texts: path and one of key, name, pattern")
    path = str(given["path"])
    if path.startswith("/") or "\\" in path or {".git", ""} & {part.lower() for part in path.split("/")}:
        raise _wrong("version-files", entry, "a relative path in this repository, with slashes")
    pattern = str(given.get("pattern", ""))
    if pattern and pattern.count(_PLACE) != 1:
        raise _wrong("version-files", entry, f"a pattern that holds {_PLACE} exactly once")
    return VersionFile(path, str(given.get("key", "")), tuple(names), pattern)


_ENTRY: Final = frozenset(("path", "key", "name", "pattern"))


def string_list(name: str, value: object) -> tuple[str, ...]:
    """Read a list of strings.

    Raises:
        ConfigurationError: It is not a list, or an item is not a string.
    """
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise _wrong(name, value, "a list of texts")
    return tuple(value)


def boolean(name: str, value: object) -> bool:
    """Read a boolean setting.

    Raises:
        ConfigurationError: It is not a boolean.
    """
    if not isinstance(value, bool):
        raise _wrong(name, value, "true or false")
    return value


def _wrong(name: str, value: object, wanted: str) -> "ConfigurationError":
    return _error(
        f"[tool.release-async] {name} = {quoted(str(value))} is not {wanted}",
        f"Correct {name} in pyproject.toml.",
    )


def _error(what: str, cure: str) -> "ConfigurationError":
    from release_async.base.errors import ConfigurationError  # noqa: PLC0415 - the hook reads valid settings

    return ConfigurationError(what, cure=cure)


def tag_format(value: object) -> str:
    """Read a tag format.

    Raises:
        ConfigurationError: It does not contain ``{version}``, or another of ``TAG_PLACES``, exactly once, or
            makes tags that git refuses.
    """
    if not isinstance(value, str) or sum(map(value.count, TAG_PLACES)) != 1:
        raise _error(
            f"tag-format is {quoted(str(value))}: it must contain {_PLACE} exactly once.",
            f'Set it in [tool.release-async], for example: tag-format = "{DEFAULT_TAG_FORMAT}"',
        )
    tag(value, "1.2.3")
    return value


def tag(form: str, version: str) -> str:
    """The tag of a version.

    Args:
        form: A tag format.
        version: A version in its normal form.

    Returns:
        The name of the tag, without ``refs/tags/``.

    Raises:
        ConfigurationError: The name is not valid in git (``git check-ref-format``) or in URLs.
    """
    before, place, behind = divided(form)
    name = f"{before}{_spelled(version, place)}{behind}"
    if not _TAG.fullmatch(name) or _REFUSED_BY_GIT.search(name):
        raise _error(
            f"tag-format {quoted(form)} makes the tag {quoted(name)}, which is no safe name for a tag.",
            "Use letters, digits and . _ + = / ! - only, a letter or digit first, at most 100 characters.",
        )
    return name


def divided(form: str) -> tuple[str, str, str]:
    """A tag format as what stands before the version, the place of the version, and what stands behind."""
    place = next((each for each in TAG_PLACES if each in form), _PLACE)
    return form.partition(place)


def version_in(form: str, tag: str) -> str:
    """The version in the name of a tag, with dots; empty where the tag has another form.

    What stands there is not parsed: it may be no version.
    """
    before, place, behind = divided(form)
    if len(tag) <= len(before) + len(behind) or not (tag.startswith(before) and tag.endswith(behind)):
        return ""
    found = tag[len(before) : len(tag) - len(behind)]
    return found.replace("_", ".") if place == _UNDERSCORES else found


def tag_glob(form: str) -> str:
    """What ``git describe --match`` finds the tags of a form by."""
    before, _, behind = divided(form)
    return f"{before}*{behind}"


def _spelled(version: str, place: str) -> str:
    """A version in its normal form, as a place of a tag format has it."""
    if place == _UNDERSCORES:
        return version.replace(".", "_")
    if place != _TWO_DIGITS:
        return version
    first, *others = version.split(".")
    return ".".join((first, *(each.zfill(2) for each in others[:2]), *others[2:]))
