"""Whether the files on the index are those that a workflow's run has built, and by whom they are attested.

Nothing is believed because a run is green: each file's digest is compared with what the run has kept, and
what the index says of its provenance with the repository, the workflow and the commit. It changes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from release_async.base import files, zip_extraction
from release_async.base.printable_text import printable
from release_async.base.zip_extraction import UnsafeArchiveError
from release_async.external.github import run_artifacts
from release_async.external.github.gh_api import Forge
from release_async.external.github.run_artifacts import RunArtifact
from release_async.external.github.workflow_runs import WorkflowRun
from release_async.external.index.attestation_rules import MISSING, ExpectedPublisher
from release_async.external.index.simple_api import files_of_version
from release_async.external.index.uploader import Provenance
from release_async.plan.plan import Package, Plan
from release_async.release import lost_provenance
from release_async.run.context import Context

_SHOWN = 5
_DISTRIBUTIONS = (".whl", ".tar.gz")


@dataclass(frozen=True, slots=True)
class Published:
    """What a run has published.

    Attributes:
        plan: The release.
        context: What a step may touch.
        package: The package.
        commit: The object id of the commit that its tag marks.
        run: The run; None where the forge cannot be asked for it.
    """

    plan: Plan
    context: Context
    package: Package
    commit: str
    run: WorkflowRun | None


@dataclass(slots=True)
class Comparison:
    """What was found.

    Attributes:
        faults: What is not as it has to be, a sentence each.
        notes: What could not be compared, and what was, a sentence each.
    """

    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


async def compared(published: Published) -> Comparison:
    """Compare the files of a package on the index with its run, and look at their provenance.

    Raises:
        FailedError: The forge or the index did not answer.
    """
    found = Comparison()
    shown = files_of_version(
        await published.context.index.files(published.package.name), published.package.version
    )
    forge = await published.context.forge.connect()
    if isinstance(forge, Forge) and published.run is not None:
        kept = await _kept(published, forge, published.run, found)
        await _compare_digests(published, shown, kept, found)
    else:
        found.notes.append("the files were not compared with those of the run: gh cannot be asked for it")
    await _compare_provenance(published, sorted(shown), found)
    return found


async def _kept(
    published: Published, forge: Forge, run: WorkflowRun, found: Comparison
) -> dict[str, set[str]]:
    """The digests of the sdists and wheels that the run has kept, by their names."""
    kept: dict[str, set[str]] = {}
    expired = []
    for artifact in await run_artifacts.listed(forge, run.number):
        if artifact.commit not in {"", published.commit}:
            found.faults.append(f"{printable(artifact.name)} was made of {artifact.commit[:12]}, not of this")
        elif artifact.is_expired:
            expired.append(printable(artifact.name))
        else:
            for name, digest in await _digests(published, forge, artifact, found):
                kept.setdefault(name, set()).add(digest)
    if expired:
        found.notes.append(f"GitHub has thrown away what the run had kept: {_listed(expired)}")
    return kept


async def _digests(
    published: Published, forge: Forge, artifact: RunArtifact, found: Comparison
) -> Sequence[tuple[str, str]]:
    """The digest of each sdist and wheel of this version in one artifact, which is not kept here."""
    seconds = published.context.settings.upload_timeout
    version, home = published.package.version, published.context.workspace.directory / "compared"
    await anyio.to_thread.run_sync(lambda: home.mkdir(mode=0o700, exist_ok=True))
    packed = home / "artifact"
    try:
        await run_artifacts.download(forge, artifact, packed, seconds)
        return await anyio.to_thread.run_sync(_hashed, packed, home / "files", version)
    except UnsafeArchiveError as error:
        found.notes.append(f"{printable(artifact.name)} was not compared: it {error}")
        return ()
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(files.remove_tree, home)


def _hashed(packed: Path, directory: Path, version: str) -> list[tuple[str, str]]:
    def wanted(name: str) -> bool:
        return name.endswith(_DISTRIBUTIONS) and bool(files_of_version({name: ""}, version))

    return [
        (path.name, files.fingerprint(path)[0]) for path in zip_extraction.unpack(packed, directory, wanted)
    ]


async def _compare_digests(
    published: Published, shown: Mapping[str, str], kept: Mapping[str, set[str]], found: Comparison
) -> None:
    target, own = published.plan.target.name, {name for name in kept if _is_of(published.package, name)}
    for name in sorted(own & shown.keys()):
        digest = shown[name] or await _given(published, name)
        if kept[name] != {digest}:
            found.faults.append(f"{name} on {target} has other bytes than the run has built")
    found.faults += (
        f"the run has built {name}, and {target} lacks it" for name in sorted(own - shown.keys())
    )
    rest = sorted(shown.keys() - own)
    if rest:
        found.notes.append(f"not compared with the run, which has not kept them: {_listed(rest)}")


def _is_of(package: Package, name: str) -> bool:
    """Whether a file is one of a package, by the spelling of names in files."""
    return package.name.lower().replace("-", "_").replace(".", "_") == name.partition("-")[0].lower().replace(
        ".", "_"
    )


async def _given(published: Published, name: str) -> str:
    """The digest of what the index gives, where its page does not say it."""
    given = await published.context.index.fetch_digest(published.package.name, name)
    return given.sha256 if given else ""


async def _compare_provenance(published: Published, names: Sequence[str], found: Comparison) -> None:
    """What the index says of who has made the files, where it says anything."""
    index, package, target = published.context.index, published.package.name, published.plan.target.name
    said: list[Provenance] = []
    for name in names:
        text = await index.fetch_provenance(package, name)
        if text:
            said.append(Provenance(name, (await index.files(package))[name], text))
    if not said:
        found.notes += filter(None, [await lost_provenance.words(published.plan, published.package, index)])
        return
    expected = await _publisher(published)
    wrong = await published.context.workspace.uploader.provenance(said, expected)
    found.faults += (f"{name}: its provenance {error}" for name, error in wrong.items() if error != MISSING)
    without = sorted(set(names) - {each.name for each in said})
    if without:
        found.faults.append(f"without provenance, unlike the others: {_listed(without)}")
    found.notes += _told(said, wrong, (expected, target))


def _told(
    said: Sequence[Provenance], wrong: Mapping[str, str], of: tuple[ExpectedPublisher, str]
) -> Iterator[str]:
    expected, target = of
    if MISSING in wrong.values():
        yield f"{MISSING}: what {target} says of {len(said)} files was believed"
    elif not wrong:
        by = f"{expected.repository} {expected.workflow}".strip()
        at = expected.commit[:12]
        yield f"{len(said)} files are attested by {by} at {at}; its environment is not compared"


async def _publisher(published: Published) -> ExpectedPublisher:
    repository = str(await published.context.forge.repository() or "")
    workflow = published.run.path.rpartition("/")[2] if published.run else ""
    return ExpectedPublisher(repository, workflow, published.commit)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
