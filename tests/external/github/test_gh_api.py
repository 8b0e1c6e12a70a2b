"""The real gh against a GitHub on a socket: what is found, what is told, and what is never asked."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from release_async.base.errors import FailedError, TransientError
from release_async.external.github.gh_api import Forge, ForgeConnection, Obstacle, Repository
from release_async.process import child_environments
from support import github
from support.github import Fault, GitHub
from support.repositories import Repository as Checkout

URL = f"git@github.com:{github.NAME}.git"
REPOSITORY = Repository("person", "demo")
LOOK = f"/repos/{github.NAME}"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GitHub]:
    """A GitHub whose repository has one commit and the tag v1.3.0."""
    checkout = Checkout.init(tmp_path / "checkout").with_remote(tmp_path / "bare.git")
    checkout.commit("begin")
    checkout.git("tag", "--annotate", "--message=Release 1.3.0", "v1.3.0")
    checkout.git("push", "--quiet", "origin", "HEAD:main", "v1.3.0")
    with github.serving(tmp_path / "bare.git") as served:
        yield served


def door(hub: GitHub, url: str = URL, *, login: bool = True) -> ForgeConnection:
    """The way to the served GitHub."""
    return ForgeConnection(url, child_environments.for_forge(hub.environ(login=login)), 30.0)


async def entered(hub: GitHub) -> Forge:
    """The forge behind the door, which has to be open."""
    found = await door(hub).check_access()
    assert isinstance(found, Forge)
    return found


async def closed(where: ForgeConnection) -> Obstacle:
    """What stands in the way, which something has to."""
    found = await where.check_access()
    assert isinstance(found, Obstacle)
    assert where.found is found
    return found


@pytest.mark.parametrize(
    "url",
    [
        URL,
        f"https://github.com/{github.NAME}",
        f"https://person@github.com/{github.NAME}.git",
        f"https://GitHub.com/{github.NAME}/",
        f"ssh://git@github.com/{github.NAME}.git",
        f"ssh://git@ssh.github.com:443/{github.NAME}.git",
        f"org-123@github.com:{github.NAME}.git",
    ],
)
async def test_every_spelling_of_a_github_address_is_known(hub: GitHub, url: str) -> None:
    """However a person cloned, one request proves token, host, repository and right."""
    found = await door(hub, url).check_access()
    assert isinstance(found, Forge)
    assert found.repository == REPOSITORY
    assert hub.requests == [("GET", LOOK)]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/srv/git/demo.git",
        "file:///srv/git/github.com/person/demo.git",
        "https://example.com/person/demo.git",
        "https://github.com.example.com/person/demo.git",
        "https://example.com/github.com/person/demo.git",
        "https://github.com@example.com/person/demo.git",
        "https://github.com/person/demo.git/wiki",
        "git@github.com.invalid:person/demo.git",
        "C:/person/demo.git",
    ],
)
async def test_other_remotes_are_not_on_github_and_gh_is_not_asked(hub: GitHub, url: str) -> None:
    """A token is never offered to a host that is not GitHub, and that is no fault of the project."""
    obstacle = await closed(door(hub, url))
    assert obstacle == Obstacle("the remote is not on github.com", "")
    assert hub.requests == []


async def test_an_ssh_alias_is_what_ssh_makes_of_it(hub: GitHub, tmp_path: Path) -> None:
    """Who has several accounts names the host of a remote after one of them."""
    folder = tmp_path / "bin"
    folder.mkdir()
    ssh = folder / "ssh"
    ssh.write_text(
        f"#!{sys.executable}\nimport sys\n"
        "host = {'gh-work': 'github.com'}.get(sys.argv[-1], sys.argv[-1])\n"
        "assert sys.argv[1:3] == ['-G', '--']\nprint(f'user git\\nhostname {host}\\nport 22')\n"
    )
    ssh.chmod(0o755)
    for url, is_github in (("git@gh-work:person/demo.git", True), ("git@lab:person/demo.git", False)):
        where = door(hub, url)
        where.env = {**where.env, "PATH": f"{folder}:{where.env['PATH']}"}
        assert isinstance(await where.check_access(), Forge) is is_github


async def test_without_gh_it_is_told_how_to_get_it(hub: GitHub, tmp_path: Path) -> None:
    """An absent gh is not a remote elsewhere."""
    where = door(hub)
    where.env = {**where.env, "PATH": str(tmp_path)}
    obstacle = await closed(where)
    assert obstacle == Obstacle("gh is not installed", "install it from cli.github.com", REPOSITORY)


async def test_a_gh_that_is_not_logged_in_is_told_to_log_in(hub: GitHub) -> None:
    """The machine of most people who have just installed gh."""
    obstacle = await closed(door(hub, login=False))
    cure = "gh auth login --hostname github.com"
    assert obstacle == Obstacle("gh is not logged in to github.com", cure, REPOSITORY)


async def test_a_token_that_has_expired_is_told_from_none(hub: GitHub) -> None:
    """GitHub's own words are shown, since they say which it is."""
    where = door(hub)
    hub.token = hub.token[::-1]
    obstacle = await closed(where)
    assert obstacle.what == "GitHub answered 401 Bad credentials: gh's token is no longer good"
    assert "gh auth login" in obstacle.cure


async def test_an_account_that_only_reads_is_found_out_before(hub: GitHub) -> None:
    """A right that is missing shows before anything is public."""
    hub.push = False
    obstacle = await closed(door(hub))
    assert obstacle.what == "gh's account may not write to person/demo"
    assert "with an account that may" in obstacle.cure


async def test_an_app_has_no_account_but_may_write(hub: GitHub) -> None:
    """GitHub says of every app's token, as in its own CI, that it may not push; that decides nothing."""
    hub.push, hub.app = False, True
    assert isinstance(await door(hub).check_access(), Forge)


@pytest.mark.parametrize(
    ("fault", "what", "cure"),
    [
        (Fault(404, "Not Found"), "404 Not Found: gh's account or token may not do this", "gh auth status"),
        (Fault(403, "API rate limit exceeded for user"), "API rate limit exceeded", "gh api rate_limit"),
        (Fault(502), "GitHub answered 502 Server Error", "githubstatus.com"),
    ],
)
async def test_what_github_says_instead_is_told(hub: GitHub, fault: Fault, what: str, cure: str) -> None:
    """Each refusal has its own cure; none is taken for another."""
    hub.faults = {("GET", LOOK): [fault]}
    obstacle = await closed(door(hub))
    assert what in obstacle.what
    assert cure in obstacle.cure
    assert obstacle.repository == REPOSITORY


async def test_a_github_that_is_silent_does_not_hold_us(hub: GitHub) -> None:
    """The deadline is ours: gh has none."""
    hub.faults = {("GET", LOOK): [Fault(0)]}
    where = door(hub)
    where.timeout = 0.5
    assert "did not finish within 0.5 s" in (await closed(where)).what


async def test_a_repository_that_was_renamed_is_known_by_its_new_name(hub: GitHub) -> None:
    """Questions follow a redirect and changes do not: the page is made where the repository is."""
    found = await door(hub, f"git@github.com:{github.FORMER_NAME}.git").check_access()
    assert isinstance(found, Forge)
    assert found.repository == REPOSITORY
    assert (await found.send("POST", "releases", {"tag_name": "v1.3.0"})).ok
    assert hub.published("v1.3.0")


async def test_what_a_person_has_in_the_environment_does_not_lead_gh_elsewhere(hub: GitHub) -> None:
    """A fork's release does not go to the parent, and forced colours do not garble the answer."""
    leads = {"GH_REPO": "parent/demo", "GH_HOST": "example.com", "GH_FORCE_TTY": "1", "CLICOLOR_FORCE": "1"}
    forge = await ForgeConnection(
        URL, child_environments.for_forge({**hub.environ(), **leads}), 30.0
    ).check_access()
    assert isinstance(forge, Forge)
    assert await forge.tag_object("v1.3.0") == hub.tag_object("v1.3.0")


async def test_a_tag_with_a_slash_is_one_tag(hub: GitHub) -> None:
    """Tags like ``demo/v1.3.0`` are found as a tag."""
    Checkout(hub.repository).git("tag", "demo/v1.3.0", "v1.3.0")
    forge = await entered(hub)
    assert await forge.tag_object("demo/v1.3.0") == hub.tag_object("v1.3.0")
    assert await forge.tag_object("v9") == ""


@pytest.mark.parametrize("fault", [Fault(502), Fault(403, "Resource not accessible"), Fault(401, "Bad")])
async def test_only_404_means_absent(hub: GitHub, fault: Fault) -> None:
    """An answer that is none is an error; where it is GitHub's own fault it is worth asking again."""
    forge = await entered(hub)
    hub.faults = {("GET", f"{LOOK}/git/ref/tags/v9"): [fault]}
    with pytest.raises(FailedError, match=str(fault.status)) as caught:
        await forge.tag_object("v9")
    assert isinstance(caught.value, TransientError) is (fault.status == 502)
    assert await forge.tag_object("v9") == ""


async def test_silence_is_an_error_too(hub: GitHub) -> None:
    """No answer is not absence, whether GitHub is silent or gone; and either may pass."""
    forge = replace(await entered(hub), timeout=0.5)
    hub.faults = {("GET", f"{LOOK}/git/ref/tags/v1.3.0"): [Fault(0)]}
    with pytest.raises(TransientError, match=r"did not finish within 0\.5 s"):
        await forge.tag_object("v1.3.0")
    (hub.home / "socket").unlink()
    with pytest.raises(TransientError, match="ended with exit code 1") as caught:
        await replace(forge, timeout=30.0).tag_object("v1.3.0")
    assert "socket" in caught.value.detail


async def test_a_limit_is_kept_to(hub: GitHub) -> None:
    """Until it ends GitHub is not asked again, by nobody of this run; then it is."""
    forge = await entered(hub)
    tag = ("GET", f"{LOOK}/git/ref/tags/v1.3.0")
    hub.faults = {tag: [Fault(429, headers={"Retry-After": "1"})]}
    for _ in range(3):
        with pytest.raises(TransientError, match="429") as caught:
            await forge.tag_object("v1.3.0")
        assert caught.value.wait == 1.0
    assert hub.requests.count(tag) == 1
    await anyio.sleep(1)
    assert await replace(forge, timeout=30.0).tag_object("v1.3.0")


def test_addresses_are_those_that_people_open() -> None:
    """The pages that the notes link to, also for a tag with a slash and a path with a blank."""
    top = "https://github.com/person/demo"
    assert REPOSITORY.file_url("demo/v1", "docs/the log.md") == f"{top}/blob/demo/v1/docs/the%20log.md"
    assert REPOSITORY.release_url("v1+2") == f"{top}/releases/tag/v1%2B2"
    assert REPOSITORY.comparison_url("v1", "v1+2") == f"{top}/compare/v1...v1%2B2"
    assert REPOSITORY.commits_url("v1") == f"{top}/commits/v1"


async def test_what_many_ask_at_once_is_asked_once(hub: GitHub) -> None:
    """Checks run side by side; and only the look for the page lets the page be made."""
    where, found = door(hub), list[Forge | Obstacle]()

    async def ask() -> None:
        found.append(await where.connect())

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(ask)
    assert hub.requests == [("GET", LOOK)]
    assert len({id(one) for one in found}) == 1
    assert isinstance(where.found, Obstacle)
    assert await where.check_access() is where.found is found[0]


async def test_what_is_read_is_told_from_what_is_not_there(hub: GitHub) -> None:
    """Absent, and what the plan of its owner does not include, is None; trouble is an error."""
    forge = await entered(hub)
    assert await forge.read("rulesets") == []
    assert await forge.read("rulesets/7") is None
    unpaid = "Upgrade to GitHub Pro or make this repository public to enable this feature."
    hub.faults = {
        ("GET", f"{LOOK}/rulesets"): [Fault(403, unpaid), Fault(403, "Resource not accessible"), Fault(500)]
    }
    assert await forge.read("rulesets") is None
    for status in ("403", "500"):
        with pytest.raises(FailedError, match=status):
            await forge.read("rulesets?per_page=100")
