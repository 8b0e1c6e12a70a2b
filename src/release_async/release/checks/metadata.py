"""What ``pyproject.toml`` says of the project is what indexes take: found before the build, with its line.

Only what is written there is judged. What a backend computes is looked at once it is built.
"""

import difflib
import fnmatch
import posixpath
import re
import warnings
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import anyio
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.requirements import InvalidRequirement, Requirement
from pyproject_metadata import StandardMetadata
from pyproject_metadata.constants import KNOWN_PROJECT_FIELDS
from pyproject_metadata.errors import ConfigurationError, ConfigurationTypeError

from release_async.base.problems import NotJudged, Problem, Problems, refuse, warn
from release_async.external.index import repository_url
from release_async.guard import allow_in_artifacts
from release_async.guard.allow_in_artifacts import Allowance
from release_async.plan.plan import Package, Plan
from release_async.run.context import Context
from release_async.versions.formats import toml

TITLE = "Metadata"
LONG = False
LONGEST_SUMMARY = 512
"""Characters that PyPI takes as a summary."""
_PAGES = (".md", ".rst", ".txt")
_TYPES = {"text/markdown", "text/x-rst", "text/plain"}
_FILES = ("readme", "license-files")


async def run(plan: Plan, context: Context) -> Problems | NotJudged:
    """Refuse metadata that breaks the rules for it, or those of PyPI where the release goes there."""
    judged = [await anyio.to_thread.run_sync(_judge, plan, package, context) for package in plan.packages]
    problems = tuple(problem for found in judged if not isinstance(found, NotJudged) for problem in found)
    reasons = [found for found in judged if isinstance(found, NotJudged)]
    return reasons[0] if len(reasons) == len(judged) else problems


def _judge(plan: Plan, package: Package, context: Context) -> Problems | NotJudged:
    path, paths = posixpath.join(package.root, "pyproject.toml"), frozenset(context.files.paths())
    text = context.files.read(path)
    document = toml.read(text.decode("utf-8", "replace")) if text is not None else None
    extra = _tag_build(context, package, document)
    if document and (line := _no_package(document)):
        return (_refused_as_no_package(path, line),)
    if extra:
        return extra
    if document is None or not isinstance(document.table.get("project"), dict):
        return NotJudged(
            "pyproject.toml says nothing of the project" if document else "there is no pyproject.toml"
        )
    public = repository_url.rules_of(plan.target)
    said = _Said(document, toml.table(document.table, "project"), package.root, paths, public)
    rules = (_standard, _unknown, _files, _summary, _license, _classifiers, _urls, _dependencies)
    found = (problem for rule in rules for problem in rule(said))
    return (
        *found,
        *_page(said, _sdist(package), context.settings.allow_in_artifacts),
    )


def has_no_readme(package: Package, context: Context) -> bool:
    """Whether `run` warns that a package has no readme; what looks at the built files need not say so again.

    Args:
        package: The package.
        context: Its committed files, and what the project lets pass.
    """
    text = context.files.read(posixpath.join(package.root, "pyproject.toml"))
    document = toml.read(text.decode("utf-8", "replace")) if text is not None else None
    if document is None or not isinstance(document.table.get("project"), dict):
        return False
    said = _Said(
        document, toml.table(document.table, "project"), package.root, frozenset(context.files.paths()), ""
    )
    return any(_page(said, _sdist(package), context.settings.allow_in_artifacts))


def _sdist(package: Package) -> str:
    return f"{package.name}-{package.version}.tar.gz"


def _tag_build(context: Context, package: Package, document: toml.Document | None) -> Problems:
    """A suffix that setuptools adds to every version that it builds: a release would be 1.2.3.dev0."""
    built = toml.table(document.table, "build-system") if document else {}
    backend = str(built.get("build-backend", "setuptools"))
    if not backend.startswith("setuptools") and "backend-path" not in built:
        return ()
    path = posixpath.join(package.root, "setup.cfg")
    text = (context.files.read(path) or b"").decode("utf-8", "replace")
    found = re.search(r"(?ms)^\[egg_info\](?:(?!^\[).)*?^tag[_-]build[ \t]*[=:][ \t]*(?P<tag>\S+)", text)
    if found:
        line = 1 + text.count("\n", 0, found.start("tag"))
        return (_suffix(package, found["tag"], "[egg_info]", f"{path}:{line}"),)
    return tuple(_suffix_in_table(package, document)) if document else ()


def _suffix_in_table(package: Package, document: toml.Document) -> Iterator[Problem]:
    """The same in ``[tool.distutils.egg_info]``, where setuptools takes the options of commands from too."""
    keys = ("tool", "distutils", "egg_info")
    table = toml.table(document.table, *keys)
    for key in ("tag_build", "tag-build"):
        if tag := table.get(key):
            path = posixpath.join(package.root, "pyproject.toml")
            where = f"{path}:{document.line(*keys, key)}"
            yield _suffix(package, str(tag), "[tool.distutils.egg_info]", where)


def _suffix(package: Package, tag: str, table: str, where: str) -> Problem:
    what = f"tag_build = {tag} makes setuptools build {package.version}{tag} instead"
    return refuse(what, cure=f"take tag_build out of {table}, and commit", where=where)


def _no_package(document: toml.Document) -> int:
    """The line that says that there is nothing to build here, in the words of uv or of poetry; 0 for none."""
    for tool, key in (("uv", "package"), ("poetry", "package-mode")):
        if toml.table(document.table, "tool", tool).get(key) is False:
            found = re.search(rf"^[ \t]*{key}[ \t]*=", document.text, re.MULTILINE)
            return 1 + document.text.count("\n", 0, found.start() if found else 0)
    return 0


def _refused_as_no_package(path: str, line: int) -> Problem:
    return refuse(
        "the project says of itself that it is no package",
        cure="name the project to be released with -C DIR; or take that line away and commit",
        where=f"{path}:{line}",
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What a project says of itself.

    Attributes:
        document: Its ``pyproject.toml``.
        project: The table ``[project]``.
        root: The project's directory in the repository, empty at the top.
        paths: Every file of HEAD.
        public: The name of the public index that is released to; empty where it is another one.
    """

    document: toml.Document
    project: toml.Table
    root: str
    paths: Collection[str]
    public: str

    def refuse(self, what: str, cure: str, *keys: str, text: str = "") -> Problem:
        """A problem at the value that ``keys`` lead to, or at ``text`` in it."""
        return refuse(what, cure=cure, where=self._where(keys, text))

    def warn(self, what: str, cure: str, *keys: str, text: str = "") -> Problem:
        """As ``refuse``, for what stops nothing."""
        return warn(what, cure=cure, where=self._where(keys, text))

    def texts(self, *keys: str) -> Iterator[str]:
        """The texts of an array; whatever else stands in it is for `_standard` to tell."""
        listed = toml.table(self.project, *keys[:-1]).get(keys[-1])
        return (each for each in listed if isinstance(each, str)) if isinstance(listed, list) else iter(())

    def _where(self, keys: tuple[str, ...], text: str) -> str:
        at = self._offset(keys)
        found = self.document.text.find(text, at) if text else -1
        line = 1 + self.document.text.count("\n", 0, max(at, found))
        return f"{posixpath.join(self.root, 'pyproject.toml')}:{line}"

    def _offset(self, keys: tuple[str, ...]) -> int:
        for end in range(len(keys), 0, -1):
            if span := self.document.span(("project", *keys[:end])):
                return span.start
        header = re.search(r"^[ \t]*\[project\]", self.document.text, re.MULTILINE)
        return header.start() if header else 0


def _standard(said: _Said) -> Iterator[Problem]:
    """The specification of ``[project]``, as a library of its authors reads it; files are left out."""
    project = {key: value for key, value in said.project.items() if key not in _FILES}
    if isinstance(license_ := project.get("license"), dict) and "file" in license_:
        del project["license"]
    if isinstance(license_, str) and isinstance(listed := project.get("classifiers"), list):
        project["classifiers"] = [each for each in listed if not str(each).startswith(_LICENSE)]
    try:
        with warnings.catch_warnings(action="ignore"):
            StandardMetadata.from_pyproject({"project": project}, allow_extra_keys=True, all_errors=True)
    except ExceptionGroup as group:
        for error in group.exceptions:
            if isinstance(error, ConfigurationError) and not _is_told_elsewhere(error):
                keys = re.sub(r"\[\d+\].*", "", error.key or "").removeprefix("project").strip(".").split(".")
                yield said.refuse(str(error), "correct it and commit", *filter(None, keys))


def _is_told_elsewhere(error: ConfigurationError) -> bool:
    """Whether it is a requirement that cannot be read: `_dependencies` shows it in fewer words."""
    of_requirements = str(error.key).startswith(("project.dependencies", "project.optional-dependencies"))
    return of_requirements and not isinstance(error, ConfigurationTypeError)


def _unknown(said: _Said) -> Iterator[Problem]:
    """Keys that the specification does not know; hatchling alone passes over them, and indexes see none."""
    problem = said.warn if _backend(said).startswith("hatchling") else said.refuse
    for key in sorted(said.project.keys() - KNOWN_PROJECT_FIELDS):
        near = difflib.get_close_matches(key, KNOWN_PROJECT_FIELDS, n=1)
        cure = f"did you mean {near[0]}?" if near else "settings of tools stand in [tool.NAME]: move it there"
        yield problem(f"[project] has no key {key!r}", cure, key)


def _backend(said: _Said) -> str:
    return str(toml.table(said.document.table, "build-system").get("build-backend", "setuptools"))


def _files(said: _Said) -> Iterator[Problem]:
    readme, license_ = said.project.get("readme"), said.project.get("license")
    if isinstance(readme, str):
        yield from _file(said, readme, "readme")
        if not readme.lower().endswith(_PAGES):
            what = f"the name {readme!r} does not say which format the readme has"
            yield said.refuse(
                what, f'readme = {{ file = "{readme}", content-type = "text/plain" }}', "readme"
            )
    elif isinstance(readme, dict):
        yield from _file(said, readme.get("file"), "readme")
        kind = str(readme.get("content-type", "")).partition(";")[0].strip().lower()
        if kind not in _TYPES:
            what = f"the content type of the readme is {kind!r}" if kind else "the readme has no content type"
            yield said.refuse(what, f"it is one of: {', '.join(sorted(_TYPES))}", "readme", "content-type")
    if isinstance(license_, dict):
        yield from _file(said, license_.get("file"), "license")
    if isinstance(license_, dict) and "license-files" in said.project:
        what = "license is a table, and there are license-files too: the standard forbids both (PEP 639)"
        yield said.refuse(what, 'write the expression alone: license = "MIT"', "license")
    for pattern in said.texts("license-files"):
        yield from _pattern(said, pattern)


def _file(said: _Said, name: object, key: str) -> Iterator[Problem]:
    if not isinstance(name, str):
        return
    path = posixpath.normpath(posixpath.join(said.root, name))
    if path.startswith(("/", "..")):
        yield said.refuse(f"{name!r} lies outside the repository", "name a file of the project", key)
    elif path not in said.paths:
        what = f"there is no file {name!r} in HEAD"
        yield said.refuse(what, f"git add {path}, and commit; or correct the name", key)


def _pattern(said: _Said, pattern: str) -> Iterator[Problem]:
    if pattern.startswith("/") or ".." in pattern.split("/"):
        what = f"{pattern!r} leads outside the project"
        yield said.refuse(what, "name files of the project", "license-files", text=pattern)
        return
    globs = [posixpath.join(said.root, glob) for glob in (pattern, pattern.replace("**/", ""))]
    if not any(fnmatch.fnmatchcase(path, glob) for path in said.paths for glob in globs):
        cure = "commit the file, or correct the name"
        yield said.refuse(f"no file in HEAD matches {pattern!r}", cure, "license-files", text=pattern)


def _page(said: _Said, sdist: str, allowed: Sequence[Allowance]) -> Iterator[Problem]:
    """A readme that is missing: the page on the index is empty, unless the project says why not."""
    dynamic = said.project.get("dynamic")
    elsewhere = isinstance(dynamic, list) and "readme" in dynamic
    elsewhere = elsewhere or "readme" in toml.table(said.document.table, "tool", "poetry")
    if "readme" in said.project or elsewhere or allow_in_artifacts.matching(sdist, allowed):
        return
    pages = sorted(path for path in said.paths if _is_readme(said.root, path))
    cure = f'readme = "{posixpath.basename(pages[0])}"' if pages else "write one: README.md"
    yield said.warn(
        "the project has no readme: its page on the index would be empty", f"{cure} below [project]"
    )


def _is_readme(root: str, path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return folder == (root if root != "." else "") and name.lower() in {f"readme{end}" for end in _PAGES}


def _summary(said: _Said) -> Iterator[Problem]:
    summary = said.project.get("description")
    if not isinstance(summary, str):
        return
    if "\n" in summary.strip():
        yield said.warn(
            "the description has several lines", "write one; the rest is the readme's", "description"
        )
    if said.public and len(summary) > LONGEST_SUMMARY:
        what = f"the description has {len(summary)} characters, and {said.public} takes {LONGEST_SUMMARY}"
        yield said.refuse(what, "shorten it; the rest is the readme's", "description")


def _license(said: _Said) -> Iterator[Problem]:
    expression = said.project.get("license")
    if isinstance(expression, str):
        yield from _license_twice(said)
        try:
            canonicalize_license_expression(expression)
        except InvalidLicenseExpression:
            what = f"{expression!r} is no SPDX license expression"
            yield said.refuse(what, 'one is "MIT" or "Apache-2.0 OR MIT": see spdx.org/licenses', "license")


_LICENSE = "License ::"


def _license_twice(said: _Said) -> Iterator[Problem]:
    """A classifier beside the expression: PyPI takes it; setuptools refuses to build."""
    text = next((each for each in said.texts("classifiers") if each.startswith(_LICENSE)), "")
    if text:
        problem = said.refuse if _backend(said).startswith("setuptools") else said.warn
        what = f"{text!r} says again what the license expression says"
        yield problem(what, "take the classifier out (PEP 639)", "license")


def _classifiers(said: _Said) -> Iterator[Problem]:
    """What PyPI takes, which refuses all that it does not know; other indexes do not look."""
    if not said.public:
        return
    from trove_classifiers import classifiers, deprecated_classifiers  # noqa: PLC0415 - a thousand texts, for PyPI only

    for text in said.texts("classifiers"):
        if text.startswith("Private ::"):
            what = f"{text!r} says that the project is not for {said.public}, which refuses it"
            yield said.refuse(what, "set PYPI_REPOSITORY_URL to an index of yours", "classifiers", text=text)
        elif text in deprecated_classifiers:
            new = " and ".join(deprecated_classifiers[text]) or "none: take it out"
            what = f"{said.public} no longer accepts the classifier {text!r}"
            yield said.refuse(what, f"write instead {new}", "classifiers", text=text)
        elif text not in classifiers:
            near = difflib.get_close_matches(text, classifiers, n=1)
            cure = f"did you mean {near[0]!r}?" if near else "Take it out."
            yield said.refuse(
                f"{said.public} knows no classifier {text!r}",
                f"{cure} Or if it is newer than this list: upgrade trove-classifiers beside release-async, "
                "or --skip metadata",
                "classifiers",
                text=text,
            )


def _urls(said: _Said) -> Iterator[Problem]:
    for label, url in toml.table(said.project, "urls").items():
        if isinstance(url, str) and not _is_url(url):
            what = f"{url!r} is no web address"
            problem = said.refuse if said.public else said.warn
            yield problem(what, "write a whole one: https://host/path", "urls", label)


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s", text)


def _dependencies(said: _Said) -> Iterator[Problem]:
    extras = toml.table(said.project, "optional-dependencies")
    for keys in (("dependencies",), *(("optional-dependencies", extra) for extra in extras)):
        for text in said.texts(*keys):
            try:
                requirement = Requirement(text)
            except InvalidRequirement as error:
                words = str(error).partition("\n")[0]
                yield said.refuse(
                    f"{text!r} is no requirement: {words}", "correct it and commit", *keys, text=text
                )
                continue
            if requirement.url and said.public:
                what = f"{requirement.name} is required by its address, which {said.public} refuses"
                cure = f"require a version of it: {requirement.name}>=1.0"
                yield said.refuse(what, cure, *keys, text=text)
