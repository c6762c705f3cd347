"""A transition that a person asks for: through the inbox, like everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.signal import ManualMove
from leadstate.errors import SkipRecord
from leadstate.service.judging import Judging
from leadstate.service.plan import Plan
from leadstate.store import OutboxKind, RecordStatus

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.service.app import App
    from leadstate.store import InboxRow, LinkRow, OutboxRow, RecordRow

__all__ = ["known_record", "plan_move"]


def plan_move(app: App, row: InboxRow, now: datetime) -> Plan:
    """Judge a request for a transition; a refusal is a history row too."""
    known, links, waiting = known_record(app, row)
    unsettled = {one.connection for one in waiting if one.kind is OutboxKind.STAGE}
    judging = Judging(
        lifecycle=app.lifecycle,
        connections=app.connections,
        now=now,
        event=row.key,
        record=known.record,
        links=links,
        unsettled=unsettled,
        open_rows=waiting,
        flag=known.flag,
        flagged_at=known.flagged_at,
    )
    judging.take(_signal(row, now))
    judging.share(())
    return Plan(
        inbox_ids=(row.id,),
        asked=True,
        seen_links=links,
        changes=(judging.change(known),),
        history=tuple(judging.history),
        outbox=tuple(judging.outbox),
        supersede=(known.record.id,) if judging.overtaken else (),
        outdated=(known.record.id,) if judging.outdated else (),
    )


def known_record(
    app: App, row: InboxRow
) -> tuple[RecordRow, tuple[LinkRow, ...], tuple[OutboxRow, ...]]:
    """Return the record, its links, and everything of it that has still to go out."""
    record_id = row.record_id or row.external_id
    with app.store.read() as view:
        found = view.records.get_many([record_id], app.lifecycle.fields)
        links = view.links.of_records([record_id])
        waiting = view.outbox.open_for([record_id]).get(record_id, [])
    if record_id not in found:
        raise SkipRecord(f"there is no record {record_id!r}")
    known = found[record_id]
    if known.status is not RecordStatus.ACTIVE:
        raise SkipRecord(f"record {record_id!r} is {known.status}; it cannot be moved")
    return known, tuple(links.get(record_id, ())), tuple(waiting)


def _signal(row: InboxRow, now: datetime) -> ManualMove:
    payload = row.payload
    roles = payload.get("roles")
    reason = payload.get("reason")
    return ManualMove(
        transition=str(payload.get("transition")),
        actor=str(payload.get("actor") or "unknown"),
        at=min(row.happened_at, now) if row.happened_at else now,
        roles=frozenset(str(one) for one in roles)
        if isinstance(roles, list)
        else frozenset(),
        reason=str(reason) if reason else None,
        note=str(payload.get("note") or ""),
        source=str(payload.get("source") or "cli"),
    )
