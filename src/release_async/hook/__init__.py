"""git's door: judges what is about to be committed, in milliseconds. Never raises, and stages nothing.

Imports little, and only from the standard library: every commit of every user pays for it. No hook changes a
file but ``version-sync``, which a person asks for.
"""

import os
import sys

from release_async.base.errors import ReleaseAsyncError, UsageError
from release_async.base.lazy_typing import TYPE_CHECKING, Callable, Final, Sequence
from release_async.base.problems import Level, Problem, Problems
from release_async.repository import snapshot
from release_async.versions.encoding import plain, quoted

if TYPE_CHECKING:
    from release_async.versions.site import Distribution

AGREE, REFUSED, COULD_NOT_JUDGE = 0, 1, 2
"""The exit codes, a contract with the hook files."""

_INTERRUPTED = 130


def main(argv: Sequence[str], remembered: str = "") -> int:
    """Run one hook.

    Args:
        argv: The name of the hook; behind ``ci`` a range of commits.
        remembered: The file in which the hook file finds that the versions agreed; see ``verdict``.

    Returns:
        0 where all is well, 1 where the commit is refused, 2 where it could not be judged.
    """
    try:
        return _hook(argv, remembered)()
    except ReleaseAsyncError as error:
        detail = [f"  {plain(line)}" for line in error.detail.splitlines()]
        _tell(f"release-async: {error.what}", *detail, f"  {error.cure}")
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - a fault of ours must neither pass a commit nor show a traceback
        _tell(f"release-async: a bug in the hook: {type(error).__name__}: {plain(str(error))}")
    if list(argv) == ["version-sync"]:
        return COULD_NOT_JUDGE  # a person asked for it: no commit waits
    act = "push" if list(argv) == ["version-consistency-push"] else "commit"
    _tell(f"The {act} could not be judged. To {act} without this check: git {act} --no-verify")
    return COULD_NOT_JUDGE


def _hook(argv: Sequence[str], remembered: str) -> Callable[[], int]:
    """Find the hook that is meant."""
    if remembered and list(argv) == ["version-consistency"]:
        return lambda: version_consistency(remembered)
    names = ", ".join(_HOOKS)
    if len(argv) == 1 and argv[0] in _HOOKS:
        return _HOOKS[argv[0]]
    if len(argv) == 2 and argv[0] == "ci":  # noqa: PLR2004 - the name and the range
        return lambda: ci(argv[1])
    if len(argv) == 1:
        from difflib import get_close_matches  # noqa: PLC0415 - only a mistyped name pays for it

        near = get_close_matches(argv[0][:40], list(_HOOKS), n=1, cutoff=0.3)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise UsageError(f"There is no hook {quoted(argv[0])}.", cure=f"{hint}The hooks are: {names}")
    raise UsageError("The name of one hook is needed.", cure=f"release-async hook NAME, one of: {names}")


def version_consistency(remembered: str = "") -> int:
    """Refuse a commit in whose files two places state different versions.

    Args:
        remembered: Where to write that they agree; nowhere if empty.

    Returns:
        An exit code; what is wrong went to standard error, and nothing where all is well.

    Raises:
        ReleaseAsyncError: The index could not be read.
    """
    root = snapshot.toplevel(os.curdir)
    with snapshot.index(root, meanwhile=_imported) as tree:
        if tree.unmerged:
            _tell(f"{plain(tree.unmerged[0])}: unmerged, so nothing is judged: git commits no conflict")
            return AGREE
        from release_async.versions.find import distributions_in  # noqa: PLC0415 - see ``_imported``
        from release_async.versions.parsed_files import ParsedFiles  # noqa: PLC0415 - as above

        texts = ParsedFiles(tree)
        refused = [distribution for distribution in distributions_in(texts) if _refusals(distribution)]
        if remembered and not refused:
            from release_async.hook import pass_cache  # noqa: PLC0415 - only what passes pays for it

            pass_cache.remember(remembered, tree, texts)
    return _refused(root, refused) if refused else AGREE


def _imported() -> None:
    """Import what will be needed to judge: on a second processor git lists the files in that time."""
    from release_async.versions import compare, find  # noqa: F401, PLC0415 - only one hook of six needs them


def _refusals(distribution: "Distribution") -> Problems:
    from release_async.versions.compare import compare  # noqa: PLC0415 - see ``_imported``

    return tuple(problem for problem in compare(distribution) if problem.level is Level.REFUSE)


def _refused(root: str, refused: Sequence["Distribution"]) -> int:
    """Tell what is wrong with them; only a warning where an unfinished rebase or the like carries it on."""
    from release_async.hook import git_operation  # noqa: PLC0415 - nearly every commit agrees

    commands = [_explain(distribution) for distribution in refused]
    under_way = git_operation.carried_on(root, os.environ, refused)
    if under_way:
        _tell(f"  Only a warning: {under_way} is under way, and HEAD states the same versions already.")
        return AGREE
    if any(commands):
        _tell("  If you mean another version, name it instead.")
    _tell("release-async: nothing is committed. Mend what stands above, and commit again.")
    return REFUSED


def _explain(distribution: "Distribution") -> bool:
    """Tell what is wrong with one distribution, and what mends it; whether a command of ours does."""
    from shlex import quote  # noqa: PLC0415 - nearly every commit agrees

    refusals = _refusals(distribution)
    _tell(*(f"{problem.where}: {problem.what}" for problem in refusals))
    paths = dict.fromkeys(quote(plain(site.path)) for site in distribution.sites if site.counts)
    for cure in dict.fromkeys(problem.cure for problem in refusals):
        if cure.startswith("release-async "):
            command = f"{cure} && git add {' '.join(paths)}"
            _tell(f"  {_from_where_they_are(command)}")
        else:
            _tell(f"  {cure}")
    ours = any(problem.cure.startswith("release-async ") for problem in refusals)
    if ours and (command := _of_manager()):
        _tell(f"  or, where release-async is not installed: {command}")
    return ours


def _from_where_they_are(command: str) -> str:
    """A command that is meant for the top, as the person can type it (githooks: a hook runs at the top)."""
    above = "/".join([".."] * os.environ.get("GIT_PREFIX", "").count("/"))
    return f"(cd {above} && {command})" if above else command


def _of_manager() -> str:
    """How the hook manager that called mends it, where it is set up to; a variable tells that it called."""
    try:
        with open(".pre-commit-config.yaml", "rb") as file:  # noqa: PTH123 - pathlib would cost its import
            offered = "PRE_COMMIT" in os.environ and b"version-sync" in file.read()
    except OSError:
        return ""
    manager = "prek" if "PREK_HOOK_STAGE" in os.environ else "pre-commit"
    return f"{manager} run --hook-stage manual --all-files version-sync" if offered else ""


def _tell(*lines: str) -> None:
    for line in lines:
        print(line, file=sys.stderr)  # noqa: T201 - this door prints for itself


def version_consistency_push() -> int:
    """Refuse a push of files in which two places state different versions, or of a tag that says another one.

    Returns:
        An exit code, see ``version_consistency``.

    Raises:
        ReleaseAsyncError: git could not be asked.
    """
    from release_async.hook import push  # noqa: PLC0415 - a commit does not pay for it

    told = push.is_told(os.environ) or sys.stdin.isatty()
    lines = "" if told else os.fsdecode(sys.stdin.buffer.read())
    pushed = push.refs(lines, os.environ)
    return _told(push.judge(snapshot.toplevel(os.curdir), os.environ, pushed))


def version_sync() -> int:
    """Set the mirrors in the working tree from their source, and tell each; stages nothing.

    Returns:
        0 where nothing was to do, 1 where files were changed, 2 where places stay that it cannot set.

    Raises:
        ReleaseAsyncError: It could not be judged, or not be written; nothing was changed.
    """
    from release_async.hook import sync  # noqa: PLC0415 - a commit does not pay for it

    done = sync.sync(os.curdir, os.environ)
    _tell(*(f"{plain(one.path)}:{one.line}: {plain(one.old)} -> {plain(one.new)}" for one in done.edits))
    refused = _told(done.left)
    if done.staging:
        _tell(f"  {done.staging}")
        return REFUSED
    return COULD_NOT_JUDGE if refused else AGREE


def no_publish_tokens() -> int:
    """Refuse a commit that adds a token or key.

    Returns:
        An exit code, see ``version_consistency``.

    Raises:
        ReleaseAsyncError: git could not be asked.
    """
    return _guarded("no-publish-tokens")


def no_env_files() -> int:
    """Refuse a commit that adds or changes a file for secrets, by its name; returns and raises as above."""
    return _guarded("no-env-files")


def release_guard() -> int:
    """Refuse what any of the others refuses, all in one process; returns and raises as above."""
    return max(_guarded("no-env-files", "no-publish-tokens"), version_consistency())


def ci(span: str = "HEAD^!") -> int:
    """Refuse commits that are made already, for what any of the hooks would have refused.

    Args:
        span: A range of commits such as ``origin/main..HEAD``; the last commit where none is given.

    Returns:
        An exit code, see ``version_consistency``.

    Raises:
        ReleaseAsyncError: git could not be asked, or the clone does not hold the history.
    """
    from release_async.hook import commit_range  # noqa: PLC0415 - a commit does not pay for it

    problems = commit_range.judge(snapshot.toplevel(os.curdir), os.environ, span)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in commit_range.annotations(problems):
            print(line)  # noqa: T201 - this door prints for itself
    return _told([found.problem for found in problems])


def _guarded(*names: str) -> int:
    from release_async.hook import run_guards  # noqa: PLC0415 - who asks for versions alone does not pay for it
    from release_async.repository import changed_files  # noqa: PLC0415 - who asks for versions alone does not pay for it

    staged = changed_files.Staged(snapshot.toplevel(os.curdir), os.environ)
    return _told(run_guards.judge(staged, [run_guards.GUARDS[name] for name in names]))


def _told(problems: Sequence[Problem]) -> int:
    """Tell every problem, then each cure once; a warning stops nothing."""
    _tell(*(f"{problem.where}: {problem.what}" for problem in problems))
    for cure in dict.fromkeys(problem.cure for problem in problems):
        _tell(*(f"  {line}" for line in cure.splitlines()))
    return REFUSED if any(problem.level is Level.REFUSE for problem in problems) else AGREE


_HOOKS: Final[dict[str, Callable[[], int]]] = {
    "version-consistency": version_consistency,
    "version-consistency-push": version_consistency_push,
    "version-sync": version_sync,
    "no-publish-tokens": no_publish_tokens,
    "no-env-files": no_env_files,
    "release-guard": release_guard,
    "ci": ci,
}
