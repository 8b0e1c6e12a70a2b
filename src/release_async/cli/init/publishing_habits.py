"""How a project is published today, by its workflows and files, and what of this tool fits that."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from release_async.guard import publishing_workflows, workflow_faults
from release_async.guard.publishing_workflows import Upload
from release_async.plan import compiled_parts
from release_async.versions.text_encoding import plain


class PublishingHabits(NamedTuple):
    """How a project is published.

    Attributes:
        by_ci: Whether a job of CI uploads it: then no token is needed here.
        words: The same in a few words.
        advice: What to know of it, a line each.
    """

    by_ci: bool
    words: str
    advice: tuple[str, ...]


def found(
    workflows: Mapping[str, bytes], version: str, read: Callable[[str], bytes | None]
) -> PublishingHabits:
    """What the files of a project tell.

    Args:
        workflows: The files that configure CI, by their paths.
        version: The version of the project, of which the next tag is thought to be.
        read: Gives the content of a file of the project, None where there is none.
    """
    uploads = [*publishing_workflows.uploads(workflows, f"v{version}", page=True)]
    if uploads:
        return _by_ci(workflows, uploads[0])
    if jobs := [*publishing_workflows.publishing_jobs(workflows)]:
        by_hand = f"by {plain(jobs[0].path)} (job {plain(jobs[0].name)}), started by hand"
        return PublishingHabits(by_ci=True, words=by_hand, advice=_ADVICE)
    if compiled := compiled_parts.compiled_by(read):
        return PublishingHabits(
            by_ci=False, words=f"from here; parts are compiled ({compiled})", advice=_COMPILED
        )
    return PublishingHabits(by_ci=False, words="from here, with a token", advice=())


def _by_ci(workflows: Mapping[str, bytes], first: Upload) -> PublishingHabits:
    words = f"by {plain(first.path)} (job {plain(first.job)}), {first.trigger.words}"
    faults = [*workflow_faults.faults(workflows, "v1.0", page=True)]
    more = (f"  release-async workflow --check finds {len(faults)} in it to look at",) if faults else ()
    head = f"{plain(first.path)} publishes already, {first.trigger.words} (job {plain(first.job)}):"
    return PublishingHabits(by_ci=True, words=words, advice=(head, *_ADVICE, *more))


_ADVICE = (
    "  no token is needed here, and .env.example is left out",
    '  with publish = "ci" in [tool.release-async] a release pushes the tag, and waits for that job until',
    "  the index has every file; release-async publish in that job uploads all of them or none;",
    '  without that, a release from here is refused, unless publish = "here" says that both are meant',
)
_COMPILED = (
    "parts of the project are compiled: what is built here is one wheel, for this machine alone;",
    "  to build wheels for others in CI and publish all of them together: release-async workflow;",
    '  to upload from here what CI has built, also to a private index: build = "ci" in [tool.release-async]',
)
