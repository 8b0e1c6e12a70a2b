"""What the pages and files around the code say is what the code does."""

import argparse
import ast
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import fields
from importlib import metadata
from itertools import takewhile
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

import pytest
from dotenv import dotenv_values
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from twine.utils import DEFAULT_REPOSITORY

import release_async
from release_async import hook
from release_async.base import errors
from release_async.base.exit_codes import ExitCode
from release_async.cli import command_line
from release_async.plan import settings
from release_async.plan.events import Event, Outcome, VersionsFound
from release_async.plan.plan import Package, Plan, Target
from release_async.plan.route import Route
from release_async.release.checks import CHECKS
from release_async.release.steps import STEPS
from release_async.versions.bump import Part
from release_async.versions.distribution import Role
from support.pages import PAGES, ROOT, blocks, code, fenced, page, rows, section

pytestmark = pytest.mark.quick

SOURCE = Path(release_async.__file__).parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def tracked() -> list[Path]:
    """Every file that is committed, or would be."""
    listed = subprocess.run(
        ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def modules() -> list[Path]:
    """Every module of the package."""
    return sorted(SOURCE.rglob("*.py"))


def test_the_env_example_is_what_settings_read() -> None:
    """Every variable is in ``.env.example``, in the same order, with its default, and no other."""
    example = dotenv_values(ROOT / ".env.example", interpolate=False)
    assert list(example.items()) == [(name, default) for name, default, _ in settings.VARIABLES]


def test_every_line_of_the_env_example_has_a_comment() -> None:
    """Who copies the file finds out there what each variable is for."""
    paragraphs = (ROOT / ".env.example").read_text(encoding="utf-8").strip().split("\n\n")
    for paragraph in paragraphs[1:]:
        *comment, variable = paragraph.splitlines()
        assert comment, f"{variable} is not explained"
        assert all(line.startswith("# ") for line in comment)
        assert re.fullmatch(r"[A-Z_]+=\S*", variable)


def test_the_settings_page_lists_every_setting_and_its_default() -> None:
    """A setting that is not on the page does not exist for a user, and a wrong default misleads."""
    text = page("reference/settings.md")
    variables = {row[0]: row[1] for row in rows(section(text, "In the environment or `.env`"))}
    unset = {"PYPI_REPOSITORY_URL": "PyPI", "TEST_PYPI_REPOSITORY_URL": "TestPyPI"}
    assert variables == {
        f"`{name}`": f"`{default}`" if default else unset.get(name, "none")
        for name, default, _ in settings.VARIABLES
    }
    keys = {row[0]: row[1] for row in rows(section(text, "In `pyproject.toml`"))}
    assert set(keys) == {f"`{key.name}`" for key in settings.KEYS}
    for key in settings.KEYS:
        if isinstance(key.default, int) or (isinstance(key.default, str) and "\n" not in key.default):
            assert tomllib.loads(f"value = {keys[f'`{key.name}`'].strip('`')}")["value"] == key.default
    assert settings.DEFAULT_MESSAGE + "\n" in blocks(text, "")


def test_the_readme_has_the_two_commands_of_a_contributor() -> None:
    """What is typed first in a clone exists, and so does every other ``./run`` on the pages and in CI."""
    usage = subprocess.run(("./run",), cwd=ROOT, capture_output=True, text=True, check=False)
    assert usage.returncode == ExitCode.USAGE
    known = set(re.findall(r"\b[a-z]+\b(?= [|\[])", usage.stderr))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "./run rehearse\n./run test\n" in blocks(readme, "sh")
    texts = [path.read_text(encoding="utf-8") for path in (*PAGES, ROOT / ".ci" / "run")]
    assert {word for text in texts for word in re.findall(r"\./run ([a-z]+)", text)} <= known


SHELL = {"||", "&&", "|", ">"}


def command_lines() -> Iterator[tuple[str, list[str]]]:
    """Every command line of ours in the shell blocks and workflows of all pages."""
    for path in PAGES:
        for kind, block in fenced(path.read_text(encoding="utf-8")):
            for line in block.splitlines() if kind.split()[:1] in (["sh"], ["yaml"]) else ():
                if match := re.match(r"\s*(?:- )?(?:run: |exec )?release-async (.*)", line):
                    words = shlex.split(match[1], comments=True)
                    yield path.name, list(takewhile(lambda word: word not in SHELL, words))


def test_every_command_on_the_pages_can_be_typed(capsys: pytest.CaptureFixture[str]) -> None:
    """The parser takes each command line that a page shows."""
    hook.main([])
    hooks = capsys.readouterr().err
    shown = list(command_lines())
    assert shown
    for where, words in shown:
        if words[0] == "hook":
            assert words[1] in hooks, where
        else:
            command_line.parse(words)


def options(parser: argparse.ArgumentParser) -> set[str]:
    """The option words that a parser takes."""
    return {word for action in parser._actions for word in action.option_strings}  # noqa: SLF001 - argparse tells it nowhere else


def documented(title: str) -> set[str]:
    """The option words in the first column of one section of the command-line page."""
    cells = [row[0] for row in rows(section(page("reference/command-line.md"), title))]
    return {word for cell in cells for shown in code(cell) for word in re.findall(r"--?[a-zA-Z-]+", shown)}


def test_the_command_line_page_lists_the_options_of_every_command() -> None:
    """The page and the parser know the same options, command by command."""
    top = command_line.parser()
    subparsers = next(action.choices for action in top._actions if isinstance(action.choices, dict))  # noqa: SLF001 - as above
    common = documented("Every command but `hook`, `completion` and `man`")
    releasing = common | documented("`release-async`, `check` and `rehearse`")
    expected = {
        "release": releasing | {"--wait"},
        "status": common,
        "check": releasing,
        "rehearse": releasing,
        "publish": common | documented("`publish`"),
        "versions": common | documented("`versions`"),
        "next": common | documented("`next`"),
        "bump": common,
        "init": common | documented("`init`"),
        "workflow": common | documented("`workflow`"),
        "hooks": common | documented("`hooks`"),
        "completion": {"-h", "--help"},
        "man": {"-h", "--help"},
    }
    assert options(top) == releasing | documented("Unfinished releases")
    assert {name: options(parser) for name, parser in subparsers.items()} == expected
    shown = blocks(page("reference/command-line.md"), "")[0]
    assert set(re.findall(r"^release-async ([a-z]+)", shown, flags=re.MULTILINE)) == {*expected, "hook"}


def test_the_command_line_page_has_every_word_that_an_option_takes() -> None:
    """Parts of a version, roles of places, and the choices of an option."""
    text = page("reference/command-line.md")
    titles = ("Every command but `hook`, `completion` and `man`", "`release-async`, `check` and `rehearse`")
    shown = {
        word
        for title in titles
        for told in code(section(text, title))
        for word in re.split(r"[\s|\\]+", told)
    }
    top = command_line.parser()
    choices = {
        word
        for action in top._actions  # noqa: SLF001 - as above
        if action.choices and not isinstance(action.choices, dict)
        for word in action.choices
    }
    assert choices
    assert {*choices, *Part} <= shown
    assert [code(row[0])[0] for row in rows(section(text, "`versions`")) if row[0].startswith("`")] == [
        "--staged",
        "--rev REV",
        "--explain",
        *Role,
    ]


def test_every_way_to_recover_has_its_exit_code() -> None:
    """The page for the worst day leaves none out, and what a kill leaves is on it too."""
    listed = {cell for row in rows(page("how-to/recover-from-exit-codes.md")) for cell in row[0].split(", ")}
    assert listed == {str(int(code)) for code in ExitCode} | {"129", "130", "143", "137"}


@pytest.mark.parametrize(("title", "table"), [("Checks", CHECKS), ("Steps", STEPS)])
def test_the_reference_lists_every_check_and_step_in_order(title: str, table: dict[str, object]) -> None:
    """Name and module of each stand on the page, in the order of the table in the code."""
    listed = [
        (code(row[0])[0], code(row[1])[0])
        for row in rows(section(page("reference/checks-and-steps.md"), title))
    ]
    assert listed == [
        (name, f"release/{title.lower()}/{Path(str(getattr(module, '__file__', ''))).name}")
        for name, module in table.items()
    ]


def test_the_reference_says_which_checks_are_long() -> None:
    """Who wonders why a check did not run finds it marked."""
    listed = rows(section(page("reference/checks-and-steps.md"), "Checks"))
    long = {code(row[0])[0] for row in listed if "(long)" in row[0]}
    assert long == {name for name, check in CHECKS.items() if check.LONG}


def test_the_exit_codes_are_all_explained() -> None:
    """Every code that the tool answers with is a row of the page."""
    listed = {cell for row in rows(page("reference/exit-codes.md")) for cell in row[0].split(", ")}
    assert listed == {str(int(code)) for code in ExitCode} | {"129", "130", "143"}


def test_the_hooks_page_lists_every_hook(capsys: pytest.CaptureFixture[str]) -> None:
    """The page names the hooks that git's door knows."""
    hook.main([])
    known = capsys.readouterr().err.partition("one of: ")[2].splitlines()[0].split(", ")
    listed = [code(row[0])[0] for row in rows(page("reference/hooks.md")) if row[0].startswith("`")]
    assert listed == known


def test_the_json_page_lists_every_event_with_its_keys() -> None:
    """Scripts rely on the names: the page and the events are the same."""
    text = page("reference/json-events.md")
    listed = {code(row[0])[0]: code(row[1]) for row in rows(text)}
    assert listed.pop("asked") == ["question", "answer"]
    assert listed == {
        re.sub(r"(?<!^)(?=[A-Z])", "_", event.__name__).lower(): [*event._fields]
        for event in get_args(Event)
        if event is not VersionsFound
    }
    values = section(text, "Values")
    assert {str(outcome) for outcome in Outcome} <= set(code(values))
    assert {field.name for kind in (Plan, Package, Route, Target) for field in fields(kind)} <= set(
        code(values)
    )


def test_the_versions_of_the_package_and_the_metadata_are_one() -> None:
    """This project keeps the rule that it enforces."""
    assert PYPROJECT["project"]["version"] == release_async.__version__


NEVER_IMPORTED = {"trio"}
"""Dependencies that are used by their names: anyio loads the backend that is asked for."""


def imported(path: Path) -> Iterator[str]:
    """The top-level packages that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def distributions(paths: Iterable[Path]) -> set[NormalizedName]:
    """The distributions, beside our own and the standard library, that modules import."""
    names = {name for path in paths for name in imported(path)} - sys.stdlib_module_names
    known = metadata.packages_distributions()
    found = {canonicalize_name(each) for name in names for each in known.get(name, ())}
    return found - {canonicalize_name("release-async")}


def test_every_dependency_is_declared_and_used() -> None:
    """What comes along with another package may leave with it, and what nobody imports is only downloaded."""
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    given = (*project["dependencies"], *(each for name in extras if name != "dev" for each in extras[name]))
    declared = {canonicalize_name(Requirement(each).name) for each in given}
    assert distributions(modules()) == declared - NEVER_IMPORTED
    ours = (path for place in ("tests", "benchmarks") for path in (ROOT / place).rglob("*.py"))
    extra = {canonicalize_name(Requirement(each).name) for each in extras["dev"]}
    assert distributions(ours) <= declared | extra


def test_no_file_names_a_registry_or_a_place_on_one_machine() -> None:
    """Addresses of registries come from twine, and a path of the author's machine helps nobody."""
    index = urlsplit(DEFAULT_REPOSITORY).netloc.removeprefix("upload.")
    others = [".".join(words) for words in (("npmjs", "org"), ("debian", "org"), ("pythonhosted", "org"))]
    words = [*(re.escape(name) for name in (index, *others)), rf"{re.escape(str(ROOT))}(?![\w-])"]
    forbidden = re.compile("|".join(words).encode())
    found = [
        f"{path.relative_to(ROOT)}: {match[0].decode()}"
        for path in tracked()
        if (match := forbidden.search(path.read_bytes()))
    ]
    assert found == []


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_every_module_says_what_it_owns(path: Path) -> None:
    """A reader of the first line knows whether this is the place."""
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_every_script_that_is_run_by_its_file_is_there() -> None:
    """A child's file can be renamed only together with the name by which it is started."""
    named = [
        (path, child)
        for path in modules()
        for child in re.findall(r'Path\(__file__\)\.with_name\("([^"]+)"\)', path.read_text(encoding="utf-8"))
    ]
    assert len(named) >= 5
    assert [child for path, child in named if not path.with_name(child).is_file()] == []


ERRORS = {
    name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)
}


def test_every_error_is_raised_with_what_to_type_next() -> None:
    """Whoever reads it is tired: a sentence that only says what went wrong is half of one."""
    bare = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS
        if not any(word.arg == "cure" and ast.unparse(word.value) != "''" for word in node.keywords)
    ]
    assert bare == []


def picture() -> list[list[str]]:
    """The floors on the architecture page: the name of each, its rooms, what they own."""
    text = blocks(page("explanation/architecture.md"), "text")[0]
    return [re.split(r"\s{2,}", line) for line in text.splitlines()]


def contracts() -> dict[str, list[set[str]]]:
    """The layers that import-linter holds, by the names of the contracts, without the name of the package."""
    held = [each for each in PYPROJECT["tool"]["importlinter"]["contracts"] if each["type"] == "layers"]
    return {
        each["name"]: [
            {name.strip().removeprefix("release_async.") for name in layer.split("|")}
            for layer in each["layers"]
        ]
        for each in held
    }


def test_the_picture_of_the_floors_is_the_contract() -> None:
    """Row by row the architecture page shows the layers that import-linter holds."""
    assert [set(rooms.split()) for _, rooms, _ in picture()] == contracts()["floors"]


def test_every_floor_has_one_contract_for_its_inside() -> None:
    """It names what is in the rooms of that floor, and nothing of another one."""
    inside = {name: layers for name, layers in contracts().items() if name != "floors"}
    assert list(inside) == [name for name, rooms, _ in picture() if rooms != "__main__"]
    for name, rooms, _ in picture()[1:]:
        named = {each.partition(".")[0] for layer in inside[name] for each in layer}
        assert named == set(rooms.split()), name


def test_the_house_is_small_enough_to_look_at() -> None:
    """At most nine floors, and at most fifteen entries in the package."""
    assert len(picture()) <= 9
    entries = [path for path in SOURCE.iterdir() if path.name != "__pycache__"]
    assert len(entries) <= 15


def test_the_picture_of_the_floors_shows_every_module() -> None:
    """No module lives outside the house."""
    shown = {name for _, rooms, _ in picture() for name in rooms.split()}
    exist = {path.stem for path in SOURCE.glob("*.py")} - {"__init__"}
    exist |= {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert shown == exist


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_module_that_a_page_names_exists(path: Path) -> None:
    """Who follows a page into the code finds the file."""
    named = re.findall(
        r"`(?:src/release_async/)?((?:[a-z_]+/)+[a-z_]+\.py)`", path.read_text(encoding="utf-8")
    )
    ours = [name for name in named if name.split("/")[0] in {each.name for each in SOURCE.iterdir()}]
    assert [name for name in ours if not (SOURCE / name).is_file()] == []


def anchors(text: str) -> set[str]:
    """The anchors that a forge gives the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_between_pages_leads_somewhere(path: Path) -> None:
    """A link to a file finds the file, and its anchor a heading there."""
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        assert target.is_file(), link
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


def test_every_page_can_be_reached_from_the_index() -> None:
    """A page that no page links to is not read."""
    reached, waiting = set[Path](), [ROOT / "docs" / "index.md"]
    while waiting:
        path = waiting.pop()
        reached.add(path)
        links = re.findall(r"\]\(([^)\s#]+\.md)", path.read_text(encoding="utf-8"))
        pages = {(path.parent / link).resolve() for link in links if "://" not in link}
        waiting += pages - reached
    assert {path for path in PAGES if path.is_relative_to(ROOT / "docs")} <= reached


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.svg")), ids=lambda path: path.name)
def test_pictures_load_nothing_from_elsewhere(path: Path) -> None:
    """Who reads a page is told to nobody: no font, image, link or style comes over the network."""
    text = path.read_text(encoding="utf-8")
    addresses = set(re.findall(r"[a-z]+://[^/\"'\s<]+", text))
    assert {address for address in addresses if "127.0.0.1" not in address} <= {"http://www.w3.org"}
    assert not re.search(r"@import|@font-face|url\((?!#)|<(a|image|script)\b", text)
