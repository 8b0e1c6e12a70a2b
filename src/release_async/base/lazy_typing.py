"""Importing ``typing`` and ``enum`` costs a commit more than everything else: fast stand-ins for their names.

Type checkers see the originals. At run time these stand-ins are used; tests check that they behave the same
in every way this package uses them. ``pattern`` is ``re.compile``, delayed until the first use.
"""

TYPE_CHECKING = False
"""Type checkers treat a variable of this name as true, wherever it is defined."""

__all__ = [
    "TYPE_CHECKING", "AbstractSet", "Any", "Callable", "Container", "Final", "IntEnum", "Iterable",
    "Iterator", "Mapping", "NamedTuple", "Never", "Protocol", "Self", "Sequence", "StrEnum", "TypeVar",
    "cast", "pattern",
]  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence, Set as AbstractSet
    from enum import IntEnum, StrEnum
    from re import compile as pattern
    from typing import Any, Final, NamedTuple, Never, Protocol, Self, TypeVar, cast
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

        def _getter(index, doc):
            return property(itemgetter(index), doc=doc)

    class _Annotation:
        """A name used only in annotations: ``Final``, ``Final[int]``."""

        def __class_getitem__(cls, item):
            return item

    class Final(_Annotation):
        """See ``typing.Final``."""

    class Protocol:
        """See ``typing.Protocol``."""

    Any = Never = Self = object

    def TypeVar(_):  # noqa: N802 - its name in typing
        """See ``typing.TypeVar``."""
        return object

    def cast(_, value):
        """See ``typing.cast``."""
        return value

    class pattern:  # noqa: N801 - stands for a function
        """See ``re.compile``; without ``re`` flags are written inline, such as ``(?i)``."""

        def __init__(self, text, flags=0):
            self._text, self._flags = text, flags

        def __getattr__(self, name):
            import re  # noqa: PLC0415 - most commits need no pattern at all

            method = self.__dict__[name] = getattr(re.compile(self._text, self._flags), name)
            return method

    class _NamedTupleMeta(type):
        """Turns the annotations of a class into named fields of a tuple."""

        def __new__(cls, name, parents, body):
            new = super().__new__(cls, name, parents, {**body, "__slots__": ()})
            new._fields = new.__match_args__ = tuple(body.get("__annotations__") or new.__annotations__)
            new._field_defaults = {field: body[field] for field in new._fields if field in body}
            for index, field in enumerate(new._fields):
                setattr(new, field, _getter(index, field))
            return new

    class NamedTuple(tuple, metaclass=_NamedTupleMeta):
        """See ``typing.NamedTuple``."""

        __slots__ = ()
        __annotations__ = {}  # none of its own

        def __new__(cls, *args, **kwargs):
            if kwargs or len(args) != len(cls._fields):
                args = cls._completed(args, kwargs)
            return tuple.__new__(cls, args)

        @classmethod
        def _completed(cls, args, kwargs):
            """All items in order: positional arguments, keyword arguments, defaults."""
            items = [*args]
            for field in cls._fields[len(args) :]:
                if field in kwargs:
                    items.append(kwargs.pop(field))
                elif field in cls._field_defaults:
                    items.append(cls._field_defaults[field])
            if kwargs or len(items) != len(cls._fields):
                raise TypeError(f"{cls.__name__} takes {', '.join(cls._fields)}; given are {items}, {kwargs}")
            return items

        @classmethod
        def _make(cls, items):
            return tuple.__new__(cls, items)

        def _replace(self, **kwargs):
            replaced = self._make(map(kwargs.pop, self._fields, self))
            if kwargs:
                raise TypeError(f"{type(self).__name__} has no {', '.join(kwargs)}")
            return replaced

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

        def __getnewargs__(self):
            return tuple(self)

        def __repr__(self):
            pairs = ", ".join(f"{field}={item!r}" for field, item in self._asdict().items())
            return f"{type(self).__name__}({pairs})"

    class _EnumMeta(type):
        """Turns the strings or integers in a class into its only instances."""

        def __new__(cls, name, parents, body):
            kind = parents[-1].__mro__[-2]
            values = {key: value for key, value in body.items() if key[0] != "_" and type(value) is kind}
            new = super().__new__(cls, name, parents, {key: body[key] for key in body if key not in values})
            new._members = {value: kind.__new__(new, value) for value in values.values()}
            for key, value in values.items():
                new._members[value].name = key
                setattr(new, key, new._members[value])
            return new

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

    class StrEnum(str, metaclass=_EnumMeta):
        """See ``enum.StrEnum``."""

        value = property(str)

        def __repr__(self):
            return f"<{type(self).__name__}.{self.name}: {self.value!r}>"

        def __reduce__(self):
            return type(self), (self.value,)

    class IntEnum(int, metaclass=_EnumMeta):
        """See ``enum.IntEnum``."""

        value = property(int)
        __str__ = int.__repr__
        __repr__ = StrEnum.__repr__
        __reduce__ = StrEnum.__reduce__
