"""The proposed version follows from the first source that says anything, and is a later one."""

import pytest
from hypothesis import given, strategies as st

from release_async.base.errors import UsageError
from release_async.plan.commit_messages import Commit, Level, Reason
from release_async.plan.proposed_version import Facts, ProposedVersion, propose
from release_async.versions.pep440 import Pep440, parse


def version(text: str) -> Pep440:
    """A version."""
    found = parse(text)
    assert found
    return found


def facts(stated: str, last: str, *messages: str, stable: str = "", **others: object) -> Facts:
    """A project with commits since its last release."""
    commits = tuple(Commit(f"{number:040x}", message) for number, message in enumerate(messages, 1))
    return Facts(
        stated=parse(stated),
        last=parse(last),
        stable=parse(stable or last),
        commits=commits,
        **others,  # type: ignore[arg-type]  # fields of it
    )


def proposed(stated: str, last: str, *messages: str, stable: str = "", **others: object) -> tuple[str, str]:
    """The proposed version, and what it raises."""
    found = propose(facts(stated, last, *messages, stable=stable, **others))
    return found.version, found.part


@pytest.mark.parametrize(
    ("stated", "last", "message", "expected"),
    [
        ("1.2.3", "1.2.3", "fix: toads", ("1.2.4", "patch")),
        ("1.2.3", "1.2.3", "feat: frogs", ("1.3.0", "minor")),
        ("1.2.3", "1.2.3", "feat!: frogs", ("2.0.0", "major")),
        ("0.4.2", "0.4.2", "feat!: frogs", ("0.5.0", "minor")),
        ("0.4.2", "0.4.2", "chore: pond", ("0.4.3", "patch")),
        ("1.3.0.dev0", "1.2.3", "feat: frogs", ("1.3.0", "stable")),
        ("1.3.0.dev0", "1.2.3", "fix: toads", ("1.3.0", "stable")),
        ("1.2.4.dev0", "1.2.3", "feat: frogs", ("1.3.0", "minor")),
        ("1.3.0", "1.2.3", "feat: frogs", ("1.3.0", "current")),
        ("1.2.3+dev", "1.2.3", "feat: frogs", ("1.3.0", "minor")),
        ("26.3.dev0", "26.2.1", "feat: frogs", ("26.3", "stable")),
        ("26.3", "26.2.1", "feat: frogs", ("26.3", "current")),
        ("1.0.0", "1.2.3", "fix: toads", ("1.2.4", "patch")),
        ("", "1.2.3", "fix: toads", ("1.2.4", "patch")),
        ("1.0.0", "", "feat!: frogs", ("1.0.0", "current")),
        ("1.0.0.dev1", "", "feat: frogs", ("1.0.0", "stable")),
    ],
)
def test_the_version_follows_from_the_commits(
    stated: str, last: str, message: str, expected: tuple[str, str]
) -> None:
    """A version that HEAD states already and nobody has released is taken where it is great enough."""
    assert proposed(stated, last, message) == expected


def test_the_first_release_is_what_head_states() -> None:
    """No change is counted before it; with neither version nor tag nothing is known."""
    found = propose(facts("0.1.0", "", "feat!: frogs"))
    assert found == ProposedVersion(
        "0.1.0", "current", "nothing", "there is no release yet, and this is the first"
    )


@pytest.mark.parametrize(
    ("stated", "last", "messages", "why"),
    [
        ("0.3.0", "0.2.1", (), "HEAD states 0.3.0, and it is not released yet"),
        (
            "0.3.0",
            "0.2.1",
            ("fix: x",),
            "HEAD states 0.3.0, and it is not released yet; patch is enough for the commits",
        ),
        ("0.3.0.dev0", "0.2.1", (), "HEAD states 0.3.0.dev0, and it is not released yet"),
        ("0.2.1", "0.2.1", (), "patch, because nothing says otherwise"),
        ("1.3.0rc1", "1.3.0rc1", (), "1.3.0rc1 is a pre-release; to end it: --version 1.3.0"),
    ],
)
def test_the_reason_is_that_of_what_is_proposed(
    stated: str, last: str, messages: tuple[str, ...], why: str
) -> None:
    """No part is named that gives another version."""
    assert propose(facts(stated, last, *messages, stable="1.2.3" if "rc" in last else "")).why == why


def test_breaking_changes_make_no_1_0_0_by_themselves() -> None:
    """Before it, a person or a setting says when it is due."""
    assert proposed("0.4.2", "0.4.2", "feat!: frogs", major_on_zero=True) == ("1.0.0", "major")
    why = propose(facts("0.4.2", "0.4.2", "feat!: frogs")).why
    assert (
        why == "major, because of the commits; minor, because 0.4.2 is below 1.0.0 and major-on-zero is false"
    )


@pytest.mark.parametrize(
    ("last", "stable", "message", "expected"),
    [
        ("1.3.0rc1", "1.2.3", "fix: toads", ("1.3.0rc2", "rc")),
        ("1.3.0rc1", "1.2.3", "feat: frogs", ("1.3.0rc2", "rc")),
        ("1.3.0b2", "1.2.3", "feat!: frogs", ("2.0.0b1", "beta")),
        ("1.3.0.dev1", "1.2.3", "fix: toads", ("1.3.0.dev2", "dev")),
        ("1.3.0.dev1", "1.2.3", "feat!: frogs", ("2.0.0.dev1", "dev")),
    ],
)
def test_a_train_of_pre_releases_goes_on(
    last: str, stable: str, message: str, expected: tuple[str, str]
) -> None:
    """Unless the changes since the last final release ask for a greater one; how to end it is said."""
    assert proposed(last, last, message, stable=stable) == expected


def test_a_train_that_head_has_left_does_not_go_on() -> None:
    """2.18.0rc1 is made on a branch of its own, and HEAD leads to 2.19.0 by then."""
    assert proposed("2.19.0.dev0", "2.18.0rc1", "fix: toads", stable="2.17.5") == ("2.19.0", "stable")
    assert proposed("2.18.0.dev0", "2.18.0rc1", "fix: toads", stable="2.17.5") == ("2.18.0rc2", "rc")


def test_the_first_source_that_says_anything_decides() -> None:
    """Fragments, then commits, then the changelog, then nothing."""
    reason = Reason("news/1.feature.md", "feature", Level.MINOR)
    log = (
        "CHANGES.md",
        "## Unreleased\n\n### Fixed\n\n- toads\n\n### Added\n\n- frogs\n\n## 1.2.3\n\n### Removed\n\n- x\n",
    )
    by_fragments = propose(facts("1.2.3", "1.2.3", "fix: toads", fragments=(reason,), changelog=log))
    assert (by_fragments.source, by_fragments.version, by_fragments.reasons) == (
        "fragments",
        "1.3.0",
        (reason,),
    )
    assert propose(facts("1.2.3", "1.2.3", "fix: toads", changelog=log)).source == "commits"
    found = propose(facts("1.2.3", "1.2.3", "Add frogs", changelog=log))
    assert (found.source, found.version) == ("changelog", "1.3.0")
    assert found.reasons == (
        Reason("CHANGES.md:9", "- frogs", Level.MINOR),
        Reason("CHANGES.md:5", "- toads", Level.PATCH),
    )
    assert propose(facts("1.2.3", "1.2.3", "Add frogs")) == ProposedVersion(
        "1.2.4", "patch", "nothing", "patch, because nothing says otherwise"
    )


def test_an_item_of_a_changelog_may_say_that_it_breaks() -> None:
    """In any section."""
    log = ("CHANGES", "Unreleased\n----------\n\n* **Breaking:** no more newts\n* toads break nothing\n")
    assert propose(facts("1.2.3", "1.2.3", changelog=log)).version == "2.0.0"


def test_a_section_without_its_date_yet_is_one_to_come() -> None:
    """The version stands in its heading, and "Unreleased" below it."""
    log = (
        "CHANGES",
        "Version 1.3.0\n-------------\n\nUnreleased\n\n-   Breaking: no newts\n\n1.2.3\n-----\n",
    )
    assert propose(facts("1.2.3", "1.2.3", changelog=log)).version == "2.0.0"


@pytest.mark.parametrize(
    ("heading", "message", "expected"),
    [
        ("2.3.0 (unreleased)", "fix: toads", ("2.3.0", "minor")),
        ("3.0.0.dev0 (unreleased)", "", ("3.0.0", "major")),
        ("2.2.1 (unreleased)", "feat: frogs", ("2.3.0", "minor")),
        ("2.2.0 (unreleased)", "", ("2.2.1", "patch")),
    ],
)
def test_what_the_changelog_calls_it_counts_where_it_is_more(
    heading: str, message: str, expected: tuple[str, str]
) -> None:
    """A heading that a tool has raised by a patch is no vote against what has changed."""
    log = ("CHANGES", f"{heading}\n{'-' * len(heading)}\n\n- frogs\n\n2.2.0\n-----\n\n- toads\n")
    found = propose(facts("2.2.0", "2.2.0", message, changelog=log))
    assert (found.version, found.part) == expected
    if found.version in heading:
        assert found.why == f"CHANGES calls it {found.version}"
        assert found.reasons[0].where == "CHANGES:1"


def test_dates_do_not_follow_from_changes() -> None:
    """Nor does anything where no version is known."""
    with pytest.raises(UsageError, match=r"2026\.1 is a date"):
        propose(facts("2026.1", "2026.1", "feat: frogs"))
    with pytest.raises(UsageError, match="no version is known"):
        propose(Facts(stated=None, last=None))
    assert proposed("2026.2.0.dev0", "2026.1.3", "feat: frogs") == ("2026.2.0", "stable")
    with pytest.raises(UsageError, match="is a date"):
        propose(facts("2026.1.0.dev0", "2026.1.3", "feat: frogs"))


NUMBERS = st.tuples(*[st.integers(0, 30)] * 3)
SUFFIXES = st.sampled_from(["", "rc1", "b2", "a1", ".dev1", ".post1"])


@given(
    NUMBERS, SUFFIXES, NUMBERS, SUFFIXES, st.sampled_from(["fix: x", "feat: x", "x!: x", "x"]), st.booleans()
)
def test_a_proposal_is_greater_than_the_last_release(  # noqa: PLR0913, PLR0917 - as hypothesis gives them
    last: tuple[int, ...],
    end: str,
    stated: tuple[int, ...],
    other: str,
    message: str,
    known: bool,  # noqa: FBT001
) -> None:
    """Whatever HEAD states."""
    before = f"{'.'.join(map(str, last))}{end}"
    here = f"{'.'.join(map(str, stated))}{other}"
    stable = "" if not known or end not in {"", ".post1"} else before
    found = propose(facts(here, before, message, stable=stable or before))
    assert version(found.version) > version(before)
