"""Whatever a file holds, finding answers with values: no traceback, no endless time."""

import pytest
from hypothesis import given, strategies as st

from release_async.versions.compare_places import compare
from release_async.versions.find_distributions import distributions
from support.trees import Files

PROJECT = b'[project]\nname = "demo"\nversion = "1.0"\n'
HOSTILE = {
    "empty": b"",
    "garbage": bytes(range(256)) * 4,
    "NUL": b'__version__ = "1.0\x00"\nversion = "\x00"',
    "deep parentheses": b"__version__ = " + b"(" * 20_000,
    "deep closed parentheses": b"__version__ = " + b"(" * 150 + b'"1"' + b")" * 150,
    "deep brackets": b"version = " + b"[" * 20_000,
    "deep closed brackets": b"version = " + b"[" * 5_000 + b"]" * 5_000,
    "deep tables": b"a = " + b"{a=" * 5_000 + b"1" + b"}" * 5_000,
    "deep operators": b"__version__ = setup(version=" + b"-" * 50_000 + b"1)",
    "deep attributes": b"__version__ = setup(version=a" + b".a" * 50_000 + b")",
    "deep sums": b'__version__ = setup(version="1"' + b'+"1"' * 20_000 + b")",
    "deep indents": b"__version__ = 1\n" + b"".join(b" " * depth + b"if setup:\n" for depth in range(200)),
    "huge number": b"__version__ = setup(version=" + b"9" * 10_000 + b")",
    "huge number in a table": b"version = " + b"9" * 10_000,
    "huge version": b'__version__ = "' + b"9" * 10_000 + b'"\nsetup(version="' + b"9" * 10_000 + b'")',
    "lone surrogate": b'__version__ = "\\ud800"\nsetup(version="\\udfff", name="\\udc80")',
    "lone surrogate, raw": b'__version__ = "\xed\xa0\x80"',
    "surrogate in a table": b'[project]\nname = "\\ud800"\n',
    "unterminated string": b'__version__ = "1.0\n[project]\nversion = "1.0\n',
    "unterminated long string": b'__version__ = """1.0\n[project]\nversion = """1.0\n',
    "conflict markers": b'<<<<<<< HEAD\n__version__ = "1"\n=======\n__version__ = "2"\n>>>>>>> x\n',
    "date for a version": b"[project]\nname = []\nversion = 2024-01-01\ntool = 3\n",
    "string for a list": b'[project]\nname = "x"\ndynamic = "version"\n',
    "surrogate and nothing": b'[project]\nname = ""\n',
    "wrong kinds": b'project = 1\nbuild-system = []\n[tool]\npoetry = [1]\nhatch = "x"\nsetuptools = 3\n',
    "unpacked": b"setup(**config)\n__version__, b = 1, 2\n__version__ += setup\n",
    "recursive constant": b"V = V\nN = N\nsetup(version=V, name=N, packages=P, package_dir={1: 2, 'a': []})",
    "an unknown coding": b"# coding: klingon\n__version__ = '1'\n",
    "only carriage returns": b"[metadata]\rversion = 1\r\r__version__ = '1'\r",
    "many lines": b"[metadata]\n" + b" x\n" * 20_000,
}


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.cfg", "setup.py", "demo/__init__.py"])
@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_content_breaks_the_finding(name: str, data: bytes) -> None:
    """Every answer is printable text, for every file that is read."""
    files: dict[str, str | bytes] = {"pyproject.toml": PROJECT, "demo/__init__.py": ""}
    for found in distributions(Files(files | {name: data})):
        for problem in compare(found):
            assert problem.what.isprintable()
            assert problem.where.isprintable()
            assert problem.cure.isprintable()


PIECES = st.sampled_from(
    ["[project]", "[metadata]", "version", "__version__", " = ", '"1.0"', "'", '"""', "\n", "\r\n", "setup(",
     ")", ",", "{", "}", "[", "]", ".", "#", "\\", "\t", "  ", "\x00", "é", "dynamic", "if 1:", "name", "(",
     "\x0c", "\ud800"]
)  # fmt: skip


@given(
    st.sampled_from(["pyproject.toml", "setup.cfg", "setup.py", "demo/__init__.py"]),
    st.lists(PIECES, max_size=25),
)
def test_no_mixture_of_pieces_breaks_the_finding(name: str, pieces: list[str]) -> None:
    """The same for whatever chance puts together."""
    data = "".join(pieces).encode("utf-8", "surrogatepass")
    files: dict[str, str | bytes] = {"pyproject.toml": PROJECT, "demo/__init__.py": ""}
    for found in distributions(Files(files | {name: data})):
        assert all(problem.what.isprintable() for problem in compare(found))
