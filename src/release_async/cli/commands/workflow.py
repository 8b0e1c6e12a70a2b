"""``workflow``: writes the workflows of CI that go with a project's settings, or checks those there are."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import anyio

from release_async.base.errors import FailedError, RefusedError
from release_async.base.exit_codes import ExitCode
from release_async.base.problems import Level
from release_async.cli.command_line import Options
from release_async.cli.commands import consent
from release_async.cli.init import own_installation
from release_async.guard import publishing_workflows, workflow_faults
from release_async.guard.workflow_faults import Fault
from release_async.plan import ci_workflows, compiled_parts, line_insertion
from release_async.plan.ci_workflows import MARK, WorkflowInputs
from release_async.plan.events import Note, Proposed
from release_async.plan.settings import Build, Flags
from release_async.render.redacting_renderer import RedactingRenderer
from release_async.repository import atomic_write
from release_async.run import project as projects
from release_async.run.project import Project
from release_async.versions import tag_title_and_message
from release_async.versions.text_encoding import plain
from release_async.versions.version_edits import Change

_FOLDER = ".github/workflows"


async def workflow(options: Options, renderer: RedactingRenderer) -> int:
    """Write what is missing, once a person has seen it; or tell what would break a release.

    Returns:
        ``DONE``, also where nothing has to be written; ``REFUSED`` where the person said No.

    Raises:
        RefusedError: With ``--check``: something there would break a release.
        UsageError: Nobody can be asked, without ``--yes``.
        FailedError: A file could not be written; none was.
        ConfigurationError: There is no project, or its settings are wrong.
    """
    project = await projects.open_project(Path(options.project), Flags(), os.environ)
    renderer.hide(project.settings.hidden)
    there = await anyio.to_thread.run_sync(_there, project.git.root)
    if options.check:
        return _checked(project, there, renderer)
    return await _write(options, renderer, project, _changes(project, there, renderer))


def _there(root: Path) -> dict[str, bytes]:
    """The files that configure CI, as they lie on the disk."""
    paths = [root / publishing_workflows.GITLAB, *root.glob(f"{_FOLDER}/*.y*ml")]
    paths += root.glob(".github/actions/*/action.y*ml")
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(paths) if path.is_file()}


def _wanted(project: Project) -> dict[str, str]:
    """The files that would be right for a project."""
    settings = project.settings

    def read(name: str) -> bytes | None:
        path = project.directory / name
        return path.read_bytes() if path.is_file() else None

    return ci_workflows.workflows(
        WorkflowInputs(
            folder=project.distribution.root,
            tag_format=settings.tag_format,
            branch=settings.branch,
            needs_history=project.tags is not None,
            compiled=bool(compiled_parts.compiled_by(read)),
            tool=own_installation.requirement() or _named(project) or ci_workflows.UNKNOWN,
            attests=settings.attest,
            build_path=settings.build_path if settings.build is Build.CI else "",
        )
    )


def _named(project: Project) -> str:
    """What a person has written into a file of ours, where the installation does not know it."""
    read = _there(project.git.root)
    texts = (read[path].decode("utf-8", "replace") for path in sorted(read) if _is_ours(read[path]))
    named = map(ci_workflows.named_tool, texts)
    return next((tool for tool in named if tool not in {"", ci_workflows.UNKNOWN}), "")


def _unknown(files: Mapping[str, bytes]) -> Iterator[str]:
    """The files of ours that do not say yet what pip installs this tool from."""
    paths = [path for path, data in files.items() if _is_ours(data) and ci_workflows.UNKNOWN.encode() in data]
    if paths:
        where = " and ".join(map(plain, paths))
        yield (
            f"{where}: write the URL that you cloned release-async from, and a commit, instead of ADDRESS "
            "and COMMIT (this installation does not know it): until then these jobs fail"
        )


def _checked(project: Project, there: dict[str, bytes], renderer: RedactingRenderer) -> int:
    """Tell every fault.

    Raises:
        RefusedError: One of them would break a release.
    """
    tag = tag_title_and_message.tag(project.settings.tag_format, project.distribution.version or "1.0")
    found = list(workflow_faults.faults(there, tag, page=True))
    collects = project.settings.build is Build.CI
    if collects:
        found += workflow_faults.build_faults(there, project.settings.build_path)
    unknown = tuple(_unknown(there))
    for line in (
        *unknown,
        *_differing(project, there),
        *(_said(each) for each in found if each.level is Level.WARN),
    ):
        renderer.show(Note(line))
    refused = [each for each in found if each.level is Level.REFUSE]
    if refused:
        count = f"{len(refused)} thing{'s' * (len(refused) != 1)}"
        raise RefusedError(
            f"{count} in the workflows would break a release",
            cure="correct each as it says; release-async workflow shows one that is right",
            detail="\n".join(_said(each) for each in refused),
        )
    if not collects and not list(publishing_workflows.publishing_jobs(there)):
        renderer.show(Note("no workflow on GitHub publishes this project"))
    elif not found and not unknown:
        renderer.show(Note("nothing in the workflows would break a release"))
    return ExitCode.DONE


def _said(fault: Fault) -> str:
    return f"{plain(fault.path)}: {plain(fault.words)}; do: {plain(fault.cure)}"


def _differing(project: Project, there: dict[str, bytes]) -> Iterator[str]:
    """The files of ours that would be written in another way now."""
    for path, text in _wanted(project).items():
        if _is_ours(there.get(path)) and there[path] != text.encode():
            yield f"{path} is not what would be written now: release-async workflow shows the difference"


def _is_ours(data: bytes | None) -> bool:
    return data is not None and data.startswith(MARK.encode())


def _changes(project: Project, there: dict[str, bytes], renderer: RedactingRenderer) -> list[Change]:
    """The files to be written: those that are missing, and those of ours that are out of date."""
    others = [job for job in publishing_workflows.publishing_jobs(there) if not _is_ours(there[job.path])]
    changes = []
    for path, text in _wanted(project).items():
        before = there.get(path)
        if before == text.encode():
            continue
        if before is not None and not _is_ours(before):
            renderer.show(Note(f"{path} is there already, and not ours: it is left as it is"))
        elif path == ci_workflows.PUBLISH and others:
            where = f"{plain(others[0].path)} publishes already (job {plain(others[0].name)})"
            renderer.show(Note(f"{where}, so that {path} is not written: release-async workflow --check"))
        else:
            changes.append(Change(path, before, text.encode()))
    return changes


async def _write(
    options: Options, renderer: RedactingRenderer, project: Project, changes: list[Change]
) -> int:
    """Show the files, and write them once the person agrees."""
    if not changes:
        renderer.show(Note("there is nothing to write"))
        return ExitCode.DONE
    shown = tuple(_difference(change) for change in changes)
    renderer.show(Proposed(project.distribution.name or "this project", (), shown, "workflows of"))
    try:
        atomic_write.check(project.git.root, changes)
        consent.require(options, renderer, "nothing is written")
        question = f"Write {'this file' if len(changes) == 1 else 'these files'}?"
        if not await consent.given(question, options, renderer):
            return ExitCode.REFUSED
        for change in changes:
            (project.git.root / change.path).parent.mkdir(parents=True, exist_ok=True)
        atomic_write.write_all(project.git.root, changes)
    except OSError as error:
        what = f"not all files can be written, so none is: {error}"
        raise FailedError(what, cure="look at its mode and its owner") from error
    for line in _next(project, changes):
        renderer.show(Note(line))
    return ExitCode.DONE


def _difference(change: Change) -> line_insertion.Difference:
    before = None if change.before is None else change.before.decode("utf-8", "replace")
    return line_insertion.difference(change.path, before, change.after.decode())


def _next(project: Project, changes: list[Change]) -> Iterator[str]:
    yield from _unknown({change.path: change.after for change in changes})
    yield "Written. Next, commit it."
    path = project.settings.build_path
    if project.settings.build is Build.CI and any(change.path == path for change in changes):
        yield "Push it to the default branch: GitHub starts by hand only a workflow that is there."
    if any(change.path == ci_workflows.PUBLISH for change in changes):
        yield "On the index, add a trusted publisher: this repository, publish.yml, the environment pypi."
        yield "On GitHub, let only tags of releases use that environment: Settings, Environments."
