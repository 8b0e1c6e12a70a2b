"""Finds the files that a script would read to compute an expression, from its syntax tree. Opens none."""

import _ast as ast
import posixpath

from release_async.base.lazy_typing import Callable, Final, Iterator, NamedTuple, Sequence
from release_async.versions.formats.python import Module, targets
from release_async.versions.formats.python_syntax import walk

_MOST_NAMES: Final = 40
_DEEPEST: Final = 12
_IDENTITY: Final = frozenset((
    "abspath", "realpath", "normpath", "Path", "PurePath", "str", "fspath", "resolve", "absolute",
    "expanduser", "strip", "as_posix",
))  # fmt: skip
"""Functions and methods that return the same path."""
_CURRENT_FOLDER: Final = frozenset(("getcwd", "cwd"))


class ScriptInputs(NamedTuple):
    """The inputs of an expression.

    Attributes:
        paths: Existing files that it would read, relative to the script's folder, in the order found.
        imported: The module and name that the value is imported from; empty if it is not imported.
        strings: Every string literal on the way, among them what is searched for in the files.
    """

    paths: tuple[str, ...] = ()
    imported: tuple[str, str] = ("", "")
    strings: tuple[str, ...] = ()


def find_inputs(module: Module, start: ast.expr, exists: Callable[[str], bool]) -> ScriptInputs:
    """Follow an expression through the names and functions of its script.

    Args:
        module: The script.
        start: The expression.
        exists: Whether a file exists at a path relative to the script's folder.
    """
    collector = _InputCollector(module, exists)
    imported = collector.imported(start)
    if imported[0]:
        return ScriptInputs(imported=imported)
    collector.collect(start)
    return ScriptInputs(tuple(dict.fromkeys(collector.paths)), ("", ""), tuple(collector.strings))


class _InputCollector:
    """Collects the inputs of one expression; every name is followed once."""

    def __init__(self, module: Module, exists: Callable[[str], bool]) -> None:
        self.paths: list[str] = []
        self.strings: list[str] = []
        self._module = module
        self._exists = exists
        self._seen: set[str] = set()
        self._statements: list[tuple[ast.stmt, frozenset[str]]] | None = None
        self._given: dict[str, str] = {}
        self._functions = {node.name: node for node in module.tree.body if isinstance(node, ast.FunctionDef)}
        self._assigned: dict[str, ast.expr] | None = None
        self._imports = dict(_imports(module.tree))

    def imported(self, node: ast.expr, depth: int = 0) -> tuple[str, str]:
        """The module and name that an expression is imported from; empty if it is not imported."""
        nothing = ("", "")
        if depth > _DEEPEST:
            return nothing
        if isinstance(node, ast.Name):
            value = self._module.assigned_once().get(node.id)
            return self.imported(value, depth + 1) if value else self._imports.get(node.id, nothing)
        if not isinstance(node, ast.Attribute):
            return nothing
        return self._dotted(node.value), node.attr

    def _dotted(self, node: ast.expr) -> str:
        """The module that an expression refers to: ``six``, ``a.b``, ``__import__("a")``."""
        if isinstance(node, ast.Name):
            name, inner = self._imports.get(node.id, ("", ""))
            between = "." if name.strip(".") else ""
            return f"{name}{between}{inner}".rstrip(".")
        if isinstance(node, ast.Attribute):
            parent = self._dotted(node.value)
            return f"{parent}.{node.attr}" if parent else ""
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
            return str(node.args[0].value) if name in {"__import__", "import_module"} else ""
        return ""

    def collect(self, start: ast.AST) -> None:
        """Search an expression, then every statement that its names come from."""
        waiting: list[ast.AST] = [start]
        while waiting and len(self._seen) < _MOST_NAMES:
            node = waiting.pop(0)
            names = list(self._record(node))
            for name in names:
                if name not in self._seen:
                    self._seen.add(name)
                    waiting += self._origins(name)

    def _record(self, node: ast.AST) -> Iterator[str]:
        """Record the strings and files of one statement; yield the names it uses."""
        for each in walk(node):
            if isinstance(each, ast.Name):
                yield each.id
            elif isinstance(each, ast.Constant) and isinstance(each.value, str):
                self.strings.append(each.value)
            elif isinstance(each, ast.Call):
                self._bind(each)
        for each in walk(node):
            if isinstance(each, ast.Call):
                self.paths += [path for path in self._files(each) if self._exists(path)]

    def _origins(self, name: str) -> list[ast.AST]:
        """The top-level statements that set a name, or pass it to a function that may change it."""
        if name in self._functions:
            return [self._functions[name]]
        if self._statements is None:
            self._statements = [
                _used(node) for node in self._module.tree.body if not isinstance(node, _NO_ORIGIN)
            ]
        return [node for node, names in self._statements if name in names]

    def _bind(self, call: ast.Call) -> None:
        """Record the arguments that a function of the script is called with."""
        function = self._functions.get(getattr(call.func, "id", ""))
        if function is None:
            return
        for parameter, argument in zip(function.args.args, call.args, strict=False):
            text = self.path(argument)
            if text is not None:
                self._given.setdefault(parameter.arg, text)

    def _files(self, call: ast.Call) -> Iterator[str]:
        """The paths that a call may open: each argument, all of them joined, the object of ``read_text``."""
        given = [self.path(argument) for argument in call.args[:6] if not isinstance(argument, ast.Starred)]
        known = [path for path in given if path is not None]
        yield from known
        if len(known) == len(given) > 1:
            yield _normal(posixpath.join(*known))
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"read_text", "read_bytes", "open"}:
            path = self.path(call.func.value)
            if path is not None:
                yield path

    def path(self, node: ast.expr, depth: int = 0) -> str | None:
        """The path that an expression evaluates to, relative to the script's folder."""
        if depth > _DEEPEST:
            return None
        text = self._text(node, depth + 1)
        return None if text is None else _normal(text)

    def _text(self, node: ast.expr, depth: int) -> str | None:
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.Name):
            return self._named(node.id, depth)
        if isinstance(node, ast.BinOp):
            return self._operation(node, depth)
        if isinstance(node, ast.JoinedStr):
            parts = [
                self.path(part.value if isinstance(part, ast.FormattedValue) else part, depth)
                for part in node.values
            ]
            return "".join(part for part in parts if part is not None) if None not in parts else None
        if isinstance(node, ast.Attribute) and node.attr == "parent":
            return self._parent(node.value, depth)
        return self._called(node, depth) if isinstance(node, ast.Call) else None

    def _named(self, name: str, depth: int) -> str | None:
        if name == "__file__":
            return "__file__"
        if name in self._given:
            return self._given[name]
        value = self._module.assigned_once().get(name) or self._local().get(name)
        return self.path(value, depth) if value is not None else None

    def _local(self) -> dict[str, ast.expr]:
        """The values of the names that are assigned exactly once in the script, including functions."""
        if self._assigned is None:
            values: dict[str, list[ast.expr]] = {}
            for node in walk(self._module.tree):
                if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                    for name in targets(node):
                        values.setdefault(name, []).append(node.value)
            self._assigned = {name: given[0] for name, given in values.items() if len(given) == 1}
        return self._assigned

    def _operation(self, node: ast.BinOp, depth: int) -> str | None:
        left, right = self.path(node.left, depth), self.path(node.right, depth)
        if right is None:
            return None
        if isinstance(node.op, ast.Div):
            return posixpath.join(left or "", right)
        if isinstance(node.op, ast.Add):
            return f"{left or ''}{right}"
        return left.replace("%s", right, 1) if isinstance(node.op, ast.Mod) and left else None

    def _called(self, node: ast.Call, depth: int) -> str | None:
        name = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if name in _CURRENT_FOLDER:
            return ""
        if name == "dirname" and node.args:
            return self._parent(node.args[0], depth)
        if name in {"join", "joinpath"}:
            given = [self.path(each, depth) for each in node.args if not isinstance(each, ast.Starred)]
            base = self.path(owner, depth) if name == "joinpath" and owner is not None else ""
            known = [part for part in (base, *given[:1]) if part] + [
                part for part in given[1:] if part is not None
            ]
            return posixpath.join(*known) if known and None not in given[1:] else None
        if name in _IDENTITY:
            inner = node.args[0] if node.args else owner
            return self.path(inner, depth) if inner is not None else None
        if name == "replace" and owner is not None and len(node.args) == 2:  # noqa: PLR2004 - the old and the new
            return self._replaced(owner, node.args, depth)
        return None

    def _replaced(self, owner: ast.expr, arguments: Sequence[ast.expr], depth: int) -> str | None:
        text, old, new = (self._text(each, depth + 1) for each in (owner, *arguments))
        return text.replace(old, new) if text and old and new is not None else None

    def _parent(self, node: ast.expr, depth: int) -> str | None:
        path = self.path(node, depth)
        if path is None:
            return None
        return posixpath.dirname(path) if path and not path.endswith("..") else posixpath.join(path, "..")


def _normal(path: str) -> str:
    normal = posixpath.normpath(path) if path else ""
    return "" if normal == "." else normal


def _imports(tree: ast.Module) -> Iterator[tuple[str, tuple[str, str]]]:
    """Every imported name, with its module and its name there."""
    for node in walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.name if alias.asname else alias.name.partition(".")[0]
                yield alias.asname or whole, (whole, "")
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, ("." * node.level + (node.module or ""), alias.name)


_NO_ORIGIN: Final = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


def _used(node: ast.stmt) -> tuple[ast.stmt, frozenset[str]]:
    """A statement and the names that it sets, or passes to functions that may change them."""
    if _is_call_of(node, "setup"):
        return node, frozenset()
    inner = list(walk(node))
    names = {each.id for each in inner if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    if not isinstance(node, ast.Assign):
        calls = (each for each in inner if isinstance(each, ast.Call))
        names |= {given.id for call in calls for given in call.args if isinstance(given, ast.Name)}
    return node, frozenset(names)


def _is_call_of(node: ast.stmt, name: str) -> bool:
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(call, ast.Call) and name in {
        getattr(call.func, "id", ""),
        getattr(call.func, "attr", ""),
    }


def first_assignment(module: Module, name: str) -> ast.expr | None:
    """The value of the first assignment to a name, anywhere in the module."""
    for node in walk(module.tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and name in targets(node):
            return node.value
    return None
