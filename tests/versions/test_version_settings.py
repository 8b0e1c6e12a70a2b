"""The version settings."""

from fnmatch import fnmatchcase

import pytest

from release_async.base.errors import ConfigurationError
from release_async.versions.pep440 import parse
from release_async.versions.version_settings import DEFAULT_TAG_FORMAT, read, tag, tag_glob, version_in


def test_the_default_tag_is_v_and_the_version() -> None:
    """Nothing set means the most common convention."""
    assert read({}).tag_format == DEFAULT_TAG_FORMAT
    assert read({"branch": "main"}).tag("1.2.3") == "v1.2.3"


@pytest.mark.parametrize(
    ("form", "expected"), [("{version}", "1.2.3"), ("demo-{version}", "demo-1.2.3"), ("a/b@{version}", None)]
)
def test_a_format_makes_a_tag_or_is_refused(form: str, expected: str | None) -> None:
    """Names that git, shells and forges all take."""
    if expected is None:
        with pytest.raises(ConfigurationError):
            read({"tag-format": form})
    else:
        assert read({"tag-format": form}).tag("1.2.3") == expected


@pytest.mark.parametrize(
    "form",
    ["", "v", "{version}{version}", "-{version}", "v{version}\n", "v {version}", "{version}.lock",
     "a..{version}", "a//{version}", "{version}/", "{version}.", "x" * 99 + "{version}", "{version}{x}",
     "../{version}", "--{version}", "+{version}", "@{{version}}", "a~{version}", "a^{version}", "a:{version}",
     "{version}:refs/heads/main", "a?{version}", "a*{version}", "a[{version}", "a\\{version}",
     "$(id){version}", "`id`{version}",
     "v{version};id", "v{version}\x1b[31m", "v\u202e{version}", "/v{version}",
     "refs/../../{version}", "{version}\0", 3, None, ["{version}"]],
)  # fmt: skip
def test_an_unsafe_format_is_refused_with_an_example(form: object) -> None:
    """What would fail at the tag, after the upload, fails when the settings are read."""
    with pytest.raises(ConfigurationError) as caught:
        read({"tag-format": form})
    assert caught.value.cure


def test_a_version_that_makes_no_safe_tag_is_refused() -> None:
    """The version is checked too, not only the format."""
    with pytest.raises(ConfigurationError):
        tag(f"{'x' * 97}{{version}}", "1.2.3")
    assert tag("v{version}", "1!2.0") == "v1!2.0"


@pytest.mark.parametrize(
    ("form", "version", "name"),
    [
        ("rel_{version:_}", "1.19.0b1", "rel_1_19_0b1"),
        ("{version:02}", "2026.7.3.1", "2026.07.03.1"),
        ("demo-{version}-x", "1.0", "demo-1.0-x"),
        ("v{version:02}", "7", "v7"),
    ],
)
def test_a_tag_is_read_as_it_is_made(form: str, version: str, name: str) -> None:
    """With underscores, or with two digits in the numbers of a date."""
    assert tag(form, version) == name
    assert parse(version_in(form, name)) == parse(version)
    assert not parse(version_in(form, f"y{name}"))
    assert not version_in(form, "")
    assert fnmatchcase(name, tag_glob(form))
