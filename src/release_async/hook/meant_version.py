"""Which version a commit means whose places disagree: the one that it raises some of them to.

Used only when a commit is about to be refused. It reads HEAD; it changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence

from release_async.base.errors import CommandError, UsageError
from release_async.repository import snapshot
from release_async.versions.distribution import Distribution
from release_async.versions.find_distributions import distributions
from release_async.versions.pep440 import Pep440


def before(root: str, environ: Mapping[str, str]) -> Sequence[Distribution]:
    """The distributions as HEAD has them; none before the first commit, or where git does not tell.

    Args:
        root: The top folder of the work tree.
        environ: The environment that git gave the hook.
    """
    try:
        with snapshot.revision(root, "HEAD", environ) as tree:
            return distributions(tree)
    except (CommandError, UsageError):
        return ()


def meant_version(distribution: Distribution, known: Iterable[Distribution]) -> Pep440 | None:
    """The one version that a commit raises places of a distribution to, where it leaves all others alone.

    Args:
        distribution: As the next commit would have it.
        known: The distributions of HEAD.

    Returns:
        None where nothing is raised, or to several versions, or where the source is changed too: that one
        is meant then.
    """
    old = next((one for one in known if one.root == distribution.root), None)
    source = distribution.source
    if old is None or source is None or source.version is None:
        return None
    texts = {(site.path, site.key): site.text for site in old.compared}
    changed = [
        site for site in distribution.compared if texts.get((site.path, site.key), site.text) != site.text
    ]
    versions = {site.version for site in changed}
    meant = versions.pop() if len(versions) == 1 and source not in changed else None
    return meant if meant is not None and meant > source.version else None
