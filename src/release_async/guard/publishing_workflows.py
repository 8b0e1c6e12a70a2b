"""Finds the jobs of CI that would upload a version by themselves once its tag or release page is there.

It reads what GitHub Actions and GitLab CI/CD are configured with, runs nothing and asks nobody. A condition
that it cannot judge counts as true: better a question too many than a second upload.
"""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

GITLAB: Final = ".gitlab-ci.yml"
_UPLOADING_ACTIONS: Final = re.compile(
    r"pypa/gh-action-pypi-publish|jrubics/poetry-publish|etils-actions/pypi-auto-publish|tschm/.*publish",
    re.IGNORECASE,
)
_COMMANDS: Final = re.compile(
    r"\btwine\s+upload\b|\b(?:uv|poetry|flit|hatch|pdm|maturin)\s+publish\b|\bmaturin\s+upload\b"
    r"|\bsetup\.py\b[^\n]*\bupload\b|\bpoetry\b[^\n]*\s--build\b[^\n]*\bpublish\b"
)
_TEST_INDEX: Final = re.compile(r"test[._-]?pypi|TestPyPI|TEST_PYPI", re.IGNORECASE)
_NAMED_EVENT: Final = re.compile(r"github\.event_name\s*(?P<sign>[!=]=)\s*'(?P<event>\w+)'")
_NAMED_REF: Final = re.compile(r"github\.ref(?:_name)?\s*==\s*'(?P<ref>[^']+)'")


class Trigger(NamedTuple):
    """What starts a job, as far as a release makes it happen."""

    event: str
    words: str


PUSHED_TAG: Final = Trigger("push", "when the tag is pushed")
RELEASE_PAGE: Final = Trigger("release", "when the release page is published")


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
    return path == GITLAB or (folder == ".github/workflows" and name.endswith((".yml", ".yaml")))


def uploads(files: Mapping[str, bytes], tag: str, *, page: bool) -> Iterator[Upload]:
    """Find the jobs that would upload.

    Args:
        files: The content of the files for which ``is_read`` is true, by their paths.
        tag: The tag that will be pushed.
        page: Whether a release page will be published.
    """
    documents = {path: document for path, data in files.items() if (document := _load(data))}
    for path, document in sorted(documents.items()):
        if path == GITLAB:
            yield from _of_gitlab(path, document)
            continue
        for trigger in _triggers(document, tag, page=page):
            for name, job in _table(document.get("jobs")).items():
                if _may_run(job, trigger) and _uploads(job, path, documents):
                    yield Upload(path, str(name), trigger)


def _load(data: bytes) -> dict[object, object] | None:
    """A YAML file as a table; None where it is none, which CI would not run either."""
    import yaml  # type: ignore[import-untyped]  # noqa: PLC0415 - its stubs are a package of their own; few runs need it

    try:
        document = yaml.safe_load(data.decode("utf-8", "replace"))
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    return document if isinstance(document, dict) else None


def _table(value: object) -> dict[object, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    """A scalar as text; a list or table, which aliases may make endless, is none."""
    return str(value) if isinstance(value, str | int | float) else ""


def _texts(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value] if value is not None else []
    return tuple(map(_text, listed))


def _triggers(document: dict[object, object], tag: str, *, page: bool) -> Iterator[Trigger]:
    """Which of the two start a workflow; YAML 1.1 reads its key ``on`` as true."""
    given = document.get("on", document.get(True))
    events = _table(given) if isinstance(given, dict) else dict.fromkeys(_texts(given))
    if ("push" in events and _takes_tag(_table(events["push"]), tag)) or "create" in events:
        yield PUSHED_TAG
    if page and "release" in events:
        types = _texts(_table(events["release"]).get("types"))
        if not types or {"published", "released", "created"}.intersection(types):
            yield RELEASE_PAGE


def _takes_tag(push: dict[object, object], tag: str) -> bool:
    """Whether a push of a tag passes the filters (GitHub's workflow syntax, ``on.push``)."""
    if "tags" in push:
        taken = False
        for pattern in _texts(push["tags"]):
            excluded = pattern.startswith("!")
            if _matches(tag, pattern.removeprefix("!")):
                taken = not excluded
        return taken
    if "tags-ignore" in push:
        return not any(_matches(tag, pattern) for pattern in _texts(push["tags-ignore"]))
    return not {"branches", "branches-ignore"}.intersection(map(str, push))


def _matches(tag: str, pattern: str) -> bool:
    """A filter pattern: ``*`` and ``**`` match any text, ``?`` and ``+`` repeat what stands before them."""
    parts = re.split(r"(\*+|\[[^\]]*\]|[?+])", pattern)
    expression = "".join(
        ".*" if part.startswith("*") else part if part[:1] in {"[", "?", "+"} and part else re.escape(part)
        for part in parts
    )
    try:
        return re.fullmatch(expression, tag) is not None
    except re.error:
        return fnmatchcase(tag, pattern)


def _may_run(job: object, trigger: Trigger) -> bool:
    """Whether a job's condition lets it run for this event."""
    condition = _text(_table(job).get("if"))
    named = list(_NAMED_EVENT.finditer(condition))
    wanted = {found["event"] for found in named if found["sign"] == "=="}
    refs = {found["ref"] for found in _NAMED_REF.finditer(condition)}
    tags_too = "refs/tags" in condition or "ref_type" in condition or "release" in wanted
    if (
        wanted and trigger.event not in wanted and not ("refs/tags" in condition and "||" in condition)
    ) or any(found["sign"] == "!=" and found["event"] == trigger.event for found in named):
        return False
    return not refs or tags_too or not all(_is_branch(ref) for ref in refs)


def _is_branch(ref: str) -> bool:
    return ref.startswith("refs/heads/") or "/" not in ref


def _uploads(job: object, path: str, documents: Mapping[str, dict[object, object]], depth: int = 0) -> bool:
    """Whether a job uploads, itself or in a workflow of the same repository that it calls."""
    table = _table(job)
    called = _text(table.get("uses"))
    if called.startswith("./") and depth < 3:  # noqa: PLR2004 - GitHub itself allows few levels
        jobs = _table(documents.get(called.removeprefix("./"), {}).get("jobs"))
        return any(_uploads(inner, path, documents, depth + 1) for inner in jobs.values())
    if _TEST_INDEX.search(_text(table.get("environment"))):
        return False
    steps = table.get("steps")
    return any(_is_upload(_table(step)) for step in (steps if isinstance(steps, list) else ()))


def _is_upload(step: dict[object, object]) -> bool:
    uses, command = _text(step.get("uses")), _text(step.get("run"))
    given = " ".join(f"{_text(key)} {_text(value)}" for key, value in _table(step.get("with")).items())
    environment = " ".join(f"{_text(key)} {_text(value)}" for key, value in _table(step.get("env")).items())
    if _UPLOADING_ACTIONS.match(uses) or (
        uses.lower().startswith("pyo3/maturin-action") and re.search(r"command (upload|publish)", given)
    ):
        return not _TEST_INDEX.search(given)
    lines = [line for line in command.splitlines() if not line.lstrip().startswith("#")]
    return any(_COMMANDS.search(line) and not _TEST_INDEX.search(line + environment) for line in lines)


def _of_gitlab(path: str, document: dict[object, object]) -> Iterator[Upload]:
    """Jobs that run for a tag: by ``only`` or ``rules``, or as nothing says when (GitLab, YAML reference)."""
    for name, job in document.items():
        table = _table(job)
        script = "\n".join(_texts(table.get("script")))
        lines = [line for line in script.splitlines() if _COMMANDS.search(line)]
        if lines and not all(map(_TEST_INDEX.search, lines)) and _runs_for_tags(table):
            yield Upload(path, str(name), PUSHED_TAG)


def _runs_for_tags(job: dict[object, object]) -> bool:
    if "rules" in job:
        rules = job["rules"] if isinstance(job["rules"], list) else []
        conditions = [_text(_table(rule).get("if")) for rule in rules if _table(rule).get("when") != "never"]
        return any("CI_COMMIT_TAG" in each or not each for each in conditions)
    if "tags" in _texts(job.get("except")) or job.get("when") == "manual":
        return False
    only = job.get("only")
    refs = _texts(_table(only).get("refs") if isinstance(only, dict) else only)
    return not refs or "tags" in refs or any(ref.startswith("/") for ref in refs)
