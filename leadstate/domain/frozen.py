"""A quick start in life for the few frozen values that every decision makes.

A frozen dataclass sets its fields by `object.__setattr__`, which finds each one by its
name.  The slots' own setters know their place: making a value takes half as long, and
it is as frozen as any other.

    @dataclass(frozen=True, slots=True, init=False)
    class Step:
        source: str
        target: str

        def __init__(self, source: str, target: str) -> None:
            _set_source(self, source)
            _set_target(self, target)

    _set_source, _set_target = slot_setters(Step)
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["slot_setters"]


def slot_setters(cls: type) -> tuple[Callable[[object, object], None], ...]:
    """Return what sets each slot of a dataclass, in the order of its fields.

    For its own ``__init__`` alone: anywhere else it would thaw what is frozen.
    """
    return tuple(cls.__dict__[one.name].__set__ for one in fields(cls))
