"""Loads the entry points of a wheel that lies in a prefix, and says which of them cannot be loaded.

Run by the interpreter that the project is tested with, which may have what the wheel requires; standard
library only. What that interpreter does not have says nothing of the wheel, and is passed over.
"""

import importlib
import importlib.metadata
import json
import sys
from collections.abc import Iterator
from pathlib import Path

_COMMANDS = ("console_scripts", "gui_scripts")


def main(home: str, version: str) -> list[tuple[str, bool]]:
    """Load every entry point.

    Args:
        home: The prefix.
        version: The version of Python, such as ``3.11``, that the wheel was installed for.

    Returns:
        For each that is broken a sentence, and whether it is a command; none where this is another Python.
    """
    if version != f"{sys.version_info.major}.{sys.version_info.minor}":
        return []
    roots = sorted({path.parent for path in Path(home).rglob("*.dist-info")})
    sys.path[:0] = [str(root) for root in roots]
    return [
        (words, entry.group in _COMMANDS)
        for found in importlib.metadata.distributions(path=[str(root) for root in roots])
        for entry in found.entry_points
        for words in _broken(entry, roots)
    ]


def _broken(entry: importlib.metadata.EntryPoint, roots: list[Path]) -> Iterator[str]:
    """What is wrong with one entry point, if that is the wheel's own fault."""
    kind = "the command" if entry.group in _COMMANDS else f"the entry point of {entry.group}"
    named = f"{kind} {entry.name} = {entry.value}"
    try:
        module = importlib.import_module(entry.module)
    except ImportError as error:
        if _is_ours(error.name or "", roots) and not _is_dotted_object(entry):
            yield f"{named} cannot be loaded: {error}"
        return
    except BaseException:  # noqa: BLE001 - a module may want a display, a device or a setting that is not here
        return
    try:
        for part in filter(None, (entry.attr or "").split(".")):
            module = getattr(module, part)
    except AttributeError as error:
        if _is_ours(entry.module, roots):
            yield f"{named} cannot be loaded: {error}"
    except BaseException:  # noqa: BLE001 - as above
        return


def _is_dotted_object(entry: importlib.metadata.EntryPoint) -> bool:
    """Whether it names an object with dots alone, as some readers of other groups than commands take it."""
    above, _, name = entry.module.rpartition(".")
    if entry.group in _COMMANDS or entry.attr or not above:
        return False
    try:
        module = importlib.import_module(above)
    except ImportError:
        return False
    except BaseException:  # noqa: BLE001 - as above; nothing is known of it
        return True
    try:
        return hasattr(module, name)
    except BaseException:  # noqa: BLE001 - it is made when it is asked for, of what is not here
        return True


def _is_ours(name: str, roots: list[Path]) -> bool:
    """Whether a module belongs to a package of the wheel, or would: others are what it requires."""
    parts = name.split(".")
    packages = [parts[:length] for length in range(1, len(parts) + 1)]
    return bool(name) and any(
        path.is_file()
        for root in roots
        for package in packages
        for path in (root.joinpath(*package, "__init__.py"), root.joinpath(*package).with_suffix(".py"))
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], sys.argv[2])))
