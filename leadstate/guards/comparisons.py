"""One closure for each kind of test: look at the class of the value, then compare.

A value that is missing, unparsable or of another type is never met and never raises.
One lambda an operator, written out: a shared one would cost another call for every
test of every record.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias

from leadstate.domain.condition import Operator
from leadstate.guards.facts import Facts

if TYPE_CHECKING:
    from datetime import date, timedelta

    from leadstate.guards.facts import Points


__all__ = [
    "COMPARED",
    "FOLDED",
    "FOLDED_LISTS",
    "LISTS",
    "PRESENT",
    "SCORES",
    "SPANS",
    "TEXTS",
    "Check",
    "Get",
]


class _Held(Protocol):
    """A value whose class was looked at, so that it fits what it is held against."""

    def __lt__(self, other: object, /) -> bool: ...
    def __le__(self, other: object, /) -> bool: ...
    def __gt__(self, other: object, /) -> bool: ...
    def __ge__(self, other: object, /) -> bool: ...
    def __contains__(self, part: object, /) -> bool: ...
    def casefold(self) -> str: ...
    def startswith(self, part: str, /) -> bool: ...
    def endswith(self, part: str, /) -> bool: ...


Get: TypeAlias = Callable[[str], _Held]
"""``values.get`` of the record; what it returns may be anything until looked at."""

Check: TypeAlias = Callable[[Get, Facts], bool]
"""A compiled condition."""

_Classes: TypeAlias = frozenset[type]
_Texts: TypeAlias = "dict[Operator, Callable[[str, _Classes, str], Check]]"
_Lists: TypeAlias = (
    "dict[Operator, Callable[[str, _Classes, frozenset[object]], Check]]"
)

PRESENT: dict[Operator, Callable[[str, _Classes], Check]] = {
    Operator.KNOWN: lambda name, classes: lambda get, _: get(name).__class__ in classes,
    Operator.UNKNOWN: lambda name, _classes: lambda get, _: get(name) is None,
}

COMPARED: dict[Operator, Callable[[str, _Classes, object], Check]] = {
    Operator.EQ: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and v == wanted
    ),
    Operator.NE: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and v != wanted
    ),
    Operator.LT: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and v < wanted
    ),
    Operator.LE: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and v <= wanted
    ),
    Operator.GT: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and v > wanted
    ),
    Operator.GE: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and v >= wanted
    ),
    Operator.HAS: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and wanted in v
    ),
    Operator.HAS_NOT: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and wanted not in v
    ),
}

TEXTS: _Texts = {
    Operator.CONTAINS: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and wanted in v
    ),
    Operator.NOT_CONTAINS: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and wanted not in v
    ),
    Operator.STARTS_WITH: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and v.startswith(wanted)
    ),
    Operator.NOT_STARTS_WITH: lambda name, classes, wanted: (
        lambda get, _: (
            (v := get(name)).__class__ in classes and not v.startswith(wanted)
        )
    ),
    Operator.ENDS_WITH: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and v.endswith(wanted)
    ),
    Operator.NOT_ENDS_WITH: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and not v.endswith(wanted)
    ),
}

FOLDED: _Texts = {
    Operator.EQ: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and v.casefold() == wanted
    ),
    Operator.NE: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and v.casefold() != wanted
    ),
    Operator.CONTAINS: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and wanted in v.casefold()
    ),
    Operator.NOT_CONTAINS: lambda name, classes, wanted: (
        lambda get, _: (
            (v := get(name)).__class__ in classes and wanted not in v.casefold()
        )
    ),
    Operator.STARTS_WITH: lambda name, classes, wanted: (
        lambda get, _: (
            (v := get(name)).__class__ in classes and v.casefold().startswith(wanted)
        )
    ),
    Operator.NOT_STARTS_WITH: lambda name, classes, wanted: (
        lambda get, _: (
            (v := get(name)).__class__ in classes
            and not v.casefold().startswith(wanted)
        )
    ),
    Operator.ENDS_WITH: lambda name, classes, wanted: (
        lambda get, _: (
            (v := get(name)).__class__ in classes and v.casefold().endswith(wanted)
        )
    ),
    Operator.NOT_ENDS_WITH: lambda name, classes, wanted: (
        lambda get, _: (
            (v := get(name)).__class__ in classes and not v.casefold().endswith(wanted)
        )
    ),
}

LISTS: _Lists = {
    Operator.IN: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and v in wanted
    ),
    Operator.NOT_IN: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and v not in wanted
    ),
}

FOLDED_LISTS: _Lists = {
    Operator.IN: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and v.casefold() in wanted
    ),
    Operator.NOT_IN: lambda name, classes, wanted: (
        lambda get, _: (
            (v := get(name)).__class__ in classes and v.casefold() not in wanted
        )
    ),
}

_Origin: TypeAlias = "Callable[[Facts], date]"
SPANS: dict[Operator, Callable[[str, _Classes, timedelta, _Origin], Check]] = {
    Operator.WITHIN_NEXT: lambda name, classes, span, origin: (
        lambda get, facts: (
            (v := get(name)).__class__ in classes
            and origin(facts) <= v <= origin(facts) + span
        )
    ),
    Operator.NOT_WITHIN_NEXT: lambda name, classes, span, origin: (
        lambda get, facts: (
            (v := get(name)).__class__ in classes
            and not origin(facts) <= v <= origin(facts) + span
        )
    ),
    Operator.WITHIN_LAST: lambda name, classes, span, origin: (
        lambda get, facts: (
            (v := get(name)).__class__ in classes
            and origin(facts) - span <= v <= origin(facts)
        )
    ),
    Operator.NOT_WITHIN_LAST: lambda name, classes, span, origin: (
        lambda get, facts: (
            (v := get(name)).__class__ in classes
            and not origin(facts) - span <= v <= origin(facts)
        )
    ),
}

SCORES: dict[Operator, Callable[[Points, float], Check]] = {
    Operator.EQ: lambda score, wanted: lambda _, facts: facts.score(score) == wanted,
    Operator.NE: lambda score, wanted: lambda _, facts: facts.score(score) != wanted,
    Operator.LT: lambda score, wanted: lambda _, facts: facts.score(score) < wanted,
    Operator.LE: lambda score, wanted: lambda _, facts: facts.score(score) <= wanted,
    Operator.GT: lambda score, wanted: lambda _, facts: facts.score(score) > wanted,
    Operator.GE: lambda score, wanted: lambda _, facts: facts.score(score) >= wanted,
}
