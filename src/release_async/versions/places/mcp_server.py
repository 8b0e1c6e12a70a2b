"""Finds the version in ``server.json``, an MCP server's entry in a registry. Edits nothing."""

from release_async.base.lazy_typing import Iterator
from release_async.versions.distribution import Role, Site
from release_async.versions.formats import json
from release_async.versions.import_packages import normalised


def mirrors(path: str, text: str, name: str) -> Iterator[Site]:
    """The places in a manifest that offers this distribution from PyPI: its own version and the package's.

    Args:
        path: The file.
        text: Its content.
        name: The distribution's name.

    Raises:
        UnreadableError: It is not JSON.
    """
    if '"packages"' not in text or '"pypi"' not in text:
        return
    document = json.load(text)
    packages = json.value(document, ("packages",))
    ours = [
        str(position)
        for position, package in enumerate(packages if isinstance(packages, list) else ())
        if _is_ours(package, name)
    ]
    for keys in (("version",), *(("packages", position, "version") for position in ours)) if ours else ():
        version, place = json.value(document, keys), json.span(text, keys)
        if isinstance(version, str) and place and text[place.start : place.end] == version:
            yield Site(path, place.line, Role.MIRROR, version, "", ".".join(keys), place.start, place.end)


def _is_ours(package: object, name: str) -> bool:
    """Whether an entry of ``packages`` is this distribution, in the keys of today and of the first schema."""
    if not isinstance(package, dict):
        return False
    kind = package.get("registryType", package.get("registry_name"))
    identifier = package.get("identifier", package.get("name"))
    return kind == "pypi" and isinstance(identifier, str) and normalised(identifier) == normalised(name)
