"""What we say that an installer makes of a page is what pip makes of it; uv is asked the same where it is."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from release_async.base import files
from release_async.base.files import Artifact
from release_async.external.index import installer_view, simple_page
from release_async.external.index.installer_view import OurWheel
from release_async.external.index.simple_page import HTML, JSON, Link, Page
from support import indexes
from support.matrices import sampled

OURS = "demo-1.0-py3-none-any.whl"
REBUILT = "demo-1.0-7-py3-none-any.whl"
FOREIGN = "demo-1.0-cp27-cp27m-win32.whl"
NARROW = f"demo-1.0-py{sys.version_info[0]}{sys.version_info[1]}-none-any.whl"
WRONG = "0" * 64


@dataclass
class Case:
    """A page that lists our wheel, and others.

    Attributes:
        said: A part of what is said of it; empty where an installer would take our wheel.
        content_type: The type of the page.
        link: What is special about our link, as JSON has it.
        beside: Other files of the page.
        metadata: The metadata file; empty for the METADATA of the wheel, None for none.
        wheel: What the metadata of our wheel say beside name and version.
    """

    said: str = ""
    content_type: str = JSON
    link: Mapping[str, object] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    metadata: bytes | None = b""
    wheel: str = indexes.DESCRIBED


CASES = {
    "as it should be": Case(),
    "in HTML": Case(content_type="text/html; charset=utf-8"),
    "in the HTML of PEP 691": Case(content_type=HTML),
    "with its metadata file": Case(link={"core-metadata": {"sha256": ""}}),
    "with a metadata file without a digest": Case(link={"core-metadata": True}),
    "for all Pythons that the wheel is for": Case(
        link={"requires-python": ">=3.8, <9"}, wheel="Requires-Python: <9,>=3.8\n" + indexes.DESCRIBED
    ),
    "with a wheel for another machine": Case(
        beside=(FOREIGN, "demo-0.9-py3-none-any.whl", "demo-1.0.tar.gz")
    ),
    "of another type": Case("is of the type text/plain", content_type="text/plain"),
    "with another digest": Case("another sha256", link={"hashes": {"sha256": WRONG}}),
    "with another digest of another kind": Case("another md5", link={"hashes": {"md5": "0" * 32}}),
    "with a higher build number beside it": Case(f"prefer {REBUILT}", beside=(REBUILT,)),
    "with a better tag beside it": Case(f"prefer {NARROW}", beside=(NARROW,)),
    "for another Python": Case("a Python that is <3", link={"requires-python": "<3"}),
    "without the metadata file that it names": Case(
        "does not come", link={"core-metadata": {"sha256": ""}}, metadata=None
    ),
    "with another metadata file": Case(
        "another digest than", link={"core-metadata": {"sha256": WRONG}}, metadata=b"Metadata-Version: 2.1\n"
    ),
}
ALWAYS = (
    "as it should be",
    "with its metadata file",
    "with another digest of another kind",
    "for another Python",
)


def read(wheel: Path) -> OurWheel:
    """What is compared of a wheel, as it was inspected."""
    return installer_view.read(Artifact(wheel, *files.fingerprint(wheel)))


def document(case: Case, wheel: Path) -> str:
    """The page, in JSON or HTML."""
    digest, metadata = hashlib.sha256(wheel.read_bytes()).hexdigest(), read(wheel).metadata
    link: dict[str, object] = {"filename": OURS, "url": f"/{OURS}", "hashes": {"sha256": digest}, **case.link}
    if link.get("core-metadata") == {"sha256": ""}:
        link["core-metadata"] = {"sha256": hashlib.sha256(metadata).hexdigest()}
    others: list[dict[str, object]] = [
        {"filename": name, "url": f"/{name}", "hashes": {"sha256": digest}} for name in case.beside
    ]
    if case.content_type == JSON:
        return json.dumps({"meta": {"api-version": "1.0"}, "name": "demo", "files": [link, *others]})
    names = (each["filename"] for each in (link, *others))
    lines = "".join(f'<a href="/{name}#sha256={digest}">{name}</a>\n' for name in names)
    return f"<!DOCTYPE html><html><body>{lines}</body></html>"


@contextmanager
def served(answers: Mapping[str, tuple[str, bytes]]) -> Iterator[str]:
    """A server with these answers by path; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = answers.get(self.path, ("", b""))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def installed(url: str, into: Path) -> bool:
    """Whether pip takes our very wheel from an index, as people have it take one."""
    argv = [sys.executable, "-I", "-m", "pip", "--isolated", "--disable-pip-version-check", "--no-cache-dir"]
    argv += ["--retries", "0", "download", "--no-deps", "--quiet", "--dest", str(into)]
    done = subprocess.run(
        [*argv, "--index-url", f"{url}/simple/", "demo==1.0"], check=False, capture_output=True
    )
    return done.returncode == 0 and [path.name for path in into.iterdir()] == [OURS]


def verdict(case: Case, text: str, url: str, wheel: Path) -> str:
    """What we say."""
    page = simple_page.parse(text, case.content_type, f"{url}/simple/demo/")
    ours = read(wheel)
    said, listed = installer_view.why_not_taken(page, ours), page.links[OURS]
    if said or listed.metadata is None:
        return said
    came = ours.metadata if case.metadata == b"" else case.metadata
    digest = None if came is None else hashlib.sha256(came).hexdigest()
    return installer_view.why_metadata_differ(listed, digest, ours)


@pytest.mark.parametrize("name", sampled(CASES, ALWAYS))
def test_pip_is_of_the_same_opinion(tmp_path: Path, name: str) -> None:
    """Pages as indexes give them, and pages that are wrong in one thing."""
    case = CASES[name]
    wheel = indexes.wheel(tmp_path / "built", metadata=case.wheel)
    text, ours = document(case, wheel), read(wheel)
    answers = {
        "/simple/demo/": (case.content_type, text.encode()),
        **{f"/{each}": ("application/octet-stream", wheel.read_bytes()) for each in (OURS, *case.beside)},
    }
    if case.metadata is not None:
        answers[f"/{OURS}.metadata"] = ("application/octet-stream", case.metadata or ours.metadata)
    with served(answers) as url:
        said = verdict(case, text, url, wheel)
        assert installed(url, tmp_path / "into") == (said == ""), said
    assert (case.said in said) if case.said else said == "", said


def page(wheel: Path, **link: object) -> Page:
    """A page with our wheel alone."""
    return Page(JSON, {wheel.name: Link(f"http://127.0.0.1/{wheel.name}", **link)})  # type: ignore[arg-type]  # whatever a case says


def test_a_yanked_wheel_is_passed_over_by_who_asks_for_no_version(tmp_path: Path) -> None:
    """It is taken only for who names the version; somebody has yanked what was just uploaded."""
    ours = read(indexes.wheel(tmp_path))
    assert (
        installer_view.why_not_taken(page(ours.path, is_yanked=True), ours)
        == "its page says that it is yanked"
    )
    assert installer_view.why_not_taken(page(ours.path), ours) == ""


def test_the_digest_that_was_inspected_is_not_computed_once_more(tmp_path: Path) -> None:
    """It is known, and of a large wheel takes long; one of another kind is that of the bytes."""
    ours = read(indexes.wheel(tmp_path))
    md5 = hashlib.md5(ours.path.read_bytes(), usedforsecurity=False).hexdigest()
    assert installer_view.why_not_taken(page(ours.path, hashes={"md5": md5}), ours) == ""
    ours.path.unlink()
    assert installer_view.why_not_taken(page(ours.path, hashes={"sha256": ours.sha256.upper()}), ours) == ""
    wrong = page(ours.path, hashes={"sha256": WRONG})
    assert installer_view.why_not_taken(wrong, ours) == "its page states another sha256"


def test_of_a_wheel_for_another_machine_nothing_is_said_of_what_is_preferred(tmp_path: Path) -> None:
    """Nobody here can tell what is preferred there."""
    foreign = indexes.wheel(tmp_path).rename(tmp_path / FOREIGN)
    ours = read(foreign)
    links = {**page(foreign).links, REBUILT: Link("http://127.0.0.1/other")}
    assert installer_view.why_not_taken(Page(JSON, links), ours) == ""


def test_metadata_that_are_not_those_of_the_wheel_are_told(tmp_path: Path) -> None:
    """An index that unpacks them can go wrong; installers would resolve by other requirements."""
    ours = read(indexes.wheel(tmp_path))
    other = hashlib.sha256(b"other").hexdigest()
    said = installer_view.why_metadata_differ(Link("", metadata={"sha256": other}), other, ours)
    assert said == "its metadata file is not the METADATA of the wheel"


def test_a_wheel_that_cannot_be_read_is_nothing_to_compare_with(tmp_path: Path) -> None:
    """It was inspected before; that it is gone is told elsewhere."""
    broken = tmp_path / OURS
    broken.write_bytes(b"no archive")
    assert read(broken).metadata == b""
    gone = Artifact(tmp_path / "gone.whl", "", 0)
    assert installer_view.read(gone).metadata == b""


UV = shutil.which("uv", path=os.pathsep.join((str(Path(sys.executable).parent), os.defpath)))


@pytest.mark.skipif(UV is None, reason="uv is not installed")
def test_uv_takes_what_we_say_that_it_takes(tmp_path: Path) -> None:
    """With its metadata file, which uv reads first."""
    case = CASES["with its metadata file"]
    wheel = indexes.wheel(tmp_path / "built")
    text = document(case, wheel)
    answers = {
        "/simple/demo/": (JSON, text.encode()),
        f"/{OURS}": ("application/octet-stream", wheel.read_bytes()),
        f"/{OURS}.metadata": ("application/octet-stream", read(wheel).metadata),
    }
    with served(answers) as url:
        assert verdict(case, text, url, wheel) == ""
        target = ("--target", str(tmp_path / "into"), "--python", sys.executable)
        argv = (str(UV), "pip", "install", "--no-config", "--no-cache", "--no-deps", "--quiet", *target)
        subprocess.run([*argv, "--default-index", f"{url}/simple/", "demo==1.0"], check=True)
    assert (tmp_path / "into/demo-1.0.dist-info").is_dir()
