"""What the uploader uses of twine, without what twine imports for a terminal, and what it seldom needs.

Only the uploader's worker imports it. What is sent and what is checked is twine's.
"""

import gc
import hashlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

__all__ = ["NOT_ASKED", "Hexdigest", "PackageFile", "Repository", "check", "digests", "known"]

_CHUNK = 1 << 20


def _import_when_used(name: str) -> None:
    """Let a module be imported when something of it is used, and not before (PEP 562)."""
    if name in sys.modules:
        return  # to import it a second time would part it from its submodules
    stand_in = ModuleType(name)

    def load(attribute: str) -> object:
        sys.modules.pop(name, None)
        return getattr(import_module(name), attribute)

    stand_in.__getattr__ = load  # type: ignore[method-assign]  # a module may have one
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(import_module(parent), child, stand_in)
    sys.modules[name] = stand_in


# A third of all imports: docutils, which checks descriptions in reStructuredText and nothing else, what reads
# the address in a configuration file of twine's, and what draws a progress bar.
_import_when_used("readme_renderer.rst")
_import_when_used("rfc3986")
_import_when_used("rich.progress")
gc.disable()  # nothing that is imported is garbage

from twine import package as twine_package, repository  # noqa: E402 - only below the lines above
from twine.commands import check as twine_check  # noqa: E402 - as above
from twine.package import Hexdigest, PackageFile  # noqa: E402 - as above

from release_async.external.index.lean_requests import requests  # noqa: E402 - as above

gc.freeze()  # nor will it be
gc.enable()


_known: dict[str, Hexdigest] = {}
"""The digests of the files that twine may not read for them, by their names."""


class _HashManager(twine_package.HashManager):
    """As twine's, which reads all of a file, eight kilobytes at a time, unless its digests are known."""

    def hash(self) -> None:
        """Hash the file."""
        if self.filename not in _known:
            super().hash()

    def hexdigest(self) -> Hexdigest:
        """The digests."""
        return _known.get(self.filename) or super().hexdigest()


twine_package.HashManager = _HashManager  # type: ignore[misc]  # twine makes its own of it


def digests(chunks: Iterable[bytes]) -> Hexdigest:
    """The digests of a file, in one pass over its bytes."""
    sha2, blake2 = hashlib.sha256(), _blake2()
    for chunk in chunks:
        sha2.update(chunk)
        if blake2:
            blake2.update(chunk)
    return Hexdigest(sha2.hexdigest(), blake2.hexdigest() if blake2 else None)


def _blake2() -> "hashlib.blake2b | None":
    try:
        return hashlib.blake2b(digest_size=32)
    except (ValueError, TypeError, AttributeError):  # as twine has it: FIPS forbids it
        return None


@contextmanager
def known(path: str, found: Hexdigest) -> Iterator[None]:
    """Have twine take these for the digests of a file while the context lasts."""
    _known[path] = found
    try:
        yield
    finally:
        del _known[path]


NOT_ASKED = Hexdigest("", None)
"""The digests of a file that is looked into, and not sent."""


def check(path: str) -> None:
    """Check a file as ``twine check`` does, which logs what it finds; what it prints is dropped."""
    twine_check.print = _print_nothing  # type: ignore[attr-defined]  # rich's, which imports a terminal's worth
    twine_check.check([path])


def _print_nothing(*_: object, **__: object) -> None:
    pass


class Repository(repository.Repository):
    """A repository that uploads as twine does, and draws no progress bar that nobody sees."""

    def _upload(self, package: PackageFile) -> requests.Response:
        toolbelt = repository.requests_toolbelt  # type: ignore[attr-defined]  # imported there, and installed with it
        fields = self._convert_metadata_to_list_of_tuples(package.metadata_dictionary())
        fields += [(":action", "file_upload"), ("protocol_version", "1")]
        with Path(package.filename).open("rb") as file:
            fields.append(("content", (package.basefilename, file, "application/octet-stream")))
            body = toolbelt.MultipartEncoderMonitor(toolbelt.MultipartEncoder(fields))
            headers = {"Content-Type": body.content_type}
            return self.session.post(self.url, data=body, allow_redirects=False, headers=headers)
