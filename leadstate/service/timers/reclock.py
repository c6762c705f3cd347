"""Let clocks be computed anew when SLAs, calendars or people changed.

Every active record under care gets a timer that is due at once and does nothing but
that, page by page; what was broken before an SLA was set stays quiet.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from leadstate.domain.clock import Timer, TimerKind
from leadstate.service.timers.planner import RECLOCK
from leadstate.store import RecordStatus

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.record import Record
    from leadstate.service.app import App

__all__ = ["reclock"]

_CURSOR = "clocks"
PAGE = 500  # a transaction; a receiver waits for no more than that


def reclock(app: App, *, limit: int = PAGE) -> bool:
    """Arm a page of such timers; say whether there may be more to arm."""
    wanted, now = _fingerprint(app), app.clock.now()
    with app.store.read() as view:
        done, _, after = (view.cursors.get("", _CURSOR) or "").partition(" ")
        if done == wanted and not after:
            return False
        after = after if done == wanted else ""
        records = view.records.list(
            app.lifecycle.fields,
            status=RecordStatus.ACTIVE,
            limit=limit,
            after=after.removeprefix(">"),
        )
    with app.store.begin() as work:
        held = work.timers.of([row.record.id for row in records])
        work.timers.replace(
            {
                row.record.id: [*held.get(row.record.id, ()), _timer(row.record, now)]
                for row in records
                if row.care_since is not None
            }
        )
        rest = f" >{records[-1].record.id}" if len(records) == limit else ""
        work.cursors.set("", _CURSOR, f"{wanted}{rest}", now)
        work.commit()
    return bool(rest)


def _fingerprint(app: App) -> str:
    """Return what all clocks depend on besides their records."""
    people = sorted(map(repr, app.people.by_name.values()))
    text = "\n".join((app.lifecycle.version, *people))
    return hashlib.sha256(text.encode()).hexdigest()


def _timer(record: Record, now: datetime) -> Timer:
    return Timer(
        record_id=record.id,
        kind=TimerKind.LOOK,
        due_at=now,
        stage_version=record.stage_version,
        mark=RECLOCK,
    )
