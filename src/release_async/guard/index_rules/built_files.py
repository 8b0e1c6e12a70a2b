"""Judges a wheel and an sdist by the rules of the index that they go to. Reads no file."""

import posixpath
from collections.abc import Iterator
from email.message import Message
from typing import Final, NamedTuple

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from release_async.base.problems import Level
from release_async.guard.archive_members import Archive, Finding
from release_async.guard.index_rules import core_metadata, entry_points, platform_tags
from release_async.guard.index_rules.table import RULES

MOST_BYTES: Final = 100 * 1024 * 1024
"""The largest file that PyPI takes of a project that has asked for no more."""


class Judged(NamedTuple):
    """What is judged.

    Attributes:
        project: The name of the project, in any spelling.
        version: The version that is released.
        sdist: The sdist.
        wheel: The wheel.
        sizes: The size of each file in bytes, by its name.
        public: The name of the public index whose rules hold; empty where it is another one.
        rehearsed: Whether the wheel only stands for the ones that CI builds for every platform.
    """

    project: str
    version: str
    sdist: Archive
    wheel: Archive
    sizes: dict[str, int]
    public: str
    rehearsed: bool = False


def findings(judged: Judged) -> Iterator[Finding]:
    """Find what the index would refuse, with what to do about it."""
    for archive in (judged.sdist, judged.wheel):
        for rule, what, cure in _broken(archive, judged):
            if RULES[rule].applies(judged.public):
                what_index = f"{what} ({judged.public or 'an index'}: {RULES[rule].words})"
                told = judged.rehearsed and rule == "platform-tag"
                level = Level.WARN if told else RULES[rule].level
                yield Finding(archive.name, archive.name, what_index, cure, level)


def _broken(archive: Archive, judged: Judged) -> Iterator[core_metadata.Broken]:
    is_wheel = archive is judged.wheel
    path = _metadata_path(archive)
    member = archive.files().get(path)
    if member is None:
        return  # another gate says that it is missing
    metadata = core_metadata.parsed(member.content)
    yield from _file_name(archive.name, judged)
    yield from core_metadata.broken(metadata)
    yield from _license_files(archive, metadata, path)
    if is_wheel:
        yield from _wheel(archive, path)
        yield from _same_requirements(metadata, judged.sdist)
    if judged.sizes.get(archive.name, 0) > MOST_BYTES:
        megabytes = judged.sizes[archive.name] >> 20
        cure = "see what is packed; a project may ask the index for a higher limit"
        yield "file-size", f"has {megabytes} MiB, and the limit is {MOST_BYTES >> 20}", cure


def _metadata_path(archive: Archive) -> str:
    if archive.top:
        return "PKG-INFO"
    own = f"{'-'.join(archive.name.split('-')[:2])}.dist-info/METADATA"
    tops = (path for path in archive.files() if path.count("/") == 1 and path.endswith(".dist-info/METADATA"))
    return own if own in archive.files() else next(tops, "")


def _file_name(name: str, judged: Judged) -> Iterator[core_metadata.Broken]:
    spelled, expected = canonicalize_name(judged.project).replace("-", "_"), Version(judged.version)
    cure = "upgrade the build backend, which names the file"
    try:
        if name.endswith(".whl"):
            parse_wheel_filename(name)
            is_right = (
                name.split("-", maxsplit=1)[0] == spelled
                and Version(name.split("-")[1].replace("_", "-")) == expected
            )
        else:
            parse_sdist_filename(name)
            is_right = name == f"{spelled}-{expected}.tar.gz"
    except (InvalidWheelFilename, InvalidSdistFilename) as error:
        yield "file-name", f"has a name that is not allowed: {error}", cure
        return
    if not is_right:
        yield "file-spelling", f"does not begin with {spelled}-{expected}", cure


def _license_files(archive: Archive, metadata: Message, path: str) -> Iterator[core_metadata.Broken]:
    """License-File names a path in the sdist, and one below ``licenses`` in the wheel (PEP 639)."""
    if _is_before(str(metadata["Metadata-Version"] or ""), (2, 4)):
        return
    below = "" if archive.top else posixpath.join(posixpath.dirname(path), "licenses")
    files = archive.files()
    for name in core_metadata.texts(metadata, "License-File"):
        if posixpath.join(below, name) not in files:
            what = f"names the License-File {name}, and has no {posixpath.join(below, name)}"
            yield "license-file", what, "see license-files, and what the build backend packs: python -m build"


def _is_before(version: str, than: tuple[int, int]) -> bool:
    numbers = version.split(".")
    return not all(map(str.isdecimal, numbers)) or tuple(map(int, numbers)) < than


def _wheel(wheel: Archive, path: str) -> Iterator[core_metadata.Broken]:
    for tag in platform_tags.refused(wheel.name):
        cure = "let auditwheel or cibuildwheel make a manylinux wheel, or release the sdist from CI"
        yield "platform-tag", f"has the platform tag {tag}", cure
    listed = wheel.files().get(posixpath.join(posixpath.dirname(path), "entry_points.txt"))
    for what in entry_points.malformed(listed.content) if listed else ():
        yield "entry-points", f"{what} in entry_points.txt", "write module:function, see [project.scripts]"
    for what in entry_points.unusual(listed.content) if listed else ():
        yield (
            "entry-point-value",
            f"{what} in entry_points.txt",
            "write module:function, see [project.scripts]",
        )


def _same_requirements(metadata: Message, sdist: Archive) -> Iterator[core_metadata.Broken]:
    info = sdist.files().get("PKG-INFO")
    if info is None:
        return
    source = core_metadata.parsed(info.content)
    is_old = _is_before(str(source["Metadata-Version"] or ""), (2, 2))  # it states no reliable dependencies
    if is_old or "requires-dist" in (text.lower() for text in core_metadata.texts(source, "Dynamic")):
        return
    wheels, sdists = core_metadata.requirements(metadata), core_metadata.requirements(source)
    if wheels != sdists:
        only = "; ".join(
            f"only in the {kind}: {', '.join(sorted(left))}"
            for kind, left in (("wheel", wheels - sdists), ("sdist", sdists - wheels))
            if left
        )
        cure = "see which build hook adds them, and what it reads that the sdist lacks"
        yield "requires-differ", f"states another Requires-Dist than the sdist: {only}", cure
