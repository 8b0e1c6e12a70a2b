"""Finds out where release-async itself was installed from, by its metadata. It installs nothing."""

import json
import re
from importlib import metadata
from importlib.metadata import Distribution

from release_async import __version__
from release_async.cli import pre_commit_config
from release_async.cli.pre_commit_config import Origin


def origin() -> Origin | None:
    """The repository that others can install this tool from; None where the installation does not say."""
    try:
        installed = metadata.distribution("release-async")
    except metadata.PackageNotFoundError:
        return None
    return pre_commit_config.origin(__version__, _urls(installed), _direct_url(installed))


def requirement() -> str:
    """What pip installs the very same tool from, as far as others can; empty where the installation is local.

    A repository with the commit, or the address of an archive; from an index, the version.
    """
    try:
        recorded = _direct_url(metadata.distribution("release-async"))
    except metadata.PackageNotFoundError:
        return ""
    if not recorded:
        return f"release-async=={__version__}"
    found = pre_commit_config.origin(__version__, {}, recorded)
    if found:
        return f"git+{found.repo}@{found.rev}"
    url = str(recorded.get("url", ""))
    return url if "archive_info" in recorded and re.fullmatch(r"https://[^\s@]+", url) else ""


def _urls(installed: Distribution) -> dict[str, str]:
    """The project's URLs by their labels, normalised (PEP 753)."""
    pairs = (entry.partition(",")[::2] for entry in installed.metadata.get_all("Project-URL") or ())
    return {"".join(filter(str.isalnum, label)).lower(): url.strip() for label, url in pairs}


def _direct_url(installed: Distribution) -> dict[str, object]:
    """What the installer recorded (PEP 610)."""
    recorded = json.loads(installed.read_text("direct_url.json") or "{}")
    return recorded if isinstance(recorded, dict) else {}
