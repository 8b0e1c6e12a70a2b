"""What in the workflows of a project would break a release that GitHub's CI publishes. It runs nothing."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from release_async.base.problems import Level
from release_async.guard import ci_documents, publishing_workflows
from release_async.guard.ci_documents import Table
from release_async.guard.publishing_workflows import PublishingJob

_PINNED: Final = re.compile(r"[0-9a-f]{40}")
_STORED: Final = re.compile(r"\bsecrets\s*[.\[]")
_TOKEN: Final = re.compile(r"password|token|PYPI|TWINE|UV_PUBLISH", re.IGNORECASE)
_UPLOAD: Final = "actions/upload-artifact"
_ANYHOW: Final = re.compile(r"always\(\)|!\s*cancelled\(\)|failure\(\)")


class Fault(NamedTuple):
    """One thing in a workflow.

    Attributes:
        level: Whether a release would break by it.
        path: The file.
        job: The name of the job; empty where the file as a whole is meant.
        what: What is wrong.
        cure: What to write.
    """

    level: Level
    path: str
    job: str
    what: str
    cure: str

    @property
    def words(self) -> str:
        """What is wrong, with the job that is meant."""
        return f"the job {self.job} {self.what}" if self.job else f"the workflow {self.what}"


def faults(files: Mapping[str, bytes], tag: str, *, page: bool) -> Iterator[Fault]:
    """Find what would break the next release.

    Args:
        files: The content of the files that configure CI, by their paths.
        tag: A tag as the next release would push it.
        page: Whether a release page is published as well.
    """
    jobs = list(publishing_workflows.publishing_jobs(files))
    started = list(publishing_workflows.uploads(files, tag, page=page))
    if jobs and not started:
        yield Fault(
            Level.WARN,
            jobs[0].path,
            jobs[0].name,
            f"nothing starts it when the tag {tag} is pushed",
            "on: push: tags: with a pattern that matches it; else it is started by hand",
        )
    for other in dict.fromkeys((each.path, each.job) for each in started[1:]):
        if other != (started[0].path, started[0].job):
            what = f"uploads the same version as the job {started[0].job} of {started[0].path}"
            yield Fault(Level.REFUSE, *other, what, "let one job upload: the other one fails, or is first")
    for job in jobs:
        yield from _of_job(job)


def build_faults(files: Mapping[str, bytes], path: str) -> Iterator[Fault]:
    """Find what would break a release whose files a workflow builds that is started by hand for it.

    Args:
        files: As for ``faults``.
        path: The file of that workflow.
    """
    document = ci_documents.load(files[path]) if path in files else None
    if document is None:
        why = "cannot be read as YAML" if path in files else "is not there, and it is to build the release"
        yield Fault(Level.REFUSE, path, "", why, "one, with release-async workflow; then commit and push it")
        return
    yield from _of_start(document, path)
    for found in publishing_workflows.publishing_jobs(files):
        if found.path == path:
            what = "uploads by itself, before anything is inspected and before the whole is there"
            yield Fault(
                Level.REFUSE, path, found.name, what, "only build in it: the upload follows from here"
            )
    jobs = {
        str(name): ci_documents.table(job) for name, job in ci_documents.table(document.get("jobs")).items()
    }
    keeping = [step for job in jobs.values() for step in _keeping(job)]
    if not keeping and not any("uses" in job for job in jobs.values()):
        cure = f"keep them with {_UPLOAD}"
        yield Fault(Level.REFUSE, path, "", "has no job that keeps the files that it builds", cure)
    for name, job in jobs.items():
        yield from _of_building_job(path, name, job)


def _of_start(document: Table, path: str) -> Iterator[Fault]:
    """What keeps it from being started with nothing but a branch."""
    events = ci_documents.events(document)
    if "workflow_dispatch" not in events:
        what = "cannot be started by hand, which is how a release starts it"
        yield Fault(Level.REFUSE, path, "", what, "on: workflow_dispatch:")
        return
    inputs = ci_documents.table(ci_documents.table(events["workflow_dispatch"]).get("inputs"))
    for name, given in inputs.items():
        asked = ci_documents.table(given)
        if asked.get("required") is True and "default" not in asked:
            what = f"asks for the input {name}, which a release does not give"
            yield Fault(Level.REFUSE, path, "", what, "give the input a default")


def _of_building_job(path: str, name: str, job: Table) -> Iterator[Fault]:
    def warn(what: str, cure: str) -> Fault:
        return Fault(Level.WARN, path, name, what, cure)

    strategy = ci_documents.table(job.get("strategy"))
    if "matrix" in strategy and strategy.get("fail-fast") is not False:
        yield warn(_FAIL_FAST, "strategy: fail-fast: false")
    if ci_documents.table(job.get("permissions")).get("id-token") == "write":
        yield warn("may ask for its identity, and publishes nothing", "leave id-token: write away")
    for step in _keeping(job):
        if ci_documents.table(step.get("with")).get("if-no-files-found") != "error":
            yield warn("ends well where it has built nothing", "if-no-files-found: error")
    yield from (warn(_said_of(uses), _TO_PIN) for uses in _unpinned(job))


def _keeping(job: Table) -> Iterator[Table]:
    """The steps of a job that keep files."""
    for step in ci_documents.tables(job.get("steps")):
        if ci_documents.text(step.get("uses")).startswith(f"{_UPLOAD}@"):
            yield step


_FAIL_FAST: Final = "ends the other machines of its matrix as soon as one has failed"
_TO_PIN: Final = "pin it to a full commit id, the tag in a comment"


def _said_of(uses: str) -> str:
    return f"uses {uses}, which can be changed by others"


def _of_job(found: PublishingJob) -> Iterator[Fault]:
    def refuse(what: str, cure: str) -> Fault:
        return Fault(Level.REFUSE, found.path, found.name, what, cure)

    def warn(what: str, cure: str) -> Fault:
        return Fault(Level.WARN, found.path, found.name, what, cure)

    events = ci_documents.events(found.document)
    has_identity, has_token = _may_identify(found), _has_token(found.job) or _has_token(found.document)
    if "pull_request_target" in events:
        yield refuse("is started by pull_request_target, which may not publish", "start it by a pushed tag")
    if set(map(str, events)) == {"workflow_call"}:
        yield refuse(
            "is in a workflow that others call: no publisher is one of those", "publish in the caller"
        )
    if not has_identity and not has_token:
        yield refuse(
            "has no token, and may not ask for its identity", "permissions: id-token: write in this job"
        )
    if has_identity and has_token:
        yield warn("has a stored token beside trusted publishing: one more way in", "take the token out")
    if has_identity and not found.job.get("environment"):
        yield warn("has no environment: everybody who can push a tag can publish", "environment: pypi")
    yield from (
        refuse(f"does not need the job {name}, and publishes without its files", f"needs: [{name}]")
        for name in _not_needed(found)
    )
    if _ANYHOW.search(ci_documents.text(found.job.get("if"))):
        yield refuse("publishes also if a job before it has failed", "leave out always() and the like")
    yield from _of_matrices(found)
    yield from (warn(_said_of(uses), _TO_PIN) for uses in _unpinned(found.job))


def _may_identify(found: PublishingJob) -> bool:
    given = found.job.get("permissions", found.document.get("permissions"))
    return ci_documents.table(given).get("id-token") == "write" or given == "write-all"


def _has_token(part: Table) -> bool:
    """Whether a stored secret is handed to what uploads, by an input or a variable."""
    tables = [ci_documents.table(part.get("env"))]
    for step in ci_documents.tables(part.get("steps")):
        tables += [ci_documents.table(step.get("env")), ci_documents.table(step.get("with"))]
    pairs = ((str(name), ci_documents.text(value)) for table in tables for name, value in table.items())
    return any(_STORED.search(value) and _TOKEN.search(name) for name, value in pairs)


def _not_needed(found: PublishingJob) -> Iterator[str]:
    """The jobs that hand on files, and that may still run or have failed when this one publishes."""
    jobs = {
        str(name): ci_documents.table(job)
        for name, job in ci_documents.table(found.document.get("jobs")).items()
    }
    needed, waiting = {found.name}, [found.name]
    while waiting:
        for name in ci_documents.texts(jobs.get(waiting.pop(), {}).get("needs")):
            if name not in needed:
                needed.add(name)
                waiting.append(name)
    for name, job in jobs.items():
        if name not in needed and any(_keeping(job)):
            yield name


def _of_matrices(found: PublishingJob) -> Iterator[Fault]:
    jobs = ci_documents.table(found.document.get("jobs"))
    for name in ci_documents.texts(found.job.get("needs")):
        strategy = ci_documents.table(ci_documents.table(jobs.get(name)).get("strategy"))
        if "matrix" in strategy and strategy.get("fail-fast") is not False:
            yield Fault(Level.WARN, found.path, name, _FAIL_FAST, "strategy: fail-fast: false")


def _unpinned(job: Table) -> Iterator[str]:
    for step in ci_documents.tables(job.get("steps")):
        uses = ci_documents.text(step.get("uses"))
        if uses and not uses.startswith("./") and not _PINNED.fullmatch(uses.rpartition("@")[2]):
            yield uses
