"""Reads a project's page of the simple API, in HTML or JSON (PEP 503, 592, 658, 691). It asks nobody."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

JSON, HTML = "application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.v1+html"


@dataclass(frozen=True, slots=True)
class Link:
    """A file on a project's page.

    Attributes:
        url: Its URL.
        hashes: Its digests in hexadecimal, by algorithm.
        requires_python: The Pythons that it is for; empty where the page states none.
        is_yanked: Whether it is yanked.
        metadata: The digests of its metadata file; None where the page names no such file.
        provenance: The URL of what says who has made it (PEP 740); empty where nothing does.
    """

    url: str
    hashes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    requires_python: str = ""
    is_yanked: bool = False
    metadata: Mapping[str, str] | None = None
    provenance: str = ""

    @property
    def sha256(self) -> str:
        """Its digest; empty where the page states none of that kind."""
        return self.hashes.get("sha256", "")


@dataclass(frozen=True, slots=True)
class Page:
    """A project's page.

    Attributes:
        content_type: As its answer states it.
        links: Its files, by name.
    """

    content_type: str
    links: Mapping[str, Link]


def parse(text: str, content_type: str, url: str) -> Page:
    """Read a page.

    Args:
        text: The page.
        content_type: As its answer states it.
        url: Where it is: links may be relative.

    Raises:
        ValueError: It is none; other errors of what is read as JSON are possible too (KeyError, TypeError,
            AttributeError).
    """
    if "json" in content_type:
        files: list[dict[str, Any]] = json.loads(text)["files"]
        return Page(content_type, {file["filename"]: _from_json(file, url) for file in files})
    links = _LinkParser(url)
    links.feed(text)
    if not links.is_page:
        raise ValueError(url)
    return Page(content_type, links.files)


def _from_json(file: Mapping[str, Any], here: str) -> Link:
    metadata = file.get("core-metadata", file.get("dist-info-metadata"))
    return Link(
        urljoin(here, file.get("url", "")),
        dict(file["hashes"]),
        file.get("requires-python") or "",
        file.get("yanked", False) is not False,
        (dict(metadata) if isinstance(metadata, dict) else {}) if metadata else None,
        urljoin(here, file["provenance"]) if file.get("provenance") else "",
    )


class _LinkParser(HTMLParser):
    """The files that a project's page links to (PEP 503)."""

    def __init__(self, here: str) -> None:
        super().__init__()
        self._here = here
        self.files: dict[str, Link] = {}
        self.is_page = False
        """Whether it is HTML at all, and no page that asks for a password with the status of success."""
        self._asks = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._asks |= tag == "input" and given.get("type") == "password"
        self.is_page = not self._asks
        href = given.get("href") if tag == "a" else None
        if href:
            target = urlsplit(urljoin(self._here, href))
            name = unquote(target.path.rpartition("/")[2])
            metadata = given.get("data-core-metadata", given.get("data-dist-info-metadata"))
            self.files[name] = Link(
                target._replace(fragment="").geturl(),
                _digests(target.fragment),
                given.get("data-requires-python") or "",
                "data-yanked" in given,
                _digests(metadata) if metadata and metadata != "false" else None,
                self._absolute(given.get("data-provenance")),
            )

    def _absolute(self, url: str | None) -> str:
        return urljoin(self._here, url) if url else ""


def _digests(text: str) -> Mapping[str, str]:
    """The digest that is written as ``algorithm=hexadecimal``, if it is one."""
    algorithm, _, digest = text.partition("=")
    return {algorithm: digest} if digest else {}
