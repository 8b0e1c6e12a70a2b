"""The stories that a release can live through: what people, networks and power cuts do to it, in any order.

A machine for Hypothesis whose rules are what happens and whose invariants are what must hold after each of
it. Whatever it looks at it asks itself, of git, the index's memory and the journal's file, never of the tool.
"""

import json
import tempfile
import uuid
from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from release_async.base.exit_codes import ExitCode
from release_async.base.secret import Credentials, Secret
from release_async.run.journal import RecordedRelease
from support import crashing
from support.crashing import Died
from support.repositories import Repository
from support.warehouse import Mishap, State

BRANCH = "refs/heads/main"
REFUSED_FOR_CERTAIN = 403
PATIENCE = 2.0
"""Seconds that the world may take to show an effect; the product waits up to minutes."""

BACKENDS = strategies.sampled_from(("asyncio", "trio"))
POINTS = strategies.one_of(strategies.just(0), strategies.integers(1, crashing.POINTS))
BAD_DAYS = tuple(mishap for mishap in Mishap if mishap is not Mishap.NONE)


class Stories(RuleBasedStateMachine):
    """One project, one remote, one index, and everything that happens to them.

    Attributes:
        spoil: A fault that has to be found, see `support.crash`.
        happened: How often each thing has happened, in all stories.
    """

    spoil: ClassVar[str] = ""
    happened: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        directory = self._stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        self.directory = Path(directory)
        word = f"canary{uuid.uuid4().hex}"
        self.canaries = (word, b64encode(f"someone:{word}".encode()).decode())
        account = Credentials("someone", Secret(word))
        self.scene = self._stack.enter_context(crashing.scene(self.directory, account))
        assert isinstance(self.scene.index, State)
        self.index = self.scene.index
        self.index.arriving = self._arriving
        self.repository, self.remote = self.scene.stage.repository, self.scene.stage.remote
        self.edits: dict[str, bytes] = {}
        self.number = 0
        self.unforeseen: list[str] = []
        self.theirs = self._what_is_theirs()

    def teardown(self) -> None:
        """The end of a story; it is brought to its end where something is owed."""
        try:
            if self._owed() and not self.unforeseen:
                self._bring_to_an_end()
        finally:
            self._stack.close()

    # What happens.

    @initialize(point=strategies.integers(1, crashing.POINTS), backend=BACKENDS, power=strategies.booleans())
    def begin(self, point: int, backend: str, *, power: bool) -> None:
        """Every story begins with a release that dies somewhere."""
        self.start(point, backend, power=power)

    @rule(point=POINTS, backend=BACKENDS, power=strategies.booleans())
    def start(self, point: int | str, backend: str, *, power: bool = False) -> None:
        """Somebody begins a release, and the machine may die on the way."""
        owed = self._owed()
        self._run("--version", self.version, "--yes", point=point, backend=backend, power=power)
        assert not owed or self._owed() == owed, "a release was begun beside an unfinished one"

    @precondition(lambda self: self._begun())
    @rule(point=POINTS, backend=BACKENDS, power=strategies.booleans())
    def resume(self, point: int, backend: str, *, power: bool = False) -> None:
        """Somebody goes on, and the machine may die on the way."""
        self._run("--resume", point=point % 60, backend=backend, power=power)

    @precondition(lambda self: self._owed())
    @rule(backend=BACKENDS)
    def ask(self, backend: str) -> None:
        """Somebody asks how the release stands."""
        before = self._what_is_theirs()
        ended = self.scene.watched(0, "status", "--output", "json", backend=backend)
        assert ended.code in {5, 6}, ended.said
        assert _events(ended)[-1]["command"] == "release-async --resume"
        assert self._what_is_theirs() == before

    @rule(what=strategies.sampled_from(("edit", "edit a version", "put aside", "follow", "others push")))
    def people(self, what: str) -> None:
        """The user goes on working, or somebody else does."""
        deeds = {
            "edit": lambda: self._edit("notes.txt"),
            "edit a version": lambda: self._edit("tiny/__init__.py"),
            "put aside": self._put_aside,
            "follow": self._follow,
            "others push": self._others_push,
        }
        deeds[what]()
        self.happened[what] += 1
        self.theirs = self._what_is_theirs()

    @rule(what=strategies.sampled_from((*BAD_DAYS, "stale", "revoked", "renewed")))
    def index_changes(self, what: Mishap | str) -> None:
        """Something will happen to the next upload, or has happened to the pages or to the token."""
        self.happened[str(what)] += 1
        if isinstance(what, Mishap):
            self.index.mishaps.append(what)
        elif what == "stale":
            self.index.blind = 3
        else:
            self.index.revoked = what == "revoked"

    # What must hold.

    @invariant()
    def intents_come_first(self) -> None:
        """(a) Nothing is uploaded without a durable intent; what was seen on the way stands here."""
        assert not self.unforeseen, "; ".join(self.unforeseen)

    @invariant()
    def one_content_for_one_name(self) -> None:
        """(b) Never are two byte contents sent under a name that anybody may have got one of."""
        sent = defaultdict(set)
        for upload in self.index.uploads:
            if upload.status != REFUSED_FOR_CERTAIN:
                sent[upload.name].add(upload.sha256)
        assert all(len(digests) == 1 for digests in sent.values()), sent

    @invariant()
    def edits_stay(self) -> None:
        """Nothing that the user has not committed is ever overwritten."""
        for path, content in self.edits.items():
            assert (self.repository.path / path).read_bytes() == content

    @invariant()
    def the_token_stays_where_it_belongs(self) -> None:
        """(f) No file of the project, of git or of the remote holds it."""
        for path in self.directory.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                assert not any(canary.encode() in content for canary in self.canaries), path

    # One run, and what it must have left.

    @property
    def version(self) -> str:
        """What is released next."""
        return f"3.{self.number}.0"

    def _run(self, *arguments: str, point: int | str, backend: str, power: bool) -> None:
        order: dict[str, object] = {"power": power, "spoil": self.spoil, "patience": PATIENCE}
        ended = self.scene.watched(point, *arguments, "--output", "json", backend=backend, **order)
        command = arguments[0]
        self.happened[f"{command} ends with {ended.code}"] += 1
        assert not any(canary in ended.said for canary in self.canaries), ended.said
        self._intents_lasted()
        if ended.code == crashing.KILLED:
            self._unchanged_before_the_pivot()
        elif ended.code == 0 or (ended.code == ExitCode.NOTHING and command == "--resume"):
            self._complete(ended)
        else:
            self._not_complete(ended)
        self.theirs = self._what_is_theirs()

    def _arriving(self, name: str) -> None:
        """An upload arrives; by now its intent is in the journal (seen from the index's thread)."""
        story = self.scene.recorded()
        if story is None or f"upload {name}" not in story.tried:
            self.unforeseen.append(f"{name} arrived, and the journal does not intend it")

    def _intents_lasted(self) -> None:
        """What the index may have got is in the journal still, power cut or not, until all is done."""
        sent = {upload.name for upload in self.index.uploads if upload.status != REFUSED_FOR_CERTAIN}
        open_ones = {name for name in sent if f"-{self.version}" in name}
        story = self.scene.recorded()
        if open_ones and not self._is_out() and story is None:
            self.unforeseen.append(f"{open_ones} may be public, and no journal remembers it")
        if story:
            tried = {effect.removeprefix("upload ") for effect in story.tried}
            self.unforeseen += [f"the intent of {name} is lost" for name in open_ones - tried]

    def _complete(self, ended: Died) -> None:
        """(c) What calls itself complete is so, whomever one asks; and what owes nothing leaves nothing."""
        assert not self._owed(), "exit code 0, and something is owed"
        released = any(event["event"] == "released" for event in _events(ended))
        if released or self._is_out():
            self._all_is_done()
            self.number += 1
            self.happened["complete"] += 1
        else:
            self._unchanged_before_the_pivot()
            assert not self.index.digests().keys() & self._files(), "nothing is owed, and files are public"
        assert self._traces() == ("", 1, [])

    def _all_is_done(self) -> None:
        tag = f"refs/tags/v{self.version}"
        ours, theirs = _refs(self.repository), _refs(self.remote)
        assert self._files() <= self.index.digests().keys()
        assert ours[tag] == theirs[tag]
        for repository in (self.repository, self.remote):
            assert repository.tried("merge-base", "--is-ancestor", tag, BRANCH).returncode == 0
        stated = self.repository.git("show", f"{tag}:pyproject.toml")
        assert f'version = "{self.version}"' in stated

    def _is_out(self) -> bool:
        return f"refs/tags/v{self.version}" in _refs(self.remote) and not self._owed()

    def _files(self) -> set[str]:
        return {f"tiny-{self.version}-py3-none-any.whl", f"tiny-{self.version}.tar.gz"}

    def _not_complete(self, ended: Died) -> None:
        """(d) What is not complete says what to type; (e) and where nothing is public nothing has changed."""
        said = _events(ended)[-1]
        assert said["event"] == "failed", ended.said
        assert said["code"] == ended.code
        assert said["cure"], ended.said
        if self._owed():
            assert ended.code in {5, 6}, ended.said
            assert ended.code == 6 or "release-async --resume" in str(said["cure"]), ended.said
        else:
            assert ended.code in {3, 4, 6}, ended.said
            assert self._traces() == ("", 1, [])
            self._unchanged_before_the_pivot()

    def _unchanged_before_the_pivot(self) -> None:
        """(e) Before the pivot, killed or not, all that is the user's is as it was."""
        if not self._owed() and not self._is_out():
            assert self._what_is_theirs() == self.theirs

    # What there is.

    def _owed(self) -> RecordedRelease | None:
        story = self.scene.recorded()
        return story if story and not story.finished else None

    def _begun(self) -> bool:
        return any((self.repository.path / ".git/release-async").glob("[0-9]*/"))

    def _what_is_theirs(self) -> tuple[object, ...]:
        """All that a release must not change before its pivot, but for what is openly its own."""
        seen = self.scene.stage.fingerprint()
        refs = [line for line in seen.refs.splitlines() if "refs/release-async/" not in line]
        return (*seen[:5], refs, seen.fetch_head, seen.remote)

    def _traces(self) -> tuple[str, int, list[str]]:
        """What a run leaves behind: private refs, worktrees, directories."""
        git, home = self.repository.git, self.repository.path / ".git/release-async"
        trees = git("worktree", "list", "--porcelain").count("worktree ")
        return git("for-each-ref", "refs/release-async"), trees, [path.name for path in home.glob("[0-9]*/")]

    def _edit(self, path: str) -> None:
        self.edits[path] = f"# {uuid.uuid4()}\n".encode()
        self.repository.write(path, self.edits[path])

    def _put_aside(self) -> None:
        self.edits.clear()
        self.repository.git("reset", "--quiet", "--hard")
        self.repository.git("clean", "--quiet", "-d", "--force")

    def _follow(self) -> None:
        """Take over what others have pushed, where that is possible at once."""
        self.repository.git("fetch", "--quiet", "origin")
        self.repository.tried("merge", "--quiet", "--ff-only", "FETCH_HEAD")

    def _others_push(self) -> None:
        with self._another_clone() as clone:
            clone.write(f"{uuid.uuid4()}.txt", "by somebody else\n")
            clone.commit("somebody else's work")
            clone.git("push", "--quiet", "origin", "main")

    @contextmanager
    def _another_clone(self) -> Iterator[Repository]:
        with tempfile.TemporaryDirectory() as made:
            self.remote.git("clone", "--quiet", str(self.remote.path), f"{made}/clone")
            yield Repository(Path(made, "clone"))

    def _bring_to_an_end(self) -> None:
        """Every story can be brought to its end, by what the tool says and a person can do."""
        self.index.mishaps.clear()
        self.index.revoked, self.index.blind = False, 0
        self._put_aside()
        self.resume(0, "asyncio")
        if self._owed():  # the branch has moved on: the way that the push said
            self._merge_what_went_aside()
            self._land_by_hand()
            self.resume(0, "trio")
        assert not self._owed(), "it cannot be finished"
        self.intents_come_first()
        self.one_content_for_one_name()
        self.the_token_stays_where_it_belongs()

    def _merge_what_went_aside(self) -> None:
        with self._another_clone() as clone:
            aside = f"origin/release/{self.version}"
            if clone.tried("rev-parse", "--verify", "--quiet", aside).returncode == 0:
                clone.git("merge", "--quiet", "--no-edit", aside)
                clone.git("push", "--quiet", "origin", "main")

    def _land_by_hand(self) -> None:
        self.repository.git("pull", "--quiet", "--rebase", "origin", "main")


def _events(ended: Died) -> list[dict[str, Any]]:
    lines = (line for line in ended.said.splitlines() if line.startswith("{"))
    return [json.loads(line) for line in lines]


def _refs(repository: Repository) -> dict[str, str]:
    lines = repository.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return dict(line.split(" ") for line in lines)
