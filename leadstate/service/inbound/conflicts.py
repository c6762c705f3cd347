"""Two CRMs that disagree about one record: who is believed, and what is kept of it.

Both moved a record since they last agreed: then the newer move counts, by each CRM's
own clock.  Whatever was not believed is in the journal, where a person can take it.
Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.history import HistoryKind
from leadstate.service.change_set import Superseded
from leadstate.service.sync.changes import change_of
from leadstate.service.sync.entries import entry_of
from leadstate.store import ConflictItem, LinkStatus, OutboxKind, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record
    from leadstate.domain.signal import MovedOutside
    from leadstate.service.change_set import StoredState
    from leadstate.service.inbound.scene import ObjectCase
    from leadstate.store import RecordChange, RecordRow

__all__ = ["STAGE", "journal_entries", "left_behind", "overruled", "stage_conflict"]

STAGE = "stage"
"""What a conflict about the stage is called; no field can have this name beside it."""


def overruled(
    state: StoredState, record: Record, signal: MovedOutside, connection: str
) -> bool:
    """Whether another CRM moved the record after this one did, and before it knew."""
    shared = any(
        link.connection != connection and link.status is LinkStatus.ACTIVE
        for link in state.links
    )
    told = state.link is not None and state.link.remote_stage == record.stage
    newer = record.entered_at is not None and record.entered_at > signal.at
    return shared and not told and newer


def stage_conflict(record: Record, signal: MovedOutside, now: datetime) -> ConflictItem:
    """Return the journal's row about a move that came too late."""
    return ConflictItem(
        record_id=record.id,
        what=STAGE,
        connection=signal.source,
        kept_from="",
        rule="newest",
        kept=record.stage,
        dropped=signal.stage,
        kept_at=record.entered_at,
        dropped_at=signal.at,
        at=now,
    )


def journal_entries(
    lifecycle: Lifecycle, record: Record, found: Iterable[ConflictItem]
) -> Iterator[ConflictItem | HistoryEntry]:
    """Yield conflicts for the journal, each with a row in the history."""
    for one in found:
        yield one
        yield _entry(lifecycle, record, one)


def _entry(lifecycle: Lifecycle, record: Record, found: ConflictItem) -> HistoryEntry:
    stage = found.what == STAGE
    label = "stage" if stage else lifecycle.fields[found.what].label
    other = found.kept_from or "the record"
    note = (
        f"{label}: {found.connection} and {other} disagreed; {other} is believed "
        f"({_RULES[found.rule]})"
    )
    return entry_of(
        lifecycle,
        record,
        HistoryKind.CONFLICT,
        source=found.connection,
        now=found.at,
        happened_at=found.dropped_at,
        from_stage=record.stage,
        to_stage=str(found.dropped) if stage else None,
        note=note,
        receipt={
            "conflict": {
                "what": found.what,
                "rule": found.rule,
                "kept": found.kept,
                "kept_from": found.kept_from,
                "dropped": found.dropped,
            }
        },
    )


_RULES = {"owner": "it owns the field", "newest": "its edit is newer"}


def left_behind(
    reading: ObjectCase, joined: RecordRow
) -> tuple[RecordChange | HistoryEntry | Superseded, ...]:
    """Return the end of a record whose last object went to another one."""
    left, now = reading.state.record, reading.scene.now
    if left is None or left.record.id == joined.record.id:
        return ()
    carried = any(
        link.status is LinkStatus.ACTIVE
        for link in reading.state.links
        if link.external_id != reading.remote.id
    )
    if carried or left.status is not RecordStatus.ACTIVE:
        return ()
    lifecycle = reading.scene.lifecycle
    closed = entry_of(
        lifecycle,
        left.record,
        HistoryKind.CLOSED,
        source="leadstate",
        now=now,
        from_stage=left.record.stage,
        happened_at=now,
        note=f"a person linked its object to record {joined.record.id}",
    )
    change = change_of(left, left.record, lifecycle, RecordStatus.CLOSED)
    return change, closed, Superseded(left.record.id, OutboxKind.STAGE)
