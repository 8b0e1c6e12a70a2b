"""Asks the project's build backend for what no file states: its name, its version, and where that is written.

It is asked at release time alone, in an isolated environment and a private copy of HEAD, as the build will
be. Where the version is written is not guessed: a place counts if the backend, asked again with that place
edited, gives the version that was written there, and the tag does if it gives that of a tag on HEAD.
"""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import anyio

from release_async.base.errors import ConfigurationError, ReleaseAsyncError
from release_async.external.build import builder
from release_async.external.build.builder import Builder, BuiltMetadata
from release_async.plan.events import Emit, Note
from release_async.repository import atomic_write, snapshot, version_tags
from release_async.run.project import Project, with_distribution
from release_async.versions import (
    bump,
    computed_places,
    select_distribution,
    version_edits,
    version_settings,
)
from release_async.versions.distribution import Distribution, Role, Site
from release_async.versions.import_packages import join_path
from release_async.versions.pep440 import Pep440, parse
from release_async.versions.tag_form import Member
from release_async.versions.tag_rules import TagRules
from release_async.versions.version_settings import VersionFile

OWN_CODE = "its own code"
"""What takes the version from the tag, where no known tool does."""
_BUILD_CODE = "setup.py, or whatever the build runs"


async def completed(project: Project, request: str | None, emit: Emit) -> Project:
    """The project with the name and the version that its build backend computes, where no file states them.

    Args:
        project: The project as its files say.
        request: ``patch``, another part, a whole version or ``current``: what is going to be released. None
            if nobody has said, and the version may be what it is.
        emit: Told what is asked, and what the answer is.

    Returns:
        The project; unchanged where its files say all, where its version comes from a tag, and where they
        cannot be read.

    Raises:
        ConfigurationError: The backend does not say which place its version comes from.
        CommandError: The backend cannot be installed, or fails.
        UsageError: The request is neither a part nor a version.
    """
    stated = project.distribution
    if stated.tag_tool or stated.problems or (stated.name and stated.version is not None):
        return project
    emit(Note("code computes the version or the name of this project: asking its build backend"))
    async with _asked(project) as question:
        said = await question.answer()
        found = stated if stated.name else stated._replace(name=said.name)
        if stated.version is None:
            project = await _with_version(
                replace(question, project=with_distribution(project, found)), said, request
            )
            emit(Note(f"the build backend says {said.version}, {_origin(project)}"))
            return project
    return with_distribution(project, found)


def _origin(project: Project) -> str:
    source = project.distribution.source
    if project.tags:
        return "and follows the git tag"
    return f"from {source.path}:{source.line}" if source else "from nowhere"


@dataclass(frozen=True, slots=True)
class _Question:
    """A private copy of HEAD and the backend that can build it.

    Attributes:
        project: The project.
        copy: The top of the copy.
        builder: The builder, whose environment is ready.
    """

    project: Project
    copy: Path
    builder: Builder

    async def answer(self) -> BuiltMetadata:
        """What the backend says of the copy as it is now."""
        return await self.builder.metadata(self.copy / self.project.distribution.root)


@asynccontextmanager
async def _asked(project: Project) -> AsyncIterator[_Question]:
    """Copy HEAD into a directory of its own, and make the environment that it is built in."""
    git, timeout = project.git, project.settings.build_timeout
    limits = builder.Deadlines(provision=timeout, build=timeout)
    with tempfile.TemporaryDirectory(prefix="release-async-", ignore_cleanup_errors=True) as directory:
        scratch = Path(directory) / "builder"
        # A version that is made of the day is that of HEAD's: the build of HEAD as it is has it too.
        env = {
            **project.plain_env,
            "SOURCE_DATE_EPOCH": await git.text("log", "-1", "--format=%ct", project.head),
        }
        async with builder.open_builder(scratch, env, None, limits) as child:
            copy = scratch / "copy"  # it goes with the builder, even if this process is killed
            clone = ("clone", "--quiet", "--shared", "--no-checkout", "--", str(git.root), str(copy))
            await git.text(*clone)
            await git.at(copy).text("checkout", "--quiet", "--detach", project.head)
            await child.provision(copy / project.distribution.root)
            yield _Question(project, copy, child)


async def _with_version(question: _Question, said: BuiltMetadata, request: str | None) -> Project:
    """The project with the place that its version is written in, or the tag that it follows.

    Raises:
        ConfigurationError: No place was found that the backend takes the version from, to raise it there.
    """
    project, stated = question.project, question.project.distribution
    current = parse(said.version)
    if current is None:
        raise ConfigurationError(
            f"the build backend says that the version of {stated.name} is {said.version!r}, which is not "
            "PEP 440",
            cure="see what computes it: release-async versions --explain",
        )
    is_open = request in {None, bump.CURRENT}
    wanted = bump.resolve(current, bump.Part.PATCH if request is None or is_open else request)
    git, head = project.git, project.head
    with snapshot.revision(git.root, head, git.env) as tree:
        places = await anyio.to_thread.run_sync(computed_places.candidates, tree, stated.root, current)
    for alone in (True, False):  # edited together, a place that only agrees would pass for the source
        for place in places:
            found, seen = await _tried(question, place, wanted, alone=alone)
            if found is not None:
                answered = {} if request is None or is_open else {request: seen}
                located = with_distribution(project, found._replace(name=stated.name))
                return replace(located, answered=answered)
    if request != bump.CURRENT and (tagged := await _by_tag(question, wanted)):
        return tagged
    if is_open and not current.local:
        return with_distribution(project, as_it_is(stated, current))
    raise _written_nowhere(stated, said, places)


async def _by_tag(question: _Question, wanted: Pep440) -> Project | None:
    """The project with its tags, if its backend gives the version of a tag on HEAD; else None."""
    project, git = question.project, question.project.git.at(question.copy)
    form = project.settings.tag_format
    tag = version_settings.tag(form, str(wanted))
    try:
        await git.text("tag", "--annotate", "--message", tag, tag)
        said = await question.answer()
    except ReleaseAsyncError:
        return None  # git has such a tag, or the project cannot be built with it
    if parse(said.version) != wanted:
        return None
    before, _, behind = version_settings.divided(form)
    rules = TagRules(OWN_CODE, _BUILD_CODE, prefix=before, suffix=behind, needs_prefix=bool(before))
    found = project.distribution
    # All of a repository's tags are its own: which others are there no tool has told.
    member = Member(name=found.name)
    place = (project.git.root, project.git.env)
    tags = await anyio.to_thread.run_sync(version_tags.tag_history, place, project.head, rules, member)
    return replace(with_distribution(project, found._replace(tag_tool=OWN_CODE)), tags=tags)


def as_it_is(stated: Distribution, version: Pep440) -> Distribution:
    """The distribution with what its backend says in the place of the first that could not be read.

    Where no place is known at all, a keyword of ``setup.py`` makes it, such as ``use_calver=True``.
    """
    unknown = Site(join_path(stated.root, "setup.py"), 1, Role.OPAQUE, key="setup()")
    first = next((site for site in stated.sites if site.role is Role.OPAQUE), unknown)
    source = first._replace(role=Role.SOURCE, text=str(version), note="computed, as its build backend says")
    return stated._replace(sites=(source, *(site for site in stated.sites if site is not first)))


def _written_nowhere(
    stated: Distribution, said: BuiltMetadata, tried: tuple[VersionFile, ...]
) -> ConfigurationError:
    edited = f" (tried: {computed_places.described(tried)})" if tried else ""
    return ConfigurationError(
        f"{stated.name} computes its version: its build backend says {said.version}, and no single place was "
        f"found that it comes from{edited}",
        cure="name the place: version-files in [tool.release-async], such as "
        'version-files = [{path = "demo/about.py", name = "VERSION"}]; or if several places make it up, '
        "edit and commit all of them, and release that: --version current",
    )


async def _tried(
    question: _Question, place: VersionFile, wanted: Pep440, *, alone: bool
) -> tuple[Distribution | None, str]:
    """The distribution with one place as its source, if the backend follows an edit of it; else None.

    Either its file alone is edited, or all that agree with it; None too where both are the same. With it
    comes the version as the backend spells it: some make 1.3 of the numbers 1, 3 and 0.
    """
    root, git = question.project.distribution.root, question.project.git.at(question.copy)
    try:
        with snapshot.disk(question.copy, git.env) as tree:
            found = select_distribution.distribution_at(tree, root, (place,))
            changes = version_edits.changes(found, tree, str(wanted))
        own = tuple(change for change in changes if change.path == join_path(root, place.path))
        if not alone and own == changes:
            return None, ""
        changes = own if alone else changes
        atomic_write.write_all(question.copy, changes)
        said = await question.answer()
    except (ReleaseAsyncError, OSError):
        return None, ""  # it cannot be edited, or the project cannot be built with the edit: not this one
    finally:
        await git.text("checkout", "--quiet", "--force", "--detach", question.project.head)
    seen = parse(said.version)  # a checkout may add a local part; what is built is looked at again
    is_source = seen is not None and seen._replace(local=()) == wanted
    return (found, str(seen and seen._replace(local=()))) if is_source else (None, "")
