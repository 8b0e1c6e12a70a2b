"""Runs ``release-async`` with a part that raises an error whose words and locals are full of the token.

    python -m support.raising PART ARGUMENTS

PART is the name of a step or of a check.
"""

import sys
from typing import Any, NoReturn

from release_async.__main__ import main
from release_async.base.secret import Credentials
from release_async.release.checks import CHECKS
from release_async.release.steps import STEPS


def _crash(_: Any, world: Any, *_others: Any) -> NoReturn:  # noqa: ANN401 - of a step and of a check
    token = world.settings.token
    word, basic = token.reveal(), Credentials(world.settings.username, token).basic.reveal()
    try:
        raise KeyError(word)  # noqa: TRY301 - an error that is the cause of another
    except KeyError as error:
        said = f"{token} {word}\nBasic {basic} {word!r} https://x:{word}@example.com/"
        raise RuntimeError(said) from error


async def _crash_in_time(plan: Any, world: Any) -> NoReturn:  # noqa: ANN401 - as above
    _crash(plan, world)


if __name__ == "__main__":
    where = sys.argv.pop(1)
    if where in STEPS:
        step: Any = STEPS[where]
        step.effects, step.skipped = _crash, lambda *_: ""
    else:
        check: Any = CHECKS[where]
        check.run = _crash_in_time
    raise SystemExit(main())
