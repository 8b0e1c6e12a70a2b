"""What git keeps of a release that is given up, here and on the remote. It asks, and changes nothing.

Only what is ours is named: what others have made under a name of ours is for them to delete.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from release_async.base.errors import FailedError
from release_async.external.git.git_commands import Git
from release_async.plan.plan import Plan
from release_async.release import candidate_ref, proposal_refs
from release_async.release.public_and_owed import Release
from release_async.release.push_beside_protected_branch import aside_branch
from release_async.release.steps.push import has_commit, is_where_it_was
from release_async.run.journal import RecordedRelease
from release_async.run.step_results import Proposal, PushedAside, Results


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """The refs that still lead to what a release has made, by their full names, with the object ids.

    Attributes:
        here: The tags of ours that this repository has.
        there: What the remote has of ours.
        is_landed: Whether the remote's branch has the release commit.
        is_certain: Whether the remote has said so; if not, it may have more, less, or somebody else's.
    """

    here: Mapping[str, str] = field(default_factory=dict)
    there: Mapping[str, str] = field(default_factory=dict)
    is_landed: bool = False
    is_certain: bool = True


async def of(release: Release, recorded: RecordedRelease) -> LeftBehind:
    """Ask this repository and the remote what they have of a release.

    Args:
        release: The release.
        recorded: What its journal tells, where the remote does not.

    Raises:
        CommandError: This repository could not be asked.
    """
    plan, context, made = release.plan, release.context, release.made
    if plan.upload_only or not made.commit:
        return LeftBehind()
    here, ours = await _here(context.git, made), _ours(release)
    branch = f"refs/heads/{plan.branch}"
    try:
        remote = await is_where_it_was(plan, context)
        there = await context.git.remote_refs(remote, branch, *ours)
        landed = await has_commit(plan, context, made.commit, (remote, there.get(branch, "")))
    except FailedError:
        return await unasked(context.git, recorded)
    found = {ref: oid for ref, oid in ours.items() if there.get(ref) == oid}
    return LeftBehind(here, found, is_landed=landed and plan.makes_commit and plan.touches_branch)


async def unasked(git: Git, recorded: RecordedRelease) -> LeftBehind:
    """What may be there, by what was tried, where the remote cannot be asked: nothing of it is certain."""
    plan, made = recorded.plan, recorded.results
    here = await _here(git, made)
    done = any(name.startswith("push ") for name in recorded.done)
    if plan.upload_only or not (done or any(name.startswith("push ") for name in recorded.tried)):
        return LeftBehind(here, is_certain=False)
    refs = _pushed(plan, made) if made.find(PushedAside) else _tags(made)
    landed = done and plan.makes_commit and plan.touches_branch
    return LeftBehind(here, refs, is_landed=landed, is_certain=False)


def chores(plan: Plan, made: Results, left: LeftBehind) -> Iterator[str]:
    """How a person takes each of it back: what it is, and the command.

    Args:
        plan: The release.
        made: What it has made.
        left: What is left of it.
    """
    if left.is_landed:
        revert = f"git pull {plan.remote} {plan.branch} && git revert {made.commit[:12]}"
        yield f"{plan.branch} on {plan.remote} keeps the release commit; to undo what it changes: {revert}"
    for ref, oid in left.there.items():
        there = _delete_there(plan, ref, oid if not left.is_certain else "")
        if not ref.startswith("refs/tags/"):
            name = ref.removeprefix("refs/heads/")
            yield f"delete {name} on {plan.remote}, which has the release commit too: {there}"
            continue
        local = (f"git tag -d {ref.removeprefix('refs/tags/')}",) if ref in left.here else ()
        yield f"delete the tag, if nobody has fetched it: {' && '.join((there, *local))}"
    for ref in left.here:
        if ref not in left.there:
            name = ref.removeprefix("refs/tags/")
            yield f"delete your tag, which only this repository has: git tag -d {name}"


def _ours(release: Release) -> Mapping[str, str]:
    """Every ref that a release may have made on the remote, beside the branch that it is a release of."""
    plan, context, made = release.plan, release.context, release.made
    refs = _pushed(plan, made)
    if plan.has_candidate:
        refs[candidate_ref.ref(plan)] = made.commit
    if proposal := made.find(Proposal):
        refs[proposal_refs.branch_ref(plan)] = proposal.commit
        refs[context.workspace.plan_ref] = proposal.record
    return refs


def _pushed(plan: Plan, made: Results) -> dict[str, str]:
    """What the last push brings there: the tags, and the commit beside a branch that is closed to it."""
    aside = {f"refs/heads/{aside_branch(plan)}": made.tip} if plan.touches_branch else {}
    return aside | _tags(made)


def _tags(made: Results) -> dict[str, str]:
    return {f"refs/tags/{tag}": oid for tag, oid in made.tags.items()}


async def _here(git: Git, made: Results) -> Mapping[str, str]:
    return {ref: oid for ref, oid in _tags(made).items() if await git.oid(ref) == oid}


def _delete_there(plan: Plan, ref: str, only_at: str) -> str:
    """The command that deletes a ref; where nobody knows whose it is, it deletes nothing but ours."""
    lease = f"--force-with-lease={ref}:{only_at} " if only_at else ""
    return f"git push {lease}{plan.remote} :{ref}"
