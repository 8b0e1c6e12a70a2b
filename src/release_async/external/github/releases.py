"""Releases on GitHub: drafts, attached files, and the gh commands for a person to do the same.

Releases are addressed by id where possible: several drafts may have the same tag. Whether a release is ours
is decided elsewhere.
"""

import json
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

from release_async.base.errors import ConflictError
from release_async.base.files import Artifact
from release_async.external.github.gh_api import Forge, Repository
from release_async.external.github.responses import HOST, Response

MAX_NOTES_LENGTH = 125_000
"""Maximum length of the text of a release, in characters."""

_PAGE = 100
_PAGES = 100
"""Maximum number of pages of releases that GitHub shows."""
_BYTES = "Content-Type: application/octet-stream"


class ReleasePage(NamedTuple):
    """A release page to be made.

    Attributes:
        tag: The tag, which is already on GitHub.
        title: Its heading.
        prerelease: Whether GitHub marks it as a pre-release, and never as the latest.
        notes: Its text, in Markdown.
    """

    tag: str
    title: str
    prerelease: bool
    notes: str = ""


class Asset(NamedTuple):
    """A file attached to a release.

    Attributes:
        id: GitHub's id of it.
        names: Its name and its label: GitHub replaces some characters in the name, none in the label.
        state: ``uploaded`` once its bytes are there; ``starter`` where an upload was interrupted.
        size: Its size in bytes.
        digest: ``sha256:`` and the digest in hexadecimal; empty where GitHub states none.
    """

    id: int
    names: frozenset[str]
    state: str
    size: int
    digest: str

    def matches(self, artifact: Artifact) -> bool:
        """Whether it has these bytes. Without a digest (before June 2025) the size decides."""
        same = self.digest in {"", f"sha256:{artifact.sha256}"}
        return self.state == "uploaded" and self.size == artifact.size and same


class Release(NamedTuple):
    """A release on GitHub.

    Attributes:
        id: GitHub's id of it, which publishing a draft does not change.
        tag: Its tag, which need not exist for a draft.
        draft: Whether only people with write access see it.
        immutable: Whether it can no longer be changed.
        body: Its text.
        assets: The files attached to it.
    """

    id: int
    tag: str
    draft: bool
    immutable: bool
    body: str
    assets: tuple[Asset, ...]

    def asset(self, name: str) -> Asset | None:
        """The attached file of this name."""
        return next((asset for asset in self.assets if name in asset.names), None)

    def missing(self, artifacts: Iterable[Artifact]) -> tuple[str, ...]:
        """The names of the files that are not attached, or not with these bytes."""
        held = ((artifact, self.asset(artifact.name)) for artifact in artifacts)
        return tuple(artifact.name for artifact, asset in held if not (asset and asset.matches(artifact)))


async def published(forge: Forge, tag: str) -> Release | None:
    """The published release of a tag; drafts are not found here.

    Raises:
        FailedError: GitHub did not answer, or not usably: only 404 means that there is none.
    """
    return await _get(forge, f"releases/tags/{quote(tag, safe='')}", f"asked for the release of {tag}")


async def by_id(forge: Forge, number: int) -> Release | None:
    """The release with this id, draft or not; None where it is gone.

    Raises:
        FailedError: As `published`.
    """
    return await _get(forge, f"releases/{number}", f"asked for the release {number}")


async def _get(forge: Forge, path: str, asked: str) -> Release | None:
    answer = await forge.api(path)
    if answer.not_found:
        return None
    if not answer.ok:
        raise answer.error(asked)
    return _release(answer.body)


async def listed(forge: Forge, tag: str) -> tuple[Release, ...]:
    """Every release of a tag, including drafts, which nothing else shows. Reads all pages.

    Raises:
        FailedError: As `published`.
    """
    found: list[Release] = []
    for number in range(1, _PAGES + 1):
        answer = await forge.api(f"releases?per_page={_PAGE}&page={number}")
        if not answer.ok or not isinstance(answer.json, list):
            raise answer.error("asked for all releases")
        found += map(_release, answer.json)
        if 'rel="next"' not in answer.headers.get("link", ""):
            break
    return tuple(release for release in found if release.tag == tag)


async def draft(forge: Forge, page: ReleasePage) -> Release:
    """Create a draft; there may be others of the same tag.

    Raises:
        FailedError: GitHub refused, or did not answer, in which case the draft may exist.
        ConflictError: The tag was used by an immutable release.
    """
    fields = {"tag_name": page.tag, "name": page.title, "body": page.notes, "prerelease": page.prerelease}
    answer = await forge.send("POST", "releases", {**fields, "draft": True})
    return _release(_checked(answer, forge, page.tag, "draft").body)


async def attach(forge: Forge, number: int, artifact: Artifact) -> None:
    """Upload a file to a release; no file of the same name may be attached already.

    Raises:
        FailedError: GitHub refused, or did not answer, in which case a part of it may be attached.
    """
    answer = await forge.request(*_attach_arguments(forge.repository, number, artifact.path))
    if not answer.ok:
        raise answer.error(f"asked to attach {artifact.name}")


async def detach(forge: Forge, asset: Asset) -> None:
    """Delete an attached file, which may be gone already.

    Raises:
        FailedError: GitHub refused, or did not answer.
    """
    answer = await forge.api(f"releases/assets/{asset.id}", "--method", "DELETE")
    if not answer.ok and not answer.not_found:
        raise answer.error(f"asked to delete the broken {min(asset.names)}")


async def publish(forge: Forge, number: int, page: ReleasePage) -> None:
    """Publish a draft, for good; its text stays as it is.

    Raises:
        FailedError: GitHub refused, or did not answer, in which case it may be published.
        ConflictError: The tag was used by an immutable release.
    """
    answer = await forge.send("PATCH", f"releases/{number}", {"draft": False, **_publish_fields(page)})
    _checked(answer, forge, page.tag, "publish")


def _publish_fields(page: ReleasePage) -> dict[str, object]:
    """The fields for publishing. The latest is decided by version, as gh does: not 1.9.4 after 2.0.0."""
    latest = {} if page.prerelease else {"make_latest": "legacy"}
    return {"tag_name": page.tag, "prerelease": page.prerelease, **latest}


def _checked(answer: Response, forge: Forge, tag: str, asked: str) -> Response:
    if "immutable release" in json.dumps(answer.body) and not answer.ok:
        raise ConflictError(
            f"{forge.repository} had an immutable release of {tag}, which was deleted, and GitHub never "
            f"accepts its tag for another one (asked to {asked} the release)",
            cure="this version gets no GitHub release; the next one does",
        )
    if not answer.ok:
        raise answer.error(f"asked to {asked} the release of {tag}")
    return answer


async def generated_notes(forge: Forge, tag: str, previous: str) -> str:
    """GitHub's generated notes of the changes since the tag ``previous``, or since its own guess of it.

    Raises:
        FailedError: GitHub did not answer, or could not generate them.
    """
    fields = {"tag_name": tag, **({"previous_tag_name": previous} if previous else {})}
    answer = await forge.send("POST", "releases/generate-notes", fields)
    if not answer.ok:
        raise answer.error(f"asked for the changes of {tag}")
    return str(answer.body.get("body") or "")


def _release(json_object: Mapping[str, object]) -> Release:
    assets = json_object.get("assets")
    return Release(
        id=_number(json_object.get("id")),
        tag=str(json_object.get("tag_name") or ""),
        draft=json_object.get("draft") is True,
        immutable=json_object.get("immutable") is True,
        body=str(json_object.get("body") or ""),
        assets=tuple(map(_asset, assets)) if isinstance(assets, list) else (),
    )


def _asset(json_object: Mapping[str, object]) -> Asset:
    names = (json_object.get("name"), json_object.get("label"))
    return Asset(
        id=_number(json_object.get("id")),
        names=frozenset(str(name) for name in names if name),
        state=str(json_object.get("state") or ""),
        size=_number(json_object.get("size")),
        digest=str(json_object.get("digest") or ""),
    )


def _number(json_object: object) -> int:
    return json_object if isinstance(json_object, int) else 0


def _attach_arguments(repository: Repository, number: int, path: Path) -> tuple[str, ...]:
    """The arguments of ``gh api`` that attach a file: GitHub has a separate host for uploads."""
    address = f"https://uploads.{HOST}/repos/{repository}/releases/{number}/assets"
    query = urlencode({"name": path.name, "label": path.name})
    return (f"{address}?{query}", "--method", "POST", "--header", _BYTES, "--input", str(path))


def create_command(repository: Repository, page: ReleasePage, files: Iterable[Path] = ()) -> str:
    """The command that makes the whole release; it fails if the tag is not on GitHub."""
    where = ("--verify-tag", "--repo", f"{HOST}/{repository}", "--title", page.title)
    rest = ("--generate-notes", *(["--prerelease"] if page.prerelease else []))
    return shlex.join(("gh", "release", "create", page.tag, *map(str, files), *where, *rest))


def attach_command(repository: Repository, number: int, path: Path) -> str:
    """The command that attaches a file to a release."""
    return _api(*_attach_arguments(repository, number, path))


def detach_command(repository: Repository, asset: Asset) -> str:
    """The command that deletes an attached file."""
    return _api(f"repos/{repository}/releases/assets/{asset.id}", "--method", "DELETE")


def publish_command(repository: Repository, number: int, page: ReleasePage) -> str:
    """The command that publishes a draft."""
    fields = {"draft": False, **_publish_fields(page)}
    words = (word for name, value in fields.items() for word in _field(name, value))
    return _api(f"repos/{repository}/releases/{number}", "--method", "PATCH", *words)


def _field(name: str, value: object) -> tuple[str, str]:
    """A field for ``gh api``: ``-F`` turns true and false into JSON, ``-f`` passes text as it is."""
    return ("-F", f"{name}={str(value).lower()}") if isinstance(value, bool) else ("-f", f"{name}={value}")


def _api(*words: str) -> str:
    return shlex.join(("gh", "api", "--hostname", HOST, *words))
