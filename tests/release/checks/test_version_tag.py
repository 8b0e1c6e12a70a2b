"""The tool will read the planned version off the planned tag, and this clone has the tags of the remote."""

import re
from dataclasses import replace
from pathlib import Path

from release_async.base.problems import NotJudged, Problems
from release_async.plan.plan import Plan
from release_async.release.checks import version_tag
from release_async.versions.pep440 import parse
from release_async.versions.tag_history import Tag, TagHistory
from release_async.versions.tag_rules import TagRules
from support.story import changed
from support.worlds import Place, prepared, said

SCM = TagRules("setuptools-scm", "[tool.setuptools_scm]", match=("*[0-9]*",))


async def judged(place: Place, tags: TagHistory | None) -> Problems | NotJudged:
    """What the check says of the place, with what its tags say."""
    plan: Plan = changed(place.plan, tag_tool="setuptools-scm", version_tag="v1.3.0")
    async with place.context(plan) as context:
        return await version_tag.run(plan, replace(context, tags=tags))


async def told(place: Place, tags: TagHistory) -> list[tuple[str, str]]:
    """The same in words."""
    problems = await judged(place, tags)
    assert not isinstance(problems, NotJudged)
    return said(problems)


async def test_a_version_in_files_has_no_tag_to_read(tmp_path: Path) -> None:
    """It is shown as skipped, never as passed."""
    assert isinstance(await judged(prepared(tmp_path), None), NotJudged)


async def test_what_only_code_could_tell_is_left_to_the_build(tmp_path: Path) -> None:
    """It warns, and says what is not run."""
    place = prepared(tmp_path)
    rules = SCM._replace(unread="[tool.x] tag_formatter")
    what = "whether setuptools-scm reads v1.3.0 as 1.3.0 only the build will tell"
    assert await told(place, TagHistory(rules)) == [("warn", what)]
    assert await told(place, TagHistory(SCM)) == []


async def test_only_tags_of_commits_that_are_here_are_missed(tmp_path: Path) -> None:
    """A later tag on another branch is of no concern, nor is one that is older than the last."""
    place = prepared(tmp_path)
    git = place.repository.git
    for name in ("v0.9", "v1.2"):
        git("tag", name)
    git("switch", "--quiet", "--create", "other")
    place.repository.commit("apart")
    git("tag", "v7.0")
    git("push", "--quiet", "origin", "v0.9", "v1.2", "v7.0")
    git("switch", "--quiet", "main")
    git("tag", "-d", "v0.9", "v1.2", "v7.0")
    last = TagHistory(SCM, version=parse("1.0"))
    what = "this clone lacks tags that origin has, such as v1.2: the last version is not known here"
    assert await told(place, last) == [("refuse", what)]


async def test_the_commit_that_was_released_last_is_nothing_new(tmp_path: Path) -> None:
    """It warns; a final release of its candidate's commit is the usual way, and so is one commit more."""
    place = prepared(tmp_path)
    git, head = place.repository.git, place.plan.base
    for name in ("v1.2.0", "v1.3.0rc1"):
        git("tag", name)
        git("push", "--quiet", "origin", name)
    last = TagHistory(SCM, Tag("v1.2.0", head), parse("1.2.0"))
    assert await told(place, last) == [("warn", "HEAD is what v1.2.0 released: nothing is new since")]
    assert await told(place, TagHistory(SCM, Tag("v1.3.0rc1", head), parse("1.3.0rc1"))) == []
    place.repository.commit("something new")
    assert await told(place, last) == []


async def test_a_tag_of_head_that_nobody_has_released_is_one_thing(tmp_path: Path) -> None:
    """It has released nothing; and of the tag that is planned the check of free tags tells, alone."""
    place = prepared(tmp_path)
    for name in ("v9.9.9", *place.plan.tags):
        place.repository.git("tag", name)
    last = TagHistory(SCM, Tag("v9.9.9", place.plan.base), parse("9.9.9"))
    what = "the last version is that of the tag v9.9.9, which origin does not have"
    assert await told(place, last) == [("warn", what)]
    (planned,) = place.plan.tags
    assert await told(place, last._replace(last=Tag(planned, place.plan.base))) == []


async def test_a_last_tag_that_nobody_else_has_is_told(tmp_path: Path) -> None:
    """It would be counted from in silence; each of the two commands ends that."""
    place = prepared(tmp_path)
    git = place.repository.git
    git("tag", "v9.9.9")
    last = TagHistory(SCM, Tag("v9.9.9", place.plan.base), parse("9.9.9"))
    place.repository.commit("something new")
    what = "the last version is that of the tag v9.9.9, which origin does not have"
    problems = await judged(place, last)
    assert not isinstance(problems, NotJudged)
    assert said(problems) == [("warn", what)]
    deleted, pushed = re.findall(r"git ([^;]+)", problems[0].cure)
    git(*pushed.split())
    assert await told(place, last) == []
    git(*deleted.split())
    assert git("tag", "--list") == ""
