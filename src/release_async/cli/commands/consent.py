"""A person's Yes: where it is needed, what is asked, and what is said where it is not given.

What is asked about, and where, is decided elsewhere: in `plan/preview.py` and `render/terminal_prompt.py`.
"""

import os
import shlex

from release_async.base.errors import UsageError
from release_async.cli.command_line import Options
from release_async.plan.events import Note
from release_async.render import Renderer, terminal_prompt


def require(options: Options, renderer: Renderer, what: str, *more: str) -> None:
    """See that there is a Yes, or somebody to ask for it, before anything is done for it.

    Args:
        options: What was typed; ``--yes`` is a Yes.
        renderer: Knows whether somebody can be asked.
        what: What is not done without it, as a passive clause: ``nothing is released``.
        more: Words that the cure adds, so that it says all that a Yes to it means.

    Raises:
        UsageError: There is neither; the cure is the same command with ``--yes``.
    """
    if options.yes or renderer.can_ask:
        return
    command = shlex.join(("release-async", *options.typed, *more, "--yes"))
    raise UsageError(
        f"{terminal_prompt.why_nobody(os.environ)}: {what} without a yes", cure=f"if you mean it: {command}"
    )


async def given(question: str, options: Options, renderer: Renderer, kept: str = "nothing changed") -> bool:
    """Whether a person agrees; if not, say what is as it was.

    Args:
        question: What they are asked, with its question mark.
        options: What was typed; with ``--yes`` nobody is asked.
        renderer: Where the question is asked.
        kept: What a No leaves as it was.
    """
    if options.yes or await renderer.ask(question):
        return True
    renderer.show(Note(f"Cancelled; {kept}"))
    return False
