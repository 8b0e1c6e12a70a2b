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
