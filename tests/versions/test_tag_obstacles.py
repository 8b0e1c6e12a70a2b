"""Why a tag would not give the planned version, told in the terms of the project's own tool."""

import pytest

from release_async.versions.tag_history import Tag, TagHistory, TagKind
from release_async.versions.tag_obstacles import Built, PlannedTag, explanation, obstacles
from release_async.versions.tag_rules import TagRules

SCM = TagRules("setuptools-scm", "[tool.setuptools_scm]", match=("*[0-9]*",))
PLANNED = PlannedTag("v1.3.0", "1.3.0", TagKind.ANNOTATED)
LIGHT = PLANNED._replace(kind=TagKind.LIGHTWEIGHT)


def told(rules: TagRules, planned: PlannedTag = PLANNED, *here: Tag, **environ: str) -> list[str]:
    """What is in the way; each has a cure."""
    problems = obstacles(TagHistory(rules, here=here), planned, environ)
    assert all(problem.cure for problem in problems)
    return [problem.what for problem in problems]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (SCM, None),
        (SCM._replace(match=("app-*",)), "asks git for tags like app-*, and v1.3.0 is none"),
        (SCM._replace(pattern="x(.*)", said_by="tag_regex"), "tag_regex does not match the tag v1.3.0"),
        (SCM._replace(match=(), prefix="app-", needs_prefix=True), "wants 'app-' in front"),
        (SCM._replace(pattern=r"v(?P<version>\d\.\d)"), "as version 1.3, not 1.3.0"),
        (SCM._replace(pattern=r"v1\.(?P<version>.*)"), "reads the tag v1.3.0 as version 3.0, not 1.3.0"),
        (SCM._replace(pattern="x(.*)", unread="a function"), None),
    ],
)
def test_a_name_that_is_read_otherwise_is_refused(rules: TagRules, words: str | None) -> None:
    """By glob, pattern or prefix; what only code could tell is left to the build."""
    problems = told(rules)
    assert (len(problems), words or "") == (int(words is not None), words or "")
    assert not words or words in problems[0]


@pytest.mark.parametrize(
    ("tag", "planned", "wins"),
    [
        (Tag("v1.3.0rc1", "c", TagKind.ANNOTATED), LIGHT, True),
        (Tag("v1.3.0rc1", "c", TagKind.SIGNED), LIGHT, True),
        (Tag("v1.3.0rc1", "c", TagKind.LIGHTWEIGHT), LIGHT, False),
        (Tag("v1.2.0", "c", TagKind.LIGHTWEIGHT), LIGHT, True),
        (Tag("v1.3.0rc1", "c", TagKind.ANNOTATED), PLANNED, False),
    ],
)
def test_another_version_tag_on_head_wins_where_git_says_so(
    tag: Tag, planned: PlannedTag, *, wins: bool
) -> None:
    """Git describes a commit by an annotated tag first, and by the newest of those."""
    problems = told(SCM, planned, tag)
    assert bool(problems) is wins
    assert (
        not wins or f"HEAD has the version tag {tag.name}, which setuptools-scm reads instead" in problems[0]
    )
    assert told(SCM._replace(tool="dunamai"), planned, tag) == []


def test_a_variable_that_pretends_a_version_is_refused() -> None:
    """Whatever it says: the tag has to be what decides."""
    (problem,) = obstacles(
        TagHistory(SCM._replace(pretenders=("PRETEND", "OTHER"))), PLANNED, {"PRETEND": "1.3.0"}
    )
    assert problem.what == "PRETEND is set to '1.3.0': setuptools-scm takes it instead of any tag"
    assert problem.cure == "unset PRETEND"


@pytest.mark.parametrize(
    ("rules", "built", "words"),
    [
        (SCM._replace(writes=("a/_version.py",)), Built("1.3.0.dev0", ("a/_version.py",)), "git rm --cached"),
        (SCM, Built("0.1.dev1", (), shallow=True), "git fetch --unshallow"),
        (SCM._replace(fallback="0.0.1"), Built("0.0.1", ()), "git fetch --tags"),
        (SCM._replace(local_scheme="local_scheme = x"), Built("1.3.0+x", ()), "change it in"),
        (SCM._replace(scheme="version_scheme = x"), Built("1.4.0", ()), "make a tagged commit give"),
        (SCM._replace(unread="a function"), Built("1.4.0", ()), "run it on the name of the tag"),
        (SCM, Built("1.4.0", ()), "set up in [tool.setuptools_scm]"),
    ],
)
def test_a_build_of_another_version_is_explained(rules: TagRules, built: Built, words: str) -> None:
    """As far as can be told from what is there; the cure is something to do."""
    what, cure = explanation(TagHistory(rules), PLANNED, built)
    assert what.startswith(f"setuptools-scm made {built.version} of the tag v1.3.0, not 1.3.0")
    assert words in cure
