"""The git hooks: check what is about to be committed, in milliseconds. Never raises, and stages nothing.

Imports little, and only from the standard library: every commit of every user pays for it. No hook changes a
file except ``version-sync``, which a person runs.
"""

import gc
import os
import sys

from release_async.base.lazy_typing import TYPE_CHECKING, Callable, Final, Sequence
from release_async.base.problems import Level, Problem, Problems
from release_async.repository import snapshot
from release_async.versions.text_encoding import plain, quoted

if TYPE_CHECKING:
    from release_async.base.errors import UsageError
    from release_async.versions.distribution import Distribution

PASSED, REFUSED, COULD_NOT_CHECK = 0, 1, 2
"""The exit codes, which the hook files rely on."""

_INTERRUPTED = 130


def main(argv: Sequence[str], cache_file: str = "") -> int:
    """Run one hook.

    Args:
        argv: The name of the hook; after ``ci`` a range of commits.
        cache_file: The file in which a pass is recorded for the hook file; see ``pass_cache``.

    Returns:
        0 if all is well, 1 if the commit is refused, 2 if it could not be checked.
    """
    was_on = gc.isenabled()
    gc.disable()  # what is made lasts as long as the process: to look for garbage takes a tenth of the time
    try:
        return _hook(argv, cache_file)()
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - our bug must neither let a commit pass nor show a traceback
        return _could_not_check(argv, error)
    finally:
        if was_on:
            gc.enable()


def _could_not_check(argv: Sequence[str], error: Exception) -> int:
    """Print the error, and how to go on without the check."""
    from release_async.base.errors import ReleaseAsyncError  # noqa: PLC0415 - a commit that passes raises nothing

    if isinstance(error, ReleaseAsyncError):
        detail = [f"  {plain(line)}" for line in error.detail.splitlines()]
        _print(f"release-async: {error.what}", *detail, f"  {error.cure}")
    else:
        _print(f"release-async: a bug in the hook: {type(error).__name__}: {plain(str(error))}")
    if list(argv) == ["version-sync"]:
        return COULD_NOT_CHECK  # a person ran it: there is no commit to let pass
    act = "push" if list(argv) == ["version-consistency-push"] else "commit"
    _print(f"The {act} could not be checked. To {act} without this check: git {act} --no-verify")
    return COULD_NOT_CHECK


def _hook(argv: Sequence[str], cache_file: str) -> Callable[[], int]:
    """The function of the named hook."""
    if cache_file and list(argv) == ["version-consistency"]:
        return lambda: version_consistency(cache_file)
    if len(argv) == 1 and argv[0] in _HOOKS:
        return _HOOKS[argv[0]]
    if len(argv) == 2 and argv[0] == "ci":  # noqa: PLR2004 - the name and the range
        return lambda: ci(argv[1])
    raise _no_such_hook(argv)


def _no_such_hook(argv: Sequence[str]) -> "UsageError":
    from release_async.base.errors import UsageError  # noqa: PLC0415 - a commit that passes raises nothing

    names = ", ".join(_HOOKS)
    if len(argv) == 1:
        from difflib import get_close_matches  # noqa: PLC0415 - only a mistyped name pays for it

        near = get_close_matches(argv[0][:40], list(_HOOKS), n=1, cutoff=0.3)
        hint = f"Did you mean {near[0]}? " if near else ""
        return UsageError(f"There is no hook {quoted(argv[0])}.", cure=f"{hint}The hooks are: {names}")
    return UsageError("The name of one hook is needed.", cure=f"release-async hook NAME, one of: {names}")


def version_consistency(cache_file: str = "") -> int:
    """Refuse a commit in whose files two places state different versions.

    Args:
        cache_file: Where to record a pass; nowhere if empty.

    Returns:
        An exit code; problems are printed to standard error.

    Raises:
        ReleaseAsyncError: The index could not be read.
    """
    root = snapshot.toplevel(os.curdir)
    with snapshot.index(root, meanwhile=_import_checks) as tree:
        if tree.unmerged:
            _print(f"{plain(tree.unmerged[0])}: unmerged, so nothing is checked: git refuses to commit it")
            return PASSED
        from release_async.versions.find_distributions import distributions_in  # noqa: PLC0415 - see ``_import_checks``
        from release_async.versions.parsed_files import ParsedFiles  # noqa: PLC0415 - as above

        texts = ParsedFiles(tree)
        refused = [distribution for distribution in distributions_in(texts) if _refusals(distribution)]
        if cache_file and not refused:
            from release_async.hook import pass_cache  # noqa: PLC0415 - only needed after a pass

            pass_cache.record_pass(cache_file, tree, texts)
    return _report_refused(root, refused) if refused else PASSED


def _import_checks() -> None:
    """Import what the check will need, while git lists the files on another processor."""
    from release_async.versions import compare_places, find_distributions  # noqa: F401, PLC0415 - only one hook of six needs them


def _refusals(distribution: "Distribution") -> Problems:
    from release_async.versions.compare_places import compare  # noqa: PLC0415 - see ``_import_checks``

    return tuple(problem for problem in compare(distribution) if problem.level is Level.REFUSE)


def _report_refused(root: str, refused: Sequence["Distribution"]) -> int:
    """Print the problems; only a warning if an unfinished rebase or the like merely carries them on."""
    from release_async.hook import commit_by_path, meant_version, operation_in_progress  # noqa: PLC0415 - nearly every commit agrees

    known = meant_version.before(root, os.environ)
    commands = [_report_distribution(distribution, known) for distribution in refused]
    operation = operation_in_progress.operation_in_progress(root, os.environ, refused)
    if operation:
        _print(f"  Only a warning: {operation} is in progress, and HEAD states the same versions already.")
        return PASSED
    if any(commands):
        _print("  If you mean another version, name it instead.")
    again = commit_by_path.way(os.environ, refused) or "then commit again."
    _print(f"release-async: nothing was committed. Fix the problems above, {again}")
    return REFUSED


def _report_distribution(distribution: "Distribution", known: Sequence["Distribution"]) -> bool:
    """Print the problems of one distribution and their cures; return whether a command of ours is one."""
    from shlex import quote  # noqa: PLC0415 - nearly every commit agrees

    refusals = _refusals(distribution)
    _print(*(f"{problem.where}: {problem.what}" for problem in refusals))
    paths = dict.fromkeys(quote(plain(site.path)) for site in distribution.sites if site.counts)
    for cure in dict.fromkeys(problem.cure for problem in refusals):
        if cure.startswith("release-async "):
            command = f"{_as_meant(cure, distribution, known)} && git add {' '.join(paths)}"
            _print(f"  {_from_user_folder(command)}")
        else:
            _print(f"  {cure}")
    ours = any(problem.cure.startswith("release-async ") for problem in refusals)
    if ours and (command := _hook_manager_command()):
        _print(f"  or, if release-async is not installed: {command}")
    return ours


def _as_meant(cure: str, distribution: "Distribution", known: Sequence["Distribution"]) -> str:
    """The cure with the version that the commit raises places to, where the source has been left behind."""
    from release_async.hook.meant_version import meant_version  # noqa: PLC0415 - nearly every commit agrees
    from release_async.versions.compare_places import bump_command  # noqa: PLC0415 - see ``_import_checks``

    source, meant = distribution.source, meant_version(distribution, known)
    if source is None or meant is None or cure != bump_command(distribution, source.version):
        return cure
    return bump_command(distribution, meant)


def _from_user_folder(command: str) -> str:
    """A command for the top folder, as it is typed in the user's folder (a hook runs at the top)."""
    above = "/".join([".."] * os.environ.get("GIT_PREFIX", "").count("/"))
    return f"(cd {above} && {command})" if above else command


def _hook_manager_command() -> str:
    """The command that runs ``version-sync`` through the hook manager that called; empty if it has none."""
    try:
        with open(".pre-commit-config.yaml", "rb") as file:  # noqa: PTH123 - pathlib would cost its import
            offered = "PRE_COMMIT" in os.environ and b"version-sync" in file.read()
    except OSError:
        return ""
    manager = "prek" if "PREK_HOOK_STAGE" in os.environ else "pre-commit"
    return f"{manager} run --hook-stage manual --all-files version-sync" if offered else ""


def _print(*lines: str) -> None:
    for line in lines:
        print(line, file=sys.stderr)  # noqa: T201 - hooks have no renderer


def version_consistency_push() -> int:
    """Refuse a push of files in which two places state different versions, or of a tag for another version.

    Returns:
        An exit code, see ``version_consistency``.

    Raises:
        ReleaseAsyncError: git failed.
    """
    from release_async.hook import push_check  # noqa: PLC0415 - a commit does not pay for it

    in_variables = push_check.is_in_variables(os.environ) or sys.stdin.isatty()
    lines = "" if in_variables else os.fsdecode(sys.stdin.buffer.read())
    pushed = push_check.refs(lines, os.environ)
    return _report(push_check.check(snapshot.toplevel(os.curdir), os.environ, pushed))


def version_sync() -> int:
    """Set every copy in the work tree to the version of its source, and print each edit; stages nothing.

    Returns:
        0 if there was nothing to do, 1 if files were changed, 2 if some places cannot be set.

    Raises:
        ReleaseAsyncError: The files could not be read or written; nothing was changed.
    """
    from release_async.hook import sync_command  # noqa: PLC0415 - a commit does not pay for it

    done = sync_command.sync(os.curdir, os.environ)
    _print(*(f"{plain(one.path)}:{one.line}: {plain(one.old)} -> {plain(one.new)}" for one in done.edits))
    refused = _report(done.unfixed)
    if done.stage_command:
        _print(f"  {done.stage_command}")
        return REFUSED
    return COULD_NOT_CHECK if refused else PASSED


def no_publish_tokens() -> int:
    """Refuse a commit that adds a token or key.

    Returns:
        An exit code, see ``version_consistency``.

    Raises:
        ReleaseAsyncError: git failed.
    """
    return _run_guards("no-publish-tokens")


def no_env_files() -> int:
    """Refuse a commit that adds or changes a file named like ``.env``; returns and raises as above."""
    return _run_guards("no-env-files")


def release_guard() -> int:
    """Run the three checks above in one process; returns and raises as above."""
    return max(_run_guards("no-env-files", "no-publish-tokens"), version_consistency())


def ci(span: str = "HEAD^!") -> int:
    """Refuse existing commits that any of the hooks would have refused.

    Args:
        span: A range of commits such as ``origin/main..HEAD``; the last commit by default.

    Returns:
        An exit code, see ``version_consistency``.

    Raises:
        ReleaseAsyncError: git failed, or the clone lacks the history.
    """
    from release_async.hook import ci_commit_range  # noqa: PLC0415 - a commit does not pay for it

    problems = ci_commit_range.check(snapshot.toplevel(os.curdir), os.environ, span)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in ci_commit_range.annotations(problems):
            print(line)  # noqa: T201 - hooks have no renderer
    return _report([found.problem for found in problems])


def _run_guards(*names: str) -> int:
    from release_async.hook import guard_hooks  # noqa: PLC0415 - the version hooks do not need it
    from release_async.repository import changed_files  # noqa: PLC0415 - as above

    staged = changed_files.Staged(snapshot.toplevel(os.curdir), os.environ)
    return _report(guard_hooks.check(staged, [guard_hooks.GUARDS[name] for name in names]))


def _report(problems: Sequence[Problem]) -> int:
    """Print every problem, then each cure once; return the exit code. A warning refuses nothing."""
    _print(*(f"{problem.where}: {problem.what}" for problem in problems))
    for cure in dict.fromkeys(problem.cure for problem in problems):
        _print(*(f"  {line}" for line in cure.splitlines()))
    return REFUSED if any(problem.level is Level.REFUSE for problem in problems) else PASSED


_HOOKS: Final[dict[str, Callable[[], int]]] = {
    "version-consistency": version_consistency,
    "version-consistency-push": version_consistency_push,
    "version-sync": version_sync,
    "no-publish-tokens": no_publish_tokens,
    "no-env-files": no_env_files,
    "release-guard": release_guard,
    "ci": ci,
}
