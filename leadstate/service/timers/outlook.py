"""What time and people may do to a record besides its criteria.  Only reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.domain.clock import TimerKind
from leadstate.engine.next_change import next_changes
from leadstate.engine.waking import wake_moment
from leadstate.service.timers.slas import sla_status
from leadstate.store import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadstate.domain.sla import Wake
    from leadstate.service.app import App
    from leadstate.service.timers.slas import SlaStatus
    from leadstate.store import Approval, RecordRow, View

__all__ = ["Outlook", "Waking", "outlook"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waking:
    """When a parked record lets go, and where it goes.

    Attributes:
        at: The moment, or None when no date says so.
        on: The date field that decides and is empty, or None.
        when: The condition on which it wakes at once, as written; "" without one.
        to: The stage, or None when a person is asked.
    """

    at: datetime | None
    on: str | None
    when: str
    to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a record waits for besides its criteria.

    Attributes:
        slas: The clocks of its stay.
        pending: Moves that wait for somebody's agreement.
        waking: When it lets go, if its stage is one to wake from.
        turns: Transition -> when its guard can give another answer.
    """

    slas: tuple[SlaStatus, ...] = ()
    pending: tuple[Approval, ...] = ()
    waking: Waking | None = None
    turns: Mapping[str, datetime]


def outlook(app: App, row: RecordRow) -> Outlook:
    """Return what time and people may do to a record, as it stands now."""
    now, record = app.clock.now(), row.record
    if row.status is not RecordStatus.ACTIVE:
        return Outlook(turns={})
    with app.store.read() as view:
        clocks = view.clocks.of([record.id]).get(record.id, [])
        pending = view.approvals.open_of([record.id]).get(record.id, [])
        armed = _armed(view, row)
    here = [one for one in clocks if one.stage_version == record.stage_version]
    stage = app.lifecycle.stages.get(record.stage)
    return Outlook(
        slas=tuple(sla_status(app, one, now) for one in here),
        pending=tuple(pending),
        waking=_waking(app, row, stage.wake, armed)
        if stage is not None and stage.wake is not None and row.care_since is not None
        else None,
        turns=next_changes(app.lifecycle, record, now=now),
    )


def _armed(view: View, row: RecordRow) -> datetime | None:
    """Return when the record's timer wakes it: a try that failed comes again later."""
    timers = view.timers.of([row.record.id]).get(row.record.id, [])
    waking = (one.due_at for one in timers if one.kind is TimerKind.WAKE)
    return next(waking, None)


def _waking(app: App, row: RecordRow, wake: Wake, armed: datetime | None) -> Waking:
    record = row.record
    at = armed or wake_moment(
        app.lifecycle,
        record,
        now=app.clock.now(),
        since=row.care_since or app.clock.now(),
    )
    over = wake.max_passes is not None and record.pass_number >= wake.max_passes
    return Waking(
        at=at,
        on=wake.on if wake.on and record.values.get(wake.on) is None else None,
        when=wake.when_text,
        to=wake.otherwise if over else wake.to or record.came_from,
    )
