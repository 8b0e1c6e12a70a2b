"""Finds the version in ``Cargo.toml`` and ``Cargo.lock``, if the crate is the distribution. Edits nothing."""

from posixpath import normpath

from release_async.base.lazy_typing import Final, Iterator, pattern
from release_async.versions.distribution import Role, Site
from release_async.versions.formats import toml
from release_async.versions.import_packages import join_path, normalised
from release_async.versions.places import lock_files
from release_async.versions.places.declared_metadata import Folder
from release_async.versions.text_encoding import UnreadableError
from release_async.versions.version_spellings import Form


def manifest(folder: Folder) -> str:
    """The path of the crate's ``Cargo.toml``: as configured for maturin, or beside ``pyproject.toml``."""
    given = folder.tool("maturin").get("manifest-path")
    return folder.below(given if isinstance(given, str) else "Cargo.toml")


def stated(folder: Folder) -> Site | None:
    """The place that states the crate's version, in its own manifest or that of its workspace.

    Raises:
        UnreadableError: A manifest is not TOML.
    """
    path = manifest(folder)
    document = folder.texts.toml(path)
    if document is None:
        return None
    package = toml.table(document.table, "package")
    if isinstance(package.get("version"), str):
        return _site(path, document, "package", "version")
    if not toml.table(document.table, "package", "version").get("workspace"):
        return None
    top = _workspace(folder, path)
    inherited = folder.texts.toml(top) if top else None
    return _site(top, inherited, "workspace", "package", "version") if top and inherited else None


def _workspace(folder: Folder, path: str) -> str | None:
    """The manifest of a crate's workspace: its own, or the nearest in a folder above."""
    parent = path.rpartition("/")[0]
    while True:
        candidate = join_path(parent, "Cargo.toml")
        document = folder.texts.toml(candidate)
        if document is not None and "workspace" in document.table:
            return candidate
        if not parent:
            return None
        parent = parent.rpartition("/")[0]


def _site(path: str, document: toml.Document, *keys: str) -> Site | None:
    span = document.span(keys)
    if span is None:
        return None
    text = document.text[span.start : span.end]
    return Site(path, span.line, Role.MIRROR, text, "", ".".join(keys), span.start, span.end, Form.SEMVER)


def mirrors(folder: Folder, name: str) -> Iterator[Site]:
    """The places in the crate of a distribution: one of the same name, or the source of maturin's version.

    Args:
        folder: The project.
        name: Its name.

    Raises:
        UnreadableError: A manifest or lock cannot be read.
    """
    path = manifest(folder)
    document = folder.texts.toml(path)
    if document is None:
        return
    crate = toml.table(document.table, "package").get("name")
    source = folder.backend == "maturin" and folder.is_dynamic()
    found = stated(folder)
    if not isinstance(crate, str) or found is None or not (source or normalised(crate) == normalised(name)):
        return
    yield found
    inherited = found.key.startswith("workspace")
    crates = {crate}
    if inherited:
        members = dict(_members(folder, found.path))
        crates |= members.keys()
        yield from _pins(folder, found.path, set(members.values()))
    yield from _in_rust(folder, path)
    top = _workspace(folder, path)
    if top and not inherited:
        yield from _requirements(folder, top, path.rpartition("/")[0])
    yield from _locked(folder, {found.path, path, top or path}, crates)


def _members(folder: Folder, top: str) -> Iterator[tuple[str, str]]:
    """The crates that take their version from the workspace: their names and folders."""
    base = top.rpartition("/")[0]
    for path in folder.texts.with_ending("/Cargo.toml"):
        if path.startswith(f"{base}/" if base else ""):
            try:
                document = folder.texts.toml(path)
            except UnreadableError:
                continue  # another crate's manifest: cargo itself reports it
            table = document.table if document else {}
            name = toml.table(table, "package").get("name")
            if isinstance(name, str) and toml.table(table, "package", "version").get("workspace") is True:
                yield name, path.rpartition("/")[0]


def _pins(folder: Folder, top: str, folders: set[str]) -> Iterator[Site]:
    """The versions of the workspace's own crates in ``[workspace.dependencies]``."""
    document = folder.texts.toml(top)
    if document is None:
        return
    base = top.rpartition("/")[0]
    for name, entry in toml.table(document.table, "workspace", "dependencies").items():
        path = entry.get("path") if isinstance(entry, dict) else None
        if isinstance(path, str) and join_path(base, path.removeprefix("./")) in folders:
            found = _site(top, document, "workspace", "dependencies", name, "version")
            if found and found.version:
                yield found


_ADDED: Final = pattern(r'\.add\(\s*"__version__"\s*,\s*"(?P<version>[^"\\\n]+)"')


def _in_rust(folder: Folder, manifest: str) -> Iterator[Site]:
    """The literal that a module in Rust sets as its ``__version__`` (PyO3, ``m.add``)."""
    path = join_path(manifest.rpartition("/")[0], "src/lib.rs")
    try:
        text = (folder.texts.text(path) or "") if path in folder.texts else ""
    except UnreadableError:
        return
    for found in _ADDED.finditer(text) if '"__version__"' in text else ():
        start, end = found.span("version")
        if "//" not in text[text.rfind("\n", 0, start) + 1 : start]:
            line = text.count("\n", 0, start) + 1
            yield Site(path, line, Role.MIRROR, found["version"], "", "__version__", start, end)


_DEPENDENCIES: Final = ("dependencies", "dev-dependencies", "build-dependencies")


def _requirements(folder: Folder, top: str, crate: str) -> Iterator[Site]:
    """What other crates of the workspace require of this one, beside its path.

    Args:
        folder: The project.
        top: The manifest of the workspace.
        crate: The folder of the crate.
    """
    base = top.rpartition("/")[0]
    for path in folder.texts.with_ending("Cargo.toml"):
        if path.rpartition("/")[2] == "Cargo.toml" and path.startswith(f"{base}/" if base else ""):
            try:
                document = folder.texts.toml(path)
            except UnreadableError:
                continue  # another crate's manifest: cargo itself reports it
            if document is not None:
                yield from _requirements_in(path, document, crate)


def _requirements_in(path: str, document: toml.Document, crate: str) -> Iterator[Site]:
    below = path.rpartition("/")[0]
    tables = [(kind,) for kind in _DEPENDENCIES] + [("workspace", "dependencies")]
    for keys in tables:
        for name, entry in toml.table(document.table, *keys).items():
            leads = entry.get("path") if isinstance(entry, dict) else None
            if isinstance(leads, str) and normpath(join_path(below, leads)) == (crate or "."):
                found = _site(path, document, *keys, name, "version")
                if found and _PLAIN.fullmatch(found.text):
                    yield found._replace(form=Form.CARET)


_PLAIN: Final = pattern(r"\d+(?:\.\d+){0,2}(?:-[0-9A-Za-z.-]+)?")


def _locked(folder: Folder, manifests: set[str], crates: set[str]) -> Iterator[Site]:
    """The entries of the workspace's own crates in ``Cargo.lock``: those without a source."""
    for base in sorted({path.rpartition("/")[0] for path in manifests}):
        path = join_path(base, "Cargo.lock")
        text = folder.texts.text(path, most=lock_files.LARGEST)
        for entry in lock_files.entries(path, text) if text else ():
            if entry.folder == base and entry.name in crates:
                yield entry.site._replace(form=Form.SEMVER)
