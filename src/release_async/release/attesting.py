"""Has the files that a job of CI publishes attested by that job, before the first of them is uploaded.

They are signed in the uploader, and verified as attestations are that were given. An attestation lies beside
the file that it is of, from where it is sent with it, also by a run that goes on with this one.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import anyio

from release_async.base.errors import FailedError
from release_async.external.index import repository_url
from release_async.external.index.attestation_rules import ExpectedPublisher
from release_async.external.index.uploader import Claims, attestations_of
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed
from release_async.plan.given_files import ATTESTATIONS
from release_async.plan.plan import Plan
from release_async.plan.settings import Settings
from release_async.run.context import Context
from release_async.run.step_results import Results

_CURE = "try again; or publish without attestations: attest = false in [tool.release-async]"


def is_wanted(plan: Plan, settings: Settings) -> bool:
    """Whether this run attests: a job does that publishes what is built, with an identity of its own."""
    identity = settings.identity if settings.token is None else None
    return plan.publishes_given and settings.attest and identity is not None and not identity.lacking


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """One for all files that have no attestation yet; none where nothing is to be attested."""
    if not is_wanted(plan, context.settings):
        return ()
    return (
        Effect(
            name=f"attestations of {len(made.files)} files",
            probe=partial(_attested, made),
            perform=partial(_attest, context, made),
        ),
    )


async def _attested(made: Results) -> Probed:
    return NOT_DONE if _without(made) else DONE


def _without(made: Results) -> list[Path]:
    return [artifact.path for artifact in made.files if not attestations_of(artifact.path)]


async def _attest(context: Context, made: Results) -> None:
    """Sign what has none yet.

    Raises:
        FailedError: It could not be signed, or what was signed is not what has to be sent.
    """
    identity, files = context.settings.identity, _without(made)
    if identity is None:
        raise FailedError("this is no job of CI that could attest anything", cure=_CURE)
    uploader = context.workspace.uploader
    for path, text in zip(files, await uploader.attest(files, identity), strict=True):
        await anyio.Path(f"{path}{ATTESTATIONS[0]}").write_text(text, encoding="utf-8")
    await _see_that_they_are_good(context, files)


async def _see_that_they_are_good(context: Context, files: Sequence[Path]) -> None:
    expected = await publisher(context)
    errors = await context.workspace.uploader.attested(files, expected)
    wrong = [f"{path.name} {error}" for path, error in errors.items() if error]
    if wrong:
        for path in files:
            for each in attestations_of(path):
                await anyio.Path(each).unlink()
        raise FailedError(f"what was signed cannot be verified: {wrong[0]}", cure=_CURE)


async def publisher(context: Context) -> ExpectedPublisher:
    """Who has to have made the attestations: this job of CI, or a workflow of the project's repository."""
    repository = str(await context.forge.repository() or "")
    identity, url = context.settings.identity, repository_url.target(context.settings).repository_url
    if identity is None or identity.lacking:
        return ExpectedPublisher(repository)
    seen = await context.workspace.uploader.identify(url, identity)
    if not isinstance(seen, Claims):
        return ExpectedPublisher(repository)
    workflow = seen.get("workflow_ref", "ci_config_ref_uri").partition("@")[0]
    name = workflow.rpartition("/")[2] if "/.github/workflows/" in workflow else workflow.rpartition("//")[2]
    return ExpectedPublisher(seen.get("repository", "project_path") or repository, name)
