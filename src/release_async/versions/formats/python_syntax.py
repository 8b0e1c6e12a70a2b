"""Python's syntax tree without the module ``ast``, which brings a large part of the standard library along.

The classes of nodes are those of ``_ast``, where ``ast`` has them from. Runs nothing.
"""

import _ast as ast

from release_async.base.lazy_typing import Iterator
from release_async.versions.encoding import UnreadableError


def parsed(text: str) -> ast.Module:
    """Parse a module into its syntax tree, whatever it holds.

    Raises:
        UnreadableError: It is no Python of the version that runs this.
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
    assert isinstance(tree, ast.Module)  # noqa: S101 - told to mypy: it is what "exec" makes
    return tree


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it, the nearest first, as ``ast.walk`` gives them."""
    waiting: list[ast.AST] = [node]
    for each in waiting:  # grows on the way
        for field in each._fields:
            item = getattr(each, field, None)
            if isinstance(item, ast.AST):
                waiting.append(item)
            elif isinstance(item, list):
                waiting += [inner for inner in item if isinstance(inner, ast.AST)]
        yield each


def literal(node: ast.expr) -> object:
    """The value of constants, and of lists, tuples and dictionaries of them; see ``ast.literal_eval``.

    Raises:
        ValueError: The expression is anything else.
        TypeError: A key of a dictionary is a list.
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
