"""Which import package belongs to a distribution, told from names and folders. Opens no file."""

from itertools import product

from release_async.base.lazy_typing import Final, Iterator, NamedTuple, Sequence, pattern
from release_async.versions.parsed_files import ParsedFiles

MODULES: Final = ("__init__.py", "_version.py", "__about__.py", "version.py", "__version__.py")
"""The modules of a package that may state its version, in the order in which the source is sought."""

ELSEWHERE: Final = frozenset((
    "tests", "test", "testing", "testdata", "fixtures", "samples", "sample", "examples", "example",
    "docs", "doc", "vendor", "vendored", "_vendor", "_vendored", "third_party", "thirdparty", "extern",
    "subprojects", "external", "externals", "node_modules", "template", "templates", "site-packages", "venv",
    ".venv", ".tox", ".nox",
))  # fmt: skip
"""Folders whose content is not the project's own product."""

_BASES: Final = ("src", "lib", "python", "")
_DEEPEST_NAMESPACE: Final = 6


class Named(NamedTuple):
    """What a distribution says of itself that helps to find its package.

    Attributes:
        name: Its name as written.
        root: Its folder.
        listed: Packages, modules and package folders that its configuration lists.
        bases: Folders, relative to the root, that its configuration says packages are in.
    """

    name: str
    root: str
    listed: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()


def normalised(name: str) -> str:
    """A distribution's or package's name in the one form both share: lower case, underscores."""
    parts = name.replace("-", "_").replace(".", "_")
    while "__" in parts:
        parts = parts.replace("__", "_")
    return parts.lower()


def joined(*parts: str) -> str:
    """Join the parts of a path that may be empty."""
    return "/".join(part for part in (part.strip("/") for part in parts) if part not in {"", "."})


_STUB: Final = pattern(r"(?:__init__|_version|__about__|version|__version__)(?:\.\w+)?\.pyi")
_NAMESPACE: Final = (b"extend_path", b"declare_namespace")


class Layout:
    """The packages of a tree, found once for all its distributions.

    Args:
        texts: The files; only ``__init__.py`` of a folder that may be a namespace is read.
    """

    def __init__(self, texts: ParsedFiles) -> None:
        self._texts = texts
        self._packages: dict[str, set[str]] = {}
        self._stubs: dict[str, list[str]] = {}
        for path in texts.paths:
            folder, _, name = path.rpartition("/")
            if name.endswith(".pyi") and _STUB.fullmatch(name):
                self._stubs.setdefault(folder, []).append(path)
            if name in MODULES:
                parent, _, package = folder.rpartition("/")
                self._packages.setdefault(parent, set()).add(package)

    def modules(self, named: Named) -> tuple[str, ...]:
        """The files that may state the version of a distribution.

        Args:
            named: The distribution.

        Returns:
            The existing ones among ``MODULES`` of its import package, or its single module, or nothing.
        """
        found = next(self._found(named), "")
        packages = (found,) if found else self._all_listed(named)
        candidates = (
            path for each in packages for path in (each, *(f"{each}/{module}" for module in MODULES))
        )
        stubs = (path for each in packages for path in sorted(self._stubs.get(each, ())))
        return (*(path for path in candidates if path in self._texts), *stubs)

    def _all_listed(self, named: Named) -> tuple[str, ...]:
        """Every package that is listed, where none has the distribution's name."""
        paths = self._listed(named.listed, self._bases(named))
        return tuple(path for path in paths if path.rpartition("/")[2] not in ELSEWHERE)

    def _bases(self, named: Named) -> tuple[str, ...]:
        """The folders that the distribution's packages may be in."""
        return tuple(dict.fromkeys(joined(named.root, base) for base in (*named.bases, *_BASES)))

    def _found(self, named: Named) -> Iterator[str]:
        """Candidates, the most certain first: listed, of the same name, a single module, the only one."""
        bases = self._bases(named)
        wanted = normalised(named.name)
        listed = tuple(self._listed(named.listed, bases))
        yield from (
            path for path in listed if normalised(path.rpartition("/")[2].removesuffix(".py")) == wanted
        )
        if len(listed) == 1:
            yield from listed
        for base in bases:
            yield from self._same_name(base, wanted)
        for base in bases if len(listed) < 2 else ():  # noqa: PLR2004 - several are listed: none is the only one
            tops = [package for package in self._tops(base) if package not in ELSEWHERE]
            if len(tops) == 1:
                yield joined(base, tops[0])
            if tops:
                return

    def _listed(self, names: Sequence[str], bases: Sequence[str]) -> Iterator[str]:
        """The top-level packages and modules that a configuration lists and the tree has."""
        tops = dict.fromkeys(name if "/" in name else name.partition(".")[0] for name in names)
        for top, base in product(tops, bases):
            path = joined(base, top)
            parent, _, package = path.rpartition("/")
            if package in self._packages.get(parent, ()):
                yield path
            elif f"{path}.py" in self._texts:
                yield f"{path}.py"

    def _same_name(self, base: str, wanted: str) -> Iterator[str]:
        """Packages and modules named like the distribution, in a namespace of its name's parts too."""
        tops = self._tops(base)
        yield from (joined(base, package) for package in tops if normalised(package) == wanted)
        if (module := joined(base, f"{wanted}.py")) in self._texts:
            yield module
        parts = wanted.split("_")
        if not 1 < len(parts) <= _DEEPEST_NAMESPACE:
            return
        if parts[0] in tops and not self._is_namespace(joined(base, parts[0])):
            return
        for signs in product("/_", repeat=len(parts) - 1):
            nested = "".join(sign + part for sign, part in zip(("", *signs), parts, strict=True))
            parent, _, package = joined(base, nested).rpartition("/")
            if package in self._packages.get(parent, ()):
                yield joined(parent, package)

    def _is_namespace(self, package: str) -> bool:
        """Whether a package only opens a namespace for others, in the ways that need an ``__init__.py``."""
        path = f"{package}/__init__.py"
        content = self._texts.data(path)
        return any(sign in (content or b"") for sign in _NAMESPACE)

    def _tops(self, base: str) -> list[str]:
        return sorted(package for package in self._packages.get(base, ()) if package)
