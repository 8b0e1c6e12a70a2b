"""Sdists and wheels on the disk, as a test says, and the commit that they are built from."""

import base64
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from support.worlds import Place, prepared

MODULE = 'print("loaded")\n'


def checkout(directory: Path) -> Place:
    """A checkout whose commit holds the module."""
    place = prepared(directory)
    place.repository.write("demo.py", MODULE)
    place.repository.commit("module")
    return place


def pack_sdist(path: Path, contents: Mapping[str, str]) -> None:
    """An sdist with these files, by their path below its top."""
    top = path.name.removesuffix(".tar.gz")
    with tarfile.open(path, "w:gz") as archive:
        for name, text in contents.items():
            entry = tarfile.TarInfo(f"{top}/{name}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))


def pack_wheel(path: Path, contents: Mapping[str, str], metadata: str) -> None:
    """A wheel with these files, its metadata, and an honest RECORD."""
    info = f"{'-'.join(path.name.split('-')[:2])}.dist-info"
    tags = "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    whole = {**contents, f"{info}/METADATA": metadata, f"{info}/WHEEL": tags}
    record = "".join(f"{name},sha256={_digest(text)},{len(text.encode())}\n" for name, text in whole.items())
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**whole, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(name, text)


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
