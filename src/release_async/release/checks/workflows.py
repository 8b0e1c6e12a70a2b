"""No workflow uploads one version twice, once its tag is public; where CI publishes, one does."""

from collections.abc import Mapping

from release_async.base.errors import FailedError
from release_async.base.problems import NotJudged, Problem, Problems, refuse, warn
from release_async.external.github.gh_api import Obstacle
from release_async.external.index import repository_url
from release_async.guard import publishing_workflows, workflow_faults
from release_async.guard.publishing_workflows import Upload
from release_async.guard.workflow_faults import Fault
from release_async.plan.plan import Plan
from release_async.plan.settings import Publish
from release_async.release import ci_uploads
from release_async.run.context import Context

TITLE = "Workflows"
LONG = False


async def run(plan: Plan, context: Context) -> Problems | NotJudged:
    """Refuse a release with an upload from here where a job of CI would upload too, unless that is meant.

    Where CI publishes, or builds for an upload from here, also what would keep it from that.
    """
    if plan.is_by_ci:
        return (*await _unseen(plan, context), *_of_publishing(plan, ci_uploads.read(context)))
    found = _of_uploads(plan, context)
    if not plan.collects:
        return found
    building = await _of_building(context)
    return building if isinstance(found, NotJudged) else (*building, *found)


def _of_uploads(plan: Plan, context: Context) -> Problems | NotJudged:
    if context.settings.publish is Publish.HERE:
        return NotJudged('publish = "here" in [tool.release-async]')
    if not repository_url.rules_of(plan.target):
        return NotJudged(f"which workflow uploads to {plan.target.name} is not known")
    if not plan.tags:
        return NotJudged("no tag is pushed and no GitHub release is made")
    files = ci_uploads.read(context)
    if not files:
        return NotJudged("there is no workflow that could upload")
    return tuple(_problem(plan, upload) for upload in ci_uploads.uploads(plan, files))


async def _unseen(plan: Plan, context: Context) -> Problems:
    """Refuse to push a tag whose run could not be seen: none may ever start, and it would be awaited."""
    if plan.target.rehearses:
        return ()
    forge = await context.forge.connect()
    if not isinstance(forge, Obstacle):
        return ()
    what = f"publish is ci, and a run that publishes would never be seen: {forge.what}"
    help_ = f"{forge.cure}; or" if forge.cure else "push to a remote on GitHub, which has runs; or"
    return (refuse(what, cure=f'{help_} upload from here: publish = "here" in [tool.release-async]'),)


async def _of_building(context: Context) -> Problems:
    """What would keep CI from building the release commit: told before that is pushed."""
    path = context.settings.build_path
    read = ci_uploads.read(context)
    found = [_as_problem(fault) for fault in workflow_faults.build_faults(read, path)]
    if context.settings.is_rehearsal:  # which builds by itself
        return tuple(found)
    builds = await context.candidate_builds()
    if isinstance(builds, Obstacle):
        cure = builds.cure or "CI is started on GitHub, with gh: push to a remote there"
        return (*found, refuse(f"CI cannot be asked to build: {builds.what}", cure=cure))
    try:
        why, cure = await builds.unusable(path)
    except FailedError as error:
        return (*found, refuse(f"cannot find out whether CI can build: {error.what}", cure=error.cure))
    return (*found, refuse(why, cure=cure)) if why else tuple(found)


def _as_problem(fault: Fault) -> Problem:
    return Problem(fault.level, fault.path, fault.words, f"write: {fault.cure}")


def _of_publishing(plan: Plan, files: Mapping[str, bytes]) -> Problems:
    """What would keep CI from publishing all of this version, once: told before the tag is pushed."""
    if not any(list(publishing_workflows.uploads(files, tag, page=False)) for tag in plan.tags):
        what = f"no job of CI uploads when the tag {' and '.join(plan.tags)} is pushed, and publish is ci"
        return (refuse(what, cure="write one: release-async workflow; then commit and push it"),)
    found = [fault for tag in plan.tags for fault in workflow_faults.faults(files, tag, page=bool(plan.page))]
    return tuple(map(_as_problem, found))


def _problem(plan: Plan, upload: Upload) -> Problem:
    """In a rehearsal nothing is pushed that could start a job: there it is only told."""
    what = f"the job {upload.job} uploads this version too, {upload.trigger.words}"
    cure = (
        'let CI publish it: publish = "ci" in [tool.release-async] pushes the tag and waits for that job; or '
        'take the upload out of that job; or, if both are meant: publish = "here"'
    )
    return (warn if plan.target.rehearses else refuse)(what, cure=cure, where=upload.path)
