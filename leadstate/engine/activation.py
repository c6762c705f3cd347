"""Bring clocks under another version of the workflow, from when it came into force.

A clock keeps its start.  An SLA that was tightened is due at its new time, but not
before its activation plus the time that the old one left, or the new one allows,
whichever is less; one that was loosened only moves later.  Pure.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from leadstate.domain.clock import TimerKind
from leadstate.domain.frozen import replace
from leadstate.engine.clocks import hours_of
from leadstate.engine.using import due_marks, due_of, used_time

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from leadstate.domain.clock import SlaClock
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.people import People
    from leadstate.domain.sla import SLA
    from leadstate.engine.case import Case
    from leadstate.hours import Hours

__all__ = ["activated"]

_NOTHING = timedelta(0)


def activated(
    lifecycle: Lifecycle, case: Case, *, people: People, now: datetime
) -> tuple[SlaClock, ...]:
    """Return the clocks of a case, those that run under this version's SLAs.

    Args:
        lifecycle: The version in force, since `Case.in_force`.
        case: The clocks as an earlier version left them.
        people: Everybody, for the hours of owners.
        now: The moment of judging; no version came into force later.
    """
    at = min(case.in_force or now, now)
    return tuple(_activated(lifecycle, case, one, people, at) for one in case.clocks)


def _activated(
    lifecycle: Lifecycle, case: Case, clock: SlaClock, people: People, at: datetime
) -> SlaClock:
    here = clock.stage_version == case.record.stage_version
    if clock.version == lifecycle.version or not here or clock.ended_at is not None:
        return clock
    stage = lifecycle.stages.get(clock.stage)
    sla = stage.sla(clock.sla) if stage is not None else None
    if stage is None or sla is None:
        return clock  # it ends with its SLA
    clock = replace(clock, version=lifecycle.version)
    if clock.started_at is None:
        counts_from = max(at, clock.counts_from or at)
        return replace(clock, within=sla.within, counts_from=counts_from)
    hours = hours_of(lifecycle, stage, sla, clock.owner, people)
    clock = _with_time_left(hours, sla, clock, at)
    armed = {
        one.mark
        for one in case.timers
        if one.kind is TimerKind.WARN and one.sla == sla.name and one.due_at <= at
    }
    return _quiet(hours, sla, clock, at, armed)


def _with_time_left(hours: Hours, sla: SLA, clock: SlaClock, at: datetime) -> SlaClock:
    """Return the clock as the new SLA counts it, with what the old one leaves."""
    bare = replace(
        clock,
        within=sla.within,
        counts_from=max(clock.started_at or at, clock.counts_from or at),
        grace=None,
        grace_from=None,
    )
    due, new = clock.due_at, due_of(hours, sla, bare)
    if due is None:
        left = _left(hours, sla, clock, at)
    elif new is None or new >= due:
        return bare
    elif due <= at:  # it fell due by the old one
        return replace(bare, grace=_NOTHING, grace_from=due)
    else:
        left = hours.elapsed(at, due)
    return replace(bare, grace=min(left, sla.within), grace_from=at)


def _left(hours: Hours, sla: SLA, clock: SlaClock, at: datetime) -> timedelta:
    """Return what the old SLA leaves to a clock that stands still."""
    allowed = sla.within if clock.within is None else clock.within
    left = max(allowed - used_time(hours, clock, at), _NOTHING)
    if clock.grace is None or clock.grace_from is None:
        return left
    anew = replace(clock, started_at=clock.grace_from, carried=_NOTHING)
    return max(left, clock.grace - used_time(hours, anew, at))


def _quiet(
    hours: Hours, sla: SLA, clock: SlaClock, at: datetime, armed: Collection[str]
) -> SlaClock:
    """Mark the warnings that would have come before: nobody is told of them.

    Args:
        armed: Warnings that the old SLA was due to give.
    """
    texts = {one.text for one in sla.warnings} - {*armed}
    over = {
        mark
        for mark, moment in due_marks(hours, sla, clock)
        if mark in texts and moment <= at
    }
    return replace(clock, fired=clock.fired | over) if over - clock.fired else clock
