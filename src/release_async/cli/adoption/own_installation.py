"""Where this installation came from, as its installer and its metadata say. It installs nothing."""

import json
from importlib import metadata
from importlib.metadata import Distribution

from release_async import __version__
from release_async.cli.adoption import pre_commit_config
from release_async.cli.adoption.pre_commit_config import Origin


def origin() -> Origin | None:
    """The repository that others can take this tool from; None where the installation does not say."""
    try:
        installed = metadata.distribution("release-async")
    except metadata.PackageNotFoundError:
        return None
    return pre_commit_config.origin(__version__, _urls(installed), _noted(installed))


def _urls(installed: Distribution) -> dict[str, str]:
    """The project's addresses by their labels, in the one spelling of PEP 753."""
    pairs = (entry.partition(",")[::2] for entry in installed.metadata.get_all("Project-URL") or ())
    return {"".join(filter(str.isalnum, label)).lower(): url.strip() for label, url in pairs}


def _noted(installed: Distribution) -> dict[str, object]:
    """What the installer wrote down (PEP 610)."""
    noted = json.loads(installed.read_text("direct_url.json") or "{}")
    return noted if isinstance(noted, dict) else {}
