"""Commits raise the version by what their authors say on purpose, and by nothing that is only mentioned."""

import pytest

from release_async.plan.commit_messages import Commit, Level, judged

PATCH, MINOR, MAJOR = Level.PATCH, Level.MINOR, Level.MAJOR
A, B, C = "a" * 40, "b" * 40, "c" * 40


def level(*messages: str) -> Level | None:
    """The highest level of some commits, the newest first; None where none says anything."""
    commits = [Commit(f"{number:040x}", message) for number, message in enumerate(messages, 1)]
    return max((reason.level for reason in judged(commits).reasons), default=None)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("fix: toads", PATCH),
        ("perf(pond): faster", PATCH),
        ("chore(deps): bump newts", PATCH),
        ("feat: frogs", MINOR),
        ("Feat: frogs", MINOR),
        ("feature(pond): frogs", MINOR),
        ("feat!: frogs", MAJOR),
        ("docs(pond)!: no more toads", MAJOR),
        ("hooks!: no more toads", MAJOR),
        ("fix: toads\n\nBREAKING CHANGE: no more newts", MAJOR),
        ("fix: toads\n\nBREAKING-CHANGE: no more newts", MAJOR),
        ("fix: toads\n\nReviewed-by: a person\nBREAKING CHANGE: no more newts\n  at all", MAJOR),
        ("Rework the pond\n\nBREAKING CHANGE: no more newts", MAJOR),
        ("fix: toads\n\nBREAKING CHANGE: none", PATCH),
        ("fix: toads\n\nBREAKING CHANGE: None.", PATCH),
        ("fix: toads\n\nBREAKING CHANGE: N/A", PATCH),
        ("fix: toads\n\nbreaking change: no more newts", PATCH),
        ("fix: toads\n\nThis is no\nBREAKING CHANGE: it only tells of one", PATCH),
        ("fix: toads\n\nA footer BREAKING CHANGE: is read now", PATCH),
        ("fix: toads\n\n`BREAKING CHANGE:` is read now", PATCH),
        ("fix: toads\n\n> BREAKING CHANGE: quoted", PATCH),
        ("fix: toads\n\n    BREAKING CHANGE: indented", PATCH),
        ("fix: toads\n\n```\n\nBREAKING CHANGE: in code\n```", PATCH),
        ("fix: toads\nBREAKING CHANGE: without an empty line before it", PATCH),
        ("fix: toads\n\nfeat!: in the body", PATCH),
        ("chore: pond\n\nfeat: in the body", PATCH),
        ("Add frogs", None),
        ("Note: the pond is closed", None),
        ("Wow!: frogs", None),
        ("", None),
    ],
)
def test_a_message_says_how_much_it_changes(message: str, expected: Level | None) -> None:
    """A type, ``!``, or a real footer; what is quoted, or in running text, is not a footer."""
    assert level(message) == expected


def test_a_squashed_request_speaks_by_its_title_or_by_its_list() -> None:
    """GitHub lists the commits below a title that follows no convention; a title that does has the word."""
    listed = "\n\n* feat: frogs\n\n* fix: toads\n\n* wip"
    assert level(f"Add frogs (#7){listed}") == MINOR
    assert level(f"fix: toads (#7){listed}") == PATCH
    assert level(f"Add frogs{listed}") is None
    assert level("Add frogs (#7)\n\n* feat: frogs\n\nBREAKING CHANGE: no more newts") == MAJOR


def test_what_was_reverted_says_nothing() -> None:
    """Both go; a revert of the revert brings the change back, and what was released before is a patch."""
    feature = Commit(A, "feat!: frogs")
    revert = Commit(B, f'Revert "feat!: frogs"\n\nThis reverts commit {A}.')
    again = Commit(C, f'Revert "Revert "feat!: frogs""\n\nThis reverts commit {B}.')
    assert judged([revert, feature]).reasons == ()
    assert [reason.text for reason in judged([again, revert, feature]).reasons] == ["feat!: frogs"]
    assert level(f'Revert "feat!: frogs"\n\nThis reverts commit {A}.') == PATCH
    short = Commit(B, f"revert: feat: frogs\n\nRefs: {A[:9]}")
    assert judged([short, feature]).reasons == ()


def test_a_few_such_commits_among_many_others_are_no_convention() -> None:
    """One of a bot says nothing about the others."""
    bot = Commit(A, "chore(deps): bump newts")
    others = [Commit(f"{number:040x}", "Add frogs") for number in range(3)]
    assert not judged([bot, *others]).follows
    assert judged([bot, others[0]]).follows
    assert not judged([]).follows
