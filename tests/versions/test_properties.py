"""What holds for every file and every version, tried on what chance makes up."""

import ast
import configparser
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings, strategies as st
from packaging.version import InvalidVersion, Version

from release_async.base.errors import ReleaseAsyncError
from release_async.versions.compare_places import compare
from release_async.versions.distribution import Distribution, Tree
from release_async.versions.find_distributions import distributions
from release_async.versions.version_edits import Change, changes
from support.catalogue import Case, cases
from support.trees import Files

Contents = dict[str, str | bytes]

NUMBERS = st.integers(0, 99)
VERSIONS = st.builds(
    lambda release, pre, post, dev: str(Version(".".join(map(str, release)) + pre + post + dev)),
    st.lists(NUMBERS, min_size=1, max_size=4),
    st.sampled_from(["", "a1", "b2", "rc3", "a0"]),
    st.sampled_from(["", ".post1"]),
    st.sampled_from(["", ".dev0", ".dev12"]),
)
"""Canonical PEP 440 versions."""

PROJECT = '[project]\nname = "demo"\nversion = "{}"\n'


class Shape(NamedTuple):
    """A file that states a version: what may stand before and after the token, and how it is read back.

    Attributes:
        path: Where it lies.
        before: Pieces of text, any number of which may come first.
        head: The text up to the token.
        tail: The text after it.
        after: Pieces of text, any number of which may come last.
        read: Everything the file says, by a parser that is not ours.
    """

    path: str
    before: tuple[str, ...]
    head: str
    tail: str
    after: tuple[str, ...]
    read: Callable[[str], object]


def _ini(text: str) -> object:
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return {section: dict(parser[section]) for section in parser}


def _python(text: str) -> object:
    return ast.dump(ast.parse(text))


SHAPES = {
    "TOML": Shape(
        "pyproject.toml",
        before=(
            '# version = "9.9"\n',
            "\n",
            '[tool."ä"]\nversion = "9.9"\n',
            "[[tool.x.y]]\nversion='9.9'\n",
            '[tool.z]\ntext = """\n[project]\nversion = "9.9"\n"""\n',
            "[tool.'q.r']\na = ['9.9', # ]\n '9.9']\n",
        ),
        head="[project]\n  name = 'demo' # 9.9\n  version\t= '",
        tail="'  # 9.9\n",
        after=(
            'description = "9.9 é"\n',
            'dependencies = ["x==9.9",\n  "y>=9.9"]\n',
            "keywords = ['''9.9''']\n",
        ),
        read=tomllib.loads,
    ),
    "Python": Shape(
        "demo/__init__.py",
        before=(
            '"""Version 9.9, é."""\n',
            "# __version__ = '9.9'\n",
            "é = '9.9'\n",
            "import os\n",
            "\n",
            "\x0c",
            "x = (\n'9.9'\n)\n",
            "if os:\n    y = '__version__ = 9.9'\n",
            "z = '''\n__version__ = '9.9'\n'''\n",
        ),
        head='__version__ : str = "',
        tail='"; w = "9.9"\n',
        after=(
            "\nAPI = '9.9'\n",
            "class A:\n    __version__ = '9.9'\n",
            "def f():\n    VERSION = '9.9'\n",
            "# 9.9\n",
        ),
        read=_python,
    ),
    "INI": Shape(
        "setup.cfg",
        before=(
            "# version = 9.9\n",
            "[tool]\nversion = 9.9\n",
            "[flake8]\nx =\n  version = 9.9\n  y\n",
            "\n",
        ),
        head="[metadata]\nname = demo\nVersion : ",
        tail="\n",
        after=(
            "description = 9.9 é\n",
            "[options]\ninstall_requires =\n    x==9.9\n",
            "; version = 9.9\n",
        ),
        read=_ini,
    ),
    "citation": Shape(
        "CITATION.cff",
        before=(
            "cff-version: 9.9\n",
            "# version: 9.9\n",
            "abstract: |\n  version: 9.9\n  é\n",
            "authors:\n  - version: 9.9\n",
        ),
        head='version: "',
        tail='"  # 9.9\n',
        after=("references:\n- version: 9.9\n  type: x\n", "title: 'version: 9.9'\n"),
        read=str.splitlines,
    ),
    "uv's lock": Shape(
        "uv.lock",
        before=("# é\n", "[[package]]\nname = 'x'\nversion = '9.9'\nsource = { registry = 'r' }\n"),
        head='[[package]]\nname = "demo"\nversion = "',
        tail='"\nsource = { editable = "." }\n',
        after=(
            'dependencies = [\n  { name = "y", version = "9.9" },\n]\n',
            "[[package]]\nname = 'y'\nversion = '9.9'\nsource = { registry = 'r' }\n",
        ),
        read=tomllib.loads,
    ),
}


def bumped(files: Contents, version: str, root: str = "") -> dict[str, bytes]:
    """The files after a bump of the distribution in a folder."""
    tree = Files(files)
    (its,) = [each for each in distributions(tree) if each.root == root]
    before = {path: tree.read(path) or b"" for path in files}
    return before | {change.path: change.after for change in changes(its, tree, version)}


def attempted(its: Distribution, tree: Tree, version: str) -> tuple[Change, ...] | None:
    """What a bump would change; None where it is refused, and says what to do."""
    try:
        return changes(its, tree, version)
    except ReleaseAsyncError as error:
        return None if error.cure else pytest.fail(f"no cure: {error.what}")


@st.composite
def surroundings(draw: st.DrawFn, shape: Shape) -> tuple[str, str]:
    """The text before the token and the text after it, in a file that its own parser takes."""
    before = "".join(draw(st.lists(st.sampled_from(shape.before), max_size=3, unique=True)))
    after = "".join(draw(st.lists(st.sampled_from(shape.after), max_size=3, unique=True)))
    return before + shape.head, shape.tail + after


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@given(data=st.data(), old=VERSIONS, new=VERSIONS)
def test_only_the_bytes_of_the_token_change(shape: Shape, data: st.DataObject, old: str, new: str) -> None:
    """Whatever stands around it, in whatever line ends; and every parser reads the rest as before."""
    head, tail = data.draw(surroundings(shape))
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    mark = data.draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))

    def written(version: str) -> bytes:
        return mark + f"{head}{version}{tail}".replace("\n", end).encode()

    files: Contents = {} if shape.path == "setup.cfg" else {"pyproject.toml": PROJECT.format(old)}
    after = bumped(files | {shape.path: written(old)}, new)[shape.path]
    assert after == written(new)
    text = after.decode("utf-8-sig").replace("\r\n", "\n")
    restored = text[: len(head)] + old + text[len(head) + len(new) :]
    assert shape.read(restored) == shape.read(f"{head}{old}{tail}")


EVERYWHERE = {
    "pyproject.toml": "[project]\r\nname = 'demo'\r\nversion = \"{}\"\r\n\r\n[tool.poetry]\r\nversion = '{}'",
    "setup.cfg": "[metadata]\nversion = {}\n",
    "setup.py": "from setuptools import setup\nV = '{}'\nsetup(version=V)\n",
    "src/demo/__init__.py": '# coding: latin-1\n"""é"""\n__version__ = "{}"\n',
    "src/demo/__init__.pyi": "__version__: str = '{}'\n",
    "CITATION.cff": "cff-version: 1.2.0\nversion: '{}'\n",
    "uv.lock": 'version = 1\n[[package]]\nname = "demo"\nversion = "{}"\nsource = { virtual = "." }\n',
    "docs/conf.py": "release = '{}'\n",
}
"""A project that states its version in every kind of file that takes any version."""


def everywhere(version: str) -> dict[str, bytes]:
    """The project, at a version."""
    codecs = dict.fromkeys(EVERYWHERE, "utf-8") | {"src/demo/__init__.py": "latin-1"}
    return {path: text.replace("{}", version).encode(codecs[path]) for path, text in EVERYWHERE.items()}


@given(old=VERSIONS, new=VERSIONS)
@settings(max_examples=30)
def test_a_bump_and_back_gives_the_same_bytes(old: str, new: str) -> None:
    """For canonical spellings: nothing is lost on the way."""
    there = bumped({**everywhere(old)}, new)
    assert there == everywhere(new)
    assert bumped({**there}, old) == everywhere(old)


def canonical(text: str) -> bool:
    """Whether a text is a version as PEP 440 would have it written."""
    try:
        return str(Version(text)) == text
    except InvalidVersion:
        return False


ROUND = [
    case
    for case in cases(Path(__file__).with_name("catalogue"))
    if case.known and all(place.plain and canonical(place.text) for place in case.places() if place.counts)
]


@pytest.mark.parametrize("case", ROUND, ids=str)
def test_every_canonical_layout_survives_a_bump_and_back(case: Case) -> None:
    """The same for the layouts of the catalogue."""
    files, root = case.files(), case.header("root")
    source = next(place.text for place in case.places() if place.role == "source")
    there = bumped(files, case.header("bump"), root)
    assert bumped({**there}, source, root) == files


PATHS = [
    "pyproject.toml", "setup.cfg", "setup.py", "demo/__init__.py", "demo/_version.py", "demo/__init__.pyi",
    "VERSION.txt", "Cargo.toml", "Cargo.lock", "package.json", "package-lock.json", "CITATION.cff",
    "docs/conf.py", "meson.build", "uv.lock", "poetry.lock", "pdm.lock", ".bumpversion.cfg",
    ".release-please-manifest.json", "notes.md",
]  # fmt: skip

BUILT = (
    "[build-system]\nrequires = []\nbuild-backend = '{}'\n[project]\nname = 'demo'\ndynamic = ['version']\n"
)
HATCH = BUILT.format("hatchling.build") + "[tool.hatch.version]\n"
FRAMES: dict[str, Contents] = {
    "static": {
        "pyproject.toml": PROJECT.format("1.0")
        + "[tool.release-async]\nversion-files = [{ path = 'notes.md', pattern = 'v{version}' }]\n"
    },
    "setuptools": {
        "pyproject.toml": BUILT.format("setuptools.build_meta")
        + "[tool.setuptools.dynamic]\nversion = { file = 'VERSION.txt' }\n"
    },
    "attribute": {"setup.cfg": "[metadata]\nname = demo\nversion = attr: demo.__version__\n"},
    "hatch": {
        "pyproject.toml": BUILT.format("hatchling.build") + "[tool.hatch.version]\npath = 'VERSION.txt'\n"
    },
    "nodejs": {
        "pyproject.toml": BUILT.format("hatchling.build") + "[tool.hatch.version]\nsource = 'nodejs'\n"
    },
    "maturin": {"pyproject.toml": BUILT.format("maturin")},
    "meson": {"pyproject.toml": BUILT.format("mesonpy")},
}
"""Projects that make the finder look into each of the files."""

PIECES = st.sampled_from([
    "[project]", "[package]", "[[package]]", "[workspace.package]", "[metadata]", "version", '"version"',
    "__version__", "version_info", "release", "VERSION", " = ", ": ", '"1.0"', "'1.0'", "1.0", "(1, 2, 3)",
    "1, 0", '"demo"', "name = ", '"', "'", '"""', "\n", "\r\n", "\r", "(", ")", ",", "{", "}", "[", "]",
    ".", "#", "\\", "\t", "  ", "\x00", "é", "\u2028", "project(", "setup(version=", "Version(", "attr: ",
    "file: ", "exec(open('demo/_version.py').read(), about)", "- ", "|", "&a ", "*a", "---", "\ud800",
    "v1.0", "null", "true", "1e999", "9" * 5000, "\\ud800", "source = ",
])  # fmt: skip
CONTENT = st.one_of(
    st.binary(max_size=200),
    st.lists(PIECES, max_size=20).map(lambda pieces: "".join(pieces).encode("utf-8", "surrogatepass")),
)


@pytest.mark.parametrize("frame", FRAMES)
@given(path=st.sampled_from(PATHS), content=CONTENT)
@settings(max_examples=50)
def test_whatever_a_file_holds_the_answer_is_a_value(frame: str, path: str, content: bytes) -> None:
    """Finding and comparing never raise; a bump works or says why not."""
    files: Contents = {"demo/__init__.py": "", "VERSION.txt": "1.0\n", "notes.md": "v1.0\n"}
    files = files | FRAMES[frame] | {path: content}
    tree = Files(files)
    for its in distributions(tree):
        for problem in compare(its):
            assert (problem.where + problem.what + problem.cure).isprintable()
        made = attempted(its, tree, "2.0")
        if made is not None:
            after = Files(files | {change.path: change.after for change in made})
            (again,) = [each for each in distributions(after) if each.root == its.root]
            assert Version(again.version or "0") == Version("2.0")


def test_json_is_read_back_as_written() -> None:
    """The one shape whose text may be laid out in any way."""
    text = '{ "a" : { "version":"1.0.0" } ,\r\n\t"version" :\t"1.0.0" , "b" : [ "1.0.0" ] }'
    files: Contents = {"pyproject.toml": PROJECT.format("1.0.0"), "package.json": text}
    after = bumped(files, "1.2.0")["package.json"]
    assert after.decode() == text.replace('\t"1.0.0"', '\t"1.2.0"')
    assert json.loads(after) == json.loads(text) | {"version": "1.2.0"}
