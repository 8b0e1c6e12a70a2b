"""Whatever is shown, no secret is: the last line of defence does not ask where a text came from."""

from io import StringIO
from pathlib import Path

import pytest

from release_async import render
from release_async.base.problems import refuse
from release_async.base.secret import MASK, Secret
from release_async.plan import events, preview
from release_async.plan.events import Event, Outcome
from release_async.render.redacting_renderer import RedactingRenderer
from support import canary, secrets, story
from support.story import changed

WORD = secrets.characters(20)
LEAKY = changed(story.PLAN, message=WORD, remote_url=f"git@x:{WORD}", test_command=("x", WORD))
LEAKS: tuple[Event, ...] = (
    events.OutputLine("tests", f"the token is {WORD}."),
    events.Note(f"{WORD}"),
    events.Failed(f"{WORD}?", f"do {WORD}", f"a\n{WORD}", (WORD,), (WORD,), (f"cmd {WORD}",), 4),
    events.CheckFinished(
        "tests", "Test suite", Outcome.REFUSED, (refuse(WORD, cure=WORD, where=WORD, detail=WORD),), 0.1, WORD
    ),
    events.StepFinished("push", "Push", Outcome.SKIPPED, 0.1, WORD),
    events.EffectStarted("push", WORD),
    events.PlanMade(LEAKY, (story.LINES[0]._replace(text=WORD),), preview.stages(LEAKY)),
    events.Waiting("push", 1.0, WORD, 2),
    events.Released("demo", "1.0", (("install it", WORD),), 1.0),
)


@pytest.mark.parametrize("output", ["rich", "plain", "json", "actions"])
@pytest.mark.parametrize("event", LEAKS, ids=lambda event: type(event).__name__)
async def test_no_text_of_any_event_shows_a_secret(
    output: str, event: Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every output, wherever in the event it stands; all the rest is told as it is."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "naked.md"))
    told, masked = StringIO(), StringIO()
    naked = render.create_renderer(output, verbose=True, stdout=told, stdin=StringIO())
    naked.show(event)
    naked.close()
    hides = canary.shows(told.getvalue().replace("\n", "").replace(" ", ""))
    assert hides or output == "rich"  # which shows some events only as a part of others
    canary.plant(tmp_path / "naked.md")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    renderer = RedactingRenderer(
        render.create_renderer(output, verbose=True, stdout=masked, stdin=StringIO())
    )
    renderer.hide([Secret(WORD)])
    renderer.show(event)
    await renderer.ask(f"Is it {WORD}?")
    renderer.close()
    assert not canary.shows(masked.getvalue().replace("\n", "").replace(" ", ""))
    assert MASK in masked.getvalue()


@pytest.mark.parametrize("word", ["x", "right"])
async def test_a_short_secret_makes_no_gap_in_our_own_words(word: str) -> None:
    """Everybody knows them, and would read the secret from the gap; what others have written is masked."""
    shown = StringIO()
    renderer = RedactingRenderer(
        render.create_renderer("plain", verbose=True, stdout=shown, stdin=StringIO())
    )
    renderer.hide([Secret(word)])
    foreign = f"the password is {word}."
    problem = refuse("set it right, then fix it", cure="fix it right away", detail=foreign)
    renderer.show(events.CheckFinished("ci", "CI", Outcome.REFUSED, (problem,), 0.1, ""))
    renderer.show(events.OutputLine("tests", foreign))
    renderer.show(events.Failed("fix what is right", "to fix it", foreign, (), (), (), 4))
    await renderer.ask("Fix it right?")
    renderer.close()
    said = " ".join(shown.getvalue().split())
    assert f"is {word}." not in said
    assert said.count(f"is {MASK}.") == 3
    assert said.count(MASK) == 3


def test_what_holds_no_secret_is_shown_as_it_is() -> None:
    """Enumerations, numbers, plans: nothing changes its type or its value on the way."""
    shown: list[Event] = []

    class Eyes:
        can_ask = True
        show = staticmethod(shown.append)

        async def ask(self, question: str) -> bool:
            return question == "really?"

        async def ask_line(self, question: str) -> str:
            return question

        def close(self) -> None:
            """Nothing is open."""

    renderer = RedactingRenderer(Eyes())
    for told in (False, True):
        if told:
            renderer.hide([Secret(WORD)])
            renderer.hide([Secret(secrets.characters(20))])
        for event in (*story.checks_pass(), *story.checks_begin()):
            renderer.show(event)
            assert shown[-1] == event
            assert type(shown[-1]) is type(event)
    assert renderer.can_ask
