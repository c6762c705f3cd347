"""Which operators fit which type, and the typed test that a predicate asks for.

>>> from leadstate.domain.lifecycle import Field
>>> from leadstate.guards.parser import parse
>>> size = Field(name="size", type=FieldType.INTEGER, label="Size")
>>> str(field_test(parse("size > 49"), size, Fields({"size": size})).operator)
'>'
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadstate.domain.condition import FieldRef, Literal, Operator, ScoreRef, Test
from leadstate.domain.values import FieldType
from leadstate.guards.constants import (
    day_bounds,
    is_day,
    read_constant,
    read_number,
    read_span,
)
from leadstate.guards.mistakes import GuardError, Mistake
from leadstate.guards.tokens import TokenKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.domain.lifecycle import Field
    from leadstate.guards.syntax import Predicate
    from leadstate.guards.tokens import Token

__all__ = ["Fields", "field_test", "score_test"]

_EQUAL = frozenset({Operator.EQ, Operator.NE})
_ORDER = frozenset({Operator.LT, Operator.LE, Operator.GT, Operator.GE})
_LIST = frozenset({Operator.IN, Operator.NOT_IN})
_PRESENT = frozenset({Operator.KNOWN, Operator.UNKNOWN})
_TAG = frozenset({Operator.HAS, Operator.HAS_NOT})
_PARTS_OF_TEXT = frozenset(
    {
        Operator.CONTAINS,
        Operator.NOT_CONTAINS,
        Operator.STARTS_WITH,
        Operator.NOT_STARTS_WITH,
        Operator.ENDS_WITH,
        Operator.NOT_ENDS_WITH,
    }
)
_SPAN = frozenset(
    {
        Operator.WITHIN_NEXT,
        Operator.NOT_WITHIN_NEXT,
        Operator.WITHIN_LAST,
        Operator.NOT_WITHIN_LAST,
    }
)
_SCORE_TESTS = _EQUAL | _ORDER
_TEXT_TESTS = _EQUAL | _LIST | _PRESENT | _PARTS_OF_TEXT
_NUMBER_TESTS = _EQUAL | _ORDER | _LIST | _PRESENT
_FITTING = {
    FieldType.TEXT: _TEXT_TESTS,
    FieldType.EMAIL: _TEXT_TESTS,
    FieldType.PHONE: _TEXT_TESTS,
    FieldType.CHOICE: _EQUAL | _LIST | _PRESENT,
    FieldType.OWNER: _EQUAL | _LIST | _PRESENT,
    FieldType.TAGS: _TAG | _PRESENT,
    FieldType.INTEGER: _NUMBER_TESTS,
    FieldType.NUMBER: _NUMBER_TESTS,
    FieldType.MONEY: _NUMBER_TESTS,
    FieldType.BOOLEAN: _EQUAL | _PRESENT,
    FieldType.DATE: _NUMBER_TESTS | _SPAN,
    FieldType.DATETIME: _EQUAL | _ORDER | _PRESENT | _SPAN,
}
_HINTS = {
    FieldType.TAGS: "Tags know: 'x' in NAME, 'x' not in NAME, NAME is known",
    FieldType.BOOLEAN: "Booleans know: is true, is false, is known",
    FieldType.CHOICE: "Choices know: = and !=, in [a, b], is known",
    FieldType.OWNER: "Owners know: = and !=, in [a, b], is known",
    FieldType.DATE: "Dates know: before, after, within next 90 days, is known",
    FieldType.DATETIME: "Date-times know: before, after, within last 2 hours, is known",
}
_TEXT_HINT = "Texts know: = and !=, in [a, b], contains, starts with, is known"
_NUMBER_HINT = "Numbers know: = != < <= > >=, in [1, 2], is known"
_NUMERIC = frozenset({FieldType.INTEGER, FieldType.NUMBER, FieldType.MONEY})
_PLAIN_TEXT = frozenset({FieldType.TEXT, FieldType.EMAIL, FieldType.PHONE})
_DATED = frozenset({FieldType.DATE, FieldType.DATETIME})
_FOR_TAGS = {
    Operator.CONTAINS: Operator.HAS,
    Operator.NOT_CONTAINS: Operator.HAS_NOT,
}
# A date-time held against a whole day: which operator, and which end of the day.
_FOR_DAYS = {
    Operator.LT: (Operator.LT, 0),
    Operator.LE: (Operator.LT, 1),
    Operator.GT: (Operator.GE, 1),
    Operator.GE: (Operator.GE, 0),
}


@dataclass(frozen=True, slots=True)
class Fields:
    """The declared fields, and the zone in which their days start."""

    declared: Mapping[str, Field]
    timezone: str = "UTC"


def score_test(node: Predicate) -> Test:
    """Return the test on a score that ``node`` asks.

    Raises:
        GuardError: The test or its constant does not fit a score.
    """
    written = node.name.text
    if node.operator in _PRESENT:
        what = f"'{written}' is always known: a score without points is 0"
        raise node.sign.mistake("LS222", what, f"Write '{written} > 0'")
    if node.operator not in _SCORE_TESTS or node.sign.key in ("before", "after"):
        what = f"'{node.sign.text}' does not fit '{written}', which is a score"
        raise node.sign.mistake("LS222", what, "Scores know: = != < <= > >=")
    operand = read_number(node.operands[0], written)
    return Test(ScoreRef(written.partition(".")[2]), node.operator, (operand,))


def field_test(node: Predicate, field: Field, fields: Fields) -> Test:
    """Return the test on ``field`` that ``node`` asks.

    Raises:
        GuardError: The test does not fit the type, or constants do not; all of them.
    """
    if field.type is FieldType.TAGS:
        node = replace(node, operator=_FOR_TAGS.get(node.operator, node.operator))
    _must_fit(node, field)
    subject = FieldRef(field.name, field.type, field.label)
    if node.operator in _SPAN:
        amount, unit = node.operands
        return Test(subject, node.operator, (read_span(amount, unit, field),))
    if field.type is FieldType.DATETIME and node.operands and is_day(node.operands[0]):
        return _against_day(node, field, subject, fields.timezone)
    return Test(subject, node.operator, _constants(node, field, fields))


def _must_fit(node: Predicate, field: Field) -> None:
    dated = node.sign.key in ("before", "after") and field.type not in _DATED
    if node.operator in _FITTING[field.type] and not dated:
        return
    what = f"'{node.sign.text}' does not fit '{field.name}', which is {field.type}"
    if node.operator in _TAG and field.type in _PLAIN_TEXT:
        hint = f"Write {field.name} contains '{node.operands[0].text}'"
    elif field.type in _NUMERIC:
        hint = _NUMBER_HINT
    else:
        hint = _HINTS.get(field.type, _TEXT_HINT).replace("NAME", field.name)
    raise node.sign.mistake("LS222", what, hint)


def _against_day(
    node: Predicate, field: Field, subject: FieldRef, timezone: str
) -> Test:
    day = node.operands[0]
    if node.operator not in _FOR_DAYS:
        what = f"'{field.name}' is a moment and never equals the whole day {day.text}"
        hint = f"Write {field.name} >= {day.text} and {field.name} <= {day.text}"
        raise day.mistake("LS222", what, hint)
    operator, end = _FOR_DAYS[node.operator]
    return Test(subject, operator, (day_bounds(day, field, timezone=timezone)[end],))


def _constants(node: Predicate, field: Field, fields: Fields) -> tuple[Literal, ...]:
    found: list[Literal] = []
    mistakes: list[Mistake] = []
    if field.type is FieldType.PHONE and node.operator in _PARTS_OF_TEXT:
        field = replace(field, type=FieldType.TEXT)  # a part is not a whole number
    for token in node.operands:
        try:
            _refuse_field_name(token, field, fields)
            found.append(read_constant(token, field, timezone=fields.timezone))
        except GuardError as error:
            mistakes += error.mistakes
    if mistakes:
        raise GuardError(mistakes)
    return tuple(found)


def _refuse_field_name(token: Token, field: Field, fields: Fields) -> None:
    """Refuse ``source = need``: for texts it would silently mean the word 'need'."""
    bare = token.kind is TokenKind.WORD and field.type in _PLAIN_TEXT
    if bare and token.text in fields.declared:
        what = f"'{token.text}' is a field, and fields are not held against each other"
        hint = f"If you mean the text, write '{token.text}' in quotes"
        raise token.mistake("LS227", what, hint)
