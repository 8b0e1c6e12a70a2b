"""Prints every event as one JSON object on a line, for scripts: stable names, nothing else.

A question is asked on the terminal, where there is one, and never on the output.
"""

import json
import re
from dataclasses import fields, is_dataclass
from typing import TextIO

from release_async.base.printable_text import printable
from release_async.plan.events import Event, LastTag, VersionsFound
from release_async.plan.plan import Plan
from release_async.render.output_stream import Stream
from release_async.render.terminal_prompt import can_answer, is_yes, prompted
from release_async.versions.distribution import Distribution, Site


class JsonLines:
    """Events as JSON lines: ``event`` is the event's name in snake case, the other keys are its fields."""

    def __init__(self, stream: Stream, answers: TextIO | None = None) -> None:
        self._stream = stream
        self._answers = answers

    @property
    def can_ask(self) -> bool:
        """Whether there is a terminal that a person answers on; the question is no line of the output."""
        return can_answer(self._answers)

    def close(self) -> None:
        """Flush the stream."""
        self._stream.flush()

    def show(self, event: Event) -> None:
        """Write one event; for ``VersionsFound``, the single object that ``versions`` documents."""
        if isinstance(event, VersionsFound):
            self._write(
                {
                    "distributions": [
                        _distribution(each) | _from_tag(event.last_tag(each)) for each in event.distributions
                    ]
                }
            )
        else:
            self._write({"event": _name(event), **_fields(event)})

    async def ask(self, question: str) -> bool:
        """Ask on the terminal if there is one, else the answer is No; write the question and the answer."""
        answer = is_yes(await self._typed(f"{question} [y/N] "))
        self._write({"event": "asked", "question": question, "answer": answer})
        return answer

    async def ask_line(self, question: str) -> str:
        """As ``ask``, for a line; it is empty if nobody can answer."""
        line = await self._typed(question)
        self._write({"event": "asked", "question": question, "answer": line})
        return line

    async def _typed(self, question: str) -> str:
        if not can_answer(self._answers):
            return ""
        return await prompted("\n".join(map(printable, question.split("\n"))), self._answers)

    def _write(self, record: dict[str, object]) -> None:
        # GitHub Actions would obey ``##[...]`` anywhere in a line; as JSON, the escape means the same.
        self._stream.write(json.dumps(record).replace("##[", "#\\u0023[") + "\n")
        self._stream.flush()


def _name(event: Event) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(event).__name__).lower()


def _plan(plan: Plan) -> dict[str, object]:
    """A plan; of its first package also beside the rest, where scripts of earlier versions look for it."""
    first = _fields(plan.packages[0])
    alone = {name: first[name] for name in _OF_ONE_PACKAGE}
    return _fields(plan) | alone | {"upload_only": plan.upload_only}


_OF_ONE_PACKAGE = (
    *("name", "root", "current", "version", "edits", "tag", "title", "test_command", "changelog"),
    "narrowing",
)


def _fields(record: object) -> dict[str, object]:
    if is_dataclass(record):
        return {field.name: _value(getattr(record, field.name)) for field in fields(record)}
    return {name: _value(value) for name, value in record._asdict().items()}  # type: ignore[attr-defined]  # a NamedTuple


def _value(value: object) -> object:
    if isinstance(value, Plan):
        return _plan(value)
    if is_dataclass(value) or hasattr(value, "_asdict"):
        return _fields(value)
    if isinstance(value, tuple):
        return [_value(each) for each in value]
    return "\n".join(map(printable, value.split("\n"))) if isinstance(value, str) else value


def _distribution(distribution: Distribution) -> dict[str, object]:
    return {
        "name": distribution.name,
        "root": distribution.root,
        "version": distribution.version,
        "agree": distribution.agree,
        "sites": [_site(site) for site in distribution.sites],
    }


def _from_tag(tag: LastTag | None) -> dict[str, object]:
    """What the tags say, for a distribution that takes its version from them."""
    if tag is None:
        return {}
    said = {"last": tag.name, "version": tag.version, "today": tag.untagged}
    known = {name: value or None for name, value in said.items()}
    return {"tag": {"tool": tag.tool, **known, "distance": tag.distance}}


def _site(site: Site) -> dict[str, object]:
    version = site.version if site.text else None
    return {
        "path": site.path,
        "line": site.line,
        "role": site.role.value,
        "text": site.text,
        "version": None if version is None else str(version),
        "note": site.note,
    }
