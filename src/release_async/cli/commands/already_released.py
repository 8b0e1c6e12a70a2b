"""Whether a version that is asked for is released already, proven by index and remote. It only asks."""

from collections.abc import Iterable, Mapping, Sequence

import anyio

from release_async.base.errors import RefusedError
from release_async.external.git.git_commands import Git
from release_async.external.index import repository_url, simple_api
from release_async.external.index.simple_api import files_of_version
from release_async.release import next_versions
from release_async.repository import snapshot
from release_async.run import run_directories
from release_async.run.journal import RecordedRelease
from release_async.run.project import Project
from release_async.versions import select_distribution, tag_title_and_message
from release_async.versions.bump import CURRENT
from release_async.versions.pep440 import parse


async def released_version(project: Project, request: str) -> str:
    """The version that is asked for, where HEAD states it, and index and remote have all of it.

    Args:
        project: The project.
        request: ``current``, a whole version, or a part, which is never released already.

    Returns:
        The version in its normal form; empty where there is something to release.

    Raises:
        RefusedError: The index has files of it, and something of a release is missing or is not ours.
        IndexUnreachableError: The index did not answer.
        CommandError: The remote did not answer.
        ConflictError: What is kept of an earlier release cannot be read.
    """
    tag = _tag_of(project, request)
    current = parse(request) if tag else parse(project.distribution.version or "")
    if not project.distribution.name or current is None or (request != CURRENT and parse(request) != current):
        return ""
    stated = str(current)
    there, listed = await _files(project, stated)
    if not there:
        return ""
    ours = await _released_from_here(project, stated)
    missing = [
        *_missing_files(there),
        *_other_files(project, ours, there),
        *await (_missing_tag(project, tag, ours) if tag else _missing_on_the_remote(project, stated, ours)),
    ]
    if missing:
        found, form = ", ".join(sorted(there)), project.settings.tag_format
        following = await next_versions.next_free([stated], project.git, form, listed)
        raise RefusedError(
            f"the index has {found}, but the release is not complete: {'; '.join(missing)}",
            cure="if you began it in another clone, finish it there: release-async --resume; else find out "
            f"who has uploaded it, and release the next version: release-async --version {following}",
        )
    return stated


def _tag_of(project: Project, request: str) -> str:
    """The tag on HEAD that says the version which is asked for, where the version comes from the tag."""
    found, wanted = project.tags, parse(request)
    if found is None or wanted is None:
        return ""
    read = ((tag.name, found.rules.read(tag.name)) for tag in found.here)
    return next((name for name, said in read if said and said.version == wanted), "")


async def _missing_tag(project: Project, tag: str, ours: Sequence[RecordedRelease]) -> list[str]:
    """What the remote lacks of a release whose tag alone was pushed."""
    ref, name = f"refs/tags/{tag}", project.remote.name
    there = (await project.git.remote_refs(project.remote, ref)).get(ref, "")
    if not there:
        return [f"{name} has no {ref.split('/', 1)[1]}"]
    made = {each: oid for release in ours for each, oid in release.results.tags.items()}
    if made.get(tag, there) != there or await project.git.oid(ref) != there:
        return [f"the tag on {name} is not the one that is here"]
    return []


async def _files(project: Project, version: str) -> tuple[dict[str, str], frozenset[str]]:
    """The digests of the files of a version; and the versions that the index has."""
    url, timeout = repository_url.target(project.settings).repository_url, project.settings.network_timeout
    reader = repository_url.reader_of(project.settings)
    login = repository_url.login_of(project.settings)
    async with simple_api.open_index(url, credentials=reader, answer_timeout=timeout, login=login) as index:
        files = await index.files(project.distribution.name)
        found = files_of_version(files, version)
        for file in [file for file, digest in found.items() if not digest]:
            fetched = await index.fetch_digest(project.distribution.name, file)
            found[file] = fetched.sha256 if fetched else ""
        return found, simple_api.versions(files)


async def _released_from_here(project: Project, version: str) -> tuple[RecordedRelease, ...]:
    """What this clone still knows of having released it."""
    home, name = await run_directories.home_of(project.git), project.distribution.name
    return await anyio.to_thread.run_sync(run_directories.released, home, name, version)


def _other_files(project: Project, ours: Sequence[RecordedRelease], there: Mapping[str, str]) -> list[str]:
    """The files that were released from here to this index, and are not there or have other bytes."""
    name, url = project.distribution.name, repository_url.target(project.settings).repository_url
    known = [each.results for each in ours if each.plan.target.repository_url == url]
    released = {file.name: file.sha256 for each in known for file in each.files_of(name)}
    gone = [
        f"the index has no {file}, which was released from here" for file in released.keys() - there.keys()
    ]
    other = [
        f"{file} is not the file that was released from here"
        for file, digest in sorted(there.items())
        if released.get(file, digest) != digest
    ]
    return sorted(gone) + other


def _missing_files(there: Iterable[str]) -> list[str]:
    kinds = {".whl": "wheel", ".tar.gz": "sdist"}
    found = {end for end in kinds for name in there if name.endswith(end)}
    return [f"the index has no {kind} of it" for end, kind in kinds.items() if end not in found]


async def _missing_on_the_remote(
    project: Project, version: str, ours: Sequence[RecordedRelease]
) -> list[str]:
    """What of the branch and, where one is made, of the tag the remote does not have."""
    settings, git, remote = project.settings, project.git, project.remote
    branch, tag = settings.branch, tag_title_and_message.tag(settings.tag_format, version)
    refs = [f"refs/heads/{branch}"] + [f"refs/tags/{tag}"] * settings.auto_git_tag
    there = await git.remote_refs(remote, *refs)
    missing = [f"{remote.name} has no {ref.split('/', 2)[2]}" for ref in refs if ref not in there]
    tip = there.get(refs[0], "")
    if missing or not await _is_here(git, tip):
        return missing or [f"{branch} on {remote.name} is at a commit that is not here: git fetch"]
    if not settings.auto_git_tag:
        stated = _stated(project, tip) == version
        return [] if stated else [f"{branch} on {remote.name} does not state this version"]
    oid, made = there[refs[1]], {name: made for each in ours for name, made in each.results.tags.items()}
    if made.get(tag, oid) != oid:
        return [f"the tag on {remote.name} is not the one that was made here"]
    if not await _is_here(git, oid):
        return [f"the tag of {remote.name} is not in this clone, and cannot be compared: git fetch --tags"]
    if not await git.contains(tip, oid):
        return [f"{branch} on {remote.name} does not contain the tag"]
    stated = _stated(project, oid) == version
    return [] if stated else [f"the files of the tag on {remote.name} do not state this version"]


async def commits_since(project: Project, version: str) -> tuple[int, str]:
    """How many commits of the project HEAD has beyond the tag of a released version, and the tag's name.

    Where no tag is made, or this clone does not have it, nobody can say: that counts as none.

    Raises:
        CommandError: Git failed.
    """
    tag = tag_title_and_message.tag(project.settings.tag_format, version)
    if not project.settings.auto_git_tag or not await _is_here(project.git, f"refs/tags/{tag}"):
        return 0, tag
    its = project.distribution
    folders = [f":(top,literal){each.root}" for each in (its, *its.peers)]
    return int(await project.git.text("rev-list", "--count", f"refs/tags/{tag}..HEAD", "--", *folders)), tag


async def _is_here(git: Git, oid: str) -> bool:
    """Whether this clone has the commit that an object id leads to."""
    return (await git.run("cat-file", "-e", f"{oid}^{{commit}}")).ok


def _stated(project: Project, commit: str) -> str:
    """The version that a commit states for the project, in its normal form; empty where it states none."""
    with snapshot.revision(project.git.root, commit, project.git.env) as tree:
        its = project.distribution
        found = select_distribution.distribution_at(tree, its.root, its.located).version
    return str(parse(found or "") or "")
