"""The release page: made once, of the tag that was pushed, and never the reason for an unfinished release."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import pytest

from release_async import settings
from release_async.checks import release_page
from release_async.effect import DONE, NOT_DONE, Effect, Probed, State
from release_async.errors import CommandError
from release_async.journal import Journal
from release_async.plan import Plan, Target
from release_async.problems import Level
from release_async.steps import announce
from release_async.tools import environment, repository_url
from release_async.tools.forge import Door
from release_async.tools.git import Git
from release_async.tools.index import Index
from release_async.tools.logbook import Logbook
from release_async.versions.site import Distribution
from release_async.workshop import Workshop
from release_async.world import World
from support import github, releasing, story
from support.github import Fault, GitHub
from support.repositories import Repository

URL = f"git@github.com:{github.NAME}.git"
TOP = f"https://github.com/{github.NAME}"
RELEASE = f"/repos/{github.NAME}/releases/tags/v1.3.0"
CHANGELOG = "# Changelog\n\n## [1.3.0] - 2026-01-02\n\n- frogs 🐸\n\n## [1.2.3] - 2025-01-02\n\n- newts\n"


@dataclass
class Scene:
    """A release whose tag is pushed, and the GitHub that it was pushed to."""

    hub: GitHub
    checkout: Repository
    plan: Plan
    world: World

    async def effect(self) -> Effect:
        """The step's one effect, after the check has looked."""
        assert await release_page.run(self.plan, self.world) == ()
        assert announce.skipped(self.plan, self.world) == ""
        (effect,) = announce.effects(self.plan, self.world)
        return effect

    async def body(self) -> str:
        """What the page says, once it is made."""
        await (await self.effect()).perform()
        return str(self.hub.releases[str(self.plan.tag)]["body"])


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Version 1.3.0, tagged and pushed, after 1.2.3."""
    checkout = Repository.init(tmp_path / "checkout").with_remote(tmp_path / "bare.git")
    checkout.write("CHANGELOG.md", CHANGELOG)
    base = checkout.commit("begin")
    checkout.git("tag", "--annotate", "--message=Release 1.2.3", "v1.2.3")
    commit = checkout.commit("release: v1.3.0")
    checkout.git("tag", "--annotate", "--message=Release 1.3.0", "v1.3.0")
    checkout.git("push", "--quiet", "origin", "HEAD:main", "v1.2.3", "v1.3.0")
    target = Target(name="PyPI", repository_url=repository_url.addresses().pypi, token_setting="")
    plan = replace(story.PLAN, base=base, changelog="CHANGELOG.md", target=target, title="Release 1.3.0")
    with github.serving(tmp_path / "bare.git") as hub:
        world = _world(checkout, hub)
        world.workshop.made.commit = commit
        world.workshop.made.tag = checkout.git("rev-parse", "v1.3.0")
        yield Scene(hub, checkout, plan, world)


def _world(checkout: Repository, hub: GitHub) -> World:
    """The world as far as this step sees it: it builds nothing, uploads nothing, asks no index."""
    environ = hub.environ()
    git = Git(checkout.path, environment.for_git(environ))
    workshop = Workshop(
        directory=hub.home,
        refs="refs/release-async/run",
        tree=hub.home,
        git=git,
        journal=Journal(hub.home),
    )
    return World(
        project=checkout.path,
        settings=settings.load(settings.Sources()),
        distribution=Distribution(name="demo", root="", sites=()),
        git=git,
        index=cast("Index", None),
        forge=Door(URL, environment.for_forge(environ), 30.0),
        workshop=workshop,
        test_env={},
        logs=Logbook(hub.home / "logs"),
        emit=lambda _: None,
    )


async def test_the_page_is_made_once(scene: Scene) -> None:
    """Absent, made, there: and made again never."""
    effect = await scene.effect()
    assert await effect.probe() == NOT_DONE
    await effect.perform()
    assert await effect.probe() == DONE
    assert len(scene.hub.posted()) == 1


async def test_the_page_says_what_changed_how_to_install_it_and_where_to_read_on(scene: Scene) -> None:
    """This version's section, the installation line, the changelog at the tag, the comparison."""
    assert await scene.body() == (
        "- frogs 🐸\n\n"
        "## Installation\n\n```sh\npip install demo==1.3.0\n```\n\n"
        f"[Changelog]({TOP}/blob/v1.3.0/CHANGELOG.md) · "
        f"[Everything since v1.2.3]({TOP}/compare/v1.2.3...v1.3.0)\n"
    )
    assert scene.hub.releases["v1.3.0"]["name"] == "Release 1.3.0"
    assert scene.hub.releases["v1.3.0"]["prerelease"] is False


async def test_what_acts_on_a_terminal_does_not_come_onto_the_page(scene: Scene) -> None:
    """Markup is GitHub's to judge; escapes are for whoever reads the page with gh."""
    scene.checkout.write(
        "CHANGELOG.md", CHANGELOG.replace("frogs", "\x1b]0;owned\x07<b>\x1b[31mfrogs</b>\u202e")
    )
    scene.world.workshop.made.commit = scene.checkout.commit("escapes")
    assert (await scene.body()).startswith("- <b>frogs</b> 🐸\n")


async def test_a_previous_tag_that_was_never_pushed_is_not_compared_with(scene: Scene) -> None:
    """A link that leads nowhere is worse than none; and the tag itself is not its own predecessor."""
    Repository(scene.hub.repository).git("tag", "--delete", "v1.2.3")
    scene.plan = replace(scene.plan, base=scene.world.workshop.made.commit)
    assert "compare" not in await scene.body()


async def test_a_project_without_changelog_and_tags_gets_a_page_too(scene: Scene) -> None:
    """The history up to the tag is all that there is to read."""
    scene.checkout.git("tag", "--delete", "v1.2.3")
    scene.plan = replace(scene.plan, changelog="")
    body = await scene.body()
    assert body.startswith("## Installation\n")
    assert body.endswith(f"[All changes]({TOP}/commits/v1.3.0)\n")


async def test_the_installation_line_names_an_index_that_is_not_pypi(scene: Scene) -> None:
    """On PyPI the name may be somebody else's."""
    private = Target(name="x", repository_url="https://index.example.com/", token_setting="")
    scene.plan = replace(scene.plan, target=private)
    assert "\npip install --index-url https://index.example.com/simple/ demo==1.3.0\n" in await scene.body()


@pytest.mark.parametrize("version", ["1.3.0rc1", "1.3.0.dev2"])
async def test_prereleases_are_marked(scene: Scene, version: str) -> None:
    """Both kinds that installers leave out unless they are asked for; also by the manual command."""
    scene.plan = replace(scene.plan, version=version)
    effect = await scene.effect()
    await effect.perform()
    assert scene.hub.releases["v1.3.0"]["prerelease"] is True
    assert effect.manual[0].endswith(" --prerelease")


async def test_a_changelog_without_end_is_cut_to_what_github_takes(scene: Scene) -> None:
    """The page is made, and what comes behind the changes is whole."""
    scene.checkout.write("CHANGELOG.md", "## 1.3.0\n\n" + "- frogs 🐸\n" * 20_000)
    scene.world.workshop.made.commit = scene.checkout.commit("more")
    body = await scene.body()
    assert announce.LONGEST_NOTES - 100 < len(body) <= announce.LONGEST_NOTES
    assert "pip install demo==1.3.0" in body


async def test_an_answer_that_was_lost_makes_no_second_page(scene: Scene) -> None:
    """GitHub answers 502 and has made the release all the same: reality decides."""
    effect = await scene.effect()
    scene.hub.faults = {("POST", f"/repos/{github.NAME}/releases"): [Fault(502, done=True)]}
    with pytest.raises(CommandError, match="GitHub answered 502"):
        await effect.perform()
    assert await effect.probe() == DONE
    assert len(scene.hub.posted()) == 1


async def test_a_page_that_somebody_else_has_made_is_left_as_it_is(scene: Scene) -> None:
    """Many projects have GitHub make the release as soon as the tag comes."""
    effect = await scene.effect()
    scene.hub.releases["v1.3.0"] = {"tag_name": "v1.3.0", "body": "theirs"}
    assert await effect.probe() == DONE


@pytest.mark.parametrize("fault", [Fault(502), Fault(403, "secondary rate limit"), Fault(500), Fault(401)])
async def test_a_probe_that_got_no_answer_knows_nothing(scene: Scene, fault: Fault) -> None:
    """Only 404 means absent."""
    effect = await scene.effect()
    scene.hub.faults = {("GET", RELEASE): [fault]}
    probed = await effect.probe()
    assert probed.state is State.UNKNOWN
    assert str(fault.status) in probed.why
    assert probed.cure
    assert await effect.probe() == NOT_DONE


async def test_without_the_tag_on_github_no_page_is_made(scene: Scene) -> None:
    """GitHub would make the tag by itself, of whatever its default branch is at."""
    effect = await scene.effect()
    Repository(scene.hub.repository).git("tag", "--delete", "v1.3.0")
    probed = await effect.probe()
    assert (probed.state, probed.why) == (State.UNKNOWN, "person/demo does not show the tag v1.3.0")


async def test_another_tag_under_our_name_is_a_conflict(scene: Scene) -> None:
    """A page of a tag that is not ours would vouch for somebody else's code."""
    effect = await scene.effect()
    Repository(scene.hub.repository).git("tag", "--force", "v1.3.0", "v1.2.3^{commit}")
    probed: Probed = await effect.probe()
    assert probed.state is State.CONFLICT
    assert "is not ours" in probed.why
    assert probed.cure


async def test_who_cannot_make_a_page_is_warned_before_and_told_the_command_after(scene: Scene) -> None:
    """The step is skipped by what the check found out, with all there is to type."""
    scene.world.forge.env = environment.for_forge(scene.hub.environ(login=False))
    (problem,) = await release_page.run(scene.plan, scene.world)
    assert problem.level is Level.WARN
    assert problem.what == ("the release will have no page on person/demo: gh is not logged in to github.com")
    assert problem.cure == "gh auth login --hostname github.com"
    assert announce.effects(scene.plan, scene.world) == ()
    assert announce.skipped(scene.plan, scene.world) == (
        "gh is not logged in to github.com: gh auth login --hostname github.com, then: "
        "gh release create v1.3.0 --verify-tag --repo github.com/person/demo "
        "--title 'Release 1.3.0' --generate-notes"
    )


async def test_a_remote_elsewhere_is_no_reason_to_warn(scene: Scene) -> None:
    """Who lives on another forge is not told at every release to install gh."""
    scene.world.forge.push_url = "/srv/git/demo.git"
    assert await release_page.run(scene.plan, scene.world) == ()
    assert announce.skipped(scene.plan, scene.world) == "the remote is not on github.com"


def test_a_check_that_was_skipped_skips_the_page(scene: Scene) -> None:
    """What nobody has looked at is not tried when everything else is public."""
    assert announce.skipped(scene.plan, scene.world) == "the check release-page did not run"
    assert announce.effects(scene.plan, scene.world) == ()


async def test_a_release_without_a_tag_has_no_page(scene: Scene) -> None:
    """Nothing is asked either."""
    for plan, why in (
        (replace(scene.plan, tag=None), "AUTO_GIT_TAG is false"),
        (replace(scene.plan, tag=None, upload_only=True), "only uploads, with --test"),
    ):
        assert await release_page.run(plan, scene.world) == ()
        assert announce.skipped(plan, scene.world) == why
    assert scene.hub.requests == []


@pytest.fixture
def fork(tmp_path: Path) -> Iterator[tuple[releasing.Stage, GitHub]]:
    """A project whose origin is on GitHub, reached by ssh, and a fork of an upstream there."""
    with releasing.tiny(tmp_path / "stage") as stage, github.serving(stage.remote.path) as hub:
        ssh = hub.home / "ssh"
        ssh.write_text(f'#!/bin/sh\nfor word; do :; done\nexec ${{word%% *}} "{stage.remote.path}"\n')
        ssh.chmod(0o755)
        stage.environ |= {"GIT_SSH_COMMAND": str(ssh), "GIT_SSH_VARIANT": "ssh"}
        stage.repository.git("remote", "set-url", "origin", URL)
        stage.repository.git("remote", "add", "upstream", "git@github.com:parent/demo.git")
        yield stage, hub


def test_a_whole_release_of_a_fork_ends_with_its_own_page(
    fork: tuple[releasing.Stage, GitHub], anyio_backend: str
) -> None:
    """The push URL of the configured remote decides, not gh's guess, which prefers the parent."""
    stage, hub = fork
    done = stage.run("--version", "patch", "--yes", backend=anyio_backend, GH_TOKEN=hub.token, **_where(hub))
    assert done.code == 0, done.said
    assert hub.releases["v2.0.1"]["name"] == "Release 2.0.1"
    assert hub.tag_object("v2.0.1") == stage.repository.git("rev-parse", "v2.0.1")
    assert not [path for _, path in hub.requests if "parent" in path]


def test_a_release_without_login_is_finished_all_the_same(
    fork: tuple[releasing.Stage, GitHub], anyio_backend: str
) -> None:
    """The page is left out and said to be, and the release is done."""
    stage, hub = fork
    done = stage.run("--version", "patch", "--yes", backend=anyio_backend, **_where(hub))
    assert done.code == 0, done.said
    assert "gh auth login --hostname github.com, then: gh release create v2.0.1" in done.said
    assert hub.tag_object("v2.0.1")
    assert hub.requests == []


def _where(hub: GitHub) -> dict[str, str]:
    return {"GH_CONFIG_DIR": str(hub.home)}
