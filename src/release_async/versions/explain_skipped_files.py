"""Explains why files whose names suggest a version were skipped (``versions --explain``). Decides nothing."""

from release_async.base.lazy_typing import Final, Iterable, Iterator, NamedTuple, Sequence
from release_async.versions.distribution import Distribution, Tree
from release_async.versions.find_distributions import is_elsewhere
from release_async.versions.import_packages import MODULES

_METADATA: Final = frozenset(("pyproject.toml", "setup.py", "setup.cfg"))
_BESIDE: Final = {
    "package.json": "has another name than the project beside it, or states no version",
    "server.json": "is no MCP server's manifest that offers this project from PyPI",
    "package-lock.json": "belongs to no package.json that states this project's version",
    "Cargo.toml": "is a crate of another name, or states no version itself",
    "Cargo.lock": "holds no crate that is this project",
    "uv.lock": "holds no version of a project in this repository",
    "poetry.lock": "holds no version of a project in this repository",
    "pdm.lock": "holds no version of a project in this repository",
    "CITATION.cff": "is not beside a project, or states no version",
    "conf.py": "is no documentation of a project here, or states no literal version",
    "meson.build": "is not beside a project, or states no version",
}
_FILES: Final = frozenset(("version", "version.txt", "version.cfg", "version.json"))
_TEMPLATES: Final = (".in", ".m4", ".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".template")


class SkippedFile(NamedTuple):
    """A file that states no version of a project here, although its name suggests one.

    Attributes:
        path: The file, relative to the top of the tree.
        reason: Why it was skipped.
    """

    path: str
    reason: str


def skipped_files(tree: Tree, found: Sequence[Distribution]) -> tuple[SkippedFile, ...]:
    """Every file that could be expected to state a version but is not among the places, with the reason.

    Args:
        tree: The files.
        found: What ``find.distributions`` found in it.
    """
    known = {site.path for each in found for site in each.sites}
    roots = {each.root for each in found}
    reasons = ((path, next(_reasons(path, roots), "")) for path in tree.paths() if path not in known)
    return tuple(SkippedFile(path, reason) for path, reason in sorted(reasons) if reason)


def _reasons(path: str, roots: Iterable[str]) -> Iterator[str]:
    """The reasons why a file was skipped, the most important first."""
    folder, _, name = path.rpartition("/")
    plain, template = _without_template(name)
    if not (plain in {*_METADATA, *MODULES, *_BESIDE} or plain.lower() in _FILES):
        return
    if template:
        yield "is a template: what it makes is looked at"
    if is_elsewhere(folder) and name != "conf.py":
        yield "lies among tests, examples, documentation or copies of other projects"
    if name in _METADATA:
        yield (
            "only configures tools, or states nothing about the version"
            if folder in roots
            else "makes no project"
        )
    if name in _BESIDE:
        yield _BESIDE[name]
    if name in MODULES:
        yield "sets no version, or is not in the top-level package of a project here"
    yield "is named by no build backend: name it in version-files if it states the version"


def _without_template(name: str) -> tuple[str, bool]:
    """A name without the suffix of a template, and whether it had one."""
    for suffix in _TEMPLATES:
        if name.endswith(suffix):
            return name.removesuffix(suffix), True
    return name, False
