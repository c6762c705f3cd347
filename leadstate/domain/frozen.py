"""Frozen values, made and copied at a third of the usual cost.

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
        copy = _copies.get(kind)
        if copy is None:
            copy = _copies[kind] = _copy_of(kind)
        return copy(value, **changes)


__all__ = ["replace", "slot_setters"]

_copies: dict[type, Callable[..., Any]] = {}


def slot_setters(cls: type) -> tuple[Callable[[object, object], None], ...]:
    """Return what sets each slot of a dataclass, in the order of its fields.

    For its own ``__init__`` alone: anywhere else it would thaw what is frozen.
    """
    return tuple(cls.__dict__[one.name].__set__ for one in fields(cls))


def _copy_of(cls: type) -> Callable[..., Any]:
    """Return the function that copies values of a class, with some fields changed.

    Written as text like the guards, and like a dataclass's own ``__init__``.
    """
    names = [one.name for one in fields(cls)]
    asked = "".join(f", {name}=_kept" for name in names)
    slots = "".join(
        f"    _set_{name}(_new, _old.{name} if {name} is _kept else {name})\n"
        for name in names
    )
    text = (
        f"def copy(_old, /{', *' * bool(names)}{asked}):\n"
        f"    _new = _make(_cls)\n{slots}    return _new\n"
    )
    known: dict[str, Any] = {"_cls": cls, "_make": object.__new__, "_kept": object()}
    known |= {f"_set_{name}": cls.__dict__[name].__set__ for name in names}
    exec(text, known)  # noqa: S102 - nothing in it but the names of fields
    copy: Callable[..., Any] = known["copy"]
    return copy
