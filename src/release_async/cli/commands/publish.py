"""``publish``: uploads what is built already, by a person or by a job of CI. It builds and tags nothing."""

from collections.abc import Sequence
from pathlib import Path

import anyio

from release_async.base.errors import UsageError
from release_async.base.exit_codes import ExitCode
from release_async.base.printable_text import printable
from release_async.cli.command_line import Options
from release_async.cli.commands import consent
from release_async.cli.commands.release import perform
from release_async.cli.commands.release_request import check_options, release_request
from release_async.cli.commands.unfinished import nothing_unfinished
from release_async.plan import given_files, preview
from release_async.release import check_runner
from release_async.render.redacting_renderer import RedactingRenderer
from release_async.run import opening


async def publish(options: Options, renderer: RedactingRenderer) -> int:
    """Publish the given files, all of them or none; what the index has already is not sent again.

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
    request = release_request(options, renderer, accept=nothing_unfinished)
    with anyio.CancelScope() as scope:
        async with opening.open_publication(request, given) as (plan, context):
            await check_runner.check(plan, context, checks)
            if options.dry_run:
                return ExitCode.DONE
            if not await consent.given(preview.question(plan), options, renderer):
                return ExitCode.REFUSED
            await perform(plan, context, renderer, scope)
    return ExitCode.DONE


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
