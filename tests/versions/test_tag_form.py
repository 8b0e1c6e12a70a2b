"""The form of a project's tags is that of its last release, and never that of an event beside it."""

import pytest

from release_async.versions import tag_form
from release_async.versions.tag_form import Member


@pytest.mark.parametrize(
    ("tags", "form"),
    [
        ("", "v{version}"),
        ("v1.0 v1.1", "v{version}"),
        ("1.0 1.1.0", "{version}"),
        ("1.0 v2.0", "v{version}"),
        ("v1.0 2.0", "{version}"),
        ("v2.0 2.0", "v{version}"),
        ("release-1.0 release-1.1rc1", "release-{version}"),
        ("demo-1.0", "demo-{version}"),
        ("Demo_Lib-v1.0 v9.0", "v{version}"),
        ("demo@v1.0", "v{version}"),
        ("demo/v1.0 v9.0", "demo/v{version}"),
        ("other-1.0 nightly-2026.01.31 build-7 v1", "v{version}"),
        ("v1.0.0-rc.1 1.0.0-beta", "v{version}"),
        ("x..1.0 -1.0", "v{version}"),
        ("1.3.0 v1 v1.3 1.2.7 v1.2 1.2.6", "{version}"),
        ("rel_1_9_4 rel_1_19_1 rel_1_19_0b1", "rel_{version:_}"),
        ("2_9_9 2_9_10", "{version:_}"),
        ("other_1_0 V9_0_0", "V{version:_}"),
        ("2025.11.12 2026.07.22", "{version:02}"),
        ("v22.1.0 v24.10.0", "v{version}"),
    ],
)
def test_the_form_of_the_tags_is_that_of_the_highest_version(tags: str, form: str) -> None:
    """Old habits do not count, nor do tags of something else; a name that a forge refuses is not taken up."""
    assert tag_form.tag_format(tags.split(), Member(name="demo")) == form


@pytest.mark.parametrize(
    ("tags", "form"),
    [
        ("", "demo-lib-v{version}"),
        ("v1.0 other-v2.0", "demo-lib-v{version}"),
        ("v9.0 demo_lib-1.0", "demo_lib-{version}"),
        ("3.3.4 lib-1.0", "lib-{version}"),
    ],
)
def test_a_project_among_others_has_its_name_in_its_tags(tags: str, form: str) -> None:
    """Or ``v1.0`` of one would be in the way of another's."""
    assert tag_form.tag_format(tags.split(), Member(name="Demo.Lib", alone=False)) == form


@pytest.mark.parametrize(
    ("tags", "version", "form"),
    [
        ("v1.2.0 release-2026.11", "1.2.0", "v{version}"),
        ("release-2026.11", "1.2.0", "v{version}"),
        ("1.1.0 v9.0.0", "1.2.0.dev0", "{version}"),
        ("2026.10 v2026.11", "2026.11", "v{version}"),
        ("v1.2.0", "", "v{version}"),
        ("1 2 20260101", "3", "{version}"),
        ("v1 v2", "2", "v{version}"),
        ("1 2", "2.1", "v{version}"),
        ("demo/1.1.0 3.0.2", "3.0.3.dev0", "{version}"),
        ("demo-3.0.2 1.1.0", "3.0.3.dev0", "demo-{version}"),
        ("3.0.2 demo-3.0.2", "3.0.2", "demo-{version}"),
    ],
)
def test_a_tag_ahead_of_the_project_is_no_release_of_it(tags: str, version: str, form: str) -> None:
    """A conference, a nightly build, a product around it: its number is not this project's."""
    assert tag_form.tag_format(tags.split(), Member(name="demo", version=version)) == form


@pytest.mark.parametrize(
    ("tags", "version", "form"),
    [
        ("3.3.4 pool-3.3.1", "3.3.5.dev1", "{version}"),
        ("3.3.4 demo-lib-3.3.1", "3.3.5.dev1", "demo-lib-{version}"),
        ("3.3.4", "4.0.0", ""),
        ("nightly-3.3.4", "3.3.5", ""),
        ("3.3.4", "", ""),
    ],
)
def test_projects_that_are_released_together_have_one_tag(tags: str, version: str, form: str) -> None:
    """It is known by its major version, and only where a project has no tags of its own."""
    member = Member(name="demo-lib", alone=False, version=version)
    assert tag_form.used_or_shared(tags.split(), member) == form


def test_a_form_is_used_where_a_tag_has_it() -> None:
    """With the version behind the prefix, and nothing else."""
    assert tag_form.is_used("{version}", ["1.0"])
    assert tag_form.is_used("demo-{version}", ["x", "demo-1.0rc1"])
    assert not tag_form.is_used("v{version}", ["vanilla", "1.0"])
