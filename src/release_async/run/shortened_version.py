"""Plans 5.3 where the code of a project makes that of the numbers 5, 3 and 0. It asks git for tags alone."""

from release_async.run.project import Project
from release_async.versions.bump import CURRENT
from release_async.versions.pep440 import Pep440
from release_async.versions.select_distribution import requested_version
from release_async.versions.version_spellings import Form

_NUMBERS = 3


async def without_last_zero(project: Project, request: str) -> str:
    """The request, or the version that it means without a 0 at its end, as the project's tags are spelled.

    A tuple like ``sys.version_info`` always has three numbers; what makes the version of it, such as Django's
    ``get_version``, often leaves the last one away if it is 0, and files are named by that.

    Raises:
        CommandError: Git failed.
        ConfigurationError: The project has no version that could be raised.
        UsageError: The request is neither a part nor a version.
    """
    source = project.distribution.source
    is_info = source is not None and source.form is Form.TUPLE and any(sign in source.text for sign in "\"'")
    if request == CURRENT or not is_info:
        return request
    wanted = requested_version(project.distribution, request)
    if len(wanted.release) != _NUMBERS or wanted.release[-1] or not await _are_short(project):
        return request
    return str(wanted._replace(release=wanted.release[:-1]))


async def _are_short(project: Project) -> bool:
    """Whether the tags of releases that end in 0 leave it away."""
    tagged = await project.tagged_versions()
    return {len(version.release) for version in tagged if _ends_in_zero(version)} == {_NUMBERS - 1}


def _ends_in_zero(version: Pep440) -> bool:
    return not any(version.release[_NUMBERS - 1 :])
