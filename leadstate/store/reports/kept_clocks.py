"""Clocks, all of a record together, with whether a selection asks for them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, select, true

from leadstate.store.clocks import clock_of
from leadstate.store.reports.narrowing import its_record
from leadstate.store.repository import Repository
from leadstate.store.schema import clock, visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Select

    from leadstate.domain.clock import Clock
    from leadstate.store.reports.selection import Selection

__all__ = ["KeptClocks"]

_PAGE = 2_000


class KeptClocks(Repository):
    """Clocks in the order of the records; a page of them is in memory at a time."""

    __slots__ = ()

    def wanted(self, its: Selection, *, team: str | None = None) -> Iterator[Clock]:
        """Yield the clocks that a selection asks for and that its time may concern.

        Args:
            team: The team that owned the stage at the time of the clock.
        """
        query = select(clock).where(_counts(its, team))
        if its.since is not None:
            late = clock.c.ended_at >= its.since
            query = query.where(clock.c.ended_at.is_(None) | late)
        yield from (one for one, _ in self._each(query.add_columns(true())))

    def of_records(
        self, its: Selection, *, team: str | None = None
    ) -> Iterator[list[tuple[Clock, bool]]]:
        """Yield all clocks of one record after the other, each with whether it counts.

        The clocks of one record rest on each other: who judges them once more needs
        those that do not count, too.  Times are left to the caller.
        """
        query = select(clock, _counts(its, team))
        ordered = query.order_by(clock.c.record_id, clock.c.id)
        for _, its_own in groupby(self._each(ordered), lambda one: one[0].record_id):
            yield list(its_own)

    def _each(self, query: Select[*tuple[object, ...]]) -> Iterator[tuple[Clock, bool]]:
        paged = query.execution_options(yield_per=_PAGE)
        found = self._connection.execute(paged)
        names = tuple(found.keys())[:-1]
        for *columns, counts in found:
            yield clock_of(**dict(zip(names, columns, strict=True))), bool(counts)


def _counts(its: Selection, team: str | None) -> ColumnElement[bool]:
    return and_(true(), *_of_clock(its, team))


def _of_clock(its: Selection, team: str | None) -> Iterator[ColumnElement[bool]]:
    if team is not None:
        yield clock.c.team.is_not_distinct_from(team)
    if its.owner is not None:
        yield clock.c.owner.is_not_distinct_from(its.owner)
    if its.pass_number is not None:
        yield clock.c.pass_number == its.pass_number
    if its.version is not None:
        yield exists().where(
            visit.c.record_id == clock.c.record_id,
            visit.c.stage == clock.c.stage,
            visit.c.entered_at == clock.c.entered_at,
            visit.c.workflow_version.startswith(its.version, autoescape=True),
        )
    yield its_record(clock.c.record_id, its)
