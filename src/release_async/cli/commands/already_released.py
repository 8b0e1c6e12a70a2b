"""Whether a version that is asked for is released already: by git, the remote and the index. It only asks."""

from release_async.external.index import repository_url, simple_api as index
from release_async.run.project import Project
from release_async.versions import tag_title_and_message
from release_async.versions.pep440 import parse


async def is_released(project: Project, version: str) -> bool:
    """Whether this version is released: HEAD states it, its tag is on the remote, the index has files."""
    wanted, stated = parse(version), project.distribution.version
    if wanted is None or str(wanted) != stated:
        return False
    settings, git = project.settings, project.git
    if settings.auto_git_tag:
        ref = f"refs/tags/{tag_title_and_message.tag(settings.tag_format, stated)}"
        oid = (await git.remote_refs(project.remote, ref)).get(ref, "")
        if not oid or not await git.contains("HEAD", oid):
            return False
    url, patience = repository_url.target(settings).repository_url, settings.network_timeout
    return stated in await index.released(url, project.distribution.name, answer_timeout=patience)
