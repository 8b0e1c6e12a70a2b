"""Finds the files that a script would read to compute an expression, from its syntax tree. Opens none."""

import _ast as ast
import posixpath

from release_async.base.lazy_typing import Callable, Final, Iterator, NamedTuple, Sequence
from release_async.versions.formats.python import Module, assigned
from release_async.versions.formats.python_syntax import returned, walk

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
        strings: Every string literal on the way, among them what is searched for in the files; also the
            names of attributes, and the name that a file sets which is executed.
        called: The module and function that the value is a result of; empty if it is none of another module.
        folders: The folders that the script adds to where modules are imported from.
        combined: The modules and names of what it imports and puts together without adding a word.
    """

    paths: tuple[str, ...] = ()
    imported: tuple[str, str] = ("", "")
    strings: tuple[str, ...] = ()
    called: tuple[str, str] = ("", "")
    folders: tuple[str, ...] = ()
    combined: tuple[tuple[str, str], ...] = ()


def find_inputs(module: Module, start: ast.expr, exists: Callable[[str], bool]) -> ScriptInputs:
    """Follow an expression through the names and functions of its script.

    Args:
        module: The script.
        start: The expression.
        exists: Whether a file exists at a path relative to the script's folder.
    """
    collector = _InputCollector(module, exists)
    imported, folders = collector.imported(start), tuple(collector.folders())
    if imported[0]:
        return ScriptInputs(imported=imported, folders=folders)
    collector.collect(start)
    paths, strings = tuple(dict.fromkeys(collector.paths)), tuple(collector.strings)
    combined = tuple(dict.fromkeys(collector.combined(start)))
    return ScriptInputs(paths, ("", ""), strings, collector.called(start), folders, combined)


def find_inputs_of_function(module: Module, name: str, exists: Callable[[str], bool]) -> ScriptInputs:
    """Follow what a function of a module computes; see ``find_inputs``. Nothing is known of its arguments."""
    function = next(
        (node for node in module.tree.body if isinstance(node, ast.FunctionDef) and node.name == name), None
    )
    collector = _InputCollector(module, exists)
    if function is not None:
        collector.collect(function)
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
        self._wanted = ""
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

    def called(self, node: ast.expr, depth: int = 0) -> tuple[str, str]:
        """The module and function whose result an expression is; empty if it calls none of another module."""
        if isinstance(node, ast.Name) and depth < _DEEPEST:
            value = self._module.assigned_once().get(node.id)
            return self.called(value, depth + 1) if value else ("", "")
        return self.imported(node.func) if isinstance(node, ast.Call) else ("", "")

    def combined(self, node: ast.expr) -> Iterator[tuple[str, str]]:
        """What ``".".join(map(str, VERSION))`` and the like put together: the names that are imported."""
        for _ in range(_DEEPEST):
            value = self._module.assigned_once().get(node.id) if isinstance(node, ast.Name) else None
            node = value or node
        inner = list(walk(node))
        constants = (each.value for each in inner if isinstance(each, ast.Constant))
        texts = "".join(each for each in constants if isinstance(each, str))
        if any(map(str.isalnum, texts.replace("%s", "").replace("%d", ""))):
            return
        for each in inner:
            named = self.imported(each) if isinstance(each, ast.Name | ast.Attribute) else ("", "")
            if all(named):
                yield named

    def folders(self) -> Iterator[str]:
        """The folders in ``sys.path.insert(0, folder)`` and ``sys.path.append(folder)``."""
        for node in walk(self._module.tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
                continue
            if self._dotted(node.func.value) == "sys.path":
                path = self.path(node.args[-1])
                if path is not None:
                    yield path

    def _dotted(self, node: ast.expr) -> str:
        """The module or class that an expression means: ``six``, ``a.b``, ``__import__("a")``, ``A()``."""
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
        if isinstance(node, ast.Call) and not node.args:
            return self._dotted(node.func)
        return ""

    def collect(self, start: ast.AST) -> None:
        """Search an expression, then every statement that its names come from."""
        self._wanted = self._unset(start)
        waiting: list[ast.AST] = [start]
        while waiting and len(self._seen) < _MOST_NAMES:
            node = waiting.pop(0)
            names = list(self._record(node))
            for name in names:
                if name not in self._seen:
                    self._seen.add(name)
                    waiting += self._origins(name)

    def _unset(self, node: ast.AST) -> str:
        """The name that an expression is, if the script itself does not set it, or to nothing for now."""
        for _ in range(_DEEPEST):
            if not isinstance(node, ast.Name) or node.id in self._imports:
                break
            value = self._module.assigned_once().get(node.id)
            if value is None or (isinstance(value, ast.Constant) and not value.value):
                return node.id
            node = value
        return ""

    def _record(self, node: ast.AST) -> Iterator[str]:
        """Record the strings and files of one statement; yield the names it uses."""
        for each in walk(node):
            if isinstance(each, ast.Name):
                yield each.id
            elif isinstance(each, ast.Attribute):
                owner = getattr(each.value, "id", "")
                self.strings += [each.attr] if owner and owner not in self._imports else []
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
        executed: list[ast.AST] = [node for node, names in self._statements if _EXECUTED in names]
        if executed and name == self._wanted:
            self.strings.append(name)  # the file that is executed sets it
            return executed
        return [node for node, names in self._statements if name in names]

    def _bind(self, call: ast.Call) -> None:
        """Record the arguments that a function of the script is called with."""
        function = self._functions.get(getattr(call.func, "id", ""))
        if function is None:
            return
        parameters = function.args.args
        given = [(each.arg, value) for each, value in zip(parameters, call.args, strict=False)]
        given += [(each.arg, each.value) for each in call.keywords if each.arg]
        defaults = function.args.defaults
        given += [
            (each.arg, value)
            for each, value in zip(parameters[len(parameters) - len(defaults) :], defaults, strict=True)
        ]
        for name, argument in given:
            text = self.path(argument)
            if text is not None:
                self._given.setdefault(name, text)

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
            return self._formatted(node, depth)
        if isinstance(node, ast.Call):
            return self._called(node, depth)
        return self._part(node, depth)

    def _formatted(self, node: ast.JoinedStr, depth: int) -> str | None:
        parts = [
            self.path(part.value if isinstance(part, ast.FormattedValue) else part, depth)
            for part in node.values
        ]
        return "".join(part for part in parts if part is not None) if None not in parts else None

    def _part(self, node: ast.expr, depth: int) -> str | None:
        """``path.parent``, or an item of what an expression gives."""
        if isinstance(node, ast.Attribute) and node.attr == "parent":
            return self._parent(node.value, depth)
        return self._subscript(node, depth) if isinstance(node, ast.Subscript) else None

    def _named(self, name: str, depth: int) -> str | None:
        if name == "__file__":
            return "__file__"
        if name in self._given:
            return self._given[name]
        value = self._module.assigned_once().get(name) or self._local().get(name)
        return self.path(value, depth) if value is not None else None

    def _subscript(self, node: ast.Subscript, depth: int) -> str | None:
        """``sys.argv[0]``, which is the script, and ``os.path.split(path)[0]``, which is its folder."""
        first = isinstance(node.slice, ast.Constant) and node.slice.value == 0
        if first and isinstance(node.value, ast.Attribute) and node.value.attr == "argv":
            return "__file__"
        call = node.value if first and isinstance(node.value, ast.Call) else None
        is_split = call is not None and getattr(call.func, "attr", "") == "split" and len(call.args) == 1
        return self._parent(call.args[0], depth) if call is not None and is_split else None

    def _local(self) -> dict[str, ast.expr]:
        """The values of the names that are assigned exactly once in the script, including functions."""
        if self._assigned is None:
            values: dict[str, list[ast.expr]] = {}
            for node in walk(self._module.tree):
                for name, value in assigned(node):
                    values.setdefault(name, []).append(value)
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
        result = returned(self._module.tree.body, name) if owner is None else None
        return self.path(result, depth) if result is not None else None

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
    calls = [each for each in inner if isinstance(each, ast.Call)]
    if not isinstance(node, ast.Assign):
        names |= {given.id for call in calls for given in call.args if isinstance(given, ast.Name)}
        owners = (call.func.value for call in calls if isinstance(call.func, ast.Attribute))
        names |= {owner.id for owner in owners if isinstance(owner, ast.Name)}  # parser.read("setup.ini")
    if any(getattr(call.func, "id", "") == "exec" and _is_here(call.args[1:]) for call in calls):
        names.add(_EXECUTED)
    return node, frozenset(names)


_EXECUTED: Final = "*"
"""Stands for the names that a file sets which a script executes in its own namespace."""


def _is_here(namespaces: Sequence[ast.expr]) -> bool:
    """Whether code is executed in the namespace of the script: ``exec(code)``, ``exec(code, globals())``."""
    return all(
        isinstance(each, ast.Call) and getattr(each.func, "id", "") in {"globals", "locals"}
        for each in namespaces
    )


def _is_call_of(node: ast.stmt, name: str) -> bool:
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(call, ast.Call) and name in {
        getattr(call.func, "id", ""),
        getattr(call.func, "attr", ""),
    }


def first_assignment(module: Module, name: str) -> ast.expr | None:
    """The value of the first assignment to a name, anywhere in the module."""
    values = (value for node in walk(module.tree) for each, value in assigned(node) if each == name)
    return next(values, None)
