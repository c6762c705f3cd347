"""Take the other side of a conflict: the value that was not believed, after all.

It goes through the inbox like everything else; a stage is judged by the rules as if it
were moved there now, a field's value goes to every CRM that carries it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.signal import Changed, MovedOutside
from leadstate.domain.values import from_json, to_json
from leadstate.engine.case import with_value
from leadstate.errors import SkipRecord, UsageError
from leadstate.service.change_set import ConflictTaken
from leadstate.service.inbound.conflicts import STAGE
from leadstate.service.inbox import TAKE, asked_item
from leadstate.service.modes import check_care
from leadstate.service.sync.entries import entry_of
from leadstate.store import FieldChange, TakeRequest

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.record import Record
    from leadstate.service.app import App
    from leadstate.service.change_set import ServiceEffect
    from leadstate.store import Conflict

__all__ = ["Taken", "ask_to_take", "conflicts", "taken_of"]


def conflicts(
    app: App, record_id: str | None = None, limit: int = 50
) -> list[Conflict]:
    """Return the journal of conflicts, newest first."""
    with app.store.read() as view:
        return view.conflicts.list(record_id, limit=limit)


def ask_to_take(app: App, conflict_id: int, *, actor: str) -> Conflict:
    """Ask for the value that was not believed; the service acts on it.

    Raises:
        UsageError: There is no such conflict, nobody can take its other side, or its
            record is only observed.
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
        check_care(app, work, found.record_id)
        item = asked_item(
            TAKE,
            found.record_id,
            TakeRequest(conflict=found.id, actor=actor),
            now=now,
        )
        work.inbox.add([item])
        work.commit()
    return found


@dataclass(frozen=True, slots=True)
class Taken:
    """The other side of a conflict, ready to be judged.

    Attributes:
        record: The record with the value that was not believed.
        signal: What it means.
        beside: What is kept of it.
        hold: The field that every CRM is held against; empty for a stage.
    """

    record: Record
    signal: Changed | MovedOutside
    beside: tuple[ServiceEffect, ...]
    hold: frozenset[str] = frozenset()


def taken_of(
    app: App, asked: TakeRequest, found: Conflict | None, record: Record, now: datetime
) -> Taken:
    """Return what taking the other side means.

    Raises:
        SkipRecord: The conflict, or the field that it is about, is gone.
    """
    if found is None or (
        found.what != STAGE and found.what not in app.lifecycle.fields
    ):
        raise SkipRecord(
            "the conflict, or the field it is about, is not there any more"
        )
    actor = asked.actor
    kept = (_history_entry(app, record, found, now, actor), ConflictTaken(found.id))
    if found.what == STAGE:
        stage = str(found.dropped)
        moved = MovedOutside(stage=stage, at=now, actor=actor, source=found.connection)
        return Taken(record, moved, kept)
    value = from_json(found.dropped, app.lifecycle.fields[found.what].type)
    return Taken(
        replace(record, values=with_value(record, found.what, value)),
        Changed(at=now, source="leadstate"),
        (_field_change(app, record, found, now, actor), *kept),
        frozenset({found.what}),
    )


def _field_change(
    app: App, record: Record, found: Conflict, now: datetime, actor: str
) -> FieldChange:
    return FieldChange(
        record_id=record.id,
        field=found.what,
        old=to_json(record.values.get(found.what)),
        new=found.dropped,
        changed_at=now,
        learnt_at=now,
        source=actor,
        personal=app.lifecycle.fields[found.what].tells_of_a_person,
    )


def _history_entry(
    app: App, record: Record, found: Conflict, now: datetime, actor: str
) -> HistoryEntry:
    return entry_of(
        app.lifecycle,
        record,
        HistoryKind.CONFLICT,
        source="leadstate",
        cause=Cause.MANUAL,
        actor=actor,
        now=now,
        happened_at=now,
        from_stage=record.stage,
        note=f"{found.what}: the value of {found.connection} is taken after all",
        receipt={"conflict": {"id": found.id, "taken": found.dropped}},
    )
