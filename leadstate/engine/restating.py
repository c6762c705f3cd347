"""Judge clocks that ended once more, by the calendars and SLAs of today.  Pure.

What is kept stays as it was judged at its time; a report asks here what it would say
had today's calendars, absences and SLAs been there all along.

    now_said = restated(lifecycle, clocks_of_one_record, people=people)
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from leadstate.domain.clock import BREACH
from leadstate.engine.bounds import kept
from leadstate.engine.clocks import hours_of
from leadstate.engine.using import moment_of, used_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadstate.domain.clock import SlaClock
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.people import People
    from leadstate.domain.sla import SLA

__all__ = ["restated"]


def restated(
    lifecycle: Lifecycle, clocks: Sequence[SlaClock], *, people: People
) -> tuple[SlaClock, ...]:
    """Return the clocks of one record, the ended ones judged anew.

    Each keeps when it started, stood still and ended; ``carried``, ``due_at``,
    ``used``, ``breached_at`` and the fired breach are computed.  For one that was not
    late, ``due_at`` says when it would have been, and is no part of the verdict.
    Unchanged stay clocks that run, that are void, and whose SLA the workflow has no
    more.  Where the record was closed before its SLA was kept or broken (``used``
    is None), a breach may turn out not to be one, and nothing new is called broken.

    Args:
        lifecycle: Today's version of the workflow.
        clocks: Clocks of one record, in any order; time that a stay carries over from
            an earlier one is restated as far as the earlier clock is among them.
        people: Everybody, for their own hours and absences of today.

    Returns:
        The clocks in the order given.
    """
    anew: dict[SlaClock, SlaClock] = {}
    for clock in sorted(clocks, key=lambda one: one.stage_version):
        stage = lifecycle.stages.get(clock.stage)
        slas = stage.slas if stage is not None else ()
        sla = next((one for one in slas if one.name == clock.sla), None)
        ended = clock.ended_at
        if stage is None or sla is None or ended is None or clock.started_at is None:
            anew[clock] = clock
            continue
        carried = clock.carried + _more_carried(sla, clock, anew)
        hours = hours_of(lifecycle, stage, sla, clock.owner, people)
        moved = replace(clock, carried=max(carried, timedelta(0)))
        due = moment_of(hours, _as_it_ran(moved, ended), sla.within)
        used = None if clock.used is None else used_time(hours, moved, ended)
        anew[clock] = _judged(replace(moved, due_at=due, used=used), ended)
    return tuple(anew[one] for one in clocks)


def _more_carried(
    sla: SLA, clock: SlaClock, anew: dict[SlaClock, SlaClock]
) -> timedelta:
    """Return by how much the earlier stays of its pass used more than was kept."""
    earlier = {old: new for old, new in anew.items()
               if old.stage_version < clock.stage_version}  # fmt: skip
    return kept(sla, clock, earlier.values()) - kept(sla, clock, earlier)


def _as_it_ran(clock: SlaClock, ended: datetime) -> SlaClock:
    """Return a clock that stood still when it ended as it was before it ended."""
    if clock.due_at is not None and clock.due_at > ended:
        return clock  # it ran, and would have been due
    pauses = tuple(
        replace(one, end=None) if one.end == ended else one for one in clock.pauses
    )
    return replace(clock, pauses=pauses)


def _judged(clock: SlaClock, ended: datetime) -> SlaClock:
    late = clock.due_at is not None and clock.due_at <= ended
    if not late or (clock.used is None and BREACH not in clock.fired):
        return replace(clock, fired=clock.fired - {BREACH}, breached_at=None)
    return replace(clock, fired=clock.fired | {BREACH}, breached_at=clock.due_at)
