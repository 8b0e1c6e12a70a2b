"""The quick readers of plain files say exactly what the standard library's parsers say, or nothing."""

import ast
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from release_async.versions.formats import python, toml
from release_async.versions.formats.fast_toml import NotPlainError, PlainToml
from release_async.versions.text_encoding import decode
from support.catalogue import cases

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
        "[[tool]]",
        "[tool.z.y]",
        "[x]",
        "[x.y]",
        '["q".a]',
        "x.z = {y.a = 1, b = ['c', {}]}",
        "x = {a = 1, a = 2}",
        "x = {a = 1,}",
        "x = {a = 1,\n b = 2}",
        "x.y.z = 0.5",
        "x = 1.",
        "x = -1",
        "x = 1_000",
        "x = 1979-05-27",
        "x = [[1, 2], [], ['']]",
        "'l'.\"b\" = 3",
        'y = "a\\tb\\\\"',
        'y = "\\u0041"',
        "y = '''\nlong\nlines'''",
        'y = """a"""""',
        'y = """a"""" # c',
        "y = ''''''",
        'y = "',
        "x = [1 2]",
        "x = ]",
        "y = 'a\x7f'",
        "y = 'a\rb'",
        "[ x . y ]",
        "[]",
        "= 1",
        "x",
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
    plain = PlainToml(text)
    try:
        plain.read()
    except NotPlainError:
        return
    assert plain.table == expected
    assert plain.places == {path: (span.start, span.end) for path, span in toml.spans(text).items()}


def test_the_documents_of_most_projects_are_plain() -> None:
    """Otherwise the quick reader would be for nothing: of the catalogued layouts nine in ten are."""
    layouts = cases(Path(__file__).parents[1] / "catalogue")
    files = [file for case in layouts for file in case.files().items() if file[0].endswith("pyproject.toml")]
    texts = [decode(data.encode() if isinstance(data, str) else data).text for _, data in files]
    assert sum(map(is_plain, texts)) > 0.9 * len(texts) > 40


def is_plain(text: str) -> bool:
    """Whether the quick reader takes a document; then it must say what the parser says."""
    plain = PlainToml(text)
    try:
        plain.read()
    except NotPlainError:
        return False
    assert plain.table == tomllib.loads(text)
    assert plain.places == {path: (span.start, span.end) for path, span in toml.spans(text).items()}
    return True


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
        "import a.b.c",
        "import a..b",
        "import 1x",
        "import .a",
        "import",
        "from import x",
        "from . import y",
        "from .. import",
        "from a import b as c",
        "from a import (b)",
        "from a import b, __version__",
        "from a import b c",
        "class = '1'",
        "None = '1'",
        "__\uff56ersion__ = '7'",
        "__version__ = ''",
        "__version__ = 'a' 'b' # c",
        "__version__ = 'a\\tb'",
        '__version__ = "it\'s"',
        "__version__ = '8' ; x = 1",
        "__version__ = '9",
        "__version__  = '10'",
        "x = __version__ = '11'",
        "__all__ = []",
        "__all__ = ['a' 'b']",
        "__all__ = ['a',]",
        "__all__ = [,]",
        "__all__ = ['a', b]",
        "__all__ = ['a'] + x",
        '"""Two\n\nquoted "lines"."""  ',
        '"""Doc.""" # c',
        '"""',
        '""""""',
        "# c\r",
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
