"""A wheel holds the modules of its project, and nothing that is no product of it."""

import pytest

from release_async.base.problems import Level
from release_async.guard import packed_modules
from release_async.guard.file_origin import Commit
from support import packed

COMMITTED = {"pyproject.toml": b"", "src/demo/__init__.py": b"", "src/demo/a.py": b"", "tests/test_a.py": b""}


def found(
    wheel: dict[str, bytes], committed: dict[str, bytes] = COMMITTED, sdist: dict[str, bytes] | None = None
) -> list[tuple[str, str, Level]]:
    """Path, words and level of each finding."""
    commit = Commit(packed.Tree(committed), "", "1.0")
    archives = packed.wheel(wheel), packed.sdist(committed if sdist is None else sdist)
    findings = list(packed_modules.findings(*archives, commit))
    assert all(each.cure for each in findings)
    return [(each.path, each.what, each.level) for each in findings]


def test_a_whole_wheel_passes() -> None:
    """Modules, data, stubs; and a project that has no module below its folder may have none in its wheel."""
    assert found({"demo/__init__.py": b"", "demo/a.py": b"", "demo/data.json": b""}) == []
    assert found({}, {"pyproject.toml": b"", "setup.py": b"", "tests/test_a.py": b""}) == []
    assert found({"demo-1.0.data/scripts/demo": b""}) == []


def test_a_wheel_without_a_module_is_refused() -> None:
    """Everybody who installs it would get metadata only."""
    [(path, what, level)] = found({f"{packed.INFO}/METADATA": b""})
    assert (path, level) == ("demo-1.0-py3-none-any.whl", Level.REFUSE)
    assert "holds no module" in what


@pytest.mark.parametrize(
    ("others", "top", "level"),
    [
        ({"demo/__init__.py": b""}, "tests", Level.WARN),
        ({"demo/__init__.py": b""}, "docs", Level.WARN),
        ({}, "tests", Level.REFUSE),
        ({"demo/__init__.py": b""}, "src", Level.REFUSE),
        ({"demo/__init__.py": b""}, "packages", Level.REFUSE),
    ],
)
def test_what_is_no_product_at_the_top_level(others: dict[str, bytes], top: str, level: Level) -> None:
    """Refused where nothing else is there, or where it is never right."""
    said = found({**others, f"{top}/x.py": b"", "demo/a.py": b""} if others else {f"{top}/x.py": b""})
    assert [(path, each) for path, what, each in said if "at the top level" in what] == [(top, level)]


def test_a_project_may_be_called_so() -> None:
    """The package of a project named testing is its product."""
    commit = Commit(packed.Tree({"testing/__init__.py": b""}), "", "1.0")
    wheel = packed.wheel({"testing/__init__.py": b""})._replace(name="testing-1.0-py3-none-any.whl")
    assert list(packed_modules.findings(wheel, packed.sdist({}), commit)) == []


def test_a_committed_module_that_is_in_neither_file_is_told() -> None:
    """Inside a package that is packed; many of one folder are one line."""
    committed = {**COMMITTED, "src/demo/lost.py": b"", "src/demo/more.py": b""}
    [(path, what, level)] = found({"demo/__init__.py": b"", "demo/a.py": b""}, committed, COMMITTED)
    assert (path, level) == ("src/demo/lost.py", Level.WARN)
    assert "and 1 more beside it" in what
    assert found({"demo/__init__.py": b"", "demo/a.py": b""}, committed) == []


def test_a_command_whose_module_is_missing_is_told() -> None:
    """It would end with an error wherever it is installed; a module of another project is not looked for."""
    points = f"{packed.INFO}/entry_points.txt"
    modules = {"demo/__init__.py": b"", "demo/cli.py": b"", "demo/fast.cpython-312-x86_64-linux-gnu.so": b""}
    right = b"[console_scripts]\na = demo.cli:main\nb = demo:main\nc = demo.fast:run\nd = other.cli:main\n"
    assert found({**modules, points: right}, COMMITTED) == []
    [(_, what, level)] = found({**modules, points: b"[console_scripts]\na = demo.gone:main\n"}, COMMITTED)
    assert (level, "has no module demo.gone, which the command a is in" in what) == (Level.WARN, True)
