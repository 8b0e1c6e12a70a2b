"""Each way to spell a version: what it says, what agrees with it, and how it says another one."""

import pytest
from hypothesis import given, strategies as st

from release_async.versions.pep440 import Pep440, parse
from release_async.versions.version_spellings import Form, UnspellableError, agrees, respell, value

SAID = [
    (Form.SEMVER, "1.2.0-rc.1", "1.2rc1"),
    (Form.SEMVER, "1.2.0-alpha1", "1.2a1"),
    (Form.SEMVER, "1.2.0-dev.4", "1.2.dev4"),
    (Form.SEMVER, "1.2.0-rc.1.dev.4", "1.2rc1.dev4"),
    (Form.MAVEN, "2.45.0-SNAPSHOT", "2.45.0.dev0"),
    (Form.MAVEN, "2.45.0", "2.45.0"),
    (Form.TUPLE, "(1, 2, 3)", "1.2.3"),
    (Form.TUPLE, '(1, 2, 0, 1, "dev0")', "1.2.0.1.dev0"),
    (Form.TUPLE, "(4, 2, 2, 'beta', 1)", "4.2.2b1"),
    (Form.TUPLE, '(4, 2, 2, "final", 0)', "4.2.2"),
    (Form.TUPLE, '(4, 2, 2, "final")', "4.2.2"),
    (Form.TUPLE, '(4, 2, 2, "alpha")', "4.2.2a0"),
    (Form.NUMBERS, "2, 1, 9", "2.1.9"),
    (Form.SUFFIXED, "2, 1, 9, .dev", "2.1.9.dev0"),
    (Form.SUFFIXED, "2, 1, ", "2.1"),
    (Form.SUFFIXED, "2.1.9, rc1", "2.1.9rc1"),
    (Form.INCREMENTAL, "17, 9, 0, release_candidate=1", "17.9rc1"),
    (Form.INCREMENTAL, "17, 9, 0, post=1, dev=2", "17.9.post1.dev2"),
]


@pytest.mark.parametrize(("form", "text", "version"), SAID)
def test_each_form_says_a_version(form: Form, text: str, version: str) -> None:
    """Dialects are converted and then compared, never compared as text."""
    expected = parse(version)
    assert expected is not None
    assert value(form, text) == expected
    assert agrees(form, text, expected)
    assert respell(form, text, expected) == text


def test_build_metadata_is_a_local_part_where_it_is_the_source() -> None:
    """Maturin builds 1.2.0+build.5 from it; beside a version without one it is silent; no bump keeps it."""
    stated, plain = value(Form.SEMVER, "1.2.0+build.5"), parse("1.2")
    assert plain is not None
    assert str(stated) == "1.2.0+build.5"
    assert agrees(Form.SEMVER, "1.2.0+build.5", plain)
    assert not agrees(Form.SEMVER, "1.2.0+build.5", parse("1.2+build.6") or plain)
    assert respell(Form.SEMVER, "1.2.0+build.5", parse("1.3") or plain) == "1.3.0"


@pytest.mark.parametrize(
    ("text", "version", "stays"),
    [
        ("1.0.0", "1.4.2", True), ("1", "1.9", True), ("0.3.1", "0.3.9", True), ("0.3", "0.4", False),
        ("1.0.0", "2.0", False), ("1.2.0", "1.1", False), ("0.0.3", "0.0.4", False),
    ],
)  # fmt: skip
def test_a_requirement_of_cargo_changes_when_it_has_to(text: str, version: str, *, stays: bool) -> None:
    """Without a sign it takes what has the same first number that is not 0, and is not older."""
    wanted = parse(version)
    assert wanted is not None
    assert agrees(Form.CARET, text, wanted) is stays
    assert (respell(Form.CARET, text, wanted) == text) is stays


@pytest.mark.parametrize(
    ("version", "spelled"),
    [
        ("1.10", '"1.10"'),
        ("1.9", "1.9"),
        ("1.9.1", "1.9.1"),
        ("2026", "2026"),
        ("1.0", "1.0"),
        ("2.0rc1", "2.0rc1"),
    ],
)
def test_a_number_of_yaml_is_quoted_where_it_would_be_another(version: str, spelled: str) -> None:
    """1.10 is read as 1.1."""
    assert respell(Form.YAML, "1.8", parse(version) or Pep440((1,))) == spelled


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (Form.SEMVER, "1.2"), (Form.SEMVER, "1.2.0-1"), (Form.SEMVER, "1.2.0-beta.x"),
        (Form.SEMVER, "1.2.0-"),
        (Form.TUPLE, "(4, 0, 0, -100)"), (Form.TUPLE, '("a", 1)'), (Form.TUPLE, "()"),
        (Form.INCREMENTAL, "17, 9"), (Form.INCREMENTAL, "17, 9, 0, odd=1"), (Form.MAVEN, "x-SNAPSHOT"),
    ],
)  # fmt: skip
def test_what_means_nothing_in_pep_440_is_no_version(form: Form, text: str) -> None:
    """No guess: a bare number after a dash is a pre-release to npm and a post-release to Python."""
    assert value(form, text) is None


PARTLY = [
    (Form.RELEASE, "(4, 0, 0, -100)", "4.0.dev1", True),
    (Form.RELEASE, "(0, 14, 3)", "0.14.3rc1", True),
    (Form.RELEASE, "(0, 14, 3)", "0.14.4", False),
    (Form.RELEASE, "(1, 2)", "1.2.9", True),
    (Form.SHORT, "1.2", "1.2.9", True),
    (Form.SHORT, "1.2", "1.3", False),
    (Form.SHORT, "1.2.3", "1.2.4", False),
    (Form.MAVEN, "2.45.0-SNAPSHOT", "2.45.0.dev7", True),
    (Form.MAVEN, "2.45.0-SNAPSHOT", "2.45.0", False),
]


@pytest.mark.parametrize(("form", "text", "version", "same"), PARTLY)
def test_a_form_that_holds_a_part_agrees_by_that_part(
    form: Form,
    text: str,
    version: str,
    same: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """What a place cannot say it cannot contradict."""
    expected = parse(version)
    assert expected is not None
    assert agrees(form, text, expected) is same


STYLES = [
    (Form.PEP440, "2024.03.19.post27", "2024.4.2", "2024.04.02"),
    (Form.PEP440, "2023.12.07.7", "2024.1.5", "2024.01.05"),
    (Form.PEP440, "1!2024.01.02", "1!2024.11.3", "1!2024.11.03"),
    (Form.PEP440, "0.14", "1.2.3rc1", "1.2.3rc1"),
    (Form.SEMVER, "1.0.0-beta1", "1.0b2", "1.0.0-beta2"),
    (Form.SEMVER, "1.0.0-b.1", "1.0b2", "1.0.0-b.2"),
    (Form.TUPLE, "( 1,2 , 3 )", "1.2.4", "( 1,2 , 4 )"),
    (Form.TUPLE, '(1, 2, "dev0")', "1.2", "(1, 2)"),
    (Form.TUPLE, "(1, 2)", "1.2.dev1", '(1, 2, "dev1")'),
    (Form.TUPLE, "(1, 2, 0, 'beta', 3)", "1.2rc1", "(1, 2, 0, 'rc', 1)"),
    (Form.TUPLE, "(1, 2, 0, 'final')", "1.2.1", "(1, 2, 1, 'final')"),
    (Form.TUPLE, "(1, 2, 0, 'candidate', 3)", "1.2", "(1, 2, 0, 'final', 0)"),
    (Form.RELEASE, "(4, 0, 0, -100)", "4.1", "(4, 1, 0, -100)"),
    (Form.NUMBERS, "2, 1, 9", "2.2", "2, 2, 0"),
    (Form.SUFFIXED, "2, 1, 9, .dev", "2.2", "2, 2, 0, "),
    (Form.SUFFIXED, "2, 1, 9, ", "2.2rc1", "2, 2, 0, rc1"),
    (Form.SUFFIXED, "2.1.9, .dev0", "2.2.post1", "2.2, .post1"),
    (Form.SHORT, "1.2", "1.3.1rc1", "1.3"),
    (Form.INCREMENTAL, "17, 9, 0, release_candidate=1", "17.9", "17, 9, 0"),
    (Form.INCREMENTAL, "17, 9, 0", "18.1rc2", "18, 1, 0, release_candidate=2"),
]


@pytest.mark.parametrize(("form", "old", "version", "new"), STYLES)
def test_a_place_keeps_its_own_style(form: Form, old: str, version: str, new: str) -> None:
    """Padding, quotes, blanks and words stay those of the person who wrote them."""
    wanted = parse(version)
    assert wanted is not None
    assert respell(form, old, wanted) == new


@pytest.mark.parametrize(
    ("form", "old", "version"),
    [
        (Form.SEMVER, "1.0.0", "1.0.post1"), (Form.SEMVER, "1.0.0", "1!1.0"),
        (Form.SEMVER, "1.0.0", "1.0.0.1"),
        (Form.SUFFIXED, "1, 2, .dev", "1.2.3"), (Form.SUFFIXED, "1, 2, ", "1!1.2"),
        (Form.NUMBERS, "1, 2", "1.2.3"), (Form.NUMBERS, "1, 2", "1.2rc1"),
        (Form.TUPLE, "(1, 2, 0, 'final', 0)", "1.2.post1"), (Form.TUPLE, "(1, 2)", "1!1.2"),
        (Form.TUPLE, "(1, 2, 0, 'final')", "1.2rc1"),
        (Form.INCREMENTAL, "1, 2, 3", "1.2a1"), (Form.INCREMENTAL, "1, 2, 3", "1.2.3.4"),
    ],
)  # fmt: skip
def test_what_a_form_has_no_words_for_is_refused_with_the_reason(form: Form, old: str, version: str) -> None:
    """Better no edit than one that says something else."""
    wanted = parse(version)
    assert wanted is not None
    with pytest.raises(UnspellableError, match=r"\w"):
        respell(form, old, wanted)


VERSIONS = st.builds(
    Pep440,
    release=st.lists(st.integers(0, 99), min_size=1, max_size=4).map(tuple),
    pre=st.none() | st.tuples(st.sampled_from(["a", "b", "rc"]), st.integers(0, 20)),
    dev=st.none() | st.integers(0, 20),
    local=st.just(()),
    epoch=st.just(0),
    post=st.none(),
)


@given(st.sampled_from(SAID), VERSIONS)
def test_what_is_written_is_read_back(said: tuple[Form, str, str], version: Pep440) -> None:
    """For any version: a form says it such that it reads the same, or says that it cannot."""
    form, text, _ = said
    try:
        written = respell(form, text, version)
    except UnspellableError:
        return
    assert agrees(form, written, version)
