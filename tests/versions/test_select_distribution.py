"""What is named is what is meant: a folder is taken by its name, or refused by its name."""

import pytest

from release_async.base.errors import ConfigurationError, UsageError
from release_async.versions.find_distributions import distributions
from release_async.versions.select_distribution import distribution_at, requested_version
from support.trees import Files


def project(name: str, more: str = "") -> str:
    """The metadata of one project."""
    system = '[build-system]\nrequires = []\nbuild-backend = "x"\n'
    return f'{system}[project]\nname = "{name}"\nversion = "1.0"\n{more}'


def several(*folders: str, **files: str) -> Files:
    """A repository with a project in each folder."""
    found: dict[str, str | bytes] = dict(files)
    for folder in folders:
        found[f"{folder}/pyproject.toml"] = project(folder.replace("/", "-"))
    return Files(found)


@pytest.mark.parametrize("folder", ["packages/testing", "tests", "docs", "examples/demo", "a/vendor/b"])
def test_a_named_folder_counts_whatever_it_is_called(folder: str) -> None:
    """Folders of tests, examples and documentation are passed over unless somebody names them."""
    tree = several("packages/core", folder)
    assert distribution_at(tree, folder).name == folder.replace("/", "-")
    assert distribution_at(tree, "packages/core").name == "packages-core"
    assert [each.root for each in distributions(tree)] == ["packages/core"]
    assert sorted(each.root for each in distributions(tree, folder)) == sorted(("packages/core", folder))


def test_the_current_version_is_asked_for_by_its_name() -> None:
    """In its normal form; a test index that has it gets the next development release of it."""
    (one,) = distributions(several("a"))
    assert str(requested_version(one, "current")) == "1.0"
    assert str(requested_version(one, "current", {"1.0", "1.0.dev1"})) == "1.0.dev2"
    spelled = one._replace(sites=(one.sites[0]._replace(text="v1.0-RC1"),))
    assert str(requested_version(spelled, "current")) == "1.0rc1"
    with pytest.raises(ConfigurationError, match="not PEP 440"):
        requested_version(one._replace(sites=(one.sites[0]._replace(text="one"),)), "current")


def test_a_folder_inside_a_project_means_the_project() -> None:
    """The nearest one around it."""
    tree = several("a", "a/inner", **{"pyproject.toml": project("top"), "a/inner/src/x.py": "", "b/y.py": ""})
    assert distribution_at(tree, "a/inner/src").name == "a-inner"
    assert distribution_at(tree, "a/other").name == "a"
    assert distribution_at(tree, "b").name == "top"
    assert distribution_at(tree, "").name == "top"


def test_the_only_project_below_a_folder_is_meant() -> None:
    """As at the top of a repository with one project in a folder."""
    tree = several("python", **{"README.md": ""})
    assert distribution_at(tree, "").name == "python"
    assert distribution_at(several("x/a", "y/b"), "x").name == "x-a"


def test_what_is_not_there_is_refused_with_what_is() -> None:
    """No other project is taken instead."""
    for tree, folder, words in (
        (several("a", "b"), "", "there are several projects in the top folder"),
        (several("x/a", "x/b", "y"), "x", "there are several projects in x"),
        (several("a", "b"), "c", "there is no project in c"),
        (several("python"), "docs", "there is no project in docs"),
    ):
        with pytest.raises(UsageError, match=words) as caught:
            distribution_at(tree, folder)
        assert "choose one with -C: " in caught.value.cure
    with pytest.raises(ConfigurationError):
        distribution_at(Files({"README.md": ""}), "")


def test_a_folder_whose_metadata_make_no_project_is_refused_by_name() -> None:
    """Not the project around it."""
    tree = several("a", **{"pyproject.toml": project("top"), "b/pyproject.toml": "[tool.x]\ny = 1\n"})
    with pytest.raises(UsageError, match="b only configures tools"):
        distribution_at(tree, "b")


WORKSPACE = '[project]\nname = "mono"\nversion = "0.0.0"\n[tool.uv.workspace]\nmembers = ["packages/*"]\n'


def test_the_root_of_a_workspace_is_no_package_unless_it_says_so() -> None:
    """Uv builds it where it has a build system, or where ``package`` is true."""
    tree = several("packages/a", "packages/b", **{"pyproject.toml": WORKSPACE})
    with pytest.raises(UsageError, match="the top folder only configures tools") as caught:
        distribution_at(tree, "")
    assert "packages/a (packages-a), packages/b (packages-b)" in caught.value.cure
    for more in (
        "[tool.uv]\npackage = true\n[tool.uv.workspace]",
        "[build-system]\nrequires = []\n[tool.uv.workspace]",
    ):
        whole = several("packages/a", **{"pyproject.toml": WORKSPACE.replace("[tool.uv.workspace]", more)})
        assert distribution_at(whole, "").name == "mono"


@pytest.mark.parametrize(
    ("group", "members"),
    [
        ('["packages/*"]', ["packages/core", "packages/testing"]),
        ('["packages/testing", "packages/core"]', ["packages/core", "packages/testing"]),
        ('["packages/core"]', ["packages/core"]),
    ],
)
def test_a_group_names_its_members(group: str, members: list[str]) -> None:
    """Also a folder called testing; what lies deeper inside a member is no member."""
    tree = several(
        "packages/core",
        "packages/testing",
        "packages/core/tests/sample",
        **{"pyproject.toml": f"[tool.release-async]\ngroup = {group}\n"},
    )
    (first, *_) = [each for each in distributions(tree) if each.peers]
    assert sorted(each.root for each in first.peers) == members
