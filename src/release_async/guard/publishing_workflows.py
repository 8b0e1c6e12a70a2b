"""Finds the jobs of CI that would upload a version by themselves once its tag or release page is there.

It reads what GitHub Actions and GitLab CI/CD are configured with, runs nothing and asks nobody. A condition
that it cannot judge counts as true: better a question too many than a second upload.
"""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from release_async.base.lazy_typing import pattern
from release_async.guard import ci_documents
from release_async.guard.ci_documents import Table

GITLAB: Final = ".gitlab-ci.yml"
_ACTION: Final = pattern(
    r"[\w.-]+/[\w./-]*(?:pypi-publish|publish-pypi|deploy-pypi|upload[-_]pypi|poetry-publish)", re.IGNORECASE
)
_COMMAND: Final = pattern(
    r"\btwine\b(?:\s+-\S+(?:\s+[^-\s]\S*)?)*\s+upload\b"
    r"|\b(?:uv|poetry|flit|hatch|pdm|rye|maturin)\b(?:\s+-\S+(?:\s+[^-\s]\S*)?)*\s+publish\b"
    r"|\brelease-async\b(?:\s+-\S+(?:\s+[^-\s]\S*)?)*\s+publish\b|\bmaturin\s+upload\b|\bsetup\.py\b[^\n]*\bupload\b"
)
_INDEX_VARIABLES: Final = frozenset((
    "TWINE_REPOSITORY", "TWINE_REPOSITORY_URL", "UV_PUBLISH_URL", "FLIT_INDEX_URL", "FLIT_INDEX",
    "HATCH_INDEX_REPO", "MATURIN_REPOSITORY", "MATURIN_REPOSITORY_URL",
))  # fmt: skip
_INDEX_OPTION: Final = pattern(
    r"(?:--repository-url|--repository|--publish-url|--index|--repo|-r)[ =]+[\"']?([^\s\"']+)"
)
_INDEX_INPUTS: Final = ("repository-url", "repository_url", "repository", "args")
_TEST_INDEX: Final = pattern(r"test[._-]?pypi", re.IGNORECASE)
_NAMED_EVENT: Final = pattern(r"github\.event_name\s*(?P<sign>[!=]=)\s*['\"](?P<event>\w+)['\"]")
_NAMED_REF: Final = pattern(r"github\.ref(?:_name)?\s*==\s*['\"](?P<ref>[^'\"]+)['\"]")
_NO_TAG: Final = pattern(
    r"!\s*startsWith\(\s*github\.ref\s*,\s*['\"]refs/tags"
    r"|github\.ref_type\s*==\s*['\"]branch['\"]|github\.ref_type\s*!=\s*['\"]tag['\"]"
)
_NO_GITLAB_TAG: Final = pattern(r"CI_COMMIT_TAG\s*==\s*null")
_FOREIGN: Final = pattern(r"publish|release|pypi", re.IGNORECASE)
_CALLED: Final = 3
"""How many calls of workflows are followed; GitHub itself allows few."""

_MOST_LINES: Final = 10_000


class Trigger(NamedTuple):
    """What starts a job, as far as a release makes it happen."""

    event: str
    words: str


PUSHED_TAG: Final = Trigger("push", "when the tag is pushed")
CREATED_TAG: Final = Trigger("create", "when the tag is pushed")
RELEASE_PAGE: Final = Trigger("release", "when the GitHub release is published")


class Upload(NamedTuple):
    """One job that uploads.

    Attributes:
        path: The file.
        job: The name of the job.
        trigger: What starts it.
    """

    path: str
    job: str
    trigger: Trigger


def is_read(path: str) -> bool:
    """Whether a file of the repository configures CI in a way that is understood here."""
    folder, _, name = path.rpartition("/")
    is_action = folder.startswith(".github/actions/") and name in {"action.yml", "action.yaml"}
    return path == GITLAB or is_action or (folder == ".github/workflows" and name.endswith((".yml", ".yaml")))


class PublishingJob(NamedTuple):
    """One job that uploads, whatever starts it.

    Attributes:
        path: The file.
        name: The name of the job.
        job: What the file says of it.
        document: The whole file.
    """

    path: str
    name: str
    job: Table
    document: Table


def publishing_jobs(files: Mapping[str, bytes]) -> Iterator[PublishingJob]:
    """Find the jobs of GitHub's workflows that upload to the public index.

    Args:
        files: As for ``uploads``.
    """
    documents = {path: document for path, data in files.items() if (document := ci_documents.load(data))}
    for path, document in sorted(documents.items()):
        if path.startswith(".github/workflows/"):
            jobs = ci_documents.table(document.get("jobs"))
            for name in _Workflow(documents, PUSHED_TAG).uploading(document, certain=False):
                yield PublishingJob(path, name, ci_documents.table(jobs.get(name)), document)


def uploads(files: Mapping[str, bytes], tag: str, *, page: bool) -> Iterator[Upload]:
    """Find the jobs that would upload.

    Args:
        files: The content of the files for which ``is_read`` is true, by their paths.
        tag: The tag that will be pushed.
        page: Whether a release page will be published.
    """
    documents = {path: document for path, data in files.items() if (document := ci_documents.load(data))}
    for path, document in sorted(documents.items()):
        if path == GITLAB:
            yield from _of_gitlab(path, document)
        elif path.startswith(".github/workflows/"):
            own = list(_triggers(document, tag, page=page))
            for trigger in own or _triggers_of_others(document, documents, tag, page=page):
                workflow = _Workflow(documents, trigger)
                yield from (Upload(path, name, trigger) for name in workflow.uploading(document))


def _triggers(document: Table, tag: str, *, page: bool) -> Iterator[Trigger]:
    """Which of the two start a workflow."""
    events = ci_documents.events(document)
    if "push" in events and takes(ci_documents.table(events["push"]), tag, "tags", "branches"):
        yield PUSHED_TAG
    if "create" in events:
        yield CREATED_TAG
    if page and "release" in events:
        types = ci_documents.texts(ci_documents.table(events["release"]).get("types"))
        if not types or {"published", "released", "created"}.intersection(types):
            yield RELEASE_PAGE


def _triggers_of_others(
    document: Table, documents: Mapping[str, Table], tag: str, *, page: bool
) -> Iterator[Trigger]:
    """What starts a workflow that follows others (``workflow_run``); filters for branches let no tag pass."""
    given = document.get("on", document.get(True))
    followed = ci_documents.table(ci_documents.table(given).get("workflow_run"))
    if {"branches", "branches-ignore"}.intersection(map(str, followed)):
        return
    names = ci_documents.texts(followed.get("workflows"))
    for path, other in documents.items():
        if path.startswith(".github/workflows/") and ci_documents.text(other.get("name", path)) in names:
            yield from _triggers(other, tag, page=page)


def takes(push: Table, name: str, kind: str, other: str) -> bool:
    """Whether a push passes the filters (GitHub's workflow syntax, ``on.push``).

    Those for paths are not judged: which files a release changes says its plan.

    Args:
        push: The filters.
        name: The tag or branch that is pushed.
        kind: ``tags`` or ``branches``, as which of them it is.
        other: The other of the two: who filters those alone takes none of these.
    """
    if kind in push:
        taken = False
        for pattern in ci_documents.texts(push[kind]):
            if _matches(name, pattern.removeprefix("!")):
                taken = not pattern.startswith("!")
        return taken
    if f"{kind}-ignore" in push:
        return not any(_matches(name, pattern) for pattern in ci_documents.texts(push[f"{kind}-ignore"]))
    return not {other, f"{other}-ignore"}.intersection(map(str, push))


def _matches(tag: str, pattern: str) -> bool:
    """A filter: ``*`` is text without a slash, ``**`` any text, ``?`` and ``+`` repeat what is before.

    All that a beginning of the tag can match is kept at once, so that no pattern takes long.
    """
    parts = [(found["one"], found["often"] or "") for found in _PART.finditer(pattern)]
    reached = _with_skipped({0}, parts)
    for letter in tag:
        after = set[int]()
        for place in reached.difference({len(parts)}):
            one, often = parts[place]
            if _takes(one, letter):
                after.add(place + 1)
                after.update({place} if often == "+" or one.startswith("*") else ())
        reached = _with_skipped(after, parts)
    return len(parts) in reached


_PART: Final = pattern(r"(?P<one>\*+|\[[^\]]*\]|\\.|.)(?P<often>(?<!\*)[?+])?", re.DOTALL)


def _with_skipped(places: set[int], parts: list[tuple[str, str]]) -> set[int]:
    """The places, and those behind parts that may match nothing."""
    reached = set(places)
    for place, (one, often) in enumerate(parts):
        if place in reached and (often == "?" or one.startswith("*")):
            reached.add(place + 1)
    return reached


def _takes(one: str, letter: str) -> bool:
    if one.startswith("*"):
        return one != "*" or letter != "/"
    if one.startswith("[") and len(one) > 1:
        return fnmatchcase(letter, one)
    return letter == one.removeprefix("\\")


class _Workflow:
    """The jobs of a workflow that run for one trigger.

    Args:
        documents: Every file that configures CI, by its path.
        trigger: What starts it.
    """

    def __init__(self, documents: Mapping[str, Table], trigger: Trigger) -> None:
        self._documents = documents
        self._trigger = trigger

    def uploading(self, document: Table, depth: int = 0, *, certain: bool = True) -> list[str]:
        """The names of the jobs that upload, in a workflow or in one that it calls.

        Args:
            document: The workflow.
            depth: How many calls of others have led to it.
            certain: Whether only those are meant that run for the trigger.
        """
        jobs = {
            ci_documents.text(name): ci_documents.table(job)
            for name, job in ci_documents.table(document.get("jobs")).items()
        }
        env = ci_documents.table(document.get("env"))
        return [
            name
            for name, job in jobs.items()
            if (not certain or self._runs(job, jobs))
            and self._uploads(job, env | ci_documents.table(job.get("env")), depth)
        ]

    def _runs(self, job: Table, jobs: Mapping[str, Table], seen: frozenset[str] = frozenset()) -> bool:
        """Whether a job's condition lets it run, and those of all jobs that it needs."""
        condition = ci_documents.text(job.get("if"))
        if not self._may_be(condition):
            return False
        if re.search(r"always\(\)|!\s*cancelled\(\)|failure\(\)", condition):
            return True
        needed = [name for name in ci_documents.texts(job.get("needs")) if name in jobs and name not in seen]
        return all(self._runs(jobs[name], jobs, seen | {name}) for name in needed)

    def _uploads(self, job: Table, env: Table, depth: int) -> bool:
        called = ci_documents.text(job.get("uses"))
        if called.startswith("./"):
            inner = self._documents.get(called.removeprefix("./"), {})
            return depth < _CALLED and bool(self.uploading(inner, depth + 1))
        if called:
            given = " ".join(
                map(str, (*ci_documents.table(job.get("with")), *ci_documents.table(job.get("secrets"))))
            )
            return bool(_FOREIGN.search(called.rpartition("@")[0]) or "pypi" in given.lower())
        environment = job.get("environment")
        named = ci_documents.text(ci_documents.table(environment).get("name")) or ci_documents.text(
            environment
        )
        return not _TEST_INDEX.search(named) and self._has_upload(job.get("steps"), env, depth)

    def _has_upload(self, steps: object, env: Table, depth: int) -> bool:
        for step in ci_documents.tables(steps):
            if not self._may_be(ci_documents.text(step.get("if"))):
                continue
            uses = ci_documents.text(step.get("uses"))
            if uses.startswith("./") and depth < _CALLED:
                action = self._action(uses.removeprefix("./").rstrip("/"))
                if self._has_upload(ci_documents.table(action.get("runs")).get("steps"), env, depth + 1):
                    return True
            elif _is_upload(step, env | ci_documents.table(step.get("env"))):
                return True
        return False

    def _action(self, folder: str) -> Table:
        paths = (f"{folder}/action.yml", f"{folder}/action.yaml")
        return next((self._documents[path] for path in paths if path in self._documents), {})

    def _may_be(self, condition: str) -> bool:
        """Whether a condition may be true; each alternative is judged by itself, groups are not judged."""
        plain = condition.strip().removeprefix("${{").removesuffix("}}").strip()
        if "(" in re.sub(r"!?\b\w+\([^()]*\)", "", plain):
            return True
        return any(self._alternative(part.strip()) for part in plain.split("||"))

    def _alternative(self, condition: str) -> bool:
        if condition.lower() == "false":
            return False
        named = list(_NAMED_EVENT.finditer(condition))
        wanted = {found["event"] for found in named if found["sign"] == "=="}
        if "github.event.release" in condition or "github.event.action" in condition:
            wanted.add("release")
        unwanted = {found["event"] for found in named if found["sign"] == "!="}
        if (wanted and wanted != {self._trigger.event}) or self._trigger.event in unwanted:
            return False
        if _NO_TAG.search(condition):
            return False
        refs = {found["ref"] for found in _NAMED_REF.finditer(condition)}
        is_branch = all(ref.startswith("refs/heads/") or ref in {"main", "master"} for ref in refs)
        return not (refs and is_branch) and "startsWith(github.ref, 'refs/heads" not in condition


def _is_upload(step: Table, env: Table) -> bool:
    """Whether a step uploads to the public index."""
    uses, given = ci_documents.text(step.get("uses")), ci_documents.table(step.get("with"))
    inputs = {ci_documents.text(key).lower(): ci_documents.text(value) for key, value in given.items()}
    indexes = [
        ci_documents.text(value)
        for key, value in env.items()
        if ci_documents.text(key).upper() in _INDEX_VARIABLES
    ]
    if uses:
        is_maturin = uses.lower().startswith("pyo3/maturin-action")
        is_upload = inputs.get("command", "") in {"upload", "publish"} if is_maturin else _ACTION.match(uses)
        return bool(is_upload) and _is_public([*indexes, *(inputs.get(key, "") for key in _INDEX_INPUTS)])
    command = re.sub(r"\\\r?\n", " ", ci_documents.text(step.get("run")))
    return any(_is_public([*indexes, *_INDEX_OPTION.findall(line)]) for line in _uploading_lines(command))


def _uploading_lines(command: str) -> list[str]:
    return [
        line
        for line in re.split(r"\n|&&|\|\|?|;", command)
        if _COMMAND.search(line) and not line.lstrip().startswith("#") and "--dry-run" not in line
    ]


def _is_public(indexes: list[str]) -> bool:
    """Whether what names an index may mean the public one: nothing does, or its address is among it."""
    named = [index for index in indexes if index.strip()]
    hosts = [
        urlsplit(part).hostname or "" for index in named for part in re.findall(r"https?://[^\s'\"]+", index)
    ]
    if any(host.startswith("upload.") for host in hosts):
        return True
    is_other = any(_TEST_INDEX.search(index) or "CI_API_V4_URL" in index for index in named) or any(hosts)
    return not is_other


def _of_gitlab(path: str, document: Table) -> Iterator[Upload]:
    """Jobs that run for a tag: by ``only`` or ``rules``, or as nothing says when (GitLab, YAML reference)."""
    variables = ci_documents.table(document.get("variables"))
    for key, value in document.items():
        name, job = ci_documents.text(key), ci_documents.table(value)
        whole = _extended(document, job)
        env = variables | ci_documents.table(whole.get("variables"))
        script = re.sub(r"\\\r?\n", " ", "\n".join(_script(whole)))
        indexes = [
            ci_documents.text(given)
            for each, given in env.items()
            if ci_documents.text(each).upper() in _INDEX_VARIABLES
        ]
        lines = _uploading_lines(script)
        is_upload = any(_is_public([*indexes, *_INDEX_OPTION.findall(line)]) for line in lines)
        if is_upload and not name.startswith(".") and _runs_for_tags(whole):
            yield Upload(path, name, PUSHED_TAG)


def _extended(document: Table, job: Table) -> Table:
    """A job with what it takes over from those that it extends, and they from others; the nearer counts."""
    whole, waiting, seen = dict(job), list(ci_documents.texts(job.get("extends"))), set[str]()
    while waiting:
        parent = waiting.pop()
        if parent not in seen:
            seen.add(parent)
            table = ci_documents.table(document.get(parent))
            whole = table | whole
            waiting += ci_documents.texts(table.get("extends"))
    return whole


def _script(job: Table) -> Iterator[str]:
    """The lines of all scripts of a job; a list in one of them is taken in (GitLab allows ten levels)."""
    left = [job.get(key) for key in ("after_script", "script", "before_script")]
    for _ in range(_MOST_LINES):
        if not left:
            return
        part = left.pop()
        if isinstance(part, list):
            left += reversed(part)
        else:
            yield ci_documents.text(part)


def _runs_for_tags(job: Table) -> bool:
    """Whether a job runs by itself for a tag; of its rules the first that matches decides."""
    if "rules" in job:
        for rule in ci_documents.tables(job["rules"]):
            condition = ci_documents.text(rule.get("if"))
            if _NO_GITLAB_TAG.search(condition):
                continue
            if not condition or "CI_COMMIT_TAG" in condition:
                return rule.get("when") not in {"never", "manual"}
        return False
    if "tags" in ci_documents.texts(job.get("except")) or job.get("when") == "manual":
        return False
    only = job.get("only")
    refs = ci_documents.texts(ci_documents.table(only).get("refs") if isinstance(only, dict) else only)
    return not refs or "tags" in refs or any(ref.startswith("/") for ref in refs)
