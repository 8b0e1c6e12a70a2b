"""How each tool reads a tag: as its newest version does, by the settings of the project, and without it."""

import pytest

from release_async.versions.find_distributions import distributions
from release_async.versions.tag_rules import TagRules, read_rules
from support.tagged import LAST, TOOLS
from support.trees import Files

PROJECT = '[project]\nname = "demo-app"\ndynamic = ["version"]\n'
HATCH = '[build-system]\nrequires = ["hatchling", "hatch-vcs"]\nbuild-backend = "hatchling.build"\n' + PROJECT
SCM = '[build-system]\nrequires = ["setuptools", "setuptools-scm"]\n' + PROJECT
PDM = '[build-system]\nrequires = ["pdm-backend"]\nbuild-backend = "pdm.backend"\n' + PROJECT
GIT = '[build-system]\nrequires = ["setuptools", "setuptools-git-versioning"]\n' + PROJECT
IT = '[build-system]\nrequires = ["setuptools", "versioningit"]\n' + PROJECT
UV = HATCH.replace("hatch-vcs", "uv-dynamic-versioning")


def rules_of(files: dict[str, str]) -> TagRules:
    """The rules of the only project among some files."""
    tree = Files({path: text.encode() for path, text in files.items()})
    (found,) = distributions(tree)
    return read_rules(tree, found)


def read(rules: TagRules, tag: str) -> str:
    """The version that is read off a tag; empty for none."""
    found = rules.read(tag)
    return str(found.version) if found else ""


@pytest.mark.parametrize("name", TOOLS)
def test_each_tool_is_known_and_reads_the_tags_of_its_project(name: str) -> None:
    """The twelve ways of the test projects; none of them needs code to be run."""
    tool = TOOLS[name]
    rules = rules_of({**tool.files, "src/demo_project/__init__.py": ""})
    assert (rules.tool, rules.unread) == (tool.name, "")
    assert read(rules, tool.form.format(version=LAST)) == LAST


@pytest.mark.parametrize(
    ("table", "tag", "version"),
    [
        ("", "v1.2.0", "1.2.0"),
        ("", "demo-app-1.2", "1.2"),
        ("", "nightly-2026", "2026"),
        ("", "latest", ""),
        ("[tool.setuptools_scm]\ntag = {strict = true}", "nightly-2026", ""),
        ('[tool.setuptools_scm]\ntag = {prefix = "app-v"}', "v1.2.0", ""),
        ('[tool.setuptools_scm]\ntag = {prefix = "app-v"}', "app-v1.2.0", "1.2.0"),
        ('[tool.vcs-versioning]\ntag = {regex = "^R(?P<version>.*)$"}', "R1.2", "1.2"),
        ('[tool.setuptools_scm]\ntag_regex = "^release/([\\\\d.]+)$"', "release/1.2", "1.2"),
        ('[tool.setuptools_scm]\ntag_regex = "^release/([\\\\d.]+)$"', "v1.2", ""),
        ('[tool.setuptools_scm]\ngit_describe_command = "git describe --match app-*"', "v1.2", ""),
        (
            '[tool.setuptools_scm.scm.git]\ndescribe_command = ["git", "describe", "--match=a-*"]',
            "a-1.2",
            "1.2",
        ),
        ('[tool.setuptools_scm]\ntag_regex = "("', "v1.2", ""),
    ],
)
def test_setuptools_scm_goes_by_prefix_pattern_and_command(table: str, tag: str, version: str) -> None:
    """What git is not asked for is no version tag, whatever the pattern would make of it."""
    assert read(rules_of({"pyproject.toml": f"{SCM}{table}\n"}), tag) == version


def test_options_stand_in_setup_py_too() -> None:
    """As projects without a pyproject.toml have them."""
    setup = 'from setuptools import setup\nsetup(name="demo", use_scm_version={"tag_regex": "^x(.*)$"})\n'
    rules = rules_of({"setup.py": setup})
    assert (rules.said_by, read(rules, "x1.2")) == ("use_scm_version in setup.py tag_regex", "1.2")


@pytest.mark.parametrize(
    ("text", "tag", "version"),
    [
        (HATCH + '[tool.hatch.version]\nsource = "vcs"\ntag-pattern = "v(.*)-final"', "v1.2-final", "1.2"),
        (
            HATCH + '[tool.hatch.version]\nsource = "vcs"\nraw-options = {tag_regex = "^z(.*)$"}',
            "z1.2",
            "1.2",
        ),
        (PDM + '[tool.pdm.version]\nsource = "scm"', "1", ""),
        (PDM + '[tool.pdm.version]\nsource = "scm"\ntag_filter = "app/*"', "app/1.2", ""),
        (PDM + '[tool.pdm.version]\nsource = "scm"\ntag_regex = "^app/(.*)$"', "app/1.2", "1.2"),
        (UV + '[tool.hatch.version]\nsource = "uv-dynamic-versioning"', "1.2", ""),
        (UV + '[tool.hatch.version]\nsource = "uv-dynamic-versioning"', "v1.2rc1", "1.2rc1"),
        (
            UV + '[tool.hatch.version]\nsource = "uv-dynamic-versioning"\n'
            '[tool.uv-dynamic-versioning]\npattern-prefix = "app-"',
            "app-v1.2",
            "1.2",
        ),
        (
            UV + '[tool.hatch.version]\nsource = "uv-dynamic-versioning"\n'
            "[tool.uv-dynamic-versioning]\n"
            "pattern = '^r(?P<base>\\d+\\.\\d+)(-(?P<stage>[a-z]+)(?P<revision>\\d+))?$'",
            "r1.2-rc3",
            "1.2rc3",
        ),
        (GIT + "[tool.setuptools-git-versioning]\nenabled = true", "v1.2", "1.2"),
        (GIT + '[tool.setuptools-git-versioning]\nenabled = true\ntag_filter = "app-.*"', "v1.2", ""),
        (
            GIT + "[tool.setuptools-git-versioning]\nenabled = true\ntag_formatter = 'app-(?P<tag>.*)'",
            "app-1.2",
            "1.2",
        ),
        (IT + '[tool.versioningit.tag2version]\nrmprefix = "app-"\nrmsuffix = "-x"', "app-v1.2-x", "1.2"),
        (IT + '[tool.versioningit.vcs]\nmatch = ["v*"]\nexclude = ["*rc*"]', "v1.2rc1", ""),
        (IT + "[tool.versioningit.tag2version]\nregex = 'app-(?P<version>.*)'", "the-app-1.2", "1.2"),
    ],
)
def test_the_others_go_by_their_own_settings(text: str, tag: str, version: str) -> None:
    """Each as its documentation says."""
    assert read(rules_of({"pyproject.toml": f"{text}\n"}), tag) == version


def test_what_only_code_could_tell_is_named() -> None:
    """A function that reads tags is not run, and nobody takes a guess for an answer."""
    table = '[tool.setuptools-git-versioning]\nenabled = true\ntag_formatter = "util:format"\n'
    assert rules_of({"pyproject.toml": GIT + table}).unread == (
        "[tool.setuptools-git-versioning] tag_formatter"
    )


def test_the_variables_that_pretend_a_version_bear_the_name_of_the_project() -> None:
    """The older family of setuptools-scm and the newer one."""
    rules = rules_of({"pyproject.toml": f"{SCM}[tool.setuptools_scm]\n"})
    assert rules.pretenders == (
        "SETUPTOOLS_SCM_PRETEND_VERSION_FOR_DEMO_APP",
        "SETUPTOOLS_SCM_PRETEND_VERSION",
        "VCS_VERSIONING_PRETEND_VERSION_FOR_DEMO_APP",
        "VCS_VERSIONING_PRETEND_VERSION",
    )


@pytest.mark.parametrize(
    ("text", "blind"),
    [
        (SCM, 'set root = "../.." in [tool.setuptools_scm]'),
        (SCM + '[tool.setuptools_scm]\nroot = "../.."', ""),
        (
            HATCH + '[tool.hatch.version]\nsource = "vcs"',
            'set root = "../.." in [tool.hatch.version.raw-options]',
        ),
        (
            HATCH + "[tool.hatch.version]\nsource = 'vcs'\nraw-options = {search_parent_directories = true}",
            "",
        ),
        (PDM + '[tool.pdm.version]\nsource = "scm"', ""),
    ],
)
def test_a_project_below_the_top_may_not_be_seen(text: str, blind: str) -> None:
    """By the tools that look into its own folder alone, unless a setting says where the repository is."""
    assert rules_of({"python/core/pyproject.toml": text}).blind == blind
    assert rules_of({"pyproject.toml": text}).blind == ""
