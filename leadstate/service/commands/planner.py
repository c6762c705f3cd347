"""What a person's command means: a signal for the engine, and what is kept beside it.

Commands go through the inbox like everything else; a refusal is a history row, too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadstate.engine.consequences import run
from leadstate.errors import SkipRecord
from leadstate.service.change_set import ChangeSet
from leadstate.service.commands.approving import answer_of, answered
from leadstate.service.commands.editing import edit_of
from leadstate.service.commands.moving import move_of, text_of
from leadstate.service.commands.pausing import pause_of
from leadstate.service.commands.taking import taken_of
from leadstate.service.inbox import APPROVE, DECLINE, EDIT, MOVE, PAUSE, RESUME, TAKE
from leadstate.service.sync.loaded import load_records, load_rota
from leadstate.store import ApprovalState, RecordStatus

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.signal import Signal
    from leadstate.engine.rota import Rota
    from leadstate.service.app import App
    from leadstate.service.sync.loaded import LoadedRecord
    from leadstate.store import Approval, Conflict, InboxRow, View

__all__ = ["COMMANDS", "plan_command"]

COMMANDS = frozenset({MOVE, TAKE, APPROVE, DECLINE, EDIT, PAUSE, RESUME})
"""The kinds of inbox rows that people ask for."""

_ANSWERS = (APPROVE, DECLINE)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """All that a command rests on, of one snapshot."""

    record: LoadedRecord | None
    rota: Rota
    wish: Approval | None = None
    conflict: Conflict | None = None


def plan_command(app: App, row: InboxRow, now: datetime) -> ChangeSet:
    """Judge a command.

    Raises:
        SkipRecord: The record is not there, or nobody works on it any more.
    """
    with app.store.read() as view:
        loaded = _load(app, view, row)
    if row.kind in _ANSWERS and not _waits(loaded.wish):
        return ChangeSet(inbox_ids=(row.id,))  # somebody else was quicker
    record = _living(row, loaded.record)
    if row.kind == TAKE:
        return _take(app, row, record, loaded, now)
    signal = _signal(app, row, record, loaded.wish, now)
    found = run(app.lifecycle, record.case(loaded.rota), [signal], now=now)
    answers = answered(row, loaded.wish, found) if loaded.wish else ()
    return record.changed(app, row, found, now, beside=answers)


def _load(app: App, view: View, row: InboxRow) -> _Loaded:
    record_id = row.record_id or row.external_id
    wish = conflict = None
    if row.kind in _ANSWERS:
        wish = view.approvals.get(int(text_of(row, "approval") or 0))
    elif row.kind == TAKE:
        conflict = view.conflicts.get(int(text_of(row, "conflict") or 0))
    return _Loaded(
        record=load_records(view, app, [record_id]).get(record_id),
        rota=load_rota(view, app),
        wish=wish,
        conflict=conflict,
    )


def _waits(wish: Approval | None) -> bool:
    return wish is not None and wish.state is ApprovalState.PENDING


def _living(row: InboxRow, record: LoadedRecord | None) -> LoadedRecord:
    record_id = row.record_id or row.external_id
    if record is None:
        raise SkipRecord(f"there is no record {record_id!r}")
    status = record.row.status
    if status is not RecordStatus.ACTIVE:
        raise SkipRecord(f"record {record_id!r} is {status}; it cannot be moved")
    return record


def _signal(
    app: App,
    row: InboxRow,
    record: LoadedRecord,
    wish: Approval | None,
    now: datetime,
) -> Signal:
    if wish is not None:
        return answer_of(app, row, wish, now)
    match row.kind:
        case "move":
            return move_of(app, row, now)
        case "edit":
            return edit_of(app, row, record.row.record, now)
        case _:
            return pause_of(row, now)


def _take(
    app: App, row: InboxRow, record: LoadedRecord, loaded: _Loaded, now: datetime
) -> ChangeSet:
    taken = taken_of(app, row, loaded.conflict, record.row.record, now)
    case = record.case(loaded.rota, taken.record)
    found = run(app.lifecycle, case, [taken.signal], now=now)
    changed = record.changed(app, row, found, now, hold=taken.hold, beside=taken.beside)
    # What is taken must not meet a write of the same field under way.
    return replace(changed, commanded=False)
