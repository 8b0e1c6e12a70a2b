"""The order of a release, as a value: which steps, and where the point of no return is. It runs none of them.

A release that goes another way is one more line of the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Route:
    """The steps of one kind of release, by name, in order.

    Attributes:
        name: What the route is called in a journal.
        before: The steps while nothing is public: whatever fails in them, nothing of the user's has changed.
        revocable: The steps between, of which others see something that can be taken back; a run that is gone
            on with begins at the first of them, until one has passed the point of no return.
        after: The steps from the point of no return on. The first of them is the pivot: its first effect is
            the first one that others can see.
        without: Why the other steps of a release are left out, told for each; empty where none is missed.
        checks: The names of the checks that come before; empty where all of them do.
    """

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    without: str = ""
    revocable: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()

    @property
    def is_test(self) -> bool:
        """Whether it leads to a test index only."""
        return self.name.endswith("test")

    @property
    def is_by_ci(self) -> bool:
        """Whether a job of CI builds and uploads."""
        return "await-publication" in self.after

    @property
    def collects(self) -> bool:
        """Whether jobs of CI build, and their files are taken and uploaded here."""
        return "collect" in self.steps

    @property
    def steps(self) -> tuple[str, ...]:
        """All steps, in order."""
        return (*self.before, *self.remembered)

    @property
    def awaits_parent(self) -> bool:
        """Whether it waits for the checks of the commit that the release commit is made on."""
        until = self.steps[: self.steps.index("await-ci")] if "await-ci" in self.steps else ()
        return "commit" in until and not {"merge", "candidate"}.intersection(until)

    @property
    def remembered(self) -> tuple[str, ...]:
        """The steps from the first one on of which others can see something."""
        return (*self.revocable, *self.after)

    @property
    def pivot(self) -> str:
        """The step that makes the release public."""
        return self.after[0]


_PREPARE = ("commit", "build", "inspect", "confirm")
_PREPARE_HEAD = ("checkout", "build", "inspect", "confirm")
_AFTER = ("upload", "tag", "push", "land", "verify", "announce", "clean-up")
_AFTER_HEAD = ("upload", "tag", "push", "verify", "announce", "clean-up")
_ONLY_UPLOADED = ("upload", "verify", "clean-up")
_ONLY_UPLOADS = "only uploads, with --test"
_PREPARE_GIVEN = ("checkout", "take", "inspect", "confirm")
_OF_GIVEN = ("versions", "expected-files", "credentials", "env-file")
"""The repository is not changed: what the files are compared with is checked, and the upload."""
_FROM_TAG = "the version comes from the tag: nothing is edited, and no branch is touched"

_BY_CI = ("push", "tag", "await-publication", "land", "announce", "clean-up")
_OF_BY_CI = (
    *("branch", "working-tree", "upstream", "push-right", "tag-free", "identity", "signing", "versions"),
    *("version-tag", "version-free", "dependencies", "env-file", "metadata", "changelog", "ci", "workflows"),
    *("forge-rules", "release-page", "tests"),
)
"""Nothing is built and uploaded here: neither an environment for that nor a token is needed."""

_COLLECTED = ("candidate", "await-build", "collect", "inspect", "confirm")
_OF_COLLECTED = (*_OF_BY_CI[:-1], "expected-files", "credentials", "tests")
"""Nothing is built here: no environment for that is needed."""

_PROPOSED = ("propose", "merge", "build", "inspect", "confirm")
_MERGED = "the merge has moved the branch: git pull"

ROUTES: dict[str, Route] = {
    route.name: route
    for route in (
        Route("here", _PREPARE, _AFTER),
        Route("test", _PREPARE, _ONLY_UPLOADED, without=_ONLY_UPLOADS),
        Route("current", _PREPARE_HEAD, _AFTER_HEAD, without="HEAD is released as it is"),
        Route("current-test", _PREPARE_HEAD, _ONLY_UPLOADED, without=_ONLY_UPLOADS),
        Route("tag", _PREPARE_HEAD, _AFTER_HEAD, without=_FROM_TAG),
        Route("publish", _PREPARE_GIVEN, _ONLY_UPLOADED, checks=_OF_GIVEN),
        Route("publish-test", _PREPARE_GIVEN, _ONLY_UPLOADED, checks=_OF_GIVEN),
        Route("by-ci", ("commit", "ready"), _BY_CI, checks=_OF_BY_CI),
        Route(
            "by-ci-head",
            ("checkout", "ready"),
            tuple(step for step in _BY_CI if step != "land"),
            checks=_OF_BY_CI,
        ),
        Route("pull-request", ("commit",), _AFTER_HEAD, without=_MERGED, revocable=_PROPOSED),
        Route("collect", ("commit",), _AFTER, revocable=_COLLECTED, checks=_OF_COLLECTED),
        Route(
            "pull-request-collect",
            ("commit",),
            _AFTER_HEAD,
            without=_MERGED,
            revocable=(*_PROPOSED[:2], *_COLLECTED),
            checks=(*_OF_COLLECTED, "merge-request"),
        ),
        Route("collect-head", ("checkout",), _AFTER_HEAD, revocable=_COLLECTED, checks=_OF_COLLECTED),
    )
}


def _awaiting_ci(route: Route) -> Route:
    """A route that waits for the checks of exactly the commit that is released, before that is tagged.

    A release commit that nobody else can see yet is pushed first, to a branch of its own.
    """
    prepare = {*route.before, *route.revocable}
    is_seen = "commit" not in prepare or {"merge", "candidate"} & prepare
    return _with_wait(
        route, f"{route.name}-ci", "collect", ("await-ci",) if is_seen else ("candidate", "await-ci")
    )


def _awaiting_parent(route: Route) -> Route:
    """A route that waits for the checks of the commit that the release commit is made on."""
    return _with_wait(route, f"{route.name}-parent", "candidate", ("await-ci",))


def _with_wait(route: Route, name: str, before: str, added: tuple[str, ...]) -> Route:
    """A route with more steps before another one, or before its build; it is remembered from them on."""
    prepare = (*route.before, *route.revocable)
    at = next(prepare.index(step) for step in (before, "build", "ready") if step in prepare)
    steps, seen = (*prepare[:at], *added, *prepare[at:]), len(route.before) if route.revocable else at
    return replace(route, name=name, before=steps[:seen], revocable=steps[seen:])


_OF_COMMIT = ("here", "by-ci", "collect")
"""The routes that make a commit which nobody has seen: that of its parent can be waited for instead."""
_AWAIT_CI = (
    *_OF_COMMIT,
    "current",
    "tag",
    "pull-request",
    "by-ci-head",
    "collect-head",
    "pull-request-collect",
)
ROUTES |= {each.name: each for each in (_awaiting_ci(ROUTES[name]) for name in _AWAIT_CI)}
ROUTES |= {each.name: each for each in (_awaiting_parent(ROUTES[name]) for name in _OF_COMMIT)}
"""Every route, by name; the first has all that a release can be here, most others leave something out."""


class Demands(NamedTuple):
    """What the settings demand of a route, beside the order of its steps.

    Attributes:
        by_request: Whether the branch takes a commit by a request to merge it only.
        green: Whether continuous integration has to be green for the commit.
        of_parent: Whether it is enough that it is so for the commit that a release commit is made on.
        by_ci: Whether a job of CI builds and uploads, once the tag is pushed.
        collected: Whether jobs of CI build, before there is a tag.
    """

    by_request: bool = False
    green: bool = False
    of_parent: bool = False
    by_ci: bool = False
    collected: bool = False


_NO_DEMANDS = Demands()


def route(
    *, test: bool, commit: bool = True, from_tag: bool = False, demands: Demands = _NO_DEMANDS
) -> Route:
    """The route that a release takes.

    Args:
        test: Whether only a test index is uploaded to.
        commit: Whether anything is edited: where nothing is, HEAD itself is released.
        from_tag: Whether the tag alone says the version.
        demands: What the settings demand of it.
    """
    if test:
        return ROUTES["test" if commit else "current-test"]
    name = _with_commit(demands) if commit else _of_head(from_tag, demands)
    if not demands.green:
        return ROUTES[name]
    return ROUTES[f"{name}-parent" if demands.of_parent and name in _OF_COMMIT else f"{name}-ci"]


def _with_commit(demands: Demands) -> str:
    if demands.by_ci:
        return "by-ci"
    if demands.collected:
        return "pull-request-collect" if demands.by_request else "collect"
    return "pull-request" if demands.by_request else "here"


def _of_head(from_tag: bool, demands: Demands) -> str:  # noqa: FBT001 - as `route`
    if demands.by_ci:
        return "by-ci-head"
    if demands.collected:
        return "collect-head"
    return "tag" if from_tag else "current"


def recalled(record: Mapping[str, Any]) -> Route:
    """A route as a journal recorded it: a release is finished by the steps that it was begun with.

    Args:
        record: The fields of a ``Route``, after a journey through JSON.
    """
    return Route(
        name=record["name"],
        before=tuple(record["before"]),
        after=tuple(record["after"]),
        without=record["without"],
        revocable=tuple(record.get("revocable", ())),
        checks=tuple(record.get("checks", ())),
    )
