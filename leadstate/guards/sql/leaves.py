"""Write one test as SQL, type by type.

As in a guard, the kind of the stored value is looked at before it is compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeVar, cast

from sqlalchemy import ColumnElement, and_, literal, not_

from leadstate.domain.condition import Operator, Test
from leadstate.domain.values import FieldType, to_json
from leadstate.guards.leaves import classes_of, type_of
from leadstate.guards.sql import stored as reading
from leadstate.guards.sql.constructs import JsonNumber, json_key

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Stored", "compared", "field_test"]

_Kind = TypeVar("_Kind")
_NUMERIC = {FieldType.INTEGER, FieldType.NUMBER, FieldType.MONEY}
_OPPOSITE = {
    Operator.NOT_IN: Operator.IN,
    Operator.HAS_NOT: Operator.HAS,
    Operator.NOT_CONTAINS: Operator.CONTAINS,
    Operator.NOT_STARTS_WITH: Operator.STARTS_WITH,
    Operator.NOT_ENDS_WITH: Operator.ENDS_WITH,
    Operator.NOT_WITHIN_NEXT: Operator.WITHIN_NEXT,
    Operator.NOT_WITHIN_LAST: Operator.WITHIN_LAST,
}


@dataclass(frozen=True, slots=True)
class Stored:
    """Where the values of a record are, and the moment they are held against."""

    data: ColumnElement[object]
    folded: ColumnElement[object]
    now: datetime
    today: date


def field_test(test: Test, stored: Stored) -> ColumnElement[bool]:
    """Return the expression of a test on a field; missing values make it NULL."""
    name = test.subject.name
    if test.operator is Operator.UNKNOWN:
        return reading.absent(stored.data, name)
    fits = reading.kind_is(stored.data, name, classes_of(test))
    if test.operator is Operator.KNOWN:
        return fits
    positive = _OPPOSITE.get(test.operator, test.operator)
    asked = _asked(Test(test.subject, positive, test.operands), stored)
    return and_(fits, asked if positive is test.operator else not_(asked))


def compared(
    operator: Operator, value: ColumnElement[_Kind], wanted: ColumnElement[_Kind]
) -> ColumnElement[bool]:
    """Return the comparison of two expressions of one kind."""
    match operator:
        case Operator.EQ:
            return value == wanted
        case Operator.NE:
            return value != wanted
        case Operator.LT:
            return value < wanted
        case Operator.LE:
            return value <= wanted
        case Operator.GT:
            return value > wanted
        case _:
            return value >= wanted


def _asked(test: Test, stored: Stored) -> ColumnElement[bool]:
    name, first = test.subject.name, test.operands[0]
    kind = type_of(test)
    if kind is FieldType.TAGS:
        return reading.has_tag(stored.data, name, str(first))
    if kind is FieldType.BOOLEAN:
        wanted = bool(first) is (test.operator is Operator.EQ)
        true = reading.is_true(stored.data, name)
        return true if wanted else not_(true)
    if isinstance(first, timedelta):
        return _within(test, first, stored)
    if kind in _NUMERIC:
        numbers = [reading.number(cast("float", each)) for each in test.operands]
        return _held(test.operator, JsonNumber(stored.data, json_key(name)), numbers)
    return _text(test, stored)


def _held(
    operator: Operator,
    value: ColumnElement[_Kind],
    wanted: list[ColumnElement[_Kind]],
) -> ColumnElement[bool]:
    if operator is Operator.IN:
        return value.in_(wanted)
    return compared(operator, value, wanted[0])


def _text(test: Test, stored: Stored) -> ColumnElement[bool]:
    """Compare texts, and days and moments, whose text sorts as time does."""
    name = test.subject.name
    folds = type_of(test) is FieldType.TEXT
    value = reading.text(stored.folded if folds else stored.data, name)
    written = [str(to_json(each)) for each in _values(test)]
    words = [word.casefold() for word in written] if folds else written
    match test.operator:
        case Operator.CONTAINS:
            return reading.contains(value, words[0])
        case Operator.STARTS_WITH:
            return reading.starts(value, words[0])
        case Operator.ENDS_WITH:
            return reading.ends(value, words[0])
        case _:
            return _held(test.operator, value, [literal(word) for word in words])


def _values(test: Test) -> list[str | date]:
    return [each for each in test.operands if isinstance(each, (str, date))]


def _within(test: Test, span: timedelta, stored: Stored) -> ColumnElement[bool]:
    value = reading.text(stored.data, test.subject.name)
    moment = type_of(test) is FieldType.DATETIME
    origin: date = stored.now if moment else stored.today
    ends = (origin, origin + span)
    if test.operator is Operator.WITHIN_LAST:
        ends = (origin - span, origin)
    first, last = (str(to_json(end)) for end in ends)
    return value.between(first, last)
