"""The suite is run as planned; what is wrong with it is asked about, and its end is shown."""

import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from release_async.base.errors import CommandError
from release_async.base.problems import Level
from release_async.plan.events import OutputLine
from release_async.release.checks import tests
from support.processes import wait_for
from support.story import PLAN, changed
from support.worlds import Place, prepared, said


async def test_a_suite_that_passes_says_nothing_and_is_heard_live(tmp_path: Path) -> None:
    """Its lines are events while it runs; it runs in the user's checkout."""
    place = prepared(tmp_path)
    plan = changed(PLAN, test_command=(sys.executable, "-c", "import os; print('here', os.getcwd())"))
    async with place.context(plan) as context:
        assert await tests.run(plan, context) == ()
    assert place.events == [OutputLine("tests", f"here {place.repository.path}")]


async def test_a_suite_that_fails_is_asked_about_with_the_end_of_its_output(tmp_path: Path) -> None:
    """The last lines, not the first; the cure is its own command."""
    code = "import sys; [print(f'line {n}') for n in range(99)]; sys.exit(7)"
    place, plan = prepared(tmp_path), changed(PLAN, test_command=(sys.executable, "-c", code))
    async with place.context(plan) as context:
        (problem,) = await tests.run(plan, context)
    assert (problem.level, problem.what) == (Level.ASK, "the test suite failed with exit code 7")
    *shown, whole_output = problem.detail.splitlines()
    assert shown == [f"line {n}" for n in range(99 - tests.SHOWN, 99)]
    log = Path(whole_output.removeprefix("the whole output: "))
    assert wait_for(log) == "".join(f"line {n}\n" for n in range(99))
    assert os.stat(log).st_mode & 0o777 == 0o600  # noqa: PTH116 - pathlib would be taken for slow in here
    assert sys.executable in problem.cure


async def test_the_failed_tests_are_named(tmp_path: Path) -> None:
    """What is asked about is said where it is asked."""
    code = "print('FAILED tests/test_it.py::test_that - assert 0'); raise SystemExit(1)"
    place, plan = prepared(tmp_path), changed(PLAN, test_command=(sys.executable, "-c", code))
    async with place.context(plan) as context:
        (problem,) = await tests.run(plan, context)
    assert problem.what == "the test suite failed with exit code 1: tests/test_it.py::test_that"


async def test_what_is_complained_of_elsewhere_does_not_hide_which_test_failed(tmp_path: Path) -> None:
    """Pytest tells it on one stream, unittest on the other; warnings may fill either."""
    code = (
        "import sys; print('FAILED test_it'); sys.stdout.flush()\n"
        "[print(f'warning {n}', file=sys.stderr) for n in range(99)]; sys.exit(1)"
    )
    place, plan = prepared(tmp_path), changed(PLAN, test_command=(sys.executable, "-c", code))
    async with place.context(plan) as context:
        (problem,) = await tests.run(plan, context)
    assert problem.detail.splitlines()[0] == "FAILED test_it"
    assert "warning 98" in problem.detail


BARE = (sys.executable, "-I", "-S", "-m", "pytest")


async def test_a_python_without_pytest_is_told_what_it_lacks(tmp_path: Path) -> None:
    """The suite was not run at all, and to mend it would be the wrong advice; the words are Python's own."""
    place, plan = prepared(tmp_path), changed(PLAN, test_command=BARE)
    async with place.context(plan) as context:
        (problem,) = await tests.run(plan, context)
    assert problem.level is Level.ASK
    assert "tox" not in problem.cure
    assert "python3 -m venv .venv && .venv/bin/python -m pip install -e . pytest" in problem.cure
    assert "test-command" in problem.cure


async def test_who_lacks_the_runner_of_the_project_is_told_to_install_it_first(tmp_path: Path) -> None:
    """With pytest alone the tests may lack what their runner would have given them."""
    place, plan = prepared(tmp_path), changed(PLAN, test_command=BARE)
    place.repository.write("tox.ini", "[tox]\nenv_list = py\n[testenv]\ncommands = pytest\n")
    async with place.context(plan) as context:
        env = {**context.test_env, "PATH": "/nowhere"}
        (problem,) = await tests.run(plan, replace(context, test_env=env))
    there = f"(cd {place.repository.path} && python3 -m venv .venv && .venv/bin/python -m pip install"
    assert problem.cure.startswith(
        f"install tox, which makes the environment of the tests: {there} tox); or "
    )
    assert f": {there} -e . pytest); or set test-command, or pass --skip-tests" in problem.cure


async def test_a_program_of_the_environment_of_the_tests_is_typed_with_its_path(tmp_path: Path) -> None:
    """Who reads the cure has not activated that environment, and the shell would not find it."""
    place, plan = prepared(tmp_path), changed(PLAN, test_command=("our-tests", "-x"))
    program = place.repository.write(".venv/bin/our-tests", "#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    async with place.context(plan) as context:
        env = {**context.test_env, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
        (problem,) = await tests.run(plan, replace(context, test_env=env))
    assert problem.cure == f"fix it and see it pass: (cd {place.repository.path} && {program} -x)"


async def test_the_tests_of_a_member_are_run_again_from_where_the_person_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command and the names of the tests belong into its folder, which both are told with."""
    code = "print('FAILED tests/test_it.py::test_that'); raise SystemExit(1)"
    place = prepared(tmp_path)
    place.repository.write("packages/core/pyproject.toml", "")
    plan = changed(PLAN, root="packages/core", test_command=(sys.executable, "-c", code))
    cures = []
    for here in (place.repository.path, place.repository.path / "packages/core", tmp_path):
        monkeypatch.chdir(here)
        async with place.context(plan) as context:
            (problem,) = await tests.run(plan, context)
        cures.append(problem.cure.removeprefix("fix it and see it pass: "))
    name = "tests/test_it.py::test_that"
    assert problem.what == f"the test suite in packages/core failed with exit code 1: {name}"
    command = shlex.join((sys.executable, "-c", code))
    top = place.repository.path.relative_to(tmp_path)
    assert cures == [
        f"(cd packages/core && {command})",
        command,
        f"(cd {top}/packages/core && {command})",
    ]


async def failed_for(place: Place, *missing: str) -> str:
    """The cure where Python does not find these modules, in a project without an environment."""
    code = (
        "import sys; [print(f'E   ModuleNotFoundError: No module named {each!r}') for each in sys.argv[1:]]"
    )
    plan = changed(PLAN, test_command=(sys.executable, "-c", f"{code}; sys.exit(2)", *missing))
    async with place.context(plan) as context:
        env = {name: value for name, value in context.test_env.items() if name != "VIRTUAL_ENV"}
        (problem,) = await tests.run(plan, replace(context, test_env=env))
    return problem.cure


async def test_a_project_that_is_not_installed_is_told_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tests have nothing to mend where there is no environment that could have it."""
    place = prepared(tmp_path)
    monkeypatch.chdir(place.repository.path)
    made = "there is no .venv: python3 -m venv .venv && .venv/bin/python -m pip install -e ."
    assert await failed_for(place, "tests.support", "demo.core") == made
    assert (await failed_for(place, "tests.support")).startswith("fix it and see it pass")
    python = place.repository.path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    assert (await failed_for(place, "demo.core")).startswith("fix it and see it pass")
    place.repository.write("src/demo/__init__.py", "")
    assert (await failed_for(place, "demo.core")).startswith(f"{python.parent.parent} does not have it: ")


@pytest.mark.parametrize("key", ["test-timeout", "test-silence-timeout"])
async def test_who_has_a_slow_suite_is_told_which_setting_to_raise(tmp_path: Path, key: str) -> None:
    """A suite that passes, and only takes long, has nothing to mend."""
    place = prepared(tmp_path)
    field = key.replace("-", "_")
    place.settings = replace(place.settings, **{field: 0.3})  # type: ignore[arg-type] # both are seconds
    plan = changed(PLAN, test_command=(sys.executable, "-c", "import time; time.sleep(60)"))
    async with place.context(plan) as context:
        (problem,) = await tests.run(plan, context)
    assert problem.cure.endswith(f"if it needs longer, raise {key} in [tool.release-async]")
    assert sys.executable in problem.cure


async def test_a_suite_that_hangs_is_ended(tmp_path: Path) -> None:
    """At the deadline of the settings, which the words name."""
    place = prepared(tmp_path)
    place.settings = replace(place.settings, test_timeout=0.3)
    plan = changed(PLAN, test_command=(sys.executable, "-c", "import time; time.sleep(60)"))
    async with place.context(plan) as context:
        assert said(await tests.run(plan, context)) == [
            ("ask", "the test suite was ended after 0.3 s (test-timeout)")
        ]


async def test_a_suite_that_says_nothing_more_is_ended(tmp_path: Path) -> None:
    """Long before the other deadline; the words name the setting, and what it said last is shown."""
    place = prepared(tmp_path)
    place.settings = replace(place.settings, test_silence_timeout=0.5)
    code = "import time; print('waiting for the lock', flush=True); time.sleep(60)"
    plan = changed(PLAN, test_command=(sys.executable, "-c", code))
    async with place.context(plan) as context:
        (problem,) = await tests.run(plan, context)
    assert problem.what == ("the test suite was ended: it wrote nothing for 0.5 s (test-silence-timeout)")
    assert problem.detail.startswith("waiting for the lock\nthe whole output: ")


async def test_no_suite_is_a_warning(tmp_path: Path) -> None:
    """Nothing has been tested, and the person is told."""
    place, plan = prepared(tmp_path), changed(PLAN, test_command=None)
    async with place.context(plan) as context:
        assert [level for level, _ in said(await tests.run(plan, context))] == ["warn"]


async def test_a_command_that_does_not_exist_is_no_failing_test(tmp_path: Path) -> None:
    """The check could not judge."""
    place, plan = prepared(tmp_path), changed(PLAN, test_command=("no-such-program",))
    async with place.context(plan) as context:
        with pytest.raises(CommandError, match="no-such-program was not found"):
            await tests.run(plan, context)
