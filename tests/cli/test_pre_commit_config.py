"""Our hook in a pre-commit configuration: PyYAML says what the file says, and no old byte changes."""

from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own
from hypothesis import given, strategies as st

from release_async.cli import pre_commit_config
from release_async.cli.pre_commit_config import Origin
from release_async.plan.line_insertion import UnplacedError

WHERE = Origin("https://example.com/tools/release-async", "v0.1.0")
HERE = {"repo": WHERE.repo, "rev": WHERE.rev, "hooks": [{"id": "version-consistency"}]}

PRE_COMMITS_OWN = """\
# See https://pre-commit.com for more information
repos:
-   repo: https://github.com/pre-commit/pre-commit-hooks
    rev: v3.2.0
    hooks:
    -   id: trailing-whitespace
    -   id: check-yaml
"""
INDENTED = """\
default_install_hook_types: [pre-commit]

repos:
  - repo: https://example.com/a  # the first
    rev: "1"
    hooks:
      - id: a
        exclude: |
          (?x)^(
            # not these
            b

          )$
          # nor these

  - repo: local
    hooks: [{id: b, name: b, language: system, entry: b}]

  # - repo: not any more

# at the end
ci:
  skip: [a]
"""
ODD = {
    "pre-commit's own": PRE_COMMITS_OWN,
    "indented, with what follows": INDENTED,
    "no line end at its end": PRE_COMMITS_OWN.rstrip("\n"),
    "a document with its marks": f"---\n{PRE_COMMITS_OWN}...\n",
    "quoted, a comment behind": PRE_COMMITS_OWN.replace("repos:", '"repos":   # all'),
    "an empty list": "fail_fast: true\nrepos: []  # none yet\nexclude: x\n",
    "nothing behind": "repos:\n",
    "no list at all": "fail_fast: true\n",
    "only a comment": "# nothing yet\n",
    "empty": "",
    "keys in another order": "repos:\n- hooks:\n  - {id: a}\n  repo: https://example.com/a\n  rev: 1\n",
    "anchors": "repos:\n  - &one\n    repo: a\n    rev: b\n    hooks:\n      - id: x\n  - *one\n",
    "a wide dash": "repos:\n    -  repo: a\n       rev: b\n       hooks:\n            -    id: x\n",
    "no hooks": "repos:\n  - {repo: meta, hooks: [{id: identity}]}\n",
    "our names in comments": "# id: version-consistency\nrepos: # id: release-guard\n- repo: a\n  rev: b\n",
}


def read(text: str) -> dict[str, Any]:
    """What pre-commit would read."""
    return yaml.safe_load(text) or {}


def without_ours(made: str, text: str) -> str:
    """The new text less the lines that the old one has not, in which the old one must be found."""
    old, new = text.splitlines(keepends=True), made.splitlines(keepends=True)
    head = next(
        (at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new))
    )
    tail = len(old) - head
    return "".join(new[:head] + (new[-tail:] if tail else []))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("where", [WHERE, None])
@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_the_file_says_what_it_said_and_our_hook(text: str, where: Origin | None, end: str) -> None:
    """Whatever its style, line ends kept; a second run finds the hook."""
    text = text.replace("\n", end)
    made = pre_commit_config.with_hook(text, where)
    *repos, ours = read(made)["repos"]
    assert {**read(made), "repos": repos} == {**read(text), "repos": read(text).get("repos") or []}
    assert [hook["id"] for hook in ours["hooks"]] == ["version-consistency"]
    assert ours == HERE if where else ours["repo"] == "local"
    assert made.count("\r") == (made.count("\n") if end == "\r\n" and text else 0)
    if "[]" not in text and text.endswith(end):
        assert without_ours(made, text) == text
    assert pre_commit_config.with_hook(made, where) == made


@given(st.data())
def test_any_list_of_repositories_is_added_to(data: st.DataObject) -> None:
    """Entries with their own indents, comments and empty lines between, and keys before and behind."""
    indent, gap, hooks = (data.draw(st.integers(low, 4)) for low in (0, 1, 0))
    between = st.sampled_from(["", "\n", "# at the margin\n", f"{' ' * indent}# at the entries\n", "\n\n"])
    text = data.draw(st.sampled_from(["", "---\n", "fail_fast: true\n"])) + "repos:\n"
    inner = " " * (indent + 1 + gap)
    for number in range(data.draw(st.integers(0, 3))):
        text += data.draw(between)
        text += f"{' ' * indent}-{' ' * gap}repo: r{number}\n{inner}rev: x\n{inner}hooks:\n"
        text += f"{inner}{' ' * hooks}-{' ' * gap}id: h{number}\n"
    text += data.draw(between) + data.draw(st.sampled_from(["", "exclude: x\n", "ci:\n  skip: []\n"]))
    made = pre_commit_config.with_hook(text, WHERE)
    assert read(made) == {**read(text), "repos": [*(read(text)["repos"] or []), HERE]}
    assert without_ours(made, text) == text


def test_the_style_of_the_others_is_taken_up() -> None:
    """As pre-commit's sample has it, and with an empty line where entries stand apart."""
    assert pre_commit_config.with_hook(PRE_COMMITS_OWN, WHERE).removeprefix(PRE_COMMITS_OWN) == (
        f"-   repo: {WHERE.repo}\n    rev: v0.1.0\n    hooks:\n    -   id: version-consistency\n"
    )
    assert f"entry: b}}]\n\n  - repo: {WHERE.repo}\n    rev: v0.1.0\n" in pre_commit_config.with_hook(
        INDENTED, WHERE
    )


@pytest.mark.parametrize(
    "hook",
    [
        "- id: version-consistency",
        "- id: 'release-guard'  # both",
        "- {id: version-consistency-fast, stages: [manual]}",
        "-   id:   release-guard-fast\r",
    ],
)
def test_a_hook_of_ours_that_is_there_is_enough(hook: str) -> None:
    """In any form and from any place: the person has chosen."""
    text = f"repos:\n- repo: x\n  rev: y\n  hooks:\n  {hook}\n"
    assert pre_commit_config.with_hook(text, WHERE) == text


@pytest.mark.parametrize(
    "text",
    [
        "repos: [{repo: meta, hooks: [{id: identity}]}]\n",
        "{repos: []}\n",
        "- repo: an old form\n",
        "repos:\n- repo: a\n\thooks: []\n",
        "repos: []\nrepos: []\n",
        "repos: *all\n",
    ],
)
def test_another_form_is_left_to_a_person(text: str) -> None:
    """Flow style, what is no YAML, two lists: with the lines to be added."""
    with pytest.raises(UnplacedError) as caught:
        pre_commit_config.with_hook(text, WHERE)
    assert yaml.safe_load("\n".join(caught.value.lines)) == [HERE]


@pytest.mark.parametrize(
    ("urls", "noted", "expected"),
    [
        ({}, {}, None),
        ({"source": WHERE.repo}, {}, WHERE),
        ({"repository": WHERE.repo}, {}, WHERE),
        ({"homepage": WHERE.repo}, {}, None),
        ({"source": "not an address"}, {}, None),
        ({"source": WHERE.repo}, {"url": "file:///somewhere", "dir_info": {}}, WHERE),
        (
            {"source": WHERE.repo},
            {"url": "https://example.com/fork", "vcs_info": {"vcs": "git", "commit_id": "a1"}},
            Origin("https://example.com/fork", "a1"),
        ),
        ({}, {"url": "https://me:secret@example.com/fork", "vcs_info": {"commit_id": "a1"}}, None),
        ({}, {"url": "file:///somewhere", "vcs_info": {"commit_id": "a1"}}, None),
    ],
)
def test_the_tool_is_taken_from_where_it_was_installed_from(
    urls: dict[str, str], noted: dict[str, Any], expected: Origin | None
) -> None:
    """What is of this machine or of one person only is not written into a file that is shared."""
    assert pre_commit_config.origin("0.1.0", urls, noted) == expected


@pytest.mark.parametrize(
    ("entry", "events"),
    [
        ("- id: version-consistency", {"pre-commit", "pre-merge-commit"}),
        ("- id: release-guard-fast\n    stages: [commit]", {"pre-commit"}),
        ("- {id: version-consistency, stages: [pre-merge-commit, manual]}", {"pre-merge-commit"}),
        ("- id: version-consistency\n    stages:\n      - pre-commit\n      - manual", {"pre-commit"}),
        (
            "- id: version-consistency\n  - id: other\n    stages: [manual]",
            {"pre-commit", "pre-merge-commit"},
        ),
        ("- id: version-consistency-push", {"pre-push"}),
        ("# - id: version-consistency", set()),
    ],
)
def test_the_stages_of_an_entry_say_what_it_judges(entry: str, events: set[str]) -> None:
    """One that is configured for no merges judges none, whatever is installed."""
    assert pre_commit_config.judged_events(f"repos:\n- repo: x\n  hooks:\n  {entry}\n") == events


def test_what_is_installed_by_default_need_not_be_typed() -> None:
    """The plain command installs it."""
    both = ("pre-commit", "pre-merge-commit")
    text = "default_install_hook_types: [pre-commit, pre-merge-commit]\n"
    for types in (text, text.replace("[", "\n- ").replace(", ", "\n- ").replace("]", "")):
        assert pre_commit_config.install_command(types, both).endswith(" install")
    typed = pre_commit_config.install_command("", both)
    assert typed.endswith(" install --hook-type pre-commit --hook-type pre-merge-commit")
