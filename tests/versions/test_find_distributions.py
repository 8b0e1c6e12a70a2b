"""Finding by structure: which places state a version, which only look like it."""

import pytest

from release_async.versions.distribution import Distribution, Role
from release_async.versions.find_distributions import distributions
from support.trees import Files

PROJECT = '[project]\nname = "demo"\nversion = "1.0"\n'
DYNAMIC = '[project]\nname = "demo"\ndynamic = ["version"]\n'
LITERAL = '__version__ = "1.0"\n'


def only(files: dict[str, str | bytes]) -> Distribution:
    """The one distribution of a tree."""
    (found,) = distributions(Files(files))
    return found


def places(files: dict[str, str | bytes]) -> list[tuple[str, int, str, str]]:
    """Path, line, role and text of every place that counts."""
    return [(site.path, site.line, site.role.value, site.text) for site in only(files).sites if site.counts]


LAYOUTS: dict[str, tuple[dict[str, str | bytes], list[tuple[str, int, str, str]]]] = {
    "project table": ({"pyproject.toml": PROJECT}, [("pyproject.toml", 3, "source", "1.0")]),
    "project and package": (
        {"pyproject.toml": PROJECT, "src/demo/__init__.py": LITERAL},
        [("pyproject.toml", 3, "source", "1.0"), ("src/demo/__init__.py", 1, "mirror", "1.0")],
    ),
    "poetry": (
        {"pyproject.toml": '[tool.poetry]\nname = "demo"\nversion = "1.0"\n'},
        [("pyproject.toml", 3, "source", "1.0")],
    ),
    "both tables": (
        {"pyproject.toml": PROJECT + '[tool.poetry]\nversion = "1.1"\n'},
        [("pyproject.toml", 3, "source", "1.0"), ("pyproject.toml", 5, "mirror", "1.1")],
    ),
    "setup.py keyword": (
        {"setup.py": "import setuptools\nsetuptools.setup(\n    name='demo',\n    version='1.0',\n)\n"},
        [("setup.py", 4, "source", "1.0")],
    ),
    "setup.py variable, guarded call": (
        {
            "setup.py": "from setuptools import setup\nV = '1.0'\nif __name__ == '__main__':\n"
            "    setup(name='demo', version=V)\n"
        },
        [("setup.py", 2, "source", "1.0")],
    ),
    "setup.cfg": (
        {"setup.cfg": "[metadata]\nname = demo\nversion = 1.0\n", "setup.py": "setuptools.setup()\n"},
        [("setup.cfg", 3, "source", "1.0")],
    ),
    "dynamic, literal in the package": (
        {"pyproject.toml": DYNAMIC, "demo/_version.py": 'VERSION: str = "1.0"\n', "demo/__init__.py": ""},
        [("demo/_version.py", 1, "source", "1.0")],
    ),
    "read by setup.py, literal in the package": (
        {"setup.py": "setup(name='demo', version=read('demo/__about__.py'))", "demo/__about__.py": LITERAL},
        [("demo/__about__.py", 1, "source", "1.0")],
    ),
    "only inside try": (
        {
            "pyproject.toml": DYNAMIC,
            "demo/__init__.py": "try:\n    import x\nexcept ImportError:\n    __version__ = '1.0'\n",
        },
        [("demo/__init__.py", 4, "source", "1.0")],
    ),
    "single module": (
        {"pyproject.toml": DYNAMIC, "demo.py": LITERAL},
        [("demo.py", 1, "source", "1.0")],
    ),
    "package of another name, the only one": (
        {
            "pyproject.toml": PROJECT, "other/version.py": LITERAL,
            "tests/__init__.py": LITERAL, "docs/__init__.py": "",
        },
        [("pyproject.toml", 3, "source", "1.0"), ("other/version.py", 1, "mirror", "1.0")],
    ),
    "name normalised": (
        {
            "pyproject.toml": PROJECT.replace("demo", "My.Demo-x"),
            "my_demo_x/__init__.py": LITERAL, "other/__init__.py": "",
        },
        [("pyproject.toml", 3, "source", "1.0"), ("my_demo_x/__init__.py", 1, "mirror", "1.0")],
    ),
    "namespace package": (
        {"pyproject.toml": PROJECT.replace("demo", "azure-blob"), "azure/blob/_version.py": LITERAL},
        [("pyproject.toml", 3, "source", "1.0"), ("azure/blob/_version.py", 1, "mirror", "1.0")],
    ),
    "package listed for hatch": (
        {
            "pyproject.toml": PROJECT + '[tool.hatch.build.targets.wheel]\npackages = ["source/thing"]\n',
            "source/thing/__init__.py": LITERAL, "a/__init__.py": "", "b/__init__.py": LITERAL,
        },
        [("pyproject.toml", 3, "source", "1.0"), ("source/thing/__init__.py", 1, "mirror", "1.0")],
    ),
    "package_dir and packages of setup.py": (
        {
            "setup.py": "P = ['thing', 'thing.x']\nsetup(version='1', packages=P, package_dir={'': 'code'})",
            "code/thing/__init__.py": LITERAL, "code/other/__init__.py": LITERAL,
        },
        [("setup.py", 2, "source", "1"), ("code/thing/__init__.py", 1, "mirror", "1.0")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout_has_its_places(
    files: dict[str, str | bytes], expected: list[tuple[str, int, str, str]]
) -> None:
    """Exactly the places that state the version count, the one the backend reads first."""
    assert places(files) == expected
    assert all(site.start >= 0 for site in only(files).sites if site.counts)


@pytest.mark.parametrize(
    "decoy",
    [
        '[tool.mypy]\npython_version = "3.8"\n[tool.ruff]\ntarget-version = "py311"\n',
        '[tool.x]\nversion = "2.0.0"\n',
        '[[tool.x.project]]\nversion = "2.0.0"\n',
        '[dependency-groups]\ndev = ["thing==2.0.0"]\n',
        '[tool.x]\ntext = """\n[project]\nversion = "2.0.0"\n"""\n',
    ],
)
def test_what_only_looks_like_a_version_is_no_place(decoy: str) -> None:
    """Only structure counts: equal numbers elsewhere are other things."""
    assert places({"pyproject.toml": PROJECT + decoy}) == [("pyproject.toml", 3, "source", "1.0")]


@pytest.mark.parametrize(
    "path",
    ["demo/vendor/x/__init__.py", "demo/sub/__init__.py", "tests/demo/__init__.py", "demo/tests/version.py"],
)
def test_copies_are_no_places(path: str) -> None:
    """Vendored and test copies state versions of their own."""
    files: dict[str, str | bytes] = {
        "pyproject.toml": PROJECT,
        "demo/__init__.py": "",
        path: '__version__ = "9"\n',
    }
    assert places(files) == [("pyproject.toml", 3, "source", "1.0")]


def test_a_subpackage_is_no_namespace() -> None:
    """``foo-bar`` that installs the package ``foo`` states its version there, not in ``foo.bar``."""
    files: dict[str, str | bytes] = {
        "pyproject.toml": PROJECT.replace("demo", "foo-bar"),
        "foo/__init__.py": LITERAL,
        "foo/bar/__init__.py": '__version__ = "9"\n',
    }
    assert [path for path, *_ in places(files)] == ["pyproject.toml", "foo/__init__.py"]


TAGS = {
    "setuptools-scm": '[build-system]\nrequires = ["setuptools>=64", "setuptools_scm[toml]>=8"]\n' + DYNAMIC,
    "hatch-vcs": DYNAMIC + '[tool.hatch.version]\nsource = "vcs"\n',
    "versioneer": DYNAMIC + '[tool.versioneer]\nVCS = "git"\n',
    "pdm-backend's scm source": DYNAMIC + '[tool.pdm.version]\nsource = "scm"\n',
    "poetry-dynamic-versioning": '[tool.poetry]\nname = "demo"\nversion = "0.0.0"\n'
    "[tool.poetry-dynamic-versioning]\nenable = true\n",
    "pbr": '[build-system]\nrequires = ["pbr"]\nbuild-backend = "pbr.build"\n',
}  # fmt: skip


@pytest.mark.parametrize(("tool", "pyproject"), TAGS.items())
def test_a_version_from_the_tag_says_so(tool: str, pyproject: str) -> None:
    """There is no file to edit: placeholders do not count, and the tool is named."""
    found = only({"pyproject.toml": pyproject, "demo/__init__.py": '__version__ = "0.0.0"\n'})
    assert found.tag_tool == tool
    assert found.version is None
    assert not any(site.counts for site in found.sites)
    assert any("git tag" in site.note for site in found.sites)


@pytest.mark.parametrize(
    ("setup", "tool"),
    [
        ("setup(name='demo', use_scm_version=True)", "setuptools-scm"),
        ("setup(name='demo', version=versioneer.get_version())", "versioneer"),
        ("setup(setup_requires=['pbr'], pbr=True)", "pbr"),
    ],
)
def test_setup_py_may_take_the_version_from_the_tag(setup: str, tool: str) -> None:
    """The same for the older way to say it."""
    assert only({"setup.py": setup}).tag_tool == tool


def test_a_static_version_overrules_a_tag_tool_in_the_requirements() -> None:
    """setuptools-scm is also used only to list files."""
    found = only({"pyproject.toml": '[build-system]\nrequires = ["setuptools-scm"]\n' + PROJECT})
    assert (found.tag_tool, found.version) == ("", "1.0")


def test_nothing_literal_is_opaque_with_the_reason() -> None:
    """A silent pass must not be taken for agreement."""
    found = only({"pyproject.toml": DYNAMIC, "demo/__init__.py": "__version__ = compute()\n"})
    assert found.version is None
    assert [site.role for site in found.sites] == [Role.OPAQUE, Role.DERIVED]
    assert "no literal" in found.sites[0].note


def test_every_folder_with_metadata_is_a_distribution_of_its_own() -> None:
    """A repository may hold several; those in tests and examples are not products."""
    found = distributions(
        Files(
            {
                "pyproject.toml": "[tool.ruff]\n",
                "packages/a/pyproject.toml": PROJECT.replace("demo", "a"),
                "packages/a/src/a/__init__.py": LITERAL,
                "packages/b/setup.cfg": "[metadata]\nname = b\nversion = 2.0\n",
                "tests/data/pyproject.toml": PROJECT,
                "{{cookiecutter.x}}/pyproject.toml": PROJECT,
                "examples/e/setup.py": "setup(version='3')",
            }
        )
    )
    assert [(each.name, each.root, each.version) for each in found] == [
        ("a", "packages/a", "1.0"),
        ("b", "packages/b", "2.0"),
    ]
    assert [site.path for site in found[0].sites] == [
        "packages/a/pyproject.toml",
        "packages/a/src/a/__init__.py",
    ]


def test_an_example_counts_where_nothing_else_is_there() -> None:
    """A repository of examples only is not empty."""
    assert [each.root for each in distributions(Files({"examples/e/pyproject.toml": PROJECT}))] == [
        "examples/e"
    ]


def test_a_folder_that_only_configures_tools_is_no_distribution() -> None:
    """Neither ``[tool.ruff]`` nor ``[flake8]`` makes a project."""
    assert (
        distributions(Files({"pyproject.toml": "[tool.ruff]\n", "setup.cfg": "[flake8]\nversion = 1\n"}))
        == ()
    )


@pytest.mark.parametrize(
    ("pyproject", "where"),
    [
        ('[project]\nname = "demo"\nversion = 1.0\n', "pyproject.toml:3"),
        (PROJECT + 'dynamic = ["version"]\n', "pyproject.toml:3"),
        ('[project]\nversion = "1.0\n', "pyproject.toml:2"),
        ('<<<<<<< HEAD\n[project]\nversion = "1.0"\n', "pyproject.toml:1"),
    ],
)
def test_a_file_that_no_backend_takes_is_a_problem_with_its_line(pyproject: str, where: str) -> None:
    """A broken file is a value to show, never an exception and never a pass."""
    found = only({"pyproject.toml": pyproject})
    assert [problem.where for problem in found.problems] == [where]
    assert not found.agree


UNREADABLE: dict[str, dict[str, str | bytes]] = {
    "name in conflict": {
        "setup.py": "from setuptools import setup\nabout = {}\nexec(open('demo/about.py').read(), about)\n"
        "setup(name=about['__title__'], version=about['__version__'])\n",
        "demo/about.py": "<<<<<<< a\n__title__ = 'demo'\n=======\n>>>>>>> b\n__version__ = '1.0'\n",
    },
    "wrapped backend in no text": {
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "b"\nbackend-path = ["_b"]\n'
        + DYNAMIC,
        "_b/b.py": b"\xff\xfe\x00",
    },
    "import of another Python's module": {
        "pyproject.toml": PROJECT,
        "demo/__init__.py": "from .core import __version__\n",
        "demo/core.py": "print 'old'\n__version__ = compute()\n",
    },
    "manifest with comments": {
        "pyproject.toml": PROJECT,
        "server.json": '{\n // x\n "packages": ["a"],\n}\n',
    },
}


@pytest.mark.parametrize("files", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_followed_and_cannot_be_read_is_no_crash_and_no_alarm(files: dict[str, str | bytes]) -> None:
    """Nothing is raised, and no file is blamed that is right."""
    its = only(files)
    assert [problem.where for problem in its.problems if not problem.where.startswith("demo/about.py")] == []


def test_tests_that_are_packed_elsewhere_do_not_hide_the_package() -> None:
    """Hatch may pack a folder into the package beside it."""
    files: dict[str, str | bytes] = {
        "pyproject.toml": PROJECT + '[tool.hatch.build.targets.wheel.force-include]\n"tests" = "demo/tests"\n'
        '"third_party/bar" = "demo/_vendor/bar"\n',
        "tests/__init__.py": "",
        "third_party/bar/__init__.py": '__version__ = "9.0"\n',
        "src/demo/__init__.py": '__version__ = "0.9"\n',
    }
    assert places(files)[1:] == [("src/demo/__init__.py", 1, "mirror", "0.9")]


def test_the_package_of_another_project_below_is_not_the_root_s() -> None:
    """A repository with a project at the top and one below ``src``."""
    files: dict[str, str | bytes] = {
        "pyproject.toml": PROJECT.replace("demo", "monorepo"),
        "src/lib/pyproject.toml": PROJECT.replace("demo", "libfoo").replace("1.0", "2.0"),
        "src/lib/foo/__init__.py": '__version__ = "2.0"\n',
    }
    assert all(each.agree for each in distributions(Files(files)))
