"""Turn timers that are due into inbox rows, once each, however late.

A timer that fired is gone with the same commit that keeps its row, and the row's key
makes a second one a no-op.  What is decided then, and whether the record has moved
since, is judged like everything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.service.inbox import InboxItem
from leadstate.service.points import passed
from leadstate.store import TIMER

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.clock import Timer
    from leadstate.service.app import App

__all__ = ["sweep"]

BATCH = 500  # a transaction; a receiver waits for no more than that


def sweep(app: App, *, limit: int = BATCH) -> int:
    """Fire up to ``limit`` due timers, oldest due first; return how many there were.

    Missed ones fire at the first sweep after the start, dated when they were due.
    """
    now = app.clock.now()
    with app.store.read() as view:
        due = view.timers.due(now, limit)
    if not due:
        return 0
    with app.store.begin() as work:
        work.inbox.add([_item(one, now) for one in due])
        work.timers.remove([one.id for one in due])
        passed("sweep.before_commit")
        work.commit()
    passed("sweep.after_commit")
    return len(due)


def _item(timer: Timer, now: datetime) -> InboxItem:
    due = timer.due_at.isoformat()
    return InboxItem(
        key=f"timer:{timer.record_id}:{timer.stage_version}:{timer.key}:{due}",
        connection="",
        kind=TIMER,
        object="record",
        external_id=timer.record_id,
        record_id=timer.record_id,
        payload={
            "kind": str(timer.kind),
            "sla": timer.sla,
            "mark": timer.mark,
            "stage_version": timer.stage_version,
        },
        happened_at=timer.due_at,
        received_at=now,
        due_at=now,
    )
