"""What became of passes: how far they came, when they were won, how long they took.

Many trips take the same path, so the database hands over each path with a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import (
    Boolean,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    null,
    select,
    tuple_,
    type_coerce,
)

from leadstate.guards.sql.constructs import JsonKind, json_key
from leadstate.store.columns import to_micros
from leadstate.store.reports.narrowing import of_visit
from leadstate.store.reports.paths import (
    ITS_RECORD,
    Countable,
    began,
    began_known,
    bucket,
    its_record_only,
    path,
    stages_of,
    trips,
)
from leadstate.store.rows import RecordStatus
from leadstate.store.schema import record, visit

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select, Subquery

    from leadstate.store.reports.selection import Selection

__all__ = [
    "By",
    "ByField",
    "ByMonth",
    "ByOwner",
    "ByPass",
    "PathCount",
    "Trips",
    "begun",
]

_NUMBERED = 10**18
"""Added to a stay's number, so that each has as many digits, and text sorts them."""

_OWNER_FROM = 20
"""Where the owner begins behind these digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByField:
    """Split by what a field of the record says today.

    Attributes:
        folded: It is a text: however it is spelt, it is one group.
    """

    field: str
    folded: bool


@dataclass(frozen=True, slots=True)
class ByOwner:
    """Split by who owned the record at the last stay that somebody owned."""


@dataclass(frozen=True, slots=True)
class ByPass:
    """Split by the number of the pass."""


@dataclass(frozen=True, slots=True)
class ByMonth:
    """Split by when the pass began: at how many of these moments, or after."""

    edges: tuple[datetime, ...]


By: TypeAlias = ByField | ByOwner | ByPass | ByMonth


@dataclass(frozen=True, slots=True, kw_only=True)
class PathCount:
    """So many passes that took the same way.

    Attributes:
        gone: The record has no object in a CRM any more, and this was its last pass.
        key: What they are split by; None where nobody knows.
        label: How one of their records writes it.
    """

    path: tuple[str, ...]
    gone: bool
    key: str | int | None
    label: str | int | None
    count: int


class Trips(Countable):
    """Counts over passes."""

    __slots__ = ()

    def paths(
        self,
        its: Selection,
        *,
        period: bool = False,
        by: By | None = None,
    ) -> list[PathCount]:
        """Return the ways that passes took, each with how many took it.

        Args:
            period: Look only at what was entered in the selection's time.  Else whole
                passes that began in it, and a pass whose beginning nobody knows only
                when no time is asked for.
            by: Split each way further.
        """
        columns = (path().label("path"), _in_trip(by).label("key"))
        counting = self._counting(ITS_RECORD)
        query = trips(its, *columns, counting=counting, period=period)
        trip = (query if period else begun(query, its)).subquery("trip")
        key, label = _of_trip(by, trip)
        gone = self._gone(trip)
        told = select(
            trip.c.path, gone.label("gone"), key.label("key"), label.label("label")
        ).subquery("told")
        alike = (told.c.path, told.c.gone, told.c.key)
        counted = select(*alike, func.min(told.c.label), func.count()).group_by(*alike)
        return [
            PathCount(
                path=stages_of(way),
                gone=bool(left),
                key=its_key,
                label=shown,
                count=number,
            )
            for way, left, its_key, shown, number in self._connection.execute(counted)
        ]

    def undated(self, its: Selection) -> int:
        """Return how many passes began at a time that nobody knows."""
        undated = visit.c.entered_at.is_(None), *self._whose(visit.c.record_id)
        unknown = select(visit.c.id).where(*undated).limit(1)
        if self._connection.scalar(unknown) is None:
            return 0  # found without putting trips together
        trip = trips(its, counting=self._counting(ITS_RECORD))
        begun_then = trip.having(~began_known()).subquery()
        count = select(func.count()).select_from(begun_then)
        return int(self._connection.scalar(count) or 0)

    def unknown_entries(self, its: Selection) -> int:
        """Return how many stays were entered at a time that nobody knows."""
        counting = self._counting(ITS_RECORD)
        asked = (*of_visit(its), *its_record_only(its, counting))
        query = select(func.count()).select_from(visit)
        unknown = query.where(visit.c.entered_at.is_(None), *asked)
        return int(self._connection.scalar(unknown) or 0)

    def beginnings(self, its: Selection) -> tuple[datetime, datetime] | None:
        """Return the first and the last moment at which anything was entered."""
        seen = visit.c.entered_at <= its.as_of, *self._whose(visit.c.record_id)
        found = select(func.min(visit.c.entered_at), func.max(visit.c.entered_at))
        first, last = self._connection.execute(found.where(*seen)).one()
        return None if first is None else (first, last)

    def _gone(self, trip: Subquery) -> ColumnElement[bool]:
        """Return whether a trip is the last one of a record that has ended."""
        ended = and_(record.c.status != RecordStatus.ACTIVE, *self._own(record))
        ids = list(self._connection.scalars(select(record.c.id).where(ended).limit(1)))
        if not ids:
            return type_coerce(false(), Boolean)
        last = (
            select(visit.c.record_id, func.max(visit.c.pass_number))
            .where(visit.c.record_id.in_(select(record.c.id).where(ended)))
            .group_by(visit.c.record_id)
        )
        return tuple_(trip.c.record_id, trip.c.pass_number).in_(last)


def begun(
    query: Select[*tuple[object, ...]], its: Selection
) -> Select[*tuple[object, ...]]:
    """Return only the trips that began in the selection's time."""
    if its.since is not None:
        query = query.having(began() >= to_micros(its.since))
    if its.until is not None:
        query = query.having(began() < to_micros(its.until))
    dated = its.since is not None or its.until is not None
    return query.having(began_known()) if dated else query


def _in_trip(by: By | None) -> ColumnElement[Any]:
    """Return what has to be gathered from the stays of a trip to split by."""
    match by:
        case ByOwner():
            numbered = cast(_NUMBERED + visit.c.id, Text).concat(visit.c.owner)
            return func.max(case((visit.c.owner.is_not(None), numbered)))
        case ByMonth():
            return case((began_known(), began()))
        case _:
            return null()


def _of_trip(
    by: By | None, trip: Subquery
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Return what trips are split by, and how it is written."""
    match by:
        case ByField():
            return _said(by, trip)
        case ByOwner():
            key: ColumnElement[Any] = func.substr(trip.c.key, _OWNER_FROM)
        case ByMonth():
            key = bucket(trip.c.key, by.edges)
        case ByPass():
            key = trip.c.pass_number
        case None:
            key = trip.c.key
    return key, key


def _said(by: ByField, trip: Subquery) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Return what the record says in a field; what cannot be read says nothing."""
    held = JsonKind(record.c.data, json_key(by.field)) == "text"
    written, folded = (
        select(case((held, column[by.field].as_string())))
        .where(record.c.id == trip.c.record_id)
        .scalar_subquery()
        for column in (record.c.data, record.c.folded)
    )
    return folded if by.folded else written, written
