"""Evaluates Python expressions that only combine literals, such as ``".".join(...)``. Never runs them."""

import _ast as ast
import re

from release_async.base.lazy_typing import Any, Callable, Final, Mapping, NamedTuple, Sequence

_DEEPEST: Final = 12
_LONGEST: Final = 500


class Folded(NamedTuple):
    """The value of an expression and the literals that make it up.

    Attributes:
        value: The string or integer; for a sequence, its items.
        leaves: The literals whose text appears in it, without separators and mere format strings.
        whole: The tuple or list whose items are all the leaves, if there is one.
    """

    value: "str | int | tuple[Folded, ...]"
    leaves: tuple[ast.Constant, ...] = ()
    whole: "ast.Tuple | ast.List | None" = None

    @property
    def text(self) -> str:
        """The value as a version is written: a sequence is joined by dots."""
        if isinstance(self.value, tuple):
            return ".".join(item.text for item in self.value)
        return str(self.value)


def fold(node: ast.AST, names: Mapping[str, ast.expr], depth: int = 0) -> Folded | None:
    """Evaluate an expression of literals.

    Args:
        node: The expression.
        names: The values of module-level names that are assigned exactly once.
        depth: How deep this call is nested.

    Returns:
        The value; None if it can only be known by running the expression.
    """
    rule = _RULES.get(type(node))
    if rule is None or depth > _DEEPEST:
        return None
    found = rule(_Folder(names, depth + 1), node)
    return None if found is None or len(found.text) > _LONGEST else found


class _Folder:
    """The rules for each kind of expression, at one level of nesting."""

    def __init__(self, names: Mapping[str, ast.expr], depth: int) -> None:
        self._names = names
        self._depth = depth

    def _fold(self, node: ast.AST) -> Folded | None:
        return fold(node, self._names, self._depth)

    def constant(self, node: ast.Constant) -> Folded | None:
        if isinstance(node.value, bool) or not isinstance(node.value, str | int):
            return None
        if isinstance(node.value, int) and abs(node.value) > 10**18:
            return None
        return Folded(node.value, (node,))

    def name(self, node: ast.Name) -> Folded | None:
        return self._fold(self._names[node.id]) if node.id in self._names else None

    def negative(self, node: ast.UnaryOp) -> Folded | None:
        inner = self._fold(node.operand)
        if not isinstance(node.op, ast.USub) or inner is None or not isinstance(inner.value, int):
            return None
        return inner._replace(value=-inner.value)

    def sequence(self, node: "ast.Tuple | ast.List") -> Folded | None:
        items = [self._fold(item) for item in node.elts]
        found = _sequence(items)
        literal = all(isinstance(item, ast.Constant | ast.UnaryOp) for item in node.elts)
        return found._replace(whole=node) if found and literal else found

    def formatted(self, node: ast.JoinedStr) -> Folded | None:
        return _joined("", [self._part(part) for part in node.values])

    def _part(self, node: ast.expr) -> Folded | None:
        """One part of an f-string: its text, or an expression without a format."""
        if isinstance(node, ast.FormattedValue):
            return self._fold(node.value) if node.format_spec is None else None
        return _separator(self._fold(node))

    def operation(self, node: ast.BinOp) -> Folded | None:
        left, right = self._fold(node.left), self._fold(node.right)
        if left is None or right is None:
            return None
        if isinstance(node.op, ast.Mod):
            return _filled(_separator(left), _items(right), ("%s", "%d", "%i"))
        if isinstance(node.op, ast.Add) and isinstance(left.value, str) and isinstance(right.value, str):
            return _joined("", [_separator(left), _separator(right)])
        return None

    def subscript(self, node: ast.Subscript) -> Folded | None:
        """``X[:3]`` of a sequence."""
        inner, cut = self._fold(node.value), node.slice
        if inner is None or not isinstance(inner.value, tuple) or not isinstance(cut, ast.Slice):
            return None
        ends = [getattr(end, "value", None) for end in (cut.lower, cut.upper)]
        if cut.step is not None or not all(end is None or isinstance(end, int) for end in ends):
            return None
        found = _sequence(list(inner.value[ends[0] : ends[1]]))
        return found._replace(whole=inner.whole) if found and found.leaves == inner.leaves else found

    def call(self, node: ast.Call) -> Folded | None:
        """``str(x)``, ``".".join(...)`` and ``"{}.{}".format(...)``."""
        if node.keywords:
            return None
        if (
            isinstance(node.func, ast.Name)
            and node.func.id in {"str", "tuple", "list"}
            and len(node.args) == 1
        ):
            return self._all(node.args[0])
        template = self._fold(node.func.value) if isinstance(node.func, ast.Attribute) else None
        return self._method(template, node) if template and isinstance(template.value, str) else None

    def _method(self, template: Folded, node: ast.Call) -> Folded | None:
        """``join`` and ``format`` of a string."""
        name = getattr(node.func, "attr", "")
        if name == "join" and len(node.args) == 1:
            items = self._all(node.args[0])
            joined = _joined(template.text, list(_items(items))) if items else None
            return joined._replace(whole=items.whole) if joined and items else None
        if name == "format":
            given = self._arguments(node.args)
            return given and _filled(_separator(template), _items(given), ("{}",))
        return None

    def _arguments(self, nodes: Sequence[ast.expr]) -> Folded | None:
        if len(nodes) == 1 and isinstance(nodes[0], ast.Starred):
            return self._fold(nodes[0].value)
        return _sequence([self._fold(node) for node in nodes])

    def _all(self, node: ast.expr) -> Folded | None:
        """A sequence, also as ``map(str, X)`` or ``str(item) for item in X``."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "map":
            to_text = len(node.args) == 2 and isinstance(node.args[0], ast.Name) and node.args[0].id == "str"  # noqa: PLR2004 - the function and the items
            return self._fold(node.args[1]) if to_text else None
        if isinstance(node, ast.GeneratorExp | ast.ListComp):
            loop = node.generators[0]
            if len(node.generators) > 1 or loop.ifs or not isinstance(loop.target, ast.Name):
                return None
            item = (
                node.elt.args[0] if isinstance(node.elt, ast.Call) and len(node.elt.args) == 1 else node.elt
            )
            same = isinstance(item, ast.Name) and item.id == loop.target.id
            return self._fold(loop.iter) if same else None
        return self._fold(node)


def _items(folded: Folded) -> "tuple[Folded, ...]":
    return folded.value if isinstance(folded.value, tuple) else (folded,)


def _sequence(items: "Sequence[Folded | None]") -> Folded | None:
    known = [item for item in items if item is not None]
    if len(known) != len(items):
        return None
    return Folded(tuple(known), tuple(leaf for item in known for leaf in item.leaves))


def _separator(folded: Folded | None) -> Folded | None:
    """Drop the leaves of a separator or template that contains no letter or digit of its own."""
    if folded is None or not isinstance(folded.value, str):
        return folded
    words = any(sign.isalnum() for sign in re.sub("%[sdi]", "", folded.value))
    return folded if words else folded._replace(leaves=())


def _joined(separator: str, items: "Sequence[Folded | None]") -> Folded | None:
    parts = _sequence(items)
    if parts is None or any(isinstance(item.value, tuple) for item in _items(parts)):
        return None
    return parts._replace(value=separator.join(item.text for item in _items(parts)))


def _filled(template: Folded | None, items: "Sequence[Folded]", places: tuple[str, ...]) -> Folded | None:
    """Fill the placeholders of a template with items, in order."""
    if template is None or not isinstance(template.value, str):
        return None
    parts, rest = "", template.value
    for item in items:
        found = [(rest.find(place), place) for place in places if place in rest]
        if not found:
            return None
        at, place = min(found)
        parts, rest = f"{parts}{rest[:at]}{item.text}", rest[at + len(place) :]
    if any(sign in parts + rest for sign in "%{}"):
        return None
    leaves = (*template.leaves, *(leaf for item in items for leaf in item.leaves))
    return Folded(parts + rest, leaves)


_RULES: Final[dict[type[ast.AST], Callable[[_Folder, Any], Folded | None]]] = {
    ast.Constant: _Folder.constant,
    ast.Name: _Folder.name,
    ast.UnaryOp: _Folder.negative,
    ast.Tuple: _Folder.sequence,
    ast.List: _Folder.sequence,
    ast.JoinedStr: _Folder.formatted,
    ast.BinOp: _Folder.operation,
    ast.Subscript: _Folder.subscript,
    ast.Call: _Folder.call,
}
