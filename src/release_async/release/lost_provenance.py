"""Whether the release before one has attestations that it would lose: what an index shows to everybody."""

from release_async.external.index.simple_api import Index
from release_async.plan import expected_files
from release_async.plan.plan import Package, Plan


async def words(plan: Plan, package: Package, index: Index) -> str:
    """What is lost, in one sentence; empty where the release before has no attestations (PEP 740) either.

    Args:
        plan: The release.
        package: One of its packages, of whose files none has an attestation.
        index: Where it goes.

    Raises:
        IndexUnreachableError: The index did not answer.
    """
    page = index.page(package.name)
    if page is None:
        await index.files(package.name)
        page = index.page(package.name)
    links = page.links if page else {}
    version, last = expected_files.last_release(dict.fromkeys(links, ""), package.version)
    if not any(links[name].provenance for name in last):
        return ""
    return f"{package.name} {version} has attestations on {plan.target.name}, and these files have none"
