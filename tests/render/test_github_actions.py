"""A job of GitHub Actions: marks at the right lines, a page of the run, and no word of others acts."""

import io
from pathlib import Path

import pytest

from release_async.base.problems import Problems, refuse, warn
from release_async.plan import events
from release_async.plan.events import Event, Outcome
from release_async.render.github_actions import GitHubActions
from release_async.render.output_stream import Stream
from support import screens, story


def finished(*problems: Problems) -> list[Event]:
    """A check that found these, at the end of all checks."""
    found = tuple(problem for group in problems for problem in group)
    return [
        events.ChecksStarted((("versions", "Versions agree"),)),
        events.CheckFinished("versions", "Versions agree", Outcome.REFUSED, found, 0.1),
        events.ChecksFinished(Outcome.REFUSED, 0.1, 0.1),
    ]


def commands(log: str) -> list[str]:
    """The lines that GitHub's runner obeys: those that begin like a command, behind blanks."""
    return [line for line in log.splitlines() if line.lstrip().startswith("::") or "##[" in line]


def test_a_problem_is_marked_at_its_line() -> None:
    """A file and line become properties; a problem that is about no line marks the run."""
    tale = finished(
        (refuse("says 1.2", where="src/a,b%.py:12", cure="write 1.3\nthere"),),
        (warn("odd", where="refs/tags/v1", cure="look"),),
    )
    said = "src/a,b%25.py:12: says 1.2%0Awrite 1.3%0Athere"
    assert commands(screens.in_actions(tale))[2:] == [
        f"::error file=src/a%2Cb%25.py,line=12,title=Versions agree::{said}",
        "::warning title=Versions agree::refs/tags/v1: odd%0Alook",
    ]


@pytest.mark.parametrize("tale", screens.TALES)
def test_every_group_is_ended(tale: str) -> None:
    """None within another, and none left open, however the run ends."""
    found = [
        line.split("::")[1].split(" ")[0] for line in commands(screens.in_actions(screens.TALES[tale]()))
    ]
    groups = [kind for kind in found if kind in {"group", "endgroup"}]
    assert groups == ["group", "endgroup"] * (len(groups) // 2)


NASTY = "::set-env name=PATH::/tmp"
SPOKEN = (
    NASTY,
    f"  {NASTY}",
    f"\t{NASTY}",
    "x ##[add-path]/tmp",
    "a\n::stop-commands::x",
    "\u2003::add-mask::a",
)


@pytest.mark.parametrize("said", SPOKEN)
@pytest.mark.parametrize("output", ["actions", "plain"])
def test_what_others_wrote_is_no_command(output: str, said: str) -> None:
    """Neither a child's output nor a name, a note or an error: only our own commands begin like one."""
    tale: list[Event] = [
        events.OutputLine("tests", said),
        events.Note(said),
        *finished((refuse(said, where=said, cure=said, detail=said),)),
        events.StepStarted("push", "Push"),
        events.Waiting(said, 1.0, said, 2),
        events.StepFinished("push", "Push", Outcome.FAILED, 0.1, said),
        events.Failed(said, said, said, (said,), (said,), (said,), 5),
    ]
    log = screens.in_actions(tale) if output == "actions" else screens.as_plain_lines(tale, verbose=True)
    ours = ("::group::", "::endgroup::", "::error title=", "::error file=")
    assert all(line.startswith(ours) for line in commands(log))
    assert len(commands(log)) == (6 if output == "actions" else 0)


def page(tale: list[Event], path: Path) -> str:
    """What a tale adds to the page of a job."""
    renderer = GitHubActions(Stream(io.StringIO()), io.StringIO())
    for event in tale:
        renderer.show(event)
    renderer.close()
    return path.read_text(encoding="utf-8")


@pytest.fixture
def summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page of a job, on which an earlier step has written."""
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    return path


def test_the_page_tells_the_run(summary: Path) -> None:
    """Behind what stands there: how it ended, where to look, every check and step, and the timeline."""
    text = page(story.released(), summary)
    assert text.startswith("before\n\n## demo 1.3.0 is released\n")
    assert "- tag: <code>v1.3.0</code>" in text
    assert "| Test suite | ✓ | 12.3 s | 412 passed |" in text
    assert "| GitHub release | - |  | origin is not on GitHub |" in text
    assert "timeline" in text


def test_the_page_of_a_failure_tells_what_to_do(summary: Path) -> None:
    """What happened, the cure, what is public, what is owed; and the words of others as they are."""
    text = page(story.unfinished(), summary)
    assert "## origin refused the push.\n\n<code>allow the push, then: release-async --resume</code>" in text
    assert "**already public**\n\n- <code>demo-1.3.0-py3-none-any.whl</code>" in text
    assert " ! [remote rejected] main -&gt; main\n</pre>" in text


def test_checks_alone_have_a_page_too(summary: Path) -> None:
    """Where no release comes behind them: how they ended together, once, and each of them with its cure."""
    text = page(story.checks_refuse()[:-1], summary)
    assert text.count("## ") == 1
    assert "## 3 checks passed, 1 refused, 1 failed, 1 warning, 1 skipped, 2 not run (" in text
    assert "is committed: git commit, or git stash |" in text


def test_nothing_on_the_page_is_markup_of_others(summary: Path) -> None:
    """Tags, cells, fences, links and images that a test or a server wrote are shown as what they are."""
    nasty = "</pre><img src=x> | ``` ![a](b) **c** \x1b[31m"
    tale = [
        *finished((refuse(nasty, cure=nasty),)),
        events.Failed(nasty, nasty, nasty, (nasty,), (), (), 4),
    ]
    text = page(tale, summary)
    assert "<img" not in text
    assert text.count("</pre>") == 1
    assert "\x1b" not in text
    row = next(line for line in text.splitlines() if line.startswith("| Versions agree"))
    assert row.replace("\\|", "").count("|") == 5
    assert all(mark not in text.partition("<pre>")[0] for mark in (" ``` ", " ![a]", " **c**"))


def test_a_page_that_cannot_be_written_ends_no_release(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The log is all there is then."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "missing" / "summary.md"))
    assert "is released" in screens.in_actions(story.released())


async def test_nobody_is_asked_in_a_job() -> None:
    """The answer is No, and the log says so."""
    out = io.StringIO()
    renderer = GitHubActions(Stream(out), io.StringIO("y\n"))
    assert not renderer.can_ask
    assert await renderer.ask("Continue anyway?") is False
    assert "Continue anyway? [y/N] No" in out.getvalue()
