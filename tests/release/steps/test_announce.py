"""The release page: drafted, filled and published once, and never the reason for an unfinished release."""

import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from release_async.base.errors import ConflictError, FailedError, TransientError
from release_async.base.problems import Level, NotJudged, Problem
from release_async.plan.effect import DONE, NOT_DONE, Probed, State
from release_async.plan.events import Note
from release_async.plan.route import ROUTES
from release_async.process import child_environments
from release_async.release import public_and_owed
from release_async.release.checks import release_page
from release_async.release.public_and_owed import Release, Seen
from release_async.release.steps import announce
from release_async.run.step_results import Confirmed
from support import announcing, github, releasing
from support.announcing import NAMES, RELEASE, RELEASES, SDIST, WHEEL, Scene
from support.github import Fault, GitHub
from support.repositories import Repository
from support.story import changed

pytestmark = pytest.mark.by_turns


@pytest.fixture
def scene(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Version 1.3.0, tagged and pushed, after 1.2.3."""
    with announcing.scene(tmp_path, getattr(request, "param", "gh")) as scene:
        yield scene


@pytest.mark.parametrize("scene", github.all_gh(), indirect=True)
async def test_the_page_is_made_once(scene: Scene) -> None:
    """Absent, drafted, filled, published: and made again never, also by who remembers nothing."""
    assert [(await effect.probe()).state for effect in await scene.effects()] == [State.NOT_DONE] * 4
    assert await scene.walk() == NAMES
    scene.assert_whole()
    scene.crash()
    assert await scene.walk() == []
    number = scene.page()["id"]
    files_of_it = f"{RELEASES}/{number}/assets"
    assert scene.hub.posted() == [RELEASES, files_of_it, files_of_it, f"{RELEASES}/{number}"]


async def test_only_what_is_published_is_public(scene: Scene) -> None:
    """A draft shows to those alone who may write, so a signal may end the making of one."""
    assert [effect.public for effect in await scene.effects()] == [False, False, False, True]
    await scene.walk(until=NAMES[3])
    assert scene.hub.published("v1.3.0") is None
    (draft,) = scene.hub.drafts("v1.3.0")
    assert list(scene.hub.files(draft)) == [WHEEL, SDIST]


async def test_an_immutable_release_is_whole(scene: Scene) -> None:
    """Nothing can be attached to it afterwards, so nothing is left to attach."""
    scene.hub.immutable = True
    await scene.walk()
    scene.assert_whole()
    assert scene.page()["immutable"] is True


@pytest.mark.parametrize("until", NAMES[1:])
async def test_a_draft_is_found_again(scene: Scene, until: str) -> None:
    """Who died on the way goes on with what there is; the mark in the text tells whose it is."""
    await scene.reach(until)
    scene.crash()
    assert await scene.walk() == NAMES[NAMES.index(until) :]
    scene.assert_whole()


@pytest.mark.parametrize("version", ["1.3.0rc1", "1.3.0.dev2"])
async def test_prereleases_are_marked(scene: Scene, version: str) -> None:
    """Both kinds that installers leave out unless they are asked for; also by the manual command."""
    scene.plan = changed(scene.plan, version=version)
    effect = await scene.effect(NAMES[3])
    assert effect.manual[0].endswith(" --prerelease")
    await scene.perform()
    assert scene.hub.drafts("v1.3.0")[0]["prerelease"] is True


@pytest.mark.parametrize("name", NAMES)
async def test_an_answer_that_was_lost_makes_nothing_twice(scene: Scene, name: str) -> None:
    """GitHub answers 502 and has done it all the same: reality decides."""
    await scene.reach(name)
    number = scene.hub.releases[0]["id"] if scene.hub.releases else 0
    method, path = {
        NAMES[0]: ("POST", RELEASES),
        NAMES[3]: ("PATCH", f"{RELEASES}/{number}"),
    }.get(name, ("POST", f"{RELEASES}/{number}/assets"))
    scene.hub.faults = {(method, path): [Fault(502, done=True)]}
    await scene.effects()
    with pytest.raises(TransientError, match="GitHub answered 502"):
        await scene.perform(name)
    scene.crash()
    assert await scene.probe(name) == DONE
    assert await scene.walk() == NAMES[NAMES.index(name) + 1 :]
    scene.assert_whole()


async def test_half_a_file_is_uploaded_again(scene: Scene) -> None:
    """What a broken upload has left holds the name, and is deleted by its number."""
    await scene.reach(NAMES[1])
    (draft,) = scene.hub.drafts("v1.3.0")
    scene.hub.faults = {("POST", f"{RELEASES}/{draft['id']}/assets"): [Fault(502, half=True)]}
    await scene.effects()
    with pytest.raises(TransientError):
        await scene.perform(NAMES[1])
    assert scene.hub.files(draft)[WHEEL].startswith("starter ")
    assert await scene.probe(NAMES[1]) == NOT_DONE
    await scene.perform(NAMES[1])
    assert await scene.probe(NAMES[1]) == DONE
    await scene.walk()
    scene.assert_whole()


async def test_other_bytes_under_our_name_are_replaced_in_our_draft_alone(scene: Scene) -> None:
    """Only a draft of ours: what is published stays as it is, whoever has made it."""
    await scene.reach(NAMES[1])
    scene.hub.attach(scene.hub.drafts("v1.3.0")[0], WHEEL, b"theirs")
    await scene.walk()
    scene.assert_whole()


async def test_a_draft_that_lost_a_file_is_not_published(scene: Scene) -> None:
    """It may be immutable a moment later."""
    await scene.reach(NAMES[3])
    (draft,) = scene.hub.drafts("v1.3.0")
    cast("list[object]", draft["assets"]).pop()
    assert await scene.probe(NAMES[3]) == NOT_DONE
    with pytest.raises(FailedError, match=f"has lost {SDIST}"):
        await scene.perform(NAMES[3])
    assert await scene.walk() == [NAMES[2], NAMES[3]]
    scene.assert_whole()


async def test_a_draft_that_was_deleted_under_way_is_told(scene: Scene) -> None:
    """Nothing is uploaded to nowhere; the next run makes another one."""
    await scene.reach(NAMES[2])
    scene.hub.releases.clear()
    assert await scene.probe(NAMES[2]) == NOT_DONE
    with pytest.raises(FailedError, match="is gone from person/demo"):
        await scene.perform(NAMES[2])
    assert await scene.walk() == NAMES


async def test_a_file_that_is_not_what_was_inspected_is_not_attached(scene: Scene) -> None:
    """The page shall hold what the index holds."""
    await scene.reach(NAMES[1])
    path = scene.made.files[0].path
    path.chmod(0o600)
    path.write_bytes(b"other")
    probed = await scene.probe(NAMES[1])
    assert probed.state is State.CONFLICT
    assert scene.made.files[0].sha256 in probed.cure


async def the_problem(scene: Scene) -> Problem:
    """The only one that the check of the page has."""
    found = await release_page.run(scene.plan, scene.context)
    assert not isinstance(found, NotJudged)
    (problem,) = found
    return problem


async def test_the_draft_of_somebody_else_is_left_as_it_is(scene: Scene) -> None:
    """Drafts may share a tag: ours is known by its mark, theirs is told of once, before and on the way."""
    theirs = scene.hub.release("v1.3.0", (WHEEL, b"theirs"), draft=True, body="my notes")
    before = repr(theirs)
    problem = await the_problem(scene)
    assert (problem.level, "has a draft of v1.3.0" in problem.what) == (Level.WARN, True)
    assert await scene.walk() == NAMES
    scene.crash()
    assert await scene.walk() == []
    assert repr(theirs) == before
    assert scene.hub.drafts("v1.3.0") == [theirs]
    assert list(scene.hub.files(scene.page())) == [WHEEL, SDIST]
    (told,) = scene.events
    assert isinstance(told, Note)
    assert (
        told.text == f"person/demo has another draft of v1.3.0, release {theirs['id']}: it is left as it is"
    )


async def test_a_published_page_with_our_files_is_ours(scene: Scene) -> None:
    """Made by hand, or by a run that nobody remembers: the tag is ours and the bytes are."""
    await scene.effects()
    made = [(each.name, each.path.read_bytes()) for each in scene.made.files]
    scene.hub.release("v1.3.0", *made, body="theirs")
    assert await scene.walk() == []
    assert scene.page()["body"] == "theirs"


async def test_a_published_page_with_other_files_is_a_conflict(scene: Scene) -> None:
    """It is left as it is, and nothing is made beside it."""
    await scene.effects()
    scene.hub.release("v1.3.0", (WHEEL, b"theirs"))
    for effect in await scene.effects():
        probed = await effect.probe()
        assert probed.state is State.CONFLICT
        assert "has a published release of v1.3.0 without our" in probed.why
        assert "who has attached other bytes" in probed.cure
    assert scene.hub.posted() == []


async def test_a_published_page_without_files_can_be_completed_by_hand(scene: Scene) -> None:
    """Many projects have GitHub make the release as soon as the tag comes; the cure works when pasted."""
    await scene.effects()
    scene.hub.release("v1.3.0")
    probed = await scene.probe()
    assert probed.state is State.CONFLICT
    assert "--skip release-page" in probed.cure
    commands = probed.cure.removeprefix("attach them: ").split("; ")[:2]
    assert all(command.startswith("gh api ") for command in commands)
    for command in commands:
        _typed(scene, command)
    assert await scene.walk() == []
    scene.assert_whole()


async def test_an_immutable_page_of_somebody_else_is_told_as_such(scene: Scene) -> None:
    """Nothing that a person types changes it."""
    await scene.effects()
    scene.hub.release("v1.3.0", immutable=True)
    probed = await scene.probe()
    assert (probed.state, "it is immutable" in probed.cure) == (State.CONFLICT, True)


async def test_a_page_that_comes_first_is_not_published_beside(scene: Scene) -> None:
    """While we filled ours, somebody published theirs."""
    await scene.reach(NAMES[3])
    scene.hub.release("v1.3.0")
    probed = await scene.probe(NAMES[3])
    assert probed.state is State.CONFLICT


async def test_a_tag_that_is_burned_ends_the_step_with_its_reason(scene: Scene) -> None:
    """An immutable release of it was deleted: no question shows that, only the attempt."""
    scene.hub.burned.add("v1.3.0")
    with pytest.raises(ConflictError, match=r"person/demo had an immutable release of v1\.3\.0"):
        await scene.walk()
    assert scene.hub.published("v1.3.0") is None


@pytest.mark.parametrize("fault", [Fault(502), Fault(500), Fault(401), Fault(403, "no")])
async def test_a_probe_that_got_no_answer_knows_nothing(scene: Scene, fault: Fault) -> None:
    """Only 404 means absent."""
    await scene.effects()
    scene.hub.faults = {("GET", RELEASE): [fault]}
    probed = await scene.probe()
    assert probed.state is State.UNKNOWN
    assert str(fault.status) in probed.why
    assert probed.cure
    assert await scene.probe() == NOT_DONE


async def test_a_limit_is_handed_on_with_its_end(scene: Scene) -> None:
    """Until then nothing is known, and GitHub is left alone."""
    await scene.effects()
    scene.hub.faults = {
        ("POST", RELEASES): [Fault(403, "secondary rate limit", headers={"Retry-After": "9"})]
    }
    with pytest.raises(TransientError, match="secondary rate limit") as caught:
        await scene.perform()
    assert caught.value.wait == 9.0
    asked = len(scene.hub.requests)
    assert (await scene.probe()).state is State.UNKNOWN
    assert len(scene.hub.requests) == asked
    assert scene.hub.releases == []


async def test_without_the_tag_on_github_no_page_is_made(scene: Scene) -> None:
    """GitHub would make the tag by itself, of whatever its default branch is at."""
    await scene.effects()
    Repository(scene.hub.repository).git("tag", "--delete", "v1.3.0")
    probed = await scene.probe()
    assert (probed.state, probed.why) == (State.UNKNOWN, "person/demo does not show the tag v1.3.0")


async def test_another_tag_under_our_name_is_a_conflict(scene: Scene) -> None:
    """A page of a tag that is not ours would vouch for somebody else's code."""
    await scene.effects()
    Repository(scene.hub.repository).git("tag", "--force", "v1.3.0", "v1.2.3^{commit}")
    probed: Probed = await scene.probe()
    assert probed.state is State.CONFLICT
    assert "is not ours" in probed.why
    assert probed.cure


@pytest.mark.parametrize("scene", github.all_gh(), indirect=True)
@pytest.mark.parametrize("done", range(len(NAMES)))
async def test_what_is_owed_can_be_typed(scene: Scene, done: int) -> None:
    """Wherever the step ends, the printed commands bring the page to its end, line by line."""
    await scene.reach(NAMES[done])
    if done in {1, 2}:  # where an upload broke off
        scene.hub.attach(
            scene.hub.drafts("v1.3.0")[0], NAMES[done].removeprefix("attach "), b"half", whole=False
        )
        await scene.probe(NAMES[done])
    owed = public_and_owed.of(_release(scene), Seen(done=_all_but(scene, NAMES[done:]), public=()))
    assert owed.owed == tuple(NAMES[done:])
    for line in owed.manual:
        _typed(scene, line)
    scene.assert_whole()
    assert await scene.walk() == []


def _release(scene: Scene) -> Release:
    return Release(scene.plan, scene.context, scene.made)


def _all_but(scene: Scene, names: list[str]) -> set[str]:
    every = {effect.name for effect in public_and_owed.effects(_release(scene))}
    return every - set(names)


def _typed(scene: Scene, line: str) -> None:
    done = subprocess.run(
        shlex.split(line), env=scene.hub.environ(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stderr}"


@pytest.mark.parametrize("keep", [False, True])
async def test_who_cannot_make_a_page_is_warned_before_and_told_the_command_after(
    scene: Scene,
    keep: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """The step is skipped by what the check found out, with all there is to type, and the files that stay."""
    scene.plan = changed(scene.plan, keep_artifacts=keep)
    scene.context.forge.env = child_environments.for_forge(scene.hub.environ(login=False))
    problem = await the_problem(scene)
    assert problem.level is Level.WARN
    assert problem.what == ("the release will have no page on person/demo: gh is not logged in to github.com")
    assert problem.cure == "gh auth login --hostname github.com"
    assert announce.effects(scene.plan, scene.context, scene.made) == ()
    dist = scene.context.project / "dist"
    names = f"{dist / WHEEL} {dist / SDIST} " if keep else ""
    command = (
        f"gh release create v1.3.0 {names}--verify-tag --repo github.com/person/demo "
        "--title 'Release 1.3.0' --generate-notes"
    )
    assert announce.skipped(scene.plan, scene.context, scene.made) == (
        f"gh is not logged in to github.com: gh auth login --hostname github.com, then: {command}"
    )
    if keep:
        dist.mkdir()
        for artifact in scene.made.files:
            (dist / artifact.name).write_bytes(artifact.path.read_bytes())
        _typed(scene, command)
        scene.assert_whole()


async def test_a_page_that_was_promised_is_owed_whatever_stands_in_the_way(scene: Scene) -> None:
    """A login that is lost after the point of no return, or a GitHub that is down, drops nothing."""
    scene.made = scene.made.having(Confirmed(page=True))
    scene.context.forge.env = child_environments.for_forge(scene.hub.environ(login=False))
    await release_page.run(scene.plan, scene.context)
    (effect,) = await scene.effects()
    assert (effect.name, effect.public) == (NAMES[3], True)
    probed = await effect.probe()
    assert (probed.state, probed.why) == (State.UNKNOWN, "gh is not logged in to github.com")
    assert probed.cure == "gh auth login --hostname github.com"
    (line,) = effect.manual
    _typed(scene, line)
    scene.assert_whole()


async def test_a_page_that_was_left_out_does_not_appear_later(scene: Scene) -> None:
    """Who said --skip release-page, and goes on with the release, has said so once for all."""
    await scene.effects()
    scene.context.workspace.journal.begin(scene.plan, scene.made, 0.0)
    assert announce.skipped(scene.plan, scene.context, scene.made).startswith(
        "it was left out when the release was decided: gh release create v1.3.0 "
    )


async def test_two_drafts_of_ours_are_one_page(scene: Scene) -> None:
    """A request that was carried out twice: the older one is filled, the other left and told of."""
    await scene.reach(NAMES[1])
    (first,) = scene.hub.drafts("v1.3.0")
    second = scene.hub.release("v1.3.0", draft=True, body=first["body"])
    scene.crash()
    assert await scene.walk() == NAMES[1:]
    assert scene.page() == first
    assert scene.hub.drafts("v1.3.0") == [second]
    assert len(scene.events) == 1


async def test_a_remote_elsewhere_is_no_reason_to_warn(scene: Scene) -> None:
    """Who lives on another forge is not told at every release to install gh."""
    scene.context.forge.push_url = "/srv/git/demo.git"
    assert await release_page.run(scene.plan, scene.context) == NotJudged("the remote is not on github.com")
    assert announce.skipped(scene.plan, scene.context, scene.made) == "the remote is not on github.com"


def test_a_check_that_was_skipped_skips_the_page(scene: Scene) -> None:
    """What nobody has looked at is not tried when everything else is public."""
    assert announce.skipped(scene.plan, scene.context, scene.made) == "the check release-page did not run"
    assert announce.effects(scene.plan, scene.context, scene.made) == ()


async def test_a_release_without_a_tag_has_no_page(scene: Scene) -> None:
    """Nothing is asked either."""
    for plan, why in (
        (changed(scene.plan, tag=None), "AUTO_GIT_TAG is false"),
        (changed(scene.plan, tag=None, route=ROUTES["test"]), "AUTO_GIT_TAG is false"),
    ):
        assert await release_page.run(plan, scene.context) == NotJudged("no tag is made")
        assert announce.skipped(plan, scene.context, scene.made) == why
    assert scene.hub.requests == []


@pytest.fixture
def fork(tmp_path: Path) -> Iterator[tuple[releasing.Stage, GitHub]]:
    """A project whose origin is on GitHub, reached by ssh, and a fork of an upstream there."""
    with releasing.tiny(tmp_path / "stage") as stage, github.serving(stage.remote.path) as hub:
        stage.environ |= hub.leads()
        stage.repository.git("remote", "set-url", "origin", github.URL)
        stage.repository.git("remote", "add", "upstream", "git@github.com:parent/demo.git")
        yield stage, hub


def test_a_whole_release_of_a_fork_ends_with_its_own_page(
    fork: tuple[releasing.Stage, GitHub], anyio_backend: str
) -> None:
    """The push URL of the configured remote decides, not gh's guess, which prefers the parent."""
    stage, hub = fork
    done = stage.run("--version", "patch", "--yes", backend=anyio_backend)
    assert done.code == 0, done.said
    made = hub.published("v2.0.1")
    assert made
    assert made["name"] == "Release 2.0.1"
    built = {f"uploaded {digest}" for digest in stage.published().values()}
    assert set(hub.files(made).values()) == built
    assert len(built) == 2
    assert "GitHub release v2.0.1 in person/demo, permanently" in done.said
    assert hub.tag_object("v2.0.1") == stage.repository.git("rev-parse", "v2.0.1")
    assert not [path for _, path in hub.requests if "parent" in path]


def test_a_release_without_login_is_finished_all_the_same(
    fork: tuple[releasing.Stage, GitHub], anyio_backend: str
) -> None:
    """The page is left out and said to be, and the release is done."""
    stage, hub = fork
    done = stage.run("--version", "patch", "--yes", backend=anyio_backend, GH_TOKEN="")
    assert done.code == 0, done.said
    assert "gh auth login --hostname github.com, then: gh release create v2.0.1" in done.said
    assert hub.tag_object("v2.0.1")
    assert hub.requests == []
