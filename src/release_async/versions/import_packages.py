"""Finds a distribution's import package and its modules that may state the version, by names and folders."""

from itertools import product

from release_async.base.lazy_typing import Final, Iterator, NamedTuple, Sequence, pattern
from release_async.versions.excluded_folders import EXCLUDED_FOLDERS
from release_async.versions.parsed_files import ParsedFiles

MODULES: Final = ("__init__.py", "_version.py", "__about__.py", "version.py", "__version__.py")
"""The modules of a package that may state its version, the likeliest source first."""

_BASES: Final = ("src", "lib", "python", "")
_DEEPEST_NAMESPACE: Final = 6


class PackageHints(NamedTuple):
    """The metadata of a distribution that helps to find its package.

    Attributes:
        name: Its name as written.
        root: Its folder.
        listed: Packages, modules and package folders that its configuration lists.
        bases: Folders that its configuration says contain packages, relative to the root.
    """

    name: str
    root: str
    listed: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()


def normalised(name: str) -> str:
    """A distribution's or package's name in lower case with underscores, the form that both share."""
    parts = name.replace("-", "_").replace(".", "_")
    while "__" in parts:
        parts = parts.replace("__", "_")
    return parts.lower()


def join_path(*parts: str) -> str:
    """Join parts of a path, some of which may be empty."""
    return "/".join(part for part in (part.strip("/") for part in parts) if part not in {"", "."})


_STUB: Final = pattern(r"(?:__init__|_version|__about__|version|__version__)(?:\.\w+)?\.pyi")
_NAMESPACE: Final = (b"extend_path", b"declare_namespace")


class Layout:
    """The packages in a tree, found once for all its distributions.

    Args:
        texts: The files; only the ``__init__.py`` of a possible namespace package is read.
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

    def modules(self, hints: PackageHints) -> tuple[str, ...]:
        """The files that may state the version of a distribution.

        Args:
            hints: The distribution.

        Returns:
            The existing ``MODULES`` of its import package, or its single module, and stubs.
        """
        found = next(self._found(hints), "")
        packages = dict.fromkeys((found, *self._beside(found, hints)) if found else self._all_listed(hints))
        candidates = (
            path for each in packages for path in (each, *(f"{each}/{module}" for module in MODULES))
        )
        stubs = (path for each in packages for path in sorted(self._stubs.get(each, ())))
        return (*(path for path in candidates if path in self._texts), *stubs)

    def _beside(self, found: str, hints: PackageHints) -> Iterator[str]:
        """Packages beside the one found: listed under a longer name, or inside it where it states nothing."""
        wanted, bases = normalised(hints.name), self._bases(hints)
        for path in self._listed(hints.listed, bases):
            if normalised(path.rpartition("/")[2]).startswith(f"{wanted}_"):
                yield path
        if "_" in wanted and not self._states_version(found):
            for base in bases:
                yield from self._nested(base, wanted)

    def _states_version(self, package: str) -> bool:
        contents = (self._texts.data(f"{package}/{module}") for module in MODULES)
        return any(b"version" in content.lower() for content in contents if content)

    def _all_listed(self, hints: PackageHints) -> tuple[str, ...]:
        """Every listed package, if none has the distribution's name."""
        paths = self._listed(hints.listed, self._bases(hints))
        return tuple(path for path in paths if path.rpartition("/")[2] not in EXCLUDED_FOLDERS)

    def _bases(self, hints: PackageHints) -> tuple[str, ...]:
        """The folders that may contain the distribution's packages."""
        return tuple(dict.fromkeys(join_path(hints.root, base) for base in (*hints.bases, *_BASES)))

    def _found(self, hints: PackageHints) -> Iterator[str]:
        """Candidates, the best first: listed, of the same name, a single module, the only package."""
        bases = self._bases(hints)
        wanted = normalised(hints.name)
        listed = tuple(self._listed(hints.listed, bases))
        yield from (
            path for path in listed if normalised(path.rpartition("/")[2].removesuffix(".py")) == wanted
        )
        for base in bases if len(listed) != 1 else ():
            yield from self._same_name(base, wanted)
        if len(listed) == 1 and listed[0].rpartition("/")[2] not in EXCLUDED_FOLDERS:
            yield from listed
        for base in bases:
            yield from self._same_name(base, wanted)
        yield from self._only_nested(hints)
        for base in bases if len(listed) < 2 else ():  # noqa: PLR2004 - if several are listed, none is the only one
            tops = [package for package in self._tops(base) if package not in EXCLUDED_FOLDERS]
            if len(tops) == 1:
                yield join_path(base, tops[0])
            if tops:
                return

    def _listed(self, names: Sequence[str], bases: Sequence[str]) -> Iterator[str]:
        """The top-level packages and modules that are both listed and in the tree."""
        tops = [
            each
            for name in names
            for each in ((name,) if "/" in name else (name.replace(".", "/"), name.partition(".")[0]))
        ]
        for top, base in product(dict.fromkeys(tops), bases):
            path = join_path(base, top)
            parent, _, package = path.rpartition("/")
            if package in self._packages.get(parent, ()):
                yield path
            elif f"{path}.py" in self._texts:
                yield f"{path}.py"

    def _same_name(self, base: str, wanted: str) -> Iterator[str]:
        """Packages and modules named like the distribution, also as ``a/b`` for ``a-b``."""
        tops = self._tops(base)
        yield from (join_path(base, package) for package in tops if normalised(package) == wanted)
        if (module := join_path(base, f"{wanted}.py")) in self._texts:
            yield module
        first = wanted.partition("_")[0]
        if first not in tops or self._is_namespace(join_path(base, first)):
            yield from self._nested(base, wanted)

    def _nested(self, base: str, wanted: str) -> Iterator[str]:
        """Packages named like the distribution in folders: ``a/b`` and ``a/b_c`` for ``a-b-c``."""
        parts = wanted.split("_")
        if not 1 < len(parts) <= _DEEPEST_NAMESPACE:
            return
        for signs in product("/_", repeat=len(parts) - 1):
            nested = "".join(sign + part for sign, part in zip(("", *signs), parts, strict=True))
            parent, _, package = join_path(base, nested).rpartition("/")
            if package in self._packages.get(parent, ()):
                yield join_path(parent, package)

    def _only_nested(self, hints: PackageHints) -> Iterator[str]:
        """The only package below a folder of packages that contains none itself: ``src/a/b`` for ``a``."""
        for base in (join_path(hints.root, each) for each in (*hints.bases, "src")):
            inside = f"{base}/"
            tops = [
                f"{parent}/{package}"
                for parent, packages in self._packages.items()
                if parent.startswith(inside) and not self._is_package(parent)
                for package in packages
                if not self._is_another_project(parent, base)
            ]
            if base != hints.root and not self._tops(base) and len(tops) == 1:
                yield tops[0]

    def _is_another_project(self, folder: str, base: str) -> bool:
        """Whether a folder below ``base`` belongs to a project with metadata of its own."""
        while len(folder) > len(base):
            if any(f"{folder}/{name}" in self._texts for name in ("pyproject.toml", "setup.py", "setup.cfg")):
                return True
            folder = folder.rpartition("/")[0]
        return False

    def _is_package(self, folder: str) -> bool:
        parent, _, package = folder.rpartition("/")
        return package in self._packages.get(parent, ())

    def _is_namespace(self, package: str) -> bool:
        """Whether a package is a namespace package with an ``__init__.py``."""
        path = f"{package}/__init__.py"
        content = self._texts.data(path)
        return any(sign in (content or b"") for sign in _NAMESPACE)

    def _tops(self, base: str) -> list[str]:
        return sorted(package for package in self._packages.get(base, ()) if package)
