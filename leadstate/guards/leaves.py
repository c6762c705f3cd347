"""Compile one test to a closure over ``values.get``: the fast part of a guard.

Every closure looks at the class of the value before it compares, so a value that is
missing, unparsable or of another type is never met and never raises.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeAlias

from leadstate.domain.condition import FieldRef, Operator, Test
from leadstate.domain.values import FieldType
from leadstate.guards.facts import Facts

if TYPE_CHECKING:
    from leadstate.domain.condition import Literal
    from leadstate.guards.scores import CompiledScore

__all__ = [
    "Check",
    "Get",
    "classes_of",
    "compile_field_test",
    "compile_score_test",
    "type_of",
]


class Held(Protocol):
    """A value whose class was looked at, so that it fits what it is held against."""

    def __lt__(self, other: object, /) -> bool: ...
    def __le__(self, other: object, /) -> bool: ...
    def __gt__(self, other: object, /) -> bool: ...
    def __ge__(self, other: object, /) -> bool: ...
    def __contains__(self, part: object, /) -> bool: ...
    def casefold(self) -> str: ...
    def startswith(self, part: object, /) -> bool: ...
    def endswith(self, part: object, /) -> bool: ...


Get: TypeAlias = Callable[[str], Held]
"""``values.get`` of the record; what it returns may be anything until looked at."""

Check: TypeAlias = Callable[[Get, Facts], bool]
"""A compiled condition."""

_Classes: TypeAlias = frozenset[type]
_Listed: TypeAlias = "frozenset[Literal]"
_Maker: TypeAlias = "Callable[[str, _Classes, Literal], Check]"

_TEXT: _Classes = frozenset({str})
_NUMBER: _Classes = frozenset({int, float})
_CLASSES: dict[FieldType, _Classes] = {
    FieldType.TEXT: _TEXT,
    FieldType.EMAIL: _TEXT,
    FieldType.CHOICE: _TEXT,
    FieldType.TAGS: frozenset({frozenset}),
    FieldType.INTEGER: _NUMBER,
    FieldType.NUMBER: _NUMBER,
    FieldType.MONEY: _NUMBER,
    FieldType.BOOLEAN: frozenset({bool}),
    FieldType.DATE: frozenset({date}),
    FieldType.DATETIME: frozenset({datetime}),
}
_ANY: _Classes = frozenset().union(*_CLASSES.values())
_SUGGESTED: dict[type, FieldType] = {
    str: FieldType.TEXT,
    bool: FieldType.BOOLEAN,
    int: FieldType.NUMBER,
    float: FieldType.NUMBER,
    date: FieldType.DATE,
    datetime: FieldType.DATETIME,
    timedelta: FieldType.DATE,
}


def type_of(test: Test) -> FieldType | None:
    """Return the type of the field; without a declared one, what the test suggests."""
    if isinstance(test.subject, FieldRef) and test.subject.type is not None:
        return test.subject.type
    if test.operator in (Operator.HAS, Operator.HAS_NOT):
        return FieldType.TAGS
    return _SUGGESTED[type(test.operands[0])] if test.operands else None


def classes_of(test: Test) -> frozenset[type]:
    """Return the classes of values that the test can be held against."""
    known = type_of(test)
    return _ANY if known is None else _CLASSES[known]


def compile_field_test(test: Test) -> Check:
    """Return the closure for a test on a field."""
    name, operator = test.subject.name, test.operator
    classes, kind = classes_of(test), type_of(test)
    operands = test.operands
    if not operands:
        return _PRESENT[operator](name, classes)
    first = operands[0]
    if isinstance(first, timedelta):
        spans = _MOMENTS if kind is FieldType.DATETIME else _DAYS
        return spans[operator](name, first)
    folds = kind is FieldType.TEXT
    if folds:
        operands = tuple(str(operand).casefold() for operand in operands)
    if operator in _LISTS:
        lists = _FOLDED_LISTS if folds else _LISTS
        return lists[operator](name, classes, frozenset(operands))
    makers = _FOLDED if folds else _DIRECT
    return makers[operator](name, classes, operands[0])


def compile_score_test(test: Test, score: CompiledScore) -> Check:
    """Return the closure for a test on a score; scores are never missing."""
    return _SCORES[test.operator](score, test.operands[0])


# One lambda an operator, written out: a shared one would cost another call for every
# test of every record.

_PRESENT: dict[Operator, Callable[[str, _Classes], Check]] = {
    Operator.KNOWN: lambda name, classes: lambda get, _: get(name).__class__ in classes,
    Operator.UNKNOWN: lambda name, _classes: lambda get, _: get(name) is None,
}

_DIRECT: dict[Operator, _Maker] = {
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

_FOLDED: dict[Operator, _Maker] = {
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

_LISTS: dict[Operator, Callable[[str, _Classes, _Listed], Check]] = {
    Operator.IN: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and v in wanted
    ),
    Operator.NOT_IN: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and v not in wanted
    ),
}

_FOLDED_LISTS: dict[Operator, Callable[[str, _Classes, _Listed], Check]] = {
    Operator.IN: lambda name, classes, wanted: (
        lambda get, _: (v := get(name)).__class__ in classes and v.casefold() in wanted
    ),
    Operator.NOT_IN: lambda name, classes, wanted: (
        lambda get, _: (
            (v := get(name)).__class__ in classes and v.casefold() not in wanted
        )
    ),
}

_DAYS: dict[Operator, Callable[[str, timedelta], Check]] = {
    Operator.WITHIN_NEXT: lambda name, span: (
        lambda get, facts: (
            (v := get(name)).__class__ is date
            and v >= facts.today
            and v <= facts.today + span
        )
    ),
    Operator.NOT_WITHIN_NEXT: lambda name, span: (
        lambda get, facts: (
            (v := get(name)).__class__ is date
            and (v < facts.today or v > facts.today + span)
        )
    ),
    Operator.WITHIN_LAST: lambda name, span: (
        lambda get, facts: (
            (v := get(name)).__class__ is date
            and v <= facts.today
            and v >= facts.today - span
        )
    ),
    Operator.NOT_WITHIN_LAST: lambda name, span: (
        lambda get, facts: (
            (v := get(name)).__class__ is date
            and (v > facts.today or v < facts.today - span)
        )
    ),
}

_MOMENTS: dict[Operator, Callable[[str, timedelta], Check]] = {
    Operator.WITHIN_NEXT: lambda name, span: (
        lambda get, facts: (
            (v := get(name)).__class__ is datetime
            and v >= facts.now
            and v <= facts.now + span
        )
    ),
    Operator.NOT_WITHIN_NEXT: lambda name, span: (
        lambda get, facts: (
            (v := get(name)).__class__ is datetime
            and (v < facts.now or v > facts.now + span)
        )
    ),
    Operator.WITHIN_LAST: lambda name, span: (
        lambda get, facts: (
            (v := get(name)).__class__ is datetime
            and v <= facts.now
            and v >= facts.now - span
        )
    ),
    Operator.NOT_WITHIN_LAST: lambda name, span: (
        lambda get, facts: (
            (v := get(name)).__class__ is datetime
            and (v > facts.now or v < facts.now - span)
        )
    ),
}

_SCORES: dict[Operator, Callable[[CompiledScore, Literal], Check]] = {
    Operator.EQ: lambda score, wanted: lambda _, facts: facts.score(score) == wanted,
    Operator.NE: lambda score, wanted: lambda _, facts: facts.score(score) != wanted,
    Operator.LT: lambda score, wanted: lambda _, facts: facts.score(score) < wanted,
    Operator.LE: lambda score, wanted: lambda _, facts: facts.score(score) <= wanted,
    Operator.GT: lambda score, wanted: lambda _, facts: facts.score(score) > wanted,
    Operator.GE: lambda score, wanted: lambda _, facts: facts.score(score) >= wanted,
}
