"""What the user asked for, and from where: flag, environment, ``.env``, ``pyproject.toml``, default.

Pure: it is handed the texts and mappings, and never touches ``os.environ``, a file or the network.
"""

import difflib
import io
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import Any, NamedTuple

from release_async.base import ci_identity, pypi_token
from release_async.base.ci_identity import Identity
from release_async.base.errors import ConfigurationError
from release_async.base.secret import Credentials, Secret
from release_async.guard import allow_in_artifacts as allowances, env_files
from release_async.plan.mistaken_variables import Mistaken, mistaken
from release_async.versions import version_settings

DEFAULT_MESSAGE = "release: v{version}\n\n🤖 Generated with PyPI Release Automation"


class Variable(NamedTuple):
    """A setting that is read from the environment or ``.env`` only."""

    name: str
    default: str
    meaning: str


VARIABLES = (
    Variable(
        "PYPI_API_TOKEN",
        "",
        "the API token for PyPI, sent to PYPI_REPOSITORY_URL alone; the password where that is another index",
    ),
    Variable("PYPI_TEST_TOKEN", "", "the API token for TestPyPI, used by --test"),
    Variable(
        "PYPI_REPOSITORY_URL",
        "",
        "where a release is uploaded; empty means PyPI. It cannot be set in pyproject.toml: a cloned project "
        "must not choose where a token is sent",
    ),
    Variable("TEST_PYPI_REPOSITORY_URL", "", "where --test uploads; empty means TestPyPI"),
    Variable(
        "PYPI_USERNAME",
        "__token__",
        "the account on an index that knows users and passwords instead of tokens",
    ),
    Variable(
        "NARROW_TOKEN",
        "true",
        "false sends a token of PyPI as it is, instead of a copy for this project and this upload alone",
    ),
    Variable("AUTO_GIT_TAG", "true", "false pushes the branch without a tag and makes no GitHub release"),
    Variable("RUN_TESTS_BEFORE_UPLOAD", "true", "false is --skip-tests"),
    Variable("CLEAN_BUILD_ARTIFACTS", "true", "false copies the released files to dist/"),
    Variable("VERBOSE_OUTPUT", "false", "true is --verbose: commands and the output of children, live"),
)

TOKENS = ("PYPI_API_TOKEN", "PYPI_TEST_TOKEN")
"""Those of them that are secret."""


class Ci(StrEnum):
    """What it means for a release that continuous integration is not green."""

    OFF = "off"
    WARN = "warn"
    REQUIRE = "require"
    PARENT = "parent"


class Publish(StrEnum):
    """Who uploads a version."""

    ALONE = "alone"
    """This tool, as long as no job of CI does so too."""
    HERE = "here"
    """This tool, whatever jobs of CI do."""
    CI = "ci"
    """A job of CI, which the pushed tag starts; this tool waits for it."""


class Build(StrEnum):
    """Who builds the files of a version."""

    HERE = "here"
    """This tool."""
    CI = "ci"
    """A job of CI that this tool starts, before there is a tag; this tool takes what comes of it."""


class Land(StrEnum):
    """How the release commit gets to its branch."""

    PUSH = "push"
    """It is pushed, after the upload."""
    PULL_REQUEST = "pull-request"
    """Others merge it at our request, before anything is uploaded."""


class Changelog(StrEnum):
    """What the release commit does to the changelog."""

    KEEP = "keep"
    """Nothing."""
    ROLL = "roll"
    """What is unreleased becomes the section of the version."""
    TOWNCRIER = "towncrier"
    """Towncrier makes the section of the fragments."""
    SCRIV = "scriv"
    """Scriv makes the section of the fragments."""

    @property
    def collects(self) -> bool:
        """Whether a tool of the project's own makes the section of fragments."""
        return self in {Changelog.TOWNCRIER, Changelog.SCRIV}


class NextVersion(StrEnum):
    """What the project states after a release."""

    NONE = "none"
    """The version that was released."""
    DEV = "dev"
    """The developmental version that follows, by a commit of its own."""


class Key(NamedTuple):
    """A setting in ``[tool.release-async]`` of ``pyproject.toml``."""

    name: str
    default: object
    read: Callable[[str, object], object]
    meaning: str


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _wrong(name, value, "a text that is not empty")
    return value


def _branch(name: str, value: object) -> str:
    """A branch, never an option, a refspec or a way out of ``refs/heads/`` (git-check-ref-format)."""
    text = _text(name, value)
    if not text.isprintable() or _NO_BRANCH.search(text):
        raise _wrong(name, value, "the name of a branch as git accepts it, without a sign in front of it")
    return text


_NO_BRANCH = re.compile(r"^[-+/]|^@$|\.\.|@\{|//|[\s~^:?*\[\\]|(?:^|/)\.|\.lock(?:/|$)|[./]$")


def _remote(name: str, value: object) -> str:
    """A remote that the person has configured: an address would let a project choose what is pushed to."""
    text = _text(name, value)
    if not _REMOTE.fullmatch(text) or _NO_BRANCH.search(text):
        raise _wrong(name, value, "the name of a remote, as `git remote` lists them")
    return text


_REMOTE = re.compile(r"\w[\w.+/-]*")


_LAYOUT = str.maketrans("", "", "\n\t")


def _message(name: str, value: object) -> str:
    text = _text(name, value)
    if not any(place in text for place in ("{version}", "{tag}")):
        raise _wrong(name, value, "a text that holds {version} or {tag}")
    if not text.translate(_LAYOUT).isprintable():
        raise _wrong(name, value, "a text without control characters")
    return text


def _command(name: str, value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    if isinstance(value, str):
        try:
            words = shlex.split(value)
        except ValueError as error:
            raise _wrong(name, value, f"a command line ({error})") from error
    else:
        words = value if isinstance(value, list) else []
    if not words or not words[0] or not all(isinstance(word, str) for word in words):
        raise _wrong(name, value, "a command line, or a list of its words")
    if any("\0" in word for word in words):
        raise _wrong(name, value, "a command line, or a list of its words")
    return tuple(words)


def _ci(name: str, value: object) -> Ci:
    if value not in list(Ci):
        raise _wrong(name, value, f"one of {', '.join(Ci)}")
    return Ci(str(value))


def _publish(name: str, value: object) -> Publish:
    if value not in list(Publish):
        raise _wrong(name, value, f"one of {', '.join(Publish)}")
    return Publish(str(value))


def _build(name: str, value: object) -> Build:
    if value not in list(Build):
        raise _wrong(name, value, f"one of {', '.join(Build)}")
    return Build(str(value))


def _workflow(name: str, value: object) -> str:
    """The name of a file in the folder of workflows, which becomes part of an address."""
    text = _text(name, value)
    if not _WORKFLOW.fullmatch(text):
        raise _wrong(name, value, f"the name of a file in {WORKFLOWS}, such as build.yml")
    return text


WORKFLOWS = ".github/workflows"
_WORKFLOW = re.compile(r"\w[\w.-]*\.ya?ml", re.ASCII)


def _land(name: str, value: object) -> Land:
    if value not in list(Land):
        raise _wrong(name, value, f"one of {', '.join(Land)}")
    return Land(str(value))


def _labels(name: str, value: object) -> tuple[str, ...]:
    words = value if isinstance(value, list) else [None]
    if not all(isinstance(word, str) and word.strip() and word.isprintable() for word in words):
        raise _wrong(name, value, "a list of labels")
    return tuple(words)


def _changelog(name: str, value: object) -> Changelog:
    if value not in list(Changelog):
        raise _wrong(name, value, f"one of {', '.join(Changelog)}")
    return Changelog(str(value))


def _next_version(name: str, value: object) -> NextVersion:
    if value not in list(NextVersion):
        raise _wrong(name, value, f"one of {', '.join(NextVersion)}")
    return NextVersion(str(value))


def _wheels(name: str, value: object) -> tuple[tuple[str, int], ...] | None:
    """The expected wheels: patterns, and the number of files that each matches."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _wrong(name, value, "a table of patterns and numbers")
    for pattern, count in value.items():
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= _MOST_WHEELS:
            raise _wrong(f"{name}.{pattern!r}", count, f"a number of files from 0 to {_MOST_WHEELS}")
    return tuple(value.items())


_MOST_WHEELS = 10_000


def _seconds(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= 86_400:  # noqa: PLR2004 - a day
        raise _wrong(name, value, "a number of seconds from 1 to 86400")
    return float(value)


def _checked(check: Callable[[object], object]) -> Callable[[str, object], object]:
    """A reader of a setting that ``versions`` owns, and checks for git's door too."""
    return lambda _, value: check(value)


def _wrong(name: str, value: object, wanted: str) -> ConfigurationError:
    return ConfigurationError(
        f"[tool.release-async] {name} = {value!r} is not {wanted}",
        cure=f"correct {name} in pyproject.toml",
    )


KEYS = (
    Key("branch", "main", _branch, "the branch that is released"),
    Key("remote", "origin", _remote, "the remote that is pushed to"),
    Key(
        "commit-message",
        DEFAULT_MESSAGE,
        _message,
        "the message of the release commit; holds {version} or {tag}, may hold {name}",
    ),
    Key("tag-format", version_settings.DEFAULT_TAG_FORMAT, _text, "the name of the tag; holds {version}"),
    Key(
        "version-files", [], _checked(version_settings.version_files), "further places that state the version"
    ),
    Key(
        "ignore",
        [],
        _checked(partial(version_settings.string_list, "ignore")),
        "files that state no version of this project",
    ),
    Key(
        "exact",
        default=False,
        read=_checked(partial(version_settings.boolean, "exact")),
        meaning="whether equal versions must be spelled alike",
    ),
    Key(
        "group",
        [],
        _checked(partial(version_settings.string_list, "group")),
        "folders of projects that have one version together",
    ),
    Key(
        "env-examples",
        [],
        _checked(env_files.examples),
        "words that say of a file such as .env.WORD that it is an example",
    ),
    Key(
        allowances.SETTING,
        [],
        _checked(allowances.read),
        "files in the sdist or wheel that a gate may let pass, each with a reason",
    ),
    Key(
        "ci",
        str(Ci.WARN),
        _ci,
        "what it means that CI is not green for the commit: off, warn, require or parent",
    ),
    Key(
        "publish",
        str(Publish.ALONE),
        _publish,
        "who uploads: alone refuses where a job of CI would upload too, here does not look, ci waits for it",
    ),
    Key(
        "build",
        str(Build.HERE),
        _build,
        "who builds: here does it, ci starts a workflow at the release commit and takes its files",
    ),
    Key("build-workflow", "build.yml", _workflow, "the workflow that builds, by the name of its file"),
    Key(
        "wheels",
        None,
        _wheels,
        "the wheels of a release: patterns of their tags, each with a number; as last time if not given",
    ),
    Key(
        "attest",
        default=False,
        read=_checked(partial(version_settings.boolean, "attest")),
        meaning="whether publish signs each file where a job needs no token, and sends what it has signed",
    ),
    Key(
        "land",
        str(Land.PUSH),
        _land,
        "how the release commit gets to the branch: push, or pull-request, which is merged before the upload",
    ),
    Key("request-labels", [], _labels, "the labels of the pull request"),
    Key(
        "changelog",
        str(Changelog.KEEP),
        _changelog,
        "what the release commit does to the changelog: keep leaves it, roll dates what is unreleased, "
        "towncrier and scriv collect fragments",
    ),
    Key(
        "next-version",
        str(NextVersion.NONE),
        _next_version,
        "what the branch states after a release: none leaves that version, dev begins the next with a commit",
    ),
    Key(
        "major-on-zero",
        default=False,
        read=_checked(partial(version_settings.boolean, "major-on-zero")),
        meaning="whether a breaking change before 1.0.0 makes the proposed version 1.0.0",
    ),
    Key("test-command", None, _command, "the test suite; found where it is not given"),
    Key("test-timeout", 1800, _seconds, "how long the test suite may take, in seconds"),
    Key(
        "test-silence-timeout",
        900,
        _seconds,
        "how long the test suite may write nothing, in seconds",
    ),
    Key("build-timeout", 900, _seconds, "how long each part of the build may take, in seconds"),
    Key("upload-timeout", 600, _seconds, "how long the upload of one file may take, in seconds"),
    Key("network-timeout", 60, _seconds, "how long git and the index may take to answer, in seconds"),
    Key(
        "visible-timeout",
        120,
        _seconds,
        "how long the index may take to show what it has taken, in seconds",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What the command line said of the settings; None and False mean that it said nothing."""

    test: bool = False
    skip_tests: bool = False
    verbose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Everything that settings are read from, strongest first.

    Attributes:
        flags: The command line.
        environ: The environment of the process.
        dotenv: The text of the project's ``.env``, empty where there is none.
        pyproject: The text of the project's ``pyproject.toml``, empty where there is none.
    """

    flags: Flags = Flags()
    environ: Mapping[str, str] = field(default_factory=dict)
    dotenv: str = ""
    pyproject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one run; ``sources`` says for each name where its value came from.

    ``repository_url`` is empty where the index is PyPI (or TestPyPI with ``test``); ``token`` is the one for
    that index and no other. ``secrets`` are all tokens that any source has, for either index and used or not:
    what no child but the uploader may see. ``identity`` is what a job of CI may prove itself with where there
    is no token. ``mistaken`` are the variables in ``.env`` that were probably meant for a setting.
    ``rehearses`` is the public index that a rehearsal stands for, and ``is_rehearsal`` says that
    it is one.
    """

    branch: str
    remote: str
    commit_message: str
    tag_format: str
    version_files: tuple[version_settings.VersionFile, ...]
    ignore: tuple[str, ...]
    exact: bool
    group: tuple[str, ...]
    env_examples: tuple[str, ...]
    allow_in_artifacts: tuple[allowances.Allowance, ...]
    ci: Ci
    publish: Publish
    build: Build
    build_workflow: str
    wheels: tuple[tuple[str, int], ...] | None
    attest: bool
    land: Land
    request_labels: tuple[str, ...]
    changelog: Changelog
    next_version: NextVersion
    major_on_zero: bool
    test_command: tuple[str, ...] | None
    test_timeout: float
    test_silence_timeout: float
    build_timeout: float
    upload_timeout: float
    network_timeout: float
    visible_timeout: float
    test: bool
    token: Secret | None
    secrets: tuple[Secret, ...]
    identity: Identity | None
    token_setting: str
    username: str
    repository_url: str
    rehearses: str
    is_rehearsal: bool
    narrow_token: bool
    auto_git_tag: bool
    run_tests: bool
    clean_build_artifacts: bool
    verbose: bool
    mistaken: tuple[Mistaken, ...]
    sources: Mapping[str, str]

    @property
    def build_path(self) -> str:
        """The path of the workflow that builds."""
        return f"{WORKFLOWS}/{self.build_workflow}"

    def with_time_limits_of(self, other: "Settings") -> "Settings":
        """The same settings with the time limits of others."""
        return replace(self, **{name: getattr(other, name) for name in _TIME_LIMITS})

    @property
    def hidden(self) -> tuple[Secret, ...]:
        """What may not be shown or written down: the secrets, narrowed copies, and the account for HTTP."""
        secrets = (*self.secrets, *_stems(self.secrets))
        return (*secrets, *(Credentials(self.username, secret).basic for secret in self.secrets))


_PUBLIC = frozenset(("PyPI", "TestPyPI"))
REHEARSAL = "RELEASE_ASYNC_REHEARSAL"
"""The variable that says that a rehearsal is going on, and of a release to which public index, if to one."""
_TIME_LIMITS = frozenset(key.name.replace("-", "_") for key in KEYS if key.name.endswith("-timeout"))


def _stems(secrets: tuple[Secret, ...]) -> Iterator[Secret]:
    """What narrowed copies of tokens begin with, so that they are hidden before they are made."""
    for secret in secrets:
        with suppress(ValueError):
            yield Secret(pypi_token.common_prefix(secret.reveal()))


def load(sources: Sources) -> Settings:
    """Read all settings, each from its strongest source.

    Raises:
        ConfigurationError: A value is malformed, or ``[tool.release-async]`` holds an unknown key.
    """
    keys, origin = _from_pyproject(sources.pyproject)
    dotenv = _in_dotenv(sources.dotenv)
    values, where = _from_environment(sources.environ, dotenv)
    origin |= where
    flags = sources.flags
    for name, given in (("RUN_TESTS_BEFORE_UPLOAD", flags.skip_tests), ("VERBOSE_OUTPUT", flags.verbose)):
        if given:
            origin[name] = "flag"
    if keys["publish"] is Publish.CI and REHEARSAL in sources.environ:
        keys["publish"] = Publish.ALONE  # no workflow sees what is pushed in a sandbox
    token_setting = "PYPI_TEST_TOKEN" if flags.test else "PYPI_API_TOKEN"
    token = values[token_setting]
    return Settings(
        **keys,
        test=flags.test,
        token=Secret(token) if token else None,
        secrets=secrets_in(sources.environ, dotenv),
        identity=None if token else ci_identity.of_environment(sources.environ),
        token_setting=token_setting,
        username=values["PYPI_USERNAME"],
        repository_url=values["TEST_PYPI_REPOSITORY_URL" if flags.test else "PYPI_REPOSITORY_URL"],
        narrow_token=_switch(values, "NARROW_TOKEN"),
        auto_git_tag=_switch(values, "AUTO_GIT_TAG"),
        run_tests=_switch(values, "RUN_TESTS_BEFORE_UPLOAD") and not flags.skip_tests,
        clean_build_artifacts=_switch(values, "CLEAN_BUILD_ARTIFACTS"),
        verbose=_switch(values, "VERBOSE_OUTPUT") or flags.verbose,
        rehearses=_rehearsed(sources.environ),
        is_rehearsal=bool(sources.environ.get(REHEARSAL)),
        mistaken=_mistaken(dotenv, where),
        sources=origin,
    )


def _rehearsed(environ: Mapping[str, str]) -> str:
    """The public index that a rehearsal stands for; empty for another, and where there is no rehearsal."""
    name = environ.get(REHEARSAL, "")
    return name if name in _PUBLIC else ""


def secrets_in(*sources: Mapping[str, str | None]) -> tuple[Secret, ...]:
    """Every token that some environments hold: also one that is not used is worth stealing.

    So is what a job of CI asks for its identity with.
    """
    given = [(source.get(name) or "").strip() for source in sources for name in TOKENS]
    given += [secret.reveal() for source in sources for secret in ci_identity.secrets_in(source)]
    return tuple(Secret(value) for value in dict.fromkeys(given) if value)


def _from_pyproject(text: str) -> tuple[dict[str, Any], dict[str, str]]:
    table = _table(text)
    known = {key.name for key in KEYS}
    for name in table:
        if name not in known:
            raise _unknown(name, known)
    values = {
        key.name.replace("-", "_"): key.read(key.name, table.get(key.name, key.default)) for key in KEYS
    }
    origin = {key.name: "pyproject.toml" if key.name in table else "default" for key in KEYS}
    version_settings.tag_format(str(values["tag_format"]))
    return values, origin


def _table(text: str) -> dict[str, object]:
    try:
        tool = tomllib.loads(text).get("tool", {})
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"pyproject.toml is not valid TOML: {error}", cure="correct it") from error
    table = tool.get("release-async", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise _wrong("itself", table, "a table")
    return table


def _unknown(name: str, known: set[str]) -> ConfigurationError:
    near = difflib.get_close_matches(name, known, n=1)
    cure = f"did you mean {near[0]}?" if near else f"the keys are: {', '.join(sorted(known))}"
    if "url" in name or "token" in name:
        cure = "what becomes of a token is set in the environment or .env only: no project may choose it"
    return ConfigurationError(f"[tool.release-async] has no key {name!r}", cure=cure)


_Given = Mapping[str, str | None]


def _in_dotenv(text: str) -> _Given:
    """What a ``.env`` says; the library for it is imported where there is something to read."""
    if not text.strip():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415 - it imports tempfile, and with that much else

    return dotenv_values(stream=io.StringIO(text), interpolate=False)


def _from_environment(environ: _Given, dotenv: _Given) -> tuple[dict[str, str], dict[str, str]]:
    values, origin = {}, {}
    for name, default, _ in VARIABLES:
        values[name], origin[name] = default, "default"
        for source, mapping in (("environment", environ), (".env", dotenv)):
            given = mapping.get(name)
            if given is not None and given.strip():
                values[name], origin[name] = given.strip(), source
                break
    return values, origin


def _mistaken(dotenv: _Given, where: Mapping[str, str]) -> tuple[Mistaken, ...]:
    """What in ``.env`` was probably meant for a setting, and would change it."""
    given = (name for name, value in dotenv.items() if value and value not in _DEFAULTS)
    return tuple(mistaken(given, where, {name for name in where if where[name] != "default"}))


_DEFAULTS = frozenset(variable.default for variable in VARIABLES)
_SWITCH = {
    "true": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "off": False,
}


def _switch(values: Mapping[str, str], name: str) -> bool:
    try:
        return _SWITCH[values[name].lower()]
    except KeyError:
        raise ConfigurationError(f"{name} is {values[name]!r}", cure=f"set {name} to true or false") from None
