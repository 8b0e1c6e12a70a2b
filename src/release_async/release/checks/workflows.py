"""No workflow of the repository uploads the same version a second time, once its tag or page is public."""

from release_async.base.problems import NotJudged, Problem, Problems, refuse, warn
from release_async.external.index import repository_url
from release_async.guard import publishing_workflows
from release_async.guard.publishing_workflows import Upload
from release_async.plan.plan import Plan
from release_async.plan.settings import Publish
from release_async.run.context import Context

TITLE = "Workflows"
LONG = False


async def run(plan: Plan, context: Context) -> Problems | NotJudged:
    """Refuse a release with an upload from here where a job of CI would upload too, unless that is meant."""
    if context.settings.publish is Publish.HERE:
        return NotJudged('publish = "here" in [tool.release-async]')
    if not repository_url.rules_of(plan.target):
        return NotJudged(f"what workflows upload is not known to go to {plan.target.name}")
    if not plan.tags:
        return NotJudged("no tag is pushed and no GitHub release is made")
    paths = filter(publishing_workflows.is_read, context.files.paths())
    files = {path: context.files.read(path) or b"" for path in paths}
    if not files:
        return NotJudged("there is no workflow that could upload")
    page = bool(plan.page)
    found = {
        (upload.path, upload.job): upload
        for tag in plan.tags
        for upload in publishing_workflows.uploads(files, tag, page=page)
    }
    return tuple(_problem(plan, upload) for upload in found.values())


def _problem(plan: Plan, upload: Upload) -> Problem:
    """In a rehearsal nothing is pushed that could start a job: there it is only told."""
    what = f"the job {upload.job} uploads this version too, {upload.trigger.words}"
    cure = (
        "let CI publish it: push the tag by hand, and let that job run release-async publish; or take the "
        'upload out of that job; or, if both are meant: publish = "here" in [tool.release-async]'
    )
    return (warn if plan.target.rehearses else refuse)(what, cure=cure, where=upload.path)
