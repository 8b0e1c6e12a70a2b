"""What has fooled version tools before: each trap with the exact right behaviour."""

import pytest

from release_async.base.errors import ReleaseAsyncError
from release_async.base.problems import Level, Problem
from release_async.versions.compare_places import compare
from release_async.versions.distribution import Distribution, Role
from release_async.versions.find_distributions import distributions
from release_async.versions.pep440 import parse
from release_async.versions.version_edits import changes
from release_async.versions.version_settings import read
from support.trees import Files

PROJECT = '[project]\nname = "demo"\nversion = "1.0"\n'
DYNAMIC = '[project]\nname = "demo"\ndynamic = ["version"]\n'
Contents = dict[str, str | bytes]


def at(files: Contents, root: str = "") -> Distribution:
    """The distribution of a folder."""
    (its,) = [each for each in distributions(Files(files)) if each.root == root]
    return its


def refusals(distribution: Distribution) -> list[Problem]:
    """What is refused."""
    return [problem for problem in compare(distribution) if problem.level is Level.REFUSE]


def bumped(files: Contents, version: str, root: str = "") -> Contents:
    """The files after a bump."""
    made = changes(at(files, root), Files(files), version)
    return files | {change.path: change.after for change in made}


def module(statement: str | bytes) -> Contents:
    """A project whose package holds one statement."""
    return {"pyproject.toml": PROJECT, "demo/__init__.py": statement}


class TestEncodings:
    """T28: offsets of the syntax tree are bytes of UTF-8, whatever the file is written in."""

    @pytest.mark.parametrize(
        ("head", "codec", "mark"),
        [
            ("", "utf-8", b"\xef\xbb\xbf"),
            ("é = 'ü€𝄞'; ", "utf-8", b""),
            ("é = 'ü€𝄞'; ", "utf-8", b"\xef\xbb\xbf"),
            ("# coding: latin-1\né = 'üß'; ", "latin-1", b""),
            ("#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '€'; ", "cp1252", b""),
            ("# -*- coding: koi8-r -*-\nx = 'Ж'; ", "koi8-r", b""),
        ],
        ids=["mark", "wide", "mark, wide", "latin-1", "cp1252", "koi8-r"],
    )
    @pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r"], ids=["none", "LF", "CR LF", "CR"])
    def test_the_token_is_found_and_all_other_bytes_stay(
        self, head: str, codec: str, mark: bytes, end: str
    ) -> None:
        """Codec, mark and line ends are those that were there."""
        text = f"{head}__version__ = '1.0'  # ends".replace("\n", end or "\n") + end
        files = module(mark + text.encode(codec))
        assert not refusals(at(files))
        after = bumped(files, "1.10")["demo/__init__.py"]
        assert after == mark + text.replace("'1.0'", "'1.10'").encode(codec)

    @pytest.mark.parametrize(
        "data",
        [
            b"x = 1\n__version__ = '1.0'  # caf\xe9\n",
            b"\xff\xfe" + "__version__ = '1.0'".encode("utf-16-le"),
            b"# coding: klingon\n__version__ = '1.0'\n",
        ],
        ids=["latin-1 undeclared", "UTF-16", "unknown coding"],
    )
    def test_what_cannot_be_decoded_is_unreadable(self, data: bytes) -> None:
        """Refused at the file, by no guess, and never edited."""
        (problem,) = refusals(at(module(data)))
        assert problem.where.startswith("demo/__init__.py:")
        with pytest.raises(ReleaseAsyncError):
            bumped(module(data), "2.0")

    @pytest.mark.parametrize("path", ["setup.cfg", "VERSION.txt", "CITATION.cff", "package.json", "uv.lock"])
    def test_other_files_that_cannot_be_decoded_are_unreadable(self, path: str) -> None:
        """The same for what is no Python: never a traceback, never a silent pass where it is the source."""
        files: Contents = {
            "pyproject.toml": DYNAMIC + '[tool.setuptools.dynamic]\nversion = {file = "VERSION.txt"}\n',
            "VERSION.txt": "1.0\n",
            path: b"version = caf\xe9 \xff\n",
        }
        its = at(files)
        assert all(problem.what.isprintable() for problem in compare(its))
        if path == "VERSION.txt":
            assert its.version is None
            assert compare(its)


EDITABLE = [
    "__version__ = '1.0'\n",
    '__version__="1.0"#x\n',
    '__version__ = u"1.0"\n',
    "__version__ = r'1.0'\n",
    '__version__ = """1.0"""\n',
    "__version__ = '''1.0'''\n",
    '__version__ = ("1.0")\n',
    '__version__ = (\n    # why\n    "1.0"\n)\n',
    '__version__ = \\\n    "1.0"\n',
    'version = __version__ = "1.0"\n',
    '__version__ = version = __v__ = "1.0"\n',
    '__version__: str = "1.0"\n',
    '__version__: "Final[str]" = "1.0"\n',
    'a = "1.0"; __version__ = "1.0"; b = "1.0"\n',
    '"""The docstring: __version__ = "1.0"."""\n__version__ = "1.0"\n',
]
READABLE = [
    '__version__ = "1." "0"\n',
    '__version__ = f"{1}.0"\n',
    '__version__ = ".".join(["1", "0"])\n',
    '__version__ = "%d.%d" % (1, 0)\n',
    '__version__ = "{}.{}".format(1, 0)\n',
]
OPAQUE = [
    "__version__ = compute()\n",
    'import x\n__version__ = x.base + ".0"\n',
    'import sys\n__version__ = "1.0" if sys.argv else "2.0"\n',
    '(__version__ := "9.0")\n',
    "__version__: str\n",
    "__version__ = None\n",
    "__version__ = b'9.0'\n",
    "__version__ = 9.0\n",
]


class TestAssignmentForms:
    """T29: what a statement says, what of it can be edited, and what only running it would tell."""

    @pytest.mark.parametrize("statement", EDITABLE)
    def test_one_literal_is_edited_in_place(self, statement: str) -> None:
        """Any quote, prefix, parenthesis and annotation stays; equal text beside it too."""
        files = module(statement)
        assert [site.text for site in at(files).sites if site.counts] == ["1.0", "1.0"]
        after = bumped(files, "1.1")["demo/__init__.py"]
        assert isinstance(after, bytes)
        scope: dict[str, str] = {}
        exec(compile(after, "demo", "exec"), {}, scope)  # noqa: S102 - the statement stands above
        assert scope["__version__"] == "1.1"
        assert len(after) == len(statement)
        assert sum(old != new for old, new in zip(statement.encode(), after, strict=True)) == 1

    @pytest.mark.parametrize("statement", READABLE)
    def test_a_version_put_together_from_literals_is_compared_and_not_edited(self, statement: str) -> None:
        """What it says is certain, so drift is refused; what to write is not, so a bump is refused."""
        assert not refusals(at(module(statement)))
        drifted = module(statement) | {"pyproject.toml": PROJECT.replace("1.0", "1.1")}
        assert [problem.where for problem in refusals(at(drifted))] == ["demo/__init__.py:1"]
        with pytest.raises(ReleaseAsyncError):
            bumped(module(statement), "2.0")

    @pytest.mark.parametrize("statement", OPAQUE)
    def test_what_only_running_would_tell_counts_for_nothing(self, statement: str) -> None:
        """No alarm, and no edit: the table states the version."""
        assert not refusals(at(module(statement)))
        assert bumped(module(statement), "2.0")["demo/__init__.py"] == statement

    def test_two_different_literals_in_one_module_are_refused(self) -> None:
        """Python takes the last one, setuptools the first."""
        files = module('__version__ = "1.0"\n\n__version__ = "1.1"\n')
        assert [problem.where for problem in refusals(at(files))] == ["demo/__init__.py:3"]

    def test_the_same_literal_twice_is_one_version(self) -> None:
        """Both are edited: neither may be left behind."""
        files = module('__version__ = "1.0"\n__version__ = "1.0"\n')
        assert not refusals(at(files))
        assert bumped(files, "1.1")["demo/__init__.py"] == b'__version__ = "1.1"\n__version__ = "1.1"\n'

    @pytest.mark.parametrize(
        "scope", ["class A:\n    {}", "def f():\n    {}", "def f():\n    global __version__\n    {}"]
    )
    def test_an_inner_name_is_no_version_of_the_module(self, scope: str) -> None:
        """Only the module's own name states its version."""
        statement = scope.format('__version__ = "9.9"\n')
        assert not refusals(at(module(statement)))
        assert bumped(module(statement), "2.0")["demo/__init__.py"] == statement


class TestFallbacks:
    """T30: what stands inside ``try`` or ``if`` is for when the true version cannot be had."""

    @pytest.mark.parametrize("text", ["unknown", "???", "0+unknown", "0.0.0", "dev", ""])
    @pytest.mark.parametrize(
        "form",
        [
            "try:\n    from ._version import __version__\nexcept ImportError:\n    __version__ = '{}'\n",
            "try:\n    import x\nexcept ImportError:\n    __version__ = '{}'\nelse:\n    __version__ = x.v\n",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    __version__ = '{}'\n",
        ],
    )
    def test_a_placeholder_is_ignored(self, form: str, text: str) -> None:
        """Neither refused nor edited."""
        files = module(form.format(text))
        assert not refusals(at(files))
        assert bumped(files, "2.0")["demo/__init__.py"] == form.format(text)

    def test_a_nested_literal_counts_where_it_is_the_only_one(self) -> None:
        """It parses, and nothing else says a version: then it is the version."""
        nested = "try:\n    import x\nfinally:\n    __version__ = '1.0'\n"
        files: Contents = {"pyproject.toml": DYNAMIC, "demo/__init__.py": nested}
        assert at(files).version == "1.0"
        assert bumped(files, "1.1")["demo/__init__.py"] == nested.replace("1.0", "1.1").encode()

    def test_a_nested_placeholder_does_not_count_even_where_it_is_the_only_one(self) -> None:
        """``0.0.0`` and the like say that nothing is known, although they parse."""
        nested = "try:\n    from ._version import __version__\nexcept ImportError:\n    __version__ = '{}'\n"
        for text in ("unknown", "0+unknown"):
            files: Contents = {"pyproject.toml": DYNAMIC, "demo/__init__.py": nested.format(text)}
            assert at(files).version is None
            assert not refusals(at(files))


@pytest.mark.parametrize(
    "path",
    [
        "demo/_vendor/tomli/__init__.py",
        "demo/vendor/tomli/__init__.py",
        "src/demo/_vendored/tomli/version.py",
        "tests/samples/demo/__init__.py",
        "tests/demo/_version.py",
        "examples/demo/__init__.py",
        "docs/demo/__init__.py",
        "demo/plugins/other/__init__.py",
        "other_demo/__init__.py",
        "node_modules/demo/__init__.py",
    ],
)
def test_copies_that_belong_to_somebody_else_are_no_places(path: str) -> None:
    """T31: only the distribution's own import package states its version."""
    files: Contents = {
        "pyproject.toml": PROJECT,
        "demo/__init__.py": "",
        "src/demo/__init__.py": "",
        path: '__version__ = "1.2.3"  # DO NOT EDIT\n',
    }
    assert not refusals(at(files))
    assert bumped(files, "2.0")[path] == files[path]


class TestTemplates:
    """T32: what a template will be filled with is no version; what comes from one is not edited."""

    @pytest.mark.parametrize(
        "path", ["demo/__init__.py.in", "demo/_version.py.j2", "demo/version.py.m4", "pyproject.toml.jinja"]
    )
    def test_a_template_file_is_no_place(self, path: str) -> None:
        """By its name."""
        files: Contents = {"pyproject.toml": PROJECT, "demo/__init__.py": "", path: '__version__ = "9.9"\n'}
        assert not refusals(at(files))
        assert bumped(files, "2.0")[path] == files[path]

    @pytest.mark.parametrize("text", ["{{ cookiecutter.version }}", "@VERSION@", "${version}", "{{version}}"])
    def test_a_literal_to_be_filled_in_is_no_version(self, text: str) -> None:
        """By what it says: neither refused as no version nor overwritten."""
        files = module(f'__version__ = "{text}"\n')
        assert not refusals(at(files))
        assert bumped(files, "2.0")["demo/__init__.py"] == files["demo/__init__.py"]

    def test_a_project_template_is_no_distribution(self) -> None:
        """Its folder has the name of a variable."""
        inner = "{{cookiecutter.project}}/pyproject.toml"
        files: Contents = {
            "pyproject.toml": PROJECT,
            inner: PROJECT.replace("1.0", "{{ cookiecutter.version }}"),
        }
        assert [each.root for each in distributions(Files(files))] == [""]

    def test_a_generated_pyproject_names_its_template_and_is_not_edited(self) -> None:
        """The next run of the generator would undo the edit, so a bump is refused and says where to edit."""
        files: Contents = {
            "pyproject.toml": "# GENERATED FROM pyproject.toml.m4, do not edit\n" + PROJECT,
            "pyproject.toml.m4": 'include(`metadata.m4\')\n[project]\nname = "demo"\nversion = "1.0"\n',
        }
        with pytest.raises(ReleaseAsyncError) as caught:
            bumped(files, "2.0")
        assert "pyproject.toml.m4" in caught.value.what + caught.value.cure


def test_equal_numbers_that_are_other_things_stay() -> None:
    """T34: only structure tells what is a version of ours, as an extra's pin of the project does."""
    files: Contents = {
        "pyproject.toml": PROJECT
        + 'requires-python = ">=1.0"\ndependencies = ["demo-x==1.0", "y>=1.0,<11.0"]\n'
        + '[project.optional-dependencies]\ndev = ["demo[all]==1.0"]\n[tool.x]\nversion = "1.0"\n'
        + '[tool.black]\ntarget-version = ["1.0"]\n[tool.mypy]\npython_version = "1.0"\n'
        + '[tool.poetry.dependencies]\nversion = "1.0"\n',
        "demo/__init__.py": '"""Version 1.0."""\n__version__ = "1.0"  # was 1.0\n'
        'FLOW_FORMAT_VERSION = "1.0"\n'
        'API_VERSION = "1.0"\n__api_version__ = "1.0"\nMIN_VERSION = VERSION_MIN = "1.0"\n',
        ".pre-commit-config.yaml": 'minimum_pre_commit_version: "1.0"\nrepos:\n  - rev: "1.0"\n',
        "CITATION.cff": "cff-version: 1.0\nmessage: version 1.0\nversion: 1.0\n",
        "README.md": "demo 1.0, install with `pip install demo==1.0`\n",
        "CHANGELOG.md": "## 1.0\n",
    }
    assert [site.path for site in at(files).sites if site.counts] == [
        "pyproject.toml",
        "demo/__init__.py",
        "CITATION.cff",
        "pyproject.toml",
    ]
    after = bumped(files, "1.1")
    changed = {
        "pyproject.toml": str(files["pyproject.toml"])
        .replace('version = "1.0"', 'version = "1.1"', 1)
        .replace("demo[all]==1.0", "demo[all]==1.1")
        .encode(),
        "demo/__init__.py": str(files["demo/__init__.py"]).replace('n__ = "1.0"', 'n__ = "1.1"', 1).encode(),
        "CITATION.cff": b"cff-version: 1.0\nmessage: version 1.0\nversion: 1.1\n",
    }
    assert after == files | changed


class TestTwoTables:
    """T35: poetry reads one of two tables, and no backend takes a version both static and dynamic."""

    def test_both_static_must_be_equal(self) -> None:
        """The published wheel would hold only one of them."""
        files: Contents = {"pyproject.toml": PROJECT + '[tool.poetry]\nversion = "1.1"\n'}
        assert [problem.where for problem in refusals(at(files))] == ["pyproject.toml:5"]

    def test_a_version_that_is_dynamic_and_stated_is_refused(self) -> None:
        """PEP 621 forbids it, and every backend has its own idea of what then holds."""
        files: Contents = {"pyproject.toml": PROJECT + 'dynamic = ["version", "readme"]\n'}
        (problem,) = refusals(at(files))
        assert problem.where == "pyproject.toml:3"
        with pytest.raises(ReleaseAsyncError):
            bumped(files, "2.0")

    def test_dynamic_for_poetry_with_its_own_table_is_right(self) -> None:
        """poetry-core fills the dynamic version from its own table."""
        files: Contents = {"pyproject.toml": DYNAMIC + '[tool.poetry]\nversion = "1.0"\n'}
        assert at(files).version == "1.0"
        assert not refusals(at(files))


MEMBER = '[project]\nname = "a"\nversion = "{}"\ndependencies = ["b == {}", "c==1.0"]\n'
SIBLINGS: Contents = {
    "packages/a/pyproject.toml": MEMBER.format("1.0", "1.0"),
    "packages/b/pyproject.toml": '[project]\nname = "b"\nversion = "1.0"\n',
    "packages/b/src/b/__init__.py": '__version__ = "1.0"\n',
}
GROUP: Contents = SIBLINGS | {
    "pyproject.toml": '[tool.release-async]\ngroup = ["packages/*"]\n',
}


class TestSiblings:
    """T36: several distributions move together only where the project says so."""

    def test_without_a_group_each_agrees_with_itself(self) -> None:
        """A sibling that lags and a pin that lags are a project's own business."""
        files = SIBLINGS | {"packages/b/pyproject.toml": '[project]\nname = "b"\nversion = "2.0"\n',
                            "packages/b/src/b/__init__.py": '__version__ = "2.0"\n'}  # fmt: skip
        assert not [problem for each in distributions(Files(files)) for problem in refusals(each)]
        after = bumped(files, "3.0", "packages/a")
        assert after["packages/a/pyproject.toml"] == MEMBER.format("3.0", "1.0").encode()
        assert after["packages/b/pyproject.toml"] == files["packages/b/pyproject.toml"]

    def test_a_group_must_agree(self) -> None:
        """The refusal stands at the member that differs."""
        assert not [problem for each in distributions(Files(GROUP)) for problem in refusals(each)]
        files = GROUP | {"packages/b/pyproject.toml": '[project]\nname = "b"\nversion = "1.1"\n',
                         "packages/b/src/b/__init__.py": '__version__ = "1.1"\n'}  # fmt: skip
        places = {problem.where for each in distributions(Files(files)) for problem in refusals(each)}
        assert "packages/b/pyproject.toml:3" in places

    def test_a_group_is_bumped_as_one(self) -> None:
        """Every member, and no pin of what is no member."""
        after = bumped(GROUP, "1.1", "packages/a")
        assert after["packages/b/pyproject.toml"] == b'[project]\nname = "b"\nversion = "1.1"\n'
        assert after["packages/b/src/b/__init__.py"] == b'__version__ = "1.1"\n'
        text = after["packages/a/pyproject.toml"]
        assert isinstance(text, bytes)
        assert b'version = "1.1"\n' in text
        assert b'"c==1.0"' in text

    def test_an_exact_pin_inside_a_group_moves_too(self) -> None:
        """``b == 1.0`` beside a ``b`` that is 1.1 could not be installed."""
        text = bumped(GROUP, "1.1", "packages/a")["packages/a/pyproject.toml"]
        assert text == MEMBER.format("1.1", "1.1").encode()


LOCKED = """version = 1

[[package]]
name = "{name}"
version = "{version}"
source = {{ {source} }}
"""


class TestLocks:
    """T37: a lock file holds one entry of ours, told by its source, and only that entry's version moves."""

    @pytest.mark.parametrize("source", ['editable = "."', 'virtual = "."', 'directory = "."'])
    def test_our_own_entry_must_agree(self, source: str) -> None:
        """Its name is normalised, and so is its version."""
        named = PROJECT.replace("demo", "My.Demo_X").replace("1.0", "1.0.0-rc1")
        lock = LOCKED.format(name="my-demo-x", version="1.0.0rc1", source=source)
        files: Contents = {"pyproject.toml": named, "uv.lock": lock}
        assert not refusals(at(files))
        stale = files | {"uv.lock": lock.replace("rc1", "rc0")}
        assert [problem.where for problem in refusals(at(stale))] == ["uv.lock:5"]
        assert bumped(stale, "1.1")["uv.lock"] == lock.replace("1.0.0rc1", "1.1").encode()

    @pytest.mark.parametrize(
        "source",
        ['registry = "https://example.org/simple"', 'git = "https://example.org/x"', 'editable = "../x"'],
    )
    def test_an_entry_of_the_same_name_from_elsewhere_is_not_ours(self, source: str) -> None:
        """Where it comes from decides, not what it is called."""
        files: Contents = {
            "pyproject.toml": PROJECT,
            "uv.lock": LOCKED.format(name="demo", version="0.9", source=source),
        }
        assert not refusals(at(files))
        assert bumped(files, "2.0")["uv.lock"] == files["uv.lock"]

    def test_a_lock_is_spelled_by_its_tool(self) -> None:
        """What uv normalises needs no note, and ``exact`` cannot ask for another spelling."""
        table = PROJECT.replace("1.0", "8.5.0.dev") + "[tool.release-async]\nexact = true\n"
        files: Contents = {
            "pyproject.toml": table,
            "uv.lock": LOCKED.format(name="demo", version="8.5.0.dev0", source='editable = "."'),
        }
        assert compare(at(files)) == ()
        assert compare(at(files | {"pyproject.toml": PROJECT.replace("1.0", "8.5.0.dev")})) == ()

    def test_a_broken_lock_is_refused_and_not_edited(self) -> None:
        """Conflict markers in a lock are what a careless merge leaves."""
        lock = LOCKED.format(name="demo", version="1.0", source='editable = "."')
        files: Contents = {"pyproject.toml": PROJECT, "uv.lock": f"<<<<<<< HEAD\n{lock}>>>>>>> x\n"}
        assert [problem.where for problem in refusals(at(files))] == ["uv.lock:1"]
        with pytest.raises(ReleaseAsyncError):
            bumped(files, "2.0")


def cargo(version: str) -> Contents:
    """A static project with a crate beside it."""
    return {
        "pyproject.toml": PROJECT.replace("1.0", "1.0.0rc1"),
        "Cargo.toml": f'[package]\nname = "demo"\nversion = "{version}"\n',
    }


class TestDialects:
    """T38: PEP 440 and SemVer say the same in other words, and each is written in its own."""

    def test_the_same_version_in_both_dialects_agrees(self) -> None:
        """Compared by value."""
        assert not refusals(at(cargo("1.0.0-rc.1")))
        assert not refusals(at(cargo("1.0.0-rc1")))
        assert [problem.where for problem in refusals(at(cargo("1.0.0-rc.2")))] == ["Cargo.toml:3"]
        assert [problem.where for problem in refusals(at(cargo("1.0.0")))] == ["Cargo.toml:3"]

    @pytest.mark.parametrize(
        ("version", "semver"),
        [("1.1.0", "1.1.0"), ("1.1", "1.1.0"), ("2", "2.0.0"), ("1.1.0a1", "1.1.0-alpha.1"),
         ("1.1.0b2", "1.1.0-beta.2"), ("1.1.0rc3", "1.1.0-rc.3"), ("1.1.0.dev4", "1.1.0-dev.4")],
    )  # fmt: skip
    def test_each_is_written_in_its_own_words(self, version: str, semver: str) -> None:
        """Cargo takes three numbers, and a word with a dot before its number."""
        after = bumped(cargo("1.0.0-rc.1"), version)
        assert after["Cargo.toml"] == f'[package]\nname = "demo"\nversion = "{semver}"\n'.encode()
        assert parse(at(after).version or "") == parse(version)
        assert not refusals(at(after))

    @pytest.mark.parametrize("version", ["1.0.0.post1", "1!1.0.0", "1.0.0.1"])
    def test_what_has_no_words_in_the_other_dialect_is_refused_with_the_reason(self, version: str) -> None:
        """Nothing is invented, nothing is written."""
        with pytest.raises(ReleaseAsyncError) as caught:
            bumped(cargo("1.0.0-rc.1"), version)
        assert "Cargo.toml" in caught.value.what
        assert "SemVer" in caught.value.what + caught.value.cure


class TestBesides:
    """Files beside the project that state versions: only where it is certain whose."""

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("package.json", '{"name": "prettier-for-docs", "private": true, "version": "9.9.9"}'),
            ("package.json", '{"private": true, "devDependencies": {"prettier": "9.9.9"}}'),
            ("docs/package.json", '{"name": "demo", "version": "9.9.9"}'),
            ("Cargo.toml", '[package]\nname = "helper"\nversion = "9.9.9"\n'),
            ("Cargo.toml", '[workspace]\nmembers = ["x"]\n[workspace.package]\nversion = "9.9.9"\n'),
            ("docs/conf.py", 'extensions = []\nneeds_sphinx = "9.9"\nhtml_version = "9.9"\n'),
            ("paper/CITATION.cff", "version: 9.9.9\n"),
            ("meson.build", "dependency('x', version: '9.9.9')\n"),
            ("meson.build", "project('demo', 'c', meson_version: '>=9.9.9')\n"),
            ("tests/uv.lock", LOCKED.format(name="demo", version="9.9.9", source='editable = "."')),
            ("demo/other.pyi", '__version__: str = "9.9.9"\n'),
        ],
    )
    def test_another_thing_s_version_is_none_of_ours(self, path: str, text: str) -> None:
        """Neither compared nor edited."""
        files: Contents = {"pyproject.toml": PROJECT, "demo/__init__.py": "", path: text}
        assert not refusals(at(files))
        assert bumped(files, "2.0")[path] == text

    @pytest.mark.parametrize("text", ["1", "1.0", "1.0.0"])
    def test_the_short_version_of_sphinx_is_as_long_as_it_was(self, text: str) -> None:
        """``version`` is the beginning of ``release``."""
        project = PROJECT.replace("1.0", "1.0.0")
        conf = f'project = "demo"\nversion = "{text}"\nrelease = "1.0.0"\n'
        files: Contents = {"pyproject.toml": project, "docs/conf.py": conf}
        assert not refusals(at(files))
        length = len(text.split("."))
        short = ".".join(["2", "3", "4"][:length])
        expected = f'project = "demo"\nversion = "{short}"\nrelease = "2.3.4"\n'
        assert bumped(files, "2.3.4")["docs/conf.py"] == expected.encode()
        wrong = files | {"docs/conf.py": conf.replace(f'version = "{text}"', 'version = "1.1"')}
        assert [problem.where for problem in refusals(at(wrong))] == ["docs/conf.py:2"]


class TestExact:
    """The setting ``exact``: equal versions must be spelled alike."""

    def test_another_spelling_is_refused_only_where_it_is_asked_for(self) -> None:
        """The default is a note."""
        files: Contents = {"pyproject.toml": PROJECT, "demo/__init__.py": '__version__ = "1.0.0"\n'}
        (note,) = compare(at(files))
        assert note.level is Level.WARN
        exact = files | {"pyproject.toml": PROJECT + "[tool.release-async]\nexact = true\n"}
        assert [problem.where for problem in refusals(at(exact))] == ["demo/__init__.py:1"]
        assert not refusals(at(bumped(exact, "1.1")))


class TestIgnore:
    """The setting ``ignore``: what the project says is no version of its own."""

    @pytest.mark.parametrize("pattern", ["demo/version.py", "demo/*.py", "*/version.py"])
    def test_an_ignored_place_is_neither_compared_nor_edited(self, pattern: str) -> None:
        """Where a heuristic is wrong the person has the last word."""
        files: Contents = {
            "pyproject.toml": f'{PROJECT}[tool.release-async]\nignore = ["{pattern}"]\n',
            "demo/__init__.py": "",
            "demo/version.py": '__version__ = "9.9"\n',
        }
        assert not refusals(at(files))
        assert bumped(files, "2.0")["demo/version.py"] == files["demo/version.py"]


@pytest.mark.parametrize(
    ("form", "expected"),
    [("v{version}", "v1.2.3"), ("demo-{version}", "demo-1.2.3"), ("demo=={version}", "demo==1.2.3"),
     ("demo/v{version}", "demo/v1.2.3"), ("{version}", "1.2.3")],
)  # fmt: skip
def test_every_spelling_of_tags_in_use_can_be_configured(form: str, expected: str) -> None:
    """T39: what projects call their tags is theirs to say."""
    assert read({"tag-format": form}).tag("1.2.3") == expected


@pytest.mark.parametrize("version", ["1.1.dev0", "2.0a0", "1.0.post1.dev3"])
def test_a_development_version_everywhere_is_consistent(version: str) -> None:
    """T40: between releases a project says so; only a release tag on such a tree would be wrong."""
    files: Contents = {
        "pyproject.toml": PROJECT.replace("1.0", version),
        "demo/__init__.py": f'__version__ = "{version}"\n',
    }
    assert compare(at(files)) == ()


class TestFalseSuccess:
    """T41: a bump that finds nothing, or not everything, fails."""

    @pytest.mark.parametrize(
        "entry",
        [
            '{ path = "README.md", pattern = "Release {version}" }',
            '{ path = "gone.md", pattern = "release {version}" }',
            '{ path = "nowhere/*.md", pattern = "release {version}" }',
            '{ path = "pyproject.toml", key = "tool.x.version" }',
            '{ path = "demo/__init__.py", name = "RELEASE" }',
        ],
    )
    def test_a_configured_place_that_is_gone_is_refused(self, entry: str) -> None:
        """Whoever wrote the setting trusts that the place is looked after."""
        files: Contents = {
            "pyproject.toml": f"{PROJECT}[tool.release-async]\nversion-files = [{entry}]\n",
            "README.md": "release 1.0\n",
            "demo/__init__.py": '__version__ = "1.0"\n',
        }
        assert refusals(at(files))
        with pytest.raises(ReleaseAsyncError):
            bumped(files, "2.0")

    @pytest.mark.parametrize(
        "entry",
        ['"README.md"', "3", "{}", '{ path = "README.md" }', '{ path = "README.md", pattern = "release" }',
         '{ path = "README.md", pattern = "{version} {version}", key = "x" }', '{ path = "../x", key = "y" }',
         '{ path = "/etc/passwd", pattern = "{version}" }', '{ path = "README.md", what = "x" }'],
    )  # fmt: skip
    def test_a_setting_that_means_nothing_is_refused(self, entry: str) -> None:
        """Said at the setting, not swallowed, and no traceback."""
        files: Contents = {
            "pyproject.toml": f"{PROJECT}[tool.release-async]\nversion-files = [{entry}]\n",
            "README.md": "release 1.0\n",
        }
        try:
            found = refusals(at(files))
        except ReleaseAsyncError:
            return
        assert found

    def test_a_version_that_stands_nowhere_cannot_be_bumped(self) -> None:
        """Not a success with no file changed."""
        with pytest.raises(ReleaseAsyncError):
            bumped({"pyproject.toml": DYNAMIC, "demo/__init__.py": ""}, "2.0")


ODD = {
    "CR LF": PROJECT.replace("\n", "\r\n").encode(),
    "byte order mark": b"\xef\xbb\xbf" + PROJECT.encode(),
    "no last line end": PROJECT.rstrip("\n").encode(),
    "blank end": PROJECT.encode() + b"\n\n \t",
    "mixed line ends": b'[project]\r\nname = "demo"\nversion = "1.0"\r\n',
    "tabs and a comment": b"[project] # 1.0\nname=\"demo\"\n\tversion\t=\t'1.0'\t# 1.0\n",
    "quoted key": b'["project"]\nname = "demo"\n"version" = "1.0"\n',
    "dotted key": b'project.name = "demo"\nproject.version = "1.0"\n',
    "inline table": b'project = { name = "demo", version = "1.0", x = "1.0" }\n',
    "long string": b'[project]\nname = "demo"\nversion = """1.0"""\n',
    "wide letters": '[project]\ndescription = "ünïcødé 𝄞"\nname = "demo"\nversion = "1.0"\n'.encode(),
}
REFUSED = {
    "key twice": b'[project]\nname = "demo"\nversion = "1.0"\nversion = "1.0"\n',
    "table twice": b'[project]\nname = "demo"\nversion = "1.0"\n[project]\n',
    "latin-1": b'[project]\nname = "demo"\nversion = "1.0"\ndescription = "caf\xe9"\n',
    "lone carriage return": b'[project]\rname = "demo"\rversion = "1.0"\r',
    "NUL": b'[project]\nname = "demo"\nversion = "1.0"\n\x00',
}


class TestOddFiles:
    """Row 94 of the faults: of an odd file exactly one span changes, or it is refused."""

    @pytest.mark.parametrize("data", ODD.values(), ids=ODD)
    def test_exactly_one_span_changes(self, data: bytes) -> None:
        """The token of the version."""
        after = bumped({"pyproject.toml": data}, "1.7.2")["pyproject.toml"]
        assert isinstance(after, bytes)
        at_last = max(data.find(b'version = "1.0"'), data.find(b'"""1.0'), data.find(b"'1.0'"),
                      data.find(b'"version" = "1.0"'))  # fmt: skip
        start = data.index(b"1.0", at_last)
        assert after == data[:start] + b"1.7.2" + data[start + 3 :]

    @pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
    def test_a_file_that_no_parser_takes_is_refused(self, data: bytes) -> None:
        """Judged and bumped alike."""
        assert refusals(at({"pyproject.toml": data}))
        with pytest.raises(ReleaseAsyncError):
            bumped({"pyproject.toml": data}, "1.7.2")

    def test_an_option_stated_twice_is_refused(self) -> None:
        """As configparser does."""
        files: Contents = {"setup.cfg": "[metadata]\nname = demo\nversion = 1.0\nversion = 1.0\n"}
        assert [problem.where for problem in refusals(at(files))] == ["setup.cfg:4"]

    def test_a_key_stated_twice_in_json_or_yaml_is_not_edited(self) -> None:
        """Parsers differ in which of the two they take."""
        for path, text in (("package.json", '{"version": "1.0.0", "version": "1.0.0"}\n'),
                           ("CITATION.cff", "version: 1.0\nversion: 1.0\n")):  # fmt: skip
            files: Contents = {"pyproject.toml": PROJECT, path: text}
            try:
                after = bumped(files, "2.0")[path]
            except ReleaseAsyncError:
                continue
            assert after == text
            assert not any(site.path == path and site.role is Role.MIRROR for site in at(files).sites)
