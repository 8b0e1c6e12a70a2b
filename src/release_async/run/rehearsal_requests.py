"""The requests of a rehearsal: a forge that has one reviewer, who merges everything at the second look."""

from dataclasses import dataclass, field

from release_async.base.errors import FailedError
from release_async.external.git.git_commands import Git
from release_async.plan.merge_request import CommitChecks, Draft, MergeRequest

_REVIEWER = (("user.name", "rehearsed reviewer"), ("user.email", "reviewer@localhost"))
_WHO = "you or a colleague, who would merge it: the rehearsal does so now, by a squash"


@dataclass(slots=True)
class RehearsedRequests:
    """Requests in a bare repository of the sandbox; satisfies ``MergeRequests``.

    A squash is the way of merging that leaves least of what was proposed: another commit, by somebody else.

    Attributes:
        remote: Git in the bare repository.
        opened: Every request, in the order of their numbers.
        noun: What it is called.
    """

    remote: Git
    opened: list[MergeRequest] = field(default_factory=list)
    noun: str = "request"

    async def open(self, draft: Draft) -> MergeRequest:
        """Open a request."""
        number = len(self.opened) + 1
        made = MergeRequest(
            number=number,
            name=f"request #{number} of the rehearsal",
            address="",
            source=draft.source,
            is_from_here=True,
            target=draft.target,
            head=await self.remote.oid(f"refs/heads/{draft.source}"),
            body=draft.body,
            opened=0.0,
            is_open=True,
            is_merged=False,
            merged_as="",
        )
        self.opened.append(made)
        return made

    async def find(self, source: str) -> tuple[MergeRequest, ...]:
        """All requests from a branch."""
        return tuple(each for each in reversed(self.opened) if each.source == source)

    async def marked(self, target: str) -> tuple[MergeRequest, ...]:
        """The open requests into a branch, all of which are a release's here."""
        return tuple(each for each in reversed(self.opened) if each.is_open and each.target == target)

    async def awaited(self, request: MergeRequest) -> tuple[str, ...]:
        """Say whose turn it is, and have it done by the next look."""
        target = f"refs/heads/{request.target}"
        tip, inside = await self.remote.oid(target), self.remote.at(self.remote.root, *_REVIEWER)
        tree = await inside.oid(f"{request.head}^{{tree}}")
        title = f"{request.source} (#{request.number})"
        commit = await inside.text("commit-tree", "--no-gpg-sign", "-p", tip, "-m", title, tree)
        await inside.set_ref(target, commit, tip)
        self._put(_ended(request, merged_as=commit))
        return (_WHO,)

    async def close(self, number: int, comment: str) -> None:
        """Close a request.

        Raises:
            FailedError: There is none of that number.
        """
        found = next((each for each in self.opened if each.number == number), None)
        if found is None:
            raise FailedError(f"there is no request #{number} ({comment})", cure="rehearse it again")
        self._put(_ended(found))

    async def checks(self, commit: str) -> CommitChecks:  # noqa: ARG002 - as every forge
        """All is green: a sandbox has no continuous integration that could say anything else."""
        return CommitChecks(passed=1)

    def _put(self, request: MergeRequest) -> None:
        self.opened[request.number - 1] = request


def _ended(request: MergeRequest, merged_as: str = "") -> MergeRequest:
    """A request that is not open any more; merged, where a commit is given."""
    return request._replace(is_open=False, is_merged=bool(merged_as), merged_as=merged_as)
