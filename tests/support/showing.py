"""A program that shows a story on its terminal, and then waits, asks or ends: a run without the work."""

import select
import sys
from collections.abc import Sequence
from contextlib import closing

import anyio

from release_async.base.cancellation import interruptible
from release_async.base.errors import ReleaseAsyncError
from release_async.render import create_renderer
from support import story

BUG = 99
"""The exit code for what nobody expected."""


def main(argv: Sequence[str]) -> int:
    """Show a story.

    Args:
        argv: The backend, the name of the story, and what to do then: ``wait``, ``ask``, ``ask once typed``,
            which begins with something in the terminal's queue, ``end``, or ``wait unguarded``, in which a
            Ctrl-C raises wherever the program is.
    """
    backend, tale, then = argv

    async def work() -> None:
        with closing(create_renderer("auto")) as renderer:
            for event in getattr(story, tale)():
                renderer.show(event)
            if "typed" in then:
                await anyio.to_thread.run_sync(select.select, [sys.stdin], [], [])
            if then.startswith("ask"):
                print("answered", await renderer.ask("Release it?"))  # noqa: T201 - for the test to see
            elif then != "end":
                await anyio.sleep(30)

    try:
        if "unguarded" in then:
            anyio.run(work, backend=backend)
        else:
            anyio.run(interruptible, work, backend=backend)
    except ReleaseAsyncError as error:
        print(error.what)  # noqa: T201 - as above
        return error.code
    except BaseException:  # noqa: BLE001 - also a KeyboardInterrupt
        return BUG
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
