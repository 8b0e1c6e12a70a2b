"""JSON lines: what scripts read. Names are a contract."""

import io
import json
import typing
from collections.abc import Sequence

import pytest

from release_async.plan import events
from release_async.plan.events import Event, Outcome
from release_async.render.json_lines import JsonLines
from release_async.render.output_stream import Stream
from support import screens, story
from support.story import changed


def records(tale: Sequence[Event]) -> list[dict[str, object]]:
    """What a script reads of a tale."""
    out = io.StringIO()
    renderer = JsonLines(Stream(out))
    for event in tale:
        renderer.show(event)
    renderer.close()
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("tale", screens.TALES)
def test_one_object_a_line_for_every_event(tale: str) -> None:
    """As many objects as events, in their order."""
    told = screens.TALES[tale]()
    assert len(records(told)) == len(told)


def test_event_names_are_stable() -> None:
    """Every event has the name that scripts know it by."""
    kinds = typing.get_args(events.Event)
    assert {record["event"] for record in records(story.unfinished())} <= {
        "plan_made",
        "checks_started",
        "check_started",
        "check_finished",
        "checks_finished",
        "step_started",
        "step_finished",
        "effect_started",
        "effect_finished",
        "progress",
        "waiting",
        "output_line",
        "failed",
    }
    assert all(kind._fields for kind in kinds)


def test_a_check_with_a_problem_is_told_in_full() -> None:
    """Enums become their values, problems become objects."""
    [record] = records(
        [events.CheckFinished("tree", "Working tree", Outcome.REFUSED, (story.DIRTY,), 0.5, "why")]
    )
    assert record == {
        "event": "check_finished",
        "name": "tree",
        "title": "Working tree",
        "outcome": "refused",
        "problems": [
            {
                "level": "refuse",
                "where": "src/demo/core.py",
                "what": "has changes that are not committed, and a release holds only what is committed",
                "cure": "git commit, or git stash",
                "detail": "",
                "network": False,
                "is_final": False,
            }
        ],
        "seconds": 0.5,
        "note": "why",
    }


def test_versions_are_the_one_promised_object() -> None:
    """The object of ``versions --output json`` has exactly the documented keys."""
    assert records(story.versions_disagree()) == [
        {
            "distributions": [
                {
                    "name": "demo",
                    "root": "",
                    "version": "1.2.3",
                    "agree": False,
                    "sites": [
                        _site("pyproject.toml", 3, "source", "1.2.3"),
                        _site("src/demo/__init__.py", 1, "mirror", "1.2.2"),
                        _site("docs/conf.py", 9, "derived", "") | {"note": "importlib.metadata"},
                    ],
                }
            ]
        }
    ]


def _site(path: str, line: int, role: str, text: str) -> dict[str, object]:
    return {"path": path, "line": line, "role": role, "text": text, "version": text or None, "note": ""}


def test_credentials_of_a_remote_are_not_told() -> None:
    """A remote's URL may hold a password: it is starred."""
    password = "pass" + "word"
    plan = changed(story.PLAN, remote_url=f"https://me:{password}@example.com/demo.git")
    [record] = records([events.PlanMade(plan)])
    assert password not in json.dumps(record)
    assert isinstance(record["plan"], dict)
    assert record["plan"]["remote_url"] == "https://***@example.com/demo.git"


def test_what_scripts_read_of_a_plan_stays_where_it_was() -> None:
    """Plans knew one package once: its values still stand beside the rest, under the names they had."""
    [record] = records([events.PlanMade(story.PLAN)])
    plan = record["plan"]
    assert isinstance(plan, dict)
    (package,) = plan["packages"]
    once = {"name", "root", "current", "version", "edits", "tag", "title", "test_command", "changelog"}
    assert {name: plan[name] for name in {*once, "narrowing"}} == {
        name: value for name, value in package.items() if name in {*once, "narrowing"}
    }
    assert plan["upload_only"] is False


async def test_questions_are_told_and_answered_no() -> None:
    """Where nobody is there, a script can read that somebody would have been asked."""
    out = io.StringIO()
    renderer = JsonLines(Stream(out))
    assert await renderer.ask("Continue anyway?") is False
    assert json.loads(out.getvalue()) == {"event": "asked", "question": "Continue anyway?", "answer": False}


def test_nothing_that_acts_on_a_terminal_is_told() -> None:
    """Scripts print what they read: escapes of a server, a remote or a child are gone, line ends stay."""
    event = events.Failed("a\x1b[31mb", "c\x07d", "e\x1b]0;title\x07f\r\n\u202eg", (), (), ("h\x9bi",), 4)
    (record,) = records([event])
    assert (record["what"], record["cure"], record["detail"]) == ("ab", "cd", "ef\ng")
    assert record["manual"] == ["h"]


def test_no_line_is_a_command_of_a_runner() -> None:
    """GitHub's runner would obey ``##[...]`` wherever it stands; a parser reads the same as before."""
    out = io.StringIO()
    JsonLines(Stream(out)).show(events.Note("x ##[add-path]/tmp ##["))
    assert "##[" not in out.getvalue()
    assert json.loads(out.getvalue())["text"] == "x ##[add-path]/tmp ##["


def test_the_plan_is_told_with_its_lines_and_stages() -> None:
    """What a person sees before saying Yes, a script can read."""
    [record] = records([story.PLANNED])
    assert record["lines"] == [line._asdict() for line in story.LINES]
    assert isinstance(record["stages"], list)
    assert {stage["name"] for stage in record["stages"] if stage["final"]} == {"upload", "announce"}
