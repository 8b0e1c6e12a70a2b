"""A job that would upload the same version by itself is found, and one that would not is left alone."""

import pytest

from release_async.guard import publishing_workflows

PUBLISH = "jobs:\n  pypi:\n    runs-on: x\n    steps:\n      - uses: pypa/gh-action-pypi-publish@release/v1\n"
BUILD = "jobs:\n  test:\n    steps:\n      - run: pytest\n"


def found(
    text: str, tag: str = "v1.2.0", *, page: bool = True, path: str = ".github/workflows/x.yml"
) -> list[str]:
    """The jobs that would upload, with what starts each."""
    uploads = publishing_workflows.uploads({path: text.encode()}, tag, page=page)
    return [f"{upload.job} {upload.trigger.event}" for upload in uploads]


@pytest.mark.parametrize(
    "trigger",
    [
        "on: push\n",
        "on: [push, pull_request]\n",
        "on:\n  push:\n    tags: ['v*']\n",
        "on:\n  push:\n    tags:\n      - 'v[0-9]+.[0-9]+.[0-9]+'\n",
        "on:\n  push:\n    tags: ['*', '!nightly*']\n",
        "on:\n  push:\n    tags-ignore: ['nightly*']\n",
        "on:\n  push:\n    branches: [main]\n    tags: ['**']\n",
        '"on":\n  push:\n    tags: v1.2.0\n',
        "on: create\n",
    ],
)
def test_a_pushed_tag_starts_it(trigger: str) -> None:
    """However the filter is written, also under a key that YAML reads as true."""
    assert found(trigger + PUBLISH) == [f"pypi {'create' if 'create' in trigger else 'push'}"]


@pytest.mark.parametrize(
    "trigger",
    [
        "on: pull_request\n",
        "on: workflow_dispatch\n",
        "on:\n  push:\n    branches: [main]\n",
        "on:\n  push:\n    tags: ['release-*']\n",
        "on:\n  push:\n    tags: ['v*', '!v1.*']\n",
        "on:\n  push:\n    tags-ignore: ['v*']\n",
        "on:\n  schedule:\n    - cron: '0 0 * * *'\n",
        "on:\n  release:\n    types: [deleted]\n",
    ],
)
def test_a_trigger_that_a_release_does_not_cause_is_passed_over(trigger: str) -> None:
    """What a person starts, or another branch or tag."""
    assert found(trigger + PUBLISH) == []


@pytest.mark.parametrize(
    ("build", "follows", "runs"),
    [
        ("name: Build\non:\n  push:\n    tags: ['v*']\n", "workflows: [Build]", True),
        ("on:\n  push:\n    tags: ['v*']\n", "workflows: [.github/workflows/build.yml]", True),
        ("name: Build\non:\n  release:\n", "workflows: Build\n    types: [completed]", True),
        ("name: Build\non:\n  push:\n    tags: ['v*']\n", "workflows: [Other]", False),
        ("name: Build\non: pull_request\n", "workflows: [Build]", False),
        ("name: Build\non:\n  push:\n    tags: ['v*']\n", "workflows: [Build]\n    branches: [main]", False),
    ],
)
def test_a_workflow_that_follows_another_is_started_by_what_starts_that(
    build: str, follows: str, *, runs: bool
) -> None:
    """By its name, or by its path where it has none; a tag is no branch."""
    files = {
        ".github/workflows/build.yml": (build + BUILD).encode(),
        ".github/workflows/publish.yml": f"on:\n  workflow_run:\n    {follows}\n{PUBLISH}".encode(),
    }
    uploads = list(publishing_workflows.uploads(files, "v1.2.0", page=True))
    assert [upload.path for upload in uploads] == [".github/workflows/publish.yml"] * runs


def test_a_release_page_starts_it_only_where_one_is_published() -> None:
    """With or without types; a project without a forge makes no page."""
    for types in ("", "\n    types: [published]", "\n    types:\n      - released"):
        text = f"on:\n  release:{types}\n{PUBLISH}"
        assert found(text) == ["pypi release"]
        assert found(text, page=False) == []


@pytest.mark.parametrize(
    "step",
    [
        "- uses: pypa/gh-action-pypi-publish@v1.12",
        "- run: twine upload dist/*",
        "- run: python -m twine upload dist/*",
        "- run: |\n          python -m build\n          uv publish",
        "- run: poetry publish --build",
        "- run: flit publish",
        "- run: hatch publish",
        "- uses: PyO3/maturin-action@v1\n        with:\n          command: upload",
    ],
)
def test_each_way_to_upload_is_known(step: str) -> None:
    """Actions and commands."""
    assert found(f"on: push\njobs:\n  up:\n    steps:\n      {step}\n") == ["up push"]


@pytest.mark.parametrize(
    "step",
    [
        "- run: pytest",
        "- run: twine check dist/*",
        "- run: |\n          # twine upload dist/*\n          true",
        "- run: twine upload --repository testpypi dist/*",
        "- uses: pypa/gh-action-pypi-publish@v1\n        with:\n          repository-url: https://test.pypi.example/legacy/",
        "- uses: actions/upload-artifact@v4",
        "- uses: PyO3/maturin-action@v1\n        with:\n          command: build",
    ],
)
def test_what_is_no_upload_to_the_index_is_passed_over(step: str) -> None:
    """Checks, comments, and uploads to the test index."""
    assert found(f"on: push\njobs:\n  up:\n    steps:\n      {step}\n") == []


@pytest.mark.parametrize(
    ("condition", "runs"),
    [
        ("startsWith(github.ref, 'refs/tags/')", True),
        ("github.event_name == 'push' && startsWith(github.ref, 'refs/tags/v')", True),
        ("github.event_name == 'workflow_dispatch'", False),
        ("github.event_name == 'release'", False),
        ("github.event_name != 'push'", False),
        ("github.ref == 'refs/heads/main'", False),
        ("github.repository_owner == 'acme'", True),
        ("github.event_name == 'workflow_dispatch' || startsWith(github.ref, 'refs/tags/')", True),
        ("github.event_name == 'workflow_dispatch' || github.ref_type == 'tag'", True),
        ("github.event_name != 'push' || startsWith(github.ref, 'refs/tags/')", True),
        ("(github.event_name == 'release') && success()", True),
        ("false", False),
        ("${{ false }}", False),
        ("github.event.action == 'published'", False),
        ("github.event_name == 'push' && github.ref == 'refs/heads/main'", False),
    ],
)
def test_the_condition_of_a_job_counts(condition: str, *, runs: bool) -> None:
    """As far as it can be judged; what cannot counts as true."""
    text = f'on: push\njobs:\n  up:\n    if: "{condition}"\n    steps:\n      - run: uv publish\n'
    assert bool(found(text)) is runs


def test_a_workflow_that_is_called_is_followed() -> None:
    """In the same repository; what is called with other triggers alone starts nothing."""
    called = "on: workflow_call\njobs:\n  deep:\n    steps:\n      - run: twine upload dist/*\n"
    caller = "on: push\njobs:\n  release:\n    uses: ./.github/workflows/called.yml\n"
    files = {".github/workflows/called.yml": called.encode(), ".github/workflows/main.yml": caller.encode()}
    uploads = publishing_workflows.uploads(files, "v1", page=False)
    assert [(each.path, each.job) for each in uploads] == [(".github/workflows/main.yml", "release")]


@pytest.mark.parametrize(
    ("job", "runs"),
    [
        ("  script: twine upload dist/*\n", True),
        ("  only: [tags]\n  script: [python -m build, twine upload dist/*]\n", True),
        ("  rules:\n    - if: $CI_COMMIT_TAG\n  script: uv publish\n", True),
        ("  rules:\n    - if: $CI_COMMIT_BRANCH == 'main'\n  script: uv publish\n", False),
        ("  only: [main]\n  script: uv publish\n", False),
        ("  when: manual\n  script: uv publish\n", False),
        ("  only: [tags]\n  script: pytest\n", False),
    ],
)
def test_jobs_of_gitlab_are_read_too(job: str, *, runs: bool) -> None:
    """By ``only`` and ``rules``."""
    assert found(f"publish:\n{job}", path=".gitlab-ci.yml") == (["publish push"] if runs else [])


@pytest.mark.parametrize(
    "text", ["", "- a\n", ": :\n  {", "on: push\njobs: 7\n", "on: push\njobs:\n  a: [1]\n", "&a [*a]"]
)
def test_what_ci_would_not_run_is_no_obstacle(text: str) -> None:
    """No table, no YAML, no jobs."""
    assert found(text) == []


@pytest.mark.parametrize(
    ("path", "read"),
    [
        (".github/workflows/a.yml", True),
        (".github/workflows/a.yaml", True),
        (".gitlab-ci.yml", True),
        (".github/workflows/sub/a.yml", False),
        (".github/dependabot.yml", False),
        ("docs/.gitlab-ci.yml", False),
    ],
)
def test_only_files_that_ci_reads_are_read(path: str, *, read: bool) -> None:
    """As both forges document it."""
    assert publishing_workflows.is_read(path) is read


@pytest.mark.parametrize(
    ("jobs", "names"),
    [
        (
            (
                "  a:\n    if: github.ref == 'refs/heads/main'\n    steps: []\n"
                "  b:\n    needs: a\n    steps: [{run: uv publish}]\n"
            ),
            [],
        ),
        (
            (
                "  a:\n    if: 'false'\n    steps: []\n"
                "  b:\n    needs: [a]\n    if: always()\n    steps: [{run: uv publish}]\n"
            ),
            ["b push"],
        ),
        ("  a:\n    steps: [{run: uv publish, if: \"github.event_name == 'release'\"}]\n", []),
        ("  a:\n    uses: acme/workflows/.github/workflows/publish.yml@v1\n", ["a push"]),
        ("  a:\n    uses: acme/workflows/.github/workflows/test.yml@v1\n", []),
        (
            "  a:\n    uses: acme/workflows/.github/workflows/x.yml@v1\n    secrets:\n      pypi_token: x\n",
            ["a push"],
        ),
    ],
)
def test_what_a_job_needs_and_calls_counts(jobs: str, names: list[str]) -> None:
    """A job behind a skipped one is skipped; a step has conditions too; what is elsewhere goes by name."""
    assert found(f"on: push\njobs:\n{jobs}") == names


@pytest.mark.parametrize(
    ("steps", "public"),
    [
        ("- run: twine upload --repository-url https://pypi.corp.example/ dist/*", False),
        ("- run: |\n          twine upload \\\n            --repository testpypi dist/*", False),
        (
            "- run: twine upload dist/*\n        env: {TWINE_REPOSITORY_URL: 'https://pypi.corp.example/'}",
            False,
        ),
        ("- run: uv publish --dry-run", False),
        ("- run: |\n          twine upload -r testpypi dist/*\n          twine upload dist/*", True),
        ("- run: twine upload dist/*\n        env: {TEST_PYPI_TOKEN: x}", True),
        ("- run: poetry --no-interaction publish --build", True),
        ("- run: twine --no-color upload dist/*", True),
        ("- uses: casperdcl/deploy-pypi@v2", True),
        ("- uses: ./.github/actions/publish", True),
        (
            "- uses: pypa/gh-action-pypi-publish@v1\n        with: {repository-url: 'https://pypi.corp.example/'}",
            False,
        ),
    ],
)
def test_only_an_upload_to_the_public_index_is_a_second_one(steps: str, *, public: bool) -> None:
    """By option, input or variable; each line by itself."""
    workflow = f"on: push\njobs:\n  up:\n    steps:\n      {steps}\n"
    action = "runs:\n  using: composite\n  steps:\n    - run: uv publish\n"
    files = {
        ".github/workflows/x.yml": workflow.encode(),
        ".github/actions/publish/action.yml": action.encode(),
    }
    assert bool([*publishing_workflows.uploads(files, "v1", page=False)]) is public


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        (".publish:\n  script: twine upload dist/*\n", False),
        (".publish:\n  script: twine upload dist/*\nrelease:\n  extends: .publish\n  only: [tags]\n", True),
        ("a:\n  script: !reference [.x, script]\nb:\n  script: uv publish\n", True),
        ("a:\n  rules: [{if: $CI_COMMIT_TAG, when: manual}]\n  script: uv publish\n", False),
        (
            "a:\n  rules: [{if: $CI_COMMIT_TAG, when: never}, {when: on_success}]\n  script: uv publish\n",
            False,
        ),
        (
            "a:\n  script: twine upload --repository-url ${CI_API_V4_URL}/projects/1/packages/pypi dist/*\n",
            False,
        ),
    ],
)
def test_gitlab_in_the_forms_that_its_users_write(text: str, *, runs: bool) -> None:
    """Templates, references, manual jobs, and its own package registry."""
    assert bool(found(text, path=".gitlab-ci.yml")) is runs


@pytest.mark.parametrize(
    ("pattern", "tag", "matches"),
    [
        ("v*", "v1.0", True),
        ("*", "v1.0", True),
        ("*", "pkg/v1.0", False),
        ("**", "pkg/v1.0", True),
        ("pkg/**", "pkg/v1.0", True),
        ("v[0-9]+.[0-9]+", "v12.3", True),
        ("v[0-9]+", "v", False),
        ("v?1", "1", True),
        ("v1.0.?", "v1.0.", True),
        ("v1.0", "v100", False),
        ("", "v1", False),
        ("va" + "*a" * 12 + "b", "v" + "a" * 40, False),
    ],
)
def test_filters_of_tags_are_read_as_github_does(pattern: str, tag: str, *, matches: bool) -> None:
    """One star stops at a slash; and no pattern takes long."""
    push: dict[object, object] = {"tags": [pattern]}
    assert publishing_workflows.takes(push, tag, "tags", "branches") == matches


@pytest.mark.parametrize(
    "command",
    [
        *("poetry -C pkg publish", "uv --directory x publish", "twine --no-color upload dist/*"),
        "twine upload -r testpypi dist/* && twine upload dist/*",
        "cd dist; twine upload *",
    ],
)
def test_uploads_are_seen_however_they_are_called(command: str) -> None:
    """Options with values stand before a command, and several commands on one line."""
    text = f"on: push\njobs:\n  pypi:\n    steps:\n      - run: {command}\n"
    assert found(text) == ["pypi push"]
    assert found(text + "        date: 2001-99-99\n") == ["pypi push"]


@pytest.mark.parametrize(
    "condition",
    ["!startsWith(github.ref, 'refs/tags/')", "github.ref_type == 'branch'", "github.ref_type != 'tag'"],
)
def test_what_runs_for_branches_only_is_no_upload_of_a_release(condition: str) -> None:
    """A tag does not start it."""
    assert found("on: push\n" + PUBLISH.replace("    steps", f'    if: "{condition}"\n    steps')) == []


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("p:\n  before_script: [twine upload dist/*]\n  script: [x]\n", True),
        ("p:\n  script:\n    - [x, [twine upload dist/*]]\n", True),
        (".a: {script: [twine upload dist/*]}\n.b: {extends: .a}\np: {extends: .b}\n", True),
        (".a: {extends: .b, script: [twine upload dist/*]}\n.b: {extends: .a}\np: {extends: .b}\n", True),
        (".a: {script: [twine upload dist/*]}\np: {extends: .a, script: [x]}\n", False),
        ("p:\n  rules: [{if: $CI_COMMIT_TAG == null}]\n  script: [twine upload dist/*]\n", False),
    ],
)
def test_jobs_of_gitlab_are_put_together_as_gitlab_does(text: str, *, runs: bool) -> None:
    """Scripts before and within each other, and what jobs take over from others."""
    assert bool(found(text, path=".gitlab-ci.yml")) is runs
