"""What to type next, such as in the last line of a run that has only looked. It does nothing."""

import shlex
from collections.abc import Iterator, Sequence
from itertools import pairwise

from release_async.cli.command_line import Options
from release_async.cli.commands.release_request import NEEDED
from release_async.plan.events import Note
from release_async.plan.plan import Plan
from release_async.versions.bump import CURRENT


def may_be_done(plan: Plan, options: Options) -> Note:
    """The end of a run that has only looked: nothing refuses, and the command that does what was looked at.

    Args:
        plan: What was looked at.
        options: What was typed: the checks alone, or a dry run.
    """
    verb = "rehearse" if options.command == "rehearse" else "upload" if plan.upload_only else "release"
    command = shlex.join(("release-async", *_words(plan, options)))
    return Note(f"Nothing stands in the way of {plan.label}; to {verb} it: {command}")


def typed(options: Options, *words: str) -> str:
    """A command of the same project, to be typed where this one was.

    Args:
        options: What was typed: ``-C`` goes on to name the project.
        words: What follows the program's name, without options before it.
    """
    return shlex.join(("release-async", *folder(options), *words))


def folder(options: Options) -> tuple[str, ...]:
    """The option that leads release-async, or git, to where ``-C`` did; none where it was not given."""
    return () if options.project == Options.project else ("-C", options.project)


def _words(plan: Plan, options: Options) -> Iterator[str]:
    """What was typed, without what has kept it from being done, and with the version where none was named."""
    said = _with_needed(options.typed)
    for before, word in pairwise(("", *said)):
        if word not in _ONLY_LOOKS or before in _WITH_VALUE:
            yield word
    if options.version is None and not options.files:
        yield _version(plan)


def _with_needed(said: Sequence[str]) -> Iterator[str]:
    """What was typed, without the skipping of checks that only who looks can do without."""
    joined = {f"--skip={name}" for name in NEEDED}
    words = [word for word in said if word not in joined]
    pairs = pairwise((*words, ""))
    for word, following in pairs:
        if word == "--skip" and following in NEEDED:
            next(pairs)
        else:
            yield word


_ONLY_LOOKS = frozenset(("check", "--dry-run"))
_WITH_VALUE = frozenset(("-C", "--project", "--version", "--skip", "--output", "--backend"))
"""Options whose value may look like one of those."""


def _version(plan: Plan) -> str:
    """What was planned because nobody had named a version, in the shortest words that are sure to mean it."""
    package = plan.packages[0]
    if package.current == package.version and not package.edits and not package.tag_tool:
        return CURRENT
    return package.version
