"""Looks into the built files before anyone else can: are they what the plan says, and nothing more?

Every gate is run, and everything that one of them finds is told at once. It changes nothing.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import anyio
from anyio.abc import TaskGroup
from packaging.utils import canonicalize_name, canonicalize_version

from release_async.base import files
from release_async.base.errors import CommandError, ConflictError, FailedError
from release_async.base.exception_groups import unwrap_exception_groups
from release_async.base.files import Artifact
from release_async.base.problems import Level
from release_async.external.build import trial_install, wheel_compatibility
from release_async.external.build.trial_install import BrokenEntryPoint, TrialOptions
from release_async.external.index import repository_url
from release_async.external.index.attestation_rules import MISSING
from release_async.external.index.uploader import FileInspection as Inspection
from release_async.guard import allow_in_artifacts
from release_async.guard.archive_members import Finding
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed
from release_async.plan.events import Note
from release_async.plan.plan import Package, Plan
from release_async.release import archive_gates, attesting
from release_async.release.archive_gates import PackageFiles
from release_async.release.checks import metadata
from release_async.run import test_command
from release_async.run.context import Context
from release_async.run.step_results import BuiltFiles, Inspected, ReleaseCommit, Results
from release_async.versions.pep440 import parse

TITLE = "Inspect"
NEEDS = (ReleaseCommit, BuiltFiles)
GIVES = (Inspected,)


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Never skipped: after the upload it would be too late."""
    return ""


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """All files: what is in them, where it comes from, what they say they are, and that one installs.

    Where this job attests them, that comes behind: what is signed is what was inspected.
    """
    both = "both" if len(made.files) <= len(("wheel", "sdist")) else f"{len(made.files)}"
    return (
        Effect(
            name=f"contents, metadata and installation of {both} files",
            probe=partial(_inspected, made),
            perform=partial(_inspect, plan, context, made),
        ),
        *attesting.effects(plan, context, made),
    )


async def _inspected(made: Results) -> Probed:
    return DONE if made.find(Inspected) else NOT_DONE


async def _inspect(plan: Plan, context: Context, made: Results) -> Inspected:
    found, commit = _Found(), made.get(ReleaseCommit).oid
    with unwrap_exception_groups():
        async with anyio.create_task_group() as gates:
            if plan.publishes_given:
                gates.start_soon(_make_durable, made)
            for package in plan.packages:
                public = repository_url.rules_of(plan.target)
                artifacts = made.files_of(package.name)
                files = PackageFiles(package, commit, artifacts, public, bool(plan.target.rehearses))
                gates.start_soon(_judge_bytes, files, context, gates, found)
                gates.start_soon(_judge_metadata, files, context, found)
                if package.attestations:
                    gates.start_soon(_judge_attestations, files, context, found)
    sifted = allow_in_artifacts.divide(found.allowable, context.settings.allow_in_artifacts)
    for finding, why in sifted.allowed:
        context.emit(Note(f"{finding.archive}: {finding.path} {finding.what}; allowed: {why.reason}"))
    for allowance in sifted.unused:
        context.emit(
            Note(f"{allow_in_artifacts.SETTING} names {allowance.path}, which nothing was found for")
        )
    for note in found.notes:
        context.emit(Note(note))
    for warning in _warnings(_at(Level.WARN, (*found.metadata, *sifted.refused))):
        context.emit(Note(warning))
    _refuse(plan, _at(Level.REFUSE, found.metadata), _at(Level.REFUSE, sifted.refused))
    return Inspected(tuple(artifact.sha256 for artifact in made.files))


async def _make_durable(made: Results) -> None:
    """Wait until all files are on the disk: the given ones were copied just before, and may be many.

    Raises:
        FailedError: The disk did not take one.
    """
    for artifact in made.files:
        try:
            await anyio.to_thread.run_sync(files.make_durable, artifact.path, abandon_on_cancel=True)
        except OSError as error:
            what = f"{artifact.path} cannot be written: {error.strerror}"
            raise FailedError(what, cure="see that the disk has room and may be written") from error


class _Found:
    """What each gate has found; they fill it in side by side.

    Attributes:
        metadata: What no setting lets pass, nor would the index.
        strict: What only the strict check of twine refuses.
        contents: What the bytes of the files show.
        installation: What an installer says.
        notes: What could not be tried, a sentence each.
    """

    def __init__(self) -> None:
        self.metadata: list[Finding] = []
        self.strict: list[Finding] = []
        self.contents: list[Finding] = []
        self.installation: list[Finding] = []
        self.notes: list[str] = []

    @property
    def allowable(self) -> tuple[Finding, ...]:
        """What a project may let pass."""
        return (*self.strict, *self.contents, *self.installation)


async def _judge_bytes(files: PackageFiles, context: Context, gates: TaskGroup, found: _Found) -> None:
    """Read the files, look into them, and try a wheel at the same time."""
    room = threading.Semaphore(1)
    if files.wheels:
        gates.start_soon(_try_installation, files, context, found, room)
    seen = await archive_gates.judged(files, context, room)
    found.contents += seen.contents
    found.metadata += seen.metadata


async def _judge_metadata(files: PackageFiles, context: Context, found: _Found) -> None:
    paths = (artifact.path for artifact in files.artifacts)
    is_told = await anyio.to_thread.run_sync(metadata.has_no_readme, files.package, context)
    for seen in await context.workspace.uploader.inspect(*paths):
        found.metadata += _metadata(files.package, seen)
        found.strict += (
            Finding(
                seen.path.name,
                seen.path.name,
                f"does not pass twine check --strict: {warning.rstrip('.')}",
                _STRICT,
                Level.WARN,
            )
            for warning in _strict_warnings(seen, is_told=is_told)
        )


def _strict_warnings(seen: Inspection, *, is_told: bool) -> list[str]:
    """What twine's strict check says, once: of a readme that is missing, not also that it has no type.

    Args:
        seen: What was found in one file.
        is_told: Whether a check has told already, before the person said Yes, that there is no readme.
    """
    if _NO_README not in seen.warnings:
        return list(seen.warnings)
    others = [each for each in seen.warnings if not each.startswith(_OF_README)]
    return others if is_told else [*others, _NO_README]


_OF_README = "`long_description"
_NO_README = f"{_OF_README}` missing."
"""Twine's own words (twine, commands/check)."""


async def _judge_attestations(files: PackageFiles, context: Context, found: _Found) -> None:
    """Verify each attestation, which an index would refuse after it has got the first files."""
    expected = await attesting.publisher(context)
    paths = [artifact.path for artifact in files.artifacts]
    errors = await context.workspace.uploader.attested(paths, expected)
    found.metadata += (
        Finding(path.name, path.name, error, _TO_INSTALL_LIBRARY if error == MISSING else _TO_ATTEST)
        for path, error in errors.items()
        if error
    )
    made_by = f"{expected.repository} {expected.workflow}".strip() or "the workflow that each names itself"
    if not any(errors.values()):
        found.notes.append(f"{len(errors)} attestations are of {made_by}; its environment is not compared")


_TO_ATTEST = "make the attestations of these very files in the job that publishes, or leave them out"
_TO_INSTALL_LIBRARY = "install it: pip install 'release-async[attest]'; or leave the attestations out"


def _at(level: Level, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.level is level)


_STRICT = (
    "give the project a readme with its content type: readme in [project], or long_description_content_type"
)


def _metadata(package: Package, seen: Inspection) -> list[Finding]:
    """What is wrong with what a file says of itself, by the plan and by the rules of the index."""
    name = seen.path.name
    found = [
        Finding(name, name, f"would be refused by the index: {error}", _TO_SEE_THE_SAME)
        for error in seen.errors
    ]
    is_read = bool(seen.name and seen.version)
    if is_read and _identity(seen.name, seen.version) != _identity(package.name, package.version):
        what = f"says it is {seen.name} {seen.version}, not {package.label}"
        is_same = parse(seen.version) == parse(package.version)
        cure = f"that is the same version: --version {seen.version}" if is_same else _WHERE_FROM
        found.append(Finding(name, name, what, cure))
    return found


_TO_SEE_THE_SAME = "correct the metadata; to see the same: python -m build && twine check --strict dist/*"
_WHERE_FROM = "look where the build takes its version from: release-async versions --explain"


def _identity(name: str, version: str) -> tuple[str, str]:
    return canonicalize_name(name), canonicalize_version(version, strip_trailing_zero=False)


async def _try_installation(
    files: PackageFiles, context: Context, found: _Found, room: threading.Semaphore
) -> None:
    """Try a wheel; once its installer is gone, there is room in memory for a second wheel."""
    await _try_one_of(files, context, found)
    room.release()


async def _try_one_of(files: PackageFiles, context: Context, found: _Found) -> None:
    """Install a wheel into an empty prefix, without dependencies; ask its version, load what it names.

    Of several the first that is for this machine: the others are for machines that are not here.
    """
    wheel, why_not = await anyio.to_thread.run_sync(_installable, files.wheels)
    count = len(files.wheels)
    if wheel is None and count == 1:
        found.notes.append(f"{files.wheels[0].name}: not tried to install, since {why_not}")
    elif wheel is None:
        found.notes.append(f"none of {count} wheels is for this machine: not tried to install")
    else:
        if count > 1:
            found.notes.append(f"of {count} wheels {wheel.name} was tried to install")
        await _try_wheel(files.package, wheel, context, found.installation)


def _installable(wheels: Sequence[Artifact]) -> tuple[Artifact | None, str]:
    """The first wheel that this machine can install; where there is none, why not the first."""
    why_not = [wheel_compatibility.why_incompatible(wheel.path) for wheel in wheels]
    fitting = (wheel for wheel, why in zip(wheels, why_not, strict=True) if not why)
    return next(fitting, None), next(iter(why_not), "")


async def _try_wheel(package: Package, wheel: Artifact, context: Context, found: list[Finding]) -> None:
    prefix = context.workspace.directory / f"installed-{package.name}"
    python = test_command.interpreter(context.project, context.test_env)
    try:
        options = TrialOptions(context.test_env, python)
        seen = await trial_install.installed(package.name, wheel.path, prefix, options)
    except CommandError as error:
        what = f"cannot be installed into an empty prefix: {error.detail or error.what}"
        found.append(Finding(wheel.name, wheel.name, what, _TO_INSTALL))
        return
    found += (_unloadable(wheel.name, each) for each in seen.broken)
    if _identity("", seen.version) != _identity("", package.version):
        what = f"is {seen.version} once it is installed, not {package.version}"
        found.append(Finding(wheel.name, wheel.name, what, _WHERE_FROM))


_TO_LOAD = "correct the entry point, or pack and define what it names"


def _unloadable(wheel: str, broken: BrokenEntryPoint) -> Finding:
    """A command that ends with a traceback is refused; a plug-in may be broken to try what its host does."""
    level = Level.REFUSE if broken.is_command else Level.WARN
    return Finding(wheel, wheel, f"is installed, and {broken.words}", _TO_LOAD, level)


_TO_INSTALL = "to see the same: python -m build && pip install --no-deps --no-index --target try dist/*.whl"


def _refuse(plan: Plan, for_good: Sequence[Finding], unless_allowed: Sequence[Finding]) -> None:
    """End the release for what was found, each with its cure.

    Raises:
        FailedError: There is something.
        ConflictError: There is something in what CI has built: to build it here once more mends nothing.
    """
    found, hint = _by_pattern((*for_good, *unless_allowed)), f"; {_MEANT}" if unless_allowed else ""
    if not found:
        return
    what, cure, detail = _said(found[0]), found[0].cure, ""
    if len(found) > 1:
        what = f"the built files hold {len(found)} things that must not be uploaded"
        cure = "fix each as it says, commit that, and run the same command again"
        detail = "\n".join(line for each in found for line in (_said(each), f"    {each.cure}"))
    if plan.collects:
        raise ConflictError(what, cure=f"give this release up, then {cure}{hint}", detail=detail)
    raise FailedError(what, cure=cure + hint, detail=detail)


_MEANT = f"what is meant to be so is named in {allow_in_artifacts.SETTING}, with the reason"


def _by_pattern(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings, many of one kind as one that names a few of the files."""
    kinds = defaultdict[tuple[object, ...], list[Finding]](list)
    for each in findings:
        kinds[each.archive, _kind(each), each.cure, each.level].append(each)
    return tuple(one for alike in kinds.values() for one in _merged(alike))


def _warnings(findings: Sequence[Finding]) -> Iterator[str]:
    """A sentence for each finding, and one for the same of several files."""
    same = defaultdict[tuple[str, str], list[Finding]](list)
    for each in _by_pattern(findings):
        what = each.what if each.path == each.archive else f"{each.path} {each.what}"
        same[what, each.cure].append(each)
    for (_, cure), (first, *others) in same.items():
        names = " and ".join(each.archive for each in others)
        yield f"{_said(first)}{f' ({names} as well)' if names else ''}: {cure}"


def _kind(finding: Finding) -> str:
    """What was found, without the path that it names."""
    return finding.what.replace(finding.path, "")


def _merged(alike: Sequence[Finding]) -> Sequence[Finding]:
    if len(alike) <= _EACH_NAMED:
        return alike
    names = ", ".join(each.path for each in alike[:_EACH_NAMED])
    first = alike[0]
    more = f"and {len(alike) - _EACH_NAMED} more: each {_kind(first).strip()}"
    return (first._replace(path=first.archive, what=f"{names} {more}"),)


_EACH_NAMED = 3
"""How many findings of one kind are shown by themselves."""


def _said(finding: Finding) -> str:
    where = finding.archive if finding.path == finding.archive else f"{finding.archive}: {finding.path}"
    return f"{where} {finding.what}"
