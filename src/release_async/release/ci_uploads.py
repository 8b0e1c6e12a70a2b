"""The jobs of CI that would upload the version that is released, by the workflows as HEAD has them."""

from collections.abc import Mapping

from release_async.guard import publishing_workflows
from release_async.guard.publishing_workflows import Upload
from release_async.plan.plan import Plan
from release_async.run.context import Context


def read(context: Context) -> dict[str, bytes]:
    """The files that configure CI, by their paths."""
    paths = filter(publishing_workflows.is_read, context.files.paths())
    return {path: context.files.read(path) or b"" for path in paths}


def uploads(plan: Plan, files: Mapping[str, bytes]) -> tuple[Upload, ...]:
    """The jobs that upload once a tag of the release is pushed, or its GitHub release is published."""
    found = {
        (upload.path, upload.job): upload
        for tag in plan.tags
        for upload in publishing_workflows.uploads(files, tag, page=bool(plan.page))
    }
    return tuple(found.values())
