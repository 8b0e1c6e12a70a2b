"""A .env that others have, get, or can read is told before a token from it is used; a safe one is not."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from release_async.base.errors import CommandError
from release_async.base.problems import NotJudged
from release_async.plan.settings import Sources, load
from release_async.release.checks import env_file
from support.releasing import Stage, tiny
from support.story import PLAN, changed
from support.worlds import Place, prepared, problems_of, said

pytestmark = pytest.mark.by_turns

HELD = "PYPI_API_TOKEN=sesame\n"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout that ignores .env."""
    place = prepared(tmp_path)
    place.repository.write(".gitignore", ".env\n*.secret\n")
    place.repository.commit("ignore")
    return place


def write(place: Place, mode: int = 0o600, name: str = ".env") -> Path:
    """A file for secrets."""
    path = place.repository.write(name, HELD)
    path.chmod(mode)
    return path


async def judged(place: Place, root: str = "") -> list[tuple[str, str]]:
    """What the check says; it leaves git and the file as they are."""
    plan, git = changed(PLAN, root=root), place.repository.git
    before = git("status", "--porcelain", "--ignored"), git("ls-files", "--stage")
    async with place.context(plan) as context:
        found = await env_file.run(plan, replace(context, project=place.repository.path / root))
    if isinstance(found, NotJudged):
        return [("skipped", found.why)]
    assert (git("status", "--porcelain", "--ignored"), git("ls-files", "--stage")) == before
    return said(found)


async def test_no_file_and_a_safe_file_are_fine(place: Place) -> None:
    """Tokens may come from the environment; a file may lie in the project of a larger repository."""
    assert await judged(place) == [("skipped", "there is no .env")]
    write(place)
    assert await judged(place) == []
    write(place, name=":packages/[demo]/.env")
    assert await judged(place, ":packages/[demo]") == []


async def test_a_variable_that_was_probably_meant_for_a_setting_is_warned_of(place: Place) -> None:
    """By both names, and without its value, which may be a token."""
    write(place)
    place.settings = load(Sources(dotenv="PYPI_API_TOKEN=sesame\nPYPI_USER=build\n"))
    assert await judged(place) == [
        ("warn", "PYPI_USER in .env is no setting of release-async, and has no effect")
    ]


async def test_a_tracked_file_is_refused_also_where_it_is_deleted_or_ignored(place: Place) -> None:
    """What git has is in every clone and in the sdist."""
    path = write(place)
    place.repository.git("add", "--force", ".env")
    refused = [("refuse", ".env is tracked by git: whoever has the repository has what is in it")]
    place.repository.commit("oops")
    assert await judged(place) == refused
    path.unlink()
    assert await judged(place) == refused
    place.repository.git("rm", "--quiet", "--cached", ".env")
    write(place)
    assert await judged(place) == []


async def test_a_file_that_is_only_staged_is_in_no_history(place: Place) -> None:
    """So nothing has to be revoked; and what git ignores already is not listed again."""
    write(place)
    place.repository.git("add", "--force", ".env")
    for ignored, cure in (
        (".env\n", "git rm --cached .env"),
        ("", "git rm --cached .env && echo .env >> .gitignore"),
    ):
        place.repository.write(".gitignore", ignored)
        assert await judged(place) == [("refuse", ".env is staged: the next commit has what is in it")]
        async with place.context(PLAN) as context:
            (problem,) = problems_of(await env_file.run(PLAN, context))
        assert problem.cure == cure


async def test_a_file_that_is_not_ignored_is_refused(place: Place) -> None:
    """The next ``git add --all`` would take it."""
    place.repository.write(".gitignore", "\n")
    write(place)
    assert await judged(place) == [
        ("refuse", ".env is not ignored by git: the next `git add` takes it along")
    ]
    place.repository.write(".git/info/exclude", ".env\n")
    assert await judged(place) == []


async def test_the_cure_ignores_it_whatever_the_last_line_of_gitignore(place: Place) -> None:
    """A line without an end is another pattern, and stays one."""
    for before in ("", "*.log", "*.log\n"):
        place.repository.write(".gitignore", before)
        write(place)
        async with place.context(PLAN) as context:
            (problem,) = problems_of(await env_file.run(PLAN, context))
        typed = problem.cure.partition(", ")[0]
        await anyio.run_process(("sh", "-ec", typed), cwd=place.repository.path)
        lines = (place.repository.path / ".gitignore").read_text().split()
        assert lines == [*before.split(), ".env"]
        assert await judged(place) == []


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
async def test_a_file_that_others_can_read_or_write_is_told(place: Place, mode: int) -> None:
    """With the command that closes it; it stops nothing."""
    write(place, mode)
    async with place.context(PLAN) as context:
        (problem,) = problems_of(await env_file.run(PLAN, context))
    assert (problem.level, problem.cure) == ("warn", "chmod 600 .env")
    (place.repository.path / ".env").chmod(0o600)
    assert await judged(place) == []


async def test_a_link_out_of_the_repository_is_refused(place: Place, tmp_path: Path) -> None:
    """A branch could choose which file of this machine is read; also where it leads nowhere."""
    outside = tmp_path / "outside"
    outside.write_text(HELD)
    link = place.repository.path / ".env"
    for target in (outside, tmp_path / "nothing"):
        link.symlink_to(target)
        assert await judged(place) == [("refuse", ".env is a link to what is not in the repository")]
        link.unlink()


async def test_a_link_inside_the_repository_is_judged_by_its_target(place: Place) -> None:
    """One file may serve several projects of a repository, as safe as a plain one."""
    target = write(place, name="tokens.secret")
    (place.repository.path / ".env").symlink_to("tokens.secret")
    assert await judged(place) == []
    target.chmod(0o604)
    assert await judged(place) == [("warn", "tokens.secret can be read or written by other users")]
    target.rename(place.repository.path / "plain.txt").chmod(0o600)
    (place.repository.path / ".env").unlink()
    (place.repository.path / ".env").symlink_to("plain.txt")
    ((level, what),) = await judged(place)
    assert (level, what.partition(" ")[0]) == ("refuse", "plain.txt")
    place.repository.git("add", "plain.txt")
    ((_, what),) = await judged(place)
    assert what.startswith("plain.txt is staged: ")


async def test_a_hard_link_is_refused(place: Place, tmp_path: Path) -> None:
    """The same bytes lie open under another name."""
    os.link(write(place), tmp_path / "elsewhere")
    ((level, what),) = await judged(place)
    assert (level, what) == ("refuse", ".env is a hard link: the same file has another name elsewhere")
    (tmp_path / "elsewhere").unlink()
    assert await judged(place) == []


async def test_a_pipe_is_refused_and_not_waited_for(place: Place) -> None:
    """Reading it would never end."""
    os.mkfifo(place.repository.path / ".env", 0o600)
    assert await judged(place) == [("refuse", ".env is no plain file, and nothing is read from it")]


async def test_a_directory_is_somebodys_environment(place: Place) -> None:
    """``python -m venv .env`` is an old habit."""
    write(place, name=".env/pyvenv.cfg")
    assert await judged(place) == [("skipped", "there is no .env")]


async def test_git_that_cannot_answer_is_not_taken_for_a_yes(place: Place) -> None:
    """A configuration that git refuses to read."""
    write(place)
    async with place.context(PLAN) as context:
        place.repository.write(".git/config", "[broken")
        with pytest.raises(CommandError):
            await env_file.run(PLAN, context)


async def test_the_cures_of_a_project_in_a_folder_are_typed_from_anywhere(place: Place) -> None:
    """Nobody knows where a person stands: each is typed from another folder, and the check is content."""
    root, git = "packages/a demo", place.repository.git
    place.repository.write(".gitignore", "\n")
    path, elsewhere = write(place, 0o644, f"{root}/.env"), place.repository.write("docs/page", "").parent
    git("add", "--force", str(path))
    plan = changed(PLAN, root=root)
    told = []
    for _ in range(2):
        async with place.context(plan) as context:
            here = replace(context, project=place.repository.path / root)
            found = problems_of(await env_file.run(plan, here))
        told += [problem.what.partition(":")[0] for problem in found]
        typed = [problem.cure.partition(", and commit")[0] for problem in found]
        await anyio.run_process(("sh", "-ec", "\n".join(typed)), cwd=elsewhere)
    assert told == [f"{root}/.env is staged", f"{root}/.env can be read or written by other users"]
    assert await judged(place, root) == []
    assert ".env" not in git("ls-files")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time, whose token comes from .env alone."""
    with tiny(tmp_path) as stage:
        stage.repository.write(".env", f"PYPI_API_TOKEN={stage.environ.pop('PYPI_API_TOKEN')}\n").chmod(0o600)
        yield stage


def test_a_run_refuses_what_git_has_and_says_what_to_type(stage: Stage, anyio_backend: str) -> None:
    """As a person reads it."""
    assert stage.run("check", backend=anyio_backend).code == 0
    stage.repository.git("add", "--force", ".env")
    stage.repository.commit("oops")
    stage.repository.git("push", "--quiet")
    run = stage.run("check", backend=anyio_backend)
    assert run.code == 3, run.said
    assert "REFUSED .env file" in run.said
    assert "do: git rm --cached .env, and commit; then revoke its tokens" in run.said


def test_the_file_of_a_directory_above_is_not_read(stage: Stage, tmp_path: Path) -> None:
    """A token that somebody keeps in their home is not sent for every project below it."""
    (stage.repository.path / ".env").rename(tmp_path / ".env")
    run = stage.run("check", "--skip-tests", "-v", backend="trio")
    assert run.code == 3, run.said
    assert "there is no token for" in run.said
    assert ".env file" in run.said


@pytest.mark.parametrize("text", ["TERMINAL_WIDTH=3000\n", "", "# nothing\n", "TOKEN=\nAPI_KEY=<your key>\n"])
async def test_a_tracked_file_without_a_secret_is_fine(place: Place, text: str) -> None:
    """Some tools keep options in one; nobody is told to revoke tokens where there are none."""
    place.repository.write(".env", text)
    place.repository.git("add", "--force", ".env")
    assert await judged(place) == []


@pytest.mark.parametrize(
    "text", ["PYPI_USERNAME=me\n", "DB_PASSWORD=abc\n", "URL=https://u:p@example.com/\n"]
)
async def test_a_tracked_file_with_a_setting_or_a_password_is_refused(place: Place, text: str) -> None:
    """By its name or its form."""
    place.repository.write(".env", text)
    place.repository.git("add", "--force", ".env")
    assert [level for level, _ in await judged(place)] == ["refuse"]
