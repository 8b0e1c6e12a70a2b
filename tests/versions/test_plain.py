"""The quick readers of plain files say exactly what the standard library's parsers say, or nothing."""

import ast
import tomllib

import pytest
from hypothesis import given, strategies as st

from release_async.versions import python, toml

LINES = st.sampled_from(
    [
        "[project]",
        "[tool.x]",
        "[tool]",
        "[tool.x.y]",
        "[[tool.z]]",
        'name = "a"',
        "version = '1.0'",
        'version = "2"',
        "x = true",
        "x = 07",
        "x = 12",
        "x = 1.5",
        'x = ["a", "b"]',
        "x = ['a', # c\n  \"b\",\n]",
        "x = []",
        "x = [,]",
        'y = "a\\"b"',
        'y = """long"""',
        "x.y = 1",
        '"q" = "r"',
        "# comment",
        "",
        "  ",
        "a = {b = 1}",
        "nonsense",
        'version = "1" # c',
        'x = "a" "b"',
        "x = ['#', \"]\"]",
        "\tname\t=\t'tab'\t",
        'x = "é"',
    ]
)


@given(st.lists(LINES, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_a_plain_document_reads_as_tomllib_reads_it(lines: list[str], end: str) -> None:
    """Values are the parser's, and every place holds its value; what is not TOML is left to the parser."""
    text = end.join("\n".join(lines).split("\n"))
    try:
        expected = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        expected = None
    plain = toml._Plain(text)  # noqa: SLF001 - the quick reader by itself
    if not plain.read():
        return
    assert plain.table == expected
    for path, (start, stop) in plain.places.items():
        value = toml.table(plain.table, *path[:-1])[path[-1]]
        assert not isinstance(value, str) or text[start:stop] == value


def test_the_documents_of_most_projects_are_plain() -> None:
    """Otherwise the quick reader would be for nothing."""
    text = '[build-system]\nrequires = ["hatchling"]\n\n[project]\nname = "x"\ndynamic = [\n  "version",\n]\n'
    assert toml._Plain(text).read()  # noqa: SLF001 - as above


STATEMENTS = st.sampled_from(
    [
        '"""Doc."""',
        "# c",
        "",
        "import os",
        "from .x import y, z",
        "from .x import __version__",
        '__version__ = "1.0"',
        "__version__ = '2.0' # c",
        "VERSION = 'x'",
        "name = '1'",
        "__all__ = ['a', \"b\"]",
        "version_info = (1, 2)",
        "__version__: str = '3'",
        "x = 1; __version__ = '4'",
        '"""Two\nlines."""',
        "if x:\n    __version__ = '5'",
        "__version__ = '1' '2'",
        "    indented = '1'",
        "__version__ = r'6'",
        "é = 'ä'; y = 1",
        "__version__ = name",
    ]
)


@given(st.lists(STATEMENTS, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_a_plain_module_reads_as_its_syntax_tree_says(lines: list[str], end: str) -> None:
    """The same statements at the same places; what is not plain is left to the tree."""
    text = end.join("\n".join(lines).split("\n"))
    quick = python._plain_statements(text, python.NAMES)  # noqa: SLF001 - the quick reader by itself
    if quick is None:
        return
    try:
        tree = ast.parse(text)
    except SyntaxError:
        pytest.fail(f"taken for a plain module: {text!r}")
    assert quick == python.Module(text, tree).statements(python.NAMES)
