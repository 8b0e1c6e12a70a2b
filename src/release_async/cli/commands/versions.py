"""``versions``: show the places that state the version. It changes nothing, and no release is made."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from release_async.base.exit_codes import ExitCode
from release_async.base.lazy_typing import TYPE_CHECKING
from release_async.base.problems import Level, worst
from release_async.cli.command_line import Options
from release_async.cli.commands.unwatched_beside import unwatched_beside
from release_async.plan.events import LastTag, VersionsFound
from release_async.process import child_environments
from release_async.render import Renderer
from release_async.repository import snapshot
from release_async.versions.compare_places import compare
from release_async.versions.distribution import Distribution, Tree
from release_async.versions.find_distributions import distributions
from release_async.versions.import_packages import join_path

if TYPE_CHECKING:  # most projects have no version in their tags, and who wants a table wants it at once
    from release_async.cli.commands.tagged_version import Rules
    from release_async.versions.explain_skipped_files import SkippedFile


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
        rules = _rules(tree, found)
        passed = tuple(_passed_over(tree, found)) if options.explain else ()
        beside = "" if options.explain else unwatched_beside(tree, found)
    problems = tuple(problem for one in found for problem in compare(one))
    tags = _last_tags((top, env, options.rev or "HEAD"), found, rules)
    renderer.show(VersionsFound(found, problems, options.explain, passed, tags, beside))
    return ExitCode.REFUSED if worst(problems) is Level.REFUSE else ExitCode.DONE


def _rules(tree: Tree, found: Sequence[Distribution]) -> "Rules":
    """How each project whose version comes from the git tag finds it there, by its folder."""
    if not any(each.tag_tool for each in found):
        return {}
    from release_async.versions import tag_rules  # noqa: PLC0415 - see above

    return {each.root: tag_rules.read_rules(tree, each) for each in found if each.tag_tool}


def _last_tags(
    place: tuple[str, dict[str, str], str], found: Sequence[Distribution], rules: "Rules"
) -> tuple[LastTag, ...]:
    if not rules:
        return ()
    from release_async.cli.commands import tagged_version  # noqa: PLC0415 - see above

    return tagged_version.last_tags(tagged_version.Revision(*place), found, rules)


def _passed_over(tree: Tree, found: Sequence[Distribution]) -> "Iterator[SkippedFile]":
    from release_async.versions.explain_skipped_files import (  # noqa: PLC0415 - see above
        SkippedFile,
        skipped_files,
    )
    from release_async.versions.unwatched_lines import unwatched_lines  # noqa: PLC0415 - see above

    yield from skipped_files(tree, found)
    for line in unwatched_lines(tree, found):
        reason = "holds the current version; to watch it, in version-files:"
        yield SkippedFile(f"{line.path}:{line.line}", reason)
        yield SkippedFile("", line.entry)  # on a line of its own, to be copied


def _folder(options: Options, top: Path) -> str:
    """The folder that the options name, relative to the top of the working tree."""
    return join_path(snapshot.folder_in(options.project, top))


def _tree(options: Options, top: str, env: dict[str, str]) -> snapshot.Snapshot | snapshot.Disk:
    if options.rev is not None:
        return snapshot.revision(top, options.rev, env)
    return snapshot.index(top, env) if options.staged else snapshot.disk(top, env)
