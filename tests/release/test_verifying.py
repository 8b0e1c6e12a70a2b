"""What is taken is looked for as anybody would: late is told from broken, and being late sends nothing."""

import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from release_async.base.secret import Credentials
from support import crashing, indexes, releasing
from support.cdn import Cdn, cdn
from support.crashing import FILES, KILLED, RELEASE, Kept, Scene
from support.releasing import Stage, ended, sha256

pytestmark = pytest.mark.by_turns

WHEEL, SDIST = FILES
AFTER_THE_WHEEL = f"after upload {WHEEL}"
SHORT = "visible-timeout = 2\n"
LATE = 3600.0
JSON = "application/vnd.pypi.simple.v1+json"


def impatient(stage: Stage) -> None:
    """Have the project wait for two seconds only until the index shows what it has taken."""
    text = (stage.repository.path / "pyproject.toml").read_text()
    stage.repository.write("pyproject.toml", text.replace("test-command", f"{SHORT}test-command"))
    stage.repository.commit("wait less")
    stage.repository.git("push", "--quiet")


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A project, and an index that behaves like PyPI."""
    with crashing.scene(tmp_path) as scene:
        yield scene


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Scene]:
    """A project, and a real pypiserver behind a front."""
    account, packages = indexes.credentials(), tmp_path / "packages"
    with (
        indexes.pypiserver(packages, account) as url,
        crashing.scene_before(tmp_path, packages, url, account) as scene,
    ):
        yield scene


def at(scene: Scene, index: Cdn) -> None:
    """Release to the index through its cache from now on."""
    scene.stage.environ["PYPI_REPOSITORY_URL"] = index.url


def sent(scene: Scene) -> list[str]:
    """The name of every file that arrived, as often as it did."""
    return [upload.name for upload in scene.index.uploads]  # type: ignore[attr-defined]  # the warehouse's own


def test_pages_that_are_renewed_late_are_waited_for(scene: Scene, anyio_backend: str) -> None:
    """What a cache has kept of the looks before the upload plays no part in what is seen after it."""
    with cdn(scene.stage.url, purge_after=2.0) as index:
        at(scene, index)
        run = scene.stage.run(*RELEASE, backend=anyio_backend)
    assert run.code == 0, run.said
    assert sent(scene) == [WHEEL, SDIST]
    forms = [asked.form for asked in index.asked]
    first = forms.index("json")
    assert set(forms[:first]) == {"html"}
    assert not index.asked[first].kept
    assert index.asked[first - 1].kept


def test_what_is_taken_and_not_shown_is_unfinished_and_not_wrong(scene: Scene, anyio_backend: str) -> None:
    """A purge that does not come: exit 5, in words that calm, and resuming sees it when it is there."""
    impatient(scene.stage)
    with cdn(scene.stage.url, purge_after=LATE) as index:
        at(scene, index)
        run = scene.stage.run("--version", "major", backend=anyio_backend)
        assert run.code == 5, run.said
        assert f"has accepted {SDIST} and does not show it yet (it tells what it had before" in run.said
        assert "nothing is wrong and nothing has to be sent by hand" in run.said
        assert "release-async --resume" in run.said
        assert sent(scene) == [WHEEL, SDIST]
        index.kept.clear()
        run = scene.stage.run("--resume", backend=anyio_backend)
    assert run.code == 0, run.said
    assert sent(scene) == [WHEEL, SDIST]


def test_resuming_while_it_is_still_late_sends_the_same_bytes_only(scene: Scene) -> None:
    """The index takes them again for what it has (PyPI does), and it stays exit 5 with the same words."""
    impatient(scene.stage)
    with cdn(scene.stage.url, purge_after=LATE) as index:
        at(scene, index)
        codes = [scene.stage.run(*arguments).code for arguments in (RELEASE, ("--resume",), ("--resume",))]
    assert codes == [5, 5, 5]
    digests = {(upload.name, upload.sha256) for upload in scene.index.uploads}  # type: ignore[attr-defined]  # as above
    assert digests == set(scene.index.digests().items())
    assert scene.stage.remote.git("tag", "--list") == ""


def test_an_index_that_falls_silent_after_the_upload_is_asked_again(scene: Scene, anyio_backend: str) -> None:
    """Nobody can say whether it is there: exit 5, and neither a failure nor a second upload."""
    impatient(scene.stage)
    with cdn(scene.stage.url) as index:
        at(scene, index)
        index.broken = lambda path: path.startswith("/simple/") and index.serial > 1
        run = scene.stage.run("--version", "major", backend=anyio_backend)
        assert run.code == 5, run.said
        assert "could not be asked: it answered 503" in run.said
        assert "release-async --resume" in run.said
        index.broken = lambda _: False
        run = scene.stage.run("--resume", backend=anyio_backend)
    assert run.code == 0, run.said
    assert sent(scene) == [WHEEL, SDIST]


def test_another_digest_after_the_push_is_an_alarm(scene: Scene, anyio_backend: str) -> None:
    """The index shows other bytes than it showed before: exit 6, when all else is out."""

    def changed(path: str, index: Cdn) -> bool:
        if path.startswith("/simple/") and scene.stage.remote.git("tag", "--list"):
            held = scene.index.files  # type: ignore[attr-defined]  # the warehouse's own
            held[WHEEL] = ("0" * 64, *held[WHEEL][1:])
            index.kept.clear()
        return False

    with cdn(scene.stage.url) as index:
        at(scene, index)
        index.broken = functools.partial(changed, index=index)
        run = scene.stage.run("--version", "major", backend=anyio_backend)
    assert run.code == 6, run.said
    assert f"has a file {WHEEL} with other bytes than ours" in run.said
    assert "see the files on" in run.said


@pytest.mark.parametrize("name", FILES)
def test_other_bytes_than_the_page_says_are_a_conflict(scene: Scene, name: str) -> None:
    """The page is right and the file is not: no page proves what a user gets."""
    with cdn(scene.stage.url) as index:
        at(scene, index)
        index.replaced[name] = b"something else"
        run = scene.stage.run("--version", "major")
    assert run.code == 6, run.said
    assert f"has a file {name} with other bytes than ours" in run.said
    assert "download the files from" in run.said


def test_a_file_that_is_listed_and_does_not_come_is_only_late(scene: Scene) -> None:
    """Its page is ahead of it: exit 5, with the words for that, and resuming finishes."""
    impatient(scene.stage)
    with cdn(scene.stage.url) as index:
        at(scene, index)
        index.broken = lambda path: path.endswith(".tar.gz")
        run = scene.stage.run("--version", "major")
        assert run.code == 5, run.said
        assert "is answered with 503" in run.said
        index.broken = lambda _: False
        run = scene.stage.run("--resume")
    assert run.code == 0, run.said


def test_no_other_index_answers_for_ours(scene: Scene, tmp_path: Path) -> None:
    """What a person has told pip about further indexes and credentials plays no part in the proof."""
    with indexes.scripted(indexes.answer("404 Not Found")) as other:
        simple = other.url.replace("legacy", "simple")
        home = tmp_path / "home"
        (home / ".config/pip").mkdir(parents=True)
        (home / ".config/pip/pip.conf").write_text(f"[global]\nextra-index-url = {simple}\n")
        where = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "PIP_EXTRA_INDEX_URL": simple}
        run = scene.stage.run("--version", "major", **where)
        assert run.code == 0, run.said
        assert other.requests == []
    assert "would not take" not in run.said, run.said


def test_the_same_bytes_that_an_index_refuses_are_seen_to_be_there(real: Scene) -> None:
    """A pypiserver refuses what it has, the very same too: the digest decides, and the release goes on."""
    assert isinstance(real.index, Kept)
    hidden = real.stage.packages.parent / "hidden"
    assert real.crash(AFTER_THE_WHEEL, *RELEASE) == KILLED
    hidden.touch()
    real.index.front.hidden_by = hidden
    real.index.front.hold_next()
    with real.stage.forked("--resume") as process:
        assert real.index.front.arrived.wait(60)
        hidden.unlink()
        real.index.front.go_on.set()
        run = ended(process)
    assert run.code == 0, run.said
    assert real.index.front.refused == [WHEEL]
    assert real.faults(None) == []


def test_a_file_that_was_broken_off_on_the_index_is_told_as_such(real: Scene) -> None:
    """A server that dies while it writes leaves the beginning: a conflict, and no other person's doing."""
    assert isinstance(real.index, Kept)
    assert real.crash(f"before upload {WHEEL}", *RELEASE) == KILLED
    (ours,) = (real.stage.repository.path / ".git/release-async").glob(f"*/artifacts/{WHEEL}")
    whole = ours.read_bytes()
    (real.index.packages / WHEEL).write_bytes(whole[:100])
    run = real.stage.run("--resume")
    assert run.code == 6, run.said
    assert f"has only the first 100 of the {len(whole)} bytes of {WHEEL}" in run.said
    assert f"have {WHEEL} removed from the index" in run.said
    assert real.stage.run("status").code == 6
    (real.index.packages / WHEEL).unlink()
    run = real.stage.run("--resume")
    assert run.code == 0, run.said
    assert sha256(real.index.packages / WHEEL) == hashlib.sha256(whole).hexdigest()


def test_a_release_to_devpi_is_read_as_an_installer_reads_it(
    tmp_path: Path, devpi: str, anyio_backend: str
) -> None:
    """Its simple API has a name of its own, found out from its answers; what it has is not replaced."""
    account = Credentials(f"verifier-{anyio_backend}", indexes.credentials().secret)
    url = indexes.devpi_index(devpi, account, volatile=True)
    with releasing.tiny(tmp_path) as stage:
        stage.environ |= {
            "PYPI_REPOSITORY_URL": url,
            "PYPI_USERNAME": account.user,
            "PYPI_API_TOKEN": account.secret.reveal(),
        }
        run = stage.run("--version", "major", backend=anyio_backend)
        assert run.code == 0, run.said
        assert "would not take" not in run.said, run.said
        page = simple_page(url)
        stage.repository.git("reset", "--quiet", "--hard", "HEAD~1")
        run = stage.run("--version", "major", "--keep-going", backend=anyio_backend)
    assert run.code == 3, run.said
    assert "has tiny 3.0.0 already" in run.said, run.stdout
    assert simple_page(url) == page


def simple_page(url: str) -> str:
    """What a devpi index tells of the project, with the digests of its files."""
    answer = httpx2.get(f"{url}+simple/tiny/", headers={"Accept": JSON}, trust_env=False)
    assert WHEEL in answer.raise_for_status().text
    return answer.text


def test_an_index_that_tells_no_digests_is_asked_for_the_files(scene: Scene) -> None:
    """Its page proves nothing, so the bytes themselves are compared."""
    with cdn(scene.stage.url) as index:
        at(scene, index)
        index.silent_about_digests = True
        run = scene.stage.run("--version", "major")
    assert run.code == 0, run.said
