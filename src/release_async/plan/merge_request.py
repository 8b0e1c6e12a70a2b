"""A request to merge a release into its branch, as data, and what a forge has to be able to do for it.

The request carries the plan: for people to read, and as a mark by which any clone of the project finds it.
"""

import hashlib
import json
import re
from dataclasses import fields, replace
from typing import NamedTuple, Protocol

from release_async.plan import plan as planning, preview
from release_async.plan.plan import Narrowing, Plan


class MergeRequest(NamedTuple):
    """A request as a forge shows it.

    Attributes:
        number: Its number.
        name: What the forge calls it: "pull request #12".
        address: Its web page.
        source: The branch that it comes from.
        is_from_here: Whether that branch is in the same repository, and not in a fork.
        target: The branch that it leads to.
        head: The object id of the tip of its branch.
        body: Its text.
        opened: When it was opened, in seconds since the epoch.
        is_open: Whether it is neither merged nor closed.
        is_merged: Whether it is merged.
        merged_as: The commit on the target that it was merged as; empty while the forge does not tell it.
    """

    number: int
    name: str
    address: str
    source: str
    is_from_here: bool
    target: str
    head: str
    body: str
    opened: float
    is_open: bool
    is_merged: bool
    merged_as: str


class Draft(NamedTuple):
    """A request that is to be opened.

    Attributes:
        source: The branch that it comes from.
        target: The branch that it leads to.
        title: Its title.
        body: Its text.
        labels: Its labels.
    """

    source: str
    target: str
    title: str
    body: str
    labels: tuple[str, ...] = ()


class CommitChecks(NamedTuple):
    """What continuous integration says of one commit.

    Attributes:
        failed: The names of the failed checks, with how they ended.
        pending: The names of the checks that have not ended.
        passed: How many have passed.
        address: The web page that shows them; empty where there is none.
    """

    failed: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    passed: int = 0
    address: str = ""


class MergeRequests(Protocol):
    """The requests of one repository on a forge.

    Every method raises a ``FailedError`` where the forge did not answer, or refused; where a change may have
    been made all the same, an ``UncertainError``.
    """

    @property
    def noun(self) -> str:
        """What the forge calls one: "pull request"."""

    async def open(self, draft: Draft) -> MergeRequest:
        """Open a request."""

    async def find(self, source: str) -> tuple[MergeRequest, ...]:
        """All requests from a branch, open or not, the newest first."""

    async def marked(self, target: str) -> tuple[MergeRequest, ...]:
        """The open requests into a branch that any release has marked, the newest first."""

    async def awaited(self, request: MergeRequest) -> tuple[str, ...]:
        """Whose turn it is with an open request, and with what, in words."""

    async def close(self, number: int, comment: str) -> None:
        """Close a request, and say why in a comment."""

    async def checks(self, commit: str) -> CommitChecks:
        """What continuous integration says of exactly this commit; empty where it knows nothing of it."""


def source_branch(plan: Plan) -> str:
    """The branch that a release is proposed from."""
    return f"release/{plan.packages[0].version}"


def digest(plan: Plan) -> str:
    """The SHA-256 of a plan, in hexadecimal."""
    return hashlib.sha256(text(plan).encode()).hexdigest()


def text(plan: Plan) -> str:
    """A plan as JSON, in one spelling only, without what belongs to one clone alone."""
    return json.dumps(planning.written(portable(plan)), ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def portable(plan: Plan) -> Plan:
    """A plan without what belongs to one clone, its ``.env`` and its token: the same in every clone."""
    packages = tuple(replace(package, narrowing=Narrowing(), test_command=None) for package in plan.packages)
    return replace(plan, packages=packages, remote_url="", keep_artifacts=False)


def differences(plan: Plan, other: Plan) -> tuple[str, ...]:
    """The names of what differs between two plans, of the release and of its packages."""
    one, two = (planning.written(portable(each)) for each in (plan, other))
    packages = zip(plan.packages, other.packages, strict=False)
    inside = {
        field.name
        for mine, theirs in packages
        for field in fields(mine)
        if field.name not in {"narrowing", "test_command"}
        and getattr(mine, field.name) != getattr(theirs, field.name)
    }
    return tuple(sorted({name for name in one if one[name] != two.get(name)} - {"packages"} | inside))


def mark(plan: Plan) -> str:
    """What the text of our request alone holds; no page shows it."""
    return f"<!-- release-async: run {plan.run}, plan {digest(plan)} -->"


_MARK = re.compile(r"<!-- release-async: run ([0-9a-z-]+), plan ([0-9a-f]{64}) -->")


class Mark(NamedTuple):
    """The mark of a request: the run that has opened it, and the digest of its plan."""

    run: str
    digest: str


def mark_in(body: str) -> Mark | None:
    """The mark in the text of a request; None where there is none, or more than one."""
    found = _MARK.findall(body)
    return Mark(*found[0]) if len(found) == 1 else None


def draft(plan: Plan, labels: tuple[str, ...] = ()) -> Draft:
    """The request of a release: its title, and the plan as its text."""
    return Draft(
        source=source_branch(plan),
        target=plan.branch,
        title=f"Release {plan.versions}",
        body="\n".join((*_body(plan), "", mark(plan), "")),
        labels=labels,
    )


def _body(plan: Plan) -> list[str]:
    changes = ", ".join(
        f"**{package.name}** {package.current} → {package.version}" for package in plan.packages
    )
    lines = [changes, "", "| place | old | new |", "|---|---|---|"]
    lines += [f"| `{edit.path}:{edit.line}` | {edit.old} | {edit.new} |" for edit in plan.edits]
    rolled = [package.changelog for package in plan.packages if package.changelog_changes]
    lines += [f"| `{path}` | unreleased | {plan.versions} |" for path in rolled]
    lines += [
        "",
        "Once this is merged, in whichever way, the release is finished from the merged commit:",
        "",
    ]
    for stage in preview.stages(plan):
        if stage.name in plan.route.after:
            what = f"`{stage.command}`" if stage.command else "; ".join(stage.notes)
            lines.append(f"- {stage.name}: {what}")
    lines += ["", "Nothing of it is on the index before. To give it up, close this request."]
    return lines
