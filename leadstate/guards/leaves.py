"""Choose the closure for one test, by its operator and the type of its field."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias, cast

from leadstate.domain.condition import FieldRef, Operator, Test
from leadstate.domain.values import FieldType
from leadstate.guards.comparisons import (
    COMPARED,
    FOLDED,
    FOLDED_LISTS,
    LISTS,
    PRESENT,
    SCORES,
    SPANS,
    TEXTS,
)

if TYPE_CHECKING:
    from leadstate.guards.comparisons import Check
    from leadstate.guards.facts import Points

__all__ = [
    "classes_of",
    "compile_field_test",
    "compile_score_test",
    "type_of",
]


_Classes: TypeAlias = frozenset[type]

_TEXT: _Classes = frozenset({str})
_NUMBER: _Classes = frozenset({int, float})
_CLASSES: dict[FieldType, _Classes] = {
    FieldType.TEXT: _TEXT,
    FieldType.EMAIL: _TEXT,
    FieldType.PHONE: _TEXT,
    FieldType.CHOICE: _TEXT,
    FieldType.OWNER: _TEXT,
    FieldType.TAGS: frozenset({frozenset}),
    FieldType.INTEGER: _NUMBER,
    FieldType.NUMBER: _NUMBER,
    FieldType.MONEY: _NUMBER,
    FieldType.BOOLEAN: frozenset({bool}),
    FieldType.DATE: frozenset({date}),
    FieldType.DATETIME: frozenset({datetime}),
}
_ANY: _Classes = frozenset().union(*_CLASSES.values())
_NOW = attrgetter("now")
_TODAY = attrgetter("today")
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
    name, operator, kind = test.subject.name, test.operator, type_of(test)
    classes = classes_of(test)
    if not test.operands:
        return PRESENT[operator](name, classes)
    first = test.operands[0]
    if isinstance(first, timedelta):
        origin = _NOW if kind is FieldType.DATETIME else _TODAY
        return SPANS[operator](name, classes, first, origin)
    if kind is FieldType.TEXT:
        return _folded(test, name, classes)
    if operator in LISTS:
        return LISTS[operator](name, classes, frozenset(test.operands))
    if operator in COMPARED:
        return COMPARED[operator](name, classes, first)
    return TEXTS[operator](name, classes, str(first))


def _folded(test: Test, name: str, classes: frozenset[type]) -> Check:
    wanted = [str(operand).casefold() for operand in test.operands]
    if test.operator in FOLDED_LISTS:
        return FOLDED_LISTS[test.operator](name, classes, frozenset(wanted))
    return FOLDED[test.operator](name, classes, wanted[0])


def compile_score_test(test: Test, score: Points) -> Check:
    """Return the closure for a test on a score; scores are never missing."""
    return SCORES[test.operator](score, cast("float", test.operands[0]))
