"""The environment that each kind of child process is given; nothing is inherited, and nothing is set here."""

import re
from collections.abc import Iterable, Mapping

from release_async.base.lazy_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from release_async.base.secret import Secret

# `git rev-parse --local-env-vars`, less GIT_CONFIG_COUNT and GIT_CONFIG_PARAMETERS: what a hook leaks about
# *its* repository would silently redirect ours; what a person passes with `-c` is meant.
_REPOSITORY_VARIABLES = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
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


def for_git(environ: Mapping[str, str], secrets: "Iterable[Secret]" = ()) -> dict[str, str]:
    """What git is given: the person's environment without our tokens, never asking, never localised.

    Credentials for the remote stay, since git needs them; a question is answered with failure instead of
    waiting (git manual: GIT_TERMINAL_PROMPT, GIT_ASKPASS). GPG_TTY would let gpg-agent, which is no child of
    ours, ask for a passphrase on the terminal that the release is shown on.
    """
    left_out = {*_REPOSITORY_VARIABLES, *_PATHSPEC_VARIABLES, "GPG_TTY"}
    kept = {name: value for name, value in _without(environ, secrets).items() if name not in left_out}
    never_asks = {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "false",
        "SSH_ASKPASS": "false",
        "SSH_ASKPASS_REQUIRE": "never",
        "GCM_INTERACTIVE": "never",
        "GIT_EDITOR": "true",
        "GIT_SEQUENCE_EDITOR": "true",
        "GIT_PAGER": "cat",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C.UTF-8",
        "LANGUAGE": "C",
    }
    return kept | never_asks


def for_forge(environ: Mapping[str, str], secrets: "Iterable[Secret]" = ()) -> dict[str, str]:
    """What gh is given: its own token stays, what would make it guess, ask or decorate goes.

    Its telemetry is a process that it leaves behind at every call; a release leaves none.
    """
    guesses = {"GH_REPO", "GH_HOST", "GH_DEBUG", "GH_FORCE_TTY"}
    kept = {name: value for name, value in _without(environ, secrets).items() if name not in guesses}
    return kept | {
        "GH_PROMPT_DISABLED": "1",
        "GH_NO_UPDATE_NOTIFIER": "1",
        "GH_TELEMETRY": "false",
        "NO_COLOR": "1",
    }


def for_project(environ: Mapping[str, str], secrets: "Iterable[Secret]" = ()) -> dict[str, str]:
    """What the project's own code is given, in its tests and its build: nothing that looks like a credential.

    A variable is dropped by its name, and also where its value holds one of ``secrets`` or any token that is
    known by its form, such as GitHub's. Addresses stay (``DATABASE_URL``, ``PIP_INDEX_URL``), with what they
    hold beside ``secrets``: tests and builds need them.
    """
    return {
        name: value
        for name, value in _without(environ, secrets).items()
        if name not in _REPOSITORY_VARIABLES and not _SECRET_NAME.search(name) and not _is_token(value)
    }


def _is_token(value: str) -> bool:
    from release_async.guard import tokens  # noqa: PLC0415 - only what runs the project's code asks

    return "://" not in value and bool(tokens.findings("", value.encode(errors="surrogateescape")))


def _without(environ: Mapping[str, str], secrets: "Iterable[Secret]") -> dict[str, str]:
    kept = {
        name: value for name, value in environ.items() if name not in {"PYPI_API_TOKEN", "PYPI_TEST_TOKEN"}
    }
    withheld = tuple(secrets)
    if not withheld:
        return kept
    from release_async.base.secret_masking import holds  # noqa: PLC0415 - a look at versions knows no secret

    return {
        name: value for name, value in kept.items() if not any(holds(value, secret) for secret in withheld)
    }
