"""Probes that ask a forge or a remote: where it does not answer, nothing is known. It asks nobody itself."""

from collections.abc import Awaitable, Callable

from release_async.base.errors import FailedError, TransientError
from release_async.plan.effect import Probed, State


def answered(look: Callable[[], Awaitable[Probed]]) -> Callable[[], Awaitable[Probed]]:
    """A probe that knows nothing where the forge or the remote did not answer, but for when to ask again."""

    async def probe() -> Probed:
        try:
            return await look()
        except TransientError as error:
            return Probed(State.UNKNOWN, error.what, error.cure, error.wait)
        except FailedError as error:
            return Probed(State.UNKNOWN, error.what, error.cure)

    return probe
