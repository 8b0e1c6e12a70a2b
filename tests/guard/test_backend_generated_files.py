"""What backends write by rule is told by its content; a name alone lets nothing in that content can tell."""

import pytest

from release_async.guard import backend_generated_files

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    "path",
    ["PKG-INFO", "src/demo.egg-info/PKG-INFO", "demo.egg-info/SOURCES.txt", "demo.egg-info/not-zip-safe"],
)
def test_metadata_is_generated(path: str) -> None:
    """Every backend writes it anew."""
    assert backend_generated_files.in_sdist(path, b"anything", None, "1.0")


@pytest.mark.parametrize(
    "path", ["src/PKG-INFO", "demo.egg-info/run.py", "setup.py", "demo.egg-info/a/b.txt"]
)
def test_code_is_never_generated_by_rule(path: str) -> None:
    """Only what nobody runs."""
    assert not backend_generated_files.in_sdist(path, b"anything", None, "1.0")


@pytest.mark.parametrize(
    ("committed", "content", "same"),
    [
        (None, "[egg_info]\ntag_build = \ntag_date = 0\n\n", True),
        (None, "[options]\nsetup_requires = evil\n", False),
        (None, "[egg_info]\ntag_build = evil\n", False),
        ("# why\n[a]\nb=1\n", "[a]\nb = 1\n\n[egg_info]\ntag_build = \ntag_date = 0\n", True),
        ("[a]\nb=1\n", "[a]\nb = 2\n\n[egg_info]\ntag_date = 0\n", False),
        ("[egg_info]\ntag_build = dev\n", "[egg_info]\ntag_build = dev\ntag_date = 0\n", True),
        ("[a]\n", "no ini at all\n", False),
    ],
)
def test_setup_cfg_says_what_is_committed(committed: str | None, content: str, *, same: bool) -> None:
    """Setuptools adds its tags and drops comments."""
    before = None if committed is None else committed.encode()
    assert backend_generated_files.in_sdist("setup.cfg", content.encode(), before, "1.0") is same


@pytest.mark.parametrize(
    ("content", "same"),
    [
        ('[project]\nversion = "1.0"\ndynamic = []\n[tool]\n', True),
        ('[project]\nversion = "1.0"\n', True),
        ('[project]\nversion = "2.0"\n', False),
        ('[project]\nversion = "1.0"\ndependencies = ["evil"]\n', False),
        ("no toml", False),
    ],
)
def test_pyproject_says_what_is_committed(content: str, *, same: bool) -> None:
    """Pdm writes it anew, with the version in the place of ``dynamic``."""
    committed = b'[project]\ndynamic = [ "version" ]  # from the tag\n'
    assert backend_generated_files.in_sdist("pyproject.toml", content.encode(), committed, "1.0") is same


def test_only_placeholders_of_git_archive_may_be_filled_in() -> None:
    """The text around them is the commit's, and nothing is put behind it."""
    committed = b"node: $Format:%H$\nnames: $Format:%d$\n"
    assert backend_generated_files.in_sdist(
        ".git_archival.txt", b"node: 0a1b\nnames: (tag: v1)\n", committed, "1.0"
    )
    assert not backend_generated_files.in_sdist(
        ".git_archival.txt", b"node: 0a1b\nnames: \nmore\n", committed, "1.0"
    )
    assert not backend_generated_files.in_sdist("a.txt", b"other\n", b"text\n", "1.0")


@pytest.mark.parametrize(
    "pyproject",
    [
        '[tool.setuptools_scm]\nversion_file = "src/demo/_version.py"',
        '[tool.setuptools_scm]\nwrite_to = "packages/demo/src/demo/_version.py"',
        '[tool.hatch.build.hooks.vcs]\nversion-file = "./src/demo/_version.py"',
        '[tool.hatch.build.targets.wheel.hooks.version]\npath = "src/demo/_version.py"',
        '[tool.pdm.version]\nwrite_to = "demo/_version.py"',
        '[[tool.scikit-build.generate]]\npath = "demo/_version.py"',
        '[tool.versioneer]\nversionfile_source = "src/demo/_version.py"',
    ],
)
def test_a_declared_version_file_must_state_the_version(pyproject: str) -> None:
    """Whatever folder the tool counts from; and no other file is let in."""
    declared_files = backend_generated_files.declared_files(pyproject.encode(), b"", "1.2.3")
    assert declared_files.contains("src/demo/_version.py", b"version = '1.2.3'\n")
    assert not declared_files.contains("src/demo/_version.py", b"import evil\n")
    assert not declared_files.contains("src/demo/other.py", b"version = '1.2.3'\n")


@pytest.mark.parametrize(
    ("path", "is_known"),
    [
        ("demo-1.2.3.data/data/share/man/man1/demo.1", True),
        ("demo-1.2.3.data/data/etc/demo.conf", True),
        ("demo-1.2.3.data/data/share/man/man10/demo.1", False),
        ("demo-1.2.3.data/scripts/share/man/man1/demo", False),
        ("share/man/man1/demo.1", False),
        ("demo/a.py", False),
    ],
)
def test_data_for_the_whole_environment_may_be_made_by_a_build_hook(path: str, *, is_known: bool) -> None:
    """Such as the manual page that hatch is told to put there; what else lies in a wheel is not let in."""
    table = b'[tool.hatch.build.targets.wheel.shared-data]\n"build/man" = "share/man/man1"\n'
    table += b'"demo.conf" = "/etc/demo.conf"\n'
    declared_files = backend_generated_files.declared_files(table, b"", "1.2.3")
    assert declared_files.contains(path, b"text\n") is is_known
    assert not backend_generated_files.declared_files(b"", b"", "1.2.3").contains(path, b"text\n")


@pytest.mark.parametrize(("told", "is_known"), [("true", True), ("false", False), ("", False)])
def test_poetry_writes_setup_py_where_it_is_told_to(told: str, *, is_known: bool) -> None:
    """Nothing else of that name is poetry's: not where it does not write one, and not without the version."""
    table = f"[tool.poetry.build]\ngenerate-setup-file = {told}\n" if told else ""
    declared_files = backend_generated_files.declared_files(table.encode(), b"", "1.2.3")
    assert declared_files.contains("setup.py", b"setup_kwargs = {'version': '1.2.3'}\n") is is_known
    assert not declared_files.contains("setup.py", b"import evil\n")


def test_versioneer_is_configured_in_setup_cfg_too() -> None:
    """And what cannot be read declares nothing."""
    declared_files = backend_generated_files.declared_files(
        b"no toml", b"[versioneer]\nversionfile_source = demo/_version.py\n", "1.0"
    )
    assert declared_files.paths == ("demo/_version.py",)
    assert backend_generated_files.declared_files(b"[tool]\nhatch = 1\n", b"no ini", "1.0").paths == ()


@pytest.mark.parametrize(
    ("tool", "path", "contents", "is_known"),
    [
        ("pbr", "AUTHORS", (b"A <a@example.com>\n", None), True),
        ("pbr", "src/AUTHORS", (b"A\n", None), False),
        ("hatch-vcs", "ChangeLog", (b"x\n", None), False),
        ("poetry-dynamic-versioning", "pyproject.toml", (b'version = "1.3"', b'version = "0.0.0"'), True),
        ("poetry-dynamic-versioning", "pyproject.toml", (b"enable = false", b"enable = true"), True),
        ("poetry-dynamic-versioning", "a.py", (b'__version__: str = "1.3"', b'__version__: str = "0"'), True),
        ("poetry-dynamic-versioning", "a.py", (b'__version__ = "6.6"', b'__version__ = "0"'), False),
        ("poetry-dynamic-versioning", "a.py", (b'password = "1.3"', b'password = "0"'), False),
        ("poetry-dynamic-versioning", "a.py", (b"version = 1\nx = 2", b"version = 1"), False),
        ("hatch-vcs", "a.py", (b'__version__ = "1.3"', b'__version__ = "0"'), False),
    ],
)
def test_what_a_tag_tool_writes_is_known(
    *, tool: str, path: str, contents: tuple[bytes, bytes | None], is_known: bool
) -> None:
    """Only of that tool, and nothing but the version."""
    found = backend_generated_files.by_tag_tool(path, *contents, (tool, "1.3"))
    assert found is is_known
