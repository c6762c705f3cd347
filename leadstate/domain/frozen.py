"""Frozen values, made and copied at half of the usual cost.

A frozen dataclass sets its fields by `object.__setattr__`, which finds each one by its
name.  The slots' own setters know their place, and what they make is as frozen as any
other.  The few values that every decision makes are made with them:

    @dataclass(frozen=True, slots=True, init=False)
    class Step:
        source: str
        target: str

        def __init__(self, source: str, target: str) -> None:
            _set_source(self, source)
            _set_target(self, target)

    _set_source, _set_target = slot_setters(Step)

What is copied on the way of every record is copied by `replace`, which is
`dataclasses.replace` for classes with slots whose ``__init__`` only sets them:

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True, slots=True)
... class Place:
...     stage: str
...     version: int = 1
>>> replace(Place("lead"), version=2)
Place(stage='lead', version=2)
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import replace as replace  # noqa: PLC0414 - mypy knows this one
else:

    def replace(value: object, /, **changes: object) -> object:
        """Return a copy of a frozen dataclass with these fields changed.

        Raises:
            TypeError: It has no such field.
        """
        kind = value.__class__
        slots = _slots.get(kind)
        if slots is None:
            slots = _slots[kind] = _slots_of(kind)
        if not changes.keys() <= slots.keys():
            unknown = ", ".join(sorted(changes.keys() - slots.keys()))
            raise TypeError(f"{kind.__name__} has no field {unknown}")
        copy = object.__new__(kind)
        for name, put in slots.items():
            put(copy, changes[name] if name in changes else getattr(value, name))
        return copy


__all__ = ["replace", "slot_setters"]

_slots: dict[type, dict[str, Callable[[Any, Any], None]]] = {}


def slot_setters(cls: type) -> tuple[Callable[[object, object], None], ...]:
    """Return what sets each slot of a dataclass, in the order of its fields.

    For its own ``__init__`` alone: anywhere else it would thaw what is frozen.
    """
    return tuple(cls.__dict__[one.name].__set__ for one in fields(cls))


def _slots_of(cls: type) -> dict[str, Callable[[Any, Any], None]]:
    """Return what sets each slot of a dataclass, by the name of its field."""
    return {one.name: cls.__dict__[one.name].__set__ for one in fields(cls)}
