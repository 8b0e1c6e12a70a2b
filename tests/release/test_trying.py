"""``--test``: a rehearsal on a test index that can be repeated, and ends with an installation."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from support import indexes, parts, releasing
from support.cdn import Answer, Cdn, cdn
from support.releasing import Fingerprint, Run, Stage

TRY = ("--test", "--version", "minor")


@dataclass
class Trial:
    """A project that depends on a helper, a test index, and the index that has the helper.

    Attributes:
        stage: The project.
        packages: What the test index has.
        elsewhere: What the other index has.
        front: What stands before the test index.
        paths: What the test index was asked for.
    """

    stage: Stage
    packages: Path
    elsewhere: Path
    front: Cdn
    paths: list[str]

    def run(self, *arguments: str, backend: str = "asyncio", **environ: str) -> Run:
        """Run the tool; it must not touch anything of git's."""
        before = self.seen()
        run = self.stage.run(*arguments, backend=backend, **environ)
        assert self.seen() == before
        assert self.stage.processes() == []
        return run

    def seen(self) -> Fingerprint:
        """All that is the user's; what an unfinished run keeps for itself is not."""
        now = self.stage.fingerprint()
        theirs = "\n".join(line for line in now.refs.splitlines() if "refs/release-async/" not in line)
        return now._replace(refs=theirs, runs=())


@contextmanager
def trial(directory: Path) -> Iterator[Trial]:
    """Two real indexes; installers know the second one only."""
    account, packages, elsewhere = indexes.credentials(), directory / "test-packages", directory / "elsewhere"
    parts.helper(elsewhere)
    paths: list[str] = []

    def noted(path: str) -> bool:
        paths.append(path)
        return False

    with (
        releasing.tiny(directory) as stage,
        indexes.pypiserver(packages, account) as url,
        indexes.pypiserver(elsewhere, account) as other,
        cdn(url) as front,
    ):
        front.broken = noted
        parts.state(stage, f"Requires-Dist: {parts.HELPER}")
        stage.environ |= {
            "TEST_PYPI_REPOSITORY_URL": front.url,
            "PYPI_TEST_TOKEN": account.secret.reveal(),
            "PYPI_USERNAME": account.user,
            "PIP_INDEX_URL": f"{other}simple/",
            "UV_DEFAULT_INDEX": f"{other}simple/",
        }
        yield Trial(stage, packages, elsewhere, front, paths)


@pytest.fixture
def tried(tmp_path: Path) -> Iterator[Trial]:
    """A project that can be tried."""
    with trial(tmp_path) as tried:
        yield tried


def test_it_can_be_repeated_and_each_time_installs(tried: Trial) -> None:
    """The planned version first, then its next development releases; what is installed says which it is."""
    for version, backend in (("2.1.0", "asyncio"), ("2.1.0.dev1", "trio"), ("2.1.0.dev2", "asyncio")):
        run = tried.run(*TRY, backend=backend)
        assert run.code == 0, run.said
        assert f"tiny 2.0.0 → {version}" in run.said
        assert (f"tiny {version} is on 127.0.0.1:" in run.said, "is released" in run.said) == (True, False)
        assert f"with its dependencies, where it says it is {version}" in run.said
    assert len(list(tried.packages.iterdir())) == 6


def test_a_second_one_that_an_old_page_misleads_ends_in_words_that_help(tried: Trial) -> None:
    """Its version is taken by the first: nothing is replaced, nobody is blamed, and the next one is free."""
    assert tried.run(*TRY).code == 0
    first = sorted(tried.packages.iterdir())
    tried.front.kept["/simple/tiny/", "html"] = Answer(404, "text/plain", "1", b"as it was before the first")
    run = tried.run(*TRY)
    assert run.code == 6, run.said
    assert "with other bytes than ours" in run.said
    assert "somebody has uploaded this version, or an earlier --test has" in run.said
    assert sorted(tried.packages.iterdir()) == first
    assert tried.run("--abandon", "--yes").code == 0
    tried.front.kept.clear()
    run = tried.run(*TRY)
    assert run.code == 0, run.said
    assert "tiny 2.0.0 → 2.1.0.dev1" in run.said


def test_a_package_of_a_dependencys_name_on_the_test_index_is_not_taken(tried: Trial) -> None:
    """Anybody can put one there: the test index is asked for our own project alone."""
    parts.helper(tried.packages, "99.0")
    run = tried.run(*TRY)
    assert run.code == 0, run.said
    assert tried.paths
    assert not [path for path in tried.paths if "helper" in path]


def test_what_cannot_be_installed_is_found_there_and_tried_again(tried: Trial) -> None:
    """A dependency that nobody has: exit 5 with the installer's words; given up and mended, dev1 follows."""
    (helper,) = tried.elsewhere.iterdir()
    helper.rename(tried.stage.packages / helper.name)
    run = tried.run(*TRY)
    assert run.code == 5, run.said
    assert "tiny 2.1.0 cannot be installed with its dependencies" in run.said
    assert parts.HELPER in run.said
    assert "release-async --abandon --yes" in run.said
    run = tried.run("--abandon", "--yes")
    assert run.code == 0, run.said
    assert "the next trial takes the next free .devN, and a release is not in its way" in run.said
    parts.helper(tried.elsewhere)
    run = tried.run(*TRY)
    assert run.code == 0, run.said
    assert "where it says it is 2.1.0.dev1" in run.said


def test_an_installation_that_failed_for_a_moment_is_resumed(tried: Trial) -> None:
    """The files are there already: nothing is uploaded again, and the installation is all that is owed."""
    (helper,) = tried.elsewhere.iterdir()
    away = helper.rename(tried.stage.packages.parent / helper.name)
    assert tried.run(*TRY).code == 5
    before = sorted(tried.packages.iterdir())
    owed = tried.run("status").said
    assert "tiny 2.1.0 installs with its dependencies" in owed
    away.rename(helper)
    run = tried.run("--resume")
    assert run.code == 0, run.said
    assert "where it says it is 2.1.0" in run.said
    assert sorted(tried.packages.iterdir()) == before


def test_what_is_for_another_python_is_not_installed_and_said_so(tried: Trial) -> None:
    """That this machine cannot try it is no fault of the release."""
    parts.state(tried.stage, "Requires-Python: <3")
    run = tried.run(*TRY)
    assert run.code == 0, run.said
    assert "was not installed: it wants a Python that is <3" in run.said
