"""What a timer that came due does, if it is still due.  Pure.

Between arming a timer and its coming due an event, a pause, a corrected calendar or a
moved date may have made it void.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadstate.domain.clock import BREACH, TimerKind
from leadstate.domain.history import HistoryKind
from leadstate.engine.clocks import hours_of
from leadstate.engine.using import due_marks
from leadstate.engine.waking import wake_moment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from leadstate.domain.action import Action
    from leadstate.domain.clock import SlaClock
    from leadstate.domain.lifecycle import Lifecycle, Stage
    from leadstate.domain.people import People
    from leadstate.domain.record import Record
    from leadstate.domain.signal import TimerDue
    from leadstate.domain.sla import SLA

__all__ = ["Fired", "SlaFired", "fire"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaFired:
    """An SLA that warns or is broken.

    Attributes:
        kind: WARNED or BREACHED.
        clock: Its clock, with the mark fired; to be kept.
        mark: Which warning, as written, or `BREACH`.
        note: One sentence for a person.
        actions: What is done, before the record moves.
    """

    kind: HistoryKind
    sla: SLA
    clock: SlaClock
    mark: str
    note: str
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """What a timer that is still due does: first the SLA, then the decision.

    Attributes:
        sla: The SLA that warns or is broken; None for wake-ups and looks.
        decides: Whether `leadstate.engine.decide.decide` is asked what the timer means.
        why: What a person is told in front of the refusal, when the move that it asks
            for is refused; "" when it asks for none.
    """

    sla: SlaFired | None = None
    decides: bool = True
    why: str = ""


def fire(  # noqa: PLR0913 - the circumstances of one timer, keyword-only
    lifecycle: Lifecycle,
    record: Record,
    clocks: Iterable[SlaClock],
    due: TimerDue,
    *,
    people: People,
    now: datetime,
    since: datetime,
) -> Fired | None:
    """Return what a timer does, or None when it is due no more.

    Args:
        lifecycle: The version of the workflow to judge by.
        record: The record as it stands, in the stay for which the timer was armed.
        clocks: Every clock of the record.
        due: The timer.
        people: Everybody, for the hours of owners.
        now: The moment of judging.
        since: When the record came under care; counts where its entry is unknown.
    """
    match due.kind:
        case TimerKind.LOOK:
            return Fired()
        case TimerKind.WAKE:
            moment = wake_moment(lifecycle, record, now=now, since=since)
            if not due.certain and (moment is None or moment > now):
                return None  # the date was moved meanwhile
            return Fired(why="it should wake up, and")
        case TimerKind.WARN | TimerKind.BREACH:  # pragma: no branch - all are named
            return _of_sla(lifecycle, record, clocks, due, people=people, now=now)


def _of_sla(  # noqa: PLR0913 - the circumstances of one timer, keyword-only
    lifecycle: Lifecycle,
    record: Record,
    clocks: Iterable[SlaClock],
    due: TimerDue,
    *,
    people: People,
    now: datetime,
) -> Fired | None:
    """Return what comes of the SLA, unless its clock has ended or has time left."""
    mark = BREACH if due.kind is TimerKind.BREACH else due.mark
    stage, place = lifecycle.stages[record.stage], (record.stage_version, due.sla)
    sla = stage.sla(due.sla)
    clock = next((one for one in clocks if one.place == place), None)
    if sla is None or clock is None:
        return None
    if not due.certain and not _is_due(lifecycle, stage, sla, clock, mark, people, now):
        return None
    return _broken(sla, clock, due) if mark == BREACH else _warned(sla, clock, mark)


def _is_due(  # noqa: PLR0913, PLR0917 - the circumstances of one clock
    lifecycle: Lifecycle,
    stage: Stage,
    sla: SLA,
    clock: SlaClock,
    mark: str,
    people: People,
    now: datetime,
) -> bool:
    if clock.ended_at or mark in clock.fired:
        return False
    hours = hours_of(lifecycle, stage, sla, clock.owner, people)
    moment = dict(due_marks(hours, sla, clock)).get(mark)
    return moment is not None and moment <= now


def _warned(sla: SLA, clock: SlaClock, mark: str) -> Fired:
    left = f"{mark} of it is used up" if mark.endswith("%") else f"{mark} is left"
    fired = SlaFired(
        kind=HistoryKind.WARNED,
        sla=sla,
        clock=replace(clock, fired=clock.fired | {mark}),
        mark=mark,
        note=f"the SLA {sla.name!r} is at risk: {left}",
        actions=sla.on_warning,
    )
    return Fired(sla=fired, decides=False)


def _broken(sla: SLA, clock: SlaClock, due: TimerDue) -> Fired:
    note = f"the SLA {sla.name!r} is broken"
    fired = SlaFired(
        kind=HistoryKind.BREACHED,
        sla=sla,
        clock=replace(clock, fired=clock.fired | {BREACH}, breached_at=due.at),
        mark=BREACH,
        note=note,
        actions=sla.on_breach,
    )
    return Fired(sla=fired, decides=sla.move is not None, why=f"{note}, and")
