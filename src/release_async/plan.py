"""The whole release decided, as frozen data: made once, shown, then carried out unchanged. It changes nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One version token that the release commit changes.

    Attributes:
        path: The file, relative to the top of the repository, with slashes.
        line: Its line, counted from 1.
        old: The version as it is spelled there today.
        new: The version as it will be spelled there.
    """

    path: str
    line: int
    old: str
    new: str


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
        remote_url: Its push URL, as git resolves it.
        edits: The version tokens that change, in the order of their paths.
        message: The message of the release commit.
        tag: The name of the annotated tag, or None where the branch is pushed without one.
        title: The title of the forge's release.
        target: The index that is uploaded to.
        test_command: The test suite's command, or None where the suite is skipped or there is none.
        upload_only: Whether only a test index is uploaded to: no branch, tag or push changes.
        keep_artifacts: Whether the released files are copied to ``dist/`` at the end.
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
