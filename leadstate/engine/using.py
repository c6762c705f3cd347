"""How much business time a clock has used up, and when so much will be.  Pure.

A clock runs in stretches: from its start, or from the end of a pause, to the next
pause.  Only the hours of its calendar inside a stretch count.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from leadstate.domain.clock import BREACH
from leadstate.domain.frozen import replace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from leadstate.domain.clock import SlaClock
    from leadstate.domain.sla import SLA
    from leadstate.hours import Hours

__all__ = ["due_marks", "due_of", "moment_of", "used_time"]

_NOTHING = timedelta(0)


def due_marks(
    hours: Hours, sla: SLA, clock: SlaClock
) -> Iterator[tuple[str, datetime]]:
    """Yield when each warning and the breach of a running clock are due."""
    for mark, after in (
        *((w.text, w.after) for w in sla.warnings),
        (BREACH, sla.within),
    ):
        moment = _spared(hours, clock, after, sla.within - after)
        if moment is not None:
            yield mark, moment


def due_of(hours: Hours, sla: SLA, clock: SlaClock) -> datetime | None:
    """Return when an SLA is broken if nothing happens; None while it stands still."""
    return _spared(hours, clock, sla.within, _NOTHING)


def _spared(
    hours: Hours, clock: SlaClock, after: timedelta, before_due: timedelta
) -> datetime | None:
    """Return when so much is used up, not before what a tightened SLA leaves.

    Args:
        before_due: How long before the breach that is, in business time.
    """
    moment = moment_of(hours, clock, after)
    if moment is None or clock.grace is None or clock.grace_from is None:
        return moment
    anew = replace(clock, started_at=clock.grace_from, carried=_NOTHING)
    spared = moment_of(hours, anew, clock.grace - before_due)
    return None if spared is None else max(moment, spared)


def used_time(hours: Hours, clock: SlaClock, now: datetime) -> timedelta:
    """Return the business time that a clock has used up, earlier stays included."""
    spans = _running(clock, now)
    return clock.carried + sum((hours.elapsed(*one) for one in spans), _NOTHING)


def moment_of(hours: Hours, clock: SlaClock, after: timedelta) -> datetime | None:
    """Return when so much business time is used up; None while the clock stands still.

    A moment inside a stretch that has ended already is found in it.
    """
    if clock.started_at is None:
        return None
    left = after - clock.carried
    if left <= _NOTHING:
        return clock.started_at
    for start, end in _stretches(clock):
        if end is None:
            return hours.add(start, left)
        passed = hours.elapsed(start, end)
        if passed >= left:
            return hours.add(start, left)
        left -= passed
    return None


def _stretches(clock: SlaClock) -> Iterator[tuple[datetime, datetime | None]]:
    """Yield when the clock runs; the last stretch has no end, unless it is paused."""
    moment = clock.started_at
    for pause in sorted(clock.pauses, key=lambda one: one.start):
        if moment is None:
            return
        if pause.start > moment:
            yield moment, pause.start
        moment = None if pause.end is None else max(pause.end, moment)
    if moment is not None:
        yield moment, None


def _running(clock: SlaClock, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    for start, end in _stretches(clock):
        stop = min(end or now, now)
        if start < stop:
            yield start, stop
