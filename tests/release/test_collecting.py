"""The release commit holds what the real towncrier and scriv make of fragments: planned, shown, proven."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from release_async.base.exit_codes import ExitCode
from release_async.plan import changelog
from support import crashing, releasing, tagged
from support.crashing import KILLED
from support.matrices import sampled
from support.releasing import Stage


class Tool(NamedTuple):
    """How a project uses a tool.

    Attributes:
        table: Its table in ``pyproject.toml``.
        changelog: What it writes.
        fragments: Its fragments.
        section: What it makes of them.
    """

    table: str
    changelog: str
    fragments: dict[str, str]
    section: str


TOOLS = {
    "towncrier": Tool(
        '[tool.towncrier]\nname = "tiny"\ndirectory = "news"\nfilename = "docs/news.md"\n'
        'start_string = "<!-- news -->\\n"\ntitle_format = "## {version} ({project_date})"\n',
        "docs/news.md",
        {
            "news/7.feature.md": "Frogs.\n",
            "news/+t.bugfix.md": "Toads.\n",
            "news/README.md": "How to.\n",
            "docs/README.md": "Pages.\n",
        },
        "### Features\n\n- Frogs. (#7)\n\n### Bugfixes\n\n- Toads.",
    ),
    "scriv": Tool(
        '[tool.scriv]\nformat = "md"\nmd_header_level = "2"\n',
        "CHANGELOG.md",
        {
            "changelog.d/7.md": "### Added\n\n- Frogs.\n",
            "changelog.d/8.md": "### Fixed\n\n- Toads.\n",
            "changelog.d/README.md": "How to.\n",
        },
        "### Added\n\n- Frogs.\n\n### Fixed\n\n- Toads.",
    ),
}
OLD = "What is new.\n\n<!-- {} -->\n\n## 2.0.0 (2026-01-02)\n\n- newts\n"
MARKERS = {"towncrier": "news", "scriv": "scriv-insert-here"}
"""Where each tool puts a section."""
SETTING = '[tool.release-async]\nchangelog = "{}"'


def adopt(stage: Stage, name: str, *, old: str = OLD) -> tuple[str, ...]:
    """Commit a tool with its fragments and an older section; the fragments that are going to be collected."""
    tool, repository = TOOLS[name], stage.repository
    told = (repository.path / "pyproject.toml").read_text()
    told = told.replace("[tool.release-async]", SETTING.format(name)) + "\n" + tool.table
    repository.write("pyproject.toml", told)
    if old:
        repository.write(tool.changelog, old.format(MARKERS[name]))
    for path, text in tool.fragments.items():
        repository.write(path, text)
    repository.commit("use fragments")
    repository.git("push", "--quiet", "origin", "main")
    return tuple(sorted(path for path in tool.fragments if "README" not in path))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time."""
    with releasing.tiny(tmp_path) as stage:
        yield stage


def written(stage: Stage, *words: str) -> dict[str, object]:
    """The package of a plan, as JSON tells it."""
    plan = stage.planned(*words)["plan"]
    return {**plan["packages"][0], "released": plan["released"]}


@pytest.mark.parametrize(("name", "backend"), [("towncrier", "asyncio"), ("scriv", "trio")])
def test_a_release_collects_the_fragments(stage: Stage, name: str, backend: str) -> None:
    """In plan and commit the same lines and files; nothing else changes, and the next release goes on top."""
    tool, git = TOOLS[name], stage.repository.git
    fragments = adopt(stage, name)
    git("config", "scriv.collect.add", "true")
    plan, before = written(stage, "--version", "minor"), stage.fingerprint()
    assert (plan["changelog"], plan["removed"]) == (tool.changelog, list(fragments))
    run = stage.run("--version", "minor", "--yes", "--verbose", backend=backend)
    assert run.code == 0, run.said
    assert f"removes {', '.join(fragments)}" in run.said
    assert f"{tool.changelog}:" in run.said
    assert f"warning: {tool.changelog}" not in run.said
    changed = git("diff", "--name-status", before.head, "v2.1.0").splitlines()
    paths = [f"M\t{path}" for path in (tool.changelog, "pyproject.toml", "tiny/__init__.py")]
    assert sorted(changed) == sorted((*paths, *(f"D\t{path}" for path in fragments)))
    text = git("show", f"v2.1.0:{tool.changelog}")
    assert changelog.section(text, "2.1.0") == tool.section
    assert str(plan["released"]) in text
    assert text.endswith("## 2.0.0 (2026-01-02)\n\n- newts")
    assert git("status", "--porcelain") == ""
    assert not [path for path in fragments if (stage.repository.path / path).exists()]
    stage.repository.write(fragments[0], "### Added\n\n- Newts.\n" if name == "scriv" else "Newts.\n")
    stage.repository.commit("newts")
    run = stage.run("--version", "patch", "--yes", "--skip-tests", backend=backend)
    assert run.code == 0, run.said
    assert "Newts." in changelog.section(git("show", f"v2.1.1:{tool.changelog}"), "2.1.1")
    assert changelog.section(git("show", f"v2.1.1:{tool.changelog}"), "2.1.0") == tool.section


@pytest.mark.parametrize("name", TOOLS)
def test_the_first_section_makes_the_file(stage: Stage, name: str) -> None:
    """In a rehearsal, with the tool of the project's own environment; nothing of hers changes."""
    adopt(stage, name, old="")
    before = stage.fingerprint()
    run = stage.run("rehearse", "minor", "--verbose", CLEAN_BUILD_ARTIFACTS="false")
    assert run.code == 0, run.said
    assert stage.fingerprint().files == before.files
    assert "removes " in run.said


@pytest.mark.parametrize("name", TOOLS)
def test_no_fragments_make_no_section(stage: Stage, name: str) -> None:
    """Towncrier would write that there are no significant changes, and exit with 0."""
    for path in adopt(stage, name):
        stage.repository.git("rm", "--quiet", path)
    stage.repository.commit("collected by hand")
    plan = written(stage, "--version", "minor")
    assert (plan["changelog_changes"], plan["removed"]) == ([], [])
    told = stage.run("check", "minor", "--skip-tests").said
    assert f"{TOOLS[name].changelog} neither mentions 2.1.0 nor lists anything as unreleased" in told


@pytest.mark.parametrize("name", TOOLS)
def test_a_section_that_is_there_is_not_made_again(stage: Stage, name: str) -> None:
    """Towncrier would write a second one where its title has another date; the fragments are not lost."""
    fragments = adopt(stage, name, old=OLD.replace("2.0.0", "2.1.0"))
    before = stage.fingerprint()
    run = stage.run("--version", "minor", "--yes", "--skip-tests")
    assert (run.code, stage.fingerprint()) == (ExitCode.REFUSED, before)
    assert f"{TOOLS[name].changelog} has a section for 2.1.0, and " in run.said
    assert "has 2 fragments do: add to that section what is missing, and remove the fragments: " in run.said
    typed = run.said.partition("fragments: git rm ")[2].partition(";")[0].split()
    assert typed == [f":/{path}" for path in fragments]
    stage.repository.git("rm", "--quiet", *typed)
    stage.repository.commit("collected by hand")
    assert "Changelog: " not in stage.run("check", "minor", "--skip-tests", "--skip", "upstream").said


def test_a_fragment_that_is_not_committed_is_neither_used_nor_deleted(stage: Stage) -> None:
    """Towncrier uses what it finds and deletes it for good: the release is refused before."""
    adopt(stage, "towncrier")
    mine = stage.repository.write("news/9.feature.md", "Mine.\n")
    run = stage.run("--version", "minor", "--yes", "--skip-tests")
    assert run.code == ExitCode.REFUSED
    assert "1 file is neither committed nor ignored: news/9.feature.md" in run.said
    (stage.repository.path / ".git/info/exclude").write_text("news/9.feature.md\n")
    run = stage.run("--version", "minor", "--yes", "--skip-tests")
    assert run.code == 0, run.said
    assert mine.read_text() == "Mine.\n"
    assert "Mine" not in stage.repository.git("show", "v2.1.0:docs/news.md")


def test_a_fragment_of_an_unknown_kind_is_told_of(stage: Stage) -> None:
    """Towncrier leaves it where it is without a word."""
    stage.repository.write("news/3.foo.md", "Foo.\n")
    adopt(stage, "towncrier")
    told = stage.run("check", "minor", "--skip-tests").said
    assert "towncrier does not know what these are, and leaves them where they are: news/3.foo.md" in told


def test_a_tool_that_cannot_run_changes_nothing(stage: Stage, tmp_path: Path) -> None:
    """Not configured, not installed, or it fails: said before anything is made."""
    adopt(stage, "scriv")
    pyproject, git = stage.repository.path / "pyproject.toml", stage.repository.git
    bare = tmp_path / "bare/bin"
    bare.mkdir(parents=True)
    (bare / "python").write_text("#!/bin/sh\necho No module named scriv >&2\nexit 1\n")
    (bare / "python").chmod(0o755)
    run = stage.run("check", "minor", "--skip-tests", VIRTUAL_ENV=str(bare.parent), PATH="/usr/bin:/bin")
    assert run.code == ExitCode.USAGE, run.said
    assert f"scriv is not installed where the project is tested do: {bare}/python -m pip" in run.said
    pyproject.write_text(pyproject.read_text().replace('"scriv"', '"towncrier"'))
    git("commit", "--quiet", "--all", "--message", "another")
    run = stage.run("check", "minor", "--skip-tests")
    assert (run.code, "the project does not configure towncrier" in run.said) == (ExitCode.USAGE, True)
    table = TOOLS["towncrier"].table + 'template = "none.md"\n'
    pyproject.write_text(f"{pyproject.read_text()}\n{table}")
    stage.repository.write("news/1.feature.md", "Frogs.\n")
    stage.repository.commit("a template that is missing")
    run = stage.run("check", "minor", "--skip-tests")
    assert (run.code, "towncrier made no section of the fragments" in run.said) == (ExitCode.FAILED, True)
    assert "none.md" in run.said


def test_a_version_from_the_tag_gets_its_section_too(tmp_path: Path) -> None:
    """Then there is a release commit, the tag stands on it, and the files say the planned version."""
    with tagged.tiny_stage(tmp_path) as stage:
        fragments = adopt(stage, "towncrier")
        run = stage.run("--version", "minor", "--yes")
        assert run.code == 0, run.said
        git = stage.repository.git
        changed = git("diff", "--name-only", "HEAD^", "v2.1.0").split()
        assert sorted(changed) == sorted(("docs/news.md", *fragments))
        assert git("rev-parse", "main", "v2.1.0^{commit}").split() == [git("rev-parse", "HEAD")] * 2
        assert sorted(stage.published()) == ["tiny-2.1.0-py3-none-any.whl", "tiny-2.1.0.tar.gz"]


ALWAYS = (("towncrier", "after release commit on {base}"), ("scriv", "before tag {tag}"))


@pytest.mark.parametrize(
    "case", sampled([(name, point) for name in TOOLS for point in crashing.SIDES], ALWAYS), ids=" ".join
)
def test_a_release_that_dies_is_finished_with_the_same_section(tmp_path: Path, case: tuple[str, str]) -> None:
    """Killed at an effect: what goes on has the same lines, no fragment comes back, and none goes twice."""
    name, point = case
    with crashing.scene(tmp_path) as scene:
        fragments, git = adopt(scene.stage, name), scene.stage.repository.git
        words = (*crashing.RELEASE, "--skip-tests")
        number = crashing.SIDES.index(point)
        backends = ("asyncio", "trio", "asyncio")[number % 2 :]
        died = scene.crash(scene.named(point), *words, backend=backends[0], power=number % 3 == 0)
        assert died == KILLED, scene.points()
        if not scene.index.digests():
            assert all((scene.stage.repository.path / path).exists() for path in fragments)
        scene.go_on(backends[1])
        text = git("show", f"v{crashing.VERSION}:{TOOLS[name].changelog}")
        assert changelog.section(text, crashing.VERSION) == TOOLS[name].section
        assert text.count(f"{crashing.VERSION} ") == 1
        assert sorted(scene.index.digests()) == sorted(crashing.FILES)
        assert git("status", "--porcelain") == ""
        assert git("log", "--format=%s", "main").splitlines().count("release: v3.0.0") == 1
