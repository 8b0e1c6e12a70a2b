"""Finds the distributions of a tree and every place that states a version: by structure, never by value."""

from release_async.base.errors import ConfigurationError
from release_async.base.lazy_typing import Final, Iterable, Iterator, Mapping, NamedTuple, Sequence
from release_async.base.problems import Problem, refuse
from release_async.versions import config, roles
from release_async.versions.config import Config
from release_async.versions.encoding import UnreadableError, plain
from release_async.versions.formats import toml
from release_async.versions.import_packages import ELSEWHERE, MODULES, Layout, normalised
from release_async.versions.parsed_files import ParsedFiles
from release_async.versions.places import package_modules
from release_async.versions.places.declared_metadata import Declared, declared, unreadable
from release_async.versions.site import Distribution, Site, Tree

_METADATA: Final = ("pyproject.toml", "setup.py", "setup.cfg")
_LOCKS: Final = frozenset(("uv.lock", "poetry.lock", "pdm.lock"))
_COMPANIONS: Final = frozenset((
    "CITATION.cff", "Cargo.toml", "package.json", "meson.build", "conf.py",
    ".bumpversion.cfg", ".bumpversion.toml", "bumpver.toml", ".cz.toml", "cz.toml", "tbump.toml",
    ".release-please-manifest.json",
))  # fmt: skip
"""Files that may state the version of the project whose folder they are in; see ``companions``."""

ENDINGS: Final = (*_METADATA, *_LOCKS, *_COMPANIONS, *MODULES, ".pyi")
"""How every path ends that is looked for by its name; of all others ``Texts`` knows what was asked for."""

_CONF_FOLDERS: Final = ("docs", "doc", "docs/source", "doc/source")


def distributions(tree: Tree) -> tuple[Distribution, ...]:
    """Find everything in a tree that can be built, and where its version stands.

    Folders of tests, examples, documentation and vendored copies only count where nothing else is found.

    Args:
        tree: The files; only those that may state a version are read.

    Returns:
        The distributions in the order of their folders. Nothing is raised for a file that cannot be read: the
        distribution carries the problem.
    """
    return distributions_in(ParsedFiles(tree))


def distributions_in(texts: ParsedFiles) -> tuple[Distribution, ...]:
    """As ``distributions``, for who wants to know afterwards which files that depended on."""
    named = _named(texts.paths)
    roots = sorted({folder for name in _METADATA for folder in named.get(name, ())})
    own = [root for root in roots if not is_elsewhere(root)]
    finder = _Finder(texts, named)
    return finder.found(own) or finder.found([root for root in roots if is_elsewhere(root)])


def _named(paths: Iterable[str]) -> dict[str, list[str]]:
    """The folders of the files whose names mean something here."""
    named: dict[str, list[str]] = {}
    wanted = _COMPANIONS.union(_METADATA, _LOCKS)
    for path in paths:
        folder, _, name = path.rpartition("/")
        if name in wanted:
            named.setdefault(name, []).append(folder)
    return named


def is_elsewhere(root: str) -> bool:
    """Whether a folder belongs to tests, vendored copies or templates."""
    return "{{" in root or not ELSEWHERE.isdisjoint(root.split("/"))


class _Finder:
    """One search through one tree."""

    def __init__(self, texts: ParsedFiles, named: Mapping[str, Sequence[str]]) -> None:
        self._texts = texts
        self._layout = Layout(texts)
        self._broken_locks: dict[str, list[Problem]] = {}
        self._companions: dict[str, list[str]] = {}
        for name in _COMPANIONS.intersection(named):
            for folder in named[name]:
                self._companions.setdefault(folder, []).append(name)
        self._locks = [
            f"{folder}/{name}".lstrip("/")
            for name in _LOCKS.intersection(named)
            for folder in named[name]
            if not is_elsewhere(folder)
        ]

    def found(self, roots: Sequence[str]) -> tuple[Distribution, ...]:
        """The distributions in some folders."""
        below = [f"{root}/" if root else "" for root in roots]
        self._texts.announce([base + name for base in below for name in _METADATA])
        projects = [project for root in roots if (project := declared(self._texts, root))]
        of_each = [self._layout.modules(project.named) for project in projects]
        self._texts.announce([path for paths in of_each for path in paths])
        locked = self._locked()
        settings = [_settings(project) for project in projects]
        every = [
            self._distribution(project, (found, locked, given))
            for project, found, given in zip(projects, of_each, settings, strict=True)
        ]
        groups = [given.config.group for given in (*settings, self._top(projects))]
        return _grouped(every, projects, groups)

    def _top(self, projects: Sequence[Declared]) -> "_Settings":
        """The settings at the top of a repository that only holds projects and is none itself."""
        if any(not project.named.root for project in projects):
            return _NONE
        try:
            document = self._texts.toml("pyproject.toml")
        except UnreadableError:
            return _NONE  # no project, so nobody's problem
        return _settings_in(document.table, "pyproject.toml") if document else _NONE

    def _distribution(self, project: Declared, known: "_Known") -> Distribution:
        """Put together what the metadata, the import package and the files beside them say."""
        paths, locked, settings = known
        problems: list[Problem] = [*project.problems, *settings.problems]
        problems += self._broken_locks.get(project.named.root, ())
        rule = self._source(project, problems)
        tag_tool = project.tag_tool or rule.tag_tool
        sites = [*project.sites, *rule.sites, *_kept_by_tools(project)]
        for path in paths:
            try:
                stated = list(package_modules.stated(self._texts, path, tag_tool))
                sites += stated
                for imported in package_modules.imported(stated, paths, self._texts):
                    sites += package_modules.stated(self._texts, imported, tag_tool)
            except UnreadableError as error:
                problems.append(unreadable(path, error))
        name = project.named.name
        sites += locked.get((project.named.root, normalised(name)), ())
        if self._companions:
            sites += _besides(self, project, problems)
        if settings.config.version_files:
            sites += _configured(project, settings.config, problems)
        known_places = roles.without_contradictions(roles.told_apart(sites), problems)
        ordered = roles.with_source(known_places, project, rule)
        if settings.config.ignore:
            ordered = roles.without_ignored(ordered, project.named.root, settings.config.ignore)
        return Distribution(
            name, project.named.root, ordered, tuple(problems), tag_tool, settings.config.exact
        )

    def _source(self, project: Declared, problems: list[Problem]) -> roles.Rule:
        """What the build backend reads where no metadata table states the version."""
        if project.tag_tool or project.sites:
            return roles.Rule()
        from release_async.versions.places import build_backends  # noqa: PLC0415 - static versions do not pay for it

        found = build_backends.source(project.folder)
        tool = project.folder.required_tag_tool() if found.generated else ""
        if tool:
            return roles.Rule(tag_tool=tool)
        problems += found.problems
        return roles.Rule(found.sites, found.reason)

    def companions(self, root: str) -> list[str]:
        """The files beside a project that may state its version too, documentation's ``conf.py`` included."""
        below = [f"{root}/{folder}" if root else folder for folder in _CONF_FOLDERS]
        confs = [f"{folder}/conf.py" for folder in below if "conf.py" in self._companions.get(folder, ())]
        base = f"{root}/" if root else ""
        return [*(base + name for name in self._companions.get(root, ()) if name != "conf.py"), *confs]

    def has_manifest(self) -> bool:
        """Whether release-please keeps versions at the top of the tree."""
        return ".release-please-manifest.json" in self._companions.get("", ())

    def _locked(self) -> dict[tuple[str, str], list[Site]]:
        """The entries of our own projects in all lock files, by their folder and name."""
        found: dict[tuple[str, str], list[Site]] = {}
        if not self._locks:
            return found
        from release_async.versions.places import lock_files  # noqa: PLC0415 - not every project has one

        self._texts.announce(self._locks)
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
    """A project's own version settings, and what is wrong with them."""

    config: Config
    problems: tuple[Problem, ...] = ()


_Known = tuple[tuple[str, ...], Mapping[tuple[str, str], Sequence[Site]], _Settings]
_NONE: Final = _Settings(Config())


def _settings(project: Declared) -> _Settings:
    return _settings_in(project.folder.document.table, project.folder.pyproject)


def _settings_in(table: toml.Table, path: str) -> _Settings:
    tool = table.get("tool")
    if not isinstance(tool, dict) or "release-async" not in tool:
        return _NONE
    try:
        return _Settings(config.read(toml.table(tool, "release-async")))
    except ConfigurationError as error:
        where = plain(path)
        return _Settings(Config(), (refuse(error.what, where=where, cure=error.cure),))


_KEEPERS: Final = frozenset(("bumpversion", "bumpver", "commitizen", "tbump"))


def _kept_by_tools(project: Declared) -> Iterable[Site]:
    """The copies that bump tools keep in the metadata files."""
    folder = project.folder
    tool = folder.document.table.get("tool")
    if not (isinstance(tool, dict) and _KEEPERS.intersection(tool)) and not folder.option(
        "bumpversion", "current_version"
    ):
        return ()
    from release_async.versions.places import tool_configs  # noqa: PLC0415 - few projects have them

    return tool_configs.beside(folder)


def _besides(finder: _Finder, project: Declared, problems: list[Problem]) -> Iterator[Site]:
    """The sites in files beside the project, each by the rule of its kind."""
    paths = finder.companions(project.named.root)
    if not paths and not finder.has_manifest():
        return
    from release_async.versions.places import companion_files as companions  # noqa: PLC0415 - not every project has any

    for path in paths:
        try:
            yield from companions.mirrors(path, project.folder, project.named.name)
        except UnreadableError as error:
            problems.append(unreadable(path, error))
    if finder.has_manifest():
        try:
            yield from companions.manifest(project.folder)
        except UnreadableError as error:
            problems.append(unreadable(".release-please-manifest.json", error))


def _configured(project: Declared, given: Config, problems: list[Problem]) -> Iterator[Site]:
    from release_async.versions.places import version_files  # noqa: PLC0415 - few projects need it

    for wanted in given.version_files:
        sites, wrong = version_files.mirrors(project.folder, wanted)
        problems += wrong
        yield from sites


def _grouped(
    found: Sequence[Distribution], projects: Sequence[Declared], groups: Sequence[tuple[str, ...]]
) -> tuple[Distribution, ...]:
    """Tell the distributions of a group of each other, and look for their pins of each other."""
    if not any(groups):
        return tuple(found)
    from fnmatch import fnmatchcase  # noqa: PLC0415 - few projects have groups

    from release_async.versions import pins  # noqa: PLC0415 - as above

    grouped = list(found)
    for patterns in filter(None, groups):
        inside = [
            place
            for place, each in enumerate(found)
            if not each.tag_tool and any(fnmatchcase(each.root or ".", pattern) for pattern in patterns)
        ]
        members = {normalised(found[place].name) for place in inside}
        for place in inside:
            pinned = tuple(pins.mirrors(projects[place].folder, members))
            grouped[place] = grouped[place]._replace(sites=(*found[place].sites, *pinned))
        peers = tuple(grouped[place] for place in inside)
        for place in inside:
            grouped[place] = grouped[place]._replace(peers=peers)
    return tuple(grouped)
