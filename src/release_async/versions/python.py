"""Where a Python module states a version, read from its syntax tree. Never runs or imports the module."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from release_async.versions.text import Lines, UnreadableError

if TYPE_CHECKING:
    import ast

NAMES: Final = ("__version__", "VERSION")
"""The names under which a module states its version."""

_CONFLICT: Final = re.compile(r"^(?:<{7} |>{7} |={7}\r?$)", re.MULTILINE)
_LITERAL: Final = re.compile(r"[rRuU]?(\"\"\"|'''|\"|')(?P<inner>(?:\\.|(?!\1).)*)\1", re.DOTALL)


class Statement(NamedTuple):
    """One place in a module that gives a name of interest its value.

    Attributes:
        key: The name, or what stands for it.
        line: The line of the value, counted from 1.
        value: The string; None where it is computed or imported.
        start: The offset of the string's first character, quotes excluded; -1 where it is no single token.
        end: The offset after its last one.
        nested: Whether it stands inside ``try`` or ``if``: such values are fallbacks.
        note: Where the value comes from, or why it cannot be replaced.
    """

    key: str
    line: int
    value: str | None = None
    start: int = -1
    end: int = -1
    nested: bool = False
    note: str = ""


def statements(text: str) -> tuple[Statement, ...]:
    """Find the top-level statements that give a module its version.

    Args:
        text: The module.

    Returns:
        The statements in their order, one for each assignment or import of a name in ``NAMES``.

    Raises:
        UnreadableError: The module is no Python, nor does it fall into tokens.
    """
    if not any(name in text for name in NAMES):
        return ()
    try:
        tree = parsed(text)
    except UnreadableError as error:
        return _from_tokens(text, error)
    module = Module(text, tree)
    return tuple(module.statements(tree.body, nested=False))


def parsed(text: str) -> "ast.Module":
    """Parse a module into its syntax tree, whatever it holds.

    Raises:
        UnreadableError: It is no Python of the version that runs this.
    """
    import ast  # noqa: PLC0415 - a commit that has no module to read does not pay for it
    import warnings  # noqa: PLC0415 - as above

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in the project is not ours to report
            return ast.parse(text)
    except SyntaxError as error:
        raise UnreadableError(f"is not valid Python: {error.msg}", error.lineno or 1) from None
    except (RecursionError, MemoryError, ValueError, OverflowError):
        raise UnreadableError("is not valid Python: nested too deep, or a number too large") from None


def contents(text: str) -> tuple[object, ...]:
    """Everything a module says, flat and in order: what must stay when one string is replaced.

    Raises:
        UnreadableError: As ``statements``.
    """
    import ast  # noqa: PLC0415 - only needed where something is rewritten

    try:
        nodes = list(ast.walk(parsed(text)))
    except UnreadableError as error:
        return tuple(_inner(token.string) for token in _tokens(text, error))
    return tuple(
        type(node).__name__ if isinstance(value, (ast.AST, list)) else value
        for node in nodes
        for _, value in (("", node), *ast.iter_fields(node))
    )


class Module:
    """A parsed module and the places of its nodes in the text."""

    def __init__(self, text: str, tree: "ast.Module") -> None:
        self.text = text
        self.tree = tree
        self._lines = Lines(text)

    def statements(self, body: "Sequence[ast.stmt]", *, nested: bool) -> Iterator[Statement]:
        """Yield the statements of interest, those inside ``try``, ``if`` and ``with`` as nested ones."""
        import ast  # noqa: PLC0415 - see ``parsed``

        for node in body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = [
                    target.id for target in targets if isinstance(target, ast.Name) and target.id in NAMES
                ]
                for name in names[:1]:
                    yield self.stated(name, node.value)._replace(nested=nested)
            elif isinstance(node, ast.ImportFrom):
                names = [alias.asname or alias.name for alias in node.names]
                for name in set(names).intersection(NAMES):
                    yield Statement(
                        name, node.lineno, nested=nested, note=f"imported from {node.module or '.'}"
                    )
            elif isinstance(node, ast.Try | ast.If | ast.With | ast.ExceptHandler):
                yield from self.statements(_inside(node), nested=True)

    def stated(self, key: str, value: "ast.expr") -> Statement:
        """What one expression says: its string, and its place where that is a single literal."""
        import ast  # noqa: PLC0415 - see ``parsed``

        if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
            return Statement(key, value.lineno, note="computed when the module is imported")
        start = self._offset(value.lineno, value.col_offset)
        end = self._offset(value.end_lineno or value.lineno, value.end_col_offset or 0)
        literal = _LITERAL.fullmatch(self.text, start, end)
        if literal is None:
            return Statement(key, value.lineno, value.value, note="written as several strings joined")
        return Statement(key, value.lineno, value.value, *literal.span("inner"))

    def _offset(self, line: int, column: int) -> int:
        """The place in the text of a column that the syntax tree counts in UTF-8 bytes."""
        start = self._lines.start(line)
        return start + len(self.text[start : start + column].encode()[:column].decode(errors="ignore"))


def _inside(node: "ast.stmt | ast.ExceptHandler") -> "list[ast.stmt]":
    """The statements of every branch of a compound one."""
    branches = [getattr(node, name, []) for name in ("body", "handlers", "orelse", "finalbody")]
    return [statement for branch in branches for statement in branch]


def _from_tokens(text: str, error: UnreadableError) -> tuple[Statement, ...]:
    """Read a module that this Python cannot parse, an older or a newer one's: plain assignments only."""
    found: list[Statement] = []
    lines = Lines(text)
    row: list[str] = []
    for token in _tokens(text, error):
        if not row and token.start[1] == 0 and token.string in NAMES:
            row = [token.string]
        elif row and token.string in {"", "\n", "\r\n", "\r"}:
            found.append(
                Statement(row[0], token.start[0], note=f"this Python cannot parse it: {error.reason}")
            )
            row = []
        elif row and row[-1] == "=" and (literal := _LITERAL.fullmatch(token.string)):
            start = lines.start(token.start[0]) + token.start[1] + literal.start("inner")
            value = literal["inner"]
            found.append(Statement(row[0], token.start[0], value, start, start + len(value)))
            row = []
        elif row:
            row.append(token.string)
    return tuple(found)


class _Token(NamedTuple):
    string: str
    start: tuple[int, int]


def _tokens(text: str, error: UnreadableError) -> list[_Token]:
    """Split a module into tokens.

    Raises:
        UnreadableError: ``error``, or a clearer one, where that is impossible too.
    """
    import io  # noqa: PLC0415 - only a module that cannot be parsed pays for it
    import tokenize  # noqa: PLC0415 - as above

    if conflict := _CONFLICT.search(text):
        raise UnreadableError("holds conflict markers", Lines(text).number(conflict.start()))
    try:
        tokens = tokenize.generate_tokens(io.StringIO(text, newline="").readline)
        return [_Token(token.string, token.start) for token in tokens]
    except (tokenize.TokenError, SyntaxError, ValueError, RecursionError):
        raise error from None


def _inner(token: str) -> str:
    """A string token without its quotes; any other token as it is."""
    literal = _LITERAL.fullmatch(token)
    return literal["inner"] if literal else token
