"""Bring a record's clocks and timers up to date with a decision.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.clock import BREACH
from leadstate.domain.history import Cause, HistoryKind
from leadstate.engine.clocks import tick
from leadstate.service.deciding.telling import clock_receipt, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from leadstate.domain.clock import Clock
    from leadstate.domain.history import HistoryEntry
    from leadstate.service.deciding.judging import Judging

__all__ = ["keep_time"]


def keep_time(
    judging: Judging, *, at: datetime, entering: bool = False, asleep: bool = False
) -> None:
    """Run the clocks, and say which timers the record needs from now on.

    Args:
        judging: The record as decided; gets the clocks, timers and history rows.
        at: When what was judged happened.
        entering: The record comes under care now: what was over before stays quiet.
        asleep: A wake-up was due and could not be made.
    """
    ticked = tick(
        judging.lifecycle,
        judging.record,
        judging.clocks,
        people=judging.people,
        at=at,
        now=judging.now,
        since=judging.since or judging.now,
        entering=entering,
        asleep=asleep,
    )
    before = {(one.stage_version, one.sla): one for one in judging.clocks}
    for clock in ticked.missed:
        calendar = _calendar(judging, clock)
        judging.history.append(
            told(
                judging,
                HistoryKind.BREACHED,
                clock.breached_at or at,
                f"the promise {clock.sla!r} was broken before the record moved on",
                receipt=clock_receipt(clock, BREACH, calendar),
            )
        )
    for clock in ticked.clocks:
        old = before.get((clock.stage_version, clock.sla))
        judging.history.extend(_stood_still(judging, old, clock))
    judging.clocks = (
        *judging.clocks,
        *(one for one in ticked.clocks if (one.stage_version, one.sla) not in before),
    )
    for clock in ticked.clocks:
        judging.put_clock(clock)
    judging.timers = ticked.timers


def _calendar(judging: Judging, clock: Clock) -> str:
    stage = judging.lifecycle.stages.get(clock.stage)
    slas = stage.slas if stage else ()
    return next((one.calendar for one in slas if one.name == clock.sla), "")


def _stood_still(
    judging: Judging, old: Clock | None, clock: Clock
) -> Iterator[HistoryEntry]:
    """Yield what the workflow's own condition did to a clock."""
    if clock.ended_at is not None:
        return
    known = set(old.pauses) if old is not None else set()
    for pause in clock.pauses:
        if pause.by or pause in known:
            continue
        stopped = pause.end is None
        kind = HistoryKind.PAUSED if stopped else HistoryKind.RESUMED
        verb = "stands still, met is" if stopped else "goes on, met no more is"
        yield told(
            judging,
            kind,
            pause.end or pause.start,
            f"the clock of {clock.sla!r} {verb}: {pause.reason}",
            cause=Cause.AUTOMATIC,
        )
