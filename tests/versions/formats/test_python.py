"""Version statements of modules, read from the syntax tree, or from tokens where this Python cannot parse."""

import pytest

from release_async.versions.formats import python, python_syntax
from release_async.versions.text_encoding import UnreadableError
from release_async.versions.version_spellings import Form

SINGLE = {
    "plain": '__version__ = "1.0"\n',
    "annotated": "from typing import Final\n__version__: Final = '1.0'\n",
    "annotated string": 'VERSION: "str" = "1.0"\n',
    "chained": '__version__ = version = "1.0"\n',
    "chained, ours last": 'version = __version__ = "1.0"\n',
    "long": '__version__ = """1.0"""\n',
    "prefixed": "__version__ = u'1.0'\n",
    "raw": '__version__ = r"1.0"\n',
    "parenthesised": '__version__ = (\n    "1.0"  # now\n)\n',
    "after wide text": 'é = "ü"; __version__ = "1.0"\n',
    "after a form feed": '"""x"""\n\x0c\n__version__ = "1.0"\n',
    "windows": 'import os\r\n__version__ = "1.0"\r\n',
    "old mac": 'import os\r__version__ = "1.0"\r',
    "no end": '__version__ = "1.0"',
    "decoys": 'FLOW_VERSION = "9"\n"""\n__version__ = "8"\n"""\n__version__ = "1.0"\n',
    "decoy in a function": 'def f():\n    __version__ = "7"\n\n\n__version__ = "1.0"\n',
    "line separator inside": 's = "\u2028"\n__version__ = "1.0"\n',
}


@pytest.mark.parametrize("text", SINGLE.values(), ids=SINGLE.keys())
def test_one_literal_is_found_at_its_place(text: str) -> None:
    """The span is the string without its quotes, whatever stands around it."""
    (found,) = python.statements(text)
    assert found.value == "1.0"
    assert text[found.start : found.end] == "1.0"
    assert not found.nested


@pytest.mark.parametrize(
    "text",
    [
        '__version__ = "1." "0"\n',
        '__version__ = f"1.{minor}"\n',
        "__version__ = version('x')\n",
        "from ._version import __version__\n",
        "from .a import b as __version__\n",
        '__version__ = b"1.0"\n',
    ],
)
def test_what_is_no_single_literal_has_no_place(text: str) -> None:
    """Joined, computed and imported versions are seen, never edited."""
    (found,) = python.statements(text)
    assert found.start == -1
    assert found.note


@pytest.mark.parametrize(
    "text",
    [
        'version = (1, 2, 1)\n__version__ = "1.2.1"\n',
        '__version__ = "1.2.1"\n\nversion=(1, 2, 1)\n',
        '__version__ = "1.2"\nversion = (1, 2, 0,)\n',
    ],
)
def test_a_tuple_called_version_beside_a_string_says_it_once_more(text: str) -> None:
    """Where a release left the old numbers in it, the package would say two things of itself."""
    found = {each.key: each for each in python.statements(text)}
    told = found["version"]
    assert text[told.start : told.end].startswith("(1, 2, ")
    assert told.form is Form.RELEASE
    assert found["__version__"].value in {"1.2", "1.2.1"}


@pytest.mark.parametrize(
    "text",
    [
        'version = "3"\n__version__ = "1.2.1"\n',
        'version = (3, 11)\n__version__ = "1.2.1"\n',
        'version = (read(),)\n__version__ = "1.2.1"\n',
        'def f():\n    version = (9, 9, 9)\n__version__ = "1.2.1"\n',
        'version = ("a", "b", "c")\n__version__ = "1.2.1"\n',
    ],
)
def test_what_else_is_called_version_beside_a_string_is_nobodys(text: str) -> None:
    """The name has many meanings: a string of its own, a Python, what is computed, what is local."""
    assert [each.value for each in python.statements(text)] == ["1.2.1"]


def test_a_version_inside_try_or_if_is_nested() -> None:
    """Fallbacks are told from the true version."""
    text = (
        "try:\n    from ._v import __version__\nexcept ImportError:\n    __version__ = 'unknown'\n"
        "if True:\n    pass\nelse:\n    VERSION = '0'\n"
    )
    found = python.statements(text)
    assert [(each.value, each.nested, each.line) for each in found] == [
        (None, True, 2),
        ("unknown", True, 4),
        ("0", True, 8),
    ]


@pytest.mark.parametrize(
    "text", ['print "old"\n__version__ = "1.0"\n', '__version__: str = "1.0"\ntype = = new\n']
)
def test_a_module_of_another_python_is_read_from_tokens(text: str) -> None:
    """Syntax older or newer than ours must not block every commit of its project."""
    (found,) = python.statements(text)
    assert text[found.start : found.end] == found.value == "1.0"


def test_conflict_markers_are_unreadable() -> None:
    """A conflict that was committed by mistake never passes, whatever stands between its markers."""
    text = '<<<<<<< HEAD\n__version__ = "1.0"\n=======\n__version__ = "1.1"\n>>>>>>> other\n'
    with pytest.raises(UnreadableError, match="conflict") as caught:
        python.statements(text)
    assert caught.value.line == 1


@pytest.mark.filterwarnings("error")
def test_an_invalid_escape_of_the_project_is_no_warning_of_ours() -> None:
    """A warning about the project's code would be noise on every commit."""
    assert len(python_syntax.parsed('x = "\\d"\n__version__ = "1.0"\n').body) == 2
