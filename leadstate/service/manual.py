"""A transition that a person asks for: through the inbox, like everything else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.domain.decision import Decision, Move
from leadstate.domain.signal import ManualMove
from leadstate.engine.decide import decide
from leadstate.engine.journal import after, entries
from leadstate.errors import SkipRecord
from leadstate.guards import folded
from leadstate.service.effects import outbox_items
from leadstate.service.plan import Plan
from leadstate.store import RecordChange, RecordStatus

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.record import Record
    from leadstate.service.app import App
    from leadstate.store import InboxRow, LinkRow, RecordRow

__all__ = ["plan_move"]


def plan_move(app: App, row: InboxRow, now: datetime) -> Plan:
    """Judge a request for a transition; a refusal is a history row too."""
    known, links = _look_up(app, row)
    signal = _signal(row, now)
    decision = decide(app.lifecycle, known.record, signal, now=now)
    moved = after(app.lifecycle, known.record, decision, at=signal.at)
    record = replace(moved, version=known.record.version + 1)
    items = outbox_items(
        app.lifecycle, record, decision, signal,
        links=links, connections=app.connections, event=row.key, now=now,
    )  # fmt: skip
    return Plan(
        inbox_ids=(row.id,),
        changes=(_change(app, known, record, decision),),
        history=entries(
            app.lifecycle, known.record, decision, signal, now=now, source_event=row.key
        ),
        outbox=items,
        supersede=(record.id,) if items else (),
    )


def _look_up(app: App, row: InboxRow) -> tuple[RecordRow, tuple[LinkRow, ...]]:
    record_id = row.record_id or row.external_id
    with app.store.read() as view:
        found = view.records.get_many([record_id], app.lifecycle.fields)
        links = view.links.of_records([record_id])
    if record_id not in found:
        raise SkipRecord(f"there is no record {record_id!r}")
    known = found[record_id]
    if known.status is not RecordStatus.ACTIVE:
        raise SkipRecord(f"record {record_id!r} is {known.status}; it cannot be moved")
    return known, tuple(links.get(record_id, ()))


def _signal(row: InboxRow, now: datetime) -> ManualMove:
    payload = row.payload
    roles = payload.get("roles")
    reason = payload.get("reason")
    return ManualMove(
        transition=str(payload.get("transition")),
        actor=str(payload.get("actor") or "unknown"),
        at=min(row.happened_at, now) if row.happened_at else now,
        roles=frozenset(str(one) for one in roles) if isinstance(roles, list) else frozenset(),
        reason=str(reason) if reason else None,
        note=str(payload.get("note") or ""),
        source=str(payload.get("source") or "cli"),
    )


def _change(
    app: App, known: RecordRow, record: Record, decision: Decision
) -> RecordChange:
    moved = isinstance(decision, Move)
    return RecordChange(
        record=record,
        expected_version=known.record.version,
        folded=folded(record.values, app.lifecycle.fields),
        flag=None if moved else known.flag,
        flagged_at=None if moved else known.flagged_at,
    )
