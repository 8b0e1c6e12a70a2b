"""Whether a wheel can be installed by this interpreter: its tags and its ``Requires-Python``."""

import platform
import zipfile
from email.parser import BytesParser
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import sys_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename


def why_incompatible(wheel: Path) -> str:
    """Why a wheel cannot be installed here (PEP 425, ``Requires-Python``); empty where it can.

    A wheel that cannot be read counts as installable: other checks report it.
    """
    try:
        tags = parse_wheel_filename(wheel.name)[3]
        wanted = SpecifierSet(_requires_python(wheel))
    except (InvalidWheelFilename, InvalidSpecifier, zipfile.BadZipFile, OSError):
        return ""
    if tags.isdisjoint(sys_tags()):
        return f"it is for {', '.join(sorted(map(str, tags)))}"
    return (
        ""
        if wanted.contains(platform.python_version(), prereleases=True)
        else f"it wants a Python that is {wanted}"
    )


def _requires_python(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(".dist-info/METADATA") and name.count("/") == 1:
                metadata = BytesParser().parsebytes(archive.read(name), headersonly=True)
                return str(metadata["Requires-Python"] or "")
    return ""
