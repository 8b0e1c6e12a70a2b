"""Every gh that is found, against a GitHub on a socket: drafts, attached files, what cannot be taken back."""

import json
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.base import files
from release_async.base.errors import CommandError, ConflictError, TransientError
from release_async.base.files import Artifact
from release_async.external.github import releases
from release_async.external.github.gh_api import Forge, ForgeConnection, Repository
from release_async.external.github.releases import ReleasePage
from release_async.process import child_environments
from support import github
from support.github import Fault, GitHub
from support.repositories import Repository as Checkout

TOP = f"/repos/{github.NAME}"
REPOSITORY = Repository("person", "demo")
PAGE = ReleasePage(tag="v1.3.0", title="Release 1.3.0: it's out", prerelease=False, notes="- frogs 🐸\n")


@pytest.fixture(params=github.all_gh())
def hub(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[GitHub]:
    """A GitHub whose repository has one commit and the tag v1.3.0, reached by one gh."""
    gh = github.named(request.param)
    checkout = Checkout.init(tmp_path / "checkout").with_remote(tmp_path / "bare.git")
    checkout.commit("begin")
    checkout.git("tag", "--annotate", "--message=Release 1.3.0", "v1.3.0")
    checkout.git("push", "--quiet", "origin", "HEAD:main", "v1.3.0")
    with github.serving(tmp_path / "bare.git", gh) as served:
        yield served


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    """A built file; there is a blank and a letter beyond ASCII on its way."""
    path = tmp_path / "built ü" / "demo-1.3.0-py3-none-any.whl"
    path.parent.mkdir()
    path.write_bytes(bytes(range(256)) * 400)
    return files.pin(path)


async def entered(hub: GitHub) -> Forge:
    """The forge behind the door, which has to be open."""
    found = await ForgeConnection(
        f"git@github.com:{github.NAME}.git", child_environments.for_forge(hub.environ()), 30.0
    ).check_access()
    assert isinstance(found, Forge)
    return found


def typed(hub: GitHub, line: str) -> subprocess.CompletedProcess[str]:
    """What becomes of a line that a person types."""
    return subprocess.run(shlex.split(line), env=hub.environ(), capture_output=True, text=True, check=False)


async def test_a_draft_is_filled_and_published(hub: GitHub, artifact: Artifact) -> None:
    """It shows to nobody before; it holds all that it was given, and GitHub knows the latest by version."""
    forge = await entered(hub)
    draft = await releases.draft(forge, PAGE)
    assert (draft.draft, draft.tag, draft.body) == (True, "v1.3.0", PAGE.notes)
    assert await releases.published(forge, "v1.3.0") is None
    assert await releases.listed(forge, "v1.3.0") == (draft,)
    await releases.attach(forge, draft.id, artifact)
    filled = await releases.by_id(forge, draft.id)
    assert filled
    assert filled.missing([artifact]) == ()
    await releases.publish(forge, draft.id, PAGE)
    assert await releases.published(forge, "v1.3.0") == filled._replace(draft=False)
    made = hub.published("v1.3.0")
    assert made
    shown = {name: made[name] for name in ("name", "body", "prerelease", "make_latest")}
    assert shown == {"name": PAGE.title, "body": PAGE.notes, "prerelease": False, "make_latest": "legacy"}
    assert hub.files(made) == {artifact.name: f"uploaded {artifact.sha256}"}


async def test_a_prerelease_is_marked(hub: GitHub) -> None:
    """Who looks for the latest release is not sent to a candidate."""
    forge = await entered(hub)
    page = PAGE._replace(prerelease=True)
    await releases.publish(forge, (await releases.draft(forge, page)).id, page)
    made = hub.published("v1.3.0")
    assert made
    assert made["prerelease"] is True
    assert "make_latest" not in made


async def test_notes_as_long_as_github_takes_are_sent(hub: GitHub) -> None:
    """They are more bytes than one argument of a program can hold; one character more is refused."""
    forge, longest = await entered(hub), "🐸" * releases.MAX_NOTES_LENGTH
    assert (await releases.draft(forge, PAGE._replace(notes=longest))).body == longest
    with pytest.raises(CommandError, match="422 Validation Failed") as caught:
        await releases.draft(forge, PAGE._replace(notes=longest + "."))
    assert "too long" in caught.value.detail


async def test_every_page_of_releases_is_read(hub: GitHub) -> None:
    """A draft of ours can be older than hundreds of nightly releases."""
    ours = hub.release("v1.3.0", draft=True, body="ours")
    for number in range(205):
        hub.release(f"nightly-{number}")
    forge = await entered(hub)
    assert [each.id for each in await releases.listed(forge, "v1.3.0")] == [ours["id"]]
    assert hub.requests.count(("GET", f"{TOP}/releases")) == 3


async def test_only_404_means_absent(hub: GitHub) -> None:
    """An answer that is none is no reason to make a second page."""
    forge = await entered(hub)
    tag, one, every = (f"{TOP}/releases{rest}" for rest in ("/tags/v9", "/9", ""))
    hub.faults = {("GET", path): [Fault(502)] for path in (tag, one, every)}
    for ask in (releases.published(forge, "v9"), releases.by_id(forge, 9), releases.listed(forge, "v9")):
        with pytest.raises(TransientError, match="502"):
            await ask
    assert await releases.published(forge, "v9") is None
    assert await releases.by_id(forge, 9) is None
    assert await releases.listed(forge, "v9") == ()


async def test_a_tag_with_a_slash_has_a_release(hub: GitHub) -> None:
    """Tags like ``demo/v1.3.0`` are one tag in an address."""
    hub.release("demo/v1.3.0")
    found = await releases.published(await entered(hub), "demo/v1.3.0")
    assert found
    assert found.tag == "demo/v1.3.0"


async def test_a_broken_upload_is_no_file_and_can_be_deleted(hub: GitHub, artifact: Artifact) -> None:
    """GitHub keeps a part under the name, and takes no second one beside it."""
    forge = await entered(hub)
    draft = await releases.draft(forge, PAGE)
    hub.faults = {("POST", f"{TOP}/releases/{draft.id}/assets"): [Fault(502, half=True)]}
    with pytest.raises(TransientError, match="502"):
        await releases.attach(forge, draft.id, artifact)
    broken = await releases.by_id(forge, draft.id)
    assert broken
    assert broken.missing([artifact]) == (artifact.name,)
    with pytest.raises(CommandError, match="422") as caught:
        await releases.attach(forge, draft.id, artifact)
    assert "already_exists" in caught.value.detail
    for _ in range(2):
        await releases.detach(forge, broken.assets[0])
    await releases.attach(forge, draft.id, artifact)
    mended = await releases.by_id(forge, draft.id)
    assert mended
    assert mended.missing([artifact]) == ()


async def test_other_bytes_of_the_same_length_are_another_file(hub: GitHub, artifact: Artifact) -> None:
    """The digest decides; only where GitHub states none the size does."""
    forge = await entered(hub)
    content = artifact.path.read_bytes()
    for digests, other, same in ((True, content[::-1], False), (False, content[::-1], True)):
        hub.digests = digests
        made = hub.release("v1.3.0", (artifact.name, other), draft=True)
        found = await releases.by_id(forge, int(str(made["id"])))
        assert found
        assert (found.missing([artifact]) == ()) is same


async def test_a_name_that_github_spells_otherwise_is_known_by_its_label(hub: GitHub, tmp_path: Path) -> None:
    """The exclamation mark of an epoch is a full stop in the name of a file there."""
    path = tmp_path / "demo-1!2.0.tar.gz"
    path.write_bytes(b"sdist")
    forge, epoch = await entered(hub), files.pin(path)
    draft = await releases.draft(forge, PAGE)
    await releases.attach(forge, draft.id, epoch)
    assert list(hub.files(hub.releases[0])) == ["demo-1.2.0.tar.gz"]
    found = await releases.by_id(forge, draft.id)
    assert found
    assert found.missing([epoch]) == ()


async def test_a_tag_that_is_burned_is_told_as_such(hub: GitHub) -> None:
    """GitHub's own words name a field that nobody has filled in; and to try again is in vain."""
    hub.burned.add("v1.3.0")
    forge = await entered(hub)
    draft = await releases.draft(forge, PAGE)
    with pytest.raises(ConflictError, match="which was deleted") as caught:
        await releases.publish(forge, draft.id, PAGE)
    assert "gets no GitHub release" in caught.value.cure


async def test_an_immutable_release_takes_nothing_more(hub: GitHub, artifact: Artifact) -> None:
    """So all is attached before."""
    hub.immutable = True
    forge = await entered(hub)
    draft = await releases.draft(forge, PAGE)
    await releases.publish(forge, draft.id, PAGE)
    found = await releases.published(forge, "v1.3.0")
    assert found
    assert found.immutable
    with pytest.raises(CommandError, match="immutable"):
        await releases.attach(forge, draft.id, artifact)


@pytest.mark.parametrize("prerelease", [False, True])
def test_the_whole_page_can_be_typed(hub: GitHub, artifact: Artifact, prerelease: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """What is printed for the day when the tool is lost works as it stands, with every gh."""
    line = releases.create_command(REPOSITORY, PAGE._replace(prerelease=prerelease), [artifact.path])
    done = typed(hub, line)
    assert done.returncode == 0, f"{done.stderr}\n{json.dumps(hub.requests)}"
    (made,) = hub.releases
    assert (made["name"], made["draft"]) == (PAGE.title, False)
    assert made.get("prerelease", False) is prerelease
    assert hub.files(made) == {artifact.name: f"uploaded {artifact.sha256}"}


async def test_every_part_of_it_can_be_typed(hub: GitHub, artifact: Artifact) -> None:
    """From a draft with a broken file on: delete that, attach it, publish."""
    made = hub.release("v1.3.0", (artifact.name, b"broken"), draft=True)
    forge, number = await entered(hub), int(str(made["id"]))
    draft = await releases.by_id(forge, number)
    assert draft
    for line in (
        releases.detach_command(REPOSITORY, draft.assets[0]),
        releases.attach_command(REPOSITORY, number, artifact.path),
        releases.publish_command(REPOSITORY, number, PAGE),
    ):
        done = typed(hub, line)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
    assert (made["draft"], made["make_latest"], made["prerelease"]) == (False, "legacy", False)
    assert hub.files(made) == {artifact.name: f"uploaded {artifact.sha256}"}


def test_what_is_typed_makes_no_tag(hub: GitHub) -> None:
    """Typed before the push it is refused: GitHub would tag whatever its default branch is at."""
    done = typed(hub, releases.create_command(REPOSITORY, PAGE._replace(tag="v9")))
    assert done.returncode != 0
    assert "v9" in done.stderr
    assert hub.releases == []
    assert hub.tag_object("v9") == ""
