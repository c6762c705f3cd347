"""What a timer that came due means for its record: the engine says, as ever.

A record that moved meanwhile, and a clock that stands still or has more time by now,
make it a no-op: then the timers are set anew, and nothing else happens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadstate.domain.clock import TimerKind
from leadstate.domain.signal import Reclock, TimerDue
from leadstate.engine.consequences import run
from leadstate.errors import SkipRecord
from leadstate.service.change_set import ChangeSet
from leadstate.store import RecordStatus, TimerFired

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.engine.rota import Rota
    from leadstate.service.app import App
    from leadstate.service.sync.loaded import LoadedRecord
    from leadstate.store import InboxRow

__all__ = ["RECLOCK", "plan_timer"]

RECLOCK: Final = "clocks"
"""The mark of a timer that only lets the clocks be computed anew."""


def plan_timer(
    app: App, row: InboxRow, loaded: LoadedRecord | None, now: datetime, rota: Rota
) -> ChangeSet:
    """Judge a timer; one of a record that is gone or has moved settles its row only."""
    if loaded is None or loaded.row.status is not RecordStatus.ACTIVE:
        return ChangeSet(inbox_ids=(row.id,))
    signal = _signal(row, now)
    found = run(app.lifecycle, loaded.case(rota), [signal], now=now)
    if not found.effects:
        return ChangeSet(inbox_ids=(row.id,))
    return loaded.changed(app, row, found, now)


def _signal(row: InboxRow, now: datetime) -> TimerDue | Reclock:
    fired = row.payload
    if not isinstance(fired, TimerFired):
        raise SkipRecord(f"the timer cannot be read: {fired}")
    at = min(row.happened_at or now, now)
    if fired.mark == RECLOCK:
        return Reclock(at=at, stage_version=fired.stage_version)
    return TimerDue(
        at=at,
        stage_version=fired.stage_version,
        kind=TimerKind(fired.kind),
        sla=fired.sla,
        mark=fired.mark,
    )
