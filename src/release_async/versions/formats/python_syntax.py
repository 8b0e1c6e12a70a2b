"""Parses Python without importing ``ast``, which imports a large part of the standard library. Runs nothing.

The node classes are those of ``_ast``, from which ``ast`` takes them.
"""

import _ast as ast

from release_async.base.lazy_typing import Iterator, Sequence
from release_async.versions.text_encoding import UnreadableError


def parsed(text: str) -> ast.Module:
    """Parse a module into its syntax tree.

    Raises:
        UnreadableError: The running Python cannot parse it.
    """
    import warnings  # noqa: PLC0415 - a commit that has no module to parse does not pay for it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in the project is not ours to report
            tree = compile(text, "<unknown>", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    except SyntaxError as error:
        raise UnreadableError(f"is not valid Python: {error.msg}", error.lineno or 1) from None
    except (RecursionError, MemoryError, ValueError, OverflowError):
        raise UnreadableError("is not valid Python: nested too deep, or a number too large") from None
    assert isinstance(tree, ast.Module)  # noqa: S101 - for mypy: "exec" gives a module
    return tree


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all its descendants, breadth first, as ``ast.walk`` does."""
    waiting: list[ast.AST] = [node]
    for each in waiting:  # grows during the loop
        for field in each._fields:
            item = getattr(each, field, None)
            if isinstance(item, ast.AST):
                waiting.append(item)
            elif isinstance(item, list):
                waiting += [inner for inner in item if isinstance(inner, ast.AST)]
        yield each


def literal(node: ast.expr) -> object:
    """The value of a constant, or of a list, tuple or dictionary of constants; see ``ast.literal_eval``.

    Raises:
        ValueError: The expression is anything else.
        TypeError: A dictionary key is not hashable.
    """
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List | ast.Tuple):
        items = [literal(item) for item in node.elts]
        return items if isinstance(node, ast.List) else tuple(items)
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {literal(key): literal(value) for key, value in pairs if key is not None}
    raise ValueError("no literal")


def returned(body: Sequence[ast.stmt], name: str) -> ast.expr | None:
    """The expression that a function returns, if it has only one ``return``.

    Args:
        body: The statements among which the function is defined: of a module, or of a class.
        name: The function.

    Returns:
        The expression; None if there is no such function, or what it returns depends on more than that.
    """
    for function in body:
        if isinstance(function, ast.FunctionDef) and function.name == name:
            results = [each.value for each in walk(function) if isinstance(each, ast.Return)]
            return results[0] if len(results) == 1 else None
    return None


def class_body(body: Sequence[ast.stmt], name: str) -> Sequence[ast.stmt]:
    """The statements of a class that is defined among others; empty if there is none of that name."""
    found = (each.body for each in body if isinstance(each, ast.ClassDef) and each.name == name)
    return next(found, ())
