"""The plan: decided once, from what was asked and what the project states; nothing is touched."""

import json
from dataclasses import MISSING, fields, replace
from typing import TypeVar, cast, get_type_hints

import pytest
from hypothesis import given, strategies

from release_async.base.errors import ConfigurationError, UsageError
from release_async.plan import plan as planning, preview
from release_async.plan.plan import Narrowing, Package, Plan, PlanInputs, Target
from release_async.plan.route import Route
from release_async.plan.settings import Flags, Sources, load
from release_async.versions.distribution import Distribution, Role, Site
from release_async.versions.version_edits import Edit, planned_edits
from release_async.versions.version_settings import VersionFile
from support.story import PLAN, changed

SITES = (
    Site("pyproject.toml", 3, Role.SOURCE, "1.2.3", key="project.version"),
    Site("src/demo/__init__.py", 1, Role.MIRROR, "1.2.3", key="__version__"),
    Site("docs/conf.py", 9, Role.DERIVED, note="importlib.metadata"),
)
DEMO = Distribution("demo", "", SITES)
INPUTS = PlanInputs(
    run="run",
    base="b" * 40,
    remote_url="/remote.git",
    target=Target(name="Example", repository_url="https://index.example.com/", token_setting="A_SETTING"),  # noqa: S106 - a name
    test_command=("pytest",),
    changelog="CHANGELOG.md",
)


def plan(
    request: str, *, pyproject: str = "", inputs: PlanInputs = INPUTS, test: bool = False, **environ: str
) -> Plan:
    """The plan for a request."""
    settings = load(Sources(flags=Flags(test=test), environ=environ, pyproject=pyproject))
    return planning.make(request, DEMO, settings, inputs)


def test_a_part_is_raised_and_the_whole_release_follows_from_it() -> None:
    """Version, message, tag and edits are of one piece."""
    made = plan("major")
    (package,) = made.packages
    assert (package.current, package.version, package.tag) == ("1.2.3", "2.0.0", "v2.0.0")
    assert package.files == ("demo-2.0.0-*.whl", "demo-2.0.0.tar.gz")
    assert made.message == "release: v2.0.0\n\n🤖 Generated with PyPI Release Automation"
    assert (made.branch, made.remote, made.base) == ("main", "origin", "b" * 40)
    assert (package.test_command, made.upload_only, made.keep_artifacts) == (("pytest",), False, False)


def test_exactly_the_places_that_count_are_edited() -> None:
    """What is derived is not; the order is that of the paths."""
    assert [tuple(edit) for edit in plan("1.3").edits] == [
        ("pyproject.toml", 3, "1.2.3", "1.3"),
        ("src/demo/__init__.py", 1, "1.2.3", "1.3"),
    ]


def test_a_place_that_holds_the_new_version_already_is_no_edit() -> None:
    """Sites that disagree are refused by a check; the plan does not invent edits for them."""
    odd = DEMO._replace(sites=(SITES[0], SITES[1]._replace(text="1.3.0")))
    assert [edit.path for edit in planned_edits(odd, "1.3.0")] == ["pyproject.toml"]


@pytest.mark.parametrize("request_", ["current", "1.2.3", "v1.2.3", "1.2.3.0"])
def test_the_version_that_is_there_is_released_without_a_commit(request_: str) -> None:
    """Nothing is edited, no date either; what is tagged is HEAD, by the version as HEAD states it."""
    made = plan(request_, inputs=replace(INPUTS, today="2026-01-31"))
    (package,) = made.packages
    assert (package.version, package.tag, package.edits) == ("1.2.3", "v1.2.3", ())
    assert (made.route.name, made.makes_commit, made.message, made.released) == ("current", False, "", "")


@pytest.mark.parametrize(
    ("request_", "test", "name"),
    [
        ("patch", False, "here"),
        ("patch", True, "test"),
        ("1.2.4", False, "here"),
        ("current", False, "current"),
        ("current", True, "current-test"),
        ("1.2.3", True, "current-test"),
    ],
)
def test_what_is_edited_decides_the_route(request_: str, test: bool, name: str) -> None:  # noqa: FBT001 - a parameter of the test
    """A commit is made where there is something to commit."""
    made = plan(request_, test=test)
    assert (made.route.name, made.makes_commit) == (name, bool(made.edits))


def test_the_current_version_on_a_test_index_that_has_it_needs_a_commit() -> None:
    """The next free development release is another version than the one that HEAD states."""
    made = plan("current", test=True, inputs=replace(INPUTS, taken=frozenset(("1.2.3",))))
    assert (made.versions, made.route.name, len(made.edits)) == ("1.2.3.dev1", "test", 2)


def test_a_version_with_a_local_part_is_not_released_as_it_is() -> None:
    """No index takes it; what to type instead is said."""
    local = DEMO._replace(sites=(SITES[0]._replace(text="1.2.3+mine"),))
    with pytest.raises(UsageError, match="has a local part") as caught:
        planning.make("current", local, load(Sources()), INPUTS)
    assert caught.value.cure.endswith("--version patch")
    assert planning.make("patch", local, load(Sources()), INPUTS).versions == "1.2.4"


def test_settings_decide_message_tag_branch_and_files() -> None:
    """Each where the user set it."""
    table = '[tool.release-async]\nbranch = "trunk"\n'
    table += 'tag-format = "demo-{version}"\ncommit-message = "{name} V{version} ({tag})"\n'
    made = plan("minor", pyproject=table, CLEAN_BUILD_ARTIFACTS="false", RUN_TESTS_BEFORE_UPLOAD="no")
    assert (made.branch, made.tags, made.message) == ("trunk", ("demo-1.3.0",), "demo V1.3.0 (demo-1.3.0)")
    assert (made.keep_artifacts, made.packages[0].test_command) == (True, None)
    assert plan("minor", AUTO_GIT_TAG="false").tags == ()


@pytest.mark.parametrize(
    ("taken", "version"),
    [
        ((), "1.3.0"),
        (("1.2.9", "1.3.0.dev1"), "1.3.0"),
        (("1.3.0",), "1.3.0.dev1"),
        (("1.3.0", "1.3.0.dev1", "1.3.0.dev2"), "1.3.0.dev3"),
    ],
)
def test_a_test_release_takes_the_next_free_version(taken: tuple[str, ...], version: str) -> None:
    """The planned one where it is free; no tag, and nothing but an upload."""
    made = plan("minor", test=True, inputs=replace(INPUTS, taken=frozenset(taken)))
    assert (made.versions, made.tags, made.upload_only) == (version, (), True)


def test_the_next_free_version_of_a_development_release_is_above_it() -> None:
    """A development release that is taken is followed by the next one, never by one before it."""
    taken = frozenset(("2.1.0.dev3", "2.1.0.dev4"))
    made = plan("2.1.0.dev3", test=True, inputs=replace(INPUTS, taken=taken))
    assert made.versions == "2.1.0.dev5"


def test_what_is_neither_a_part_nor_a_version_is_a_usage_error() -> None:
    """A local part cannot be published either."""
    for request in ("huge", "", "1.2.3+local", "v"):
        with pytest.raises(UsageError):
            plan(request)


def test_a_tag_that_git_would_not_take_is_a_configuration_error() -> None:
    """Found before anything is begun."""
    with pytest.raises(ConfigurationError):
        plan("minor", pyproject='[tool.release-async]\ntag-format = "a..{version}"\n')


def test_a_project_that_states_no_version_cannot_be_raised() -> None:
    """There is nothing to start from."""
    settings = load(Sources())
    with pytest.raises(ConfigurationError):
        planning.make("minor", Distribution("demo", "", ()), settings, INPUTS)


TEXTS = strategies.lists(strategies.text()).map(tuple)
Kind = TypeVar("Kind")


def built(kind: type[Kind], **given: strategies.SearchStrategy[object]) -> strategies.SearchStrategy[Kind]:
    """Values of a dataclass, whose constructor names no fields that anything could be inferred from."""
    hints = get_type_hints(kind)
    needed = {each.name for each in fields(kind) if each.default is each.default_factory is MISSING}  # type: ignore[arg-type]  # a dataclass
    return strategies.builds(
        kind, **{name: strategies.from_type(hints[name]) for name in needed - given.keys()}, **given
    )


NARROWINGS = strategies.builds(
    Narrowing, project=strategies.text(), seconds=strategies.integers(), why_not=strategies.text()
)
PACKAGES = built(
    Package,
    edits=strategies.lists(strategies.builds(Edit)).map(tuple),
    files=TEXTS,
    test_command=strategies.none() | TEXTS,
    narrowing=NARROWINGS,
)


@given(
    made=built(
        Plan,
        packages=strategies.lists(PACKAGES, max_size=3).map(tuple),
        remote_url=strategies.text(alphabet="abc:/.", max_size=9),
        route=built(Route, before=TEXTS, after=TEXTS),
        target=built(Target),
    )
)
def test_a_plan_survives_the_journey_through_a_journal(made: Plan) -> None:
    """Whatever it holds: what is carried out after a crash is what was confirmed before."""
    assert planning.recalled(json.loads(json.dumps(planning.written(made)))) == made


def test_a_journal_of_a_time_before_tokens_were_narrowed_is_read() -> None:
    """A release that was begun with an earlier version is finished with this one."""
    made = plan("major")
    (package,) = cast("list[dict[str, object]]", json.loads(json.dumps(planning.written(made)))["packages"])
    record = planning.written(made) | package | {"upload_only": False}
    for name in ("packages", "route", "narrowing", "files"):
        del record[name]
    assert planning.of_one_package(record) == replace(made, packages=(replace(made.packages[0], files=()),))


def test_the_places_that_a_backend_has_shown_are_remembered() -> None:
    """A release that is continued knows where its version stands, and asks nobody again."""
    places = (VersionFile("a.h", pattern="V {version}"), VersionFile("demo/v.py", names=("MAJOR", "MINOR")))
    made = changed(PLAN, located=places)
    assert planning.recalled(json.loads(json.dumps(planning.written(made)))) == made
    record = planning.written(PLAN)
    for package in cast("tuple[dict[str, object]]", record["packages"]):
        del package["located"]  # as an earlier version has written it
    assert planning.recalled(json.loads(json.dumps(record))) == PLAN


def test_a_password_in_an_address_is_not_written_down() -> None:
    """A journal outlives the run; the push goes by the remote's name."""
    url = "https://someone:word@git.example/demo.git"
    made = plan("major", inputs=replace(INPUTS, remote_url=url))
    assert "word@" not in json.dumps(planning.written(made))
    assert planning.recalled(planning.written(made)).remote_url == "https://***@git.example/demo.git"


@pytest.mark.parametrize(
    "name",
    ["../../x", "a/b", "a\x1b[31mb", "-rf", "a b", "a\n", "$(id)", "a?b", "a#b", "a.", "\u0430bc", "a:b"],
)
def test_a_name_that_no_index_takes_is_no_part_of_a_path(name: str) -> None:
    """It becomes a directory, an address and a file name; what it does to a terminal is not repeated."""
    with pytest.raises(ConfigurationError, match="the project is called") as caught:
        planning.make("patch", DEMO._replace(name=name), load(Sources()), INPUTS)
    assert caught.value.what.isprintable()
    for good in ("demo", "Demo_1", "a", "zope.interface", "A-b"):
        assert planning.make("patch", DEMO._replace(name=good), load(Sources()), INPUTS).names == good


def test_a_branch_is_not_pushed_to_and_left_to_a_merge_at_once() -> None:
    """Two settings that contradict each other are told; on a test index neither counts."""
    table = '[tool.release-async]\nland = "pull-request"\n'
    assert plan("minor", pyproject=table).by_request
    assert not plan("minor", pyproject=table).touches_branch
    with pytest.raises(ConfigurationError, match="do not go together") as caught:
        plan("minor", pyproject=f'{table}publish = "ci"\n')
    assert "leave one of them away" in caught.value.cure
    assert plan("minor", pyproject=f'{table}publish = "ci"\n', test=True).upload_only


def test_ci_builds_before_there_is_a_tag_or_behind_it() -> None:
    """How many files there are is not known yet; what contradicts that is told, but not of a trial."""
    table = '[tool.release-async]\nbuild = "ci"\n'
    made = plan("minor", pyproject=table)
    assert made.collects
    assert made.candidate_branch == "release-candidate/1.3.0"
    assert made.packages[0].files == ()
    assert "the files that CI builds" in preview.question(made)
    with pytest.raises(ConfigurationError, match='build = "ci"') as caught:
        plan("minor", pyproject=f'{table}publish = "ci"\n')
    assert "leave one of them away" in caught.value.cure
    merged = plan("minor", pyproject=f'{table}land = "pull-request"\n')
    assert (merged.by_request, merged.collects) == (True, True)
    tried = plan("minor", pyproject=f'{table}publish = "ci"\n', test=True)
    assert tried.upload_only
    assert len(tried.packages[0].files) == 2
