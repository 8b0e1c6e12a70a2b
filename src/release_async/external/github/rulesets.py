"""GitHub's rules for pushes to a branch and for new tags: rulesets, and the older branch protection.

It only reads. Whether a push follows a rule is decided elsewhere.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote

from release_async.base.errors import CommandError
from release_async.external.github.gh_api import Forge

_Json = Mapping[str, object]
_PROTECTION_RULES = {
    "required_pull_request_reviews": "pull_request",
    "required_status_checks": "required_status_checks",
    "required_signatures": "required_signatures",
    "lock_branch": "lock_branch",
}


class Rule(NamedTuple):
    """One rule.

    Attributes:
        kind: GitHub's name of the rule, such as ``pull_request``.
        source: The ruleset that it is from, in words.
        binding: Whether gh's account has to follow it; None where that is not known.
    """

    kind: str
    source: str
    binding: bool | None


async def branch_rules(forge: Forge, branch: str) -> tuple[Rule, ...]:
    """The rules for a push to ``branch``.

    Raises:
        CommandError: GitHub did not answer, or not usably.
    """
    found = []
    for rule in _objects(await forge.read(f"rules/branches/{quote(branch, safe='')}?per_page=100")):
        ruleset = await forge.read(f"rulesets/{rule.get('ruleset_id')}")
        found.append(_rule(rule, ruleset if isinstance(ruleset, dict) else {}))
    return (*found, *await _protection(forge, branch))


async def tag_rules(forge: Forge, tag: str) -> tuple[Rule, ...]:
    """The rules for creating ``tag``. GitHub lists only rulesets, with patterns of what each covers.

    Raises:
        CommandError: GitHub did not answer, or not usably.
    """
    found: list[Rule] = []
    for listed in _objects(await forge.read("rulesets?targets=tag&includes_parents=true&per_page=100")):
        if listed.get("target") == "tag" and listed.get("enforcement") == "active":
            ruleset = await forge.read(f"rulesets/{listed.get('id')}")
            if isinstance(ruleset, dict) and _covers(ruleset, f"refs/tags/{tag}"):
                found += [_rule(rule, ruleset) for rule in _objects(ruleset.get("rules"))]
    return tuple(found)


def _rule(rule: _Json, ruleset: _Json) -> Rule:
    bypass = ruleset.get("current_user_can_bypass")
    binding = bypass not in {"always", "exempt"} if isinstance(bypass, str) else None
    name = ruleset.get("name")
    return Rule(str(rule.get("type")), f"the ruleset {name}" if name else "a ruleset", binding)


async def _protection(forge: Forge, branch: str) -> Iterator[Rule]:
    """The older branch protection; GitHub shows it only to administrators, who may be exempt."""
    try:
        response = await forge.read(f"branches/{quote(branch, safe='')}/protection")
    except CommandError:
        response = None
    protection = response if isinstance(response, dict) else {}
    binding = _enabled(protection.get("enforce_admins"))
    return (
        Rule(kind, "the branch's protection", binding)
        for key, kind in _PROTECTION_RULES.items()
        if _enabled(protection.get(key))
    )


def _enabled(setting: object) -> bool:
    """Whether a setting is on: some have a switch, others are present or absent."""
    return isinstance(setting, dict) and setting.get("enabled", True) is True


def _covers(ruleset: _Json, ref: str) -> bool:
    conditions = ruleset.get("conditions")
    names = conditions.get("ref_name") if isinstance(conditions, dict) else None
    if not isinstance(names, dict):
        return False
    included = any(_matches(str(pattern), ref) for pattern in names.get("include") or ())
    return included and not any(_matches(str(pattern), ref) for pattern in names.get("exclude") or ())


def _matches(pattern: str, ref: str) -> bool:
    """Whether GitHub's pattern (Ruby's ``File.fnmatch`` with path names) covers a full ref name."""
    if pattern == "~ALL":
        return True
    special = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.fullmatch("".join(special.get(part) or re.escape(part) for part in parts), ref) is not None


def _objects(response: object) -> Iterator[_Json]:
    return (
        (entry for entry in response if isinstance(entry, dict)) if isinstance(response, list) else iter(())
    )
