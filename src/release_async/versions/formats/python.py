"""Locates version assignments in Python modules by their syntax tree. Never runs or imports a module."""

from release_async.base.lazy_typing import TYPE_CHECKING, Final, Iterator, NamedTuple, Sequence, pattern
from release_async.versions.formats import fast_python
from release_async.versions.text_encoding import Lines, UnreadableError
from release_async.versions.version_spellings import Form

if TYPE_CHECKING:
    import _ast as ast

    from release_async.versions.formats.constant_folding import Folded

NAMES: Final = ("__version__", "VERSION")
"""The names that hold a module's version."""

IMPORTED: Final = "imported from "
TAKEN: Final = "taken from "
"""How the note of a statement begins whose value stands in another module."""

_LOWER: Final = "version"
"""This name has many meanings: it only counts beside a tuple, as a tuple of three numbers or more beside a
string, or if a build backend is configured for it."""

TUPLES: Final = ("__version_info__", "version_info", "VERSION_INFO")
"""The names that hold it again as a tuple."""

_LOWER_TUPLE: Final = pattern(r"(?m)^version *= *\(")
_CONFLICT: Final = pattern(r"(?m)^(?:<{7} |>{7} |={7}\r?$)")
_LITERAL: Final = pattern(r"(?s)[rRuU]?(\"\"\"|'''|\"|')(?P<inner>(?:\\.|(?!\1).)*)\1")


class Statement(NamedTuple):
    """One statement that gives a version name its value.

    Attributes:
        key: The name, or a description of the place.
        line: The line of the value, counted from 1.
        value: The string; None if it is computed or imported.
        start: The offset of the string's first character, quotes excluded; -1 if it is not a single token.
        end: The offset after its last character.
        nested: Whether it is inside ``try`` or ``if``: such values are fallbacks.
        note: Where the value comes from, or why it cannot be replaced.
        form: How the value states the version.
        pieces: The start and end of each literal, if several make up the value.
        annotated: Whether the name has a type annotation: some build backends do not find it then.
        own_line: The line of the statement itself, if the value is in another statement.
    """

    key: str
    line: int
    value: str | None = None
    start: int = -1
    end: int = -1
    nested: bool = False
    note: str = ""
    form: Form = Form.PEP440
    pieces: tuple[tuple[int, int], ...] = ()
    annotated: bool = False
    own_line: int = 0


def statements(text: str, names: Sequence[str] = (*NAMES, *TUPLES)) -> tuple[Statement, ...]:
    """Find the top-level statements that give a module its version.

    Args:
        text: The module.
        names: The names to look for.

    Returns:
        The statements in order, one for each assignment or import of a name. If several lead to the same
        literal, all but one have no value and say so in their note.

    Raises:
        UnreadableError: The module can be neither parsed nor split into tokens.
    """
    if not any(name in text for name in names):
        return ()
    plain = _plain_statements(text, names)
    if plain is not None:
        return plain
    try:
        from release_async.versions.formats import python_syntax  # noqa: PLC0415 - a plain module needs no tree

        module = Module(text, python_syntax.parsed(text))
    except UnreadableError as error:
        return _from_tokens(text, names, error)
    found = module.statements(names)
    if _LOWER not in names and found and all(each.key in TUPLES for each in found):
        return module.statements((*names, _LOWER))
    if TUPLES[0] in names and _LOWER_TUPLE.search(text):
        return tuple(filter(_is_meant, module.statements((*names, _LOWER))))
    return found


def _is_meant(statement: Statement) -> bool:
    """Whether a statement that was found beside a string is no other thing called ``version``."""
    numbers = (statement.value or "").strip("() ").rstrip(",").split(",")
    return statement.key != _LOWER or (statement.form is Form.RELEASE and len(numbers) > 2)  # noqa: PLR2004 - with two, a Python's perhaps


def _plain_statements(text: str, names: Sequence[str]) -> tuple[Statement, ...] | None:
    """The statements of a plain module, without a syntax tree; None if it is not plain."""
    try:
        return tuple(
            Statement(name, line, value, start, start + len(value), own_line=line)
            for name, value, start, line in fast_python.strings(text, tuple(names))
        )
    except fast_python.NotPlainError:
        return None


def contents(text: str) -> tuple[object, ...]:
    """All content of a module as a flat sequence, to prove that an edit changed only one value.

    Raises:
        UnreadableError: As ``statements``.
    """
    import ast  # noqa: PLC0415 - only needed where something is rewritten

    from release_async.versions.formats import python_syntax  # noqa: PLC0415 - as above

    try:
        nodes = list(ast.walk(python_syntax.parsed(text)))
    except UnreadableError as error:
        return tuple(_inner(token.string) for token in _tokens(text, error))
    return tuple(
        type(node).__name__ if isinstance(value, (ast.AST, list)) else value
        for node in nodes
        for _, value in (("", node), *ast.iter_fields(node))
    )


class Module:
    """A parsed module, and the positions of its nodes in the text."""

    def __init__(self, text: str, tree: "ast.Module") -> None:
        self.text = text
        self.tree = tree
        self._lines = Lines(text)
        self._assigned_once: dict[str, ast.expr] | None = None

    def statements(self, names: Sequence[str]) -> tuple[Statement, ...]:
        """The statements that set one of these names; see the function ``statements``."""
        found = _replaced_later([*self._search(self.tree.body, names, nested=False)])
        whole = {statement.start for statement in found if statement.form is Form.TUPLE}
        chosen: dict[int, Statement] = {}
        for statement in sorted(found, key=lambda each: each.own_line != each.line):
            if statement.start >= 0:
                chosen.setdefault(statement.start, statement)
        string = any(each.form is Form.PEP440 for each in chosen.values() if not each.nested)
        return tuple(
            _duplicate(each, chosen[each.start]) if each.start in chosen and chosen[each.start] is not each
            else each._replace(form=Form.RELEASE) if string and each.start in whole and _only_numbers(each)
            else each
            for each in found
        )  # fmt: skip

    def _search(
        self, body: "Sequence[ast.stmt]", names: Sequence[str], *, nested: bool
    ) -> Iterator[Statement]:
        """Yield the statements that set these names; those inside ``try``, ``if`` and ``with`` are nested."""
        import _ast as ast  # noqa: PLC0415 - see ``syntax``

        from release_async.versions.formats import python_syntax  # noqa: PLC0415 - as above

        for node in body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                for name, value in _named_values(node, names):
                    statement = self.statement(name, value)
                    if statement.value is not None or name not in TUPLES:
                        annotated = isinstance(node, ast.AnnAssign)
                        yield statement._replace(nested=nested, annotated=annotated, own_line=node.lineno)
            elif isinstance(node, ast.ImportFrom):
                for name in {alias.asname or alias.name for alias in node.names}.intersection(names):
                    yield Statement(
                        name,
                        node.lineno,
                        nested=nested,
                        note=f"{IMPORTED}{'.' * node.level}{node.module or ''}",
                    )
            elif isinstance(node, ast.FunctionDef) and node.name == "__getattr__" and not nested:
                strings = {each.value for each in python_syntax.walk(node) if isinstance(each, ast.Constant)}
                for name in [name for name in names if name in strings][:1]:
                    yield Statement(name, node.lineno, note="computed when it is asked for")
            elif isinstance(node, ast.Try | ast.If | ast.With | ast.ExceptHandler):
                yield from self._search(_branches(node), names, nested=True)

    def statement(self, key: str, value: "ast.expr") -> Statement:
        """The statement for one expression: its text, and its position if it consists of literals."""
        import _ast as ast  # noqa: PLC0415 - see ``syntax``

        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return self._string(key, value)
        from release_async.versions.formats.constant_folding import fold  # noqa: PLC0415 - nearly every module uses a single string

        computed = Statement(key, value.lineno, note="computed when the module is imported")
        folded = fold(value, self.assigned_once())
        if folded is None and isinstance(value, ast.Name | ast.Attribute):
            return computed._replace(note=f"{TAKEN}{self.text[slice(*self._span(value))]}")
        if folded is None:
            called = self._incremental(key, value) or self._version_info_call(key, value)
            return called or self._version_info_made(key, value) or computed
        return self._folded(key, value, folded)

    def _string(self, key: str, value: "ast.Constant") -> Statement:
        start, end = self._span(value)
        if self.text[start + 1 : end - 1] == value.value and self.text[start] in "\"'":
            return Statement(key, value.lineno, value.value, start + 1, end - 1)
        literal = _LITERAL.fullmatch(self.text, start, end)
        if literal is None:
            return Statement(key, value.lineno, str(value.value), note="written as several strings joined")
        return Statement(key, value.lineno, str(value.value), *literal.span("inner"))

    def _folded(self, key: str, value: "ast.expr", folded: "Folded") -> Statement:
        """The statement for an expression of literals, with their positions."""
        leaves, plain = folded.leaves, Statement(key, value.lineno, folded.text)
        if folded.whole is not value and any(_is_inside(leaf, value) for leaf in leaves):
            return plain._replace(note="put together from several literals")
        if folded.whole is not None and leaves:
            start, end = self._span(folded.whole)
            text = self.text[start:end]
            return Statement(key, folded.whole.lineno, text, start, end, form=Form.TUPLE)
        if len(leaves) == 1 and leaves[0].value == folded.value and isinstance(folded.value, str):
            return self._string(key, leaves[0])
        if found := self._numbers(key, folded):
            return found
        if isinstance(folded.value, int):
            return plain._replace(value=None, note="a number")
        return plain._replace(note="put together from several literals")

    def _numbers(self, key: str, folded: "Folded") -> Statement | None:
        """The statement for separate numbers, also with a suffix behind them, which may be empty."""
        leaves = folded.leaves
        if len(leaves) > 1 and all(isinstance(leaf.value, int) for leaf in leaves):
            return self._pieces(key, leaves)
        numbers = [leaf.value for leaf in leaves[:-1] if isinstance(leaf.value, int)]
        if len(numbers) < 2 or len(numbers) < len(leaves) - 1:  # noqa: PLR2004 - a version has two, else it is no sum
            return None
        text = ".".join(map(str, numbers)) + str(leaves[-1].value)
        return self._pieces(key, leaves)._replace(form=Form.SUFFIXED) if folded.text == text else None

    def _version_info_call(self, key: str, value: "ast.expr") -> Statement | None:
        """A function call on a tuple like ``sys.version_info``, such as Django's ``get_version``."""
        import _ast as ast  # noqa: PLC0415 - see ``syntax``

        from release_async.versions.formats.constant_folding import fold  # noqa: PLC0415 - as above

        given = value.args if isinstance(value, ast.Call) else []
        if given and isinstance(given[0], ast.Starred):  # f(*version_info, dev): only where dev is nothing
            further = [fold(each, self.assigned_once()) for each in given[1:]]
            given = [given[0].value] if all(each and not each.value for each in further) else []
        found = fold(given[0], self.assigned_once()) if len(given) == 1 else None
        if found is None or not isinstance(found.value, tuple) or len(found.value) != 5 or not found.whole:  # noqa: PLR2004 - as in sys.version_info
            return None
        level, serial = found.value[3].value, found.value[4].value
        if level == "alpha" and serial == 0:
            return Statement(key, value.lineno, note="computed: an alpha without a number is read from git")
        return self._folded(key, value, found) if isinstance(level, str) else None

    def _version_info_made(self, key: str, value: "ast.expr") -> Statement | None:
        """``version_info(3, 3, 3, "final", 1)``: a tuple with names, made as ``sys.version_info`` is.

        The names may be written as well: ``Version(major=3, minor=3, micro=3, level="final", serial=1)``.
        """
        import _ast as ast  # noqa: PLC0415 - see ``syntax``

        if not isinstance(value, ast.Call) or (value.args and value.keywords):
            return None
        items = value.args or [each.value for each in value.keywords]
        given = [each.value if isinstance(each, ast.Constant) else None for each in items]
        if [type(each) for each in given] != [int, int, int, str, int]:
            return None
        if value.keywords:
            pieces = tuple(map(self._span, items))
            text = ", ".join(self.text[slice(*piece)] for piece in pieces)
            return Statement(key, value.lineno, text, *pieces[0], form=Form.TUPLE, pieces=pieces)
        end = self._span(value)[1]
        start = self.text.index("(", self._span(value.func)[1])
        return Statement(key, value.lineno, self.text[start:end], start, end, form=Form.TUPLE)

    def _incremental(self, key: str, value: "ast.expr") -> Statement | None:
        """``Version("name", 17, 9, 0, release_candidate=1)`` of the incremental library."""
        import _ast as ast  # noqa: PLC0415 - see ``syntax``

        if not isinstance(value, ast.Call) or getattr(value.func, "id", "") != "Version":
            return None
        given = [*value.args[1:], *(keyword.value for keyword in value.keywords)]
        if len(value.args) != 4 or not all(isinstance(each, ast.Constant) for each in given):  # noqa: PLR2004 - a name and three numbers
            return None
        start, end = self._span(value.args[1])[0], self._span(given[-1])[1]
        text = self.text[start:end]
        return Statement(key, value.lineno, text, start, end, form=Form.INCREMENTAL)

    def numbers(self, names: Sequence[str]) -> Statement | None:
        """Separate numbers that make up one version; None if one of the names is not set to a number."""
        import _ast as ast  # noqa: PLC0415 - see ``syntax``

        given = [self.assigned_once().get(name) for name in names]
        leaves = [each for each in given if isinstance(each, ast.Constant) and str(each.value).isdecimal()]
        if len(leaves) != len(names):
            return None
        return self._pieces(", ".join(names), leaves)

    def _pieces(self, key: str, leaves: "Sequence[ast.Constant]") -> Statement:
        """A statement made of several literals, quotes excluded."""
        spans = [self._span(leaf) for leaf in leaves]
        inner = [_LITERAL.fullmatch(self.text, start, end) for start, end in spans]
        pieces = tuple(
            literal.span("inner") if literal else span for literal, span in zip(inner, spans, strict=True)
        )
        text = ", ".join(self.text[start:end] for start, end in pieces)
        first = Statement(key, leaves[0].lineno, text, *pieces[0])
        return first._replace(form=Form.NUMBERS, pieces=pieces)

    def suffixed(self, statement: Statement, suffix: "ast.Constant") -> Statement | None:
        """A statement together with a literal that the module appends to its value; None if it cannot be."""
        start, end = self._span(suffix)
        literal = _LITERAL.fullmatch(self.text, start, end)
        if literal is None or statement.start < 0 or statement.form not in {Form.NUMBERS, Form.PEP440}:
            return None
        pieces = (*(statement.pieces or ((statement.start, statement.end),)), literal.span("inner"))
        text = ", ".join(self.text[slice(*piece)] for piece in pieces)
        return statement._replace(value=text, pieces=pieces, form=Form.SUFFIXED)

    def assigned_once(self) -> "dict[str, ast.expr]":
        """The values of the names that are assigned exactly once at the top level of the module."""
        if self._assigned_once is None:
            values: dict[str, list[ast.expr]] = {}
            for node in self.tree.body:
                for name, value in assigned(node):
                    values.setdefault(name, []).append(value)
            self._assigned_once = {name: given[0] for name, given in values.items() if len(given) == 1}
        return self._assigned_once

    def _span(self, node: "ast.expr") -> tuple[int, int]:
        end = self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
        return self._offset(node.lineno, node.col_offset), end

    def _offset(self, line: int, column: int) -> int:
        """The offset in the text of a line and a column in UTF-8 bytes, as the syntax tree counts."""
        start = self._lines.start(line)
        return start + len(self.text[start : start + column].encode()[:column].decode(errors="ignore"))


def targets(node: "ast.Assign | ast.AnnAssign") -> list[str]:
    """The simple names that an assignment sets."""
    import _ast as ast  # noqa: PLC0415 - see ``syntax``

    given = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [target.id for target in given if isinstance(target, ast.Name)]


def assigned(node: "ast.AST") -> "Iterator[tuple[str, ast.expr]]":
    """Every simple name that a statement sets, with its value; also each item of ``a, b = 1, 2``."""
    import _ast as ast  # noqa: PLC0415 - see ``syntax``

    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        for name in targets(node):
            yield name, node.value
        yield from _unpacked(node)


def _unpacked(node: "ast.Assign | ast.AnnAssign") -> "Iterator[tuple[str, ast.expr]]":
    """The names and values of a statement that assigns one sequence to another, item by item."""
    import _ast as ast  # noqa: PLC0415 - see ``syntax``

    for target in node.targets if isinstance(node, ast.Assign) else ():
        sides = [side.elts for side in (target, node.value) if isinstance(side, ast.Tuple | ast.List)]
        if len(sides) == 2 and len(sides[0]) == len(sides[1]):  # noqa: PLR2004 - the names and the values
            for item, value in zip(*sides, strict=True):
                if isinstance(item, ast.Name):
                    yield item.id, value


def _named_values(
    node: "ast.Assign | ast.AnnAssign", names: Sequence[str]
) -> "Iterator[tuple[str, ast.expr]]":
    """The wanted name that an assignment sets, and its value; also one item of a tuple: ``a, b = 1, 2``."""
    if node.value is None:
        return
    for name in [name for name in targets(node) if name in names][:1]:
        yield name, node.value
    for name, value in _unpacked(node):
        if name in names:
            yield name, value


def _replaced_later(found: list[Statement]) -> list[Statement]:
    """Mark placeholders that a later import replaces as fallbacks."""
    imported = {each.key: at for at, each in enumerate(found) if each.note.startswith(IMPORTED)}
    return [
        each._replace(nested=True)
        if at < imported.get(each.key, -1)
        and each.value is not None
        and not any(map(str.isdigit, each.value.strip("0.+")))
        else each
        for at, each in enumerate(found)
    ]


def _duplicate(statement: Statement, first: Statement) -> Statement:
    """A statement whose literal belongs to another statement."""
    line = statement.own_line or statement.line
    return Statement(statement.key, line, nested=statement.nested, note=f"the same as {first.key}")


def _is_inside(leaf: "ast.expr", node: "ast.expr") -> bool:
    """Whether a literal is inside an expression, and not in another statement."""
    first, last = (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)
    return first <= (leaf.lineno, leaf.col_offset) < last


def _only_numbers(statement: Statement) -> bool:
    return not any(sign in (statement.value or "") for sign in "\"'")


def _branches(node: "ast.stmt | ast.ExceptHandler") -> "list[ast.stmt]":
    """The statements in all branches of a compound statement."""
    branches = [getattr(node, name, []) for name in ("body", "handlers", "orelse", "finalbody")]
    return [statement for branch in branches for statement in branch]


def _from_tokens(text: str, names: Sequence[str], error: UnreadableError) -> tuple[Statement, ...]:
    """Read simple assignments from a module that this Python cannot parse, of an older or newer Python."""
    found: list[Statement] = []
    lines = Lines(text)
    row: list[str] = []
    for token in _tokens(text, error):
        if not row and token.start[1] == 0 and token.string in names:
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
        UnreadableError: ``error``, or a clearer one, if that is impossible too.
    """
    import io  # noqa: PLC0415 - only a module that cannot be parsed pays for it
    import tokenize  # noqa: PLC0415 - as above

    if conflict := _CONFLICT.search(text):
        raise UnreadableError("contains conflict markers", Lines(text).number(conflict.start()))
    try:
        tokens = tokenize.generate_tokens(io.StringIO(text, newline="").readline)
        return [_Token(token.string, token.start) for token in tokens]
    except (tokenize.TokenError, SyntaxError, ValueError, RecursionError):
        raise error from None


def _inner(token: str) -> str:
    """A string token without its quotes; any other token unchanged."""
    literal = _LITERAL.fullmatch(token)
    return literal["inner"] if literal else token
