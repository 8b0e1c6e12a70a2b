"""``versions`` and ``bump``: show the places that state the version, and edit them; no release is made."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from release_async.base.errors import CommandError, ConfigurationError, FailedError
from release_async.base.exit_codes import ExitCode
from release_async.base.problems import Level, worst
from release_async.cli.command_line import Options
from release_async.plan.events import Bumped, LastTag, VersionsFound
from release_async.process import child_environments
from release_async.render import Renderer
from release_async.repository import atomic_write, git_process, snapshot, version_tags
from release_async.versions import select_distribution, tag_history, tag_rules, version_edits
from release_async.versions.compare_places import compare
from release_async.versions.distribution import Distribution, Tree
from release_async.versions.explain_skipped_files import SkippedFile, skipped_files
from release_async.versions.find_distributions import distributions
from release_async.versions.import_packages import join_path
from release_async.versions.tag_form import Member
from release_async.versions.tag_history import TagHistory
from release_async.versions.tag_rules import TagRules
from release_async.versions.untagged_version import untagged_version
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
        rules = {each.root: tag_rules.read_rules(tree, each) for each in found if each.tag_tool}
        passed = (*skipped_files(tree, found), *_unwatched(tree, found)) if options.explain else ()
    problems = tuple(problem for one in found for problem in compare(one))
    at = _Commit(top, env, options.rev or "HEAD")
    tags = tuple(_last_tag(at, each, rules[each.root], found) for each in found if each.tag_tool)
    renderer.show(VersionsFound(found, problems, options.explain, passed, tags))
    return ExitCode.REFUSED if worst(problems) is Level.REFUSE else ExitCode.DONE


class _Commit(NamedTuple):
    """A revision of a repository."""

    top: str
    env: dict[str, str]
    revision: str


def _last_tag(
    at: _Commit, distribution: Distribution, rules: TagRules, found: Sequence[Distribution]
) -> LastTag:
    """What the tags say of one distribution; nothing where there is no commit yet."""
    head = _object_id(at)
    if not head:
        return LastTag(distribution.root, distribution.tag_tool)
    said = version_tags.tag_history((at.top, at.env), head, rules, _member(distribution, found))
    return LastTag(
        distribution.root,
        distribution.tag_tool,
        said.last.name if said.last else "",
        said.current,
        said.distance,
        untagged_version(said, head),
    )


def _member(distribution: Distribution, found: Sequence[Distribution]) -> Member:
    alone = not distribution.root or bool(distribution.peers) or len(found) == 1
    return Member(name=distribution.name, alone=alone, version=distribution.version or "")


def _object_id(at: _Commit) -> str:
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{at.revision}^{{commit}}")
    try:
        told = git_process.output(at.top, git_process.environment(at.top, at.env), *asked)
    except CommandError:
        return ""
    return told.decode().strip()


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

    Where the version comes from the git tag there is no place: the release makes the tag.

    Raises:
        UsageError: There is no distribution here, or the request is neither a part nor a version.
        ConfigurationError: A place cannot be read or edited.
        FailedError: A file could not be written; all are as before.
    """
    env = child_environments.for_git(os.environ)
    top = Path(snapshot.toplevel(options.project, env)).resolve()
    with snapshot.disk(top, env) as tree:
        project = select_distribution.distribution_at(tree, _folder(options, top))
        if project.tag_tool:
            at = _Commit(str(top), env, "HEAD")
            raise _made_by_the_release(at, project, tag_rules.read_rules(tree, project), options.request)
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


def _made_by_the_release(
    at: _Commit, project: Distribution, rules: TagRules, request: str
) -> ConfigurationError:
    """That there is nothing to edit, and which tag the release would make."""
    head, member = _object_id(at), _member(project, (project,))
    said = version_tags.tag_history((at.top, at.env), head, rules, member) if head else TagHistory(rules)
    version = str(select_distribution.requested_version(project, request, tagged=said.version))
    tag = tag_history.form_of(said, member).replace(
        tag_history.PLACE, tag_history.spelled(version, said.spellings)
    )
    return ConfigurationError(
        f"{project.name} takes its version from the git tag ({project.tag_tool}): there is nothing to edit, "
        f"and the release makes the tag, {tag}",
        cure=f"release-async --version {version}",
    )
