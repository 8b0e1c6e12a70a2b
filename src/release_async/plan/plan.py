"""The whole release decided, as frozen data: made once, shown, carried out unchanged. It does nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from release_async.base.errors import ConfigurationError
from release_async.base.url_credentials import without_credentials
from release_async.plan import changelog_roll, route
from release_async.plan.changelog_roll import LineChange, Rolling
from release_async.plan.collected_fragments import Collected
from release_async.plan.expected_files import Row, Rows
from release_async.plan.following import Following
from release_async.plan.given_files import GivenFiles
from release_async.plan.route import Demands, Route
from release_async.plan.settings import Build, Changelog, Ci, Land, Publish, Settings
from release_async.versions import tag_title_and_message
from release_async.versions.bump import CURRENT
from release_async.versions.distribution import Distribution
from release_async.versions.pep440 import parse
from release_async.versions.select_distribution import requested_version
from release_async.versions.tag_history import TagHistory, TagKind, spelled
from release_async.versions.text_encoding import quoted
from release_async.versions.version_edits import Edit, planned_edits
from release_async.versions.version_settings import VersionFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The package index that a release goes to.

    Attributes:
        name: What a person calls it: PyPI, TestPyPI, or the host of a private index.
        repository_url: Where files are uploaded.
        token_setting: The name of the setting that holds the token for it.
        rehearses: The public index that the index of a rehearsal stands for; empty elsewhere.
        is_rehearsal: Whether it lasts no longer than a rehearsal, and its token is made up.
    """

    name: str
    repository_url: str
    token_setting: str
    rehearses: str = ""
    is_rehearsal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """How the token is restricted before it is sent.

    Attributes:
        project: The normalised name of the only project that a copy is for; empty where none is made.
        seconds: How long a copy is good, from the beginning of an upload; 0 where none is made.
        why_not: Why the token is sent as it is; empty where it is not.
        identity: Who vouches for this job of CI, for which the index mints a token of its own; empty where a
            token is there.
    """

    project: str = ""
    seconds: int = 0
    why_not: str = ""
    identity: str = ""


CANDIDATE = "release-candidate/"
"""How the branch begins that has a release commit before it is tagged; its version follows."""

NO_TOKEN = Narrowing(why_not="there is none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package of a release.

    Attributes:
        name: The distribution's name, as the project spells it.
        root: The distribution's directory, relative to the top of the repository; empty at the top.
        current: The version that HEAD states, or the last tag; empty before the first.
        version: The version to be released, in PEP 440's normal form.
        edits: The version tokens that change, in the order of their paths; empty where the version that HEAD
            states is released.
        files: The names of the files that are built, as patterns (fnmatch), in the order of their upload.
        changelog: The changelog's path relative to the top of the repository; empty where there is none.
        tag: The name of the tag, or None where the branch is pushed without one.
        title: The title of the tag, and of the forge's release.
        test_command: The test suite's command, or None where the suite is skipped or there is none.
        narrowing: How the token was going to be restricted when the release was decided.
        located: The places that its build backend was asked for, where code computes the version.
        tag_tool: The tool that takes the version from the tag, when it builds; empty where files state it.
        version_tag: The tag that it takes it from, in the clone that is built; empty where files state it.
        tag_kind: What the tag is to git: ``annotated``, ``signed`` or ``lightweight``.
        changelog_changes: The lines of the changelog that change, from the top down; empty where it is kept.
        removed: The fragments that the changelog has now, and whose files go; their paths in the repository.
        given: The files that are published as they are, by their absolute paths, in the order of ``files``;
            empty where the files are built.
        attestations: What says of them who has built them, by their absolute paths.
        expected: How those compare with what a release of the project has; empty where nothing says that.
        expected_by: What says it.
    """

    name: str
    root: str
    current: str
    version: str
    edits: tuple[Edit, ...]
    files: tuple[str, ...]
    changelog: str
    tag: str | None
    title: str
    test_command: tuple[str, ...] | None
    narrowing: Narrowing = Narrowing()
    located: tuple[VersionFile, ...] = ()
    tag_tool: str = ""
    version_tag: str = ""
    tag_kind: str = TagKind.ANNOTATED.value
    changelog_changes: tuple[LineChange, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def changes_files(self) -> bool:
        """Whether anything is edited: then there is a release commit."""
        return bool(self.edits or self.changelog_changes)

    given: tuple[str, ...] = ()
    attestations: tuple[str, ...] = ()
    expected: Rows = ()
    expected_by: str = ""

    @property
    def label(self) -> str:
        """Name and version, as a person says them: ``demo 1.3.0``."""
        return f"{self.name} {self.version}"

    @property
    def requirement(self) -> str:
        """What an installer is asked for: ``demo==1.3.0``."""
        return f"{self.name}=={self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One release, decided.

    Attributes:
        run: The name of this run; its private refs and its directory carry it.
        packages: What is released, in the order of the uploads; a release of one package is a train of one.
        base: The object id of HEAD: the parent of the release commit, or where none is made that itself.
        branch: The branch that is released.
        remote: The remote that is pushed to.
        remote_url: Its push URL, as git resolves it, without a password.
        message: The message of the release commit; empty where none is made.
        target: The index that is uploaded to.
        route: The steps of this release, in order.
        keep_artifacts: Whether the released files are copied to ``dist/`` at the end.
        released: The day of the release, as ``2026-01-31``, for files that state it; empty leaves them alone.
        page: The repository on GitHub that gets the release's page, where gh may; empty where there is none.
        following: The commit that follows the release on its branch; None where there is none.
    """

    run: str
    packages: tuple[Package, ...]
    base: str
    branch: str
    remote: str
    remote_url: str
    message: str
    target: Target
    route: Route
    keep_artifacts: bool
    released: str = ""
    page: str = ""
    following: Following | None = None

    @property
    def label(self) -> str:
        """Names and versions, as a person says them: ``demo 1.3.0``."""
        return ", ".join(package.label for package in self.packages)

    @property
    def called(self) -> str:
        """What it is, in words: a trial is no release of that version."""
        return f"the {'trial' if self.is_test else 'release'} of {self.label}"

    @property
    def names(self) -> str:
        """The names of the packages."""
        return ", ".join(package.name for package in self.packages)

    @property
    def versions(self) -> str:
        """The versions to be released, each once."""
        return ", ".join(dict.fromkeys(package.version for package in self.packages))

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that are made; two packages may share one."""
        return tuple(dict.fromkeys(package.tag for package in self.packages if package.tag))

    @property
    def version_tags(self) -> tuple[str, ...]:
        """The tags that the clone has which is built: those by which tools tell the versions."""
        return tuple(dict.fromkeys(package.version_tag for package in self.packages if package.version_tag))

    @property
    def touches_branch(self) -> bool:
        """Whether the branch is pushed: what is merged, and a version from the tag alone, need no push."""
        return not self.by_request and (self.makes_commit or not self.version_tags)

    @property
    def by_request(self) -> bool:
        """Whether the release commit is merged by others, at our request."""
        return "propose" in self.route.steps

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The version tokens that change, of all packages."""
        return tuple(edit for package in self.packages for edit in package.edits)

    @property
    def edited_paths(self) -> tuple[str, ...]:
        """The files that the release commit changes or removes, each once."""
        changelogs = (package.changelog for package in self.packages if package.changelog_changes)
        return tuple(dict.fromkeys((*(edit.path for edit in self.edits), *changelogs, *self.removed)))

    @property
    def removed(self) -> tuple[str, ...]:
        """The files that the release commit removes, of all packages."""
        return tuple(path for package in self.packages for path in package.removed)

    @property
    def upload_only(self) -> bool:
        """Whether files are uploaded and nothing else becomes public: no branch and no tag changes."""
        return "push" not in self.route.steps

    @property
    def is_by_ci(self) -> bool:
        """Whether a job of CI builds and uploads, once the tag is pushed."""
        return self.route.is_by_ci

    @property
    def collects(self) -> bool:
        """Whether jobs of CI build, and their files are taken and uploaded here."""
        return self.route.collects

    @property
    def has_candidate(self) -> bool:
        """Whether the release commit is pushed without a tag first, for CI to check or to build it."""
        return "candidate" in self.route.steps

    @property
    def checked_as_candidate(self) -> bool:
        """Whether the checks that are waited for run only because the release commit is pushed so."""
        made_here = self.makes_commit and not self.by_request and not self.route.awaits_parent
        return made_here and self.has_candidate and "await-ci" in self.route.steps

    @property
    def candidate_branch(self) -> str:
        """The branch that has the release commit while CI checks or builds it."""
        return f"{CANDIDATE}{self.packages[0].version}"

    @property
    def publishes_given(self) -> bool:
        """Whether the files are given, and neither built nor made a release of anything else."""
        return any(package.given for package in self.packages)

    @property
    def is_test(self) -> bool:
        """Whether it goes to a test index, where a version may be tried as often as it takes."""
        return self.route.is_test

    @property
    def makes_commit(self) -> bool:
        """Whether there is a release commit; where there is none, HEAD itself is released."""
        return "commit" in self.route.steps

    @property
    def pushed(self) -> tuple[str, ...]:
        """What is pushed, by name: the branch, unless the tag alone is, and the tags."""
        return (*([self.branch] if self.touches_branch else []), *self.tags)

    def tagged(self, tag: str) -> Package:
        """The first package that a tag of this release marks."""
        return next(package for package in self.packages if tag in {package.tag, package.version_tag})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanInputs:
    """What a plan is decided on, beside the settings and the request.

    Attributes:
        run: A name that no other run has.
        base: The object id of HEAD.
        remote_url: The remote's push URL, empty where there is no such remote.
        target: The index.
        test_command: The test suite's command, where one was found.
        changelog: The changelog's path, empty where there is none.
        taken: The versions that the index has files of; only read for a test index.
        today: The day of the release, as ``2026-01-31``.
        narrowing: How the token is going to be restricted.
        page: The repository on GitHub that the remote's push URL names; empty where it names none.
        tags: What the tags say of the project; None where its version stands in files.
        changelog_text: The text of the changelog; empty where there is none.
        earlier_changelog: Its text as the release before had it; None where that is not known.
        collected: What a tool has made of the fragments; None where none has.
        expected: How files that are built already compare with what a release of the project has.
        expected_by: What says that; empty where nothing does.
    """

    run: str
    base: str
    remote_url: str
    target: Target
    test_command: tuple[str, ...] | None
    changelog: str
    taken: frozenset[str] = frozenset()
    today: str = ""
    narrowing: Narrowing = Narrowing()
    page: str = ""
    tags: TagHistory | None = None
    changelog_text: str = ""
    earlier_changelog: str | None = None
    collected: Collected | None = None
    expected: Rows = ()
    expected_by: str = ""


def make(request: str, distribution: Distribution, settings: Settings, inputs: PlanInputs) -> Plan:
    """Decide a release.

    Args:
        request: ``patch``, ``minor``, ``major``, another part, ``current``, or a whole version.
        distribution: Every place that states the version.
        settings: What the user asked for.
        inputs: What the repository and the index said.

    Raises:
        UsageError: The request is neither a part nor a version.
        ConfigurationError: The project states no version that could be raised, a name is malformed, or two
            settings contradict each other.
    """
    _consistent(settings)
    package = _package(request, distribution, settings, inputs)
    from_tag = bool(package.tag_tool)
    chosen = route.route(
        test=settings.test,
        commit=package.changes_files,
        from_tag=from_tag,
        demands=Demands(
            by_request=settings.land is Land.PULL_REQUEST,
            green=settings.ci in {Ci.REQUIRE, Ci.PARENT},
            of_parent=settings.ci is Ci.PARENT,
            by_ci=settings.publish is Publish.CI,
            collected=settings.build is Build.CI,
        ),
    )
    if chosen.collects:
        package = replace(package, files=_collected_files(package))
    if chosen.is_by_ci:
        package = replace(package, files=(), narrowing=_published_by_ci(package, settings))
    return Plan(
        run=inputs.run,
        packages=(package,),
        base=inputs.base,
        branch=settings.branch,
        remote=settings.remote,
        remote_url=inputs.remote_url,
        message=_message(package, settings) if package.changes_files else "",
        target=inputs.target,
        route=chosen,
        keep_artifacts=not settings.clean_build_artifacts,
        released=inputs.today if package.changes_files else "",
        page=inputs.page if package.tag else "",
    )


def _consistent(settings: Settings) -> None:
    """See that no two settings contradict each other.

    Raises:
        ConfigurationError: The branch is to be pushed to and to be left to a merge at once; or two kinds of
            jobs of CI are to build.
    """
    if settings.build is Build.CI and settings.publish is Publish.CI and not settings.test:
        raise ConfigurationError(
            'build = "ci" has CI build before there is a tag, for an upload from here; publish = "ci" has it '
            "build and upload once the tag is pushed",
            cure="leave one of them away in [tool.release-async]",
        )
    if settings.land is Land.PULL_REQUEST and settings.publish is Publish.CI and not settings.test:
        raise ConfigurationError(
            'publish = "ci" pushes the release commit to the branch, and land = "pull-request" says that '
            "only a merge gets there: the two do not go together yet",
            cure="leave one of them away in [tool.release-async]",
        )


def _collected_files(package: Package) -> tuple[str, ...]:
    """No names: how many files there are is known when CI has built them.

    Raises:
        ConfigurationError: The version comes from the tag, which CI would build without.
    """
    if package.tag_tool:
        raise ConfigurationError(
            f'{package.tag_tool} takes the version from the tag, and with build = "ci" CI builds before '
            "there is one",
            cure='let CI build and upload at the pushed tag: publish = "ci"; or build here, without `build`',
        )
    return ()


def _published_by_ci(package: Package, settings: Settings) -> Narrowing:
    """No token at all: nothing is uploaded here.

    Raises:
        ConfigurationError: There is no tag that would start CI, or a merge is waited for first.
    """
    if package.tag is None:
        what = 'publish = "ci", and AUTO_GIT_TAG is false: no tag would start the workflow'
        raise ConfigurationError(what, cure="leave AUTO_GIT_TAG away, in the environment and in .env")
    if settings.land is Land.PULL_REQUEST:
        raise ConfigurationError(
            f'publish = "ci" and land = "{settings.land}" do not go together',
            cure='release by a request with publish = "alone", or push the branch and let CI publish',
        )
    return NO_TOKEN


def publication(
    given: GivenFiles, distribution: Distribution, settings: Settings, inputs: PlanInputs
) -> Plan:
    """Decide the publication of files that are built already: nothing else changes.

    Args:
        given: The files.
        distribution: What HEAD states of the project.
        settings: What the user asked for.
        inputs: What the repository and the index said.
    """
    found = inputs.tags
    package = Package(
        name=distribution.name or given.name,
        root=distribution.root,
        current=given.version,
        version=given.version,
        edits=(),
        files=given.names,
        changelog="",
        tag=None,
        title=tag_title_and_message.title(given.version),
        test_command=None,
        narrowing=inputs.narrowing,
        tag_tool=found.rules.tool if found else "",
        given=tuple(map(str, given.paths)),
        attestations=tuple(map(str, given.attestations)),
        expected=inputs.expected,
        expected_by=inputs.expected_by,
    )
    return Plan(
        run=inputs.run,
        packages=(package,),
        base=inputs.base,
        branch=settings.branch,
        remote=settings.remote,
        remote_url=inputs.remote_url,
        message="",
        target=inputs.target,
        route=route.ROUTES["publish-test" if settings.test else "publish"],
        keep_artifacts=False,
    )


def _message(package: Package, settings: Settings) -> str:
    tag = tag_title_and_message.tag(settings.tag_format, package.version)
    return tag_title_and_message.commit_message(
        settings.commit_message, name=package.name, version=package.version, tag=tag
    )


def _package(request: str, distribution: Distribution, settings: Settings, inputs: PlanInputs) -> Package:
    if distribution.name and not _NAME.fullmatch(distribution.name):
        raise ConfigurationError(
            f"the project is called {quoted(distribution.name)}, which is no name that an index takes",
            cure="use letters, digits and . _ - in it, with a letter or digit at both ends",
        )
    found, current = inputs.tags, parse(distribution.version or "")
    is_stated = found is None and current is not None and parse(request) == current
    asked = CURRENT if is_stated else request
    requested = requested_version(distribution, asked, inputs.taken, found.version if found else None)
    version = str(requested)
    edited = distribution.source is not None if found else requested != current
    package = Package(
        name=distribution.name,
        root=distribution.root,
        current=found.current if found else str(distribution.version),
        version=version,
        edits=planned_edits(distribution, version, inputs.today) if edited else (),
        files=tag_title_and_message.built_files(distribution.name, version),
        changelog=inputs.changelog,
        tag=_tag(version, settings, found),
        title=tag_title_and_message.title(version),
        test_command=inputs.test_command if settings.run_tests else None,
        narrowing=inputs.narrowing,
        located=distribution.located,
    )
    if found:
        package = _with_tag(package, settings, inputs)
    return _with_changelog(package, settings, inputs) if package.edits or found else package


def _tag(version: str, settings: Settings, found: TagHistory | None) -> str | None:
    """The tag that is made and pushed, spelled as the project's tags are.

    Raises:
        ConfigurationError: There shall be none, and the version is nowhere else; or git takes no such name.
    """
    if settings.test or not settings.auto_git_tag:
        if found and not settings.test:
            raise ConfigurationError(
                f"AUTO_GIT_TAG is false, and {found.rules.tool} takes the version from the tag: without one "
                "nobody could build what is released",
                cure="leave AUTO_GIT_TAG away, in the environment and in .env",
            )
        return None
    return _named(version, settings, found)


def _named(version: str, settings: Settings, found: TagHistory | None) -> str:
    return tag_title_and_message.tag(
        settings.tag_format, spelled(version, found.spellings) if found else version
    )


def _with_tag(package: Package, settings: Settings, inputs: PlanInputs) -> Package:
    """The package, and the tag that its version is read from when it is built; a rehearsal signs nothing."""
    found, kind = inputs.tags, TagKind.ANNOTATED
    if found is None:
        return package
    if found.kind is not TagKind.SIGNED or not settings.is_rehearsal:
        kind = found.kind
    return replace(
        package,
        tag_tool=found.rules.tool,
        version_tag=package.tag or _named(package.version, settings, found),
        tag_kind=kind.value,
    )


def _with_changelog(package: Package, settings: Settings, inputs: PlanInputs) -> Package:
    """The package with what its release commit does to the changelog."""
    if inputs.collected:
        path, changes, removed = inputs.collected
        return replace(package, changelog=path, changelog_changes=changes, removed=removed)
    if settings.changelog is not Changelog.ROLL:
        return package
    rolling = Rolling(
        version=package.version,
        day=inputs.today,
        tag=_named(package.version, settings, inputs.tags) if settings.auto_git_tag else "",
        name=package.name,
        current=package.current,
        earlier=inputs.earlier_changelog,
    )
    return replace(package, changelog_changes=changelog_roll.roll(inputs.changelog_text, rolling))


# "Names and normalization" of the packaging specifications; it becomes part of addresses and of paths.
_NAME = re.compile(r"[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?", re.IGNORECASE | re.ASCII)


def written(plan: Plan) -> dict[str, object]:
    """A plan as plain data, for ``recalled`` to read back; without the password that an address may hold."""
    return asdict(replace(plan, remote_url=without_credentials(plan.remote_url)))


def recalled(record: Mapping[str, Any]) -> Plan:
    """The plan that was written down; what a later version has added to it is passed over.

    Args:
        record: What ``written`` gave, after a journey through JSON.
    """
    known = _known(Plan, record)
    return Plan(
        **known
        | {
            "packages": tuple(_recalled_package(package) for package in known["packages"]),
            "target": Target(**_known(Target, known["target"])),
            "route": route.recalled(known["route"]),
            "following": _recalled_following(known.get("following")),
        }
    )


def _recalled_package(record: Mapping[str, Any]) -> Package:
    known = _known(Package, record)
    command = known["test_command"]
    return Package(
        **known
        | {
            "edits": tuple(Edit(*edit) for edit in known["edits"]),
            "files": tuple(known["files"]),
            "given": tuple(known.get("given", ())),
            "attestations": tuple(known.get("attestations", ())),
            "expected": tuple(Row(*row) for row in known.get("expected", ())),
            "narrowing": Narrowing(**_known(Narrowing, known["narrowing"])),
            "located": tuple(_recalled_place(place) for place in known.get("located", ())),
            "changelog_changes": tuple(map(_recalled_lines, known.get("changelog_changes", ()))),
            "removed": tuple(known.get("removed", ())),
            "test_command": None if command is None else tuple(command),
        }
    )


def _recalled_following(record: Mapping[str, Any] | None) -> Following | None:
    if record is None:
        return None
    known = _known(Following, record)
    return Following(**known | {"edits": tuple(Edit(*edit) for edit in known["edits"])})


def _recalled_lines(record: Sequence[Any]) -> LineChange:
    line, old, new = record
    return LineChange(line, tuple(old), tuple(new))


def _recalled_place(record: Sequence[Any]) -> VersionFile:
    path, key, names, pattern = record
    return VersionFile(path, key, tuple(names), pattern)


def of_one_package(record: Mapping[str, Any]) -> Plan:
    """The plan that a version of the tool has written down whose plans knew one package only (schema 1).

    Args:
        record: That plan, after a journey through JSON: what belongs to a package stood beside the rest.
    """
    package = {**record, "narrowing": record.get("narrowing", {}), "files": ()}
    chosen = route.route(test=record["upload_only"])
    return recalled({**record, "packages": [package], "route": asdict(chosen)})


def _known(
    kind: type[Plan | Package | Target | Narrowing | Following], record: Mapping[str, Any]
) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name in kind.__dataclass_fields__}
