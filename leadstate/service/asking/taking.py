"""Take the other side of a conflict: the value that was not believed, after all.

It goes through the inbox like everything else; a stage is judged by the rules as if it
were moved there now, a field's value goes to every CRM that carries it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.signal import Changed, MovedOutside
from leadstate.domain.values import from_json, to_json
from leadstate.errors import SkipRecord, UsageError
from leadstate.service.asking.manual import text_of
from leadstate.service.clocks.timekeeping import keep_time
from leadstate.service.deciding.asked import known_record, plan_of
from leadstate.service.inbox import TAKE, asked_item
from leadstate.service.news.disputes import STAGE
from leadstate.store import FieldChange

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.record import Record
    from leadstate.service.app import App
    from leadstate.service.plan import Plan
    from leadstate.store import Conflict, InboxRow

__all__ = ["ask_to_take", "conflicts", "plan_take"]


def conflicts(
    app: App, record_id: str | None = None, limit: int = 50
) -> list[Conflict]:
    """Return the journal of conflicts, newest first."""
    with app.store.read() as view:
        return view.conflicts.list(record_id, limit=limit)


def ask_to_take(app: App, conflict_id: int, *, actor: str) -> Conflict:
    """Ask for the value that was not believed; the service acts on it.

    Raises:
        UsageError: There is no such conflict, or nobody can take its other side.
    """
    now = app.clock.now()
    with app.store.begin() as work:
        found = work.conflicts.get(conflict_id)
        if found is None:
            raise UsageError(
                f"there is no conflict {conflict_id}; list them with: "
                "leadstate conflicts list"
            )
        if found.taken_at is not None:
            raise UsageError(f"conflict {conflict_id} was settled this way already")
        if found.rule == "owner":
            raise UsageError(
                f"{found.kept_from} owns {found.what!r}: change the value there, or "
                "change the owner in the bindings"
            )
        item = asked_item(
            TAKE, found.record_id, {"conflict": found.id, "actor": actor}, now=now
        )
        work.inbox.add([item])
        work.commit()
    return found


def plan_take(app: App, row: InboxRow, now: datetime) -> Plan:
    """Return the rows that make the other side of a conflict the record's."""
    with app.store.read() as view:
        found = view.conflicts.get(int(str(row.payload.get("conflict"))))
    if found is None or (
        found.what != STAGE and found.what not in app.lifecycle.fields
    ):
        raise SkipRecord(
            "the conflict, or the field it is about, is not there any more"
        )
    asked = known_record(app, row)
    actor = text_of(row, "actor") or "unknown"
    record, changes = _with_value(app, asked.row.record, found, now, actor)
    judging = asked.judging(app, row.key, now)
    judging.record = record
    judging.field_changes.extend(changes)
    judging.history.append(_told(app, record, found, now, actor))
    if found.what == STAGE:
        judging.take(
            MovedOutside(
                stage=str(found.dropped), at=now, actor=actor, source=found.connection
            )
        )
    else:
        judging.take(Changed(at=now, source="leadstate"))
    keep_time(judging, at=now)
    judging.share(() if found.what == STAGE else {found.what})
    # What is taken must not meet a write of the same field under way.
    return replace(plan_of(asked, judging, row), asked=False, taken=(found.id,))


def _with_value(
    app: App, record: Record, found: Conflict, now: datetime, actor: str
) -> tuple[Record, tuple[FieldChange, ...]]:
    if found.what == STAGE:
        return record, ()
    field = app.lifecycle.fields[found.what]
    value = from_json(found.dropped, field.type)
    values = {n: v for n, v in record.values.items() if n != field.name}
    values |= {} if value is None else {field.name: value}
    change = FieldChange(
        record_id=record.id,
        field=field.name,
        old=to_json(record.values.get(field.name)),
        new=found.dropped,
        changed_at=now,
        learnt_at=now,
        source=actor,
        personal=field.tells_of_a_person,
    )
    return replace(record, values=values), (change,)


def _told(
    app: App, record: Record, found: Conflict, now: datetime, actor: str
) -> HistoryEntry:
    return HistoryEntry(
        record_id=record.id,
        kind=HistoryKind.CONFLICT,
        cause=Cause.MANUAL,
        actor=actor,
        happened_at=now,
        learnt_at=now,
        from_stage=record.stage,
        to_stage=None,
        note=f"{found.what}: the value of {found.connection} is taken after all",
        source="leadstate",
        pass_number=record.pass_number,
        workflow_version=app.lifecycle.version,
        receipt={"conflict": {"id": found.id, "taken": found.dropped}},
    )
