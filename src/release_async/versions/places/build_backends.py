"""Where each build backend takes a dynamic version from: one rule per backend.

The rules find what the backend would find, without running anything; if they cannot know it, they say why.
"""

from release_async.base.lazy_typing import Callable, Final
from release_async.base.problems import Problem, refuse
from release_async.versions.distribution import Role, Site
from release_async.versions.formats import plain_text
from release_async.versions.formats.python import statements
from release_async.versions.import_packages import normalised
from release_async.versions.places.declared_metadata import Folder, unreadable
from release_async.versions.places.module_values import (
    RuleResult,
    from_literal,
    from_module,
    module_file,
    name_in_module,
    single_stated,
    whole_file,
)
from release_async.versions.text_encoding import UnreadableError, plain, quoted


def source(folder: Folder) -> RuleResult:
    """Find where the build backend of a project takes the version from.

    Args:
        folder: A project whose metadata tables state no version.
    """
    name = folder.backend
    try:
        rule = _rule_of(name) or _wrapped(folder)
        if rule is None:
            return RuleResult(reason=f"the build backend {quoted(name)} is not known")
        return rule(folder)
    except UnreadableError as error:
        return RuleResult(reason=f"what {name} reads {error.reason}")


def _wrapped(folder: Folder) -> Callable[[Folder], RuleResult] | None:
    """The rule of the backend that one in the tree (PEP 517, ``backend-path``) hands on to, if it does."""
    from release_async.versions.places import in_tree_backend  # noqa: PLC0415 - few projects have one

    for module in in_tree_backend.imported_modules(folder):
        rule = _rule_of(module)
        if rule is not None:
            return rule
    return None


def _rule_of(module: str) -> Callable[[Folder], RuleResult] | None:
    """The rule of a backend's module, or of the package that it is in."""
    return next(
        (rule for prefix, rule in RULES.items() if module == prefix or module.startswith(f"{prefix}.")), None
    )


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
    path = module_file(folder, module or folder.hints().name)
    if path is None:
        return RuleResult(reason=f"{quoted(attribute)} is in no module of this tree", generated=True)
    return name_in_module(folder, path, name)


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
    inputs = setup.inputs
    read = single_stated(folder, [folder.below(each) for each in inputs.paths], inputs.strings)
    found = from_module(folder, inputs.imported, inputs.folders) or read
    found = found or from_module(folder, inputs.called, inputs.folders)
    combined = [from_module(folder, each, inputs.folders) for each in inputs.combined]
    stated = [each for each in combined if each and each.sites]
    return found or (stated[0] if len(stated) == 1 else unknown)


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
    name = expression.removesuffix("()")
    if not name.isidentifier() or folder.below(path) not in folder.texts:
        return RuleResult(reason=f"hatchling would run the code of {plain(path)}")
    found = name_in_module(folder, folder.below(path), name)
    reason = f"hatchling would run the code of {plain(path)}"
    return found if found.sites or name == expression else RuleResult(reason=reason)


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
                return from_literal(path, constants[-1])
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
        getter = str(table.get("getter", table.get("source")))
        module, _, name = getter.partition(":")
        found = from_module(folder, (module, name)) if name.isidentifier() else None
        reason = RuleResult(reason=f"pdm-backend would call {quoted(getter)}")
        return found if found and found.sites else reason
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
