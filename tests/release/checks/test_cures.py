"""Every cure that is a command is typed where the problem stands, and then the problem is gone.

The commands are collected from the code of checks, gates and hooks: one that has no entry here fails a test.
"""

import ast
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

import release_async
from release_async.base.problems import Problems
from release_async.plan import events
from release_async.plan.plan import Plan
from release_async.release.checks import (
    Check,
    branch,
    env_file,
    identity,
    metadata,
    tag_free,
    upstream,
    working_tree,
)
from support import screens
from support.repositories import Repository
from support.screens import Screen
from support.story import PLAN
from support.worlds import Place, judged, prepared

PACKAGE: Final = Path(release_async.__file__).parent
TESTS: Final = Path(__file__).parents[2]
COMMAND: Final = re.compile(
    r"\bgit(?: -C X)? (?:(?:submodule|remote|bisect|lfs) [a-z-]+|add|am|branch|cherry-pick|commit|config"
    r"|fetch|merge|pull|push|rebase|restore|revert|rm|stash|switch|tag|update-index)\b(?: --?[a-z][\w-]*)*"
    r"|\bgh (?:api|[a-z]+ [a-z]+)(?: --[a-z-]+)*|\bchmod \d+|\bpip install\b"
)
"""A command in a text of the code, as far as it is the same for every project."""
_END: Final = re.compile(r"; |, (?:if|then|and|or|afterwards) |$")
"""Where a command ends in a sentence."""
TAG: Final = PLAN.packages[0].tag or ""


class Trial(NamedTuple):
    """How one cure is tried.

    Attributes:
        check: The check that gives it.
        break_it: Makes the problem.
        before: Typed by a person before the cure, who has done what it says first.
        then: Typed after it, since the cure says so in words.
        stays: Whether the command only shows what there is, and the problem stays.
    """

    check: Check
    break_it: Callable[[Place], object]
    before: str = ""
    then: str = ""
    stays: bool = False


def _diverged(place: Place) -> None:
    """A commit here and another one at the remote."""
    _behind(place)
    place.repository.write("ours.txt", "ours\n")
    place.repository.commit("ours")


def _behind(place: Place) -> None:
    """A commit at the remote that is not here."""
    _ahead(place)
    place.repository.git("push", "--quiet", "origin", "main")
    place.repository.git("reset", "--quiet", "--hard", "HEAD^")


def _behind_and_edited(place: Place) -> None:
    _behind(place)
    place.repository.write("file.txt", "edited\n")


def _ahead(place: Place) -> None:
    place.repository.write("theirs.txt", "theirs\n")
    place.repository.commit("theirs")


def _no_remote(place: Place) -> None:
    place.repository.git("remote", "remove", "origin")


def _no_branch_there(place: Place) -> None:
    place.remote.git("update-ref", "-d", "refs/heads/main")


def _follows_nothing(place: Place) -> None:
    place.repository.git("branch", "--unset-upstream")
    place.repository.git("remote", "add", "fork", str(place.remote.path))


def _elsewhere(place: Place) -> None:
    place.repository.git("switch", "--quiet", "--create", "side")


def _detached_without_a_branch(place: Place) -> None:
    place.repository.git("switch", "--quiet", "--detach")
    place.repository.git("branch", "--quiet", "--delete", "--force", "main")
    place.repository.git("update-ref", "-d", "refs/remotes/origin/main")


def _bisecting(place: Place) -> None:
    _ahead(place)
    place.repository.git("bisect", "start", "HEAD", "HEAD^")


def _shallow(place: Place) -> None:
    """The same clone, cut off at its tip."""
    _ahead(place)
    place.repository.git("push", "--quiet", "origin", "main")
    tip = place.repository.git("rev-parse", "HEAD")
    place.repository.write(".git/shallow", f"{tip}\n")


def _conflict(*operation: str) -> Callable[[Place], None]:
    """An operation of git that stops at a conflict in ``file.txt``."""

    def start(place: Place) -> None:
        repository = place.repository
        repository.git("switch", "--quiet", "--create", "side")
        for text in ("side\n", "more\n"):
            repository.write("file.txt", text)
            repository.commit(text)
        repository.git("switch", "--quiet", "main")
        repository.write("file.txt", "main\n")
        repository.commit("main")
        repository.git("push", "--quiet", "origin", "main")
        patch = repository.path.parent / "patch"
        patch.write_text(repository.git("format-patch", "-1", "side", "--stdout") + "\n")
        assert repository.tried(*(each.replace("PATCH", str(patch)) for each in operation)).returncode

    return start


def _undoing(place: Place) -> None:
    """A revert of what was changed again since."""
    for text in ("one\n", "two\n"):
        place.repository.write("file.txt", text)
        place.repository.commit(text)
    place.repository.git("push", "--quiet", "origin", "main")
    assert place.repository.tried("revert", "--no-edit", "HEAD~1").returncode


def _edited(place: Place) -> None:
    place.repository.write("file.txt", "edited\n")


def _stray(place: Place) -> None:
    place.repository.write("stray ä.txt", "stray\n")


def _overlooked(place: Place) -> None:
    place.repository.git("update-index", "--assume-unchanged", "file.txt")


def _with_submodule(place: Place) -> Repository:
    """A project with a submodule in ``part``."""
    inner = Repository.init(place.repository.path.parent / "inner")
    inner.write("inner.txt", "inner\n")
    inner.commit("begin")
    allowed = ("-c", "protocol.file.allow=always")
    place.repository.git(*allowed, "submodule", "--quiet", "add", "--", str(inner.path), "part")
    place.repository.git("commit", "--quiet", "--message=part")
    return Repository(place.repository.path / "part")


def _edited_submodule(place: Place) -> None:
    _with_submodule(place).write("inner.txt", "changed\n")


def _moved_submodule(place: Place) -> None:
    part = _with_submodule(place)
    part.write("inner.txt", "changed\n")
    part.commit("ahead")


def _empty_submodule(place: Place) -> None:
    _with_submodule(place)
    place.repository.git("submodule", "--quiet", "deinit", "--all")


def _tracked_env(place: Place) -> None:
    place.repository.write(".env", "PYPI_API_TOKEN=secret-enough\n").chmod(0o600)
    place.repository.git("add", "--force", ".env")
    place.repository.commit("oops")


def _staged_env(place: Place) -> None:
    place.repository.write(".gitignore", "*.log")
    place.repository.commit("a line without an end")
    place.repository.write(".env", "PYPI_API_TOKEN=secret-enough\n")
    place.repository.git("add", ".env")


def _readable_env(place: Place) -> None:
    place.repository.write(".git/info/exclude", ".env\n")
    place.repository.write(".env", "PYPI_API_TOKEN=secret-enough\n").chmod(0o644)


def _unknown_person(place: Place) -> None:
    place.repository.git("config", "user.useConfigOnly", "true")
    for key in ("user.name", "user.email"):
        place.repository.tried("config", "--unset", key)
    place.repository.git("config", "user.name", " ")


def _no_readme(place: Place) -> None:
    table = '[project]\nname = "demo"\nversion = "1.2.3"\ndescription = "x"\nreadme = "docs/page.md"\n'
    place.repository.write("pyproject.toml", table)
    place.repository.commit("say which readme")
    place.repository.write("docs/page.md", "# Demo\n")


def _tagged_here(place: Place) -> None:
    place.repository.git("tag", TAG)


def _tagged_there(place: Place) -> None:
    place.remote.git("tag", TAG, "main")


RESOLVED: Final = "echo resolved > file.txt && git add file.txt"
COMMITTED: Final = "git commit --quiet --message=done"
ENDED: Final = {
    ("release/checks/branch.py", f"git {name} --{how}"): Trial(
        branch, start, before=RESOLVED if how == "continue" else ""
    )
    for name, start in {
        "am": _conflict("am", "--quiet", "PATCH"),
        "cherry-pick": _conflict("cherry-pick", "side"),
        "merge": _conflict("merge", "--quiet", "side"),
        "rebase": _conflict("rebase", "--quiet", "side"),
        "revert": _undoing,
    }.items()
    for how in ("continue", "abort")
}
TRIALS: Final = ENDED | {
    ("release/checks/branch.py", "git bisect reset"): Trial(branch, _bisecting),
    ("release/checks/branch.py", "git switch"): Trial(branch, _elsewhere),
    ("release/checks/branch.py", "git switch --create"): Trial(branch, _detached_without_a_branch),
    ("release/checks/branch.py", "git fetch --unshallow --tags"): Trial(branch, _shallow),
    ("release/checks/env_file.py", "chmod 600"): Trial(env_file, _readable_env),
    ("release/checks/env_file.py", "git rm --cached"): Trial(env_file, _tracked_env, then=COMMITTED),
    ("release/checks/identity.py", "git config"): Trial(identity, _unknown_person),
    ("release/checks/metadata.py", "git add"): Trial(metadata, _no_readme, then=COMMITTED),
    ("release/checks/tag_free.py", "git tag -d"): Trial(tag_free, _tagged_here),
    ("release/checks/tag_free.py", "git fetch"): Trial(tag_free, _tagged_there, stays=True),
    ("release/checks/upstream.py", "git pull --rebase"): Trial(upstream, _diverged),
    ("release/checks/upstream.py", "git pull --ff-only"): Trial(upstream, _behind),
    ("release/checks/upstream.py", "git pull --rebase --autostash"): Trial(upstream, _behind_and_edited),
    ("release/checks/upstream.py", "git push"): Trial(upstream, _ahead),
    ("release/checks/upstream.py", "git push -u"): Trial(upstream, _no_branch_there),
    ("release/checks/upstream.py", "git remote add"): Trial(upstream, _no_remote),
    ("release/checks/upstream.py", "git branch --set-upstream-to"): Trial(
        upstream, _follows_nothing, before="git fetch origin"
    ),
    ("release/checks/working_tree.py", "git commit --all"): Trial(working_tree, _edited),
    ("release/checks/working_tree.py", "git stash --include-untracked"): Trial(working_tree, _stray),
    ("release/checks/working_tree.py", "git add"): Trial(working_tree, _stray),
    ("release/checks/working_tree.py", "git -C X stash --include-untracked"): Trial(
        working_tree, _edited_submodule
    ),
    ("release/checks/working_tree.py", "git restore --staged"): Trial(working_tree, _staged_env),
    ("release/checks/working_tree.py", "git commit -m"): Trial(working_tree, _moved_submodule),
    ("release/checks/working_tree.py", "git submodule update"): Trial(working_tree, _moved_submodule),
    ("release/checks/working_tree.py", "git submodule update --init"): Trial(working_tree, _empty_submodule),
    ("release/checks/working_tree.py", "git update-index --no-X"): Trial(working_tree, _overlooked),
}
"""By the module that has the command, and the command."""

ELSEWHERE: Final = {
    ("hook/commit_by_path.py", "git commit"): "hook/test_ways_to_commit.py"
    "::test_a_commit_of_named_paths_is_told_what_else_to_name",
    ("hook/guard_hooks.py", "git rm --cached"): "hook/test_guard_hooks.py"
    "::test_an_env_file_may_be_deleted_and_left_alone",
    ("release/checks/upstream.py", "git fetch"): "release/checks/test_upstream.py"
    "::test_a_branch_that_follows_nothing_is_explained",
    ("release/checks/version_tag.py", "git fetch --tags"): "release/test_tagged.py"
    "::test_a_clone_that_lacks_tags_is_refused",
    **{
        ("release/checks/version_tag.py", command): "release/checks/test_version_tag.py"
        "::test_a_last_tag_that_nobody_else_has_is_told"
        for command in ("git tag -d", "git push")
    },
    ("hook/push_check.py", "git tag --delete"): "hook/test_push_check.py",
    ("release/checks/changelog_entry.py", "git rm"): "release/test_collecting.py"
    "::test_a_section_that_is_there_is_not_made_again",
    ("guard/forbidden_in_archives.py", "git rm --cached"): "hook/test_guard_hooks.py"
    "::test_an_env_file_may_be_deleted_and_left_alone",
}
"""Commands that another test types, and where it is."""

SAID: Final = {
    ("guard/file_origin.py", "git lfs install"): "it needs a server of Git LFS",
    ("guard/file_origin.py", "git lfs pull"): "it needs a server of Git LFS",
    ("hook/__init__.py", "git add"): "the end of another command",
    ("hook/guard_hooks.py", "git add"): "after an edit that a person makes",
    ("hook/operation_in_progress.py", "git am"): "what is in progress",
    ("hook/sync_command.py", "git add"): "after the command that edits",
    ("release/checks/ci.py", "git push"): "what CI runs after",
    ("release/checks/env_file.py", "git add"): "what somebody may type",
    ("release/checks/forge_rules.py", "git config"): "signing needs a key",
    ("release/checks/merge_request.py", "git push"): "what a person decides on",
    ("release/checks/push_right.py", "git push"): "one of several ways",
    ("release/checks/push_right.py", "git push --dry-run"): "it shows the same",
    ("release/checks/release_page.py", "gh api --hostname"): "it is GitHub's to do",
    ("release/checks/release_page.py", "gh release delete"): "it is GitHub's to do",
    ("release/checks/signing.py", "git commit"): "commit-tree, which shows the same",
    ("release/checks/working_tree.py", "git commit"): "the second half of `git add`",
    ("release/checks/working_tree.py", "git stash"): "the way back, typed after the release",
}
"""Words that are no cure of their own, and why."""


def _texts(tree: ast.Module) -> Iterator[str]:
    """Every string of a module but its docstrings; what is filled into one is an X."""
    nodes = list(ast.walk(tree))
    passed = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    passed |= {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            parts = (str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
            yield "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
            yield node.value


def test_every_command_that_a_cure_names_is_typed_somewhere() -> None:
    """A new one needs a trial; one that is gone takes its entry along."""
    modules = [
        path for folder in ("release/checks", "guard", "hook") for path in (PACKAGE / folder).rglob("*.py")
    ]
    found = {
        (path.relative_to(PACKAGE).as_posix(), command)
        for path in modules
        for text in _texts(ast.parse(path.read_text(encoding="utf-8")))
        for command in COMMAND.findall(text)
    }
    assert found == {*TRIALS, *ELSEWHERE, *SAID}


@pytest.mark.parametrize("place", dict.fromkeys(ELSEWHERE.values()))
def test_what_is_typed_elsewhere_is(place: str) -> None:
    """A test that was renamed is noticed here."""
    path, _, name = place.partition("::")
    assert f"def {name}" in (TESTS / path).read_text(encoding="utf-8")


def typed(cure: str, command: str) -> str:
    """The command as a person copies it out of a cure, with an address for what stands in capitals."""
    start = re.search(re.escape(command).replace("X", r"\S+"), cure)
    assert start is not None, cure
    end = _END.search(cure, start.end())
    assert end is not None
    return cure[start.start() : end.start()]


def run(place: Place, command: str) -> None:
    """Type a command at the top of the checkout."""
    line = command.replace(" URL", f" {place.remote.path}")
    env = {**os.environ, "GIT_EDITOR": "sh -c 'echo message >> \"$1\"' -", "GIT_CONFIG_COUNT": "1"}
    env |= {"GIT_CONFIG_KEY_0": "protocol.file.allow", "GIT_CONFIG_VALUE_0": "always"}
    done = subprocess.run(
        ("sh", "-ec", line), cwd=place.repository.path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"


def assert_whole(command: str, cure: str) -> None:
    """No screen breaks the command, however narrow it is."""
    failed = [events.Failed("it failed", cure, "", (), (), (), 2)]
    for shown in (
        *(screens.written(failed, Screen(width=width)) for width in (60, 80)),
        screens.as_plain_lines(failed),
    ):
        assert any(command in line for line in shown.splitlines()), shown


async def problems_of(place: Place, check: Check) -> Problems:
    """What a check says of a release of the place as it is now."""
    plan: Plan = place.plan
    return await judged(place, check, plan)


@pytest.mark.parametrize(("entry", "trial"), TRIALS.items(), ids=[" ".join(entry) for entry in TRIALS])
async def test_the_cure_works_when_it_is_typed(entry: tuple[str, str], trial: Trial, tmp_path: Path) -> None:
    """As it is shown, in the place that it is about; the same problem is not found again."""
    place, command = prepared(tmp_path), entry[1]
    trial.break_it(place)
    found = await problems_of(place, trial.check)
    told = [each for each in found if re.search(re.escape(command).replace("X", r"\S+"), each.cure)]
    assert told, [each.cure for each in found]
    cure = typed(told[0].cure, command)
    assert_whole(cure, told[0].cure)
    for line in filter(None, (trial.before, cure, trial.then)):
        run(place, line)
    left = [each.what for each in await problems_of(place, trial.check)]
    assert bool(left) if trial.stays else told[0].what not in left
