"""What comes due means for its record: the engine says, as ever.

A row in the inbox says that something of the record is due; judged is what waited
longest of all that the record waits for, whichever row it was.  A record that moved
meanwhile, and a clock that stands still or has more time by now, make it a no-op: then
the timers are set anew, and nothing else happens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadstate.domain.effect import TimersArmed
from leadstate.domain.signal import Reclock, TimerDue
from leadstate.engine.case import Consequences
from leadstate.engine.consequences import run
from leadstate.service.change_set import ChangeSet
from leadstate.store import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from leadstate.domain.clock import Timer
    from leadstate.engine.case import Case
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
    """Judge what is due; where nothing is any more, settle the row only."""
    if loaded is None or loaded.row.status is not RecordStatus.ACTIVE:
        return ChangeSet(inbox_ids=(row.id,))
    case = loaded.case(rota)
    timer = case.next_timer
    if timer is None:
        return ChangeSet(inbox_ids=(row.id,))
    if timer.due_at > now:  # judged already, or the clock was set back since it fired
        found = _armed(case, case.timers)
    else:
        found = run(app.lifecycle, case, [_signal(timer)], now=now)
    if not found.effects:  # armed for another stay, or for a stage that is no more
        found = _armed(case, [one for one in case.timers if one is not timer])
    return loaded.changed(app, row, found, now)


def _armed(case: Case, timers: Iterable[Timer]) -> Consequences:
    """Let these be its timers, those that fired included: they fire anew."""
    return Consequences(case, (TimersArmed(tuple(timers)),))


def _signal(timer: Timer) -> TimerDue | Reclock:
    if timer.mark == RECLOCK:
        return Reclock(at=timer.due_at, stage_version=timer.stage_version)
    return TimerDue.of(timer)
