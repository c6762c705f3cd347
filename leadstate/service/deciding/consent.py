"""A move that waits for somebody else's agreement, as a row.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.decision import Stay
from leadstate.domain.receipt import RefusalCode
from leadstate.domain.signal import ManualMove
from leadstate.store import ApprovalItem

if TYPE_CHECKING:
    from typing import TypeGuard

    from leadstate.domain.decision import Decision
    from leadstate.domain.record import Record
    from leadstate.domain.signal import Signal

__all__ = ["approval_of", "asks_approval"]


def asks_approval(decision: Decision, signal: Signal) -> TypeGuard[Stay]:
    """Whether all that a person's wish lacks is somebody else's agreement."""
    return (
        isinstance(decision, Stay)
        and isinstance(signal, ManualMove)
        and decision.refusal is not None
        and decision.refusal.code is RefusalCode.APPROVAL
    )


def approval_of(record: Record, asked: Signal) -> ApprovalItem:
    """Return the row of a wish that waits for an agreement."""
    assert isinstance(asked, ManualMove)  # noqa: S101 - `asks_approval` said so
    return ApprovalItem(
        record_id=record.id,
        stage_version=record.stage_version,
        transition=asked.transition,
        asked_by=asked.actor,
        asked_at=asked.at,
        reason=asked.reason,
        note=asked.note,
        source=asked.source,
    )
