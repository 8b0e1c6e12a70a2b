"""Serves a package index for rehearsals: on the loopback interface, with a password, only while needed."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from release_async.base.secret import Credentials
from release_async.process import run_process as process
from release_async.process.child_output import LineSink
from release_async.process.run_process import Command
from release_async.process.worker import Limits, Worker

CHILD = Path(__file__).with_name("rehearsal_server_child.py")

START_SECONDS = 30.0
"""How long the server may take to start."""


@asynccontextmanager
async def serve(
    directory: Path, credentials: Credentials, env: Mapping[str, str], on_line: LineSink | None = None
) -> AsyncIterator[str]:
    """Serve the packages in a directory while the context lasts.

    The index has no other packages and refuses to replace a file.

    Args:
        directory: Holds the packages and receives uploads; it must exist.
        credentials: The one account that may upload; everyone on this machine may read.
        env: The server's environment, which must hold no token.
        on_line: Called with a line for each request.

    Yields:
        The repository URL.

    Raises:
        CommandError: The server cannot be started.
    """
    command = Command(argv=(sys.executable, "-I", str(CHILD)), cwd=directory, env=env)
    async with process.open_child(command, on_line=on_line) as child:
        order = {
            "order": "serve",
            "directory": str(directory),
            "user": credentials.user,
            "password": credentials.secret.reveal(),
        }
        answer = await Worker(child, "index server").ask(order, Limits(START_SECONDS))
        yield answer["url"]
