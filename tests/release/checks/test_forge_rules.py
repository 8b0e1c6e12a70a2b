"""A rule that will refuse the push is found before the upload; one that may is told, any other is not."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from release_async.base.problems import NotJudged, Problems
from release_async.external.github.gh_api import ForgeConnection
from release_async.plan.plan import Plan
from release_async.plan.route import ROUTES
from release_async.process import child_environments
from release_async.release.checks import forge_rules
from support import github
from support.github import Fault, GitHub
from support.story import PLAN, changed
from support.worlds import Place, prepared

URL = f"git@github.com:{github.NAME}.git"


@dataclass
class Scene:
    """A branch on GitHub, and a release of it."""

    hub: GitHub
    place: Place
    plan: Plan = PLAN

    async def problems(self) -> Problems:
        """What the check finds, by asking only."""
        async with self.place.context(self.plan) as context:
            found = await forge_rules.run(self.plan, context)
        assert self.hub.posted() == []
        assert not isinstance(found, NotJudged)
        assert all(problem.cure for problem in found)
        return found

    async def said(self) -> list[tuple[str, str]]:
        """Level and words of each."""
        return [(problem.level.value, problem.what) for problem in await self.problems()]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A checkout that is pushed."""
    place = prepared(tmp_path)
    with github.serving(tmp_path / "remote.git") as hub:
        place.forge = ForgeConnection(URL, child_environments.for_forge(hub.environ()), 30.0)
        yield Scene(hub, place)


async def test_no_rules_and_rules_that_a_release_keeps_are_fine(scene: Scene) -> None:
    """A release never forces, deletes or merges; rulesets of old and of other tags are nothing to it."""
    assert await scene.said() == []
    scene.hub.ruleset("non_fast_forward", "deletion", "required_linear_history")
    scene.hub.ruleset("creation", target="tag", enforcement="disabled")
    scene.hub.ruleset("deletion", "update", "non_fast_forward", target="tag")
    assert await scene.said() == []


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("pull_request", "the branch main is changed by pull requests only"),
        ("required_status_checks", "the branch main takes only commits whose checks have passed before"),
        ("required_signatures", "the branch main takes signed commits only"),
        ("update", "the branch main may not be pushed to"),
    ],
)
async def test_a_rule_that_refuses_the_push_refuses_before(scene: Scene, rule: str, words: str) -> None:
    """With the ruleset's name and where to change it; once, however many rulesets say it."""
    scene.hub.ruleset(rule)
    scene.hub.ruleset(rule)
    (problem,) = await scene.problems()
    assert problem.level == "refuse"
    assert problem.what == f"person/demo would refuse the push: {words} (the ruleset house rules)"
    assert "https://github.com/person/demo/rules" in problem.cure
    assert "--skip forge-rules" in problem.cure


@pytest.mark.parametrize(
    ("bypass", "levels"), [("always", []), ("pull_requests_only", ["refuse"]), (None, ["warn"])]
)
async def test_who_may_bypass_a_rule_is_not_bound_by_it(
    scene: Scene, bypass: str | None, levels: list[str]
) -> None:
    """GitHub says so of the account that asks; where it does not say, the rule is told."""
    scene.hub.ruleset("pull_request", current_user_can_bypass=bypass)
    assert [level for level, _ in await scene.said()] == levels


async def test_a_project_that_signs_keeps_the_rule_of_signatures(scene: Scene) -> None:
    """By git's configuration; whether the key works is another check's."""
    scene.hub.ruleset("required_signatures")
    scene.hub.ruleset("required_signatures", target="tag")
    assert [level for level, _ in await scene.said()] == ["refuse", "refuse"]
    scene.place.repository.git("config", "commit.gpgSign", "yes")
    assert await scene.said() == []


@pytest.mark.parametrize(
    ("include", "exclude", "covered"),
    [
        ("~ALL", None, True),
        ("refs/tags/v*", None, True),
        ("refs/tags/v?.3.0", None, True),
        ("refs/tags/**/*", None, True),
        ("refs/tags/**", "refs/tags/v1*", False),
        ("refs/tags/release-*", None, False),
        ("refs/*", None, False),
        ("refs/tags/v1.3.0+x", None, False),
    ],
)
async def test_a_tag_that_may_not_be_made_is_found_by_its_name(
    scene: Scene,
    include: str,
    exclude: str | None,
    covered: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """GitHub's patterns are those of paths: a star stands for no slash."""
    names = {"ref_name": {"include": [include], "exclude": [exclude] if exclude else []}}
    scene.hub.ruleset("creation", target="tag", conditions=names)
    said = "person/demo would refuse the push: the tag v1.3.0 may not be created (the ruleset house rules)"
    assert await scene.said() == ([("refuse", said)] if covered else [])
    scene.plan = changed(scene.plan, tag=None)
    assert await scene.said() == []


async def test_a_rule_about_texts_may_refuse_and_is_told(scene: Scene) -> None:
    """Which messages and names its pattern takes is for a person to compare."""
    scene.hub.ruleset("commit_message_pattern")
    ((level, what),) = await scene.said()
    assert level == "warn"
    assert "may refuse it: commit_message_pattern" in what


@pytest.mark.parametrize(("admins", "levels"), [(True, ["refuse", "refuse"]), (False, [])])
async def test_the_older_protection_of_a_branch_is_seen_by_its_administrators(
    scene: Scene,
    admins: bool,  # noqa: FBT001 - a parameter of the test
    levels: list[str],
) -> None:
    """They are exempt, unless it says that they are not."""
    scene.hub.protection = {
        "enforce_admins": {"enabled": admins},
        "required_pull_request_reviews": {"required_approving_review_count": 1},
        "required_signatures": {"enabled": False},
        "required_status_checks": {"contexts": ["test"]},
    }
    assert [level for level, _ in await scene.said()] == levels


@pytest.mark.parametrize(
    ("fault", "words"), [(Fault(502), "502"), (Fault(429, "secondary rate limit"), "429")]
)
async def test_what_cannot_be_told_warns(scene: Scene, fault: Fault, words: str) -> None:
    """A forge in trouble stops no release by itself."""
    scene.hub.faults = {("GET", f"/repos/{github.NAME}/rules/branches/main"): [fault]}
    ((level, what),) = await scene.said()
    assert level == "warn"
    assert f"the branch protection of person/demo cannot be read: GitHub answered {words}" in what


async def test_rules_that_a_plan_does_not_include_are_none(scene: Scene) -> None:
    """A private repository without a paid plan is not warned about at every release."""
    upgrade = Fault(403, "Upgrade to GitHub Pro or make this repository public to enable this feature.")
    for path in ("rules/branches/main", "rulesets"):
        scene.hub.faults["GET", f"/repos/{github.NAME}/{path}"] = [upgrade]
    assert await scene.said() == []


async def test_without_gh_there_is_nothing_to_judge(scene: Scene) -> None:
    """That gh is missing is told by the check of the release page."""
    scene.place.forge = ForgeConnection("/srv/git/demo.git", {})
    async with scene.place.context(PLAN) as context:
        assert await forge_rules.run(PLAN, context) == NotJudged("the remote is not on github.com")


async def test_rules_of_a_branch_do_not_matter_where_it_stays_where_it_is(scene: Scene) -> None:
    """HEAD is released as it is, and is on the branch already; what is not there yet would be pushed."""
    scene.hub.ruleset("pull_request")
    scene.plan = changed(scene.place.plan, route=ROUTES["current"])
    assert await scene.said() == []
    scene.place.repository.write("file.txt", "more\n")
    scene.place.repository.commit("ahead")
    scene.plan = changed(scene.place.plan, route=ROUTES["current"])
    assert [level for level, _ in await scene.said()] == ["refuse"]


@pytest.mark.parametrize(
    ("kind", "named"),
    [("pull_request", True), ("merge_queue", True), ("required_status_checks", True), ("lock_branch", False)],
)
async def test_where_a_request_would_get_in_the_setting_for_it_is_named(
    scene: Scene, kind: str, *, named: bool
) -> None:
    """Beside the bypass: a branch that nobody may change takes no request either."""
    scene.hub.ruleset(kind)
    (problem,) = await scene.problems()
    assert ('set land = "pull-request" in [tool.release-async]' in problem.cure) is named


async def test_what_is_proposed_goes_by_the_rules_of_its_own_branch(scene: Scene) -> None:
    """Those of the release branch are for whoever merges; those for tags stay."""
    scene.plan = changed(scene.plan, route=ROUTES["pull-request"])
    scene.hub.ruleset("pull_request")
    assert await scene.said() == []
    scene.hub.ruleset("creation", target="tag")
    assert [level for level, _ in await scene.said()] == ["refuse"]
