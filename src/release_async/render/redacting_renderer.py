"""A renderer that masks every secret in the events and questions it passes on to another.

The last line of defence, behind those that redact the output of children and servers. It shows nothing
itself. A very short secret is masked in what other programs have written only: our own words are known, and a
gap in them would tell which it is.
"""

from collections.abc import Callable, Iterable

from release_async.base.lazy_typing import TYPE_CHECKING, cast
from release_async.plan.events import Event
from release_async.render import Renderer

if TYPE_CHECKING:
    from release_async.base.secret import Secret


class RedactingRenderer:
    """Passes everything on to a renderer, with each known secret masked."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._secrets: set[Secret] = set()
        self._redact: Callable[[str], str] = str
        self._redact_foreign: Callable[[str], str] = str

    def hide(self, secrets: "Iterable[Secret]") -> None:
        """From now on, show none of these either."""
        from release_async.base.secret_masking import (  # noqa: PLC0415 - some commands know no secret
            is_distinctive,
            redactor,
        )

        self._secrets.update(secrets)
        self._redact = redactor(filter(is_distinctive, self._secrets))
        self._redact_foreign = redactor(self._secrets)

    @property
    def can_ask(self) -> bool:
        """Whether a person can answer."""
        return self._renderer.can_ask

    def show(self, event: Event) -> None:
        """Show one event."""
        self._renderer.show(cast("Event", self._masked(event, self._redact)) if self._secrets else event)

    async def ask(self, question: str) -> bool:
        """Ask a question."""
        return await self._renderer.ask(self._redact(question))

    async def ask_line(self, question: str) -> str:
        """Ask for a line."""
        return await self._renderer.ask_line(self._redact(question))

    def close(self) -> None:
        """Restore the terminal."""
        self._renderer.close()

    def _masked(self, value: object, redact: "Callable[[str], str]") -> object:
        """The same value with all strings in it masked, at any depth."""
        if type(value) is str:  # not an enumeration: its values are ours
            return redact(value)
        if isinstance(value, tuple):
            names = getattr(value, "_fields", ("",) * len(value))
            items = [
                self._masked(item, self._of(name, redact)) for name, item in zip(names, value, strict=True)
            ]
            return type(value)._make(items) if hasattr(value, "_make") else tuple(items)
        import dataclasses  # noqa: PLC0415 - as above

        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return dataclasses.replace(
                value,
                **{
                    field.name: self._masked(getattr(value, field.name), self._of(field.name, redact))
                    for field in dataclasses.fields(value)
                },
            )
        return value

    def _of(self, name: str, redact: "Callable[[str], str]") -> "Callable[[str], str]":
        """What masks the field of an event, or of what is in one."""
        return self._redact_foreign if name in _FOREIGN else redact


_FOREIGN = frozenset(("detail", "line"))
"""Fields that hold what other programs have written: `Problem.detail`, `Failed.detail`, `OutputLine.line`."""
