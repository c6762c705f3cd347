"""A record's next state, as the store keeps it.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.frozen import replace
from leadstate.guards import folded
from leadstate.service.sync.identity import identities_of
from leadstate.store import NewRecord, RecordChange, RecordStatus

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record
    from leadstate.engine.case import Case
    from leadstate.store import RecordRow

__all__ = ["added_case", "change_of", "changed_case"]


def added_case(case: Case, lifecycle: Lifecycle, now: datetime) -> NewRecord:
    """Return a case of a record that is new, with its flag."""
    record = case.record
    return NewRecord(
        record=replace(record, version=1),
        workflow=lifecycle.name,
        created_at=now,
        care_since=case.since,
        folded=folded(record.values, lifecycle.fields),
        identities=identities_of(lifecycle.fields, record.values),
        owner=lifecycle.owner_of(record),
        flag=case.flag,
        flagged_at=case.flagged_at,
    )


def changed_case(row: RecordRow, case: Case, lifecycle: Lifecycle) -> RecordChange:
    """Return a case as the state after ``row``, with its flag."""
    change = change_of(row, case.record, lifecycle)
    return replace(
        change, flag=case.flag, flagged_at=case.flagged_at, care_since=case.since
    )


def change_of(
    row: RecordRow,
    record: Record,
    lifecycle: Lifecycle,
    status: RecordStatus = RecordStatus.ACTIVE,
) -> RecordChange:
    """Return ``record`` as the state after ``row``, its version counted up."""
    before = identities_of(lifecycle.fields, row.record.values)
    identities = identities_of(lifecycle.fields, record.values)
    return RecordChange(
        record=replace(record, version=row.record.version + 1),
        expected_version=row.record.version,
        folded=folded(record.values, lifecycle.fields),
        identities=identities if identities != before else None,
        owner=lifecycle.owner_of(record),
        status=status,
    )
