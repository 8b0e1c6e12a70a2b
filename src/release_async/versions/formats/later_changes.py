"""Whether a module changes a name that it has set: ``if not RELEASED: VERSION += ".dev"``. Runs nothing."""

import _ast as ast

from release_async.base.lazy_typing import Iterator, Mapping, Sequence
from release_async.versions.formats.constant_folding import fold
from release_async.versions.formats.python import Module, targets
from release_async.versions.formats.python_syntax import walk


def is_changed(module: Module, name: str) -> bool:
    """Whether a name is something else in the end than where it is set.

    What happens under a condition counts if the literals of the module say that the condition holds. What
    depends on the environment is not known, and rarely so on a developer's machine: it does not count.

    Args:
        module: The module.
        name: A name that it sets at its top level.
    """
    return any(_changes(node, name) for node in _performed(module.tree.body, module.assigned_once()))


def suffix_of(module: Module, name: str) -> ast.Constant | None:
    """The literal that a module appends to a name where it is not empty: ``if EXTRA: V = V + EXTRA``.

    Args:
        module: The module.
        name: A name for which ``is_changed`` is true.

    Returns:
        The literal behind ``EXTRA``; None if the name is changed in any other way, or more than once.
    """
    names = module.assigned_once()
    changes = [node for node in _performed(module.tree.body, names) if _changes(node, name)]
    asked = [
        node.test.id
        for node in module.tree.body
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.body == changes
    ]
    if len(asked) != 1 or len(changes) != 1:
        return None
    value, appended = names.get(asked[0]), _appended(changes[0], name)
    return value if appended == asked[0] and isinstance(value, ast.Constant) else None


def _appended(node: ast.stmt, name: str) -> str:
    """The name that a statement appends to another one; empty if it does something else."""
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
        return getattr(node.value, "id", "")
    value = node.value if isinstance(node, ast.Assign) else None
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return getattr(value.right, "id", "") if getattr(value.left, "id", "") == name else ""
    parts = value.values if isinstance(value, ast.JoinedStr) else []
    inner = [getattr(getattr(part, "value", None), "id", "") for part in parts]
    return inner[1] if len(inner) == 2 and inner[0] == name else ""  # noqa: PLR2004 - the name and what follows


def _performed(body: Sequence[ast.stmt], names: Mapping[str, ast.expr]) -> Iterator[ast.stmt]:
    """The statements that are performed for sure, those under a condition that holds included."""
    for node in body:
        if not isinstance(node, ast.If):
            yield node
            continue
        holds = _holds(node.test, names)
        if holds is not None:
            yield from _performed(node.body if holds else node.orelse, names)


def _holds(test: ast.expr, names: Mapping[str, ast.expr]) -> bool | None:
    """Whether a condition holds: a name that is set to a literal, or ``not`` of one; None if unknown."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _holds(test.operand, names)
        return None if inner is None else not inner
    value = names.get(test.id) if isinstance(test, ast.Name) else None
    if isinstance(value, ast.Constant):
        return bool(value.value)
    folded = fold(value, names) if value is not None else None
    return None if folded is None else bool(folded.value)


def _changes(node: ast.stmt, name: str) -> bool:
    """Whether a statement gives a name a value that is made of its own."""
    if isinstance(node, ast.AugAssign):
        return isinstance(node.target, ast.Name) and node.target.id == name
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None or name not in targets(node):
        return False
    return any(isinstance(each, ast.Name) and each.id == name for each in walk(node.value))
