"""The whole release decided, as frozen data: made once, shown, carried out unchanged. It does nothing."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from release_async.base.errors import ConfigurationError
from release_async.base.printable import without_credentials
from release_async.plan.settings import Settings
from release_async.versions import config
from release_async.versions.distribution import Distribution
from release_async.versions.edit import Edit, planned_edits
from release_async.versions.encoding import quoted
from release_async.versions.pep440 import Pep440
from release_async.versions.selection import requested_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The package index that a release goes to.

    Attributes:
        name: What a person calls it: PyPI, TestPyPI, or the host of a private index.
        repository_url: Where files are uploaded.
        token_setting: The name of the setting that holds the token for it.
    """

    name: str
    repository_url: str
    token_setting: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """How the token is restricted before it is sent.

    Attributes:
        project: The normalised name of the only project that a copy is for; empty where none is made.
        seconds: How long a copy is good, from the beginning of an upload; 0 where none is made.
        why_not: Why the token is sent as it is; empty where it is not.
    """

    project: str = ""
    seconds: int = 0
    why_not: str = ""


NO_TOKEN = Narrowing(why_not="there is none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One release, decided.

    Attributes:
        run: The name of this run; its private refs and its directory carry it.
        name: The distribution's name, as the project spells it.
        root: The distribution's directory, relative to the top of the repository; empty at the top.
        current: The version that HEAD states.
        version: The version to be released, in PEP 440's normal form.
        base: The object id of HEAD, the parent of the release commit.
        branch: The branch that is released.
        remote: The remote that is pushed to.
        remote_url: Its push URL, as git resolves it, without a password.
        edits: The version tokens that change, in the order of their paths.
        message: The message of the release commit.
        tag: The name of the annotated tag, or None where the branch is pushed without one.
        title: The title of the forge's release.
        target: The index that is uploaded to.
        test_command: The test suite's command, or None where the suite is skipped or there is none.
        upload_only: Whether only a test index is uploaded to: no branch, tag or push changes.
        keep_artifacts: Whether the released files are copied to ``dist/`` at the end.
        changelog: The changelog's path relative to the top of the repository; empty where there is none.
        released: The day of the release, as ``2026-01-31``, for files that state it; empty leaves them alone.
        narrowing: How the token was going to be restricted when the release was decided.
        page: The repository on GitHub that gets the release's page, where gh may; empty where there is none.
    """

    run: str
    name: str
    root: str
    current: str
    version: str
    base: str
    branch: str
    remote: str
    remote_url: str
    edits: tuple[Edit, ...]
    message: str
    tag: str | None
    title: str
    target: Target
    test_command: tuple[str, ...] | None
    upload_only: bool
    keep_artifacts: bool
    changelog: str
    released: str = ""
    narrowing: Narrowing = Narrowing()
    page: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a plan is decided on, beside the settings and the request.

    Attributes:
        run: A name that no other run has.
        base: The object id of HEAD.
        remote_url: The remote's push URL, empty where there is no such remote.
        target: The index.
        test_command: The test suite's command, where one was found.
        changelog: The changelog's path, empty where there is none.
        taken: The versions that the index has files of; only read for a test index.
        today: The day of the release, as ``2026-01-31``.
        narrowing: How the token is going to be restricted.
        page: The repository on GitHub that the remote's push URL names; empty where it names none.
    """

    run: str
    base: str
    remote_url: str
    target: Target
    test_command: tuple[str, ...] | None
    changelog: str
    taken: frozenset[str] = frozenset()
    today: str = ""
    narrowing: Narrowing = Narrowing()
    page: str = ""


def make(request: str, project: Distribution, settings: Settings, basis: Basis) -> Plan:
    """Decide a release.

    Args:
        request: ``patch``, ``minor``, ``major``, another part, or a whole version.
        project: Every place that states the version.
        settings: What the user asked for.
        basis: What the repository and the index said.

    Raises:
        UsageError: The request is neither a part nor a version.
        ConfigurationError: The project states no version that could be raised, or a name is malformed.
    """
    if project.name and not _NAME.fullmatch(project.name):
        raise ConfigurationError(
            f"the project is called {quoted(project.name)}, which is no name that an index takes",
            cure="use letters, digits and . _ - in it, with a letter or digit at both ends",
        )
    version = requested_version(project, request)
    if settings.test:
        version = _free(version, basis.taken)
    text = str(version)
    tag = config.tag(settings.tag_format, text) if settings.auto_git_tag and not settings.test else None
    return Plan(
        run=basis.run,
        name=project.name,
        root=project.root,
        current=str(project.version),
        version=text,
        base=basis.base,
        branch=settings.branch,
        remote=settings.remote,
        remote_url=basis.remote_url,
        edits=() if project.tag_tool else planned_edits(project, text, basis.today),
        message=settings.commit_message.replace("{version}", text),
        tag=tag,
        title=f"Release {text}",
        target=basis.target,
        test_command=basis.test_command if settings.run_tests else None,
        upload_only=settings.test,
        keep_artifacts=not settings.clean_build_artifacts,
        changelog=basis.changelog,
        released=basis.today,
        narrowing=basis.narrowing,
        page=basis.page if tag else "",
    )


# "Names and normalization" of the packaging specifications; it becomes part of addresses and of paths.
_NAME = re.compile(r"[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?", re.IGNORECASE | re.ASCII)


def _free(version: Pep440, taken: frozenset[str]) -> Pep440:
    """The version itself where a test index has no file of it, else its next free development release."""
    candidate, number = version, version.dev or 0
    while str(candidate) in taken:
        number += 1
        candidate = version._replace(dev=number)
    return candidate


def written(plan: Plan) -> dict[str, object]:
    """A plan as plain data, for ``recalled`` to read back; without the password that an address may hold."""
    return asdict(replace(plan, remote_url=without_credentials(plan.remote_url)))


def recalled(record: Mapping[str, Any]) -> Plan:
    """The plan that was written down; what a later version has added to it is passed over.

    Args:
        record: What ``written`` gave, after a journey through JSON.
    """
    known = _known(Plan, record)
    command = known["test_command"]
    return Plan(
        **known
        | {
            "edits": tuple(Edit(*edit) for edit in known["edits"]),
            "target": Target(**_known(Target, known["target"])),
            "narrowing": Narrowing(**_known(Narrowing, known.get("narrowing", {}))),
            "test_command": None if command is None else tuple(command),
        }
    )


def _known(kind: type[Plan | Target | Narrowing], record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name in kind.__dataclass_fields__}
