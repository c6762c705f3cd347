"""What a command means: a signal for the engine, and what is kept beside it.

Commands go through the inbox like everything else; a refusal is a history row, too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import uuid4

from leadstate.engine.consequences import run
from leadstate.errors import SkipRecord
from leadstate.service.change_set import ChangeSet
from leadstate.service.commands.approving import answer_of, answered
from leadstate.service.commands.editing import edit_of
from leadstate.service.commands.moving import move_of
from leadstate.service.commands.pausing import pause_of
from leadstate.service.commands.starting import Starter, start_of
from leadstate.service.commands.taking import taken_of
from leadstate.service.inbox import (
    APPROVE,
    DECLINE,
    EDIT,
    MOVE,
    PAUSE,
    RESUME,
    START,
    TAKE,
)
from leadstate.service.modes import without_care
from leadstate.service.sync.loaded import load_records, load_rota
from leadstate.store import (
    ApprovalAnswer,
    ApprovalState,
    EditRequest,
    MoveRequest,
    PauseRequest,
    RecordStatus,
    StartRequest,
    TakeRequest,
)

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.signal import Signal
    from leadstate.engine.rota import Rota
    from leadstate.service.app import App
    from leadstate.service.sync.loaded import LoadedRecord
    from leadstate.store import Approval, Conflict, InboxRow, View

__all__ = ["COMMANDS", "plan_command"]

COMMANDS = frozenset({MOVE, TAKE, APPROVE, DECLINE, EDIT, PAUSE, RESUME, START})
"""The kinds of inbox rows that people, and records of other workflows, ask for."""


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
    said = row.payload
    if isinstance(said, StartRequest):
        return _start(app, row, said, now)
    with app.store.read() as view:
        loaded = _load(app, view, row)
    if isinstance(said, ApprovalAnswer):
        return _answer(app, row, said, loaded, now)
    record = _living(row, loaded.record)
    if isinstance(said, TakeRequest):
        return _take(app, row, said, loaded, now)
    signal = _signal(app, row, record, now)
    found = run(app.lifecycle, record.case(loaded.rota), [signal], now=now)
    return record.changed(app, row, found, now)


def _start(app: App, row: InboxRow, asked: StartRequest, now: datetime) -> ChangeSet:
    with app.store.read() as view:
        starter = Starter(view.history.of(row.external_id), view.modes.live())
        rota = load_rota(view, app)
    return start_of(app, row, asked, starter, rota, new_id=uuid4().hex, now=now)


def _load(app: App, view: View, row: InboxRow) -> _Loaded:
    record_id, said = row.record_id or row.external_id, row.payload
    wish = conflict = None
    if isinstance(said, ApprovalAnswer):
        wish = view.approvals.get(said.approval)
    elif isinstance(said, TakeRequest):
        conflict = view.conflicts.get(said.conflict)
    return _Loaded(
        record=load_records(view, app, [record_id]).get(record_id),
        rota=load_rota(view, app),
        wish=wish,
        conflict=conflict,
    )


def _living(row: InboxRow, record: LoadedRecord | None) -> LoadedRecord:
    record_id = row.record_id or row.external_id
    if record is None:
        raise SkipRecord(f"there is no record {record_id!r}")
    status = record.row.status
    if status is not RecordStatus.ACTIVE:
        raise SkipRecord(f"record {record_id!r} is {status}; it cannot be moved")
    observed = without_care(record.row, record.links)
    if observed:
        raise SkipRecord(f"{observed}; then replay this letter")
    return record


def _signal(app: App, row: InboxRow, record: LoadedRecord, now: datetime) -> Signal:
    match row.payload:
        case MoveRequest() as asked:
            at = min(row.happened_at, now) if row.happened_at else now
            return move_of(asked, app.people, at)
        case EditRequest() as asked:
            return edit_of(app, asked, record.row.record, now)
        case PauseRequest() as asked:
            return pause_of(asked, now, stop=row.kind == PAUSE)
        case other:
            raise SkipRecord(f"the request cannot be read: {other}")


def _answer(
    app: App, row: InboxRow, said: ApprovalAnswer, loaded: _Loaded, now: datetime
) -> ChangeSet:
    wish = loaded.wish
    if wish is None or wish.state is not ApprovalState.PENDING:
        return ChangeSet(inbox_ids=(row.id,))  # somebody else was quicker
    record = _living(row, loaded.record)
    signal = answer_of(app, said, wish, now, agreed=row.kind == APPROVE)
    found = run(app.lifecycle, record.case(loaded.rota), [signal], now=now)
    return record.changed(app, row, found, now, beside=answered(said, wish, found))


def _take(
    app: App, row: InboxRow, said: TakeRequest, loaded: _Loaded, now: datetime
) -> ChangeSet:
    record = _living(row, loaded.record)
    taken = taken_of(app, said, loaded.conflict, record.row.record, now)
    case = record.case(loaded.rota, taken.record)
    found = run(app.lifecycle, case, [taken.signal], now=now)
    changed = record.changed(app, row, found, now, hold=taken.hold, beside=taken.beside)
    # What is taken must not meet a write of the same field under way.
    return replace(changed, commanded=False)
