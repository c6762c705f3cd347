"""When a clock starts and ends, as far as it is known now.  Pure.

News arrive in any order: what happened earlier counts whenever it is learnt, so that a
clock ends up the same whether events came one by one or all at once.

One bound holds: no clock counts anything before `SlaClock.counts_from`, because nobody
is charged for hours in which they could not know.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from leadstate.domain.clock import BREACH
from leadstate.domain.frozen import replace
from leadstate.domain.sla import ASSIGNED, Reentry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from leadstate.domain.clock import SlaClock
    from leadstate.domain.record import Record
    from leadstate.domain.sla import SLA

__all__ = ["began_at", "closed", "end_of", "kept", "start_of", "void"]

_NOTHING = timedelta(0)


def start_of(
    record: Record, sla: SLA, clock: SlaClock, *, until: datetime, owner: str | None
) -> datetime | None:
    """Return when a clock started; what came late may only make it earlier.

    Args:
        until: What happened later does not count.
        owner: Who is known to have owned the record from the beginning on, or None.
    """
    if clock.started_at is not None and (clock.entered_at is None or not sla.start):
        return clock.started_at
    began = began_at(record, sla, clock, until=until, owner=owner)
    found = _no_earlier(began, clock.counts_from)
    times = [one for one in (clock.started_at, found) if one is not None]
    return min(times, default=None)


def began_at(
    record: Record, sla: SLA, clock: SlaClock, *, until: datetime, owner: str | None
) -> datetime | None:
    """Return when that happened at which a clock starts; arguments as above.

    The clock itself starts later where nobody could know yet.
    """
    entered = clock.entered_at
    if entered is None or sla.start is None:
        return entered
    return _first(record, sla.start, entered, until, owner)


def end_of(
    record: Record, sla: SLA, clock: SlaClock, *, until: datetime, owner: str | None
) -> datetime | None:
    """Return when its event ended a clock that has started; arguments as above.

    What ended it before it counted anything ends it as soon as it starts.
    """
    if sla.until is None or clock.started_at is None:
        return None
    began = began_at(record, sla, clock, until=until, owner=owner)
    after = min(began or clock.started_at, clock.started_at)
    found = _first(record, sla.until, after, until, owner)
    return None if found is None else max(found, clock.started_at)


def _no_earlier(moment: datetime | None, bound: datetime | None) -> datetime | None:
    return moment if moment is None or bound is None else max(moment, bound)


def _first(
    record: Record, event: str, after: datetime, until: datetime, owner: str | None
) -> datetime | None:
    """Return when an event first happened between two moments, both included."""
    times = [
        one.at
        for one in record.happenings
        if one.event == event and after <= one.at <= until
    ]
    if times:
        return min(times)
    # An owner who was there already has been assigned from the beginning.
    return after if event == ASSIGNED and owner is not None else None


def kept(sla: SLA, clock: SlaClock, left: Iterable[SlaClock]) -> timedelta:
    """Return the time that earlier stays of the same pass have used up."""
    if sla.on_reentry is Reentry.RESET:
        return _NOTHING
    own = (
        one.used - one.carried
        for one in left
        if (one.stage, one.sla) == (clock.stage, clock.sla)
        and one.pass_number == clock.pass_number
        and one.used is not None
    )
    return sum(own, _NOTHING)


def void(clock: SlaClock, ended: datetime) -> SlaClock:
    """End a clock that has nothing to say about its SLA."""
    return replace(
        closed(clock, ended),
        started_at=None,
        due_at=None,
        fired=clock.fired - {BREACH},
        breached_at=None,
        used=None,
        ended_at=ended,
    )


def closed(clock: SlaClock, ended: datetime) -> SlaClock:
    """Let pauses end with the clock."""
    pauses = tuple(
        one if one.end else replace(one, end=max(ended, one.start))
        for one in clock.pauses
    )
    return replace(clock, pauses=pauses)
