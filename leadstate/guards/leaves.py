"""Write one test as an expression, by its operator and the type of its field."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from leadstate.domain.condition import FieldRef, Operator, Test
from leadstate.domain.values import FieldType
from leadstate.guards.comparisons import ABSENT, COMPARED, FOLDED, LOOKED_AT, SCORES

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.guards.facts import Points

__all__ = [
    "classes_of",
    "comparison",
    "field_expression",
    "fitting",
    "score_expression",
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


def field_expression(test: Test, hold: Callable[[object], str]) -> str:
    """Return a test on a field as an expression over ``values`` and ``facts``.

    Args:
        test: The test.
        hold: Keeps a value for the expression, and returns the name that stands for it.
    """
    name = hold(test.subject.name)
    if test.operator is Operator.UNKNOWN:
        return ABSENT.format(name=name)
    looked_at = LOOKED_AT.format(name=name, fits=fitting(classes_of(test), hold))
    if test.operator is Operator.KNOWN:
        return looked_at
    return f"{looked_at} and {comparison(test, hold)}"


def comparison(test: Test, hold: Callable[[object], str]) -> str:
    """Return what is asked of a value ``v`` whose class was looked at; see above."""
    if not test.operands:
        return str(test.operator is Operator.KNOWN)
    kind = type_of(test)
    folds = kind is FieldType.TEXT
    operands = [str(one).casefold() if folds else one for one in test.operands]
    listed = test.operator in (Operator.IN, Operator.NOT_IN)
    return (FOLDED if folds else COMPARED)[test.operator].format(
        wanted=hold(frozenset(operands) if listed else operands[0]),
        origin="facts.now" if kind is FieldType.DATETIME else "facts.today",
    )


def fitting(classes: frozenset[type], hold: Callable[[object], str]) -> str:
    """Return what is asked of the class; one alone is found quicker than in a set."""
    if len(classes) == 1:
        return f"is {hold(*classes)}"
    return f"in {hold(classes)}"


def score_expression(test: Test, score: Points, hold: Callable[[object], str]) -> str:
    """Return a test on a score as an expression; scores are never missing."""
    template = SCORES[test.operator]
    return template.format(score=hold(score), wanted=hold(test.operands[0]))
