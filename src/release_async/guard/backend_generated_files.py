"""Recognises the files that build backends generate in an sdist or wheel, by content where possible."""

import configparser
import re
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

_SDIST_METADATA: Final = re.compile(
    r"PKG-INFO|(.*/)?[^/]+\.egg-info/(PKG-INFO|[^/]+\.txt|[^/]+\.json|(not-)?zip-safe)", re.DOTALL
)
_WHEEL_METADATA: Final = re.compile(
    r"[^/]+\.dist-info/(METADATA|WHEEL|RECORD(\.jws|\.p7s)?|(entry_points|top_level|namespace_packages)\.txt"
    r"|zip-safe|pbr\.json|sboms/.*)",
    re.DOTALL,
)


class DeclaredFiles(NamedTuple):
    """The files that a project's configuration tells its build to write.

    Attributes:
        paths: As written in ``pyproject.toml`` or ``setup.cfg``.
        version: The version that each must contain.
        artifacts: The patterns of files that a build hook makes (hatch, ``artifacts``), as in ``.gitignore``.
        shared: Where a wheel has data for the whole environment (hatch, ``shared-data``), files or folders.
    """

    paths: tuple[str, ...]
    version: str
    artifacts: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()

    def contains(self, path: str, content: bytes) -> bool:
        """Whether a file is one of them: an artifact, shared, or of such a path and contains the version."""
        if any(is_matched(path, pattern) for pattern in self.artifacts) or self._is_shared(path):
            return True
        named = any(
            path == each or path.endswith(f"/{each}") or each.endswith(f"/{path}") for each in self.paths
        )
        return named and self.version.encode() in content

    def _is_shared(self, path: str) -> bool:
        """Whether it lies where shared data goes in a wheel (PEP 427, the ``.data`` directory)."""
        place = path.partition(".data/data/")[2]
        return any(f"{place}/".startswith(f"{target.strip('/')}/") for target in self.shared)


def declared_files(pyproject: bytes, setup_cfg: bytes, version: str) -> DeclaredFiles:
    """Find the version files that the configuration tells tools to write.

    Args:
        pyproject: The committed ``pyproject.toml``, empty if there is none.
        setup_cfg: The committed ``setup.cfg``, empty if there is none.
        version: The version that is released.
    """
    try:
        tool = _toml(pyproject).get("tool")
    except tomllib.TOMLDecodeError:
        tool = None
    found = (*_in_tables(tool), *_of_versioneer(setup_cfg))
    shared = _at(tool, "hatch", "build", "targets", "wheel", "shared-data")
    return DeclaredFiles(
        paths=tuple(path.removeprefix("./") for path in found),
        version=version,
        artifacts=tuple(_artifacts(tool)),
        shared=tuple(map(str, shared.values())) if isinstance(shared, dict) else (),
    )


def _artifacts(tool: object) -> Iterator[str]:
    """What hatch is told to pack although version control has it not."""
    build = _at(tool, "hatch", "build")
    for table in (build, *(_at(build, "targets", target) for target in ("sdist", "wheel"))):
        listed = table.get("artifacts") if isinstance(table, dict) else None
        yield from (each for each in (listed if isinstance(listed, list) else ()) if isinstance(each, str))


def _at(table: object, *keys: str) -> object:
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table


def is_matched(path: str, pattern: str) -> bool:
    """Whether a pattern of ``.gitignore`` matches a path or a folder that it is in (gitignore)."""
    plain = pattern.strip("/")
    if not plain or pattern.startswith("!"):
        return False
    parts = path.split("/")
    folders = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
    if "/" in pattern.strip("/") or pattern.startswith("/"):
        globs = (plain, plain.replace("**/", ""))
        return any(fnmatchcase(folder, glob) for folder in folders for glob in globs)
    return any(fnmatchcase(part, plain) for part in parts)


_SOURCES: Final = {
    ".c": (".pyx", ".py", ".y", ".l"),
    ".cpp": (".pyx", ".py"),
    ".mo": (".po",),
    ".qm": (".ts",),
    ".pot": (".py",),
    ".min.js": (".js",),
    ".css": (".scss", ".sass", ".less"),
    "_pb2.py": (".proto",),
    "_pb2.pyi": (".proto",),
    "_pb2_grpc.py": (".proto",),
    **dict.fromkeys((".gz", ".bz2", ".xz", ".zst"), ("",)),
}


def sources(path: str) -> Iterator[str]:
    """The paths of the sources that a tool would make this file from, beside it: ``a.pyx`` for ``a.c``."""
    for ending, others in _SOURCES.items():
        if path.endswith(ending):
            yield from (path.removesuffix(ending) + other for other in others)


_KEYS: Final = (
    *(("setuptools_scm", "write_to"), ("setuptools_scm", "version_file")),
    *(("vcs-versioning", "write_to"), ("vcs-versioning", "version_file")),
    *(
        ("hatch", "build", *target, "hooks", *hook)
        for target in ((), ("targets", "sdist"), ("targets", "wheel"))
        for hook in (("vcs", "version-file"), ("version", "path"))
    ),
    ("pdm", "version", "write_to"),
    ("versioningit", "write", "file"),
    *(("versioneer", "versionfile_source"), ("versioneer", "versionfile_build")),
)


def _in_tables(tool: object) -> Iterator[str]:
    for key in _KEYS:
        value = _at(tool, *key)
        if isinstance(value, str):
            yield value
    if _at(tool, "poetry", "build", "generate-setup-file") is True:
        yield "setup.py"
    table = tool.get("scikit-build") if isinstance(tool, dict) else None
    written = table.get("generate") if isinstance(table, dict) else None
    for entry in written if isinstance(written, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("path"), str):
            yield entry["path"]


def _of_versioneer(setup_cfg: bytes) -> Iterator[str]:
    section = _ini(setup_cfg).get("versioneer", {})
    yield from (section[key] for key in ("versionfile_source", "versionfile_build") if section.get(key))


def in_sdist(path: str, content: bytes, committed: bytes | None, version: str) -> bool:
    """Whether a backend generates or completes this file of an sdist.

    Args:
        path: Its path, relative to the top of the sdist.
        content: Its bytes.
        committed: The bytes in the release commit; None if there are none.
        version: The version that is released.
    """
    if _SDIST_METADATA.fullmatch(path):
        return True
    if path == "setup.cfg":
        return _is_setup_cfg(content, committed or b"")
    if committed is None:
        return False
    name = path.rpartition("/")[2]
    if path == "pyproject.toml" or name in {"pyproject.toml", "Cargo.toml"}:
        return _is_same_toml(content, committed, version)
    if name == "Cargo.lock":
        return _is_part_of_lock(content, committed)
    return _is_export_subst(content, committed)


def by_tag_tool(path: str, content: bytes, committed: bytes | None, tagged: tuple[str, str]) -> bool:
    """Whether the tool that takes the version from the git tag generates or completes this file of an sdist.

    Args:
        path: Its path, relative to the top of the sdist.
        content: Its bytes.
        committed: The bytes in the release commit; None if there are none.
        tagged: The tool, and the version that is released.
    """
    tool, version = tagged
    if tool == "pbr":
        return committed is None and path in _OF_PBR
    return tool == "poetry-dynamic-versioning" and is_substituted(content, committed or b"", version)


_OF_PBR: Final = frozenset(("AUTHORS", "ChangeLog", "RELEASENOTES.rst"))
"""What pbr makes of the history (its manual, "AUTHORS and ChangeLog")."""

_ENABLED: Final = re.compile(rb"(\benable\s*=\s*)(?:true|false)")


def _ends(content: bytes) -> set[bytes]:
    """How its lines end, but for the last one."""
    return {line[len(line.rstrip(b"\r\n")) :] for line in content.splitlines(keepends=True)[:-1]}


def is_substituted(content: bytes, committed: bytes, version: str) -> bool:
    """Whether only the version was written into a file, in the place of other strings that are called so.

    Its lines end as they did: a build changes none, and a filter of git's is found out by them.

    poetry-dynamic-versioning is also switched off there, for whoever builds the sdist.
    """
    pairs = [*zip(content.splitlines(), committed.splitlines(), strict=False)]
    same_length = len(content.splitlines()) == len(committed.splitlines())
    return (
        same_length
        and _ends(content) == _ends(committed)
        and all(_is_same_line(now, before, version.encode()) for now, before in pairs)
    )


_VERSIONED: Final = re.compile(rb"version[\w\"']*\s*(?::[^=]*)?=", re.IGNORECASE)
_QUOTED: Final = re.compile(rb"\"[^\"]*\"|'[^']*'")


def _is_same_line(now: bytes, before: bytes, version: bytes) -> bool:
    if now == before or _ENABLED.sub(rb"\1", now) == _ENABLED.sub(rb"\1", before):
        return True
    filled = version in now and _VERSIONED.search(before) is not None
    return filled and _QUOTED.sub(b"", now) == _QUOTED.sub(b"", before)


def in_wheel(path: str) -> bool:
    """Whether a file of a wheel is metadata, which every backend generates."""
    return bool(_WHEEL_METADATA.fullmatch(path))


_TAGS: Final = {"tag_build": "", "tag_date": "0", "tag_svn_revision": "0"}


def _is_setup_cfg(content: bytes, committed: bytes) -> bool:
    """Whether ``setup.cfg`` is the committed one plus the tags that setuptools adds, in any layout."""
    now, before = _ini(content), _ini(committed)
    tags, tags_before = now.pop("egg_info", {}), before.pop("egg_info", {})
    return now == before and all(
        value in {_TAGS.get(key), tags_before.get(key)} for key, value in tags.items()
    )


def _ini(content: bytes) -> dict[str, Mapping[str, str]]:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(content.decode("utf-8", "replace"))
    except configparser.Error:
        return {"": {"": content.decode("utf-8", "replace")}}
    return {name: dict(parser[name]) for name in parser.sections()}


def _is_same_toml(content: bytes, committed: bytes, version: str) -> bool:
    """Whether a backend that rewrites ``pyproject.toml`` (pdm, uv) has kept its content."""
    try:
        now, before = _with_version(_toml(content), version), _with_version(_toml(committed), version)
    except tomllib.TOMLDecodeError:
        return False
    if "pdm-build-locked" in str(_at(before, "build-system", "requires")):
        now = _without_locked_extras(now, before)
    return now == before or _without_moved_paths(now) == _without_moved_paths(before)


def _without_locked_extras(now: dict[str, object], before: dict[str, object]) -> dict[str, object]:
    """A table without the extras that pdm-build-locked makes of the lock file (its manual)."""
    project, committed = now.get("project"), _at(before, "project", "optional-dependencies")
    extras = _at(project, "optional-dependencies")
    if not isinstance(project, dict) or not isinstance(extras, dict):
        return now
    own = committed if isinstance(committed, dict) else {}
    kept = {key: value for key, value in extras.items() if key in own or not key.endswith("locked")}
    return _without_empty_tables({**now, "project": {**project, "optional-dependencies": kept}})


def _without_moved_paths(table: dict[str, object]) -> dict[str, object]:
    """A manifest without what maturin rewrites because files lie elsewhere in its sdist.

    That is the readme and licence file of a crate, the members of a workspace, and the path of the manifest.
    """
    kept: dict[str, object] = {}
    for key, value in table.items():
        inner = _without_moved_paths(value) if isinstance(value, dict) else value
        if not (key in _MOVED and isinstance(value, str | list | bool)):
            kept[key] = inner
    return _without_empty_tables(kept)


_MOVED: Final = frozenset(
    ("readme", "license-file", "members", "exclude", "default-members", "manifest-path", "path")
)


def _is_part_of_lock(content: bytes, committed: bytes) -> bool:
    """Whether every crate of a lock is in the committed one too: maturin leaves out those of others."""
    try:
        now, before = (_toml(each).get("package", []) for each in (content, committed))
    except tomllib.TOMLDecodeError:
        return False
    return isinstance(now, list) and isinstance(before, list) and all(each in before for each in now)


def _with_version(table: dict[str, object], version: str) -> dict[str, object]:
    """A table with its dynamic version filled in, as a backend may do."""
    project = table.get("project")
    if isinstance(project, dict) and isinstance(dynamic := project.get("dynamic", []), list):
        known = {"version": version} if "version" in dynamic else {}
        others = [field for field in dynamic if field != "version"]
        table = {**table, "project": {**project, **known, "dynamic": others}}
    return _without_empty_tables(table)


def _toml(content: bytes) -> dict[str, object]:
    return tomllib.loads(content.decode("utf-8", "replace"))


def _without_empty_tables(table: dict[str, object]) -> dict[str, object]:
    """A table without empty tables in it, which a backend may add."""
    inner = {
        key: _without_empty_tables(value) if isinstance(value, dict) else value
        for key, value in table.items()
    }
    return {key: value for key, value in inner.items() if value != {}}


_PLACEHOLDER: Final = re.compile(rb"\$Format:[^$\n]*\$")


def _is_export_subst(content: bytes, committed: bytes) -> bool:
    """Whether only ``$Format:...$`` placeholders were filled in (gitattributes, export-subst)."""
    fixed = _PLACEHOLDER.split(committed)
    return len(fixed) > 1 and bool(re.fullmatch(rb"[^\n]*".join(map(re.escape, fixed)), content))
