"""The gates before the upload and the index agree on every file: what one refuses, the other refuses.

The index is ``support.index_verdict``, which judges by other code. Each fault is planted into a pair of files
that both take; what is taken beside them is what one might think a fault.
"""

import io
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, cast

import pytest

from release_async.base.errors import FailedError
from release_async.base.problems import Level
from release_async.external.build import archive_reader
from release_async.external.index.uploader_child import inspected
from release_async.guard import forbidden_in_archives, wheel_record
from release_async.guard.forbidden_in_archives import Exceptions
from release_async.guard.index_rules import built_files
from release_async.guard.index_rules.built_files import Judged
from support import index_verdict
from support.packed import digest

METADATA: Final = """\
Metadata-Version: 2.4
Name: demo
Version: 1.0
Summary: A demo.
Description-Content-Type: text/markdown
"""
INFO: Final = "demo-1.0.dist-info"
WHEEL: Final = b"Wheel-Version: 1.0\nGenerator: by-hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
MODULE: Final = MappingProxyType({"demo/__init__.py": b""})


@dataclass(frozen=True)
class Files:
    """A wheel and an sdist to be.

    Attributes:
        metadata: The header of both.
        wheel: The name of the wheel.
        sdist: The name of the sdist.
        in_wheel: What the wheel has beside its metadata; what is None there is left out.
        in_sdist: What the sdist has beside its metadata, by its path below the top.
        bent: What is done to the bytes of the wheel.
        twisted: What is done to the bytes of the sdist.
    """

    metadata: str = METADATA
    wheel: str = "demo-1.0-py3-none-any.whl"
    sdist: str = "demo-1.0.tar.gz"
    in_wheel: Mapping[str, bytes | None] = field(default_factory=lambda: MODULE)
    in_sdist: Mapping[str, bytes | None] = field(default_factory=lambda: MODULE)
    bent: Callable[[bytes], bytes] = bytes
    twisted: Callable[[bytes], bytes] = bytes

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write both."""
        wheel, sdist = folder / self.wheel, folder / self.sdist
        wheel.write_bytes(self.bent(_zipped(self)))
        sdist.write_bytes(self.twisted(_tarred(self)))
        return wheel, sdist


def _zipped(files: Files) -> bytes:
    text = f"{files.metadata}\n# Demo\n".encode()
    held = {**files.in_wheel, f"{INFO}/METADATA": text, f"{INFO}/WHEEL": WHEEL} | {
        path: content for path, content in files.in_wheel.items() if path.startswith(f"{INFO}/")
    }
    packed = {path: content for path, content in held.items() if content is not None}
    lines = (f"{path},sha256={digest(content)},{len(content)}\n" for path, content in packed.items())
    record = "".join((*lines, f"{INFO}/RECORD,,\n")).encode()
    if f"{INFO}/RECORD" not in held:
        packed[f"{INFO}/RECORD"] = record
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in packed.items():
            archive.writestr(path, content)
    return out.getvalue()


def _tarred(files: Files) -> bytes:
    held = {"PKG-INFO": f"{files.metadata}\n# Demo\n".encode(), **files.in_sdist}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for path, content in held.items():
            if content is not None:
                entry = tarfile.TarInfo(path if path.startswith("/") else f"demo-1.0/{path}")
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def stated(lines: str, without: str = "") -> Files:
    """A pair whose metadata have further lines, and lack those that begin so."""
    kept = [line for line in METADATA.splitlines() if not without or not line.startswith(without)]
    return Files("\n".join(kept) + "\n" + lines)


def in_wheel(path: str, content: bytes | None) -> Files:
    """A pair whose wheel has another file."""
    return Files(in_wheel={"demo/__init__.py": b"", path: content})


def scripts(text: str) -> Files:
    """A pair whose wheel has these entry points."""
    return in_wheel(f"{INFO}/entry_points.txt", text.encode())


def tagged(platform: str) -> Files:
    """A pair whose wheel is of a platform."""
    tag = WHEEL.replace(b"py3-none-any", f"cp311-cp311-{platform}".encode())
    return replace(in_wheel(f"{INFO}/WHEEL", tag), wheel=f"demo-1.0-cp311-cp311-{platform}.whl")


def _twice(content: bytes) -> bytes:
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("demo/__init__.py", b"")
    return out.getvalue()


def _commented(content: bytes) -> bytes:
    return _repacked(content, io.BytesIO(), comment=b"hello")


def _streamed(content: bytes) -> bytes:
    return _repacked(content, _Stream())


class _Stream(io.BytesIO):
    """What cannot be gone back in: sizes come behind the entries."""

    def seekable(self) -> bool:
        """Never."""
        return False

    def tell(self) -> int:
        """Unknown."""
        raise OSError

    def seek(self, *_: object) -> int:
        """Impossible."""
        raise OSError


def _repacked(content: bytes, out: io.BytesIO, comment: bytes = b"") -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name)
            entry.comment = comment
            target.writestr(entry, source.read(name))
    return out.getvalue()


def _with_a_gap(content: bytes) -> bytes:
    """Four bytes before the table of contents, which is told of its new place."""
    end = content.rfind(b"PK\x05\x06")
    at = int.from_bytes(content[end + 16 : end + 20], "little")
    moved = (at + 4).to_bytes(4, "little")
    return content[:at] + b"gap!" + content[at : end + 16] + moved + content[end + 20 :]


def _sparse(content: bytes) -> bytes:
    entry = tarfile.TarInfo("demo-1.0/sparse")
    entry.type = tarfile.GNUTYPE_SPARSE
    return _appended(content, entry)


def _outside(content: bytes) -> bytes:
    return _appended(content, tarfile.TarInfo("demo-1.0/../outside"))


def _appended(content: bytes, entry: tarfile.TarInfo) -> bytes:
    out = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(content)) as source,
        tarfile.open(fileobj=out, mode="w:gz", format=tarfile.GNU_FORMAT) as target,
    ):
        for member in source:
            target.addfile(member, source.extractfile(member))
        target.addfile(entry)
    return out.getvalue()


def _wrong_count(content: bytes) -> bytes:
    at = content.rfind(b"PK\x05\x06")
    return content[: at + 8] + struct.pack("<HH", 1, 1) + content[at + 12 :]


PLANTED: Final = {
    "a local version": replace(
        stated("Version: 1.0+local\n", "Version"),
        wheel="demo-1.0+local-py3-none-any.whl",
        sdist="demo-1.0+local.tar.gz",
    ),
    "a version that the file name has not": stated("Version: 1.1\n", "Version"),
    "a name that the file name has not": stated("Name: other\n", "Name"),
    "no name": stated("", "Name"),
    "no version": stated("", "Version"),
    "no metadata version": stated("", "Metadata-Version"),
    "a metadata version to come": stated("Metadata-Version: 9.9\n", "Metadata-Version"),
    "a version that is none": stated("Version: one\n", "Version"),
    "a name that is none": stated("Name: -demo-\n", "Name"),
    "a long summary": stated(f"Summary: {'x' * 513}\n", "Summary"),
    "an unknown classifier": stated("Classifier: Programming Language :: Python :: 2.99\n"),
    "a deprecated classifier": stated("Classifier: Natural Language :: Ukranian\n"),
    "a private classifier": stated("Classifier: Private :: Do Not Upload\n"),
    "a requirement by address": stated("Requires-Dist: other @ https://example.com/o.zip\n"),
    "a requirement from a repository": stated("Requires-Dist: other @ git+https://example.com/o.git\n"),
    "a requirement by address in an extra": stated(
        "Provides-Extra: f\nRequires-Dist: other[x] @ https://example.com/o.zip ; extra == 'f'\n"
    ),
    "a requirement by file": stated("Requires-Dist: other @ file:///tmp/o.zip\n"),
    "a requirement that is none": stated("Requires-Dist: other >\n"),
    "a requirement with a marker that is none": stated("Requires-Dist: other ; python = '3'\n"),
    "a Python that is none": stated("Requires-Python: three\n"),
    "an extra that is none": stated("Provides-Extra: a b\n"),
    "a licence twice": stated("License: MIT\nLicense-Expression: MIT\n"),
    "an expression that is none": stated("License-Expression: My own\n"),
    "an expression of an unknown licence": stated("License-Expression: NOT-A-LICENCE-1.0\n"),
    "a licence file that is not packed": stated("License-File: LICENSE\n"),
    "a licence file above": stated("License-File: ../LICENSE\n"),
    "a licence file by an absolute path": stated("License-File: /LICENSE\n"),
    "a licence file by a pattern": stated("License-File: LICEN*\n"),
    "a licence file that only the sdist has": replace(
        stated("License-File: LICENSE\n"), in_sdist={"LICENSE": b"", "demo/__init__.py": b""}
    ),
    "a licence file that only the wheel has": replace(
        stated("License-File: LICENSE\n"), in_wheel={f"{INFO}/licenses/LICENSE": b"", "demo/__init__.py": b""}
    ),
    "an expression before there were any": stated(
        "Metadata-Version: 2.1\nLicense-Expression: MIT\n", "Metadata-Version"
    ),
    "a dynamic name": stated("Dynamic: Name\n"),
    "a dynamic field that is none": stated("Dynamic: Nothing\n"),
    "a content type that is none": stated(
        "Description-Content-Type: text/html\n", "Description-Content-Type"
    ),
    "a charset that is none": stated(
        "Description-Content-Type: text/plain; charset=latin-1\n", "Description-Content-Type"
    ),
    "a kind of Markdown that is none": stated(
        "Description-Content-Type: text/markdown; variant=mine\n", "Description-Content-Type"
    ),
    "an address that is none": stated("Author-email: someone\n"),
    "an address without a dot": stated("Author-email: Some One <someone@host>\n"),
    "an address of a local network": stated("Maintainer-email: someone@printer.local\n"),
    "an address with two dots": stated("Author-email: some..one@example.com\n"),
    "a home page that is none": stated("Home-page: example.com\n"),
    "a download of another scheme": stated("Download-URL: ftp://example.com/demo\n"),
    "a URL of another scheme": stated("Project-URL: Source, git+ssh://example.com/x\n"),
    "a URL without a label": stated("Project-URL: , https://example.com\n"),
    "a label without a URL": stated("Project-URL: Source\n"),
    "a long label": stated(f"Project-URL: {'x' * 33}, https://example.com\n"),
    "a wheel for Linux as such": tagged("linux_x86_64"),
    "a wheel for a minor macOS": tagged("macosx_14_3_arm64"),
    "a wheel for a platform of nobody": tagged("amiga_500"),
    "a wheel for several, one of nobody": tagged("manylinux_2_17_x86_64.linux_x86_64"),
    "a wheel with too few tags": replace(Files(), wheel="demo-1.0-none-any.whl"),
    "an sdist with capitals": replace(Files(), sdist="Demo-1.0.tar.gz"),
    "an sdist with dots": replace(
        stated("Name: de.mo\n", "Name"), sdist="de.mo-1.0.tar.gz", wheel="de_mo-1.0-py3-none-any.whl"
    ),
    "an sdist whose version is spelled otherwise": replace(Files(), sdist="demo-1.00.tar.gz"),
    "an sdist as a ZIP by another ending": replace(Files(), sdist="demo-1.0.tgz"),
    "no metadata in the wheel": in_wheel(f"{INFO}/METADATA", None),
    "no WHEEL in the wheel": in_wheel(f"{INFO}/WHEEL", None),
    "no RECORD in the wheel": in_wheel(f"{INFO}/RECORD", None),
    "a RECORD that lists nothing": in_wheel(f"{INFO}/RECORD", b""),
    "no metadata in the sdist": replace(Files(), in_sdist={"PKG-INFO": None, "demo/__init__.py": b""}),
    "a script with a slash": scripts("[console_scripts]\na/b = demo:main\n"),
    "a script with a space": scripts("[console_scripts]\na b = demo:main\n"),
    "entry points without a group": scripts("demo = demo:main\n"),
    "a group twice": scripts("[console_scripts]\na = demo:main\n[console_scripts]\nb = demo:main\n"),
    "a script twice": scripts("[console_scripts]\na = demo:main\na = demo:other\n"),
    "a file twice": replace(Files(), bent=_twice),
    "bytes before the wheel": replace(Files(), bent=lambda content: b"#!/bin/sh\n" + content),
    "bytes behind the wheel": replace(Files(), bent=lambda content: content + b"more"),
    "half a wheel": replace(Files(), bent=lambda content: content[: len(content) // 2]),
    "half an sdist": replace(Files(), twisted=lambda content: content[: len(content) // 2]),
    "an sdist that is not packed": replace(Files(), twisted=lambda content: b"nothing" + content),
    "a sparse member": replace(Files(), twisted=_sparse),
    "a member outside": replace(Files(), twisted=_outside),
    "a comment on an entry": replace(Files(), bent=_commented),
    "a name with a control character": in_wheel("demo/a\x01b.py", b""),
    "sizes behind the entries": replace(Files(), bent=_streamed),
    "bytes between the entries": replace(Files(), bent=_with_a_gap),
    "a wheel that counts its files wrong": replace(Files(), bent=_wrong_count),
}

TAKEN: Final = {
    "a pair": Files(),
    "an older metadata version": stated("Metadata-Version: 2.1\n", "Metadata-Version"),
    "a licence classifier beside an expression": stated(
        "License-Expression: MIT\nClassifier: License :: OSI Approved :: MIT License\n"
    ),
    "a compound expression": stated("License-Expression: MIT OR Apache-2.0 WITH LLVM-exception\n"),
    "a custom licence": stated("License-Expression: LicenseRef-My-Own\n"),
    "a licence file": replace(
        stated("License-File: LICENSE\n"),
        in_wheel={f"{INFO}/licenses/LICENSE": b"", "demo/__init__.py": b""},
        in_sdist={"LICENSE": b"", "demo/__init__.py": b""},
    ),
    "the longest summary": stated(f"Summary: {'x' * 512}\n", "Summary"),
    "no summary": stated("", "Summary"),
    "the longest label": stated(f"Project-URL: {'x' * 32}, https://example.com\n"),
    "a URL with a port and a fragment": stated("Project-URL: Docs, http://example.com:8080/a?b=c#d\n"),
    "a URL with a space": stated("Project-URL: Source, https://example.com/a b\n"),
    "a URL with brackets": stated("Project-URL: Docs, https://example.com/?q=%5B1%5D\n"),
    "several authors": stated("Author-email: One <one@example.com>, Two <two@example.com>\n"),
    "an address with a plus": stated("Author-email: one+news@sub.example.co.uk\n"),
    "an extra with a requirement": stated("Provides-Extra: f\nRequires-Dist: x>=1; extra == 'f'\n"),
    "a requirement of its own": stated("Provides-Extra: all\nRequires-Dist: demo[f] ; extra == 'all'\n"),
    "a dynamic field": stated("Dynamic: License-File\n"),
    "a manylinux wheel": tagged("manylinux_2_17_x86_64.manylinux2014_x86_64"),
    "a musllinux wheel": tagged("musllinux_1_2_aarch64"),
    "a wheel for macOS": tagged("macosx_11_0_arm64"),
    "a wheel for an older macOS": tagged("macosx_10_9_universal2"),
    "a wheel for Windows": tagged("win_arm64"),
    "a build number": replace(Files(), wheel="demo-1.0-1-py3-none-any.whl"),
    "a name with capitals": stated("Name: Demo\n", "Name"),
    "entry points with extras": scripts("[console_scripts]\na = demo:main [f]\n"),
    "entry points of plug-ins": scripts("[demo.plugins]\nsome name = demo:Plugin\n"),
    "an older licence field": stated("License: BSD, and more\n"),
    "platforms": stated("Platform: any\nSupported-Platform: RedHat 7.2\n"),
    "Keywords": stated("Keywords: one,two\n"),
    "a test folder": replace(
        Files(), in_sdist={"tests/test_demo.py": b"", "demo/__init__.py": b"", "docs/x.md": b""}
    ),
}


def refusals(wheel: Path, sdist: Path) -> list[str]:
    """What the gates before an upload to PyPI refuse in a pair of files; the commit is not looked at."""
    try:
        packed, source = archive_reader.wheel(wheel), archive_reader.sdist(sdist)
    except FailedError as error:
        return [error.what]
    judged = Judged("demo", "1.0", source, packed, {}, "PyPI")
    nothing = Exceptions((), frozenset())
    found = [
        *built_files.findings(judged),
        *forbidden_in_archives.findings(packed, nothing),
        *forbidden_in_archives.findings(source, nothing),
        *wheel_record.findings(packed),
    ]
    errors = [error for path in (wheel, sdist) for error in _by_twine(path)]
    return [each.what for each in found if each.level is Level.REFUSE] + errors


def _by_twine(path: Path) -> list[str]:
    """What twine says, and that a file is another project's or version's."""
    seen = inspected(str(path))
    found = [str(error) for error in cast("list[str]", seen["errors"])]
    if not found and (str(seen["name"]).lower(), seen["version"]) != ("demo", "1.0"):
        found.append(f"says it is {seen['name']} {seen['version']}")
    return found


@pytest.mark.parametrize("fault", PLANTED)
def test_what_the_index_refuses_is_refused_before(fault: str, tmp_path: Path) -> None:
    """No file that passes the gates is refused by the index: at best it would cost a version number."""
    wheel, sdist = PLANTED[fault].write(tmp_path)
    answers = [index_verdict.answer(path.name, path.read_bytes()) for path in (wheel, sdist)]
    assert 400 in {answer.status for answer in answers}
    assert refusals(wheel, sdist), answers


@pytest.mark.parametrize("case", TAKEN)
def test_what_the_index_takes_is_taken(case: str, tmp_path: Path) -> None:
    """Gates that are stricter than the index keep good releases from their users."""
    wheel, sdist = TAKEN[case].write(tmp_path)
    answers = [index_verdict.answer(path.name, path.read_bytes()) for path in (wheel, sdist)]
    assert [answer.status for answer in answers] == [200, 200], answers
    assert refusals(wheel, sdist) == []


def test_there_are_faults_enough() -> None:
    """The comparison is worth what its list is."""
    assert len(PLANTED) >= 60
