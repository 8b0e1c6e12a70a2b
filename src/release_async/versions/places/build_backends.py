"""Where each build backend takes a dynamic version from: one rule per backend.

The rules find what the backend would find, without running anything; if they cannot know it, they say why.
"""

from release_async.base.lazy_typing import Callable, Final, Iterable, Iterator, NamedTuple
from release_async.base.problems import Problem, refuse
from release_async.versions.distribution import Role, Site
from release_async.versions.formats import plain_text
from release_async.versions.formats.python import NAMES, TUPLES, Statement, statements
from release_async.versions.import_packages import join_path, normalised
from release_async.versions.pep440 import parse
from release_async.versions.places.declared_metadata import Folder, site_from_statement, unreadable
from release_async.versions.text_encoding import UnreadableError, plain, quoted

_DEEPEST: Final = 4


class RuleResult(NamedTuple):
    """The result of a rule.

    Attributes:
        sites: The source; empty if there is no literal.
        reason: Why there is none; empty if the rule does not know.
        problems: Problems that make the build itself fail.
        generated: Whether the backend reads a file that is not in the tree.
    """

    sites: tuple[Site, ...] = ()
    reason: str = ""
    problems: tuple[Problem, ...] = ()
    generated: bool = False


def source(folder: Folder) -> RuleResult:
    """Find where the build backend of a project takes the version from.

    Args:
        folder: A project whose metadata tables state no version.
    """
    name = folder.backend
    rule = next(
        (rule for prefix, rule in RULES.items() if name == prefix or name.startswith(f"{prefix}.")), None
    )
    try:
        rule = rule or _wrapped(folder)
        if rule is None:
            return RuleResult(reason=f"the build backend {quoted(name)} is not known")
        return rule(folder)
    except UnreadableError as error:
        return RuleResult(reason=f"what {name} reads {error.reason}")


def _wrapped(folder: Folder) -> Callable[[Folder], RuleResult] | None:
    """The rule of the backend that one in the tree (PEP 517, ``backend-path``) hands on to, if it does."""
    listed = folder.table("build-system").get("backend-path")
    for place in listed if isinstance(listed, list) else ():
        stem = join_path(str(place), folder.backend.replace(".", "/"))
        for path in (folder.below(f"{stem}.py"), folder.below(f"{stem}/__init__.py")):
            text = (folder.texts.text(path) or "") if path in folder.texts else ""
            for prefix, rule in RULES.items():
                if prefix in text:
                    return rule
    return None


def _setuptools(folder: Folder) -> RuleResult:
    """``attr`` and ``file`` in ``pyproject.toml``, then ``setup.cfg``, then the argument in ``setup.py``."""
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


def _attribute(folder: Folder, attribute: str) -> RuleResult:
    """``attr = "package.module.name"``, resolved as setuptools does."""
    module, _, name = attribute.strip().rpartition(".")
    path = _module(folder, module or folder.hints().name)
    if path is None:
        return RuleResult(reason=f"{quoted(attribute)} is in no module of this tree", generated=True)
    return name_in_module(folder, path, name)


def _module(folder: Folder, module: str) -> str | None:
    """The file of a dotted module name, in the folders that may contain packages."""
    mapped = folder.tool("setuptools", "package-dir") or folder.package_dirs()
    below = module.replace(".", "/")
    top, _, rest = module.partition(".")
    bases = [mapped.get(""), "", "src", "lib", "python"]
    given = [join_path(str(mapped[top]), rest.replace(".", "/"))] if top in mapped else []
    for stem in (*given, *(join_path(str(base), below) for base in bases if base is not None)):
        for path in (folder.below(f"{stem}.py"), folder.below(f"{stem}/__init__.py")):
            if path in folder.texts:
                return path
    return None


def name_in_module(folder: Folder, path: str, name: str, depth: int = 0) -> RuleResult:
    """The value of a name in a module, followed through imports and into files that the module reads.

    Args:
        folder: The project.
        path: The module.
        name: The name.
        depth: How many modules have been followed already.

    Raises:
        UnreadableError: A module cannot be read.
    """
    text = folder.texts.text(path) or ""
    found = statements(text, tuple(dict.fromkeys((name, *NAMES, *TUPLES))))
    same = [each for each in found if each.key == name]
    if not same:
        return RuleResult(reason=f"{quoted(name)} is not set in {plain(path)}")
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
    return _follow(folder, path, same[0], depth)


def _literal(path: str, statement: Statement) -> RuleResult:
    """The source is a literal, if that is a version."""
    site = site_from_statement(path, statement, Role.SOURCE)
    if site.version is None:
        reason = f"{statement.key} in {plain(path)} is {quoted(site.text)}, which is not PEP 440"
        return RuleResult((site._replace(role=Role.OPAQUE, note=reason),), reason)
    return RuleResult((site,))


def _follow(folder: Folder, path: str, statement: Statement, depth: int) -> RuleResult:
    """Follow a name that is imported or computed, or give the reason why that is impossible."""
    from release_async.versions.formats.script_inputs import find_inputs, first_assignment  # noqa: PLC0415 - few projects need it

    module = folder.texts.module(path)
    value = first_assignment(module, statement.key) if module else None
    package = path.rpartition("/")[0]
    if module is None or depth > _DEEPEST:
        return RuleResult(reason=f"{statement.key} in {plain(path)} is {statement.note}")
    if value is None:
        imported = _import_source(folder, path, statement.key)
        return name_in_module(folder, imported[0], imported[1], depth + 1) if imported else RuleResult(
            reason=f"{statement.key} in {plain(path)} is {statement.note}"
        )  # fmt: skip
    found = find_inputs(module, value, lambda name: join_path(package, name) in folder.texts)
    if found.imported[0] and (target := _imported_file(folder, path, found.imported[0])):
        return name_in_module(folder, target, found.imported[1], depth + 1)
    paths = [each for name in found.paths if (each := join_path(package, name)) != path]
    read = _single_stated(folder, paths, found.strings)
    return read or RuleResult(reason=f"{statement.key} in {plain(path)} is {statement.note}")


def _import_source(folder: Folder, path: str, name: str) -> tuple[str, str] | None:
    """The file and name that a ``from x import y`` refers to; None if the file is not in the tree."""
    import _ast as ast  # noqa: PLC0415 - only where a version is imported

    from release_async.versions.formats.python_syntax import walk  # noqa: PLC0415 - as above

    module = folder.texts.module(path)
    for node in walk(module.tree) if module else ():
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    target = _imported_file(folder, path, "." * node.level + (node.module or ""))
                    return (target, alias.name) if target else None
    return None


def _imported_file(folder: Folder, path: str, module: str) -> str | None:
    """The file of a module as another one imports it, relatively or absolutely."""
    if not module.startswith("."):
        return _module(folder, module)
    package, level = path.rpartition("/")[0], len(module) - len(module.lstrip("."))
    for _ in range(level - 1):
        package = package.rpartition("/")[0]
    stem = join_path(package, module.lstrip(".").replace(".", "/"))
    return next((each for each in (f"{stem}.py", f"{stem}/__init__.py") if each in folder.texts), None)


def _files(folder: Folder, names: list[str]) -> RuleResult:
    """``file = ...``: setuptools joins several files by line ends, which is never a version."""
    if len(names) > 1:
        what = f"setuptools would join these {len(names)} files, which gives no version"
        line = folder.document.line("tool", "setuptools", "dynamic", "version")
        return RuleResult(problems=(_build_problem(folder, what, "name one file only", line),))
    path = folder.below(names[0])
    if path not in folder.texts:
        return _missing(folder, path)
    return RuleResult((whole_file(path, folder.texts.text(path) or ""),))


def whole_file(path: str, text: str) -> Site:
    """The site of a file that contains only the version."""
    found = plain_text.whole_file(text)
    return Site(path, found.line, Role.SOURCE, found.text, "", "whole file", found.start, found.end)


def _missing(folder: Folder, path: str) -> RuleResult:
    what = f"the build backend reads the version from {plain(path)}, which is missing"
    problem = _build_problem(folder, what, f"add {plain(path)}, or correct {plain(folder.main_file())}")
    return RuleResult(problems=(problem,), generated=True)


def _build_problem(folder: Folder, what: str, cure: str, line: int = 0) -> Problem:
    where = f"{plain(folder.main_file())}:{line or folder.declaring_line()}"
    return refuse(what, where=where, cure=cure)


def _script(folder: Folder) -> RuleResult:
    """The module that ``setup.py`` imports the version from, or the file it reads it from."""
    setup = folder.setup
    if setup is None or setup.version is None or setup.version.value is not None:
        return RuleResult()
    unknown = RuleResult(reason="setup.py computes it in a way that only running it would show")
    if setup.inputs is None:
        return unknown
    module, name = setup.inputs.imported
    if module and (path := _module(folder, module)):
        return name_in_module(folder, path, name)
    outer, _, inner = module.rpartition(".")
    if outer and (path := _module(folder, outer)):
        return name_in_module(folder, path, inner)
    paths = [folder.below(each) for each in setup.inputs.paths]
    return _single_stated(folder, paths, setup.inputs.strings) or unknown


def _single_stated(folder: Folder, paths: Iterable[str], strings: Iterable[str]) -> RuleResult | None:
    """The version in the files that code reads; None if not exactly one of them states one."""
    names = _searched_names(tuple(strings))
    found: dict[tuple[str, int], Site] = {}
    for path in dict.fromkeys(paths):
        try:
            for site in _sites_in(folder, path, names):
                found.setdefault((site.path, site.start), site)
        except UnreadableError:
            continue
    python = [site for site in found.values() if site.path.endswith(".py")] or list(found.values())
    return RuleResult((python[0],)) if len({site.path for site in python}) == 1 else None


def _searched_names(strings: tuple[str, ...]) -> tuple[str, ...]:
    """The names that code with these string literals searches for."""
    names = [
        name
        for name in ("__version__", "VERSION", "__version_info__", "version_info")
        if any(name in each for each in strings)
    ]
    lower = any(each.startswith(("version", "^version")) for each in strings)
    return tuple(names or ([*NAMES, "version"] if lower else NAMES))


def _sites_in(folder: Folder, path: str, names: tuple[str, ...]) -> Iterator[Site]:
    text = folder.texts.text(path, most=200_000) or ""
    if not path.endswith(".py"):
        site = whole_file(path, text)
        if site.version:
            yield site
        return
    stated = [each for each in statements(text, names) if each.value is not None and not each.nested]
    for each in [each for name in names for each in stated if each.key == name][:1]:
        site = site_from_statement(path, each, Role.SOURCE)
        if site.version:
            yield site


def _hatchling(folder: Folder) -> RuleResult:
    """``[tool.hatch.version]``: a path with or without a regex, an expression, ``package.json``."""
    table = folder.tool("hatch", "version")
    kind, path = str(table.get("source", "regex")), table.get("path")
    if kind == "incremental":
        return RuleResult()  # found like any other module that states the version
    if kind == "nodejs":
        return _package_json(folder, str(path or "package.json"))
    if kind == "code" and isinstance(path, str):
        return _code(folder, path, str(table.get("expression", "__version__")))
    if kind != "regex":
        return RuleResult(
            reason=_HATCH_UNKNOWN.get(kind, f"hatchling's source {quoted(kind)} runs code to find it")
        )
    given = table.get("pattern")
    groups = plain_text.HATCH if not isinstance(given, str) else given
    if not isinstance(path, str):
        return RuleResult(reason="hatchling has no file configured: a hook of the project sets it")
    return _regex_match(folder, path, (groups, "version"))


_HATCH_UNKNOWN: Final = {"env": "hatchling takes it from the environment (env)"}


def _code(folder: Folder, path: str, expression: str) -> RuleResult:
    if not expression.isidentifier() or folder.below(path) not in folder.texts:
        return RuleResult(reason=f"hatchling would run the code of {plain(path)}")
    return name_in_module(folder, folder.below(path), expression)


def _package_json(folder: Folder, path: str) -> RuleResult:
    """The ``version`` of npm's metadata."""
    from release_async.versions.places import node  # noqa: PLC0415 - few projects need it

    if folder.below(path) not in folder.texts:
        return _missing(folder, folder.below(path))
    return RuleResult(
        tuple(node.stated(folder.below(path), folder.texts.text(folder.below(path)) or "", Role.SOURCE))
    )


def _regex_match(folder: Folder, path: str, wanted: tuple[str, str | int]) -> RuleResult:
    """The first match of a backend's regex in a file."""
    expression, group = wanted
    path = folder.below(path)
    text = folder.texts.text(path)
    if text is None:
        return _missing(folder, path)
    found = plain_text.search_regex(text, expression, group, "version", "value", 1)
    if found is None:
        return RuleResult(problems=(_unmatched(folder.backend, path, text),))
    site = Site(
        path, found.line, Role.SOURCE, found.text, "", _key_at(text, found.start), found.start, found.end
    )
    return RuleResult((site,))


def _unmatched(backend: str, path: str, text: str) -> Problem:
    """The problem that a backend's regex finds nothing, most often because of a type annotation."""
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
    """The name of a place: the variable before the version on its line, if there is one."""
    line = text[text.rfind("\n", 0, start) + 1 : start]
    name = line.partition("=")[0].strip()
    return name if "=" in line and name.isidentifier() else "whole file" if not line.strip() else "pattern"


def _flit(folder: Folder) -> RuleResult:
    """The last string constant in the first of flit's modules that has one."""
    module = next(iter(folder.hints().listed), "") or normalised(folder.hints().name)
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
                followed = name_in_module(folder, path, "__version__")
                if followed.sites:
                    return followed
    return RuleResult()


def _pdm(folder: Folder) -> RuleResult:
    """``[tool.pdm.version]``: a file with or without a regex, or a function."""
    table = folder.tool("pdm", "version")
    path = table.get("path") or table.get("from")
    if str(table.get("source", "file")) != "file":
        return RuleResult(
            reason=f"pdm-backend would call {quoted(str(table.get('getter', table.get('source'))))}"
        )
    given = table.get("pattern")
    expression = given if isinstance(given, str) else plain_text.PDM
    if not isinstance(path, str):
        return RuleResult(reason="pdm-backend has no file configured that states it")
    return _regex_match(folder, path, (expression, 1))


def _scikit(folder: Folder) -> RuleResult:
    """``[tool.scikit-build.metadata.version]``: only the regex provider runs no code."""
    table = folder.tool("scikit-build", "metadata", "version")
    provider, path = str(table.get("provider", "")), table.get("input")
    if "result" in table:
        return RuleResult(reason="scikit-build-core composes the version by result, from several places")
    if not provider.endswith("metadata.regex") or not isinstance(path, str):
        return RuleResult(reason=f"scikit-build-core's provider {quoted(provider)} runs code to find it")
    given = table.get("regex")
    return _regex_match(folder, path, (given if isinstance(given, str) else plain_text.SCIKIT, "value"))


def _maturin(folder: Folder) -> RuleResult:
    """The version of the crate or of its workspace."""
    from release_async.versions.places import cargo  # noqa: PLC0415 - few projects need it

    found = cargo.stated(folder)
    return (
        RuleResult((found._replace(role=Role.SOURCE),))
        if found
        else RuleResult(reason="no Cargo.toml states a version")
    )


def _meson(folder: Folder) -> RuleResult:
    """The ``version`` of ``project()`` in ``meson.build``, if it is a literal."""
    from release_async.versions.places import meson  # noqa: PLC0415 - few projects need it

    path = folder.below("meson.build")
    found = meson.stated(path, folder.texts.text(path) or "")
    if found is None or found.role is Role.OPAQUE:
        return RuleResult((found,) if found else ())
    return RuleResult((found._replace(role=Role.SOURCE),))


def _static(_: Folder) -> RuleResult:
    """For backends that take the version only from the metadata tables."""
    return RuleResult()


RULES: Final[dict[str, Callable[[Folder], RuleResult]]] = {
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
"""The rules by backend module; submodules use the rule of their package."""
