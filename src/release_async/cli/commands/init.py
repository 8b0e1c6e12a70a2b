"""``init``: adopts release-async in a project. Shows what it would write, asks, then writes all or nothing.

`adoption` decides what is written; ``.env`` itself is never read, and nothing is staged.
"""

import os
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from release_async.base.errors import FailedError
from release_async.base.exit_codes import ExitCode
from release_async.cli import git_hooks, pre_commit_config
from release_async.cli.command_line import Options
from release_async.cli.commands import consent
from release_async.cli.commands.unwatched_beside import unwatched_beside
from release_async.cli.init import (
    closed_branch,
    detected_conventions,
    env_example,
    first_release,
    gitignore,
    own_installation,
    publishing_habits,
    settings_table,
    test_preparation,
    undeclared_version_files,
)
from release_async.cli.init.detected_conventions import Repository
from release_async.cli.init.test_preparation import Missing
from release_async.external.git.git_commands import Git
from release_async.guard import publishing_workflows
from release_async.plan import changelog, changelog_headings, line_insertion, settings
from release_async.plan.events import Note, Proposed
from release_async.plan.line_insertion import UnplacedError
from release_async.process import child_environments
from release_async.render.redacting_renderer import RedactingRenderer
from release_async.repository import atomic_write, snapshot, version_tags
from release_async.run import project as projects, test_command, test_installation
from release_async.run.test_command import Suite
from release_async.versions import select_distribution, tag_form, tag_history, tag_rules
from release_async.versions.distribution import Distribution
from release_async.versions.find_distributions import distributions
from release_async.versions.tag_form import Member
from release_async.versions.tag_history import TagHistory
from release_async.versions.text_encoding import plain
from release_async.versions.version_edits import Change

_PREK = "prek.toml"
_ENCODING = ("utf-8", "surrogateescape")


async def init(options: Options, renderer: RedactingRenderer) -> int:
    """Write what a project needs to be released with this tool, once a person has seen it.

    Returns:
        0 where it is written, or nothing has to be; 3 where the person said No.

    Raises:
        UsageError: Nobody can be asked, without ``--yes``; or there are several distributions, and none is
            chosen.
        FailedError: A file may not or could not be written; none was.
        ConfigurationError: There is no project, or its settings are wrong.
    """
    renderer.hide(settings.secrets_in(os.environ))
    place = await _located(Path(options.project))
    draft = await _make_draft(place)
    files = tuple(_difference(change) for change in draft.changes)
    renderer.show(Proposed(place.title, tuple(draft.facts), files))
    for note in draft.notes:
        renderer.show(Note(note))
    if draft.changes and not await _written(options, renderer, place.git.root, draft.changes):
        return ExitCode.REFUSED
    draft.also_staged = await _edited_by_hand(place, draft)
    for line in _next(options, place, draft, await _install_commands(options, place)):
        renderer.show(Note(line))
    return ExitCode.DONE


@dataclass(frozen=True, slots=True)
class _Place:
    """The project to adopt.

    Attributes:
        git: Git at the top of its repository.
        directory: The project's directory.
        distribution: Every place that states its version, on the disk.
        alone: Whether all tags of the repository are its own.
        version_files: Places that are found only if they are named.
        paths: Its files, relative to its directory.
        tags: What the tags say of it; None where its version stands in files, or nothing is committed.
        beside: A line about files that hold its version and are not watched; mostly empty.
    """

    git: Git
    directory: Path
    distribution: Distribution
    alone: bool
    version_files: tuple[str, ...]
    paths: tuple[str, ...]
    tags: TagHistory | None = None
    beside: str = ""

    @property
    def member(self) -> Member:
        """The project, to whoever reads its tags."""
        return Member(name=self.distribution.name, alone=self.alone, version=self.distribution.version or "")

    @property
    def title(self) -> str:
        """The project and its version, as far as known."""
        return f"{self.distribution.name or 'this project'} {self.distribution.version or ''}".strip()

    @property
    def has_pre_commit(self) -> bool:
        """Whether the repository has hooks that pre-commit or prek runs."""
        return os.path.lexists(self.git.root / pre_commit_config.FILE)

    def named(self, name: str) -> str:
        """The path of one of the project's own files, relative to the top of the repository."""
        return f"{self.distribution.root}/{name}".lstrip("/")


@dataclass(slots=True)
class _Draft:
    """What was found, what is to be written, and what else a person has to know or do.

    Attributes:
        facts: What a release will use, as pairs of a label and a text.
        changes: The files to be written.
        notes: What else to know before it is written, a line each.
        afterwards: What else there is to choose from, told below what to type next.
        index_without_it: The index that has nothing of the project yet; empty where one has, or nobody knows.
        missing: What the tests lack, where that is not installed.
        also_staged: What has to be committed with the changes, and a person has edited.
    """

    facts: list[tuple[str, str]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    afterwards: list[str] = field(default_factory=list)
    index_without_it: str = ""
    missing: Missing | None = None
    also_staged: tuple[str, ...] = ()

    def edit(self, root: Path, path: str, made: Callable[[str], str]) -> None:
        """Add the change of one file; or a note for the person, where our lines cannot be added."""
        before = _read(root / path)
        try:
            after = made(_text(before))
        except UnplacedError as error:
            self.notes += [f"{plain(path)} {error.reason}; add this yourself:", *error.lines]
            return
        if after.encode(*_ENCODING) != (before or b""):
            self.changes.append(Change(path, before, after.encode(*_ENCODING)))


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _text(data: bytes | None) -> str:
    if b"\0" in (data or b""):
        raise UnplacedError("is no UTF-8 text", ())
    return (data or b"").decode(*_ENCODING)


def _difference(change: Change) -> line_insertion.Difference:
    """The diff to show; without context for a file of variables, whose other lines may hold secrets."""
    before = None if change.before is None else change.before.decode(*_ENCODING)
    context = 0 if change.path.endswith(".env.example") else 2
    return line_insertion.difference(change.path, before, change.after.decode(*_ENCODING), context=context)


async def _located(directory: Path) -> _Place:
    """Find the project, as it lies on the disk: it need not be committed to be adopted."""
    directory, git = await projects.locate(directory, os.environ)
    folder = snapshot.folder_in(directory, git.root)
    with snapshot.disk(git.root, git.env) as tree:
        distribution = select_distribution.distribution_at(tree, folder)
        pyproject = tree.read(f"{distribution.root}/pyproject.toml".lstrip("/"))
        others = [each for each in distributions(tree) if each.root != distribution.root]
        text = (pyproject or b"").decode(*_ENCODING)
        version_files = undeclared_version_files.version_files(tree, distribution, text)
        below = f"{distribution.root}/" if distribution.root else ""
        paths = tuple(path.removeprefix(below) for path in tree.paths() if path.startswith(below))
        rules = tag_rules.read_rules(tree, distribution) if distribution.tag_tool else None
        beside = "" if version_files else unwatched_beside(tree, (distribution,))
    alone = not distribution.root or not others or bool(distribution.peers)
    place = _Place(
        git, git.root / distribution.root, distribution, alone, version_files, paths, beside=beside
    )
    head = await git.oid("HEAD") if rules else ""
    if not rules or not head:
        return place
    return replace(place, tags=version_tags.tag_history((git.root, git.env), head, rules, place.member))


async def _make_draft(place: _Place) -> _Draft:
    draft = _Draft()
    await _draft_settings(place, draft)
    _draft_publishing(place, draft)
    await _draft_ignored(place, draft)
    _draft_hook(place, draft)
    _offer_roll(place, draft)
    return draft


def _offer_roll(place: _Place, draft: _Draft) -> None:
    """Name the setting for a changelog with a heading for what is unreleased, which stays so without it.

    A first release, of the version that is stated, makes no commit, and so could not heed it.
    """
    if draft.index_without_it:
        return
    path = changelog.find(place.paths, "", lambda path: _read(place.directory / path))
    text = (_read(place.directory / path) or b"").decode(*_ENCODING) if path else ""
    pyproject = (_read(place.directory / "pyproject.toml") or b"").decode(*_ENCODING)
    if place.distribution.tag_tool or "changelog" in settings_table.existing_settings(pyproject):
        return
    if changelog_headings.pending(changelog_headings.headings(text.splitlines())):
        says = f"{path} has an unreleased section. To have each release give it the version and the date, add"
        draft.afterwards += [
            f"{says} this below [tool.release-async] in pyproject.toml:",
            '  changelog = "roll"',
        ]


def _draft_publishing(place: _Place, draft: _Draft) -> None:
    """Say how the project is published, and what fits that: a token is needed only to upload from here."""
    habits = publishing_habits.found(
        _workflows(place), place.distribution.version or "1.0", lambda name: _read(place.directory / name)
    )
    draft.facts.append(("published", habits.words))
    draft.notes += habits.advice
    if not habits.by_ci:
        draft.edit(place.git.root, place.named(".env.example"), env_example.with_variables)


def _workflows(place: _Place) -> dict[str, bytes]:
    """The files that configure CI."""
    listed = [publishing_workflows.GITLAB]
    listed += [path.relative_to(place.git.root).as_posix() for path in place.git.root.glob(_WORKFLOWS)]
    return {path: data for path in listed if (data := _read(place.git.root / path)) is not None}


_WORKFLOWS = ".github/workflows/*.y*ml"


async def _draft_settings(place: _Place, draft: _Draft) -> None:
    """Write what differs from the defaults into ``[tool.release-async]``."""
    root, path = place.git.root, place.named("pyproject.toml")
    text = (_read(root / path) or b"").decode(*_ENCODING)
    given = settings_table.existing_settings(text)
    repository = await _query(place.git, str(settings.load(settings.Sources(pyproject=text)).remote))
    wanted: dict[str, object] = {
        "branch": detected_conventions.branch(repository),
        "remote": detected_conventions.remote(repository),
        "version-files": list(place.version_files),
    }
    form = tag_form.used_form(repository.tags, place.member)
    if not (form or place.distribution.tag_tool):  # else each release finds it
        wanted["tag-format"] = tag_form.tag_format(repository.tags, place.member)
        wanted |= _message_of_member(place, given)
    if closed := await _closed(place, given, wanted):
        wanted["land"] = str(settings.Land.PULL_REQUEST)
        draft.notes.append(f"{wanted['branch']} takes pull requests only ({closed}): a release opens one")
    values = detected_conventions.non_defaults(wanted, given)
    draft.edit(root, path, lambda text: settings_table.with_settings(text, values))
    made = draft.changes[-1].after.decode(*_ENCODING) if draft.changes else text
    chosen = settings.load(settings.Sources(pyproject=made))
    if form and chosen.sources["tag-format"] == "default":
        chosen = replace(chosen, tag_format=form)
    if not tag_form.is_used(chosen.tag_format, repository.tags):
        sources = settings.Sources(environ=os.environ, pyproject=made)
        draft.index_without_it = await first_release.index_without_it(place.distribution, sources)
    env = test_command.environment(
        place.directory, child_environments.for_project(os.environ, chosen.secrets)
    )
    suite = test_command.suite(place.directory, env, place.paths)
    has_remote = chosen.remote in repository.remotes
    draft.facts += _facts(place, chosen, suite, has_remote=has_remote)
    if not chosen.test_command:
        draft.missing = await test_preparation.missing(place.directory, env, suite)
    if not has_remote:
        draft.notes.append(
            f"there is no remote {chosen.remote} to push to yet: git remote add {chosen.remote} URL"
        )
    if values and not text:
        draft.notes.append(
            f"{path} is new, and holds settings only: pip goes on to build with setuptools, but in an "
            "environment of its own, as release-async does; what setup.py imports has to be in [build-system]"
        )


def _message_of_member(place: _Place, given: frozenset[str]) -> dict[str, object]:
    """A message that names the package, as its tags do, where it shares its repository and chose neither."""
    if place.member.alone or "tag-format" in given:
        return {}
    return {"commit-message": "release: {name} v{version}"}


async def _closed(place: _Place, given: frozenset[str], wanted: Mapping[str, object]) -> str:
    """The rule by which the branch takes pull requests only; empty where that is chosen, or plays no part."""
    if place.distribution.tag_tool or given & {"branch", "remote", "land"}:
        return ""
    return await closed_branch.closing_rule(place.git, str(wanted["remote"]), str(wanted["branch"]))


def _facts(
    place: _Place, chosen: settings.Settings, suite: Suite, *, has_remote: bool
) -> Iterator[tuple[str, str]]:
    """What a release will use, so that a person sees what was understood."""
    distribution = place.distribution
    count = len(distribution.compared)
    if distribution.tag_tool:
        last = f"; the last is {place.tags.last.name}" if place.tags and place.tags.last else ""
        yield "version", f"from the git tag ({distribution.tag_tool}), which the release makes{last}"
    elif distribution.agree:
        stated = f"the same in {count} places" if count > 1 else "in one place"
        yield "version", f"{distribution.version}, {stated}"
        if place.beside:
            yield "", place.beside
    else:
        yield "version", "its places do not agree, or cannot be read: release-async versions"
    by_request = chosen.land is settings.Land.PULL_REQUEST
    how = "merged by a pull request on" if by_request else "pushed to"
    where = f"{how} {chosen.remote}" if has_remote else f"with no remote {chosen.remote} yet"
    yield "branch", f"{chosen.branch}, {where}"
    found = place.tags if chosen.sources.get("tag-format") == "default" else None
    yield "tag", tag_history.form_of(found, place.member) if found else chosen.tag_format
    command = chosen.test_command or suite.command
    yield (
        "tests",
        shlex.join(command) if command else "none were found; if there are some, set test-command",
    )
    if suite.note and not chosen.test_command:
        yield "", suite.note


async def _query(git: Git, configured: str) -> Repository:
    """What git says; the remote is asked for its default branch, but need not answer."""
    remotes = tuple(await git.remotes())
    current = await git.branch()
    tracked = (await git.run("config", f"branch.{current}.remote")).stdout.strip()
    known = Repository(remotes=remotes, tracked=tracked if tracked in remotes else "")
    remote = configured if configured in remotes else detected_conventions.remote(known)
    return Repository(
        remotes=remotes,
        tracked=known.tracked,
        default=await git.default_branch(remote) if remote in remotes else "",
        branches=tuple(name.removeprefix("refs/heads/") for name in await git.refs("refs/heads")),
        current=current,
        tags=tuple(name.removeprefix("refs/tags/") for name in await git.refs("refs/tags")),
    )


async def _draft_ignored(place: _Place, draft: _Draft) -> None:
    """Have git ignore ``.env`` and virtual environments if it does not yet; no tracked file is ignored."""
    git, name = place.git, place.named(".env")
    named = gitignore.environments(place.directory)
    if draft.missing and draft.missing.makes_venv and test_preparation.VENV not in named:
        named.append(test_preparation.VENV)
    wanted = {name: gitignore.PATTERN} | {place.named(f"{each}/pyvenv.cfg"): f"{each}/" for each in named}
    lacking = [pattern for path, pattern in wanted.items() if not await _is_ignored(git, path)]
    if lacking:
        draft.edit(git.root, _gitignore_path(place), lambda text: gitignore.with_patterns(text, lacking))
    if await git.text("--literal-pathspecs", "ls-files", "--", name):
        draft.notes.append(f"{name} is tracked by git: take it out with git rm --cached {shlex.quote(name)}")
    shared = await git.run("check-ignore", "--quiet", "--", f"./{name}.example")
    if shared.ok:
        draft.notes.append(f"{name}.example is ignored by git, so nobody else will see it")


async def _is_ignored(git: Git, path: str) -> bool:
    answer = await git.run("check-ignore", "--quiet", "--no-index", "--", f"./{path}")
    return answer.returncode != 1 and answer.checked().ok


def _gitignore_path(place: _Place) -> str:
    """The nearest ``.gitignore`` above ``.env``; that of the repository where there is none."""
    folders = [Path(place.distribution.root), *Path(place.distribution.root).parents]
    candidates = [(folder / ".gitignore").as_posix() for folder in folders]
    existing = (path for path in candidates if os.path.lexists(place.git.root / path))
    return next(existing, ".gitignore")


def _draft_hook(place: _Place, draft: _Draft) -> None:
    """If the project uses pre-commit, add the hook there; otherwise git runs it, see ``_next``."""
    if (place.git.root / _PREK).is_file():  # prek reads it, and no other file beside it
        draft.notes += (f"add the hook to {_PREK}, which is not edited here:", *pre_commit_config.PREK_TOML)
        return
    if not place.has_pre_commit:
        return
    origin = own_installation.origin()
    draft.edit(place.git.root, pre_commit_config.FILE, lambda text: pre_commit_config.with_hook(text, origin))
    if origin is None and any(change.path == pre_commit_config.FILE for change in draft.changes):
        is_there = shutil.which("release-async")
        missing = "" if is_there else ", where there is none now"
        hook = (
            f"the hook calls the release-async on the PATH{missing}, so everybody who commits needs it there"
        )
        # One that would refuse every commit has to be known of before it is written.
        (draft.afterwards if is_there else draft.notes).append(hook)
        draft.afterwards += (_FROM_REPOSITORY, *pre_commit_config.FOREIGN)


_FROM_REPOSITORY = (
    "To let pre-commit install release-async, write this instead into .pre-commit-config.yaml, with the URL "
    "that you cloned it from (this installation does not know it):"
)


async def _written(options: Options, renderer: RedactingRenderer, root: Path, changes: list[Change]) -> bool:
    """Write all files once the person agrees to the diff; ``--yes`` is that consent."""
    try:
        atomic_write.check(root, changes)
        consent.require(options, renderer, "nothing is written")
        question = f"Write {'this file' if len(changes) == 1 else 'these files'}?"
        if not await consent.given(question, options, renderer):
            return False
        atomic_write.write_all(root, changes)
    except OSError as error:
        raise FailedError(
            f"not all files can be written, so none is: {error}", cure="look at its mode and its owner"
        ) from error
    return True


async def _edited_by_hand(place: _Place, draft: _Draft) -> tuple[str, ...]:
    """The configuration of pre-commit, which commits nothing as long as its changes are not staged."""
    path = pre_commit_config.FILE
    if not place.has_pre_commit or any(change.path == path for change in draft.changes):
        return ()
    found = await place.git.status(path)
    text = (_read(place.git.root / path) or b"").decode(*_ENCODING)
    is_new = any(entry.startswith("??") for entry in found)
    is_edited = any(entry[1] == "M" for entry in found)
    return (path,) if is_edited or (is_new and pre_commit_config.names_hook(text)) else ()


async def _install_commands(options: Options, place: _Place) -> Iterator[str]:
    """What makes git run the hooks in this clone, as lines; none where it already does, or a manager does."""
    states = await git_hooks.status(place.git)
    ours, lines = f"  {_hooks_command(options, place)} install", list[str]()
    command = await git_hooks.missing_of_manager(place.git) if place.has_pre_commit else ""
    if command:
        there = f"(cd {shlex.quote(options.project)} && {command})" if _is_elsewhere(options) else command
        lines += ("To compare the versions on every commit, in every clone:", f"  {there}")
    if place.has_pre_commit and not await git_hooks.is_push_judged(place.git):
        lines += ("To compare what is pushed too, which only a hook beside the manager does:", ours)
    elif not place.has_pre_commit and not all(state.works for state in states):
        lines += ("To compare the versions on every commit, in every clone:", ours)
    return iter(lines)


def _hooks_command(options: Options, place: _Place) -> str:
    """The command for the hooks of the repository, which are the same for all its packages."""
    is_here = test_command.around(Path.cwd().resolve())[-1] == place.git.root.resolve()
    return f"{'release-async' if is_here else _own_command(options)} hooks"


def _is_elsewhere(options: Options) -> bool:
    return Path(options.project) != Path()


def _own_command(options: Options) -> str:
    return f"release-async -C {shlex.quote(options.project)}" if _is_elsewhere(options) else "release-async"


def _next(options: Options, place: _Place, draft: _Draft, install: Iterator[str]) -> Iterator[str]:
    """What to type next, from the current directory."""
    top, ours = os.path.relpath(place.git.root), _own_command(options)
    git = "git" if top == "." else f"git -C {shlex.quote(top)}"
    if draft.changes:
        yield "Written. Next, commit it, since a release contains only what is committed:"
        paths = shlex.join([plain(change.path) for change in draft.changes] + [*draft.also_staged])
        yield f"  {git} add {paths}"
        yield f"  {git} commit -m 'Adopt release-async'"
    yield from install
    if draft.missing:
        yield f"{draft.missing.what} To install it:"
        yield f"  {test_installation.typed_in(place.directory, draft.missing.command)}"
    first = draft.index_without_it
    current = f" {first_release.version(place.distribution)}" if first else _unnamed(place)
    yield "To see what would prevent a release, and to rehearse one on this machine:"
    yield f"  {ours} check{current}"
    yield f"  {ours} rehearse{current}"
    if draft.index_without_it:
        yield from first_release.advice(place.distribution, draft.index_without_it, ours)
    yield from draft.afterwards


def _unnamed(place: _Place) -> str:
    """The version to name where none is known: the first of a project that has no tag to count from."""
    is_counted = place.distribution.tag_tool and not (place.tags and place.tags.last)
    return f" {select_distribution.FIRST}" if is_counted else ""
