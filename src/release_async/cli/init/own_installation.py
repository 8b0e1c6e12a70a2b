"""Finds out where release-async itself was installed from, by its metadata. It installs nothing."""

import json
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


def _urls(installed: Distribution) -> dict[str, str]:
    """The project's URLs by their labels, normalised (PEP 753)."""
    pairs = (entry.partition(",")[::2] for entry in installed.metadata.get_all("Project-URL") or ())
    return {"".join(filter(str.isalnum, label)).lower(): url.strip() for label, url in pairs}


def _direct_url(installed: Distribution) -> dict[str, object]:
    """What the installer recorded (PEP 610)."""
    recorded = json.loads(installed.read_text("direct_url.json") or "{}")
    return recorded if isinstance(recorded, dict) else {}
