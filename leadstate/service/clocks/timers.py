"""What a timer that came due means for its record.

A record that moved meanwhile, and a clock that stands still or has more time by now,
make it a no-op: then the timers are set anew, and nothing else happens.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from leadstate.domain.clock import TimerKind
from leadstate.domain.decision import Move, Stay
from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.signal import TimerDue
from leadstate.engine.firing import fire
from leadstate.service.clocks.timekeeping import keep_time
from leadstate.service.deciding.acting import Occasion, act
from leadstate.service.deciding.asked import plan_of
from leadstate.service.deciding.telling import clock_receipt, told
from leadstate.service.plan import Plan
from leadstate.store import RecordStatus

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.engine.firing import PromiseFired
    from leadstate.service.app import App
    from leadstate.service.deciding.asked import Asked
    from leadstate.service.deciding.judging import Judging
    from leadstate.service.deciding.rota import Rota
    from leadstate.store import InboxRow

__all__ = ["RECLOCK", "plan_timer"]

RECLOCK: Final = "clocks"
"""The mark of a timer that only lets the clocks be computed anew."""


def plan_timer(
    app: App, row: InboxRow, asked: Asked | None, now: datetime, rota: Rota
) -> Plan:
    """Judge a timer; one of a record that is gone or has moved settles its row only."""
    due = _signal(row, now)
    if asked is None or asked.row.status is not RecordStatus.ACTIVE:
        return Plan(inbox_ids=(row.id,))
    record = asked.row.record
    known = record.stage in app.lifecycle.stages
    if not known or due.stage_version != record.stage_version:
        return Plan(inbox_ids=(row.id,))
    judging = asked.judging(app, row.key, now, rota)
    firing = _Firing(judging, due)
    firing.fire()
    anew = due.mark == RECLOCK
    keep_time(judging, at=due.at, entering=anew, asleep=firing.asleep)
    judging.share(())
    return plan_of(asked, judging, row)


def _signal(row: InboxRow, now: datetime) -> TimerDue:
    payload = row.payload
    return TimerDue(
        at=min(row.happened_at or now, now),
        stage_version=int(str(payload.get("stage_version"))),
        kind=TimerKind(str(payload.get("kind"))),
        sla=str(payload.get("sla") or ""),
        mark=str(payload.get("mark") or ""),
    )


@dataclass(slots=True)
class _Firing:
    """One timer at one record."""

    judging: Judging
    due: TimerDue
    asleep: bool = False

    def fire(self) -> None:
        """Warn, break a promise, wake the record, or look again."""
        judging, due = self.judging, self.due
        if due.mark == RECLOCK:
            return
        flagged = judging.flag, judging.flagged_at
        fired = fire(
            judging.lifecycle,
            judging.record,
            judging.clocks,
            due,
            people=judging.people,
            now=judging.now,
            since=judging.since or judging.now,
        )
        if fired is None:
            return
        if fired.promise is not None:
            self._tell(fired.promise)
            self.due = due = replace(due, reason=fired.promise.sla.reason)
        if fired.why and fired.decides:
            self.asleep = not self._move(fired.why) and due.kind is TimerKind.WAKE
        elif fired.decides:
            judging.take(due)
        # What a warning or a breach set is judged although it asked for no move.
        moved = judging.follow(due)
        if moved and flagged == (judging.flag, judging.flagged_at):
            judging.flag, judging.flagged_at = None, None

    def _tell(self, promise: PromiseFired) -> None:
        """Keep the clock, tell what came of its promise, and do what follows."""
        judging, sla, at = self.judging, promise.sla, self.due.at
        judging.put_clock(promise.clock)
        receipt = clock_receipt(promise.clock, promise.mark, sla.calendar)
        judging.history.append(
            told(judging, promise.kind, at, promise.note, receipt=receipt)
        )
        name = f"breach:{sla.name}"
        if promise.kind is HistoryKind.WARNED:
            name = f"warning:{sla.name}:{promise.mark}"
        around = Occasion(name=name, at=at, clock=promise.clock, cause=Cause.TIMER)
        act(judging, promise.actions, around)

    def _move(self, why: str) -> bool:
        """Take the timer's transition; what stands in its way is for a person."""
        judging = self.judging
        flag, flagged_at = judging.flag, judging.flagged_at
        decision = judging.take(self.due)
        if isinstance(decision, Move):
            if self.due.kind is TimerKind.BREACH and judging.flag is None:
                judging.flag, judging.flagged_at = flag, flagged_at  # who has to act
            return True
        refusal = decision.refusal if isinstance(decision, Stay) else None
        text = f"{why} {refusal.text if refusal else 'no transition leads on'}"
        if judging.flag != text:
            judging.flag_for_a_person(text)
            told_so = told(judging, HistoryKind.REFUSED, self.due.at, text)
            judging.history.append(told_so)
        return False
