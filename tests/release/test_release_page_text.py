"""The text of the release page says what changed, how to install it, and where to read on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.external.github import releases
from release_async.plan.plan import Target
from release_async.run.step_results import ReleaseCommit
from support import announcing
from support.announcing import CHANGELOG, RELEASES, TOP, Scene
from support.github import Fault
from support.repositories import Repository
from support.story import changed


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Version 1.3.0, tagged and pushed, after 1.2.3."""
    with announcing.scene(tmp_path) as scene:
        yield scene


async def test_the_page_says_what_changed_how_to_install_it_and_where_to_read_on(scene: Scene) -> None:
    """This version's section, the installation line, the changelog at the tag, the comparison."""
    assert await scene.body() == (
        "- frogs 🐸\n\n"
        "## Installation\n\n```sh\npip install demo==1.3.0\n```\n\n"
        f"[Changelog]({TOP}/blob/v1.3.0/CHANGELOG.md) · "
        f"[Everything since v1.2.3]({TOP}/compare/v1.2.3...v1.3.0)\n"
    )
    (draft,) = scene.hub.drafts("v1.3.0")
    assert (draft["name"], draft["prerelease"]) == ("Release 1.3.0", False)


async def test_without_a_section_the_changes_are_those_that_github_knows(scene: Scene) -> None:
    """Since the previous tag; what acts on a terminal is taken out, here as from the changelog."""
    scene.plan = changed(scene.plan, changelog="")
    link = f"{TOP}/compare/v1.2.3...v1.3.0"
    scene.hub.generated = f"* Add frogs \u202e🐸 by @person: {link}"
    assert (await scene.body()).startswith(
        f"* Add frogs 🐸 by @person: {link}\n\n**Full Changelog** since v1.2.3\n\n## Installation\n"
    )


async def test_a_github_that_cannot_tell_the_changes_holds_nothing_up(scene: Scene) -> None:
    """It fails over long histories; the page can do without."""
    scene.plan = changed(scene.plan, changelog="")
    scene.hub.faults = {("POST", f"{RELEASES}/generate-notes"): [Fault(500)]}
    assert (await scene.body()).startswith("## Installation\n")


async def test_what_acts_on_a_terminal_does_not_come_onto_the_page(scene: Scene) -> None:
    """Markup is GitHub's to judge; escapes are for whoever reads the page with gh."""
    scene.checkout.write(
        "CHANGELOG.md", CHANGELOG.replace("frogs", "\x1b]0;owned\x07<b>\x1b[31mfrogs</b>\u202e")
    )
    scene.made = scene.made.having(ReleaseCommit(scene.checkout.commit("escapes")))
    assert (await scene.body()).startswith("- <b>frogs</b> 🐸\n")


async def test_a_previous_tag_that_was_never_pushed_is_not_compared_with(scene: Scene) -> None:
    """A link that leads nowhere is worse than none; and the tag itself is not its own predecessor."""
    Repository(scene.hub.repository).git("tag", "--delete", "v1.2.3")
    scene.plan = changed(scene.plan, base=scene.made.commit)
    assert "compare" not in await scene.body()


async def test_a_project_without_changelog_and_tags_gets_a_page_too(scene: Scene) -> None:
    """The history up to the tag is all that there is to read."""
    scene.checkout.git("tag", "--delete", "v1.2.3")
    scene.plan = changed(scene.plan, changelog="")
    body = await scene.body()
    assert body.startswith("## Installation\n")
    assert body.endswith(f"[All changes]({TOP}/commits/v1.3.0)\n")


async def test_the_installation_line_names_an_index_that_is_not_pypi(scene: Scene) -> None:
    """On PyPI the name may be somebody else's."""
    private = Target(name="x", repository_url="https://index.example.com/", token_setting="")
    scene.plan = changed(scene.plan, target=private)
    assert "\npip install --index-url https://index.example.com/simple/ demo==1.3.0\n" in await scene.body()


async def test_a_changelog_without_end_is_cut_to_what_github_takes(scene: Scene) -> None:
    """The page is made, and what comes behind the changes is whole."""
    scene.checkout.write("CHANGELOG.md", "## 1.3.0\n\n" + "- frogs 🐸\n" * 20_000)
    scene.made = scene.made.having(ReleaseCommit(scene.checkout.commit("more")))
    body, longest = await scene.body(), releases.MAX_NOTES_LENGTH
    assert "pip install demo==1.3.0" in body
    assert longest - 20 < len(str(scene.hub.drafts("v1.3.0")[0]["body"])) <= longest
