"""How passes ended: when they were won or lost, and how long they took until then."""

from __future__ import annotations

from array import array
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Float, and_, case, cast, func, null, or_, select

from leadstate.guards.sql.constructs import JsonKind, JsonNumber, json_key
from leadstate.store.columns import to_micros
from leadstate.store.portable import among
from leadstate.store.reports.narrowing import micros
from leadstate.store.reports.paths import (
    ITS_RECORD,
    Countable,
    began,
    began_known,
    bucket,
    trips,
)
from leadstate.store.reports.trips import begun
from leadstate.store.schema import history, record, visit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Executable, Subquery

    from leadstate.store.reports.selection import Selection

__all__ = ["Decided", "Outcomes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Passes that were won or lost in one month.

    Attributes:
        month: At how many edges or after; None when nobody knows.
        valued: Of the won ones, those whose record has a value.
        value: The sum of these values.
    """

    month: int | None
    won: int
    lost: int
    valued: int
    value: float


class Outcomes(Countable):
    """Passes by how they ended."""

    __slots__ = ()

    def decided(
        self,
        its: Selection,
        *,
        won: Collection[str],
        lost: Collection[str],
        edges: Sequence[datetime],
        money: str | None = None,
    ) -> list[Decided]:
        """Return how many passes were won and lost in the selection's time, by month.

        A pass is won at its first entry into a won stage.  It is lost when it was
        never won and stands in a lost stage, since it entered that last.  Those that
        were decided at a time that nobody knows come with every selection.

        Args:
            edges: The beginnings of months, in order.
            money: The field with the value of a won record.
        """
        trip = self._decided(its, won, lost)
        value = _value(trip, money)
        told = (
            select(
                bucket(trip.c.at, edges).label("month"),
                trip.c.won,
                case((trip.c.won == 1, value)).label("value"),
            )
            .where(or_(trip.c.at.is_(None), _within(trip.c.at, its)))
            .subquery("told")
        )
        query = select(
            told.c.month,
            func.sum(told.c.won).label("won"),
            func.sum(1 - told.c.won).label("lost"),
            func.count(told.c.value).label("valued"),
            func.coalesce(func.sum(told.c.value), 0.0).label("value"),
        ).group_by(told.c.month)
        return self._rows(Decided, query)

    def cycles(
        self,
        its: Selection,
        *,
        won: Collection[str],
        edges: Sequence[datetime],
    ) -> Mapping[int, array[int]]:
        """Return how long won passes took, in ordered microseconds, by month.

        A pass that began with being won took no time that anybody could measure.  One
        that late data won took until it qualified.
        """
        trip = self._decided(its, won, ())
        month = bucket(trip.c.at, edges)
        length = trip.c.took_until - trip.c.began
        query = (
            select(month, length)
            .where(_within(trip.c.at, its), trip.c.led == 1, length.is_not(None))
            .order_by(month, length)
        )
        return self._arrays(query)

    def lengths(self, its: Selection, ends: Collection[str]) -> dict[int, array[int]]:
        """Return how long passes took that ended in one of these stages, by number.

        In ordered microseconds, from the first to the last entry; of passes that began
        in the selection's time, with known beginning and end.
        """
        last = func.max(visit.c.id)
        unknown = func.max(case((visit.c.entered_at.is_(None), visit.c.id)))
        columns = (
            (func.max(micros(visit.c.entered_at)) - began()).label("length"),
            _last_in(ends).label("ended"),
            and_(
                began_known(),
                func.coalesce(unknown, -1) != last,
                func.min(visit.c.id) != last,
            ).label("known"),
        )
        counting = self._counting(ITS_RECORD)
        trip = begun(trips(its, *columns, counting=counting), its).subquery("trip")
        query = (
            select(trip.c.pass_number, trip.c.length)
            .where(trip.c.ended == 1, trip.c.known)
            .order_by(trip.c.pass_number, trip.c.length)
        )
        return self._arrays(query)

    def _decided(
        self, its: Selection, won: Collection[str], lost: Collection[str]
    ) -> Subquery:
        """Return the passes that were won, or are lost, with when that was."""
        in_won = among(visit.c.stage, won)
        first_won = func.min(case((in_won, visit.c.id)))
        columns = (
            case((first_won.is_not(None), 1), else_=0).label("won"),
            _last_in(lost).label("lost"),
            case((began_known(), began())).label("began"),
            case((first_won > func.min(visit.c.id), 1), else_=0).label("led"),
            func.min(case((in_won, micros(visit.c.entered_at)))).label("won_at"),
            func.min(case((in_won, _qualified_at()))).label("qualified_at"),
            func.max(
                case((among(visit.c.stage, lost), micros(visit.c.entered_at)))
            ).label("lost_at"),
        )
        counting = self._counting(ITS_RECORD)
        trip = trips(its, *columns, counting=counting).subquery("ended")
        at = case((trip.c.won == 1, trip.c.won_at), else_=trip.c.lost_at)
        query = select(
            trip.c.record_id,
            trip.c.won,
            trip.c.began,
            trip.c.led,
            at.label("at"),
            trip.c.qualified_at.label("took_until"),
        )
        return query.where(or_(trip.c.won == 1, trip.c.lost == 1)).subquery("trip")

    def _arrays(self, query: Executable) -> dict[int, array[int]]:
        found: dict[int, array[int]] = defaultdict(lambda: array("q"))
        for key, length in self._connection.execute(query):
            found[key].append(length)
        return dict(found)


def _qualified_at() -> ColumnElement[int]:
    """Return since when the record qualified for a stay: its entry, unless earlier."""
    qualified = (
        select(micros(history.c.qualified_at))
        .where(history.c.id == visit.c.entered_by)
        .scalar_subquery()
    )
    return func.coalesce(qualified, micros(visit.c.entered_at))


def _last_in(stages: Collection[str]) -> ColumnElement[int]:
    """Return 1 when the last stay of a trip is in one of these stages, else 0."""
    ends = case((among(visit.c.stage, stages), 1), else_=0)
    return func.max(visit.c.id * 2 + ends) % 2


def _within(at: ColumnElement[int], its: Selection) -> ColumnElement[bool]:
    parts = [at <= to_micros(its.as_of)]
    if its.since is not None:
        parts.append(at >= to_micros(its.since))
    if its.until is not None:
        parts.append(at < to_micros(its.until))
    return and_(*parts)


def _value(trip: Subquery, money: str | None) -> ColumnElement[Any]:
    """Return what a record's money field says, NULL where it says no number."""
    if money is None:
        return cast(null(), Float)  # untyped it would be a text, which has no sum
    kind = JsonKind(record.c.data, json_key(money))
    held = JsonNumber(record.c.data, json_key(money))
    return (
        select(case((kind.in_(["integer", "real"]), held)))
        .where(record.c.id == trip.c.record_id)
        .scalar_subquery()
    )
