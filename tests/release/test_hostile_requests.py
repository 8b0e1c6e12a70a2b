"""What is typed where a version belongs is a version or refused: no option, escape, shell, endless number."""

import re
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from release_async.base.errors import ReleaseAsyncError
from release_async.cli import main as cli
from release_async.versions import select_distribution
from release_async.versions.bump import Part
from release_async.versions.distribution import Distribution, Role, Site
from support.repositories import Repository
from support.tiny import write_tiny

HOSTILE = (
    "--help",
    "-rf",
    "$(id)",
    "`id`",
    "1.0;id",
    "1.0 && id",
    "1.0|id",
    "1.0\n",
    "1.0\nid",
    "1.0\r",
    "1.0\x1b[31m",
    "\x1b]0;owned\x07",
    "1.0\u202e0.2",
    "1.0\x9b2J",
    "../1.0",
    "1.0/../../x",
    "refs/tags/v1",
    "v1.0..2",
    "1.0@{1}",
    "1.0~1",
    "1.0^",
    "+1.0",
    "1.0:refs/heads/main",
    "9" * 5000,
    "1." + "9" * 5000,
    "1." * 3000 + "1",
    "\u0661.\u0662",
    "1.0\udc80",
    "",
    " ",
)
DEMO = Distribution("demo", "", (Site("pyproject.toml", 3, Role.SOURCE, "1.2.3", key="project.version"),))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in a repository."""
    root = tmp_path_factory.mktemp("project")
    write_tiny(root)
    Repository.init(root).commit("begin")
    return root


@pytest.mark.parametrize("output", ["plain", "json"])
@pytest.mark.parametrize("request_", HOSTILE, ids=lambda text: ascii(text)[:24])
def test_what_is_no_version_is_refused_in_one_harmless_line(
    project: Path, request_: str, output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By a release and by a bump: exit 2, nothing changed, and what is said acts on no terminal."""
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    for words in (["bump", "--", request_], [f"--version={request_}", "--dry-run"]):
        common = ["-C", str(project), "--output", output]
        code = cli.main([*words[:1], *common, *words[1:]])
        said = capsys.readouterr()
        assert code == 2, said
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", said.out + said.err)
        assert len(said.out + said.err) < 2000
        assert "Traceback" not in said.out + said.err
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("word", ["--out\x1b[31mput", "--\x9b2J", "--x=\x1b]0;owned\x07", "\x1b[2J"])
def test_a_word_that_is_unknown_is_shown_without_what_it_does(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The parser repeats what it did not understand."""
    assert cli.main([word]) == 2
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", capsys.readouterr().err)


@given(st.one_of(st.text(max_size=30), st.text("0123456789.abrcdevpost+-!v \n", max_size=30)))
def test_what_is_taken_is_a_version_in_its_normal_form(text: str) -> None:
    """Whatever is typed: an error in words, or a version that can stand in a tag, a path and a file name."""
    version, said = "", ""
    try:
        version = str(select_distribution.requested_version(DEMO, text))
    except ReleaseAsyncError as error:
        said = error.what + error.cure
    assert said.isprintable()
    assert said or text in list(Part) or re.fullmatch(r"(\d+!)?\d[0-9a-z.]*(\+[0-9a-z.]+)?", version)
