"""The table of files beside a project that are searched without configuration, and the module for each."""

from release_async.base.lazy_typing import Callable, Final, Iterator
from release_async.versions.distribution import Site
from release_async.versions.places import cargo, citation, mcp_server, meson, node, sphinx, tool_configs
from release_async.versions.places.declared_metadata import Folder


def mirrors(path: str, folder: Folder, name: str) -> Iterator[Site]:
    """The places in one file, and in the lock file that belongs to it.

    Args:
        path: The file.
        folder: The project beside it.
        name: The project's name.

    Raises:
        UnreadableError: The file is not valid for its kind.
    """
    rule = RULES.get(path.rpartition("/")[2])
    if rule is not None:
        yield from rule(path, folder, name)


def manifest(folder: Folder) -> Iterator[Site]:
    """The entry of a project in release-please's manifest at the top of the tree."""
    yield from tool_configs.manifest(folder)


def _citation(path: str, folder: Folder, _: str) -> Iterator[Site]:
    return citation.mirrors(path, folder.texts.text(path) or "")


def _sphinx(path: str, folder: Folder, _: str) -> Iterator[Site]:
    return sphinx.mirrors(path, folder.texts.text(path) or "")


def _meson(path: str, folder: Folder, _: str) -> Iterator[Site]:
    found = meson.stated(path, folder.texts.text(path) or "")
    return iter((found,) if found else ())


def _cargo(_: str, folder: Folder, name: str) -> Iterator[Site]:
    return cargo.mirrors(folder, name)


def _node(_: str, folder: Folder, name: str) -> Iterator[Site]:
    return node.mirrors(folder, name)


def _mcp_server(path: str, folder: Folder, name: str) -> Iterator[Site]:
    return mcp_server.mirrors(path, folder.texts.text(path) or "", name)


def _tool_config(path: str, folder: Folder, _: str) -> Iterator[Site]:
    return tool_configs.mirrors(path, folder)


RULES: Final[dict[str, Callable[[str, Folder, str], Iterator[Site]]]] = {
    "CITATION.cff": _citation,
    "conf.py": _sphinx,
    "meson.build": _meson,
    "Cargo.toml": _cargo,
    "package.json": _node,
    "server.json": _mcp_server,
    **dict.fromkeys(tool_configs.FILES, _tool_config),
}
