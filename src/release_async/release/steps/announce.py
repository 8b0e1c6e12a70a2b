"""Makes the release page on the forge: a draft, the files attached to it, and then, for good, published.

It goes by what the check `release-page` found out: a page that cannot be made leaves no release unfinished.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from release_async.base.errors import FailedError
from release_async.base.files import Artifact
from release_async.external.github import releases
from release_async.external.github.gh_api import Forge, Obstacle, Repository
from release_async.external.github.releases import Release, ReleasePage
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed, State
from release_async.plan.events import Note
from release_async.plan.plan import Package, Plan
from release_async.release import release_page_text
from release_async.release.answered import answered
from release_async.release.published_files import spoilt
from release_async.release.release_page_text import Subject
from release_async.release.steps.push import not_our_tag
from release_async.run.context import Context
from release_async.run.step_results import BuiltFiles, Confirmed, ReleaseCommit, Results, TagObjects
from release_async.versions.pep440 import parse


@dataclass(frozen=True, slots=True)
class PagesSeen:
    """What GitHub showed last.

    Attributes:
        pages: The release page of each tag; None where there was none.
        told: The numbers of the drafts of others that the person has been told of.
    """

    pages: Mapping[str, Release | None] = field(default_factory=dict)
    told: frozenset[int] = frozenset()


TITLE = "GitHub release"
NEEDS = (ReleaseCommit, TagObjects, BuiltFiles, Confirmed)
GIVES = (PagesSeen,)
_PATIENCE = 15.0
_RETRY_TIMEOUT = 150.0
"""Seconds for which GitHub is asked again: it has too many askers for a minute, as a rule, or bad seconds."""


def skipped(plan: Plan, context: Context, made: Results) -> str:
    """Skipped without a tag, and where no page can be made; says what stands in the way and what to type.

    That is decided before the point of no return: neither what stands in the way only since then is a reason,
    nor does a page appear that was left out.
    """
    if not plan.tags:
        return "AUTO_GIT_TAG is false"
    if made.owes_page:
        return ""
    found = context.forge.found
    if isinstance(found, Forge):
        if not context.workspace.journal.is_past_pivot:
            return ""
        found = Obstacle("it was left out when the release was decided", "", found.repository)
    later = _by_hand(found.repository, plan, context, made) if found.repository else ()
    todo = ", then: ".join(filter(None, (found.cure, *later)))
    return f"{found.what}: {todo}" if todo else found.what


def _by_hand(repository: Repository, plan: Plan, context: Context, made: Results) -> Iterator[str]:
    """The commands for after the release, with the files where they are kept."""
    for tag in plan.tags:
        kept = made.files_of(plan.tagged(tag).name) if plan.keep_artifacts else ()
        files = [context.project / "dist" / each.name for each in kept]
        yield releases.create_command(repository, _page(plan.tagged(tag), tag), files)


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """For each tag a draft, one effect for each file, and the publishing: nothing can be attached after it.

    Only the last is public: a draft shows to nobody but those who may write to the repository.
    """
    found = context.forge.found
    if isinstance(found, Obstacle):
        return tuple(_barred(found, plan, made, tag) for tag in plan.tags if made.owes_page)
    desks = (_Desk(found, plan, context, made, tag) for tag in plan.tags)
    return tuple(effect for desk in desks for effect in _making(desk))


def _making(desk: "_Desk") -> tuple[Effect, ...]:
    return (_drafting(desk), *(_attachment(desk, artifact) for artifact in desk.files), _publication(desk))


def _barred(obstacle: Obstacle, plan: Plan, made: Results, tag: str) -> Effect:
    """The page that was promised, and cannot be asked for at this moment."""

    async def probe() -> Probed:
        return Probed(State.UNKNOWN, obstacle.what, obstacle.cure)

    async def perform() -> None:
        raise FailedError(obstacle.what, cure=obstacle.cure)

    package, repository = plan.tagged(tag), obstacle.repository
    kept = [each.path for each in made.files_of(package.name)]
    manual = (releases.create_command(repository, _page(package, tag), kept),) if repository else ()
    return Effect(f"GitHub release of {tag}", probe, perform, manual, public=True, noun="GitHub release")


def _drafting(desk: "_Desk") -> Effect:
    return Effect(
        name=f"draft of the GitHub release of {desk.tag}",
        probe=answered(partial(_drafted, desk)),
        perform=partial(_draft, desk),
        patience=_PATIENCE,
        retry_timeout=_RETRY_TIMEOUT,
    )


def _attachment(desk: "_Desk", artifact: Artifact) -> Effect:
    return Effect(
        name=f"attach {artifact.name}",
        probe=answered(partial(_attached, desk, artifact)),
        perform=partial(_attach, desk, artifact),
        manual=_attaching(desk, artifact),
        patience=_PATIENCE,
        retry_timeout=_RETRY_TIMEOUT,
    )


def _publication(desk: "_Desk") -> Effect:
    return Effect(
        name=f"GitHub release of {desk.tag}",
        probe=answered(partial(_published, desk)),
        perform=partial(_publish, desk),
        manual=_publishing(desk),
        noun="GitHub release",
        public=True,
        patience=_PATIENCE,
        retry_timeout=_RETRY_TIMEOUT,
    )


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the effects of one page share.

    Attributes:
        forge: The forge that it is made on.
        plan: The release.
        context: What a step may touch.
        made: What has been made so far.
        tag: The tag whose page it is.
    """

    forge: Forge
    plan: Plan
    context: Context
    made: Results
    tag: str

    @property
    def package(self) -> Package:
        """The package that the tag marks."""
        return self.plan.tagged(self.tag)

    @property
    def files(self) -> tuple[Artifact, ...]:
        """What is attached to the page."""
        return self.made.files_of(self.package.name)

    @property
    def oid(self) -> str:
        """The object id of the tag."""
        return self.made.tags[self.tag]

    @property
    def seen(self) -> Release | None:
        """Our page as GitHub showed it last."""
        return self._pages.pages.get(self.tag)

    @property
    def marker(self) -> str:
        """What our text alone holds, for us to know it again after a crash; no page shows it."""
        return f"<!-- release-async: commit {self.made.commit}, tag {self.oid} -->"

    def seeing(self, page: Release | None, others: Iterable[int] = ()) -> PagesSeen:
        """What was seen so far, and our page as it is now."""
        told = self._pages.told.union(others)
        return PagesSeen({**self._pages.pages, self.tag: page}, told)

    async def look(self) -> tuple[Release | None, PagesSeen]:
        """Our page as GitHub shows it now, by its number where that is known.

        Raises:
            FailedError: GitHub did not answer.
        """
        if self.seen and (there := await releases.by_id(self.forge, self.seen.id)):
            return there, self.seeing(there)
        return await self._found()

    async def _found(self) -> tuple[Release | None, PagesSeen]:
        """What is published of the tag, else the draft that an earlier attempt has made."""
        if there := await releases.published(self.forge, self.tag):
            return there, self.seeing(there)
        drafts = sorted(await releases.listed(self.forge, self.tag), key=lambda each: each.id)
        ours = next((draft for draft in drafts if self.marker in draft.body), None)
        others = [draft.id for draft in drafts if draft is not ours]
        for other in others:
            self._tell_of(other)
        return ours, self.seeing(ours, others)

    def _tell_of(self, other: int) -> None:
        if other not in self._pages.told:
            which = f"another draft of {self.tag}, release {other}"
            self.context.emit(Note(f"{self.forge.repository} has {which}: it is left as it is"))

    @property
    def _pages(self) -> PagesSeen:
        return self.made.find(PagesSeen) or PagesSeen()


async def _tag_is_not_ours(desk: _Desk) -> Probed | None:
    """What is wrong with the tag on GitHub: where it has none, GitHub makes one, of whatever it likes."""
    there = await desk.forge.tag_object(desk.tag)
    if there == desk.oid:
        return None
    if there:
        return not_our_tag(desk.plan, desk.tag, str(desk.forge.repository))
    cure = f"see where it was pushed to: git ls-remote {desk.plan.remote} refs/tags/{desk.tag}"
    return Probed(State.UNKNOWN, f"{desk.forge.repository} does not show the tag {desk.tag}", cure)


async def _drafted(desk: _Desk) -> Probed:
    """Whether there is a draft of ours, or what was published of it."""
    if wrong := await _tag_is_not_ours(desk):
        return wrong
    there, pages = await desk.look()
    if there is None:
        return replace(NOT_DONE, gives=(pages,))
    return replace(DONE if there.draft else _judged(desk, there), gives=(pages,))


def _judged(desk: _Desk, there: Release) -> Probed:
    """Whether a published page, whoever has made it, holds our files; ours cannot be made any more."""
    lacking = there.missing(desk.files)
    if not lacking:
        return DONE
    what = (
        f"{desk.forge.repository} has a published release of {desk.tag} without our {' and '.join(lacking)}"
    )
    wrong = any(there.asset(name) for name in lacking)
    leave = "to leave the page to whoever makes it: --skip release-page the next time"
    if there.immutable:
        return Probed(State.CONFLICT, what, f"it is immutable, so it stays as it is; {leave}")
    if wrong:
        return Probed(State.CONFLICT, what, f"see who has attached other bytes under our names; {leave}")
    repository = desk.forge.repository
    missing = (each.path for each in desk.files if each.name in lacking)
    commands = (releases.attach_command(repository, there.id, path) for path in missing)
    return Probed(State.CONFLICT, what, f"attach them: {'; '.join(commands)}; {leave}")


async def _draft(desk: _Desk) -> PagesSeen:
    subject = Subject(
        package=desk.package,
        tag=desk.tag,
        commit=desk.made.commit,
        base=desk.plan.base,
        repository_url=desk.plan.target.repository_url,
        marker=desk.marker,
    )
    text = await release_page_text.written(subject, desk.context, desk.forge)
    page = _page(desk.package, desk.tag)._replace(notes=text)
    return desk.seeing(await releases.draft(desk.forge, page))


def _page(package: Package, tag: str) -> ReleasePage:
    return ReleasePage(tag, package.title, _is_prerelease(package.version))


def _is_prerelease(version: str) -> bool:
    """Whether installers leave it out unless asked for it (PEP 440, "Handling of pre-releases")."""
    parsed = parse(version)
    return parsed is not None and (parsed.pre is not None or parsed.dev is not None)


async def _attached(desk: _Desk, artifact: Artifact) -> Probed:
    """Whether our page has this file; what is not there yet must still be what was inspected."""
    there, pages = await desk.look()
    return replace(await _attached_to(desk, artifact, there), gives=(pages,))


async def _attached_to(desk: _Desk, artifact: Artifact, there: Release | None) -> Probed:
    if there is None:
        return NOT_DONE
    if not there.missing([artifact]):
        return DONE
    if not there.draft:
        return _judged(desk, there)
    return await spoilt(artifact, f": {desk.plan.target.name} has it") or NOT_DONE


async def _attach(desk: _Desk, artifact: Artifact) -> None:
    """Upload a file, in the place of what a broken upload has left under its name."""
    draft = _our_draft(desk)
    if broken := draft.asset(artifact.name):
        await releases.detach(desk.forge, broken)
    patient = replace(desk.forge, timeout=desk.context.settings.upload_timeout)
    await releases.attach(patient, draft.id, artifact)


def _our_draft(desk: _Desk) -> Release:
    if desk.seen is None or not desk.seen.draft:
        what = f"the draft of the GitHub release of {desk.tag} is gone from {desk.forge.repository}"
        raise FailedError(what, cure="see who has deleted it")
    return desk.seen


async def _published(desk: _Desk) -> Probed:
    """Whether the page is published with our files."""
    if wrong := await _tag_is_not_ours(desk):
        return wrong
    if there := await releases.published(desk.forge, desk.tag):
        return _judged(desk, there)
    there, pages = await desk.look()
    probed = NOT_DONE if there is None or there.draft else _judged(desk, there)
    return replace(probed, gives=(pages,))


async def _publish(desk: _Desk) -> None:
    """Publish our draft, once more seen to be whole: what is published may be immutable."""
    draft = _our_draft(desk)
    if lacking := draft.missing(desk.files):
        what = f"the draft of the GitHub release of {desk.tag} has lost {' and '.join(lacking)}"
        raise FailedError(what, cure="see who has deleted it")
    await releases.publish(desk.forge, draft.id, _page(desk.package, desk.tag))


def _attaching(desk: _Desk, artifact: Artifact) -> tuple[str, ...]:
    """The commands for one file; without a draft there is nothing to attach it to, see `_publishing`."""
    if desk.seen is None:
        return ()
    repository, broken = desk.forge.repository, desk.seen.asset(artifact.name)
    attach = releases.attach_command(repository, desk.seen.id, artifact.path)
    return (releases.detach_command(repository, broken), attach) if broken and desk.seen.draft else (attach,)


def _publishing(desk: _Desk) -> tuple[str, ...]:
    """The command that publishes the draft; where there is none yet, one that makes all of the page."""
    repository, page = desk.forge.repository, _page(desk.package, desk.tag)
    if desk.seen is None:
        return (releases.create_command(repository, page, [each.path for each in desk.files]),)
    return (releases.publish_command(repository, desk.seen.id, page),) if desk.seen.draft else ()
