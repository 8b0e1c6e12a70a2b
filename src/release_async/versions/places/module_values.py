"""What a name in a module is: followed through imports, functions, classes and the files that these read.

Nothing is run. It knows neither backends nor roles; whoever asks has a name that something takes the version
from.
"""

from release_async.base.lazy_typing import Final, Iterable, Iterator, NamedTuple, pattern
from release_async.base.problems import Problem, refuse
from release_async.versions.distribution import Role, Site
from release_async.versions.formats import plain_text
from release_async.versions.formats.python import NAMES, TUPLES, Statement, statements
from release_async.versions.import_packages import join_path
from release_async.versions.pep440 import parse
from release_async.versions.places.declared_metadata import Folder, site_from_statement
from release_async.versions.text_encoding import UnreadableError, plain, quoted
from release_async.versions.version_spellings import Form

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
        reason = f"{quoted(name)} is not set in {plain(path)}"
        return _result_of(folder, path, name) or RuleResult(reason=reason)
    literal = next((each for each in same if each.value is not None and not each.nested), None)
    if literal is None and not any(not each.nested for each in same):
        literal = next((each for each in same if each.value and parse(each.value)), None)
    if literal is not None:
        return _unless_changed(folder, path, literal)
    aliased = next(
        (each for each in found if same[0].note == f"the same as {each.key}" and each.start >= 0), None
    )
    if aliased is not None:
        return _unless_changed(folder, path, aliased)
    return _follow(folder, path, same[0], depth)


def _unless_changed(folder: Folder, path: str, statement: Statement) -> RuleResult:
    """The source is a literal, unless the module makes something else of it further down."""
    name = statement.key
    text = folder.texts.text(path) or ""
    if text.count(name) > 1 and ("+" in text or f"{{{name}" in text):
        from release_async.versions.formats.later_changes import is_changed, suffix_of  # noqa: PLC0415 - few modules do

        module = folder.texts.module(path)
        if module and is_changed(module, name):
            suffix = suffix_of(module, name)
            whole = module.suffixed(statement, suffix) if suffix else None
            reason = f"{name} in {plain(path)} is changed further down"
            return from_literal(path, whole) if whole else RuleResult(reason=reason)
    return from_literal(path, statement)


def _result_of(folder: Folder, path: str, name: str) -> RuleResult | None:
    """What a function of a module returns: a literal, or what stands in the only file that it reads."""
    from release_async.versions.formats.python_syntax import returned  # noqa: PLC0415 - few projects need it
    from release_async.versions.formats.script_inputs import find_inputs_of_function  # noqa: PLC0415 - as above

    module = folder.texts.module(path)
    value = returned(module.tree.body, name) if module else None
    statement = module.statement(name, value) if module and value else None
    if module is None or (statement and statement.value is not None):
        return from_literal(path, statement) if statement else None
    package = path.rpartition("/")[0]

    def both(name: str) -> list[str]:
        """Where a path leads from the project's folder, and from that of the module."""
        return [each for each in (folder.below(name), join_path(package, name)) if each in folder.texts]

    found = find_inputs_of_function(module, name, lambda name: bool(both(name)))
    paths = [each for name in found.paths for each in both(name) if each != path]
    return single_stated(folder, paths, found.strings)


def from_literal(path: str, statement: Statement) -> RuleResult:
    """The result of a statement with a value: the source, if that is a version, or else why it is none."""
    site = site_from_statement(path, statement, Role.SOURCE)
    return RuleResult((site,)) if site.version is not None else _invalid(site)


def _invalid(site: Site) -> RuleResult:
    """The result where a source holds no version: what begins as one does is a slip."""
    reason = f"{site.key} in {plain(site.path)} is {quoted(site.text)}, which is not PEP 440"
    found = RuleResult((site._replace(role=Role.OPAQUE, note=reason),), reason)
    if not _is_slip(site):
        return found
    what = f"{site.key} is {quoted(site.text)}, which is no PEP 440 version"
    cure = f"write one into {plain(site.path)}, such as 3.0, 3.0.1 or 3.0rc1"
    return found._replace(problems=(refuse(what, where=f"{plain(site.path)}:{site.line}", cure=cure),))


def _is_slip(site: Site) -> bool:
    """Whether a text is meant as a version and is none; a word or a template is filled in by something."""
    is_plain = site.path.endswith(".py") and site.form is Form.PEP440 and site.start >= 0
    return is_plain and site.version is None and _NUMBERS.match(site.text) is not None


_NUMBERS: Final = pattern(r"v?[0-9]+\.[0-9]+[A-Za-z0-9.-]*$")


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
    read = single_stated(folder, paths, found.strings)
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
        return module_file(folder, module)
    package, level = path.rpartition("/")[0], len(module) - len(module.lstrip("."))
    for _ in range(level - 1):
        package = package.rpartition("/")[0]
    stem = join_path(package, module.lstrip(".").replace(".", "/"))
    return next((each for each in (f"{stem}.py", f"{stem}/__init__.py") if each in folder.texts), None)


def module_file(folder: Folder, module: str, further: tuple[str, ...] = ()) -> str | None:
    """The file of a dotted module name, as setuptools would find it; None if the tree has none.

    Args:
        folder: The project, which says which of its folders contain packages.
        module: The name.
        further: Further folders that modules are imported from.
    """
    mapped = folder.tool("setuptools", "package-dir") or folder.package_dirs()
    below = module.replace(".", "/")
    top, _, rest = module.partition(".")
    bases = [*further, mapped.get(""), "", "src", "lib", "python"]
    given = [join_path(str(mapped[top]), rest.replace(".", "/"))] if top in mapped else []
    for stem in (*given, *(join_path(str(base), below) for base in bases if base is not None)):
        for path in (folder.below(f"{stem}.py"), folder.below(f"{stem}/__init__.py")):
            if path in folder.texts:
                return path
    return None


def from_module(folder: Folder, named: tuple[str, str], folders: tuple[str, ...] = ()) -> RuleResult | None:
    """What a name is in a module of the tree, or in a class of one; None if there is no such module.

    Args:
        folder: The project.
        named: The module, or a class in one, and the name; both may be empty.
        folders: Further folders that modules are imported from.

    Raises:
        UnreadableError: A module cannot be read.
    """
    module, name = named
    if not module:
        return None
    if path := module_file(folder, module, folders):
        return name_in_module(folder, path, name)
    outer, _, inner = module.rpartition(".")
    if outer and (path := module_file(folder, outer, folders)):
        return _in_class(folder, path, inner, name) or name_in_module(folder, path, inner)
    return None


def _in_class(folder: Folder, path: str, owner: str, name: str) -> RuleResult | None:
    """The value of an attribute or property of a class; None if there is none that is a literal."""
    from release_async.versions.formats.python import assigned  # noqa: PLC0415 - few projects need it
    from release_async.versions.formats.python_syntax import class_body, returned  # noqa: PLC0415 - as above

    module = folder.texts.module(path)
    body = class_body(module.tree.body, owner) if module else ()
    values = [value for node in body for each, value in assigned(node) if each == name]
    value = values[0] if len(values) == 1 else returned(body, name)
    statement = module.statement(f"{owner}.{name}", value) if module and value else None
    return from_literal(path, statement) if statement and statement.value is not None else None


def single_stated(folder: Folder, paths: Iterable[str], strings: Iterable[str]) -> RuleResult | None:
    """The version in the files that code reads; None if not exactly one of them states one.

    Args:
        folder: The project.
        paths: The files.
        strings: Every string of the code, among them what it searches for.
    """
    strings = tuple(strings)
    names = _searched_names(strings)
    found: dict[tuple[str, int], Site] = {}
    for path in dict.fromkeys(paths):
        try:
            for site in _sites_in(folder, path, names, strings):
                found.setdefault((site.path, site.start), site)
        except UnreadableError:
            continue
    stated = [site for site in found.values() if site.version] or list(found.values())
    python = [site for site in stated if site.path.endswith(".py")] or stated
    if len({site.path for site in python}) != 1:
        return None
    return RuleResult((python[0],)) if python[0].version else _invalid(python[0])


def _searched_names(strings: tuple[str, ...]) -> tuple[str, ...]:
    """The names that code with these string literals searches for."""
    known = ("__version__", "VERSION", "__version_info__", "version_info")
    words = {word for each in strings for word in _WORD.findall(each)}
    names = [name for name in known if name in words]
    lower = any(each.startswith(("version", "^version")) for each in strings)
    others = [each for text in strings for each in _NAMED_SO.findall(text) if each != "version"]
    return tuple(names or dict.fromkeys((*others, *NAMES, *(["version"] if lower else ()))))


_WORD: Final = pattern(r"\w+")
_NAMED_SO: Final = pattern(r"(?i)\b(?:__)?(?:\w+_)?ver(?:sion)?(?:_\w+)?(?:__)?\b")
"""Names that look as if they held a version: ``__ver__``, ``APP_VERSION``."""


def _sites_in(folder: Folder, path: str, names: tuple[str, ...], words: tuple[str, ...]) -> Iterator[Site]:
    text = folder.texts.text(path, most=200_000) or ""
    if path.endswith(_KEYED):
        from release_async.versions.places import data_files  # noqa: PLC0415 - few projects need it

        yield from data_files.stated(path, text, words)
        return
    if not path.endswith(".py"):
        site = whole_file(path, text)
        if site.version:
            yield site
        return
    stated = [each for each in statements(text, names) if each.value is not None and not each.nested]
    for each in [each for name in names for each in stated if each.key == name][:1]:
        site = site_from_statement(path, each, Role.SOURCE)
        if site.version or (each.key == "__version__" and _is_slip(site)):
            yield site


_KEYED: Final = (".json", ".toml", ".cfg", ".ini")


def whole_file(path: str, text: str) -> Site:
    """The site of a file that contains only the version."""
    found = plain_text.whole_file(text)
    return Site(path, found.line, Role.SOURCE, found.text, "", "whole file", found.start, found.end)
