"""``versions`` and ``bump``: show the places that state the version, and edit them; no release is made."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from release_async.base.errors import FailedError
from release_async.base.exit_codes import ExitCode
from release_async.base.problems import Level, worst
from release_async.cli.command_line import Options
from release_async.plan.events import Bumped, VersionsFound
from release_async.process import child_environments
from release_async.render import Renderer
from release_async.repository import atomic_write, snapshot
from release_async.versions import select_distribution, version_edits
from release_async.versions.compare_places import compare
from release_async.versions.distribution import Distribution, Tree
from release_async.versions.explain_skipped_files import SkippedFile, skipped_files
from release_async.versions.find_distributions import distributions
from release_async.versions.import_packages import join_path
from release_async.versions.unwatched_lines import unwatched_lines


def versions(options: Options, renderer: Renderer) -> int:
    """Show every place that states a version: on the disk, in the index, or in a revision.

    Returns:
        0 where the places of each distribution agree, 3 where they do not.

    Raises:
        CommandError: Git failed.
        UsageError: This is no working tree.
    """
    env = child_environments.for_git(os.environ)
    top = snapshot.toplevel(options.project, env)
    with _tree(options, top, env) as tree:
        found = distributions(tree, _folder(options, Path(top).resolve()))
        passed = (*skipped_files(tree, found), *_unwatched(tree, found)) if options.explain else ()
    problems = tuple(problem for one in found for problem in compare(one))
    renderer.show(VersionsFound(found, problems, options.explain, passed))
    return ExitCode.REFUSED if worst(problems) is Level.REFUSE else ExitCode.DONE


def _unwatched(tree: Tree, found: Sequence[Distribution]) -> Iterator[SkippedFile]:
    for line in unwatched_lines(tree, found):
        reason = "not watched, and holds the current version: name it in version-files if it has to follow"
        yield SkippedFile(f"{line.path}:{line.line}", reason)


def _folder(options: Options, top: Path) -> str:
    """The folder that the options name, relative to the top of the working tree."""
    return join_path(snapshot.folder_in(options.project, top))


def _tree(options: Options, top: str, env: dict[str, str]) -> snapshot.Snapshot | snapshot.Disk:
    if options.rev is not None:
        return snapshot.revision(top, options.rev, env)
    return snapshot.index(top, env) if options.staged else snapshot.disk(top, env)


def bump(options: Options, renderer: Renderer) -> int:
    """Write a new version to every place in the working tree; to all of them or none.

    Raises:
        UsageError: There is no distribution here, or the request is neither a part nor a version.
        ConfigurationError: A place cannot be read or edited.
        FailedError: A file could not be written; all are as before.
    """
    env = child_environments.for_git(os.environ)
    top = Path(snapshot.toplevel(options.project, env)).resolve()
    with snapshot.disk(top, env) as tree:
        project = select_distribution.distribution_at(tree, _folder(options, top))
        version = str(select_distribution.requested_version(project, options.request))
        changes = version_edits.changes(project, tree, version)
    try:
        atomic_write.write_all(top, changes)
    except OSError as error:
        raise FailedError(
            f"a file could not be written: {error}", cure="nothing was changed; look at its mode"
        ) from error
    renderer.show(Bumped(project.name, version, tuple(one for change in changes for one in change.edits)))
    return ExitCode.DONE
