"""The words of ``typing``, ``enum`` and ``collections.abc`` for what has to start fast. Imports none of them.

``pattern`` is ``re.compile``, put off to the first use. A type checker sees the standard library's own. What
runs are stand-ins, held equal to the originals by tests in all that is done with them here: importing those
takes longer than everything else that the hook does.
"""

TYPE_CHECKING = False
"""Type checkers take a variable of this name for true, wherever it is defined."""

__all__ = [
    "TYPE_CHECKING", "AbstractSet", "Any", "Callable", "Container", "Final", "IntEnum", "Iterable",
    "Iterator", "Mapping", "NamedTuple", "Never", "Protocol", "Self", "Sequence", "StrEnum", "TypeVar",
    "pattern",
]  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence, Set as AbstractSet
    from enum import IntEnum, StrEnum
    from re import compile as pattern
    from typing import Any, Final, NamedTuple, Never, Protocol, Self, TypeVar
else:
    from _collections_abc import (
        Callable,
        Container,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
        Set as AbstractSet,
    )

    try:
        from _collections import _tuplegetter as _getter
    except ImportError:
        from _operator import itemgetter

        def _getter(place, doc):
            return property(itemgetter(place), doc=doc)

    class _Words:
        """What only annotations name: ``Final``, ``Final[int]``."""

        def __class_getitem__(cls, item):
            return item

    class Final(_Words):
        """See ``typing.Final``."""

    class Protocol:
        """See ``typing.Protocol``."""

    Any = Never = Self = object

    def TypeVar(_):  # noqa: N802 - its name in typing
        """See ``typing.TypeVar``."""
        return object

    class pattern:  # noqa: N801 - stands for a function
        """See ``re.compile``; flags stand in the text."""

        def __init__(self, text):
            self._text = text

        def __getattr__(self, name):
            import re  # noqa: PLC0415 - most commits need no pattern at all

            method = self.__dict__[name] = getattr(re.compile(self._text), name)
            return method

    class _Fields(type):
        """Makes a tuple's items its attributes, by the annotations of the class."""

        def __new__(cls, name, parents, body):
            made = super().__new__(cls, name, parents, {**body, "__slots__": ()})
            made._fields = made.__match_args__ = tuple(body.get("__annotations__") or made.__annotations__)
            made._field_defaults = {field: body[field] for field in made._fields if field in body}
            for place, field in enumerate(made._fields):
                setattr(made, field, _getter(place, field))
            return made

    class NamedTuple(tuple, metaclass=_Fields):
        """See ``typing.NamedTuple``."""

        __slots__ = ()
        __annotations__ = {}  # none of its own

        def __new__(cls, *given, **named):
            if named or len(given) != len(cls._fields):
                given = cls._completed(given, named)
            return tuple.__new__(cls, given)

        @classmethod
        def _completed(cls, given, named):
            """All items in their order: what is given by place, by name, and not at all."""
            items = [*given]
            for field in cls._fields[len(given) :]:
                if field in named:
                    items.append(named.pop(field))
                elif field in cls._field_defaults:
                    items.append(cls._field_defaults[field])
            if named or len(items) != len(cls._fields):
                raise TypeError(f"{cls.__name__} takes {', '.join(cls._fields)}; given are {items}, {named}")
            return items

        @classmethod
        def _make(cls, items):
            return tuple.__new__(cls, items)

        def _replace(self, **named):
            replaced = self._make(map(named.pop, self._fields, self))
            if named:
                raise TypeError(f"{type(self).__name__} has no {', '.join(named)}")
            return replaced

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

        def __getnewargs__(self):
            return tuple(self)

        def __repr__(self):
            pairs = ", ".join(f"{field}={item!r}" for field, item in self._asdict().items())
            return f"{type(self).__name__}({pairs})"

    class _Members(type):
        """Makes the texts or numbers in a class its only instances."""

        def __new__(cls, name, parents, body):
            kind = parents[-1].__mro__[-2]
            values = {key: value for key, value in body.items() if key[0] != "_" and type(value) is kind}
            made = super().__new__(cls, name, parents, {key: body[key] for key in body if key not in values})
            made._members = {value: kind.__new__(made, value) for value in values.values()}
            for key, value in values.items():
                made._members[value].name = key
                setattr(made, key, made._members[value])
            return made

        def __call__(cls, value):
            if value not in cls._members:
                raise ValueError(f"{value!r} is no {cls.__name__}")
            return cls._members[value]

        def __iter__(cls):
            return iter(cls._members.values())

        def __len__(cls):
            return len(cls._members)

        def __contains__(cls, value):
            return value in cls._members

    class StrEnum(str, metaclass=_Members):
        """See ``enum.StrEnum``."""

        value = property(str)

        def __repr__(self):
            return f"<{type(self).__name__}.{self.name}: {self.value!r}>"

        def __reduce__(self):
            return type(self), (self.value,)

    class IntEnum(int, metaclass=_Members):
        """See ``enum.IntEnum``."""

        value = property(int)
        __str__ = int.__repr__
        __repr__ = StrEnum.__repr__
        __reduce__ = StrEnum.__reduce__
