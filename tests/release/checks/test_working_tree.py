"""What is released is what is committed, and what a person may miss about that is told."""

import os
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from release_async.release.checks import working_tree
from release_async.versions import find_distributions
from support.repositories import Repository
from support.worlds import Place, judged, prepared, said


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A clean checkout of three files, one of them in a folder."""
    place = prepared(tmp_path)
    place.repository.write("also.txt", "text\n")
    place.repository.write("folder/deep.txt", "text\n")
    place.repository.write(".gitignore", "*.log\n")
    place.repository.commit("more")
    return place


@pytest.fixture
def submodule(place: Place, tmp_path: Path) -> Repository:
    """A submodule of it, called ``part``."""
    origin = Repository.init(tmp_path / "part")
    origin.write("inner.txt", "text\n")
    origin.commit("begin")
    allowed = ("-c", "protocol.file.allow=always")
    place.repository.git(*allowed, "submodule", "--quiet", "add", str(origin.path), "part")
    place.repository.commit("a part")
    return Repository(place.repository.path / "part")


async def test_a_clean_tree_passes(place: Place) -> None:
    """Ignored files do no harm: the release commit is checked out afresh."""
    place.repository.write("noise.log", "")
    assert await judged(place, working_tree) == ()


async def test_changes_and_forgotten_files_are_refused_each_with_its_cure(place: Place) -> None:
    """Staged and unstaged changes together; a file that git does not know is another matter."""
    place.repository.write("file.txt", "changed\n")
    place.repository.git("rm", "--quiet", "also.txt")
    place.repository.write("stray.txt", "")
    assert said(await judged(place, working_tree)) == [
        ("refuse", "2 uncommitted changes: also.txt, file.txt"),
        ("refuse", "1 file is neither committed nor ignored: stray.txt"),
    ]


@pytest.mark.parametrize(("raised", "first"), [("0.2.0", "let the version agree everywhere"), ("0.1.0", "")])
async def test_a_half_raised_version_is_not_said_to_be_committed(
    place: Place, raised: str, first: str
) -> None:
    """The hook would refuse that commit: first the places are made to agree, as another command shows."""
    text = '[project]\nname = "demo"\nversion = "{}"\n'
    place.repository.write("pyproject.toml", text.format("0.1.0"))
    place.repository.write("demo.py", '__version__ = "0.1.0"\n')
    place.repository.commit("a version")
    place.repository.write("pyproject.toml", text.format(raised) + "# more\n")
    async with place.context(place.plan) as context:
        known = replace(context, distributions=find_distributions.distributions(context.files))
        (problem,) = await working_tree.run(place.plan, known)
    assert problem.what == "1 uncommitted change: pyproject.toml"
    said, _, rest = problem.cure.partition("commit them: git commit --all")
    assert said == (f"{first}, see: release-async versions; then " if first else "")
    assert rest


async def test_the_cures_can_be_typed(place: Place) -> None:
    """With the names that are there, quoted; put aside, all of it comes back."""
    place.repository.write("file.txt", "changed\n")
    place.repository.write("a stray's.txt", "")
    before = place.repository.git("status", "--porcelain")
    changed, stray = await judged(place, working_tree)
    aside = changed.cure.partition("until it is out: ")[2]
    assert "until it is out" not in stray.cure, "told once"
    away, back = aside.split(", afterwards ")
    await anyio.run_process(("sh", "-ec", away), cwd=place.repository.path)
    assert await judged(place, working_tree) == ()
    await anyio.run_process(("sh", "-ec", back), cwd=place.repository.path)
    assert place.repository.git("status", "--porcelain") == before
    editor = {**os.environ, "GIT_EDITOR": "echo a message >"}
    committed = [changed.cure.partition("commit them: ")[2], stray.cure]
    for typed in (cure.partition(";")[0] for cure in committed):
        await anyio.run_process(("sh", "-ec", typed), cwd=place.repository.path, env=editor)
    assert await judged(place, working_tree) == ()


async def test_a_cure_names_the_files_from_where_a_person_stands(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the folder of a package of many, what lies beside it is added too."""
    place.repository.write("stray.txt", "")
    place.repository.write("folder/mine.txt", "")
    monkeypatch.chdir(place.repository.path / "folder")
    (stray,) = await judged(place, working_tree)
    typed = stray.cure.partition(" && ")[0]
    assert typed == "git add mine.txt ../stray.txt"
    await anyio.run_process(("sh", "-ec", typed))
    assert "??" not in place.repository.git("status", "--porcelain")


async def test_a_virtual_environment_is_to_be_ignored_not_committed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own advice makes one, and before Python 3.13 nothing in it says that git shall ignore it."""
    for path in (".venv/pyvenv.cfg", ".venv/bin/python", "folder/my env/pyvenv.cfg", "stray.txt"):
        place.repository.write(path, "")
    monkeypatch.chdir(place.repository.path / "folder")
    ours, stray = await judged(place, working_tree)
    assert ours.what == ".venv/, folder/my env/ are virtual environments that git does not ignore"
    assert ours.cure.startswith("add .venv/ and my env/ to .gitignore: echo .venv/ >> ../.gitignore && ")
    assert stray.what == "1 file is neither committed nor ignored: stray.txt"
    await anyio.run_process(("sh", "-ec", ours.cure.partition(": ")[2]))
    (left,) = await judged(place, working_tree)
    assert left.what == stray.what
    assert place.repository.git("show", "--format=", "--name-only", "HEAD") == ".gitignore"


SECRETS = (".env", "folder/new/.env.local", ".pypirc", "keys/id_rsa", "keys/tls.pem")
PRIVATE = "-----BEGIN " + "PRIVATE KEY-----\n"


@pytest.mark.parametrize("ignored", ["*.log", "*.log\n", ""])
async def test_a_file_for_secrets_is_to_be_ignored_never_committed(place: Place, ignored: str) -> None:
    """Also one in a folder that git lists as one, and where the last line of .gitignore has no end."""
    place.repository.write(".gitignore", ignored)
    place.repository.commit("ignored")
    for path in (*SECRETS, "keys/public.pem", ".env.example"):
        place.repository.write(path, PRIVATE if path in SECRETS else "")
    ours, stray = await judged(place, working_tree)
    assert ours.what == (
        ".env, .pypirc, folder/new/.env.local, keys/id_rsa, keys/tls.pem are files for secrets that git does "
        "not ignore"
    )
    assert stray.what == "2 files are neither committed nor ignored: .env.example, keys/"
    assert stray.cure.startswith("once the files for secrets are ignored: git add .env.example keys/ && ")
    await anyio.run_process(("sh", "-ec", ours.cure.partition(": ")[2]), cwd=place.repository.path)
    assert place.repository.git("show", "--format=", "--name-only", "HEAD") == ".gitignore"
    assert (place.repository.path / ".gitignore").read_text().splitlines()[
        : len(ignored.split())
    ] == ignored.split()
    (left,) = await judged(place, working_tree)
    assert left.cure.startswith("git add .env.example keys/ && ")
    place.repository.git("add", "--all")
    assert not {*SECRETS} & {*place.repository.git("ls-files").split()}


async def test_a_file_for_secrets_that_is_staged_is_taken_back(place: Place) -> None:
    """``git commit --all`` would have it; what the file says by now is kept."""
    place.repository.write(".env", "PYPI_API_TOKEN=\n")
    place.repository.git("add", ".env")
    place.repository.write(".env", "PYPI_API_TOKEN=sesame\n")
    place.repository.write("file.txt", "changed\n")
    changed, ours = await judged(place, working_tree)
    assert changed.what == "1 uncommitted change: file.txt"
    assert ours.what == ".env is a file for secrets, and the next commit would have it"
    await anyio.run_process(("sh", "-ec", ours.cure.partition(": ")[2]), cwd=place.repository.path)
    assert [each.what for each in await judged(place, working_tree)] == [changed.what]
    assert (place.repository.path / ".env").read_text() == "PYPI_API_TOKEN=sesame\n"
    place.repository.git("add", "--force", ".env")
    _, ours = await judged(place, working_tree)
    assert ours.cure.partition(": ")[2] == "git restore --staged .env", "git ignores it already"


async def test_a_long_list_is_cut(place: Place) -> None:
    """The first few names are enough to know where to look."""
    for number in range(7):
        place.repository.write(f"stray{number}.txt", "")
    (problem,) = await judged(place, working_tree)
    assert problem.what.endswith("stray3.txt, stray4.txt and 2 more")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("status.showUntrackedFiles", "no"),
        ("status.relativePaths", "true"),
        ("status.branch", "true"),
        ("status.short", "true"),
        ("status.showStash", "true"),
        ("core.fsmonitor", "false-friend"),
        ("core.untrackedCache", "true"),
        ("diff.ignoreSubmodules", "all"),
        ("color.ui", "always"),
        ("core.quotePath", "true"),
    ],
)
async def test_configuration_hides_nothing(place: Place, key: str, value: str) -> None:
    """However git status looks to the person, the answer is the same."""
    place.repository.git("config", key, value)
    assert await judged(place, working_tree) == ()
    place.repository.write("stray ä.txt", "")
    (problem,) = await judged(place, working_tree)
    assert problem.what == "1 file is neither committed nor ignored: stray ä.txt"


async def test_work_inside_a_submodule_is_named(place: Place, submodule: Repository) -> None:
    """Changed and untracked files in it; the cure is typed from the top."""
    assert await judged(place, working_tree) == ()
    for name in ("inner.txt", "untracked.txt"):
        submodule.write(name, "changed\n")
        (problem,) = await judged(place, working_tree)
        assert problem.what == "the submodule part has uncommitted changes"
        assert problem.level.value == "refuse"
        place.repository.git("-C", "part", "stash", "--quiet", "--include-untracked")


async def test_a_submodule_that_is_told_to_be_overlooked_is_not(place: Place, submodule: Repository) -> None:
    """What .gitmodules lets git status leave out is looked at all the same."""
    place.repository.git("config", "--file=.gitmodules", "submodule.part.ignore", "all")
    place.repository.git("add", ".gitmodules")
    place.repository.git("commit", "--quiet", "--message=overlook")
    submodule.write("inner.txt", "changed\n")
    (problem,) = await judged(place, working_tree)
    assert "the submodule part" in problem.what


async def test_a_submodule_at_another_commit_is_refused(place: Place, submodule: Repository) -> None:
    """Both ways out are named, and each of them works."""
    submodule.commit("ahead")
    (problem,) = await judged(place, working_tree)
    assert problem.what == "the submodule part is at another commit than the one that HEAD records"
    assert problem.cure.endswith("git submodule update part")
    place.repository.git("submodule", "--quiet", "update", "part")
    assert await judged(place, working_tree) == ()


async def test_an_empty_submodule_is_told(place: Place, submodule: Repository) -> None:
    """It would be empty in the files that are published, too."""
    assert submodule.path.is_dir()
    place.repository.git("submodule", "--quiet", "deinit", "--all")
    (problem,) = await judged(place, working_tree)
    assert said((problem,)) == [
        ("warn", "the submodule part is empty here, and will be empty in what is built")
    ]
    assert problem.cure == "git submodule update --init part"


@pytest.mark.parametrize("flag", ["assume-unchanged", "skip-worktree"])
async def test_a_file_that_git_was_told_to_overlook_is_warned_of(place: Place, flag: str) -> None:
    """Its changes are not in the release, and git status shows none; the cure shows them."""
    place.repository.git("update-index", f"--{flag}", "file.txt")
    place.repository.write("file.txt", "changed\n")
    assert place.repository.git("status", "--porcelain") == ""
    (problem,) = await judged(place, working_tree)
    assert problem.level.value == "warn"
    assert f"({flag}): file.txt" in problem.what
    place.repository.git(*problem.cure.partition(",")[0].split()[1:])
    (problem,) = await judged(place, working_tree)
    assert problem.what == "1 uncommitted change: file.txt"


async def test_a_sparse_checkout_is_no_secret_kept_from_git(place: Place) -> None:
    """The files that it leaves out have no changes; one of them that is there all the same may have."""
    place.repository.git("sparse-checkout", "set", "--no-cone", "/file.txt", "/.gitignore")
    assert not (place.repository.path / "folder").exists()
    assert await judged(place, working_tree) == ()
    place.repository.git("update-index", "--skip-worktree", "file.txt")
    place.repository.git("config", "sparse.expectFilesOutsideOfPatterns", "true")
    (problem,) = await judged(place, working_tree)
    assert "(skip-worktree): file.txt" in problem.what
