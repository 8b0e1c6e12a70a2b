"""What the uploader uses of twine, without what twine imports for a terminal, and what it seldom needs.

Only the uploader's worker imports it. What is sent and what is checked is twine's.
"""

import gc
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

__all__ = ["PackageFile", "Repository", "check"]


def _import_when_used(name: str) -> None:
    """Let a module be imported when something of it is used, and not before (PEP 562)."""
    stand_in = ModuleType(name)

    def load(attribute: str) -> object:
        sys.modules.pop(name, None)
        return getattr(import_module(name), attribute)

    stand_in.__getattr__ = load  # type: ignore[method-assign]  # a module may have one
    parent, _, child = name.rpartition(".")
    setattr(import_module(parent), child, stand_in)
    sys.modules[name] = stand_in


# A third of all imports: docutils, which checks descriptions in reStructuredText and nothing else, and what
# draws a progress bar.
_import_when_used("readme_renderer.rst")
_import_when_used("rich.progress")
gc.disable()  # nothing that is imported is garbage

import requests  # noqa: E402 - only below the lines above
from twine import repository  # noqa: E402 - as above
from twine.commands import check as twine_check  # noqa: E402 - as above
from twine.package import PackageFile  # noqa: E402 - as above

gc.enable()


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
