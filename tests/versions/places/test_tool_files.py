"""Files that the tables of other release tools name are held equal, by each tool's own rule."""

import pytest

from release_async.versions.distribution import Distribution
from release_async.versions.find_distributions import distributions
from release_async.versions.version_edits import changes
from support.trees import Files

PROJECT = '[project]\nname = "demo"\nversion = "1.0.5"\n'


def found(table: str, files: dict[str, str | bytes]) -> Distribution:
    """The only distribution of a tree with this table."""
    (its,) = distributions(Files({"pyproject.toml": PROJECT + table, "demo/__init__.py": "", **files}))
    return its


def places(table: str, files: dict[str, str | bytes]) -> list[tuple[str, int, str]]:
    """Path, line and text of every place that counts outside the metadata."""
    sites = found(table, files).sites
    return [
        (site.path, site.line, site.text) for site in sites if site.counts and site.path != "pyproject.toml"
    ]


COMMITIZEN = '[tool.commitizen]\nversion = "1.0.5"\nversion_files = [{}]\n'
BUMPVERSION = '[tool.bumpversion]\ncurrent_version = "1.0.5"\n[[tool.bumpversion.files]]\nfilename = "{}"\n'


def test_commitizen_replaces_the_current_version_in_lines_that_match() -> None:
    """Without a pattern in all lines; a part of another number is none."""
    text = 'OLD = "1.0.5"\nNUMBER = "1.0.5"\nOTHER = "11.0.5"\nNUMBER_2 = "1.0.51"\n'
    assert places(COMMITIZEN.format('"demo/const.py:NUMBER"'), {"demo/const.py": text}) == [
        ("demo/const.py", 2, "1.0.5")
    ]
    assert places(COMMITIZEN.format('"demo/const.py"'), {"demo/const.py": text}) == [
        ("demo/const.py", 1, "1.0.5"),
        ("demo/const.py", 2, "1.0.5"),
    ]
    pep621 = COMMITIZEN.format('"demo/const.py:NUMBER"').replace(
        'version = "1.0.5"', 'version_provider = "pep621"'
    )
    assert places(pep621, {"demo/const.py": text}) == [("demo/const.py", 2, "1.0.5")]


def test_bump_my_version_replaces_the_current_version_or_what_search_says() -> None:
    """A search without the version has nothing to compare."""
    assert places(BUMPVERSION.format("x.txt"), {"x.txt": "a 1.0.5.\nv1.0.5 b 11.0.5\n"}) == [
        ("x.txt", 1, "1.0.5"),
        ("x.txt", 2, "1.0.5"),
    ]
    with_search = BUMPVERSION.format("x.txt") + 'search = "is {current_version}"\n'
    assert places(with_search, {"x.txt": "a 1.0.5\nis 1.0.4\n"}) == [("x.txt", 2, "1.0.4")]
    without = BUMPVERSION.format("x.txt") + 'search = "Unreleased"\n'
    assert places(without, {"x.txt": "Unreleased\n1.0.5\n"}) == []


@pytest.mark.parametrize("name", [".cz.toml", "cz.toml"])
def test_a_tool_may_have_a_file_of_its_own(name: str) -> None:
    """One that cannot be read is told once, where the version in it is looked for."""
    own, text = COMMITIZEN.format('"demo/const.py:NUMBER"'), 'NUMBER = "1.0.5"\n'
    seen = places("", {name: own, "demo/const.py": text})
    assert sorted(seen) == sorted([(name, 2, "1.0.5"), ("demo/const.py", 1, "1.0.5")])
    broken = found("", {name: f"{own}[", "demo/const.py": text})
    assert len(broken.problems) == 1


def test_tbump_replaces_the_current_version_wherever_no_search_is_given() -> None:
    """In its table, or in its own file."""
    tables = '[version]\ncurrent = "1.0.5"\n[[file]]\nsrc = "a.txt"\n'
    text: dict[str, str | bytes] = {"a.txt": "demo 1.0.5, other 11.0.5\n"}
    assert ("a.txt", 1, "1.0.5") in places("", {"tbump.toml": tables, **text})
    inside = tables.replace("[version]", "[tool.tbump.version]").replace("[[file]]", "[[tool.tbump.file]]")
    assert ("a.txt", 1, "1.0.5") in places(inside, text)


def test_sections_of_setup_cfg_name_files_too() -> None:
    """As bumpversion has always had them."""
    setup_cfg = (
        "[bumpversion]\ncurrent_version = 1.0.5\n[bumpversion:file:a.txt]\n"
        "[bumpversion:file:b.txt]\nsearch = v{current_version}!\n"
    )
    files: dict[str, str | bytes] = {"setup.cfg": setup_cfg, "a.txt": "1.0.5\n", "b.txt": "1.0.5\nv1.0.4!\n"}
    assert places("", files) == [("setup.cfg", 2, "1.0.5"), ("b.txt", 2, "1.0.4")]


@pytest.mark.parametrize(
    ("table", "files"),
    [
        (COMMITIZEN.format('"gone.py:X"'), {}),
        (COMMITIZEN.format('"x.py:(a+)+$"'), {"x.py": "1.0.5\n"}),
        (COMMITIZEN.format('"x.py:["'), {"x.py": "1.0.5\n"}),
        (COMMITIZEN.format("7"), {}),
        (COMMITIZEN.format('"x.bin"'), {"x.bin": b"\xff\xfe\x00"}),
        ('[tool.semantic_release]\nversion_toml = ["x.toml:a.b"]\n', {"x.toml": "a = [\n"}),
        ('[tool.semantic_release]\nversion_variables = "x.py:N"\n', {"x.py": "N = compute()\n"}),
        (
            '[tool.bumpver]\ncurrent_version = "1.0.5"\n[tool.bumpver.file_patterns]\n"x" = ["{major}"]\n',
            {"x": "1"},
        ),
        ('[tool.bumpversion]\ncurrent_version = "1.0.5"\nfiles = 7\n', {}),
    ],
)
def test_what_the_tool_itself_could_not_use_is_passed_over(table: str, files: dict[str, str | bytes]) -> None:
    """A missing file, a pattern that is none or could run long, a table of another shape: no false alarm."""
    its = found(table, files)
    assert its.problems == ()
    assert its.agree


def test_a_stale_variable_is_refused() -> None:
    """The negative control."""
    table = '[tool.semantic_release]\nversion_variables = ["demo/const.py:NUMBER"]\n'
    assert not found(table, {"demo/const.py": 'NUMBER = "1.0.4"\n'}).agree


BUMPVER = '[tool.bumpver]\ncurrent_version = "1.0.5"\n[tool.bumpver.file_patterns]\n"x.txt" = [{}]\n'


@pytest.mark.parametrize(
    "patterns", ["'{version}'", "'{version}', '{pep440_version}'", "'compare/v{version}...'"]
)
def test_only_the_current_version_is_what_a_tool_replaces(patterns: str) -> None:
    """Other numbers in the file are history, or numbers."""
    text = "needs 3.9 and 100 MB, 2x faster\ncompare/v1.0.4...v1.0.5\ncompare/v1.0.5...main\n"
    lines = {line for _, line, _ in places(BUMPVER.format(patterns), {"x.txt": text})}
    assert lines in ({2, 3}, {3})
    assert found(BUMPVER.format(patterns), {"x.txt": text}).agree


def test_one_other_version_between_the_text_around_it_is_stale() -> None:
    """Where there are several, nobody knows which was meant."""
    pattern = BUMPVER.format("'release {version}!'")
    assert places(pattern, {"x.txt": "release 1.0.4!\n"}) == [("x.txt", 1, "1.0.4")]
    assert places(pattern, {"x.txt": "release 1.0.4!\nrelease 1.0.3!\n"}) == []


def test_a_long_line_is_passed_over() -> None:
    """A line of a minified file would take a pattern minutes."""
    table = COMMITIZEN.format('"x.js:.*a.*b.*c"')
    assert places(table, {"x.js": "1.0.5" + "ab" * 100_000}) == []


def test_files_of_npm_and_cargo_are_written_in_their_form() -> None:
    """A candidate of theirs has a dash."""
    table = '[tool.semantic_release]\nversion_variables = ["sub/package.json:version"]\n'
    files: dict[str, str | bytes] = {"sub/package.json": '{"version": "1.0.5"}\n'}
    everything: dict[str, str | bytes] = {"pyproject.toml": PROJECT + table, "demo/__init__.py": "", **files}
    tree = Files(everything)
    (its,) = distributions(tree)
    after = {change.path: change.after for change in changes(its, tree, "1.1.0rc1")}
    assert after["sub/package.json"] == b'{"version": "1.1.0-rc.1"}\n'


@pytest.mark.parametrize("variables", ['"pyproject.toml"', '"Chart.yaml:version"', '":x"', '"x.py:"'])
def test_names_that_only_end_like_the_variable_are_others(variables: str) -> None:
    """``app-version`` is not ``version``, and an entry without a name names nothing."""
    table = (
        f'[tool.semantic_release]\nversion_variables = [{variables}]\n[tool.black]\nrequired-version = "24"\n'
    )
    files: dict[str, str | bytes] = {"Chart.yaml": "app-version: 9.1\nversion: 1.0.5\n", "x.py": "a = 5\n"}
    assert found(table, files).agree
