"""The tool is killed at the requests by which it makes the release page; who goes on makes one page of it."""

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from release_async.base.secret import Credentials
from support import crashing, github, indexes, releasing
from support.crashing import KILLED, RELEASE, RESUME
from support.github import Fault, GitHub
from support.matrices import sampled
from support.releasing import Run, Stage
from support.repositories import Repository
from support.warehouse import State, warehouse

pytestmark = pytest.mark.by_turns

TAG = f"v{crashing.VERSION}"
TOP = f"/repos/{github.NAME}"
RELEASES = f"{TOP}/releases"
CREATE, PATCH = ("POST", RELEASES), ("PATCH", f"{RELEASES}/1")
# The page has the number 1: nothing was on this GitHub before.
SEE = ("GET", f"{RELEASES}/1")
UPLOAD = ("POST", f"{RELEASES}/1/assets")
LOOK = [("GET", f"{TOP}/git/ref/tags/{TAG}"), ("GET", f"{RELEASES}/tags/{TAG}")]
REQUESTS = [
    ("GET", TOP),
    *(*LOOK, ("GET", RELEASES), ("POST", f"{RELEASES}/generate-notes"), CREATE, LOOK[0], SEE),
    *(SEE, UPLOAD, SEE),
    *(SEE, UPLOAD, SEE),
    *(*LOOK, SEE, PATCH, *LOOK),
]
"""What an undisturbed run asks that finds all done but the page."""

WRITES = [number for number, request in enumerate(REQUESTS, 1) if request in {CREATE, UPLOAD, PATCH}]
"""The requests among them that change something."""


@dataclass
class Scene:
    """A release that owes nothing but its page, and the GitHub that it owes it to."""

    stage: Stage
    hub: GitHub
    digests: dict[str, str]
    pid: int = 0

    def resumed(self, backend: str, hears: Callable[[int, bool], bool] = lambda *_: True) -> Run:
        """Go on, with somebody at GitHub's door; and wait until nothing of it is left."""
        self.hub.requests.clear()
        self.hub.hears = hears
        with self.stage.forked(*RESUME, backend=backend) as process:
            self.pid = process.pid
            run = releasing.ended(process)
        self.hub.hears = lambda *_: True  # the number of a dead process may be another's by now
        self.stage.wait_for_the_last()
        return run

    def killed(self, backend: str, number: int, *, done: bool) -> Run:
        """Go on, and die at one request: just before it is carried out, or just behind."""

        def hears(heard: int, carried_out: bool) -> bool:  # noqa: FBT001 - as GitHub calls it
            if (heard, carried_out) != (number, done):
                return True
            os.kill(self.pid, signal.SIGKILL)
            return False

        return self.resumed(backend, hears)

    def faults(self) -> list[object]:
        """What differs from one release of the tag with the files that were uploaded, and nothing kept."""
        made = [(each["tag_name"], each["draft"], self.hub.files(each)) for each in self.hub.releases]
        wanted = [(TAG, False, {name: f"uploaded {digest}" for name, digest in self.digests.items()})]
        runs = list((self.stage.repository.path / ".git/release-async").glob("[0-9]*/"))
        return [seen for seen, due in ((made, wanted), (runs, [])) if seen != due]


@dataclass
class Ground:
    """What the first test makes and all others copy, and the index that has the files."""

    account: Credentials
    index: State
    url: str
    template: Path

    def prepared(self) -> Path:
        """A project and its remote, of a release that died just before it drafted its page."""
        if not self.template.exists():
            stage = crashing.staged(self.template, self.url, self.account)
            stage.repository.git("remote", "set-url", "origin", github.URL)
            with github.serving(stage.remote.path) as hub:
                stage.environ |= hub.leads()
                scene = crashing.Scene(stage, self.index, self.template / "points.log")
                assert scene.crash(f"before draft of the GitHub release of {TAG}", *RELEASE) == KILLED
                assert hub.releases == []
        return self.template


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """An index that is only asked, once the files are there."""
    account = indexes.credentials()
    with warehouse(account) as server:
        yield Ground(account, server.state, server.url, tmp_path_factory.mktemp("ground") / "template")


@pytest.fixture
def scene(tmp_path: Path, ground: Ground) -> Iterator[Scene]:
    """A copy of it, with a GitHub of its own whose releases are immutable."""
    shutil.copytree(ground.prepared(), tmp_path / "copy", symlinks=True)
    project, remote = Repository(tmp_path / "copy/project"), Repository(tmp_path / "copy/remote.git")
    with github.serving(remote.path) as hub:
        hub.immutable = True
        stage = Stage(project, remote, tmp_path, ground.url, ground.account)
        stage.environ |= hub.leads()
        yield Scene(stage, hub, ground.index.digests())


def test_every_request_is_known(scene: Scene, anyio_backend: str) -> None:
    """The crashes below cannot become fewer unseen: an undisturbed run asks exactly this."""
    run = scene.resumed(anyio_backend)
    assert run.code == 0, run.said
    assert scene.hub.requests == REQUESTS
    assert len(WRITES) == 4
    assert scene.faults() == []


@pytest.mark.parametrize("done", [False, True], ids=["before", "behind"])
@pytest.mark.parametrize("number", WRITES)
def test_a_run_that_dies_at_a_change_leaves_one_page(scene: Scene, number: int, *, done: bool) -> None:
    """What was made is found and not made again; what was not is made."""
    backends = ("asyncio", "trio") if number % 2 else ("trio", "asyncio")
    assert scene.killed(backends[0], number, done=done).code == KILLED
    run = scene.resumed(backends[1])
    assert run.code == 0, run.said
    assert scene.faults() == []
    changes = [request for request in scene.hub.requests if request in {CREATE, UPLOAD, PATCH}]
    assert len(changes) == len(WRITES) - WRITES.index(number) - done


@pytest.mark.parametrize("done", sampled([False, True], [False]), ids=["before", "behind"])
def test_runs_that_die_at_one_request_after_another_leave_one_page(scene: Scene, *, done: bool) -> None:
    """Each goes on where the one before was, whatever it was about to ask or had just been told."""
    deaths = 0
    for number in range(1, len(REQUESTS) + 1):
        run = scene.killed(("asyncio", "trio")[number % 2], number, done=done)
        if run.code == 0:
            break
        assert run.code == KILLED, run.said
        deaths += 1
    assert deaths > 5
    assert run.code == 0, run.said
    assert scene.faults() == []


def test_half_a_file_that_a_dead_run_left_is_replaced(scene: Scene, anyio_backend: str) -> None:
    """The upload breaks off with the tool that made it."""
    scene.hub.faults = {UPLOAD: [Fault(502, half=True)]}
    assert scene.killed(anyio_backend, WRITES[1], done=True).code == KILLED
    assert [state.partition(" ")[0] for state in scene.hub.files(scene.hub.releases[0]).values()] == [
        "starter"
    ]
    run = scene.resumed(anyio_backend)
    assert run.code == 0, run.said
    assert scene.faults() == []


LIMITED = Fault(403, "You have exceeded a secondary rate limit", headers={"Retry-After": "1"})


@pytest.mark.parametrize(
    "request_", [LOOK[0], CREATE, UPLOAD, PATCH], ids=lambda each: f"{each[0]} {each[1]}"
)
def test_a_limit_that_ends_soon_is_waited_for(
    scene: Scene, anyio_backend: str, request_: tuple[str, str]
) -> None:
    """Whether GitHub is asked or told something: the wait is shown, and nothing is made twice."""
    scene.hub.faults = {request_: [LIMITED]}
    run = scene.resumed(anyio_backend)
    assert run.code == 0, run.said
    told = [json.loads(line) for line in run.stdout.splitlines() if '"waiting"' in line]
    assert [1 <= each["seconds"] <= 2 for each in told] == [True]
    assert "secondary rate limit" in told[0]["why"]
    assert scene.hub.requests.count(request_) - 1 == REQUESTS.count(request_)
    assert scene.faults() == []


def test_ctrl_c_ends_the_wait_for_a_limit(scene: Scene, anyio_backend: str) -> None:
    """Also where a question has met it, and nothing of the page is made: unfinished, and resumed later."""
    scene.hub.faults = {LOOK[0]: [LIMITED._replace(headers={"Retry-After": "120"})]}
    with scene.stage.forked(*RESUME, backend=anyio_backend) as process:
        for line in process.lines():
            if json.loads(line)["event"] == "waiting":
                process.send_signal(signal.SIGINT)
        assert releasing.ended(process).code == 5
    assert scene.hub.requests == [("GET", TOP), LOOK[0]]
    assert scene.stage.processes() == []
    assert scene.resumed(anyio_backend).code == 0
    assert scene.faults() == []


def test_a_limit_that_ends_late_is_left_to_a_person(scene: Scene) -> None:
    """Nothing waits for an hour: unfinished at once, with GitHub left alone, and resumed when it is over."""
    scene.hub.faults = {LOOK[0]: [LIMITED._replace(headers={"Retry-After": "3600"})]}
    run = scene.resumed("trio")
    assert run.code == 5, run.said
    assert (
        "wait until GitHub accepts requests again: gh api rate_limit, then: release-async --resume"
        in run.said
    )
    assert scene.hub.requests == [("GET", TOP), LOOK[0]]
    assert '"waiting"' not in run.said
    assert scene.resumed("asyncio").code == 0
    assert scene.faults() == []


def test_a_tag_that_github_does_not_show_is_not_made_by_it(scene: Scene) -> None:
    """The run ends unfinished, with nothing made; it is a person who knows where the tag went."""
    scene.hub.repository = scene.stage.repository.path.parent / "elsewhere.git"
    shutil.copytree(scene.stage.remote.path, scene.hub.repository)
    Repository(scene.hub.repository).git("tag", "--delete", TAG)
    run = scene.resumed("trio")
    assert run.code == 5, run.said
    assert f"person/demo does not show the tag {TAG}" in run.said
    assert (scene.hub.releases, scene.hub.tag_object(TAG)) == ([], "")


def test_a_burned_tag_is_a_conflict_that_says_why(scene: Scene) -> None:
    """Everything else is out; what is to be decided is told with what to type."""
    scene.hub.burned.add(TAG)
    run = scene.resumed("asyncio")
    assert run.code == 6, run.said
    assert f"person/demo had an immutable release of {TAG}, which was deleted" in run.said
    assert "release-async --abandon" in run.said


def test_a_page_that_was_promised_is_not_left_out_when_gh_is_gone(scene: Scene) -> None:
    """Whether there is one was decided before the point of no return; the way to it may be mended."""
    run = scene.stage.run(*RESUME, GH_TOKEN="")
    assert run.code == 5, run.said
    assert "gh is not logged in to github.com" in run.said
    assert f"gh release create {TAG} " in run.said
    assert scene.stage.run(*RESUME).code == 0
    assert scene.faults() == []


def test_status_tells_the_parts_of_the_page(scene: Scene) -> None:
    """The names of the effects are the same in every run, since the journal knows them by these."""
    scene.killed("asyncio", WRITES[2], done=False)
    seen = scene.stage.run("status", "--output", "json")
    (line,) = [json.loads(line) for line in seen.stdout.splitlines() if '"stands"' in line]
    wheel, sdist = crashing.FILES
    assert [name for name in line["done"] if "attach" in name or "GitHub" in name] == [
        f"draft of the GitHub release of {TAG}",
        f"attach {wheel}",
    ]
    assert line["owed"][:2] == [f"attach {sdist}", f"GitHub release of {TAG}"]
