"""A ``dataclass`` that compiles no code for a frozen class, which takes half a millisecond each time.

Type checkers see the original, which also finds fields, slots and defaults at run time; only the methods are
functions that all classes share. Tests compare both. It knows no ``InitVar`` and no ``__post_init__``.
"""

import dataclasses
from dataclasses import MISSING, FrozenInstanceError, fields

from release_async.base.lazy_typing import TYPE_CHECKING

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(kind=None, /, *, frozen=False, slots=False, kw_only=False):
        """See ``dataclasses.dataclass``, whose defaults are those of the other parameters."""
        if kind is None:
            return lambda kind: dataclass(kind, frozen=frozen, slots=slots, kw_only=kw_only)
        if not frozen:
            return dataclasses.dataclass(kind, slots=slots, kw_only=kw_only)
        made = dataclasses.dataclass(
            kind, init=False, repr=False, eq=False, slots=slots, kw_only=kw_only, match_args=True
        )
        for name, method in _METHODS.items():
            if name not in kind.__dict__:
                setattr(made, name, method)
        return made

    def _init(self, /, *args, **values):
        given = _given(self, args, values)
        for field in fields(self):
            if field.name in given:
                value = given[field.name]
            elif field.default is not MISSING:
                value = field.default
            elif field.default_factory is not MISSING:
                value = field.default_factory()
            elif field.init:
                raise TypeError(f"{type(self).__name__} lacks {field.name}")
            else:
                continue
            object.__setattr__(self, field.name, value)

    def _given(self, args, values):
        """What a call says of the fields, by name."""
        known = {field.name for field in fields(self) if field.init}
        places = self.__match_args__
        if len(args) > len(places) or values.keys() - known or values.keys() & set(places[: len(args)]):
            raise TypeError(f"{type(self).__name__} takes {', '.join(known)}; given are {args}, {values}")
        return {**dict(zip(places, args, strict=False)), **values}

    def _repr(self):
        pairs = (f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if field.repr)
        return f"{type(self).__qualname__}({', '.join(pairs)})"

    def _compared(self):
        return tuple(getattr(self, field.name) for field in fields(self) if field.compare)

    def _eq(self, other):
        return _compared(self) == _compared(other) if type(other) is type(self) else NotImplemented

    def _hash(self):
        return hash(_compared(self))

    def _setattr(self, name, value):
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def _delattr(self, name):
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def _getstate(self):
        return [getattr(self, field.name) for field in fields(self)]

    def _setstate(self, state):
        for field, value in zip(fields(self), state, strict=True):
            object.__setattr__(self, field.name, value)

    _METHODS = {
        "__init__": _init,
        "__repr__": _repr,
        "__eq__": _eq,
        "__hash__": _hash,
        "__setattr__": _setattr,
        "__delattr__": _delattr,
        "__getstate__": _getstate,
        "__setstate__": _setstate,
    }
