"""``release-async next``: the version that follows from what has changed, and why. It changes nothing."""

import os
from pathlib import Path

from release_async.base.exit_codes import ExitCode
from release_async.cli.command_line import Options
from release_async.plan.events import NextVersion
from release_async.plan.proposed_version import ProposedVersion
from release_async.plan.settings import Flags
from release_async.render.redacting_renderer import RedactingRenderer
from release_async.run.computed_version import completed
from release_async.run.project import Project, open_project
from release_async.run.version_facts import proposed


async def next_version(options: Options, renderer: RedactingRenderer) -> int:
    """Show the proposed version; with ``--explain`` also the lines that decided.

    Raises:
        ReleaseAsyncError: The project cannot be read, or no version follows from what has changed.
    """
    project = await open_project(Path(options.project), Flags(), os.environ)
    renderer.hide(project.settings.hidden)
    project = await completed(project, "patch", renderer.show)
    renderer.show(as_event(project, await proposed(project), explain=options.explain))
    return ExitCode.DONE


def as_event(project: Project, proposal: ProposedVersion, *, explain: bool) -> NextVersion:
    """A proposal, to be shown."""
    version, part, source, why, reasons = proposal
    found = project.distribution
    lines = tuple((reason.where, reason.level.name.lower(), reason.text) for reason in reasons)
    return NextVersion(found.name, found.version or "", version, part, source, why, lines, explain)
