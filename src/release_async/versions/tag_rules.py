"""How a project's own tool finds the version in a git tag, as far as its settings say. It runs no code.

Each tool is read as its newest version reads itself; a setting that only running code could tell is named, so
that nobody takes a guess for an answer.
"""

import re
from fnmatch import fnmatchcase

from release_async.base.lazy_typing import Callable, Final, Iterable, Mapping, NamedTuple, Sequence
from release_async.versions.distribution import Distribution, Tree
from release_async.versions.formats import toml
from release_async.versions.import_packages import join_path
from release_async.versions.parsed_files import ParsedFiles
from release_async.versions.pep440 import Pep440, parse
from release_async.versions.places.declared_metadata import Folder


class TaggedVersion(NamedTuple):
    """The version in the name of a tag, and where it stands there."""

    version: Pep440
    start: int
    end: int


class TagRules(NamedTuple):
    """How one tool reads the tags of one project.

    Attributes:
        tool: The tool, as ``Distribution.tag_tool`` names it.
        table: Where the project sets it up, for messages: ``[tool.setuptools_scm]``.
        match: Patterns of ``git describe --match``, of which a tag has to meet one; empty takes every tag.
        exclude: Patterns of ``git describe --exclude``.
        prefix: What is taken off the front of a tag before its version is looked for.
        suffix: The same for its end.
        needs_prefix: Whether a tag without the prefix is none of the project's.
        pattern: A regular expression, which has the version in a group: ``version``, ``base`` or the first.
        anywhere: Whether it may begin anywhere in the name.
        said_by: The setting that the pattern comes from; empty for the tool's own.
        unread: A setting that only running code could tell; empty where there is none.
        scheme: The setting by which the project numbers commits without a tag; empty for the tool's own way.
        local_scheme: The same for the part of a version behind ``+``.
        fallback: The version that the tool gives where it finds no tag; empty where it fails.
        writes: The files that a build writes the version to, relative to the top of the repository.
        pretenders: The environment variables that give a version in the place of every tag.
        blind: How a project below the top of the repository lets the tool see it; empty where it does.
    """

    tool: str
    table: str = ""
    match: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    prefix: str = ""
    suffix: str = ""
    needs_prefix: bool = False
    pattern: str = r"[vV]?(?P<version>\d.*)"
    anywhere: bool = False
    said_by: str = ""
    unread: str = ""
    scheme: str = ""
    local_scheme: str = ""
    fallback: str = ""
    writes: tuple[str, ...] = ()
    pretenders: tuple[str, ...] = ()
    blind: str = ""

    def is_asked_for(self, tag: str) -> bool:
        """Whether the tool asks git for tags of this name at all."""
        wanted = not self.match or any(fnmatchcase(tag, _glob(each)) for each in self.match)
        return wanted and not any(fnmatchcase(tag, _glob(each)) for each in self.exclude)

    def read(self, tag: str) -> TaggedVersion | None:
        """The version that the tool takes a tag for; None if it takes it for none."""
        begins = tag.startswith(self.prefix)
        if not self.is_asked_for(tag) or (self.needs_prefix and not begins):
            return None
        start = len(self.prefix) if begins else 0
        end = len(tag) - (len(self.suffix) if self.suffix and tag.endswith(self.suffix) else 0)
        found = _matched(self, tag[start:end])
        return found and found._replace(start=found.start + start, end=found.end + start)


def _glob(pattern: str) -> str:
    """A pattern of git's as Python's ``fnmatch`` knows it (gitglossary, "pathspec", glob)."""
    return pattern.replace("[[:digit:]]", "[0-9]")


def _matched(rules: TagRules, name: str) -> TaggedVersion | None:
    try:
        expression = re.compile(rules.pattern)
    except re.error:
        return None
    match = expression.search(name) if rules.anywhere else expression.match(name)
    spans = _spans(match) if match else ()
    if not match or not spans:
        return None
    start, end = spans[0][0], spans[-1][1]
    if name[start : start + 1] in {"v", "V"}:
        start += 1
    version = parse(name[start:end])
    return TaggedVersion(version, start, end) if version else None


def _spans(match: "re.Match[str]") -> Sequence[tuple[int, int]]:
    """Where the version stands, piece by piece."""
    names = match.re.groupindex
    if "version" in names:
        pieces: Iterable[str | int] = ("version",)
    elif "base" in names:
        pieces = [name for name in ("epoch", "base", "stage", "revision") if name in names]
    else:
        pieces = (1 if match.re.groups else 0,)
    return [match.span(piece) for piece in pieces if match.start(piece) >= 0]


def read_rules(tree: Tree, distribution: Distribution) -> TagRules:
    """How the tool of a distribution reads the tags.

    Args:
        tree: The files.
        distribution: One whose version comes from the tag.
    """
    folder = Folder(ParsedFiles(tree), distribution.root)
    tool = distribution.tag_tool
    rules = _READERS.get(tool, _plain)(folder, tool)
    return rules._replace(
        tool=tool,
        writes=tuple(join_path(distribution.root, path) for path in rules.writes),
        pretenders=_pretenders(tool, distribution.name),
        blind=rules.blind.format(up="/".join([".."] * len(distribution.root.split("/"))))
        if distribution.root
        else "",
    )


_SCM_PATTERN: Final = r"(?:[\w-]+-)?(?P<version>[vV]?\d+(?:\.\d+){0,2}[^+]*)(?:\+.*)?$"


def _scm(folder: Folder, tool: str) -> TagRules:
    """setuptools-scm and those that call it: in a table, in raw options, or in an argument of setup()."""
    if tool == "hatch-vcs":
        return _hatch_vcs(folder)
    tables = folder.tool()
    name = next((each for each in ("vcs-versioning", "setuptools_scm") if each in tables), "")
    if folder.setup and folder.setup.tag_tool and not name:
        return _scm_options(folder.setup.scm_options, "use_scm_version in setup.py")
    return _scm_options(folder.tool(name) if name else {}, f"[tool.{name or 'setuptools_scm'}]")


def _hatch_vcs(folder: Folder) -> TagRules:
    table = folder.tool("hatch", "version")
    options = dict(toml.table(table, "raw-options"))
    for key, option in (("tag-pattern", "tag_regex"), ("fallback-version", "fallback_version")):
        if key in table:
            options[option] = table[key]
    where = "[tool.hatch.version.raw-options]" if toml.table(table, "raw-options") else "[tool.hatch.version]"
    rules = _scm_options(options, where)
    hook = _texts(folder.tool("hatch", "build", "hooks", "vcs").get("version-file"))
    said_by = "[tool.hatch.version] tag-pattern" if "tag-pattern" in table else rules.said_by
    blind = rules.blind.replace(where, "[tool.hatch.version.raw-options]")
    return rules._replace(writes=(*rules.writes, *hook), said_by=said_by, blind=blind)


def _scm_options(options: Mapping[str, object], where: str) -> TagRules:
    tag = toml.table({"tag": options.get("tag", {})}, "tag")
    prefix = _text(tag.get("prefix"))
    regex, key = _text(tag.get("regex")), "tag.regex"
    if not regex:
        regex, key = _text(options.get("tag_regex")), "tag_regex"
    version = "*[0-9]*.*[0-9]*" if tag.get("strict") is True else "*[0-9]*"
    described = _described(options)
    return TagRules(
        "",
        where,
        match=described[0] if described else (f"{prefix}{version}",),
        exclude=described[1] if described else (),
        prefix=prefix,
        pattern=regex or _SCM_PATTERN,
        said_by=f"{where} {key}" if regex else "",
        unread=f"{where} parse" if options.get("parse") else "",
        scheme=_said(options, where, "version_scheme", "guess-next-dev"),
        local_scheme=_said(options, where, "local_scheme", "node-and-date"),
        fallback=_text(options.get("fallback_version")),
        writes=_texts(options.get("version_file"), options.get("write_to")),
        blind="" if _LOOKS_UP & options.keys() else f'set root = "{{up}}" in {where}',
    )


_LOOKS_UP: Final = frozenset(("root", "relative_to", "search_parent_directories"))


def _said(options: Mapping[str, object], where: str, key: str, default: str) -> str:
    """A setting that is not the default, as it is written."""
    value = options.get(key)
    return f"{where} {key} = {_shown(value)}" if value is not None and value != default else ""


def _shown(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _described(options: Mapping[str, object]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The patterns of a describe command of the project's own: those to match and those to exclude."""
    command = toml.table(options, "scm", "git").get("describe_command") or options.get("git_describe_command")
    if isinstance(command, str):
        from shlex import split  # noqa: PLC0415 - few projects have one

        command = split(command)
    if not isinstance(command, list | tuple):
        return None
    words = [str(word) for word in command]
    return _option(words, "--match"), _option(words, "--exclude")


def _option(words: Sequence[str], name: str) -> tuple[str, ...]:
    apart = (words[at + 1] for at, word in enumerate(words[:-1]) if word == name)
    joined = (word.partition("=")[2] for word in words if word.startswith(f"{name}="))
    return (*apart, *joined)


def _pdm(folder: Folder, _: str) -> TagRules:
    table, where = folder.tool("pdm", "version"), "[tool.pdm.version]"
    regex = _text(table.get("tag_regex"))
    return TagRules(
        "",
        where,
        match=(_text(table.get("tag_filter")) or "*.*",),
        pattern=regex or _SCM_PATTERN,
        said_by=f"{where} tag_regex" if regex else "",
        scheme=_said(table, where, "version_format", ""),
        fallback=_text(table.get("fallback_version")),
    )


def _versioneer(folder: Folder, _: str) -> TagRules:
    table, where = folder.tool("versioneer"), "[tool.versioneer]"
    if not table:
        option, where = folder.option("versioneer", "tag_prefix"), "[versioneer] in setup.cfg"
        style = folder.option("versioneer", "style")
        table = {"tag_prefix": option.value if option else "", "style": style.value if style else "pep440"}
    prefix = _text(table.get("tag_prefix")).strip("'\"")
    return TagRules(
        "",
        where,
        match=(f"{prefix}[[:digit:]]*",),
        prefix=prefix,
        needs_prefix=True,
        pattern=r"(?P<version>.+)",
        said_by=f"{where} tag_prefix",
        scheme=_said(table, where, "style", "pep440"),
    )


def _versioningit(folder: Folder, _: str) -> TagRules:
    table, where = folder.tool("versioningit") or folder.tool("hatch", "version"), "[tool.versioningit]"
    vcs, reads = toml.table(table, "vcs"), toml.table(table, "tag2version")
    method = table.get("tag2version")
    regex = _text(reads.get("regex"))
    custom = isinstance(method, dict) and isinstance(method.get("method"), dict)
    return TagRules(
        "",
        where,
        match=_texts(vcs.get("match")),
        exclude=_texts(vcs.get("exclude")),
        prefix=_text(reads.get("rmprefix")),
        suffix=_text(reads.get("rmsuffix")),
        pattern=regex or r"[vV]?(?P<version>\d.*)",
        anywhere=bool(regex),
        said_by=f"{where} tag2version" if reads else "",
        unread=f"{where} tag2version.method" if custom else "",
        scheme=f"{where} format" if "format" in table else "",
        fallback=_text(table.get("default-version")),
        writes=_texts(toml.table(table, "write").get("file")),
    )


_DUNAMAI: Final = r"(?P<version>(?:\d+!)?\d+(?:\.\d+)*(?:[-._]?[a-zA-Z]+[-._]?\d*)?)(?:\+.+)?$"


def _dunamai(folder: Folder, tool: str) -> TagRules:
    """What calls dunamai, and itself: without a pattern of their own they want a ``v`` in front."""
    name = tool if tool != "dunamai" else ""
    table, where = folder.tool(name) if name else {}, f"[tool.{name}]" if name else "setup.py"
    named, prefix = _text(table.get("pattern")), re.escape(_text(table.get("pattern-prefix")))
    own = {"": f"v{_DUNAMAI}", "default": f"v{_DUNAMAI}", "default-unprefixed": f"v?{_DUNAMAI}"}
    pattern = f"^{prefix}{own[named]}" if named in own else named.replace("^", f"^{prefix}", 1)
    keys = [key for key in ("pattern", "pattern-prefix") if key in table]
    formats = [key for key in ("format", "format-jinja", "style", "bump", "metadata") if table.get(key)]
    return TagRules(
        "",
        where,
        pattern=pattern,
        anywhere=named not in own,
        said_by=" and ".join(f"{where} {key}" for key in keys),
        unread=f"{where} pattern in setup.py" if tool == "dunamai" and not folder.setup else "",
        scheme=", ".join(f"{where} {key}" for key in formats),
        fallback=_text(table.get("fallback-version")),
    )


def _git_versioning(folder: Folder, _: str) -> TagRules:
    where = "[tool.setuptools-git-versioning]"
    table = folder.tool("setuptools-git-versioning")
    formatter, wanted = _text(table.get("tag_formatter")), _text(table.get("tag_filter"))
    is_group = "(?P<tag>" in formatter
    pattern = formatter.replace("(?P<tag>", "(?P<version>") if is_group else r"[vV]?(?P<version>\d.*)"
    functions = [key for key in ("tag_formatter", "tag_filter") if _is_function(_text(table.get(key)))]
    ahead = f"(?={wanted})" if wanted and "tag_filter" not in functions else ""
    return TagRules(
        "",
        where,
        pattern=ahead + pattern,
        said_by=f"{where} {'tag_formatter' if is_group else 'tag_filter'}" if is_group or ahead else "",
        unread=", ".join(f"{where} {key}" for key in functions),
        scheme=_said(table, where, "template", "{tag}")
        or _said(table, where, "dev_template", "{tag}.post{ccount}+git.{sha}"),
        fallback=_text(table.get("starting_version")) or "0.0.1",
    )


def _is_function(text: str) -> bool:
    """Whether a setting names a function in a module: ``package.module:function``."""
    return re.fullmatch(r"[\w.]+:\w+", text) is not None


def _pbr(_: Folder, __: str) -> TagRules:
    blind = "move the project to the top of the repository"
    return TagRules("", "[metadata] in setup.cfg", pattern=r"[vV]*(?P<version>\d.*)", blind=blind)


def _plain(_: Folder, tool: str) -> TagRules:
    return TagRules("", tool, unread=f"the settings of {tool}")


_READERS: Final[Mapping[str, Callable[[Folder, str], TagRules]]] = {
    **dict.fromkeys(("setuptools-scm", "vcs-versioning", "flit-scm", "hatch-vcs"), _scm),
    "pdm-backend's scm source": _pdm,
    "versioneer": _versioneer,
    "versioningit": _versioningit,
    **dict.fromkeys(("dunamai", "uv-dynamic-versioning", "poetry-dynamic-versioning"), _dunamai),
    "setuptools-git-versioning": _git_versioning,
    "pbr": _pbr,
}


def _pretenders(tool: str, name: str) -> tuple[str, ...]:
    """The environment variables by which a tool is told a version, the strongest first.

    hatch-vcs does not know the one with the name of the project; it does no harm there to be named.
    """
    own = re.sub(r"[-_.]+", "_", name).upper()
    if tool in {"setuptools-scm", "vcs-versioning", "flit-scm", "hatch-vcs"}:
        stems = ("SETUPTOOLS_SCM_PRETEND_VERSION", "VCS_VERSIONING_PRETEND_VERSION")
        return tuple(each for stem in stems for each in (f"{stem}_FOR_{own}", stem))
    return _PRETENDERS.get(tool, ())


_PRETENDERS: Final = {
    "pdm-backend's scm source": ("PDM_BUILD_SCM_VERSION",),
    "pbr": ("PBR_VERSION", "OSLO_PACKAGE_VERSION"),
    "uv-dynamic-versioning": ("UV_DYNAMIC_VERSIONING_BYPASS",),
    "poetry-dynamic-versioning": ("POETRY_DYNAMIC_VERSIONING_BYPASS",),
}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(*values: object) -> tuple[str, ...]:
    """The texts among some settings, each a text or a list of them."""
    listed = [each for value in values for each in (value if isinstance(value, list) else [value])]
    return tuple(each for each in listed if isinstance(each, str) and each)
