"""Finds the distributions in a tree and every place that states their version, by structure, not by value."""

from release_async.base.lazy_typing import Final, Iterable, Iterator, Mapping, NamedTuple, Sequence
from release_async.base.problems import Problem, refuse
from release_async.versions import place_roles, version_settings as config
from release_async.versions.distribution import Distribution, Site, Tree
from release_async.versions.excluded_folders import EXCLUDED_FOLDERS
from release_async.versions.formats import toml
from release_async.versions.import_packages import MODULES, Layout, normalised
from release_async.versions.parsed_files import ParsedFiles
from release_async.versions.places import package_modules
from release_async.versions.places.declared_metadata import Folder, ProjectMetadata, read_metadata, unreadable
from release_async.versions.text_encoding import UnreadableError, plain
from release_async.versions.version_settings import Config, VersionFile

_METADATA: Final = ("pyproject.toml", "setup.py", "setup.cfg")
_LOCKS: Final = frozenset(("uv.lock", "poetry.lock", "pdm.lock"))
_COMPANIONS: Final = frozenset((
    "CITATION.cff", "Cargo.toml", "package.json", "server.json", "meson.build", "conf.py",
    ".bumpversion.cfg", ".bumpversion.toml", "bumpver.toml", ".cz.toml", "cz.toml", "tbump.toml",
    ".release-please-manifest.json",
))  # fmt: skip
"""Files that may state the version of the project in whose folder they are; see `companion_files`."""

ENDINGS: Final = (*_METADATA, *_LOCKS, *_COMPANIONS, *MODULES, ".pyi")
"""The endings of all paths that are always looked for; other paths are recorded by ``ParsedFiles``."""

_CONF_FOLDERS: Final = ("docs", "doc", "docs/source", "doc/source")

NOWHERE: Final[Mapping[str, Sequence[VersionFile]]] = {}
"""No places beside those that are found."""


def distributions(
    tree: Tree, *named: str, located: Mapping[str, Sequence[VersionFile]] = NOWHERE
) -> tuple[Distribution, ...]:
    """Find everything in a tree that can be built, and the places that state its version.

    Folders of tests, examples, documentation and vendored copies only count if they are named, here or by a
    group, or if nothing else is found.

    Args:
        tree: The files; only those that may state a version are read.
        named: Folders that count whatever they are called.
        located: Further places that state the version, by the folder of the distribution: what a build
            backend was asked for where code computes the version.

    Returns:
        The distributions in the order of their folders. A file that cannot be read raises nothing: it becomes
        a problem of the distribution.
    """
    return distributions_in(ParsedFiles(tree), *named, located=located)


def distributions_in(
    texts: ParsedFiles, *named: str, located: Mapping[str, Sequence[VersionFile]] = NOWHERE
) -> tuple[Distribution, ...]:
    """As ``distributions``; afterwards ``texts`` knows which files the result depended on."""
    by_name = _folders_by_name(texts.paths)
    roots = sorted({folder for name in _METADATA for folder in by_name.get(name, ())})
    own = [root for root in roots if root in named or not is_elsewhere(root)]
    finder, elsewhere = _Finder(texts, by_name, located), [root for root in roots if root not in own]
    if elsewhere and (grouped := finder.grouped(own, elsewhere)):
        own = sorted((*own, *grouped))
    return finder.distributions(own) or finder.distributions(elsewhere)


def _folders_by_name(paths: Iterable[str]) -> dict[str, list[str]]:
    """The folders that contain files of interest, by the name of the file."""
    by_name: dict[str, list[str]] = {}
    wanted = _COMPANIONS.union(_METADATA, _LOCKS)
    for path in paths:
        folder, _, name = path.rpartition("/")
        if name in wanted:
            by_name.setdefault(name, []).append(folder)
    return by_name


def is_elsewhere(root: str) -> bool:
    """Whether a folder belongs to tests, vendored copies or templates."""
    return "{{" in root or not EXCLUDED_FOLDERS.isdisjoint(root.split("/"))


class _Finder:
    """One search of a tree."""

    def __init__(
        self,
        texts: ParsedFiles,
        by_name: Mapping[str, Sequence[str]],
        located: Mapping[str, Sequence[VersionFile]],
    ) -> None:
        self._texts = texts
        self._located = located
        self._layout = Layout(texts)
        self._broken_locks: dict[str, list[Problem]] = {}
        self._companions: dict[str, list[str]] = {}
        for name in _COMPANIONS.intersection(by_name):
            for folder in by_name[name]:
                self._companions.setdefault(folder, []).append(name)
        self._locks = [
            f"{folder}/{name}".lstrip("/")
            for name in _LOCKS.intersection(by_name)
            for folder in by_name[name]
            if not is_elsewhere(folder)
        ]

    def distributions(self, roots: Sequence[str]) -> tuple[Distribution, ...]:
        """The distributions in some folders."""
        below = [f"{root}/" if root else "" for root in roots]
        self._texts.prefetch([base + name for base in below for name in _METADATA])
        projects = [project for root in roots if (project := read_metadata(self._texts, root))]
        modules = [self._layout.modules(project.hints) for project in projects]
        self._texts.prefetch([path for paths in modules for path in paths])
        locked = self._locked()
        settings = [_settings(project) for project in projects]
        every = [
            self._distribution(project, (found, locked, given))
            for project, found, given in zip(projects, modules, settings, strict=True)
        ]
        groups = [given.config.group for given in (*settings, self._top_settings(projects))]
        return _grouped(every, projects, groups)

    def grouped(self, own: Sequence[str], elsewhere: Sequence[str]) -> list[str]:
        """Those folders of tests and the like that a group names: with as many parts as its pattern."""
        patterns = [pattern for root in dict.fromkeys(("", *own)) for pattern in self._group(root)]
        if not patterns:
            return []
        from fnmatch import fnmatchcase  # noqa: PLC0415 - few projects have groups

        return [
            root
            for root in elsewhere
            if any(
                root.count("/") == pattern.count("/") and fnmatchcase(root, pattern) for pattern in patterns
            )
        ]

    def _group(self, root: str) -> Sequence[str]:
        path = f"{root}/pyproject.toml" if root else "pyproject.toml"
        try:
            document = self._texts.toml(path) if path in self._texts else None
        except UnreadableError:
            return ()  # it is told where the project itself is read
        return _settings_in(document.table, path).config.group if document else ()

    def _top_settings(self, projects: Sequence[ProjectMetadata]) -> "_Settings":
        """The settings at the top of a repository that contains projects but is none itself."""
        if any(not project.hints.root for project in projects):
            return _NONE
        try:
            document = self._texts.toml("pyproject.toml")
        except UnreadableError:
            return _NONE  # it belongs to no project, so no problem is reported
        return _settings_in(document.table, "pyproject.toml") if document else _NONE

    def _distribution(self, project: ProjectMetadata, known: "_Known") -> Distribution:
        """Combine the metadata, the import package and the files beside them."""
        paths, locked, settings = known
        root, name = project.hints.root, project.hints.name
        problems: list[Problem] = [*project.problems, *settings.problems, *self._broken_locks.get(root, ())]
        rule = self._source(project, problems)
        tag_tool = project.tag_tool or rule.tag_tool
        sites = [*project.sites, *rule.sites, *_tool_copies(project, self._companions.get(root, ()))]
        sites += _in_modules(project.folder, paths, tag_tool, problems)
        sites += locked.get((root, normalised(name)), ())
        sites += _companion_sites(self, project, problems) if self._companions else ()
        sites += _own_pins(project)
        located = tuple(self._located.get(root, ()))
        named = _named(project, settings.config.version_files, located, problems)
        rule = rule._replace(named=named) if named else rule
        ordered = place_roles.with_source(_unlike([*sites, *named], problems), project, rule)
        if settings.config.ignore:
            ordered = place_roles.without_ignored(ordered, root, settings.config.ignore)
        told = tuple(problems)
        return Distribution(name, root, ordered, told, tag_tool, settings.config.exact, located=located)

    def _source(self, project: ProjectMetadata, problems: list[Problem]) -> place_roles.BackendSource:
        """Where the build backend reads the version if no metadata table states it."""
        if project.tag_tool or project.sites:
            return place_roles.BackendSource()
        from release_async.versions.places import build_backends  # noqa: PLC0415 - static versions do not pay for it

        found = build_backends.source(project.folder)
        tool = project.folder.required_tag_tool() if found.generated else ""
        if tool:
            return place_roles.BackendSource(tag_tool=tool)
        problems += found.problems
        return place_roles.BackendSource(found.sites, found.reason)

    def companions(self, root: str) -> list[str]:
        """The files beside a project that may state its version too, including Sphinx's ``conf.py``."""
        below = [f"{root}/{folder}" if root else folder for folder in _CONF_FOLDERS]
        confs = [f"{folder}/conf.py" for folder in below if "conf.py" in self._companions.get(folder, ())]
        base = f"{root}/" if root else ""
        return [*(base + name for name in self._companions.get(root, ()) if name != "conf.py"), *confs]

    def has_manifest(self) -> bool:
        """Whether there is a manifest of release-please at the top of the tree."""
        return ".release-please-manifest.json" in self._companions.get("", ())

    def _locked(self) -> dict[tuple[str, str], list[Site]]:
        """The entries of the tree's own projects in all lock files, by folder and name."""
        found: dict[tuple[str, str], list[Site]] = {}
        if not self._locks:
            return found
        from release_async.versions.places import lock_files  # noqa: PLC0415 - not every project has one

        self._texts.prefetch(self._locks)
        for path in self._locks:
            try:
                text = self._texts.text(path, most=lock_files.LARGEST) or ""
                for entry in lock_files.entries(path, text):
                    found.setdefault((entry.folder, normalised(entry.name)), []).append(entry.site)
            except UnreadableError as error:
                folder = path.rpartition("/")[0]
                self._broken_locks.setdefault(folder, []).append(unreadable(path, error))
        return found


class _Settings(NamedTuple):
    """A project's own version settings, and the problems in them."""

    config: Config
    problems: tuple[Problem, ...] = ()


_Known = tuple[tuple[str, ...], Mapping[tuple[str, str], Sequence[Site]], _Settings]
_NONE: Final = _Settings(Config())


def _settings(project: ProjectMetadata) -> _Settings:
    return _settings_in(project.folder.document.table, project.folder.pyproject)


def _settings_in(table: toml.Table, path: str) -> _Settings:
    tool = table.get("tool")
    if not isinstance(tool, dict) or "release-async" not in tool:
        return _NONE
    from release_async.base.errors import ConfigurationError  # noqa: PLC0415 - few commits have settings to read

    try:
        return _Settings(config.read(toml.table(tool, "release-async")))
    except ConfigurationError as error:
        where = plain(path)
        return _Settings(Config(), (refuse(error.what, where=where, cure=error.cure),))


def _unlike(sites: Sequence[Site], problems: list[Problem]) -> list[Site]:
    """Each place once; a module that sets one name to two versions is a problem."""
    return place_roles.without_contradictions(place_roles.without_duplicates(sites), problems)


def _in_modules(
    folder: Folder, paths: Sequence[str], tag_tool: str, problems: list[Problem]
) -> Iterator[Site]:
    """The sites in the modules of the import package, and those that they take a version from."""
    for path in paths:
        try:
            stated = list(package_modules.stated(folder.texts, path, tag_tool))
        except UnreadableError as error:
            problems.append(unreadable(path, error))
            continue
        yield from stated
        for taken in package_modules.taken_over(stated, paths):
            yield from _followed(folder, taken, tag_tool)


def _followed(folder: Folder, taken: Site, tag_tool: str) -> Iterator[Site]:
    """The literal that a module takes its version from, wherever in the project it is imported from."""
    beside = package_modules.module_beside(folder.texts, taken)
    try:
        stated = list(package_modules.stated(folder.texts, beside, tag_tool)) if beside else []
        is_there = any(site.text for site in stated)
        yield from stated if is_there else _followed_far(folder, taken, tag_tool)
    except UnreadableError:
        return  # a module that cannot be read states nothing that could be compared


def _followed_far(folder: Folder, taken: Site, tag_tool: str) -> Iterator[Site]:
    from release_async.versions.places import module_values  # noqa: PLC0415 - nearly every module states its version

    for found in module_values.name_in_module(folder, taken.path, taken.key).sites:
        if found.version is not None and found.path != taken.path:
            yield package_modules.as_mirror(folder.texts, found, tag_tool)


_BUMP_TOOLS: Final = frozenset(("bumpversion", "bumpver", "commitizen", "semantic_release", "tbump"))


_TOOL_FILES: Final = frozenset((
    "bumpver.toml", ".bumpversion.toml", ".bumpversion.cfg", ".cz.toml", "cz.toml", "tbump.toml",
))  # fmt: skip


def _tool_copies(project: ProjectMetadata, own_files: Iterable[str]) -> Iterable[Site]:
    """The copies of the version that bump tools keep in the metadata files, and in the files named there.

    Args:
        project: The project.
        own_files: The names of the files beside it, among them those that such a tool has for itself.
    """
    folder = project.folder
    tool = folder.document.table.get("tool")
    is_named = isinstance(tool, dict) and _BUMP_TOOLS.intersection(tool)
    if not (
        is_named or folder.option("bumpversion", "current_version") or _TOOL_FILES.intersection(own_files)
    ):
        return ()
    from release_async.versions.places import tool_configs, tool_files  # noqa: PLC0415 - few projects have them

    return (*tool_configs.in_metadata_files(folder), *tool_files.mirrors(folder))


def _companion_sites(finder: _Finder, project: ProjectMetadata, problems: list[Problem]) -> Iterator[Site]:
    """The sites in the files beside a project."""
    paths = finder.companions(project.hints.root)
    if not paths and not finder.has_manifest():
        return
    from release_async.versions.places import companion_files as companions  # noqa: PLC0415 - not every project has any

    for path in paths:
        try:
            yield from companions.mirrors(path, project.folder, project.hints.name)
        except UnreadableError as error:
            problems.append(unreadable(path, error))
    if finder.has_manifest():
        try:
            yield from companions.manifest(project.folder)
        except UnreadableError as error:
            problems.append(unreadable(".release-please-manifest.json", error))


def _own_pins(project: ProjectMetadata) -> Iterable[Site]:
    """The extras of a project that require one exact version of the project itself."""
    name = normalised(project.hints.name)
    table = project.folder.document.table
    if "optional-dependencies" not in toml.table(table, "project") and "dependency-groups" not in table:
        return ()
    extras = (*toml.table(table, "project", "optional-dependencies").values(),
              *toml.table(table, "dependency-groups").values())  # fmt: skip
    items = (item for extra in extras if isinstance(extra, list) for item in extra)
    if not any(isinstance(item, str) and "==" in item and name in normalised(item) for item in items):
        return ()
    from release_async.versions import exact_pins  # noqa: PLC0415 - few projects pin themselves

    return exact_pins.mirrors(project.folder, {name})


_SHOWN: Final = "the build backend has shown that it takes the version from here"


def _named(
    project: ProjectMetadata,
    named: Sequence[VersionFile],
    located: Sequence[VersionFile],
    problems: list[Problem],
) -> tuple[Site, ...]:
    """The sites that the project's settings name, and those that the build backend has shown."""
    if not (named or located):
        return ()
    shown = (site._replace(note=_SHOWN) for site in _configured(project, located, problems))
    return (*_configured(project, named, problems), *shown)


def _configured(
    project: ProjectMetadata, given: Sequence[VersionFile], problems: list[Problem]
) -> Iterator[Site]:
    from release_async.versions.places import version_files  # noqa: PLC0415 - few projects need it

    for wanted in given:
        sites, wrong = version_files.mirrors(project.folder, wanted)
        problems += wrong
        yield from sites


def _grouped(
    found: Sequence[Distribution], projects: Sequence[ProjectMetadata], groups: Sequence[tuple[str, ...]]
) -> tuple[Distribution, ...]:
    """Connect the distributions of each group, and find the pins among them."""
    if not any(groups):
        return tuple(found)
    grouped = list(found)
    for patterns in filter(None, groups):
        inside = _places_of(found, patterns)
        for place, pinned in _pins_among(found, projects, inside):
            grouped[place] = grouped[place]._replace(sites=(*found[place].sites, *pinned))
        peers = tuple(grouped[place] for place in inside)
        for place in inside:
            grouped[place] = grouped[place]._replace(peers=peers)
    return tuple(grouped)


def _places_of(found: Sequence[Distribution], patterns: tuple[str, ...]) -> list[int]:
    """Which of the distributions a group names; what takes its version from a tag is not compared."""
    from fnmatch import fnmatchcase  # noqa: PLC0415 - few projects have groups

    return [
        place
        for place, each in enumerate(found)
        if not each.tag_tool and any(fnmatchcase(each.root or ".", pattern) for pattern in patterns)
    ]


def _pins_among(
    found: Sequence[Distribution], projects: Sequence[ProjectMetadata], inside: Sequence[int]
) -> Iterator[tuple[int, tuple[Site, ...]]]:
    """For each member of a group, where it requires one exact version of another one."""
    from release_async.versions import exact_pins  # noqa: PLC0415 - few projects have groups

    names = {place: normalised(found[place].name) for place in inside}
    for place in inside:
        others = set(names.values()) - {names[place]}
        yield place, tuple(exact_pins.mirrors(projects[place].folder, others))
