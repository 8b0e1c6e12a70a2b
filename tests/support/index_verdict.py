"""What PyPI answers to one file, by the standards and by its documented answers: the oracle of the rules.

It judges by other code than the rules do, so that both are wrong only where both were misread. Addresses are
the exception: their judges are the libraries that PyPI asks itself, in the rules too. It knows one file at a
time, as an index does, and neither the commit nor the other file.
"""

import configparser
import csv
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from email.utils import parseaddr
from typing import Final, NamedTuple

import email_validator
import rfc3986  # type: ignore[import-untyped]  # it has no type hints
import rfc3986.validators  # type: ignore[import-untyped]  # as above
from packaging import utils
from packaging.metadata import InvalidMetadata, Metadata, parse_email
from packaging.version import Version
from readme_renderer import rst
from trove_classifiers import classifiers, deprecated_classifiers

MOST_BYTES: Final = 100 * 1024 * 1024
_MAC: Final = frozenset({"x86_64", "arm64", "universal2", "i386", "intel", "fat", "universal"})
_LINUX: Final = frozenset({"x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64"})


class Answer(NamedTuple):
    """The answer to an upload.

    Attributes:
        status: 200 or 400.
        words: The reason phrase.
    """

    status: int
    words: str


class _RefusedError(Exception):
    """The file is not taken."""


def answer(name: str, content: bytes) -> Answer:
    """Judge one file as the index does that it is uploaded to for the first time.

    Args:
        name: The file name.
        content: Its bytes.
    """
    try:
        _judge(name, content)
    except (_RefusedError, tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        return Answer(400, str(error) or "Invalid distribution file.")
    except ExceptionGroup as errors:
        return Answer(400, "; ".join(f"{each}" for each in errors.exceptions))
    return Answer(200, "OK")


def _judge(name: str, content: bytes) -> None:
    _need(len(content) <= MOST_BYTES, "File too large.")
    is_wheel = name.endswith(".whl")
    project, version = _named(name, is_wheel=is_wheel)
    files = _zip(content) if is_wheel else _tar(content)
    top = f"{project}-{version}.dist-info" if is_wheel else f"{project}-{version}"
    if is_wheel:
        _wheel(name, files, top)
    path = f"{top}/METADATA" if is_wheel else f"{top}/PKG-INFO"
    _need(path in files, f"{path.rpartition('/')[2]} not found at {path}")
    stated = _metadata(files[path])
    _need(
        utils.canonicalize_name(stated.name) == utils.canonicalize_name(project),
        "Start filename with the name",
    )
    _need(stated.version == Version(version), f"Version in filename should be {stated.version} not {version}")
    _own_rules(stated)
    for each in stated.license_files or ():
        inside = f"{top}/licenses/{each}" if is_wheel else f"{top}/{each}"
        _need(inside in files, f"License-File {each} does not exist in distribution file {name} at {inside}")


def _metadata(content: bytes) -> Metadata:
    """What the uploader sends: unknown fields stay behind, as does License-File before there was one."""
    raw, _ = parse_email(content)
    if Version(raw.get("metadata_version", "0")) < Version("2.4"):
        raw.pop("license_files", None)
    return Metadata.from_raw(raw)


def _need(is_so: bool, words: str) -> None:  # noqa: FBT001 - an assertion that stays
    if not is_so:
        raise _RefusedError(words)


def _named(name: str, *, is_wheel: bool) -> tuple[str, str]:
    """The parts of a file name that PEP 427 and PEP 625 have in it, in the form that they have to have."""
    try:
        project, version = (utils.parse_wheel_filename if is_wheel else utils.parse_sdist_filename)(name)[:2]
    except (utils.InvalidWheelFilename, utils.InvalidSdistFilename) as error:
        raise _RefusedError(f"Invalid filename: {error}") from error
    spelled = project.replace("-", "_")
    stem = name.split("-")[:2] if is_wheel else list(name.removesuffix(".tar.gz").rpartition("-")[::2])
    _need(
        stem[0] == spelled,
        f"Filename {name!r} should contain the normalized project name {spelled!r}, not {stem[0]!r}",
    )
    _need(
        is_wheel or name.endswith(".tar.gz"), "Invalid file extension: use .tar.gz, .whl or .zip extension."
    )
    _need(
        stem[1] == str(version),
        f"Filename {name!r} should contain the normalized version {version}, not {stem[1]}",
    )
    return stem[0], stem[1]


def _zip(content: bytes) -> dict[str, bytes]:
    """Read from the front to the end, and as the table of contents says: both have to be the same."""
    _need(not _is_tar(content), "ZIP archive not accepted: it is a tar file as well")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = {entry.orig_filename: entry for entry in archive.infolist()}
        local, listed, at = [], 0, 0
        while (signature := content[at : at + 4]) == b"PK\x03\x04":
            flags, name_size, extra_size = struct.unpack("<H18xHH", content[at + 6 : at + 30])
            _need(not flags & 8, "ZIP archive not accepted: ZIP contains a data descriptor")
            name = content[at + 30 : at + 30 + name_size].decode()
            _need(name.isprintable(), "ZIP archive not accepted: Invalid character in filename")
            _need(name in entries, "ZIP archive not accepted: Filename not in central directory")
            local.append(name)
            at += 30 + name_size + extra_size + entries[name].compress_size
        while (signature := content[at : at + 4]) == b"PK\x01\x02":
            name_size, extra_size, comment_size = struct.unpack("<HHH", content[at + 28 : at + 34])
            _need(not comment_size, "ZIP archive not accepted: Comment in central directory")
            listed, at = listed + 1, at + 46 + name_size + extra_size
        _need(signature == b"PK\x05\x06", "ZIP archive not accepted: Unknown record signature")
        _need(
            len(set(local)) == len(local) == listed,
            "ZIP archive not accepted: Duplicate filename in local headers",
        )
        (counted, comment_size) = struct.unpack("<H8xH", content[at + 10 : at + 22])
        _need(counted == listed, "ZIP archive not accepted: Mismatched central directory records")
        _need(at + 22 + comment_size == len(content), "ZIP archive not accepted: Trailing data")
        return {name: archive.read(name) for name in local}


def _is_tar(content: bytes) -> bool:
    return content[257:262] == b"ustar"


def _tar(content: bytes) -> dict[str, bytes]:
    _need(content[:2] == b"\x1f\x8b", "Invalid distribution file.")
    files = {}
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        for member in archive:
            _need(not member.issparse(), "sparse members are not accepted")
            _need(
                not member.name.startswith("/") and ".." not in member.name.split("/"),
                "Invalid distribution file.",
            )
            file = archive.extractfile(member) if member.isreg() else None
            if file:
                files[member.name] = file.read()
    tops = {name.partition("/")[0] for name in files}
    _need(len(tops) == 1, "Incorrect number of top-level directories in sdist")
    return files


def _wheel(name: str, files: dict[str, bytes], info: str) -> None:
    _need(f"{info}/WHEEL" in files, f"WHEEL not found at {info}/WHEEL")
    for tag in utils.parse_wheel_filename(name)[3]:
        _need(
            _is_taken(tag.platform),
            f"Binary wheel {name!r} has an unsupported platform tag {tag.platform!r}.",
        )
    _need(f"{info}/RECORD" in files, f"RECORD not found at {info}/RECORD")
    listed = {row[0] for row in csv.reader(io.StringIO(files[f"{info}/RECORD"].decode())) if row}
    unlisted = {each for each in files if not each.endswith("/")} - {
        f"{info}/RECORD.jws",
        f"{info}/RECORD.p7s",
    }
    _need(listed == unlisted, f"Record file mismatch: {sorted(listed ^ unlisted)}")
    _entry_points(files.get(f"{info}/entry_points.txt", b""))


def _is_taken(platform: str) -> bool:
    if platform in {"any", "win32", "win_amd64", "win_arm64", "linux_armv6l", "linux_armv7l"}:
        return True
    kind, _, rest = platform.partition("_")
    numbers = rest.split("_", 2)
    if kind in {"manylinux", "musllinux"}:
        return len(numbers) == 3 and numbers[2] in _LINUX
    if kind in {"manylinux1", "manylinux2010", "manylinux2014"}:
        return rest in _LINUX
    if kind == "macosx" and len(numbers) == 3:
        return numbers[2] in _MAC and (numbers[0] == "10" or (int(numbers[0]) >= 11 and numbers[1] == "0"))
    return False


def _entry_points(content: bytes) -> None:
    """A file of sections and options; the name of a script is one that a file may have."""
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    try:
        parser.read_string(content.decode())
    except (configparser.Error, UnicodeDecodeError) as error:
        raise _RefusedError(f"entry_points.txt is malformed: {error}") from error
    for group in {"console_scripts", "gui_scripts"} & set(parser.sections()):
        for script in parser[group]:
            _need("/" not in script and " " not in script, f"entry_points.txt has an invalid name {script!r}")


def _own_rules(stated: Metadata) -> None:
    """What the index has beyond the core metadata."""
    errors = [*_versions(stated), *_classifiers(stated), *_addresses(stated)]
    if stated.license and stated.license_expression:
        errors.append(InvalidMetadata("license", "License is deprecated when License-Expression is set"))
    if errors:
        raise ExceptionGroup("invalid metadata", errors)
    if stated.description and stated.description_content_type == "text/x-rst":
        _need(
            rst.render(stated.description) is not None, "The description failed to render for 'text/x-rst'."
        )


def _versions(stated: Metadata) -> Iterator[InvalidMetadata]:
    if stated.version.local:
        yield InvalidMetadata("version", f"The use of local versions in {stated.version} is not allowed.")
    if len(stated.summary or "") > 512:
        yield InvalidMetadata("summary", "'summary' field must be 512 characters or less.")
    for each in stated.requires_dist or ():
        if each.url is not None:
            yield InvalidMetadata("requires-dist", f"Can't have direct dependency: {each}")


def _classifiers(stated: Metadata) -> Iterator[InvalidMetadata]:
    for each in stated.classifiers or ():
        if each not in classifiers or each in deprecated_classifiers:
            words = "has been deprecated" if each in deprecated_classifiers else "is not a valid classifier"
            yield InvalidMetadata("classifier", f"{each!r} {words}.")


def _addresses(stated: Metadata) -> Iterator[InvalidMetadata]:
    for field, text in (("author-email", stated.author_email), ("maintainer-email", stated.maintainer_email)):
        address = parseaddr(text or "")[1]
        try:
            if address:
                email_validator.validate_email(address, check_deliverability=False)
        except email_validator.EmailNotValidError as error:
            yield InvalidMetadata(field, f"{address!r} is not a valid email address: {error}")
    for label, url in {**(stated.project_urls or {}), **_pages(stated)}.items():
        if not 1 <= len(label) <= 32:
            yield InvalidMetadata("project-url", f"{label!r} must be 32 characters or less.")
        if not _is_uri(url):
            yield InvalidMetadata("project-url", f"{url!r} is not a valid url.")


def _pages(stated: Metadata) -> dict[str, str]:
    pages = {"Home-page": stated.home_page, "Download-URL": stated.download_url}
    return {label: url for label, url in pages.items() if url is not None}


def _is_uri(url: str) -> bool:
    uri = rfc3986.uri_reference(url).normalize()
    validator = rfc3986.validators.Validator().allow_schemes("http", "https")
    try:
        validator.require_presence_of("scheme").check_validity_of(
            "scheme", "host", "port", "path", "query"
        ).validate(uri)
    except rfc3986.exceptions.ValidationError:
        return False
    return True
