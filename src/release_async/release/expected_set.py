"""Which files a version has to have: as the settings say, else as the last release on the index has them."""

from collections.abc import Iterable

from release_async.plan import expected_files
from release_async.plan.expected_files import Rows
from release_async.plan.plan import Package
from release_async.run.context import Context


async def compared(package: Package, context: Context, files: Iterable[str]) -> tuple[Rows, str]:
    """How files compare with what is expected, and what says that; nothing does for a first release.

    Args:
        package: The package that they are of.
        context: What a step may touch.
        files: Their names.

    Raises:
        IndexUnreachableError: The index has to be asked, and did not answer.
    """
    if (wheels := context.settings.wheels) is not None:
        return expected_files.by_patterns(wheels, files), "`wheels`"
    there = await context.index.files(package.name)
    version, last = expected_files.last_release(there, package.version)
    if not last:
        return (), ""
    root = "" if package.root == "." else package.root
    supported = expected_files.requires_python(
        context.files.read(f"{root}/pyproject.toml".lstrip("/")) or b""
    )
    return expected_files.by_last_release(last, files, supported), f"the last release, {version}"
