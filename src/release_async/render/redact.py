"""Eyes that see no secret: whatever an event or a question holds, also of an error's words, is masked first.

The last line of defence, behind those that redact what children and servers say. It shows nothing itself.
"""

from collections.abc import Callable, Iterable
from typing import cast

from release_async.base.lazy_typing import TYPE_CHECKING
from release_async.plan.events import Event
from release_async.render import Renderer

if TYPE_CHECKING:
    from release_async.base.secret import Secret


class RedactingRenderer:
    """Hands everything on to a renderer, with a mask in the place of each secret that it was told of."""

    def __init__(self, renderer: Renderer) -> None:
        self._eyes = renderer
        self._secrets: set[Secret] = set()
        self._redacted: Callable[[str], str] = str

    def hide(self, secrets: "Iterable[Secret]") -> None:
        """From now on, show none of these either."""
        from release_async.base.secret_masking import redactor  # noqa: PLC0415 - some commands know no secret

        self._secrets.update(secrets)
        self._redacted = redactor(self._secrets)

    @property
    def can_ask(self) -> bool:
        """Whether there is a person to answer."""
        return self._eyes.can_ask

    def show(self, event: Event) -> None:
        """Show one event."""
        self._eyes.show(cast("Event", self._masked(event)) if self._secrets else event)

    async def ask(self, question: str) -> bool:
        """Ask a question."""
        return await self._eyes.ask(self._redacted(question))

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._eyes.close()

    def _masked(self, value: object) -> object:
        """The same with all its texts masked, however deep they lie."""
        if type(value) is str:  # and no enumeration, which is ours
            return self._redacted(value)
        if isinstance(value, tuple):
            items = [self._masked(item) for item in value]
            return type(value)._make(items) if hasattr(value, "_make") else tuple(items)
        import dataclasses  # noqa: PLC0415 - as above

        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = (field.name for field in dataclasses.fields(value))
            return dataclasses.replace(value, **{name: self._masked(getattr(value, name)) for name in names})
        return value
