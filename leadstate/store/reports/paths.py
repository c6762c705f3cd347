"""Passes as rows: each trip of a record through the funnel, read in its own order.

A trip is told by its *path*: the stages that it entered, in the order of the record's
story.  The index `ix_visit_trip` holds the visits in just that order, and `trips`
insists on it, because a path is right only when its stages come in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    Text,
    and_,
    case,
    func,
    literal,
    or_,
    select,
)

from leadstate.store.columns import constant, to_micros
from leadstate.store.portable import Path, Unindexed, among, any_true
from leadstate.store.reports.narrowing import during, its_values, micros, of_visit
from leadstate.store.repository import Repository
from leadstate.store.rows import LinkStatus, RecordStatus
from leadstate.store.schema import link, record, visit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from leadstate.store.reports.selection import Selection

__all__ = [
    "ITS_RECORD",
    "SEPARATOR",
    "Countable",
    "began",
    "began_known",
    "bucket",
    "its_record_only",
    "path",
    "stages_of",
    "trips",
]

SEPARATOR: Final = "\x1f"
"""Between the stages of a path; no stage's name has it."""

ITS_RECORD: Final[ColumnElement[str]] = Unindexed(visit.c.record_id)
"""The record's id, in a form that no index is looked up by: the order would be lost."""


class Countable(Repository):
    """Queries over records that count: the workflow's, and of a merged lead one."""

    __slots__ = ()

    def _counting(self, record_id: ColumnElement[str]) -> list[ColumnElement[bool]]:
        """Return the condition that the record with this id counts."""
        counting = [*self._whose(record_id)]
        if merged := self._merged_away():
            counting.append(~among(record_id, merged))
        return counting

    def _merged_away(self) -> list[str]:
        """Return the records that a CRM merged into others, whose history goes on.

        Counting both would count one lead twice.
        """
        is_merged = link.c.status == constant(LinkStatus.MERGED)
        query = (
            select(link.c.record_id)
            .join(record, record.c.id == link.c.record_id)
            .where(*self._own(link), is_merged)
            .where(record.c.status == RecordStatus.CLOSED)
        )
        return [str(one) for one in self._connection.scalars(query.distinct())]


def trips(
    its: Selection,
    *columns: ColumnElement[Any],
    counting: Iterable[ColumnElement[bool]],
    period: bool = False,
) -> Select[*tuple[object, ...]]:
    """Return a query of the trips of which a stay is asked for, one row each.

    A trip is looked at as a whole: the owner, the team and the version pick trips that
    have such a stay, they do not cut other stays out of them.

    Args:
        columns: Aggregates over the stays of a trip.
        counting: Which records count, as `Countable` says of `ITS_RECORD`.
        period: Look only at stays that were entered in the selection's time; else the
            time is left to the caller.
    """
    trip = (visit.c.record_id, visit.c.pass_number)
    query = select(*trip, *columns).where(*its_record_only(its, counting))
    query = query.where(_entered(its, period=period)).group_by(*trip)
    if asked := list(of_visit(its)):
        query = query.having(any_true(and_(*asked)))
    return query


def _entered(its: Selection, *, period: bool) -> ColumnElement[bool]:
    if period and (its.since is not None or its.until is not None):
        return during(visit.c.entered_at, its)
    return or_(visit.c.entered_at.is_(None), visit.c.entered_at <= its.as_of)


def its_record_only(
    its: Selection, counting: Iterable[ColumnElement[bool]]
) -> Iterator[ColumnElement[bool]]:
    """Yield what leaves whole trips and records out."""
    if its.pass_number is not None:
        yield visit.c.pass_number == its.pass_number
    if its.values:
        yield ITS_RECORD.in_(select(record.c.id).where(its_values(its)))
    yield from counting


def path() -> ColumnElement[str]:
    """Return the stages of a trip, in order, as one text."""
    return Path(visit.c.stage, literal(SEPARATOR, Text), visit.c.id)


def stages_of(path: str) -> tuple[str, ...]:
    """Return the stages of such a text."""
    return tuple(path.split(SEPARATOR))


def began() -> ColumnElement[int]:
    """Return when a trip began, in microseconds: its first known entry."""
    return func.min(micros(visit.c.entered_at))


def began_known() -> ColumnElement[bool]:
    """Return whether it is known when the first stay of a trip was entered."""
    unknown = func.min(case((visit.c.entered_at.is_(None), visit.c.id)))
    return func.coalesce(unknown, -1) != func.min(visit.c.id)


def bucket(moment: ColumnElement[int], edges: Sequence[datetime]) -> ColumnElement[int]:
    """Return how many of the ordered edges are not after a moment; NULL for NULL.

    Written as a tree of choices: a long range of months costs few comparisons.
    """
    counts = _choice(moment, [to_micros(one) for one in edges], 0)
    return case((moment.is_(None), None), else_=counts)


def _choice(
    moment: ColumnElement[int], edges: Sequence[int], before: int
) -> ColumnElement[int]:
    if not edges:
        return constant(before)
    middle = len(edges) // 2
    below = _choice(moment, edges[:middle], before)
    above = _choice(moment, edges[middle + 1 :], before + middle + 1)
    return case((moment < constant(edges[middle]), below), else_=above)
