"""One project as a commit has it: where it lies, what it states, what the user asked for. It only reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio

from release_async.base.errors import ConfigurationError, ReleaseAsyncError, UsageError
from release_async.external.git.git_commands import Git, Remote, toplevel
from release_async.guard import publishing_workflows
from release_async.plan import changelog, fragments, settings as setting
from release_async.plan.plan import Plan
from release_async.plan.settings import Flags, Settings, Sources
from release_async.process import child_environments
from release_async.repository import snapshot, version_tags
from release_async.repository.snapshot import Snapshot
from release_async.run import dotenv, test_command
from release_async.run.head_files import ReadFiles, read_files
from release_async.run.test_command import Suite
from release_async.versions import select_distribution, tag_form, tag_history, tag_rules, tagged_copies
from release_async.versions.distribution import Distribution, Tree
from release_async.versions.find_distributions import distributions
from release_async.versions.pep440 import Pep440, parse
from release_async.versions.tag_form import Member
from release_async.versions.tag_history import TagHistory
from release_async.versions.tag_rules import TagRules
from release_async.versions.version_settings import version_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One project as a commit has it.

    Attributes:
        git: Git at the top of the checkout that the project lies in.
        remote: The remote that is pushed to; without any address where there is none of that name.
        directory: The project's directory in that checkout.
        head: The object id of the commit that was read.
        files: The files of that commit; of them are read ``pyproject.toml``, the changelog, and those that
            state a version.
        changelog: The changelog's path, relative to the top; empty where there is none.
        distribution: Every place that states the project's version.
        tags: What the tags say of it; None where its version stands in files.
        settings: What the user asked for.
        test_command: The test suite's command; None where there is none.
        test_note: What a person should know of how that was found; mostly empty.
        test_env: The environment of the test suite, without credentials.
        plain_env: The environment of the project's code elsewhere, without credentials.
        forge_env: The environment of gh.
        answered: What the build backend made of a request, such as ``minor``, where it was asked.
    """

    git: Git
    remote: Remote
    directory: Path
    head: str
    files: ReadFiles
    changelog: str
    distribution: Distribution
    tags: TagHistory | None
    settings: Settings
    test_command: tuple[str, ...] | None
    test_note: str
    test_env: Mapping[str, str]
    plain_env: Mapping[str, str]
    forge_env: Mapping[str, str]
    answered: Mapping[str, str] = field(default_factory=dict)

    @property
    def changelog_text(self) -> str:
        """The text of the changelog; bytes that are none are surrogates, to be written back as they were."""
        return (self.files.read(self.changelog) or b"").decode("utf-8", "surrogateescape")

    async def tagged_versions(self) -> tuple[Pep440, ...]:
        """The versions that have a tag of the project's form, each as its tag spells it.

        Raises:
            CommandError: Git failed.
        """
        refs = await self.git.refs("refs/tags")
        named = (version_in(self.settings.tag_format, ref.removeprefix("refs/tags/")) for ref in refs)
        return tuple(version for text in named if (version := parse(text)))


async def open_project(
    directory: Path, flags: Flags, environ: Mapping[str, str], commit: str = "HEAD"
) -> Project:
    """Read the project in ``directory`` as HEAD, or another commit, has it; ``.env`` is read from the disk.

    Raises:
        ConfigurationError: There is no project, or its settings are wrong.
        UsageError: There is no such directory, or none of several distributions is in it.
        CommandError: Git failed.
    """
    directory, git = await locate(directory, environ)
    root = snapshot.folder_in(directory, git.root)
    head = await git.oid(commit)
    if not head:
        raise ConfigurationError("the repository has no commit yet", cure="commit the project first")
    return await _read(_Place(git, head, root), flags, environ)


async def reopen_project(git: Git, plan: Plan, environ: Mapping[str, str]) -> Project:
    """The project of a release that is continued, as it was when the plan was decided.

    What HEAD says by now, and which branch is checked out, plays no part; ``.env`` is read anew, for a token
    may have been changed since.

    Args:
        git: Git at the top of any working tree of the repository.
        plan: The release.
        environ: The environment of this run.

    Raises:
        ConfigurationError: The settings are wrong.
        CommandError: Git failed.
    """
    place = _Place(git, plan.base, plan.packages[0].root)
    project = await _read(place, Flags(test=plan.is_test), environ)
    if not project.distribution.name:  # its build backend has said it when the release was planned
        project = replace(project, distribution=project.distribution._replace(name=plan.packages[0].name))
    return _with_limits_of_today(project, environ)


def _with_limits_of_today(project: Project, environ: Mapping[str, str]) -> Project:
    """The project with the time limits that its ``pyproject.toml`` on the disk has by now.

    Who raises a limit so that a release can be finished has not committed that. A file that cannot be read
    changes nothing.
    """
    path, found = project.directory / "pyproject.toml", dotenv.read(project.directory)
    if not path.is_file():
        return project
    try:
        text = path.read_text(encoding="utf-8")
        today = setting.load(Sources(environ=environ, dotenv=found, pyproject=text))
    except (OSError, ValueError, ReleaseAsyncError):
        return project
    git = replace(project.git, timeout=today.network_timeout)
    return replace(project, settings=project.settings.with_time_limits_of(today), git=git)


async def locate(directory: Path, environ: Mapping[str, str]) -> tuple[Path, Git]:
    """The directory, absolute, and git at the top of the working tree that it lies in.

    Raises:
        ConfigurationError: It lies in none.
        UsageError: There is no such directory.
    """
    try:
        directory = await anyio.to_thread.run_sync(directory.resolve)
        is_there = directory.is_dir()
    except OSError:  # such as a name that is too long to be one
        is_there = False
    if not is_there:
        raise UsageError(f"there is no directory {directory}", cure="name the project with -C DIR")
    secrets = setting.secrets_in(environ)
    return directory, await toplevel(directory, child_environments.for_git(environ, secrets))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a project is read: a commit of a repository, and a directory in it."""

    git: Git
    commit: str
    root: str


async def _read(place: _Place, flags: Flags, environ: Mapping[str, str]) -> Project:
    git = place.git
    with snapshot.revision(git.root, place.commit, git.env) as tree:
        chosen = select_distribution.distribution_at(tree, place.root)
        alone = not chosen.root or bool(chosen.peers) or len(distributions(tree, chosen.root)) == 1
        changelog_path = _changelog(tree, chosen.root)
        files = _files_of(tree, chosen, changelog_path)
        rules = tag_rules.read_rules(tree, chosen) if chosen.tag_tool else None
    pyproject = f"{chosen.root}/pyproject.toml".lstrip("/")
    directory, text = git.root / chosen.root, (files.read(pyproject) or b"").decode(errors="replace")
    given = Sources(flags=flags, environ=environ, dotenv=dotenv.read(directory), pyproject=text)
    member = Member(name=chosen.name, alone=alone, version=chosen.version or "")
    tags = await _history(place, rules, member) if rules else None
    chosen = tagged_copies.with_copies(chosen, tags.current) if tags else chosen
    settings = await _with_tag_form(git, setting.load(given), member, tags)
    envs = child_environments.environments(environ, git.env, settings.secrets)
    git = replace(git, env=envs.git, timeout=settings.network_timeout)
    test_env = test_command.environment(directory, envs.project)
    suite = _suite(settings, directory, test_env, _below(chosen.root, files.paths()))
    return Project(
        git=git,
        remote=await git.remote(settings.remote),
        directory=directory,
        head=place.commit,
        files=files,
        changelog=changelog_path,
        distribution=chosen,
        tags=tags,
        settings=settings,
        test_command=suite.command,
        test_note=suite.note if settings.run_tests else "",
        test_env=test_env,
        plain_env=envs.project,
        forge_env=envs.forge,
    )


def _changelog(tree: Snapshot, root: str) -> str:
    """The changelog: what the tool for fragments writes, if it is there; else by its name; else nothing."""
    tool = fragments.tool(tree, root)
    written = tool.changelog if tool and tool.changelog in tree.paths() else ""
    named = written or changelog.find(tree.paths(), root, lambda path: tree.read(tree.resolved(path) or path))
    return tree.resolved(named) or named


def _files_of(tree: Tree, chosen: Distribution, changelog_path: str) -> ReadFiles:
    """The files of a commit that a release looks into."""
    stating = (site.path for site in chosen.sites)
    workflows = filter(publishing_workflows.is_read, tree.paths())
    own = (*fragments.configuration(chosen.root), f"{chosen.root}/setup.py".lstrip("/"))
    return read_files(tree, (*own, changelog_path, *stating, *workflows))


def with_distribution(project: Project, found: Distribution) -> Project:
    """The project with more known of its distribution; the files that state its version are read anew.

    Raises:
        CommandError: Git failed.
    """
    with snapshot.revision(project.git.root, project.head, project.git.env) as tree:
        files = _files_of(tree, found, project.changelog)
    return replace(project, distribution=found, files=files)


def _suite(settings: Settings, directory: Path, env: Mapping[str, str], paths: Sequence[str]) -> Suite:
    if settings.test_command:
        return Suite(settings.test_command)
    return test_command.suite(directory, env, paths)


async def _history(place: _Place, rules: TagRules, member: Member) -> TagHistory:
    """What the tags say that the commit goes back to, by the rules of the project's own tool."""
    git = place.git
    return await anyio.to_thread.run_sync(
        version_tags.tag_history, (git.root, git.env), place.commit, rules, member
    )


async def _with_tag_form(git: Git, settings: Settings, member: Member, found: TagHistory | None) -> Settings:
    """The form of the last tags of the project, where no setting names one."""
    if settings.sources.get("tag-format") != "default":
        return settings
    if found:
        return replace(settings, tag_format=tag_history.form_of(found, member))
    tags = [name.removeprefix("refs/tags/") for name in await git.refs("refs/tags")]
    return replace(settings, tag_format=tag_form.used_or_shared(tags, member) or settings.tag_format)


def _below(root: str, paths: Sequence[str]) -> Sequence[str]:
    """The paths below a folder, relative to it."""
    folder = f"{root}/" if root else ""
    return [path.removeprefix(folder) for path in paths if path.startswith(folder)]
