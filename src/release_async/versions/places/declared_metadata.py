"""Reads a project's metadata from ``pyproject.toml``, ``setup.cfg`` and ``setup.py``. Decides no roles."""

from release_async.base.lazy_typing import TYPE_CHECKING, Callable, Final, Iterator, NamedTuple, TypeVar
from release_async.base.problems import Problem, refuse
from release_async.versions.distribution import Role, Site
from release_async.versions.formats import ini, toml
from release_async.versions.formats.python import Statement
from release_async.versions.import_packages import PackageHints, join_path, normalised
from release_async.versions.parsed_files import ParsedFiles
from release_async.versions.text_encoding import UnreadableError, decode, plain

if TYPE_CHECKING:  # a commit without a setup.py does not pay for its parser
    from release_async.versions.places.setup_py import SetupCall

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


class ProjectMetadata(NamedTuple):
    """One project folder's metadata.

    Attributes:
        hints: Its name, folder and packages.
        sites: The literals that state a version, the one that the backend prefers first.
        references: Places that say where the version comes from without stating it.
        tag_tool: The tool that takes the version from the git tag; empty if none does.
        problems: Files that could not be read, and contradictions.
        folder: The parsed metadata files.
    """

    hints: PackageHints
    sites: tuple[Site, ...]
    references: tuple[Site, ...]
    tag_tool: str
    problems: tuple[Problem, ...]
    folder: "Folder"


def read_metadata(texts: ParsedFiles, root: str) -> ProjectMetadata | None:
    """Read the metadata of one folder.

    Args:
        texts: The files.
        root: The folder, relative to the top; empty for the top.

    Returns:
        Its metadata; None if the folder is no distribution and only configures tools.
    """
    folder = Folder(texts, root)
    if not (folder.is_distribution() or folder.problems):
        return None
    return ProjectMetadata(
        folder=folder,
        hints=folder.hints(),
        sites=tuple(folder.literals()),
        references=tuple(folder.references()),
        tag_tool=folder.tag_tool,
        problems=(*folder.problems, *folder.contradictions()),
    )


def unreadable(path: str, error: UnreadableError) -> Problem:
    """The problem that a file cannot be read."""
    return refuse(
        f"{error.reason}: the version there cannot be checked",
        where=f"{plain(path)}:{error.line}",
        cure=f"fix {plain(path)}, then stage it: git add {plain(path)}",
    )


_EMPTY: Final = toml.Document("", {}, {})


_LISTING: Final = (
    (("hatch", "build", "targets", "wheel"), "packages"),
    (("hatch", "build", "targets", "wheel"), "only-include"),
    (("hatch", "build", "targets", "wheel"), "sources"),
    (("hatch", "build"), "packages"),
    (("hatch", "build"), "sources"),
    (("setuptools",), "packages"),
    (("setuptools",), "py-modules"),
    (("flit", "module"), "name"),
    (("flit", "metadata"), "module"),
    (("uv", "build-backend"), "module-name"),
    (("pdm", "build"), "includes"),
    (("maturin",), "module-name"),
)
"""The tables below ``[tool]`` and their keys that list packages and modules for build backends."""

_BASES: Final = (
    (("maturin",), "python-source"),
    (("setuptools", "packages", "find"), "where"),
    (("setuptools", "package-dir"), ""),
    (("uv", "build-backend"), "module-root"),
    (("pdm", "build"), "package-dir"),
)
"""The tables below ``[tool]`` and their keys that name folders of packages."""


class Folder:
    """The three metadata files of one folder, parsed.

    Attributes:
        root: The folder, relative to the top; empty for the top.
        texts: All files of the tree.
        pyproject: The path of its ``pyproject.toml``.
        document: The content of its ``pyproject.toml``.
        options: The options in its ``setup.cfg``.
        setup: The arguments of ``setup()`` in its ``setup.py``.
        problems: Files that could not be read.
    """

    def __init__(self, texts: ParsedFiles, root: str) -> None:
        self.root = root
        self.texts = texts
        self.problems: list[Problem] = []
        base = f"{root}/" if root else ""
        self.pyproject, self.cfg, self.script = f"{base}pyproject.toml", f"{base}setup.cfg", f"{base}setup.py"
        self.document = self._document()
        self.options = self._read(self.cfg, ini.options) or ()
        self.setup = self._read(self.script, self._setup)
        self._project = toml.table(self.document.table, "project")
        self._poetry = toml.table(self.document.table, "tool", "poetry")
        self.tag_tool = self._tag_tool()

    def tool(self, *path: str) -> toml.Table:
        """The table of one tool in ``pyproject.toml``; empty if there is none."""
        return toml.table(self.document.table, "tool", *path)

    def table(self, *path: str) -> toml.Table:
        """A table of ``pyproject.toml``; empty if there is none."""
        return toml.table(self.document.table, *path)

    @property
    def backend(self) -> str:
        """The module of the build backend (PEP 517); setuptools if none is named, as in pip."""
        named = toml.table(self.document.table, "build-system").get("build-backend")
        return named.partition(":")[0] if isinstance(named, str) else "setuptools.build_meta"

    def below(self, path: str) -> str:
        """A path relative to this folder, made relative to the top; outside it begins with ``..``."""
        from posixpath import normpath  # noqa: PLC0415 - already imported as os.path

        return normpath(f"{self.root}/{path}" if self.root else path)

    def _document(self) -> toml.Document:
        try:
            return self.texts.toml(self.pyproject) or _EMPTY
        except UnreadableError as error:
            self.problems.append(unreadable(self.pyproject, error))
            return _EMPTY

    def _read(self, path: str, parse: Callable[[str], _Found]) -> _Found | None:
        """Read and parse one file; an error becomes a problem."""
        data = self.texts.data(path)
        if data is None:
            return None
        try:
            return parse(decode(data, cookie=path.endswith(".py")).text)
        except UnreadableError as error:
            self.problems.append(unreadable(path, error))
            return None

    def _setup(self, text: str) -> "SetupCall | None":
        from release_async.versions.places import setup_py  # noqa: PLC0415 - see the head of this module

        return setup_py.setup(text, lambda path: self.below(path) in self.texts)

    def is_distribution(self) -> bool:
        """Whether any of the files describes a project that can be built."""
        if self._is_virtual():
            return False
        tables = bool(self._project or self._poetry or self.tool("flit", "metadata"))
        built = "build-system" in self.document.table or self.setup is not None
        return tables or built or self.option("metadata", "name", "version") is not None

    def _is_virtual(self) -> bool:
        """Whether this is the root of a workspace of uv and no package (its manual, "tool.uv.package")."""
        uv = self.tool("uv")
        package = uv.get("package", "build-system" in self.document.table)
        return "workspace" in uv and package is False and self.setup is None

    def hints(self) -> PackageHints:
        """The hints that help to find the import package."""
        setup_name = self.setup.name if self.setup else ""
        option = self.option("metadata", "name")
        option_name = option.value if option else ""
        folder = self.root.rpartition("/")[2]
        flit = self.tool("flit", "metadata")
        flit_name = flit.get("dist-name", flit.get("module"))
        computed = self._computed_name() if self.setup and not setup_name else ""
        names = (
            *(self._project.get("name"), self._poetry.get("name")),
            *(option_name, setup_name, flit_name, computed),
        )
        name = next((name for name in names if isinstance(name, str) and name), folder)
        bases = self.setup.bases if self.setup else ()
        return PackageHints(name, self.root, tuple(self._listed()), (*bases, *self._bases()))

    def _bases(self) -> Iterator[str]:
        """The folders of packages that the build backend's configuration names."""
        tool = toml.table(self.document.table, "tool")
        for path, key in _BASES if tool else ():
            named = toml.table(tool, *path).get(key)
            yield from _strings(named if isinstance(named, list) else [named])
        if where := self.option("options.packages.find", "where"):
            yield from map(str.strip, where.value.split("\n"))

    def _computed_name(self) -> str:
        """The name that ``setup.py`` reads from a module of the project, as with ``about["__title__"]``."""
        inputs = self.setup.name_inputs if self.setup else None
        if inputs is None:
            return ""
        from release_async.versions.formats.python import statements  # noqa: PLC0415 - nearly every script states it

        words = [each for each in inputs.strings if each.isidentifier()]
        wanted = (*words, *(f"__{each}__" for each in words), inputs.imported[1])
        for path in map(self.below, inputs.paths):
            try:
                text = (self.texts.text(path) or "") if path.endswith(".py") else ""
                found = statements(text, tuple(filter(None, wanted)))
            except UnreadableError:
                continue  # it is told where the version is looked for
            if values := [each.value for each in found if each.value]:
                return values[0]
        return ""

    def _listed(self) -> Iterator[str]:
        """The packages and modules that the build backend's configuration lists as literals."""
        tool = toml.table(self.document.table, "tool")
        for path, key in _LISTING if tool else ():
            named = toml.table(tool, *path).get(key)
            yield from _strings([*named] if isinstance(named, list | dict) else [named])
        yield from self._forced()
        included = self._poetry.get("packages")
        for entry in included if isinstance(included, list) else []:
            parts = (toml.table({"entry": entry}, "entry").get(key) for key in ("from", "include"))
            yield join_path(*_strings([*parts]))
        if self.setup:
            yield from self.setup.packages
        if packages := self.option("options", "packages", "py_modules"):
            yield from (line.strip() for line in packages.value.splitlines() if ":" not in line)

    def _forced(self) -> Iterator[str]:
        """The folders that hatch packs as a whole package: ``"code" = "demo"``, not ``= "demo/tests"``."""
        build = self.tool("hatch", "build")
        for table in (build, toml.table(build, "targets", "wheel")):
            for source, place in toml.table(table, "force-include").items():
                if isinstance(place, str) and "/" not in place.strip("/"):
                    yield source

    def literals(self) -> Iterator[Site]:
        """Every literal version, the one that the backend uses first."""
        yield from self._toml_literal(("project", "version"), self._project)
        yield from self._toml_literal(("tool", "poetry", "version"), self._poetry)
        option = self.option("metadata", "version")
        if option and not _is_reference(option.value):
            place = (option.start, option.end) if "\n" not in option.value else (-1, -1)
            yield self._site(self.cfg, option.line, "metadata.version", option.value, place)
        stated = self.setup.version if self.setup else None
        if stated and stated.value is not None:
            yield site_from_statement(self.script, stated, Role.MIRROR)

    def _toml_literal(self, path: toml.Path, table: toml.Table) -> Iterator[Site]:
        value = table.get("version")
        if isinstance(value, str):
            span = self.document.span(path) or toml.Span(-1, -1, 1)
            yield self._site(self.pyproject, span.line, ".".join(path), value, (span.start, span.end))

    def _site(self, path: str, line: int, key: str, text: str, place: tuple[int, int]) -> Site:  # noqa: PLR0913, PLR0917 - the columns of one row
        if self.tag_tool:
            note = f"a placeholder: {self.tag_tool} takes the version from the git tag"
            return Site(path, line, Role.FALLBACK, text, note, key)
        return Site(path, line, Role.MIRROR, text, "", key, *place)

    def references(self) -> Iterator[Site]:
        """The places that declare a version without stating it."""
        if self.tag_tool:
            note = f"comes from the git tag ({self.tag_tool})"
            yield Site(self.main_file(), self.declaring_line(), Role.OPAQUE, note=note, key="version")
            return
        if "version" in _strings(self._project.get("dynamic")):
            yield Site(
                self.pyproject,
                self.declaring_line(),
                Role.DERIVED,
                note="declared dynamic",
                key="project.dynamic",
            )
        option = self.option("metadata", "version")
        if option and _is_reference(option.value):
            yield Site(self.cfg, option.line, Role.DERIVED, note=option.value, key="metadata.version")
        stated = self.setup.version if self.setup else None
        if stated and stated.value is None:
            yield Site(self.script, stated.line, Role.DERIVED, note="computed by setup.py", key=stated.key)

    def contradictions(self) -> Iterator[Problem]:
        """Problems that make every build fail: a version that is both static and dynamic, or not a string."""
        version = self._project.get("version")
        where = f"{plain(self.pyproject)}:{self.document.line('project', 'version')}"
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

    def main_file(self) -> str:
        """The file that describes the distribution, for messages."""
        if self.document.table:
            return self.pyproject
        return self.script if self.setup else self.cfg

    def declaring_line(self) -> int:
        """The line of ``pyproject.toml`` that declares the version dynamic, or else names the project."""
        declaring = (("project", "dynamic"), ("project", "name"), ("tool", "poetry", "name"))
        spans = (self.document.span(path) for path in declaring)
        return next((span.line for span in spans if span), 1)

    def is_dynamic(self) -> bool:
        """Whether no metadata table states the version."""
        return "version" not in self._project and "version" not in self._poetry

    def package_dirs(self) -> dict[str, object]:
        """The ``package_dir`` of ``setup.cfg`` or ``setup.py``: folders by package; "" means all."""
        option = self.option("options", "package_dir")
        lines = (line.partition("=") for line in option.value.splitlines()) if option else ()
        mapped: dict[str, object] = {name.strip(): folder.strip() for name, _, folder in lines}
        return mapped or ({"": self.setup.bases[0]} if self.setup and self.setup.bases else {})

    def option(self, section: str, *keys: str) -> ini.Option | None:
        """The first option in a section of ``setup.cfg`` with one of these keys."""
        return next(
            (option for option in self.options if option.section == section and option.key in keys), None
        )

    def _tag_tool(self) -> str:
        """The tool that takes the version from the git tag, unless a static version overrides it."""
        tool = toml.table(self.document.table, "tool")
        hatch = toml.table(tool, "hatch", "version")
        if toml.table(tool, "poetry-dynamic-versioning").get("enable") is True:
            return "poetry-dynamic-versioning"
        if "version" in self._project or "version" in self._poetry:
            return ""
        if toml.table(tool, "pdm", "version").get("source") == "scm":
            return "pdm-backend's scm source"
        if hatch or "version" in toml.table(tool, "setuptools", "dynamic"):
            return _HATCH_SOURCES.get(str(hatch.get("source")), "")
        if "versioneer" in tool or any(option.section == "versioneer" for option in self.options):
            return "versioneer"
        return self.setup.tag_tool if self.setup and self.setup.tag_tool else self.required_tag_tool()

    def required_tag_tool(self) -> str:
        """The tool that the build requirements name; a version in ``setup.cfg`` overrides all but pbr."""
        requires = _strings(toml.table(self.document.table, "build-system").get("requires"))
        setup_requires = self.option("options", "setup_requires")
        lines = (*requires, *(setup_requires.value.splitlines() if setup_requires else ()))
        names = [_requirement(line) for line in lines]
        tools = [_TAG_REQUIREMENTS[name] for name in names if name in _TAG_REQUIREMENTS]
        static = self.option("metadata", "version") or (self.setup and self.setup.version)
        return next((tool for tool in tools if tool == "pbr" or not static), "")


def site_from_statement(path: str, statement: Statement, role: Role) -> Site:
    """The site of a Python statement with a value."""
    site = Site(path, statement.line, role, statement.value or "", statement.note, statement.key)
    return site._replace(
        start=statement.start, end=statement.end, form=statement.form, pieces=statement.pieces
    )


def _is_reference(value: str) -> bool:
    """Whether an option of ``setup.cfg`` refers to another place instead of stating a version."""
    return value.partition(":")[0].strip() in {"attr", "file"} and ":" in value


def _requirement(line: str) -> str:
    """The normalised name in a requirement."""
    stripped = line.strip()
    length = next((at for at, sign in enumerate(stripped) if not (sign.isalnum() or sign in "-_.")), None)
    return normalised(stripped[:length])


def _strings(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
