"""What a timer that came due means for its record.

A record that moved meanwhile, and a clock that stands still or has more time by now,
make it a no-op: then the timers are set anew, and nothing else happens.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from leadstate.domain.clock import BREACH, TimerKind
from leadstate.domain.decision import Move, Stay
from leadstate.domain.history import HistoryKind
from leadstate.domain.signal import TimerDue
from leadstate.engine.clocks import hours_of
from leadstate.engine.using import due_marks
from leadstate.engine.waking import wake_moment
from leadstate.service.acting import Occasion, act
from leadstate.service.manual import Asked, plan_of
from leadstate.service.plan import Plan
from leadstate.service.telling import clock_receipt, told
from leadstate.service.timekeeping import keep_time
from leadstate.store import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadstate.domain.clock import Clock
    from leadstate.domain.sla import SLA
    from leadstate.service.app import App
    from leadstate.service.judging import Judging
    from leadstate.service.rota import Rota
    from leadstate.store import InboxRow

__all__ = ["RECLOCK", "known_records", "plan_timer"]

RECLOCK: Final = "clocks"
"""The mark of a timer that only lets the clocks be computed anew."""


def known_records(app: App, rows: Sequence[InboxRow]) -> dict[str, Asked]:
    """Return the records that these rows are about, with all that belongs to them."""
    ids = sorted({row.record_id or row.external_id for row in rows})
    with app.store.read() as view:
        records = view.records.get_many(ids, app.lifecycle.fields)
        links = view.links.of_records(ids)
        waiting = view.outbox.open_for(ids)
        clocks = view.clocks.of(ids)
    return {
        one: Asked(
            row,
            tuple(links.get(one, ())),
            tuple(waiting.get(one, ())),
            tuple(clocks.get(one, ())),
        )
        for one, row in records.items()
    }


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
    firing = _Firing(app, judging, due)
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

    app: App
    judging: Judging
    due: TimerDue
    asleep: bool = False

    def fire(self) -> None:
        """Warn, break a promise, wake the record, or look again."""
        if self.due.mark == RECLOCK:
            return
        match self.due.kind:
            case TimerKind.WARN:
                self._promise(self.due.mark)
            case TimerKind.BREACH:
                self._promise(BREACH)
            case TimerKind.WAKE:
                self._wake()
            case TimerKind.LOOK:  # pragma: no branch - every kind is named
                self.judging.take(self.due)

    # -- promises ----------------------------------------------------------------------

    def _promise(self, mark: str) -> None:
        record = self.judging.record
        stage = self.judging.lifecycle.stages[record.stage]
        sla = next((one for one in stage.slas if one.name == self.due.sla), None)
        clock = next(
            (
                one
                for one in self.judging.clocks
                if (one.stage_version, one.sla) == (record.stage_version, self.due.sla)
            ),
            None,
        )
        if sla is None or clock is None or not self._is_due(sla, clock, mark):
            return
        if mark == BREACH:
            self._break(sla, clock)
        else:
            self._warn(sla, clock, mark)

    def _is_due(self, sla: SLA, clock: Clock, mark: str) -> bool:
        """Whether it is still due: an event, a pause or a calendar may have changed."""
        if clock.ended_at is not None or mark in clock.fired:
            return False
        judging = self.judging
        stage = judging.lifecycle.stages[clock.stage]
        hours = hours_of(judging.lifecycle, stage, sla, clock.owner, judging.people)
        moments = dict(due_marks(hours, sla, clock))
        return mark in moments and moments[mark] <= judging.now

    def _warn(self, sla: SLA, clock: Clock, mark: str) -> None:
        self._fired(clock, mark)
        left = f"{mark} of it is used up" if mark.endswith("%") else f"{mark} is left"
        note = f"the promise {sla.name!r} is at risk: {left}"
        self._tell(HistoryKind.WARNED, sla, clock, mark, note)
        self._act(sla.on_warning, f"warning:{sla.name}:{mark}", clock)

    def _break(self, sla: SLA, clock: Clock) -> None:
        clock = self._fired(clock, BREACH)
        note = f"the promise {sla.name!r} is broken"
        self._tell(HistoryKind.BREACHED, sla, clock, BREACH, note)
        self._act(sla.on_breach, f"breach:{sla.name}", clock)
        if sla.move is not None:
            self._move(f"the promise {sla.name!r} is broken, and")

    def _fired(self, clock: Clock, mark: str) -> Clock:
        fired = replace(clock, fired=clock.fired | {mark})
        if mark == BREACH:
            fired = replace(fired, breached_at=self.due.at)
        self.judging.put_clock(fired)
        return fired

    def _tell(
        self, kind: HistoryKind, sla: SLA, clock: Clock, mark: str, note: str
    ) -> None:
        receipt = clock_receipt(clock, mark, sla.calendar)
        self.judging.history.append(
            told(self.judging, kind, self.due.at, note, receipt=receipt)
        )

    def _act(self, actions: Sequence[object], name: str, clock: Clock) -> None:
        occasion = Occasion(name=name, at=self.due.at, clock=clock)
        act(self.judging, actions, occasion)  # type: ignore[arg-type]

    # -- moves -------------------------------------------------------------------------

    def _wake(self) -> None:
        judging = self.judging
        moment = wake_moment(
            judging.lifecycle,
            judging.record,
            now=judging.now,
            since=judging.since or judging.now,
        )
        if moment is None or moment > judging.now:
            return  # the date was moved meanwhile
        self.asleep = not self._move("it should wake up, and")

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
