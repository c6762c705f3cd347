"""Stays in a stage with an SLA that has no clock for them: nobody measured them.

Leadstate did not know the record then, or not since when it was there, or the workflow
did not have the SLA.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, func, or_, select

from leadstate.store.reports.narrowing import its_values, of_visit
from leadstate.store.reports.paths import Countable
from leadstate.store.schema import clock, record, visit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import ColumnElement

    from leadstate.store.reports.selection import Selection

__all__ = ["Unmeasured", "overlaps"]


class Unmeasured(Countable):
    """Stays without a clock."""

    __slots__ = ()

    def number(self, its: Selection, stage: str, sla: str) -> Mapping[str | None, int]:
        """Return how many stays in a stage an SLA has no clock for, by owner.

        Those count that lie in the selection's time, wholly or in part.
        """
        query = (
            select(visit.c.owner, func.count())
            .where(visit.c.stage == stage, *self._asked(its), ~_clocked(sla))
            .group_by(visit.c.owner)
        )
        return {owner: int(number) for owner, number in self._connection.execute(query)}

    def _asked(self, its: Selection) -> Iterator[ColumnElement[bool]]:
        ended = func.coalesce(visit.c.left_at, visit.c.entered_at)
        open_ = visit.c.left_by.is_(None)
        yield overlaps(its, visit.c.entered_at, ended, open_)
        yield from of_visit(its)
        if its.values:
            yield visit.c.record_id.in_(select(record.c.id).where(its_values(its)))
        yield from self._counting(visit.c.record_id)


def overlaps(
    its: Selection,
    began: ColumnElement[object],
    ended: ColumnElement[object],
    is_open: ColumnElement[bool],
) -> ColumnElement[bool]:
    """Return the condition that something lasted within the time, at least in part.

    What began nobody knows when counts from ever; of what ended so, the end of what is
    known of it counts.
    """
    parts = [or_(began.is_(None), began <= its.as_of)]
    if its.until is not None:
        parts.append(or_(began.is_(None), began < its.until))
    if its.since is not None:
        parts.append(or_(is_open, ended >= its.since))
    return and_(*parts)


def _clocked(sla: str) -> ColumnElement[bool]:
    """Return the condition that the SLA had a clock at some time of the visit."""
    began = func.coalesce(clock.c.entered_at, clock.c.started_at)
    return exists().where(
        clock.c.record_id == visit.c.record_id,
        clock.c.stage == visit.c.stage,
        clock.c.sla == sla,
        or_(visit.c.left_at.is_(None), began <= visit.c.left_at),
        or_(
            clock.c.ended_at.is_(None),
            visit.c.entered_at.is_(None),
            clock.c.ended_at >= visit.c.entered_at,
        ),
    )
