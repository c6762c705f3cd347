"""Turn timers that are due into inbox rows, once each, however late.

A timer is marked as fired in the commit that keeps its row, so that it fires once.  It
stays until its record was looked at: the row says that something is due, and what that
is, and whether the record has moved since, is judged like everything else.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from leadstate.service.app import feeds_of
from leadstate.service.failpoints import hit
from leadstate.service.inbox import InboxItem
from leadstate.service.timers.reclock import reclock
from leadstate.store import TIMER, TimerFired

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.clock import Timer
    from leadstate.service.app import App, Feed

__all__ = ["Sweeping", "sweep"]

_PATIENCE = timedelta(seconds=30)
BATCH = 500  # a transaction; a receiver waits for no more than that


def sweep(*apps: App, limit: int = BATCH) -> int:
    """Fire up to ``limit`` due timers, oldest due first; return how many there were.

    Missed ones fire at the first sweep after the start, dated when they were due.
    Those of workflows that are not here fire when they are back.

    Args:
        apps: The workflows of one installation.
        limit: At most so many of each.
    """
    now, fired = apps[0].clock.now(), 0
    for app in apps:
        with app.store.read() as view:
            due = view.timers.due(now, limit)
        if not due:
            continue
        with app.store.begin() as work:
            work.inbox.add([_item(one, now) for one in due])
            work.timers.fire([one.id for one in due], now)
            hit("sweep.before_commit")
            work.commit()
        hit("sweep.after_commit")
        fired += len(due)
    return fired


class Sweeping:
    """The sweeps of one process, from its start.

    After downtime a record may have moved before its timer was due: every CRM is asked
    for what changed first, and gets half a minute to answer.
    """

    def __init__(self, *apps: App) -> None:
        self._apps = apps
        self._silent = {(one.name, one.object) for one in feeds_of(apps)}
        self._latest = apps[0].clock.now() + _PATIENCE
        self._rearming = True

    def heard(self, feed: Feed) -> None:
        """Say that a CRM has told everything that changed."""
        self._silent.discard((feed.name, feed.object))

    def step(self) -> bool:
        """Fire what is due; say whether there may be more at once."""
        apps = self._apps
        if self._rearming:  # nothing that clocks depend on changes in one process
            self._rearming = any(list(map(reclock, apps)))
        if self._silent and self._is_patient(apps[0].clock.now()):
            return False
        return sweep(*apps) > 0 or self._rearming

    def _is_patient(self, now: datetime) -> bool:
        """Whether the half minute runs; a clock that is set back adds nothing."""
        self._latest = min(self._latest, now + _PATIENCE)
        return now < self._latest


def _item(timer: Timer, now: datetime) -> InboxItem:
    due = timer.due_at.isoformat()
    about = f"{timer.record_id}:{timer.stage_version}:{timer.key}:{due}"
    return InboxItem(
        # With its id: armed anew for a moment at which one fired, it has to fire again.
        key=f"timer:{about}:{timer.id}",
        connection="",
        kind=TIMER,
        object="record",
        external_id=timer.record_id,
        record_id=timer.record_id,
        payload=TimerFired(
            kind=str(timer.kind),
            sla=timer.sla,
            mark=timer.mark,
            stage_version=timer.stage_version,
        ),
        happened_at=timer.due_at,
        received_at=now,
        due_at=timer.due_at,  # after downtime many wait: they are judged by their time
    )
