"""Where each build backend takes a version from that no metadata table states: one table of rules.

The rules say what running the backend would find, without running anything; what they cannot know they say.
"""

from release_async.base.lazy_typing import Callable, Final, Iterable, Iterator, NamedTuple
from release_async.base.problems import Problem, refuse
from release_async.versions.encoding import UnreadableError, plain, quoted
from release_async.versions.formats import plain_text
from release_async.versions.formats.python import NAMES, TUPLES, Statement, statements
from release_async.versions.import_packages import joined, normalised
from release_async.versions.pep440 import parse
from release_async.versions.places.declared_metadata import Folder, from_statement, unreadable
from release_async.versions.site import Role, Site

_DEEPEST: Final = 4


class Source(NamedTuple):
    """What a rule found.

    Attributes:
        sites: The source and what leads to it; nothing where there is no literal.
        reason: Why there is none; empty where the rule has no opinion.
        problems: What keeps the backend from building at all.
        generated: Whether the backend reads a file that is not in the tree.
    """

    sites: tuple[Site, ...] = ()
    reason: str = ""
    problems: tuple[Problem, ...] = ()
    generated: bool = False


def source(folder: Folder) -> Source:
    """Find where the build backend of a project takes the version from.

    Args:
        folder: A project whose metadata tables state no version.
    """
    name = folder.backend
    rule = next(
        (rule for prefix, rule in RULES.items() if name == prefix or name.startswith(f"{prefix}.")), None
    )
    if rule is None:
        return Source(reason=f"the build backend {quoted(name)} is not known")
    try:
        return rule(folder)
    except UnreadableError as error:
        return Source(reason=f"what {name} reads {error.reason}")


def _setuptools(folder: Folder) -> Source:
    """``attr`` and ``file`` of ``pyproject.toml``, then of ``setup.cfg``, then what ``setup.py`` passes."""
    dynamic = folder.tool("setuptools", "dynamic", "version")
    option = folder.option("metadata", "version")
    kind, _, rest = option.value.partition(":") if option else ("", "", "")
    given = (
        {"attr": dynamic.get("attr"), "file": dynamic.get("file")}
        if dynamic
        else {kind.strip(): rest.strip()}
    )
    if isinstance(attribute := given.get("attr"), str):
        return _attribute(folder, attribute)
    if files := given.get("file"):
        listed = files if isinstance(files, list) else str(files).split(",")
        return _files(folder, [str(each).strip() for each in listed])
    return _script(folder)


def _attribute(folder: Folder, attribute: str) -> Source:
    """``package.module.name``, as setuptools looks it up."""
    module, _, name = attribute.strip().rpartition(".")
    path = _module(folder, module or folder.named().name)
    if path is None:
        return Source(reason=f"{quoted(attribute)} is in no module of this tree", generated=True)
    return _named(folder, path, name)


def _module(folder: Folder, module: str) -> str | None:
    """The file of a dotted module, in the folders where packages are."""
    mapped = folder.tool("setuptools", "package-dir") or folder.mapped()
    below = module.replace(".", "/")
    top, _, rest = module.partition(".")
    bases = [mapped.get(""), "", "src", "lib", "python"]
    given = [joined(str(mapped[top]), rest.replace(".", "/"))] if top in mapped else []
    for stem in (*given, *(joined(str(base), below) for base in bases if base is not None)):
        for path in (folder.below(f"{stem}.py"), folder.below(f"{stem}/__init__.py")):
            if path in folder.texts:
                return path
    return None


def _named(folder: Folder, path: str, name: str, depth: int = 0) -> Source:
    """What a module's name is set to: followed through imports, and into files that the module reads."""
    text = folder.texts.text(path) or ""
    found = statements(text, tuple(dict.fromkeys((name, *NAMES, *TUPLES))))
    same = [each for each in found if each.key == name]
    if not same:
        return Source(reason=f"{quoted(name)} is not set in {plain(path)}")
    literal = next((each for each in same if each.value is not None and not each.nested), None)
    if literal is None and not any(not each.nested for each in same):
        literal = next((each for each in same if each.value and parse(each.value)), None)
    if literal is not None:
        return _literal(path, literal)
    aliased = next(
        (each for each in found if same[0].note == f"the same as {each.key}" and each.start >= 0), None
    )
    if aliased is not None:
        return _literal(path, aliased)
    return _followed(folder, path, same[0], depth)


def _literal(path: str, statement: Statement) -> Source:
    """A literal is the source if it is a version."""
    site = from_statement(path, statement, Role.SOURCE)
    if site.version is None:
        reason = f"{statement.key} in {plain(path)} is {quoted(site.text)}, which is not PEP 440"
        return Source((site._replace(role=Role.OPAQUE, note=reason),), reason)
    return Source((site,))


def _followed(folder: Folder, path: str, statement: Statement, depth: int) -> Source:
    """A name that is imported or computed: where from, or why that cannot be known."""
    from release_async.versions.formats.script_inputs import reads, set_by  # noqa: PLC0415 - few projects need it

    module = folder.texts.module(path)
    value = set_by(module, statement.key) if module else None
    package = path.rpartition("/")[0]
    if module is None or depth > _DEEPEST:
        return Source(reason=f"{statement.key} in {plain(path)} is {statement.note}")
    if value is None:
        imported = _importing(folder, path, statement.key)
        return _named(folder, imported[0], imported[1], depth + 1) if imported else Source(
            reason=f"{statement.key} in {plain(path)} is {statement.note}"
        )  # fmt: skip
    found = reads(module, value, lambda name: joined(package, name) in folder.texts)
    if found.imported[0] and (target := _beside(folder, path, found.imported[0])):
        return _named(folder, target, found.imported[1], depth + 1)
    read = _read_by(
        folder, [joined(package, each) for each in found.paths if joined(package, each) != path], found.said
    )
    return read or Source(reason=f"{statement.key} in {plain(path)} is {statement.note}")


def _importing(folder: Folder, path: str, name: str) -> tuple[str, str] | None:
    """The file and name that a ``from x import y`` in a module means, where the file is in the tree."""
    import _ast as ast  # noqa: PLC0415 - only where a version is imported

    from release_async.versions.formats.python_syntax import walk  # noqa: PLC0415 - as above

    module = folder.texts.module(path)
    for node in walk(module.tree) if module else ():
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    target = _beside(folder, path, "." * node.level + (node.module or ""))
                    return (target, alias.name) if target else None
    return None


def _beside(folder: Folder, path: str, module: str) -> str | None:
    """The file of a module as another one imports it: relative to it, or absolute."""
    if not module.startswith("."):
        return _module(folder, module)
    package, level = path.rpartition("/")[0], len(module) - len(module.lstrip("."))
    for _ in range(level - 1):
        package = package.rpartition("/")[0]
    stem = joined(package, module.lstrip(".").replace(".", "/"))
    return next((each for each in (f"{stem}.py", f"{stem}/__init__.py") if each in folder.texts), None)


def _files(folder: Folder, names: list[str]) -> Source:
    """Whole files, which setuptools joins by line ends: more than one can be no version."""
    if len(names) > 1:
        what = f"setuptools takes a version from one file, and would join these {len(names)}"
        line = folder.document.line("tool", "setuptools", "dynamic", "version")
        return Source(problems=(_broken(folder, what, "name one file only", line),))
    path = folder.below(names[0])
    if path not in folder.texts:
        return _missing(folder, path)
    return Source((whole_file(path, folder.texts.text(path) or ""),))


def whole_file(path: str, text: str) -> Site:
    """The place that a file is which holds nothing but the version."""
    found = plain_text.whole(text)
    return Site(path, found.line, Role.SOURCE, found.text, "", "whole file", found.start, found.end)


def _missing(folder: Folder, path: str) -> Source:
    what = f"the build backend reads the version from {plain(path)}, which is not there"
    problem = _broken(folder, what, f"add {plain(path)}, or change what {plain(folder.described_in())} says")
    return Source(problems=(problem,), generated=True)


def _broken(folder: Folder, what: str, cure: str, line: int = 0) -> Problem:
    where = f"{plain(folder.described_in())}:{line or folder.declaring_line()}"
    return refuse(what, where=where, cure=cure)


def _script(folder: Folder) -> Source:
    """What ``setup.py`` computes the version from: a module it imports, or a file it reads."""
    setup = folder.setup
    if setup is None or setup.version is None or setup.version.value is not None:
        return Source()
    unknown = Source(reason="setup.py computes it from what only running would tell")
    if setup.reads is None:
        return unknown
    module, name = setup.reads.imported
    if module and (path := _module(folder, module)):
        return _named(folder, path, name)
    outer, _, inner = module.rpartition(".")
    if outer and (path := _module(folder, outer)):
        return _named(folder, path, inner)
    return _read_by(folder, [folder.below(each) for each in setup.reads.paths], setup.reads.said) or unknown


def _read_by(folder: Folder, paths: Iterable[str], said: Iterable[str]) -> Source | None:
    """The one file among those that code reads which states a version; None where it is not exactly one."""
    names = _wanted(tuple(said))
    found: dict[tuple[str, int], Site] = {}
    for path in dict.fromkeys(paths):
        try:
            for site in _stating(folder, path, names):
                found.setdefault((site.path, site.start), site)
        except UnreadableError:
            continue
    python = [site for site in found.values() if site.path.endswith(".py")] or list(found.values())
    return Source((python[0],)) if len({site.path for site in python}) == 1 else None


def _wanted(said: tuple[str, ...]) -> tuple[str, ...]:
    """The names under which code that says these strings looks for a version."""
    names = [
        name
        for name in ("__version__", "VERSION", "__version_info__", "version_info")
        if any(name in each for each in said)
    ]
    lower = any(each.startswith(("version", "^version")) for each in said)
    return tuple(names or ([*NAMES, "version"] if lower else NAMES))


def _stating(folder: Folder, path: str, names: tuple[str, ...]) -> Iterator[Site]:
    text = folder.texts.text(path, most=200_000) or ""
    if not path.endswith(".py"):
        site = whole_file(path, text)
        if site.version:
            yield site
        return
    stated = [each for each in statements(text, names) if each.value is not None and not each.nested]
    for each in [each for name in names for each in stated if each.key == name][:1]:
        site = from_statement(path, each, Role.SOURCE)
        if site.version:
            yield site


def _hatchling(folder: Folder) -> Source:
    """``[tool.hatch.version]``: a path with or without a regex, an expression, ``package.json``."""
    table = folder.tool("hatch", "version")
    kind, path = str(table.get("source", "regex")), table.get("path")
    if kind == "incremental":
        return Source()  # its module states the version as any other does
    if kind == "nodejs":
        return _package_json(folder, str(path or "package.json"))
    if kind == "code" and isinstance(path, str):
        return _code(folder, path, str(table.get("expression", "__version__")))
    if kind != "regex":
        return Source(
            reason=_HATCH_UNKNOWN.get(kind, f"hatchling's source {quoted(kind)} runs code to know it")
        )
    given = table.get("pattern")
    groups = plain_text.HATCH if not isinstance(given, str) else given
    if not isinstance(path, str):
        return Source(reason="hatchling is told of no file: a hook of the project sets it")
    return _searched(folder, path, (groups, "version"))


_HATCH_UNKNOWN: Final = {"env": "hatchling asks the environment (env) for it"}


def _code(folder: Folder, path: str, expression: str) -> Source:
    if not expression.isidentifier() or folder.below(path) not in folder.texts:
        return Source(reason=f"hatchling would run the code of {plain(path)}")
    return _named(folder, folder.below(path), expression)


def _package_json(folder: Folder, path: str) -> Source:
    """The ``version`` of npm's metadata."""
    from release_async.versions.places import node  # noqa: PLC0415 - few projects need it

    if folder.below(path) not in folder.texts:
        return _missing(folder, folder.below(path))
    return Source(
        tuple(node.stated(folder.below(path), folder.texts.text(folder.below(path)) or "", Role.SOURCE))
    )


def _searched(folder: Folder, path: str, wanted: tuple[str, str | int]) -> Source:
    """What a backend's regex finds in a file."""
    expression, group = wanted
    path = folder.below(path)
    text = folder.texts.text(path)
    if text is None:
        return _missing(folder, path)
    found = plain_text.searched(text, expression, group, "version", "value", 1)
    if found is None:
        return Source(problems=(_unmatched(folder.backend, path, text),))
    site = Site(
        path, found.line, Role.SOURCE, found.text, "", _key_at(text, found.start), found.start, found.end
    )
    return Source((site,))


def _unmatched(backend: str, path: str, text: str) -> Problem:
    """Why a backend's regex finds nothing: most often a type annotation."""
    try:
        found = (
            [each for each in statements(text) if each.value is not None]
            if path.endswith((".py", ".pyi"))
            else []
        )
    except UnreadableError as error:
        return unreadable(path, error)
    where = f"{plain(path)}:{found[0].line if found else 1}"
    if found and found[0].annotated:
        cure = "remove the annotation, or give the backend a pattern that allows it"
        return refuse(
            f"{plain(backend)} cannot read a version with a type annotation", where=where, cure=cure
        )
    cure = "write it there, or correct the path or pattern in pyproject.toml"
    return refuse(f"{plain(backend)} finds no version here", where=where, cure=cure)


def _key_at(text: str, start: int) -> str:
    """What stands before a version on its line, as the name of the place."""
    line = text[text.rfind("\n", 0, start) + 1 : start]
    name = line.partition("=")[0].strip()
    return name if "=" in line and name.isidentifier() else "whole file" if not line.strip() else "pattern"


def _flit(folder: Folder) -> Source:
    """The last string constant among the modules that flit reads, ``__init__.py`` being the last of them."""
    module = next(iter(folder.named().listed), "") or normalised(folder.named().name)
    stem = module.replace(".", "/")
    for base in ("", "src/"):
        for name in (
            f"{stem}/__init__.py",
            f"{stem}/__version__.py",
            f"{stem}/_version.py",
            f"{stem}/version.py",
            f"{stem}.py",
        ):
            path = folder.below(base + name)
            found = (
                statements(folder.texts.text(path) or "", ("__version__",)) if path in folder.texts else ()
            )
            constants = [each for each in found if each.value is not None and not each.nested]
            if constants:
                return _literal(path, constants[-1])
            if found and name.endswith("__init__.py"):
                followed = _named(folder, path, "__version__")
                if followed.sites:
                    return followed
    return Source()


def _pdm(folder: Folder) -> Source:
    """``[tool.pdm.version]``: a file with or without a regex, or a function."""
    table = folder.tool("pdm", "version")
    path = table.get("path") or table.get("from")
    if str(table.get("source", "file")) != "file":
        return Source(
            reason=f"pdm-backend would call {quoted(str(table.get('getter', table.get('source'))))}"
        )
    given = table.get("pattern")
    expression = given if isinstance(given, str) else plain_text.PDM
    if not isinstance(path, str):
        return Source(reason="pdm-backend is told of no file that states it")
    return _searched(folder, path, (expression, 1))


def _scikit(folder: Folder) -> Source:
    """``[tool.scikit-build.metadata.version]``: the regex provider is read, any other runs code."""
    table = folder.tool("scikit-build", "metadata", "version")
    provider, path = str(table.get("provider", "")), table.get("input")
    if "result" in table:
        return Source(reason="scikit-build-core puts the version together by result, from several places")
    if not provider.endswith("metadata.regex") or not isinstance(path, str):
        return Source(reason=f"scikit-build-core's provider {quoted(provider)} is known only to running code")
    given = table.get("regex")
    return _searched(folder, path, (given if isinstance(given, str) else plain_text.SCIKIT, "value"))


def _maturin(folder: Folder) -> Source:
    """The version of the crate, its own or its workspace's."""
    from release_async.versions.places import cargo  # noqa: PLC0415 - few projects need it

    found = cargo.stated(folder)
    return (
        Source((found._replace(role=Role.SOURCE),))
        if found
        else Source(reason="no Cargo.toml states a version")
    )


def _meson(folder: Folder) -> Source:
    """The ``version`` of ``project()`` in ``meson.build``, where that is a literal."""
    from release_async.versions.places import meson  # noqa: PLC0415 - few projects need it

    path = folder.below("meson.build")
    found = meson.stated(path, folder.texts.text(path) or "")
    if found is None or found.role is Role.OPAQUE:
        return Source((found,) if found else ())
    return Source((found._replace(role=Role.SOURCE),))


def _static(_: Folder) -> Source:
    """Backends that take the version from the metadata tables only."""
    return Source()


RULES: Final[dict[str, Callable[[Folder], Source]]] = {
    "setuptools": _setuptools,
    "hatchling": _hatchling,
    "flit_core": _flit,
    "flit": _flit,
    "pdm": _pdm,
    "scikit_build_core": _scikit,
    "maturin": _maturin,
    "mesonpy": _meson,
    "poetry": _static,
    "poetry_dynamic_versioning": _static,
    "uv_build": _static,
    "pbr": _static,
}
"""By the module that builds: what it reads. Packages of a namespace share the rule of its first name."""
