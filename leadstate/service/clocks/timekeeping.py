"""Bring a record's clocks and timers up to date with a decision.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from leadstate.domain.clock import BREACH
from leadstate.domain.history import Cause, HistoryKind
from leadstate.engine.clock_news import clock_news
from leadstate.engine.clocks import tick
from leadstate.service.deciding.telling import clock_receipt, escalation, told

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.clock import Clock
    from leadstate.domain.history import HistoryEntry
    from leadstate.engine.clock_news import ClockNews
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
    before = {one.place: one for one in judging.clocks}
    zone = ZoneInfo(judging.lifecycle.timezone)
    for news in clock_news(ticked, before, zone=zone, now=judging.now):
        judging.history.append(_row(judging, news))
        if news.kind is HistoryKind.WITHDRAWN:
            _call_off(judging, news.before)
    judging.clocks = (
        *judging.clocks,
        *(one for one in ticked.clocks if one.place not in before),
    )
    for clock in ticked.clocks:
        judging.put_clock(clock)
    judging.timers = ticked.timers


def _row(judging: Judging, news: ClockNews) -> HistoryEntry:
    """Return the history row of what became of a clock."""
    about_breach = news.kind in (HistoryKind.BREACHED, HistoryKind.WITHDRAWN)
    cause = Cause.TIMER if news.kind is HistoryKind.BREACHED else Cause.AUTOMATIC
    receipt: dict[str, object] = {}
    if about_breach:
        calendar = _calendar(judging, news.clock)
        receipt = clock_receipt(news.clock, BREACH, calendar, before=news.before)
    return told(judging, news.kind, news.at, news.text, cause=cause, receipt=receipt)


def _call_off(judging: Judging, broken: Clock | None) -> None:
    """Take back that a person has to act on a breach that was none."""
    stage = judging.lifecycle.stages.get(judging.record.stage)
    if broken is None or stage is None or broken.escalated_to is None:
        return
    if judging.flag == escalation(stage, broken.escalated_to, broken):
        judging.flag, judging.flagged_at = None, None


def _calendar(judging: Judging, clock: Clock) -> str:
    stage = judging.lifecycle.stages.get(clock.stage)
    slas = stage.slas if stage else ()
    return next((one.calendar for one in slas if one.name == clock.sla), "")
