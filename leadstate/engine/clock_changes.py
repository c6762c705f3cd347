"""What became of a record's clocks that the history tells, in words.  Pure.

Warnings and breaches that a timer brings are told by `leadstate.engine.firing`; here is
what a look at the clocks brings besides: pauses of the workflow's own condition,
breaches that no timer was there for, and breaches that late news made undone.  The
running service and a scenario both ask here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.domain.clock import ClockState
from leadstate.domain.course import spoken
from leadstate.domain.history import HistoryKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from leadstate.domain.clock import SlaClock
    from leadstate.domain.lifecycle import Stage
    from leadstate.engine.clocks import Ticked

__all__ = ["ClockNews", "clock_changes", "escalation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockNews:
    """One thing that became of a clock.

    Attributes:
        kind: BREACHED, WITHDRAWN, PAUSED or RESUMED.
        clock: As it stands now.
        before: As it stood, or None for a new one.
        at: When it happened (aware UTC).  A breach is withdrawn when it is learnt that
            it was none; the text has both times.
        text: One sentence for a person.
    """

    kind: HistoryKind
    clock: SlaClock
    before: SlaClock | None
    at: datetime
    text: str


def clock_changes(
    ticked: Ticked,
    before: Mapping[tuple[int, str], SlaClock],
    *,
    zone: ZoneInfo,
    now: datetime,
) -> Iterator[ClockNews]:
    """Yield what a look at the clocks brought, breaches first.

    Args:
        ticked: The look.
        before: The clocks as they stood before it, by `SlaClock.place`.
        zone: In which people read moments.
        now: The moment of judging.
    """
    for clock in ticked.missed:
        yield ClockNews(
            kind=HistoryKind.BREACHED,
            clock=clock,
            before=before.get(clock.place),
            at=clock.breached_at or now,
            text=f"the SLA {clock.sla!r} was broken before the record moved on",
        )
    for clock in ticked.clocks:
        old = before.get(clock.place)
        if old is not None:
            yield from _withdrawn(old, clock, zone, now)
        if clock.ended_at is None:
            yield from _stood_still(old, clock)


def _withdrawn(
    old: SlaClock, clock: SlaClock, zone: ZoneInfo, now: datetime
) -> Iterator[ClockNews]:
    """Yield that a breach was none, by what is known now."""
    if old.breached_at is None or clock.breached_at is not None:
        return
    why = "nothing makes it due"
    if clock.state is ClockState.VOID:
        why = "it does not count"
    elif clock.ended_at is not None:
        why = f"it was kept {spoken(clock.ended_at, zone)}"
    elif clock.due_at is not None:
        why = f"it is due {spoken(clock.due_at, zone)}"
    breach = spoken(old.breached_at, zone)
    text = f"the SLA {clock.sla!r} was not broken {breach} after all: {why}"
    yield ClockNews(
        kind=HistoryKind.WITHDRAWN, clock=clock, before=old, at=now, text=text
    )


def _stood_still(old: SlaClock | None, clock: SlaClock) -> Iterator[ClockNews]:
    """Yield what the workflow's own condition did to a clock."""
    known = set(old.pauses) if old is not None else set()
    for pause in clock.pauses:
        if pause.by or pause in known:
            continue
        kind, text = HistoryKind.PAUSED, pause.text
        if pause.end is not None:
            why = f": {pause.reason} holds no longer" if pause.reason else ""
            kind, text = HistoryKind.RESUMED, f"goes on{why}"
        yield ClockNews(
            kind=kind,
            clock=clock,
            before=old,
            at=pause.end or pause.start,
            text=f"the SLA {clock.sla!r} {text}",
        )


def escalation(stage: Stage, to: str, clock: SlaClock | None) -> str:
    """Return what a person reads who has to act: on an SLA, or on the stage."""
    if clock is None:
        return f"{stage.label} needs somebody: {to} has to act"
    how = "at risk" if clock.breached_at is None else "broken"
    return f"the SLA {clock.sla!r} of {stage.label} is {how}: {to} has to act"
