"""Put a condition tree into words, so that people read it and `read_condition` can too.

>>> from leadstate.domain.condition import FieldRef, Operator, Test
>>> render_condition(Test(FieldRef("job_role"), Operator.IN, ("owner", "director")))
"job_role in ['owner', 'director']"
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from leadstate.domain.condition import (
    AllOf,
    AnyOf,
    AtLeast,
    FieldRef,
    Literal,
    Named,
    Operator,
    Subject,
    Test,
)
from leadstate.domain.values import FieldType, Unparsable, to_json
from leadstate.guards.tokens import RESERVED

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.domain.condition import Condition
    from leadstate.domain.values import Value

__all__ = [
    "SHOWN",
    "observed",
    "points_text",
    "render_condition",
    "required",
    "subject_name",
]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST_SHOWN = 200
_BARE = (Operator.KNOWN, Operator.UNKNOWN)
_DATED = {Operator.LT: "before", Operator.GT: "after"}
_EQUAL = {Operator.EQ: "is", Operator.NE: "is not"}
_UNITS = (
    (timedelta(days=1), "days"),
    (timedelta(hours=1), "hours"),
    (timedelta(minutes=1), "minutes"),
)


def render_condition(condition: Condition) -> str:
    """Return the condition as text that reads back to an equal tree."""
    match condition:
        case Test():
            return _test(condition)
        case Named(name, _, _, negated):
            return f"not {name}" if negated else name
        case AllOf(parts):
            return _chain(" and ", parts) or f"all of ({_list(parts)})"
        case AnyOf(parts):
            return _chain(" or ", parts) or f"any of ({_list(parts)})"
        case AtLeast(needed, parts):  # pragma: no branch
            return f"at least {needed} of ({_list(parts)})"


def _chain(word: str, parts: tuple[Condition, ...]) -> str:
    return word.join(_part(part) for part in parts) if len(parts) > 1 else ""


def _part(condition: Condition) -> str:
    text = render_condition(condition)
    chained = isinstance(condition, (AllOf, AnyOf)) and len(condition.parts) > 1
    return f"({text})" if chained else text


def _list(parts: tuple[Condition, ...]) -> str:
    return ", ".join(render_condition(part) for part in parts)


def subject_name(subject: Subject) -> str:
    """Return the subject as it is written: ``NAME`` or ``score.NAME``."""
    if isinstance(subject, FieldRef):
        return subject.name
    return f"score.{subject.name}"


def _test(test: Test) -> str:
    name = subject_name(test.subject)
    if test.operator is Operator.HAS:
        return f"{_quoted(test.operands[0])} in {name}"
    if test.operator is Operator.HAS_NOT:
        return f"{_quoted(test.operands[0])} not in {name}"
    return f"{name} {required(test)}"


def required(test: Test) -> str:
    """Return what the test asks, without its subject: ``>= 50``."""
    operator = test.operator
    if operator in _BARE:
        return operator.value
    words = [_constant(operand, test.subject) for operand in test.operands]
    if operator in (Operator.IN, Operator.NOT_IN):
        return f"{operator} [{', '.join(words)}]"
    if isinstance(test.operands[0], bool):
        return f"{_EQUAL[operator]} {words[0]}"
    if isinstance(test.operands[0], date):
        return f"{_DATED.get(operator, operator)} {words[0]}"
    return f"{operator} {words[0]}"


def _constant(literal: Literal, subject: Subject) -> str:
    if isinstance(literal, timedelta):
        return _span(literal)
    if not isinstance(literal, str):
        return _plain(literal)
    named = (FieldType.CHOICE, FieldType.OWNER)
    choice = isinstance(subject, FieldRef) and subject.type in named
    plain = _PLAIN.fullmatch(literal) and literal.casefold() not in RESERVED
    return literal if choice and plain else _quoted(literal)


def _quoted(literal: Literal) -> str:
    return "'" + str(literal).replace("'", "''") + "'"


def _span(span: timedelta) -> str:
    each, unit = next(
        (each, unit) for each, unit in _UNITS if not span % each or unit == "minutes"
    )
    return f"{span // each} {unit}"


def _plain(value: Literal) -> str:
    return SHOWN.get(value.__class__, str)(value)


def _shown_truth(value: bool) -> str:  # noqa: FBT001 - a value, not a switch
    return "true" if value else "false"


def _shown_moment(value: datetime) -> str:
    return str(to_json(value)).replace(".000000Z", "Z")


def _shown_number(value: float) -> str:
    """Return the number in plain digits: never ``1e-07``."""
    if value.is_integer():
        return str(int(value))
    text = repr(value)
    plain = "e" not in text and text[-1].isdigit()
    return text if plain else format(Decimal(text), "f")


def _shown_text(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _shown_tags(value: frozenset[str]) -> str:
    return _shown_text(", ".join(sorted(value)))


def _shown_raw(value: Unparsable) -> str:
    return _shown_text(value.raw)


SHOWN: Final[dict[type, Callable[..., str]]] = {
    int: str,
    float: _shown_number,
    bool: _shown_truth,
    date: date.isoformat,
    datetime: _shown_moment,
    str: _shown_text,
    frozenset: _shown_tags,
    Unparsable: _shown_raw,
}
"""How a value of each class reads for people; looked up, because every receipt asks."""


def observed(value: Value) -> str | None:
    """Return what the record has, for people; None when it has nothing."""
    if value is None:
        return None
    return SHOWN.get(value.__class__, _shown_text)(value)


def points_text(points: float) -> str:
    """Return points for people: two decimals, cut off, so that 39.999 is not 40."""
    return f"{math.floor(points * 100) / 100:g}"
