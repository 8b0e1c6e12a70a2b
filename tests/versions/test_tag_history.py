"""Which tag is the last one of a project, how the next is named, and what it is to git."""

import pytest

from release_async.versions.tag_form import Member
from release_async.versions.tag_history import Tag, TagKind, form_of, history, spelled
from release_async.versions.tag_rules import TagRules

SCM = TagRules(
    "setuptools-scm",
    match=("*[0-9]*",),
    pattern=r"(?:[\w-]+-)?(?P<version>[vV]?\d+(?:\.\d+){0,2}[^+]*)(?:\+.*)?$",
)
DEMO = Member(name="demo")


def tags(*names: str, kind: TagKind = TagKind.ANNOTATED) -> list[Tag]:
    """Tags on commits of their own, the oldest first."""
    return [Tag(name, f"commit {number}", kind, number) for number, name in enumerate(names)]


@pytest.mark.parametrize(
    ("names", "last", "form"),
    [
        (("v1.2.0", "v1.10.0", "v1.9.1"), "v1.10.0", "v{version}"),
        (("1.0", "v1.1.0", "v1.2.0", "v1.3.0", "nightly-2026"), "v1.3.0", "v{version}"),
        (("v1.0", "v1.1", "2.0", "2.1", "2.2"), "2.2", "{version}"),
        (("demo-1.0", "demo-1.1"), "demo-1.1", "demo-{version}"),
        (("latest", "stable"), None, "v{version}"),
        (("2013.1", *(f"1.{minor}.0" for minor in range(14))), "1.13.0", "{version}"),
    ],
)
def test_the_last_tag_is_the_highest_of_the_form_that_most_recent_ones_have(
    names: tuple[str, ...], last: str | None, form: str
) -> None:
    """An event beside the releases is none; neither is a way of numbering that was given up."""
    found = history(SCM, tags(*names), "head", DEMO)
    assert (found.last.name if found.last else None, form_of(found, DEMO)) == (last, form)


def test_a_member_of_a_shared_repository_has_the_tags_with_its_name() -> None:
    """Without any, those of all: the tool itself would take them."""
    member = Member(name="demo_app", alone=False)
    found = history(SCM, tags("demo-app-1.0", "other-3.0"), "head", member)
    assert found.current == "1.0"
    assert history(SCM, tags("v3.0"), "head", member).current == "3.0"
    assert form_of(history(SCM, [], "head", member), member) == "demo-app-v{version}"


@pytest.mark.parametrize(
    ("rules", "form"),
    [
        (TagRules("x", prefix="app-", needs_prefix=True, match=("app-[[:digit:]]*",)), "app-{version}"),
        (TagRules("x", prefix="app-", needs_prefix=True), "app-{version}"),
        (TagRules("x", pattern=r"v(?P<version>\d.*)"), "v{version}"),
        (TagRules("x", pattern=r"(?P<version>\d.*)"), "{version}"),
    ],
)
def test_the_first_tag_gets_a_name_that_the_tool_reads(rules: TagRules, form: str) -> None:
    """There is no other to take after."""
    assert form_of(history(rules, [], "head", DEMO), DEMO) == form


@pytest.mark.parametrize("kind", list(TagKind))
def test_the_next_tag_is_what_the_last_one_is(kind: TagKind) -> None:
    """Annotated, signed or lightweight."""
    assert history(SCM, tags("v1.0", kind=kind), "head", DEMO).kind is kind


def test_the_version_tags_on_head_are_known() -> None:
    """One of them could be read instead of ours."""
    (tag,) = tags("v1.0rc1")
    assert history(SCM, [tag], tag.commit, DEMO).here == (tag,)
    assert history(SCM, [tag], "another", DEMO).here == ()


@pytest.mark.parametrize(
    ("version", "spellings", "name"),
    [
        ("1.3.0", ("1.2.0",), "1.3.0"),
        ("1.3.0rc1", ("1.2.0", "1.2.0-rc.3"), "1.3.0-rc.1"),
        ("1.3.0rc1", ("1.2.0rc2",), "1.3.0rc1"),
        ("1.3.0b1", ("1.2.0-rc.3",), "1.3.0b1"),
        ("2026.1.5", ("2025.12.30", "2025.01.02"), "2026.01.05"),
        ("2026.1.5", ("2025.12.30", "2025.1.2"), "2026.1.5"),
        ("1.3.0.post1", ("1.2.0",), "1.3.0.post1"),
    ],
)
def test_a_version_is_spelled_as_the_tags_before(version: str, spellings: tuple[str, ...], name: str) -> None:
    """With zeros before days and signs before a candidate, where they have them."""
    assert spelled(version, spellings) == name
