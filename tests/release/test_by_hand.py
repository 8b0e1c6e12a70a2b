"""The way without the tool leads to the same end: the commands that it prints, and those of the page."""

import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Template

import pytest

from release_async.external.github import releases
from release_async.external.github.gh_api import Repository
from release_async.external.github.releases import ReleasePage
from release_async.plan.settings import DEFAULT_MESSAGE
from support import by_hand, crashing, indexes, releasing
from support.crashing import FILES, KILLED, RELEASE, VERSION, Scene
from support.pages import fenced, page
from support.releasing import Stage

PAGE = "how-to/manual-release.md"
WHEEL, SDIST = FILES
PUSH = f"push main and v{VERSION} to origin"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A fresh project, its remote, and a real index."""
    account, packages = indexes.credentials(), tmp_path / "packages"
    with (
        indexes.pypiserver(packages, account) as url,
        crashing.scene_before(tmp_path, packages, url, account) as scene,
    ):
        yield scene


def on_the_page(kind: str) -> str:
    """All blocks of one kind, one after another."""
    return "".join(block for each, block in fenced(page(PAGE)) if each == kind)


@pytest.mark.parametrize(
    "point",
    [f"before upload {WHEEL}", f"after upload {WHEEL}", f"before {PUSH}", f"after {PUSH}"],
)
def test_what_status_prints_finishes_a_release_that_was_killed(scene: Scene, point: str) -> None:
    """Pasted into a shell it leads to the end that --resume makes; the page says how the rest goes."""
    assert scene.crash(point, *RELEASE) == KILLED
    story, stage = scene.recorded(), scene.stage
    stands = stage.run("status")
    assert stands.code == 5, stands.said
    by_hand.pasted(stage, by_hand.printed(stands))
    ours = ("private refs:", "what runs left:", f"locks: ['{stage.repository.path}/.git/release-async/")
    assert [fault for fault in scene.faults(story) if not fault.startswith(ours)] == []
    copy = stage.repository.path.parent / "copy"
    shutil.copytree(stage.repository.path, copy, symlinks=True)
    run = stage.run("--resume")
    assert run.code == 0, run.said
    assert scene.faults(story) == []
    stage.repository.path = copy  # and without the tool
    by_hand.pasted(stage, on_the_page("sh left behind").splitlines())
    assert scene.faults(story) == []
    assert stage.run("status").code == 0


def test_edits_on_another_branch_survive_the_way_by_hand(scene: Scene) -> None:
    """The release lands on its own branch, wherever the person is by then, and takes no edit along."""
    assert scene.crash(f"before {PUSH}", *RELEASE) == KILLED
    repository = scene.stage.repository
    repository.git("switch", "--quiet", "--create", "side")
    repository.write("mine.txt", "mine")
    stands = scene.stage.run("status")
    by_hand.pasted(scene.stage, by_hand.printed(stands))
    assert repository.git("rev-parse", "side") == repository.git("rev-parse", "main^")
    assert repository.git("rev-parse", "main") == scene.stage.remote.git("rev-parse", "main")
    assert repository.git("status", "--porcelain") == "?? mine.txt"


def test_files_that_are_to_be_kept_are_kept_by_hand(scene: Scene) -> None:
    """CLEAN_BUILD_ARTIFACTS=false is owed as well, and a folder with a blank in its name is no hindrance."""
    assert scene.crash(f"after {PUSH}", *RELEASE) == KILLED  # the plan of this run keeps none
    assert " cp " not in scene.stage.run("status").said
    assert scene.stage.run("--resume").code == 0
    scene.stage.environ["CLEAN_BUILD_ARTIFACTS"] = "false"
    moved = scene.stage.repository.path.parent / "a project"
    scene.stage.repository.path = scene.stage.repository.path.rename(moved)
    assert scene.crash("after push main and v4.0.0 to origin", "--version", "4.0.0", "--yes") == KILLED
    by_hand.pasted(scene.stage, by_hand.printed(scene.stage.run("status")))
    assert sorted(path.name for path in (moved / "dist").iterdir()) == [
        "tiny-4.0.0-py3-none-any.whl",
        "tiny-4.0.0.tar.gz",
    ]


def test_files_that_were_lost_before_they_were_kept_come_back_from_the_index(scene: Scene) -> None:
    """The release is out, and only the copies for the person are owed: each cure is typed as it stands."""
    scene.stage.environ["CLEAN_BUILD_ARTIFACTS"] = "false"
    assert scene.crash(f"after {PUSH}", *RELEASE) == KILLED
    story, project = scene.recorded(), scene.stage.repository.path
    assert story
    for kept in project.glob(".git/release-async/*/artifacts/*"):
        kept.parent.chmod(0o755)
        kept.unlink()
    for name in FILES:
        run = scene.stage.run("--resume")
        assert run.code == 5, run.said
        cure = run.said.partition(f"put the released file {name} there from the index: ")[2]
        by_hand.pasted(scene.stage, [cure.partition(", then:")[0]])
    assert scene.stage.run("--resume").code == 0
    dist = {path.name: releasing.sha256(path) for path in (project / "dist").iterdir()}
    assert dist == scene.index.digests()


def values(scene: Scene) -> dict[str, str]:
    """What the variables of the page stand for in a release that the tool has begun."""
    story = scene.recorded()
    assert story
    (tag,) = story.plan.tags
    artifacts = next((scene.stage.repository.path / ".git/release-async").glob("[0-9]*/artifacts"))
    return {
        "NAME": story.plan.names,
        "VERSION": story.plan.versions,
        "TAG": tag,
        "BRANCH": story.plan.branch,
        "REMOTE": story.plan.remote,
        "INDEX": story.plan.target.repository_url,
        "COMMIT": story.results.commit,
        "TAGGED": story.results.tags[tag],
        "WHEEL": str(artifacts / WHEEL),
        "SDIST": str(artifacts / SDIST),
        "WORK": str(artifacts.parent),
    }


def test_the_page_has_the_commands_that_the_tool_prints(scene: Scene) -> None:
    """Word by word and in the same order; only where pip looks depends on the index."""
    assert scene.crash(f"before upload {WHEEL}", *RELEASE) == KILLED
    printed = [shlex.split(line) for line in by_hand.printed(scene.stage.run("status"))]
    known = values(scene)
    shown = [
        [Template(word).substitute(known) for word in shlex.split(line)]
        for line in on_the_page("sh as printed").splitlines()
    ]
    simple = f"{known['INDEX']}simple/"
    told = [[word for word in line if word not in {"--index-url", simple}] for line in printed]
    assert told == shown


def test_what_is_pushed_beside_a_closed_branch_is_gone_on_with(scene: Scene) -> None:
    """The two commands of the page, and then the tool: it finds what is there, and does the rest."""
    assert scene.crash(f"before {PUSH}", *RELEASE) == KILLED
    known, remote = values(scene), scene.stage.remote.git
    begin = remote("rev-parse", "main")
    block = Template(on_the_page("sh aside")).substitute(known)
    by_hand.pasted(scene.stage, block.splitlines())
    assert remote("rev-parse", f"release/{VERSION}", f"v{VERSION}", "main").split() == [
        known["COMMIT"],
        known["TAGGED"],
        begin,
    ]
    told = " ".join(scene.stage.run("status").said.split())
    merge = f"merge release/{VERSION} into main"
    assert f"push v{VERSION} and release/{VERSION} to origin" in told.partition("still to do")[0]
    assert f"{merge} there, as it is (no squash, no rebase), then: release-async --resume" in told
    assert f"git push origin {known['COMMIT']}:refs/heads/main" in told.partition("by hand")[2]
    run = scene.stage.run("--resume")
    assert run.code == 0, run.said
    assert remote("rev-parse", "main") == known["COMMIT"]
    assert f"git push origin --delete release/{VERSION}" in run.said


def test_the_page_makes_the_release_page_as_the_tool_does() -> None:
    """The same words, for a repository of one's own."""
    known = {"TAG": "v1.2.0", "VERSION": "1.2.0", "WHEEL": "demo.whl", "SDIST": "demo.tar.gz"}
    shown = [Template(word).substitute(known) for word in shlex.split(on_the_page("sh forge"))]
    described = ReleasePage("v1.2.0", "Release 1.2.0", prerelease=False)
    command = releases.create_command(
        Repository("OWNER", "REPOSITORY"), described, (Path("demo.whl"), Path("demo.tar.gz"))
    )
    assert shown == shlex.split(command)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time, on an index that has its version."""
    with releasing.tiny(tmp_path) as stage:
        indexes.wheel(stage.packages, "2.0.0").rename(stage.packages / "tiny-2.0.0-py3-none-any.whl")
        yield stage


EDITOR = r"""#!/bin/sh -e
sed -i '/^\[project\]/,/^\[project[.]/s/^version = "2[.]0[.]0"/version = "2.1.0"/' pyproject.toml
sed -i "s/^__version__ = '2[.]0[.]0'/__version__ = '2.1.0'/" tiny/__init__.py
"""
VALUES = {"NAME": "tiny", "VERSION": "2.1.0", "OLD": "2.0.0"}


def whole_page(stage: Stage, editor: Path) -> str:
    """Type the page from its top to its end, for the project of the stage.

    Raises:
        AssertionError: A command failed, or a guard stopped.
    """
    editor.write_text(EDITOR)
    editor.chmod(0o755)
    typed = {"sh", "sh look", "sh as printed"}  # the suite of this project is not pytest's
    head, *rest = [block for kind, block in fenced(page(PAGE)) if kind in typed]
    begun = [_with(head, **VALUES), f"INDEX={stage.url}"]
    return by_hand.pasted(stage, [*begun, *rest], EDITOR=str(editor), TMPDIR=str(editor.parent))


def test_the_page_releases_a_project(stage: Stage, tmp_path: Path) -> None:
    """Every command, typed in its order, and the end is that of a release with the tool."""
    said = whole_page(stage, tmp_path / "editor")
    assert "Available versions: 2.0.0" in said
    assert "Version: 2.1.0" in said.splitlines()
    assert "sdist: PKG-INFO" in said
    git, remote = stage.repository.git, stage.remote.git
    assert set(stage.published()) >= {"tiny-2.1.0-py3-none-any.whl", "tiny-2.1.0.tar.gz"}
    assert git("log", "-1", "--format=%B", "main").strip() == DEFAULT_MESSAGE.format(version="2.1.0").strip()
    assert git("cat-file", "-t", "v2.1.0") == "tag"
    assert git("for-each-ref", "refs/heads", "refs/tags") == remote("for-each-ref", "refs/heads", "refs/tags")
    assert git("rev-parse", "v2.1.0^{}") == git("rev-parse", "main")
    assert git("status", "--porcelain") == ""
    assert stage.run("versions").code == 0
    assert git("worktree", "list", "--porcelain").count("worktree ") == 1
    changed = [f"1\t1\t{path}" for path in ("pyproject.toml", "tiny/__init__.py")]
    assert git("diff", "--numstat", "main^", "main").splitlines() == changed


def on_another_branch(stage: Stage) -> None:
    """Somebody works on something else."""
    stage.repository.git("switch", "--quiet", "--create", "side")


def with_an_edit(stage: Stage) -> None:
    """Something is not committed."""
    stage.repository.write("stray.txt", "")


def behind(stage: Stage) -> None:
    """Somebody else has pushed."""
    theirs = stage.remote.git("commit-tree", "-p", "main", "-m", "theirs", "main^{tree}")
    stage.remote.git("update-ref", "refs/heads/main", theirs)


def tagged_here(stage: Stage) -> None:
    """The version was tagged before."""
    stage.repository.git("tag", "v2.1.0")


def tagged_there(stage: Stage) -> None:
    """Somebody else has tagged it."""
    stage.remote.git("tag", "v2.1.0", "main")


def committed_during_the_build(stage: Stage) -> None:
    """The branch moves while the release is made."""
    hook = stage.repository.path / ".git/hooks/pre-commit"
    top = stage.repository.path
    move = f"git -C '{top}' commit --quiet --no-verify --allow-empty -m mine"
    hook.write_text(f"#!/bin/sh\nunset $(git rev-parse --local-env-vars)\n{move}\n")
    hook.chmod(0o755)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (on_another_branch, "main is not checked out"),
        (with_an_edit, "something is not committed"),
        (behind, "origin has commits that you do not have"),
        (tagged_here, "the tag exists here"),
        (tagged_there, "the tag exists there"),
        (committed_during_the_build, "main has moved: begin again"),
    ],
)
def test_a_guard_of_the_page_stops_before_the_upload(
    stage: Stage, tmp_path: Path, spoil: Callable[[Stage], None], reason: str
) -> None:
    """Each of them can fail, says why, and nothing is public."""
    spoil(stage)
    published = stage.published()
    with pytest.raises(AssertionError, match=f"STOP: {reason}"):
        whole_page(stage, tmp_path / "editor")
    assert stage.published() == published


def _with(block: str, **values: str) -> str:
    """The first block of the page with other values in the place of its own."""
    for name, value in values.items():
        block, found = re.subn(rf"\b{name}=\S+", f"{name}={value}", block, count=1)
        assert found, name
    return block
