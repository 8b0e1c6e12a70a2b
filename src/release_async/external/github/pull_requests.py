"""Pull requests on GitHub, as a release needs them. It decides nothing, and never edits what is there."""

import calendar
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from release_async.base.errors import FailedError
from release_async.external.github import ci_status
from release_async.external.github.gh_api import Forge
from release_async.external.github.responses import Response
from release_async.plan.merge_request import CommitChecks, Draft, MergeRequest, mark_in

_CLOCK = "%Y-%m-%dT%H:%M:%SZ"
_PAGE = 100


@dataclass(frozen=True, slots=True)
class PullRequests:
    """The pull requests of one repository; satisfies ``MergeRequests``."""

    forge: Forge
    noun: str = "pull request"

    async def open(self, draft: Draft) -> MergeRequest:
        """Open a pull request, and label it."""
        fields = {"title": draft.title, "head": draft.source, "base": draft.target, "body": draft.body}
        answer = await self.forge.send("POST", "pulls", fields)
        opened = _request(_checked(answer, f"asked to open a pull request from {draft.source}").body)
        if draft.labels:
            labels = {"labels": list(draft.labels)}
            _checked(
                await self.forge.send("POST", f"issues/{opened.number}/labels", labels), "asked to label"
            )
        return opened

    async def find(self, source: str) -> tuple[MergeRequest, ...]:
        """All pull requests from a branch of the repository itself."""
        query = {"head": f"{self.forge.repository.owner}:{source}", "state": "all", "per_page": _PAGE}
        return await self._listed(query)

    async def marked(self, target: str) -> tuple[MergeRequest, ...]:
        """The open pull requests into a branch that a release has marked."""
        query = {"base": target, "state": "open", "per_page": _PAGE}
        return tuple(each for each in await self._listed(query) if each.is_from_here and mark_in(each.body))

    async def _listed(self, query: Mapping[str, object]) -> tuple[MergeRequest, ...]:
        answer = await self.forge.api(f"pulls?{urlencode(query)}")
        return tuple(map(_request, _objects(_checked(answer, "asked for pull requests").json)))

    async def awaited(self, request: MergeRequest) -> tuple[str, ...]:
        """Reviews that are asked for or say No, and checks that run or have failed."""
        one = _checked(await self.forge.api(f"pulls/{request.number}"), f"asked for {request.name}").body
        told = await self.forge.read(f"pulls/{request.number}/reviews?per_page={_PAGE}")
        checks = await self.checks(request.head)
        return (
            *_reviews(one, told),
            *(f"the check {name}, failed" for name in checks.failed),
            *(f"the check {name}, running" for name in checks.pending),
            *_state(one),
        )

    async def close(self, number: int, comment: str) -> None:
        """Close a pull request after a comment."""
        commented = await self.forge.send("POST", f"issues/{number}/comments", {"body": comment})
        _checked(commented, f"asked to comment on pull request #{number}")
        closed = await self.forge.send("PATCH", f"pulls/{number}", {"state": "closed"})
        _checked(closed, f"asked to close pull request #{number}")

    async def checks(self, commit: str) -> CommitChecks:
        """Check runs, and statuses of the older kind."""
        seen = await ci_status.ci_status(self.forge, commit)
        address = f"{self.forge.repository.url}/commit/{commit}"
        return CommitChecks(seen.failed, seen.pending, seen.passed, address)


def _checked(answer: Response, asked: str) -> Response:
    if not answer.ok:
        raise answer.error(asked)
    return answer


def _request(shown: Mapping[str, object]) -> MergeRequest:
    """A pull request as GitHub shows it, alone or in a list.

    Raises:
        FailedError: It is none.
    """
    number, head, base = shown.get("number"), _object(shown, "head"), _object(shown, "base")
    if not isinstance(number, int):
        raise FailedError("GitHub's answer is no pull request", cure="gh --version")
    here = _object(base, "repo").get("full_name")
    is_merged = isinstance(shown.get("merged_at"), str)
    return MergeRequest(
        number=number,
        name=f"pull request #{number}",
        address=str(shown.get("html_url") or ""),
        source=str(head.get("ref") or ""),
        is_from_here=bool(here) and _object(head, "repo").get("full_name") == here,
        target=str(base.get("ref") or ""),
        head=str(head.get("sha") or ""),
        body=str(shown.get("body") or ""),
        opened=_seconds(str(shown.get("created_at") or "")),
        is_open=shown.get("state") == "open",
        is_merged=is_merged,
        # Before the merge it names a commit that was only tried (REST API, "Get a pull request").
        merged_as=str(shown.get("merge_commit_sha") or "") if is_merged else "",
    )


def _seconds(moment: str) -> float:
    try:
        return calendar.timegm(time.strptime(moment, _CLOCK))
    except ValueError:
        return 0.0


def _reviews(one: Mapping[str, object], told: object) -> Iterator[str]:
    """The last word of each reviewer counts; who was asked and has not answered is awaited."""
    last = {
        str(_object(each, "user").get("login")): each.get("state")
        for each in _objects(told)
        if each.get("state") in {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}
    }
    asked = [str(each.get("login")) for each in _objects(one.get("requested_reviewers"))]
    teams = [str(each.get("name")) for each in _objects(one.get("requested_teams"))]
    yield from (f"a review by {name}" for name in (*asked, *teams))
    yield from (
        f"{name}, who wants changes"
        for name, state in last.items()
        if state == "CHANGES_REQUESTED" and name not in asked
    )
    if approved := [name for name, state in last.items() if state == "APPROVED"]:
        yield f"approved by {', '.join(approved)}"


def _state(one: Mapping[str, object]) -> Iterator[str]:
    """What else GitHub says of why it is not merged."""
    words = {
        "dirty": "it conflicts with its branch: somebody has to resolve that",
        "behind": "it is behind its branch: somebody has to update it",
        "blocked": "a rule of the branch is not kept yet",
        "clean": "it can be merged",
    }
    if one.get("draft") is True:
        yield "it is a draft: somebody has to mark it as ready"
    elif one.get("auto_merge"):
        yield "it is merged by itself once that is done"
    elif (state := str(one.get("mergeable_state"))) in words:
        yield words[state]


def _object(value: object, key: str) -> Mapping[str, object]:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _objects(value: object) -> Iterator[Mapping[str, object]]:
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())
