"""``bump``: write a new version to every place that states it; no release is made."""

import os
from pathlib import Path

from release_async.base.errors import FailedError
from release_async.base.exit_codes import ExitCode
from release_async.cli.command_line import Options
from release_async.cli.commands import tagged_version
from release_async.plan.events import Bumped
from release_async.process import child_environments
from release_async.render import Renderer
from release_async.repository import atomic_write, snapshot
from release_async.versions import select_distribution, tag_rules, version_edits
from release_async.versions.import_packages import join_path


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
        project = select_distribution.distribution_at(
            tree, join_path(snapshot.folder_in(options.project, top))
        )
        if project.tag_tool:
            at, rules = tagged_version.Revision(str(top), env, "HEAD"), tag_rules.read_rules(tree, project)
            raise tagged_version.made_by_the_release(at, project, rules, options.request)
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
