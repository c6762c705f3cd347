"""Two CRMs that disagree about one record: who is believed, and what is kept of it.

Both moved a record since they last agreed: then the newer move counts, by each CRM's
own clock.  Whatever was not believed is in the journal, where a person can take it.
Pure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.service.deciding.judging import change_of
from leadstate.service.news.endings import entry_of
from leadstate.store import ConflictItem, LinkStatus, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record
    from leadstate.domain.signal import MovedOutside
    from leadstate.service.plan import Known, Plan
    from leadstate.store import LinkRow, RecordRow

__all__ = ["STAGE", "overruled", "stage_conflict", "with_conflicts", "with_left"]

STAGE = "stage"
"""What a conflict about the stage is called; no field can have this name beside it."""


def overruled(
    known: Known, record: Record, signal: MovedOutside, connection: str
) -> bool:
    """Whether another CRM moved the record after this one did, and before it knew."""
    shared = any(
        link.connection != connection and link.status is LinkStatus.ACTIVE
        for link in known.links
    )
    told = known.link is not None and known.link.remote_stage == record.stage
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


def with_conflicts(
    lifecycle: Lifecycle, plan: Plan, record: Record, found: Sequence[ConflictItem]
) -> Plan:
    """Return the plan with its conflicts, each with a row in the history."""
    if not found:
        return plan
    told = tuple(_entry(lifecycle, record, one) for one in found)
    return replace(
        plan,
        conflicts=(*plan.conflicts, *found),
        history=(*plan.history, *told),
    )


def _entry(lifecycle: Lifecycle, record: Record, found: ConflictItem) -> HistoryEntry:
    stage = found.what == STAGE
    label = "stage" if stage else lifecycle.fields[found.what].label
    other = found.kept_from or "the record"
    note = (
        f"{label}: {found.connection} and {other} disagreed; {other} is believed "
        f"({_RULES[found.rule]})"
    )
    return HistoryEntry(
        record_id=record.id,
        kind=HistoryKind.CONFLICT,
        cause=Cause.OUTSIDE,
        actor=found.connection,
        happened_at=found.dropped_at,
        learnt_at=found.at,
        from_stage=record.stage,
        to_stage=str(found.dropped) if stage else None,
        note=note,
        source=found.connection,
        pass_number=record.pass_number,
        workflow_version=lifecycle.version,
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


def with_left(  # noqa: PLR0913, PLR0917 - both sides of one change of records
    lifecycle: Lifecycle,
    plan: Plan,
    left: RecordRow,
    others: Iterable[LinkRow],
    joined: RecordRow,
    now: datetime,
) -> Plan:
    """Return the plan with the end of a record whose last object went to another."""
    carried = any(link.status is LinkStatus.ACTIVE for link in others)
    if carried or left.status is not RecordStatus.ACTIVE:
        return plan
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
    return replace(
        plan,
        changes=(*plan.changes, change),
        history=(*plan.history, closed),
        supersede=(*plan.supersede, left.record.id),
    )
