"""Prove that two conditions can never both be met, where that is simple to see.

The proof is modest on purpose: tests on the same field or score whose ranges or sets
do not meet.  "Not proved" never means "they can meet", only "say so yourself".

    >>> from leadstate.domain.condition import FieldRef
    >>> size = FieldRef("size")
    >>> small, large = Test(size, Operator.LT, (50,)), Test(size, Operator.GE, (50,))
    >>> exclusive(small, large), exclusive(small, small)
    (True, False)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from leadstate.domain.condition import (
    AllOf,
    AnyOf,
    AtLeast,
    Named,
    Operator,
    Test,
)

if TYPE_CHECKING:
    from leadstate.domain.condition import Condition, Literal

__all__ = ["exclusive"]

_MOST_STEPS: Final = 2_000
_SETS: Final = frozenset({Operator.EQ, Operator.IN})
_BELOW: Final = {Operator.LT: False, Operator.LE: True}
_ABOVE: Final = {Operator.GT: False, Operator.GE: True}
_OPPOSITES: Final = frozenset(
    {
        (Operator.HAS, Operator.HAS_NOT),
        (Operator.CONTAINS, Operator.NOT_CONTAINS),
        (Operator.STARTS_WITH, Operator.NOT_STARTS_WITH),
        (Operator.ENDS_WITH, Operator.NOT_ENDS_WITH),
    }
)
_INSIDE: Final = {
    Operator.WITHIN_NEXT: Operator.NOT_WITHIN_NEXT,
    Operator.WITHIN_LAST: Operator.NOT_WITHIN_LAST,
}


def exclusive(first: Condition, second: Condition) -> bool:
    """Whether it is proved that never both are met at the same moment."""
    return _Proof().apart(first, second)


@dataclass(slots=True)
class _Proof:
    """One proof, with a bound on its length so that no file makes it slow."""

    steps: int = field(default=0)

    def apart(self, first: Condition, second: Condition) -> bool:
        mine, other = _demands(first), _demands(second)
        return any(self._part(one, two) for one in mine for two in other)

    def _part(self, one: Condition, two: Condition) -> bool:
        self.steps += 1
        if self.steps > _MOST_STEPS:
            return False
        if isinstance(one, Test) and isinstance(two, Test):
            return one.subject == two.subject and _disjoint(one, two)
        if isinstance(one, AnyOf):
            return all(self.apart(part, two) for part in one.parts)
        if isinstance(two, AnyOf):
            return all(self.apart(one, part) for part in two.parts)
        return False


def _demands(condition: Condition) -> list[Condition]:
    """Return what must hold, all of it, when the condition is met."""
    match condition:
        case Named():
            return _demands(condition.condition)
        case AllOf(parts):
            return [demand for part in parts for demand in _demands(part)]
        case AnyOf((only,)):
            return _demands(only)
        case AtLeast(needed, parts) if needed == len(parts):
            return _demands(AllOf(parts))
        case AtLeast(1, parts):
            return [AnyOf(parts)]
        case _:
            return [condition]


def _disjoint(one: Test, two: Test) -> bool:
    return _misses(one, two) or _misses(two, one)


def _misses(one: Test, two: Test) -> bool:
    """Whether no value passes both tests; asked in both directions."""
    pair = (one.operator, two.operator)
    if Operator.UNKNOWN in pair:
        return one.operator is not two.operator
    if one.operator in _SETS:
        wanted = [_folded(value) for value in one.operands]
        return not any(_passes(value, two) for value in wanted)
    if pair in _OPPOSITES:
        return _folded(one.operands[0]) == _folded(two.operands[0])
    if _INSIDE.get(one.operator) is two.operator:
        return _within(one.operands[0], two.operands[0])
    return _ranges_part(one, two)


def _folded(value: Literal) -> Literal:
    return value.casefold() if isinstance(value, str) else value


def _within(short: Literal, long: Literal) -> bool:
    return (
        isinstance(short, timedelta) and isinstance(long, timedelta) and short <= long
    )


def _passes(value: Literal, test: Test) -> bool:
    """Whether a value may pass a test; True when that is not known."""
    operands = [_folded(operand) for operand in test.operands]
    match test.operator:
        case Operator.EQ | Operator.IN:
            return value in operands
        case Operator.NE | Operator.NOT_IN:
            return value not in operands
        case Operator.LT | Operator.LE | Operator.GT | Operator.GE:
            exact = Test(test.subject, Operator.LE, (value,))
            other = Test(test.subject, Operator.GE, (value,))
            return not (_ranges_part(exact, test) or _ranges_part(test, other))
        case _:
            return True


def _ranges_part(below: Test, above: Test) -> bool:
    """Whether one test ends before the other begins."""
    if below.operator not in _BELOW or above.operator not in _ABOVE:
        return False
    high, low = below.operands[0], above.operands[0]
    if _less(high, low):
        return True
    touching = _BELOW[below.operator] and _ABOVE[above.operator]
    return high == low and not touching


def _less(one: Literal, two: Literal) -> bool:
    if isinstance(one, (int, float)) and isinstance(two, (int, float)):
        return one < two
    if type(one) is type(two) and isinstance(one, date) and isinstance(two, date):
        return one < two
    return False
