"""What a project folder declares in ``pyproject.toml``, ``setup.cfg`` and ``setup.py``. Decides no roles."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from release_async.problems import Problem, refuse
from release_async.versions import ini, toml
from release_async.versions.packages import Named, joined, normalised
from release_async.versions.python import Statement
from release_async.versions.site import Role, Site, Tree
from release_async.versions.text import UnreadableError, decode, plain

if TYPE_CHECKING:  # a commit without a setup.py does not pay for its reader
    from release_async.versions.setup_script import Setup

_Found = TypeVar("_Found")

_TAG_REQUIREMENTS: Final = {
    "setuptools_scm": "setuptools-scm",
    "vcs_versioning": "vcs-versioning",
    "setuptools_git_versioning": "setuptools-git-versioning",
    "versioningit": "versioningit",
    "flit_scm": "flit-scm",
    "pbr": "pbr",
}
_HATCH_SOURCES: Final = {
    "vcs": "hatch-vcs",
    "versioningit": "versioningit",
    "uv-dynamic-versioning": "uv-dynamic-versioning",
}


class Declared(NamedTuple):
    """One project folder's metadata.

    Attributes:
        named: Its name, folder and packages.
        sites: The literals that state a version, the one that the backend prefers first.
        references: Places that say where the version comes from without stating it.
        tag_tool: The tool that takes the version from the git tag; empty where none does.
        problems: What could not be read, or contradicts itself.
    """

    named: Named
    sites: tuple[Site, ...]
    references: tuple[Site, ...]
    tag_tool: str
    problems: tuple[Problem, ...]


def declared(tree: Tree, root: str) -> Declared | None:
    """Read the metadata of one folder.

    Args:
        tree: The files.
        root: The folder, relative to the top; empty for the top.

    Returns:
        What it declares; None where the folder is no distribution and only configures tools.
    """
    folder = _Folder(tree, root)
    if not (folder.is_distribution() or folder.problems):
        return None
    return Declared(
        named=folder.named(),
        sites=tuple(folder.literals()),
        references=tuple(folder.references()),
        tag_tool=folder.tag_tool,
        problems=(*folder.problems, *folder.contradictions()),
    )


def unreadable(path: str, error: UnreadableError) -> Problem:
    """The problem that a file which cannot be read makes."""
    return refuse(
        f"{error.reason}: the version there cannot be checked",
        where=f"{plain(path)}:{error.line}",
        cure=f"mend {plain(path)}, then stage it: git add {plain(path)}",
    )


class _Folder:
    """The three metadata files of one folder, read."""

    def __init__(self, tree: Tree, root: str) -> None:
        self._tree = tree
        self._root = root
        self.problems: list[Problem] = []
        self._pyproject = joined(root, "pyproject.toml")
        self._cfg = joined(root, "setup.cfg")
        self._script = joined(root, "setup.py")
        read = self._read(self._pyproject, _toml)
        self._document, self._spans = read if read is not None else ({}, {})
        self._options = self._read(self._cfg, ini.options) or ()
        self._setup = self._read(self._script, _setup)
        self._project = toml.table(self._document, "project")
        self._poetry = toml.table(self._document, "tool", "poetry")
        self.tag_tool = self._tag_tool()

    def _read(self, path: str, parse: Callable[[str], _Found]) -> _Found | None:
        """Read and parse one file; what goes wrong becomes a problem."""
        data = self._tree.read(path)
        if data is None:
            return None
        try:
            return parse(decode(data, cookie=path.endswith(".py")).text)
        except UnreadableError as error:
            self.problems.append(unreadable(path, error))
            return None

    def is_distribution(self) -> bool:
        """Whether any of the files describes something that can be built."""
        described = self._project or self._poetry or "build-system" in self._document
        return bool(described or self._setup or self._option("metadata", "name", "version"))

    def named(self) -> Named:
        """What helps to find the import package."""
        setup_name = self._setup.name if self._setup else ""
        option = self._option("metadata", "name")
        option_name = option.value if option else ""
        folder = self._root.rpartition("/")[2]
        names = (self._project.get("name"), self._poetry.get("name"), option_name, setup_name)
        name = next((name for name in names if isinstance(name, str) and name), folder)
        bases = self._setup.bases if self._setup else ()
        return Named(name, self._root, tuple(self._listed()), bases)

    def _listed(self) -> Iterator[str]:
        """Packages and modules that the build backend's configuration lists literally."""
        tool = toml.table(self._document, "tool")
        yield from _strings(toml.table(tool, "hatch", "build", "targets", "wheel").get("packages"))
        yield from _strings(toml.table(tool, "setuptools").get("packages"))
        yield from _strings(toml.table(tool, "setuptools").get("py-modules"))
        yield from _strings([toml.table(tool, "flit", "module").get("name")])
        yield from _strings([toml.table(tool, "uv", "build-backend").get("module-name")])
        included = self._poetry.get("packages")
        for entry in included if isinstance(included, list) else []:
            parts = (toml.table({"entry": entry}, "entry").get(key) for key in ("from", "include"))
            yield joined(*_strings([*parts]))
        if self._setup:
            yield from self._setup.packages
        if packages := self._option("options", "packages", "py_modules"):
            yield from (line.strip() for line in packages.value.splitlines() if ":" not in line)

    def literals(self) -> Iterator[Site]:
        """Every version that is written down, the backend's own choice first."""
        yield from self._toml_literal(("project", "version"), self._project)
        yield from self._toml_literal(("tool", "poetry", "version"), self._poetry)
        option = self._option("metadata", "version")
        if option and not _points(option.value):
            place = (option.start, option.end) if "\n" not in option.value else (-1, -1)
            yield self._site(self._cfg, option.line, "metadata.version", option.value, place)
        stated = self._setup.version if self._setup else None
        if stated and stated.value is not None:
            yield from_statement(self._script, stated, Role.MIRROR)

    def _toml_literal(self, path: toml.Path, table: toml.Table) -> Iterator[Site]:
        value = table.get("version")
        if isinstance(value, str):
            span = self._spans.get(path, toml.Span(-1, -1, 1))
            yield self._site(self._pyproject, span.line, ".".join(path), value, (span.start, span.end))

    def _site(self, path: str, line: int, key: str, text: str, place: tuple[int, int]) -> Site:  # noqa: PLR0913, PLR0917 - the columns of one row
        if self.tag_tool:
            note = f"a placeholder: {self.tag_tool} takes the version from the git tag"
            return Site(path, line, Role.FALLBACK, text, note, key)
        return Site(path, line, Role.MIRROR, text, "", key, *place)

    def references(self) -> Iterator[Site]:
        """Places that declare a version without stating it."""
        if self.tag_tool:
            note = f"comes from the git tag ({self.tag_tool})"
            yield Site(self._described_in(), self._line(), Role.OPAQUE, note=note, key="version")
            return
        if "version" in _strings(self._project.get("dynamic")):
            yield Site(
                self._pyproject, self._line(), Role.DERIVED, note="declared dynamic", key="project.dynamic"
            )
        option = self._option("metadata", "version")
        if option and _points(option.value):
            yield Site(self._cfg, option.line, Role.DERIVED, note=option.value, key="metadata.version")
        stated = self._setup.version if self._setup else None
        if stated and stated.value is None:
            yield Site(self._script, stated.line, Role.DERIVED, note="computed by setup.py", key=stated.key)

    def contradictions(self) -> Iterator[Problem]:
        """What no backend can build: a version that is static and dynamic, or is no string."""
        version = self._project.get("version")
        where = f"{plain(self._pyproject)}:{self._spans.get(('project', 'version'), toml.Span(0, 0, 1)).line}"
        if version is not None and not isinstance(version, str):
            yield refuse(
                "project.version is no string", where=where, cure='write it in quotes: version = "1.2.3"'
            )
        elif version is not None and "version" in _strings(self._project.get("dynamic")):
            yield refuse(
                "project.version is stated and also listed in project.dynamic",
                where=where,
                cure="remove one of the two: PEP 621 forbids both",
            )

    def _described_in(self) -> str:
        """The file that describes the distribution best."""
        if self._document:
            return self._pyproject
        return self._script if self._setup else self._cfg

    def _line(self) -> int:
        """The line of ``pyproject.toml`` that declares the version dynamic, or else names the project."""
        declaring = (("project", "dynamic"), ("project", "name"), ("tool", "poetry", "name"))
        return next((self._spans[path].line for path in declaring if path in self._spans), 1)

    def _option(self, section: str, *keys: str) -> ini.Option | None:
        return next(
            (option for option in self._options if option.section == section and option.key in keys), None
        )

    def _tag_tool(self) -> str:
        """The tool that takes the version from the git tag, where no static version overrules it."""
        tool = toml.table(self._document, "tool")
        hatch = toml.table(tool, "hatch", "version")
        if toml.table(tool, "poetry-dynamic-versioning").get("enable") is True:
            return "poetry-dynamic-versioning"
        if "version" in self._project or "version" in self._poetry:
            return ""
        if toml.table(tool, "pdm", "version").get("source") == "scm":
            return "pdm-backend's scm source"
        if hatch or "version" in toml.table(tool, "setuptools", "dynamic"):
            return _HATCH_SOURCES.get(str(hatch.get("source")), "")
        if "versioneer" in tool or any(option.section == "versioneer" for option in self._options):
            return "versioneer"
        return self._setup.tag_tool if self._setup and self._setup.tag_tool else self._required_tag_tool()

    def _required_tag_tool(self) -> str:
        """The tool that the build requirements name; a static ``setup.cfg`` overrules all but pbr."""
        requires = _strings(toml.table(self._document, "build-system").get("requires"))
        setup_requires = self._option("options", "setup_requires")
        lines = (*requires, *(setup_requires.value.splitlines() if setup_requires else ()))
        names = [_requirement(line) for line in lines]
        tools = [_TAG_REQUIREMENTS[name] for name in names if name in _TAG_REQUIREMENTS]
        static = self._option("metadata", "version") or (self._setup and self._setup.version)
        return next((tool for tool in tools if tool == "pbr" or not static), "")


def from_statement(path: str, statement: Statement, role: Role) -> Site:
    """The site that a Python statement with a value is."""
    place = (statement.start, statement.end)
    return Site(path, statement.line, role, statement.value or "", statement.note, statement.key, *place)


def _toml(text: str) -> tuple[toml.Table, dict[toml.Path, toml.Span]]:
    return toml.load(text), toml.spans(text)


def _setup(text: str) -> "Setup | None":
    from release_async.versions import setup_script  # noqa: PLC0415 - see the head of this module

    return setup_script.setup(text)


def _points(value: str) -> bool:
    """Whether an option of ``setup.cfg`` names another place instead of a version."""
    return value.partition(":")[0].strip() in {"attr", "file"} and ":" in value


def _requirement(line: str) -> str:
    """The normalised name that a requirement begins with."""
    stripped = line.strip()
    length = next((at for at, sign in enumerate(stripped) if not (sign.isalnum() or sign in "-_.")), None)
    return normalised(stripped[:length])


def _strings(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
