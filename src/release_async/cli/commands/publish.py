"""``publish``: uploads what is built already, by a person or by a job of CI. It builds and tags nothing."""

from collections.abc import Sequence
from pathlib import Path

import anyio

from release_async.base import files
from release_async.base.errors import UsageError
from release_async.base.exit_codes import ExitCode
from release_async.base.printable_text import printable
from release_async.cli.command_line import Options
from release_async.cli.commands import consent, unfinished
from release_async.cli.commands.next_command import may_be_done
from release_async.cli.commands.release import perform
from release_async.cli.commands.release_request import check_options, release_request
from release_async.cli.commands.resume import resume
from release_async.cli.commands.unfinished import nothing_unfinished
from release_async.plan import given_files, preview
from release_async.plan.events import Note
from release_async.plan.given_files import GivenFiles
from release_async.release import check_runner
from release_async.render.redacting_renderer import RedactingRenderer
from release_async.run import opening
from release_async.run.context import Context


async def publish(options: Options, renderer: RedactingRenderer) -> int:
    """Publish the given files, all of them or none; what the index has already is not sent again.

    Where this clone has begun to publish these very files and was interrupted, it goes on with that.

    Returns:
        ``DONE`` when all are there, ``REFUSED`` where the person said No.

    Raises:
        UsageError: A file is missing or is no distribution, or nobody has said Yes and nobody can be asked.
        ReleaseAsyncError: It was refused, failed, or is unfinished.
    """
    if not options.dry_run:
        consent.require(options, renderer, "nothing is published")
    checks = check_options(options, renderer)
    given = given_files.recognised(await anyio.to_thread.run_sync(_there, options.files))
    if not options.dry_run and await _is_begun(options, given):
        return await resume(options, renderer)
    request = release_request(options, renderer, accept=nothing_unfinished)
    with anyio.CancelScope() as scope:
        async with opening.open_publication(request, given) as (plan, context):
            await check_runner.check(plan, context, checks)
            if options.dry_run:
                renderer.show(may_be_done(plan, options))
                return ExitCode.DONE
            if await _are_published(context, given):
                renderer.show(
                    Note(f"{plan.target.name} has all of these files already: nothing is left to upload")
                )
            elif not await consent.given(preview.question(plan), options, renderer):
                return ExitCode.REFUSED
            await perform(plan, context, renderer, scope)
    return ExitCode.DONE


async def _is_begun(options: Options, given: GivenFiles) -> bool:
    """Whether what is unfinished here is the publication of the same bytes."""
    found = await unfinished.recorded(await unfinished.repository(options))
    if found is None or not found.plan.publishes_given:
        return False
    pinned = {artifact.name: artifact.sha256 for artifact in found.results.files}
    if {path.name for path in given.paths} != pinned.keys():
        return False
    here = [await anyio.to_thread.run_sync(files.fingerprint, path) for path in given.paths]
    return [digest for digest, _ in here] == [pinned[path.name] for path in given.paths]


async def _are_published(context: Context, given: GivenFiles) -> bool:
    """Whether the index has all of the very same bytes, so that there is nothing to agree to."""
    there = await context.index.files(given.name)
    here = {path.name: await anyio.to_thread.run_sync(files.fingerprint, path) for path in given.paths}
    return all(digest == there.get(name) for name, (digest, _) in here.items())


def _there(words: Sequence[str]) -> tuple[Path, ...]:
    """The files as absolute paths; a folder stands for nothing in it.

    Raises:
        UsageError: One of them is no file that is there.
    """
    paths = tuple(Path(word).absolute() for word in words)
    for path in paths:
        if not path.is_file():
            where = f"its files are meant by {printable(str(path))}/*" if path.is_dir() else "see: ls dist"
            raise UsageError(f"there is no file {printable(str(path))}", cure=where)
    return paths
