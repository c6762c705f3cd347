"""History rows about time and people: warned, breached, paused, assigned.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.history import Cause, HistoryEntry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadstate.domain.clock import Clock
    from leadstate.domain.history import HistoryKind
    from leadstate.domain.lifecycle import Stage
    from leadstate.service.deciding.judging import Judging

__all__ = ["clock_receipt", "escalation", "told"]


def told(  # noqa: PLR0913 - the parts of one row, most of them keyword-only
    judging: Judging,
    kind: HistoryKind,
    at: datetime,
    note: str,
    *,
    cause: Cause = Cause.TIMER,
    actor: str = "leadstate",
    reason: str | None = None,
    transition: str | None = None,
    receipt: Mapping[str, object] | None = None,
) -> HistoryEntry:
    """Return a row about the record as it stands; ``at`` is when it happened."""
    record = judging.record
    return HistoryEntry(
        record_id=record.id,
        kind=kind,
        cause=cause,
        actor=actor,
        happened_at=at,
        learnt_at=judging.now,
        from_stage=record.stage,
        to_stage=None,
        transition=transition,
        reason=reason,
        note=note,
        source="leadstate",
        source_event=judging.event,
        pass_number=record.pass_number,
        workflow_version=judging.lifecycle.version,
        receipt=receipt or {},
    )


def escalation(stage: Stage, to: str, clock: Clock | None) -> str:
    """Return what a person reads who has to act: on a promise, or on the stage."""
    if clock is None:
        return f"{stage.label} needs somebody: {to} has to act"
    how = "at risk" if clock.breached_at is None else "broken"
    return f"the promise {clock.sla!r} of {stage.label} is {how}: {to} has to act"


def clock_receipt(
    clock: Clock, mark: str, calendar: str, *, before: Clock | None = None
) -> dict[str, object]:
    """Return why a promise warned or broke, as a receipt keeps it.

    Args:
        before: The clock as it stood before late news; tells of a breach it was held
            for, when it turns out to be none.
    """
    withdrawn = clock.breached_at is None and before is not None
    undone: dict[str, object] = {}
    if withdrawn and before is not None:
        undone = {
            "breach_was_at": _moment(before.breached_at),
            "ended_at": _moment(clock.ended_at),
        }
    return {
        "clock": {
            "sla": clock.sla,
            "mark": mark,
            "stage": clock.stage,
            "calendar": calendar,
            "owner": clock.owner,
            "started_at": _moment(clock.started_at),
            "due_at": _moment(clock.due_at),
            "paused_times": len(clock.pauses),
            "carried_seconds": clock.carried.total_seconds(),
            **undone,
        }
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
