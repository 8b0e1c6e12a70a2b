"""What the git tags say of a project whose version comes from them, for ``versions`` and ``bump``."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from release_async.base.errors import CommandError, ConfigurationError
from release_async.plan.events import LastTag
from release_async.repository import git_process, version_tags
from release_async.versions import select_distribution, tag_history
from release_async.versions.distribution import Distribution
from release_async.versions.tag_form import Member
from release_async.versions.tag_history import TagHistory
from release_async.versions.tag_rules import TagRules
from release_async.versions.untagged_version import untagged_version

Rules = Mapping[str, TagRules]
"""How each project finds the version in a tag, by its folder; others have none."""


class Revision(NamedTuple):
    """A revision of a repository.

    Attributes:
        top: The top of the working tree.
        env: The environment of git there.
        name: What git calls it.
    """

    top: str
    env: dict[str, str]
    name: str


def last_tags(at: Revision, found: Sequence[Distribution], rules: Rules) -> tuple[LastTag, ...]:
    """What the tags say of each distribution that takes its version from them.

    Args:
        at: Where to look.
        found: All distributions of the repository.
        rules: How those find the version in a tag.
    """
    return tuple(_last_tag(at, each, rules[each.root], found) for each in found if each.tag_tool)


def made_by_the_release(
    at: Revision, project: Distribution, rules: TagRules, request: str
) -> ConfigurationError:
    """That there is nothing to edit, and which tag the release would make."""
    head, member = _object_id(at), _member(project, (project,))
    said = version_tags.tag_history((at.top, at.env), head, rules, member) if head else TagHistory(rules)
    version = str(select_distribution.requested_version(project, request, tagged=said.version))
    tag = tag_history.form_of(said, member).replace(
        tag_history.PLACE, tag_history.spelled(version, said.spellings)
    )
    return ConfigurationError(
        f"{project.name} takes its version from the git tag ({project.tag_tool}): there is nothing to edit, "
        f"and the release makes the tag, {tag}",
        cure=f"release-async --version {version}",
    )


def _last_tag(
    at: Revision, distribution: Distribution, rules: TagRules, found: Sequence[Distribution]
) -> LastTag:
    """What the tags say of one distribution; nothing where there is no commit yet."""
    head = _object_id(at)
    if not head:
        return LastTag(distribution.root, distribution.tag_tool)
    place, member = (at.top, at.env), _member(distribution, found)
    said = version_tags.with_distance(place, version_tags.tag_history(place, head, rules, member), head)
    return LastTag(
        distribution.root,
        distribution.tag_tool,
        said.last.name if said.last else "",
        said.current,
        said.distance,
        untagged_version(said, head),
    )


def _member(distribution: Distribution, found: Sequence[Distribution]) -> Member:
    alone = not distribution.root or bool(distribution.peers) or len(found) == 1
    return Member(name=distribution.name, alone=alone, version=distribution.version or "")


def _object_id(at: Revision) -> str:
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{at.name}^{{commit}}")
    try:
        told = git_process.output(at.top, git_process.environment(at.top, at.env), *asked)
    except CommandError:
        return ""
    return told.decode().strip()
