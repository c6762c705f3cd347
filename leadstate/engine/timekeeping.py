"""Bring a case's clocks and timers up to date with what was decided.  Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from leadstate.domain.clock import BREACH, TimerKind
from leadstate.domain.effect import SlaChanged
from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.origin import Origin
from leadstate.engine.clock_changes import clock_changes, escalation
from leadstate.engine.clocks import tick
from leadstate.engine.draft import OURS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadstate.domain.clock import SlaClock, Timer
    from leadstate.engine.clock_changes import ClockNews
    from leadstate.engine.clocks import Ticked
    from leadstate.engine.draft import CaseDraft

__all__ = ["keep_time"]


def keep_time(draft: CaseDraft, *, at: datetime) -> None:
    """Run the clocks, and say which timers the record needs from now on.

    Args:
        draft: The case as decided.
        at: When what was judged happened.
    """
    before = dict(draft.clocks)
    ticked = tick(
        draft.lifecycle,
        draft.record,
        tuple(before.values()),
        people=draft.rota.people,
        at=at,
        now=draft.now,
        since=draft.care,
        counts_from=draft.counts_from,
        left_at=draft.left_at,
        entering=not draft.moved,
        asleep=draft.asleep,
        woken=draft.woken,
    )
    zone = ZoneInfo(draft.lifecycle.timezone)
    for news in clock_changes(ticked, before, zone=zone, now=draft.now):
        draft.effects.append(_sla_changed(draft, news))
        if news.kind is HistoryKind.WITHDRAWN:
            _call_off(draft, news.before)
    draft.clocks |= {clock.place: clock for clock in ticked.clocks}
    timers = ticked.timers if draft.looked else _with_due_look(draft, ticked)
    draft.timers = _in_turn(draft.waiting, timers)


def _in_turn(waiting: Sequence[Timer], timers: Sequence[Timer]) -> tuple[Timer, ...]:
    """Return the timers, those that wait already in front.

    Of two that come due at one moment the one that was armed first fires first.
    """
    turn = {_armed(one): place for place, one in enumerate(waiting)}
    last = len(turn)
    return tuple(sorted(timers, key=lambda one: turn.get(_armed(one), last)))


def _armed(timer: Timer) -> tuple[str, int, datetime]:
    return timer.key, timer.stage_version, timer.due_at


def _with_due_look(draft: CaseDraft, ticked: Ticked) -> tuple[Timer, ...]:
    """Return the timers, with the look that is due and that nobody has taken yet.

    A pause or a move that is refused comes before it now and then, and judges nothing
    of what the record does by itself.
    """
    due = [
        replace(one, id=None)
        for one in draft.waiting
        if one.key == TimerKind.LOOK
        and one.stage_version == draft.record.stage_version
        and one.due_at <= draft.now
    ]
    if not due:
        return ticked.timers
    return (*(one for one in ticked.timers if one.kind is not TimerKind.LOOK), *due)


def _sla_changed(draft: CaseDraft, news: ClockNews) -> SlaChanged:
    """Return what the history says of what became of a clock."""
    broken = news.kind is HistoryKind.BREACHED
    about_breach = broken or news.kind is HistoryKind.WITHDRAWN
    return SlaChanged(
        position=draft.position,
        origin=Origin(
            cause=Cause.TIMER if broken else Cause.AUTOMATIC,
            actor=OURS,
            at=news.at,
            source=OURS,
            note=news.text,
        ),
        kind=news.kind,
        clock=news.clock,
        before=news.before,
        mark=BREACH if about_breach else "",
        calendar=_calendar(draft, news.clock) if about_breach else "",
    )


def _call_off(draft: CaseDraft, broken: SlaClock | None) -> None:
    """Take back that a person has to act on a breach that was none."""
    stage = draft.lifecycle.stages.get(draft.record.stage)
    if broken is None or stage is None or broken.escalated_to is None:
        return
    if draft.flag == escalation(stage, broken.escalated_to, broken):
        draft.lower_flag()


def _calendar(draft: CaseDraft, clock: SlaClock) -> str:
    stage = draft.lifecycle.stages.get(clock.stage)
    sla = stage.sla(clock.sla) if stage else None
    return sla.calendar if sla else ""
