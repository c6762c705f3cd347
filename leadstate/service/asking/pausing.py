"""Clocks that a person lets stand still, with a reason, and lets go on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.domain.clock import Pause
from leadstate.domain.history import Cause, HistoryKind
from leadstate.errors import UsageError
from leadstate.service.asking.manual import text_of
from leadstate.service.clocks.timekeeping import keep_time
from leadstate.service.deciding.asked import known_record, plan_of
from leadstate.service.deciding.telling import told
from leadstate.service.inbox import PAUSE, RESUME, InboxItem, asked_item

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.clock import Clock
    from leadstate.service.app import App
    from leadstate.service.deciding.judging import Judging
    from leadstate.service.plan import Plan
    from leadstate.store import InboxRow

__all__ = ["pause_item", "plan_pause"]


def pause_item(  # noqa: PLR0913 - the parts of one request, keyword-only
    app: App,
    record_id: str,
    *,
    stop: bool,
    sla: str | None,
    reason: str,
    actor: str,
) -> InboxItem:
    """Return the inbox item that lets the clocks of a record stand still, or go on.

    Args:
        stop: True to pause, False to resume.
        sla: Only this one; None means all of the stage.
        reason: Why; required for a pause.

    Raises:
        UsageError: No reason is given, or no such clock is open.
    """
    if stop and not reason.strip():
        raise UsageError("a pause needs a reason: --reason 'waits for the customer'")
    with app.store.read() as view:
        clocks = view.clocks.open_of([record_id]).get(record_id, [])
    names = ", ".join(one.sla for one in clocks)
    if not clocks or (sla is not None and all(one.sla != sla for one in clocks)):
        what = f"no open clock {sla!r}" if sla else "no open clock"
        raise UsageError(f"the record has {what}; open: {names or 'none'}")
    now = app.clock.now()
    return asked_item(
        PAUSE if stop else RESUME,
        record_id,
        {"sla": sla or "", "reason": reason, "actor": actor},
        now=now,
    )


def plan_pause(app: App, row: InboxRow, now: datetime) -> Plan:
    """Stop or start the clocks, and say so in the history."""
    asked = known_record(app, row)
    judging = asked.judging(app, row.key, now)
    for clock in asked.clocks:
        turned = _turned(judging, clock, row)
        if turned is not clock:
            judging.put_clock(turned)
    keep_time(judging, at=now)
    return plan_of(asked, judging, row)


def _turned(judging: Judging, clock: Clock, row: InboxRow) -> Clock:
    """Return the clock as the person wants it; one that is so already stays."""
    wanted = text_of(row, "sla")
    if clock.ended_at is not None or (wanted and clock.sla != wanted):
        return clock
    actor, now = text_of(row, "actor") or "unknown", judging.now
    mine = next((one for one in clock.pauses if one.by and one.end is None), None)
    stop = row.kind == PAUSE
    if stop == (mine is not None):
        return clock
    reason = text_of(row, "reason")
    kind, how = HistoryKind.RESUMED, f"goes on: {reason}" if reason else "goes on"
    if stop:
        kind, how = HistoryKind.PAUSED, Pause(now, reason=reason, by=actor).text
    note = f"the promise {clock.sla!r} {how}"
    # The reason stands in the note: it is somebody's own text, and may name the lead.
    judging.history.append(
        told(judging, kind, now, note, cause=Cause.MANUAL, actor=actor)
    )
    if mine is None:
        pauses = (*clock.pauses, Pause(now, reason=reason, by=actor))
    else:
        pauses = tuple(
            replace(one, end=now) if one is mine else one for one in clock.pauses
        )
    return replace(clock, pauses=pauses)
