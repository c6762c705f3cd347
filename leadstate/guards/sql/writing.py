"""Turn a condition into SQL over the stored records, with the verdicts of a guard.

Values are stored as one JSON object by `leadstate.domain.values.to_json`, with the
case-folded copies of `leadstate.guards.facts.folded` beside it; events are rows whose
time is an integer of microseconds since 1970.  What databases write in their own way
is in `leadstate.guards.sql.constructs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    and_,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy import cast as cast_to

from leadstate.domain.condition import (
    AllOf,
    AnyOf,
    AtLeast,
    Named,
    ScoreRef,
    Test,
)
from leadstate.guards.compiler import compiled_score
from leadstate.guards.scores import HALF_UP, SCALE, rounded
from leadstate.guards.sql.constructs import Lesser, One
from leadstate.guards.sql.leaves import Stored, compared, field_test
from leadstate.guards.trees import measured

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from leadstate.domain.condition import Condition
    from leadstate.domain.lifecycle import EventRule, PointRule, Score
    from leadstate.guards.scores import CompiledScore

__all__ = ["SqlColumns", "to_sql"]

_NONE = literal(0.0, Float)
# Not true() and false(): SQLAlchemy writes them for SQLite as 1 = 1 and 0 = 1 without
# parentheses, which is wrong where parts are counted.
_ALWAYS = literal(1) == literal(1)
_NEVER = literal(1) == literal(0)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlColumns:
    """Where records and their events are stored.

    Attributes:
        data: The JSON object of the record's values.
        folded: The JSON object of its case-folded texts.
        record_id: The record's id, in the record table.
        event_record_id: The record's id, in the event table.
        event_name: The event's name.
        event_at: When it happened: integer microseconds since 1970 (UTC).
    """

    data: ColumnElement[object]
    folded: ColumnElement[object]
    record_id: ColumnElement[str]
    event_record_id: ColumnElement[str]
    event_name: ColumnElement[str]
    event_at: ColumnElement[int]


def to_sql(
    condition: Condition,
    columns: SqlColumns,
    *,
    now: datetime,
    today: date,
    scores: Mapping[str, CompiledScore],
) -> ColumnElement[bool]:
    """Return the expression that is true for exactly the records the guard allows.

    It is never NULL, so that a caller may also ask for the opposite.

    Raises:
        GuardError: The condition asks for a score that is not among ``scores``.
    """
    writer = _Writer(columns, now, today, scores)
    return writer.condition(condition)


@dataclass(frozen=True, slots=True)
class _Writer:
    columns: SqlColumns
    now: datetime
    today: date
    scores: Mapping[str, CompiledScore]

    def condition(self, condition: Condition) -> ColumnElement[bool]:
        match condition:
            case Test(subject=ScoreRef(name), operator=operator, operands=operands):
                score = self._score(compiled_score(name, self.scores).score)
                wanted = float(cast("float", operands[0]))
                return compared(operator, score, literal(wanted, Float))
            case Test():
                return field_test(condition, self._stored())
            case Named():
                return self.condition(condition.condition)
            case AllOf(parts):
                return and_(*self._conditions(parts)) if parts else _ALWAYS
            case AnyOf(parts):
                return or_(*self._conditions(parts)) if parts else _NEVER
            case AtLeast(needed, parts):  # pragma: no branch
                ones: list[ColumnElement[int]] = [
                    One(part) for part in self._conditions(parts)
                ]
                return reduce(add, ones or [literal(0)]) >= needed

    def _conditions(self, parts: tuple[Condition, ...]) -> list[ColumnElement[bool]]:
        # SQLite before 3.46 keeps 100 entries while it reads an expression, and what
        # stands left of a parenthesis is among them: the deepest part goes first.
        ordered = sorted(parts, key=lambda part: measured(part)[1], reverse=True)
        return [self.condition(part) for part in ordered]

    def _stored(self) -> Stored:
        columns = self.columns
        return Stored(columns.data, columns.folded, self.now, self.today)

    # -- scores ---------------------------------------------------------------

    def _score(self, score: Score) -> ColumnElement[float]:
        deepest = sorted(
            score.rules, key=lambda rule: measured(rule.condition)[1], reverse=True
        )
        parts = [self._rule(rule) for rule in deepest]
        parts += [self._event(rule, score.half_life) for rule in score.events]
        return self._capped(reduce(add, parts or [_NONE]), score.at_most)

    def _rule(self, rule: PointRule) -> ColumnElement[float]:
        met = One(self.condition(rule.condition))
        return type_coerce(met, Float) * literal(rounded(rule.points), Float)

    def _event(
        self, rule: EventRule, half_life: timedelta | None
    ) -> ColumnElement[float]:
        columns = self.columns
        until = (self.now - _EPOCH) // _MICROSECOND
        at = type_coerce(columns.event_at, BigInteger)  # the column may read as time
        points: ColumnElement[float] = literal(float(rule.points), Float)
        if half_life:
            age = cast_to(literal(until) - at, Float)
            halves = age / literal(float(half_life // _MICROSECOND), Float)
            points = points * func.pow(literal(0.5, Float), halves, type_=Float)
        earned = select(func.coalesce(func.sum(points), 0.0, type_=Float)).where(
            columns.event_record_id == columns.record_id,
            columns.event_name == rule.event,
            at <= until,
        )
        return self._capped(earned.scalar_subquery(), rule.at_most)

    def _capped(
        self, points: ColumnElement[float], cap: float | None
    ) -> ColumnElement[float]:
        if cap is not None:
            points = Lesser(points, literal(float(cap), Float))
        scaled = points * literal(SCALE, Float) + literal(HALF_UP, Float)
        whole: ColumnElement[float] = func.floor(scaled, type_=Float)
        return type_coerce(whole / literal(SCALE, Float), Float)
