"""The environment variables for each kind of child process: git, gh, the project's own code."""

import os
import re
from collections.abc import Iterable, Mapping

from release_async.base.lazy_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from release_async.base.secret import Secret

# `git rev-parse --local-env-vars` and GIT_NAMESPACE, less GIT_CONFIG_COUNT and GIT_CONFIG_PARAMETERS. In a
# hook, git sets these for *its* repository, which would silently redirect our commands. What a person passes
# with `-c` is kept.
_REPOSITORY_VARIABLES = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_NAMESPACE",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)
# They change how git reads every pathspec, ours too, and it refuses some of them beside --literal-pathspecs.
_PATHSPEC_VARIABLES = frozenset(f"GIT_{kind}_PATHSPECS" for kind in ("LITERAL", "GLOB", "NOGLOB", "ICASE"))
_SECRET_NAME = re.compile(
    r"TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|PRIVATE_KEY|API_?KEY|ACCESS_KEY|^TWINE_|^PYPI_|^TEST_PYPI_|^GH_|_AUTH$"
    r"|^ACTIONS_RUNTIME_",
    re.IGNORECASE,
)


class Environments(NamedTuple):
    """What the children of a release are given.

    Attributes:
        git: For git.
        forge: For gh.
        project: For the project's own code, in its tests and its build.
    """

    git: dict[str, str]
    forge: dict[str, str]
    project: dict[str, str]


def environments(
    environ: Mapping[str, str], git_env: Mapping[str, str], secrets: "Iterable[Secret]"
) -> Environments:
    """The environments of a release.

    Args:
        environ: The environment of this run.
        git_env: That of git, which knows by now how ssh is called.
        secrets: What none of them may hold.
    """
    withheld = tuple(secrets)
    return Environments(
        for_git(git_env, withheld), for_forge(environ, withheld), for_project(environ, withheld)
    )


_NO_FILE = f"{os.devnull}/none"
"""What cannot be there: git warns of every file of grafts that it can open, even of an empty one."""


def for_git(environ: Mapping[str, str], secrets: "Iterable[Secret]" = ()) -> dict[str, str]:
    """The environment of git: the user's own without our tokens; git never prompts and speaks English.

    Credentials for the remote stay, since git needs them; where git would prompt, it fails instead of waiting
    (git manual: GIT_TERMINAL_PROMPT, GIT_ASKPASS). GPG_TTY is removed: gpg-agent, which is no child of ours,
    would ask for a passphrase on the terminal that shows the release. Objects are read as they are, never as
    what a replacement or a graft of this clone puts in their place: nobody else has it (git-replace).
    """
    left_out = {*_REPOSITORY_VARIABLES, *_PATHSPEC_VARIABLES, "GPG_TTY"}
    kept = {name: value for name, value in _without(environ, secrets).items() if name not in left_out}
    no_prompts = {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "false",
        "SSH_ASKPASS": "false",
        "SSH_ASKPASS_REQUIRE": "never",
        "GCM_INTERACTIVE": "never",
        "GIT_EDITOR": "true",
        "GIT_SEQUENCE_EDITOR": "true",
        "GIT_PAGER": "cat",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_GRAFT_FILE": _NO_FILE,
        "LC_ALL": "C.UTF-8",
        "LANGUAGE": "C",
    }
    return kept | no_prompts


def for_forge(environ: Mapping[str, str], secrets: "Iterable[Secret]" = ()) -> dict[str, str]:
    """The environment of gh: its own token stays; what would make it guess, prompt or colour is removed.

    Its telemetry is off, since every call would leave a process behind. While it starts, Go collects garbage
    only after four times the usual growth (Go's package runtime, "Environment Variables"), unless the person
    has set that: a request then takes a quarter less of the processor.
    """
    guesses = {"GH_REPO", "GH_HOST", "GH_DEBUG", "GH_FORCE_TTY"}
    kept = {name: value for name, value in _without(environ, secrets).items() if name not in guesses}
    return {
        "GOGC": "400",
        **kept,
        "GH_PROMPT_DISABLED": "1",
        "GH_NO_UPDATE_NOTIFIER": "1",
        "GH_TELEMETRY": "false",
        "NO_COLOR": "1",
    }


def for_project(environ: Mapping[str, str], secrets: "Iterable[Secret]" = ()) -> dict[str, str]:
    """The environment of the project's own code (tests, build): nothing that looks like a credential.

    A variable is dropped if its name looks like one, or if its value holds one of ``secrets`` or a token of a
    known form, such as GitHub's. URLs (``DATABASE_URL``, ``PIP_INDEX_URL``) are dropped only for ``secrets``:
    tests and builds need them.
    """
    return {
        name: value
        for name, value in _without(environ, secrets).items()
        if name not in _REPOSITORY_VARIABLES and not _SECRET_NAME.search(name) and not _is_token(value)
    }


def _is_token(value: str) -> bool:
    from release_async.guard import token_patterns  # noqa: PLC0415 - needed only to run the project's code

    return "://" not in value and bool(token_patterns.findings("", value.encode(errors="surrogateescape")))


def _without(environ: Mapping[str, str], secrets: "Iterable[Secret]") -> dict[str, str]:
    kept = {
        name: value for name, value in environ.items() if name not in {"PYPI_API_TOKEN", "PYPI_TEST_TOKEN"}
    }
    hidden = tuple(secrets)
    if not hidden:
        return kept
    from release_async.base.secret_masking import without_secrets  # noqa: PLC0415 - a look at versions has none

    return without_secrets(kept, hidden)
