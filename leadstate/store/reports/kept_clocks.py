"""Clocks, all of a record together, with whether a selection asks for them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    true,
    type_coerce,
)

from leadstate.store.clocks import clock_of
from leadstate.store.portable import among
from leadstate.store.reports.endings import window_of
from leadstate.store.reports.narrowing import during, its_record, micros
from leadstate.store.reports.unmeasured import overlaps
from leadstate.store.repository import Repository
from leadstate.store.schema import clock, visit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Select

    from leadstate.domain.clock import SlaClock
    from leadstate.store.reports.endings import Windows
    from leadstate.store.reports.selection import Selection

__all__ = ["OUTCOME", "VERDICT_AT", "ClockOutcome", "KeptClocks"]

_PAGE = 2_000


VERDICT_AT: Final = func.coalesce(clock.c.breached_at, clock.c.ended_at)
"""When an SLA was met or broken; NULL while it is open and not broken."""

OUTCOME: Final = case(
    # What was over before it could count was neither kept nor broken.
    (~clock.c.measured, "unmeasured"),
    (and_(clock.c.ended_at.is_(None), clock.c.breached_at.is_(None)), "running"),
    (clock.c.ended_at.is_(None), "late"),
    (clock.c.started_at.is_(None), "void"),
    (clock.c.breached_at.is_not(None), "missed"),
    # A record that was closed neither kept its SLA nor broke it.
    (clock.c.used.is_(None), "void"),
    else_="met",
)
"""How a clock came out; the same as `leadstate.service.reports.sla.outcome_of`."""


class ClockOutcome(NamedTuple):
    """How one clock came out.

    Attributes:
        used: Business time in microseconds, or None.
        length: From its start to its end on the wall, in microseconds, or None.
        paused: Its id when it ever stood still, else None.
    """

    stage: str
    sla: str
    team: str | None
    owner: str | None
    outcome: str
    used: int | None
    length: int | None
    paused: int | None


class KeptClocks(Repository):
    """Clocks; a page of them is in memory at a time."""

    __slots__ = ()

    def each(
        self, its: Selection, *, team: str | None = None
    ) -> Iterator[ClockOutcome]:
        """Yield how each clock came out, of those with a verdict in the time.

        Open ones that are not broken are among them when they began before its end,
        those that measure nothing when they lie in it in part.

        Args:
            team: The team that owned the stage at the time of the clock.
        """
        length = micros(clock.c.ended_at) - micros(clock.c.started_at)
        stood_still = case((func.json_array_length(clock.c.pauses) > 0, clock.c.id))
        query = (
            select(
                clock.c.stage,
                clock.c.sla,
                clock.c.team,
                clock.c.owner,
                OUTCOME,
                type_coerce(clock.c.used, BigInteger),
                length,
                stood_still,
            )
            .where(_counts(its, team), _in_time(its), *self._whose(clock.c.record_id))
            .execution_options(yield_per=_PAGE)
        )
        for row in self._connection.execute(query):
            yield ClockOutcome(*row)

    def verdicts(
        self, its: Selection, windows: Windows
    ) -> Mapping[tuple[str, str, int], tuple[int, int]]:
        """Return how many were met, of how many, by stage, SLA and window."""
        window = window_of(VERDICT_AT, windows)
        met = func.sum(case((OUTCOME == "met", 1), else_=0))
        query = (
            select(
                clock.c.stage, clock.c.sla, window.label("window"), met, func.count()
            )
            .where(_counts(its, None), during(VERDICT_AT, its))
            .where(*self._whose(clock.c.record_id))
            .where(OUTCOME.in_(["met", "missed", "late"]))
            .group_by(clock.c.stage, clock.c.sla, "window")
        )
        return {
            (stage, sla, number): (int(hits), int(of))
            for stage, sla, number, hits, of in self._connection.execute(query)
        }

    def by_id(self, ids: Sequence[int]) -> list[SlaClock]:
        """Return these clocks."""
        return self._rows(clock_of, select(clock).where(among(clock.c.id, ids)))

    def of_records(
        self, its: Selection, *, team: str | None = None
    ) -> Iterator[list[tuple[SlaClock, bool]]]:
        """Yield all clocks of one record after the other, each with whether it counts.

        The clocks of one record rest on each other: who judges them once more needs
        those that do not count, too.  Times are left to the caller.
        """
        query = select(clock, _counts(its, team)).where(*self._own(clock))
        ordered = query.order_by(clock.c.record_id, clock.c.id)
        for _, its_own in groupby(self._each(ordered), lambda one: one[0].record_id):
            yield list(its_own)

    def _each(
        self, query: Select[*tuple[object, ...]]
    ) -> Iterator[tuple[SlaClock, bool]]:
        paged = query.execution_options(yield_per=_PAGE)
        found = self._connection.execute(paged)
        names = tuple(found.keys())[:-1]
        for *columns, counts in found:
            yield clock_of(**dict(zip(names, columns, strict=True))), bool(counts)


def _in_time(its: Selection) -> ColumnElement[bool]:
    entered = func.coalesce(clock.c.entered_at, clock.c.started_at)
    began = func.coalesce(clock.c.started_at, clock.c.entered_at)
    soon = true() if its.until is None else or_(began.is_(None), began < its.until)
    there = overlaps(its, entered, clock.c.ended_at, clock.c.ended_at.is_(None))
    return case(
        (OUTCOME == "unmeasured", there),
        else_=or_(and_(OUTCOME == "running", soon), during(VERDICT_AT, its)),
    )


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
