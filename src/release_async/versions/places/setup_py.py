"""Reads the arguments of ``setup()`` in ``setup.py`` from its syntax tree. Never runs it."""

import _ast as ast

from release_async.base.lazy_typing import (
    TYPE_CHECKING,
    Callable,
    Final,
    Iterable,
    Mapping,
    NamedTuple,
    pattern,
)
from release_async.versions.formats.python import Module, Statement, assigned, statements
from release_async.versions.formats.python_syntax import literal, parsed, returned, walk
from release_async.versions.text_encoding import UnreadableError

if TYPE_CHECKING:
    from release_async.versions.formats.script_inputs import ScriptInputs

_VERSION: Final = pattern(r"\bversion\s*=\s*(?:(?P<quote>[\"'])(?P<text>[^\"'\n]*)(?P=quote)|(?P<name>\w+))")
_NAME: Final = pattern(r"\bname\s*=\s*[\"']([\w.-]+)[\"']")


class SetupCall(NamedTuple):
    """The arguments of one ``setup()`` call that concern versions.

    Attributes:
        name: The distribution's name; empty if it is not a literal.
        version: The version argument; None if there is none.
        packages: The packages and single modules, if they are literals.
        bases: The folders in ``package_dir``, if it is a literal.
        tag_tool: The tool that takes the version from the git tag; empty if none does.
        scm_options: What ``use_scm_version`` is given, if that is a literal.
        inputs: The inputs from which the script computes the version; None if it states it.
        name_inputs: The same for the name.
    """

    name: str = ""
    version: Statement | None = None
    packages: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    tag_tool: str = ""
    scm_options: Mapping[str, object] = {}  # noqa: RUF012 - the default of a field, which nobody changes
    inputs: "ScriptInputs | None" = None
    name_inputs: "ScriptInputs | None" = None


def setup(text: str, exists: Callable[[str], bool] = lambda _: False) -> SetupCall | None:
    """Find the ``setup()`` call of a script.

    Args:
        text: The script.
        exists: Whether a file exists at a path relative to the script's folder.

    Returns:
        The arguments of the first call; None if there is no call.

    Raises:
        UnreadableError: The running Python cannot parse the script.
    """
    if "setup" not in text:
        return None
    try:
        tree = parsed(text)
    except UnreadableError as error:
        return _older(text, error)
    for node in walk(tree):
        if isinstance(node, ast.Call) and _called(node.func) == "setup":
            return _Call(Module(text, tree), node, exists).setup()
    return None


def _older(text: str, error: UnreadableError) -> SetupCall:
    """Read a script for another Python, if its version is a name with one simple assignment.

    Raises:
        UnreadableError: ``error``, if it is not.
    """
    call = text.find("setup(")
    found = _VERSION.search(text, call) if call >= 0 else None
    if found is None or not found["name"]:
        raise error
    given = [each for each in statements(text, (found["name"],)) if each.value is not None]
    if len(given) != 1:
        raise error
    name = _NAME.search(text, call)
    return SetupCall(name=name[1] if name else "", version=given[0])


def _called(function: ast.expr) -> str:
    """The last name of a called function: ``setup`` for ``setuptools.setup`` too."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


class _Call:
    """One call, and the module it is in."""

    def __init__(self, module: Module, call: ast.Call, exists: Callable[[str], bool]) -> None:
        self._module = module
        self._exists = exists
        self._given: dict[str | None, ast.expr] = {}
        for keyword in call.keywords:
            inner = self._pairs(keyword.value) if keyword.arg is None else None
            self._given |= {keyword.arg: keyword.value} if inner is None else inner

    def _pairs(self, value: ast.expr) -> dict[str | None, ast.expr] | None:
        """The keywords in a dictionary with literal keys, written in place or assigned to a name."""
        if isinstance(value, ast.Name):
            value = self._once(value) or value
        if isinstance(value, ast.Call) and _called(value.func) == "dict" and not value.args:
            return {keyword.arg: keyword.value for keyword in value.keywords}
        if not isinstance(value, ast.Dict):
            return None
        keys = [key.value if isinstance(key, ast.Constant) else None for key in value.keys]
        return {str(key): item for key, item in zip(keys, value.values, strict=True) if key is not None}

    def setup(self) -> SetupCall:
        """Collect the arguments."""
        directories = self._literal("package_dir")
        return SetupCall(
            name=name if isinstance(name := self._literal("name"), str) else "",
            version=self._version(),
            packages=(*_strings(self._literal("packages")), *_strings(self._literal("py_modules"))),
            bases=_strings([*directories.values()]) if isinstance(directories, dict) else (),
            tag_tool=self._tag_tool(),
            scm_options=options if isinstance(options := self._literal("use_scm_version"), dict) else {},
            inputs=self._inputs(),
            name_inputs=self._name_inputs(),
        )

    def _inputs(self) -> "ScriptInputs | None":
        """The inputs from which the version is computed; None if the script states it."""
        value = self._given.get("version")
        stated = self._version()
        if value is None or stated is None or stated.value is not None:
            return None
        from release_async.versions.formats.script_inputs import find_inputs  # noqa: PLC0415 - most scripts state it plainly

        return find_inputs(self._module, value, self._exists)

    def _name_inputs(self) -> "ScriptInputs | None":
        value = self._given.get("name")
        if value is None or isinstance(self._literal("name"), str):
            return None
        from release_async.versions.formats.script_inputs import find_inputs  # noqa: PLC0415 - as above

        return find_inputs(self._module, value, self._exists)

    def _version(self) -> Statement | None:
        value = self._given.get("version")
        if isinstance(value, ast.Name):
            constant = self._constant(value)
            if constant is None or _is_placeholder(constant) or self._is_changed(value.id):
                return Statement(value.id, value.lineno, note="not set exactly once at the top of the script")
            return self._module.statement(value.id, self._result(constant))
        if value is not None:
            return self._module.statement("setup(version=)", self._result(value))
        if None in self._given and not self._tag_tool():
            return Statement("setup(**)", self._given[None].lineno, note="passed in a dictionary")
        return None

    def _is_changed(self, name: str) -> bool:
        """Whether the script makes something else of a name that it has set."""
        if self._module.text.count(name) < 3:  # noqa: PLR2004 - it is set, and given to setup()
            return False
        from release_async.versions.formats.later_changes import is_changed  # noqa: PLC0415 - few scripts do

        return is_changed(self._module, name)

    def _result(self, value: ast.expr) -> ast.expr:
        """What a function of the script returns, if the value is a call of it, and that is a literal."""
        called = value.func if isinstance(value, ast.Call) and not value.args else None
        name = called.id if isinstance(called, ast.Name) else ""
        result = returned(self._module.tree.body, name) if name else None
        is_literal = result is not None and self._module.statement(name, result).value is not None
        return result if result is not None and is_literal else value

    def _once(self, name: ast.Name) -> ast.expr | None:
        """The value of a name that is assigned exactly once in the script, including functions."""
        return _only_value(name, walk(self._module.tree))

    def _constant(self, name: ast.Name) -> ast.expr | None:
        """The value of a name that is assigned exactly once at the top level of the script."""
        return _only_value(name, self._module.tree.body)

    def _literal(self, argument: str) -> object:
        """The value of an argument, written in place or assigned to a name; None if it is computed."""
        value = self._given.get(argument)
        if isinstance(value, ast.Name):
            value = self._constant(value)
        try:
            return literal(value) if value is not None else None
        except (ValueError, TypeError, RecursionError):
            return None

    def _tag_tool(self) -> str:
        version = self._given.get("version")
        if isinstance(version, ast.Name):
            version = self._constant(version) or version
        names = {node.id for node in walk(version) if isinstance(node, ast.Name)} if version else set()
        if "use_scm_version" in self._given:
            return "setuptools-scm"
        if "pbr" in self._given:
            return "pbr"
        if "versioneer" in names:
            return "versioneer"
        return next((tool for name, tool in self._imported().items() if name in names), "")

    def _imported(self) -> dict[str, str]:
        """The tag tools that the script imports, by the name that it gives to them or to a function."""
        found: dict[str, str] = {}
        for node in self._module.tree.body:
            if isinstance(node, ast.Import):
                found |= {each.asname or each.name: each.name for each in node.names}
            elif isinstance(node, ast.ImportFrom):
                found |= {each.asname or each.name: node.module or "" for each in node.names}
        return {name: _TAG_MODULES[module] for name, module in found.items() if module in _TAG_MODULES}


_TAG_MODULES: Final = {
    "dunamai": "dunamai",
    "setuptools_scm": "setuptools-scm",
    "versioneer": "versioneer",
    "versioningit": "versioningit",
}
"""Modules whose functions take the version from the git tag, and what their tool is called."""


def _is_placeholder(value: ast.expr) -> bool:
    """Whether a name is only prepared for what sets it later: ``version = None``, or an empty string."""
    return isinstance(value, ast.Constant) and not value.value


def _only_value(name: ast.Name, nodes: Iterable[ast.AST]) -> ast.expr | None:
    """The value of a name that is assigned exactly once in these statements."""
    values = [value for node in nodes for each, value in assigned(node) if each == name.id]
    return values[0] if len(values) == 1 else None


def _strings(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list | tuple) else ()
